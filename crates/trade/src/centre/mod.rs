//! The centre's core: requests, callbacks and due calls against one database.
//!
//! Synchronous and without input or output of its own: whoever drives it moves bytes, makes the calls it
//! names and tells it what was seen. Time is an argument; randomness and channels are given to it.

pub mod apply;
pub mod aside;
pub mod callback;
pub mod calls;
pub mod codes;
pub mod collect;
pub mod contract;
pub mod decide;
pub mod door;
pub mod due;
pub mod enrol;
pub mod guard;
pub mod inbox;
pub mod news;
pub mod recall;
pub mod reconcile;
mod refund_apply;
pub mod refund_pace;
pub mod refunds;
pub mod route;
pub mod tender;
pub mod unsent;
pub mod watch;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use suanpan_channels::{Channel, HttpReply, HttpRequest, Lost, SignedAt};
use suanpan_domain::platform::Observation;
use suanpan_wire::sign::{SigningKey, fingerprint};

pub use calls::{Before, PlatformCall, WorkId};
pub use contract::OpenSecret;
pub use door::{Begun, Ticket};
pub use due::{Look, Room};

use crate::broadcast::relay::{self, Claimed, Told};
use crate::db::{Db, DbError};
use crate::fault::{Fault, Outcome};
use crate::ledger::{self, Change, Ledger};
use crate::merchants::OpenChannel;
use crate::rng::{self, Rng};
use crate::rows::delivery::{self, Depth};
use crate::rows::standing::{self, Standing};
use crate::rows::subscriber::{Subscriber, Way};
use crate::rows::{outbox, pay_channel, stream};
use crate::settings::Settings;

/// Told after a commit whose stream has grown.
pub type OnChange = Box<dyn Fn(i64) + Send + Sync>;

/// Told how many milliseconds after a payment its callback was stored.
pub type OnHeard = Box<dyn Fn(i64) + Send + Sync>;

/// What a centre is made of.
pub struct CentreParts<D: Db> {
    /// Its database, migrated.
    pub db: D,
    /// Its identity; answers are signed with it.
    pub identity: SigningKey,
    /// Randomness for calls to platforms.
    pub rng: Box<dyn Rng>,
    /// What an operator may set.
    pub settings: Settings,
    /// Makes the channel of a merchant account.
    pub open_channel: OpenChannel,
    /// Reads the secret of a caller.
    pub open_secret: OpenSecret,
}

/// A channel and the version of the row it was made from.
struct OpenedChannel {
    version: i64,
    channel: Arc<dyn Channel>,
}

/// The trade centre.
pub struct Centre<D: Db> {
    db: D,
    identity: SigningKey,
    rng: Box<dyn Rng>,
    settings: Settings,
    open_channel: OpenChannel,
    open_secret: OpenSecret,
    channels: Mutex<BTreeMap<i64, OpenedChannel>>,
    guard: Mutex<guard::Guard>,
    codes: Mutex<codes::Codes>,
    aside: Mutex<aside::Aside>,
    on_change: Option<OnChange>,
    on_heard: Option<OnHeard>,
}

impl<D: Db> std::fmt::Debug for Centre<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Centre")
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

impl<D: Db> Centre<D> {
    /// Opens a centre on its database and begins a generation of its streams.
    ///
    /// # Errors
    /// Those of the database.
    pub fn open(parts: CentreParts<D>, now_ms: i64) -> Outcome<Self> {
        parts.db.begin_generation(now_ms)?;
        let origin = fingerprint(parts.identity.public());
        parts.db.write(|tx| outbox::set_origin(tx, &origin))?;
        Ok(Self {
            guard: Mutex::new(guard::Guard::new(parts.settings.till_requests_max)),
            db: parts.db,
            identity: parts.identity,
            rng: parts.rng,
            settings: parts.settings,
            open_channel: parts.open_channel,
            open_secret: parts.open_secret,
            channels: Mutex::default(),
            codes: Mutex::default(),
            aside: Mutex::default(),
            on_change: None,
            on_heard: None,
        })
    }

    /// Sets who is told after a commit that a till's stream has grown.
    pub fn set_on_change(&mut self, on_change: OnChange) {
        self.on_change = Some(on_change);
    }

