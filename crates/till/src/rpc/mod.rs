//! The contract between the till and whoever shows it: every command, its request and its answer.
//!
//! One command comes in as `{"cmd": "basket.enter", "payload": {…}}` and is answered with
//! `{"ok": …}` or `{"problem": …}`. The same bytes travel through the desktop window and the bridge.
//! TypeScript types are generated from here. What a command *does* is in [`crate::commands`].

#[cfg(test)]
mod bindings;
pub mod code;
pub mod look;
pub mod people;
pub mod practice;
pub mod print;
pub mod refund;
pub mod scanned;
pub mod shift;
pub mod state;
pub mod views;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use code::{Class, Code, Problem};
use look::Look;
use people::{Person, RemovePerson, SavePerson, SignIn};
use practice::{FaultSwitches, PracticeView};
use print::{NamePrint, PrintQueue, PrintReport, PrintedPapers, PrinterSwitches, SetPrinter};
use refund::{AskRefund, DecideLate, NameRefund, PreviewRefund, RefundPreview};
use scanned::Scanned;
use shift::{
    CloseShift, ClosedShift, CountCash, ListShifts, MoveCash, NameShift, OpenShift, SetBlind, ShiftReport,
    ShiftView,
};
use state::TillState;
use views::{
    ArticleHit, CatalogueReport, CategoryTiles, CustomerView, Entered, OrderDetail, OrderRow, Preview,
    Receipt, SyncList, Takings, TransferFile,
};

/// No parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// How a text came into the one box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EnteredBy {
    /// Typed by a person.
    Hand,
    /// Burst of a barcode scanner.
    Scan,
}

/// Text of the one box, whole: `3*6928804011142`, `可乐`, `kl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EnterText {
    /// What stands in the box; full-width forms count as plain.
    pub text: String,
    /// Hand or scanner.
    pub by: EnteredBy,
}

/// Text whose meaning is asked without doing anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PreviewText {
    /// What stands in the box.
    pub text: String,
    /// The selected line, for `3*` without an article.
    pub line_id: Option<String>,
}

/// Names an article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AddArticle {
    /// Article of the catalogue.
    pub article_id: String,
    /// Thousandths of its unit: 1000 is one piece or one kilogram.
    #[ts(type = "number")]
    pub quantity_milli: i64,
}

/// Sets a line's quantity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SetQuantity {
    /// The line.
    pub line_id: String,
    /// Thousandths of its unit; zero is refused, removing is a command of its own.
    #[ts(type = "number")]
    pub quantity_milli: i64,
}

/// Changes a line's quantity by whole units; falling to zero removes the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChangeQuantity {
    /// The line.
    pub line_id: String,
    /// Whole units, usually 1 or −1.
    pub delta: i32,
}

/// Names a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NameLine {
    /// The line.
    pub line_id: String,
}

/// Sets a line's price by hand. Journalled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SetPrice {
    /// The line.
    pub line_id: String,
    /// What was typed, in yuan: `3.5`. Parsed strictly.
    pub yuan: String,
}

/// Names an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NameOrder {
    /// Order id: a basket's id while it is open, and for good.
    pub order_id: String,
}

/// A manager's word for one action on one thing, used once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Approval {
    /// The manager's PIN, as typed.
    pub pin: String,
}

/// Takes cash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TakeCash {
    /// What the customer hands over, in yuan as typed; empty means exactly what is due.
    pub received_yuan: String,
    /// Cash instead of this code tender, whose result is not known. Needs `approval`.
    pub replaces_tender: Option<String>,
    /// Only with `replaces_tender`.
    pub approval: Option<Approval>,
    /// [`state::Pay::open_minor`] as the person saw it: refused when it has changed. Nothing from a caller
    /// that shows it to nobody.
    #[ts(type = "number | null")]
    pub expected_open_minor: Option<i64>,
}

/// Means a code can be drawn for, in the order the counter offers them: the first is what `Enter` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CodeMeans {
    /// WeChat Pay Native.
    WechatPay,
    /// Alipay precreate.
    AliPay,
}

