//! The centre's driver in virtual time: requests in, calls out, answers back, held requests released.

use std::collections::BTreeSet;

use suanpan_channels::{Call, HttpReply, Lost};
use suanpan_domain::platform::Observation;
use suanpan_trade::centre::Begun;
use suanpan_trade::service::driver::WORK_PATIENCE;
use suanpan_trade::{PlatformCall, Reply, Request, Room, WorkId};

use super::World;
use super::centre_host::Waiting;
use super::happening::{Callback, Happening, Way};
use super::platform_side::mark_of;
use super::watch::wire;
use crate::sim::books::till::Entry as TillEntry;
use crate::sim::lane::Back;
use crate::sim::verdict::{Broken, ensure};

/// Most calls of each kind claimed at one look.
const CALLS_MAX: usize = 16;
/// Most milliseconds between two processes that look for the same work.
const APART_MS_MAX: i64 = 4;
/// Most entries per batch when a journal is replayed.
const REPLAYED_AT_ONCE: usize = 50;

impl World {
    pub(super) fn centre_starts(&mut self, index: usize) -> Result<(), Broken> {
        if self.centre.processes[index].is_up() {
            return Ok(());
        }
        self.centre.start(index, self.now_ms)?;
        self.say(&format!("centre {index}"), "starts");
        self.centre_plans()?;
        self.bills_plan()
    }

    /// Plans the next look of each driver at what is due.
    pub(crate) fn centre_plans(&mut self) -> Result<(), Broken> {
        let up = self.centre.up();
        if up.is_empty() {
            return Ok(());
        }
        let Some(due_ms) = self.centre.next_due_ms()? else {
            return Ok(());
        };
        let due_ms = due_ms.max(self.now_ms + 1);
        for index in up.iter().copied() {
            // Several look in any order, and never at the very same time.
            let after_ms = if up.len() > 1 {
                self.chance.between(0, APART_MS_MAX)
            } else {
                0
            };
            let at_ms = due_ms + after_ms;
            let process = &mut self.centre.processes[index];
            if process.wakes_at_ms.is_none_or(|planned_ms| at_ms < planned_ms) {
                process.wakes_at_ms = Some(at_ms);
                self.agenda.plan(at_ms, Happening::CentreWakes(process.life));
            }
        }
        Ok(())
    }

    pub(super) fn centre_wakes(&mut self, life: u64) -> Result<(), Broken> {
        // An earlier wake-up may have been planned since, and this one again after it.
        if !self.centre.serve_by_life(life) || self.centre.process().wakes_at_ms != Some(self.now_ms) {
            return Ok(());
        }
        self.centre.process_mut().wakes_at_ms = None;
        let Some(core) = self.centre.core() else {
            return Ok(());
        };
        let look = core.due(self.now_ms, &Room::of(CALLS_MAX));
        self.centre_calls(look.calls)?;
        self.centre_has_news()?;
        self.centre_plans()
    }

    /// Claimed calls go out one by one; the centre may die between any two.
    fn centre_calls(&mut self, calls: Vec<PlatformCall>) -> Result<(), Broken> {
        for call in calls {
            if self.centre_dies_here("crashes of the centre between claim and call") {
                return Ok(());
            }
            let has_place = self.is_healed || !self.places.chance(self.weather.not_sent);
            let Some(core) = self.centre.core() else {
                return Ok(());
            };
            match core.request(&call, self.now_ms).filter(|_| has_place) {
                Some(request) => {
                    self.one_call_at_a_time(&call)?;
                    let out = &mut self.centre.process_mut().calls;
                    out.insert((call.work, call.lease_no));
                    self.send_to_platform(call, request)?;
                }
                None => self.not_sent(&call)?,
            }
        }
        Ok(())
    }

    /// What was claimed is certainly not sent, and the claim given back.
    fn not_sent(&mut self, call: &PlatformCall) -> Result<(), Broken> {
        self.say("centre", &format!("{:?} is not sent", call.work));
        self.cover.one(match call.call {
            Call::PayByCode(_) => "charges that are certainly not sent",
            Call::Refund(_) => "refunds that are certainly not sent",
            Call::Prepay(_)
            | Call::Query { .. }
            | Call::Close { .. }
            | Call::Reverse { .. }
            | Call::QueryRefund { .. } => "other calls that are certainly not sent",
        });
        let Some(core) = self.centre.core() else {
            return Ok(());
        };
        core.unsent(call, self.now_ms)
            .map_err(|fault| Broken::new("the centre's database works", fault.to_string()))
    }

