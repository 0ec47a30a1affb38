//! The pages inside the windows: they are ours and no others, and one whose process dies is loaded again.
//!
//! A page keeps nothing that counts: it asks the shell for the whole state when it begins, so that a new one goes
//! on where the dead one was.

use tauri::{Runtime, Url, WebviewWindow};

/// Whether a page is one of the till's own: those inside the program, or the server's while developing.
pub fn is_own(url: &Url) -> bool {
    match (url.scheme(), url.host_str()) {
        ("tauri", Some("localhost")) => true,
        // How a page inside the program is called where web views know no schemes of their own.
        ("http" | "https", Some("tauri.localhost")) => true,
        ("http", Some("localhost")) => cfg!(dev) && url.port() == Some(DEVELOPMENT_PORT),
        (_, _) => false,
    }
}

/// `build.devUrl` of the configuration.
const DEVELOPMENT_PORT: u16 = 5173;

/// Loads the page again whenever its process has died: killed for want of memory, or broken.
///
/// # Errors
/// When the window is gone.
#[cfg(target_os = "linux")]
pub fn keep_alive<R: Runtime>(window: &WebviewWindow<R>) -> tauri::Result<()> {
    use std::time::Duration;

    use gtk::glib;
    use webkit2gtk::WebViewExt;

    /// A page that dies at once every time leaves the machine room to breathe.
    const PAUSE: Duration = Duration::from_millis(300);

    let label = window.label().to_owned();
    window.with_webview(move |webview| {
        webview
            .inner()
            .connect_web_process_terminated(move |view, reason| {
                tracing::error!(
                    window = label,
                    ?reason,
                    "the page's process died; it is loaded again"
                );
                let view = view.clone();
                glib::timeout_add_local_once(PAUSE, move || view.reload());
            });
    })
}

/// Seen to where tills run, on Linux; elsewhere the web view is left to itself.
///
/// # Errors
/// None.
#[cfg(not(target_os = "linux"))]
pub fn keep_alive<R: Runtime>(_window: &WebviewWindow<R>) -> tauri::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_goes_to_no_page_of_somebody_else() {
        let goes = |page: &str| is_own(&page.parse().unwrap());
        assert!(goes("tauri://localhost/"));
        assert!(goes("tauri://localhost/customer.html?language=en"));
        assert!(goes("http://tauri.localhost/"));
        assert_eq!(goes("http://localhost:5173/"), cfg!(dev));
        for page in [
            "http://localhost:5174/",
            "http://localhost/",
            "https://example.com/",
            "tauri://example.com/",
            "http://tauri.localhost.example.com/",
            "http://tauri.localhost@example.com/",
            "file:///etc/passwd",
            "data:text/html,x",
            "about:blank",
        ] {
            assert!(!goes(page), "{page}");
        }
    }

    #[test]
    fn the_developers_page_is_the_one_of_the_configuration() {
        let configuration: serde_json::Value =
            serde_json::from_str(include_str!("../../tauri.conf.json")).unwrap();
        let url = configuration["build"]["devUrl"].as_str().unwrap();
        assert_eq!(url, format!("http://localhost:{DEVELOPMENT_PORT}"));
    }
}
