//! Why a caller did not get what it asked for, in the family's own sentences.
//!
//! A refusal of the contract is always HTTP 500 with the code 609 and a sentence in the header `INNER-ERROR`; what
//! the door itself turns away has its own status there. A fault of ours is `500|请求失败`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use suanpan_domain::time::ShopTime;
use suanpan_wire::error::ErrorCode;
use utoipa::ToSchema;

use crate::db::DbError;
use crate::fault::{Fault, Refusal};
use crate::http::Reply;

/// Header that carries the base64 of `code|sentence`.
pub const INNER_ERROR: &str = "INNER-ERROR";
/// Code of every refusal of the contract.
const TRADE_FAILED: u16 = 609;
/// Sentence of a fault of ours.
const REQUEST_FAILED: &str = "请求失败";
/// Refunds of one trade at most: the platform that allows fewest stops there.
pub const REFUNDS_PER_TRADE_MAX: usize = 50;

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident $text:literal,)*) => {
        /// A refusal of the contract.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Refused { $($(#[$doc])* $name,)* }

        impl Refused {
            /// Every refusal.
            pub const ALL: &[Refused] = &[$(Refused::$name,)*];

            /// What the caller is told.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

refusals! {
    /// 1006: the order is paid.
    TradeDone "交易单已完成",
    /// 1008: no such merchant, disabled, or not granted to this caller.
    MerchantUnknown "支付配置为空",
    /// 1009: something required is missing, or the amount is not positive.
    FieldMissing "支付配置错误",
    /// 1010: no code; what became of it at the platform may not be known, asking again is safe.
    NoCode "统一下单交易失败",
    /// 1011: the code cannot be drawn.
    NoPicture "生成二维码失败",
    /// 1014: neither waived nor on account.
    KindUnknown "未定义的交易类型",
    /// 1016: not paid, or not by a platform.
    NotRefundable "统一下单退款交易失败",
    /// 1022: no such trade of this caller.
    TradeUnknown "交易单不存在",
    /// 1023: not waiting any more.
    NotClosable "关闭交易单失败",
    /// 1024: more would go back than was taken.
    OverRefunded "退款金额超过订单总金额",
    /// 1025: no such refund of this caller.
    RefundUnknown "退款记录不存在",
    /// 1027: [`REFUNDS_PER_TRADE_MAX`].
    TooManyRefunds "退款次数超出限制，最多50次",
    /// 1028: no trade is named.
    TradeNotNamed "查询交易单错误，订单号或交易单号至少传递一个",
    /// The order is closed, or its time is over.
    OrderClosed "订单已取消，不能再支付",
    /// Too little of the order's time is left for a code.
    OrderEnding "订单即将超时，不能再支付",
    /// More than two decimals.
    TooPrecise "金额最多两位小数",
    /// Beyond what the platforms allow.
    TooLarge "金额超出上限",
    /// A refund of nothing, or less.
    NothingToRefund "退款金额必须大于零",
    /// The key was used for another refund.
    KeyReused "幂等键已用于另一笔退款",
    /// The key is empty, too long, or has other characters than letters, digits, `-`, `_`, `.` and `:`.
    KeyMalformed "幂等键格式错误",
    /// A value cannot be read as what it should be.
    Malformed "请求参数格式错误",
}

/// Why there is no answer as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The contract says no.
    #[error("{0:?}")]
    Refused(Refused),
    /// The door says no.
    #[error(transparent)]
    Door(Refusal),
    /// A fault of ours.
    #[error("{0}")]
    Fault(String),
}

impl From<Refused> for Trouble {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<DbError> for Trouble {
    fn from(error: DbError) -> Self {
        Self::Fault(error.to_string())
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(refusal) => Self::from(refusal),
            Fault::Db(error) => Self::from(error),
        }
    }
}

impl From<Refusal> for Trouble {
    /// What the shared rules say no with, in the contract's sentences.
    fn from(refusal: Refusal) -> Self {
        let refused = match refusal.code {
            ErrorCode::AlreadyPaid => Refused::TradeDone,
            ErrorCode::TenderClosed => Refused::OrderClosed,
            ErrorCode::MeansNotOffered => Refused::MerchantUnknown,
            ErrorCode::AmountInvalid => Refused::OverRefunded,
            ErrorCode::KeyReused => Refused::KeyReused,
            ErrorCode::WrongState => Refused::NotRefundable,
            ErrorCode::AttemptLive => Refused::NoCode,
            ErrorCode::MalformedRequest => Refused::Malformed,
            ErrorCode::BodyTooLarge
            | ErrorCode::BadSignature
            | ErrorCode::StaleTime
            | ErrorCode::Replayed
            | ErrorCode::TillUnknown
            | ErrorCode::CallerUnknown
            | ErrorCode::EnrolCodeWrong
            | ErrorCode::EnrolCodeUsed
            | ErrorCode::NotFound
            | ErrorCode::JournalGap
            | ErrorCode::JournalUnsigned
            | ErrorCode::TooMany
            | ErrorCode::Unavailable
            | ErrorCode::Internal => return Self::Door(refusal),
        };
        Self::Refused(refused)
    }
}

/// The body of an error, as the family's web framework writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErrorPage {
    /// When, `yyyy-MM-dd HH:mm:ss` at GMT+8.
    pub timestamp: String,
    /// HTTP status.
    pub status: u16,
    /// Its name.
    pub error: String,
    /// Path of the request.
    pub path: String,
}