    /// Sets who is told how long callbacks take.
    pub fn set_on_heard(&mut self, on_heard: OnHeard) {
        self.on_heard = Some(on_heard);
    }

    /// How things stand in the books, for operators.
    ///
    /// # Errors
    /// Those of the database.
    pub fn standing(&self, now_ms: i64) -> Outcome<Standing> {
        self.db.read(|tx| Ok(standing::now(tx, now_ms)?))
    }

    /// The database, for operators' commands and for looking.
    pub const fn db(&self) -> &D {
        &self.db
    }

    /// Gives the database back: a simulated crash loses everything else.
    pub fn into_db(self) -> D {
        self.db
    }

    /// Fingerprint of the identity key, as printed at enrolment.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint(self.identity.public())
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Those of the database.
    pub fn check(&self) -> Outcome<()> {
        self.db.read(|tx| stream::generation(tx))?;
        Ok(())
    }

    /// Claims the due call of a row; nothing when none is due, or somebody else is at it.
    pub fn take(&self, work: WorkId, now_ms: i64) -> Option<PlatformCall> {
        let code = match work {
            WorkId::Trade(trade_no) => self.codes().take(trade_no).map(|code| (trade_no, code)),
            WorkId::Refund(_) => None,
        };
        let claimed = self.commit(now_ms, |ledger| match &code {
            Some((trade_no, code)) => calls::claim_payment(ledger, *trade_no, code),
            None => calls::claim(ledger, work),
        });
        claimed.unwrap_or_else(|fault| {
            tracing::error!(?work, %fault, "a call could not be claimed");
            None
        })
    }

    /// Whether somebody is making a call for that row right now, whose answer is worth waiting for.
    #[must_use]
    pub fn is_in_hand(&self, work: WorkId, now_ms: i64) -> bool {
        let lease = self.db.read(|tx| calls::lease_of(tx, work));
        lease.ok().flatten().is_some_and(|lease| lease.is_held(now_ms))
    }

    /// Applies what a call has shown. When this fails the call is due again once its claim has run out.
    ///
    /// # Errors
    /// Those of the database.
    pub fn observe(&self, call: &PlatformCall, observation: &Observation, now_ms: i64) -> Outcome<()> {
        let source = apply::Source::Call {
            lease_no: call.lease_no,
        };
        self.commit(now_ms, |ledger| {
            let known = match call.work {
                WorkId::Trade(trade_no) => {
                    apply::trade_observed(ledger, &self.settings, trade_no, observation, source)?
                }
                WorkId::Refund(refund_no) => {
                    refund_apply::refund_observed(ledger, refund_no, observation, source)?
                }
            };
            if !known {
                tracing::error!(work = ?call.work, "an answer is about nothing that is held");
            }
            Ok(())
        })
    }

    /// Puts back what a claim has written, because its call was certainly not sent: nothing left this process. When this
    /// fails the call counts as sent, and is due again once its claim has run out.
    ///
    /// # Errors
    /// Those of the database.
    pub fn unsent(&self, call: &PlatformCall, now_ms: i64) -> Outcome<()> {
        self.commit(now_ms, |ledger| unsent::put_back(ledger, call))
    }

    /// With what a call to a platform is signed now.
    #[must_use]
    pub fn signed_at(&self, now_ms: i64) -> SignedAt {
        rng::signed_at(self.rng.as_ref(), now_ms)
    }

    /// The bytes of a call; nothing when the merchant's keys are not to be had: it is then not sent.
    #[must_use]
    pub fn request(&self, call: &PlatformCall, now_ms: i64) -> Option<HttpRequest> {
        let channel = self.channel(call.enterprise_id).ok().flatten()?;
        Some(channel.request(&call.call, self.signed_at(now_ms)))
    }

    /// What the outcome of a call means.
    #[must_use]
    pub fn answer(&self, call: &PlatformCall, outcome: Result<&HttpReply, Lost>, now_ms: i64) -> Observation {
        match self.channel(call.enterprise_id) {
            Ok(Some(channel)) => channel.answer(&call.call, outcome, now_ms),
            Ok(None) | Err(_) => Observation::Unknown {
                why: "the merchant's channel cannot be opened".to_owned(),
            },
        }
    }

