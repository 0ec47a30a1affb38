//! Cashiers: what a person at the counter does next, seen from nothing but the screen.

use suanpan_till::rpc::refund::{AskRefund, RefundReason};
use suanpan_till::rpc::scanned::Scanned;
use suanpan_till::rpc::state::{Pay, Stage, TenderPhase, TillState};
use suanpan_till::rpc::{
    Approval, ChangeQuantity, CodeMeans, Command, EnterText, EnteredBy, NameLine, NameOrder, NameTender,
    Nothing, ShowCode, SwitchCode, TakeCash, TakePaymentCode,
};

use super::drawer::AtDrawer;
use super::rng::Rng;

/// The manager's PIN in the simulated shops.
pub const MANAGER_PIN: &str = "8642";
/// Per thousand looks at a counter without a sale: somebody wants money back.
const BACK_PERMILLE: u32 = 60;
/// Most pieces a simulated basket gets.
const LINES_MAX: u64 = 4;

/// One cashier.
#[derive(Clone, Debug)]
pub struct Cashier {
    rng: Rng,
    codes: Vec<String>,
    wants_lines: u64,
    drawer: AtDrawer,
    back: Rng,
}

/// What is chosen from; the weights are those of a hectic counter, not of a usual one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Wait,
    CashAll,
    CashPart,
    CodeAll,
    CodePart,
    Switch,
    Take,
    TakePart,
    Ask,
    Renew,
    GiveUp,
    Park,
    CashInstead,
    Back,
}

impl Cashier {
    /// A cashier who knows these codes of the catalogue.
    #[must_use]
    pub fn new(mut rng: Rng, codes: Vec<String>) -> Self {
        let wants_lines = 1 + rng.below(LINES_MAX);
        Self {
            drawer: AtDrawer::new(rng.fork("drawer")),
            back: rng.fork("back"),
            rng,
            codes,
            wants_lines,
        }
    }

    /// How long until the next look at the screen.
    pub fn pause_ms(&mut self) -> i64 {
        self.rng.between(700, 7_000)
    }

    /// What to do now, if anything. While `closing` no new sale begins and what is open is brought to an
    /// end.
    pub fn next(&mut self, state: &TillState, parked: &[String], closing: bool) -> Option<Command> {
        if let Some(command) = self.drawer.next(state) {
            return Some(command);
        }
        match state.stage {
            Stage::Sell => self.sell(state, parked, closing),
            Stage::Pay => state.pay.as_ref().and_then(|pay| self.collect(pay, closing)),
            Stage::Paid => self.rng.chance(850).then_some(Command::PayNext(Nothing {})),
        }
    }

    /// Whether somebody stands there who wants money back, while nobody else is being served.
    pub fn has_a_customer_back(&mut self, state: &TillState) -> bool {
        let is_free = match state.stage {
            Stage::Sell => state.basket.lines.is_empty(),
            Stage::Paid => true,
            Stage::Pay => false,
        };
        is_free && self.back.chance(BACK_PERMILLE)
    }

    /// Money of one of the paid orders, whole or a part of it; sometimes more than is left.
    pub fn gives_back(&mut self, sold: &[(String, i64)]) -> Option<Command> {
        let (order_id, total_minor) = self.back.pick(sold)?.clone();
        let part = self.back.between(1, total_minor.max(1));
        let pin = MANAGER_PIN.to_owned();
        Some(Command::RefundAsk(AskRefund {
            order_id,
            yuan: if self.back.chance(500) {
                String::new()
            } else {
                yuan(part)
            },
            reason: RefundReason::Goods,
            note: String::new(),
            refunds_seen: None,
            parts_seen: None,
            approval: Some(Approval { pin }),
        }))
    }

    fn sell(&mut self, state: &TillState, parked: &[String], closing: bool) -> Option<Command> {
        let lines = u64::try_from(state.basket.lines.len()).unwrap_or(0);
        if lines == 0 {
            return self.start(state, parked, closing);
        }
        if lines < self.wants_lines && !closing {
            return Some(self.ring_up());
        }
        self.wants_lines = 1 + self.rng.below(LINES_MAX);
        let line_id = state.basket.lines.first()?.line_id.clone();
        Some(match self.rng.below(20) {
            0 => Command::BasketHold(Nothing {}),
            1 => Command::BasketUndo(Nothing {}),
            2 if lines > 1 => Command::BasketRemove(NameLine { line_id }),
            3 => Command::BasketChangeQuantity(ChangeQuantity { line_id, delta: 1 }),
            _ => Command::PayBegin(Nothing {}),
        })
    }

    fn start(&mut self, state: &TillState, parked: &[String], closing: bool) -> Option<Command> {
        if let Some(order_id) = self.rng.pick(parked).cloned()
            && self.rng.chance(if closing { 700 } else { 150 })
        {
            return Some(Command::PayOpen(NameOrder { order_id }));
        }
        let held = state.held.iter().find(|held| held.short_no.is_none());
        if let Some(held) = held
            && self.rng.chance(200)
        {
            let order_id = held.order_id.clone();
            return Some(Command::BasketResume(NameOrder { order_id }));
        }
        (!closing && self.rng.chance(800)).then(|| self.ring_up())
    }

    fn ring_up(&mut self) -> Command {
        let code = self.rng.pick(&self.codes).cloned().unwrap_or_default();
        let text = if self.rng.chance(150) {
            format!("2*{code}")
        } else {
            code
        };
        Command::BasketEnter(EnterText {
            text,
            by: EnteredBy::Scan,
        })
    }

