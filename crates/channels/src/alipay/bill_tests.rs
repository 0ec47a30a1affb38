//! The bill: what is asked, what is believed of the answer, and the rows of the packed table.

use std::io::{Cursor, Write};

use encoding_rs::GBK;
use suanpan_domain::money::Fen;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::testkit::*;
use crate::bill::{Bill, BillAnswer, BillDay, BillEntry, BillLink, BillProblem, BillRow, Bills};
use crate::channel::Lost;
use crate::http::{HttpReply, Method};
use crate::text::read_form;

const PACKED: &[u8] = include_bytes!("../testdata/alipay/bill.zip");
const ANSWER: &str = "alipay_data_dataservice_bill_downloadurl_query_response";

fn link() -> BillLink {
    BillLink {
        url: "https://dwbillcenter.alipay.com/downloadBillFile.resource?fileId=7".into(),
        sha1: None,
    }
}

fn read(packed: &[u8]) -> Result<Bill, BillProblem> {
    account().bill_read(&link(), Ok(&reply(200, packed.to_vec())))
}

fn packed(tables: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in tables {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// The table of rows of the golden bill.
fn table() -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(PACKED)).unwrap();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut archive.by_index(1).unwrap(), &mut bytes).unwrap();
    GBK.decode(&bytes).0.into_owned()
}

fn read_text(text: &str) -> Result<Bill, BillProblem> {
    read(&packed(&[("d.csv", &GBK.encode(text).0)]))
}

fn answer(content: &str) -> BillAnswer {
    let reply = envelope(ANSWER, content, &sign(KEY, content.as_bytes()));
    account().bill_answer(Ok(&reply), NOW_MS)
}

#[test]
fn the_question_names_the_day_and_the_download_nothing_at_all() {
    let day = BillDay::parse("2018-06-08").unwrap();
    let asked = account().bill_request(day, at());
    let form = read_form(&asked.body).unwrap();
    let value = |name: &str| {
        let (_, value) = form.iter().find(|(key, _)| key == name.as_bytes()).unwrap();
        String::from_utf8(value.clone()).unwrap()
    };
    assert_eq!(value("method"), "alipay.data.dataservice.bill.downloadurl.query");
    assert_eq!(
        value("biz_content"),
        r#"{"bill_type":"trade","bill_date":"2018-06-08"}"#
    );
    let fetch = account().bill_fetch(&link(), at());
    assert_eq!((fetch.method, fetch.url), (Method::Get, link().url));
    assert!(fetch.body.is_empty());
}

