//! WeChat Pay by the customer's payment code: codepay and reverse.
//!
//! There is no callback for such an order. Without a password the answer says SUCCESS at once; with one it
//! says USERPAYING and nothing else, and the query tells the rest.

use serde_json::{Value, json};

use super::answer::Answer;
use super::board::Subject;
use super::fault::{CloseEffect, Fault, PaymentEffect, RefundEnd};
use super::http::HttpRequest;
use super::keys::MerchantKey;
use super::name::PlatformName;
use super::params::{self, Prepay};
use super::platform::Platform;
use super::refusal::{Code, Refusal};
use super::trade::{Refund, RefundStatus, Trade, TradeKey, TradeKind, TradeState};
use super::trades::{check_merchant, json_body, no_such_order, order_paid};
use super::wallet::CodeTrouble;
use super::wire;

/// How long a customer may take to type the password; after that the payment has come to nothing.
const PASSWORD_WITHIN_MS: i64 = 120_000;

impl Platform {
    pub(crate) fn code_pay(
        &mut self,
        signer: &MerchantKey,
        request: &HttpRequest,
        now_ms: i64,
    ) -> Result<Answer, Refusal> {
        let (asked, auth_code) = Prepay::parse_code_pay(json_body(request)?)?;
        check_merchant(signer, &asked.mchid)?;
        if asked.appid != signer.merchant.appid {
            return Err(Refusal::new(Code::AppidMchidNotMatch, "AppID和mch_id不匹配"));
        }
        let key = TradeKey {
            mchid: asked.mchid.clone(),
            out_trade_no: asked.out_trade_no.clone(),
        };
        if let Some(trade) = self.trade_at(&key, now_ms) {
            trade.prepay_calls += 1;
            return repeated(trade, &asked.raw);
        }
        let asks_password = self
            .wallet
            .check(&auth_code, PlatformName::Wechat, now_ms)
            .map_err(code_trouble)?;
        let expires_at_ms = now_ms + PASSWORD_WITHIN_MS;
        let token = self.insert_trade(key.clone(), asked, TradeKind::CodePay, expires_at_ms, now_ms);
        self.wallet.charge(&auth_code, &token);
        self.charge(&key, asks_password, now_ms)
    }

    fn charge(&mut self, key: &TradeKey, asks_password: bool, now_ms: i64) -> Result<Answer, Refusal> {
        let subject = Subject::of(PlatformName::Wechat, key);
        let effects = self.faults.take(subject, |fault| {
            fault.payment().filter(|effect| !effect.is_about_money())
        });
        let trade = self.trades.get_mut(key).ok_or_else(no_such_order)?;
        if effects.contains(&PaymentEffect::Declined) {
            trade.declined = true;
            return Err(turned_down());
        }
        if asks_password || effects.contains(&PaymentEffect::AsksPassword) {
            trade.paying = true;
            return Ok(user_paying());
        }
        self.pay(key, now_ms);
        let trade = self.trades.get(key).ok_or_else(no_such_order)?;
        Ok(as_it_stands(trade))
    }

    /// Takes a payment by code back: unpaid it is revoked, paid it goes back.
    ///
    /// As on the real platform the answer to a merchant whose order it is not is yes, and nothing happens.
    pub(crate) fn reverse(
        &mut self,
        signer: &MerchantKey,
        request: &HttpRequest,
        out_trade_no: &str,
        now_ms: i64,
    ) -> Result<Answer, Refusal> {
        let (appid, mchid) = params::reverse_of(&json_body(request)?)?;
        let Some(appid) = appid else {
            return Err(Refusal::new(Code::SystemError, "系统错误"));
        };
        let mut said = json!({ "appid": appid, "mchid": mchid, "out_trade_no": out_trade_no });
        if mchid != signer.merchant.mchid {
            return Ok(Answer::Body(said));
        }
        let key = TradeKey {
            mchid,
            out_trade_no: out_trade_no.to_owned(),
        };
        let trade = self.trade_at(&key, now_ms).ok_or_else(no_such_order)?;
        if trade.kind != TradeKind::CodePay {
            return Err(Refusal::new(
                Code::InvalidRequest,
                "该订单不是付款码支付，不能撤销",
            ));
        }
        let lies = self
            .faults
            .take(Subject::of(PlatformName::Wechat, &key), Fault::close);
        if lies.contains(&CloseEffect::AsksAgain) {
            said["recall"] = json!("Y");
        } else if !lies.contains(&CloseEffect::Ignored) {
            self.revoke(&key, lies.contains(&CloseEffect::StaysPayable), now_ms);
        }
        Ok(Answer::Body(said))
    }

    fn revoke(&mut self, key: &TradeKey, stays_payable: bool, now_ms: i64) {
        let refund_id = self.ids.refund_id();
        let Some(trade) = self.trades.get_mut(key) else {
            return;
        };
        if trade.revoked {
            return;
        }
        trade.revoked = true;
        trade.paying &= stays_payable;
        trade.payable_though_closed = stays_payable;
        let left = match &trade.payment {
            Some(payment) => payment.total.minus(trade.refunded()).ok(),
            None => None,
        };
        if let Some(amount) = left.filter(|left| left.is_positive()) {
            trade.refunds.push(Refund {
                out_refund_no: format!("{}-reversed", key.out_trade_no),
                refund_id,
                amount,
                notify_url: None,
                created_at_ms: now_ms,
                status: RefundStatus::Success,
                ends: RefundEnd::Success,
                settled_at_ms: Some(now_ms),
            });
        }
        self.counters_at(PlatformName::Wechat).orders_closed += 1;
    }
}

/// The same number again: the same payment says how it stands, another one is refused.
fn repeated(trade: &Trade, raw: &Value) -> Result<Answer, Refusal> {
    match trade.state() {
        TradeState::Success | TradeState::Refund => Err(order_paid()),
        TradeState::UserPaying if trade.params == *raw => Ok(user_paying()),
        TradeState::PayError if trade.params == *raw => Err(turned_down()),
        TradeState::UserPaying
        | TradeState::PayError
        | TradeState::NotPay
        | TradeState::Closed
        | TradeState::Revoked => Err(Refusal::new(Code::OutTradeNoUsed, "商户订单号重复")),
    }
}

fn as_it_stands(trade: &Trade) -> Answer {
    if trade.payment.is_some() {
        Answer::Body(wire::transaction(trade))
    } else {
        user_paying()
    }
}

/// While the customer types, the state is all there is.
fn user_paying() -> Answer {
    Answer::Body(json!({ "trade_state": "USERPAYING" }))
}

fn turned_down() -> Refusal {
    Refusal::new(Code::TradeError, "支付失败，请用户更换付款方式")
}

fn code_trouble(trouble: CodeTrouble) -> Refusal {
    match trouble {
        CodeTrouble::Unknown => Refusal::new(Code::AuthCodeInvalid, "付款码无效，请用户刷新后重试"),
        CodeTrouble::Used => Refusal::new(Code::AuthCodeInvalid, "付款码已使用，请用户刷新后重试"),
        CodeTrouble::Expired => Refusal::new(Code::AuthCodeExpire, "付款码已过期，请用户刷新后重试"),
    }
}
