//! Operators who give money back past the tills, by the very function of `ops refund`: of winners and of late money, in
//! part and whole, too much, twice under one key, and under the key of a refund that waits for a person. Not where the
//! centre is put back: what it then has forgotten of such a refund nobody tells it.

use suanpan_trade::{SqliteDb, ledger, office};

use super::World;
use super::operators::{NAMES, fault};
use crate::sim::books::centre::{CentreBook, Refund, Trade};
use crate::sim::invariants::centre::waits_for_a_person;
use crate::sim::verdict::{Broken, ensure};

/// Per thousand looks: somebody wants money back.
const ASKS: u32 = 300;
/// Per thousand wishes: the one before once more, for as much or for another amount.
const AGAIN: u32 = 300;
/// Per thousand wishes: a refund that waits for a person, where there is one.
const HELD: u32 = 400;
/// Per thousand wishes: late money, where there is some.
const LATE: u32 = 500;

/// What is wanted back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    trade_no: i64,
    key: String,
    amount_minor: i64,
}

/// Why a wish must be refused, if it must, by what stands in the file.
fn why_wrong(book: &CentreBook, wish: &Wish) -> Option<&'static str> {
    let Some(trade) = book.trade(wish.trade_no).filter(|trade| trade.state == "PAID") else {
        return Some("no money of it is here");
    };
    if waits_for_a_person(book, trade) {
        return Some("nobody has decided on it yet");
    }
    let same = book
        .refunds_of(wish.trade_no)
        .find(|refund| refund.key == wish.key);
    match same {
        Some(same) if same.amount_minor != wish.amount_minor => return Some("the key is another wish's"),
        Some(same) if same.status != 3 => return None,
        Some(_) | None => {}
    }
    let reserved = book.refunds_of(wish.trade_no).filter(|refund| refund.status != 3);
    let reserved_minor: i64 = reserved.map(|refund| refund.amount_minor).sum();
    let fits = wish.amount_minor > 0 && wish.amount_minor <= trade.amount_minor - reserved_minor;
    (!fits).then_some("more than there is")
}

impl World {
    pub(super) fn operator_gives_back(&mut self, db: &SqliteDb) -> Result<(), Broken> {
        if self.weather.centre_restored || !self.operators.chance().chance(ASKS) {
            return Ok(());
        }
        let book = self.centre.book()?;
        let Some(wish) = self.wish(&book) else {
            return Ok(());
        };
        self.last_wish = Some(wish.clone());
        let wrong = why_wrong(&book, &wish);
        let was_late = book
            .trade(wish.trade_no)
            .is_some_and(|trade| trade.disposition == "LATE");
        let is_again = book
            .refunds_of(wish.trade_no)
            .any(|refund| refund.key == wish.key);
        let before = self.centre.dump_with_audit()?;
        let done = ledger::commit(db, self.now_ms, |ledger| {
            office::refund(ledger, NAMES[1], wish.trade_no, &wish.key, wish.amount_minor)
        });
        let is_done = done.is_ok();
        if let Err(suanpan_trade::fault::Fault::Db(error)) = &done {
            return Err(fault(error));
        }
        let same = before == self.centre.dump_with_audit()?;
        self.say(
            "operator",
            &format!("{} wants {wish:?} back: {is_done}", NAMES[1]),
        );
        let detail = || format!("{wish:?}: done {is_done}, {wrong:?}");
        ensure(is_done || same, "what is refused writes nothing", detail)?;
        ensure(is_done == wrong.is_none(), "a wrong press is refused", detail)?;
        if is_done {
            let after = self.centre.book()?;
            let asked = after
                .refunds_of(wish.trade_no)
                .filter(|refund| refund.key == wish.key);
            self.memory
                .asked_back
                .extend(asked.map(|refund| refund.refund_no));
        }
        self.cover.one(match (is_done, is_again, was_late) {
            (false, _, _) => "refunds past the tills that are refused",
            (true, true, _) => "refunds past the tills that were asked for before",
            (true, false, true) => "refunds past the tills of late money",
            (true, false, false) => "refunds past the tills of money that counts",
        });
        Ok(())
    }

    fn wish(&mut self, book: &CentreBook) -> Option<Wish> {
        let chance = self.operators.chance();
        if let Some(last) = self.last_wish.clone()
            && chance.chance(AGAIN)
        {
            let amount_minor = if chance.chance(800) {
                last.amount_minor
            } else {
                last.amount_minor + 1
            };
            return Some(Wish { amount_minor, ..last });
        }
        let held: Vec<&Refund> = book.refunds.iter().filter(|refund| refund.attention).collect();
        if !held.is_empty() && chance.chance(HELD) {
            let refund = chance.pick(&held)?;
            return Some(Wish {
                trade_no: refund.trade_no,
                key: refund.key.clone(),
                amount_minor: refund.amount_minor,
            });
        }
        let late: Vec<&Trade> = book
            .trades
            .iter()
            .filter(|trade| trade.disposition == "LATE")
            .collect();
        let all: Vec<&Trade> = book
            .trades
            .iter()
            .filter(|trade| trade.disposition != "NONE")
            .collect();
        let trade = if !late.is_empty() && chance.chance(LATE) {
            *chance.pick(&late)?
        } else {
            *chance.pick(&all)?
        };
        let amount_minor = match chance.below(10) {
            0..=4 => trade.amount_minor,
            5..=8 => chance.between(1, trade.amount_minor.max(1)),
            _ => trade.amount_minor + 1,
        };
        let key = format!("op:{}", self.now_ms);
        Some(Wish {
            trade_no: trade.trade_no,
            key,
            amount_minor,
        })
    }
}
