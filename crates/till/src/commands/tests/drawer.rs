//! Whatever happens in a shift: what the till expects in the drawer is what the journal's own entries come to,
//! added up here by hand.

use std::collections::BTreeMap;

use proptest::prelude::*;
use suanpan_domain::money::Fen;
use suanpan_domain::refund::RefundState;
use suanpan_domain::tender::Means;
use suanpan_wire::entry::Said;
use suanpan_wire::shift::{CashWay, ClosedSaid};

use crate::rpc::shift::{MoveDirection, ShiftReport};
use crate::rpc::{Approval, Code, Command, NameOrder, Nothing, TakeCash};
use crate::store::{RefundRow, TenderRow, check};
use crate::sync::Reach;
use crate::testkit::{Shop, canceled, cases, paid};

#[derive(Clone, Debug)]
enum Step {
    Open(u32),
    MoveIn(u16),
    MoveOut(u16),
    Count(u32),
    Close(bool),
    SellCash(usize, u16),
    SellCode(usize),
    CashPart(u16),
    /// A note over what is due, offline, where a code is waiting.
    CashInstead(u16),
    GiveUp,
    Park,
    OpenParked(usize),
    /// Money of one of the orders goes back; nothing is all that is left.
    Refund(usize, u16),
    /// The platform says that one of the refunds has arrived, or that it refuses.
    RefundEnds(usize, bool),
    Paid,
    Canceled,
    Offline(bool),
    Restart,
    Later(u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0_u32..100_000).prop_map(Step::Open),
        2 => (1_u16..9_999).prop_map(Step::MoveIn),
        1 => (1_u16..9_999).prop_map(Step::MoveOut),
        2 => (0_u32..100_000).prop_map(Step::Count),
        2 => any::<bool>().prop_map(Step::Close),
        6 => (0..CODES.len(), 0_u16..900).prop_map(|(code, more)| Step::SellCash(code, more)),
        4 => (0..CODES.len()).prop_map(Step::SellCode),
        3 => (1_u16..2_000).prop_map(Step::CashPart),
        3 => (0_u16..2_000).prop_map(Step::CashInstead),
        2 => Just(Step::GiveUp),
        3 => Just(Step::Park),
        2 => (0_usize..3).prop_map(Step::OpenParked),
        4 => (0_usize..4, 0_u16..600).prop_map(|(which, minor)| Step::Refund(which, minor)),
        3 => (0_usize..3, prop::bool::weighted(0.8)).prop_map(|(which, arrives)| Step::RefundEnds(which, arrives)),
        3 => Just(Step::Paid),
        2 => Just(Step::Canceled),
        1 => any::<bool>().prop_map(Step::Offline),
        1 => Just(Step::Restart),
        1 => (0_u32..40_000_000).prop_map(Step::Later),
    ];
    prop::collection::vec(step, 1..50)
}

const CODES: &[&str] = &["6928804011142", "0.862*3001", "2*6901668005731"];

struct World {
    shop: Shop,
    version: u64,
    frozen: BTreeMap<String, ClosedSaid>,
}

impl World {
    fn try_run(&mut self, command: Command) {
        if let Err(problem) = self.shop.run(command) {
            assert_ne!(problem.code, Code::NotSaved, "{problem:?}");
        }
    }

    fn ring_up(&mut self, code: usize) {
        self.try_run(Command::PayNext(Nothing {}));
        self.shop.enter(CODES[code]);
        self.try_run(Command::PayBegin(Nothing {}));
    }

    /// The newest code tender whose end is not known.
    fn live(&self) -> Option<TenderRow> {
        let open = self.shop.till.view().open_tenders(0).unwrap();
        open.into_iter().rfind(|tender| tender.state.is_live())
    }

    /// Cash takes the place of that code with a manager's word, and there is change.
    fn cash_instead(&mut self, more: i64) {
        let Some(tender) = self.live() else {
            return;
        };
        self.shop.link(Reach::Offline);
        self.try_run(Command::PayCash(TakeCash {
            received_yuan: Fen::new(tender.amount_minor + more).to_string(),
            replaces_tender: Some(tender.tender_no.to_string()),
            approval: Some(Approval { pin: "8888".into() }),
            expected_open_minor: None,
        }));
    }

    fn hear(&mut self, is_paid: bool) {
        let Some(tender) = self.live() else {
            return;
        };
        self.version += 1;
        let view = if is_paid { paid } else { canceled };
        self.shop.hear(&view(&tender, self.version));
    }

    /// Gives money of one of the newest orders back, where it is paid.
    fn refund(&mut self, which: usize, minor: u16) {
        let orders = self.shop.till.view().find_orders("", None, 4).unwrap();
        let Some(order) = orders.get(which % orders.len().max(1)) else {
            return;
        };
        let yuan = match minor {
            0 => String::new(),
            minor => Fen::new(i64::from(minor)).to_string(),
        };
        let _ = self.shop.refund(&order.order_id, &yuan, Some("8888"));
    }

