//! The day after, in virtual time: days are opened and claimed, bills asked for, fetched, read and compared, by every
//! process of the centre through its own functions; bytes are lost, late and doubled, and processes die in between.

use suanpan_channels::bill::{BillAnswer, BillDay};
use suanpan_channels::{HttpReply, HttpRequest, Lost};
use suanpan_sandbox::{CallKind, Platform};
use suanpan_trade::centre::reconcile::{Compared, DayWork, NoBill, Progress, ReadBill};
use suanpan_trade::fault::Fault;
use suanpan_trade::{ledger, office};

use super::happening::{BillErrand, Happening};
use super::operators::HOUR_MS;
use super::{OPENS_AT_MS, World};
use crate::sim::merchant;
use crate::sim::verdict::Broken;

/// When days are opened, from opening on: just after each midnight in China, and before the bills are there.
pub(super) const DAYS_OPEN_MS: [i64; 3] = [15 * HOUR_MS + 300_000, 24 * HOUR_MS, 39 * HOUR_MS + 300_000];
/// When the platforms' bills begin to go wrong, from opening on, and when that ends.
pub(super) const DISTURBED_MS: (i64, i64) = (25 * HOUR_MS - 60_000, 30 * HOUR_MS);
/// When an operator has the first day compared once more, from opening on.
pub(super) const AGAIN_MS: i64 = 34 * HOUR_MS;
/// Days a process works on at once, as the service does.
const DAYS_AT_ONCE_MAX: usize = 4;
/// Most milliseconds between two processes that look for the same day.
const APART_MS_MAX: i64 = 900;
/// How long a bill is waited for, as the service does.
const LIMIT_MS: i64 = 120_000;
/// A process that was stopped for a while hears only then: its claim has run out.
const STOPPED_MS: i64 = 400_000;
/// Per thousand downloads while bills are disturbed: the process is stopped meanwhile.
const STOPPED: u32 = 120;

fn works(fault: &Fault) -> Broken {
    Broken::new("the centre's database works", format!("bills: {fault}"))
}

impl World {
    /// Every process opens the days that are over, as each does by itself.
    pub(super) fn days_open(&mut self) -> Result<(), Broken> {
        for index in self.centre.up() {
            self.centre.serve_by(index);
            if let Some(core) = self.centre.core() {
                core.open_bill_days(self.now_ms).map_err(|fault| works(&fault))?;
            }
        }
        self.bills_plan()
    }

    const fn bills_are_disturbed(&self) -> bool {
        let after_ms = self.now_ms - OPENS_AT_MS;
        DISTURBED_MS.0 <= after_ms && after_ms < DISTURBED_MS.1
    }

    /// The platforms' bills begin to go wrong.
    pub(super) fn bills_go_wrong(&mut self) {
        if self.weather.bill_faults == 0 {
            return;
        }
        for _ in 0..self.bills.rng.below(4) {
            let on = if self.bills.rng.chance(500) {
                CallKind::Bill
            } else {
                CallKind::BillDownload
            };
            let core: &mut Platform = &mut self.platform.core;
            let what = self.switches.throw_on(core, on);
            self.cover.one("switches thrown at the platform's bills");
            self.say("mishap", &what);
        }
    }

    /// An operator has the first day compared once more.
    pub(super) fn bills_again(&mut self) -> Result<(), Broken> {
        let day = BillDay::of(OPENS_AT_MS);
        let db = self.centre.desk().map_err(|error| works(&error.into()))?;
        for (_, enterprise_id) in merchant::OFFERS {
            if self.bills.rng.chance(400) {
                let asked = ledger::commit(&db, self.now_ms, |ledger| {
                    office::reconcile(ledger, "周洁", enterprise_id, day)
                });
                asked.map_err(|fault| works(&fault))?;
                self.cover.one("bills that are compared once more");
            }
        }
        self.bills_plan()
    }

