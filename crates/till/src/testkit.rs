//! A shop for tests: a till on a scratch folder, clocks that stand still until told, and a centre's words.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_domain::trade::TradeState;
use suanpan_wire::entry::Said;
use suanpan_wire::journal::Mark;
use suanpan_wire::tender::{RefundView, TenderView, TradeView};

use crate::commands::glance::Glance;
use crate::commands::import::Desk;
use crate::host::{Host, Now};
use crate::rpc::refund::{AskRefund, RefundReason};
use crate::rpc::shift::{
    CloseShift, ClosedShift, CountCash, Counted, MoveCash, MoveDirection, MoveReason, NameShift, OpenShift,
    ShiftReport, ShiftView,
};
use crate::rpc::state::TillState;
use crate::rpc::views::OrderDetail;
use crate::rpc::{
    Approval, Code, CodeMeans, Command, EnterText, EnteredBy, Nothing, Problem, ShowCode, TakeCash,
};
use crate::store::{Enrolment, Halt, RefundRow, TenderRow, WriteTx, keys};
use crate::sync::{LinkStatus, Reach};
use crate::till::{Till, TillConfig};

/// How many cases of a slow property to try: `usual` in every test run, what `PROPTEST_CASES` says in a soak.
pub fn cases(usual: u32) -> u32 {
    let said = std::env::var("PROPTEST_CASES").ok();
    said.and_then(|said| said.parse().ok()).unwrap_or(usual)
}

/// 2026-11-21 14:36:00 in Shanghai.
pub const AFTERNOON_MS: i64 = 1_795_242_960_000;

/// Clocks that stand still until told, and randomness that counts.
#[derive(Debug)]
pub struct StillHost {
    now_ms: AtomicI64,
    off_by_ms: AtomicI64,
    count: AtomicU64,
}

impl StillHost {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            now_ms: AtomicI64::new(AFTERNOON_MS),
            off_by_ms: AtomicI64::new(0),
            count: AtomicU64::new(1),
        })
    }

    pub fn pass(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::SeqCst);
    }

    pub fn set_wall_off_by(&self, ms: i64) {
        self.off_by_ms.store(ms, Ordering::SeqCst);
    }
}

impl Host for StillHost {
    fn now(&self) -> Now {
        let now_ms = self.now_ms.load(Ordering::SeqCst);
        Now {
            wall_ms: now_ms + self.off_by_ms.load(Ordering::SeqCst),
            monotonic_ms: now_ms - AFTERNOON_MS,
        }
    }

    fn random(&self, bytes: &mut [u8]) {
        let count = self.count.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        for (byte, value) in bytes.iter_mut().rev().zip(count.iter().rev()) {
            *byte = *value;
        }
    }
}

/// A practice shop.
pub struct Shop {
    pub folder: tempfile::TempDir,
    pub host: Arc<StillHost>,
    pub till: Till,
}

pub fn config(folder: &Path) -> TillConfig {
    TillConfig::simulated(&folder.join("data"), &folder.join("witness"))
}

pub fn enrolment() -> Enrolment {
    Enrolment {
        till_id: "1".into(),
        store_id: "1".into(),
        till_label: "2".into(),
        worker: 2,
        store_name: "幸福里便利店".into(),
        zone: "Asia/Shanghai".into(),
        cutoff_minutes: 0,
        centre_address: "http://127.0.0.1:1".into(),
        centre_key: "key".into(),
        fingerprint: "print".into(),
    }
}