    /// The platform says how a refund that is under way ended.
    fn refund_ends(&mut self, which: usize, arrives: bool) {
        let open: Vec<RefundRow> = self.shop.till.view().refunds_under_way().unwrap();
        let open: Vec<&RefundRow> = open.iter().filter(|refund| refund.is_open()).collect();
        if let Some(refund) = open.get(which % open.len().max(1)) {
            self.version += 1;
            let status = if arrives { 2 } else { 3 };
            let view = self.shop.refund_view(refund, self.version, status);
            self.shop.hear(&view);
        }
    }

    fn step(mut self, step: &Step) -> Self {
        let yuan = |minor: u32| format!("{}.{:02}", minor / 100, minor % 100);
        match step {
            Step::Open(minor) => self.try_run(Command::ShiftOpen(crate::rpc::shift::OpenShift {
                float_yuan: yuan(*minor),
            })),
            Step::MoveIn(minor) => {
                let _ = self
                    .shop
                    .move_cash(MoveDirection::In, &yuan(u32::from(*minor)), None);
            }
            Step::MoveOut(minor) => {
                let _ = self
                    .shop
                    .move_cash(MoveDirection::Out, &yuan(u32::from(*minor)), Some("8888"));
            }
            Step::Count(fen) => {
                let _ = self.shop.count(&[(1, *fen)]);
            }
            Step::Close(leaves) => {
                let _ = self.shop.close_shift(leaves.then_some(0));
            }
            Step::SellCash(code, more) => {
                self.ring_up(*code);
                let open = self.shop.state().pay.map_or(0, |pay| pay.open_minor);
                let received = u32::try_from(open).unwrap() + u32::from(*more);
                let _ = self.shop.cash(&yuan(received));
            }
            Step::SellCode(code) => {
                self.ring_up(*code);
                let _ = self.shop.code("");
            }
            Step::CashPart(minor) => {
                let _ = self.shop.cash(&yuan(u32::from(*minor)));
            }
            Step::CashInstead(more) => self.cash_instead(i64::from(*more)),
            Step::GiveUp => self.try_run(Command::PayGiveUp(Nothing {})),
            Step::Park => self.try_run(Command::PayPark(Nothing {})),
            Step::OpenParked(which) => {
                let held = self.shop.state().held;
                let parked: Vec<_> = held.into_iter().filter(|basket| basket.to_confirm).collect();
                if let Some(basket) = parked.get(which % parked.len().max(1)) {
                    let order_id = basket.order_id.clone();
                    self.try_run(Command::PayOpen(NameOrder { order_id }));
                }
            }
            Step::Refund(which, minor) => self.refund(*which, *minor),
            Step::RefundEnds(which, arrives) => self.refund_ends(*which, *arrives),
            Step::Paid => self.hear(true),
            Step::Canceled => self.hear(false),
            Step::Offline(is_down) => self.shop.link(if *is_down { Reach::Offline } else { Reach::Up }),
            Step::Restart => {
                self.shop = self.shop.restart();
                self.shop.link(Reach::Up);
            }
            Step::Later(ms) => self.shop.host.pass(i64::from(*ms)),
        }
        self
    }

    fn check(&mut self) {
        let said = self.shop.said();
        if let Some(head) = self.shop.state().shift {
            let view = self.shop.shift();
            let by_hand = by_hand(&said, &head.shift_id);
            assert_eq!(view.expected_minor, Some(by_hand), "{said:?}");
            let rows: i64 = view.expected.iter().map(|row| row.amount_minor).sum();
            assert_eq!(rows, by_hand);
            assert_eq!(
                view.difference_minor,
                view.counted_minor.map(|counted| counted - by_hand)
            );
        }
        self.check_refunds();
        for closed in said.iter().filter_map(closed_of) {
            let shift_id = &closed.opened.shift_id;
            let kept = self.shop.till.view().shift(shift_id).unwrap().unwrap();
            assert_eq!(kept.closed.as_ref(), Some(closed));
            let first = self
                .frozen
                .entry(shift_id.clone())
                .or_insert_with(|| closed.clone());
            assert_eq!(first, closed, "a closed shift never changes");
        }
        let first_of_next = said.iter().filter_map(|said| match said {
            Said::ShiftOpened { opened } => Some(opened.suggested_float_minor),
            _ => None,
        });
        let left =
            std::iter::once(0).chain(said.iter().filter_map(closed_of).map(|closed| closed.left_minor));
        for (suggested, left) in first_of_next.zip(left) {
            assert_eq!(suggested, left, "f53: opening(n+1) = closing(n) - drop");
        }
    }

