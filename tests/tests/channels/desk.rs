//! A platform's stand-in and the centre's client of it, with nothing but bytes between the two.

use suanpan_channels::bill::{Bill, BillAnswer, BillDay};
use suanpan_channels::{
    Alipay, AlipayConfig, AlipayTrust, Call, CallbackRequest, Channel, CodePay, HandedOut, HttpReply,
    HttpRequest, Lost, NoCertificates, Notice, NoticeRefused, NotifyUrl, PlatformKey, Prepay, Receipt,
    RefundOrder, SignedAt, WechatConfig, WechatPay,
};
use suanpan_domain::money::Fen;
use suanpan_domain::payment_code::PaymentCode;
use suanpan_domain::platform::{Observation, PlatformState};
use suanpan_sandbox as sandbox;
use suanpan_sandbox::{
    CallEffect, CallKind, Fault, FaultRule, Outcome, Platform, PlatformConfig, PlatformName,
};

/// Where the stand-in is said to be; nothing listens there.
const ADDRESS: &str = "https://platform.test";
/// 2026-11-26 10:00:00 in China.
pub const NOON_MS: i64 = 1_795_658_400_000;
pub const HOUR_MS: i64 = 3_600_000;
pub const TRADE: &str = "7700100000000001";

/// A platform, and the centre's client of it.
pub struct Desk {
    pub platform: Platform,
    pub channel: Box<dyn Channel>,
    pub name: PlatformName,
    pub now_ms: i64,
}

/// One of WeChat Pay's keys.
pub fn held(id: &str, pem: &str) -> PlatformKey {
    PlatformKey {
        id: id.to_owned(),
        pem: pem.to_owned(),
    }
}

/// The client of a merchant of WeChat Pay that holds these keys and wants to be answered with the first.
pub fn wechat_holding(merchant: sandbox::Merchant, keys: Vec<PlatformKey>) -> Box<dyn Channel> {
    let config = WechatConfig {
        app_id: merchant.appid,
        merchant_id: merchant.mchid,
        merchant_serial: merchant.certificate_serial,
        merchant_key_pem: merchant.private_key_pem,
        api_v3_key: merchant
            .api_v3_key
            .as_bytes()
            .try_into()
            .expect("the stand-in's key has 32 bytes"),
        prefer: keys[0].id.clone(),
        platform_keys: keys,
        api_base: ADDRESS.to_owned(),
    };
    Box::new(WechatPay::try_new(config).expect("the stand-in's own keys fit its merchant"))
}

/// In public-key mode, as merchants are that joined lately: no certificate is held.
pub fn wechat() -> Box<dyn Channel> {
    let merchant = sandbox::merchants().remove(0);
    let key = held(
        &merchant.platform_public_key_id,
        &merchant.platform_public_key_pem,
    );
    wechat_holding(merchant, vec![key])
}

/// In certificate mode: the merchant has not applied for the public key.
pub fn wechat_by_certificate() -> Box<dyn Channel> {
    let merchant = sandbox::merchants().remove(1);
    let certificate = held(
        &merchant.platform_certificate_serial,
        &merchant.platform_certificate_pem,
    );
    wechat_holding(merchant, vec![certificate])
}

fn alipay_trusting(app: sandbox::AlipayApp, trust: AlipayTrust) -> Box<dyn Channel> {
    let config = AlipayConfig {
        app_id: app.app_id,
        seller_id: app.seller_id,
        app_key_pem: app.private_key_pem,
        trust,
        gateway: format!("{ADDRESS}/gateway.do"),
    };
    Box::new(Alipay::try_new(config).expect("the stand-in's own keys fit its app"))
}

/// In public-key mode, with these of the app's keys.
pub fn alipay_with(keys: impl Fn(&sandbox::AlipayApp) -> Vec<String>) -> Box<dyn Channel> {
    let app = sandbox::alipay_apps().remove(0);
    let trust = AlipayTrust::Keys(keys(&app));
    alipay_trusting(app, trust)
}

/// In public-key mode.
pub fn alipay() -> Box<dyn Channel> {
    alipay_with(|app| vec![app.alipay_public_key_pem.clone()])
}

