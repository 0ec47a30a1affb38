//! A day's bill of a platform: asking where it is, fetching it, and its rows as typed values.
//!
//! Bills are for comparing afterwards and prove no end of a refund: a platform never corrects the state of
//! a refund's row. What is compared with what is the trade centre's matter. A bill that cannot be read
//! whole is not read at all: a missing row would look like missing money. A row whose kind is new is read and says so.

use std::fmt;
use std::io::Read;

use aws_lc_rs::digest::{Context, SHA256};
use chrono::{NaiveDate, NaiveTime};
use suanpan_domain::money::Fen;
use suanpan_domain::platform::RefundState;

use crate::channel::{Lost, SignedAt};
use crate::http::{HttpReply, HttpRequest};
use crate::text::hex;
use crate::time::china_day;

/// Most bytes of a packed bill: a chain of two hundred tills stays below a tenth of it.
pub const BILL_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Most bytes of a bill once unpacked; what is longer is no bill, or packed to do harm.
pub(crate) const UNPACKED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// China has one zone and no summer time: every day there has as many milliseconds.
const DAY_MS: i64 = 86_400_000;
/// How far China's clocks are ahead of UTC.
const CHINA_AHEAD_MS: i64 = 8 * 3_600_000;

/// The calendar day of a bill, in China.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BillDay(NaiveDate);

impl BillDay {
    /// Reads `2026-11-26`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Self)
    }

    /// The day in which a moment lies, UTC milliseconds.
    #[must_use]
    pub fn of(at_ms: i64) -> Self {
        Self(china_day(at_ms))
    }

    /// Its first moment, UTC milliseconds.
    #[must_use]
    pub fn begins_at_ms(self) -> i64 {
        self.0.and_time(NaiveTime::MIN).and_utc().timestamp_millis() - CHINA_AHEAD_MS
    }

    /// The first moment of the next.
    #[must_use]
    pub fn ends_at_ms(self) -> i64 {
        self.begins_at_ms() + DAY_MS
    }

    /// The next day.
    #[must_use]
    pub fn after(self) -> Self {
        Self::of(self.ends_at_ms())
    }
}

impl fmt::Display for BillDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

/// Where a bill can be fetched for some seconds. Its address lets anybody fetch it and is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct BillLink {
    /// Absolute address.
    pub url: String,
    /// SHA-1 of the unpacked bill in hexadecimal, where the platform states it.
    pub sha1: Option<String>,
}

impl fmt::Debug for BillLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BillLink").finish_non_exhaustive()
    }
}

/// What the question for a bill was answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillAnswer {
    /// It is there.
    Ready(BillLink),
    /// The platform has none: nothing was collected that day, or it is too early.
    Missing {
        /// The platform's code.
        code: String,
    },
    /// No verified answer.
    Unknown {
        /// What went wrong, for logs.
        why: String,
    },
}

/// Why a fetched bill cannot be used. It can be asked for again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BillProblem {
    /// It did not arrive.
    #[error(transparent)]
    Lost(#[from] Lost),
    /// The download was answered with an error.
    #[error("HTTP {0}")]
    Status(u16),
    /// Larger than any bill.
    #[error("too large")]
    TooLarge,
    /// Not packed as the platform documents it.
    #[error("cannot be unpacked")]
    NotPacked,
    /// The bytes are not those the platform announced.
    #[error("the bytes differ from those announced")]
    HashDiffers,
    /// Not text of the documented encoding.
    #[error("not text of the documented encoding")]
    NotText,
    /// A column is missing in the head.
    #[error("column {0} is missing")]
    NoColumn(&'static str),
    /// The end is missing, or counts other rows than there are.
    #[error("cut off, or rows are missing")]
    CutOff,
    /// A row cannot be read.
    #[error("line {line}: {what}")]
    BadLine {
        /// Counted from 1.
        line: usize,
        /// Which value.
        what: &'static str,
    },
}

/// A whole bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// Its rows, in the platform's order.
    pub rows: Vec<BillRow>,
}

