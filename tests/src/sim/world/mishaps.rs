//! What goes wrong at planned moments, and the end of it.

use std::collections::BTreeSet;

use super::World;
use super::bills::{AGAIN_MS, DAYS_OPEN_MS, DISTURBED_MS};
use super::happening::{Happening, Mishap};
use super::{OPEN_MS, OPENS_AT_MS};
use crate::sim::verdict::Broken;

/// How long a till may be without network, at most.
const CUT_MS_MAX: i64 = 240_000;
/// A year: what a wall clock jumps when its battery is new or empty.
const YEAR_MS: i64 = 365 * 86_400_000;
/// How long a program that died stays down.
const DOWN_MS: (i64, i64) = (200, 20_000);

impl World {
    /// Plans the faults of this seed's weather.
    pub(super) fn plan_mishaps(&mut self) {
        let weather = self.weather;
        for _ in 0..weather.cuts {
            let till = self.some_till();
            let at_ms = self.some_moment(0, OPEN_MS - 60_000);
            self.agenda.plan(at_ms, Happening::Goes(Mishap::CutsOff(till)));
            let after_ms = self.chance.between(5_000, CUT_MS_MAX);
            self.agenda
                .plan(at_ms + after_ms, Happening::Goes(Mishap::Reconnects(till)));
        }
        for _ in 0..weather.clock_jumps {
            let till = self.some_till();
            let at_ms = self.some_moment(0, OPEN_MS);
            let back_ms = -self.chance.between(1_000, 7_200_000);
            let by_ms = if self.chance.chance(400) { YEAR_MS } else { back_ms };
            self.agenda
                .plan(at_ms, Happening::Goes(Mishap::ClockJumps(till, by_ms)));
        }
        for _ in 0..weather.platform_switches {
            let at_ms = self.some_moment(0, OPEN_MS - 60_000);
            self.agenda.plan(at_ms, Happening::Goes(Mishap::Switch));
        }
        if weather.centre_restored {
            self.plan_copy(Mishap::CopiesCentre, Mishap::RestoresCentre);
        }
        if weather.till_restored {
            let till = self.some_till();
            self.plan_copy(Mishap::CopiesTill(till), Mishap::RestoresTill(till));
        }
        if weather.centre_crash > 0 {
            let at_ms = self.some_moment(0, OPEN_MS);
            self.agenda.plan(at_ms, Happening::Goes(Mishap::KillsCentre));
        }
        if weather.till_crash > 0 {
            let (till, at_ms) = (self.some_till(), self.some_moment(0, OPEN_MS));
            self.agenda.plan(at_ms, Happening::Goes(Mishap::KillsTill(till)));
        }
    }

    /// Plans what other systems and operators do, and when bills are there.
    pub(super) fn plan_desks(&mut self) {
        let weather = self.weather;
        for _ in 0..weather.elsewhere {
            let at_ms = OPENS_AT_MS + self.elsewhere.between(20_000, OPEN_MS - 10_000);
            self.agenda.plan(at_ms, Happening::AnotherSystem);
        }
        if weather.operators > 0 {
            self.plan(50_000, Happening::OperatorsLook);
        }
        for after_ms in DAYS_OPEN_MS {
            self.plan(after_ms, Happening::DaysOpen);
        }
        self.plan(DISTURBED_MS.0, Happening::BillsGoWrong);
        self.plan(AGAIN_MS, Happening::BillsAgain);
    }

    fn some_till(&mut self) -> usize {
        let tills = u64::try_from(self.tills.len()).unwrap_or(1);
        usize::try_from(self.chance.below(tills)).unwrap_or(0)
    }

    fn some_moment(&mut self, from_ms: i64, to_ms: i64) -> i64 {
        OPENS_AT_MS + self.chance.between(from_ms, to_ms)
    }

    fn plan_copy(&mut self, copies: Mishap, restores: Mishap) {
        let at_ms = self.some_moment(40_000, OPEN_MS - 200_000);
        let later_ms = self.chance.between(20_000, 170_000);
        self.agenda.plan(at_ms, Happening::Goes(copies));
        self.agenda.plan(at_ms + later_ms, Happening::Goes(restores));
    }

