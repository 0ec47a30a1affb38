//! What is fetched on demand: previews, lists, details, reports.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::refund::{LateMoney, Refund, RefundToLookAt};
use super::state::{HeldBasket, Line, Means, SyncStatus, Tender, TillState, Unit};
use super::{CodeMeans, Problem};

/// An article that fits a search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ArticleHit {
    /// Article of the catalogue.
    pub article_id: String,
    /// Name without the size.
    pub name: String,
    /// Second name for English screens; may be empty.
    pub name_en: String,
    /// Size; may be empty.
    pub size: String,
    /// Barcode or short code.
    pub code: String,
    /// Full pinyin, syllables separated by blanks.
    pub pinyin: String,
    /// Initials of the syllables.
    pub initials: String,
    /// Pieces or kilograms.
    pub unit: Unit,
    /// Price of one unit.
    #[ts(type = "number")]
    pub price_minor: i64,
}

/// What the text in the box means right now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Preview {
    /// The box is empty.
    Empty,
    /// A quantity that waits for an article, or for Enter to set the selected line: `3*`.
    Quantity {
        /// Thousandths.
        #[ts(type = "number")]
        quantity_milli: i64,
        /// Name of the line that Enter would change.
        line_name: Option<String>,
    },
    /// Exactly one article by code; Enter puts it in.
    Article {
        /// The article.
        article: ArticleHit,
        /// Thousandths.
        #[ts(type = "number")]
        quantity_milli: i64,
        /// What it would cost.
        #[ts(type = "number")]
        amount_minor: i64,
    },
    /// Candidates by name or pinyin, best first, at most 8; Enter takes the first.
    Candidates {
        /// Thousandths that would be put in.
        #[ts(type = "number")]
        quantity_milli: i64,
        /// The candidates.
        hits: Vec<ArticleHit>,
    },
    /// Nothing fits.
    NoMatch {
        /// What was looked for.
        text: String,
    },
    /// The text is a quantity or number that cannot be.
    Invalid {
        /// Why.
        problem: Problem,
    },
}

/// What entering the text did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Entered {
    /// The line that was added or changed, if any.
    pub line_id: Option<String>,
    /// Why nothing was put in, if so; the box keeps its text.
    pub problem: Option<Problem>,
    /// The state after it.
    pub state: TillState,
}

/// A category with its tiles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CategoryTiles {
    /// Name of the category.
    pub name: String,
    /// English name; may be empty.
    pub name_en: String,
    /// Tiles in the shop's order.
    pub tiles: Vec<ArticleHit>,
}

/// What reading a catalogue file did, or would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CatalogueReport {
    /// New articles.
    #[ts(type = "number")]
    pub added: i64,
    /// Articles that changed.
    #[ts(type = "number")]
    pub changed: i64,
    /// Articles already as the file says.
    #[ts(type = "number")]
    pub unchanged: i64,
}

/// An order in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OrderRow {
    /// The order.
    pub order_id: String,
    /// `2-1121-0286`.
    pub short_no: String,
    /// In the words of the screens.
    pub state: OrderState,
    /// Completed, or last changed.
    #[ts(type = "number")]
    pub at_ms: i64,
    /// What it owes.
    #[ts(type = "number")]
    pub total_minor: i64,
    /// Means of its settled and live tenders, in order.
    pub means: Vec<Means>,
    /// Whether it is only on this machine.
    pub only_here: bool,
}

/// States of an order, for lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "documented by suanpan_domain::order::OrderState")]
pub enum OrderState {
    Open,
    Held,
    Paying,
    ToConfirm,
    Completed,
    Voided,
    PartRefunded,
    Refunded,
}

/// An order, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OrderDetail {
    /// Its row.
    pub row: OrderRow,
    /// 63-bit order number as a string.
    pub order_no: String,
    /// Lines.
    pub lines: Vec<Line>,
    /// Σ price × quantity.
    #[ts(type = "number")]
    pub original_minor: i64,
    /// Σ discounts, zero or negative.
    #[ts(type = "number")]
    pub discount_minor: i64,
    /// 抹零, zero or negative.
    #[ts(type = "number")]
    pub rounding_minor: i64,
    /// Change given.
    #[ts(type = "number")]
    pub change_minor: i64,
    /// What has gone back or is to go back, in the order it was asked for.
    pub refunds: Vec<Refund>,
    /// What can still go back.
    #[ts(type = "number")]
    pub refundable_minor: i64,
    /// Tenders.
    pub tenders: Vec<Tender>,
    /// Who sold it.
    pub cashier: String,
}

