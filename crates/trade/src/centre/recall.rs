//! What a centre that was put back to an older copy learns again of code tenders: of settled ones from the
//! tills' journals, of those that are not over from what a till was told of them. The trade is held again
//! under its number, and the platform is asked about it.
//!
//! A till's word alone settles nothing: the tender is paid here once the platform has said so, by the same
//! rules as every other. What cannot be put back without guessing is left to a person, in suspense.

use suanpan_channels::NotifyUrl;
use suanpan_domain::pay_order::PayOrderState;
use suanpan_domain::tender::Means;
use suanpan_domain::trade::{NextCall, TradeState, Way};
use suanpan_wire::PRODUCT_APP_ID;
use suanpan_wire::entry::{Said, TenderSaid};
use suanpan_wire::journal::Entry;
use suanpan_wire::tender::{TOLD_MAX, ToldAttempt};

use super::apply;
use super::tender::ATTEMPT_KEY_CHARS_MAX;
use crate::fault::Outcome;
use crate::ledger::Ledger;
use crate::rows::journal;
use crate::rows::pay_channel::{self, PayChannel};
use crate::rows::pay_order::{self, Burial, PayOrder};
use crate::rows::suspense::{self, Suspended, SuspenseKind};
use crate::rows::till::Till;
use crate::rows::trade::{self, Trade};
use crate::settings::Settings;

/// How far back a tender's own entries are looked for: a code is settled within minutes of its request, and
/// no till writes this much in an hour.
const ENTRIES_BACK_MAX: i64 = 5_000;

/// Longest address of a code: the platforms' are below 100.
const CODE_URL_BYTES_MAX: usize = 512;

/// Longest number of a payment at a platform: they have at most 32 characters.
const TRANSACTION_ID_BYTES_MAX: usize = 64;

/// How far back a told attempt can have been made: a code lives for minutes, and a till that was off hears of its end
/// within a day.
const MADE_BEFORE_MS_MAX: i64 = 86_400_000;

/// A tender as its till has it.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// The tender.
    pub tender_no: i64,
    /// Its order.
    pub order_no: i64,
    /// Its means.
    pub means: Means,
    /// Its amount, fen.
    pub amount_minor: i64,
}

/// What becomes of a tender whose trades are taken up again.
#[derive(Clone, Copy, Debug)]
pub enum Then<'a> {
    /// Its code stays out: the attempt of this key, with these words.
    Collect {
        /// The attempt the till shows.
        attempt_key: &'a str,
        /// What the customer reads.
        description: &'a str,
        /// How it reaches the customer.
        way: Way,
    },
    /// It ends, once the end of each trade is known.
    End,
}

/// A tender that a till says is settled by a trade that is not held here.
struct Lost<'a> {
    tender: &'a TenderSaid,
    claim: Claim,
    trade_no: i64,
}

/// A trade to be held again.
struct Stood<'a> {
    trade_no: i64,
    attempt_key: &'a str,
    description: &'a str,
    way: Way,
    state: TradeState,
    code_url: Option<String>,
    created_at_ms: i64,
    expires_at_ms: i64,
}

/// Takes up the trades of a tender that are not held here, though this centre once answered with them. Says
/// nothing of those that are held. What does not fit is left alone: the till then hears how the tender stands.
///
/// # Errors
/// Those of the database.
pub fn told(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    till: &Till,
    claim: &Claim,
    attempts: &[ToldAttempt],
    then: Then<'_>,
) -> Outcome<()> {
    let lost = not_held(ledger, attempts)?;
    if lost.is_empty() || claim.means == Means::Cash || claim.amount_minor <= 0 {
        return Ok(());
    }
    let Some(channel) = pay_channel::of_store(ledger.tx(), till.store_id, claim.means.name())?
        .filter(|channel| NotifyUrl::try_new(channel.notify_url(&settings.public_url)).is_ok())
    else {
        return Ok(());
    };
    let held = pay_order::find_locked(ledger.tx(), PRODUCT_APP_ID, claim.tender_no)?;
    if held.as_ref().is_some_and(|order| !takes(order, till, claim)) {
        return Ok(());
    }
    let order = match held {
        Some(order) => order,
        None => stand_order(ledger, till, claim, waiting_for(then))?,
    };
    apply::want_closed(ledger, order.pay_order_id)?;
    let collecting = order.state == PayOrderState::NoPay && !order.given_up;
    for (trade_no, attempt) in lost {
        // Its key got another number since: which of the two the platform's money is for, only a person can say.
        if has_key(ledger, &order, &attempt.attempt_key)? {
            continue;
        }
        let stood = stood(trade_no, attempt, then, collecting, settings, ledger.now_ms);
        stand_trade(ledger, settings, &order, &channel, stood)?;
    }
    Ok(())
}

/// Whether an order has an attempt of that key.
fn has_key(ledger: &mut Ledger<'_>, order: &PayOrder, attempt_key: &str) -> Outcome<bool> {
    let trades = trade::of_order(ledger.tx(), order.pay_order_id)?;
    Ok(trades.iter().any(|trade| trade.attempt_key == attempt_key))
}

