//! Callbacks of a platform: verified by the merchant's channel, then applied by the same function as any
//! answer. Acknowledged only once what they say is durable.

use suanpan_channels::{CallbackRequest, Channel, Notice, NoticeRefused, Receipt, alipay};
use suanpan_domain::mutant::{Mutant, on};
use suanpan_domain::platform::{Observation, PlatformState, RefundFact, TradeFact};

use super::apply::{self, Source};
use super::guard::Who;
use super::{Centre, refund_apply};
use crate::db::Db;
use crate::fault::Outcome;
use crate::http::{Headers, Reply};
use crate::ledger::Ledger;
use crate::rows::pay_channel::{self, PayChannel};
use crate::rows::suspense::{self, Suspended, SuspenseKind};
use crate::rows::{refund, trade};
use crate::settings::Settings;

/// Largest body of a callback; real ones are below 8 KiB.
pub const CALLBACK_BYTES_MAX: usize = 64 * 1024;

/// The answer to a notice that is longer than this door takes.
#[must_use]
pub fn too_long(label: &str) -> Reply {
    refused_at_the_door(label, 413, "body too large")
}

/// The answer where our own store or configuration fails: the platform repeats.
#[must_use]
pub fn try_again(label: &str) -> Reply {
    refused_at_the_door(label, 500, "try again")
}

