//! The trade bill: where it is, and its rows out of a packed table in the platform's older encoding.
//!
//! The download carries neither a signature nor a digest: it is fetched over TLS from the address of the signed
//! answer, and has to be whole, with the line that ends its table. A payment's fee is written as what the
//! merchant lost, below zero, and a refund's amount as well.

use std::io::Cursor;

use encoding_rs::GBK;
use suanpan_domain::money::Fen;
use zip::ZipArchive;

use super::Alipay;
use super::answer::in_words;
use super::body::{BillContent, Outcome};
use super::request::BILL_METHOD;
use crate::bill::{
    Bill, BillAnswer, BillEntry, BillLink, BillProblem, BillRow, Columns, Fee, UNPACKED_BYTES_MAX, amount,
    downloaded, unpack,
};
use crate::channel::Lost;
use crate::http::{HttpReply, HttpRequest, Method, is_secure_or_loopback};
use crate::time::read_china_plain;

/// How the platform says that nothing was collected that day, or that it is too early.
const MISSING: &str = "isp.bill_not_exist";

/// The column that the table of rows begins with; the table of sums has none of that name.
const FIRST_COLUMN: &str = "支付宝交易号";

/// A bill has two tables; what has many files is none.
const FILES_MAX: usize = 8;

impl Alipay {
    pub(super) fn read_bill_answer(&self, reply: &HttpReply) -> BillAnswer {
        let unknown = |why: String| BillAnswer::Unknown { why };
        let content = match self.verified(reply, BILL_METHOD) {
            Ok(content) => content,
            Err(doubt) => return unknown(doubt),
        };
        let Ok(outcome) = serde_json::from_str::<Outcome>(content) else {
            return unknown("verified content is not what the platform documents".to_owned());
        };
        match (outcome.code.as_str(), outcome.sub_code.as_str()) {
            ("10000", _) => read_link(content),
            ("40004", MISSING) => BillAnswer::Missing {
                code: outcome.sub_code,
            },
            _other_codes => unknown(in_words(&outcome)),
        }
    }
}

fn read_link(content: &str) -> BillAnswer {
    let url = serde_json::from_str::<BillContent>(content)
        .ok()
        .and_then(|content| content.bill_download_url)
        .map(|url| over_tls(&url));
    match url {
        Some(url) if is_secure_or_loopback(&url) => BillAnswer::Ready(BillLink { url, sha1: None }),
        Some(_) | None => BillAnswer::Unknown {
            why: "a bill at no safe address".to_owned(),
        },
    }
}

/// The platform hands out plain addresses of a host that also answers over TLS.
fn over_tls(url: &str) -> String {
    match url.strip_prefix("http://") {
        Some(rest) if !is_secure_or_loopback(url) => format!("https://{rest}"),
        Some(_) | None => url.to_owned(),
    }
}

/// The address is its own permission; it is neither signed nor explained.
pub(super) fn fetch(link: &BillLink) -> HttpRequest {
    HttpRequest {
        method: Method::Get,
        url: link.url.clone(),
        headers: vec![(
            "User-Agent".to_owned(),
            concat!("suanpan/", env!("CARGO_PKG_VERSION")).to_owned(),
        )],
        body: Vec::new(),
    }
}

pub(super) fn read(outcome: Result<&HttpReply, Lost>) -> Result<Bill, BillProblem> {
    let packed = downloaded(outcome)?;
    let mut archive = ZipArchive::new(Cursor::new(packed)).map_err(|_| BillProblem::NotPacked)?;
    if archive.len() > FILES_MAX {
        return Err(BillProblem::TooLarge);
    }
    let mut room = UNPACKED_BYTES_MAX;
    for at in 0..archive.len() {
        let file = archive.by_index(at).map_err(|_| BillProblem::NotPacked)?;
        if file.is_dir() {
            continue;
        }
        let bytes = unpack(file, room)?;
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        room = room.saturating_sub(size);
        let text = GBK
            .decode_without_bom_handling_and_without_replacement(&bytes)
            .ok_or(BillProblem::NotText)?;
        if let Some(bill) = read_rows(&text)? {
            return Ok(bill);
        }
    }
    Err(BillProblem::NoColumn(FIRST_COLUMN))
}

/// Notes begin with a `#`; the head is the first line without one. Nothing where it is the other table.
fn read_rows(text: &str) -> Result<Option<Bill>, BillProblem> {
    let mut table = None;
    let mut rows = Vec::new();
    for (text, line) in text.lines().zip(1..) {
        let is_note = text.starts_with('#');
        match &table {
            None if is_note || text.trim().is_empty() => {}
            None if text.starts_with(FIRST_COLUMN) => table = Some(Table::new(text)?),
            None => return Ok(None),
            // The note under the table: without it the rest of the table is missing.
            Some(_) if is_note => return Ok(Some(Bill { rows })),
            Some(_) if text.trim().is_empty() => {}
            Some(table) => rows.push(table.row(text, line)?),
        }
    }
    if table.is_some() {
        return Err(BillProblem::CutOff);
    }
    Ok(None)
}

/// Where the columns are that are read.
struct Table {
    count: usize,
    name: usize,
    transaction_id: usize,
    trade_no: usize,
    kind: usize,
    time: usize,
    amount: usize,
    refund_no: usize,
    fee: usize,
}

impl Table {
    fn new(head: &str) -> Result<Self, BillProblem> {
        let plain = head.trim().replace('（', "(").replace('）', ")");
        let columns = Columns::new(plain.split(',').map(|name| name.trim().to_owned()));
        Ok(Self {
            count: columns.count(),
            name: columns.find("商品名称")?,
            transaction_id: columns.find(FIRST_COLUMN)?,
            trade_no: columns.find("商户订单号")?,
            kind: columns.find("业务类型")?,
            time: columns.find("完成时间")?,
            amount: columns.find("订单金额(元)")?,
            refund_no: columns.find("退款批次号/请求号")?,
            fee: columns.find("服务费(元)")?,
        })
    }

    fn row(&self, text: &str, line: usize) -> Result<BillRow, BillProblem> {
        let bad = |what| BillProblem::BadLine { line, what };
        let cells: Vec<&str> = text.split(',').map(str::trim).collect();
        // Nothing is quoted: commas of a name make more fields, all to the left of the rest.
        let more = cells
            .len()
            .checked_sub(self.count)
            .ok_or(bad("number of fields"))?;
        let cell = |column: usize| cells[if column > self.name { column + more } else { column }];
        let fee = Fee::parse_yuan(cell(self.fee)).ok_or(bad("fee"))?;
        let total = amount(cell(self.amount), line)?;
        Ok(BillRow {
            at_ms: read_china_plain(cell(self.time)).ok_or(bad("time"))?,
            trade_no: cell(self.trade_no).to_owned(),
            transaction_id: cell(self.transaction_id).to_owned(),
            entry: entry(cell(self.kind), cell(self.refund_no), total).ok_or(bad("kind"))?,
            fee: fee.negated(),
        })
    }
}

/// A row without a kind has moved columns.
fn entry(kind: &str, refund_no: &str, amount: Fen) -> Option<BillEntry> {
    match kind {
        "" => None,
        "交易" => Some(BillEntry::Paid { amount }),
        "退款" => Some(BillEntry::Returned {
            refund_no: (!refund_no.is_empty()).then(|| refund_no.to_owned()),
            refund_id: None,
            amount: Fen::new(amount.minor().saturating_abs()),
            state: None,
        }),
        word => Some(BillEntry::Unfamiliar {
            word: word.to_owned(),
            amount,
        }),
    }
}
