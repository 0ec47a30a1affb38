//! The till's whole visible state, pushed to the screens after every change.
//!
//! One value says everything that Sell, Pay, Paid and the frame around them show, so a screen never
//! merges, adds up or remembers. Lists that are opened on demand are in [`super::views`].

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

use super::look::Look;
use super::print::{PrintJob, PrintStatus};
use super::shift::ShiftHead;
use super::{CodeMeans, Language};

/// Everything on screen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TillState {
    /// Grows with every change; a screen drops a state older than the one it has.
    #[ts(type = "number")]
    pub revision: u64,
    /// Corrected time, UTC milliseconds.
    #[ts(type = "number")]
    pub now_ms: i64,
    /// Who and where.
    pub shop: Shop,
    /// The open shift; nothing while none is open. Selling does not need one.
    pub shift: Option<ShiftHead>,
    /// Which of the selling screens is up.
    pub stage: Stage,
    /// The open basket (frozen while paying).
    pub basket: Basket,
    /// Baskets on hold, oldest first.
    pub held: Vec<HeldBasket>,
    /// Present on [`Stage::Pay`].
    pub pay: Option<Pay>,
    /// Present on [`Stage::Paid`].
    pub paid: Option<Paid>,
    /// Things that happened elsewhere and want a glance; oldest first.
    pub notices: Vec<Notice>,
    /// What an undo would take back.
    pub undo: Option<UndoHint>,
    /// The quiet indicator.
    pub sync: SyncStatus,
    /// The printer and what is owed on paper.
    pub print: PrintStatus,
}

/// Who and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Shop {
    /// Name of the store.
    pub name: String,
    /// Number of the till within the store.
    pub till_label: String,
    /// Play money: the banner is on.
    pub practice: bool,
    /// Name of the person at the till.
    pub cashier: String,
    /// Language of screens and paper.
    pub language: Language,
    /// IANA name of the shop's zone, for showing times.
    pub zone: String,
    /// How the screens look, the customer display too.
    pub look: Look,
    /// Whether somebody can approve. A real shop begins without: the first manager needs nobody's word.
    pub has_manager: bool,
}

/// The selling screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Ringing up.
    Sell,
    /// Collecting.
    Pay,
    /// Paid; the next scan starts the next sale.
    Paid,
}

/// The open basket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Basket {
    /// Order id of the basket, once it has a line.
    pub order_id: Option<String>,
    /// Lines in the order they were rung up.
    pub lines: Vec<Line>,
    /// Pieces, a weighed line counting as one.
    #[ts(type = "number")]
    pub pieces: i64,
    /// Σ price × quantity.
    #[ts(type = "number")]
    pub original_minor: i64,
    /// Σ discounts, zero or negative.
    #[ts(type = "number")]
    pub discount_minor: i64,
    /// 抹零, zero or negative.
    #[ts(type = "number")]
    pub rounding_minor: i64,
    /// What is due.
    #[ts(type = "number")]
    pub total_minor: i64,
}

/// How an article is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Whole pieces.
    Piece,
    /// Kilograms, three decimals.
    Kilogram,
}

/// A line of the basket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Line {
    /// Stable within the order.
    pub line_id: String,
    /// Article of the catalogue.
    pub article_id: String,
    /// Name without the size.
    pub name: String,
    /// Second name for English screens; empty when there is none.
    pub name_en: String,
    /// `330ml`; may be empty.
    pub size: String,
    /// Barcode or short code.
    pub code: String,
    /// Pieces or kilograms.
    pub unit: Unit,
    /// Price of one unit.
    #[ts(type = "number")]
    pub price_minor: i64,
    /// Whether the price was set by hand.
    pub price_by_hand: bool,
    /// Thousandths of the unit.
    #[ts(type = "number")]
    pub quantity_milli: i64,
    /// The line's own discount, zero or negative.
    #[ts(type = "number")]
    pub discount_minor: i64,
    /// Percent of the price that is charged, 80 for 八折; 100 without a discount.
    pub charged_percent: u8,
    /// Amount after the line's own discount.
    #[ts(type = "number")]
    pub amount_minor: i64,
}