/// The answer to a request that ended in trouble.
#[must_use]
pub fn reply(trouble: &Trouble, path_and_query: &str, now_ms: i64) -> Reply {
    let (status, code, sentence) = match trouble {
        Trouble::Refused(refused) => (500, TRADE_FAILED, refused.sentence()),
        Trouble::Door(refusal) => (
            refusal.code.status(),
            refusal.code.status(),
            door_sentence(refusal.code),
        ),
        Trouble::Fault(error) => {
            tracing::error!(%error, "a caller's request failed");
            (500, 500, REQUEST_FAILED)
        }
    };
    let page = ErrorPage {
        timestamp: ShopTime::china().wall(now_ms),
        status,
        error: reason(status).to_owned(),
        path: path_and_query.split('?').next().unwrap_or_default().to_owned(),
    };
    // Names and texts; were it unwritable, the header still says what it is.
    let mut reply = Reply::json(status, serde_json::to_vec(&page).unwrap_or_default());
    let header = STANDARD.encode(format!("{code}|{sentence}"));
    reply.headers.push((INNER_ERROR.to_owned(), header));
    reply
}

const fn reason(status: u16) -> &'static str {
    match status {
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        413 => "Payload Too Large",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _other => "Internal Server Error",
    }
}

const fn door_sentence(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::BadSignature => "签名不正确",
        ErrorCode::StaleTime => "请求时间与服务器相差过大",
        ErrorCode::Replayed => "请求已处理过",
        ErrorCode::CallerUnknown => "调用方未登记",
        ErrorCode::BodyTooLarge => "请求体过大",
        ErrorCode::TooMany => "请求过于频繁",
        ErrorCode::NotFound => "接口不存在",
        ErrorCode::MalformedRequest
        | ErrorCode::TillUnknown
        | ErrorCode::EnrolCodeWrong
        | ErrorCode::EnrolCodeUsed
        | ErrorCode::MeansNotOffered
        | ErrorCode::AmountInvalid
        | ErrorCode::KeyReused
        | ErrorCode::AttemptLive
        | ErrorCode::AlreadyPaid
        | ErrorCode::TenderClosed
        | ErrorCode::WrongState
        | ErrorCode::JournalGap
        | ErrorCode::JournalUnsigned
        | ErrorCode::Unavailable
        | ErrorCode::Internal => REQUEST_FAILED,
    }
}