    pub(super) fn goes_wrong(&mut self, mishap: Mishap) -> Result<(), Broken> {
        if self.is_healed {
            return Ok(());
        }
        self.say("mishap", &format!("{mishap:?}"));
        match mishap {
            Mishap::CutsOff(till) => {
                self.cover.one("network cuts of a till");
                self.tills[till].lane.cut(true);
            }
            Mishap::Reconnects(till) => self.tills[till].reconnect(),
            Mishap::ClockJumps(till, by_ms) => {
                self.cover.one(if by_ms > 0 {
                    "wall clocks a year ahead"
                } else {
                    "wall clocks set back"
                });
                self.tills[till].machine.jump(by_ms);
            }
            Mishap::Switch => {
                let what = self.switches.throw(&mut self.platform.core);
                self.cover.one("switches thrown at the platform");
                self.say("mishap", &what);
            }
            Mishap::CopiesCentre => self.centre.copy(),
            Mishap::RestoresCentre => self.restore_centre()?,
            Mishap::CopiesTill(till) => self.tills[till].copy(),
            Mishap::RestoresTill(till) => self.restore_till(till)?,
            Mishap::KillsCentre => {
                self.cover.one("crashes of the centre between happenings");
                self.kill_centres();
            }
            Mishap::KillsTill(till) => {
                self.cover.one("crashes of a till between happenings");
                self.kill_till(till);
            }
        }
        Ok(())
    }

    /// Whether a till dies at this point, by this seed's weather.
    pub(crate) fn till_dies_here(&mut self, till: usize, where_: &'static str) -> bool {
        let permille = if self.is_healed {
            0
        } else {
            self.weather.till_crash
        };
        let dies = self.tills[till].is_up() && self.chance.chance(permille);
        if dies {
            self.cover.one(where_);
            self.kill_till(till);
        }
        dies
    }

    /// Whether the centre dies at this point, by this seed's weather.
    pub(crate) fn centre_dies_here(&mut self, where_: &'static str) -> bool {
        let permille = if self.is_healed {
            0
        } else {
            self.weather.centre_crash
        };
        let serving = self.centre.serving();
        let dies = self.centre.process().is_up() && self.chance.chance(permille);
        if dies {
            self.cover.one(where_);
            if self.centre.up().len() > 1 {
                self.cover.one("crashes of a centre while another goes on");
            }
            self.kill_centre(serving);
        }
        dies
    }

    fn kill_till(&mut self, till: usize) {
        self.say(&format!("till {till}"), "dies");
        self.tills[till].die();
        let down_ms = self.chance.between(DOWN_MS.0, DOWN_MS.1);
        self.plan(down_ms, Happening::TillStarts(till));
    }

    /// The machine is gone, with every process on it.
    fn kill_centres(&mut self) {
        for index in self.centre.up() {
            self.kill_centre(index);
        }
    }

    pub(super) fn kill_centre(&mut self, index: usize) {
        self.say(&format!("centre {index}"), "dies");
        self.centre.die(index);
        let down_ms = self.chance.between(DOWN_MS.0, DOWN_MS.1);
        self.plan(down_ms, Happening::CentreStarts(index));
    }

    fn restore_centre(&mut self) -> Result<(), Broken> {
        self.look()?;
        self.kill_centres();
        if self.centre.restore() {
            self.cover.one("restores of the centre's file");
            let book = self.centre.book()?;
            self.memory.centre_went_back(&book);
            // Whoever decides anew about money whose refund went with the lost file asks under the same number, so that
            // it goes back once, and gives a reason of their own.
            let held: BTreeSet<String> = book
                .refunds
                .iter()
                .map(|refund| refund.refund_no.to_string())
                .collect();
            self.sent
                .retain(|(kind, number), _| *kind != "refund" || held.contains(number));
        }
        Ok(())
    }

    fn restore_till(&mut self, till: usize) -> Result<(), Broken> {
        self.look()?;
        if self.tills[till].is_up() {
            self.kill_till(till);
        }
        if self.tills[till].restore() {
            self.cover.one("restores of a till's file");
            let book = self.tills[till].book()?;
            self.memory.till_went_back(till, &book);
            // Nobody puts a copy in place within the seconds for which a message can be under way.
            self.tills[till].heard_since_life = self.tills[till].life;
        }
        Ok(())
    }

    /// From now on nothing goes wrong any more.
    pub(super) fn heal(&mut self) {
        self.say("world", "faults stop");
        self.is_healed = true;
        self.platform.heal(self.now_ms);
        self.platform_lane.heal();
        for till in &mut self.tills {
            till.lane.heal();
            till.reconnect();
        }
    }

    /// The tills are switched off.
    pub(super) fn night_falls(&mut self) {
        self.say("world", "night");
        self.is_night = true;
        for till in &mut self.tills {
            till.die();
        }
    }

    /// The tills are switched on.
    pub(super) fn morning_comes(&mut self) {
        self.say("world", "morning");
        self.is_night = false;
        for till in 0..self.tills.len() {
            self.plan(0, Happening::TillStarts(till));
        }
    }
}