impl Bill {
    /// Tells this content from any other, however it was packed and whenever it was written.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut context = Context::new(&SHA256);
        for row in &self.rows {
            // The rows' own words: every value is in them, and none can be taken for another.
            context.update(format!("{row:?}\n").as_bytes());
        }
        hex(context.finish().as_ref())
    }
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillRow {
    /// When it happened, UTC milliseconds, the platform's clock.
    pub at_ms: i64,
    /// The merchant's number of the trade: ours, or another system's.
    pub trade_no: String,
    /// The platform's number of the payment.
    pub transaction_id: String,
    /// What moved.
    pub entry: BillEntry,
    /// What the platform took for it; negative where it gave some back.
    pub fee: Fee,
}

/// What a row is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillEntry {
    /// A payment.
    Paid {
        /// Order amount before the platform's coupons.
        amount: Fen,
    },
    /// Money that went back.
    Returned {
        /// The merchant's number of the refund, where it has one.
        refund_no: Option<String>,
        /// The platform's number of the refund, where the bill has one.
        refund_id: Option<String>,
        /// What was asked to go back.
        amount: Fen,
        /// Its state when the bill was written, where the bill says one. Never corrected later.
        state: Option<RefundState>,
    },
    /// A payment by payment code that was taken back whole.
    Reversed {
        /// Order amount.
        amount: Fen,
    },
    /// Something that this program has no name for. The other rows of such a bill are as good as ever.
    Unfamiliar {
        /// The platform's word for it.
        word: String,
        /// Order amount as the bill shows it, of either sign.
        amount: Fen,
    },
}

/// A platform's fee in thousandths of a fen: bills show five decimals of a yuan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fee(i64);

impl Fee {
    /// Reads yuan with at most five decimals, exactly.
    #[must_use]
    pub fn parse_yuan(text: &str) -> Option<Self> {
        /// Decimals of a yuan.
        const DECIMALS: usize = 5;
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let fits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !fits(whole) || !fits(fraction) || fraction.len() > DECIMALS {
            return None;
        }
        let thousandths: i64 = format!("{whole}{fraction:0<DECIMALS$}").parse().ok()?;
        Some(Self(if negative { -thousandths } else { thousandths }))
    }

    /// So many thousandths of a fen.
    #[must_use]
    pub const fn of_thousandths(thousandths_of_fen: i64) -> Self {
        Self(thousandths_of_fen)
    }

    /// The fee in thousandths of a fen.
    #[must_use]
    pub const fn thousandths_of_fen(self) -> i64 {
        self.0
    }

    /// The fee in fen where it is a whole number of them.
    #[must_use]
    pub const fn fen(self) -> Option<Fen> {
        if self.0 % 1_000 == 0 {
            Some(Fen::new(self.0 / 1_000))
        } else {
            None
        }
    }

    /// The same from the other side.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self(-self.0)
    }
}

/// A platform's bills, by the account that may see them.
pub trait Bills {
    /// The bytes that ask where the bill of a day is.
    fn bill_request(&self, day: BillDay, at: SignedAt) -> HttpRequest;

    /// What they were answered with.
    fn bill_answer(&self, outcome: Result<&HttpReply, Lost>, now_ms: i64) -> BillAnswer;

    /// The bytes that fetch a bill; the reply may have [`BILL_BYTES_MAX`] bytes.
    fn bill_fetch(&self, link: &BillLink, at: SignedAt) -> HttpRequest;

    /// Reads what was fetched, whole.
    ///
    /// # Errors
    /// [`BillProblem`]; nothing of the bill may be used then.
    fn bill_read(&self, link: &BillLink, outcome: Result<&HttpReply, Lost>) -> Result<Bill, BillProblem>;
}

/// The body of a download.
pub(crate) fn downloaded(outcome: Result<&HttpReply, Lost>) -> Result<&[u8], BillProblem> {
    let reply = outcome?;
    if reply.status != 200 {
        return Err(BillProblem::Status(reply.status));
    }
    if reply.body.len() > BILL_BYTES_MAX {
        return Err(BillProblem::TooLarge);
    }
    Ok(&reply.body)
}

