//! The bill: what is asked and signed, what is believed of the answer and of the bytes, and the rows.

use std::io::Write;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use flate2::Compression;
use flate2::write::GzEncoder;
use suanpan_domain::money::Fen;
use suanpan_domain::platform::RefundState;

use super::testkit::*;
use crate::bill::{Bill, BillAnswer, BillDay, BillEntry, BillLink, BillProblem, BillRow, Bills};
use crate::channel::{Lost, SignedAt};
use crate::http::{HttpReply, Method, header};
use crate::text::hex;

const PACKED: &[u8] = include_bytes!("../testdata/bill.csv.gz");

fn at() -> SignedAt {
    SignedAt {
        now_ms: 1_554_208_460_123,
        nonce: "593BEC0C930BF1AFEB40B4A08C8FB242".into(),
    }
}

fn day() -> BillDay {
    BillDay::parse("2018-06-08").unwrap()
}

fn link(sha1: &str) -> BillLink {
    BillLink {
        url: "https://api.mch.weixin.qq.com/v3/billdownload/file?token=abc_-1".into(),
        sha1: Some(sha1.into()),
    }
}

fn read(packed: &[u8], sha1: &str) -> Result<Bill, BillProblem> {
    let reply = HttpReply {
        status: 200,
        headers: Vec::new(),
        body: packed.to_vec(),
    };
    account().bill_read(&link(sha1), Ok(&reply))
}

fn plain() -> String {
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(PACKED), &mut text).unwrap();
    text
}

/// Reads another text, packed and announced as the platform would.
fn read_text(text: &str) -> Result<Bill, BillProblem> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    let sha1 = hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()).as_ref());
    read(&packed.finish().unwrap(), &sha1)
}

#[test]
fn the_question_and_the_download_carry_openssls_signatures() {
    let asked = account().bill_request(day(), at());
    assert_eq!(asked.method, Method::Get);
    assert_eq!(
        asked.url,
        "https://api.mch.weixin.qq.com/v3/bill/tradebill?bill_date=2018-06-08&bill_type=ALL&tar_type=GZIP"
    );
    let fetched = account().bill_fetch(&link(""), at());
    assert_eq!(fetched.url, link("").url);
    for (request, signature) in [
        (asked, include_str!("../testdata/bill_signature.txt")),
        (fetched, include_str!("../testdata/bill_fetch_signature.txt")),
    ] {
        let authorization = header(&request.headers, "authorization").unwrap();
        assert!(authorization.ends_with(&format!("signature=\"{signature}\"")));
        assert!(request.body.is_empty());
    }
}

