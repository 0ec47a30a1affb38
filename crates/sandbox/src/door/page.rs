//! `/pay/{token}`: the page a customer's phone opens from the code. Opening it is scanning the code. One page,
//! nothing loaded from elsewhere, no script.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::guard::origin_is_own;
use super::html::{Frame, button, note, notice, page, path_safe, reply, summary};
use super::state::Shared;
use crate::core::phone::{PhoneError, PhoneState, PhoneView};
use crate::core::platform::Platform;
use crate::core::wire::time_text;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/pay/{token}", get(show))
        .route("/pay/{token}/confirm", post(confirm))
        .route("/pay/{token}/late", post(late))
        .route("/pay/{token}/refuse", post(refuse))
}

/// What was done just before the page is shown.
#[derive(Default, Deserialize)]
struct Shown {
    cancelled: Option<String>,
    again: Option<String>,
}

/// What a phone can do to a code.
type PhoneAct = fn(&mut Platform, &str, i64) -> Result<(), PhoneError>;

async fn show(
    State(shared): State<Arc<Shared>>,
    Path(token): Path<String>,
    Query(shown): Query<Shown>,
) -> Response {
    match shared.with_platform(|platform, now_ms| platform.scan(&token, now_ms)) {
        Ok(view) => reply(StatusCode::OK, order_page(&view, &shown)),
        Err(PhoneError::UnknownCode | PhoneError::NotPayable(_)) => {
            let text = notice(
                "warn",
                "二维码无效",
                "请让收银员重新出示付款码。",
                "This code is not known. Ask the cashier to show it again.",
            );
            reply(StatusCode::NOT_FOUND, page(Frame::default(), &text))
        }
    }
}

async fn confirm(state: State<Arc<Shared>>, token: Path<String>, headers: HeaderMap) -> Response {
    act(&state, &token, &headers, Platform::confirm, "again")
}

async fn late(state: State<Arc<Shared>>, token: Path<String>, headers: HeaderMap) -> Response {
    act(&state, &token, &headers, Platform::confirm_late, "again")
}

async fn refuse(state: State<Arc<Shared>>, token: Path<String>, headers: HeaderMap) -> Response {
    act(&state, &token, &headers, Platform::refuse, "cancelled")
}

/// Does it and shows the page, which says whatever came of it: paid now, paid before, or over.
fn act(shared: &Shared, token: &str, headers: &HeaderMap, act: PhoneAct, word: &str) -> Response {
    if !origin_is_own(headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let outcome = shared.with_platform(|platform, now_ms| act(platform, token, now_ms));
    let path = format!("/pay/{}", path_safe(token));
    let paid_before = matches!(outcome, Err(PhoneError::NotPayable(PhoneState::Paid)));
    if word == "cancelled" || paid_before {
        return Redirect::to(&format!("{path}?{word}=1")).into_response();
    }
    Redirect::to(&path).into_response()
}

fn order_page(view: &PhoneView, shown: &Shown) -> String {
    let frame = Frame {
        platform: Some(view.platform),
        waits: view.state == PhoneState::Arriving,
    };
    let content = match view.state {
        PhoneState::Payable | PhoneState::Paying => payable(view, shown),
        PhoneState::Arriving => {
            let (zh, en) = (
                "款项正在路上，请稍候，不要再付一次。",
                "The money is on its way. Please wait and do not pay again.",
            );
            notice("wait", "支付处理中", zh, en) + &summary(view, "")
        }
        PhoneState::Paid => paid(view, shown),
        PhoneState::Closed => {
            let (zh, en) = (
                "商家已取消这笔订单，没有扣款。",
                "The shop cancelled this order. Nothing was charged.",
            );
            notice("warn", "订单已关闭", zh, en) + &too_late(view)
        }
        PhoneState::Expired => {
            let (zh, en) = (
                "没有扣款。请让收银员重新出示付款码。",
                "Nothing was charged. Ask for a new code.",
            );
            notice("warn", "付款码已过期", zh, en) + &too_late(view)
        }
    };
    page(frame, &content)
}

fn payable(view: &PhoneView, shown: &Shown) -> String {
    let remark = match shown.cancelled {
        Some(_) => note(
            "已取消，没有扣款。仍可重新付款。",
            "Cancelled, nothing was charged. You can still pay.",
        ),
        None => String::new(),
    };
    let token = path_safe(&view.token);
    [
        remark,
        summary(view, ""),
        button(
            &format!("/pay/{token}/confirm"),
            "go",
            "confirm",
            "确认付款",
            "Pay",
        ),
        button(
            &format!("/pay/{token}/refuse"),
            "back",
            "refuse",
            "取消",
            "Cancel",
        ),
    ]
    .concat()
}

fn paid(view: &PhoneView, shown: &Shown) -> String {
    let at = view
        .paid_at_ms
        .map(|at_ms| time_text(at_ms).replace('T', " "))
        .unwrap_or_default();
    let at = at.strip_suffix("+08:00").unwrap_or(&at);
    let remark = match shown.again {
        Some(_) => note(
            "这笔订单已经付过了，没有再次扣款。",
            "This order was paid already. Nothing more was charged.",
        ),
        None => String::new(),
    };
    let head = notice(
        "done",
        "支付成功",
        "请稍候，收银员会看到这笔收款。",
        "Paid. The shop will see it in a moment.",
    );
    let token = path_safe(&view.token);
    let again = button(
        &format!("/pay/{token}/confirm"),
        "back",
        "again",
        "再付一次",
        "Pay again",
    );
    remark
        + &head
        + &summary(
            view,
            &format!("<dt>支付时间 <small lang=\"en\">Paid at</small></dt><dd>{at}</dd>"),
        )
        + &again
}

/// For practice: money that was under way when the order ended.
fn too_late(view: &PhoneView) -> String {
    let token = path_safe(&view.token);
    let late = button(
        &format!("/pay/{token}/late"),
        "back",
        "late",
        "迟到的付款",
        "A late payment",
    );
    format!(
        "{}<details><summary>练习：钱在订单结束后才到 <small lang=\"en\">Practice: money that comes too late</small></summary>\
         {late}</details>",
        summary(view, "")
    )
}
