//! Rows as the rest of the till sees them: numbers are `i64`, states are the domain's.
//!
//! Reading and writing them is in the files named after the nouns.

use serde::{Deserialize, Serialize};
use suanpan_domain::order::OrderState;
use suanpan_domain::pay_order::Disposition;
use suanpan_domain::quantity::Unit;
use suanpan_domain::tender::{Means, TenderState};
use suanpan_domain::time::BusinessDay;
use suanpan_domain::trade::TradeState;
use suanpan_wire::tender::{TOLD_MAX, ToldAttempt, ToldTender};

use super::refunds::LateWish;

/// The store a till belongs to, and the centre it talks to. No secrets: the till's key is a file of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// The till's id at the centre.
    pub till_id: String,
    /// The store's id.
    pub store_id: String,
    /// Number of the till within the store.
    pub till_label: String,
    /// Worker of the till's numbers.
    pub worker: u16,
    /// Name of the store.
    pub store_name: String,
    /// IANA name of the store's zone.
    pub zone: String,
    /// Minutes after midnight at which its day turns.
    pub cutoff_minutes: u16,
    /// Base address of the centre.
    pub centre_address: String,
    /// The centre's identity key, base64.
    pub centre_key: String,
    /// Fingerprint the till was enrolled with.
    pub fingerprint: String,
}

/// An order without its lines and tenders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderRow {
    /// UUIDv7 from the first line on.
    pub order_id: String,
    /// State.
    pub state: OrderState,
    /// 63-bit number, once collecting began.
    pub order_no: Option<i64>,
    /// Number a person reads, once collecting began.
    pub short_no: Option<String>,
    /// Shift that was open when collecting last began.
    pub shift_id: Option<String>,
    /// Who sells it.
    pub cashier: String,
    /// Member, if one was named.
    pub member_id: Option<String>,
    /// When its last change was.
    pub changed_at_ms: i64,
    /// When it was completed.
    pub completed_at_ms: Option<i64>,
    /// Pieces, a weighed line counting as one.
    pub pieces: i64,
    /// Σ price × quantity.
    pub original_minor: i64,
    /// Σ discounts, zero or negative.
    pub discount_minor: i64,
    /// 抹零, zero or negative.
    pub rounding_minor: i64,
    /// What it owes.
    pub total_minor: i64,
    /// Change given.
    pub change_minor: i64,
    /// Number of the next line.
    pub next_line: i64,
    /// Whether the cashier gives it up and waits for codes to end.
    pub giving_up: bool,
    /// Receipts made of it.
    pub receipts: u32,
    /// Its last journal entry: epoch and sequence.
    pub last_entry: (u32, u64),
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineRow {
    /// Stable within the order.
    pub line_id: String,
    /// Place in the order.
    pub position: i64,
    /// Article of the catalogue.
    pub article_id: String,
    /// Version of the catalogue row the price came from.
    pub catalogue_version: i64,
    /// Name without the size.
    pub name: String,
    /// Second name.
    pub name_en: String,
    /// Size.
    pub size: String,
    /// Barcode or short code.
    pub code: String,
    /// Pieces or kilograms.
    #[serde(with = "suanpan_wire::names::unit")]
    pub unit: Unit,
    /// Price of one unit.
    pub price_minor: i64,
    /// Whether the price was set by hand.
    pub price_by_hand: bool,
    /// Percent of the price that is charged.
    pub charged_percent: u8,
    /// Thousandths of the unit.
    pub quantity_milli: i64,
    /// The line's own discount, zero or negative.
    pub discount_minor: i64,
    /// Amount after it.
    pub amount_minor: i64,
    /// Net after order discount and 抹零, once frozen.
    pub net_minor: Option<i64>,
}

/// How a share is collected once the tender before is certain to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextWay {
    /// Whose code.
    pub means: Means,
    /// Whether the customer is charged by the code they show; else one is shown to them.
    pub taken: bool,
}

