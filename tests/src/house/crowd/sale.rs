//! One order of a crowd's member, from the code to the journal, in each way that a customer can pay by code.

use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_domain::payment_code::PaymentCode;
use suanpan_domain::tender::Means;
use suanpan_domain::trade::TradeState;
use suanpan_wire::tender::{AskRefund, CloseTender, CreateAttempt, LateChoice, TenderView, TradeView};

use super::PATIENCE;
use super::journal::{self, Paid};
use super::member::{Member, number_of};
use super::seen::{Seen, Settled};
use crate::house::clock::{Stopwatch, wait_or_tell};
use crate::house::sandbox::Sandbox;
use crate::sim::rng::Rng;

/// Numbers of one member of the crowd.
const NUMBERS_EACH: i64 = 1_000_000;
/// Numbers of one order: its own, and one for each tender.
const NUMBERS_PER_ORDER: i64 = 8;
/// What goes back of an order that is refunded in part: less than the smallest owes.
const REFUND_MINOR: i64 = 30;
/// Payment codes that a customer shows before something is wrong: one is lost with the process that holds it.
const CODES_SHOWN_MAX: usize = 10;

/// How a customer pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sale {
    /// The code that is shown.
    Shown,
    /// The same, and part of the money goes back once the order is complete.
    Refunded,
    /// The code of one platform is closed, and the other one's is shown and paid.
    Switched,
    /// The same, and the customer pays the closed one as well.
    SwitchedPaidTwice,
    /// A fresh code is shown in place of one, and both are paid.
    RenewedPaidTwice,
    /// By the payment code on the phone.
    Charged,
    /// By a payment code that asks for the password.
    ChargedWithPassword,
    /// The payment code is refused, and a code is shown instead.
    ChargeRefused,
}

impl Sale {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Shown,
        Self::Refunded,
        Self::Switched,
        Self::SwitchedPaidTwice,
        Self::RenewedPaidTwice,
        Self::Charged,
        Self::ChargedWithPassword,
        Self::ChargeRefused,
    ];

    /// Those that need no callback: nothing is paid that is not being asked about.
    pub const PAID_ONCE: &'static [Self] = &[
        Self::Shown,
        Self::Refunded,
        Self::Switched,
        Self::Charged,
        Self::ChargedWithPassword,
        Self::ChargeRefused,
    ];

    /// Those for tests that kill: where a refusal is lost with a process, it takes two minutes until it is certain
    /// that nobody was charged.
    pub const ALL_BUT_REFUSED: &'static [Self] = &[
        Self::Shown,
        Self::Refunded,
        Self::Switched,
        Self::SwitchedPaidTwice,
        Self::RenewedPaidTwice,
        Self::Charged,
        Self::ChargedWithPassword,
    ];

    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shown => "code shown",
            Self::Refunded => "refunded in part",
            Self::Switched => "switched",
            Self::SwitchedPaidTwice => "switched, both paid",
            Self::RenewedPaidTwice => "renewed, both paid",
            Self::Charged => "payment code",
            Self::ChargedWithPassword => "payment code with password",
            Self::ChargeRefused => "payment code refused",
        }
    }
}

/// A code that is out.
struct Out {
    tender_no: i64,
    trade_no: String,
}

/// A member with a customer.
pub(super) struct Serving<'m> {
    member: &'m mut Member,
    sandbox: &'m Sandbox,
    seen: &'m mut Seen,
    order_no: i64,
    amount_minor: i64,
    tenders: i64,
}

impl<'m> Serving<'m> {
    /// The nth order of a member.
    pub(super) fn begin(member: &'m mut Member, sandbox: &'m Sandbox, seen: &'m mut Seen, nth: i64) -> Self {
        Self {
            order_no: member.number * NUMBERS_EACH + nth * NUMBERS_PER_ORDER,
            amount_minor: 100 + nth,
            tenders: 0,
            member,
            sandbox,
            seen,
        }
    }

    /// Draws how the customer pays, and sells.
    pub(super) fn serve(mut self, sales: &[Sale], rng: &mut Rng) {
        let sale = *rng.pick(sales).expect("there is a way to pay");
        let means = if rng.chance(500) {
            Means::WechatPay
        } else {
            Means::AliPay
        };
        let first_of_two = rng.chance(500);
        let settled = match sale {
            Sale::Shown | Sale::Refunded => self.shown(means),
            Sale::Switched => self.switched(means, None),
            Sale::SwitchedPaidTwice => self.switched(means, Some(first_of_two)),
            Sale::RenewedPaidTwice => self.renewed(means, first_of_two),
            Sale::Charged => self.charged(means, false),
            Sale::ChargedWithPassword => self.charged(means, true),
            Sale::ChargeRefused => self.refused(means),
        };
        let mut settled = self.complete(&settled);
        if sale == Sale::Refunded {
            settled.refunded_minor = self.refund(&settled);
        }
        self.seen.settled.push(settled);
        *self.seen.by_sale.entry(sale.name()).or_default() += 1;
    }

