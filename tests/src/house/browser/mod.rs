//! A browser in front of the till, driven over the WebDriver protocol: chromium for pages behind the bridge,
//! any other driver for other windows.
//!
//! Only what the tests use of the protocol is here. Every look waits for what it wants to see.

mod driver;
mod keys;
mod scanner;

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

pub use driver::Driver;
pub use keys::Keys;
pub use scanner::Scanner;

use crate::house::clock::{SOON, wait_or_tell};

/// The protocol's name for the reference of an element.
/// Times a press is made until the page takes it.
const PRESSES_MAX: usize = 20;
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// One session of a driver: windows, pages, keys.
#[derive(Debug)]
pub struct Browser {
    session: String,
    /// Where chromium's own protocol is spoken; none with other drivers.
    debugger: Option<String>,
    driver: Driver,
}

impl Browser {
    /// Chromium without a screen.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn chromium() -> Self {
        let driver = Driver::chromium();
        let capabilities = driver.chromium_capabilities();
        Self::with(driver, &capabilities)
    }

    /// A session of any driver.
    ///
    /// # Panics
    /// When the driver opens none.
    #[must_use]
    pub fn with(driver: Driver, capabilities: &Value) -> Self {
        let wanted = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let opened = driver.ask("POST", "/session", &wanted).expect("a session opens");
        let id = opened["sessionId"].as_str().expect("a session has an id");
        let debugger = opened["capabilities"]["goog:chromeOptions"]["debuggerAddress"].as_str();
        Self {
            debugger: debugger.map(ToOwned::to_owned),
            session: format!("/session/{id}"),
            driver,
        }
    }

    fn ask(&self, method: &'static str, path: &str, body: &Value) -> Result<Value, String> {
        self.driver.ask(method, &format!("{}{path}", self.session), body)
    }

    fn must(&self, method: &'static str, path: &str, body: &Value) -> Value {
        self.ask(method, path, body)
            .unwrap_or_else(|problem| panic!("{path} {body}: {problem}"))
    }

    /// Opens a page in the current window.
    pub fn open(&self, url: &str) {
        self.must("POST", "/url", &json!({ "url": url }));
    }

    /// Opens a page in a window of its own, which becomes the current one; gives the window.
    #[must_use]
    pub fn open_beside(&self, url: &str) -> String {
        let made = self.must("POST", "/window/new", &json!({ "type": "window" }));
        let window = made["handle"].as_str().expect("a window has a handle").to_owned();
        self.turn_to(&window);
        self.open(url);
        window
    }

    /// The current window.
    ///
    /// # Panics
    /// When the driver has none.
    #[must_use]
    pub fn window(&self) -> String {
        let window = self.must("GET", "/window", &Value::Null);
        window.as_str().expect("a window has a handle").to_owned()
    }

    /// All windows.
    ///
    /// # Panics
    /// When the driver does not say.
    #[must_use]
    pub fn windows(&self) -> Vec<String> {
        let windows = self.must("GET", "/window/handles", &Value::Null);
        serde_json::from_value(windows).expect("windows have handles")
    }

    /// Makes a window the current one.
    pub fn turn_to(&self, window: &str) {
        self.must("POST", "/window", &json!({ "handle": window }));
    }

    /// Runs a script on the page and gives what it returns.
    ///
    /// # Errors
    /// The driver's word.
    pub fn script(&self, script: &str, arguments: &[Value]) -> Result<Value, String> {
        self.ask(
            "POST",
            "/execute/sync",
            &json!({ "script": script, "args": arguments }),
        )
    }

    /// Waits for a page's look at itself to be true and gives it.
    ///
    /// # Panics
    /// When it is not in time; with what stands on the page.
    pub fn wait_script(&self, what: &str, within: Duration, script: &str, arguments: &[Value]) -> Value {
        let seen = wait_or_tell(within, || match self.script(script, arguments) {
            Ok(Value::Null | Value::Bool(false)) => Err(String::from("nothing")),
            other => other,
        });
        seen.unwrap_or_else(|last| {
            panic!(
                "not within {within:?}: {what} ({last}); the page: {}",
                self.page_text()
            )
        })
    }

    /// Everything that can be read on the page.
    #[must_use]
    pub fn page_text(&self) -> String {
        let text = self.script("return document.body ? document.body.innerText : ''", &[]);
        text.map_or_else(
            |problem| problem,
            |text| text.as_str().unwrap_or_default().to_owned(),
        )
    }

    /// Waits until an element can be seen and gives its text.
    ///
    /// # Panics
    /// When none can be in time.
    pub fn wait_text(&self, css: &str) -> String {
        let script = "const e = document.querySelector(arguments[0]);
            return e && e.getClientRects().length > 0 ? (e.innerText ?? '') + '\\u0000' : null";
        let text = self.wait_script(css, SOON, script, &[json!(css)]);
        text.as_str()
            .unwrap_or_default()
            .trim_end_matches('\0')
            .to_owned()
    }

    /// Waits until an element is there and says a text.
    pub fn wait_says(&self, css: &str, part: &str) {
        let script = "const e = document.querySelector(arguments[0]);
            return e !== null && (e.innerText ?? '').includes(arguments[1])";
        self.wait_script(
            &format!("{css} says {part}"),
            SOON,
            script,
            &[json!(css), json!(part)],
        );
    }

    /// How many elements fit.
    #[must_use]
    pub fn count(&self, css: &str) -> u64 {
        let count = self.script(
            "return document.querySelectorAll(arguments[0]).length",
            &[json!(css)],
        );
        count.ok().and_then(|count| count.as_u64()).unwrap_or(0)
    }

    /// Waits until so many elements fit.
    pub fn wait_count(&self, css: &str, count: u64, within: Duration) {
        let script = "return document.querySelectorAll(arguments[0]).length === arguments[1]";
        self.wait_script(
            &format!("{count} × {css}"),
            within,
            script,
            &[json!(css), json!(count)],
        );
    }

    /// Texts of all elements that fit, in the page's order.
    ///
    /// # Panics
    /// When the page cannot be asked.
    #[must_use]
    pub fn texts(&self, css: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(arguments[0])].map((e) => e.innerText ?? '')";
        let texts = self.script(script, &[json!(css)]).expect("the page can be asked");
        let texts = texts.as_array().cloned().unwrap_or_default();
        texts
            .iter()
            .map(|text| text.as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// An attribute of the first element that fits.
    #[must_use]
    pub fn attribute(&self, css: &str, name: &str) -> Option<String> {
        let script = "return document.querySelector(arguments[0])?.getAttribute(arguments[1]) ?? null";
        let value = self.script(script, &[json!(css), json!(name)]).ok()?;
        value.as_str().map(ToOwned::to_owned)
    }

    /// Clicks an element, as a finger on the glass would: not before it has stood where it is for a moment, because
    /// the till drops a press on what has only just appeared. One that was dropped all the same, on a machine that
    /// draws late, is made again.
    pub fn click(&self, css: &str) {
        let script = "const e = document.querySelector(arguments[0]);
            if (e === null) return false;
            const { x, y } = e.getBoundingClientRect();
            const seen = [arguments[0], x, y, e.textContent].join();
            if (window.seen_at_rest !== seen) [window.seen_at_rest, window.at_rest_since] = [seen, performance.now()];
            const rests = performance.now() - window.at_rest_since > 150;
            if (rests) window.seen_at_rest = null;
            return rests";
        for _ in 0..PRESSES_MAX {
            let before = self.dropped();
            self.wait_script(&format!("{css} at rest"), SOON, script, &[json!(css)]);
            let element = self.element(css);
            self.must("POST", &format!("/element/{element}/click"), &json!({}));
            // A page that is gone by now has taken the press.
            if self.dropped().is_none_or(|after| Some(after) == before) {
                return;
            }
        }
        panic!("{css} is pressed in vain; the page: {}", self.page_text());
    }

    /// How many presses the page has dropped, because what they met had only just come there.
    fn dropped(&self) -> Option<Value> {
        let script = "return document.documentElement.dataset.dropped ?? ''";
        self.script(script, &[]).ok()
    }

    fn element(&self, css: &str) -> String {
        let wanted = json!({ "using": "css selector", "value": css });
        let found = wait_or_tell(SOON, || self.ask("POST", "/element", &wanted));
        let found =
            found.unwrap_or_else(|problem| panic!("{css}: {problem}; the page: {}", self.page_text()));
        found[ELEMENT]
            .as_str()
            .expect("an element has a reference")
            .to_owned()
    }

    /// Plugs a scanner into the window that shows this page.
    ///
    /// # Panics
    /// When the driver is not chromium's.
    #[must_use]
    pub fn scanner(&self, page: &str) -> Scanner {
        let debugger = self.debugger.as_deref().expect("chromium can be scanned into");
        Scanner::plug_in(debugger, page)
    }

    /// Presses keys.
    pub fn press(&self, keys: &Keys) {
        self.must("POST", "/actions", &keys.actions());
        self.must("DELETE", "/actions", &Value::Null);
    }

    /// A call that only one kind of driver knows, as chromedriver's way to its own protocol.
    pub fn extra(&self, path: &str, body: &Value) {
        self.must("POST", path, body);
    }

    /// A picture of the page as it can be seen, PNG.
    ///
    /// # Panics
    /// When the driver gives none.
    #[must_use]
    pub fn picture(&self) -> Vec<u8> {
        let picture = self.must("GET", "/screenshot", &Value::Null);
        let text = picture.as_str().expect("a picture is text");
        BASE64_STANDARD.decode(text).expect("a picture is base64")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.driver.ask("DELETE", &self.session, &Value::Null));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "data:text/html,<input autofocus><script>seen=[];addEventListener('keydown',
        e=>seen.push([e.key,e.timeStamp]))</script>";

    /// A machine with other things to do delays keys, but not every time; no machine shortens a hand's pauses.
    const TRIES: usize = 20;

    /// The pauses between the keys of one scan with a hand's typing after it, in milliseconds.
    fn pauses(browser: &Browser) -> Vec<f64> {
        browser.open(PAGE);
        browser.press(&Keys::new().scan("6901234567892").typed("3*").key("F3"));
        let seen = browser.script("return seen", &[]).unwrap();
        let seen = seen.as_array().unwrap();
        assert_eq!(
            (seen.len(), seen[13][0].as_str(), seen[16][0].as_str()),
            (17, Some("Enter"), Some("F3"))
        );
        seen.windows(2)
            .map(|pair| pair[1][1].as_f64().unwrap() - pair[0][1].as_f64().unwrap())
            .collect()
    }

    #[test]
    fn a_scanner_is_told_from_a_hand_by_its_pauses() {
        let browser = Browser::chromium();
        let is_told = |gaps: &[f64]| {
            let (scan, hand) = gaps.split_at(13);
            scan.iter().all(|gap| *gap < 80.0) && hand.iter().all(|gap| *gap >= 80.0)
        };
        let mut gaps = Vec::new();
        for _ in 0..TRIES {
            gaps = pauses(&browser);
            if is_told(&gaps) {
                return;
            }
        }
        panic!("not once in {TRIES} tries: {gaps:?}");
    }
}
