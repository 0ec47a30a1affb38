#!/bin/sh
# Makes the vectors beside this file with openssl, node and python3, never with this crate: a mistake in its signing,
# sealing, sorting or encoding must not be repeated here, nor be the same as one of the centre's. Run in this folder.
set -eu

keys=../../../../keys
sign() { openssl dgst -sha256 -sign "$keys/$1" | openssl base64 -A; }

# WeChat Pay: a request's five lines, and an answer's three.
printf 'POST\n/v3/pay/transactions/out-trade-no/T1_%%7C%%2A/close\n1772416800\n0123456789abcdef0123456789ABCDEF\n{"mchid":"1900000101"}\n' \
  | sign merchant_1900000101_private.pem > close_signature.txt
printf '1772416800\n0123456789abcdef0123456789ABCDEF\n{"code_url":"weixin://wxpay/bizpayurl?pr=1"}\n' > reply_text.txt
sign platform_certificate_next_private.pem < reply_text.txt > reply_signature.txt

# Alipay: what has a value, sorted by the name's bytes, unescaped; capital letters stand before small ones.
printf '%s' 'Z=1&a=1&app_id=2021000199900101&biz_content={"subject":"练习 & 商品=+","total_amount":"12.50"}&charset=utf-8&sign_type=RSA2&z= y' > alipay_text.txt
sign alipay_app_2021000199900101_private.pem < alipay_text.txt > alipay_signature.txt

# AES-256-GCM by node's OpenSSL: the openssl command has none.
node - <<'JS'
const { createCipheriv } = require("node:crypto");
const cipher = createCipheriv("aes-256-gcm", "SandboxOnlyApiV3KeyMerchant00101", "0123456789ab");
cipher.setAAD(Buffer.from("transaction"));
const parts = [cipher.update('{"trade_state":"SUCCESS","练":1}'), cipher.final(), cipher.getAuthTag()];
require("node:fs").writeFileSync("sealed.txt", Buffer.concat(parts).toString("base64"));
JS

# The older encoding of Alipay's bills.
python3 - <<'PY'
open("bill_gbk.bin", "wb").write("#支付宝业务明细查询，商户订单号,商品名称,订单金额（元）,備註\t".encode("gbk"))
PY