    fn shown(&mut self, means: Means) -> TenderView {
        let out = self.show(means);
        self.pay(&out)
    }

    /// The old code is closed before the new one is shown. Where both are paid, what came for the old one is late
    /// and goes back: `Some(true)` when that is paid first.
    fn switched(&mut self, means: Means, paid_twice: Option<bool>) -> TenderView {
        let old = self.show(means);
        let path = format!("/v1/tenders/{}/close", old.tender_no);
        let _closing: TenderView = self.member.ask("POST", &path, &CloseTender::default(), self.seen);
        self.member
            .wait_told(old.tender_no, "it is canceled", self.seen, |view| {
                view.state == PayOrderState::Canceled
            });
        let new = self.show(other(means));
        let Some(old_first) = paid_twice else {
            return self.pay(&new);
        };
        if old_first {
            self.sandbox.pay_late(&old.trade_no);
        }
        let settled = self.pay(&new);
        if !old_first {
            self.sandbox.pay_late(&old.trade_no);
        }
        self.give_back_late(&old);
        settled
    }

    /// The customer has paid what was closed: it is given back at once, in full.
    fn give_back_late(&mut self, old: &Out) {
        let view = self
            .member
            .wait_told(old.tender_no, "money came late", self.seen, |view| {
                with_disposition(view, Disposition::Late).is_some()
            });
        assert!(
            view.winner_trade_no.is_none(),
            "late money settles nothing: {view:?}"
        );
        let path = format!("/v1/tenders/{}/late", old.tender_no);
        let _view: TenderView = self.member.ask("POST", &path, &LateChoice::ReturnNow, self.seen);
        self.goes_back(&old.trade_no);
    }

    /// Both codes of one tender are paid: one of them wins, whichever is known first.
    fn renewed(&mut self, means: Means, old_first: bool) -> TenderView {
        let old = self.show(means);
        let new = self.show_in(old.tender_no, means, "k2", true);
        let [one, two] = if old_first { [&old, &new] } else { [&new, &old] };
        self.sandbox.pay_late(&one.trade_no);
        self.sandbox.pay_late(&two.trade_no);
        let view = self
            .member
            .wait_told(old.tender_no, "both payments are known", self.seen, |view| {
                with_disposition(view, Disposition::Winner).is_some()
                    && with_disposition(view, Disposition::Duplicate).is_some()
            });
        assert_eq!(view.state, PayOrderState::Paid, "{view:?}");
        let duplicate = with_disposition(&view, Disposition::Duplicate).expect("just seen");
        self.goes_back(&duplicate.trade_no);
        view
    }

    /// The customer is charged by payment codes until one has paid.
    fn charged(&mut self, means: Means, asks_password: bool) -> TenderView {
        let tender_no = self.open_tender();
        for nth in 1..=CODES_SHOWN_MAX {
            let digits = self.sandbox.payment_code(platform(means), asks_password);
            let (view, trade) = self.charge(tender_no, means, &format!("k{nth}"), &digits);
            if trade.state == TradeState::Paid {
                return view;
            }
            self.seen.not_charged += 1;
        }
        panic!("{CODES_SHOWN_MAX} payment codes of tender {tender_no} charged nobody")
    }

    /// Sends a payment code, types the password where that is asked for, and waits for the end of its attempt.
    fn charge(&mut self, tender_no: i64, means: Means, key: &str, digits: &str) -> (TenderView, TradeView) {
        let code = PaymentCode::try_new(digits).expect("a phone shows a payment code");
        let asked: TenderView = self.put(tender_no, means, key, (false, Some(code)));
        let trade_no = with_key(&asked, key).trade_no.clone();
        let mut typed = false;
        loop {
            let view = self
                .member
                .wait_told(tender_no, "whether it was charged", self.seen, |view| {
                    let trade = view.trades.iter().find(|trade| trade.attempt_key == key);
                    trade.is_some_and(|trade| has_ended(trade) || (trade.paying && !typed))
                });
            let trade = with_key(&view, key).clone();
            if has_ended(&trade) {
                return (view, trade);
            }
            typed = true;
            // Where the centre gave up waiting a moment ago there is nothing to type any more.
            drop(self.sandbox.try_pay(&trade_no));
        }
    }

    /// A payment code that nobody has issued charges nobody; then a code is shown.
    fn refused(&mut self, means: Means) -> TenderView {
        let tender_no = self.open_tender();
        let prefix = match means {
            Means::WechatPay => "139",
            Means::AliPay | Means::Cash => "289",
        };
        let (_, trade) = self.charge(tender_no, means, "k1", &format!("{prefix}{tender_no:015}"));
        assert_eq!(trade.state, TradeState::Failed, "{trade:?}");
        self.seen.not_charged += 1;
        let out = self.show_in(tender_no, means, "k2", false);
        self.pay(&out)
    }

    fn open_tender(&mut self) -> i64 {
        self.tenders += 1;
        self.order_no + self.tenders
    }

