//! Answers of the existing contract: its fields in its order, 64-bit numbers and amounts as texts, times as
//! `yyyy-MM-dd HH:mm:ss` at GMT+8, no envelope.

use serde::Serialize;
use suanpan_domain::money::Fen;
use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_domain::time::ShopTime;
use suanpan_domain::trade::TradeState;
use utoipa::ToSchema;

use super::picture;
use super::trouble::{Refused, Trouble};
use crate::db::{DbError, Tx};
use crate::rows::pay_channel;
use crate::rows::pay_order::PayOrder;
use crate::rows::refund::{self, Refund};
use crate::rows::trade::{self, Trade};

/// `NativePayResDTO`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NativePayAnswer {
    /// The code as a picture, a data URI.
    pub qr_code: String,
    /// The caller's order.
    pub product_order_no: String,
    /// The trade.
    pub trading_order_no: String,
    /// By what.
    pub trading_channel: String,
}

/// `TradingResDTO`. What the centre does not keep of the platform's words is null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TradingAnswer {
    /// Key of the row.
    pub id: String,
    /// Always null.
    pub open_id: Option<String>,
    /// The caller's order.
    pub product_order_no: String,
    /// The trade.
    pub trading_order_no: String,
    /// The platform's number of the payment.
    pub transaction_id: Option<String>,
    /// `WECHAT_PAY`, `ALI_PAY` or `CREDIT_PAY`; null when waived.
    pub trading_channel: Option<String>,
    /// `FK` paid by a platform, `MD` waived, `GZ` on account.
    pub trading_type: String,
    /// Always null.
    pub payee_name: Option<String>,
    /// Always null.
    pub payee_id: Option<String>,
    /// Always null.
    pub payer_name: Option<String>,
    /// Always null.
    pub payer_id: Option<String>,
    /// Amount in yuan, two decimals.
    pub trading_amount: String,
    /// Sum of what went back or is on its way, in yuan; null when there is nothing.
    pub refund: Option<String>,
    /// `YES` once something goes back.
    pub is_refund: String,
    /// The platform's code of a refusal.
    pub result_code: Option<String>,
    /// Always null.
    pub result_msg: Option<String>,
    /// Always null.
    pub result_json: Option<String>,
    /// `200` once there is a code.
    pub place_order_code: Option<String>,
    /// The text in the code.
    pub place_order_msg: Option<String>,
    /// Always null.
    pub place_order_json: Option<String>,
    /// The merchant account; null without a platform.
    pub enterprise_id: Option<String>,
    /// What the customer reads.
    pub memo: String,
    /// The code as a picture while it can be paid; empty afterwards.
    pub qr_code: String,
    /// Always `YES`.
    pub enable_flag: String,
    /// Always null.
    pub out_request_no: Option<String>,
    /// Always null.
    pub oper_tion_refund: Option<String>,
    /// When it was made.
    pub created: String,
    /// When the platform last said something about it.
    pub updated: String,
    /// 2 付款中, 3 付款失败, 4 已结算, 5 取消订单, 6 免单, 7 挂账.
    pub trading_state: u8,
}

/// `ExecutionResultResDTO`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefundAnswer {
    /// Our number.
    pub refund_no: String,
    /// The platform's number.
    pub refund_id: Option<String>,
    /// 0 applied, 1 sending, 2 done, 3 refused.
    pub refund_status: u8,
}

/// `RefundRecordDTO`, and the amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefundRecordAnswer {
    /// Key of the row.
    pub id: String,
    /// The trade.
    pub trading_order_no: String,
    /// The caller.
    pub product_app_id: String,
    /// The caller's order.
    pub product_order_no: String,
    /// Our number.
    pub refund_no: String,
    /// The merchant account.
    pub enterprise_id: String,
    /// By what.
    pub trading_channel: String,
    /// 0 applied, 1 sending, 2 done, 3 refused.
    pub refund_status: u8,
    /// Always null.
    pub refund_code: Option<String>,
    /// Always null.
    pub refund_msg: Option<String>,
    /// Why: `REQUESTED`, `DUPLICATE`, `LATE`, `SUPERSEDED`.
    pub memo: String,
    /// What the trade was for, in yuan.
    pub total: String,
    /// When it was asked for.
    pub created: String,
    /// When it was last sent.
    pub updated: String,
    /// What goes back, in yuan.
    pub refund_amount: String,
}

/// How an order stands after it was to be canceled: an addition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderAnswer {
    /// The caller.
    pub product_app_id: String,
    /// The caller's order.
    pub product_order_no: String,
    /// `CANCELING` while some code may still be paid, `CANCELED` once none can.
    pub state: String,
    /// Its trades, oldest first.
    pub tradings: Vec<TradingAnswer>,
}

fn yuan(minor: i64) -> String {
    Fen::new(minor).to_string()
}

fn wall(at_ms: i64) -> String {
    ShopTime::china().wall(at_ms)
}

/// The answer with a code.
///
/// # Errors
/// [`Refused::NoPicture`], and those of the database.
pub fn native(
    tx: &mut dyn Tx,
    order: &PayOrder,
    trade: &Trade,
    code_url: &str,
) -> Result<NativePayAnswer, Trouble> {
    Ok(NativePayAnswer {
        qr_code: picture::data_uri(code_url).ok_or(Refused::NoPicture)?,
        product_order_no: order.tender_no.to_string(),
        trading_order_no: trade.trade_no.to_string(),
        trading_channel: pay_channel::of_trade(tx, order, trade)?.unwrap_or_default(),
    })
}

