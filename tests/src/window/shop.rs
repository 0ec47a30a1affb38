//! What happens where a real shop is joined in the window.

use serde_json::json;

use crate::house::books;
use crate::house::browser::Keys;
use crate::house::clock::{LATER, wait_or_tell};
use crate::house::shop::Shop;
use crate::window::app::{App, Home, PAID, PAY, pay_on_phone};
use crate::window::screen::Screen;

/// An article of the shop's own, and what it costs.
const CODE: &str = "6901234567892";
const PRICE_MINOR: i64 = 200;

/// Joined with the centre's line, its first manager named, sold by code; opened again while the centre is away, sold
/// in cash; and when the centre is back it has everything once.
pub fn a_real_shop_is_joined_and_opens_again_without_its_centre() {
    let (home, screen) = (Home::default(), Screen::single());
    let mut shop = Shop::without_tills();
    let app = App::start(&home, &screen);
    app.join(&shop.invite());
    app.name_manager("Chen", "2468");
    let csv = format!("条码,品名,售价\n{CODE},橡皮,2.00\n");
    app.ask("catalogue.import", &json!({ "csv": csv, "dry_run": false }));
    app.enter(CODE);
    app.wait_minor("[data-testid=total]", PRICE_MINOR);
    app.wait_phase("in_step", true);
    app.show_code();
    pay_on_phone(&screen.code(None));
    app.browser.wait_text(PAID);
    app.browser.press(&Keys::new().key("Enter"));
    app.wait_selling();
    app.stop();

    shop.centre.stop();
    let app = App::start(&home, &screen);
    app.wait_selling();
    app.wait_phase("offline", true);
    app.enter(CODE);
    app.wait_minor("[data-testid=total]", PRICE_MINOR);
    app.browser.press(&Keys::new().key("Enter"));
    app.browser.wait_text(PAY);
    app.browser.press(&Keys::new().key("F1"));
    app.browser.wait_text(PAID);
    shop.centre.start();
    app.wait_phase("in_step", true);
    app.stop();
    assert_eq!(shop.sandbox.net_minor(), PRICE_MINOR, "one code was paid, once");
    let agreed = wait_or_tell(LATER, || {
        let (written, held) = (
            books::written_by_till(&home.till()),
            books::held_by_centre(shop.centre.data(), "1"),
        );
        let (here, there) = (written.len(), held.len());
        (written == held)
            .then_some(())
            .ok_or(format!("{here} written, {there} held"))
    });
    agreed.unwrap_or_else(|seen| panic!("the centre has something else than the till: {seen}"));
}