/// Reads a packed stream whole, as long as it stays within bounds.
pub(crate) fn unpack(packed: impl Read, bytes_max: u64) -> Result<Vec<u8>, BillProblem> {
    let mut plain = Vec::new();
    let read = packed.take(bytes_max.saturating_add(1)).read_to_end(&mut plain);
    read.map_err(|_| BillProblem::NotPacked)?;
    if u64::try_from(plain.len()).unwrap_or(u64::MAX) > bytes_max {
        return Err(BillProblem::TooLarge);
    }
    Ok(plain)
}

/// Where the columns of a bill are, by their names in its head.
pub(crate) struct Columns(Vec<String>);

impl Columns {
    pub(crate) fn new(head: impl IntoIterator<Item = String>) -> Self {
        Self(head.into_iter().collect())
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn find(&self, name: &'static str) -> Result<usize, BillProblem> {
        let found = self.0.iter().position(|column| column == name);
        found.ok_or(BillProblem::NoColumn(name))
    }
}

/// An amount of a bill, positive or not, exactly.
pub(crate) fn amount(text: &str, line: usize) -> Result<Fen, BillProblem> {
    Fen::parse_yuan(text).map_err(|_| BillProblem::BadLine { line, what: "amount" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_are_exact_to_the_fifth_decimal_and_refused_beyond() {
        let read = |text| Fee::parse_yuan(text).map(Fee::thousandths_of_fen);
        assert_eq!(read("0.04000"), Some(4_000));
        assert_eq!(read("-1.56000"), Some(-156_000));
        assert_eq!(read("0.00360"), Some(360));
        assert_eq!(read("-0.01"), Some(-1_000));
        assert_eq!(read("3"), Some(300_000));
        for bad in ["", ".", "1.", ".5", "0.000001", "1,000", "1e2", "--1"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(Fee::parse_yuan("0.04000").unwrap().fen(), Some(Fen::new(4)));
        assert_eq!(Fee::parse_yuan("0.00360").unwrap().fen(), None);
    }

    #[test]
    fn a_bill_that_never_ends_is_given_up() {
        let endless = || std::io::repeat(b' ');
        assert_eq!(unpack(endless(), 1_000), Err(BillProblem::TooLarge));
        assert_eq!(unpack(endless().take(1_000), 1_000).unwrap().len(), 1_000);
    }

    #[test]
    fn days_begin_at_midnight_in_china() {
        let day = BillDay::parse("2026-11-26").unwrap();
        assert_eq!(day.begins_at_ms(), 1_795_622_400_000);
        assert_eq!(BillDay::of(day.begins_at_ms()), day);
        assert_eq!(BillDay::of(day.ends_at_ms() - 1), day);
        assert_eq!(BillDay::of(day.ends_at_ms()).to_string(), "2026-11-27");
        assert_eq!(
            BillDay::parse("2026-02-28").unwrap().after().to_string(),
            "2026-03-01"
        );
    }

    #[test]
    fn a_bill_is_known_by_every_value_in_it() {
        let row = BillRow {
            at_ms: 1,
            trade_no: "7".into(),
            transaction_id: "4200".into(),
            entry: BillEntry::Paid { amount: Fen::new(5) },
            fee: Fee::default(),
        };
        let bill = |row: &BillRow| {
            Bill {
                rows: vec![row.clone()],
            }
            .fingerprint()
        };
        let other_fee = BillRow {
            fee: Fee(1),
            ..row.clone()
        };
        let other_number = BillRow {
            trade_no: "8".into(),
            ..row.clone()
        };
        assert_eq!(bill(&row), bill(&row.clone()));
        assert_ne!(bill(&row), bill(&other_fee));
        assert_ne!(bill(&row), bill(&other_number));
    }

    #[test]
    fn days_are_read_and_written_alike() {
        assert_eq!(BillDay::parse("2026-11-26").unwrap().to_string(), "2026-11-26");
        assert_eq!(BillDay::parse("2026-11-31"), None);
        assert_eq!(BillDay::parse("20261126"), None);
    }
}
