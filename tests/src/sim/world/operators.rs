//! Operators beside the serving centre: they list what is in suspense and decide on it, on the centre's file and
//! through the very functions of the `ops` commands, twice, wrongly, from old lists, and while programs die.

use suanpan_trade::centre::decide::{Decision, decide};
use suanpan_trade::fault::{Fault, Outcome};
use suanpan_trade::rows::suspense::{self, SuspenseKind, SuspenseRow};
use suanpan_trade::{DbError, Settings, SqliteDb, ledger, office};
use suanpan_wire::PRODUCT_APP_ID;
use suanpan_wire::tender::LateChoice;

use super::happening::Happening;
use super::set_up::CENTRE_ADDRESS;
use super::{CLOSING_MS, OPEN_MS, OPENS_AT_MS, World};
use crate::sim::books::centre::{CentreBook, Trade};
use crate::sim::invariants::suspense::{TILLS, why_wrong};
use crate::sim::operator::{Press, Read, What};
use crate::sim::verdict::{Broken, ensure};

/// Who presses.
pub(super) const NAMES: [&str; 2] = ["赵敏", "孙强"];
/// Between two looks while the shop is open.
const LOOKS_EVERY_MS: (i64, i64) = (30_000, 90_000);
/// Looks of the days after, from opening on: before the first bill, after it, and the day after.
const LATER_LOOKS_MS: [i64; 4] = [2 * HOUR_MS, 27 * HOUR_MS, 29 * HOUR_MS, 36 * HOUR_MS];
pub(super) const HOUR_MS: i64 = 3_600_000;
/// Per thousand presses: two people have read the same list.
const TWO_AT_ONCE: u32 = 250;
/// Per thousand presses: the command is ended before its commit.
const DIES: u32 = 80;

pub(super) fn fault(error: &dyn std::fmt::Display) -> Broken {
    Broken::new("the centre's database works", format!("operator: {error}"))
}

fn decision(what: What) -> Decision<'static> {
    match what {
        What::Attach { tender_no } => Decision::Attach {
            app: PRODUCT_APP_ID,
            tender_no,
        },
        What::Refund { amount_minor } => Decision::Refund { amount_minor },
        What::Accept => Decision::Accept,
    }
}

fn read(row: &SuspenseRow) -> Read {
    Read {
        suspense_id: row.suspense_id,
        amount_minor: row.amount_minor,
        is_unknown: row.kind == SuspenseKind::UnknownTrade,
    }
}

/// Tenders that an operator would look for, with their amounts.
fn tenders(book: &CentreBook) -> Vec<(i64, i64)> {
    let own = book.pay_orders.iter().filter(|order| order.app == TILLS);
    own.map(|order| (order.tender_no, order.amount_minor)).collect()
}

impl World {
    pub(super) fn operators_look(&mut self) -> Result<(), Broken> {
        if let Some(at_ms) = self.next_look_ms() {
            self.agenda.plan(at_ms, Happening::OperatorsLook);
        }
        let permille = self.weather.operators;
        if !self.operators.chance().chance(permille) {
            return Ok(());
        }
        let db = self.centre.desk().map_err(|error| fault(&error))?;
        let listed = self.reads_the_list(&db)?;
        let book = self.centre.book()?;
        let hands = if self.operators.chance().chance(TWO_AT_ONCE) {
            2
        } else {
            1
        };
        // Both have read the list before either presses.
        let tenders = tenders(&book);
        let presses: Vec<Option<Press>> = (0..hands)
            .map(|_| self.operators.press(&listed, &tenders))
            .collect();
        for (press, who) in presses.into_iter().zip(NAMES) {
            if let Some(press) = press {
                self.operator_presses(&db, who, press)?;
            }
        }
        self.operator_gives_back(&db)?;
        self.operator_decides_late(&db, &book)?;
        self.centre_has_news()?;
        self.centre_plans()
    }

    /// What an operator reads, without what went with an older copy of the file: of that the tills are asked first.
    fn reads_the_list(&mut self, db: &SqliteDb) -> Result<Vec<Read>, Broken> {
        let listed = ledger::commit(db, self.now_ms, |ledger| Ok(suspense::open(ledger.tx())?));
        let mut listed = listed.map_err(|error| fault(&error))?.answer;
        let lost = &self.memory.lost_trades;
        listed.retain(|row| {
            row.trade_no
                .parse()
                .map_or(true, |number: i64| !lost.contains(&number))
        });
        if !listed.is_empty() {
            self.cover.one("lists of suspense that are read");
        }
        Ok(listed.iter().map(read).collect())
    }

    fn next_look_ms(&mut self) -> Option<i64> {
        if self.now_ms < OPENS_AT_MS + OPEN_MS + CLOSING_MS {
            let after_ms = self
                .operators
                .chance()
                .between(LOOKS_EVERY_MS.0, LOOKS_EVERY_MS.1);
            return Some(self.now_ms + after_ms);
        }
        let mut later = LATER_LOOKS_MS.iter().map(|after_ms| OPENS_AT_MS + after_ms);
        later.find(|at_ms| *at_ms > self.now_ms)
    }