    /// The channel of a merchant account, opened again whenever its row has changed.
    ///
    /// # Errors
    /// Those of the database; an account whose keys cannot be read counts as absent and is logged.
    pub fn channel(&self, enterprise_id: i64) -> Outcome<Option<Arc<dyn Channel>>> {
        let Some(row) = self.db.read(|tx| pay_channel::find(tx, enterprise_id))? else {
            return Ok(None);
        };
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(opened) = channels.get(&enterprise_id)
            && opened.version == row.version
        {
            return Ok(Some(Arc::clone(&opened.channel)));
        }
        match (self.open_channel)(&row) {
            Ok(channel) => {
                let opened = OpenedChannel {
                    version: row.version,
                    channel: Arc::clone(&channel),
                };
                channels.insert(enterprise_id, opened);
                Ok(Some(channel))
            }
            Err(error) => {
                tracing::error!(enterprise_id, %error, "a merchant's keys cannot be used");
                Ok(None)
            }
        }
    }

    /// Claims what is due for the listening subscribers of a way, at most `limit` each.
    ///
    /// # Errors
    /// Those of the database.
    pub fn claim_deliveries(
        &self,
        way: Way,
        now_ms: i64,
        limit: &dyn Fn(i64) -> usize,
    ) -> Outcome<Vec<Claimed>> {
        let due = self.db.read(|tx| {
            let mut due = Vec::new();
            for subscriber in relay::subscribers(tx, way)? {
                let events = relay::due(tx, &subscriber, now_ms, limit(subscriber.subscriber_id))?;
                if !events.is_empty() {
                    due.push((subscriber, events));
                }
            }
            Ok::<_, Fault>(due)
        })?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        self.commit(now_ms, |ledger| relay::claim(ledger, &due))
    }

    /// Subscribers of a way, paused ones too.
    ///
    /// # Errors
    /// Those of the database.
    pub fn subscribers(&self, way: Way) -> Outcome<Vec<Subscriber>> {
        self.db.read(|tx| relay::subscribers(tx, way))
    }

    /// Notes what became of tries to deliver.
    ///
    /// # Errors
    /// Those of the database.
    pub fn settle_deliveries(&self, tries: &[(Claimed, Told)], now_ms: i64) -> Outcome<()> {
        self.commit(now_ms, |ledger| relay::settle(ledger, tries))
    }

    /// How much waits for each subscriber, and since when: what is worth an alarm when it grows.
    ///
    /// # Errors
    /// Those of the database.
    pub fn deliveries_waiting(&self) -> Outcome<Vec<(Subscriber, Depth)>> {
        self.db.read(|tx| Ok(delivery::depths(tx)?))
    }

    /// Runs a command in a write transaction, and tells whose stream has grown once it is committed.
    ///
    /// # Errors
    /// Those of the command and the database.
    pub fn commit<T>(&self, now_ms: i64, command: impl FnMut(&mut Ledger<'_>) -> Outcome<T>) -> Outcome<T> {
        self.commit_as(now_ms, command)
    }

    /// The same for commands that fail in words of their own.
    ///
    /// # Errors
    /// Those of the command and the database.
    pub fn commit_as<T, E: From<DbError> + From<Fault>>(
        &self,
        now_ms: i64,
        command: impl FnMut(&mut Ledger<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let committed = ledger::commit_as(&self.db, now_ms, command)?;
        committed.changes.iter().for_each(log_change);
        if let Some(on_change) = &self.on_change {
            committed.tills.iter().for_each(|till_id| on_change(*till_id));
        }
        Ok(committed.answer)
    }

    fn codes(&self) -> MutexGuard<'_, codes::Codes> {
        self.codes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn guard(&self) -> MutexGuard<'_, guard::Guard> {
        self.guard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One line for each tender that has changed, with the numbers by which it is known to tills, callers and platforms.
fn log_change(change: &Change) {
    let order = &change.order;
    let trades: Vec<String> = change
        .trades
        .iter()
        .map(|(trade_no, state)| format!("{trade_no} {}", state.name()))
        .collect();
    tracing::info!(
        order_no = order.order_no,
        tender_no = order.tender_no,
        state = order.state.name(),
        winner_trade_no = order.winner_trade_no,
        trades = trades.join(", "),
        "tender changed"
    );
}