/// A receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Receipt {
    /// As text, 32 columns (a Chinese character is two).
    pub text: String,
    /// As a PNG picture of 384 dots (58 mm paper), base64.
    pub png_base64: String,
    /// How often it was made before this one.
    pub copies_before: u32,
}

/// Takings of one business day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Takings {
    /// `YYYY-MM-DD`.
    pub day: String,
    /// Whether it is the current business day.
    pub today: bool,
    /// As of, UTC milliseconds.
    #[ts(type = "number")]
    pub as_of_ms: i64,
    /// Σ money facts: tenders settled minus refunds.
    #[ts(type = "number")]
    pub net_minor: i64,
    /// Completed orders.
    #[ts(type = "number")]
    pub orders: i64,
    /// Net per completed order, rounded down; zero without orders.
    #[ts(type = "number")]
    pub average_minor: i64,
    /// Refund facts.
    #[ts(type = "number")]
    pub refunds: i64,
    /// Σ refunds, zero or negative.
    #[ts(type = "number")]
    pub refunded_minor: i64,
    /// By hour of the shop's clock, only hours with something.
    pub hours: Vec<TakingsHour>,
    /// By means, most first.
    pub means: Vec<TakingsMeans>,
    /// Most sold, most money first, at most 8.
    pub articles: Vec<TakingsArticle>,
    /// Code tenders of the day.
    #[ts(type = "number")]
    pub codes: i64,
    /// Of these, settled with the platform's word.
    #[ts(type = "number")]
    pub codes_matched: i64,
    /// Code tenders whose result is open or that need a person.
    pub open: Vec<TakingsOpen>,
    /// Same weekday a week before, at the same time of day; nothing without data.
    pub compare: Option<TakingsCompare>,
}

/// An hour's takings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TakingsHour {
    /// 0 to 23.
    pub hour: u8,
    /// Net of the hour.
    #[ts(type = "number")]
    pub net_minor: i64,
    /// Net of the same hour a week before.
    #[ts(type = "number | null")]
    pub compare_minor: Option<i64>,
    /// Whether the hour is not over.
    pub unfinished: bool,
}

/// Takings by one means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TakingsMeans {
    /// By what.
    pub means: Means,
    /// Money facts.
    #[ts(type = "number")]
    pub facts: i64,
    /// Net.
    #[ts(type = "number")]
    pub net_minor: i64,
    /// Tenths of a percent of the day's net.
    #[ts(type = "number")]
    pub share_permille: i64,
}

/// An article's sales.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TakingsArticle {
    /// Name and size.
    pub name: String,
    /// Second name; may be empty.
    pub name_en: String,
    /// Pieces or kilograms.
    pub unit: Unit,
    /// Thousandths sold.
    #[ts(type = "number")]
    pub quantity_milli: i64,
    /// Net amount.
    #[ts(type = "number")]
    pub amount_minor: i64,
}

/// A code tender that is not settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TakingsOpen {
    /// The order.
    pub order_id: String,
    /// `2-1121-0286`.
    pub short_no: String,
    /// When it was opened.
    #[ts(type = "number")]
    pub at_ms: i64,
    /// The tender, with its phase.
    pub tender: Tender,
}

/// What today is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TakingsCompare {
    /// `YYYY-MM-DD`.
    pub day: String,
    /// Net until the same time of day.
    #[ts(type = "number")]
    pub net_minor: i64,
    /// Today minus then.
    #[ts(type = "number")]
    pub more_minor: i64,
    /// `more` in tenths of a percent of then.
    #[ts(type = "number")]
    pub more_permille: i64,
    /// Orders until the same time.
    #[ts(type = "number")]
    pub orders: i64,
    /// Average until the same time.
    #[ts(type = "number")]
    pub average_minor: i64,
}

