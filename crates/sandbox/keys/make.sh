#!/bin/sh
# Makes the certificates in this folder that are not there, with openssl alone. Keys and certificates are kept once
# made: what signs with them must repeat byte for byte. Run in this folder; then put the names it prints into
# `src/core/keys.rs` and `src/core/alipay/certificates.rs`, whose tests compare them with openssl's.
set -eu

made() { [ -s "$1" ]; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/ca.cnf" <<'CONFIG'
[ca]
default_ca = here
[here]
database = $ENV::WORK/index.txt
new_certs_dir = $ENV::WORK
serial = $ENV::WORK/serial
default_md = sha256
policy = anything
unique_subject = no
x509_extensions = leaf
preserve = yes
[anything]
countryName = optional
organizationName = optional
organizationalUnitName = optional
commonName = supplied
[leaf]
basicConstraints = CA:FALSE
[authority]
basicConstraints = critical,CA:TRUE
CONFIG
export WORK="$work"

pair() { made "$1_private.pem" || openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1_private.pem" 2> /dev/null; }
# Subject, its key, serial, certificate, its kind, then who signs: `-selfsign -keyfile K`, or `-cert C -keyfile K`.
issue() {
  subject=$1 key=$2 serial=$3 out=$4 kind=$5; shift 5
  made "$out" && return
  : > "$work/index.txt"
  printf '%s\n' "$serial" > "$work/serial"
  openssl req -utf8 -new -key "$key" -subj "$subject" -out "$work/request.csr"
  openssl ca -batch -notext -config "$work/ca.cnf" -extensions "$kind" -startdate 20200101000000Z \
    -enddate 20991231235959Z -in "$work/request.csr" -out "$out" "$@" 2> /dev/null
}

# WeChat Pay: the platform certificate that comes after the one in use. Self-signed, as that is.
pair platform_certificate_next
issue "/CN=sandbox platform/O=Suanpan sandbox - play money only" platform_certificate_next_private.pem \
  6A8E27C4B19D03F5527A90D6C1E84B3F7725AE18 platform_certificate_next.pem leaf -selfsign \
  -keyfile platform_certificate_next_private.pem

# Alipay: two roots, of which one is not RSA, an authority below the other, and what the authority has signed.
org="/C=CN/O=Suanpan sandbox - play money only/OU=Certification Authority"
pair alipay_root
pair alipay_authority
issue "$org/CN=Sandbox Root R1" alipay_root_private.pem 1FCFA18D6A480D41 "alipay_root_rsa.pem" authority \
  -selfsign -keyfile alipay_root_private.pem
if ! made alipay_roots.pem; then
  openssl ecparam -name prime256v1 -genkey -noout -out "$work/ec.pem"
  issue "$org/CN=Sandbox Root E1" "$work/ec.pem" 417E "$work/root_ec.pem" authority -selfsign -keyfile "$work/ec.pem"
  cat "$work/root_ec.pem" alipay_root_rsa.pem > alipay_roots.pem
fi
issue "$org/CN=Sandbox Authority Class 2 R1" alipay_authority_private.pem 20160514BF000001 alipay_authority.pem \
  authority -cert alipay_root_rsa.pem -keyfile alipay_root_private.pem
below() {
  made "$1_certificate.pem" && return
  issue "/C=CN/O=$3/CN=$2" "$1_private.pem" "$4" "$work/leaf.pem" leaf -cert alipay_authority.pem \
    -keyfile alipay_authority_private.pem
  cat "$work/leaf.pem" alipay_authority.pem > "$1_certificate.pem"
  rm "$work/leaf.pem"
}
below alipay_platform "sandbox alipay 1" "Suanpan sandbox - play money only" 20260101BF0000000000000000000001
below alipay_platform_next "sandbox alipay 2" "Suanpan sandbox - play money only" 20260101BF0000000000000000000002
below alipay_app_2021000199900101 2088000199900101-2021000199900101 "算盘便利店" 20260101BF0000000000000000000101
below alipay_app_2021000199900102 2088000199900102-2021000199900102 "算盘水果店" 20260101BF0000000000000000000102

# A certificate's name at Alipay: MD5 of its issuer, the last part first, and its serial in decimal.
name() {
  serial=$(python3 -c "print(int('$(openssl x509 -in "$1" -noout -serial | cut -d= -f2)', 16), end='')")
  issuer=$(openssl x509 -in "$1" -noout -issuer -nameopt RFC2253 | sed 's/^issuer=//')
  printf '%s%s' "$issuer" "$serial" | md5sum | cut -c1-32
}
for certificate in alipay_root_rsa.pem alipay_platform_certificate.pem alipay_platform_next_certificate.pem \
  alipay_app_*_certificate.pem; do
  printf '%s %s\n' "$(name "$certificate")" "$certificate"
done
openssl x509 -in platform_certificate_next.pem -noout -serial -dates
