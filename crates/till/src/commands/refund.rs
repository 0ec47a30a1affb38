//! Refunds and late money: asked for, previewed, decided, and listed for whoever has to look.

use suanpan_domain::give_back::Part;
use suanpan_domain::money::Fen;
use suanpan_domain::refund::RefundState;
use suanpan_wire::refund::RefundReason as SaidReason;

use super::approval::{self, Ask};
use super::glance::{Glance, shown_means};
use super::orders;
use super::pay::typed;
use super::shift::note;
use crate::rpc::refund::{
    AskRefund, DecideLate, LateMoney, LateWish as ShownWish, NameRefund, PreviewRefund, Refund, RefundPart,
    RefundPhase, RefundPreview, RefundReason, RefundToLookAt, RefundWhy as ShownWhy,
};
use crate::rpc::{Code, Problem};
use crate::sale::{RefundWish, can_accept, left_of, parts, payable, waits_until_ms};
use crate::store::{Halt, LateWish, RefundRow, RefundWhy, View};
use crate::till::Till;

/// What a manager is asked for.
const REFUND: &str = "refund";
const RETURN_LATE: &str = "return_late_money";
/// From when on a refund whose end nobody has said is listed for a person. Most arrive within seconds; an hour later
/// somebody may ask about it.
const UNKNOWN_AFTER_MS: i64 = 3_600_000;

/// Gives money of a paid order back, with a manager's word.
pub(super) fn ask(till: &mut Till, request: &AskRefund) -> Result<(), Problem> {
    let wish = RefundWish {
        amount: typed(&request.yuan)?,
        reason: said_reason(request.reason),
        note: note(&request.note)?,
    };
    // What cannot be done is said before a manager is asked for a word.
    let (order_no, amount) = till.read(|glance| {
        let order = glance.view.order(&request.order_id)?;
        let order = order.ok_or(Halt::from(Code::OrderNotFound))?;
        let drawn = as_seen(glance.view, request, wish.amount)?;
        let sum: i64 = drawn.iter().map(|part| part.amount.minor()).sum();
        Ok((crate::sale::said::number(order.order_no), Fen::new(sum)))
    })?;
    let subject = amount.to_string();
    let ask = Ask {
        action: REFUND,
        order_no: &order_no,
        subject: Some(&subject),
    };
    let approved = approval::manager(till, request.approval.as_ref(), ask)?;
    till.write(|tx| {
        as_seen(tx.view(), request, wish.amount)?;
        let by = approved.spend(tx)?;
        tx.ask_refund(&request.order_id, &wish, &by)
    })
}

/// What would be drawn now, refused unless it is what was seen. A key pressed twice gives back once, and a refund that
/// ended meanwhile changes neither the sum that a manager approved nor the way a cashier was told.
fn as_seen(view: View<'_>, request: &AskRefund, amount: Option<Fen>) -> Result<Vec<Part>, Halt> {
    let refunds = view.refunds(&request.order_id)?.len();
    if (request.refunds_seen).is_some_and(|seen| usize::try_from(seen) != Ok(refunds)) {
        return Err(Code::RefundsChanged.into());
    }
    let drawn = parts(&payable(view, &request.order_id)?, amount)?;
    if (request.parts_seen.as_ref()).is_some_and(|seen| *seen != by_means(&drawn)) {
        return Err(Code::RefundsChanged.into());
    }
    Ok(drawn)
}

const fn said_reason(reason: RefundReason) -> SaidReason {
    match reason {
        RefundReason::Goods => SaidReason::Goods,
        RefundReason::Mistake => SaidReason::Mistake,
        RefundReason::Spoilt => SaidReason::Spoilt,
        RefundReason::Other => SaidReason::Other,
    }
}

/// Which way an amount would go back.
pub(super) fn preview(glance: &Glance<'_>, request: &PreviewRefund) -> Result<RefundPreview, Halt> {
    let sources = payable(glance.view, &request.order_id)?;
    let drawn = parts(&sources, typed(&request.yuan)?)?;
    Ok(RefundPreview {
        left_minor: left_of(&sources)?.minor(),
        amount_minor: drawn.iter().map(|part| part.amount.minor()).sum(),
        parts: by_means(&drawn),
    })
}

/// What goes back by each means, in the order it is drawn: a person reads one line for each, however many tenders
/// of it give.
fn by_means(drawn: &[Part]) -> Vec<RefundPart> {
    let mut parts: Vec<RefundPart> = Vec::new();
    for part in drawn {
        let (means, amount_minor) = (shown_means(part.means), part.amount.minor());
        match parts.iter_mut().find(|sum| sum.means == means) {
            // Never above what is left of the order, whose sum was counted.
            Some(sum) => sum.amount_minor += amount_minor,
            None => parts.push(RefundPart { means, amount_minor }),
        }
    }
    parts
}

/// What can still go back of an order; nothing while it is not paid.
pub(super) fn left_minor(view: View<'_>, order_id: &str) -> Result<i64, Halt> {
    match payable(view, order_id) {
        Ok(sources) => Ok(left_of(&sources)?.minor()),
        Err(Halt::No(_)) => Ok(0),
        Err(halt) => Err(halt),
    }
}

/// A person has looked at a refund as it stands.
pub(super) fn seen(till: &mut Till, request: &NameRefund) -> Result<(), Problem> {
    let number = request.refund_no.parse().unwrap_or(0);
    till.write(|tx| tx.refund_seen(number))
}

