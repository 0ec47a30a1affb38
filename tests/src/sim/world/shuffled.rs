//! I5: the same observations in another order, and some of them more than once, end the same.
//!
//! A copy of the centre's file is wound back to where every code had just been asked for. What was observed of each trade
//! in the run is applied to it in a seeded order, with repeats, and at last what the platform answers to one more
//! question; then the same to another copy, in another order. What a person has wanted meanwhile is left out, and so is
//! what tells of money on its way back, because none of that was asked for in the copy.

use std::collections::{BTreeMap, BTreeSet};

use suanpan_channels::{Call, CallbackRequest, SignedAt};
use suanpan_domain::platform::{Observation, PlatformState};
use suanpan_domain::tender::Means;
use suanpan_trade::{Before, Centre, PlatformCall, SqliteDb, WorkId};

use super::World;
use crate::sim::books::centre::{CentreBook, Trade};
use crate::sim::invariants::suspense::TILLS;
use crate::sim::merchant;
use crate::sim::rng::Rng;
use crate::sim::verdict::{Broken, ensure};

/// The copies.
const COPIES: [&str; 2] = ["centre-shuffled-a", "centre-shuffled-b"];
/// Per thousand observations: it comes once more.
const REPEATED: u32 = 400;
/// The last question is answered as often: some states need a second answer.
const LAST_ANSWERS: usize = 3;
/// "There is none" depends on when it was said: it counts as another observation after this long.
const NOT_EXIST_MS: i64 = 60_000;

/// Every code has just been asked for, and nothing has been heard of any.
const WIND_BACK: &str = "
    PRAGMA foreign_keys = OFF;
    DELETE FROM delivery;
    DELETE FROM outbox_event;
    DELETE FROM refund_record;
    DELETE FROM suspense;
    UPDATE trade SET state = 'CREATED', disposition = 'NONE', code_url = NULL, answered_at_ms = NULL, paying = 0,
        transaction_id = NULL, paid_at_ms = NULL, refused_code = NULL, suspense_amount_minor = NULL,
        refund_due_at_ms = NULL, next_call = NULL, next_call_at_ms = NULL, lease_no = 1, lease_until_ms = 0,
        asked = 0, let_go = 0
        WHERE pay_order_id IN (SELECT pay_order_id FROM pay_order WHERE product_app_id = 'suanpan.till');
    UPDATE pay_order SET state = 'NO_PAY', given_up = 0, winner_trade_no = NULL
        WHERE product_app_id = 'suanpan.till';";

/// Something that was heard of a trade.
#[derive(Clone, Debug)]
enum Said {
    Answer(Box<PlatformCall>, Observation),
    Notice {
        label: &'static str,
        enterprise: String,
        bytes: CallbackRequest,
    },
}

/// What was heard in a run, each thing once.
#[derive(Debug)]
pub(crate) struct Heard {
    is_kept: bool,
    rng: Rng,
    said: Vec<(i64, Said)>,
    seen: BTreeSet<String>,
}

/// How the money of a tender has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
struct End {
    winners: usize,
    kept_minor: i64,
    trades: Vec<(&'static str, String)>,
}

/// Whether it tells of money on its way back.
const fn is_of_return(observation: &Observation) -> bool {
    matches!(observation, Observation::Trade(fact)
        if matches!(fact.state, PlatformState::Refunded | PlatformState::Returned))
}

impl Heard {
    pub(super) const fn new(is_kept: bool, rng: Rng) -> Self {
        Self {
            is_kept,
            rng,
            said: Vec::new(),
            seen: BTreeSet::new(),
        }
    }

    /// Keeps the answer to a question about a trade.
    pub(super) fn answer(&mut self, call: &PlatformCall, observation: &Observation, now_ms: i64) {
        let WorkId::Trade(trade_no) = call.work else {
            return;
        };
        if !self.is_kept || is_of_return(observation) {
            return;
        }
        let what = match observation {
            Observation::Unknown { .. } => "unknown".to_owned(),
            Observation::NotExist => format!("none {}", now_ms / NOT_EXIST_MS),
            observation => format!("{observation:?}"),
        };
        if self.seen.insert(format!("{trade_no} {what}")) {
            let call = PlatformCall {
                lease_no: 0,
                ..call.clone()
            };
            let said = Said::Answer(Box::new(call), observation.clone());
            self.said.push((now_ms, said));
        }
    }

    /// Keeps a notice of a payment.
    pub(super) fn notice(
        &mut self,
        label: &'static str,
        enterprise: &str,
        bytes: &CallbackRequest,
        now_ms: i64,
    ) {
        let enterprise_id = enterprise.parse().unwrap_or_default();
        if !self.is_kept {
            return;
        }
        let notice = merchant::channel_of(enterprise_id).notice(bytes, now_ms);
        let Ok(fact @ Observation::Trade(_)) = notice.map(|notice| notice.fact) else {
            return;
        };
        if !is_of_return(&fact) && self.seen.insert(format!("notice {enterprise} {fact:?}")) {
            let said = Said::Notice {
                label,
                enterprise: enterprise.to_owned(),
                bytes: bytes.clone(),
            };
            self.said.push((now_ms, said));
        }
    }

