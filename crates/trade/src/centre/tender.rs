//! Requests about one tender: ask for a code, ask the platform now, close, decide on late money.
//!
//! Every one is answered with the view of the tender and is harmless when repeated. Calls to the platform
//! are only noted as due here; whoever drives the centre makes them.

use suanpan_channels::NotifyUrl;
use suanpan_domain::money::Fen;
use suanpan_domain::pay_order::{Disposition, PayOrderEvent, PayOrderState};
use suanpan_domain::tender::Means;
use suanpan_domain::trade::{NextCall, TradeState, next_of};
use suanpan_wire::PRODUCT_APP_ID;
use suanpan_wire::error::ErrorCode;
use suanpan_wire::tender::{CloseTender, CreateAttempt, LateChoice, TenderView, ToldTender};

use super::apply;
use super::calls::WorkId;
use super::recall::{self, Claim, Then};
use super::refunds::{self, Reason};
use crate::db::{Db, DbError, Tx};
use crate::fault::{Outcome, Refusal};
use crate::ledger::Ledger;
use crate::rows::pay_channel;
use crate::rows::pay_order::{self, Burial, PayOrder};
use crate::rows::till::Till;
use crate::rows::trade::{self, Lease, Trade};
use crate::rows::view;
use crate::settings::Settings;

/// Longest key of an attempt: a 63-bit number or a UUID fits well.
pub const ATTEMPT_KEY_CHARS_MAX: usize = 64;
/// What a customer reads; platforms cut at 127.
const DESCRIPTION_CHARS_MAX: usize = 127;
/// A platform is asked about one trade at most this often on a till's demand.
const QUERY_INTERVAL_MS_MIN: i64 = 1_000;

/// What a till asks for, with the numbers read.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// The tender.
    pub tender_no: i64,
    /// Key of the intent.
    pub attempt_key: &'a str,
    /// The order.
    pub order_no: i64,
    /// The rest.
    pub body: &'a CreateAttempt,
}

impl Wanted<'_> {
    const fn claim(&self) -> Claim {
        Claim {
            tender_no: self.tender_no,
            order_no: self.order_no,
            means: self.body.means,
            amount_minor: self.body.amount_minor,
        }
    }
}

/// What became of a wish for a code.
#[derive(Debug)]
pub enum Creating {
    /// The row whose prepay is due, if any.
    Work(Vec<WorkId>),
    /// The tender was closed or given up before it was ever asked for. It is held from now on as canceled, so
    /// that whoever asks next is told its end and not that nobody knows it.
    Ended,
}

/// Makes an attempt, or finds the one of the same key.
///
/// # Errors
/// Refusals as listed in `suanpan_wire::error`, and those of the database.
pub fn create(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    till: &Till,
    wanted: &Wanted<'_>,
) -> Outcome<Creating> {
    let then = Then::Collect {
        attempt_key: wanted.attempt_key,
        description: &wanted.body.description,
    };
    recall::told(ledger, settings, till, &wanted.claim(), &wanted.body.told, then)?;
    let held = pay_order::find_locked(ledger.tx(), PRODUCT_APP_ID, wanted.tender_no)?;
    let order = match held {
        Some(order) => check_same(order, till, wanted)?,
        None => {
            let opened = open(ledger, till, wanted)?;
            if opened.state == PayOrderState::Canceled {
                return Ok(Creating::Ended);
            }
            opened
        }
    };
    let trades = trade::of_order(ledger.tx(), order.pay_order_id)?;
    if let Some(same) = trades
        .iter()
        .find(|trade| trade.attempt_key == wanted.attempt_key)
    {
        return Ok(Creating::Work(work_of(same)));
    }
    refuse_if_ended(&order)?;
    let live = trades.iter().rev().find(|trade| trade.state.is_open());
    if let Some(live) = live
        && !wanted.body.renew
    {
        return Err(Refusal::new(ErrorCode::AttemptLive)
            .with("trade_no", live.trade_no)
            .with("attempt_key", &live.attempt_key)
            .into());
    }
    apply::want_closed(ledger, order.pay_order_id)?;
    let trade_no = attempt(ledger, settings, &order, wanted)?;
    Ok(Creating::Work(vec![WorkId::Trade(trade_no)]))
}

