//! The ways a call can go wrong on its way or at the platform, and what the client makes of each.

use suanpan_sandbox::CallEffect;

use super::stage::{Spoiling, Tampering};

/// One row of the table. The letters stand in the order of [`super::stage::Ask::ALL`]: create, charge by payment code,
/// query, close, reverse or cancel, refund, query of a refund, bill, certificates.
pub struct Way {
    pub name: &'static str,
    pub spoiling: Spoiling,
    pub wechat: &'static str,
    pub alipay: &'static str,
}

impl Way {
    /// Which of the stand-in's switches it is, if it is one.
    pub fn switch(&self) -> Option<&'static str> {
        match self.spoiling {
            Spoiling::Switch(effect) => Some(word(effect)),
            Spoiling::Nothing | Spoiling::Tampering(_) => None,
        }
    }
}

/// A switch without its numbers. A new one is put here, into [`EVERY_SWITCH`] and into the table.
const fn word(effect: CallEffect) -> &'static str {
    match effect {
        CallEffect::LostRequest => "lost_request",
        CallEffect::LostReply => "lost_reply",
        CallEffect::Slow { .. } => "slow",
        CallEffect::Status { .. } => "status",
        CallEffect::HtmlStatus { .. } => "html_status",
        CallEffect::SystemError { .. } => "system_error",
        CallEffect::HtmlPage => "html_page",
        CallEffect::BadSignature => "bad_signature",
        CallEffect::Unsigned => "unsigned",
        CallEffect::AlteredBody => "altered_body",
        CallEffect::NotVisible => "not_visible",
        CallEffect::Forbidden => "forbidden",
        CallEffect::NotEnough => "not_enough",
        // These have a table of their own.
        CallEffect::Refuses { .. } => "refuses",
    }
}

/// Every switch on calls that has a row here.
pub const EVERY_SWITCH: &[&str] = &[
    "lost_request",
    "lost_reply",
    "slow",
    "status",
    "html_status",
    "system_error",
    "html_page",
    "bad_signature",
    "unsigned",
    "altered_body",
    "not_visible",
    "forbidden",
    "not_enough",
];

const ALL_DONE: &str = "DDDDDDDDD";
const ALL_UNKNOWN: &str = "---------";

const fn switch(name: &'static str, effect: CallEffect, wechat: &'static str, alipay: &'static str) -> Way {
    Way {
        name,
        spoiling: Spoiling::Switch(effect),
        wechat,
        alipay,
    }
}

const fn unknown(name: &'static str, effect: CallEffect) -> Way {
    switch(name, effect, ALL_UNKNOWN, ALL_UNKNOWN)
}

const fn tampering(
    name: &'static str,
    tampering: Tampering,
    wechat: &'static str,
    alipay: &'static str,
) -> Way {
    Way {
        name,
        spoiling: Spoiling::Tampering(tampering),
        wechat,
        alipay,
    }
}

const fn status(name: &'static str, status: u16, acts: bool) -> Way {
    unknown(name, CallEffect::Status { status, acts })
}

/// The table.
#[rustfmt::skip]
pub const WAYS: &[Way] = &[
    Way { name: "nothing goes wrong", spoiling: Spoiling::Nothing, wechat: ALL_DONE, alipay: ALL_DONE },
    unknown("the request is lost", CallEffect::LostRequest),
    unknown("the answer is lost", CallEffect::LostReply),
    switch("the answer is slow", CallEffect::Slow { delay_ms: 3_000 }, ALL_DONE, ALL_DONE),
    status("429, not done", 429, false),
    status("429, done", 429, true),
    status("500, not done", 500, false),
    status("500, done", 500, true),
    status("503, done", 503, true),
    status("202, not done", 202, false),
    status("202, done", 202, true),
    unknown("502 as a web page, not done", CallEffect::HtmlStatus { status: 502, acts: false }),
    unknown("502 as a web page, done", CallEffect::HtmlStatus { status: 502, acts: true }),
    unknown("a system error, not done", CallEffect::SystemError { acts: false }),
    unknown("a system error, done", CallEffect::SystemError { acts: true }),
    unknown("a captive portal's page", CallEffect::HtmlPage),
    // What Alipay hands out under a wrong signature stands for itself by its way to the root.
    switch("a signature that does not fit", CallEffect::BadSignature, ALL_UNKNOWN, "--------D"),
    switch("no signature", CallEffect::Unsigned, ALL_UNKNOWN, "--------D"),
    switch("an altered body", CallEffect::AlteredBody, ALL_UNKNOWN, "--------D"),
    switch("not visible yet", CallEffect::NotVisible, "DDmDDDDDD", "DDmDDDDDD"),
    switch("no permission", CallEffect::Forbidden, "RR---R--R", "RR---R--R"),
    switch("balance too low", CallEffect::NotEnough, "DDDDDlDDD", "DDDDDlDDD"),
    // A close is answered without a body: there is none to lose.
    tampering("an empty body", Tampering::EmptyBody, "---D-----", ALL_UNKNOWN),
    tampering("a body that ends early", Tampering::CutBody, "---D-----", ALL_UNKNOWN),
    // Alipay's answers say everything in the body, and name no time.
    tampering("no Wechatpay-Timestamp", Tampering::NoHeader("Wechatpay-Timestamp"), ALL_UNKNOWN, ALL_DONE),
    tampering("no Wechatpay-Nonce", Tampering::NoHeader("Wechatpay-Nonce"), ALL_UNKNOWN, ALL_DONE),
    tampering("no Wechatpay-Serial", Tampering::NoHeader("Wechatpay-Serial"), ALL_UNKNOWN, ALL_DONE),
    tampering("no Wechatpay-Signature", Tampering::NoHeader("Wechatpay-Signature"), ALL_UNKNOWN, ALL_DONE),
    tampering("read five minutes later", Tampering::Stale, ALL_UNKNOWN, ALL_DONE),
    // A platform has a key for each merchant: the other's answer is signed with one that is not held.
    tampering("another merchant's answer", Tampering::OtherMerchant, ALL_UNKNOWN, "--------D"),
    // A code, a close without a body, a bill's address and certificates name no trade; there TLS alone binds the answer.
    tampering("the answer about another number", Tampering::OtherNumber, "D--D---DD", "-------DD"),
];
