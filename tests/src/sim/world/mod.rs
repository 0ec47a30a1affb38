//! One world: who is in it, how time passes, when it ends.
//!
//! A run has four parts. The shop is open: cashiers sell, customers pay, faults happen. Closing time:
//! faults stop, what is open is brought to an end. Night: the tills are off and the centre alone follows
//! what is left for two days. Morning: the tills start once more. Then everything must have settled.

mod bills;
mod centre_host;
mod centre_side;
mod clocks;
mod elsewhere;
mod give_back;
mod happening;
mod mishaps;
mod operators;
mod people;
mod platform_side;
mod set_up;
mod shuffled;
mod till_host;
mod till_side;
mod watch;

use std::collections::{BTreeMap, BTreeSet};

use suanpan_domain::mutant::{self, Mutant};
use tempfile::TempDir;

use super::agenda::Agenda;
use super::cashier::Cashier;
use super::cover::Cover;
use super::customer::Customers;
use super::invariants::scene::Memory;
use super::lane::Lane;
use super::operator::Operators;
use super::platform::{PlatformHost, Switches};
use super::rng::Rng;
use super::trace::Trace;
use super::verdict::{Broken, Verdict};
use super::weather::Weather;
use bills::BillDesk;
use centre_host::CentreHost;
use happening::Happening;
use shuffled::Heard;
use till_host::TillHost;

/// 2026-11-21 09:00 in the shop.
pub const OPENS_AT_MS: i64 = 1_795_222_800_000;
/// How long the shop sells and faults happen.
const OPEN_MS: i64 = 9 * 60_000;
/// How long what is open may take to end once faults stopped: a code's life, its grace, late money's
/// delay, and the longest backoffs on the way.
const CLOSING_MS: i64 = 22 * 60_000;
/// How long the centre is alone: the longest watch over a closed trade, and until a day on which nothing was collected is
/// known to have no bill.
const NIGHT_MS: i64 = 56 * 3_600_000;
/// How long the tills have in the morning to hear what happened.
const MORNING_MS: i64 = 5 * 60_000;
/// Happenings between two looks at all invariants.
const LOOK_EVERY: u64 = 40;
/// A run of this many happenings goes in circles.
const HAPPENINGS_MAX: u64 = 400_000;

/// One world.
pub(crate) struct World {
    pub(crate) now_ms: i64,
    pub(crate) agenda: Agenda<Happening>,
    pub(crate) trace: Trace,
    pub(crate) cover: Cover,
    pub(crate) weather: Weather,
    pub(crate) chance: Rng,
    pub(crate) platform: PlatformHost,
    pub(crate) platform_wakes_at_ms: Option<i64>,
    pub(crate) switches: Switches,
    pub(crate) centre: CentreHost,
    pub(crate) platform_lane: Lane,
    /// Whether there is a place for a call.
    pub(crate) places: Rng,
    pub(crate) tills: Vec<TillHost>,
    pub(crate) cashiers: Vec<Cashier>,
    pub(crate) customers: Customers,
    pub(crate) operators: Operators,
    pub(crate) last_wish: Option<give_back::Wish>,
    pub(crate) elsewhere: Rng,
    pub(crate) bills: BillDesk,
    pub(crate) heard: Heard,
    pub(crate) memory: Memory,
    pub(crate) sent: platform_side::Sent,
    /// Refund numbers that went out for each trade.
    pub(crate) refunds_sent: BTreeMap<String, BTreeSet<String>>,
    pub(crate) is_healed: bool,
    pub(crate) is_night: bool,
    pub(crate) happenings: u64,
    _folder: TempDir,
}

/// Runs one seed, with one rule broken from the moment the shop opens.
///
/// # Panics
/// When the world itself cannot be set up: no folder, no database.
#[must_use]
pub fn run(seed: u64, broken_rule: Option<Mutant>, keep_trace: bool) -> Verdict {
    let mut world = set_up::world(seed, keep_trace);
    mutant::arm(broken_rule);
    let broken = world.live().err();
    let now_ms = world.now_ms;
    if let Some(broken) = &broken {
        // Its words may name a folder, and folders differ from run to run.
        world.say("BROKEN", broken.invariant);
    }
    world.cover.many("virtual minutes", minutes(now_ms - OPENS_AT_MS));
    world.cover.many("happenings", world.happenings);
    let (trace_hash, trace) = world.trace.finish();
    Verdict {
        seed,
        broken,
        trace_hash,
        trace,
        cover: world.cover,
    }
}