impl Shop {
    /// An enrolled shop whose centre answers.
    pub fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let host = StillHost::new();
        let mut till = Till::open(&config(folder.path()), host.clone()).unwrap();
        till.seed_practice().unwrap();
        till.write(|tx| {
            tx.save_enrolment(&enrolment())?;
            Ok(tx.set_setting(keys::MEANS_OFFERED, "WECHAT_PAY")?)
        })
        .unwrap();
        let mut shop = Self { folder, host, till };
        shop.link(Reach::Up);
        shop
    }

    pub fn link(&mut self, reach: Reach) {
        self.till.set_link(LinkStatus {
            reach,
            ..LinkStatus::default()
        });
    }

    /// Ends the process without any farewell and starts it again.
    pub fn restart(self) -> Self {
        let Self { folder, host, till } = self;
        drop(till);
        let till = Till::open(&config(folder.path()), host.clone()).unwrap();
        Self { folder, host, till }
    }

    pub fn state(&self) -> TillState {
        self.till.state().unwrap()
    }

    pub fn run(&mut self, command: Command) -> Result<TillState, Problem> {
        self.till.execute(command)?;
        Ok(self.state())
    }

    pub fn enter(&mut self, text: &str) -> Option<String> {
        let entered = self
            .till
            .execute(Command::BasketEnter(EnterText {
                text: text.into(),
                by: EnteredBy::Hand,
            }))
            .unwrap();
        entered["line_id"].as_str().map(str::to_owned)
    }

    pub fn begin(&mut self) -> TillState {
        self.run(Command::PayBegin(Nothing {})).unwrap()
    }

    pub fn cash(&mut self, yuan: &str) -> Result<TillState, Problem> {
        self.run(Command::PayCash(TakeCash {
            received_yuan: yuan.into(),
            replaces_tender: None,
            approval: None,
            expected_open_minor: None,
        }))
    }

    pub fn cash_instead(&mut self, tender: &str, pin: Option<&str>) -> Result<TillState, Problem> {
        self.run(Command::PayCash(TakeCash {
            received_yuan: String::new(),
            replaces_tender: Some(tender.into()),
            approval: pin.map(|pin| Approval { pin: pin.into() }),
            expected_open_minor: None,
        }))
    }

    pub fn code(&mut self, yuan: &str) -> Result<TillState, Problem> {
        self.run(Command::PayCode(ShowCode {
            means: CodeMeans::WechatPay,
            yuan: yuan.into(),
            expected_open_minor: None,
        }))
    }

    /// Rings up one bottle for 3.50 and shows a code for all of it.
    pub fn sell_by_code(&mut self) -> TenderRow {
        self.enter("6928804011142");
        self.begin();
        self.code("").unwrap();
        self.newest_tender()
    }

    pub fn newest_tender(&self) -> TenderRow {
        let current = self.till.view().current_order_id().unwrap().unwrap();
        self.till.view().tenders(&current).unwrap().pop().unwrap()
    }

    pub fn hear(&mut self, view: &TenderView) {
        self.till
            .write(|tx| tx.apply_tender_view(view).map(|_| ()))
            .unwrap();
    }
}

/// Shifts: what a person does at the drawer.
impl Shop {
    /// A command with an answer of its own.
    pub fn ask<T: serde::de::DeserializeOwned>(&mut self, command: Command) -> Result<T, Problem> {
        let answer = self.till.execute(command)?;
        Ok(serde_json::from_value(answer).unwrap())
    }

    pub fn open_shift(&mut self, float_yuan: &str) -> TillState {
        let float_yuan = float_yuan.to_owned();
        self.run(Command::ShiftOpen(OpenShift { float_yuan })).unwrap()
    }

    pub fn shift(&mut self) -> ShiftView {
        self.ask(Command::ShiftGet(Nothing {})).unwrap()
    }

    pub fn move_cash(
        &mut self,
        direction: MoveDirection,
        yuan: &str,
        pin: Option<&str>,
    ) -> Result<ShiftView, Problem> {
        self.ask(Command::ShiftMove(MoveCash {
            direction,
            yuan: yuan.into(),
            reason: MoveReason::Bank,
            note: String::new(),
            approval: pin.map(|pin| Approval { pin: pin.into() }),
            moves_seen: None,
        }))
    }

    pub fn count(&mut self, pieces: &[(i64, u32)]) -> Result<ShiftView, Problem> {
        let counted = pieces.iter().map(|(denomination_minor, pieces)| Counted {
            denomination_minor: *denomination_minor,
            pieces: *pieces,
        });
        let counted = counted.collect();
        self.ask(Command::ShiftCount(CountCash { counted }))
    }

    pub fn close_shift(&mut self, leave_minor: Option<i64>) -> Result<ClosedShift, Problem> {
        self.ask(Command::ShiftClose(CloseShift {
            reason: None,
            note: String::new(),
            leave_minor,
            count_seen: None,
        }))
    }

    /// Counts exactly what is expected, in fen coins, and closes.
    pub fn count_and_close(&mut self) -> ClosedShift {
        let expected = self.shift().expected_minor.unwrap();
        self.count(&[(1, u32::try_from(expected).unwrap())]).unwrap();
        self.close_shift(None).unwrap()
    }

    pub fn report(&mut self, shift_id: &str) -> ShiftReport {
        let shift_id = shift_id.to_owned();
        self.ask(Command::ShiftReportGet(NameShift { shift_id })).unwrap()
    }

    /// Sells these articles for cash and waits for the next customer.
    pub fn sell_for(&mut self, text: &str, received_yuan: &str) {
        self.enter(text);
        self.begin();
        self.cash(received_yuan).unwrap();
        self.run(Command::PayNext(Nothing {})).unwrap();
    }

