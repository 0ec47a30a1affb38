//! precreate, pay, query, cancel and close.

use serde_json::json;

use super::CODE_LIFE_MS;
use super::call::no_such_trade;
use super::keys::AppKey;
use super::node::{Node, Trouble, business};
use super::params::{Content, bad};
use super::time::{china, stamp};
use super::trade::{AlipayTrade, Asked, Buyer, Offer, TradeStatus};
use crate::core::agenda::Due;
use crate::core::board::Subject;
use crate::core::fault::{CloseEffect, Fault, PaymentEffect};
use crate::core::name::PlatformName;
use crate::core::platform::Platform;
use crate::core::trade::TradeKey;
use crate::core::wallet::CodeTrouble;

/// A scanned code without a limit of its own can be paid for 15 days.
const SCANNED_LIFE_MS: i64 = 15 * 86_400_000;
/// A charged code without a limit of its own can be paid for three hours.
const CHARGED_LIFE_MS: i64 = 3 * 3_600_000;
/// A cancel is taken for a day.
const CANCEL_WITHIN_MS: i64 = 86_400_000;

impl Platform {
    /// Hands out a code. Nothing but the code exists yet.
    pub(super) fn precreate(
        &mut self,
        app: &AppKey,
        content: &Content,
        notify_url: Option<String>,
        now_ms: i64,
    ) -> Result<Node, Trouble> {
        let key = app.trade_key(content.out_trade_no()?);
        let asked = content.asked(notify_url)?;
        let code_ms = content.timeout_ms("qr_code_timeout_express")?;
        if let Some(trade) = self.alipay.trades.get_mut(&key) {
            trade.calls += 1;
            check_repetition(trade, &asked)?;
            let token = trade.token.clone();
            return Ok(code_node(&key, &self.alipay_code_url(&token)));
        }
        let same = self.alipay.latest.get(&key).cloned();
        let same = same.filter(|token| {
            let offer = self.alipay.offers.get(token);
            offer.is_some_and(|offer| offer.asked == asked && now_ms < offer.ends_at_ms)
        });
        let token = match same {
            Some(token) => token,
            None => self.offer(key.clone(), asked, code_ms, now_ms),
        };
        if let Some(offer) = self.alipay.offers.get_mut(&token) {
            offer.calls += 1;
        }
        Ok(code_node(&key, &self.alipay_code_url(&token)))
    }

    fn offer(&mut self, key: TradeKey, asked: Asked, code_ms: Option<i64>, now_ms: i64) -> String {
        let token = self.ids.token();
        let life_ms = code_ms.unwrap_or(CODE_LIFE_MS).min(CODE_LIFE_MS);
        let offer = Offer {
            ends_at_ms: (now_ms + life_ms).min(asked.time_expire_ms.unwrap_or(i64::MAX)),
            ends_payment: code_ms.is_some(),
            key: key.clone(),
            asked,
            made_at_ms: now_ms,
            calls: 0,
        };
        self.alipay.offers.insert(token.clone(), offer);
        self.alipay.latest.insert(key, token.clone());
        token
    }

    /// What stands in a code: an address a person can open, or the real platform's form.
    pub(crate) fn alipay_code_url(&self, token: &str) -> String {
        match &self.config.code_base {
            Some(base) => format!("{}/pay/{token}", base.as_str()),
            None => format!("https://qr.alipay.com/{token}"),
        }
    }

    /// A trade comes to be.
    pub(super) fn open_alipay_trade(&mut self, trade: AlipayTrade) {
        let key = trade.key.clone();
        self.agenda
            .plan(trade.pay_until_ms, Due::AlipayClose { key: key.clone() });
        self.alipay.numbers.insert(trade.trade_no.clone(), key.clone());
        self.alipay.tokens.insert(trade.token.clone(), key.clone());
        self.alipay.trades.insert(key, trade);
        self.counters_at(PlatformName::Alipay).orders_created += 1;
    }

    /// A trade that waits to be paid.
    pub(super) fn fresh_trade(
        &mut self,
        key: TradeKey,
        token: String,
        asked: Asked,
        pay_until_ms: i64,
        now_ms: i64,
    ) -> AlipayTrade {
        let day = china(now_ms).format("%Y%m%d").to_string();
        let user_id = self.ids.buyer_id();
        AlipayTrade {
            key,
            trade_no: self.ids.trade_no(&day),
            token,
            asked,
            buyer: Buyer {
                logon_id: format!("138****{}", &user_id[12..]),
                user_id,
            },
            by_code: false,
            created_at_ms: now_ms,
            pay_until_ms,
            paying: false,
            arriving: None,
            paid: None,
            closed_at_ms: None,
            payable_though_closed: false,
            finished: false,
            refunds: Vec::new(),
            calls: 1,
        }
    }

