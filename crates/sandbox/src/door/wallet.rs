//! `/wallet`: the pretended customer's payment codes (付款码), for the shop to scan from the screen.
//!
//! The page looks again by itself while it waits, so that the password is asked for when the shop has scanned.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use qrcode::{Color, EcLevel, QrCode};
use serde::Deserialize;

use super::guard::origin_is_own;
use super::html::{Frame, button, notice, page, path_safe, reply, summary};
use super::state::Shared;
use crate::core::name::PlatformName;
use crate::core::phone::{PhoneError, PhoneState};
use crate::core::platform::Platform;
use crate::core::wallet::{PaymentCodeState, PaymentCodeView};

/// Modules left white around a code, as its standard asks.
const QUIET_MODULES: usize = 4;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/wallet", get(choose).post(fresh))
        .route("/wallet/{code}", get(show))
        .route("/wallet/{code}/confirm", post(confirm))
        .route("/wallet/{code}/refuse", post(refuse))
}

/// Which code somebody wants to show.
#[derive(Deserialize)]
struct Wanted {
    platform: PlatformName,
    password: Option<String>,
}

async fn choose() -> Response {
    let content = format!(
        "<h1 class=\"plain\">付款码 <small lang=\"en\">Payment code</small></h1>\
         <p class=\"soft\">让收银员扫这个码。<br>一分钟内有效，只能用一次。<br>\
         <small lang=\"en\">For the shop to scan, within one minute, once.</small></p>{}{}",
        wanted("wechat", "微信支付", "WeChat Pay"),
        wanted("alipay", "支付宝", "Alipay")
    );
    reply(StatusCode::OK, page(Frame::default(), &content))
}

fn wanted(platform: &str, zh: &str, en: &str) -> String {
    format!(
        "<form method=\"post\" action=\"/wallet\" class=\"card\"><input type=\"hidden\" name=\"platform\" value=\"{platform}\">\
         <label><input type=\"checkbox\" name=\"password\" value=\"1\">需要输入密码 <small lang=\"en\">asks for the password</small></label>\
         <button class=\"go {platform}\" id=\"{platform}\">{zh}<small lang=\"en\">{en}</small></button></form>"
    )
}

