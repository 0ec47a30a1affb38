//! Collecting: begin, cash, codes, asking, renewing, giving up, parking, the next customer.

use suanpan_domain::code::fold_width;
use suanpan_domain::money::{AMOUNT_MAX, Fen, MoneyError};
use suanpan_domain::mutant::{Mutant, on};
use suanpan_domain::order::{Coverage, OrderState};
use suanpan_domain::payment_code::PaymentCode;
use suanpan_domain::tender::{Means, TenderState};

use super::approval::{self, Ask};
use super::glance::{Glance, code_means, drawn_means};
use super::state::offered;
use crate::rpc::state::TenderPhase;
use crate::rpc::{Code, CodeMeans, NameTender, Problem, ShowCode, SwitchCode, TakeCash, TakePaymentCode};
use crate::sale::Cash;
use crate::store::{Halt, NextWay, OrderRow, TenderRow, WriteTx, coverage};
use crate::till::Till;

/// What a manager is asked for when cash is taken for a code in doubt.
const CASH_FOR_CODE: &str = "cash_for_code_in_doubt";

/// The order on the Pay screen.
fn paying(tx: &WriteTx<'_>) -> Result<OrderRow, Halt> {
    let order = current(tx)?;
    match order.state {
        OrderState::Paying => Ok(order),
        OrderState::Open
        | OrderState::Held
        | OrderState::ToConfirm
        | OrderState::Completed
        | OrderState::Voided
        | OrderState::PartRefunded
        | OrderState::Refunded => Err(Problem::new(Code::OrderState)
            .with("state", order.state.name())
            .into()),
    }
}

fn current(tx: &WriteTx<'_>) -> Result<OrderRow, Halt> {
    let id = tx
        .view()
        .current_order_id()?
        .ok_or(Halt::from(Code::BasketEmpty))?;
    tx.order_here(&id)
}

fn refuse_when_full(till: &Till) -> Result<(), Problem> {
    if till.store().has_room() {
        Ok(())
    } else {
        Err(Problem::new(Code::DiskFull))
    }
}

pub(super) fn begin(till: &mut Till) -> Result<(), Problem> {
    refuse_when_full(till)?;
    till.write(|tx| {
        let order = current(tx)?;
        tx.begin_paying(&order.order_id)
    })
}

pub(super) fn back(till: &mut Till) -> Result<(), Problem> {
    till.write(|tx| {
        let order = current(tx)?;
        tx.thaw(&order.order_id)
    })
}

/// What was typed as an amount; nothing when it was left empty.
pub(super) fn typed(yuan: &str) -> Result<Option<Fen>, Problem> {
    let text = fold_width(yuan);
    if text.is_empty() {
        return Ok(None);
    }
    let amount = Fen::parse_yuan(&text).map_err(|error| match error {
        MoneyError::TooLarge => Problem::new(Code::AmountTooLarge).with("max", AMOUNT_MAX),
        MoneyError::NotAnAmount | MoneyError::TooPrecise | MoneyError::NotPositive => {
            Problem::new(Code::AmountInvalid).with("text", &text)
        }
    })?;
    if amount.is_positive() {
        Ok(Some(amount))
    } else {
        Err(Problem::new(Code::AmountNotPositive))
    }
}

/// What a new tender may have at most.
fn open_minor(order: &OrderRow, sums: Coverage) -> i64 {
    if on(Mutant::ReservationIgnored) {
        sums.due_minor(order.total_minor)
    } else {
        sums.open_minor(order.total_minor)
    }
}

/// Refuses when nothing is left to collect: a code that is out has its share reserved.
fn something_open(order: &OrderRow, tenders: &[TenderRow]) -> Result<i64, Problem> {
    let open = open_minor(order, coverage(tenders));
    if open > 0 {
        return Ok(open);
    }
    match tenders.iter().find(|tender| tender.is_reserved()) {
        Some(live) => Err(Problem::new(Code::AttemptLive).with("tender", live.tender_no)),
        None => Err(Problem::new(Code::AmountOverDue).with("due", Fen::ZERO)),
    }
}

/// Refuses what was asked for another amount than is open now: a key pressed twice must not take the rest.
fn refuse_when_changed(
    expected_minor: Option<i64>,
    order: &OrderRow,
    tenders: &[TenderRow],
) -> Result<(), Problem> {
    let open = coverage(tenders).open_minor(order.total_minor);
    match expected_minor {
        Some(expected) if expected != open => {
            Err(Problem::new(Code::OpenChanged).with("due", Fen::new(open)))
        }
        Some(_) | None => Ok(()),
    }
}

pub(super) fn cash(till: &mut Till, request: &TakeCash) -> Result<(), Problem> {
    let received = typed(&request.received_yuan)?;
    refuse_when_full(till)?;
    if let Some(tender_no) = &request.replaces_tender {
        return cash_instead(till, request, &number(tender_no)?, received);
    }
    till.write(|tx| {
        let order = paying(tx)?;
        let tenders = tx.view().tenders(&order.order_id)?;
        let open = something_open(&order, &tenders)?;
        refuse_when_changed(request.expected_open_minor, &order, &tenders)?;
        tx.take_cash(&order.order_id, share(open, received, None))?;
        Ok(())
    })
}