fn work_of(trade: &Trade) -> Vec<WorkId> {
    match trade.state {
        TradeState::Created | TradeState::PrepayUnknown => vec![WorkId::Trade(trade.trade_no)],
        TradeState::Awaiting
        | TradeState::Closing
        | TradeState::Failed
        | TradeState::Paid
        | TradeState::Closed
        | TradeState::Free
        | TradeState::Credit => Vec::new(),
    }
}

fn check_same(order: PayOrder, till: &Till, wanted: &Wanted<'_>) -> Outcome<PayOrder> {
    if order.till_id != till.till_id {
        return Err(ErrorCode::NotFound.into());
    }
    let differs = |field: &str| Err(Refusal::new(ErrorCode::KeyReused).with("field", field).into());
    if order.amount_minor != wanted.body.amount_minor {
        return differs("amount");
    }
    if order.means != wanted.body.means {
        return differs("means");
    }
    if order.order_no != wanted.order_no {
        return differs("order_no");
    }
    Ok(order)
}

fn refuse_if_ended(order: &PayOrder) -> Outcome<()> {
    match order.state {
        PayOrderState::NoPay if !order.given_up => Ok(()),
        PayOrderState::NoPay | PayOrderState::Canceling | PayOrderState::Canceled => {
            Err(ErrorCode::TenderClosed.into())
        }
        PayOrderState::Paid | PayOrderState::PartRefunded | PayOrderState::Refunded => {
            let winner = order.winner_trade_no.map(|no| no.to_string()).unwrap_or_default();
            Err(Refusal::new(ErrorCode::AlreadyPaid).with("winner", winner).into())
        }
    }
}

fn open(ledger: &mut Ledger<'_>, till: &Till, wanted: &Wanted<'_>) -> Outcome<PayOrder> {
    if Fen::positive(wanted.body.amount_minor).is_err() {
        return Err(ErrorCode::AmountInvalid.into());
    }
    if wanted.body.means == Means::Cash {
        return Err(ErrorCode::MeansNotOffered.into());
    }
    let buried = pay_order::buried(ledger.tx(), PRODUCT_APP_ID, wanted.tender_no, till.till_id)?;
    let order = PayOrder {
        pay_order_id: ledger.mint()?,
        product_app_id: PRODUCT_APP_ID.to_owned(),
        tender_no: wanted.tender_no,
        order_no: wanted.order_no,
        store_id: till.store_id,
        till_id: till.till_id,
        means: wanted.body.means,
        amount_minor: wanted.body.amount_minor,
        state: if buried.is_some() {
            PayOrderState::Canceled
        } else {
            PayOrderState::NoPay
        },
        given_up: buried == Some(Burial::GivenUp),
        winner_trade_no: None,
        version: 0,
    };
    let now_ms = ledger.now_ms;
    pay_order::insert(ledger.tx(), &order, now_ms)?;
    if buried.is_some() {
        ledger.touch(order.pay_order_id);
    }
    Ok(order)
}

/// Writes the attempt; its number is committed before the platform hears of it.
fn attempt(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    order: &PayOrder,
    wanted: &Wanted<'_>,
) -> Outcome<i64> {
    let channel = pay_channel::of_store(ledger.tx(), order.store_id, order.means.name())?
        .ok_or_else(|| Refusal::new(ErrorCode::MeansNotOffered))?;
    let notify_url = channel.notify_url(&settings.public_url);
    if NotifyUrl::try_new(notify_url.as_str()).is_err() {
        tracing::error!(
            enterprise_id = channel.enterprise_id,
            "no platform can report to {notify_url}"
        );
        return Err(ErrorCode::MeansNotOffered.into());
    }
    let now_ms = ledger.now_ms;
    let trade_no = ledger.mint()?;
    let mut trade = Trade {
        trade_no,
        pay_order_id: order.pay_order_id,
        attempt_key: wanted.attempt_key.to_owned(),
        enterprise_id: channel.enterprise_id,
        notify_url,
        app_id: channel.app_id,
        merchant_id: channel.merchant_id,
        amount_minor: order.amount_minor,
        description: wanted
            .body
            .description
            .chars()
            .take(DESCRIPTION_CHARS_MAX)
            .collect(),
        state: TradeState::Created,
        disposition: Disposition::None,
        code_url: None,
        created_at_ms: now_ms,
        // Platforms take whole seconds; what is held here is what they hold.
        expires_at_ms: (now_ms + settings.code_life_ms) / 1_000 * 1_000,
        answered_at_ms: None,
        paying: false,
        transaction_id: None,
        paid_at_ms: None,
        refused_code: None,
        suspense_amount_minor: None,
        refund_due_at_ms: None,
        next_call: None,
        next_call_at_ms: None,
        lease: Lease::default(),
        asked: 0,
    };
    trade.schedule(next_of(TradeState::Created, 0), now_ms);
    trade::insert(ledger.tx(), &trade)?;
    ledger.touch(order.pay_order_id);
    Ok(trade_no)
}