    fn collect(&mut self, pay: &Pay, closing: bool) -> Option<Command> {
        let live = pay.tenders.iter().rev().find(|tender| is_live(tender.phase));
        let wish = match live {
            None if closing => self.rng.weighted(&[(3, Wish::CashAll), (1, Wish::Back)]),
            None => self.rng.weighted(FRESH),
            Some(tender) if tender.phase == TenderPhase::NeedsAttention => self.rng.weighted(ATTENTION),
            Some(tender) if tender.phase == TenderPhase::Unknown => self.rng.weighted(UNKNOWN),
            Some(_) if closing => self.rng.weighted(CLOSING),
            Some(_) => self.rng.weighted(WAITING),
        };
        let tender_no = live.map(|tender| tender.tender_no.clone()).unwrap_or_default();
        match wish? {
            Wish::Wait => None,
            Wish::CashAll => Some(cash(self.handed_over(pay.open_minor))),
            Wish::CashPart => Some(self.cash_part(pay)),
            Wish::CodeAll => Some(self.code(String::new())),
            Wish::CodePart => {
                let part = self.part(pay.open_minor);
                Some(self.code(part))
            }
            Wish::Switch => Some(Command::PaySwitch(SwitchCode {
                tender_no,
                means: self.means(),
            })),
            Wish::Take => Some(take(String::new())),
            Wish::TakePart => Some(take(self.part(pay.open_minor))),
            Wish::Ask => Some(Command::PayAsk(NameTender { tender_no })),
            Wish::Renew => Some(Command::PayRenew(NameTender { tender_no })),
            Wish::GiveUp => Some(Command::PayGiveUp(Nothing {})),
            Wish::Park => Some(Command::PayPark(Nothing {})),
            Wish::Back => Some(Command::PayBack(Nothing {})),
            Wish::CashInstead => Some(Command::PayCash(TakeCash {
                received_yuan: String::new(),
                replaces_tender: Some(tender_no),
                approval: Some(Approval {
                    pin: MANAGER_PIN.to_owned(),
                }),
                expected_open_minor: None,
            })),
        }
    }

    fn handed_over(&mut self, open_minor: i64) -> String {
        if open_minor > 0 && self.rng.chance(400) {
            return yuan((open_minor / 1000 + 1) * 1000);
        }
        String::new()
    }

    fn part(&mut self, open_minor: i64) -> String {
        if open_minor < 2 {
            return String::new();
        }
        yuan(self.rng.between(1, open_minor - 1))
    }

    fn means(&mut self) -> CodeMeans {
        if self.rng.chance(500) {
            CodeMeans::WechatPay
        } else {
            CodeMeans::AliPay
        }
    }

    fn code(&mut self, yuan: String) -> Command {
        Command::PayCode(ShowCode {
            means: self.means(),
            yuan,
            expected_open_minor: None,
        })
    }

    fn cash_part(&mut self, pay: &Pay) -> Command {
        cash(self.part(pay.open_minor))
    }
}

const FRESH: &[(u32, Wish)] = &[
    (5, Wish::Wait),
    (18, Wish::CashAll),
    (10, Wish::CashPart),
    (38, Wish::CodeAll),
    (10, Wish::CodePart),
    (12, Wish::Take),
    (4, Wish::TakePart),
    (3, Wish::Back),
    (2, Wish::GiveUp),
];
const WAITING: &[(u32, Wish)] = &[
    (55, Wish::Wait),
    (5, Wish::Switch),
    (2, Wish::Take),
    (6, Wish::Ask),
    (7, Wish::Renew),
    (6, Wish::GiveUp),
    (6, Wish::Park),
    (4, Wish::CashAll),
    (3, Wish::CodePart),
    (3, Wish::CashInstead),
    (3, Wish::Back),
];
const UNKNOWN: &[(u32, Wish)] = &[
    (40, Wish::Wait),
    (8, Wish::Ask),
    (6, Wish::GiveUp),
    (8, Wish::Park),
    (34, Wish::CashInstead),
    (4, Wish::CashAll),
];
const ATTENTION: &[(u32, Wish)] = &[
    (30, Wish::Wait),
    (15, Wish::GiveUp),
    (35, Wish::Park),
    (10, Wish::CashAll),
    (10, Wish::CashInstead),
];
const CLOSING: &[(u32, Wish)] = &[
    (50, Wish::Wait),
    (20, Wish::GiveUp),
    (25, Wish::CashInstead),
    (5, Wish::CashAll),
];

fn is_live(phase: TenderPhase) -> bool {
    match phase {
        TenderPhase::Fetching
        | TenderPhase::Waiting
        | TenderPhase::Paying
        | TenderPhase::Unknown
        | TenderPhase::Closing
        | TenderPhase::NeedsAttention => true,
        TenderPhase::Settled
        | TenderPhase::Canceled
        | TenderPhase::GivenUp
        | TenderPhase::Failed
        | TenderPhase::Reversed => false,
    }
}

fn cash(received_yuan: String) -> Command {
    Command::PayCash(TakeCash {
        received_yuan,
        replaces_tender: None,
        approval: None,
        expected_open_minor: None,
    })
}

/// What the scanner will have read is the customer's to say.
fn take(yuan: String) -> Command {
    Command::PayTake(TakePaymentCode {
        scanned: Scanned::new(String::new()),
        yuan,
        expected_open_minor: None,
    })
}

/// An amount as it is typed.
pub(super) fn yuan(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}