fn share(open_minor: i64, received: Option<Fen>, replaces: Option<i64>) -> Cash {
    let received_minor = received.map_or(open_minor, Fen::minor);
    Cash {
        amount_minor: received_minor.min(open_minor),
        received_minor,
        replaces,
    }
}

fn number(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| Problem::new(Code::TenderNotFound))
}

/// Cash in place of a code: with a line, the code is asked about and closed first, and cash waits for the
/// answer; only while nobody knows may a manager let cash take its place.
fn cash_instead(
    till: &mut Till,
    request: &TakeCash,
    tender_no: &i64,
    received: Option<Fen>,
) -> Result<(), Problem> {
    let (order, tender, is_unknown) = till.read(|glance| {
        let tender = glance
            .view
            .tender(*tender_no)?
            .ok_or(Halt::from(Code::TenderNotFound))?;
        let order = glance
            .view
            .order(&tender.order_id)?
            .ok_or(Halt::from(Code::OrderNotFound))?;
        let tenders = glance.view.tenders(&order.order_id)?;
        refuse_when_changed(request.expected_open_minor, &order, &tenders)?;
        let is_unknown = glance.is_unknown(&tender);
        Ok((order, tender, is_unknown))
    })?;
    if !tender.state.is_live() {
        return Err(Problem::new(Code::TenderState).with("state", tender.state.name()));
    }
    if received.is_some_and(|received| received.minor() < tender.amount_minor) {
        return Err(Problem::new(Code::CashTooLittle).with("due", Fen::new(tender.amount_minor)));
    }
    if !is_unknown {
        return till.write(|tx| {
            paying(tx)?;
            tx.want_closed(*tender_no)?;
            tx.want_asked(*tender_no)
        });
    }
    let order_no = order.order_no.unwrap_or(0).to_string();
    let ask = Ask {
        action: CASH_FOR_CODE,
        order_no: &order_no,
        subject: None,
    };
    let approved = approval::manager(till, request.approval.as_ref(), ask)?;
    till.write(|tx| {
        let order = paying(tx)?;
        if order.order_id != tender.order_id {
            return Err(Code::TenderNotFound.into());
        }
        let by = approved.spend(tx)?;
        let sums = tx.view().coverage(&order.order_id)?;
        let open = sums.open_minor(order.total_minor) + tender.amount_minor;
        tx.replace_by_cash(*tender_no, share(open, received, Some(*tender_no)), &by)
    })
}

/// Refuses where a code of these means cannot be had at this moment.
fn refuse_unless_offered(till: &Till, means: CodeMeans) -> Result<(), Problem> {
    till.read(|glance| {
        if glance.view.enrolment()?.is_none() || !glance.is_online() {
            return Err(Code::CodeNeedsNetwork.into());
        }
        if !offered(glance)?.contains(&means) {
            return Err(Problem::new(Code::MeansNotOffered)
                .with("means", code_means(means).name())
                .into());
        }
        Ok(())
    })
}

/// The order on the Pay screen, and the share of it that a further code tender may have.
fn share_by_code(
    tx: &WriteTx<'_>,
    wanted: Option<Fen>,
    expected_open_minor: Option<i64>,
) -> Result<(OrderRow, i64), Halt> {
    let order = paying(tx)?;
    let tenders = tx.view().tenders(&order.order_id)?;
    if let Some(live) = tenders.iter().find(|tender| tender.state.is_live()) {
        return Err(Problem::new(Code::AttemptLive)
            .with("tender", live.tender_no)
            .into());
    }
    let open = something_open(&order, &tenders)?;
    refuse_when_changed(expected_open_minor, &order, &tenders)?;
    let amount = wanted.map_or(open, Fen::minor);
    if amount > open {
        return Err(Problem::new(Code::AmountOverDue)
            .with("due", Fen::new(open))
            .into());
    }
    Ok((order, amount))
}

pub(super) fn code(till: &mut Till, request: &ShowCode) -> Result<(), Problem> {
    let wanted = typed(&request.yuan)?;
    refuse_unless_offered(till, request.means)?;
    refuse_when_full(till)?;
    till.write(|tx| {
        let (order, amount) = share_by_code(tx, wanted, request.expected_open_minor)?;
        tx.open_code(&order.order_id, code_means(request.means), amount)?;
        Ok(())
    })
}

/// Takes the code off the screen for another means'; that one comes by itself once this one is closed.
pub(super) fn switch(till: &mut Till, request: &SwitchCode) -> Result<(), Problem> {
    let tender_no = number(&request.tender_no)?;
    refuse_unless_offered(till, request.means)?;
    refuse_when_full(till)?;
    till.write(|tx| {
        let order = paying(tx)?;
        let tender = tx.tender_here(tender_no)?;
        if tender.order_id != order.order_id {
            return Err(Code::TenderNotFound.into());
        }
        let means = code_means(request.means);
        if !tender.state.is_live() || tender.means == means {
            return Err(Problem::new(Code::TenderState)
                .with("state", tender.state.name())
                .into());
        }
        tx.want_switched(tender_no, NextWay { means, taken: false })
    })
}