/// The second app in certificate mode, holding the certificate that comes after the one in use.
pub fn other_alipay() -> Box<dyn Channel> {
    let app = sandbox::alipay_apps().remove(1);
    let trust = AlipayTrust::Certificates {
        app: app.app_certificate_pem.clone(),
        root: app.alipay_roots_pem.clone(),
        platform: vec![app.next_alipay_certificate_pem.clone()],
    };
    alipay_trusting(app, trust)
}

/// In certificate mode, holding these of the platform's certificates.
pub fn alipay_holding(platform: Vec<String>) -> Box<dyn Channel> {
    let app = sandbox::alipay_apps().remove(0);
    let trust = AlipayTrust::Certificates {
        app: app.app_certificate_pem.clone(),
        root: app.alipay_roots_pem.clone(),
        platform,
    };
    alipay_trusting(app, trust)
}

/// In certificate mode.
pub fn alipay_by_certificate() -> Box<dyn Channel> {
    let app = sandbox::alipay_apps().remove(0);
    alipay_holding(vec![app.alipay_certificate_pem])
}

/// How many modes there are.
pub const MODES: usize = 4;

/// A desk of each platform in each of its key modes.
pub fn in_mode(mode: usize) -> Desk {
    match mode {
        0 => Desk::new(PlatformName::Wechat, wechat()),
        1 => Desk::new(PlatformName::Wechat, wechat_by_certificate()),
        2 => Desk::new(PlatformName::Alipay, alipay()),
        3 => Desk::new(PlatformName::Alipay, alipay_by_certificate()),
        other => panic!("no mode {other}"),
    }
}

/// Both platforms, each in public-key mode.
pub fn both() -> [Desk; 2] {
    [in_mode(0), in_mode(2)]
}

/// Both platforms in both of their key modes.
pub fn every_mode() -> [Desk; MODES] {
    std::array::from_fn(in_mode)
}

impl Desk {
    pub fn new(name: PlatformName, channel: Box<dyn Channel>) -> Self {
        let config = PlatformConfig {
            api_base: Some(ADDRESS.to_owned()),
            ..PlatformConfig::new(7)
        };
        Self {
            platform: Platform::new(config),
            channel,
            name,
            now_ms: NOON_MS,
        }
    }

    pub fn at(&self) -> SignedAt {
        SignedAt {
            now_ms: self.now_ms,
            nonce: "593BEC0C930BF1AFEB40B4A08C8FB242".to_owned(),
        }
    }

    pub fn carry(&mut self, request: HttpRequest) -> Result<HttpReply, Lost> {
        let sent = sandbox::HttpRequest {
            method: request.method.as_str().to_owned(),
            path_and_query: request
                .url
                .strip_prefix(ADDRESS)
                .expect("a client calls the address it was given")
                .to_owned(),
            headers: request.headers,
            body: request.body,
        };
        match self.platform.handle(&sent, self.now_ms).outcome {
            Outcome::Reply(reply) => Ok(HttpReply {
                status: reply.status,
                headers: reply.headers,
                body: reply.body,
            }),
            Outcome::Dropped => Err(Lost::TimedOut),
        }
    }

    pub fn ask(&mut self, call: &Call) -> Observation {
        let request = self.channel.request(call, self.at());
        let outcome = self.carry(request);
        self.channel
            .answer(call, outcome.as_ref().map_err(Clone::clone), self.now_ms)
    }

    pub fn prepay(&mut self) -> String {
        match self.ask(&Call::Prepay(self.order())) {
            Observation::CodeReady { code_url } => code_url,
            other => panic!("{other:?}"),
        }
    }

    pub fn order(&self) -> Prepay {
        Prepay {
            trade_no: TRADE.to_owned(),
            amount: Fen::new(2_810),
            description: "算盘便利店 & 朋友".to_owned(),
            notify_url: notify_url(),
            made_at_ms: NOON_MS,
            expires_at_ms: NOON_MS + 300_000,
            attach: None,
        }
    }

    pub fn query(&mut self) -> Observation {
        self.ask(&Call::Query {
            trade_no: TRADE.to_owned(),
        })
    }

    pub fn state(&mut self) -> PlatformState {
        match self.query() {
            Observation::Trade(fact) => fact.state,
            other => panic!("{other:?}"),
        }
    }