    /// Somebody scans a code: the trade begins to exist, unless it does or the code is over.
    pub(super) fn alipay_scan_offer(&mut self, token: &str, though_over: bool, now_ms: i64) {
        let Some(offer) = self.alipay.offers.get(token).cloned() else {
            return;
        };
        let over = now_ms >= offer.ends_at_ms && !though_over;
        if over || self.alipay.trades.contains_key(&offer.key) {
            return;
        }
        let own = offer.asked.timeout_ms.map(|ms| now_ms + ms);
        let limits = [
            own,
            offer.asked.time_expire_ms,
            offer.ends_payment.then_some(offer.ends_at_ms),
        ];
        let pay_until_ms = limits.into_iter().flatten().min();
        let pay_until_ms = pay_until_ms.unwrap_or(now_ms + SCANNED_LIFE_MS);
        let mut trade = self.fresh_trade(offer.key, token.to_owned(), offer.asked, pay_until_ms, now_ms);
        trade.calls = offer.calls;
        self.open_alipay_trade(trade);
    }

    /// Charges the customer's payment code.
    pub(super) fn alipay_code_pay(
        &mut self,
        app: &AppKey,
        content: &Content,
        notify_url: Option<String>,
        now_ms: i64,
    ) -> Result<Node, Trouble> {
        let key = app.trade_key(content.out_trade_no()?);
        let auth_code = auth_code(content)?;
        let asked = content.asked(notify_url)?;
        if let Some(trade) = self.alipay.trades.get_mut(&key) {
            trade.calls += 1;
            check_repetition(trade, &asked)?;
            return Ok(in_process(trade));
        }
        let asks_password = self
            .wallet
            .check(&auth_code, PlatformName::Alipay, now_ms)
            .map_err(code_trouble)?;
        let own = asked.timeout_ms.map(|ms| now_ms + ms);
        let limit = [own, asked.time_expire_ms].into_iter().flatten().min();
        let pay_until_ms = limit.unwrap_or(now_ms + CHARGED_LIFE_MS);
        let token = self.ids.token();
        let mut trade = self.fresh_trade(key.clone(), token.clone(), asked, pay_until_ms, now_ms);
        trade.by_code = true;
        self.open_alipay_trade(trade);
        self.wallet.charge(&auth_code, &token);
        self.charge_alipay(&key, asks_password, now_ms)
    }

    fn charge_alipay(&mut self, key: &TradeKey, asks_password: bool, now_ms: i64) -> Result<Node, Trouble> {
        let subject = Subject::of(PlatformName::Alipay, key);
        let effects = self.faults.take(subject, |fault| {
            fault.payment().filter(|effect| !effect.is_about_money())
        });
        let trade = self.alipay.trades.get_mut(key).ok_or(no_such_trade())?;
        if effects.contains(&PaymentEffect::Declined) {
            trade.closed_at_ms = Some(now_ms);
            return Err(business("ACQ.BUYER_BALANCE_NOT_ENOUGH", "买家余额不足"));
        }
        if asks_password || effects.contains(&PaymentEffect::AsksPassword) {
            trade.paying = true;
            return Ok(in_process(trade));
        }
        self.alipay_pay(key, now_ms);
        let trade = self.alipay.trades.get(key).ok_or(no_such_trade())?;
        Ok(match trade.paid {
            Some(_) => paid_node(trade),
            None => in_process(trade),
        })
    }

    pub(super) fn alipay_query(&mut self, app: &AppKey, content: &Content) -> Result<Node, Trouble> {
        let key = self.alipay_trade_of(app, content)?;
        let trade = self.alipay.trades.get(&key).ok_or(no_such_trade())?;
        Ok(query_node(trade))
    }

    /// Which of an app's trades is meant; Alipay's number counts before the merchant's.
    pub(super) fn alipay_trade_of(&self, app: &AppKey, content: &Content) -> Result<TradeKey, Trouble> {
        let key = match (content.text("trade_no"), content.text("out_trade_no")) {
            (Some(number), _) => self.alipay.numbers.get(&number).cloned(),
            (None, Some(number)) => Some(app.trade_key(number)),
            (None, None) => return Err(bad("参数有误，商户订单号和支付宝交易号不能同时为空")),
        };
        key.filter(|key| key.mchid == app.app.app_id && self.alipay.trades.contains_key(key))
            .ok_or(no_such_trade())
    }