/// Charges the customer by the code they show. What is committed is that they are charged; the code itself is
/// held in memory until the centre has answered, and nowhere else.
pub(super) fn take(till: &mut Till, request: &TakePaymentCode) -> Result<(), Problem> {
    let wanted = typed(&request.yuan)?;
    let scanned = fold_width(request.scanned.reveal());
    let Ok(code) = PaymentCode::try_new(scanned) else {
        return Err(Problem::new(Code::NotAPaymentCode));
    };
    let means = drawn_means(code.means()).ok_or(Problem::new(Code::NotAPaymentCode))?;
    let is_ours = till.read(|glance| Ok(glance.view.is_own_number(code.reveal(), glance.now_ms)?))?;
    if is_ours {
        return Err(Problem::new(Code::OwnNumber));
    }
    refuse_unless_offered(till, means)?;
    refuse_when_full(till)?;
    let replaces = till.read(replaceable)?;
    let next = NextWay {
        means: code.means(),
        taken: true,
    };
    let order_id = till.write(|tx| {
        if let Some(tender_no) = replaces {
            tx.want_switched(tender_no, next)?;
            return Ok(paying(tx)?.order_id);
        }
        let (order, amount) = share_by_code(tx, wanted, request.expected_open_minor)?;
        tx.open_charge(&order.order_id, next.means, amount)?;
        Ok(order.order_id)
    })?;
    till.hold_payment_code(order_id, code);
    Ok(())
}

/// The code on the screen that a payment code may take the place of: one that the customer has only to look at.
/// Where the customer is being charged already, or nobody knows, nothing replaces anything.
fn replaceable(glance: &Glance<'_>) -> Result<Option<i64>, Halt> {
    let Some(order_id) = glance.view.current_order_id()? else {
        return Ok(None);
    };
    let tenders = glance.view.tenders(&order_id)?;
    let live = tenders.iter().find(|tender| tender.state.is_live());
    Ok(live
        .filter(|tender| match glance.phase(tender) {
            TenderPhase::Fetching | TenderPhase::Waiting => true,
            TenderPhase::Closing => tender.next.is_some(),
            TenderPhase::Paying
            | TenderPhase::Unknown
            | TenderPhase::Settled
            | TenderPhase::Canceled
            | TenderPhase::GivenUp
            | TenderPhase::Failed
            | TenderPhase::Reversed
            | TenderPhase::NeedsAttention => false,
        })
        .map(|tender| tender.tender_no))
}

pub(super) fn ask(till: &mut Till, request: &NameTender) -> Result<(), Problem> {
    let tender_no = number(&request.tender_no)?;
    till.write(|tx| tx.want_asked(tender_no))
}

pub(super) fn renew(till: &mut Till, request: &NameTender) -> Result<(), Problem> {
    let tender_no = number(&request.tender_no)?;
    let is_online = till.read(|glance| Ok(glance.is_online()))?;
    if !is_online {
        return Err(Problem::new(Code::CodeNeedsNetwork));
    }
    till.write(|tx| tx.renew_code(tender_no, false))
}

/// Gives this collecting up: cash goes back, codes are closed, and the lines unlock once nothing is live
/// or settled any more.
pub(super) fn give_up(till: &mut Till) -> Result<(), Problem> {
    till.write(|tx| {
        let mut order = paying(tx)?;
        let tenders = tx.view().tenders(&order.order_id)?;
        let code_money = tenders
            .iter()
            .any(|tender| tender.means != Means::Cash && tender.state.counts());
        if code_money {
            return Err(Code::LinesLocked.into());
        }
        for tender in &tenders {
            let is_taken_cash = tender.means == Means::Cash
                && tender.state == TenderState::Settled
                && tender.amount_minor > 0;
            if is_taken_cash {
                tx.reverse_cash(tender.tender_no)?;
            } else if tender.state.is_live() {
                tx.want_closed(tender.tender_no)?;
            }
        }
        order.giving_up = true;
        order.changed_at_ms = tx.at_ms();
        tx.update_order(&order)?;
        tx.unlock_if_clear(&order.order_id)
    })
}

pub(super) fn park(till: &mut Till) -> Result<(), Problem> {
    till.write(|tx| {
        let order = paying(tx)?;
        tx.park(&order.order_id)
    })
}

/// The next customer: the Paid screen is left. Elsewhere nothing happens.
pub(super) fn next(till: &mut Till) -> Result<(), Problem> {
    till.write(|tx| {
        let Some(id) = tx.view().current_order_id()? else {
            return Ok(());
        };
        if tx.order_here(&id)?.state.pay_status() == 4 {
            tx.set_current_order(None)?;
        }
        Ok(())
    })
}