#[test]
fn only_a_signed_answer_says_where_a_bill_is_or_that_there_is_none() {
    let ready = |url: &str| match answer(&format!(
        r#"{{"code":"10000","msg":"Success","bill_download_url":"{url}"}}"#
    )) {
        BillAnswer::Ready(link) => link.url,
        other => panic!("{other:?}"),
    };
    // The platform's plain addresses are asked over TLS.
    assert_eq!(
        ready("http://dwbillcenter.alipay.com/downloadBillFile.resource?fileId=7"),
        link().url
    );
    assert_eq!(ready(&link().url), link().url);
    assert_eq!(
        ready("http://127.0.0.1:9/bill?x=1"),
        "http://127.0.0.1:9/bill?x=1"
    );
    let missing =
        r#"{"code":"40004","msg":"Business Failed","sub_code":"isp.bill_not_exist","sub_msg":"账单不存在"}"#;
    assert_eq!(
        answer(missing),
        BillAnswer::Missing {
            code: "isp.bill_not_exist".into()
        }
    );
    let unsigned = reply(200, format!(r#"{{"{ANSWER}":{missing}}}"#));
    let seen = account().bill_answer(Ok(&unsigned), NOW_MS);
    assert!(matches!(seen, BillAnswer::Unknown { .. }));
    for content in [
        r#"{"code":"10000","msg":"Success"}"#,
        r#"{"code":"10000","msg":"Success","bill_download_url":"ftp://a/b"}"#,
        r#"{"code":"20000","msg":"x","sub_code":"isp.bill_not_exist"}"#,
        r#"{"code":"40002","msg":"x","sub_code":"isv.invalid-parameter"}"#,
        "{}",
    ] {
        assert!(matches!(answer(content), BillAnswer::Unknown { .. }), "{content}");
    }
    let lost = account().bill_answer(Err(Lost::TimedOut), NOW_MS);
    assert!(matches!(lost, BillAnswer::Unknown { .. }));
}

#[test]
fn the_rows_are_read_with_fees_and_refunds_and_commas_in_names() {
    let bill = read(PACKED).unwrap();
    let row = |trade_no: &str, transaction: &str, at_ms, entry| BillRow {
        at_ms,
        trade_no: trade_no.into(),
        transaction_id: transaction.into(),
        entry,
        fee: bill.rows[0].fee,
    };
    let paid = |minor| BillEntry::Paid {
        amount: Fen::new(minor),
    };
    assert_eq!(
        bill.rows[0],
        row(
            TRADE_NO,
            "2018060822001400000000000042",
            1_528_425_290_000,
            paid(100)
        )
    );
    assert_eq!(bill.rows[0].fee.fen(), Some(Fen::new(1)));
    assert_eq!(bill.rows[1].entry, paid(10_000_000));
    assert_eq!(bill.rows[1].fee.fen(), Some(Fen::new(60_000)));
    assert_eq!(bill.rows[1].trade_no, "A-77");
    let returned = BillEntry::Returned {
        refund_no: Some(REFUND_NO.into()),
        refund_id: None,
        amount: Fen::new(40),
        state: None,
    };
    assert_eq!(bill.rows[2].entry, returned);
    assert_eq!(bill.rows[2].fee.thousandths_of_fen(), 0);
    assert_eq!(bill.rows.len(), 3);
}

#[test]
fn a_bill_is_read_whole_or_not_at_all() {
    assert_eq!(read_text(&table()).unwrap(), read(PACKED).unwrap());
    assert_eq!(
        read(include_bytes!("../testdata/alipay/bill_cut.zip")),
        Err(BillProblem::CutOff)
    );
    assert_eq!(
        read(include_bytes!("../testdata/alipay/bill_sums_only.zip")),
        Err(BillProblem::NoColumn("支付宝交易号"))
    );
    assert_eq!(
        read_text(&table().replace("服务费（元）", "别的费")),
        Err(BillProblem::NoColumn("服务费(元)"))
    );
    let first_row = 6;
    for (from, to, what) in [
        (",1.00,1.00,", ",1.001,1.00,", "amount"),
        (",-0.01,", ",-0.0000001,", "fee"),
        ("2018-06-08 10:34:50", "2018-06-08", "time"),
        (",交易\t", ",\t", "kind"),
        ("\t,1217752501201407033\t,交易\t", "\t,交易\t", "kind"),
    ] {
        let text = table().replacen(from, to, 1);
        match read_text(&text) {
            Err(BillProblem::BadLine { line, what: bad }) => {
                assert_eq!(line, first_row, "{from}");
                assert!(bad == what || from.starts_with('\t'), "{bad}");
            }
            other => panic!("{from}: {other:?}"),
        }
    }
}

#[test]
fn a_row_of_a_new_kind_says_so_and_the_others_are_as_good_as_ever() {
    let known = read_text(&table()).unwrap();
    let mut bill = read_text(&table().replacen(",交易\t", ",转账\t", 1)).unwrap();
    let word = "转账".to_owned();
    let BillEntry::Paid { amount } = known.rows[0].entry else {
        panic!("{:?}", known.rows[0]);
    };
    assert_eq!(bill.rows[0].entry, BillEntry::Unfamiliar { word, amount });
    assert_ne!(bill.fingerprint(), known.fingerprint());
    bill.rows[0].entry = known.rows[0].entry.clone();
    assert_eq!(bill, known);
}

#[test]
fn bytes_that_are_no_bill_are_none() {
    for bytes in [&b""[..], b"<html>log in</html>", &PACKED[..PACKED.len() / 2]] {
        assert_eq!(read(bytes), Err(BillProblem::NotPacked));
    }
    assert_eq!(
        read(&packed(&[("d.csv", &[0xff, 0xff, 0x0a])])),
        Err(BillProblem::NotText)
    );
    let many: Vec<(String, &[u8])> = (0..9).map(|n| (format!("{n}.csv"), &b"x"[..])).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    assert_eq!(read(&packed(&many)), Err(BillProblem::TooLarge));
    let error = HttpReply {
        status: 403,
        headers: Vec::new(),
        body: PACKED.to_vec(),
    };
    assert_eq!(
        account().bill_read(&link(), Ok(&error)),
        Err(BillProblem::Status(403))
    );
    assert_eq!(
        account().bill_read(&link(), Err(Lost::TimedOut)),
        Err(BillProblem::Lost(Lost::TimedOut))
    );
}
