//! The platform's error codes with their HTTP status, and the body `{code, message, detail}`.

use serde_json::{Value, json};

/// The closed set of codes this stand-in answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    ParamError,
    InvalidRequest,
    AppidMchidNotMatch,
    MchNotExists,
    OrderClosed,
    OrderPaid,
    SignError,
    NoAuth,
    OutTradeNoUsed,
    NotEnough,
    OrderNotExist,
    ResourceNotExists,
    NotFound,
    MethodNotAllowed,
    FrequencyLimited,
    SystemError,
    UserPaying,
    Accepted,
    TradeError,
    AuthCodeInvalid,
    AuthCodeExpire,
    NoStatementExist,
    StatementCreating,
}

impl Code {
    /// The code's text and the status it travels with.
    pub(crate) const fn wire(self) -> (&'static str, u16) {
        match self {
            Self::ParamError => ("PARAM_ERROR", 400),
            Self::InvalidRequest => ("INVALID_REQUEST", 400),
            Self::AppidMchidNotMatch => ("APPID_MCHID_NOT_MATCH", 400),
            Self::MchNotExists => ("MCH_NOT_EXISTS", 400),
            Self::OrderClosed => ("ORDER_CLOSED", 400),
            Self::OrderPaid => ("ORDERPAID", 400),
            Self::SignError => ("SIGN_ERROR", 401),
            Self::NoAuth => ("NO_AUTH", 403),
            Self::OutTradeNoUsed => ("OUT_TRADE_NO_USED", 403),
            Self::NotEnough => ("NOT_ENOUGH", 403),
            Self::OrderNotExist => ("ORDER_NOT_EXIST", 404),
            Self::ResourceNotExists => ("RESOURCE_NOT_EXISTS", 404),
            Self::NotFound => ("NOT_FOUND", 404),
            Self::MethodNotAllowed => ("METHOD_NOT_ALLOWED", 405),
            Self::FrequencyLimited => ("FREQUENCY_LIMITED", 429),
            Self::SystemError => ("SYSTEM_ERROR", 500),
            Self::UserPaying => ("USERPAYING", 202),
            Self::Accepted => ("ACCEPTED", 202),
            Self::TradeError => ("TRADE_ERROR", 403),
            Self::AuthCodeInvalid => ("AUTH_CODE_INVALID", 400),
            Self::AuthCodeExpire => ("AUTH_CODE_EXPIRE", 400),
            Self::NoStatementExist => ("NO_STATEMENT_EXIST", 400),
            Self::StatementCreating => ("STATEMENT_CREATING", 400),
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
