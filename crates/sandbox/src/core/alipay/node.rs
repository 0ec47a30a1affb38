//! Answers of the gateway: `{"<method>_response":{…},"sign":"…"}`, HTTP 200 whatever became of the call.
//!
//! The signature covers the bytes of the inner object exactly as they stand, escaped slashes and order
//! included: who reads and writes it again before checking will find it wrong.

use serde_json::Value;

/// The inner object, in the order it is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node(Vec<(&'static str, Value)>);

/// Why a call came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) code: &'static str,
    pub(crate) msg: &'static str,
    pub(crate) sub_code: &'static str,
    pub(crate) sub_msg: &'static str,
}

/// 40004: the business says no.
pub(crate) const fn business(sub_code: &'static str, sub_msg: &'static str) -> Trouble {
    Trouble {
        code: "40004",
        msg: "Business Failed",
        sub_code,
        sub_msg,
    }
}

/// 40001: something that must be there is not.
pub(crate) const fn missing(sub_code: &'static str, sub_msg: &'static str) -> Trouble {
    Trouble {
        code: "40001",
        msg: "Missing Required Arguments",
        sub_code,
        sub_msg,
    }
}

/// 40002: something is not as it must be.
pub(crate) const fn invalid(sub_code: &'static str, sub_msg: &'static str) -> Trouble {
    Trouble {
        code: "40002",
        msg: "Invalid Arguments",
        sub_code,
        sub_msg,
    }
}

/// 20000: the platform does not know itself.
pub(crate) const UNKNOWN: Trouble = Trouble {
    code: "20000",
    msg: "Service Currently Unavailable",
    sub_code: "isp.unknow-error",
    sub_msg: "系统繁忙",
};

/// 40004 with the code that means "not known" all the same.
pub(crate) const SYSTEM_ERROR: Trouble = business("ACQ.SYSTEM_ERROR", "系统异常");

/// 40005: too many calls.
pub(crate) const LIMITED: Trouble = Trouble {
    code: "40005",
    msg: "Call Limited",
    sub_code: "isv.app-call-limited",
    sub_msg: "应用调用次数超限，包含调用频率超限",
};

/// 40006: the app may not do that.
pub(crate) const FORBIDDEN: Trouble = Trouble {
    code: "40006",
    msg: "Insufficient Permissions",
    sub_code: "isv.insufficient-isv-permissions",
    sub_msg: "ISV权限不足，建议在开发者中心检查签约是否已经生效",
};

impl Node {
    /// A yes.
    pub(crate) fn success() -> Self {
        Self::with("10000", "Success")
    }

    /// A code and its message.
    pub(crate) fn with(code: &'static str, msg: &'static str) -> Self {
        Self(vec![("code", code.into()), ("msg", msg.into())])
    }

    /// The same with one more field.
    pub(crate) fn and(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// The text as it is signed and sent.
    pub(crate) fn text(&self) -> String {
        let fields: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| format!("\"{name}\":{}", value.to_string().replace('/', "\\/")))
            .collect();
        format!("{{{}}}", fields.join(","))
    }
}

impl From<Trouble> for Node {
    fn from(trouble: Trouble) -> Self {
        Self::with(trouble.code, trouble.msg)
            .and("sub_code", trouble.sub_code)
            .and("sub_msg", trouble.sub_msg)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_keeps_its_order_and_escapes_slashes() {
        let node = Node::success()
            .and("qr_code", "https://qr.alipay.com/abc")
            .and("a", 1);
        let text = r#"{"code":"10000","msg":"Success","qr_code":"https:\/\/qr.alipay.com\/abc","a":1}"#;
        assert_eq!(node.text(), text);
    }
}
