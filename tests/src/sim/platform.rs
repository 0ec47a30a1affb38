//! The payment platform of the simulation: the sandbox's core, reached through bytes.
//!
//! It never crashes and never forgets: it stands for the world that holds the money. Its switches are
//! thrown by [`Switches`], a few at a time, only while faults last.

use suanpan_channels as channels;
use suanpan_sandbox::{
    AlipayApp, CallEffect, CallKind, CallbackEffect, CloseEffect, Fault, FaultRule, HttpReply, HttpRequest,
    Merchant, Outcome, OutgoingCallback, PaymentEffect, Platform, PlatformConfig, PlatformName, RefundEnd,
    Spoil,
};

use super::rng::Rng;

/// The address the centre is told; nothing listens there.
pub const ADDRESS: &str = "https://platform.sim";

/// The platform and what it reacted with.
pub struct PlatformHost {
    /// The stand-in itself.
    pub core: Platform,
}

/// What a caller gets to see, and when.
#[derive(Debug)]
pub struct Reaction {
    /// The answer, or nothing when the connection ends.
    pub reply: Option<channels::HttpReply>,
    /// How long it is held back.
    pub delay_ms: i64,
}

impl PlatformHost {
    /// An empty platform.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            core: Platform::new(PlatformConfig {
                api_base: Some(ADDRESS.to_owned()),
                ..PlatformConfig::new(seed)
            }),
        }
    }

    /// The merchant the shops of the simulation sell for.
    ///
    /// # Panics
    /// Never: the stand-in always has practice merchants.
    #[must_use]
    pub fn merchant() -> Merchant {
        suanpan_sandbox::merchants()
            .into_iter()
            .next()
            .expect("the stand-in has two practice merchants")
    }

    /// The same with Alipay.
    ///
    /// # Panics
    /// Never: the stand-in always has practice apps.
    #[must_use]
    pub fn alipay_app() -> AlipayApp {
        suanpan_sandbox::alipay_apps()
            .into_iter()
            .next()
            .expect("the stand-in has two practice apps")
    }

    /// Takes a request of the centre.
    pub fn handle(&mut self, request: &channels::HttpRequest, now_ms: i64) -> Reaction {
        let sent = HttpRequest {
            method: request.method.as_str().to_owned(),
            path_and_query: request
                .url
                .strip_prefix(ADDRESS)
                .unwrap_or(&request.url)
                .to_owned(),
            headers: request.headers.clone(),
            body: request.body.clone(),
        };
        let handled = self.core.handle(&sent, now_ms);
        let reply = match handled.outcome {
            Outcome::Reply(HttpReply {
                status,
                headers,
                body,
            }) => Some(channels::HttpReply {
                status,
                headers,
                body,
            }),
            Outcome::Dropped => None,
        };
        Reaction {
            reply,
            delay_ms: i64::from(handled.delay_ms),
        }
    }

    /// Callbacks that are due.
    pub fn due(&mut self, now_ms: i64) -> Vec<OutgoingCallback> {
        self.core.due_callbacks(now_ms)
    }

    /// Switches that are set go, and refunds that are held arrive.
    pub fn heal(&mut self, now_ms: i64) {
        self.core.clear_faults();
        self.core.settle_refunds(Some(RefundEnd::Success), now_ms);
    }
}

/// Throws switches at the platform.
#[derive(Clone, Debug)]
pub struct Switches {
    rng: Rng,
    payable_after_close: u32,
    wrong_amount: u32,
}

const CALLS: &[CallKind] = &[
    CallKind::Prepay,
    CallKind::Query,
    CallKind::Close,
    CallKind::CodePay,
    CallKind::Cancel,
    CallKind::Refund,
    CallKind::RefundQuery,
];

impl Switches {
    /// Switches with the shares of the weather.
    #[must_use]
    pub const fn new(rng: Rng, payable_after_close: u32, wrong_amount: u32) -> Self {
        Self {
            rng,
            payable_after_close,
            wrong_amount,
        }
    }