    /// Whoever has claimed a row is alone with it until the answer came or nobody waits for it any more.
    fn one_call_at_a_time(&self, call: &PlatformCall) -> Result<(), Broken> {
        let mut out = self.centre.processes.iter().flat_map(|process| &process.calls);
        let is_alone = out.all(|(work, _)| *work != call.work);
        ensure(is_alone, "one call at a time", || {
            format!("{:?} is called for again while its call is out", call.work)
        })
    }

    fn observed(&mut self, call: &PlatformCall, observation: &Observation) -> Result<(), Broken> {
        let Some(core) = self.centre.core() else {
            return Ok(());
        };
        core.observe(call, observation, self.now_ms)
            .map_err(|fault| Broken::new("the centre's database works", fault.to_string()))
    }

    pub(super) fn platform_answered(
        &mut self,
        life: u64,
        call: PlatformCall,
        reply: Option<HttpReply>,
    ) -> Result<(), Broken> {
        if !self.centre.serve_by_life(life) {
            return Ok(());
        }
        let out = &mut self.centre.process_mut().calls;
        if !out.remove(&(call.work, call.lease_no)) {
            return Ok(());
        }
        let Some(core) = self.centre.core() else {
            return Ok(());
        };
        let observation = match &reply {
            Some(reply) => core.answer(&call, Ok(reply), self.now_ms),
            None => core.answer(&call, Err(Lost::TimedOut), self.now_ms),
        };
        self.say("centre", &format!("{:?} observes {observation:?}", call.work));
        self.observed(&call, &observation)?;
        self.heard.answer(&call, &observation, self.now_ms);
        self.cover.one(match &observation {
            Observation::Unknown { .. } => "observations: unknown",
            Observation::Refused { .. } => "observations: refused",
            Observation::NotExist => "observations: not exist",
            Observation::AlreadyPaid => "observations: already paid",
            Observation::Busy => "observations: customer is paying",
            Observation::CloseAccepted => "observations: close accepted",
            Observation::NumberUsed => "observations: number used",
            Observation::CodeReady { .. } => "observations: code",
            Observation::Trade(_) => "observations: trade",
            Observation::Refund(_) | Observation::RefundDeferred { .. } => "observations: refund",
        });
        if self.centre_dies_here("crashes of the centre after an observation") {
            return Ok(());
        }
        self.work_ended(call.work)?;
        self.centre_has_news()?;
        self.centre_plans()
    }

    /// Requests that waited for this call at the process that made it are answered.
    fn work_ended(&mut self, work: WorkId) -> Result<(), Broken> {
        let ready: Vec<Way> = self
            .centre
            .process_mut()
            .waiting
            .iter_mut()
            .filter_map(|(way, waiting)| {
                waiting.works.remove(&work);
                waiting.works.is_empty().then_some(*way)
            })
            .collect();
        ready.into_iter().try_for_each(|way| self.finish(way))
    }

    fn finish(&mut self, way: Way) -> Result<(), Broken> {
        let process = self.centre.process_mut();
        let waited = process.waiting.remove(&way).map(|waiting| waiting.ticket);
        let ticket = waited.or_else(|| process.holds.remove(&way));
        if let (Some(ticket), Some(core)) = (ticket, self.centre.core()) {
            let reply = core.finish(ticket, self.now_ms);
            self.reply_to(way, reply);
        }
        Ok(())
    }

    /// Held requests of tills with news are answered, by whichever process holds them.
    pub(crate) fn centre_has_news(&mut self) -> Result<(), Broken> {
        let tills = self.centre.take_news();
        if tills.is_empty() {
            return Ok(());
        }
        for index in self.centre.up() {
            self.centre.serve_by(index);
            let process = self.centre.process();
            let Some(core) = process.core() else { continue };
            let ready: Vec<Way> = process
                .holds
                .iter()
                .filter(|(_, ticket)| tills.contains(&ticket.till_id) && core.has_news(ticket))
                .map(|(way, _)| *way)
                .collect();
            ready.into_iter().try_for_each(|way| self.finish(way))?;
        }
        Ok(())
    }

