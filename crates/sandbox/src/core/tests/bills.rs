//! Bills of both platforms: who gets them when, and what stands in them.

use std::io::Read as _;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use encoding_rs::GBK;
use flate2::read::{DeflateDecoder, GzDecoder};
use serde_json::json;

use super::alipay::Stall;
use super::{NUMBER, START_MS, Shop, body, is, refused, text};
use crate::{CallKind, Fault, FaultRule, HttpReply, HttpRequest, Outcome, PaymentEffect, RefundEnd};

/// From the tests' morning to noon of the next day.
const NEXT_NOON_MS: i64 = 26 * 3_600_000;
const DAY: &str = "2026-03-02";

fn asked(shop: &mut Shop, more: &str) -> HttpReply {
    shop.get(&format!("/v3/bill/tradebill?bill_date={DAY}{more}"))
}

/// The bill's text, its sum checked.
fn fetched(shop: &mut Shop, more: &str) -> String {
    let reply = asked(shop, more);
    assert_eq!(reply.status, 200, "{}", text(&reply));
    let told = body(&reply);
    let path = told["download_url"].as_str().unwrap();
    let path = path.strip_prefix("https://api.mch.weixin.qq.com").unwrap();
    let file = shop.get(path);
    assert!(
        file.header("Wechatpay-Signature").is_none(),
        "files are not signed"
    );
    let plain = if more.contains("GZIP") {
        let mut plain = Vec::new();
        GzDecoder::new(file.body.as_slice())
            .read_to_end(&mut plain)
            .unwrap();
        plain
    } else {
        file.body
    };
    let sum = digest(&SHA1_FOR_LEGACY_USE_ONLY, &plain);
    let hex: String = sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        (&told["hash_type"], &told["hash_value"]),
        (&json!("SHA1"), &json!(hex))
    );
    String::from_utf8(plain).unwrap()
}

fn columns(line: &str) -> Vec<&str> {
    line.split(',')
        .map(|value| value.strip_prefix('`').unwrap())
        .collect()
}

#[test]
fn wechats_bill_lists_payments_and_refunds_with_fees_and_sums() {
    let mut shop = Shop::new();
    shop.paid();
    shop.refund("R1", 250);
    shop.after(2_000);
    shop.now_ms += NEXT_NOON_MS;
    let bill = fetched(&mut shop, "&bill_type=ALL&tar_type=GZIP");
    let lines: Vec<&str> = bill.trim_start_matches('\u{feff}').split("\r\n").collect();
    assert!(bill.starts_with('\u{feff}'));
    assert_eq!(
        lines[0],
        "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,\
         货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,\
         商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
    );
    let payment = columns(lines[1]);
    assert_eq!(payment.len(), 27);
    assert_eq!(
        (payment[0], payment[6], payment[9]),
        ("2026-03-02 10:00:00", NUMBER, "SUCCESS")
    );
    assert_eq!(
        (payment[12], payment[14], payment[22], payment[24]),
        ("12.50", "0", "0.08000", "12.50")
    );
    let refund = columns(lines[2]);
    assert_eq!(
        (refund[9], refund[15], refund[16], refund[19]),
        ("REFUND", "R1", "2.50", "SUCCESS")
    );
    assert_eq!((refund[12], refund[22], refund[25]), ("0.00", "-0.02000", "2.50"));
    assert!(lines[3].starts_with("总交易单数,"));
    assert_eq!(
        columns(lines[4]),
        ["2", "12.50", "2.50", "0.00", "0.06000", "12.50", "2.50"]
    );
    assert_eq!((lines[5], lines.len()), ("", 6));
}

#[test]
fn p25_a_refund_under_way_at_bill_time_says_so_for_ever() {
    let mut shop = Shop::new();
    let ends = RefundEnd::Held;
    shop.platform
        .set_fault(FaultRule::next(1, Fault::Refund { ends }));
    shop.paid();
    shop.refund("R1", 250);
    shop.now_ms += NEXT_NOON_MS;
    let before = fetched(&mut shop, "&bill_type=REFUND");
    shop.platform.settle_refund("R1", None, shop.now_ms).unwrap();
    let after = fetched(&mut shop, "&bill_type=REFUND");
    assert_eq!(before, after);
    assert!(after.contains("`PROCESSING,"), "{after}");
}

