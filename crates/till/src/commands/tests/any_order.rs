//! Any order of commands and of the centre's words: the invariants hold after each step.

use proptest::prelude::*;
use suanpan_domain::order::OrderState;
use suanpan_domain::pay_order::Disposition;
use suanpan_domain::tender::TenderState;
use suanpan_wire::journal::Mark;

use crate::rpc::{Code, Command, NameOrder, NameTender, Nothing};
use crate::store::{TenderRow, check, coverage};
use crate::sync::Reach;
use crate::testkit::{Shop, canceled, cases, paid, waiting};

#[derive(Clone, Debug)]
enum Step {
    Enter(usize),
    Undo,
    Hold,
    ResumeOrOpen(usize),
    Begin,
    Back,
    Cash(u16),
    CashInstead,
    Code(u16),
    Renew,
    GiveUp,
    Park,
    Next,
    Offline(bool),
    Waiting(usize),
    Paid(usize),
    PaidGivenUp(usize),
    Canceled(usize),
    Vain(usize),
    Restart,
    Later(u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let which = 0..4_usize;
    let step = prop_oneof![
        4 => (0..4_usize).prop_map(Step::Enter),
        1 => Just(Step::Undo),
        1 => Just(Step::Hold),
        2 => which.clone().prop_map(Step::ResumeOrOpen),
        5 => Just(Step::Begin),
        1 => Just(Step::Back),
        3 => (0..2_000_u16).prop_map(Step::Cash),
        1 => Just(Step::CashInstead),
        4 => (0..600_u16).prop_map(Step::Code),
        1 => Just(Step::Renew),
        2 => Just(Step::GiveUp),
        2 => Just(Step::Park),
        3 => Just(Step::Next),
        1 => any::<bool>().prop_map(Step::Offline),
        2 => which.clone().prop_map(Step::Waiting),
        4 => which.clone().prop_map(Step::Paid),
        1 => which.clone().prop_map(Step::PaidGivenUp),
        3 => which.clone().prop_map(Step::Canceled),
        1 => which.prop_map(Step::Vain),
        1 => Just(Step::Restart),
        1 => (0..7_200_000_u32).prop_map(Step::Later),
    ];
    prop::collection::vec(step, 1..60)
}

const CODES: &[&str] = &[
    "6928804011142",
    "0.862*3001",
    "4*6907992500010",
    "2*6901668005731",
];

struct World {
    shop: Shop,
    version: u64,
    orders: Vec<String>,
}

impl World {
    /// A code tender seen so far, the newest first.
    fn tender(&self, which: usize) -> Option<TenderRow> {
        let mut all: Vec<TenderRow> = self
            .orders
            .iter()
            .flat_map(|order| self.shop.till.view().tenders(order).unwrap())
            .filter(|tender| !tender.attempts.is_empty())
            .collect();
        all.sort_by_key(|tender| std::cmp::Reverse(tender.tender_no));
        (!all.is_empty()).then(|| all.swap_remove(which % all.len()))
    }

    fn run(&mut self, command: Command) {
        if let Err(problem) = self.shop.run(command) {
            assert_ne!(problem.code, Code::NotSaved, "{problem:?}");
        }
    }

    fn hear(&mut self, which: usize, view: fn(&TenderRow, u64) -> suanpan_wire::tender::TenderView) {
        if let Some(tender) = self.tender(which) {
            self.version += 1;
            let mut view = view(&tender, self.version);
            if tender.state == TenderState::GivenUp {
                view.given_up = true;
            }
            self.shop.hear(&view);
        }
    }