    /// Gives money of an order back; an empty amount is all that is left.
    pub fn refund(&mut self, order_id: &str, yuan: &str, pin: Option<&str>) -> Result<OrderDetail, Problem> {
        self.ask(Command::RefundAsk(AskRefund {
            order_id: order_id.to_owned(),
            yuan: yuan.to_owned(),
            reason: RefundReason::Goods,
            note: String::new(),
            refunds_seen: None,
            parts_seen: None,
            approval: pin.map(|pin| Approval { pin: pin.into() }),
        }))
    }

    /// What the centre says of the tender of a refund that stands like this.
    pub fn refund_view(&self, refund: &RefundRow, version: u64, refund_status: u8) -> TenderView {
        let tender = self.till.view().tender(refund.tender_no).unwrap().unwrap();
        let mut view = paid(&tender, version);
        let trade = view.trades.last_mut().unwrap();
        trade.refunds.push(RefundView {
            refund_no: refund.refund_no.to_string(),
            refund_status,
            amount_minor: refund.amount_minor,
            reason: "REQUESTED".into(),
            needs_attention: refund_status == 3,
        });
        view
    }

    /// What the journal says, whole.
    pub fn said(&self) -> Vec<Said> {
        let entries = self.till.view().entries_after(&Mark::genesis(), 100_000).unwrap();
        entries
            .iter()
            .map(|entry| Said::from_payload(&entry.payload).unwrap())
            .collect()
    }
}

/// What the centre says of a tender whose newest attempt has a code out.
pub fn waiting(tender: &TenderRow, version: u64) -> TenderView {
    let trades = tender.attempts.iter().map(|attempt| TradeView {
        trade_no: format!("9{}", attempt.attempt_key),
        attempt_key: attempt.attempt_key.clone(),
        state: TradeState::Awaiting,
        code_url: Some(format!("weixin://wxpay/bizpayurl?pr={}", attempt.attempt_key)),
        created_at_ms: attempt.committed_at_ms,
        expires_at_ms: attempt.committed_at_ms + 300_000,
        answered_at_ms: Some(attempt.committed_at_ms),
        paying: false,
        by_payment_code: false,
        transaction_id: None,
        paid_at_ms: None,
        disposition: Disposition::None,
        refused_code: None,
        suspense_amount_minor: None,
        returns_at_ms: None,
        refunds: Vec::new(),
    });
    TenderView {
        tender_no: tender.tender_no.to_string(),
        version,
        state: PayOrderState::NoPay,
        given_up: false,
        means: tender.means,
        amount_minor: tender.amount_minor,
        winner_trade_no: None,
        trades: trades.collect(),
    }
}

/// The same, paid by the newest attempt.
pub fn paid(tender: &TenderRow, version: u64) -> TenderView {
    let mut view = waiting(tender, version);
    view.state = PayOrderState::Paid;
    let trade = view.trades.last_mut().unwrap();
    trade.state = TradeState::Paid;
    trade.code_url = None;
    trade.transaction_id = Some(format!("42{}", tender.tender_no));
    trade.paid_at_ms = trade.answered_at_ms;
    trade.disposition = Disposition::Winner;
    view.winner_trade_no = Some(trade.trade_no.clone());
    view
}

/// The same, closed without money.
pub fn canceled(tender: &TenderRow, version: u64) -> TenderView {
    let mut view = waiting(tender, version);
    view.state = PayOrderState::Canceled;
    for trade in &mut view.trades {
        trade.state = TradeState::Closed;
        trade.code_url = None;
    }
    view
}

/// A catalogue file of so many new articles in three categories.
pub fn goods(articles: usize) -> String {
    let mut csv = String::from("条码,品名,英文名,分类,售价\n");
    for number in 0..articles {
        let (kind, category) = [("薯片", "零食"), ("橙汁", "饮料"), ("乐事", "新到")][number % 3];
        csv.push_str(&format!(
            "G{number:06}|H{number:06},{kind}{number},goods {number},{category},1.{:02}\n",
            number % 100
        ));
    }
    csv
}

/// A desk at which the program ends after so many transactions.
pub struct CutShort<'t> {
    pub till: &'t mut Till,
    pub writes: usize,
}

impl Desk for CutShort<'_> {
    fn read<T>(&self, work: impl FnOnce(&Glance<'_>) -> Result<T, Halt>) -> Result<T, Problem> {
        self.till.read(work)
    }

    fn write<T>(&mut self, work: impl FnOnce(&mut WriteTx<'_>) -> Result<T, Halt>) -> Result<T, Problem> {
        self.writes = self
            .writes
            .checked_sub(1)
            .ok_or_else(|| Problem::new(Code::NotSaved))?;
        self.till.write(work)
    }
}