/// A basket on hold, or an order under To confirm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HeldBasket {
    /// The order.
    pub order_id: String,
    /// Short number, once minted.
    pub short_no: Option<String>,
    /// Whether it is parked as to confirm.
    pub to_confirm: bool,
    /// When it was put aside.
    #[ts(type = "number")]
    pub held_at_ms: i64,
    /// Pieces.
    #[ts(type = "number")]
    pub pieces: i64,
    /// What is due.
    #[ts(type = "number")]
    pub total_minor: i64,
}

/// The Pay screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Pay {
    /// The order.
    pub order_id: String,
    /// `2-1121-0286`.
    pub short_no: String,
    /// What the order owes in all.
    #[ts(type = "number")]
    pub total_minor: i64,
    /// What no settled tender covers yet.
    #[ts(type = "number")]
    pub due_minor: i64,
    /// What neither a settled nor a live tender covers: the most a new tender may have.
    #[ts(type = "number")]
    pub open_minor: i64,
    /// Tenders in the order they were opened.
    pub tenders: Vec<Tender>,
    /// Tender whose code or state fills the middle, if any.
    pub current_tender_no: Option<String>,
    /// Means a code can be drawn for here.
    pub code_means: Vec<CodeMeans>,
    /// Whether codes can be drawn at this moment.
    pub codes_possible: bool,
    /// Amounts in fen for quick cash keys, smallest first; the first is exact.
    #[ts(type = "Array<number>")]
    pub quick_cash_minor: Vec<i64>,
    /// Whether going back to the basket with unlocked lines is possible right now.
    pub can_go_back: bool,
}

/// By what a tender is collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Means {
    /// Cash.
    CashPay,
    /// WeChat Pay.
    WechatPay,
    /// Alipay.
    AliPay,
}

/// What is known of a tender, in the words of the screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TenderPhase {
    /// The code is being fetched.
    Fetching,
    /// The code is out; the platform said "not paid" when last asked.
    Waiting,
    /// The customer is paying right now.
    Paying,
    /// Not known: asked and no answer. Not a failure.
    Unknown,
    /// Being closed; not certain yet.
    Closing,
    /// Taken.
    Settled,
    /// Closed without money.
    Canceled,
    /// Replaced by cash while unknown; money that arrives goes back by itself.
    GivenUp,
    /// The platform or the centre refused it for good.
    Failed,
    /// Cash given back by a reversing tender.
    Reversed,
    /// Money arrived and does not fit; a manager must look.
    NeedsAttention,
}

/// A tender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Tender {
    /// Its number.
    pub tender_no: String,
    /// By what.
    pub means: Means,
    /// Agreed share; negative for a reversal.
    #[ts(type = "number")]
    pub amount_minor: i64,
    /// Cash handed over, for cash.
    #[ts(type = "number | null")]
    pub received_minor: Option<i64>,
    /// Change given, for cash.
    #[ts(type = "number | null")]
    pub change_minor: Option<i64>,
    /// What is known.
    pub phase: TenderPhase,
    /// When it was settled.
    #[ts(type = "number | null")]
    pub settled_at_ms: Option<i64>,
    /// The code while one may be shown.
    pub code: Option<PayCode>,
    /// When the code was first shown.
    #[ts(type = "number | null")]
    pub shown_at_ms: Option<i64>,
    /// When the platform was last asked with an answer.
    #[ts(type = "number | null")]
    pub asked_at_ms: Option<i64>,
    /// How often it was asked since the last answer.
    pub asked_in_vain: u32,
    /// Since when answers are missing.
    #[ts(type = "number | null")]
    pub unknown_since_ms: Option<i64>,
    /// When it is asked again by itself.
    #[ts(type = "number | null")]
    pub ask_again_at_ms: Option<i64>,
    /// Whether the code was replaced by a fresh one (the old still counts).
    pub renewed: bool,
    /// Whether the customer is charged by the code they show, and none is shown here.
    pub by_payment_code: bool,
    /// What comes in its place once this one is certain to be closed.
    pub next: Option<NextWay>,
    /// The platform's refusal for good, if that is how it ended.
    pub refused_code: Option<String>,
}

/// How a share is collected once the tender before is certain to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NextWay {
    /// Whose code.
    pub means: CodeMeans,
    /// Whether the customer is charged by the code they show; else one is shown to them.
    pub by_payment_code: bool,
}