    /// All of it in a drawn order, some of it more than once.
    fn shuffled(&mut self) -> Vec<(i64, Said)> {
        let mut drawn = Vec::new();
        for said in &self.said {
            drawn.push(said.clone());
            if self.rng.chance(REPEATED) {
                drawn.push(said.clone());
            }
        }
        for at in (1..drawn.len()).rev() {
            let other = self.rng.below(u64::try_from(at).unwrap_or(0) + 1);
            drawn.swap(at, usize::try_from(other).unwrap_or(0));
        }
        drawn
    }
}

/// How far a trade is, as its money sees it: what is refused and what is closed has brought none.
fn class(trade: &Trade) -> &'static str {
    match (trade.disposition.as_str(), trade.state.as_str()) {
        ("SUSPENSE", _) => "in suspense",
        (_, "PAID") => "paid",
        (_, "CLOSED" | "FAILED") => "over",
        (_, _) => "open",
    }
}

fn ends(book: &CentreBook) -> BTreeMap<i64, End> {
    let own = book.pay_orders.iter().filter(|order| order.app == TILLS);
    own.map(|order| {
        let won = book
            .trades_of(order.id)
            .filter(|trade| trade.disposition == "WINNER");
        let kept: Vec<i64> = won.map(|trade| trade.amount_minor).collect();
        let mut trades: Vec<_> = book
            .trades_of(order.id)
            .map(|trade| (class(trade), trade.disposition.clone()))
            .collect();
        trades.sort();
        let end = End {
            winners: kept.len(),
            kept_minor: kept.iter().sum(),
            trades,
        };
        (order.id, end)
    })
    .collect()
}

impl World {
    pub(super) fn i5_order_does_not_decide(&mut self, book: &CentreBook) -> Result<(), Broken> {
        if !self.heard.is_kept {
            return Ok(());
        }
        let last = self.last_answers(book);
        let mut ended = Vec::new();
        for name in COPIES {
            let centre = self.centre.branch(name, WIND_BACK, self.now_ms)?;
            let order = self.heard.shuffled();
            self.cover.many(
                "observations applied in another order",
                u64::try_from(order.len()).unwrap_or(0),
            );
            for (at_ms, said) in &order {
                say(&centre, said, *at_ms)?;
            }
            for (call, observation) in last
                .values()
                .flat_map(|last| std::iter::repeat_n(last, LAST_ANSWERS))
            {
                let said = Said::Answer(Box::new(call.clone()), observation.clone());
                say(&centre, &said, self.now_ms)?;
            }
            ended.push(ends(&self.centre.branch_book(name)?));
        }
        // What a reversal has ended is told of in one word whether it was paid before or not.
        let is_reversed = |order: i64| {
            let mut taken = book.trades_of(order).filter(|trade| trade.taken);
            taken.any(|trade| !last.get(&trade.trade_no).is_some_and(|last| is_payment(&last.1)))
        };
        for (order, end) in ended[0].iter().filter(|(order, _)| !is_reversed(**order)) {
            let other = ended[1].get(order);
            ensure(other == Some(end), "I5 order does not decide", || {
                format!("pay order {order} ends as {end:?} or as {other:?}")
            })?;
        }
        Ok(())
    }

    /// What the platform answers about each trade of a till now.
    fn last_answers(&mut self, book: &CentreBook) -> BTreeMap<i64, (PlatformCall, Observation)> {
        let mut last = BTreeMap::new();
        for order in book.pay_orders.iter().filter(|order| order.app == TILLS) {
            for trade in book.trades_of(order.id) {
                let trade_no = trade.trade_no.to_string();
                let call = PlatformCall {
                    work: WorkId::Trade(trade.trade_no),
                    lease_no: 0,
                    enterprise_id: trade.enterprise_id,
                    means: if trade.enterprise_id == merchant::ALIPAY_ID {
                        Means::AliPay
                    } else {
                        Means::WechatPay
                    },
                    call: Call::Query { trade_no },
                    before: Before::default(),
                };
                let channel = merchant::channel_of(trade.enterprise_id);
                let at = SignedAt {
                    now_ms: self.now_ms,
                    nonce: self.heard.rng.text(32),
                };
                let reaction = self
                    .platform
                    .handle(&channel.request(&call.call, at), self.now_ms);
                if let Some(reply) = &reaction.reply {
                    let observation = channel.answer(&call.call, Ok(reply), self.now_ms);
                    last.insert(trade.trade_no, (call, observation));
                }
            }
        }
        last
    }
}

const fn is_payment(observation: &Observation) -> bool {
    matches!(observation, Observation::Trade(fact) if matches!(fact.state, PlatformState::Paid))
}

fn say(centre: &Centre<SqliteDb>, said: &Said, at_ms: i64) -> Result<(), Broken> {
    match said {
        Said::Answer(call, observation) => centre
            .observe(call, observation, at_ms)
            .map_err(|fault| Broken::new("the centre's database works", format!("a copy: {fault}"))),
        Said::Notice {
            label,
            enterprise,
            bytes,
        } => {
            let reply = centre.callback(label, enterprise, &bytes.headers, &bytes.body, at_ms);
            ensure(reply.status < 300, "I5 order does not decide", || {
                format!("a notice that was acknowledged is answered {}", reply.status)
            })
        }
    }
}
