//! From a key to the picture, measured on the page itself: the key's own time stamp, and the first moment after the
//! frame that shows what it did.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bench::problem::BenchError;
use crate::bench::samples::Samples;
use crate::house::browser::{Browser, Keys};
use crate::house::clock::wait_or_tell;

/// Watches a page: `watched(key, done)` notes, for the next press of that key, when the frame after `done` was drawn.
/// A message that is posted in a frame's own callback arrives after the frame.
const WATCH: &str = "window.painted = [];
    window.watched = (key, done) => {
        let pressed = null;
        const note = (event) => { if (event.key === key) pressed = event.timeStamp; };
        addEventListener('keydown', note, true);
        const drawn = () => requestAnimationFrame(() => {
            const after = new MessageChannel();
            after.port1.onmessage = () => window.painted.push(performance.now() - pressed);
            after.port2.postMessage(null);
        });
        const look = () => {
            if (pressed === null || !done()) return;
            seen.disconnect();
            removeEventListener('keydown', note, true);
            removeEventListener('input', look, true);
            drawn();
        };
        const seen = new MutationObserver(look);
        seen.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
        addEventListener('input', look, true);
    };";
/// A till that was busy for a second takes an Enter for nothing, on purpose; it is pressed again, as a person would.
const TRIES: usize = 5;
/// When it is.
const AGAIN_AFTER: Duration = Duration::from_secs(6);
const NS_PER_MS: f64 = 1_000_000.0;

/// What is pressed, and how the page shows that it was.
#[derive(Clone, Debug)]
pub struct Press {
    /// The keys.
    pub keys: Keys,
    /// The key whose time counts, as the page names it.
    pub counted: &'static str,
    /// A script's expression that is true once the page shows it.
    pub shown: String,
}

/// Presses and measures; nanoseconds.
///
/// # Errors
/// When the page does not show it.
pub fn once(browser: &Browser, press: &Press) -> Result<u64, BenchError> {
    let begin = format!("{WATCH} window.watched(arguments[0], () => {});", press.shown);
    let asked = browser.script(&begin, &[json!(press.counted)]);
    asked.map_err(|problem| BenchError::product("watching the page", problem))?;
    for _ in 1..TRIES {
        browser.press(&press.keys);
        let seen = wait_or_tell(AGAIN_AFTER, || {
            let seen = browser.script("return window.painted[0] ?? null", &[])?;
            if seen.is_null() {
                Err(String::from("nothing"))
            } else {
                Ok(seen)
            }
        });
        if let Ok(seen) = seen {
            return nanoseconds(&seen);
        }
    }
    Err(BenchError::Wrong(format!("not drawn: {:?}", press.shown)))
}

fn nanoseconds(ms: &Value) -> Result<u64, BenchError> {
    let ms = ms
        .as_f64()
        .ok_or_else(|| BenchError::Wrong(format!("{ms} is no time")))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a time below an hour"
    )]
    Ok((ms * NS_PER_MS) as u64)
}

/// The same, so many times.
///
/// # Errors
/// When the page does not show one of them.
pub fn times(
    browser: &Browser,
    count: usize,
    mut press: impl FnMut(usize) -> Press,
    mut after: impl FnMut(&Browser),
) -> Result<Samples, BenchError> {
    let mut samples = Samples::default();
    for turn in 0..count {
        samples.push(once(browser, &press(turn))?);
        after(browser);
    }
    Ok(samples)
}
