//! What an operator does: stores, invitations, merchant accounts, and decisions about money that waits.
//!
//! Every command is audited under the operator's name and runs beside a serving centre.

use suanpan_channels::bill::BillDay;
use suanpan_domain::money::Fen;
use suanpan_domain::tender::Means;
use suanpan_domain::time::ShopTime;
use suanpan_wire::error::ErrorCode;
use suanpan_wire::tender::LateChoice;

use crate::centre::contract::order::{self, Others};
use crate::centre::contract::wish::{LocalKind, LocalWish};
use crate::centre::{enrol, refunds, tender};
use crate::fault::{Outcome, Refusal};
use crate::ledger::Ledger;
use crate::rng::{Rng, readable};
use crate::rows::bill_day::{self, DayState};
use crate::rows::caller::{self, Caller};
use crate::rows::pay_channel::{self, PayChannel};
use crate::rows::store::{self, Store};
use crate::rows::{pay_order, till, trade};
use crate::settings::Settings;

/// Length of a one-time code: 40 bits.
pub const CODE_CHARS: usize = 8;
/// How long it can be used.
pub const CODE_LIFE_MS: i64 = 1_800_000;
/// Last minute of a day.
const CUTOFF_MINUTES_MAX: i64 = 1_439;

fn malformed(what: &str) -> Refusal {
    Refusal::new(ErrorCode::MalformedRequest).with("what", what)
}

/// Adds a store; its id.
///
/// # Errors
/// `malformed_request` for an unknown zone or an empty name; those of the database.
pub fn add_store(
    ledger: &mut Ledger<'_>,
    by: &str,
    name: &str,
    zone: &str,
    cutoff_minutes: i64,
) -> Outcome<i64> {
    if name.trim().is_empty() {
        return Err(malformed("name").into());
    }
    if ShopTime::try_new(zone, 0).is_none() {
        return Err(malformed("zone").into());
    }
    if !(0..=CUTOFF_MINUTES_MAX).contains(&cutoff_minutes) {
        return Err(malformed("cutoff").into());
    }
    let store = Store {
        store_id: ledger.mint()?,
        name: name.trim().to_owned(),
        zone: zone.to_owned(),
        cutoff_minutes,
    };
    let now_ms = ledger.now_ms;
    store::insert(ledger.tx(), &store, now_ms)?;
    ledger.audit(
        by,
        "store_added",
        &format!("store {}: {}", store.store_id, store.name),
    )?;
    Ok(store.store_id)
}

/// Makes a one-time code for a till of a store. Only its hash is kept.
///
/// # Errors
/// `not_found` for an unknown store; those of the database.
pub fn invite_till(ledger: &mut Ledger<'_>, by: &str, rng: &dyn Rng, store_id: i64) -> Outcome<String> {
    store::find(ledger.tx(), store_id)?.ok_or_else(|| Refusal::new(ErrorCode::NotFound))?;
    let code = readable(rng, CODE_CHARS);
    let now_ms = ledger.now_ms;
    let hash = enrol::code_hash(&code);
    store::insert_invite(ledger.tx(), &hash, store_id, now_ms, now_ms + CODE_LIFE_MS)?;
    ledger.audit(by, "till_invited", &format!("store {store_id}"))?;
    Ok(code)
}

/// Takes a till's right to sign away.
///
/// # Errors
/// `not_found` when there is none that has it; those of the database.
pub fn revoke_till(ledger: &mut Ledger<'_>, by: &str, till_id: i64) -> Outcome<()> {
    let now_ms = ledger.now_ms;
    if !till::revoke(ledger.tx(), till_id, now_ms)? {
        return Err(ErrorCode::NotFound.into());
    }
    ledger.audit(by, "till_revoked", &format!("till {till_id}"))?;
    Ok(())
}

/// The number a further merchant account gets; the first of a centre is 1.
///
/// # Errors
/// Those of the database.
pub fn next_channel(ledger: &mut Ledger<'_>) -> Outcome<i64> {
    let all = pay_channel::all(ledger.tx())?;
    Ok(all.last().map_or(1, |channel| channel.enterprise_id + 1))
}

