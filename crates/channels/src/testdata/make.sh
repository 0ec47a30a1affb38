#!/bin/sh
# Makes the golden vectors beside this file with openssl and node, never with this crate: a mistake in
# the crate's signing or decryption must not be repeated here. Keys are for tests only and are kept
# once made; everything else is made again from them. The `published_…` files are data of the tests of the
# platform's own Go library (wechatpay-go, Apache-2.0) and are not made here. Run in this folder.
set -eu

made() { [ -s "$1" ]; }
made merchant_pkcs8.pem || openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out merchant_pkcs8.pem
made merchant_pkcs1.pem || openssl rsa -in merchant_pkcs8.pem -traditional -out merchant_pkcs1.pem
made platform_cert_key.pem || openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out platform_cert_key.pem
# The serial's highest bit is set, so that its DER form begins with a zero byte.
made platform_cert.pem || openssl req -x509 -new -key platform_cert_key.pem -days 7300 \
  -set_serial 0xF157F09EFDC096DE15EBE81A47057A7232F1B8E1 \
  -subj "/CN=Tenpay.com sign test/O=Tenpay.com" -out platform_cert.pem
made platform_pub_key.pem || openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out platform_pub_key.pem
made platform_pub.pem || openssl pkey -in platform_pub_key.pem -pubout -out platform_pub.pem
# The certificate that comes after it, and one whose time is over.
made platform_cert_next_key.pem || openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out platform_cert_next_key.pem
made platform_cert_next.pem || openssl req -x509 -new -key platform_cert_next_key.pem -days 7300 \
  -set_serial 0x2B8FD3A1C04E95D7F6201B7C3E8A4D5B9C6E7F01 \
  -subj "/CN=Tenpay.com sign test/O=Tenpay.com" -out platform_cert_next.pem
if ! made platform_cert_over.pem; then
  over=$(mktemp -d)
  openssl req -new -key platform_cert_next_key.pem -subj "/CN=Tenpay.com sign test/O=Tenpay.com" -out "$over/r.csr"
  : > "$over/index"; echo 0102030405 > "$over/serial"
  printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s/index\nnew_certs_dir=%s\nserial=%s/serial\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\norganizationName=optional\n' "$over" "$over" "$over" > "$over/cnf"
  openssl ca -batch -notext -config "$over/cnf" -selfsign -keyfile platform_cert_next_key.pem -startdate 20100101000000Z \
    -enddate 20150101000000Z -in "$over/r.csr" -out platform_cert_over.pem 2> /dev/null
  rm -r "$over"
fi
made small_pkcs8.pem || openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out small_pkcs8.pem
made small_public.pem || openssl pkey -in small_pkcs8.pem -pubout -out small_public.pem
made curve_public.pem || openssl ecparam -name prime256v1 -genkey -noout 2>/dev/null | openssl ec -pubout -out curve_public.pem

sign() { openssl dgst -sha256 -sign "$1" | openssl base64 -A; }

# A prepay as the platform's documents describe its body, signed as they describe the five lines.
printf '%s' '{"appid":"wxd678efh567hg6787","mchid":"1230000109","description":"算盘便利店","out_trade_no":"1217752501201407033","time_expire":"2018-06-08T10:34:56+08:00","attach":"till 7","notify_url":"https://pay.example.com/trade/open/notify/wx/1001","amount":{"total":100,"currency":"CNY"}}' > prepay_body.json
{ printf 'POST\n/v3/pay/transactions/native\n1554208460\n593BEC0C930BF1AFEB40B4A08C8FB242\n'; cat prepay_body.json; printf '\n'; } \
  | sign merchant_pkcs8.pem > prepay_signature.txt

# A query has an empty body: the fifth line is empty.
printf 'GET\n/v3/pay/transactions/out-trade-no/1217752501201407033?mchid=1230000109\n1554208460\n593BEC0C930BF1AFEB40B4A08C8FB242\n\n' \
  | sign merchant_pkcs8.pem > query_signature.txt

