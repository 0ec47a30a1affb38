//! What happens to an open shift: a kill in the middle of its count, a close while a code waits.

use serde_json::json;

use crate::house::browser::Keys;
use crate::house::clock::SOON;
use crate::window::app::{App, Home, PAID, pay_on_phone};
use crate::window::screen::Screen;

/// Killed with a shift open and half of its cash counted: the next start has both.
pub fn a_killed_till_goes_on_with_its_shift_and_half_a_count() {
    let (home, screen) = (Home::default(), Screen::single());
    let app = App::start(&home, &screen);
    app.begin_practice();
    open_shift(&app);
    count_half(&app);
    app.kill();

    let app = App::start(&home, &screen);
    app.wait_selling();
    app.browser.press(&Keys::new().key("F12"));
    app.wait_minor("[data-testid=counted]", 50_000);
    let fields = "return ['10000', '5000', '2000'].map((kind) =>
        document.querySelector(`[data-testid=pieces-${kind}]`).value).join()";
    assert_eq!(app.browser.script(fields, &[]).ok(), Some(json!("4,2,")));
    app.stop();
}

/// f48: closed with no network and a code out; the figures stand, and what is paid afterwards stands beside them.
pub fn a_shift_closes_offline_while_a_code_waits() {
    let (home, screen) = (Home::default(), Screen::single());
    let app = App::start(&home, &screen);
    app.begin_practice();
    open_shift(&app);
    count_half(&app);
    app.browser.press(&Keys::new().key("Escape"));
    app.ring_up(1);
    app.wait_phase("in_step", true);
    app.show_code();
    let code = screen.code(None);
    app.ask("practice.network", &json!({ "up": false }));
    app.wait_phase("offline", true);
    app.browser.press(&Keys::new().key("F12"));
    app.wait_minor("[data-testid=difference]", 20_000);
    app.browser.press(&Keys::new().key("F12"));
    app.browser.wait_text("[data-testid=shift-report]");
    assert_eq!(app.browser.count("[data-testid=amendment]"), 0);

    app.ask("practice.network", &json!({ "up": true }));
    pay_on_phone(&code);
    app.browser.wait_count("[data-testid=amendment]", 1, SOON);
    app.browser.press(&Keys::new().key("Escape").key("Escape"));
    app.browser.wait_text(PAID);
    app.stop();
}

/// Opens a shift with a float of 300.
pub fn open_shift(app: &App) {
    app.browser.press(&Keys::new().key("F12"));
    app.browser.wait_text("[data-testid=open-shift]");
    app.browser.press(&Keys::new().typed("300").key("Enter"));
    app.browser.wait_text("[data-testid=shift]");
}

/// Four of the first kind, two of the second.
///
/// # Panics
/// When the till counts something else.
pub fn count_half(app: &App) {
    let keys = Keys::new().typed("4").key("Enter").typed("2").key("Enter");
    app.browser.press(&keys);
    app.wait_minor("[data-testid=counted]", 50_000);
    let worth = app.browser.texts("[data-testid^=worth-]");
    assert_eq!(worth[..3], ["400.00", "100.00", ""], "what each kind comes to");
}
