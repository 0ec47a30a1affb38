//! The trade bill: where it is, whether its bytes are those announced, and its rows.
//!
//! The answer that names the bill is signed, the download is not: its SHA-1 was in the signed answer and is
//! of the unpacked text. Every field begins with a backtick, which is what tells a comma between fields
//! from one inside a name. Columns are found by their names: the platform has added some over the years.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use flate2::read::GzDecoder;
use suanpan_domain::money::Fen;
use suanpan_domain::platform::RefundState;

use super::WechatPay;
use super::answer::code_for_log;
use super::body::{BillBody, ErrorBody};
use crate::bill::{
    Bill, BillAnswer, BillEntry, BillLink, BillProblem, BillRow, Columns, Fee, UNPACKED_BYTES_MAX, amount,
    downloaded, unpack,
};
use crate::channel::Lost;
use crate::http::{BODY_BYTES_MAX, HttpReply, is_secure_or_loopback};
use crate::text::{hex, printable};
use crate::time::read_china_plain;

/// What a field that says nothing holds.
const NOTHING: [&str; 2] = ["", "0"];

impl WechatPay {
    pub(super) fn read_bill_answer(&self, reply: &HttpReply, now_ms: i64) -> BillAnswer {
        let unknown = |why: String| BillAnswer::Unknown { why };
        if reply.body.len() > BODY_BYTES_MAX {
            return unknown(format!("HTTP {}: body too large", reply.status));
        }
        if let Err(doubt) = self.keyring.verify(&reply.headers, &reply.body, now_ms) {
            return unknown(format!("HTTP {}: {doubt}{}", reply.status, code_for_log(reply)));
        }
        match reply.status {
            200 => read_link(&reply.body),
            400..=428 | 430..=499 => match serde_json::from_slice::<ErrorBody>(&reply.body) {
                Ok(error) if is_missing(&error.code) => BillAnswer::Missing { code: error.code },
                Ok(_) | Err(_) => unknown(format!("HTTP {}{}", reply.status, code_for_log(reply))),
            },
            status => unknown(format!("HTTP {status}{}", code_for_log(reply))),
        }
    }
}

fn is_missing(code: &str) -> bool {
    matches!(code, "NO_STATEMENT_EXIST" | "STATEMENT_CREATING")
}

fn read_link(body: &[u8]) -> BillAnswer {
    match serde_json::from_slice::<BillBody>(body) {
        Ok(link) if link.hash_type == "SHA1" && is_secure_or_loopback(&link.download_url) => {
            BillAnswer::Ready(BillLink {
                url: link.download_url,
                sha1: Some(link.hash_value.to_ascii_lowercase()),
            })
        }
        Ok(link) => BillAnswer::Unknown {
            why: format!("a bill with {} at no safe address", printable(&link.hash_type)),
        },
        Err(_) => BillAnswer::Unknown {
            why: "verified body is not what the platform documents".to_owned(),
        },
    }
}

pub(super) fn read(link: &BillLink, outcome: Result<&HttpReply, Lost>) -> Result<Bill, BillProblem> {
    let plain = unpack(GzDecoder::new(downloaded(outcome)?), UNPACKED_BYTES_MAX)?;
    let sha1 = hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, &plain).as_ref());
    if link.sha1.as_deref() != Some(sha1.as_str()) {
        return Err(BillProblem::HashDiffers);
    }
    let text = String::from_utf8(plain).map_err(|_| BillProblem::NotText)?;
    read_rows(text.trim_start_matches('\u{feff}'))
}

/// The head, the rows, the head of the sums and the sums. Their first says how many rows there are.
fn read_rows(text: &str) -> Result<Bill, BillProblem> {
    let mut lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    let (head, _) = lines.next().ok_or(BillProblem::CutOff)?;
    let columns = Table::new(head)?;
    let mut rows = Vec::new();
    for (text, line) in lines.by_ref() {
        if !text.starts_with('`') {
            break;
        }
        rows.push(columns.row(text, line)?);
    }
    let count = lines.next().map(|(sums, _)| split(sums)).unwrap_or_default();
    let counted = count.first().and_then(|count| count.parse::<usize>().ok());
    if counted != Some(rows.len()) {
        return Err(BillProblem::CutOff);
    }
    Ok(Bill { rows })
}

