//! Whatever happens to printer and till: every paper that is owed comes out, and no paper comes out twice with
//! the same words.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::print::queue::Next;
use crate::rpc::{Command, NameOrder, Nothing};
use crate::testkit::cases;

#[derive(Clone, Debug)]
enum Step {
    Sell,
    Again(usize),
    Turn,
    Off,
    On,
    LoseAnswers(bool),
    /// The till ends with a paper on its way: before the printer has it, or after.
    Kill(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Sell),
        2 => (0_usize..4).prop_map(Step::Again),
        5 => Just(Step::Turn),
        1 => Just(Step::Off),
        2 => Just(Step::On),
        2 => any::<bool>().prop_map(Step::LoseAnswers),
        2 => any::<bool>().prop_map(Step::Kill),
    ];
    prop::collection::vec(step, 1..40)
}

struct World {
    shop: Shop,
    printer: Scripted,
    orders: Vec<String>,
    asked: usize,
}

impl World {
    fn open(forgets: bool) -> Self {
        Self {
            shop: Shop::open(),
            printer: Scripted {
                forgets,
                ..Scripted::default()
            },
            orders: Vec::new(),
            asked: 0,
        }
    }

    fn step(mut self, step: &Step) -> Self {
        match step {
            Step::Sell => {
                self.shop.enter("6928804011142");
                self.shop.begin();
                let paid = self.shop.cash("5").unwrap().paid.unwrap();
                self.shop.run(Command::PayNext(Nothing {})).unwrap();
                self.orders.push(paid.order_id);
                self.asked += 1;
            }
            Step::Again(which) => {
                if let Some(order_id) = self.orders.get(*which).cloned() {
                    let again = Command::PrintReceipt(NameOrder { order_id });
                    self.shop.run(again).unwrap();
                    self.asked += 1;
                }
            }
            Step::Turn => {
                queue::turn(&mut self.shop.till, &mut self.printer).unwrap();
            }
            Step::Off => self.printer.trouble = Some(PrintTrouble::SwitchedOff),
            Step::On => self.printer.trouble = None,
            Step::LoseAnswers(lost) => self.printer.loses_answers = *lost,
            Step::Kill(after) => return self.kill(*after),
        }
        self
    }

    fn kill(mut self, after: bool) -> Self {
        if self.printer.trouble.is_none()
            && let Next::Print(paper) = queue::next(&mut self.shop.till).unwrap()
            && after
        {
            self.printer.print(&paper);
        }
        self.shop = self.shop.restart();
        self
    }

    /// Everything works again, and all that is owed comes out.
    fn heal(&mut self) {
        self.printer.trouble = None;
        self.printer.loses_answers = false;
        assert_eq!(print_all(&mut self.shop, &mut self.printer), Turn::Idle);
        assert_eq!(self.shop.till.view().prints_owed_count().unwrap(), 0);
    }

    fn journalled(&self) -> usize {
        let said = self.shop.said().into_iter();
        said.filter(|said| matches!(said, suanpan_wire::entry::Said::ReceiptMade { .. }))
            .count()
    }
}

fn all_differ(papers: &[String]) -> bool {
    papers.iter().collect::<BTreeSet<_>>().len() == papers.len()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(40)))]

    #[test]
    fn a_printer_that_remembers_prints_every_paper_exactly_once(steps in steps()) {
        let mut world = steps.iter().fold(World::open(false), World::step);
        world.heal();
        prop_assert_eq!(world.printer.out.len(), world.asked);
        prop_assert!(all_differ(&world.printer.out));
        prop_assert_eq!(world.journalled(), world.asked);
    }

    #[test]
    fn a_printer_that_forgets_prints_every_order_and_no_two_papers_alike(steps in steps()) {
        let mut world = steps.iter().fold(World::open(true), World::step);
        world.heal();
        prop_assert!(all_differ(&world.printer.out), "{:?}", world.printer.out);
        prop_assert!(world.printer.out.len() <= world.journalled());
        for order_id in &world.orders {
            let order = world.shop.till.view().order(order_id).unwrap().unwrap();
            let number = order.short_no.unwrap();
            prop_assert!(world.printer.out.iter().any(|text| text.contains(&number)));
        }
    }
}