    /// No tender gives back more than it brought, each refund moves money once, and the takings are the sum.
    fn check_refunds(&self) {
        let view = self.shop.till.view();
        for order in view.find_orders("", None, 100).unwrap() {
            let refunds = view.refunds(&order.order_id).unwrap();
            for tender in view.tenders(&order.order_id).unwrap() {
                let of_tender = refunds
                    .iter()
                    .filter(|refund| refund.tender_no == tender.tender_no);
                let gone: i64 = of_tender
                    .filter(|refund| refund.is_reserved())
                    .map(|refund| refund.amount_minor)
                    .sum();
                assert!(gone <= tender.amount_minor.max(0), "{tender:?} {refunds:?}");
            }
            for refund in &refunds {
                let moved = view.refund_fact(refund.refund_no).unwrap().map(|fact| fact.3);
                let has_gone = refund.counts && refund.state == RefundState::Success;
                assert_eq!(moved, has_gone.then_some(-refund.amount_minor), "{refund:?}");
            }
        }
        for day in view.days_with_facts().unwrap() {
            assert_eq!(check::day_flaw(view, day).unwrap(), None);
        }
    }

    fn check_reports(&mut self) {
        for (shift_id, closed) in self.frozen.clone() {
            let report: ShiftReport = self.shop.report(&shift_id);
            let rows: i64 = report.expected.iter().map(|row| row.amount_minor).sum();
            assert_eq!(rows, closed.expected_minor);
            let late: i64 = report.amendments.iter().map(|late| late.amount_minor).sum();
            let means: i64 = report.means.iter().map(|means| means.net_minor).sum();
            assert_eq!(means + late, facts_of(&self.shop.said(), &shift_id));
            assert!(
                report
                    .amendments
                    .iter()
                    .all(|late| late.means != crate::rpc::state::Means::CashPay)
            );
        }
    }
}

fn closed_of(said: &Said) -> Option<&ClosedSaid> {
    match said {
        Said::ShiftClosed { closed } => Some(closed),
        _ => None,
    }
}

/// Σ money facts of a shift.
fn facts_of(said: &[Said], shift_id: &str) -> i64 {
    said.iter()
        .filter_map(|said| match said {
            Said::TenderSettled { tender, fact } if fact.shift_id.as_deref() == Some(shift_id) => {
                Some(tender.amount_minor)
            }
            Said::RefundReturned { refund, fact } if fact.shift_id.as_deref() == Some(shift_id) => {
                Some(-refund.amount_minor)
            }
            _ => None,
        })
        .sum()
}

/// Cash of refunds that went out of a shift's drawer.
fn refunded_of(said: &[Said], shift_id: &str) -> i64 {
    said.iter()
        .filter_map(|said| match said {
            Said::RefundReturned { refund, fact }
                if fact.shift_id.as_deref() == Some(shift_id) && refund.means == Means::Cash =>
            {
                Some(refund.amount_minor)
            }
            _ => None,
        })
        .sum()
}

/// Σ (received − change) − given back, from what was said of each handful of cash and not from its share.
fn cash_of(said: &[Said], shift_id: &str) -> i64 {
    said.iter()
        .filter_map(|said| match said {
            Said::TenderSettled { tender, fact }
                if fact.shift_id.as_deref() == Some(shift_id) && tender.means == Means::Cash =>
            {
                Some(tender)
            }
            _ => None,
        })
        .map(|tender| match (tender.received_minor, tender.change_minor) {
            (Some(received), Some(change)) if tender.amount_minor > 0 => received - change,
            (_, _) => {
                assert!(tender.amount_minor < 0, "cash taken says what was handed over");
                tender.amount_minor
            }
        })
        .sum()
}

/// Float + Σ (received − change) − given back − refunded ± movements, from the entries alone.
fn by_hand(said: &[Said], shift: &str) -> i64 {
    let around: i64 = said
        .iter()
        .filter_map(|said| match said {
            Said::ShiftOpened { opened } if opened.shift_id == shift => Some(opened.float_minor),
            Said::CashMoved { shift_id, moved } if shift_id == shift => Some(match moved.way {
                CashWay::In => moved.amount_minor,
                CashWay::Out => -moved.amount_minor,
            }),
            _ => None,
        })
        .sum();
    around + cash_of(said, shift) - refunded_of(said, shift)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(32)))]
    #[test]
    fn f46_f51_f53_expected_cash_is_the_journals_own_whatever_happens(steps in steps()) {
        let shop = Shop::open();
        let mut world = World { shop, version: 0, frozen: BTreeMap::new() };
        for step in &steps {
            world = world.step(step);
            world.check();
        }
        world.check_reports();
    }
}