fn split(line: &str) -> Vec<&str> {
    let line = line.trim_end();
    line.strip_prefix('`').unwrap_or(line).split(",`").collect()
}

/// Where the columns are that are read.
struct Table {
    count: usize,
    time: usize,
    transaction_id: usize,
    trade_no: usize,
    state: usize,
    refund_id: usize,
    refund_no: usize,
    refund_state: usize,
    fee: usize,
    amount: usize,
    refund: usize,
}

impl Table {
    fn new(head: &str) -> Result<Self, BillProblem> {
        let columns = Columns::new(head.trim_end().split(',').map(str::to_owned));
        Ok(Self {
            count: columns.count(),
            time: columns.find("交易时间")?,
            transaction_id: columns.find("微信订单号")?,
            trade_no: columns.find("商户订单号")?,
            state: columns.find("交易状态")?,
            refund_id: columns.find("微信退款单号")?,
            refund_no: columns.find("商户退款单号")?,
            refund_state: columns.find("退款状态")?,
            fee: columns.find("手续费")?,
            amount: columns.find("订单金额")?,
            refund: columns.find("申请退款金额")?,
        })
    }

    fn row(&self, text: &str, line: usize) -> Result<BillRow, BillProblem> {
        let bad = |what| BillProblem::BadLine { line, what };
        let cells = split(text);
        if cells.len() != self.count {
            return Err(bad("number of fields"));
        }
        Ok(BillRow {
            at_ms: read_china_plain(cells[self.time]).ok_or(bad("time"))?,
            trade_no: cells[self.trade_no].to_owned(),
            transaction_id: cells[self.transaction_id].to_owned(),
            entry: self.entry(&cells, line)?,
            fee: Fee::parse_yuan(cells[self.fee]).ok_or(bad("fee"))?,
        })
    }

    fn entry(&self, cells: &[&str], line: usize) -> Result<BillEntry, BillProblem> {
        let total: Fen = amount(cells[self.amount], line)?;
        let said = |column: usize| {
            let text = cells[column];
            (!NOTHING.contains(&text)).then(|| text.to_owned())
        };
        match cells[self.state] {
            "SUCCESS" => Ok(BillEntry::Paid { amount: total }),
            "REFUND" => Ok(BillEntry::Returned {
                refund_no: said(self.refund_no),
                refund_id: said(self.refund_id),
                amount: amount(cells[self.refund], line)?,
                state: refund_state(cells[self.refund_state]),
            }),
            "REVOKED" => {
                let amount = self.amount_of_either(cells, total, line)?;
                Ok(BillEntry::Reversed { amount })
            }
            "" => Err(BillProblem::BadLine { line, what: "state" }),
            word => Ok(BillEntry::Unfamiliar {
                word: word.to_owned(),
                amount: self.amount_of_either(cells, total, line)?,
            }),
        }
    }

    /// The amount of a row that is written like a refund's or like a payment's; the other column is then zero.
    fn amount_of_either(&self, cells: &[&str], total: Fen, line: usize) -> Result<Fen, BillProblem> {
        let refund = amount(cells[self.refund], line)?;
        Ok(if refund.is_positive() { refund } else { total })
    }
}

fn refund_state(word: &str) -> Option<RefundState> {
    match word {
        "SUCCESS" => Some(RefundState::Success),
        "PROCESSING" => Some(RefundState::Processing),
        "FAIL" | "CLOSED" => Some(RefundState::Closed),
        "CHANGE" | "ABNORMAL" => Some(RefundState::Abnormal),
        _new_word => None,
    }
}
