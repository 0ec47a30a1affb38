//! The platform's error codes with their HTTP status, and the body `{code, message, detail}`.

use serde_json::{Value, json};

/// The closed set of codes this stand-in answers with: those it has a reason for itself, and those of the documents
/// that only a switch asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    ParamError,
    InvalidRequest,
    NumberRepeated,
    AppidMchidNotMatch,
    MchNotExists,
    OrderClosed,
    OrderPaid,
    OrderReversed,
    AuthCodeError,
    AuthCodeExpire,
    AuthCodeInvalid,
    BuyerMismatch,
    NotSupportCard,
    NoStatementExist,
    StatementCreating,
    SignError,
    AccountError,
    NoAuth,
    NotEnough,
    OutTradeNoUsed,
    RequestBlocked,
    RuleLimit,
    TradeError,
    UserAccountAbnormal,
    NotFound,
    OrderNotExist,
    ResourceNotExists,
    MethodNotAllowed,
    FrequencyLimited,
    RatelimitExceeded,
    BankError,
    InvalidTransactionid,
    OpenidMismatch,
    SystemError,
    Accepted,
    UserPaying,
}

impl Code {
    /// All of them.
    pub(crate) const ALL: &[Self] = &[
        Self::ParamError,
        Self::InvalidRequest,
        Self::NumberRepeated,
        Self::AppidMchidNotMatch,
        Self::MchNotExists,
        Self::OrderClosed,
        Self::OrderPaid,
        Self::OrderReversed,
        Self::AuthCodeError,
        Self::AuthCodeExpire,
        Self::AuthCodeInvalid,
        Self::BuyerMismatch,
        Self::NotSupportCard,
        Self::NoStatementExist,
        Self::StatementCreating,
        Self::SignError,
        Self::AccountError,
        Self::NoAuth,
        Self::NotEnough,
        Self::OutTradeNoUsed,
        Self::RequestBlocked,
        Self::RuleLimit,
        Self::TradeError,
        Self::UserAccountAbnormal,
        Self::NotFound,
        Self::OrderNotExist,
        Self::ResourceNotExists,
        Self::MethodNotAllowed,
        Self::FrequencyLimited,
        Self::RatelimitExceeded,
        Self::BankError,
        Self::InvalidTransactionid,
        Self::OpenidMismatch,
        Self::SystemError,
        Self::Accepted,
        Self::UserPaying,
    ];

    /// The code's text and the status it travels with.
    pub(crate) const fn wire(self) -> (&'static str, u16) {
        match self {
            Self::ParamError => ("PARAM_ERROR", 400),
            Self::InvalidRequest | Self::NumberRepeated => ("INVALID_REQUEST", 400),
            Self::AppidMchidNotMatch => ("APPID_MCHID_NOT_MATCH", 400),
            Self::MchNotExists => ("MCH_NOT_EXISTS", 400),
            Self::OrderClosed => ("ORDER_CLOSED", 400),
            Self::OrderPaid => ("ORDERPAID", 400),
            Self::OrderReversed => ("ORDERREVERSED", 400),
            Self::AuthCodeError => ("AUTH_CODE_ERROR", 400),
            Self::AuthCodeExpire => ("AUTH_CODE_EXPIRE", 400),
            Self::AuthCodeInvalid => ("AUTH_CODE_INVALID", 400),
            Self::BuyerMismatch => ("BUYER_MISMATCH", 400),
            Self::NotSupportCard => ("NOT_SUPPORT_CARD", 400),
            Self::NoStatementExist => ("NO_STATEMENT_EXIST", 400),
            Self::StatementCreating => ("STATEMENT_CREATING", 400),
            Self::SignError => ("SIGN_ERROR", 401),
            Self::AccountError => ("ACCOUNT_ERROR", 403),
            Self::NoAuth => ("NO_AUTH", 403),
            Self::NotEnough => ("NOT_ENOUGH", 403),
            Self::OutTradeNoUsed => ("OUT_TRADE_NO_USED", 403),
            Self::RequestBlocked => ("REQUEST_BLOCKED", 403),
            Self::RuleLimit => ("RULE_LIMIT", 403),
            Self::TradeError => ("TRADE_ERROR", 403),
            Self::UserAccountAbnormal => ("USER_ACCOUNT_ABNORMAL", 403),
            Self::NotFound => ("NOT_FOUND", 404),
            Self::OrderNotExist => ("ORDER_NOT_EXIST", 404),
            Self::ResourceNotExists => ("RESOURCE_NOT_EXISTS", 404),
            Self::MethodNotAllowed => ("METHOD_NOT_ALLOWED", 405),
            Self::FrequencyLimited => ("FREQUENCY_LIMITED", 429),
            Self::RatelimitExceeded => ("RATELIMIT_EXCEEDED", 429),
            Self::BankError => ("BANK_ERROR", 500),
            Self::InvalidTransactionid => ("INVALID_TRANSACTIONID", 500),
            Self::OpenidMismatch => ("OPENID_MISMATCH", 500),
            Self::SystemError => ("SYSTEM_ERROR", 500),
            Self::Accepted => ("ACCEPTED", 202),
            Self::UserPaying => ("USERPAYING", 202),
        }
    }

