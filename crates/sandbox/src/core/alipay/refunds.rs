//! Refunds at Alipay: the money moves with the call, or not, and the answer must be read with care.

use suanpan_domain::money::Fen;

use super::call::no_such_trade;
use super::keys::AppKey;
use super::node::{Node, Trouble, business};
use super::params::{Content, bad};
use super::time::stamp;
use super::trade::{AlipayTrade, RefundPart, TradeStatus};
use super::trades::numbers_node;
use crate::core::board::Subject;
use crate::core::fault::{Fault, RefundEnd};
use crate::core::name::PlatformName;
use crate::core::platform::Platform;
use crate::core::trade::{RefundStatus, TradeKey};

impl Platform {
    /// Refunds, or says of a number that refunded before that nothing changed.
    pub(super) fn alipay_refund(
        &mut self,
        app: &AppKey,
        content: &Content,
        not_enough: bool,
        now_ms: i64,
    ) -> Result<Node, Trouble> {
        let key = self.alipay_trade_of(app, content)?;
        let amount = content
            .yuan("refund_amount")
            .map_err(|_| business("ACQ.REASON_TRADE_REFUND_FEE_ERR", "退款金额无效"))?;
        let trade = self.alipay.trades.get(&key).ok_or(no_such_trade())?;
        let number = request_number(trade, content, amount)?;
        if let Some(known) = trade.refund(&number) {
            if known.amount != amount {
                return Err(business("ACQ.DISCORDANT_REPEAT_REQUEST", "不一致的请求"));
            }
            if known.status != RefundStatus::Closed {
                return Ok(refund_node(trade, amount, false));
            }
        }
        check(trade, amount)?;
        if not_enough {
            return Err(business("ACQ.SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足"));
        }
        let moved = self.start_alipay_refund(&key, &number, amount, now_ms);
        let trade = self.alipay.trades.get(&key).ok_or(no_such_trade())?;
        Ok(refund_node(trade, amount, moved))
    }

    /// Whether the money has moved.
    fn start_alipay_refund(&mut self, key: &TradeKey, number: &str, amount: Fen, now_ms: i64) -> bool {
        let subject = Subject::of(PlatformName::Alipay, key);
        let ends = self.faults.take(subject, Fault::refund);
        let ends = ends.first().copied().unwrap_or(RefundEnd::Success);
        let Some(trade) = self.alipay.trades.get_mut(key) else {
            return false;
        };
        let part = RefundPart {
            out_request_no: number.to_owned(),
            amount,
            created_at_ms: now_ms,
            status: RefundStatus::Processing,
            ends,
            settled_at_ms: None,
        };
        match trade.refund_mut(number) {
            Some(known) => *known = part,
            None => {
                trade.refunds.push(part);
                self.counters_at(PlatformName::Alipay).refunds_accepted += 1;
            }
        }
        match ends {
            RefundEnd::Success | RefundEnd::Closed => {
                self.settle_alipay(key, number, Some(ends), now_ms);
            }
            RefundEnd::Held | RefundEnd::Abnormal => {}
        }
        ends == RefundEnd::Success
    }

    /// Ends one refund that is under way; false when it is not.
    pub(crate) fn settle_alipay(
        &mut self,
        key: &TradeKey,
        number: &str,
        ends: Option<RefundEnd>,
        now_ms: i64,
    ) -> bool {
        let trade = self.alipay.trades.get_mut(key);
        let Some(part) = trade.and_then(|trade| trade.refund_mut(number)) else {
            return false;
        };
        if part.status != RefundStatus::Processing {
            return false;
        }
        match ends.unwrap_or(RefundEnd::Success) {
            RefundEnd::Success | RefundEnd::Held => part.status = RefundStatus::Success,
            RefundEnd::Closed => part.status = RefundStatus::Closed,
            // Alipay has no word for it: the money stays under way.
            RefundEnd::Abnormal => return true,
        }
        part.settled_at_ms = Some(now_ms);
        if part.status == RefundStatus::Success {
            self.alipay_notify_refund(key, number, now_ms);
        }
        true
    }