fn minutes(span_ms: i64) -> u64 {
    u64::try_from(span_ms / 60_000).unwrap_or(0)
}

impl World {
    fn live(&mut self) -> Result<(), Broken> {
        let closes_at_ms = OPENS_AT_MS + OPEN_MS;
        self.until(closes_at_ms)?;
        self.heal();
        self.until(closes_at_ms + CLOSING_MS)?;
        self.night_falls();
        self.until(closes_at_ms + CLOSING_MS + NIGHT_MS)?;
        self.morning_comes();
        self.until(closes_at_ms + CLOSING_MS + NIGHT_MS + MORNING_MS)?;
        self.look_finally()
    }

    fn until(&mut self, until_ms: i64) -> Result<(), Broken> {
        while let Some((at_ms, what)) = self.agenda.next_until(until_ms) {
            self.set_now(at_ms.max(self.now_ms));
            self.happens(what)?;
            self.happenings += 1;
            if self.happenings.is_multiple_of(LOOK_EVERY) {
                self.look()?;
            }
            if self.happenings > HAPPENINGS_MAX {
                return Err(Broken::new("R11 everything settles", "the run goes in circles"));
            }
        }
        self.set_now(until_ms);
        self.look()
    }

    fn set_now(&mut self, now_ms: i64) {
        self.now_ms = now_ms;
        for till in &self.tills {
            till.machine.set_now(now_ms);
        }
    }

    fn happens(&mut self, what: Happening) -> Result<(), Broken> {
        match what {
            Happening::TillWakes(till, life) => self.till_wakes(till, life),
            Happening::TillGivesUpWaiting(way) => self.till_gives_up_waiting(way),
            Happening::TillStarts(till) => self.till_starts(till),
            Happening::CashierLooks(till) => self.cashier_looks(till),
            Happening::AtCentre(way, request) => self.at_centre(way, request),
            Happening::AtTill(way, reply) => self.at_till(way, reply),
            Happening::CentreWakes(life) => self.centre_wakes(life),
            Happening::CentreStarts(index) => self.centre_starts(index),
            Happening::HoldEnds(life, way) => self.hold_ends(life, way),
            Happening::WaitEnds(life, way) => self.wait_ends(life, way),
            Happening::AtPlatform(life, call, request) => self.at_platform(life, call, &request),
            Happening::FromPlatform(life, call, reply) => self.platform_answered(life, call, reply),
            Happening::PlatformWakes => self.platform_wakes(),
            Happening::CallbackArrives(callback) => self.callback_arrives(callback),
            Happening::CallbackAnswered(id, reply) => self.callback_answered(id, &reply),
            Happening::Phone(act, code) => self.phone(act, &code),
            Happening::TypesPassword(code) => self.types_password(&code),
            Happening::ManagerLooks => self.manager_looks(),
            Happening::OperatorsLook => self.operators_look(),
            Happening::AnotherSystem => self.another_system_collects(),
            Happening::DaysOpen => self.days_open(),
            Happening::BillsLook(life) => self.bills_look(life),
            Happening::BillAt(life, id, errand, request) => {
                self.bill_at(life, id, errand, &request);
                Ok(())
            }
            Happening::BillFrom(life, id, errand, reply) => self.bill_from(life, id, errand, reply.as_ref()),
            Happening::BillsGoWrong => {
                self.bills_go_wrong();
                Ok(())
            }
            Happening::BillsAgain => self.bills_again(),
            Happening::Goes(mishap) => self.goes_wrong(mishap),
        }
    }

    pub(crate) fn plan(&mut self, after_ms: i64, what: Happening) {
        self.agenda.plan(self.now_ms + after_ms.max(0), what);
    }

    pub(crate) fn say(&mut self, who: &str, what: &str) {
        self.trace.say(self.now_ms - OPENS_AT_MS, who, what);
    }
}