    fn step(mut self, step: Step) -> Self {
        match step {
            Step::Enter(which) => {
                self.shop.enter(CODES[which]);
            }
            Step::Undo => self.run(Command::BasketUndo(Nothing {})),
            Step::Hold => self.run(Command::BasketHold(Nothing {})),
            Step::ResumeOrOpen(which) => self.resume_or_open(which),
            Step::Begin => self.run(Command::PayBegin(Nothing {})),
            Step::Back => self.run(Command::PayBack(Nothing {})),
            Step::Cash(jiao) => {
                let _ = self.shop.cash(&format!("{}.{}", jiao / 10, jiao % 10));
            }
            Step::CashInstead => {
                if let Some(tender) = self.tender(0) {
                    let _ = self.shop.cash_instead(&tender.tender_no.to_string(), None);
                }
            }
            Step::Code(jiao) => {
                let yuan = if jiao < 300 {
                    String::new()
                } else {
                    format!("{}.{}", jiao / 100, jiao % 10)
                };
                let _ = self.shop.code(&yuan);
            }
            Step::Renew => {
                if let Some(tender) = self.tender(0) {
                    let tender_no = tender.tender_no.to_string();
                    self.run(Command::PayRenew(NameTender { tender_no }));
                }
            }
            Step::GiveUp => self.run(Command::PayGiveUp(Nothing {})),
            Step::Park => self.run(Command::PayPark(Nothing {})),
            Step::Next => self.run(Command::PayNext(Nothing {})),
            Step::Offline(is_down) => self.shop.link(if is_down { Reach::Offline } else { Reach::Up }),
            Step::Waiting(which) => self.hear(which, waiting),
            Step::Paid(which) => self.hear(which, paid),
            Step::PaidGivenUp(which) => self.hear(which, |tender, version| {
                let mut view = paid(tender, version);
                let trade = view.trades.last_mut().expect("an attempt");
                if tender.state == TenderState::GivenUp {
                    trade.disposition = Disposition::GivenUp;
                }
                view
            }),
            Step::Canceled(which) => self.hear(which, canceled),
            Step::Vain(which) => {
                if let Some(tender) = self.tender(which) {
                    self.shop
                        .till
                        .write(|tx| tx.note_unanswered(tender.tender_no, None))
                        .unwrap();
                }
            }
            Step::Restart => {
                self.shop = self.shop.restart();
                self.shop.link(Reach::Up);
            }
            Step::Later(ms) => self.shop.host.pass(i64::from(ms)),
        }
        self
    }

    fn resume_or_open(&mut self, which: usize) {
        let held = self.shop.state().held;
        let Some(basket) = held.get(which % held.len().max(1)) else {
            return;
        };
        let name = NameOrder {
            order_id: basket.order_id.clone(),
        };
        if basket.to_confirm {
            self.run(Command::PayOpen(name));
        } else {
            self.run(Command::BasketResume(name));
        }
    }

    fn check(&mut self) {
        let view = self.shop.till.view();
        if let Some(order_id) = view.current_order_id().unwrap()
            && !self.orders.contains(&order_id)
        {
            self.orders.push(order_id);
        }
        for order_id in &self.orders {
            let order = view.order(order_id).unwrap().unwrap();
            let tenders = view.tenders(order_id).unwrap();
            let sums = coverage(&tenders);
            let is_complete = order.state.pay_status() == 4;
            assert!(
                sums.settled_minor + sums.live_minor <= order.total_minor || is_complete,
                "{order:?}"
            );
            let has_begun = !matches!(
                order.state,
                OrderState::Open | OrderState::Held | OrderState::Voided
            );
            if has_begun {
                assert_eq!(
                    is_complete,
                    sums.is_exact(order.total_minor),
                    "I21: {order:?} {tenders:?}"
                );
                let nets: i64 = view
                    .lines(order_id)
                    .unwrap()
                    .iter()
                    .filter_map(|l| l.net_minor)
                    .sum();
                assert_eq!(nets, order.total_minor);
            } else {
                assert_eq!((sums.settled_minor, sums.live_minor), (0, 0), "{order:?}");
            }
            let out = tenders.iter().filter(|tender| tender.state.is_live()).count();
            assert!(out <= 1, "one code at a time: {tenders:?}");
        }
        for day in view.days_with_facts().unwrap() {
            assert_eq!(check::day_flaw(view, day).unwrap(), None);
        }
        let whole = check::entries(view, &Mark::genesis(), u64::MAX).unwrap();
        assert_eq!(whole, Ok(view.head().unwrap()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(24)))]
    #[test]
    fn i21_nets_rollups_and_journal_hold_after_any_steps(steps in steps()) {
        let mut world = World { shop: Shop::open(), version: 0, orders: Vec::new() };
        for step in steps {
            world = world.step(step);
            world.check();
        }
    }
}