#[test]
fn the_kinds_of_wechats_bill_have_their_own_columns_and_rows() {
    let mut shop = Shop::new();
    let effect = PaymentEffect::Coupon { off_minor: 250 };
    shop.platform
        .set_fault(FaultRule::next(1, Fault::Payment { effect }));
    shop.paid();
    shop.now_ms += NEXT_NOON_MS;
    let success = fetched(&mut shop, "&bill_type=SUCCESS");
    assert!(
        !success.contains("退款状态") && success.contains("`12.50,`2.50,"),
        "{success}"
    );
    assert_eq!(
        refused(&asked(&mut shop, "&bill_type=REFUND")),
        is(400, "NO_STATEMENT_EXIST")
    );
    assert_eq!(
        refused(&asked(&mut shop, "&bill_type=ODD")),
        is(400, "PARAM_ERROR")
    );
    assert_eq!(
        refused(&asked(&mut shop, "&tar_type=ZIP")),
        is(400, "PARAM_ERROR")
    );
}

#[test]
fn wechats_bill_is_ready_at_ten_the_next_day() {
    let mut shop = Shop::new();
    shop.paid();
    assert_eq!(
        refused(&asked(&mut shop, "")),
        is(400, "INVALID_REQUEST"),
        "today"
    );
    shop.now_ms += 24 * 3_600_000 - 1;
    assert_eq!(
        refused(&asked(&mut shop, "")),
        is(400, "STATEMENT_CREATING"),
        "before ten"
    );
    shop.now_ms += 1;
    assert_eq!(asked(&mut shop, "").status, 200);
    assert_eq!(refused(&shop.get("/v3/bill/tradebill")), is(400, "PARAM_ERROR"));
    assert_eq!(
        refused(&shop.get("/v3/bill/tradebill?bill_date=2026-3-2")),
        is(400, "PARAM_ERROR")
    );
    shop.now_ms += 100 * 86_400_000;
    assert_eq!(
        refused(&asked(&mut shop, "")),
        is(400, "INVALID_REQUEST"),
        "months ago"
    );
}

#[test]
fn a_downloads_address_lives_five_minutes_and_is_its_merchants() {
    let mut shop = Shop::new();
    shop.paid();
    shop.now_ms += NEXT_NOON_MS;
    let told = body(&asked(&mut shop, ""));
    let path = told["download_url"].as_str().unwrap()["https://api.mch.weixin.qq.com".len()..].to_owned();
    let mut foreign = Shop::with(crate::PlatformConfig::new(1), 1);
    foreign.now_ms = shop.now_ms;
    std::mem::swap(&mut foreign.platform, &mut shop.platform);
    assert_eq!(refused(&foreign.get(&path)), is(403, "NO_AUTH"));
    std::mem::swap(&mut foreign.platform, &mut shop.platform);
    shop.now_ms += 299_999;
    assert_eq!(shop.get(&path).status, 200);
    shop.now_ms += 1;
    assert_eq!(refused(&shop.get(&path)), is(400, "INVALID_REQUEST"));
    assert_eq!(shop.platform.counters().of(CallKind::BillDownload).received, 3);
}

const BILL: &str = "alipay.data.dataservice.bill.downloadurl.query";

fn download(stall: &mut Stall) -> HttpReply {
    let answer = stall.call(BILL, &json!({ "bill_type": "trade", "bill_date": DAY }));
    assert_eq!(answer.code(), "10000", "{}", answer.text);
    let url = answer.node["bill_download_url"].as_str().unwrap();
    let path = url.strip_prefix("https://dwbillcenter.alipay.com").unwrap();
    fetch(stall, path)
}

fn fetch(stall: &mut Stall, path: &str) -> HttpReply {
    let request = HttpRequest {
        method: "GET".to_owned(),
        path_and_query: path.to_owned(),
        ..HttpRequest::default()
    };
    match stall.platform.handle(&request, stall.now_ms).outcome {
        Outcome::Reply(reply) => reply,
        Outcome::Dropped => panic!("the connection was dropped"),
    }
}