/// No in the words of the platform whose address this is, where there is no channel to ask for them.
fn refused_at_the_door(label: &str, status: u16, message: &str) -> Reply {
    if label == alipay::LABEL {
        return Reply {
            status,
            headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
            body: b"failure".to_vec(),
        };
    }
    let body = format!(r#"{{"code":"FAIL","message":"{message}"}}"#);
    Reply::json(status, body.into_bytes())
}

impl<D: Db> Centre<D> {
    /// Answers `POST /trade/open/notify/wx/{enterpriseId}` and `…/alipay/{enterpriseId}` in the platform's own
    /// words: yes once the fact is durable, 4xx for what can never be right, 500 where a repeat may succeed. An
    /// account's notices are taken at its own platform's address only.
    pub fn callback(
        &self,
        label: &str,
        enterprise_id: &str,
        headers: &Headers,
        body: &[u8],
        now_ms: i64,
    ) -> Reply {
        let channel = enterprise_id.parse().ok().map(|id: i64| (id, self.channel(id)));
        let (enterprise_id, channel) = match channel {
            Some((id, Ok(Some(channel)))) if channel.label() == label => (id, channel),
            Some((_, Err(_))) => return try_again(label),
            Some((_, Ok(_))) | None => return refused_at_the_door(label, 404, "no such merchant"),
        };
        let request = CallbackRequest {
            headers: headers.clone(),
            body: body.to_vec(),
        };
        match channel.notice(&request, now_ms) {
            Ok(notice) => self.apply_notice(enterprise_id, channel.as_ref(), &notice, now_ms),
            Err(refused) => self.refuse_notice(enterprise_id, channel.as_ref(), &refused, now_ms),
        }
    }

    fn apply_notice(&self, enterprise_id: i64, channel: &dyn Channel, notice: &Notice, now_ms: i64) -> Reply {
        let applied = self.commit(now_ms, |ledger| {
            noticed(ledger, &self.settings, enterprise_id, &notice.fact)
        });
        match applied {
            Ok(()) => {
                tracing::info!(enterprise_id, notice = notice.id, "callback applied");
                self.note_lag(&notice.fact, now_ms);
                in_its_words(channel, Receipt::Kept)
            }
            Err(fault) => {
                tracing::error!(enterprise_id, %fault, "callback not stored");
                in_its_words(channel, Receipt::TryAgain)
            }
        }
    }

    fn note_lag(&self, fact: &Observation, now_ms: i64) {
        if let (Some(on_heard), Observation::Trade(trade)) = (&self.on_heard, fact)
            && let Some(paid_at_ms) = trade.paid_at_ms
        {
            on_heard(now_ms - paid_at_ms);
        }
    }

    /// A flood of them is answered all the same, and noted no further.
    fn refuse_notice(
        &self,
        enterprise_id: i64,
        channel: &dyn Channel,
        refused: &NoticeRefused,
        now_ms: i64,
    ) -> Reply {
        let reply = in_its_words(channel, Receipt::Refused(refused));
        if self.guard().count(Who::Forging, now_ms).is_err() {
            return reply;
        }
        tracing::warn!(enterprise_id, %refused, "callback refused");
        let noted = self.commit(now_ms, |ledger| {
            ledger.audit(
                "platform",
                "callback_refused",
                &format!("merchant {enterprise_id}: {refused}"),
            )?;
            Ok(())
        });
        if let Err(fault) = noted {
            tracing::error!(enterprise_id, %fault, "refused callback not noted");
        }
        reply
    }
}

fn in_its_words(channel: &dyn Channel, receipt: Receipt<'_>) -> Reply {
    let said = channel.reply(receipt);
    Reply {
        status: said.status,
        headers: said
            .content_type
            .map(|kind| ("content-type".to_owned(), kind.to_owned()))
            .into_iter()
            .collect(),
        body: said.body,
    }
}

fn noticed(
    ledger: &mut Ledger<'_>,
    settings: &Settings,
    enterprise_id: i64,
    fact: &Observation,
) -> Outcome<()> {
    match fact {
        Observation::Trade(trade) => match trade.trade_no.parse() {
            Ok(trade_no) if is_anothers_trade(ledger, enterprise_id, trade_no)? => {
                if brings_money(trade.state) {
                    anothers_money(ledger, enterprise_id, trade)
                } else {
                    without_money(enterprise_id, trade);
                    Ok(())
                }
            }
            Ok(trade_no) if apply::trade_observed(ledger, settings, trade_no, fact, Source::Callback)? => {
                Ok(())
            }
            Ok(_) | Err(_) if brings_money(trade.state) => unknown_trade(ledger, enterprise_id, trade),
            Ok(_) | Err(_) => {
                without_money(enterprise_id, trade);
                Ok(())
            }
        },
        Observation::Refund(refund) => {
            if refund_is_known(ledger, enterprise_id, refund, fact)? {
                Ok(())
            } else {
                unknown_refund(ledger, enterprise_id, refund)
            }
        }
        // Channels report nothing else by callback.
        Observation::CodeReady { .. }
        | Observation::NotExist
        | Observation::CloseAccepted
        | Observation::AlreadyPaid
        | Observation::NumberUsed
        | Observation::Busy
        | Observation::RefundDeferred { .. }
        | Observation::Refused { .. }
        | Observation::Unknown { .. } => Ok(()),
    }
}

/// Whether a notice that came to one account is about a trade of another merchant: its number is used on both, and
/// what happened at the one says nothing about the other.
fn is_anothers_trade(ledger: &mut Ledger<'_>, enterprise_id: i64, trade_no: i64) -> Outcome<bool> {
    let held = trade::find(ledger.tx(), trade_no)?;
    match held {
        Some(held) => is_another_merchant(ledger, enterprise_id, held.enterprise_id),
        None => Ok(false),
    }
}

/// Two accounts may be of one merchant, whose numbers are one series.
fn is_another_merchant(ledger: &mut Ledger<'_>, told_id: i64, held_id: i64) -> Outcome<bool> {
    if told_id == held_id || on(Mutant::OtherMerchantBelieved) {
        return Ok(false);
    }
    let told = pay_channel::find(ledger.tx(), told_id)?;
    let held = pay_channel::find(ledger.tx(), held_id)?;
    let merchant = |account: PayChannel| (account.label, account.merchant_id);
    Ok(told.map(merchant) != held.map(merchant))
}

fn refund_is_known(
    ledger: &mut Ledger<'_>,
    enterprise_id: i64,
    refund: &RefundFact,
    fact: &Observation,
) -> Outcome<bool> {
    if let Ok(refund_no) = refund.refund_no.parse()
        && let Some(held) = refund::find(ledger.tx(), refund_no)?
        && !is_another_merchant(ledger, enterprise_id, held.enterprise_id)?
    {
        return refund_apply::refund_observed(ledger, refund_no, fact, Source::Callback);
    }
    if let Ok(trade_no) = refund.trade_no.parse()
        && is_anothers_trade(ledger, enterprise_id, trade_no)?
    {
        return Ok(false);
    }
    apply::reversal_told(ledger, &refund.trade_no)
}

/// Money that one merchant has taken under a number that is another merchant's trade here. That trade stays as it is;
/// the money waits for a person, under the account that has it, as the day's bill would put it.
fn anothers_money(ledger: &mut Ledger<'_>, enterprise_id: i64, fact: &TradeFact) -> Outcome<()> {
    let transaction_id = fact.transaction_id.as_deref().unwrap_or("none");
    let amount_minor = fact.amount.map(suanpan_domain::money::Fen::minor);
    suspense::put(
        ledger,
        &Suspended {
            kind: SuspenseKind::Mismatch,
            enterprise_id,
            trade_no: &fact.trade_no,
            reference: format!(
                "{}/{transaction_id}/{}",
                fact.trade_no,
                amount_minor.unwrap_or(-1)
            ),
            amount_minor,
            detail: format!(
                "{:?} at another merchant than the trade of that number, platform number {transaction_id}",
                fact.state
            ),
        },
    )?;
    tracing::error!(
        enterprise_id,
        trade_no = fact.trade_no,
        "money of another merchant is in suspense"
    );
    Ok(())
}

/// Whether a platform that says so has taken money, whatever became of it since. Nothing else of a trade that is not held
/// here is anybody's matter, and would stand before the money under the same number.
const fn brings_money(state: PlatformState) -> bool {
    match state {
        PlatformState::Paid | PlatformState::Refunded | PlatformState::Returned => true,
        PlatformState::NotPaid | PlatformState::Paying | PlatformState::Closed | PlatformState::PayError => {
            false
        }
    }
}

fn without_money(enterprise_id: i64, fact: &TradeFact) {
    let (trade_no, state) = (&fact.trade_no, fact.state);
    tracing::warn!(
        enterprise_id,
        trade_no,
        ?state,
        "news without money for no trade of that account"
    );
}

fn unknown_trade(ledger: &mut Ledger<'_>, enterprise_id: i64, fact: &TradeFact) -> Outcome<()> {
    if on(Mutant::UnknownMoneyDropped) {
        return Ok(());
    }
    let transaction_id = fact.transaction_id.as_deref().unwrap_or("none");
    suspense::put(
        ledger,
        &Suspended {
            kind: SuspenseKind::UnknownTrade,
            enterprise_id,
            trade_no: &fact.trade_no,
            reference: format!("{enterprise_id}/{}/{transaction_id}", fact.trade_no),
            amount_minor: fact.amount.map(suanpan_domain::money::Fen::minor),
            detail: format!("{:?}, platform number {transaction_id}", fact.state),
        },
    )?;
    tracing::error!(
        enterprise_id,
        trade_no = fact.trade_no,
        "money for an unknown trade is in suspense"
    );
    Ok(())
}

fn unknown_refund(ledger: &mut Ledger<'_>, enterprise_id: i64, fact: &RefundFact) -> Outcome<()> {
    suspense::put(
        ledger,
        &Suspended {
            kind: SuspenseKind::UnknownRefund,
            enterprise_id,
            trade_no: &fact.trade_no,
            reference: format!("{enterprise_id}/{}", fact.refund_no),
            amount_minor: fact.amount.map(suanpan_domain::money::Fen::minor),
            detail: format!("{:?}, refund {}", fact.state, fact.refund_no),
        },
    )?;
    Ok(())
}
