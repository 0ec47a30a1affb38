//! The desktop shell: opens a window on the built screens. So far that is all it does: there is no till behind
//! it, and selling is in the browser, through `suanpan-bridge`.
//!
//! Deliberately not in it: anything a till decides. Rules live in `suanpan-domain`, commands in
//! `suanpan-till`.

/// Opens the main window and runs until it is closed.
///
/// # Errors
/// When the web view or the window system is missing, or the configuration compiled in is wrong.
pub fn run() -> tauri::Result<()> {
    tauri::Builder::default().run(tauri::generate_context!())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    fn configuration() -> Value {
        serde_json::from_str(include_str!("../../tauri.conf.json")).unwrap()
    }

    #[test]
    fn the_product_name_is_ascii_because_a_debian_package_name_must_be() {
        assert!(configuration()["productName"].as_str().unwrap().is_ascii());
    }

    #[test]
    fn the_windows_configuration_allows_no_script_but_its_own() {
        let policy = &configuration()["app"]["security"]["csp"];
        assert_eq!(policy["script-src"], "'self'");
        assert_eq!(policy["object-src"], "'none'");
        assert!(!policy.to_string().contains("unsafe-eval"));
    }

    #[test]
    fn configuration_and_package_agree_on_the_version() {
        assert_eq!(configuration()["version"], env!("CARGO_PKG_VERSION"));
    }
}