    /// Plans each process's next look at the days.
    pub(super) fn bills_plan(&mut self) -> Result<(), Broken> {
        let Some(due_ms) = self.centre.next_bill_ms()? else {
            return Ok(());
        };
        for index in self.centre.up() {
            let at_ms = due_ms.max(self.now_ms + 1) + self.bills.rng.between(0, APART_MS_MAX);
            let process = &mut self.centre.processes[index];
            if process.bills_at_ms.is_none_or(|planned_ms| at_ms < planned_ms) {
                process.bills_at_ms = Some(at_ms);
                self.agenda.plan(at_ms, Happening::BillsLook(process.life));
            }
        }
        Ok(())
    }

    pub(super) fn bills_look(&mut self, life: u64) -> Result<(), Broken> {
        if !self.centre.serve_by_life(life) || self.centre.process().bills_at_ms != Some(self.now_ms) {
            return Ok(());
        }
        self.centre.process_mut().bills_at_ms = None;
        for _ in 0..DAYS_AT_ONCE_MAX {
            let Some(core) = self.centre.core() else { break };
            let claimed = core.claim_bill_day(self.now_ms).map_err(|fault| works(&fault))?;
            let Some(work) = claimed else { break };
            self.say("bills", &format!("claims {work:?}"));
            if self.dies_over_a_bill() {
                break;
            }
            if work.wants_bill {
                self.asks_for_bill(work)?;
            } else {
                self.checks_day(&work)?;
            }
        }
        self.bill_step_ends()
    }

    fn bill_step_ends(&mut self) -> Result<(), Broken> {
        self.centre_has_news()?;
        self.centre_plans()?;
        self.bills_plan()
    }

    fn asks_for_bill(&mut self, work: DayWork) -> Result<(), Broken> {
        let Some(core) = self.centre.core() else {
            return Ok(());
        };
        let channel = core.channel(work.enterprise_id).map_err(|fault| works(&fault))?;
        let Some(channel) = channel else { return Ok(()) };
        let at = core.signed_at(self.now_ms);
        let request = channel.bills().bill_request(work.day, at);
        self.sends_for_bill(BillErrand { work, link: None }, request);
        Ok(())
    }

    fn sends_for_bill(&mut self, errand: BillErrand, request: HttpRequest) {
        self.bills.errands += 1;
        let (id, life) = (self.bills.errands, self.centre.process().life);
        self.centre.process_mut().errands.insert(id);
        let (mut arrivals, mut limit_ms) = (vec![40], LIMIT_MS);
        if self.bills_are_disturbed() {
            if self.bills.rng.chance(self.weather.bill_faults) {
                self.cover.one("bills that are lost, late or asked for twice");
                let late_ms = self.bills.rng.between(10_000, 2 * LIMIT_MS);
                arrivals = match self.bills.rng.below(3) {
                    0 => Vec::new(),
                    1 => vec![late_ms],
                    _ => vec![40, 90],
                };
            }
            if self.weather.bill_faults > 0 && self.bills.rng.chance(STOPPED) {
                self.cover.one("processes that are stopped over a bill");
                (arrivals, limit_ms) = (vec![STOPPED_MS], 2 * STOPPED_MS);
            }
        }
        for after_ms in arrivals {
            self.plan(
                after_ms,
                Happening::BillAt(life, id, errand.clone(), request.clone()),
            );
        }
        self.plan(limit_ms, Happening::BillFrom(life, id, errand, None));
    }

    pub(super) fn bill_at(&mut self, life: u64, id: u64, errand: BillErrand, request: &HttpRequest) {
        let reaction = self.platform.handle(request, self.now_ms);
        let is_lost = self.bills_are_disturbed() && self.bills.rng.chance(self.weather.bill_faults / 2);
        let reply = reaction.reply.filter(|_| !is_lost);
        let told = reply.as_ref().map(|reply| reply.status);
        self.say("platform", &format!("bill {} -> {told:?}", errand.work.day));
        self.plan(
            reaction.delay_ms + 60,
            Happening::BillFrom(life, id, errand, reply),
        );
    }

