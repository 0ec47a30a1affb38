//! Refunds by the existing contract, which has no key for them: within ten minutes, and for as long as it is under way,
//! the same trade and amount are the same refund. A caller that sends `Idempotency-Key` leaves nothing to be guessed.

use suanpan_domain::money::Fen;
use suanpan_domain::refund::RefundState;

use super::credential::Credential;
use super::order;
use super::trouble::{REFUNDS_PER_TRADE_MAX, Refused, Trouble};
use crate::centre::calls::WorkId;
use crate::centre::{collect, refunds};
use crate::ledger::Ledger;
use crate::rows::pay_order::{self, PayOrder};
use crate::rows::refund::{self, Refund};
use crate::rows::trade::{self, Trade};

/// Header with the caller's own key of a refund.
pub const KEY_HEADER: &str = "Idempotency-Key";
/// Longest key: a UUID with a name before it fits well.
const KEY_CHARS_MAX: usize = 64;
/// How long a request without a key counts as a repeat of an equal one.
const SAME_WITHIN_MS: i64 = 600_000;

/// A refund that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundWish {
    /// The trade.
    pub trade_no: i64,
    /// How much.
    pub amount: Fen,
    /// The caller's key.
    pub key: Option<String>,
}

/// The caller's key, if it sent one.
///
/// # Errors
/// [`Refused::KeyMalformed`].
pub fn key(header: Option<&str>) -> Result<Option<String>, Refused> {
    let Some(key) = header else { return Ok(None) };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    if key.is_empty() || key.len() > KEY_CHARS_MAX || !key.chars().all(plain) {
        return Err(Refused::KeyMalformed);
    }
    Ok(Some(key.to_owned()))
}

/// Asks for a refund, or finds the same one; its number.
///
/// # Errors
/// [`Trouble`].
pub fn refund(
    ledger: &mut Ledger<'_>,
    credential: &Credential,
    wish: &RefundWish,
) -> Result<(i64, Vec<WorkId>), Trouble> {
    let (_, paid) = order::own_locked(ledger, credential, wish.trade_no)?.ok_or(Refused::TradeUnknown)?;
    let drawn = refund::of_trade(ledger.tx(), paid.trade_no)?;
    let refund_key = match &wish.key {
        Some(key) => format!("key:{key}"),
        None => match same(&paid, &drawn, wish, ledger.now_ms) {
            Some(same) => same.refund_key.clone(),
            None => format!("at:{}", ledger.mint()?),
        },
    };
    let is_new = !drawn.iter().any(|other| other.refund_key == refund_key);
    if is_new && drawn.len() >= REFUNDS_PER_TRADE_MAX {
        return Err(Refused::TooManyRefunds.into());
    }
    let refund_no = refunds::request(ledger, &paid, &refund_key, wish.amount.minor())?;
    if is_new {
        let detail = format!(
            "trade {}: {} fen, {refund_key}",
            paid.trade_no,
            wish.amount.minor()
        );
        ledger.audit("caller", "refund_asked", &detail)?;
    }
    Ok((refund_no, vec![WorkId::Refund(refund_no)]))
}

/// The latest equal one that was asked for lately, or whose end is not known yet: callers ask for it again until it is
/// over, which takes a bank days. All of a payment goes back once. A clock that was set back makes it no older.
fn same<'a>(paid: &Trade, drawn: &'a [Refund], wish: &RefundWish, now_ms: i64) -> Option<&'a Refund> {
    let equal = || {
        let newest_first = drawn.iter().rev();
        newest_first.filter(|other| other.amount_minor == wish.amount.minor())
    };
    let is_under_way = |state| match state {
        RefundState::Apply | RefundState::Sending => true,
        RefundState::Success | RefundState::Fail => false,
    };
    let is_all = wish.amount.minor() == paid.amount_minor;
    equal()
        .find(|other| other.created_at_ms > now_ms - SAME_WITHIN_MS)
        .or_else(|| equal().find(|other| is_under_way(other.state)))
        .or_else(|| equal().find(|other| is_all && other.state.is_reserved()))
}

/// A caller's own refund with its trade, locked.
///
/// # Errors
/// [`Refused::RefundUnknown`], and those of the database.
pub fn own_locked(
    ledger: &mut Ledger<'_>,
    credential: &Credential,
    refund_no: i64,
) -> Result<(PayOrder, Trade, Refund), Trouble> {
    let unlocked = refund::find(ledger.tx(), refund_no)?.ok_or(Refused::RefundUnknown)?;
    let order = pay_order::by_id_locked(ledger.tx(), unlocked.pay_order_id)?;
    if !credential.covers(&order.product_app_id) {
        return Err(Refused::RefundUnknown.into());
    }
    let trade = trade::find(ledger.tx(), unlocked.trade_no)?.ok_or(Refused::TradeUnknown)?;
    let refund = refund::find(ledger.tx(), refund_no)?.ok_or(Refused::RefundUnknown)?;
    Ok((order, trade, refund))
}

/// Makes the call due that tells how a refund stands.
///
/// # Errors
/// [`Refused::RefundUnknown`], and those of the database.
pub fn ask(ledger: &mut Ledger<'_>, credential: &Credential, refund_no: i64) -> Result<Vec<WorkId>, Trouble> {
    let (_, _, mut refund) = own_locked(ledger, credential, refund_no)?;
    let asks = collect::ask_refund_now(ledger, &mut refund)?;
    Ok(if asks {
        vec![WorkId::Refund(refund_no)]
    } else {
        Vec::new()
    })
}