    /// Closes a trade that nobody has paid. A code that nobody has scanned is no trade: it cannot be closed.
    pub(super) fn alipay_close(
        &mut self,
        app: &AppKey,
        content: &Content,
        now_ms: i64,
    ) -> Result<Node, Trouble> {
        let key = self.alipay_trade_of(app, content)?;
        let trade = self.alipay.trades.get(&key).ok_or(no_such_trade())?;
        let numbers = numbers_node(trade);
        match trade.status() {
            TradeStatus::WaitBuyerPay => {}
            TradeStatus::Success | TradeStatus::Finished | TradeStatus::Closed => {
                return Err(business("ACQ.TRADE_STATUS_ERROR", "交易状态不合法"));
            }
        }
        let lies = self.lies(&key, Fault::plain_close);
        self.close_unless_a_lie(&key, &lies, now_ms);
        Ok(numbers)
    }

    /// Takes back what is not known. An unknown number is answered with yes, and nothing happens.
    pub(super) fn alipay_cancel(
        &mut self,
        app: &AppKey,
        content: &Content,
        now_ms: i64,
    ) -> Result<Node, Trouble> {
        let key = match self.alipay_trade_of(app, content) {
            Ok(key) => key,
            Err(trouble) if trouble == no_such_trade() => {
                let number = content.text("out_trade_no").unwrap_or_default();
                return Ok(Node::success().and("out_trade_no", number).and("retry_flag", "N"));
            }
            Err(trouble) => return Err(trouble),
        };
        let trade = self.alipay.trades.get(&key).ok_or(no_such_trade())?;
        if now_ms - trade.created_at_ms > CANCEL_WITHIN_MS {
            return Err(business("ACQ.TRADE_CANCEL_TIME_OUT", "超过撤销时间范围"));
        }
        let (numbers, status) = (numbers_node(trade), trade.status());
        let lies = match status {
            TradeStatus::WaitBuyerPay => self.lies(&key, Fault::close),
            TradeStatus::Success | TradeStatus::Finished | TradeStatus::Closed => {
                self.lies(&key, Fault::asks_again)
            }
        };
        if lies.contains(&CloseEffect::AsksAgain) {
            return Ok(numbers.and("retry_flag", "Y"));
        }
        let action = match status {
            TradeStatus::WaitBuyerPay => {
                self.close_unless_a_lie(&key, &lies, now_ms);
                "close"
            }
            TradeStatus::Closed => "close",
            TradeStatus::Finished => return Err(business("ACQ.TRADE_HAS_FINISHED", "交易已完结")),
            TradeStatus::Success => {
                self.return_the_rest(&key, now_ms);
                "refund"
            }
        };
        Ok(numbers.and("retry_flag", "N").and("action", action))
    }

    fn lies(&mut self, key: &TradeKey, pick: fn(Fault) -> Option<CloseEffect>) -> Vec<CloseEffect> {
        self.faults.take(Subject::of(PlatformName::Alipay, key), pick)
    }

    fn close_unless_a_lie(&mut self, key: &TradeKey, lies: &[CloseEffect], now_ms: i64) {
        if lies.contains(&CloseEffect::Ignored) {
            return;
        }
        if let Some(trade) = self.alipay.trades.get_mut(key) {
            trade.closed_at_ms = Some(now_ms);
            trade.payable_though_closed = lies.contains(&CloseEffect::StaysPayable);
        }
        self.counters_at(PlatformName::Alipay).orders_closed += 1;
        self.alipay_notify_trade(key, now_ms);
    }

    /// The time of a trade that nobody has paid is over: the platform closes it by itself.
    pub(crate) fn alipay_time_over(&mut self, key: &TradeKey, now_ms: i64) {
        let waiting = self.alipay.trades.get_mut(key);
        let Some(trade) = waiting.filter(|trade| trade.status() == TradeStatus::WaitBuyerPay) else {
            return;
        };
        trade.closed_at_ms = Some(now_ms);
        trade.paying = false;
        self.alipay_notify_trade(key, now_ms);
    }

    /// A paid trade is past refunding.
    pub(crate) fn alipay_finish(&mut self, key: &TradeKey, now_ms: i64) {
        let paid = self.alipay.trades.get_mut(key);
        let Some(trade) = paid.filter(|trade| trade.status() == TradeStatus::Success) else {
            return;
        };
        trade.finished = true;
        self.alipay_notify_trade(key, now_ms);
    }
}