    /// What a cancel does to a paid trade: everything that is left goes back.
    pub(super) fn return_the_rest(&mut self, key: &TradeKey, now_ms: i64) {
        let Some(trade) = self.alipay.trades.get_mut(key) else {
            return;
        };
        let left = trade
            .paid
            .and_then(|paid| paid.total.minus(trade.reserved()).ok());
        let Some(amount) = left.filter(|left| left.is_positive()) else {
            return;
        };
        let number = format!("{}_cancelled", key.out_trade_no);
        trade.refunds.push(RefundPart {
            out_request_no: number.clone(),
            amount,
            created_at_ms: now_ms,
            status: RefundStatus::Success,
            ends: RefundEnd::Success,
            settled_at_ms: Some(now_ms),
        });
        self.counters_at(PlatformName::Alipay).refunds_accepted += 1;
        self.alipay_notify_refund(key, &number, now_ms);
    }

    /// Answers every refund query of a trade with yes; only the fields say whether it was refunded.
    pub(super) fn alipay_refund_query(&mut self, app: &AppKey, content: &Content) -> Result<Node, Trouble> {
        let key = self.alipay_trade_of(app, content)?;
        let number = content
            .text("out_request_no")
            .ok_or(bad("参数有误，退款请求号不能为空"))?;
        let trade = self.alipay.trades.get(&key).ok_or(no_such_trade())?;
        let done = trade
            .refund(&number)
            .filter(|part| part.status == RefundStatus::Success);
        let Some((part, paid)) = done.zip(trade.paid) else {
            return Ok(Node::success());
        };
        let node = numbers_node(trade)
            .and("out_request_no", number)
            .and("refund_status", "REFUND_SUCCESS")
            .and("total_amount", paid.total.to_string())
            .and("refund_amount", part.amount.to_string())
            .and("send_back_fee", part.amount.to_string());
        Ok(match part.settled_at_ms {
            Some(at_ms) => node.and("gmt_refund_pay", stamp(at_ms)),
            None => node,
        })
    }
}

/// A part of the total needs a number of its own; the whole may go without and then has the trade's.
fn request_number(trade: &AlipayTrade, content: &Content, amount: Fen) -> Result<String, Trouble> {
    let given = content.text("out_request_no");
    if let Some(number) = &given
        && number.len() > 64
    {
        return Err(bad("参数有误，退款请求号不能超过64个字符"));
    }
    let whole = trade.paid.is_some_and(|paid| paid.total == amount);
    match given {
        Some(number) => Ok(number),
        None if whole => Ok(trade.key.out_trade_no.clone()),
        None => Err(bad("参数有误，部分退款必须传入退款请求号")),
    }
}

fn check(trade: &AlipayTrade, amount: Fen) -> Result<(), Trouble> {
    let Some(paid) = trade.paid else {
        return Err(business("ACQ.TRADE_STATUS_ERROR", "交易状态不合法"));
    };
    if trade.status() == TradeStatus::Finished {
        return Err(business("ACQ.TRADE_HAS_FINISHED", "交易已完结"));
    }
    if amount > paid.total {
        return Err(business("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限"));
    }
    match trade.reserved().plus(amount) {
        Ok(sum) if sum <= paid.total => Ok(()),
        Ok(_) | Err(_) => Err(business("ACQ.REASON_TRADE_REFUND_FEE_ERR", "退款金额无效")),
    }
}

/// `refund_fee` is what has gone back in all, `send_back_fee` what went back this time.
fn refund_node(trade: &AlipayTrade, amount: Fen, moved: bool) -> Node {
    let this_time = if moved { amount } else { Fen::ZERO };
    let node = numbers_node(trade)
        .and("buyer_logon_id", trade.buyer.logon_id.as_str())
        .and("buyer_user_id", trade.buyer.user_id.as_str())
        .and("fund_change", if moved { "Y" } else { "N" })
        .and("refund_fee", trade.returned().to_string())
        .and("send_back_fee", this_time.to_string());
    let last = trade.refunds.iter().filter_map(|part| part.settled_at_ms).max();
    match last {
        Some(at_ms) => node.and("gmt_refund_pay", stamp(at_ms)),
        None => node,
    }
}