    /// What a switch calls it: the code itself, but for the one that travels under another's.
    pub(crate) fn name(self) -> &'static str {
        if self == Self::NumberRepeated {
            "NUMBER_REPEATED"
        } else {
            self.wire().0
        }
    }

    /// The platform's words where nothing more is to be said.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::ParamError => "参数错误",
            Self::InvalidRequest => "无效请求",
            Self::NumberRepeated => "201 商户订单号重复",
            Self::AppidMchidNotMatch => "AppID和mch_id不匹配",
            Self::MchNotExists => "商户号不存在",
            Self::OrderClosed => "订单已关闭",
            Self::OrderPaid => "该订单已支付",
            Self::OrderReversed => "该订单已撤销",
            Self::AuthCodeError => "付款码错误",
            Self::AuthCodeExpire => "付款码已过期，请用户刷新后重试",
            Self::AuthCodeInvalid => "付款码无效，请用户刷新后重试",
            Self::BuyerMismatch => "支付账号错误",
            Self::NotSupportCard => "不支持的卡类型",
            Self::NoStatementExist => "账单文件不存在",
            Self::StatementCreating => "账单生成中",
            Self::SignError => "错误的签名，验签失败",
            Self::AccountError => "账号异常",
            Self::NoAuth => "商户无权限",
            Self::NotEnough => "余额不足",
            Self::OutTradeNoUsed => "商户订单号重复",
            Self::RequestBlocked => "请求受阻",
            Self::RuleLimit => "业务规则限制",
            Self::TradeError => "交易错误",
            Self::UserAccountAbnormal => "退款请求失败，用户账户异常",
            Self::NotFound => "沙箱没有这个接口",
            Self::OrderNotExist => "订单不存在",
            Self::ResourceNotExists => "查询的资源不存在",
            Self::MethodNotAllowed => "方法不对",
            Self::FrequencyLimited => "频率超限，请降低请求频率",
            Self::RatelimitExceeded => "频率超限",
            Self::BankError => "银行系统异常",
            Self::InvalidTransactionid => "订单号非法",
            Self::OpenidMismatch => "openid和appid不匹配",
            Self::SystemError => "系统异常，请用相同参数重新调用",
            Self::Accepted => "服务器已接受请求，但尚未处理",
            Self::UserPaying => "用户支付中，需要输入密码",
        }
    }
}

/// One refusal, ready to be rendered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) code: Code,
    pub(crate) message: String,
    pub(crate) detail: Option<Value>,
}

impl Refusal {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            detail: None,
        }
    }

    /// PARAM_ERROR that names the field as a JSON pointer, where it stands, and what is wrong.
    pub(crate) fn param(field: impl Into<String>, location: &str, issue: impl Into<String>) -> Self {
        let (field, issue) = (field.into(), issue.into());
        let message = format!("参数错误：{field} {issue}");
        let detail = json!({ "field": field, "location": location, "issue": issue });
        Self {
            code: Code::ParamError,
            message,
            detail: Some(detail),
        }
    }

    pub(crate) fn status(&self) -> u16 {
        self.code.wire().1
    }

    pub(crate) fn body(&self) -> Value {
        let mut body = json!({ "code": self.code.wire().0, "message": self.message });
        if let Some(detail) = &self.detail {
            body["detail"] = detail.clone();
        }
        body
    }
}
