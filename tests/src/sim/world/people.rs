//! Cashiers, customers and the manager: what people do with what they see.

use suanpan_till::rpc::refund::{DecideLate, LateWish};
use suanpan_till::rpc::scanned::Scanned;
use suanpan_till::rpc::state::{Stage, TillState};
use suanpan_till::rpc::{Approval, Command};
use suanpan_wire::tender::LateChoice;

use super::World;
use super::happening::Happening;
use crate::sim::cashier::MANAGER_PIN;
use crate::sim::customer::SeenCode;
use crate::sim::verdict::{Broken, ensure};

/// How long a manager takes between two looks.
const MANAGER_LOOKS_EVERY_MS: i64 = 90_000;

/// A word for the coverage of a command.
fn named(command: &Command) -> Option<&'static str> {
    Some(match command {
        Command::PayBegin(_) => "did: begin paying",
        Command::PayCash(cash) if cash.replaces_tender.is_some() => "did: cash instead of a code in doubt",
        Command::PayCash(_) => "did: cash",
        Command::PayCode(_) => "did: code",
        Command::PaySwitch(_) => "did: switch the platform",
        Command::PayTake(_) => "did: charge by payment code",
        Command::PayAsk(_) => "did: ask",
        Command::PayRenew(_) => "did: renew",
        Command::PayGiveUp(_) => "did: give up",
        Command::PayPark(_) => "did: park",
        Command::PayOpen(_) => "did: open a parked order",
        Command::PayBack(_) => "did: back to the basket",
        Command::PayNext(_) => "did: next",
        Command::BasketHold(_) => "did: hold",
        Command::BasketResume(_) => "did: resume",
        Command::RefundAsk(ask) if ask.yuan.is_empty() => "did: give all back",
        Command::RefundAsk(_) => "did: give a part back",
        Command::LateDecide(_) => "did: decide on late money",
        Command::ShiftOpen(_) => "did: open a shift",
        Command::ShiftMove(_) => "did: move cash",
        Command::ShiftCount(_) => "did: count cash",
        Command::ShiftClose(_) => "did: close a shift",
        _ => return None,
    })
}

impl World {
    pub(super) fn cashier_looks(&mut self, till: usize) -> Result<(), Broken> {
        if self.is_night {
            return Ok(());
        }
        let pause_ms = self.cashiers[till].pause_ms();
        self.plan(pause_ms, Happening::CashierLooks(till));
        let Some(state) = self.tills[till].state() else {
            return Ok(());
        };
        self.sees(till, &state)?;
        let is_closing = self.is_healed;
        if !is_closing && self.cashiers[till].has_a_customer_back(&state) {
            let sold = self.tills[till].sold();
            if let Some(command) = self.cashiers[till].gives_back(&sold) {
                return self.does(till, command);
            }
        }
        let parked = self.tills[till].parked();
        let Some(mut command) = self.cashiers[till].next(&state, &parked, is_closing) else {
            return Ok(());
        };
        if let Command::PayTake(take) = &mut command {
            take.scanned = Scanned::new(self.payment_code());
        }
        self.does(till, command)
    }

    /// What a screen shows, as a person or a phone takes it in.
    fn sees(&mut self, till: usize, state: &TillState) -> Result<(), Broken> {
        if state.stage == Stage::Paid
            && let Some(paid) = &state.paid
        {
            let key = (till, paid.order_id.clone());
            if self.memory.shown_paid.insert(key, paid.total_minor).is_none() {
                self.cover.one("orders shown as paid");
            }
        }
        let Some(pay) = state.pay.as_ref().filter(|_| state.stage == Stage::Pay) else {
            return Ok(());
        };
        let shown: Vec<_> = pay
            .tenders
            .iter()
            .filter_map(|tender| tender.code.as_ref().map(|code| (tender, code)))
            .collect();
        ensure(shown.len() <= 1, "R6 one code shown per order", || {
            format!("order {} shows {} codes", pay.order_id, shown.len())
        })?;
        for (tender, code) in shown {
            let seen = SeenCode {
                url: code.url.clone(),
                trade_no: code.trade_no.clone(),
                tender_no: tender.tender_no.clone(),
                amount_minor: tender.amount_minor,
                expires_at_ms: code.expires_at_ms,
            };
            for (at_ms, act, code) in self.customers.look(seen, self.now_ms) {
                self.agenda
                    .plan(at_ms.max(self.now_ms), Happening::Phone(act, code));
            }
        }
        Ok(())
    }

    /// A cashier does something; a *no* is an answer like another.
    pub(super) fn does(&mut self, till: usize, command: Command) -> Result<(), Broken> {
        let words = format!("{command:?}");
        let name = named(&command);
        let Some(outcome) = self.tills[till].execute(command) else {
            return Ok(());
        };
        if outcome.is_ok()
            && let Some(name) = name
        {
            self.cover.one(name);
        }
        let word = match &outcome {
            Ok(()) => "ok".to_owned(),
            Err(problem) => format!("{:?}", problem.code),
        };
        self.say(&format!("till {till}"), &format!("{words} -> {word}"));
        if let Some(state) = self.tills[till].state() {
            self.sees(till, &state)?;
        }
        if self.till_dies_here(till, "crashes of a till after a command") {
            return Ok(());
        }
        self.till_looks(till)
    }

    /// The manager decides on money that came after its code was closed.
    pub(super) fn manager_looks(&mut self) -> Result<(), Broken> {
        if self.is_night {
            return Ok(());
        }
        self.plan(MANAGER_LOOKS_EVERY_MS, Happening::ManagerLooks);
        for (tender_no, till_id) in self.centre.late_tenders()? {
            let choice = match self.chance.below(3) {
                0 => LateChoice::Accept,
                1 => LateChoice::ReturnNow,
                _ => continue,
            };
            let Some(till) = self.tills.iter().position(|till| till.till_id == till_id) else {
                continue;
            };
            if self.chance.chance(500) {
                self.decides_at_the_till(till, tender_no, choice)?;
                continue;
            }
            let body = serde_json::to_vec(&choice).unwrap_or_default();
            let done = self.ask_directly(till, &format!("/v1/tenders/{tender_no}/late"), body);
            self.say("manager", &format!("{choice:?} {tender_no} {done}"));
            if done {
                self.cover.one(match choice {
                    LateChoice::Accept => "late money accepted",
                    LateChoice::ReturnNow => "late money returned at once",
                });
            }
        }
        self.centre_has_news()?;
        self.centre_plans()
    }

    fn decides_at_the_till(&mut self, till: usize, tender_no: i64, choice: LateChoice) -> Result<(), Broken> {
        let pin = MANAGER_PIN.to_owned();
        let decide = DecideLate {
            tender_no: tender_no.to_string(),
            wish: match choice {
                LateChoice::Accept => LateWish::Accept,
                LateChoice::ReturnNow => LateWish::ReturnNow,
            },
            approval: Some(Approval { pin }),
        };
        self.does(till, Command::LateDecide(decide))
    }
}