    /// A wrong press is refused and writes nothing; one that is cut short has not happened.
    fn operator_presses(&mut self, db: &SqliteDb, who: &str, press: Press) -> Result<(), Broken> {
        let book = self.centre.book()?;
        let wrong = why_wrong(&book, press);
        let is_again = book
            .suspense
            .iter()
            .any(|row| row.id == press.suspense_id && row.decided.is_some());
        let before = self.centre.dump_with_audit()?;
        let dies = !self.is_healed && self.operators.chance().chance(DIES);
        let outcome = self.decides(db, who, press, dies);
        let same = before == self.centre.dump_with_audit()?;
        let word = match &outcome {
            Ok(()) => "done".to_owned(),
            Err(Fault::Refused(refusal)) => format!("{:?}", refusal.code),
            Err(Fault::Db(_)) => "cut short".to_owned(),
        };
        self.say("operator", &format!("{who} {press:?} -> {word}"));
        let detail = || format!("{press:?} was {word}: {wrong:?}");
        ensure(outcome.is_ok() || same, "what is refused writes nothing", detail)?;
        ensure(
            outcome.is_err() || wrong.is_none(),
            "a wrong press is refused",
            detail,
        )?;
        self.cover.one(match (&outcome, press.what) {
            (Err(Fault::Db(_)), _) => "operators' commands that are cut short",
            (Err(Fault::Refused(_)), _) => "operators' presses that are refused",
            (Ok(()), _) if is_again => "operators' presses that were done before",
            (Ok(()), What::Attach { .. }) => "suspense attached to a tender",
            (Ok(()), What::Refund { .. }) => "suspense given back",
            (Ok(()), What::Accept) => "suspense accepted as it is",
        });
        if outcome.is_ok() {
            self.a_centre_dies_beside();
        }
        Ok(())
    }

    fn decides(&self, db: &SqliteDb, who: &str, press: Press, dies: bool) -> Outcome<()> {
        let settings = Settings {
            public_url: CENTRE_ADDRESS.to_owned(),
            ..Settings::default()
        };
        let wish = decision(press.what);
        let done = ledger::commit(db, self.now_ms, |ledger| {
            decide(ledger, &settings, who, press.suspense_id, &wish)?;
            if dies {
                return Err(DbError::Failed("the command was ended".to_owned()).into());
            }
            Ok(())
        });
        done.map(|_| ())
    }

    /// Late money is accepted or returned, also where it is on its way back already.
    fn operator_decides_late(&mut self, db: &SqliteDb, book: &CentreBook) -> Result<(), Broken> {
        let came_late = |trade: &&Trade| trade.disposition == "LATE";
        let late: Vec<i64> = book
            .trades
            .iter()
            .filter(came_late)
            .map(|trade| trade.pay_order_id)
            .collect();
        let Some(order_id) = self.operators.chance().pick(&late).copied() else {
            return Ok(());
        };
        let book = self.centre.book()?;
        let Some(order) = book.pay_orders.iter().find(|order| order.id == order_id) else {
            return Ok(());
        };
        let choice = if self.operators.chance().chance(600) {
            LateChoice::Accept
        } else {
            LateChoice::ReturnNow
        };
        let is_whole = |trade: &Trade| !book.refunds_of(trade.trade_no).any(|refund| refund.status != 3);
        let waits = book
            .trades_of(order_id)
            .any(|trade| trade.disposition == "LATE" && trade.refund_due_at_ms.is_some() && is_whole(trade));
        let is_wrong = choice == LateChoice::Accept && order.state != "PAID" && !waits;
        let before = self.centre.dump_with_audit()?;
        let decided = ledger::commit(db, self.now_ms, |ledger| {
            office::decide_late(ledger, NAMES[0], &order.app, order.tender_no, choice)
        });
        let same = before == self.centre.dump_with_audit()?;
        let is_done = decided.is_ok();
        self.say("operator", &format!("{choice:?} {} {is_done}", order.tender_no));
        let detail = || format!("{choice:?} of {order:?}: done {is_done}");
        ensure(is_done || same, "what is refused writes nothing", detail)?;
        ensure(!is_done || !is_wrong, "a wrong press is refused", detail)?;
        self.cover.one(if is_wrong {
            "late money that is back accepted in vain"
        } else {
            "late money decided on by an operator"
        });
        Ok(())
    }

    /// The decision is in the file, and the process that would act on it is gone.
    fn a_centre_dies_beside(&mut self) {
        let up = self.centre.up();
        if self.is_healed || self.weather.centre_crash == 0 || !self.operators.chance().chance(300) {
            return;
        }
        if let Some(index) = self.operators.chance().pick(&up).copied() {
            self.cover.one("crashes of a centre after an operator's press");
            self.kill_centre(index);
        }
    }
}
