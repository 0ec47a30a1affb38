#!/bin/sh
# Makes the golden vectors beside this file with openssl, python3 and the shell, never with this crate: a mistake
# in the crate's signing, naming or unpacking must not be repeated here. Keys are for tests only and are kept once
# made; everything else is made again from them. `published_root.pem` is the file of root certificates that the
# platform hands out to everybody; its name is in the documents of many. Run in this folder.
set -eu

made() { [ -s "$1" ]; }
pair() {
  made "$1_key.pem" || openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1_key.pem"
  made "$1_pub.pem" || openssl pkey -in "$1_key.pem" -pubout -out "$1_pub.pem"
}
pair app
pair platform
pair platform_next
pair root

# Certificates: two roots, of which one is not RSA, and two that the first of them has signed.
made root_rsa.pem || openssl req -x509 -new -key root_key.pem -days 7300 -set_serial 0x1FCFA18D6A480D11 \
  -subj "/C=CN/O=Ant Sign Test/OU=Certification Authority/CN=Sign Test Root R1" -out root_rsa.pem
made root_ec.pem || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout /dev/null \
  -days 7300 -set_serial 0x417E -subj "/C=CN/O=Ant Sign Test/CN=Sign Test Root E1" -out root_ec.pem
cat root_ec.pem root_rsa.pem > roots.pem
issue() {
  made "$1_cert.pem" || {
    openssl req -new -key "$1_key.pem" -subj "/C=CN/O=$2/CN=$3" -out "$1.csr"
    openssl x509 -req -in "$1.csr" -CA root_rsa.pem -CAkey root_key.pem -set_serial "$4" -days 7300 -out "$1_cert.pem"
    rm "$1.csr"
  }
}
issue app "Suanpan Shop" 2088102100000001 0x20160514BF00000000000000000000A1
issue platform Alipay "Alipay Sign Test" 0x20160514BF00000000000000000000A2
issue platform_next Alipay "Alipay Sign Test" 0x20160514BF00000000000000000000A3

