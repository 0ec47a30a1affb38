//! One call, with everything before it that it needs, sent and spoilt on the way.

use suanpan_channels::bill::{BillAnswer, BillDay};
use suanpan_channels::{Call, CodePay, HttpReply, HttpRequest, Lost, NoCertificates, Prepay, RefundOrder};
use suanpan_domain::money::Fen;
use suanpan_domain::payment_code::PaymentCode;
use suanpan_domain::platform::{Observation, PlatformState};
use suanpan_sandbox as sandbox;
use suanpan_sandbox::{AlipayKey, CallEffect, CallKind, PlatformName};

use crate::desk::{Desk, HOUR_MS, NOON_MS, in_mode, notify_url, other_alipay};

const TRADE: &str = "7700100000000001";
const OTHER_TRADE: &str = "7700100000000002";
const REFUND: &str = "88001";
const OTHER_REFUND: &str = "88002";

/// What can be asked of a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    Create,
    PayByCode,
    Query,
    Close,
    Reverse,
    Refund,
    QueryRefund,
    Bill,
    Certificates,
}

impl Ask {
    /// All of them, in the order of the tables' letters.
    pub const ALL: &[Self] = &[
        Self::Create,
        Self::PayByCode,
        Self::Query,
        Self::Close,
        Self::Reverse,
        Self::Refund,
        Self::QueryRefund,
        Self::Bill,
        Self::Certificates,
    ];

    /// Which of the letters is its.
    pub fn column(self) -> usize {
        let at = Self::ALL.iter().position(|ask| *ask == self);
        at.expect("all of them are listed")
    }

    /// Which one a call is. A new call is put here and gets a column.
    const fn of(call: &Call) -> Self {
        match call {
            Call::Prepay(_) => Self::Create,
            Call::PayByCode(_) => Self::PayByCode,
            Call::Query { .. } => Self::Query,
            Call::Close { .. } => Self::Close,
            Call::Reverse { .. } => Self::Reverse,
            Call::Refund(_) => Self::Refund,
            Call::QueryRefund { .. } => Self::QueryRefund,
        }
    }

    /// What the stand-in calls it.
    const fn kind(self) -> CallKind {
        match self {
            Self::Create => CallKind::Prepay,
            Self::PayByCode => CallKind::CodePay,
            Self::Query => CallKind::Query,
            Self::Close => CallKind::Close,
            Self::Reverse => CallKind::Cancel,
            Self::Refund => CallKind::Refund,
            Self::QueryRefund => CallKind::RefundQuery,
            Self::Bill => CallKind::Bill,
            Self::Certificates => CallKind::Certificates,
        }
    }
}

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
pub enum Spoiling {
    Nothing,
    /// A switch of the stand-in.
    Switch(CallEffect),
    /// Something in between.
    Tampering(Tampering),
}

/// What something in between does to an answer.
#[derive(Clone, Copy, Debug)]
pub enum Tampering {
    EmptyBody,
    CutBody,
    NoHeader(&'static str),
    Stale,
    OtherMerchant,
    OtherNumber,
}

/// A desk at which one call is about to be made.
pub struct Stage {
    pub desk: Desk,
    mode: usize,
    trade_no: &'static str,
    refund_no: &'static str,
}

impl Stage {
    /// Everything before the call has gone well.
    pub fn set(mode: usize, ask: Ask) -> Self {
        Self::with(in_mode(mode), mode, ask, TRADE, REFUND)
    }

    fn with(desk: Desk, mode: usize, ask: Ask, trade_no: &'static str, refund_no: &'static str) -> Self {
        let mut stage = Self {
            desk,
            mode,
            trade_no,
            refund_no,
        };
        stage.prepare(ask);
        stage
    }