    pub fn charge(&mut self, asks_password: bool) -> Observation {
        let digits = self
            .platform
            .show_payment_code(self.name, asks_password, self.now_ms);
        let code = PaymentCode::try_new(digits).expect("the phone shows a payment code");
        let pay = CodePay {
            trade_no: TRADE.to_owned(),
            amount: Fen::new(2_810),
            description: "算盘便利店".to_owned(),
            code,
            store_id: "41".to_owned(),
            notify_url: notify_url(),
            made_at_ms: self.now_ms,
            expires_at_ms: self.now_ms + 60_000,
        };
        self.ask(&Call::PayByCode(pay))
    }

    pub fn reverse(&mut self) -> Observation {
        self.ask(&Call::Reverse {
            trade_no: TRADE.to_owned(),
        })
    }

    pub fn close(&mut self) -> Observation {
        self.ask(&Call::Close {
            trade_no: TRADE.to_owned(),
        })
    }

    pub fn refund(&mut self, number: &str, minor: i64) -> Observation {
        self.ask(&Call::Refund(RefundOrder {
            refund_no: number.to_owned(),
            trade_no: TRADE.to_owned(),
            refund: Fen::new(minor),
            total: Fen::new(2_810),
            reason: "商品售罄".to_owned(),
            notify_url: notify_url(),
        }))
    }

    pub fn query_refund(&mut self, number: &str) -> Observation {
        self.ask(&Call::QueryRefund {
            refund_no: number.to_owned(),
            trade_no: TRADE.to_owned(),
        })
    }

    pub fn pay(&mut self) {
        let code = self.prepay();
        self.platform
            .scan(&code, self.now_ms)
            .expect("the code was just made");
        self.platform
            .start_paying(&code, self.now_ms)
            .expect("it is not paid yet");
        self.platform
            .confirm(&code, self.now_ms)
            .expect("the customer is paying");
    }

    /// The notices that are due, as the channel reads them, each answered with the channel's own yes.
    pub fn notices(&mut self) -> Vec<Result<Notice, NoticeRefused>> {
        let due = self.platform.due_callbacks(self.now_ms);
        due.into_iter()
            .map(|outgoing| {
                let bytes = CallbackRequest {
                    headers: outgoing.headers.clone(),
                    body: outgoing.body.clone(),
                };
                let read = self.channel.notice(&bytes, self.now_ms);
                let receipt = read.as_ref().map_or_else(Receipt::Refused, |_| Receipt::Kept);
                let said = self.channel.reply(receipt);
                self.platform
                    .callback_heard(outgoing.id, Some(said.status), &said.body, self.now_ms);
                read
            })
            .collect()
    }

    pub fn bill(&mut self, day: &str) -> Result<Bill, BillAnswer> {
        let day = BillDay::parse(day).expect("a day as the tests write it");
        let asked = self.channel.bills().bill_request(day, self.at());
        let outcome = self.carry(asked);
        let answer = self
            .channel
            .bills()
            .bill_answer(outcome.as_ref().map_err(Clone::clone), self.now_ms);
        let BillAnswer::Ready(link) = answer else {
            return Err(answer);
        };
        let fetch = self.channel.bills().bill_fetch(&link, self.at());
        let fetched = self.carry(fetch);
        let read = self
            .channel
            .bills()
            .bill_read(&link, fetched.as_ref().map_err(Clone::clone));
        Ok(read.expect("what the stand-in sends is a whole bill"))
    }

    /// The platform's certificates, as it hands them out.
    pub fn certificates(&mut self, name: Option<&str>) -> Result<Vec<HandedOut>, NoCertificates> {
        let at = self.at();
        let certificates = self.channel.certificates().expect("both platforms have some");
        let request = certificates.certificates_request(name, at)?;
        let outcome = self.carry(request);
        let certificates = self.channel.certificates().expect("both platforms have some");
        certificates.certificates_read(name, outcome.as_ref().map_err(Clone::clone), self.now_ms)
    }

    pub fn break_next(&mut self, kind: CallKind, effect: CallEffect) {
        self.platform.set_fault(FaultRule {
            times: Some(1),
            ..FaultRule::always(Fault::Call {
                on: Some(kind),
                effect,
            })
        });
    }
}

pub fn notify_url() -> NotifyUrl {
    NotifyUrl::try_new("https://centre.test/trade/open/notify/x/1").expect("a public address without a query")
}
