//! Refunds: accepted at once, settled later, capped by what was paid.

use super::agenda::Due;
use super::answer::Answer;
use super::board::Subject;
use super::fault::{Fault, RefundEnd};
use super::http::HttpRequest;
use super::keys::MerchantKey;
use super::name::PlatformName;
use super::notices::Event;
use super::params::{RefundAsk, RefundOf};
use super::platform::Platform;
use super::refusal::{Code, Refusal};
use super::trade::{Payment, Refund, RefundStatus, Trade, TradeKey};
use super::trades::json_body;
use super::wire;

/// One order can be refunded in at most 50 parts.
const PARTS_MAX: usize = 50;
/// An order can be refunded for 365 days after it was paid.
const REFUND_WITHIN_MS: i64 = 365 * 24 * 3_600_000;

impl Platform {
    pub(crate) fn refund(
        &mut self,
        signer: &MerchantKey,
        request: &HttpRequest,
        not_enough: bool,
        now_ms: i64,
    ) -> Result<Answer, Refusal> {
        let asked = RefundAsk::parse(&json_body(request)?)?;
        let key = self.trade_to_refund(signer, &asked.of)?;
        let refund_key = (key.mchid.clone(), asked.out_refund_no.clone());
        if self.refunds.get(&refund_key).is_some_and(|other| *other != key) {
            return Err(invalid("商户退款单号已用于其他订单"));
        }
        let trade = self.trades.get(&key).ok_or_else(no_such_trade)?;
        match trade.refund(&asked.out_refund_no) {
            Some(known) => check_repetition(trade, known, &asked)?,
            None => check_new(trade, &asked, self.config.refund_gap_ms, now_ms)?,
        }
        let starts = trade
            .refund(&asked.out_refund_no)
            .is_none_or(|known| known.status == RefundStatus::Closed);
        if starts && not_enough {
            return Err(Refusal::new(
                Code::NotEnough,
                "基本账户余额不足，请充值后重新发起",
            ));
        }
        if starts {
            self.start_refund(&key, &asked, now_ms);
        }
        self.query_refund(signer, &asked.out_refund_no)
    }

    pub(crate) fn query_refund(&self, signer: &MerchantKey, out_refund_no: &str) -> Result<Answer, Refusal> {
        let refund_key = (signer.merchant.mchid.clone(), out_refund_no.to_owned());
        let unknown = || Refusal::new(Code::ResourceNotExists, "退款单不存在");
        let trade = self
            .refunds
            .get(&refund_key)
            .and_then(|key| self.trades.get(key))
            .ok_or_else(unknown)?;
        let refund = trade.refund(out_refund_no).ok_or_else(unknown)?;
        let payment = trade.payment.as_ref().ok_or_else(unknown)?;
        Ok(Answer::Body(wire::refund(trade, payment, refund)))
    }

    fn trade_to_refund(&self, signer: &MerchantKey, of: &RefundOf) -> Result<TradeKey, Refusal> {
        let mchid = &signer.merchant.mchid;
        let key = match of {
            RefundOf::OutTradeNo(out_trade_no) => Some(TradeKey {
                mchid: mchid.clone(),
                out_trade_no: out_trade_no.clone(),
            }),
            RefundOf::TransactionId(id) => self
                .transactions
                .get(id)
                .filter(|key| key.mchid == *mchid)
                .cloned(),
        };
        key.filter(|key| self.trades.contains_key(key))
            .ok_or_else(no_such_trade)
    }

    /// Accepts a refund, or takes up one that was closed; it ends as the switches say.
    fn start_refund(&mut self, key: &TradeKey, asked: &RefundAsk, now_ms: i64) {
        let subject = Subject::of(PlatformName::Wechat, key);
        let ends = self.faults.take(subject, Fault::refund);
        let ends = ends.first().copied().unwrap_or(RefundEnd::Success);
        let refund_id = self.ids.refund_id();
        let Some(trade) = self.trades.get_mut(key) else {
            return;
        };
        if let Some(closed) = trade.refund_mut(&asked.out_refund_no) {
            closed.status = RefundStatus::Processing;
            closed.settled_at_ms = None;
            closed.ends = ends;
        } else {
            trade.refunds.push(Refund {
                out_refund_no: asked.out_refund_no.clone(),
                refund_id,
                amount: asked.refund,
                notify_url: asked.notify_url.clone(),
                created_at_ms: now_ms,
                status: RefundStatus::Processing,
                ends,
                settled_at_ms: None,
            });
            self.counters_at(PlatformName::Wechat).refunds_accepted += 1;
        }
        self.refunds
            .insert((key.mchid.clone(), asked.out_refund_no.clone()), key.clone());
        if ends != RefundEnd::Held {
            let at_ms = now_ms + i64::from(self.config.refund_settle_ms);
            self.agenda.plan(at_ms, due(&key.mchid, &asked.out_refund_no));
        }
    }