    fn show(&mut self, means: Means) -> Out {
        let tender_no = self.open_tender();
        self.show_in(tender_no, means, "k1", false)
    }

    /// Asks for a code until there is one; however often that is, it is one attempt.
    fn show_in(&mut self, tender_no: i64, means: Means, key: &str, renew: bool) -> Out {
        let waited = Stopwatch::start();
        loop {
            let view: TenderView = self.put(tender_no, means, key, (renew, None));
            let trade = with_key(&view, key);
            if trade.code_url.is_some() {
                let trade_no = trade.trade_no.clone();
                return Out { tender_no, trade_no };
            }
            assert!(waited.elapsed() < PATIENCE, "no code: {view:?}");
        }
    }

    fn put(
        &mut self,
        tender_no: i64,
        means: Means,
        key: &str,
        (renew, payment_code): (bool, Option<PaymentCode>),
    ) -> TenderView {
        let body = CreateAttempt {
            order_no: self.order_no.to_string(),
            means,
            amount_minor: self.amount_minor,
            description: "双机店".to_owned(),
            renew,
            payment_code,
            told: Vec::new(),
        };
        let path = format!("/v1/tenders/{tender_no}/attempts/{key}");
        let view: TenderView = self.member.ask("PUT", &path, &body, self.seen);
        let of_key = view.trades.iter().filter(|trade| trade.attempt_key == key);
        assert_eq!(of_key.count(), 1, "one key is one attempt: {view:?}");
        let trades = view.trades.iter().map(|trade| number_of(&trade.trade_no));
        self.seen.trades.extend(trades);
        view
    }

    /// The customer pays a code, and the till hears of it.
    fn pay(&mut self, out: &Out) -> TenderView {
        let paid = Stopwatch::start();
        wait_or_tell(PATIENCE, || self.sandbox.try_pay(&out.trade_no))
            .expect("a code that is out can be paid");
        let view = self
            .member
            .wait_told(out.tender_no, "it is paid", self.seen, |view| {
                view.state == PayOrderState::Paid
            });
        self.seen.heard_ms.push(paid.elapsed().as_millis());
        assert_eq!(
            view.winner_trade_no.as_deref(),
            Some(out.trade_no.as_str()),
            "{view:?}"
        );
        view
    }

    fn goes_back(&mut self, trade_no: &str) {
        self.seen.returned.insert(number_of(trade_no), self.amount_minor);
    }

    /// Part of a complete order is given back; how much.
    fn refund(&mut self, settled: &Settled) -> i64 {
        let path = format!("/v1/tenders/{}/refunds/{}", settled.tender_no, self.member.mint());
        let ask = AskRefund {
            amount_minor: REFUND_MINOR,
        };
        let _asked: TenderView = self.member.ask("PUT", &path, &ask, self.seen);
        self.seen.returned.insert(settled.trade_no, ask.amount_minor);
        ask.amount_minor
    }

    /// The order is complete: that is what the journal says.
    fn complete(&mut self, view: &TenderView) -> Settled {
        let winner = view.winner_trade_no.clone().expect("a paid tender has a winner");
        let trade = view.trades.iter().find(|trade| trade.trade_no == winner);
        let settled = Settled {
            member: self.member.number,
            tender_no: number_of(&view.tender_no),
            trade_no: number_of(&winner),
            amount_minor: view.amount_minor,
            refunded_minor: 0,
        };
        let entries = journal::entries(&Paid {
            member: settled.member,
            order_no: self.order_no,
            tender_no: settled.tender_no,
            means: view.means,
            amount_minor: settled.amount_minor,
            trade_no: winner.clone(),
            transaction_id: trade.and_then(|trade| trade.transaction_id.clone()),
        });
        self.member.write(&entries, self.seen);
        for nth in 1..=self.tenders {
            self.member.forget(self.order_no + nth);
        }
        settled
    }
}

/// What the stand-in calls it.
const fn platform(means: Means) -> &'static str {
    match means {
        Means::WechatPay => "wechat",
        Means::AliPay | Means::Cash => "alipay",
    }
}

const fn other(means: Means) -> Means {
    match means {
        Means::WechatPay => Means::AliPay,
        Means::AliPay | Means::Cash => Means::WechatPay,
    }
}

fn with_key<'v>(view: &'v TenderView, key: &str) -> &'v TradeView {
    let mut trades = view.trades.iter();
    let found = trades.find(|trade| trade.attempt_key == key);
    found.unwrap_or_else(|| panic!("no attempt {key} in {view:?}"))
}

fn with_disposition(view: &TenderView, disposition: Disposition) -> Option<&TradeView> {
    view.trades.iter().find(|trade| trade.disposition == disposition)
}

const fn has_ended(trade: &TradeView) -> bool {
    match trade.state {
        TradeState::Paid | TradeState::Failed | TradeState::Closed => true,
        TradeState::Created
        | TradeState::PrepayUnknown
        | TradeState::Awaiting
        | TradeState::Closing
        | TradeState::Free
        | TradeState::Credit => false,
    }
}