    fn prepare(&mut self, ask: Ask) {
        match ask {
            Ask::Create | Ask::PayByCode | Ask::Certificates => {}
            Ask::Query | Ask::Refund | Ask::Bill => self.pay(),
            Ask::Close => {
                let code = self.code();
                self.desk
                    .platform
                    .scan(&code, self.desk.now_ms)
                    .expect("the code is new");
            }
            Ask::Reverse => {
                let charge = self.charge(true);
                assert_eq!(self.ask(&charge), 'b');
                self.desk.now_ms += 20_000;
            }
            Ask::QueryRefund => {
                self.pay();
                let refund = self.refund();
                assert_eq!(self.ask(&refund), 'D');
                self.desk.platform.settle_refunds(None, self.desk.now_ms);
            }
        }
        if ask == Ask::Bill {
            self.desk.now_ms += 26 * HOUR_MS;
        }
    }

    /// Alipay hands out certificates in certificate mode only.
    pub fn can(&mut self, ask: Ask) -> bool {
        ask != Ask::Certificates || self.certificates_request().is_some()
    }

    fn certificates_request(&mut self) -> Option<HttpRequest> {
        let at = self.desk.at();
        let name = self.certificate_name();
        let certificates = self
            .desk
            .channel
            .certificates()
            .expect("both platforms have some");
        match certificates.certificates_request(name.as_deref(), at) {
            Ok(request) => Some(request),
            Err(NoCertificates::PublicKeyMode) => None,
            Err(other) => panic!("{other}"),
        }
    }

    fn certificate_name(&self) -> Option<String> {
        match self.desk.name {
            PlatformName::Wechat => None,
            PlatformName::Alipay => Some(sandbox::alipay_apps().remove(0).alipay_cert_sn),
        }
    }

    fn code(&mut self) -> String {
        match self.desk.ask(&self.prepay()) {
            Observation::CodeReady { code_url } => code_url,
            other => panic!("{other:?}"),
        }
    }

    fn pay(&mut self) {
        let code = self.code();
        let now_ms = self.desk.now_ms;
        self.desk.platform.scan(&code, now_ms).expect("the code is new");
        self.desk
            .platform
            .confirm(&code, now_ms)
            .expect("it is not paid yet");
    }

    fn prepay(&self) -> Call {
        Call::Prepay(Prepay {
            trade_no: self.trade_no.to_owned(),
            amount: Fen::new(2_810),
            description: "算盘便利店 & 朋友".to_owned(),
            notify_url: notify_url(),
            made_at_ms: NOON_MS,
            expires_at_ms: NOON_MS + 300_000,
            attach: None,
        })
    }

    fn charge(&mut self, asks_password: bool) -> Call {
        let now_ms = self.desk.now_ms;
        let digits = self
            .desk
            .platform
            .show_payment_code(self.desk.name, asks_password, now_ms);
        Call::PayByCode(CodePay {
            trade_no: self.trade_no.to_owned(),
            amount: Fen::new(2_810),
            description: "算盘便利店".to_owned(),
            code: PaymentCode::try_new(digits).expect("the phone shows a payment code"),
            store_id: "41".to_owned(),
            notify_url: notify_url(),
            made_at_ms: now_ms,
            expires_at_ms: now_ms + 60_000,
        })
    }

    fn refund(&self) -> Call {
        Call::Refund(RefundOrder {
            refund_no: self.refund_no.to_owned(),
            trade_no: self.trade_no.to_owned(),
            refund: Fen::new(810),
            total: Fen::new(2_810),
            reason: "商品售罄".to_owned(),
            notify_url: notify_url(),
        })
    }

    /// The call, where it is one.
    fn call(&mut self, ask: Ask) -> Option<Call> {
        let trade_no = self.trade_no.to_owned();
        let call = match ask {
            Ask::Create => self.prepay(),
            Ask::PayByCode => self.charge(false),
            Ask::Query => Call::Query { trade_no },
            Ask::Close => Call::Close { trade_no },
            Ask::Reverse => Call::Reverse { trade_no },
            Ask::Refund => self.refund(),
            Ask::QueryRefund => Call::QueryRefund {
                refund_no: self.refund_no.to_owned(),
                trade_no,
            },
            Ask::Bill | Ask::Certificates => return None,
        };
        assert_eq!(Ask::of(&call), ask);
        Some(call)
    }