fn auth_code(content: &Content) -> Result<String, Trouble> {
    if content.text("scene").as_deref() != Some("bar_code") {
        return Err(bad("参数有误，支付场景只支持bar_code"));
    }
    let code = content.text("auth_code").unwrap_or_default();
    let prefix: u8 = code.get(..2).and_then(|two| two.parse().ok()).unwrap_or_default();
    let digits = (16..=24).contains(&code.len()) && code.bytes().all(|digit| digit.is_ascii_digit());
    if digits && (25..=30).contains(&prefix) {
        Ok(code)
    } else {
        Err(business("ACQ.PAYMENT_AUTH_CODE_INVALID", "支付授权码无效"))
    }
}

fn code_trouble(trouble: CodeTrouble) -> Trouble {
    match trouble {
        CodeTrouble::Unknown | CodeTrouble::Used | CodeTrouble::Expired => {
            business("ACQ.PAYMENT_AUTH_CODE_INVALID", "支付授权码无效")
        }
    }
}

/// The same number again must ask for the same, of a trade that can still be paid.
fn check_repetition(trade: &AlipayTrade, asked: &Asked) -> Result<(), Trouble> {
    match trade.status() {
        TradeStatus::Success | TradeStatus::Finished => {
            Err(business("ACQ.TRADE_HAS_SUCCESS", "交易已被支付"))
        }
        TradeStatus::Closed if trade.paid.is_some() => Err(business("ACQ.TRADE_HAS_SUCCESS", "交易已被支付")),
        TradeStatus::Closed => Err(business("ACQ.TRADE_HAS_CLOSE", "交易已经关闭")),
        TradeStatus::WaitBuyerPay if trade.asked.raw == asked.raw => Ok(()),
        TradeStatus::WaitBuyerPay => Err(business("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改")),
    }
}

fn code_node(key: &TradeKey, code_url: &str) -> Node {
    Node::success()
        .and("out_trade_no", key.out_trade_no.as_str())
        .and("qr_code", code_url)
}

pub(super) fn numbers_node(trade: &AlipayTrade) -> Node {
    Node::success()
        .and("trade_no", trade.trade_no.as_str())
        .and("out_trade_no", trade.key.out_trade_no.as_str())
}

/// 10003: the customer is asked for the password.
fn in_process(trade: &AlipayTrade) -> Node {
    Node::with("10003", " order success pay inprocess")
        .and("trade_no", trade.trade_no.as_str())
        .and("out_trade_no", trade.key.out_trade_no.as_str())
        .and("buyer_logon_id", trade.buyer.logon_id.as_str())
        .and("buyer_user_id", trade.buyer.user_id.as_str())
        .and("total_amount", trade.asked.total.to_string())
}

fn paid_node(trade: &AlipayTrade) -> Node {
    let node = with_amounts(numbers_node(trade), trade);
    match trade.paid {
        Some(paid) => node.and("gmt_payment", stamp(paid.at_ms)),
        None => node,
    }
}

fn query_node(trade: &AlipayTrade) -> Node {
    let node = numbers_node(trade).and("trade_status", trade.status().wire());
    let node = with_amounts(node, trade);
    match trade.paid {
        Some(paid) => node.and("send_pay_date", stamp(paid.at_ms)),
        None => node,
    }
}

/// Who pays, and how much: nothing is received as long as nothing is paid.
fn with_amounts(node: Node, trade: &AlipayTrade) -> Node {
    let node = node
        .and("buyer_logon_id", trade.buyer.logon_id.as_str())
        .and("buyer_user_id", trade.buyer.user_id.as_str());
    let Some(paid) = trade.paid else {
        return node
            .and("total_amount", trade.asked.total.to_string())
            .and("receipt_amount", "0.00")
            .and("buyer_pay_amount", "0.00")
            .and("invoice_amount", "0.00")
            .and("point_amount", "0.00");
    };
    let (total, payer) = (paid.total.to_string(), paid.payer_total.to_string());
    let funds = json!([{ "fund_channel": "ALIPAYACCOUNT", "amount": payer.as_str() }]);
    node.and("total_amount", total.as_str())
        .and("receipt_amount", total.as_str())
        .and("buyer_pay_amount", payer.as_str())
        .and("invoice_amount", payer.as_str())
        .and("point_amount", "0.00")
        .and("fund_bill_list", funds)
}