# Certificates for the way to a root: an authority below the root and what it has issued; and ways that lead nowhere: an
# issuer that is no authority, a time that is over, an authority of its own making, a changed byte.
chain=$(mktemp -d)
trap 'rm -r "$chain"' EXIT
: > "$chain/index"
printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s/index\nnew_certs_dir=%s\nserial=%s/serial\ndefault_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncountryName=optional\norganizationName=optional\norganizationalUnitName=optional\ncommonName=supplied\n[leaf]\nbasicConstraints=CA:FALSE\n[authority]\nbasicConstraints=critical,CA:TRUE\n' "$chain" "$chain" "$chain" > "$chain/cnf"
below() { # file, subject, key, serial, kind, end of its time, then who signs
  out=$1 subject=$2 key=$3 serial=$4 kind=$5 end=$6; shift 6
  made "$out" && return
  : > "$chain/index"; echo "$serial" > "$chain/serial"
  openssl req -new -key "$key" -subj "$subject" -out "$chain/r.csr"
  openssl ca -batch -notext -config "$chain/cnf" -extensions "$kind" -startdate 20100101000000Z -enddate "$end" \
    -in "$chain/r.csr" -out "$out" "$@" 2> /dev/null
}
pair authority
under_root="-cert root_rsa.pem -keyfile root_key.pem"
authority="/C=CN/O=Ant Sign Test/OU=Certification Authority/CN=Sign Test Class 2 R1"
leaf="/C=CN/O=Alipay/CN=Alipay Sign Test"
below authority_cert.pem "$authority" authority_key.pem 20160514BF0001 authority 20450101000000Z $under_root
below authority_over_cert.pem "$authority" authority_key.pem 20160514BF0002 authority 20150101000000Z $under_root
below authority_not_cert.pem "$authority" authority_key.pem 20160514BF0003 leaf 20450101000000Z $under_root
below authority_own_cert.pem "$authority" authority_key.pem 20160514BF0004 authority 20450101000000Z -selfsign -keyfile authority_key.pem
under_authority="-cert authority_cert.pem -keyfile authority_key.pem"
below chained_cert.pem "$leaf" platform_next_key.pem 20160514BF0011 leaf 20450101000000Z $under_authority
below chained_over_cert.pem "$leaf" platform_next_key.pem 20160514BF0012 leaf 20150101000000Z $under_authority
made chained_altered_cert.pem || python3 - <<'PY'
import base64, textwrap
text = open("chained_cert.pem").read().split("-----")
der = bytearray(base64.b64decode(text[2]))
at = der.index(b"Alipay Sign Test", der.index(b"Class 2 R1"))
der[at] = ord("B")
body = "\n".join(textwrap.wrap(base64.b64encode(der).decode(), 64))
open("chained_altered_cert.pem", "w").write(f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
PY
# What openssl says of each way: certificate, issuer beside it, verdict.
verdict() {
  if openssl verify -CAfile root_rsa.pem -untrusted "$2" "$1" > /dev/null 2>&1; then said=leads; else said=none; fi
  printf '%s %s %s\n' "$1" "$2" "$said"
}
{
  verdict platform_cert.pem authority_cert.pem
  verdict chained_cert.pem authority_cert.pem
  verdict chained_cert.pem authority_over_cert.pem
  verdict chained_cert.pem authority_not_cert.pem
  verdict chained_cert.pem authority_own_cert.pem
  verdict chained_cert.pem app_cert.pem
  verdict chained_over_cert.pem authority_cert.pem
  verdict chained_altered_cert.pem authority_cert.pem
} > chain_verdicts.txt

# A certificate's name: MD5 of its issuer, the last part first, and its serial in decimal.
name() {
  serial=$(python3 -c "print(int('$(openssl x509 -in "$1" -noout -serial | cut -d= -f2)', 16), end='')")
  issuer=$(openssl x509 -in "$1" -noout -issuer -nameopt RFC2253 | sed 's/^issuer=//')
  printf '%s%s' "$issuer" "$serial" | md5sum | cut -c1-32 | tr -d '\n'
}
name app_cert.pem > app_name.txt
name platform_cert.pem > platform_name.txt
name root_rsa.pem > root_name.txt
name chained_cert.pem > chained_name.txt

sign() { openssl dgst -sha256 -sign "$1" | openssl base64 -A; }

# Requests: every parameter but the signature, sorted, joined; 1554208460 is 2019-04-02 20:34:20 in China.
printf '%s' 'app_id=2021000000000001&biz_content={"out_trade_no":"1217752501201407033","total_amount":"1.00","subject":"算盘便利店","time_expire":"2018-06-08 10:34:56","timeout_express":"5m","qr_code_timeout_express":"5m","body":"till 7"}&charset=utf-8&format=JSON&method=alipay.trade.precreate&notify_url=https://pay.example.com/trade/open/notify/alipay/1002&sign_type=RSA2&timestamp=2019-04-02 20:34:20&version=1.0' > precreate_text.txt
sign app_key.pem < precreate_text.txt > precreate_signature.txt
printf '%s' "alipay_root_cert_sn=$(cat root_name.txt)&app_cert_sn=$(cat app_name.txt)&app_id=2021000000000001&biz_content={\"out_trade_no\":\"1217752501201407033\"}&charset=utf-8&format=JSON&method=alipay.trade.query&sign_type=RSA2&timestamp=2019-04-02 20:34:20&version=1.0" \
  | sign app_key.pem > query_cert_signature.txt

# Answers: the signature is over the content as it stands, escapes and all.
printf '%s' '{"code":"10000","msg":"Success","out_trade_no":"1217752501201407033","qr_code":"https:\/\/qr.alipay.com\/bax03431ljhokirwl38f00a7"}' > code_content.json
printf '%s' '{"code":"10000","msg":"Success","buyer_logon_id":"159****5620","buyer_pay_amount":"0.90","buyer_user_id":"2088101117955611","invoice_amount":"0.90","out_trade_no":"1217752501201407033","point_amount":"0.00","receipt_amount":"1.00","send_pay_date":"2018-06-08 10:34:50","store_name":"\u7b97\u76d8","total_amount":"1.00","trade_no":"2018060822001400000000000042","trade_status":"TRADE_SUCCESS"}' > trade_content.json
for key in platform platform_next; do
  sign ${key}_key.pem < code_content.json > code_signature_$key.txt
  sign ${key}_key.pem < trade_content.json > trade_signature_$key.txt
done

# The download of a certificate: asked for by name, handed out as text in base64 with its authority's, slashes escaped.
printf '%s' "alipay_root_cert_sn=$(cat root_name.txt)&app_cert_sn=$(cat app_name.txt)&app_id=2021000000000001&biz_content={\"alipay_cert_sn\":\"$(cat chained_name.txt)\"}&charset=utf-8&format=JSON&method=alipay.open.app.alipaycert.download&sign_type=RSA2&timestamp=2019-04-02 20:34:20&version=1.0" \
  | sign app_key.pem > download_signature.txt
printf '{"code":"10000","msg":"Success","alipay_cert_content":"%s"}' "$(cat chained_cert.pem authority_cert.pem | openssl base64 -A | sed 's,/,\\/,g')" > download_content.json

# The other form of the app's key: PKCS#1, as the platform's tool writes it for some languages, bare.
openssl rsa -in app_key.pem -traditional 2> /dev/null | grep -v -e '-----' | tr -d '\n' > app_key_pkcs1_bare.txt

# Notices: parameters in no order, one that nobody knows, text in the platform's older encoding.
python3 - <<'PY'
import subprocess, base64
from urllib.parse import quote_from_bytes
name = open("chained_name.txt").read()
def notice(file, extra, charset, key="platform_key.pem", beside={}):
    params = {
        "gmt_create": "2018-06-08 10:34:40", "charset": charset, "seller_email": "shop@example.com",
        "subject": "算盘便利店", "buyer_id": "2088101117955611", "invoice_amount": "0.90",
        "notify_id": "ac05099524730693a8b330c5ecf72da9786", "fund_bill_list": '[{"amount":"1.00","fundChannel":"ALIPAYACCOUNT"}]',
        "notify_type": "trade_status_sync", "trade_status": "TRADE_SUCCESS", "receipt_amount": "1.00",
        "app_id": "2021000000000001", "buyer_pay_amount": "0.90", "seller_id": "2088102100000001",
        "gmt_payment": "2018-06-08 10:34:50", "notify_time": "2018-06-08 10:34:51", "version": "1.0",
        "out_trade_no": "1217752501201407033", "total_amount": "1.00", "trade_no": "2018060822001400000000000042",
        "auth_app_id": "2021000000000001", "point_amount": "0.00", "something_new": "a b+c&d=%",
    }
    params.update(extra)
    raw = {k: v.encode(charset) for k, v in params.items()}
    text = b"&".join(k.encode() + b"=" + raw[k] for k in sorted(raw))
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=text, capture_output=True, check=True).stdout
    raw["sign"] = base64.b64encode(signature)
    raw["sign_type"] = b"RSA2"
    raw.update({k: v.encode(charset) for k, v in beside.items()})
    body = "&".join(k + "=" + quote_from_bytes(v, safe="").replace("%20", "+") for k, v in raw.items())
    open(file, "w").write(body)