/// A code on screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PayCode {
    /// Attempt it belongs to.
    pub trade_no: String,
    /// The address it carries.
    pub url: String,
    /// The drawing: an SVG path in a square of `modules` × `modules`, without quiet zone.
    pub svg_path: String,
    /// Modules on a side.
    pub modules: u16,
    /// When it was drawn.
    #[ts(type = "number")]
    pub created_at_ms: i64,
    /// Last moment it can be paid.
    #[ts(type = "number")]
    pub expires_at_ms: i64,
}

/// The Paid screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Paid {
    /// The order.
    pub order_id: String,
    /// `2-1121-0286`.
    pub short_no: String,
    /// What the order owed.
    #[ts(type = "number")]
    pub total_minor: i64,
    /// Change to give, zero without cash.
    #[ts(type = "number")]
    pub change_minor: i64,
    /// Tenders in order.
    pub tenders: Vec<Tender>,
    /// When it was completed.
    #[ts(type = "number")]
    pub completed_at_ms: i64,
    /// Its newest paper, if one was asked for.
    pub print: Option<PrintJob>,
}

/// What happened elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NoticeCode {
    /// A parked order turned out paid. `short_no`, `means`, `amount_minor`.
    ParkedOrderPaid,
    /// A code was renewed. `means`.
    CodeRenewed,
    /// Paid twice; the extra goes back. `means`, `amount_minor`.
    PaidTwice,
    /// Given-up money arrived and goes back. `short_no`, `means`, `amount_minor`.
    GivenUpReturned,
    /// Money came after its code was closed; it goes back unless accepted. `means`, `amount_minor`.
    LateMoney,
    /// The amount differs from what was due. `means`, `amount_minor`, `due_minor`.
    AmountDiffers,
    /// The platform refused the code for good. `means`, `reason`.
    CodeRefused,
    /// The platform does not charge by the payment code the customer showed. `means`, `reason`.
    PaymentCodeRefused,
    /// A charge by the payment code the customer showed ended without money. `means`.
    NotCharged,
    /// The payment code the customer showed never reached the platform: nobody was charged. `means`.
    PaymentCodeNotSent,
    /// A refund was refused for good; nothing has gone back. `short_no`, `means`, `amount_minor`.
    RefundRefused,
    /// What was decided on late money came too late: it was decided otherwise before. `short_no`, `amount_minor`,
    /// `wish`.
    LateDecidedElsewhere,
    /// The centre holds this entry for a person. `seq`, `code`.
    EntryRefused,
}

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Notice {
    /// To say "seen".
    pub notice_id: String,
    /// What happened.
    pub code: NoticeCode,
    /// Values for its sentence.
    pub params: BTreeMap<String, String>,
    /// When.
    #[ts(type = "number")]
    pub at_ms: i64,
}

/// What an undo would take back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UndoCode {
    /// A line was added. `name`.
    LineAdded,
    /// A line was removed. `name`.
    LineRemoved,
    /// A quantity changed. `name`.
    QuantityChanged,
    /// A price changed. `name`.
    PriceChanged,
}

/// What an undo would take back, with the values of its sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UndoHint {
    /// What happened.
    pub code: UndoCode,
    /// Article concerned.
    pub name: String,
    /// When.
    #[ts(type = "number")]
    pub at_ms: i64,
}

/// The quiet indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SyncPhase {
    /// Not enrolled with any centre.
    Alone,
    /// Nothing is only here.
    InStep,
    /// Entries are going up.
    Sending,
    /// The centre does not answer.
    Offline,
    /// A person should look.
    NeedsAttention,
}

/// Where the till stands with its centre.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SyncStatus {
    /// The state in one word.
    pub phase: SyncPhase,
    /// Orders that are only on this machine.
    #[ts(type = "number")]
    pub orders_only_here: i64,
    /// Journal entries not acknowledged yet.
    #[ts(type = "number")]
    pub entries_only_here: i64,
    /// Things that need a person.
    #[ts(type = "number")]
    pub attention: i64,
    /// Since when the centre does not answer.
    #[ts(type = "number | null")]
    pub offline_since_ms: Option<i64>,
    /// When it is tried again by itself.
    #[ts(type = "number | null")]
    pub retry_at_ms: Option<i64>,
}
