//! Drives the core: makes the calls it names, tells it what was seen, and lets long polls wait.
//!
//! The core's own work (a synced commit, an RSA signature) runs on blocking threads.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use suanpan_channels::Lost;
use suanpan_domain::platform::Observation;
use tokio::sync::{Mutex, Notify, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Operation;
use super::bills::Bills;
use super::clock::now_ms;
use super::hand::Hand;
use super::meters::Meters;
use super::relay::Relay;
use super::turns::Turns;
use super::wakes::Wakes;
use crate::caller::{Caller, Errand, Place};
use crate::centre::callback::try_again;
use crate::centre::contract::trouble::Trouble;
use crate::centre::contract::{self, Step};
use crate::centre::{Begun, Centre, PlatformCall, Ticket, WorkId};
use crate::db::AnyDb;
use crate::http::{Reply, Request};

/// How often the job looks for due calls: a second late is felt at the counter, a look costs microseconds.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Calls made for one row before its request is answered: question, close, question, and one to spare.
const CALLS_PER_WORK_MAX: usize = 4;
/// A till's request waits this long for the platform; the calls go on behind the answer. The answer has to be at the
/// till before that waits no longer: a platform that is slow is no centre that is gone.
pub const WORK_PATIENCE: Duration = Duration::from_millis(3_500);
/// Pause between two looks at a call that somebody else is making.
const LOOK_SOON: Duration = Duration::from_millis(30);
/// A waiting long poll looks by itself this often: an operator's command runs in another process.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// The driver.
#[derive(Debug)]
pub struct Driver {
    centre: Arc<Centre<AnyDb>>,
    caller: Arc<Caller>,
    turns: Turns,
    wakes: Arc<Wakes>,
    due: Notify,
    stopping: watch::Sender<bool>,
    calls: Mutex<JoinSet<()>>,
    meters: Arc<Meters>,
    operation: Operation,
    reading: Mutex<()>,
}

impl Driver {
    /// A driver of an open centre.
    #[must_use]
    pub fn new(centre: Centre<AnyDb>, caller: impl Into<Arc<Caller>>, wakes: Arc<Wakes>) -> Self {
        let caller = caller.into();
        Self {
            centre: Arc::new(centre),
            turns: Turns::new(caller.limits().at_once),
            caller,
            wakes,
            due: Notify::new(),
            stopping: watch::Sender::new(false),
            calls: Mutex::new(JoinSet::new()),
            meters: Arc::default(),
            operation: Operation::default(),
            reading: Mutex::default(),
        }
    }

    /// Its core, to look at.
    #[cfg(test)]
    pub(super) fn centre(&self) -> &Centre<AnyDb> {
        &self.centre
    }

    /// The same, operated like this and counting there.
    #[must_use]
    pub fn operated(self, operation: Operation, meters: Arc<Meters>) -> Self {
        Self {
            operation,
            meters,
            ..self
        }
    }

    /// How it is operated.
    #[must_use]
    pub const fn operation(&self) -> &Operation {
        &self.operation
    }

    /// What it counts.
    #[must_use]
    pub fn meters(&self) -> &Meters {
        &self.meters
    }

    /// What it has counted and how the books stand, for Prometheus. One reading at a time: who reads too often waits.
    pub async fn measurements(self: &Arc<Self>) -> Reply {
        let _one = self.reading.lock().await;
        let books = self
            .blocking(|centre| centre.standing(now_ms()))
            .await
            .and_then(|books| {
                books
                    .inspect_err(|fault| tracing::warn!(%fault, "the books cannot be read"))
                    .ok()
            });
        self.meters
            .page(books.as_ref(), &self.caller.open_breakers(), now_ms())
    }

    /// What delivers this centre's events, until the driver is stopped.
    #[must_use]
    pub fn relay(&self) -> Relay {
        Relay::new(self.hand())
    }

    /// What compares the platforms' bills with this centre's books, until the driver is stopped.
    #[must_use]
    pub fn bills(&self) -> Bills {
        Bills::new(self.hand())
    }

    fn hand(&self) -> Hand {
        Hand {
            centre: Arc::clone(&self.centre),
            caller: Arc::clone(&self.caller),
            stopping: self.stopping.subscribe(),
        }
    }

    /// Asks the job and every long poll to end.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
        self.due.notify_one();
    }

    /// Waits for the calls that are under way: each has its own time limit.
    pub async fn finish_calls(&self) {
        let mut calls = self.calls.lock().await;
        while calls.join_next().await.is_some() {}
    }

    /// Whether the centre can do its work.
    pub async fn is_ready(self: &Arc<Self>) -> bool {
        let stopping = *self.stopping.borrow();
        !stopping
            && self
                .blocking(|centre| centre.check().is_ok())
                .await
                .unwrap_or(false)
    }

    /// Answers a request to `/v1/…`.
    pub async fn answer(self: &Arc<Self>, request: Request) -> Reply {
        let begun = self
            .blocking(move |centre| centre.begin(&request, now_ms()))
            .await;
        match begun {
            Some(Begun::Reply(reply)) => {
                self.due.notify_one();
                reply
            }
            Some(Begun::Work(ticket)) => {
                self.work(&ticket.works).await;
                self.finish(ticket).await
            }
            Some(Begun::WaitForChange(ticket)) => {
                self.wait_for_change(&ticket).await;
                self.finish(ticket).await
            }
            None => Reply::empty(500),
        }
    }

    /// Answers a callback.
    pub async fn callback(
        self: &Arc<Self>,
        label: &'static str,
        enterprise_id: String,
        request: Request,
    ) -> Reply {
        let reply = self
            .blocking(move |centre| {
                centre.callback(label, &enterprise_id, &request.headers, &request.body, now_ms())
            })
            .await;
        self.due.notify_one();
        reply.unwrap_or_else(|| try_again(label))
    }

    /// Answers a request of a caller.
    pub async fn contract(self: &Arc<Self>, request: Request, peer: IpAddr) -> Reply {
        let path = request.path_and_query.clone();
        let mut step = self
            .blocking(move |centre| centre.contract_begin(&request, peer, now_ms()))
            .await;
        loop {
            match step {
                Some(Step::Reply(reply)) => {
                    self.due.notify_one();
                    return reply;
                }
                Some(Step::Work(pending)) => {
                    self.work(&pending.works).await;
                    step = self
                        .blocking(move |centre| centre.contract_go_on(pending, now_ms()))
                        .await;
                }
                None => return gave_out(&path),
            }
        }
    }

    /// Answers a caller's request that was turned away unread.
    pub async fn contract_turned_away(
        self: &Arc<Self>,
        request: Request,
        code: suanpan_wire::error::ErrorCode,
    ) -> Reply {
        let path = request.path_and_query.clone();
        let reply = self
            .blocking(move |centre| centre.contract_turned_away(&request, code, now_ms()))
            .await;
        reply.unwrap_or_else(|| gave_out(&path))
    }

    /// Answers a request that was turned away unread.
    pub async fn turned_away(
        self: &Arc<Self>,
        request: Request,
        code: suanpan_wire::error::ErrorCode,
    ) -> Reply {
        let reply = self
            .blocking(move |centre| centre.turned_away(&request, code, now_ms()))
            .await;
        reply.unwrap_or_else(|| Reply::empty(500))
    }

    /// Makes due calls until told to stop.
    pub async fn run_job(self: Arc<Self>) {
        while !*self.stopping.borrow() {
            let room = self.turns.room(&self.caller);
            let look = self.blocking(move |centre| centre.due(now_ms(), &room)).await;
            let look = look.unwrap_or_default();
            for call in look.calls {
                self.spawn(call).await;
            }
            if !look.is_full {
                // Either the time is over or somebody has made a call due.
                let _ = timeout(LOOK_EVERY, self.due.notified()).await;
            }
        }
    }

    /// Begins a claimed call where there is room for it still: a request may have taken the place meanwhile.
    async fn spawn(self: &Arc<Self>, call: PlatformCall) {
        let turn = self.turns.take(call.work);
        let place = turn.and_then(|turn| Some((turn, self.caller.try_place(&Errand::of(&call))?)));
        let Some((turn, place)) = place else {
            self.give_back(call, &Lost::NoPlace).await;
            return;
        };
        let driver = Arc::clone(self);
        let mut calls = self.calls.lock().await;
        while calls.try_join_next().is_some() {}
        calls.spawn(async move {
            driver.make(call, place).await;
            drop(turn);
            driver.due.notify_one();
        });
    }

    /// Makes one claimed call from its place and tells the core what came of it.
    async fn make(self: &Arc<Self>, call: PlatformCall, place: Place) {
        tracing::debug!(work = ?call.work, "asking the platform");
        let begun_ms = now_ms();
        let asked = call.clone();
        let request = self
            .blocking(move |centre| centre.request(&asked, now_ms()))
            .await
            .flatten();
        let outcome = match request {
            Some(request) => {
                let errand = Errand::of(&call);
                self.caller.send_from(place, &errand, request, now_ms).await
            }
            None => Err(Lost::NoChannel),
        };
        if let Err(lost) = &outcome
            && lost.is_unsent()
        {
            self.give_back(call, lost).await;
            return;
        }
        let status = outcome.as_ref().map(|reply| reply.status);
        let kind = call.call.kind();
        self.meters
            .called(call.enterprise_id, kind, status, now_ms() - begun_ms);
        let (trade_no, refund_no) = numbers(call.work);
        tracing::info!(
            trade_no,
            refund_no,
            call = kind,
            status = status.ok(),
            "asked the platform"
        );
        let observed = self
            .blocking(move |centre| {
                let now_ms = now_ms();
                let observation = centre.answer(&call, outcome.as_ref().map_err(Clone::clone), now_ms);
                if let (Observation::Unknown { why }, Ok(_)) = (&observation, &outcome) {
                    // Such as a wrong key of ours, or a new one of the platform: somebody has to see it.
                    tracing::warn!(trade_no, refund_no, call = kind, why, "an answer is not believed");
                }
                centre.observe(&call, &observation, now_ms)
            })
            .await;
        match observed {
            Some(Ok(())) | None => {}
            Some(Err(fault)) => tracing::error!(%fault, "what a call has shown could not be kept"),
        }
    }

    /// Gives the claim on a call back that was certainly not sent.
    async fn give_back(self: &Arc<Self>, call: PlatformCall, why: &Lost) {
        let kind = call.call.kind();
        self.meters.called(call.enterprise_id, kind, Err(why), 0);
        let (trade_no, refund_no) = numbers(call.work);
        tracing::warn!(trade_no, refund_no, call = kind, %why, "the platform is not asked");
        let given = self.blocking(move |centre| centre.unsent(&call, now_ms())).await;
        if let Some(Err(fault)) = given {
            tracing::error!(%fault, "a claim could not be given back");
        }
    }

    /// Makes the calls of some rows, for as long as whoever asks is patient; they go on behind the answer.
    async fn work(self: &Arc<Self>, works: &[WorkId]) {
        let driver = Arc::clone(self);
        let works = works.to_vec();
        let (done, waiting) = tokio::sync::oneshot::channel();
        self.calls.lock().await.spawn(async move {
            for work in works {
                driver.work_on(work).await;
            }
            driver.due.notify_one();
            // Nobody listens any more when the till's patience is over.
            let _ = done.send(());
        });
        let _ = timeout(WORK_PATIENCE, waiting).await;
    }

    /// Makes the due calls of one row; where the job has been quicker, waits for what it sees.
    async fn work_on(self: &Arc<Self>, work: WorkId) {
        let mut made = 0;
        let patience_ends_ms = now_ms() + i64::try_from(WORK_PATIENCE.as_millis()).unwrap_or(0);
        while made < CALLS_PER_WORK_MAX && now_ms() < patience_ends_ms {
            let claimed = self.blocking(move |centre| centre.take(work, now_ms())).await;
            match claimed.flatten() {
                Some(call) => {
                    match self.caller.place(&Errand::of(&call)).await {
                        Ok(place) => self.make(call, place).await,
                        Err(lost) => self.give_back(call, &lost).await,
                    }
                    made += 1;
                }
                None if self.is_in_hand(work).await => tokio::time::sleep(LOOK_SOON).await,
                None => return,
            }
        }
    }

    async fn is_in_hand(self: &Arc<Self>, work: WorkId) -> bool {
        let in_hand = self
            .blocking(move |centre| centre.is_in_hand(work, now_ms()))
            .await;
        in_hand.unwrap_or(false)
    }

    async fn wait_for_change(self: &Arc<Self>, ticket: &Ticket) {
        let bell = self.wakes.bell(ticket.till_id);
        let mut stopping = self.stopping.subscribe();
        while now_ms() < ticket.until_ms && !*stopping.borrow() {
            // Listening begins before looking, so that no change falls between the two.
            let rung = bell.notified();
            tokio::pin!(rung);
            rung.as_mut().enable();
            let asked = ticket.clone();
            if self
                .blocking(move |centre| centre.has_news(&asked))
                .await
                .unwrap_or(true)
            {
                return;
            }
            let left = u64::try_from(ticket.until_ms - now_ms()).unwrap_or(0);
            let wait = Duration::from_millis(left).min(LOOK_AGAIN);
            tokio::select! {
                () = rung => {}
                () = tokio::time::sleep(wait) => {}
                _ = stopping.changed() => return,
            }
        }
    }

    async fn finish(self: &Arc<Self>, ticket: Ticket) -> Reply {
        let reply = self.blocking(move |centre| centre.finish(ticket, now_ms())).await;
        reply.unwrap_or_else(|| Reply::empty(500))
    }

    /// Runs the core on a blocking thread; nothing when it panicked, which is logged by the hook.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Centre<AnyDb>) -> T + Send + 'static,
    ) -> Option<T> {
        let centre = Arc::clone(&self.centre);
        let done = tokio::task::spawn_blocking(move || work(&centre)).await;
        done.inspect_err(|error| tracing::error!(%error, "a fault of the centre"))
            .ok()
    }
}

/// The number of a trade or of a refund, for the log.
const fn numbers(work: WorkId) -> (Option<i64>, Option<i64>) {
    match work {
        WorkId::Trade(trade_no) => (Some(trade_no), None),
        WorkId::Refund(refund_no) => (None, Some(refund_no)),
    }
}

/// A caller's answer when the core has panicked: in its own words also then.
fn gave_out(path: &str) -> Reply {
    contract::trouble::reply(
        &Trouble::Fault("the core has panicked".to_owned()),
        path,
        now_ms(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_till_is_answered_before_it_takes_a_slow_platform_for_a_lost_network() {
        let slack = Duration::from_secs(1);
        let limit = Duration::from_millis(u64::from(suanpan_wire::ANSWER_LIMIT_MS));
        assert!(WORK_PATIENCE + slack < limit);
    }
}