    /// Sets one at random; its name for the trace.
    pub fn throw(&mut self, platform: &mut Platform) -> String {
        let times = u32::try_from(self.rng.between(1, 4)).unwrap_or(1);
        let fault = match self.rng.below(10) {
            0..=4 => Fault::Call {
                on: self.rng.pick(CALLS).copied(),
                effect: self.call_effect(),
            },
            5..=7 => Fault::Callback {
                effect: self.callback_effect(),
            },
            8 => Fault::Refund {
                ends: self.refund_end(),
            },
            _ => Fault::Close {
                effect: CloseEffect::Ignored,
            },
        };
        platform.set_fault(FaultRule::next(times, fault));
        format!("{times} times {fault:?}")
    }

    /// Sets one on calls of a kind; its name for the trace.
    pub fn throw_on(&mut self, platform: &mut Platform, kind: CallKind) -> String {
        let times = u32::try_from(self.rng.between(1, 3)).unwrap_or(1);
        let fault = Fault::Call {
            on: Some(kind),
            effect: self.call_effect(),
        };
        platform.set_fault(FaultRule::next(times, fault));
        format!("{times} times {fault:?}")
    }

    fn call_effect(&mut self) -> CallEffect {
        let delay_ms = u32::try_from(self.rng.between(500, 20_000)).unwrap_or(500);
        let status = self
            .rng
            .pick(&[429_u16, 500, 502, 503, 202])
            .copied()
            .unwrap_or(500);
        let acts = self.rng.chance(500);
        match self.rng.below(9) {
            0 => CallEffect::LostRequest,
            1 => CallEffect::LostReply,
            2 => CallEffect::Slow { delay_ms },
            3 | 4 => CallEffect::Status { status, acts },
            5 => CallEffect::HtmlPage,
            6 => CallEffect::BadSignature,
            7 => CallEffect::AlteredBody,
            _ => CallEffect::NotVisible,
        }
    }

    fn callback_effect(&mut self) -> CallbackEffect {
        let delay_ms = u32::try_from(self.rng.between(1_000, 900_000)).unwrap_or(1_000);
        let copies = u32::try_from(self.rng.between(1, 5)).unwrap_or(1);
        let spoils = [Spoil::SignTest, Spoil::BadSignature, Spoil::Stale, Spoil::Altered];
        let how = self.rng.pick(&spoils).copied().unwrap_or(Spoil::Altered);
        match self.rng.below(6) {
            0 | 1 => CallbackEffect::Never,
            2 => CallbackEffect::Late { delay_ms },
            3 => CallbackEffect::Duplicated { copies },
            4 => CallbackEffect::Reordered,
            _ => CallbackEffect::Spoiled { how },
        }
    }

    fn refund_end(&mut self) -> RefundEnd {
        match self.rng.below(3) {
            0 => RefundEnd::Abnormal,
            1 => RefundEnd::Held,
            _ => RefundEnd::Success,
        }
    }

    /// Before a close: whether it will be answered with yes and the code stays payable.
    pub fn spoil_close(&mut self, platform: &mut Platform, at: PlatformName, trade_no: &str) -> bool {
        let spoils = self.rng.chance(self.payable_after_close);
        if spoils {
            let effect = CloseEffect::StaysPayable;
            platform.set_fault(once_for(at, trade_no, Fault::Close { effect }));
        }
        spoils
    }

    /// Before a payment of `amount_minor`: whether the platform will report another amount.
    pub fn spoil_payment(
        &mut self,
        platform: &mut Platform,
        at: PlatformName,
        trade_no: &str,
        amount_minor: i64,
    ) -> bool {
        let spoils = self.rng.chance(self.wrong_amount);
        if spoils {
            let total_minor = u32::try_from(amount_minor).unwrap_or(1).saturating_add(1);
            let effect = PaymentEffect::WrongTotal { total_minor };
            platform.set_fault(once_for(at, trade_no, Fault::Payment { effect }));
        }
        spoils
    }
}

/// Another platform may have an order of that number.
fn once_for(at: PlatformName, trade_no: &str, fault: Fault) -> FaultRule {
    FaultRule {
        platform: Some(at),
        out_trade_no: Some(trade_no.to_owned()),
        ..FaultRule::next(1, fault)
    }
}