# Answers: three lines, in both modes, and one without a body.
printf '1722850421\nd824f2e086d3c1df967785d13fcd22ef\n{"code_url":"weixin://wxpay/bizpayurl?pr=JyC91EIz1"}\n' > reply_message.tmp
sign platform_pub_key.pem < reply_message.tmp > reply_signature_pub.txt
sign platform_cert_key.pem < reply_message.tmp > reply_signature_cert.txt
rm reply_message.tmp
printf '1722850421\nd824f2e086d3c1df967785d13fcd22ef\n\n' | sign platform_pub_key.pem > empty_signature_pub.txt

# Callbacks: AES-256-GCM by node's OpenSSL (the openssl command line has no GCM), signed by openssl.
node - <<'JS'
const { createCipheriv } = require("node:crypto");
const { writeFileSync } = require("node:fs");
const seal = (plain, nonce, aad) => {
  const cipher = createCipheriv("aes-256-gcm", "0123456789abcdefFEDCBA9876543210", nonce);
  cipher.setAAD(Buffer.from(aad));
  return Buffer.concat([cipher.update(JSON.stringify(plain)), cipher.final(), cipher.getAuthTag()]).toString("base64");
};
const paid = {
  mchid: "1230000109", appid: "wxd678efh567hg6787", out_trade_no: "1217752501201407033",
  transaction_id: "1217752501201407033233368018", trade_type: "NATIVE", trade_state: "SUCCESS",
  trade_state_desc: "支付成功", bank_type: "CMC", attach: "till 7", success_time: "2018-06-08T10:34:56+08:00",
  payer: { openid: "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" },
  amount: { total: 100, payer_total: 90, currency: "CNY", payer_currency: "CNY" },
};
const refunded = {
  mchid: "1230000109", transaction_id: "1217752501201407033233368018", out_trade_no: "1217752501201407033",
  refund_id: "50000000382019052709732678859", out_refund_no: "1217752501201407099", refund_status: "SUCCESS",
  success_time: "2018-06-08T10:34:56+08:00", user_received_account: "招商银行信用卡0403",
  amount: { total: 100, refund: 40, payer_total: 90, payer_refund: 36 },
};
const notice = (id, event, kind, plain, aad) => JSON.stringify({
  id, create_time: "2018-06-08T10:34:56+08:00", resource_type: "encrypt-resource", event_type: event, summary: "支付成功",
  resource: { original_type: kind, algorithm: "AEAD_AES_256_GCM", ciphertext: seal(plain, "fdasflkja484", aad), associated_data: aad, nonce: "fdasflkja484" },
});
writeFileSync("paid_body.json", notice("EV-2018022511223320873", "TRANSACTION.SUCCESS", "transaction", paid, "transaction"));
writeFileSync("refunded_body.json", notice("EV-2018022511223320874", "REFUND.SUCCESS", "refund", refunded, ""));
JS
for kind in paid refunded; do
  { printf '1722850421\nd824f2e086d3c1df967785d13fcd22ef\n'; cat ${kind}_body.json; printf '\n'; } | sign platform_pub_key.pem > ${kind}_signature.txt
done

# The download of certificates: both handed out, and one whose time is over, each sealed with the APIv3 key; the answer
# signed with the one in use, and with the next, before anybody holds that.
printf 'GET\n/v3/certificates\n1554208460\n593BEC0C930BF1AFEB40B4A08C8FB242\n\n' | sign merchant_pkcs8.pem > certificates_signature.txt
node - <<'JS'
const { createCipheriv } = require("node:crypto");
const { readFileSync, writeFileSync } = require("node:fs");
const entry = (serial_no, file, nonce) => {
  const cipher = createCipheriv("aes-256-gcm", "0123456789abcdefFEDCBA9876543210", nonce);
  cipher.setAAD(Buffer.from("certificate"));
  const ciphertext = Buffer.concat([cipher.update(readFileSync(file)), cipher.final(), cipher.getAuthTag()]).toString("base64");
  return {
    serial_no, effective_time: "2018-06-08T10:34:56+08:00", expire_time: "2040-06-08T10:34:56+08:00",
    encrypt_certificate: { algorithm: "AEAD_AES_256_GCM", nonce, associated_data: "certificate", ciphertext },
  };
};
writeFileSync("certificates_body.json", JSON.stringify({ data: [
  entry("F157F09EFDC096DE15EBE81A47057A7232F1B8E1", "platform_cert.pem", "fdasflkja484"),
  entry("2B8FD3A1C04E95D7F6201B7C3E8A4D5B9C6E7F01", "platform_cert_next.pem", "fdasflkja485"),
  entry("0102030405", "platform_cert_over.pem", "fdasflkja486"),
] }));
JS
for key in platform_cert platform_cert_next; do
  { printf '1722850421\nd824f2e086d3c1df967785d13fcd22ef\n'; cat certificates_body.json; printf '\n'; } \
    | sign ${key}_key.pem > certificates_signed_$key.txt