/// Those that are not held here under their number, and whose number this centre can have given.
fn not_held<'a>(
    ledger: &mut Ledger<'_>,
    attempts: &'a [ToldAttempt],
) -> Outcome<Vec<(i64, &'a ToldAttempt)>> {
    let mut lost = Vec::new();
    for attempt in attempts.iter().take(TOLD_MAX) {
        let Ok(trade_no) = attempt.trade_no.parse::<i64>() else {
            continue;
        };
        let fits = trade_no > 0
            && (1..=ATTEMPT_KEY_CHARS_MAX).contains(&attempt.attempt_key.len())
            && attempt
                .code_url
                .as_ref()
                .is_none_or(|url| url.len() <= CODE_URL_BYTES_MAX);
        if fits && trade::find(ledger.tx(), trade_no)?.is_none() && trade_no < ledger.mint()? {
            lost.push((trade_no, attempt));
        }
    }
    Ok(lost)
}

const fn waiting_for(then: Then<'_>) -> PayOrderState {
    match then {
        Then::Collect { .. } => PayOrderState::NoPay,
        Then::End => PayOrderState::Canceling,
    }
}

fn stood<'a>(
    trade_no: i64,
    attempt: &'a ToldAttempt,
    then: Then<'a>,
    collecting: bool,
    settings: &Settings,
    now_ms: i64,
) -> Stood<'a> {
    let over = Stood {
        trade_no,
        attempt_key: &attempt.attempt_key,
        description: "",
        way: Way::Shown,
        state: TradeState::Closing,
        code_url: None,
        created_at_ms: made_at_ms(attempt, now_ms),
        expires_at_ms: now_ms,
    };
    match then {
        Then::Collect {
            attempt_key,
            description,
            way,
        } if collecting && attempt.attempt_key == attempt_key => {
            let latest_ms = now_ms + settings.life_ms(way);
            Stood {
                description,
                way,
                state: attempt
                    .code_url
                    .as_ref()
                    .map_or(TradeState::PrepayUnknown, |_| TradeState::Awaiting),
                code_url: attempt.code_url.clone(),
                expires_at_ms: attempt.expires_at_ms.unwrap_or(latest_ms).min(latest_ms) / 1_000 * 1_000,
                ..over
            }
        }
        Then::Collect { .. } | Then::End => over,
    }
}

/// When the trade was made, as its till was told. A code is asked for again with what it was asked for with before, and
/// Alipay is told how long it lives.
fn made_at_ms(attempt: &ToldAttempt, now_ms: i64) -> i64 {
    let told_ms = attempt.created_at_ms;
    let can_be = |made_ms: &i64| (now_ms - MADE_BEFORE_MS_MAX..=now_ms).contains(made_ms);
    told_ms.filter(can_be).unwrap_or(now_ms)
}

/// Looks whether the trade that settled a tender is held, and takes it up again where it is not.
///
/// # Errors
/// Those of the database.
pub fn settled(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    till: &Till,
    entry: &Entry,
    tender: &TenderSaid,
) -> Outcome<()> {
    let Some(lost) = read(tender) else { return Ok(()) };
    if trade::find(ledger.tx(), lost.trade_no)?.is_some() {
        return Ok(());
    }
    let held = pay_order::find_locked(ledger.tx(), PRODUCT_APP_ID, lost.claim.tender_no)?;
    let channel = pay_channel::of_store(ledger.tx(), till.store_id, tender.means.name())?
        .filter(|channel| NotifyUrl::try_new(channel.notify_url(&settings.public_url)).is_ok());
    let key = only_attempt(ledger, till, entry, &lost)?;
    let fits = match (&held, &key) {
        (None, _) => true,
        (Some(order), Some(key)) => takes(order, till, &lost.claim) && !has_key(ledger, order, key)?,
        (Some(_), None) => false,
    };
    match (channel, key) {
        (Some(channel), Some(key)) if fits => {
            let order = match held {
                Some(order) => order,
                None => stand_order(ledger, till, &lost.claim, PayOrderState::Canceling)?,
            };
            let stood = Stood {
                trade_no: lost.trade_no,
                attempt_key: &key,
                description: "",
                way: Way::Shown,
                state: TradeState::Closing,
                code_url: None,
                created_at_ms: ledger.now_ms,
                expires_at_ms: ledger.now_ms,
            };
            stand_trade(ledger, settings, &order, &channel, stood)
        }
        (channel, _) => leave_to_a_person(ledger, channel.as_ref(), &lost),
    }
}

/// Nothing for cash, and for what no centre can have said.
fn read(tender: &TenderSaid) -> Option<Lost<'_>> {
    match tender.means {
        Means::Cash => return None,
        Means::WechatPay | Means::AliPay => {}
    }
    let number = |text: &str| text.parse::<i64>().ok().filter(|number| *number > 0);
    Some(Lost {
        tender,
        claim: Claim {
            tender_no: number(&tender.tender_no)?,
            order_no: number(&tender.order_no)?,
            means: tender.means,
            amount_minor: tender.amount_minor,
        },
        trade_no: number(tender.trade_no.as_deref()?)?,
    })
    .filter(|_| tender.amount_minor > 0)
    .filter(|_| {
        let number = tender.transaction_id.as_deref().unwrap_or_default();
        number.len() <= TRANSACTION_ID_BYTES_MAX
    })
}