const fn trading_type(state: TradeState) -> &'static str {
    match state {
        TradeState::Free => "MD",
        TradeState::Credit => "GZ",
        TradeState::Created
        | TradeState::PrepayUnknown
        | TradeState::Awaiting
        | TradeState::Closing
        | TradeState::Failed
        | TradeState::Paid
        | TradeState::Closed => "FK",
    }
}

/// What of a trade's money is not the caller's to keep: all of it when the trade did not win, whether it is on its way
/// yet or not, for a caller takes 4 for paid; else what refunds promise. Nothing when nothing goes back.
fn goes_back_minor(tx: &mut dyn Tx, trade: &Trade) -> Result<Option<i64>, DbError> {
    let settles_nothing = match trade.disposition {
        Disposition::Duplicate | Disposition::Late | Disposition::GivenUp | Disposition::Suspense => true,
        Disposition::None | Disposition::Winner => false,
    };
    if trade.state == TradeState::Paid && settles_nothing {
        return Ok(Some(trade.suspense_amount_minor.unwrap_or(trade.amount_minor)));
    }
    let reserved: Vec<i64> = refund::of_trade(tx, trade.trade_no)?
        .iter()
        .filter(|refund| refund.state.is_reserved())
        .map(|refund| refund.amount_minor)
        .collect();
    Ok((!reserved.is_empty()).then(|| reserved.iter().sum()))
}

/// A trade as it is in this transaction.
///
/// # Errors
/// [`DbError`].
pub fn trading(tx: &mut dyn Tx, order: &PayOrder, trade: &Trade) -> Result<TradingAnswer, DbError> {
    let goes_back_minor = goes_back_minor(tx, trade)?;
    let shown = trade
        .code_url
        .as_deref()
        .filter(|_| trade.state == TradeState::Awaiting && order.state == PayOrderState::NoPay);
    Ok(TradingAnswer {
        id: trade.trade_no.to_string(),
        open_id: None,
        product_order_no: order.tender_no.to_string(),
        trading_order_no: trade.trade_no.to_string(),
        transaction_id: trade.transaction_id.clone(),
        trading_channel: pay_channel::of_trade(tx, order, trade)?,
        trading_type: trading_type(trade.state).to_owned(),
        payee_name: None,
        payee_id: None,
        payer_name: None,
        payer_id: None,
        trading_amount: yuan(trade.amount_minor),
        refund: goes_back_minor.map(yuan),
        is_refund: if goes_back_minor.is_some() { "YES" } else { "NO" }.to_owned(),
        result_code: trade.refused_code.clone(),
        result_msg: None,
        result_json: None,
        place_order_code: trade.code_url.as_ref().map(|_| "200".to_owned()),
        place_order_msg: trade.code_url.clone(),
        place_order_json: None,
        enterprise_id: (trade.enterprise_id != 0).then(|| trade.enterprise_id.to_string()),
        memo: trade.description.clone(),
        qr_code: shown.and_then(picture::data_uri).unwrap_or_default(),
        enable_flag: "YES".to_owned(),
        out_request_no: None,
        oper_tion_refund: None,
        created: wall(trade.created_at_ms),
        updated: wall(trade.answered_at_ms.unwrap_or(trade.created_at_ms)),
        trading_state: trade.state.trading_state(),
    })
}

/// A refund that was asked for.
#[must_use]
pub fn refunded(refund: &Refund) -> RefundAnswer {
    RefundAnswer {
        refund_no: refund.refund_no.to_string(),
        refund_id: refund.refund_id.clone(),
        refund_status: refund.state.code(),
    }
}

/// A refund as a record.
///
/// # Errors
/// [`DbError`].
pub fn record(
    tx: &mut dyn Tx,
    order: &PayOrder,
    trade: &Trade,
    refund: &Refund,
) -> Result<RefundRecordAnswer, DbError> {
    Ok(RefundRecordAnswer {
        id: refund.refund_no.to_string(),
        trading_order_no: refund.trade_no.to_string(),
        product_app_id: order.product_app_id.clone(),
        product_order_no: order.tender_no.to_string(),
        refund_no: refund.refund_no.to_string(),
        enterprise_id: refund.enterprise_id.to_string(),
        trading_channel: pay_channel::of_trade(tx, order, trade)?.unwrap_or_default(),
        refund_status: refund.state.code(),
        refund_code: None,
        refund_msg: None,
        memo: refund.reason.clone(),
        total: yuan(refund.total_minor),
        created: wall(refund.created_at_ms),
        updated: wall(refund.last_sent_at_ms.unwrap_or(refund.created_at_ms)),
        refund_amount: yuan(refund.amount_minor),
    })
}

/// An order with its trades.
///
/// # Errors
/// [`DbError`].
pub fn order(tx: &mut dyn Tx, order: &PayOrder) -> Result<OrderAnswer, DbError> {
    let mut tradings = Vec::new();
    for trade in trade::of_order(tx, order.pay_order_id)? {
        tradings.push(trading(tx, order, &trade)?);
    }
    Ok(OrderAnswer {
        product_app_id: order.product_app_id.clone(),
        product_order_no: order.tender_no.to_string(),
        state: order.state.name().to_owned(),
        tradings,
    })
}

/// An order that was canceled before it was ever asked for.
#[must_use]
pub fn never_opened(product_app_id: &str, order_no: i64) -> OrderAnswer {
    OrderAnswer {
        product_app_id: product_app_id.to_owned(),
        product_order_no: order_no.to_string(),
        state: PayOrderState::Canceled.name().to_owned(),
        tradings: Vec::new(),
    }
}