#[test]
fn only_a_signed_answer_says_where_a_bill_is_or_that_there_is_none() {
    let body = r#"{"hash_type":"SHA1","hash_value":"79BB0F45FC4C42234A918000B2668D689E2BDE04","download_url":"https://api.mch.weixin.qq.com/v3/billdownload/file?token=x"}"#;
    let read = |reply: &HttpReply| account().bill_answer(Ok(reply), NOW_MS);
    match read(&signed(200, body)) {
        BillAnswer::Ready(link) => {
            assert!(link.url.ends_with("token=x"));
            assert_eq!(
                link.sha1.as_deref(),
                Some("79bb0f45fc4c42234a918000b2668d689e2bde04")
            );
            assert!(!format!("{link:?}").contains("token"));
        }
        other => panic!("{other:?}"),
    }
    for code in ["NO_STATEMENT_EXIST", "STATEMENT_CREATING"] {
        let refusal = format!(r#"{{"code":"{code}","message":"m"}}"#);
        assert_eq!(
            read(&signed(400, &refusal)),
            BillAnswer::Missing { code: code.into() }
        );
        assert!(matches!(
            read(&unsigned(400, &refusal)),
            BillAnswer::Unknown { .. }
        ));
    }
    let plain_address = body.replace("https://", "http://");
    let other_digest = body.replace("SHA1", "MD5");
    for reply in [
        unsigned(200, body),
        signed(200, &plain_address),
        signed(200, &other_digest),
        signed(200, "{}"),
        signed(400, r#"{"code":"PARAM_ERROR","message":"m"}"#),
        signed(500, r#"{"code":"NO_STATEMENT_EXIST","message":"m"}"#),
        signed(429, r#"{"code":"NO_STATEMENT_EXIST","message":"m"}"#),
    ] {
        assert!(matches!(read(&reply), BillAnswer::Unknown { .. }));
    }
    assert!(matches!(
        account().bill_answer(Err(Lost::TimedOut), NOW_MS),
        BillAnswer::Unknown { .. }
    ));
}

#[test]
fn the_rows_are_read_with_fees_refunds_and_reversals() {
    let bill = read(PACKED, include_str!("../testdata/bill_sha1.txt")).unwrap();
    let rows: Vec<(&BillRow, i64)> = bill
        .rows
        .iter()
        .map(|row| (row, row.fee.thousandths_of_fen()))
        .collect();
    assert_eq!(rows.len(), 3);
    let (paid, fee) = rows[0];
    assert_eq!(paid.at_ms, 1_528_425_296_000);
    assert_eq!(paid.trade_no, TRADE_NO);
    assert_eq!(paid.transaction_id, "1217752501201407033233368018");
    assert_eq!(
        (&paid.entry, fee),
        (
            &BillEntry::Paid {
                amount: Fen::new(100)
            },
            1_000
        )
    );
    let (refund, fee) = rows[1];
    let returned = BillEntry::Returned {
        refund_no: Some(REFUND_NO.into()),
        refund_id: Some("50000000382019052709732678859".into()),
        amount: Fen::new(40),
        state: Some(RefundState::Processing),
    };
    assert_eq!((&refund.entry, fee), (&returned, -240));
    let (reversed, _) = rows[2];
    assert_eq!(
        reversed.entry,
        BillEntry::Reversed {
            amount: Fen::new(2_000)
        }
    );
    assert_eq!(reversed.trade_no, "A_77|1");
}

#[test]
fn bytes_that_were_not_announced_are_no_bill() {
    let sha1 = include_str!("../testdata/bill_sha1.txt");
    let mut altered = PACKED.to_vec();
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    assert!(read(&altered, sha1).is_err());
    assert_eq!(read(PACKED, &"0".repeat(40)), Err(BillProblem::HashDiffers));
    assert!(read(&PACKED[..PACKED.len() - 9], sha1).is_err());
    assert_eq!(read(b"<html>log in</html>", sha1), Err(BillProblem::NotPacked));
    assert_eq!(
        account().bill_read(&link(sha1), Ok(&unsigned(404, ""))),
        Err(BillProblem::Status(404))
    );
    assert_eq!(
        account().bill_read(&link(sha1), Err(Lost::TimedOut)),
        Err(BillProblem::Lost(Lost::TimedOut))
    );
    let without = BillLink {
        sha1: None,
        ..link(sha1)
    };
    let reply = HttpReply {
        status: 200,
        headers: Vec::new(),
        body: PACKED.to_vec(),
    };
    assert_eq!(
        account().bill_read(&without, Ok(&reply)),
        Err(BillProblem::HashDiffers)
    );
}

#[test]
fn a_bill_is_read_whole_or_not_at_all() {
    let text = plain();
    assert_eq!(read_text(&text).unwrap().rows.len(), 3);
    let second = text.lines().nth(2).unwrap();
    let short = text.replace(&format!("{second}\r\n"), "");
    assert_eq!(read_text(&short), Err(BillProblem::CutOff));
    let no_sums: String = text.lines().take(4).map(|line| format!("{line}\r\n")).collect();
    assert_eq!(read_text(&no_sums), Err(BillProblem::CutOff));
    assert_eq!(read_text(""), Err(BillProblem::CutOff));
    assert_eq!(
        read_text(&text.replace("手续费,", "别的费,")),
        Err(BillProblem::NoColumn("手续费"))
    );
    for (from, to, what) in [
        ("`0.01000,", "`0.0100001,", "fee"),
        ("`1.00,`0.00,", "`1.001,`0.00,", "amount"),
        ("`2018-06-08 10:34:56", "`2018-06-08", "time"),
        ("`SUCCESS,`CMC", "`,`CMC", "state"),
        ("`CMC,`CNY", "`CNY", "number of fields"),
    ] {
        let line = 2;
        let problem = read_text(&text.replacen(from, to, 1));
        assert_eq!(problem, Err(BillProblem::BadLine { line, what }), "{from}");
    }
}

#[test]
fn a_row_of_a_new_kind_says_so_and_the_others_are_as_good_as_ever() {
    let known = read_text(&plain()).unwrap();
    let mut bill = read_text(&plain().replacen("`SUCCESS,`CMC", "`PLEDGED,`CMC", 1)).unwrap();
    let word = "PLEDGED".to_owned();
    let BillEntry::Paid { amount } = known.rows[0].entry else {
        panic!("{:?}", known.rows[0]);
    };
    assert_eq!(bill.rows[0].entry, BillEntry::Unfamiliar { word, amount });
    bill.rows[0].entry = known.rows[0].entry.clone();
    assert_eq!(bill, known);
}
