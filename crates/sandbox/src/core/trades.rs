//! Prepay, query and close.

use serde_json::{Value, json};

use super::answer::Answer;
use super::board::Subject;
use super::fault::{CloseEffect, Fault};
use super::http::HttpRequest;
use super::keys::{KeyRing, MerchantKey};
use super::name::PlatformName;
use super::params::{self, Prepay};
use super::platform::Platform;
use super::refusal::{Code, Refusal};
use super::route::query_value;
use super::trade::{CODE_LIFE_MS, PayCode, Trade, TradeKey, TradeKind, TradeState};
use super::wire;

impl Platform {
    pub(crate) fn prepay(
        &mut self,
        signer: &MerchantKey,
        request: &HttpRequest,
        now_ms: i64,
    ) -> Result<Answer, Refusal> {
        let asked = Prepay::parse(json_body(request)?)?;
        check_merchant(signer, &asked.mchid)?;
        if asked.appid != signer.merchant.appid {
            return Err(Refusal::new(Code::AppidMchidNotMatch, "AppID和mch_id不匹配"));
        }
        let key = TradeKey {
            mchid: asked.mchid.clone(),
            out_trade_no: asked.out_trade_no.clone(),
        };
        let token = match self.trade_at(&key, now_ms) {
            Some(trade) => {
                trade.prepay_calls += 1;
                check_repetition(trade, &asked)?;
                self.code_of(&key, now_ms)
            }
            None => self.open_trade(key, asked, now_ms)?,
        };
        Ok(Answer::Body(json!({ "code_url": self.code_url(&token) })))
    }

    fn open_trade(&mut self, key: TradeKey, asked: Prepay, now_ms: i64) -> Result<String, Refusal> {
        let expires_at_ms = asked.expiry_ms(now_ms)?;
        Ok(self.insert_trade(key, asked, TradeKind::Native, expires_at_ms, now_ms))
    }

    /// Opens an order; the token its phone page is known by.
    pub(crate) fn insert_trade(
        &mut self,
        key: TradeKey,
        asked: Prepay,
        kind: TradeKind,
        expires_at_ms: i64,
        now_ms: i64,
    ) -> String {
        let token = self.ids.token();
        let trade = Trade {
            key: key.clone(),
            appid: asked.appid,
            description: asked.description,
            attach: asked.attach,
            notify_url: asked.notify_url,
            kind,
            total: asked.total,
            created_at_ms: now_ms,
            expires_at_ms,
            params: asked.raw,
            code: PayCode {
                token: token.clone(),
                made_at_ms: now_ms,
            },
            payment: None,
            paying: false,
            arriving: None,
            closed: false,
            revoked: false,
            declined: false,
            payable_though_closed: false,
            refunds: Vec::new(),
            prepay_calls: 1,
        };
        self.codes.insert(token.clone(), key.clone());
        self.trades.insert(key, trade);
        self.counters_at(PlatformName::Wechat).orders_created += 1;
        token
    }

    /// The order's code: the one it has, or a fresh one when that is past its two hours.
    fn code_of(&mut self, key: &TradeKey, now_ms: i64) -> String {
        let fresh = self.ids.token();
        let Some(trade) = self.trades.get_mut(key) else {
            return fresh;
        };
        if now_ms - trade.code.made_at_ms >= CODE_LIFE_MS {
            trade.code = PayCode {
                token: fresh.clone(),
                made_at_ms: now_ms,
            };
            self.codes.insert(fresh, key.clone());
        }
        trade.code.token.clone()
    }

    /// What stands in the payment code: an address a person can open, or the real platform's form.
    pub(crate) fn code_url(&self, token: &str) -> String {
        match &self.config.code_base {
            Some(base) => format!("{}/pay/{token}", base.as_str()),
            None => format!("weixin://wxpay/bizpayurl?pr={token}"),
        }
    }

    /// The order as it stands at `now_ms`: a payment begun ends with the order's time.
    pub(crate) fn trade_at(&mut self, key: &TradeKey, now_ms: i64) -> Option<&mut Trade> {
        let trade = self.trades.get_mut(key)?;
        let lapsed = trade.paying && now_ms > trade.expires_at_ms;
        trade.paying &= !lapsed;
        trade.declined |= lapsed && trade.kind == TradeKind::CodePay;
        Some(trade)
    }