/// The sync sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SyncList {
    /// The indicator.
    pub status: SyncStatus,
    /// Orders that go up by themselves, oldest first, at most 200.
    pub waiting: Vec<OrderRow>,
    /// Their sum.
    #[ts(type = "number")]
    pub waiting_minor: i64,
    /// Code tenders that a person has to look at, of orders in any state.
    pub attention: Vec<AttentionTender>,
    /// Money that came after its code was closed, and waits for a person or its time.
    pub late: Vec<LateMoney>,
    /// Refunds that are held, refused, or unknown for long.
    pub refunds: Vec<RefundToLookAt>,
    /// Orders whose result is not known and that are not in `attention`.
    pub to_confirm: Vec<HeldBasket>,
    /// Whether the centre no longer accepts this till.
    pub revoked: bool,
    /// Entries the centre refused.
    pub refused: Vec<RefusedEntry>,
    /// When the last entry was acknowledged.
    #[ts(type = "number | null")]
    pub acked_at_ms: Option<i64>,
}

/// A code tender with money that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AttentionTender {
    /// The tender's number.
    pub tender_no: String,
    /// The order.
    pub order_id: String,
    /// `2-1121-0286`.
    pub short_no: String,
    /// How the order stands.
    pub order_state: OrderState,
    /// By what.
    pub means: Means,
    /// Share of the order the code was for.
    #[ts(type = "number")]
    pub amount_minor: i64,
    /// What is the matter.
    pub matter: AttentionMatter,
}

/// Why a person has to look at a code tender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AttentionMatter {
    /// The platform took another amount than the code was for; the centre keeps it aside.
    AmountDiffers,
    /// The centre counts money on a code that was closed here, and the order has no place for it.
    NoPlace,
    /// The centre says paid, but its word lacks the platform's number or names something else.
    NotProven,
}

/// A journal entry the centre keeps but does not apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefusedEntry {
    /// Which of the till's journals: a restored till begins another, and counts its entries anew.
    pub epoch: u32,
    /// Position in that journal.
    #[ts(type = "number")]
    pub seq: i64,
    /// What kind of entry.
    pub kind: String,
    /// The centre's code.
    pub code: String,
    /// Order it belongs to.
    pub order_id: Option<String>,
    /// When it was written.
    #[ts(type = "number")]
    pub at_ms: i64,
}

/// What is only here, as a file to keep elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TransferFile {
    /// Suggested name.
    pub file_name: String,
    /// One JSON entry per line.
    pub text: String,
    /// Entries in it.
    #[ts(type = "number")]
    pub entries: i64,
}

/// The customer's screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CustomerView {
    /// Name of the store.
    pub shop: String,
    /// Play money.
    pub practice: bool,
    /// What it shows.
    pub scene: CustomerScene,
    /// What is being bought.
    pub lines: Vec<Line>,
    /// Pieces.
    #[ts(type = "number")]
    pub pieces: i64,
    /// What is due in all.
    #[ts(type = "number")]
    pub total_minor: i64,
    /// What was taken off the prices, rounding with it; not negative.
    #[ts(type = "number")]
    pub saved_minor: i64,
    /// What was paid already of a sale that is being paid.
    #[ts(type = "number")]
    pub received_minor: i64,
}

/// What the customer's screen shows beside the goods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CustomerScene {
    /// Nothing rung up.
    Welcome,
    /// Goods are being rung up.
    Basket,
    /// A code to scan.
    Code {
        /// Whose.
        means: CodeMeans,
        /// Share this code collects.
        #[ts(type = "number")]
        amount_minor: i64,
        /// Drawing, as in [`super::state::PayCode`].
        svg_path: String,
        /// Modules on a side.
        modules: u16,
        /// Last moment it can be paid.
        #[ts(type = "number")]
        expires_at_ms: i64,
    },
    /// Being confirmed; never "failed".
    Confirming,
    /// Waiting for the cashier, amount due shown.
    Due {
        /// Still due.
        #[ts(type = "number")]
        due_minor: i64,
    },
    /// Paid.
    Paid {
        /// Total.
        #[ts(type = "number")]
        total_minor: i64,
        /// Change.
        #[ts(type = "number")]
        change_minor: i64,
        /// Tenders.
        tenders: Vec<Tender>,
    },
}
