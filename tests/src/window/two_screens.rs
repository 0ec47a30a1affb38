//! What happens where the counter has a second monitor for the customer.

use serde_json::json;

use crate::house::clock::{LATER, SOON, wait_until};
use crate::window::app::{App, Home, PAID, pay_on_phone};
use crate::window::screen::Screen;

/// Where the second monitor is on the desktop.
const SECOND: &str = "1024x768+1280+0";
/// The first monitor.
const FIRST: &str = "1280x800+0+0";

/// The display opens full screen on the second monitor by itself, follows basket, code and paid, and goes with
/// the monitor.
pub fn the_customer_display_follows_on_the_second_monitor() {
    let (home, screen) = (Home::default(), Screen::double());
    let app = App::start(&home, &screen);
    let cashier = app.browser.window();
    app.begin_practice();
    let customer = wait_until("the customer display opens by itself", SOON, || {
        screen.look_at_monitors();
        let windows = app.browser.windows();
        windows.into_iter().find(|window| *window != cashier)
    });
    let sees = |scene: &str| {
        app.browser.turn_to(&customer);
        app.browser
            .wait_text(&format!("[data-testid=customer-scene][data-scene={scene}]"));
        app.browser.turn_to(&cashier);
    };
    sees("welcome");
    app.browser.turn_to(&customer);
    let fills = "return innerWidth === arguments[0] && innerHeight === arguments[1]
        && screenX === arguments[2] && screenY === 0";
    app.browser.wait_script(
        "it fills the second monitor",
        SOON,
        fills,
        &[json!(1024), json!(768), json!(1280)],
    );
    assert_eq!(
        allowed(&app),
        ["customer.get"],
        "the display looks and touches nothing"
    );
    app.browser.turn_to(&cashier);
    app.ring_up(2);
    sees("basket");
    let total = app.browser.attribute("[data-testid=total]", "data-minor");
    let total: i64 = total.and_then(|minor| minor.parse().ok()).expect("a total");
    reads(&app, &customer, total, 2);
    app.browser.turn_to(&cashier);
    app.show_code();
    sees("code");
    let code = screen.code(Some(SECOND));
    reads(&app, &customer, total, 2);
    app.browser.turn_to(&cashier);
    pay_on_phone(&code);
    app.browser.wait_text(PAID);
    sees("paid");
    reads(&app, &customer, total, 0);
    app.browser.turn_to(&cashier);
    screen.unplug_second();
    wait_until("the display goes with its monitor", SOON, || {
        screen.look_at_monitors();
        (app.browser.windows() == [cashier.clone()]).then_some(())
    });
    app.stop();
}

/// What a customer can read: so many articles, and the amount.
fn reads(app: &App, customer: &str, total_minor: i64, articles: u64) {
    app.browser.turn_to(customer);
    app.browser
        .wait_count("[data-testid=customer-line]", articles, SOON);
    let amount = format!("{}.{:02}", total_minor / 100, total_minor % 100);
    let said = "return document.body.innerText.replaceAll(/\\s/g, '').includes(arguments[0])";
    app.browser
        .wait_script("the amount", SOON, said, &[json!(amount)]);
}

/// Which of the shell's doors open for the page that is looked at.
fn allowed(app: &App) -> Vec<String> {
    let script = "const ask = (name, cmd, body) => window.__TAURI_INTERNALS__.invoke(cmd, body)
            .then((answer) => (answer?.problem ? null : name), () => null);
        return Promise.all([
            ask('customer.get', 'rpc', { command: { cmd: 'customer.get', payload: {} } }),
            ask('pay.begin', 'rpc', { command: { cmd: 'pay.begin', payload: {} } }),
            ask('lobby.get', 'lobby', { wish: { cmd: 'lobby.get', payload: {} } }),
            ask('customer_open', 'customer_open', {}),
            ask('window.close', 'plugin:window|close', {}),
            ask('event.emit', 'plugin:event|emit', { event: 'till', payload: null }),
        ]).then((names) => names.filter((name) => name !== null))";
    let names = app.browser.script(script, &[]).expect("the page can be asked");
    serde_json::from_value(names).expect("a list of names")
}

/// The pages' processes are killed while a code is out: both windows show it again, and then that it is paid. The
/// driver's session ends with its page, so what is seen is read from the screens.
pub fn pages_whose_processes_die_are_loaded_again() {
    let (home, screen) = (Home::default(), Screen::double());
    let app = App::start(&home, &screen);
    app.begin_practice();
    app.ring_up(2);
    app.wait_phase("in_step", true);
    app.show_code();
    let code = screen.code(Some(FIRST));
    assert_eq!(screen.code(Some(SECOND)), code);
    app.kill_pages();
    wait_until("both pages are found dead", SOON, || {
        (home.logs().matches("the page's process died").count() == 2).then_some(())
    });
    // A window may keep the last picture of a dead page, but only a page that lives sees that the code is paid.
    pay_on_phone(&code);
    wait_until("a paid code is not shown", LATER, || {
        let shown = |part| screen.code_now(Some(part));
        (shown(FIRST).is_none() && shown(SECOND).is_none()).then_some(())
    });
    app.kill();
}