/// Name and text of the files in a zip, read by the headers before each file alone.
fn unzipped(archive: &[u8]) -> Vec<(String, String)> {
    let number =
        |at: usize, bytes: usize| (0..bytes).fold(0, |sum, i| sum | usize::from(archive[at + i]) << (8 * i));
    let (mut files, mut at) = (Vec::new(), 0);
    while archive[at..].starts_with(b"PK\x03\x04") {
        let (packed, plain, name) = (number(at + 18, 4), number(at + 22, 4), number(at + 26, 2));
        let start = at + 30 + name;
        let mut content = Vec::new();
        DeflateDecoder::new(&archive[start..start + packed])
            .read_to_end(&mut content)
            .unwrap();
        assert_eq!(content.len(), plain);
        let decoded = |bytes: &[u8]| GBK.decode(bytes).0.into_owned();
        files.push((decoded(&archive[at + 30..start]), decoded(&content)));
        at = start + packed;
    }
    assert!(archive[at..].starts_with(b"PK\x01\x02"), "the directory follows");
    files
}

#[test]
fn alipays_bill_is_a_zip_of_two_gbk_files() {
    let mut stall = Stall::new();
    stall.paid();
    stall.refund("R1", "2.50");
    stall.now_ms += NEXT_NOON_MS;
    let files = unzipped(&download(&mut stall).body);
    assert_eq!(files[0].0, "20880001999001010156_20260302_业务明细.csv");
    assert_eq!(files[1].0, "20880001999001010156_20260302_业务明细(汇总).csv");
    let lines: Vec<&str> = files[0].1.split("\r\n").collect();
    assert_eq!(lines[0], "#支付宝业务明细查询");
    assert!(lines[2].contains("[2026年03月02日 00:00:00]   终止日期：[2026年03月03日 00:00:00]"));
    assert!(lines[4].starts_with("支付宝交易号,商户订单号,业务类型,"));
    let payment: Vec<&str> = lines[5].split(',').collect();
    assert_eq!(payment.len(), lines[4].split(',').count());
    assert_eq!(
        (payment[1].trim(), payment[2], payment[11], payment[22]),
        (super::NUMBER, "交易", "12.50", "-0.08")
    );
    let refund: Vec<&str> = lines[6].split(',').collect();
    assert_eq!(
        (refund[2], refund[11], refund[21].trim(), refund[22]),
        ("退款", "-2.50", "R1", "0.02")
    );
    assert!(lines[7].starts_with("#---"));
    assert!(
        lines[8].contains("1笔") && lines[8].contains("12.50元"),
        "{}",
        lines[8]
    );
    assert!(files[1].1.contains("合计,,1,1,10.00,10.00,"), "{}", files[1].1);
}

#[test]
fn alipays_bill_is_there_the_next_day_at_ten_or_not_at_all() {
    let mut stall = Stall::new();
    let ask = |stall: &mut Stall, kind: &str, date: &str| {
        let answer = stall.call(BILL, &json!({ "bill_type": kind, "bill_date": date }));
        answer.refused().1.to_owned()
    };
    stall.paid();
    assert_eq!(ask(&mut stall, "trade", DAY), "isv.invalid_arguments", "today");
    stall.now_ms += 23 * 3_600_000;
    assert_eq!(ask(&mut stall, "trade", DAY), "isp.bill_not_exist", "before ten");
    stall.now_ms += 3 * 3_600_000;
    assert_eq!(ask(&mut stall, "trade", DAY), "");
    assert_eq!(
        ask(&mut stall, "trade", "2026-03-01"),
        "isp.bill_not_exist",
        "nothing was sold"
    );
    assert_eq!(ask(&mut stall, "signcustomer", DAY), "isv.invalid_arguments");
    assert_eq!(ask(&mut stall, "trade", "yesterday"), "isv.invalid_arguments");
    assert_eq!(
        ask(&mut stall, "trade", "2026-03"),
        "isv.invalid_arguments",
        "the month is not over"
    );
    stall.now_ms = START_MS + 40 * 86_400_000;
    assert_eq!(ask(&mut stall, "trade", "2026-03"), "");
}

#[test]
fn alipays_download_lives_half_a_minute() {
    let mut stall = Stall::new();
    stall.paid();
    stall.now_ms += NEXT_NOON_MS;
    let answer = stall.call(BILL, &json!({ "bill_type": "trade", "bill_date": DAY }));
    let url = answer.node["bill_download_url"].as_str().unwrap();
    let path = url
        .strip_prefix("https://dwbillcenter.alipay.com")
        .unwrap()
        .to_owned();
    stall.now_ms += 29_999;
    assert_eq!(fetch(&mut stall, &path).status, 200);
    stall.now_ms += 1;
    assert_eq!(fetch(&mut stall, &path).status, 403);
}