/// Only an order that still waits takes a trade up: beside a winner, or after its end, the money of a till's
/// settled tender would be sent back as a duplicate or as late.
fn takes(order: &PayOrder, till: &Till, claim: &Claim) -> bool {
    let waits = match order.state {
        PayOrderState::NoPay | PayOrderState::Canceling => true,
        PayOrderState::Canceled
        | PayOrderState::Paid
        | PayOrderState::PartRefunded
        | PayOrderState::Refunded => false,
    };
    waits
        && order.till_id == till.till_id
        && order.amount_minor == claim.amount_minor
        && order.means == claim.means
}

/// The key of the tender's attempt by the till's own journal. Of several nobody can say whose trade it was,
/// and a till holds each trade under its own key.
fn only_attempt(
    ledger: &mut Ledger<'_>,
    till: &Till,
    entry: &Entry,
    lost: &Lost<'_>,
) -> Outcome<Option<String>> {
    let mut keys = Vec::new();
    for payload in journal::attempts_before(ledger.tx(), till.till_id, &entry.mark(), ENTRIES_BACK_MAX)? {
        match Said::from_payload(&payload) {
            Ok(Said::AttemptCommitted {
                tender_no,
                attempt_key,
                ..
            }) if tender_no == lost.tender.tender_no => keys.push(attempt_key),
            Ok(Said::TenderOpened { tender }) if tender.tender_no == lost.tender.tender_no => {
                let is_same = tender.amount_minor == lost.tender.amount_minor && keys.len() == 1;
                return Ok(keys.pop().filter(|_| is_same));
            }
            Ok(_) | Err(_) => {}
        }
    }
    Ok(None)
}

/// One that was closed or given up before its trades were known again waits for their end only.
fn stand_order(
    ledger: &mut Ledger<'_>,
    till: &Till,
    claim: &Claim,
    state: PayOrderState,
) -> Outcome<PayOrder> {
    let buried = pay_order::buried(ledger.tx(), PRODUCT_APP_ID, claim.tender_no, till.till_id)?;
    let order = PayOrder {
        pay_order_id: ledger.mint()?,
        product_app_id: PRODUCT_APP_ID.to_owned(),
        tender_no: claim.tender_no,
        order_no: claim.order_no,
        store_id: till.store_id,
        till_id: till.till_id,
        means: claim.means,
        amount_minor: claim.amount_minor,
        state: if buried.is_some() {
            PayOrderState::Canceling
        } else {
            state
        },
        given_up: buried == Some(Burial::GivenUp),
        winner_trade_no: None,
        version: 0,
        deadline_ms: None,
    };
    let now_ms = ledger.now_ms;
    pay_order::insert(ledger.tx(), &order, now_ms)?;
    Ok(order)
}

/// Asked about at once: nobody here knows what became of it meanwhile.
fn stand_trade(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    order: &PayOrder,
    channel: &PayChannel,
    stood: Stood<'_>,
) -> Outcome<()> {
    let now_ms = ledger.now_ms;
    let notify_url = channel.notify_url(&settings.public_url);
    let mut trade = Trade {
        attempt_key: stood.attempt_key.to_owned(),
        description: stood.description.to_owned(),
        way: stood.way,
        state: stood.state,
        code_url: stood.code_url,
        created_at_ms: stood.created_at_ms,
        expires_at_ms: stood.expires_at_ms,
        ..Trade::blank(stood.trade_no, order, channel, notify_url, now_ms)
    };
    trade.schedule(NextCall::Query { delay_ms: 0 }, now_ms);
    trade::insert(ledger.tx(), &trade)?;
    ledger.touch(order.pay_order_id);
    let detail = format!("trade {} of tender {}", trade.trade_no, order.tender_no);
    ledger.audit("centre", "trade_recalled", &detail)?;
    Ok(())
}

fn leave_to_a_person(ledger: &mut Ledger<'_>, channel: Option<&PayChannel>, lost: &Lost<'_>) -> Outcome<()> {
    // 0 is no merchant's number.
    let enterprise_id = channel.map_or(0, |channel| channel.enterprise_id);
    let transaction_id = lost.tender.transaction_id.as_deref().unwrap_or("none");
    suspense::put(
        ledger,
        &Suspended {
            kind: SuspenseKind::UnknownTrade,
            enterprise_id,
            trade_no: &lost.trade_no.to_string(),
            reference: format!("{enterprise_id}/{}/{transaction_id}", lost.trade_no),
            amount_minor: Some(lost.tender.amount_minor),
            detail: format!(
                "a till's journal says that it settled tender {}, platform number {transaction_id}",
                lost.claim.tender_no
            ),
        },
    )?;
    tracing::error!(
        trade_no = lost.trade_no,
        tender_no = lost.claim.tender_no,
        "a settled tender's trade is not held here"
    );
    Ok(())
}
