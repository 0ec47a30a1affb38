//! What a centre that was put back to an older copy learns again of settled code tenders from the tills'
//! journals: the trade is held again under its number, and the platform is asked about it.
//!
//! A till's word alone settles nothing: the tender is paid here once the platform has said so, by the same
//! rules as every other. What cannot be put back without guessing is left to a person, in suspense.

use suanpan_channels::NotifyUrl;
use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_domain::tender::Means;
use suanpan_domain::trade::{NextCall, TradeState};
use suanpan_wire::PRODUCT_APP_ID;
use suanpan_wire::entry::{Said, TenderSaid};
use suanpan_wire::journal::Entry;

use crate::fault::Outcome;
use crate::ledger::Ledger;
use crate::rows::journal;
use crate::rows::pay_channel::{self, PayChannel};
use crate::rows::pay_order::{self, Burial, PayOrder};
use crate::rows::suspense::{self, Suspended, SuspenseKind};
use crate::rows::till::Till;
use crate::rows::trade::{self, Lease, Trade};
use crate::settings::Settings;

/// How far back a tender's own entries are looked for: a code is settled within minutes of its request, and
/// no till writes this much in an hour.
const ENTRIES_BACK_MAX: i64 = 5_000;

/// A tender that a till says is settled by a trade that is not held here.
struct Lost<'a> {
    tender: &'a TenderSaid,
    tender_no: i64,
    order_no: i64,
    trade_no: i64,
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
    let held = pay_order::find_locked(ledger.tx(), PRODUCT_APP_ID, lost.tender_no)?;
    let channel = pay_channel::of_store(ledger.tx(), till.store_id, tender.means.name())?
        .filter(|channel| NotifyUrl::try_new(channel.notify_url(&settings.public_url)).is_ok());
    let key = only_attempt(ledger, till, entry, &lost)?;
    match (channel, key) {
        (Some(channel), Some(key)) if held.as_ref().is_none_or(|order| takes(order, till, &lost)) => {
            let order = match held {
                Some(order) => order,
                None => stand_order(ledger, till, &lost)?,
            };
            stand_trade(ledger, settings, &order, &channel, &lost, key)
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
        tender_no: number(&tender.tender_no)?,
        order_no: number(&tender.order_no)?,
        trade_no: number(tender.trade_no.as_deref()?)?,
    })
    .filter(|_| tender.amount_minor > 0)
}

/// Only an order that still waits takes a trade up: beside a winner, or after its end, the money of a till's
/// settled tender would be sent back as a duplicate or as late.
fn takes(order: &PayOrder, till: &Till, lost: &Lost<'_>) -> bool {
    let waits = match order.state {
        PayOrderState::NoPay | PayOrderState::Canceling => true,
        PayOrderState::Canceled
        | PayOrderState::Paid
        | PayOrderState::PartRefunded
        | PayOrderState::Refunded => false,
    };
    waits
        && order.till_id == till.till_id
        && order.amount_minor == lost.tender.amount_minor
        && order.means == lost.tender.means
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

/// The order waits for the end of its one trade, whatever that is.
fn stand_order(ledger: &mut Ledger<'_>, till: &Till, lost: &Lost<'_>) -> Outcome<PayOrder> {
    let buried = pay_order::buried(ledger.tx(), PRODUCT_APP_ID, lost.tender_no, till.till_id)?;
    let order = PayOrder {
        pay_order_id: ledger.mint()?,
        product_app_id: PRODUCT_APP_ID.to_owned(),
        tender_no: lost.tender_no,
        order_no: lost.order_no,
        store_id: till.store_id,
        till_id: till.till_id,
        means: lost.tender.means,
        amount_minor: lost.tender.amount_minor,
        state: PayOrderState::Canceling,
        given_up: buried == Some(Burial::GivenUp),
        winner_trade_no: None,
        version: 0,
    };
    let now_ms = ledger.now_ms;
    pay_order::insert(ledger.tx(), &order, now_ms)?;
    Ok(order)
}

/// Its code is over: what is left is to ask what became of it.
fn stand_trade(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    order: &PayOrder,
    channel: &PayChannel,
    lost: &Lost<'_>,
    attempt_key: String,
) -> Outcome<()> {
    let now_ms = ledger.now_ms;
    let mut trade = Trade {
        trade_no: lost.trade_no,
        pay_order_id: order.pay_order_id,
        attempt_key,
        enterprise_id: channel.enterprise_id,
        app_id: channel.app_id.clone(),
        merchant_id: channel.merchant_id.clone(),
        amount_minor: order.amount_minor,
        description: String::new(),
        notify_url: channel.notify_url(&settings.public_url),
        state: TradeState::Closing,
        disposition: Disposition::None,
        code_url: None,
        created_at_ms: now_ms,
        expires_at_ms: now_ms,
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
                lost.tender_no
            ),
        },
    )?;
    tracing::error!(
        trade_no = lost.trade_no,
        tender_no = lost.tender_no,
        "a settled tender's trade is not held here"
    );
    Ok(())
}