/// Opens a code tender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ShowCode {
    /// Whose code.
    pub means: CodeMeans,
    /// Share of the order in yuan as typed; empty means all that is still due.
    pub yuan: String,
    /// As in [`TakeCash`].
    #[ts(type = "number | null")]
    pub expected_open_minor: Option<i64>,
}

/// Shows another means' code for the same share: the one that is out is closed first, and the other one comes
/// by itself once that is certain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SwitchCode {
    /// The tender whose code is out.
    pub tender_no: String,
    /// Whose code is wanted instead.
    pub means: CodeMeans,
}

/// Charges the customer by the payment code they show. Whose it is follows from its digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TakePaymentCode {
    /// What was scanned.
    pub scanned: Scanned,
    /// Share of the order in yuan as typed; empty means all that is still due.
    pub yuan: String,
    /// As in [`TakeCash`].
    #[ts(type = "number | null")]
    pub expected_open_minor: Option<i64>,
}

/// Names a tender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NameTender {
    /// The tender's number.
    pub tender_no: String,
}

/// Searches orders.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FindOrders {
    /// Part of a short number, an amount in yuan, or a platform's number; empty lists the newest.
    pub text: String,
    /// Rows to return, at most 200.
    pub limit: u16,
}

/// Names a business day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NameDay {
    /// `YYYY-MM-DD`, or nothing for today.
    pub day: Option<String>,
}

/// A catalogue file to read in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CatalogueFile {
    /// CSV text, UTF-8, first line names the columns.
    pub csv: String,
    /// Say what would happen and change nothing.
    pub dry_run: bool,
}

/// A notice that was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NameNotice {
    /// The notice.
    pub notice_id: String,
}

/// Chooses the language of screens, speech and paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SetLanguage {
    /// The language.
    pub language: Language,
}

/// The languages of the product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub enum Language {
    /// 简体中文.
    #[default]
    #[serde(rename = "zh-CN")]
    ZhCn,
    /// English.
    #[serde(rename = "en")]
    En,
}

/// What a person can do to a practice trade, as the customer's phone would.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PracticeAct {
    /// The customer pays.
    Pay,
    /// The customer refuses on the phone.
    Refuse,
    /// The customer pays although the code was closed.
    PayAfterClose,
    /// The platform sends its result notice once more.
    RepeatNotice,
}

/// Acts on a practice trade.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PracticeActOn {
    /// The trade at the sandbox (`out_trade_no`).
    pub trade_no: String,
    /// What happens.
    pub act: PracticeAct,
}

/// Cuts or restores the till's network, in practice only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SetNetwork {
    /// Whether the till may reach its centre.
    pub up: bool,
}