    /// Ends one refund that is in progress, as `ends` says or as it was going to; false when it is not.
    pub(crate) fn settle(
        &mut self,
        mchid: &str,
        out_refund_no: &str,
        ends: Option<RefundEnd>,
        now_ms: i64,
    ) -> bool {
        let refund_key = (mchid.to_owned(), out_refund_no.to_owned());
        let Some(key) = self.refunds.get(&refund_key).cloned() else {
            return false;
        };
        let Some(trade) = self.trades.get_mut(&key) else {
            return false;
        };
        let Some(refund) = trade.refund_mut(out_refund_no) else {
            return false;
        };
        let may_end = match refund.status {
            RefundStatus::Processing => true,
            RefundStatus::Abnormal => ends.is_some(),
            RefundStatus::Success | RefundStatus::Closed => false,
        };
        if !may_end {
            return false;
        }
        refund.status = match ends.unwrap_or(refund.ends) {
            // A held refund has no time of its own, so somebody ends it here.
            RefundEnd::Success | RefundEnd::Held => RefundStatus::Success,
            RefundEnd::Abnormal => RefundStatus::Abnormal,
            RefundEnd::Closed => RefundStatus::Closed,
        };
        refund.settled_at_ms = Some(now_ms);
        self.agenda.strike(&due(mchid, out_refund_no));
        self.tell_refund(&key, out_refund_no, now_ms);
        true
    }

    /// Sends the refund's callback to the address given with it; none when it gave none.
    fn tell_refund(&mut self, key: &TradeKey, out_refund_no: &str, now_ms: i64) {
        let Some(trade) = self.trades.get(key) else { return };
        let Some((refund, payment)) = trade.refund(out_refund_no).zip(trade.payment.as_ref()) else {
            return;
        };
        let Some(url) = refund.notify_url.clone() else {
            return;
        };
        let (name, summary) = match refund.status {
            RefundStatus::Success => ("REFUND.SUCCESS", "退款成功"),
            RefundStatus::Abnormal => ("REFUND.ABNORMAL", "退款异常"),
            RefundStatus::Closed => ("REFUND.CLOSED", "退款关闭"),
            RefundStatus::Processing => return,
        };
        let resource = wire::refund_notice(trade, payment, refund);
        let event = Event {
            key: key.clone(),
            url,
            name,
            summary,
            original_type: "refund",
            resource,
        };
        self.notify(&event, now_ms);
    }
}

/// A refund on the agenda.
pub(crate) fn due(mchid: &str, out_refund_no: &str) -> Due {
    Due::Refund {
        mchid: mchid.to_owned(),
        out_refund_no: out_refund_no.to_owned(),
    }
}

/// The same number refunds once: amounts must agree with the first time.
fn check_repetition(trade: &Trade, known: &Refund, asked: &RefundAsk) -> Result<(), Refusal> {
    let payment = trade.payment.as_ref().ok_or_else(not_paid)?;
    if known.amount != asked.refund || payment.total != asked.total {
        return Err(invalid("订单金额或退款金额与之前请求不一致，请核实后再试"));
    }
    if known.status == RefundStatus::Closed {
        return check_cap(trade, payment, asked);
    }
    Ok(())
}

fn check_new(trade: &Trade, asked: &RefundAsk, gap_ms: u32, now_ms: i64) -> Result<(), Refusal> {
    let payment = trade.payment.as_ref().ok_or_else(not_paid)?;
    if payment.total != asked.total {
        return Err(invalid("原订单金额与请求中的订单金额不一致"));
    }
    if now_ms - payment.paid_at_ms > REFUND_WITHIN_MS {
        return Err(invalid("订单已超过可退款的最大期限"));
    }
    if trade.refunds.len() >= PARTS_MAX {
        return Err(invalid("一笔订单最多支持50次部分退款"));
    }
    check_cap(trade, payment, asked)?;
    check_gap(trade, gap_ms, now_ms)
}

/// Refunds of one order must lie apart. The same number again is no further refund.
fn check_gap(trade: &Trade, gap_ms: u32, now_ms: i64) -> Result<(), Refusal> {
    let last = trade.refunds.iter().map(|refund| refund.created_at_ms).max();
    match last {
        Some(last_ms) if now_ms - last_ms < i64::from(gap_ms) => Err(Refusal::new(
            Code::FrequencyLimited,
            "同一笔订单多次退款的请求需相隔1分钟",
        )),
        Some(_) | None => Ok(()),
    }
}

fn check_cap(trade: &Trade, payment: &Payment, asked: &RefundAsk) -> Result<(), Refusal> {
    match trade.refunded().plus(asked.refund) {
        Ok(sum) if sum <= payment.total => Ok(()),
        Ok(_) | Err(_) => Err(invalid("申请退款金额大于可退金额")),
    }
}

fn invalid(message: &str) -> Refusal {
    Refusal::new(Code::InvalidRequest, message)
}

fn not_paid() -> Refusal {
    invalid("订单未支付，不能退款")
}

fn no_such_trade() -> Refusal {
    Refusal::new(Code::ResourceNotExists, "订单不存在")
}