notice("paid_notice.txt", {}, "utf-8")
notice("paid_notice_gbk.txt", {}, "gbk")
# In certificate mode the name of the certificate stands beside the signature, or under it.
notice("paid_notice_cert_beside.txt", {}, "utf-8", "platform_next_key.pem", {"alipay_cert_sn": name})
notice("paid_notice_cert_under.txt", {"alipay_cert_sn": name}, "utf-8", "platform_next_key.pem")
notice("refunded_notice.txt", {"out_biz_no": "1217752501201407099", "refund_fee": "0.40", "gmt_refund": "2018-06-09 09:00:00.123", "notify_time": "2018-06-09 09:00:01"}, "utf-8")
notice("closed_notice.txt", {"out_biz_no": "1217752501201407099", "refund_fee": "1.00", "gmt_refund": "2018-06-09 09:00:00.123", "gmt_close": "2018-06-09 09:00:00", "trade_status": "TRADE_CLOSED", "notify_time": "2018-06-09 09:00:01"}, "utf-8")

# A bill: two tables in the older encoding, packed.
import zipfile
head = "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
tail = ",0.00,0.00,0.00,0.00,0.00,,0.00\t,0.00,"
rows = [
    "2018060822001400000000000042\t,1217752501201407033\t,交易\t,算盘便利店,2018-06-08 10:34:40,2018-06-08 10:34:50,\t,\t,\t,\t,**佳(jia***@163.com)\t,1.00,1.00" + tail + "\t,-0.01,0.00,",
    "2018060822001400000000000043\t,A-77\t,交易\t,袜子,红,2018-06-08 11:00:00,2018-06-08 11:00:09,\t,\t,\t,\t,**佳(jia***@163.com)\t,100000.00,100000.00" + tail + "\t,-600.00,0.00,",
    "2018060822001400000000000042\t,1217752501201407033\t,退款\t,算盘便利店,2018-06-08 10:34:40,2018-06-08 12:00:00,\t,\t,\t,\t,**佳(jia***@163.com)\t,-0.40,-0.40" + tail + "1217752501201407099\t,0.00,0.00,售罄",
]
rule = "#-----------------------------------------业务明细列表"
detail = "\r\n".join(["#支付宝业务明细查询", "#账号：[20881021000000010156]", "#起始日期：[2018年06月08日 00:00:00]   终止日期：[2018年06月09日 00:00:00]", rule + "----------------------------------------", head] + rows + [rule + "结束------------------------------------", "#交易合计：2笔", "#导出时间：[2018年06月09日 10:00:00]", ""])
summary = "\r\n".join(["#支付宝业务汇总查询", "#-----业务汇总列表-----", "门店编号,门店名称,交易订单总笔数", "合计\t,,2", "#-----业务汇总列表结束-----", ""])
def pack(file, tables):
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in tables:
            info = zipfile.ZipInfo(name, (2018, 6, 9, 10, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, text.encode("gbk"))
pack("bill.zip", [("20881021000000010156_20180608_业务明细(汇总).csv", summary), ("20881021000000010156_20180608_业务明细.csv", detail)])
pack("bill_cut.zip", [("d.csv", detail[: detail.index(rule + "结束")])])
pack("bill_sums_only.zip", [("s.csv", summary)])
PY
