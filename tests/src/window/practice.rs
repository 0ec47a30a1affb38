//! The practice shop's controls as a person finds them: on the page Practice, beside the sale that they spoil.

use serde_json::json;

use crate::house::browser::Keys;
use crate::house::clock::{LATER, SOON, wait_until};
use crate::window::app::{App, Home, PAID, PAY, SELL};
use crate::window::screen::Screen;

/// A trade at the practice platform, on the page Practice.
const TRADE: &str = "[data-testid=practice-trade]";

/// Refused on the phone and paid in a phone's window after that; a lost answer that turns up; a network that is cut;
/// money that comes after the code was closed.
pub fn practice_shows_what_goes_wrong() {
    let (home, screen) = (Home::default(), Screen::single());
    let app = App::start(&home, &screen);
    app.begin_practice();
    app.wait_phase("in_step", true);
    refused_and_then_paid_on_the_phone(&app);
    a_lost_answer_turns_up(&app);
    a_network_is_cut(&app);
    money_comes_late(&app);
    app.stop();
}

fn refused_and_then_paid_on_the_phone(app: &App) {
    begin_sale(app);
    app.show_code();
    on_practice_page(app, |page| {
        page.browser.click("[data-testid=act-refuse]");
        page.browser
            .wait_text("[data-testid=practice-trade][data-state=NOTPAY]");
    });
    app.browser.wait_text(PAY);
    let cashier = app.browser.window();
    let before = app.browser.windows();
    on_practice_page(app, |page| page.browser.click("[data-testid=phone-link]"));
    let phone = wait_until("the customer's phone opens", SOON, || {
        let windows = app.browser.windows();
        windows.into_iter().find(|window| !before.contains(window))
    });
    app.browser.turn_to(&phone);
    app.browser.click("#confirm");
    app.browser.wait_text("#done");
    app.browser.turn_to(&cashier);
    app.browser.wait_text(PAID);
}

fn a_lost_answer_turns_up(app: &App) {
    begin_sale(app);
    on_practice_page(app, |page| page.browser.click("[data-testid=fault-lose_answers]"));
    app.browser.press(&Keys::new().key("Enter"));
    app.browser.wait_text(PAY);
    app.browser.press(&Keys::new().key("F3"));
    app.browser
        .wait_text("[data-testid=code-state]:not([data-phase=waiting])");
    on_practice_page(app, |page| page.browser.click("[data-testid=fault-lose_answers]"));
    let code = "return document.querySelector('[data-testid=code]') !== null";
    app.browser
        .wait_script("the code turns up by itself", LATER, code, &[]);
    on_practice_page(app, |page| page.browser.click("[data-testid=act-pay]"));
    app.browser.wait_text(PAID);
}

fn a_network_is_cut(app: &App) {
    begin_sale(app);
    on_practice_page(app, |page| page.browser.click("[data-testid=cut-network]"));
    app.wait_phase("offline", true);
    app.browser.press(&Keys::new().key("Enter"));
    app.browser.wait_text("[data-testid=locked-card]");
    app.browser.press(&Keys::new().key("F1"));
    app.browser.wait_text(PAID);
    on_practice_page(app, |page| page.browser.click("[data-testid=cut-network]"));
    app.wait_phase("in_step", true);
}

fn money_comes_late(app: &App) {
    begin_sale(app);
    app.show_code();
    on_practice_page(app, |page| {
        page.browser.click("[data-testid=act-pay_after_close]")
    });
    app.browser.press(&Keys::new().key("Delete"));
    app.browser.wait_text(SELL);
    app.browser
        .wait_text("[data-testid=notice][data-code=LATE_MONEY]");
}

/// The code that was out and the fresh one are both paid: one counts, the other goes back, and the till says so.
pub fn a_customer_pays_twice_in_practice() {
    let (home, screen) = (Home::default(), Screen::single());
    let app = App::start(&home, &screen);
    app.begin_practice();
    app.wait_phase("in_step", true);
    begin_sale(&app);
    app.show_code();
    on_practice_page(&app, |page| {
        page.browser.wait_count(TRADE, 1, SOON);
        let old = page.browser.attribute(TRADE, "data-trade-no");
        let old = format!("[data-trade-no='{}']", old.expect("a trade has a number"));
        page.browser.click("[data-testid=fresh-code]");
        page.browser.wait_count(TRADE, 2, LATER);
        page.browser
            .click(&format!("{TRADE}:not({old}) [data-testid=act-pay]"));
        page.browser
            .wait_text(&format!("{TRADE}:not({old})[data-state=SUCCESS]"));
        // Whether the old code is still out or just closed: money comes on it all the same.
        page.browser
            .click(&format!("{TRADE}{old} [data-testid=act-pay_after_close]"));
        let paid = ["SUCCESS", "REFUND"].map(|state| format!("{TRADE}{old}[data-state={state}]"));
        page.browser.wait_count(&paid.join(","), 1, LATER);
    });
    app.browser.wait_text(PAID);
    app.browser.click("[data-testid=next-sale]");
    app.browser
        .wait_text("[data-testid=notice][data-code=PAID_TWICE]");
    app.stop();
}

/// The first article of the shop, in a basket of its own.
fn begin_sale(app: &App) {
    app.ring_up(1);
}

/// Goes to the page Practice, does something there, and goes back.
fn on_practice_page(app: &App, act: impl FnOnce(&App)) {
    app.browser.click("[data-testid=tab-practice]");
    app.browser.wait_text("[data-testid=cut-network]");
    act(app);
    app.browser.press(&Keys::new().key("Escape"));
    let gone = "return document.querySelector('[data-testid=app]').dataset.screen === arguments[0]";
    app.browser
        .wait_script("back at the counter", SOON, gone, &[json!("sell")]);
}