    pub(crate) fn query_by_number(
        &mut self,
        signer: &MerchantKey,
        request: &HttpRequest,
        out_trade_no: &str,
        now_ms: i64,
    ) -> Result<Answer, Refusal> {
        let mchid = queried_mchid(signer, request)?;
        let key = TradeKey {
            mchid,
            out_trade_no: out_trade_no.to_owned(),
        };
        let trade = self.trade_at(&key, now_ms).ok_or_else(no_such_order)?;
        Ok(Answer::Body(wire::transaction(trade)))
    }

    pub(crate) fn query_by_id(
        &mut self,
        signer: &MerchantKey,
        request: &HttpRequest,
        transaction_id: &str,
        now_ms: i64,
    ) -> Result<Answer, Refusal> {
        let mchid = queried_mchid(signer, request)?;
        let key = self
            .transactions
            .get(transaction_id)
            .filter(|key| key.mchid == mchid)
            .cloned();
        let trade = key
            .and_then(|key| self.trade_at(&key, now_ms))
            .ok_or_else(no_such_order)?;
        Ok(Answer::Body(wire::transaction(trade)))
    }

    pub(crate) fn close(
        &mut self,
        signer: &MerchantKey,
        request: &HttpRequest,
        out_trade_no: &str,
        now_ms: i64,
    ) -> Result<Answer, Refusal> {
        let mchid = params::close_mchid(&json_body(request)?)?;
        check_merchant(signer, &mchid)?;
        let key = TradeKey {
            mchid,
            out_trade_no: out_trade_no.to_owned(),
        };
        match self.trade_at(&key, now_ms).ok_or_else(no_such_order)?.state() {
            TradeState::Success | TradeState::Refund => return Err(order_paid()),
            TradeState::Closed | TradeState::Revoked => {
                return Err(Refusal::new(Code::OrderClosed, "订单已关闭"));
            }
            TradeState::UserPaying => return Err(Refusal::new(Code::UserPaying, "用户支付中，需要输入密码")),
            TradeState::NotPay | TradeState::PayError => {}
        }
        let lies = self
            .faults
            .take(Subject::of(PlatformName::Wechat, &key), Fault::plain_close);
        let trade = self.trade_at(&key, now_ms).ok_or_else(no_such_order)?;
        if !lies.contains(&CloseEffect::Ignored) {
            trade.closed = true;
            trade.payable_though_closed = lies.contains(&CloseEffect::StaysPayable);
            self.counters_at(PlatformName::Wechat).orders_closed += 1;
        }
        Ok(Answer::Empty)
    }
}

/// The body as JSON.
pub(crate) fn json_body(request: &HttpRequest) -> Result<Value, Refusal> {
    serde_json::from_slice(&request.body).map_err(|_| Refusal::param("", "body", "请求体不是有效的JSON"))
}

/// A second prepay under one number must be the same prepay, for an order that can still be paid.
fn check_repetition(trade: &Trade, asked: &Prepay) -> Result<(), Refusal> {
    match trade.state() {
        TradeState::Success | TradeState::Refund => Err(order_paid()),
        TradeState::Closed | TradeState::Revoked | TradeState::PayError => Err(Refusal::new(
            Code::OrderClosed,
            "订单已关闭，请更换商户订单号重新下单",
        )),
        TradeState::NotPay | TradeState::UserPaying if trade.params == asked.raw => Ok(()),
        TradeState::NotPay | TradeState::UserPaying => Err(Refusal::new(
            Code::OutTradeNoUsed,
            "商户订单号重复：同一商户订单号的参数不一致",
        )),
    }
}

/// The merchant in the request is the one that signed it.
pub(crate) fn check_merchant(signer: &MerchantKey, mchid: &str) -> Result<(), Refusal> {
    if mchid == signer.merchant.mchid {
        return Ok(());
    }
    if KeyRing::get().merchant(mchid).is_none() {
        return Err(Refusal::new(Code::MchNotExists, "商户号不存在"));
    }
    Err(Refusal::new(Code::NoAuth, "请求中的商户号与签名的商户号不一致"))
}

fn queried_mchid(signer: &MerchantKey, request: &HttpRequest) -> Result<String, Refusal> {
    let mchid = query_value(&request.path_and_query, "mchid").filter(|mchid| !mchid.is_empty());
    let mchid = mchid.ok_or_else(|| Refusal::param("/mchid", "query", "必填参数缺失"))?;
    check_merchant(signer, &mchid)?;
    Ok(mchid)
}

pub(crate) fn no_such_order() -> Refusal {
    Refusal::new(Code::OrderNotExist, "订单不存在")
}

pub(crate) fn order_paid() -> Refusal {
    Refusal::new(Code::OrderPaid, "该订单已支付")
}
