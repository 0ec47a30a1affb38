//! The customer's phone in practice: a page of the stand-in platform in a window of its own.
//!
//! Nothing else on any network is ever opened from the till's pages; this window may ask nothing of the shell.

use std::sync::Arc;

use suanpan_desk::{At, Desk};
use tauri::webview::NewWindowResponse;
use tauri::{
    AppHandle, Manager, Runtime, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, async_runtime,
};

/// The phone's name; no capability has it.
pub const LABEL: &str = "phone";
/// As wide as a phone held upright.
const WIDTH: f64 = 400.0;
/// See [`WIDTH`]; on a small screen the window still fits.
const HEIGHT: f64 = 640.0;

/// What becomes of a link that asks for a window of its own: a page of the open practice shop's platform gets one,
/// anything else is left alone.
pub fn asked<R: Runtime>(app: &AppHandle<R>, desk: &Arc<Desk>, url: Url) -> NewWindowResponse<R> {
    let (app, desk) = (app.clone(), Arc::clone(desk));
    async_runtime::spawn(async move {
        let Some(platform) = desk.practice_platform().await else {
            return;
        };
        if !is_of(&url, &platform) {
            tracing::warn!(%url, "a page of somebody else is not opened");
        } else if let Err(error) = show(&app, url, platform) {
            tracing::warn!(%error, "the customer's phone does not open");
        }
    });
    NewWindowResponse::Deny
}

/// Closes the phone when its shop is gone.
pub fn go_with_practice<R: Runtime>(app: AppHandle<R>, desk: &Arc<Desk>) {
    let mut lobby = desk.lobby();
    async_runtime::spawn(async move {
        while lobby.changed().await.is_ok() {
            let is_practice = lobby.borrow_and_update().at == At::Practice;
            if let (false, Some(window)) = (is_practice, app.get_webview_window(LABEL))
                && let Err(error) = window.close()
            {
                tracing::warn!(%error, "the customer's phone does not close");
            }
        }
    });
}

/// Whether a page is served where the platform is.
fn is_of(page: &Url, platform: &str) -> bool {
    Url::parse(platform).is_ok_and(|platform| page.origin() == platform.origin())
}

fn show<R: Runtime>(app: &AppHandle<R>, url: Url, platform: String) -> tauri::Result<()> {
    if let Some(open) = app.get_webview_window(LABEL) {
        open.navigate(url)?;
        return come(&open);
    }
    let page = WebviewUrl::External(url);
    WebviewWindowBuilder::new(app, LABEL, page)
        .title("练习 · 顾客的手机")
        .inner_size(WIDTH, HEIGHT)
        .on_navigation(move |page| is_of(page, &platform))
        .build()?;
    Ok(())
}

fn come<R: Runtime>(window: &WebviewWindow<R>) -> tauri::Result<()> {
    window.unminimize()?;
    window.set_focus()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_practice_platforms_own_pages_are_opened() {
        let is_opened = |page: &str| is_of(&page.parse().unwrap(), "http://127.0.0.1:4711");
        assert!(is_opened("http://127.0.0.1:4711/pay/abc"));
        assert!(!is_opened("http://127.0.0.1:4712/pay/abc"));
        assert!(!is_opened("https://127.0.0.1:4711/"));
        assert!(!is_opened("http://127.0.0.1:4711@example.com/"));
        assert!(!is_opened("file:///etc/passwd"));
    }
}