    /// Sends the call, spoilt, and says by a letter what the client makes of it.
    pub fn play(&mut self, ask: Ask, spoiling: &Spoiling) -> char {
        match *spoiling {
            Spoiling::Nothing => {}
            Spoiling::Switch(effect) => self.desk.break_next(ask.kind(), effect),
            Spoiling::Tampering(tampering) => return self.tampered(ask, tampering),
        }
        let (call, outcome) = self.sent(ask);
        self.desk.platform.clear_faults();
        self.read(ask, call.as_ref(), outcome)
    }

    fn tampered(&mut self, ask: Ask, tampering: Tampering) -> char {
        let (call, mut outcome) = self.sent(ask);
        match (tampering, &mut outcome) {
            (Tampering::EmptyBody, Ok(reply)) => reply.body.clear(),
            (Tampering::CutBody, Ok(reply)) => {
                reply.body.pop();
            }
            (Tampering::NoHeader(name), Ok(reply)) => reply.headers.retain(|(known, _)| known != name),
            (Tampering::Stale, Ok(_)) => self.desk.now_ms += 300_000,
            (Tampering::OtherMerchant, Ok(reply)) => *reply = self.answer_to(ask, true),
            (Tampering::OtherNumber, Ok(reply)) => *reply = self.answer_to(ask, false),
            (_, Err(lost)) => panic!("{lost}"),
        }
        let seen = self.read(ask, call.as_ref(), outcome);
        if matches!(tampering, Tampering::Stale) {
            self.desk.now_ms -= 300_000;
        }
        seen
    }

    /// What another merchant is answered to the same question, or this one to the question about another number.
    fn answer_to(&self, ask: Ask, other_merchant: bool) -> HttpReply {
        let mut other = if other_merchant {
            Self::with(self.other_desk(), self.mode, ask, TRADE, REFUND)
        } else {
            Self::with(in_mode(self.mode), self.mode, ask, OTHER_TRADE, OTHER_REFUND)
        };
        let (_, outcome) = other.sent(ask);
        outcome.expect("nothing goes wrong there")
    }

    fn other_desk(&self) -> Desk {
        match self.desk.name {
            // The one merchant is in the one mode, the other in the other.
            PlatformName::Wechat => in_mode(1 - self.mode),
            PlatformName::Alipay => {
                let mut desk = Desk::new(PlatformName::Alipay, other_alipay());
                let app = sandbox::alipay_apps().remove(1);
                desk.platform
                    .set_alipay_key(&app.app_id, AlipayKey::Next)
                    .expect("the second app is known");
                desk
            }
        }
    }

    fn sent(&mut self, ask: Ask) -> (Option<Call>, Result<HttpReply, Lost>) {
        let call = self.call(ask);
        let at = self.desk.at();
        let request = match (&call, ask) {
            (Some(call), _) => self.desk.channel.request(call, at),
            (None, Ask::Certificates) => self.certificates_request().expect("it can be asked"),
            (None, _) => self.desk.channel.bills().bill_request(BillDay::of(NOON_MS), at),
        };
        let outcome = self.desk.carry(request);
        (call, outcome)
    }

