//! What the pages on a phone share: the frame, the headers, and pieces of text.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::core::name::PlatformName;
use crate::core::phone::PhoneView;

const PAGE: &str = include_str!("page.html");
/// Nothing but the page's own style; forms go back here only.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";
/// How often a page that waits looks again.
const LOOK_AGAIN_S: u32 = 2;

/// How a page looks and behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Frame {
    /// In whose colours.
    pub(crate) platform: Option<PlatformName>,
    /// Whether it looks again by itself, because something is under way.
    pub(crate) waits: bool,
}

/// A whole page.
pub(crate) fn page(frame: Frame, content: &str) -> String {
    let kind = match frame.platform {
        Some(PlatformName::Alipay) => "alipay",
        Some(PlatformName::Wechat) | None => "wechat",
    };
    let again = if frame.waits {
        format!("<meta http-equiv=\"refresh\" content=\"{LOOK_AGAIN_S}\">")
    } else {
        String::new()
    };
    PAGE.replace("{{kind}}", kind)
        .replace("{{again}}", &again)
        .replace("{{content}}", content)
}

/// A page with its headers.
pub(crate) fn reply(status: StatusCode, body: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    (status, headers, body).into_response()
}

/// A sentence in both languages with a heading.
pub(crate) fn notice(kind: &str, title: &str, zh: &str, en: &str) -> String {
    format!(
        "<section class=\"notice {kind}\" role=\"status\" id=\"{kind}\"><h1>{title}</h1>\
         <p>{zh}<br><small lang=\"en\">{en}</small></p></section>"
    )
}

/// A remark above the rest.
pub(crate) fn note(zh: &str, en: &str) -> String {
    format!("<p class=\"note\" role=\"status\">{zh}<br><small lang=\"en\">{en}</small></p>")
}

/// A button that does one thing.
pub(crate) fn button(action: &str, kind: &str, id: &str, zh: &str, en: &str) -> String {
    format!(
        "<form method=\"post\" action=\"{action}\"><button class=\"{kind}\" id=\"{id}\">{zh}\
         <small lang=\"en\">{en}</small></button></form>"
    )
}

/// Who gets how much for what; `rows` are further rows of the list.
pub(crate) fn summary(view: &PhoneView, rows: &str) -> String {
    format!(
        "<p class=\"shop\">{}</p><p class=\"amount\"><span>¥</span>{}</p>\
         <dl><dt>商品 <small lang=\"en\">Goods</small></dt><dd>{}</dd>\
         <dt>商户单号 <small lang=\"en\">Order</small></dt><dd>{}</dd>{rows}</dl>",
        escaped(&view.merchant),
        view.total,
        escaped(&view.description),
        escaped(&view.out_trade_no)
    )
}

pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// Tokens are letters and digits; anything else in an address somebody typed is left out.
pub(crate) fn path_safe(token: &str) -> String {
    token.chars().filter(char::is_ascii_alphanumeric).collect()
}
