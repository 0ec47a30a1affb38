//! A till's driver in virtual time: what its sync wants goes out, what comes back is handed to it. The
//! till may die between any two of these steps.

use suanpan_till::commands::sync::{Happening as Told, Todo};
use suanpan_till::host::Host;
use suanpan_till::link::Stamp;
use suanpan_till::link::sign::RawAnswer;
use suanpan_till::sync::{LinkFault, Outgoing};
use suanpan_trade::{Reply, Request};
use suanpan_wire::sign::SIGNATURE_HEADER;

use super::World;
use super::happening::{Happening, Way};
use super::platform_side::mark_of;
use super::till_host::Flight;
use crate::sim::books::till::Tender;
use crate::sim::verdict::{Broken, ensure};

/// How long after its limit a call that brought nothing is told to have timed out.
const SLACK_MS: i64 = 50;

impl World {
    pub(super) fn till_starts(&mut self, till: usize) -> Result<(), Broken> {
        if self.tills[till].is_up() || self.is_night {
            return Ok(());
        }
        let before = self.waiting(till)?;
        self.tills[till].start()?;
        self.say(&format!("till {till}"), "starts");
        let after = self.waiting(till)?;
        ensure(before == after, "R1 what waits outlives a start", || {
            format!("till {till}: {before:?} waited before it, {after:?} after")
        })?;
        self.till_is_told(till, Told::Changed)
    }

    /// Tenders whose end a till does not know.
    fn waiting(&mut self, till: usize) -> Result<Vec<i64>, Broken> {
        let book = self.tills[till].book()?;
        let waits = |tender: &&Tender| matches!(tender.state.as_str(), "LIVE" | "CLOSING");
        Ok(book
            .tenders
            .iter()
            .filter(waits)
            .map(|tender| tender.tender_no)
            .collect())
    }

    /// Something was committed at a till.
    pub(crate) fn till_looks(&mut self, till: usize) -> Result<(), Broken> {
        self.till_is_told(till, Told::Changed)
    }

    fn till_is_told(&mut self, till: usize, told: Told) -> Result<(), Broken> {
        let host = &mut self.tills[till];
        let Some((core, sync)) = &mut host.running else {
            return Ok(());
        };
        for todo in sync.step(core, told) {
            if !self.tills[till].is_up() {
                return Ok(());
            }
            self.till_does(till, todo);
        }
        Ok(())
    }

    fn till_does(&mut self, till: usize, todo: Todo) {
        match todo {
            Todo::Send {
                call_id,
                outgoing,
                stamp,
            } => {
                if !self.till_dies_here(till, "crashes of a till after a commit, before its send") {
                    self.till_sends(till, call_id, outgoing, stamp);
                }
            }
            Todo::WakeAt(monotonic_ms) => {
                let host = &mut self.tills[till];
                let wait_ms = (monotonic_ms - host.machine.now().monotonic_ms).max(1);
                let (at_ms, life) = (self.now_ms + wait_ms, host.life);
                host.wakes_at_ms = Some(at_ms);
                self.agenda.plan(at_ms, Happening::TillWakes(till, life));
            }
        }
    }

    fn till_sends(&mut self, till: usize, call_id: u64, outgoing: Outgoing, stamp: Stamp) {
        let words = format!(
            "asks {} {} {}",
            outgoing.method,
            outgoing.path,
            mark_of(&outgoing.body)
        );
        self.say(&format!("till {till}"), &words);
        let host = &mut self.tills[till];
        let headers = host.signer.headers(&outgoing, &stamp);
        let request = Request {
            method: outgoing.method.to_owned(),
            path_and_query: outgoing.path.clone(),
            headers: headers.map(|(name, value)| (name.to_owned(), value)).to_vec(),
            body: outgoing.body.clone(),
        };
        let way = Way {
            till,
            life: host.life,
            call_id,
        };
        let limit_ms = i64::from(outgoing.call.time_limit_ms());
        host.flights.insert(call_id, Flight { outgoing, stamp });
        let arrivals = host.lane.there();
        match arrivals.len() {
            0 => self.cover.one("requests of a till that are lost"),
            1 => {}
            _ => self.cover.one("requests of a till that arrive twice"),
        }
        for after_ms in arrivals {
            self.plan(after_ms, Happening::AtCentre(way, request.clone()));
        }
        self.plan(limit_ms + SLACK_MS, Happening::TillGivesUpWaiting(way));
    }

    /// The flight of an answer, if this life of the till still waits for it.
    fn landed(&mut self, way: Way) -> Option<Flight> {
        let host = &mut self.tills[way.till];
        if host.life != way.life || !host.is_up() {
            return None;
        }
        host.flights.remove(&way.call_id)
    }

    pub(super) fn at_till(&mut self, way: Way, reply: Option<Reply>) -> Result<(), Broken> {
        let Some(flight) = self.landed(way) else {
            return Ok(());
        };
        let result = match &reply {
            None => Err(LinkFault::Unreachable),
            Some(reply) => self.tills[way.till]
                .signer
                .judge(&flight.outgoing, &flight.stamp, &raw(reply)),
        };
        if let Err(fault) = &result {
            self.say(&format!("till {}", way.till), &format!("hears {fault:?}"));
            self.cover.one(match fault {
                LinkFault::Unreachable => "answers: unreachable",
                LinkFault::TimedOut => "answers: timed out",
                LinkFault::Unverified => "answers: not the centre's",
                LinkFault::StaleClock { .. } => "answers: stale clock",
                LinkFault::Refused { .. } => "answers: refused",
                LinkFault::NotSaved => "answers: not saved",
            });
        }
        if self.till_dies_here(way.till, "crashes of a till with an answer in its hand") {
            return Ok(());
        }
        let call_id = way.call_id;
        self.till_is_told(way.till, Told::Ended { call_id, result })
    }

    pub(super) fn till_gives_up_waiting(&mut self, way: Way) -> Result<(), Broken> {
        if self.landed(way).is_none() {
            return Ok(());
        }
        self.cover.one("answers: timed out");
        let (call_id, result) = (way.call_id, Err(LinkFault::TimedOut));
        self.till_is_told(way.till, Told::Ended { call_id, result })
    }

    pub(super) fn till_wakes(&mut self, till: usize, life: u64) -> Result<(), Broken> {
        let host = &self.tills[till];
        if host.life != life || host.wakes_at_ms != Some(self.now_ms) {
            return Ok(());
        }
        self.till_is_told(till, Told::Ticked)
    }
}

fn raw(reply: &Reply) -> RawAnswer<'_> {
    let header = |wanted: &str| {
        let found = reply
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.as_str())
    };
    RawAnswer {
        status: reply.status,
        body: &reply.body,
        signature: header(SIGNATURE_HEADER).unwrap_or_default(),
        retry_after_s: header("retry-after").and_then(|text| text.parse().ok()),
    }
}