    pub(super) fn bill_from(
        &mut self,
        life: u64,
        id: u64,
        errand: BillErrand,
        reply: Option<&HttpReply>,
    ) -> Result<(), Broken> {
        if !self.centre.serve_by_life(life) || !self.centre.process_mut().errands.remove(&id) {
            return Ok(());
        }
        let Some(core) = self.centre.core() else {
            return Ok(());
        };
        let BillErrand { work, link } = errand;
        let channel = core.channel(work.enterprise_id).map_err(|fault| works(&fault))?;
        let Some(channel) = channel else { return Ok(()) };
        let outcome = reply.ok_or(Lost::TimedOut);
        match link {
            None => match channel.bills().bill_answer(outcome, self.now_ms) {
                BillAnswer::Ready(link) => {
                    let fetch = channel.bills().bill_fetch(&link, core.signed_at(self.now_ms));
                    let link = Some(link);
                    self.sends_for_bill(BillErrand { work, link }, fetch);
                    return Ok(());
                }
                BillAnswer::Missing { code } => self.has_no_bill(&work, &NoBill::Missing(code))?,
                BillAnswer::Unknown { why } => self.has_no_bill(&work, &NoBill::Vain(why))?,
            },
            Some(link) => match channel.bills().bill_read(&link, outcome).map(ReadBill::from) {
                Ok(bill) => self.compares(&work, &bill)?,
                Err(problem) => self.has_no_bill(&work, &NoBill::Vain(problem.to_string()))?,
            },
        }
        self.bill_step_ends()
    }

    fn has_no_bill(&mut self, work: &DayWork, why: &NoBill) -> Result<(), Broken> {
        self.say("bills", &format!("{} {why:?}", work.day));
        self.cover.one(match why {
            NoBill::Missing(_) => "bills that are not there",
            NoBill::Vain(_) => "bills that could not be had",
        });
        if self.dies_over_a_bill() {
            return Ok(());
        }
        let Some(core) = self.centre.core() else {
            return Ok(());
        };
        match core
            .no_bill(work, why, self.now_ms)
            .map_err(|fault| works(&fault))?
        {
            Progress::GoOn => self.checks_day(work),
            Progress::Rest => Ok(()),
        }
    }

    fn compares(&mut self, work: &DayWork, bill: &ReadBill) -> Result<(), Broken> {
        loop {
            if self.dies_over_a_bill() {
                return Ok(());
            }
            let Some(core) = self.centre.core() else {
                return Ok(());
            };
            let step = core.compare_bill(work, bill, self.now_ms);
            match step.map_err(|fault| works(&fault))? {
                Compared::More => {}
                Compared::Whole => {
                    self.cover.one("bills compared");
                    return self.checks_day(work);
                }
                Compared::NotOurs => {
                    self.cover.one("bills compared under a claim that had run out");
                    return Ok(());
                }
            }
        }
    }

    fn checks_day(&mut self, work: &DayWork) -> Result<(), Broken> {
        loop {
            if self.dies_over_a_bill() {
                return Ok(());
            }
            let Some(core) = self.centre.core() else {
                return Ok(());
            };
            let step = core.check_bill_day(work, self.now_ms);
            if step.map_err(|fault| works(&fault))? == Progress::Rest {
                return Ok(());
            }
        }
    }

    fn dies_over_a_bill(&mut self) -> bool {
        let serving = self.centre.serving();
        let dies = self.bills_are_disturbed()
            && self.centre.process().is_up()
            && self.bills.rng.chance(self.weather.bill_crash);
        if dies {
            self.cover.one("crashes of the centre over a bill");
            self.kill_centre(serving);
        }
        dies
    }
}

/// What the reconciliation of a world draws its chance from, and the number of its latest errand.
#[derive(Debug)]
pub(crate) struct BillDesk {
    pub(crate) rng: crate::sim::rng::Rng,
    pub(crate) errands: u64,
}

impl BillDesk {
    pub(super) const fn new(rng: crate::sim::rng::Rng) -> Self {
        Self { rng, errands: 0 }
    }
}
