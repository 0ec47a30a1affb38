//! A platform's stand-in and the centre's client of it, with nothing but bytes between the two.

use suanpan_channels::bill::{Bill, BillAnswer, BillDay};
use suanpan_channels::{
    Alipay, AlipayConfig, AlipayTrust, Call, CallbackRequest, Channel, CodePay, HttpReply, HttpRequest, Lost,
    Notice, NoticeRefused, NotifyUrl, PlatformKey, Prepay, Receipt, RefundOrder, SignedAt, WechatConfig,
    WechatPay,
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

fn wechat() -> Box<dyn Channel> {
    let merchant = sandbox::merchants().remove(0);
    let key = |id: &str, pem: &str| PlatformKey {
        id: id.to_owned(),
        pem: pem.to_owned(),
    };
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
        platform_keys: vec![
            key(
                &merchant.platform_public_key_id,
                &merchant.platform_public_key_pem,
            ),
            key(
                &merchant.platform_certificate_serial,
                &merchant.platform_certificate_pem,
            ),
        ],
        prefer: merchant.platform_public_key_id,
        api_base: ADDRESS.to_owned(),
    };
    Box::new(WechatPay::try_new(config).expect("the stand-in's own keys fit its merchant"))
}

pub fn alipay_with(keys: impl Fn(&sandbox::AlipayApp) -> Vec<String>) -> Box<dyn Channel> {
    let app = sandbox::alipay_apps().remove(0);
    let trust = AlipayTrust::Keys(keys(&app));
    let config = AlipayConfig {
        app_id: app.app_id,
        seller_id: app.seller_id,
        app_key_pem: app.private_key_pem,
        trust,
        gateway: format!("{ADDRESS}/gateway.do"),
    };
    Box::new(Alipay::try_new(config).expect("the stand-in's own keys fit its app"))
}

pub fn alipay() -> Box<dyn Channel> {
    alipay_with(|app| {
        vec![
            app.alipay_public_key_pem.clone(),
            app.next_alipay_public_key_pem.clone(),
        ]
    })
}

pub fn both() -> [Desk; 2] {
    [
        Desk::new(PlatformName::Wechat, wechat()),
        Desk::new(PlatformName::Alipay, alipay()),
    ]
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

    fn at(&self) -> SignedAt {
        SignedAt {
            now_ms: self.now_ms,
            nonce: "593BEC0C930BF1AFEB40B4A08C8FB242".to_owned(),
        }
    }

    fn carry(&mut self, request: HttpRequest) -> Result<HttpReply, Lost> {
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
