//! Requests about one tender: ask for a code, ask the platform now, close, decide on late money.
//!
//! Every one is answered with the view of the tender and is harmless when repeated. Calls to the platform
//! are only noted as due here; whoever drives the centre makes them.

use suanpan_domain::mutant::{Mutant, on};
use suanpan_domain::number::worker_of;
use suanpan_domain::pay_order::{Disposition, PayOrderEvent, PayOrderState};
use suanpan_domain::tender::Means;
use suanpan_domain::trade::{TradeState, Way};
use suanpan_wire::PRODUCT_APP_ID;
use suanpan_wire::error::ErrorCode;
use suanpan_wire::tender::{AskRefund, CloseTender, CreateAttempt, LateChoice, TenderView, ToldTender};

use super::apply;
use super::calls::WorkId;
use super::collect::{self, Attempt, Opening};
use super::recall::{self, Claim, Then};
use super::refunds::{self, Reason};
use crate::db::{Db, DbError, Tx};
use crate::fault::{Outcome, Refusal};
use crate::ledger::Ledger;
use crate::rows::pay_channel;
use crate::rows::pay_order::{self, Burial, PayOrder};
use crate::rows::refund;
use crate::rows::till::Till;
use crate::rows::trade::{self, Trade};
use crate::rows::view;
use crate::settings::Settings;

/// Longest key of an attempt: a 63-bit number or a UUID fits well.
pub const ATTEMPT_KEY_CHARS_MAX: usize = 64;

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
    const fn way(&self) -> Way {
        match &self.body.payment_code {
            Some(_) => Way::Taken,
            None => Way::Shown,
        }
    }

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
    if let Some(code) = &wanted.body.payment_code
        && code.means() != wanted.body.means
    {
        return Err(Refusal::new(ErrorCode::MalformedRequest)
            .with("what", "payment_code")
            .into());
    }
    let then = Then::Collect {
        attempt_key: wanted.attempt_key,
        description: &wanted.body.description,
        way: wanted.way(),
    };
    recall::told(ledger, settings, till, &wanted.claim(), &wanted.body.told, then)?;
    let held = pay_order::find_locked(ledger.tx(), PRODUCT_APP_ID, wanted.tender_no)?;
    let order = match held {
        Some(order) => check_same(order, till, wanted)?,
        None if wanted.body.means == Means::Cash => return Err(ErrorCode::MeansNotOffered.into()),
        None => {
            let opened = collect::open(ledger, &opening(till, wanted))?;
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
        return Ok(Creating::Work(collect::work_of(same)));
    }
    collect::refuse_if_ended(&order)?;
    if let Some(live) = in_the_way(&trades, wanted) {
        return Err(Refusal::new(ErrorCode::AttemptLive)
            .with("trade_no", live.trade_no)
            .with("attempt_key", &live.attempt_key)
            .into());
    }
    apply::want_closed(ledger, order.pay_order_id)?;
    let channel = pay_channel::of_store(ledger.tx(), order.store_id, order.means.name())?
        .ok_or_else(|| Refusal::new(ErrorCode::MeansNotOffered))?;
    let fresh = Attempt {
        attempt_key: Some(wanted.attempt_key),
        description: &wanted.body.description,
        channel,
        way: wanted.way(),
        expires_at_ms: ledger.now_ms + settings.life_ms(wanted.way()),
    };
    let trade_no = collect::attempt(ledger, settings, &order, fresh)?;
    Ok(Creating::Work(vec![WorkId::Trade(trade_no)]))
}

/// The attempt that has to end first. A further code may be shown beside one that is being closed; where the
/// customer is charged by a payment code, nothing else of the tender may be payable, before or after: only a
/// reversal that was confirmed lets the next attempt in.
fn in_the_way<'a>(trades: &'a [Trade], wanted: &Wanted<'_>) -> Option<&'a Trade> {
    trades.iter().rev().find(|trade| match (wanted.way(), trade.way) {
        (Way::Shown, Way::Shown) => trade.state.is_open() && !wanted.body.renew,
        (Way::Shown | Way::Taken, Way::Taken) | (Way::Taken, Way::Shown) => trade.holds_its_tender(),
    })
}

fn opening<'a>(till: &Till, wanted: &Wanted<'_>) -> Opening<'a> {
    Opening {
        product_app_id: PRODUCT_APP_ID,
        number: wanted.tender_no,
        order_no: wanted.order_no,
        store_id: till.store_id,
        till_id: till.till_id,
        means: wanted.body.means,
        amount_minor: wanted.body.amount_minor,
        deadline_ms: None,
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
    let mut works = Vec::new();
    for mut asked in trade::of_order(ledger.tx(), order.pay_order_id)? {
        if collect::ask_now(ledger, &mut asked)? {
            works.push(WorkId::Trade(asked.trade_no));
        }
    }
    Ok(works)
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
    collect::cancel(ledger, &mut order)?;
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

/// Gives money of a settled tender back: the same number is the same refund.
///
/// # Errors
/// `not_found`; `malformed_request` for a number that is not of the till's own minting; `wrong_state` when no
/// money of the tender counts; those of [`refunds::by_till`].
pub fn refund(
    ledger: &mut Ledger<'_>,
    till: &Till,
    tender_no: i64,
    refund_no: i64,
    ask: AskRefund,
) -> Outcome<Vec<WorkId>> {
    let order = own_locked(ledger, till, tender_no)?.ok_or_else(|| Refusal::new(ErrorCode::NotFound))?;
    if worker_of(refund_no) != till.worker {
        return Err(Refusal::new(ErrorCode::MalformedRequest)
            .with("what", "refund_no")
            .into());
    }
    let winner = match order.winner_trade_no {
        Some(winner) => trade::find(ledger.tx(), winner)?,
        None => None,
    };
    let paid = winner.filter(|trade| trade.state == TradeState::Paid && !order.given_up);
    let paid = paid.ok_or_else(|| Refusal::new(ErrorCode::WrongState))?;
    refunds::by_till(ledger, &paid, refund_no, ask.amount_minor)?;
    Ok(vec![WorkId::Refund(refund_no)])
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
            let still = still_here(ledger, &waiting, order.amount_minor)?;
            match still.and_then(|at| waiting.get_mut(at)) {
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

/// The first late money of that amount that is still here, whole.
fn still_here(ledger: &mut Ledger<'_>, late: &[Trade], amount_minor: i64) -> Outcome<Option<usize>> {
    for (at, trade) in late.iter().enumerate() {
        if trade.amount_minor == amount_minor && still_waits(ledger, trade)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// Whether none of it is back or has been put on its way: by itself, or because somebody asked for it.
fn still_waits(ledger: &mut Ledger<'_>, trade: &Trade) -> Outcome<bool> {
    if on(Mutant::ReturnedAccepted) {
        return Ok(true);
    }
    let is_whole = !refund::is_any_reserved(ledger.tx(), trade.trade_no)? || on(Mutant::AskedBackAccepted);
    Ok(trade.refund_due_at_ms.is_some() && is_whole)
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