async fn fresh(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Form(wanted): Form<Wanted>,
) -> Response {
    if !origin_is_own(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let code = shared.with_platform(|platform, now_ms| {
        platform.show_payment_code(wanted.platform, wanted.password.is_some(), now_ms)
    });
    Redirect::to(&format!("/wallet/{code}")).into_response()
}

async fn show(State(shared): State<Arc<Shared>>, Path(code): Path<String>) -> Response {
    let looked = shared.with_platform(|platform, now_ms| {
        platform.catch_up(now_ms);
        platform.payment_code(&code, now_ms).map(|view| (view, now_ms))
    });
    match looked {
        Ok((view, now_ms)) => reply(StatusCode::OK, code_page(&view, now_ms)),
        Err(PhoneError::UnknownCode | PhoneError::NotPayable(_)) => {
            let text = notice(
                "warn",
                "没有这个付款码",
                "请出示一个新的付款码。",
                "This payment code is not known. Show a new one.",
            );
            reply(
                StatusCode::NOT_FOUND,
                page(Frame::default(), &(text + &another())),
            )
        }
    }
}

async fn confirm(state: State<Arc<Shared>>, code: Path<String>, headers: HeaderMap) -> Response {
    act(&state, &code, &headers, Platform::confirm)
}

async fn refuse(state: State<Arc<Shared>>, code: Path<String>, headers: HeaderMap) -> Response {
    act(&state, &code, &headers, Platform::refuse)
}

fn act(
    shared: &Shared,
    code: &str,
    headers: &HeaderMap,
    act: fn(&mut Platform, &str, i64) -> Result<(), PhoneError>,
) -> Response {
    if !origin_is_own(headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    // Whatever comes of it, the page says so.
    let _ = shared.with_platform(|platform, now_ms| {
        let token = platform.charged_order(code)?;
        act(platform, &token, now_ms)
    });
    Redirect::to(&format!("/wallet/{}", path_safe(code))).into_response()
}

fn code_page(view: &PaymentCodeView, now_ms: i64) -> String {
    let (waits, content) = match &view.state {
        PaymentCodeState::Waiting => (true, waiting(view, now_ms)),
        PaymentCodeState::Expired => {
            let (zh, en) = (
                "没有扣款。请出示一个新的付款码。",
                "Nothing was charged. Show a new code.",
            );
            (false, notice("warn", "付款码已过期", zh, en) + &another())
        }
        PaymentCodeState::Charged(order) => {
            let text = charged(&view.code, order.state);
            let over = matches!(
                order.state,
                PhoneState::Paid | PhoneState::Closed | PhoneState::Expired
            );
            let more = if over { another() } else { String::new() };
            (!over, summary(order, "") + &text + &more)
        }
    };
    let frame = Frame {
        platform: Some(view.platform),
        waits,
    };
    page(frame, &content)
}

fn waiting(view: &PaymentCodeView, now_ms: i64) -> String {
    let left_s = (view.ends_at_ms - now_ms).div_euclid(1000).max(0);
    let name = match view.platform {
        PlatformName::Wechat => "微信支付 <small lang=\"en\">WeChat Pay</small>",
        PlatformName::Alipay => "支付宝 <small lang=\"en\">Alipay</small>",
    };
    let password = if view.asks_password {
        "需要输入密码 <small lang=\"en\">asks for the password</small>"
    } else {
        "免密 <small lang=\"en\">no password</small>"
    };
    format!(
        "<h1 class=\"plain\">{name}</h1><p class=\"soft\">{password}</p><div class=\"code\">{}</div>\
         <p class=\"digits\" id=\"code\" data-code=\"{}\">{}</p>\
         <p class=\"soft\">还有 {left_s} 秒 <small lang=\"en\">{left_s} seconds left</small></p>{}",
        drawn(&view.code),
        view.code,
        grouped(&view.code),
        another()
    )
}

fn charged(code: &str, state: PhoneState) -> String {
    match state {
        PhoneState::Paying | PhoneState::Payable => {
            let confirm = button(
                &format!("/wallet/{code}/confirm"),
                "go",
                "confirm",
                "输入密码并付款",
                "Pay",
            );
            confirm
                + &button(
                    &format!("/wallet/{code}/refuse"),
                    "back",
                    "refuse",
                    "取消",
                    "Cancel",
                )
        }
        PhoneState::Arriving => notice(
            "wait",
            "支付处理中",
            "款项正在路上，请稍候，不要再付一次。",
            "The money is on its way. Please wait and do not pay again.",
        ),
        PhoneState::Paid => notice(
            "done",
            "支付成功",
            "请稍候，收银员会看到这笔收款。",
            "Paid. The shop will see it in a moment.",
        ),
        PhoneState::Closed | PhoneState::Expired => notice(
            "warn",
            "没有付款",
            "没有扣款。要付款请出示一个新的付款码。",
            "Nothing was charged. To pay, show a new code.",
        ),
    }
}

fn another() -> String {
    "<p class=\"more\"><a href=\"/wallet\" id=\"another\">换一个付款码 <small lang=\"en\">Another code</small></a></p>".to_owned()
}

/// `1300 0000 0000 000000`: fours, and the rest together, as phones show it.
fn grouped(code: &str) -> String {
    let mut out = String::new();
    for (at, digit) in code.chars().enumerate() {
        if at > 0 && at % 4 == 0 && at < 16 {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// The code as a picture: black on white, white around it.
fn drawn(code: &str) -> String {
    let made =
        QrCode::with_error_correction_level(code, EcLevel::M).expect("18 digits fit the smallest code");
    let (width, side) = (made.width(), made.width() + 2 * QUIET_MODULES);
    let mut path = String::new();
    for (at, color) in made.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (at % width + QUIET_MODULES, at / width + QUIET_MODULES);
            let _ = write!(path, "M{x} {y}h1v1h-1z");
        }
    }
    format!(
        "<svg viewBox=\"0 0 {side} {side}\" role=\"img\" aria-label=\"付款码\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_fours() {
        assert_eq!(grouped("130012345678901234"), "1300 1234 5678 901234");
    }

    #[test]
    fn the_picture_has_a_white_edge() {
        let svg = drawn("130012345678901234");
        assert!(svg.contains("viewBox=\"0 0 29 29\""), "{svg}");
        assert!(svg.contains("M4 4h1v1h-1z") && !svg.contains("M3 "), "{svg}");
    }
}