/// Writes a merchant account, in place of one with the same number. Whose account it is stays while trades of it are under
/// way: they are asked about with it, and what they bring is compared with it.
///
/// # Errors
/// `wrong_state` where it would be another account at the platforms for trades that are under way, with what differs; those
/// of the database.
pub fn put_channel(ledger: &mut Ledger<'_>, by: &str, channel: &PayChannel) -> Outcome<()> {
    if let Some(held) = pay_channel::find_locked(ledger.tx(), channel.enterprise_id)? {
        let differs = [
            ("label", held.label != channel.label),
            ("app_id", held.app_id != channel.app_id),
            ("merchant_id", held.merchant_id != channel.merchant_id),
        ];
        if let Some((field, _)) = differs.into_iter().find(|(_, differs)| *differs)
            && trade::is_any_under_way(ledger.tx(), channel.enterprise_id)?
        {
            return Err(Refusal::new(ErrorCode::WrongState).with("field", field).into());
        }
    }
    pay_channel::put(ledger.tx(), channel)?;
    ledger.audit(
        by,
        "channel_put",
        &format!(
            "merchant {} ({} {}), enabled: {}, refunds stopped: {}",
            channel.enterprise_id,
            channel.label,
            channel.merchant_id,
            channel.enabled,
            channel.refunds_stopped
        ),
    )?;
    Ok(())
}

/// Changes one thing of an account.
///
/// # Errors
/// `not_found`, and those of the database.
pub fn change_channel(
    ledger: &mut Ledger<'_>,
    by: &str,
    enterprise_id: i64,
    change: impl Fn(&mut PayChannel),
) -> Outcome<()> {
    let mut channel = pay_channel::find_locked(ledger.tx(), enterprise_id)?
        .ok_or_else(|| Refusal::new(ErrorCode::NotFound))?;
    change(&mut channel);
    put_channel(ledger, by, &channel)
}

/// Lets a merchant collect a means for a store.
///
/// # Errors
/// `not_found` for an unknown store or merchant, `malformed_request` for a means that is no code or another
/// platform's; those of the database.
pub fn offer(
    ledger: &mut Ledger<'_>,
    by: &str,
    store_id: i64,
    means: &str,
    enterprise_id: i64,
) -> Outcome<()> {
    let code_means = Means::from_name(means).filter(|means| *means != Means::Cash);
    let means = code_means.ok_or_else(|| malformed("means"))?.name();
    store::find(ledger.tx(), store_id)?.ok_or_else(|| Refusal::new(ErrorCode::NotFound))?;
    let channel =
        pay_channel::find(ledger.tx(), enterprise_id)?.ok_or_else(|| Refusal::new(ErrorCode::NotFound))?;
    // An account collects its own platform's means and no other.
    if channel.label != means {
        return Err(malformed("means").into());
    }
    store::offer(ledger.tx(), store_id, means, enterprise_id)?;
    ledger.audit(
        by,
        "means_offered",
        &format!("store {store_id}: {means} by merchant {enterprise_id}"),
    )?;
    Ok(())
}

/// Writes a caller, in place of one of the same name.
///
/// # Errors
/// Those of the database.
pub fn put_caller(ledger: &mut Ledger<'_>, by: &str, caller: &Caller) -> Outcome<()> {
    let now_ms = ledger.now_ms;
    caller::put(ledger.tx(), caller, now_ms)?;
    let detail = format!(
        "{}: secret {}, trusts {}",
        caller.product_app_id, caller.secret_ref, caller.trusted
    );
    ledger.audit(by, "caller_put", &detail)?;
    Ok(())
}

/// Lets a caller name a merchant account.
///
/// # Errors
/// `not_found` for an unknown caller or account; those of the database.
pub fn grant(ledger: &mut Ledger<'_>, by: &str, app: &str, enterprise_id: i64) -> Outcome<()> {
    known_caller(ledger, app)?;
    pay_channel::find(ledger.tx(), enterprise_id)?.ok_or_else(|| Refusal::new(ErrorCode::NotFound))?;
    let now_ms = ledger.now_ms;
    caller::grant(ledger.tx(), app, enterprise_id, now_ms)?;
    ledger.audit(by, "caller_granted", &format!("{app}: merchant {enterprise_id}"))?;
    Ok(())
}

/// Takes that back; what is under way goes on.
///
/// # Errors
/// `not_found` when it is not granted; those of the database.
pub fn revoke_grant(ledger: &mut Ledger<'_>, by: &str, app: &str, enterprise_id: i64) -> Outcome<()> {
    let now_ms = ledger.now_ms;
    if !caller::revoke_grant(ledger.tx(), app, enterprise_id, now_ms)? {
        return Err(ErrorCode::NotFound.into());
    }
    ledger.audit(
        by,
        "caller_grant_revoked",
        &format!("{app}: merchant {enterprise_id}"),
    )?;
    Ok(())
}