/// Calls `$with!` with the one list of commands: name, variant, request type, answer type.
#[macro_export]
macro_rules! with_commands {
    ($with:ident) => {
        $with! {
            "state.get" StateGet(Nothing) -> TillState,
            "settings.language" SettingsLanguage(SetLanguage) -> TillState,
            "settings.printer" SettingsPrinter(SetPrinter) -> TillState,
            "settings.look" SettingsLook(Look) -> TillState,
            "notice.seen" NoticeSeen(NameNotice) -> TillState,
            "catalogue.tiles" CatalogueTiles(Nothing) -> Vec<CategoryTiles>,
            "catalogue.import" CatalogueImport(CatalogueFile) -> CatalogueReport,
            "catalogue.search" CatalogueSearch(PreviewText) -> Vec<ArticleHit>,
            "basket.preview" BasketPreview(PreviewText) -> Preview,
            "basket.enter" BasketEnter(EnterText) -> Entered,
            "basket.add" BasketAdd(AddArticle) -> TillState,
            "basket.set_quantity" BasketSetQuantity(SetQuantity) -> TillState,
            "basket.change_quantity" BasketChangeQuantity(ChangeQuantity) -> TillState,
            "basket.remove" BasketRemove(NameLine) -> TillState,
            "basket.set_price" BasketSetPrice(SetPrice) -> TillState,
            "basket.undo" BasketUndo(Nothing) -> TillState,
            "basket.hold" BasketHold(Nothing) -> TillState,
            "basket.resume" BasketResume(NameOrder) -> TillState,
            "pay.begin" PayBegin(Nothing) -> TillState,
            "pay.back" PayBack(Nothing) -> TillState,
            "pay.cash" PayCash(TakeCash) -> TillState,
            "pay.code" PayCode(ShowCode) -> TillState,
            "pay.switch" PaySwitch(SwitchCode) -> TillState,
            "pay.take" PayTake(TakePaymentCode) -> TillState,
            "pay.ask" PayAsk(NameTender) -> TillState,
            "pay.renew" PayRenew(NameTender) -> TillState,
            "pay.give_up" PayGiveUp(Nothing) -> TillState,
            "pay.park" PayPark(Nothing) -> TillState,
            "pay.open" PayOpen(NameOrder) -> TillState,
            "pay.next" PayNext(Nothing) -> TillState,
            "orders.find" OrdersFind(FindOrders) -> Vec<OrderRow>,
            "orders.get" OrdersGet(NameOrder) -> OrderDetail,
            "orders.receipt" OrdersReceipt(NameOrder) -> Receipt,
            "refund.preview" RefundPreview(PreviewRefund) -> RefundPreview,
            "refund.ask" RefundAsk(AskRefund) -> OrderDetail,
            "refund.seen" RefundSeen(NameRefund) -> SyncList,
            "late.decide" LateDecide(DecideLate) -> SyncList,
            "print.list" PrintList(Nothing) -> PrintQueue,
            "print.receipt" PrintReceipt(NameOrder) -> TillState,
            "print.report" PrintReport(PrintReport) -> TillState,
            "print.retry" PrintRetry(Nothing) -> TillState,
            "print.withdraw" PrintWithdraw(NamePrint) -> TillState,
            "takings.day" TakingsDay(NameDay) -> Takings,
            "sync.list" SyncGet(Nothing) -> SyncList,
            "sync.retry" SyncRetry(Nothing) -> TillState,
            "sync.export" SyncExport(Nothing) -> TransferFile,
            "customer.get" CustomerGet(Nothing) -> CustomerView,
            "people.list" PeopleList(Nothing) -> Vec<Person>,
            "people.sign_in" PeopleSignIn(SignIn) -> TillState,
            "people.save" PeopleSave(SavePerson) -> Vec<Person>,
            "people.remove" PeopleRemove(RemovePerson) -> Vec<Person>,
            "shift.get" ShiftGet(Nothing) -> ShiftView,
            "shift.open" ShiftOpen(OpenShift) -> TillState,
            "shift.move" ShiftMove(MoveCash) -> ShiftView,
            "shift.count" ShiftCount(CountCash) -> ShiftView,
            "shift.blind" ShiftBlind(SetBlind) -> ShiftView,
            "shift.close" ShiftClose(CloseShift) -> ClosedShift,
            "shift.list" ShiftList(ListShifts) -> Vec<ClosedShift>,
            "shift.report" ShiftReportGet(NameShift) -> ShiftReport,
            "practice.trades" PracticeTrades(Nothing) -> PracticeView,
            "practice.act" PracticeAct(PracticeActOn) -> PracticeView,
            "practice.faults" PracticeFaults(FaultSwitches) -> FaultSwitches,
            "practice.printer" PracticePrinter(PrinterSwitches) -> PrinterSwitches,
            "practice.printed" PracticePrinted(Nothing) -> PrintedPapers,
            "practice.network" PracticeNetwork(SetNetwork) -> TillState,
        }
    };
}

macro_rules! define_command {
    ($($name:literal $variant:ident($request:ty) -> $answer:ty,)*) => {
        /// One command with its request. The name on the wire is in the list of [`with_commands`].
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "cmd", content = "payload")]
        #[expect(missing_docs, reason = "each variant is documented by its request and answer types")]
        pub enum Command { $(#[serde(rename = $name)] $variant($request),)* }

        /// Every command's name, with the TypeScript names of its request and answer.
        #[must_use]
        pub fn schema() -> Vec<(&'static str, String, String)> {
            let config = ts_rs::Config::default();
            vec![$(($name, <$request as TS>::name(&config), <$answer as TS>::name(&config)),)*]
        }
    };
}
with_commands!(define_command);
