//! Notices: signed parameters to the address given with the trade, for payments, closings and refunds alike.

use serde_json::json;

use super::form::{encoded, to_be_signed};
use super::keys::{AlipayRing, AlipaySignature};
use super::time::{china, stamp};
use super::trade::{AlipayTrade, RefundPart};
use crate::core::answer;
use crate::core::board::Subject;
use crate::core::callback::{Content, Delivery, Notice};
use crate::core::fault::{CallbackEffect, Spoil};
use crate::core::name::PlatformName;
use crate::core::platform::Platform;
use crate::core::trade::TradeKey;

impl Platform {
    /// Tells how a trade stands.
    pub(super) fn alipay_notify_trade(&mut self, key: &TradeKey, now_ms: i64) {
        let Some(trade) = self.alipay.trades.get(key) else {
            return;
        };
        let parameters = trade_parameters(trade, now_ms);
        self.alipay_queue(key, trade.status().wire(), parameters, now_ms);
    }

    /// Tells of a refund, at the same address and in the same form as a payment.
    pub(super) fn alipay_notify_refund(&mut self, key: &TradeKey, number: &str, now_ms: i64) {
        let Some(trade) = self.alipay.trades.get(key) else {
            return;
        };
        let Some(part) = trade.refund(number) else { return };
        let mut parameters = trade_parameters(trade, now_ms);
        parameters.extend(refund_parameters(trade, part, now_ms));
        self.alipay_queue(key, "REFUND", parameters, now_ms);
    }

    fn alipay_queue(
        &mut self,
        key: &TradeKey,
        event: &'static str,
        mut parameters: Vec<(String, String)>,
        now_ms: i64,
    ) {
        let url = self
            .alipay
            .trades
            .get(key)
            .and_then(|trade| trade.asked.notify_url.clone());
        let subject = Subject::of(PlatformName::Alipay, key);
        let effects: Vec<CallbackEffect> = self.faults.take(subject, |fault| {
            fault.callback().filter(|effect| {
                // The probe is WeChat Pay's own.
                !matches!(effect, CallbackEffect::Spoiled { how: Spoil::SignTest })
            })
        });
        let Some(url) = url else { return };
        let id = self.ids.notify_id(&china(now_ms).format("%Y%m%d").to_string());
        parameters.push(("notify_id".to_owned(), id.clone()));
        let notice = Notice {
            platform: PlatformName::Alipay,
            notification_id: id,
            mchid: key.mchid.clone(),
            out_trade_no: key.out_trade_no.clone(),
            event,
            url,
            content: Content::Parameters(parameters),
        };
        self.callbacks.push(&notice, &effects, now_ms);
    }

    /// One attempt: the same notice with its own time and signature.
    pub(crate) fn alipay_attempt(
        &mut self,
        delivery: &Delivery,
        mut parameters: Vec<(String, String)>,
        at_ms: i64,
    ) -> (Vec<(String, String)>, Vec<u8>) {
        let mut add = |name: &str, value: &str| parameters.push((name.to_owned(), value.to_owned()));
        add("notify_time", &stamp(at_ms));
        add("sign_type", "RSA2");
        let message = to_be_signed(&parameters, &["sign", "sign_type"]);
        let app_id = &delivery.notice.mchid;
        let AlipaySignature {
            mut sign,
            certificate,
        } = self.alipay_sign(app_id, &message);
        match delivery.spoil {
            None | Some(Spoil::Stale) => {}
            Some(Spoil::BadSignature | Spoil::SignTest) => sign = answer::spoilt(&sign),
            Some(Spoil::Altered) => raise_total(&mut parameters),
        }
        parameters.push(("sign".to_owned(), sign));
        if self.alipay.by_certificate.contains(app_id) {
            // Beside the signature and not under it, as merchants have found it.
            parameters.push(("alipay_cert_sn".to_owned(), certificate.to_owned()));
        }
        let content_type = "application/x-www-form-urlencoded; charset=utf-8";
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        (headers, encoded(&parameters).into_bytes())
    }
}

/// Somebody in between makes the amount ten times what it was.
fn raise_total(parameters: &mut [(String, String)]) {
    for (name, value) in parameters {
        if name == "total_amount" {
            value.insert(0, '1');
        }
    }
}

fn trade_parameters(trade: &AlipayTrade, now_ms: i64) -> Vec<(String, String)> {
    let seller_id = AlipayRing::get()
        .app(&trade.key.mchid)
        .map(|app| app.app.seller_id.as_str());
    let total = trade
        .paid
        .map_or(trade.asked.total, |paid| paid.total)
        .to_string();
    let mut pairs = vec![
        ("notify_type", "trade_status_sync".to_owned()),
        ("app_id", trade.key.mchid.clone()),
        ("auth_app_id", trade.key.mchid.clone()),
        ("charset", "utf-8".to_owned()),
        ("version", "1.0".to_owned()),
        ("trade_no", trade.trade_no.clone()),
        ("out_trade_no", trade.key.out_trade_no.clone()),
        ("trade_status", trade.status().wire().to_owned()),
        ("seller_id", seller_id.unwrap_or_default().to_owned()),
        ("buyer_id", trade.buyer.user_id.clone()),
        ("buyer_logon_id", trade.buyer.logon_id.clone()),
        ("subject", trade.asked.subject.clone()),
        ("gmt_create", stamp(trade.created_at_ms)),
        ("total_amount", total.clone()),
    ];
    if let Some(passback) = &trade.asked.passback {
        pairs.push(("passback_params", passback.clone()));
    }
    if let Some(paid) = trade.paid {
        let payer = paid.payer_total.to_string();
        let funds = json!([{ "amount": payer.as_str(), "fundChannel": "ALIPAYACCOUNT" }]);
        pairs.extend([
            ("gmt_payment", stamp(paid.at_ms)),
            ("receipt_amount", total),
            ("invoice_amount", payer.clone()),
            ("buyer_pay_amount", payer),
            ("point_amount", "0.00".to_owned()),
            ("fund_bill_list", funds.to_string()),
        ]);
    }
    let closed_now = trade.status().wire() == "TRADE_CLOSED";
    if closed_now {
        pairs.push(("gmt_close", stamp(trade.closed_at_ms.unwrap_or(now_ms))));
    }
    owned(pairs)
}

fn refund_parameters(trade: &AlipayTrade, part: &RefundPart, now_ms: i64) -> Vec<(String, String)> {
    let at_ms = part.settled_at_ms.unwrap_or(now_ms);
    owned(vec![
        ("out_biz_no", part.out_request_no.clone()),
        ("refund_fee", trade.returned().to_string()),
        (
            "gmt_refund",
            format!("{}.{:03}", stamp(at_ms), at_ms.rem_euclid(1000)),
        ),
    ])
}

fn owned(pairs: Vec<(&str, String)>) -> Vec<(String, String)> {
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