fn own_locked(ledger: &mut Ledger<'_>, till: &Till, tender_no: i64) -> Outcome<Option<PayOrder>> {
    let held = pay_order::find_locked(ledger.tx(), PRODUCT_APP_ID, tender_no)?;
    Ok(held.filter(|order| order.till_id == till.till_id))
}

/// Makes the calls due that tell how a tender stands.
///
/// # Errors
/// `not_found`, and those of the database.
pub fn query(ledger: &mut Ledger<'_>, till: &Till, tender_no: i64) -> Outcome<Vec<WorkId>> {
    let order = own_locked(ledger, till, tender_no)?.ok_or_else(|| Refusal::new(ErrorCode::NotFound))?;
    let now_ms = ledger.now_ms;
    let mut works = Vec::new();
    for mut asked in trade::of_order(ledger.tx(), order.pay_order_id)? {
        let lately = asked.lease.at_ms > now_ms - QUERY_INTERVAL_MS_MIN && asked.lease.at_ms <= now_ms;
        let asks = match asked.state {
            TradeState::Created
            | TradeState::PrepayUnknown
            | TradeState::Awaiting
            | TradeState::Closing
            | TradeState::Closed
            | TradeState::Failed => !lately,
            TradeState::Paid | TradeState::Free | TradeState::Credit => false,
        };
        if !asks {
            continue;
        }
        make_due(&mut asked, now_ms);
        // Asked out of turn: the turns of the job are not used up by it.
        asked.asked = (asked.asked - 1).max(0);
        trade::save(ledger.tx(), &asked)?;
        works.push(WorkId::Trade(asked.trade_no));
    }
    Ok(works)
}

/// A prepay without an answer is sent again; everything else is asked for its state.
fn make_due(trade: &mut Trade, now_ms: i64) {
    let next = match next_of(trade.state, 0) {
        NextCall::Prepay { .. } => NextCall::Prepay { delay_ms: 0 },
        NextCall::Query { .. } | NextCall::Close { .. } | NextCall::Rest => NextCall::Query { delay_ms: 0 },
    };
    trade.schedule(next, now_ms);
}

/// What became of a wish to close.
#[derive(Debug)]
pub enum Closing {
    /// Calls are due first.
    Work(Vec<WorkId>),
    /// It was never asked for, and can not be any more.
    Buried,
}

/// Wants a tender closed. One that is paid stays paid.
///
/// # Errors
/// Those of the database.
pub fn close(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    till: &Till,
    tender_no: i64,
    closing: &CloseTender,
) -> Outcome<Closing> {
    if let Some(told) = &closing.told {
        ended_as_told(ledger, settings, till, tender_no, told)?;
    }
    let held = pay_order::find_locked(ledger.tx(), PRODUCT_APP_ID, tender_no)?;
    let Some(mut order) = held else {
        let now_ms = ledger.now_ms;
        pay_order::bury(
            ledger.tx(),
            PRODUCT_APP_ID,
            tender_no,
            till.till_id,
            Burial::Closed,
            now_ms,
        )?;
        return Ok(Closing::Buried);
    };
    if order.till_id != till.till_id {
        return Err(ErrorCode::NotFound.into());
    }
    cancel(ledger, &mut order)?;
    let trades = trade::of_order(ledger.tx(), order.pay_order_id)?;
    let open = trades.iter().filter(|trade| trade.state == TradeState::Closing);
    Ok(Closing::Work(
        open.map(|trade| WorkId::Trade(trade.trade_no)).collect(),
    ))
}