    pub(super) fn hold_ends(&mut self, life: u64, way: Way) -> Result<(), Broken> {
        if self.centre.serve_by_life(life) && self.centre.process().holds.contains_key(&way) {
            self.finish(way)?;
        }
        Ok(())
    }

    pub(super) fn wait_ends(&mut self, life: u64, way: Way) -> Result<(), Broken> {
        if self.centre.serve_by_life(life) && self.centre.process().waiting.contains_key(&way) {
            self.finish(way)?;
        }
        Ok(())
    }

    pub(super) fn at_centre(&mut self, way: Way, request: Request) -> Result<(), Broken> {
        if way.life < self.tills[way.till].heard_since_life {
            return Ok(());
        }
        let before = self.centre.process().life;
        self.centre.serve_by_any();
        if before != self.centre.process().life {
            self.cover
                .one("requests that another centre takes than served before");
        }
        let Some(core) = self.centre.core() else {
            self.plan(5, Happening::AtTill(way, None));
            return Ok(());
        };
        let begun = core.begin(&request, self.now_ms);
        self.say(
            "centre",
            &format!(
                "till {} {} {} {}",
                way.till,
                request.method,
                request.path_and_query,
                mark_of(&request.body)
            ),
        );
        if self.centre_dies_here("crashes of the centre after a request, before its answer") {
            self.plan(5, Happening::AtTill(way, None));
            return Ok(());
        }
        match begun {
            Begun::Reply(reply) => self.reply_to(way, reply),
            Begun::Work(ticket) => {
                let mut claimed = Vec::new();
                if let Some(core) = self.centre.core() {
                    claimed.extend(
                        ticket
                            .works
                            .iter()
                            .filter_map(|work| core.take(*work, self.now_ms)),
                    );
                }
                self.centre_calls(claimed)?;
                let process = self.centre.process_mut();
                let life = process.life;
                let is_out = |work: &WorkId| process.calls.iter().any(|(out, _)| out == work);
                let works: BTreeSet<WorkId> = ticket.works.iter().copied().filter(is_out).collect();
                let is_over = works.is_empty();
                process.waiting.insert(way, Waiting { ticket, works });
                self.plan(patience_ms(), Happening::WaitEnds(life, way));
                if is_over {
                    self.finish(way)?;
                }
            }
            Begun::WaitForChange(ticket) => {
                let (life, wait_ms) = (self.centre.process().life, ticket.until_ms - self.now_ms);
                self.centre.process_mut().holds.insert(way, ticket);
                self.plan(wait_ms, Happening::HoldEnds(life, way));
            }
        }
        self.centre_has_news()?;
        self.centre_plans()
    }

    /// An answer goes on its way to a till.
    fn reply_to(&mut self, way: Way, reply: Reply) {
        self.say(
            "centre",
            &format!(
                "answers till {}: {} {}",
                way.till,
                reply.status,
                mark_of(&reply.body)
            ),
        );
        match self.tills[way.till].lane.back() {
            Back::Arrives(after_ms) => self.plan(after_ms, Happening::AtTill(way, Some(reply))),
            Back::Rewritten(after_ms) => {
                self.cover.one("centre answers that are rewritten on the way");
                self.plan(after_ms, Happening::AtTill(way, Some(rewritten(reply))));
            }
            Back::Lost => self.cover.one("centre answers that are lost"),
        }
    }