    fn read(&self, ask: Ask, call: Option<&Call>, outcome: Result<HttpReply, Lost>) -> char {
        let (channel, now_ms) = (&self.desk.channel, self.desk.now_ms);
        let outcome = outcome.as_ref().map_err(Clone::clone);
        match (call, ask) {
            (Some(call), _) => letter_of(&channel.answer(call, outcome, now_ms)),
            (None, Ask::Certificates) => {
                let name = self.certificate_name();
                let certificates = channel.certificates().expect("both platforms have some");
                match certificates.certificates_read(name.as_deref(), outcome, now_ms) {
                    Ok(_) => 'D',
                    Err(NoCertificates::Refused { .. }) => 'R',
                    Err(NoCertificates::Unknown { .. } | NoCertificates::Untrusted(_)) => '-',
                    Err(other) => panic!("{other}"),
                }
            }
            (None, _) => match channel.bills().bill_answer(outcome, now_ms) {
                BillAnswer::Ready(_) => 'D',
                BillAnswer::Missing { .. } => 'm',
                BillAnswer::Unknown { .. } => '-',
            },
        }
    }

    fn ask(&mut self, call: &Call) -> char {
        letter_of(&self.desk.ask(call))
    }

    /// Whether anything has come to be by a call that makes something.
    pub fn has_come_to_be(&self, ask: Ask) -> bool {
        match ask {
            Ask::Create | Ask::PayByCode => self.trades() > 0,
            Ask::Refund => !self.desk.platform.refunds().is_empty(),
            Ask::Query | Ask::Close | Ask::Reverse | Ask::QueryRefund | Ask::Bill | Ask::Certificates => {
                false
            }
        }
    }

    fn trades(&self) -> usize {
        let trades = self.desk.platform.trades();
        trades
            .iter()
            .filter(|trade| trade.out_trade_no == self.trade_no)
            .count()
    }

    /// What the centre does with an answer that is not known, once nothing goes wrong any more.
    pub fn settle(&mut self, ask: Ask) -> char {
        match ask {
            // Sent once only: it is asked about, and where the platform knows nothing, nothing was charged.
            Ask::PayByCode => match self.play(Ask::Query, &Spoiling::Nothing) {
                'm' if self.trades() == 0 => 'D',
                seen => seen,
            },
            // Query, close, query.
            Ask::Close => {
                if self.is_closed() {
                    return 'D';
                }
                let closed = self.play(Ask::Close, &Spoiling::Nothing);
                if self.is_closed() { closed } else { '-' }
            }
            Ask::Refund => {
                assert_eq!(self.play(Ask::Refund, &Spoiling::Nothing), 'D');
                self.desk.platform.settle_refunds(None, self.desk.now_ms);
                self.play(Ask::QueryRefund, &Spoiling::Nothing)
            }
            Ask::Create | Ask::Query | Ask::Reverse | Ask::QueryRefund | Ask::Bill | Ask::Certificates => {
                self.play(ask, &Spoiling::Nothing)
            }
        }
    }

    fn is_closed(&mut self) -> bool {
        let query = Call::Query {
            trade_no: self.trade_no.to_owned(),
        };
        match self.desk.ask(&query) {
            Observation::Trade(fact) => fact.state == PlatformState::Closed,
            other => panic!("{other:?}"),
        }
    }

    /// Whether what was asked for, once settled, is there once and not twice.
    pub fn is_there_once(&self, ask: Ask) -> bool {
        match ask {
            Ask::Refund | Ask::QueryRefund => self.desk.platform.refunds().len() == 1,
            // A charge that never arrived leaves nothing; certificates are nobody's trade.
            Ask::PayByCode | Ask::Certificates => self.trades() <= 1,
            Ask::Create | Ask::Query | Ask::Close | Ask::Reverse | Ask::Bill => self.trades() == 1,
        }
    }
}

/// What an observation says, by its letter.
fn letter_of(seen: &Observation) -> char {
    match seen {
        Observation::CodeReady { .. }
        | Observation::Trade(_)
        | Observation::CloseAccepted
        | Observation::Refund(_) => 'D',
        Observation::NotExist => 'm',
        Observation::AlreadyPaid => 'p',
        Observation::NumberUsed => 'u',
        Observation::Busy => 'b',
        Observation::RefundDeferred { .. } => 'l',
        Observation::Refused { .. } => 'R',
        Observation::Unknown { .. } => '-',
    }
}