/// Takes up what a till was told of a tender that is not to be collected any more.
///
/// # Errors
/// Those of the database.
pub fn ended_as_told(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    till: &Till,
    tender_no: i64,
    told: &ToldTender,
) -> Outcome<()> {
    let Ok(order_no) = told.order_no.parse() else {
        return Ok(());
    };
    let claim = Claim {
        tender_no,
        order_no,
        means: told.means,
        amount_minor: told.amount_minor,
    };
    recall::told(ledger, settings, till, &claim, &told.told, Then::End)
}

/// Cancels a tender that nobody has paid, closing its attempts first.
///
/// # Errors
/// Those of the database.
pub fn cancel(ledger: &mut Ledger<'_>, order: &mut PayOrder) -> Outcome<()> {
    if order.apply(PayOrderEvent::Cancel) {
        pay_order::save(ledger.tx(), order)?;
        ledger.touch(order.pay_order_id);
        apply::want_closed(ledger, order.pay_order_id)?;
        apply::end_if_all_ended(ledger, order)?;
    }
    Ok(())
}

/// Decides on money that came after closing.
///
/// # Errors
/// `not_found`; `wrong_state` when there is none, or it is on its way back; those of the database.
pub fn late(ledger: &mut Ledger<'_>, till: &Till, tender_no: i64, choice: LateChoice) -> Outcome<()> {
    let mut order = own_locked(ledger, till, tender_no)?.ok_or_else(|| Refusal::new(ErrorCode::NotFound))?;
    decide_late(ledger, &mut order, choice)
}

/// The same for an operator, who has no till.
///
/// # Errors
/// As [`late`].
pub fn decide_late(ledger: &mut Ledger<'_>, order: &mut PayOrder, choice: LateChoice) -> Outcome<()> {
    let trades = trade::of_order(ledger.tx(), order.pay_order_id)?;
    let mut waiting: Vec<Trade> = trades
        .into_iter()
        .filter(|trade| trade.disposition == Disposition::Late)
        .collect();
    match choice {
        // Said before: the answer is the same.
        LateChoice::Accept if order.state == PayOrderState::Paid => Ok(()),
        LateChoice::Accept => {
            let still = waiting.iter_mut().find(|trade| trade.refund_due_at_ms.is_some());
            match still {
                Some(trade) if order.apply(PayOrderEvent::Accept) => accept(ledger, order, trade),
                Some(_) | None => Err(ErrorCode::WrongState.into()),
            }
        }
        LateChoice::ReturnNow if waiting.is_empty() => Err(ErrorCode::WrongState.into()),
        LateChoice::ReturnNow => {
            for trade in &mut waiting {
                refunds::draw_rest(ledger, trade, Reason::Late)?;
                trade::save(ledger.tx(), trade)?;
            }
            Ok(())
        }
    }
}

fn accept(ledger: &mut Ledger<'_>, order: &mut PayOrder, trade: &mut Trade) -> Outcome<()> {
    trade.disposition = Disposition::Winner;
    trade.refund_due_at_ms = None;
    order.winner_trade_no = Some(trade.trade_no);
    trade::save(ledger.tx(), trade)?;
    pay_order::save(ledger.tx(), order)?;
    ledger.touch(order.pay_order_id);
    Ok(())
}

/// The view of a till's tender as it is now.
///
/// # Errors
/// `not_found`, and those of the database.
pub fn view_now<D: Db>(db: &D, till_id: i64, tender_no: i64) -> Outcome<TenderView> {
    db.read(|tx| {
        let order = own(tx, till_id, tender_no)?.ok_or_else(|| Refusal::new(ErrorCode::NotFound))?;
        Ok(view::of(tx, &order)?)
    })
}

fn own(tx: &mut dyn Tx, till_id: i64, tender_no: i64) -> Result<Option<PayOrder>, DbError> {
    let held = pay_order::find(tx, PRODUCT_APP_ID, tender_no)?;
    Ok(held.filter(|order| order.till_id == till_id))
}