    /// I11 and I16: a callback that is acknowledged is durable; one that cannot be believed changes
    /// nothing.
    pub(super) fn callback_arrives(&mut self, callback: Callback) -> Result<(), Broken> {
        if !self.centre.serve_by_any() {
            return Ok(());
        }
        let mut path = callback.path.rsplit('/').map(str::to_owned);
        let (enterprise, platform) = (path.next().unwrap_or_default(), path.next());
        let label = if platform.as_deref() == Some("alipay") {
            suanpan_channels::alipay::LABEL
        } else {
            suanpan_channels::wechat::LABEL
        };
        let before = if callback.is_spoilt {
            Some(self.centre.dump()?)
        } else {
            None
        };
        let Some(core) = self.centre.core() else {
            return Ok(());
        };
        let reply = core.callback(
            label,
            &enterprise,
            &callback.bytes.headers,
            &callback.bytes.body,
            self.now_ms,
        );
        self.say(
            "centre",
            &format!("callback {:?} -> {}", callback.id, reply.status),
        );
        if let Some(before) = before {
            self.cover.one("callbacks that must not be believed");
            let after = self.centre.dump()?;
            ensure(
                before == after && reply.status >= 400,
                "I16 forged callbacks change nothing",
                || format!("answered {}", reply.status),
            )?;
        } else if reply.status < 300 {
            self.heard
                .notice(label, &enterprise, &callback.bytes, self.now_ms);
            self.i11_acknowledged_is_durable(&callback)?;
        }
        if self.centre_dies_here("crashes of the centre after a callback, before its answer") {
            return Ok(());
        }
        self.answer_callback(callback.id, &reply);
        self.centre_has_news()?;
        self.centre_plans()
    }

    fn i11_acknowledged_is_durable(&mut self, callback: &Callback) -> Result<(), Broken> {
        let views = self.platform.core.callbacks();
        let id = callback.id.map(|id| id.to_string());
        let Some(view) = views.into_iter().find(|view| Some(&view.id) == id.as_ref()) else {
            return Ok(());
        };
        let is_refund = view.event.starts_with("REFUND");
        let is_payment = matches!(
            view.event,
            "TRANSACTION.SUCCESS" | "TRADE_SUCCESS" | "TRADE_FINISHED"
        );
        if !is_refund && !is_payment {
            return Ok(());
        }
        let durable = self.centre.holds_fact(&view.out_trade_no, is_refund)?;
        ensure(durable, "I11 an acknowledged callback is durable", || {
            format!("{} of {}", view.event, view.out_trade_no)
        })
    }

    /// Sends a till's whole journal to the centre once more, past the network.
    pub(super) fn replay(&mut self, till: usize, entries: &[TillEntry]) -> Result<(), Broken> {
        let mut rest = entries;
        self.centre.serve_by_any();
        while let Some(first) = rest.first() {
            let same = rest
                .iter()
                .take(REPLAYED_AT_ONCE)
                .take_while(|entry| entry.epoch == first.epoch)
                .count();
            let (batch, later) = rest.split_at(same);
            let batch: Vec<_> = batch.iter().map(wire).collect();
            let request = self.tills[till].batch_request(batch, self.now_ms);
            if let (Some(request), Some(core)) = (request, self.centre.core()) {
                core.begin(&request, self.now_ms);
            }
            rest = later;
        }
        Ok(())
    }

    /// A request that a person makes through a till's key, past the network; whether it was granted.
    pub(super) fn ask_directly(&mut self, till: usize, path: &str, body: Vec<u8>) -> bool {
        let request = self.tills[till].direct_request("POST", path, body, self.now_ms);
        self.centre.serve_by_any();
        let (Some(request), Some(core)) = (request, self.centre.core()) else {
            return false;
        };
        match core.begin(&request, self.now_ms) {
            Begun::Reply(reply) => reply.status < 300,
            Begun::Work(_) | Begun::WaitForChange(_) => true,
        }
    }
}

/// How long a till's request waits for the platform, as the service lets it.
fn patience_ms() -> i64 {
    i64::try_from(WORK_PATIENCE.as_millis()).unwrap_or(i64::MAX)
}

/// What a proxy makes of an answer of the centre.
fn rewritten(mut reply: Reply) -> Reply {
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    let swapped = text
        .replace("\"NO_PAY\"", "\"PAID\"")
        .replace("\"AWAITING\"", "\"PAID\"");
    if swapped == text {
        reply = Reply::json(200, b"<html>please log in</html>".to_vec());
    } else {
        reply.body = swapped.into_bytes();
    }
    reply
}