/// Takes a caller's right away, at once; `put_caller` gives it back.
///
/// # Errors
/// `not_found` for an unknown caller; those of the database.
pub fn revoke_caller(ledger: &mut Ledger<'_>, by: &str, app: &str) -> Outcome<()> {
    let caller = known_caller(ledger, app)?;
    let now_ms = ledger.now_ms;
    let revoked = Caller {
        revoked_at_ms: Some(now_ms),
        ..caller
    };
    caller::put(ledger.tx(), &revoked, now_ms)?;
    ledger.audit(by, "caller_revoked", app)?;
    Ok(())
}

/// A caller's order that is to be settled without a platform.
#[derive(Clone, Copy, Debug)]
pub struct Settlement<'a> {
    /// The caller.
    pub app: &'a str,
    /// Its order.
    pub order_no: i64,
    /// Amount, fen.
    pub amount_minor: i64,
    /// `MD` waived, `GZ` on account.
    pub kind: &'a str,
    /// Why.
    pub memo: &'a str,
}

/// Settles a caller's order without a platform. Codes that are out are asked to close; the money of one that is
/// paid all the same goes back.
///
/// # Errors
/// `not_found` for an unknown caller; `malformed_request`, `amount_invalid`; `already_paid`, `tender_closed`; those
/// of the database.
pub fn settle(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    by: &str,
    settlement: &Settlement<'_>,
) -> Outcome<()> {
    known_caller(ledger, settlement.app)?;
    let amount =
        Fen::positive(settlement.amount_minor).map_err(|_| Refusal::new(ErrorCode::AmountInvalid))?;
    let wish = LocalWish {
        product_app_id: settlement.app.to_owned(),
        order_no: settlement.order_no,
        kind: LocalKind::from_code(settlement.kind).ok_or_else(|| malformed("kind"))?,
        amount,
        memo: settlement.memo.to_owned(),
    };
    order::settle_locally(ledger, settings, by, &wish, Others::Watched)?;
    Ok(())
}

fn known_caller(ledger: &mut Ledger<'_>, app: &str) -> Outcome<Caller> {
    let found = caller::find(ledger.tx(), app)?;
    Ok(found.ok_or_else(|| Refusal::new(ErrorCode::NotFound))?)
}

/// Decides on money that came after a tender or a caller's order was closed.
///
/// # Errors
/// `not_found`, `wrong_state`, and those of the database.
pub fn decide_late(
    ledger: &mut Ledger<'_>,
    by: &str,
    app: &str,
    tender_no: i64,
    choice: LateChoice,
) -> Outcome<()> {
    let mut order = pay_order::find_locked(ledger.tx(), app, tender_no)?
        .ok_or_else(|| Refusal::new(ErrorCode::NotFound))?;
    tender::decide_late(ledger, &mut order, choice)?;
    ledger.audit(by, "late_decided", &format!("{app} {tender_no}: {choice:?}"))?;
    Ok(())
}

/// Gives part or all of a paid trade back. The same key again sends a refund that was refused, or that a person had to
/// see to, again under its number.
///
/// # Errors
/// `not_found`; those of [`refunds::request`].
pub fn refund(
    ledger: &mut Ledger<'_>,
    by: &str,
    trade_no: i64,
    refund_key: &str,
    amount_minor: i64,
) -> Outcome<()> {
    let not_found = || Refusal::new(ErrorCode::NotFound);
    let unlocked = trade::find(ledger.tx(), trade_no)?.ok_or_else(not_found)?;
    pay_order::by_id_locked(ledger.tx(), unlocked.pay_order_id)?;
    let paid = trade::find(ledger.tx(), trade_no)?.ok_or_else(not_found)?;
    let refund_no = refunds::request(ledger, &paid, refund_key, amount_minor)?;
    refunds::send_again(ledger, refund_no)?;
    ledger.audit(
        by,
        "refund_asked",
        &format!("trade {trade_no}: {amount_minor} fen, key {refund_key}"),
    )?;
    Ok(())
}

/// Has a day of an account reconciled now, or once more where it is done.
///
/// # Errors
/// `not_found` for a day that was never opened; those of the database.
pub fn reconcile(ledger: &mut Ledger<'_>, by: &str, enterprise_id: i64, day: BillDay) -> Outcome<()> {
    let found = bill_day::find_locked(ledger.tx(), enterprise_id, day)?;
    let mut row = found.ok_or_else(|| Refusal::new(ErrorCode::NotFound))?;
    if row.state == DayState::Done {
        row.state = DayState::Reading;
        row.position_ms = 0;
        row.position = 0;
        row.done_at_ms = None;
    }
    row.tried = 0;
    row.next_try_at_ms = Some(ledger.now_ms);
    bill_day::save(ledger.tx(), &row)?;
    ledger.audit(by, "reconcile_asked", &format!("merchant {enterprise_id}: {day}"))?;
    Ok(())
}