/// A tender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenderRow {
    /// 63-bit number.
    pub tender_no: i64,
    /// Its order's id.
    pub order_id: String,
    /// Its order's number.
    pub order_no: i64,
    /// By what.
    pub means: Means,
    /// State.
    pub state: TenderState,
    /// Agreed share; negative for a reversal.
    pub amount_minor: i64,
    /// Cash handed over.
    pub received_minor: Option<i64>,
    /// Change given.
    pub change_minor: Option<i64>,
    /// Code tender it replaces, or cash tender it reverses.
    pub replaces: Option<i64>,
    /// Business day it was opened on.
    pub business_day: BusinessDay,
    /// When it was opened.
    pub opened_at_ms: i64,
    /// When money was here.
    pub settled_at_ms: Option<i64>,
    /// Trade that settled it.
    pub trade_no: Option<String>,
    /// The platform's number of the payment.
    pub transaction_id: Option<String>,
    /// Why it was refused for good.
    pub refused_code: Option<String>,
    /// Version of the centre's view it shows.
    pub view_version: u64,
    /// When the platform last answered about it.
    pub asked_at_ms: Option<i64>,
    /// How often it was asked since the last answer.
    pub asked_in_vain: u32,
    /// Since when answers are missing.
    pub unknown_since_ms: Option<i64>,
    /// When it is asked again by itself.
    pub ask_again_at_ms: Option<i64>,
    /// A person wants it asked now; taken back by [`crate::store::WriteTx::clear_ask_now`].
    pub ask_now: bool,
    /// Whether the customer is paying right now.
    pub paying: bool,
    /// Whether money arrived that does not fit.
    pub attention: bool,
    /// What comes in its place, once it is certain to be closed.
    pub next: Option<NextWay>,
    /// What a person wants done with its late money, until the centre has answered.
    pub late: Option<LateWish>,
    /// Attempts in the order they were made.
    pub attempts: Vec<AttemptRow>,
}

/// An attempt to collect a code tender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptRow {
    /// Key it is asked for with.
    pub attempt_key: String,
    /// Its tender.
    pub tender_no: i64,
    /// Whether it replaces an older code of the tender.
    pub renew: bool,
    /// Whether the customer is charged by the code they show, and no code is shown here.
    pub taken: bool,
    /// What the customer reads; never changes, so that every send is the same.
    pub description: String,
    /// When it was committed here.
    pub committed_at_ms: i64,
    /// The centre's number, once it answered.
    pub trade_no: Option<String>,
    /// The centre's word for its state.
    pub trade_state: Option<TradeState>,
    /// What its money was worth.
    pub disposition: Disposition,
    /// The code.
    pub code_url: Option<String>,
    /// When the centre made it.
    pub created_at_ms: Option<i64>,
    /// Last moment it can be paid.
    pub expires_at_ms: Option<i64>,
    /// When its code was first here.
    pub shown_at_ms: Option<i64>,
    /// When its late money goes back by itself.
    pub returns_at_ms: Option<i64>,
}

impl TenderRow {
    /// Whether its share of the order is kept for it: its end is not known, or its late money is to pay the order and
    /// the centre has yet to answer.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        let is_accepted = self.state == TenderState::Canceled && self.late == Some(LateWish::Accept);
        self.state.is_live() || is_accepted
    }

    /// The newest attempt.
    #[must_use]
    pub fn newest_attempt(&self) -> Option<&AttemptRow> {
        self.attempts.last()
    }

    /// What the centre has answered of its attempts, oldest first.
    #[must_use]
    pub fn told_attempts(&self) -> Vec<ToldAttempt> {
        let told: Vec<ToldAttempt> = self.attempts.iter().filter_map(AttemptRow::told).collect();
        let older = told.len().saturating_sub(TOLD_MAX);
        told.into_iter().skip(older).collect()
    }

    /// The same with the tender they belong to; nothing when the centre never answered.
    #[must_use]
    pub fn told(&self) -> Option<ToldTender> {
        let told = self.told_attempts();
        (!told.is_empty()).then(|| ToldTender {
            order_no: self.order_no.to_string(),
            means: self.means,
            amount_minor: self.amount_minor,
            told,
        })
    }
}

impl AttemptRow {
    fn told(&self) -> Option<ToldAttempt> {
        let trade_no = self.trade_no.clone()?;
        let never_was = self.trade_state == Some(TradeState::Failed);
        (!never_was).then(|| ToldAttempt {
            attempt_key: self.attempt_key.clone(),
            trade_no,
            code_url: self.code_url.clone(),
            expires_at_ms: self.expires_at_ms,
            created_at_ms: self.created_at_ms,
        })
    }
}

/// An article of the catalogue, overlays applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArticleRow {
    /// Stable id.
    pub article_id: String,
    /// Barcode or short code.
    pub code: String,
    /// Name without the size.
    pub name: String,
    /// Second name.
    pub name_en: String,
    /// Size.
    pub size: String,
    /// Pieces or kilograms.
    pub unit: Unit,
    /// Price of one unit.
    pub price_minor: i64,
    /// Percent of the price that is charged.
    pub charged_percent: u8,
    /// Full pinyin, blanks between syllables.
    pub pinyin: String,
    /// Initials.
    pub initials: String,
    /// Version of the row.
    pub version: i64,
}

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Sells.
    Cashier,
    /// Approves too.
    Manager,
}

impl Role {
    /// Name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cashier => "CASHIER",
            Self::Manager => "MANAGER",
        }
    }
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffRow {
    /// Name on screens and receipts.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Argon2 text of the PIN; nothing when they have none.
    pub pin_hash: Option<String>,
}

/// A person with the id they are known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// Stable id.
    pub staff_id: String,
    /// Who.
    pub who: StaffRow,
}