/// Decides on late money. To give it back takes a manager's word: it goes out of the shop.
pub(super) fn decide_late(till: &mut Till, request: &DecideLate) -> Result<(), Problem> {
    let number: i64 = request.tender_no.parse().unwrap_or(0);
    let tender = till.read(|glance| Ok(glance.view.tender(number)?))?;
    let tender = tender.ok_or_else(|| Problem::new(Code::TenderNotFound))?;
    let (wish, approved) = match request.wish {
        ShownWish::Accept => (LateWish::Accept, None),
        ShownWish::ReturnNow if tender.late == Some(LateWish::ReturnNow) => return Ok(()),
        ShownWish::ReturnNow => {
            let order_no = tender.order_no.to_string();
            let subject = Fen::new(tender.amount_minor).to_string();
            let ask = Ask {
                action: RETURN_LATE,
                order_no: &order_no,
                subject: Some(&subject),
            };
            let approved = approval::manager(till, request.approval.as_ref(), ask)?;
            (LateWish::ReturnNow, Some(approved))
        }
    };
    till.write(|tx| {
        let by = approved.map(|approved| approved.spend(tx)).transpose()?;
        let requested_by = tx.view().cashier()?;
        tx.decide_late(number, wish, requested_by, by.map(|by| by.approved_by))
    })
}

const fn shown_why(why: RefundWhy) -> ShownWhy {
    match why {
        RefundWhy::Asked(SaidReason::Goods) => ShownWhy::Goods,
        RefundWhy::Asked(SaidReason::Mistake) => ShownWhy::Mistake,
        RefundWhy::Asked(SaidReason::Spoilt) => ShownWhy::Spoilt,
        RefundWhy::Asked(SaidReason::Other) => ShownWhy::Other,
        RefundWhy::Asked(SaidReason::Elsewhere) => ShownWhy::Elsewhere,
        RefundWhy::Duplicate => ShownWhy::Duplicate,
        RefundWhy::Late => ShownWhy::Late,
        RefundWhy::GivenUp => ShownWhy::GivenUp,
        RefundWhy::Superseded => ShownWhy::Superseded,
    }
}

/// What is known of a refund. Time alone never ends one: it only makes somebody look; so does a centre that has forgotten
/// it.
fn phase(refund: &RefundRow, now_ms: i64) -> RefundPhase {
    let is_long = now_ms - refund.asked_at_ms >= UNKNOWN_AFTER_MS || refund.is_forgotten();
    match refund.state {
        RefundState::Success => RefundPhase::Returned,
        RefundState::Fail => RefundPhase::Refused,
        RefundState::Apply if refund.attention => RefundPhase::Held,
        // It has gone out at least once: whether the money moved then is what nobody knows.
        RefundState::Sending if refund.attention => RefundPhase::Unknown,
        RefundState::Apply | RefundState::Sending if is_long => RefundPhase::Unknown,
        RefundState::Apply | RefundState::Sending if refund.told => RefundPhase::Sending,
        RefundState::Apply | RefundState::Sending => RefundPhase::Requested,
    }
}

/// A refund for the screens.
pub(super) fn shown(refund: &RefundRow, now_ms: i64) -> Refund {
    Refund {
        refund_no: refund.refund_no.to_string(),
        means: shown_means(refund.means),
        amount_minor: refund.amount_minor,
        phase: phase(refund, now_ms),
        why: shown_why(refund.why),
        note: refund.note.clone(),
        requested_by: refund.requested_by.clone(),
        approved_by: refund.approved_by.clone(),
        asked_at_ms: refund.asked_at_ms,
        ended_at_ms: refund.ended_at_ms,
    }
}

/// Whether somebody has to look at a refund as it stands.
fn wants_a_look(refund: &RefundRow, now_ms: i64) -> bool {
    let is_matter = match phase(refund, now_ms) {
        RefundPhase::Unknown | RefundPhase::Held | RefundPhase::Refused => true,
        RefundPhase::Requested | RefundPhase::Sending | RefundPhase::Returned => false,
    };
    is_matter && !refund.seen
}

/// Refunds that somebody has to look at: exactly those that the indicator counts.
pub(super) fn to_look_at(glance: &Glance<'_>) -> Result<Vec<RefundToLookAt>, Halt> {
    let refunds = glance.view.refunds_under_way()?;
    let listed = refunds
        .iter()
        .filter(|refund| wants_a_look(refund, glance.now_ms));
    listed
        .map(|refund| {
            let order = glance.view.order(&refund.order_id)?;
            let order = order.ok_or(Halt::from(Code::OrderNotFound))?;
            Ok(RefundToLookAt {
                refund: shown(refund, glance.now_ms),
                order_id: order.order_id,
                short_no: order.short_no.unwrap_or_default(),
            })
        })
        .collect()
}

/// Late money that waits for a person or its time: exactly what the indicator counts.
pub(super) fn late(glance: &Glance<'_>) -> Result<Vec<LateMoney>, Halt> {
    let mut found = Vec::new();
    for tender in glance.view.tenders_with_late_money()? {
        let Some(returns_at_ms) = waits_until_ms(glance.view, &tender)? else {
            continue;
        };
        let order = glance.view.order(&tender.order_id)?;
        let order = order.ok_or(Halt::from(Code::OrderNotFound))?;
        found.push(LateMoney {
            tender_no: tender.tender_no.to_string(),
            short_no: order.short_no.clone().unwrap_or_default(),
            order_state: orders::shown_state(order.state),
            means: shown_means(tender.means),
            amount_minor: tender.amount_minor,
            returns_at_ms,
            can_accept: can_accept(glance.view, &tender)?,
            decided: tender.late.map(|wish| match wish {
                LateWish::Accept => ShownWish::Accept,
                LateWish::ReturnNow => ShownWish::ReturnNow,
            }),
            order_id: order.order_id,
        });
    }
    Ok(found)
}

/// How many refunds and how much late money somebody has to look at.
pub(super) fn count_to_look_at(glance: &Glance<'_>) -> Result<usize, Halt> {
    Ok(to_look_at(glance)?.len() + late(glance)?.len())
}