done

# A charge by payment code, and a reversal.
printf '%s' '{"appid":"wxd678efh567hg6787","mchid":"1230000109","description":"算盘便利店","out_trade_no":"1217752501201407033","payer":{"auth_code":"134567890123456789"},"amount":{"total":100,"currency":"CNY"},"scene_info":{"store_info":{"out_id":"77001"}}}' > codepay_body.json
{ printf 'POST\n/v3/pay/transactions/codepay\n1554208460\n593BEC0C930BF1AFEB40B4A08C8FB242\n'; cat codepay_body.json; printf '\n'; } \
  | sign merchant_pkcs8.pem > codepay_signature.txt

# A bill: the question and the download are signed, the download's own bytes only by their digest.
printf 'GET\n/v3/bill/tradebill?bill_date=2018-06-08&bill_type=ALL&tar_type=GZIP\n1554208460\n593BEC0C930BF1AFEB40B4A08C8FB242\n\n' \
  | sign merchant_pkcs8.pem > bill_signature.txt
printf 'GET\n/v3/billdownload/file?token=abc_-1\n1554208460\n593BEC0C930BF1AFEB40B4A08C8FB242\n\n' \
  | sign merchant_pkcs8.pem > bill_fetch_signature.txt
{
  printf '\357\273\277'
  printf '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r\n'
  printf '`2018-06-08 10:34:56,`wxd678efh567hg6787,`1230000109,`0,`,`1217752501201407033233368018,`1217752501201407033,`oUpF8uMuAJO_M2pxb1Q9zNjWeS6o,`NATIVE,`SUCCESS,`CMC,`CNY,`0.90,`0.10,`0,`0,`0.00,`0.00,`,`,`算盘,便利店,`,`0.01000,`0.60%%,`1.00,`0.00,`\r\n'
  printf '`2018-06-08 11:00:00,`wxd678efh567hg6787,`1230000109,`0,`,`1217752501201407033233368018,`1217752501201407033,`oUpF8uMuAJO_M2pxb1Q9zNjWeS6o,`NATIVE,`REFUND,`CMC,`CNY,`0.00,`0.00,`50000000382019052709732678859,`1217752501201407099,`0.36,`0.04,`ORIGINAL,`PROCESSING,`算盘,便利店,`,`-0.00240,`0.60%%,`0.00,`0.40,`\r\n'
  printf '`2018-06-08 12:00:00,`wxd678efh567hg6787,`1230000109,`0,`,`1217752501201407033233368019,`A_77|1,`oUpF8uMuAJO_M2pxb1Q9zNjWeS6o,`MICROPAY,`REVOKED,`CMC,`CNY,`0.00,`0.00,`50000000382019052709732678860,`0,`20.00,`0.00,`ORIGINAL,`SUCCESS,`袜子,`,`0.00000,`0.60%%,`0.00,`20.00,`\r\n'
  printf '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n'
  printf '`3,`0.90,`20.36,`0.04,`0.00760,`1.00,`20.40\r\n'
} > bill.csv
gzip -n -9 -c bill.csv > bill.csv.gz
sha1sum bill.csv | cut -c1-40 | tr -d '\n' > bill_sha1.txt
rm bill.csv
