//! `/pay/{token}`: the page a customer's phone opens from the code. One page, nothing loaded from
//! elsewhere, no script.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::guard::origin_is_own;
use super::state::Shared;
use crate::core::phone::{PhoneError, PhoneState, PhoneView};
use crate::core::wire::time_text;

const PAGE: &str = include_str!("page.html");
/// Nothing but the page's own style; forms go back here only.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/pay/{token}", get(show))
        .route("/pay/{token}/confirm", post(confirm))
        .route("/pay/{token}/refuse", post(refuse))
}

#[derive(Deserialize)]
struct Shown {
    cancelled: Option<String>,
}

async fn show(
    State(shared): State<Arc<Shared>>,
    Path(token): Path<String>,
    Query(shown): Query<Shown>,
) -> Response {
    match shared.with_platform(|platform, now_ms| platform.scan(&token, now_ms)) {
        Ok(view) => html(StatusCode::OK, &order_page(&view, shown.cancelled.is_some())),
        Err(PhoneError::UnknownCode | PhoneError::NotPayable(_)) => {
            let text = notice(
                "warn",
                "二维码无效",
                "请让收银员重新出示付款码。",
                "This code is not known.",
            );
            html(StatusCode::NOT_FOUND, &page(&text))
        }
    }
}

async fn confirm(
    State(shared): State<Arc<Shared>>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    if !origin_is_own(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    // Whatever comes of it, paid now, paid before or over, the page says so.
    let _ = shared.with_platform(|platform, now_ms| platform.confirm(&token, now_ms));
    Redirect::to(&format!("/pay/{}", path_safe(&token))).into_response()
}

async fn refuse(
    State(shared): State<Arc<Shared>>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    if !origin_is_own(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let _ = shared.with_platform(|platform, now_ms| platform.refuse(&token, now_ms));
    Redirect::to(&format!("/pay/{}?cancelled=1", path_safe(&token))).into_response()
}

fn html(status: StatusCode, body: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    (status, headers, body.to_owned()).into_response()
}

fn page(content: &str) -> String {
    PAGE.replace("{{content}}", content)
}

fn order_page(view: &PhoneView, cancelled: bool) -> String {
    page(&match view.state {
        PhoneState::Payable | PhoneState::Paying => payable(view, cancelled),
        PhoneState::Arriving => {
            let (zh, en) = (
                "款项正在路上，请稍候。",
                "The money is on its way. Please wait a moment.",
            );
            notice("wait", "支付处理中", zh, en)
        }
        PhoneState::Paid => paid(view),
        PhoneState::Closed => {
            let (zh, en) = (
                "商家已取消这笔订单，没有扣款。",
                "The shop cancelled this order. Nothing was charged.",
            );
            notice("warn", "订单已关闭", zh, en)
        }
        PhoneState::Expired => {
            let (zh, en) = (
                "没有扣款。请让收银员重新出示付款码。",
                "Nothing was charged. Ask for a new code.",
            );
            notice("warn", "付款码已过期", zh, en)
        }
    })
}

fn payable(view: &PhoneView, cancelled: bool) -> String {
    let note = if cancelled {
        "<p class=\"note\" role=\"status\">已取消，没有扣款。仍可重新付款。<br><small>Cancelled, nothing was charged.</small></p>"
    } else {
        ""
    };
    let token = path_safe(&view.token);
    format!(
        "{note}{}<form method=\"post\" action=\"/pay/{token}/confirm\">\
         <button class=\"go\" id=\"confirm\">确认付款</button></form>\
         <form method=\"post\" action=\"/pay/{token}/refuse\"><button class=\"back\" id=\"refuse\">取消</button></form>",
        summary(view, "")
    )
}

fn paid(view: &PhoneView) -> String {
    let at = view
        .paid_at_ms
        .map(|at_ms| time_text(at_ms).replace('T', " "))
        .unwrap_or_default();
    let at = at.strip_suffix("+08:00").unwrap_or(&at);
    let head = notice(
        "done",
        "支付成功",
        "请稍候，收银员会看到这笔收款。",
        "Paid. The shop will see it in a moment.",
    );
    head + &summary(view, &format!("<dt>支付时间</dt><dd>{at}</dd>"))
}

/// Who gets how much for what; `rows` are further rows of the list.
fn summary(view: &PhoneView, rows: &str) -> String {
    format!(
        "<p class=\"shop\">{}</p><p class=\"amount\"><span>¥</span>{}</p>\
         <dl><dt>商品</dt><dd>{}</dd><dt>商户单号</dt><dd>{}</dd>{rows}</dl>",
        escaped(&view.merchant),
        view.total,
        escaped(&view.description),
        escaped(&view.out_trade_no)
    )
}

fn notice(kind: &str, title: &str, zh: &str, en: &str) -> String {
    format!(
        "<section class=\"notice {kind}\" role=\"status\" id=\"{kind}\"><h1>{title}</h1>\
         <p>{zh}<br><small>{en}</small></p></section>"
    )
}

fn escaped(text: &str) -> String {
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
fn path_safe(token: &str) -> String {
    token.chars().filter(char::is_ascii_alphanumeric).collect()
}
