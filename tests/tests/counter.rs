//! The counter in a real browser, by keys: ring up, show the code, get paid on a phone page, see it everywhere.

#![allow(
    clippy::unwrap_used,
    reason = "what is not there fails the scenario right here"
)]

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use suanpan_tests::house::browser::{Browser, Keys, Scanner};
use suanpan_tests::house::clock::{LATER, SOON, Stopwatch, wait_until, wait_while_still};
use suanpan_tests::house::picture::read_code;
use suanpan_tests::house::shop::Shop;
use suanpan_tests::house::till::{Till, text};

/// One browser at a time: two of them on two cores would stall each other into false alarms.
static SCREEN: Mutex<()> = Mutex::new(());

const SELL: &str = "[data-testid=app][data-stage=sell]";
const PAY: &str = "[data-testid=app][data-stage=pay]";
const PAID: &str = "[data-testid=app][data-stage=paid]";

/// A cashier at the first till's page, with the customer's display in a window of its own.
struct Counter {
    browser: Browser,
    scanner: Mutex<Scanner>,
    cashier: String,
    customer: String,
    shop: Shop,
    _screen: MutexGuard<'static, ()>,
}

impl Counter {
    fn open() -> Self {
        let screen = SCREEN.lock().unwrap_or_else(PoisonError::into_inner);
        let shop = Shop::open();
        let browser = Browser::chromium();
        let till = shop.till();
        let page = till
            .page()
            .split(['?', '#'])
            .next()
            .unwrap()
            .trim_end_matches('/')
            .to_owned();
        let cashier = browser.window();
        let customer = browser.open_beside(&format!("{page}/customer.html?token={}", till.token()));
        browser.turn_to(&cashier);
        browser.open(till.page());
        browser.wait_text(SELL);
        Self {
            scanner: Mutex::new(browser.scanner(&format!("{page}/"))),
            browser,
            cashier,
            customer,
            shop,
            _screen: screen,
        }
    }

    fn till(&self) -> &Till {
        self.shop.till()
    }

    fn press(&self, keys: &Keys) {
        self.browser.press(keys);
    }

    fn scan(&self, code: &str) {
        self.scanner.lock().unwrap().scan(code);
    }

    /// Looks at the customer's display and comes back.
    fn customer_sees(&self, scene: &str) {
        self.browser.turn_to(&self.customer);
        self.browser
            .wait_text(&format!("[data-testid=customer-scene][data-scene={scene}]"));
        self.browser.turn_to(&self.cashier);
    }

    /// The code as a phone would read it from the window's picture.
    fn code_in_picture(&self) -> String {
        self.browser.wait_text("[data-testid=code]");
        wait_until("the code can be read from the screen", SOON, || {
            read_code(&self.browser.picture())
        })
    }

    /// Opens the code's address on a phone and confirms there.
    fn pay_on_phone(&self, url: &str) {
        let phone = self.browser.open_beside(url);
        self.browser.click("#confirm");
        self.browser.wait_text("#done");
        assert_ne!(phone, self.cashier);
        self.browser.turn_to(&self.cashier);
    }

    fn ring_up(&self, articles: usize) {
        for good in &self.till().goods()[..articles] {
            self.scan(&good.code);
        }
        self.browser
            .wait_count("[data-testid=line]", articles as u64, SOON);
    }

    fn shown_minor(&self, css: &str) -> i64 {
        let minor = self.browser.attribute(css, "data-minor");
        minor
            .and_then(|minor| minor.parse().ok())
            .unwrap_or_else(|| panic!("no amount at {css}"))
    }

    fn state(&self) -> Value {
        self.till().state()
    }

    /// Receipt, order and takings say the same as till and platform.
    fn assert_all_agree(&self, total_minor: i64) {
        let paid = self.state()["paid"].clone();
        let (short_no, order_id) = (text(&paid["short_no"]), text(&paid["order_id"]));
        self.press(&Keys::new().control("p"));
        self.browser
            .wait_text("[data-testid=receipt-printing][data-phase=printed]");
        let printed = self.till().act("practice.printed", &json!({}));
        let receipt = text(&printed["last"]["text"]);
        assert!(
            receipt.contains(&yuan(total_minor)) && receipt.contains(&short_no),
            "{receipt}"
        );
        self.press(&Keys::new().key("F6"));
        let row = format!("[data-testid=order-row][data-short-no='{short_no}']");
        self.browser.wait_text(&row);
        let listed = self.browser.attribute(&row, "data-total-minor");
        assert_eq!(listed, Some(total_minor.to_string()));
        assert_eq!(
            self.browser.attribute(&row, "data-state").as_deref(),
            Some("COMPLETED")
        );
        self.press(&Keys::new().key("Escape"));
        self.browser.click("[data-testid=tab-takings]");
        self.browser.wait_text("[data-testid=takings-net]");
        assert_eq!(
            self.shown_minor("[data-testid=takings-net]"),
            self.till().net_minor()
        );
        let order = self.till().order(&order_id);
        assert_eq!(order["row"]["total_minor"], total_minor, "{order}");
        self.press(&Keys::new().key("Escape"));
    }
}

fn yuan(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

#[test]
fn a_basket_is_rung_up_by_keys_and_paid_by_a_code_read_from_the_screen() {
    let counter = Counter::open();
    let goods = counter.till().goods();
    counter.customer_sees("welcome");
    counter.scan(&goods[0].code);
    counter.browser.wait_count("[data-testid=line]", 1, SOON);
    counter.press(&Keys::new().pause(400).typed("3*").pause(400));
    counter.scan(&goods[1].code);
    counter.browser.wait_count("[data-testid=line]", 2, SOON);
    counter.press(&Keys::new().pause(400).typed(&goods[2].initials));
    counter
        .browser
        .wait_text("[data-testid=candidates], [data-testid=preview][data-kind=article]");
    counter.press(&Keys::new().key("Enter"));
    counter.browser.wait_count("[data-testid=line]", 3, SOON);
    let lines = counter.state()["basket"]["lines"].clone();
    assert_eq!(lines[0]["code"], goods[0].code.as_str());
    assert_eq!(
        (&lines[1]["code"], &lines[1]["quantity_milli"]),
        (&json!(goods[1].code), &json!(3000))
    );
    let total_minor = counter.state()["basket"]["total_minor"].as_i64().unwrap();
    assert_eq!(counter.shown_minor("[data-testid=total]"), total_minor);
    counter.customer_sees("basket");

    counter.press(&Keys::new().key("Enter"));
    counter.browser.wait_text(PAY);
    counter.press(&Keys::new().key("F3"));
    let code = counter.code_in_picture();
    let trade = counter.shop.sandbox.trades().pop().unwrap();
    assert_eq!(trade["codeUrl"], code.as_str());
    assert_eq!(trade["totalMinor"], total_minor.to_string());
    counter.browser.turn_to(&counter.customer);
    assert_eq!(counter.code_in_picture(), code);
    counter.browser.turn_to(&counter.cashier);

    counter.pay_on_phone(&code);
    counter.browser.wait_text(PAID);
    counter
        .browser
        .wait_text("[data-testid=tender][data-phase=settled]");
    counter.customer_sees("paid");
    assert_eq!(counter.till().net_minor(), counter.shop.sandbox.net_minor());
    counter.assert_all_agree(total_minor);
    counter.scan(&goods[3].code);
    counter.browser.wait_text(SELL);
    counter.browser.wait_count("[data-testid=line]", 1, SOON);
}

#[test]
fn f28_cash_and_a_code_share_one_order() {
    let counter = Counter::open();
    while counter.state()["basket"]["total_minor"].as_i64().unwrap() <= 6000 {
        for good in &counter.till().goods()[..10] {
            counter.till().scan(&good.code);
        }
    }
    let total_minor = counter.state()["basket"]["total_minor"].as_i64().unwrap();
    counter.browser.wait_script(
        "the total",
        SOON,
        "return document.querySelector('[data-testid=total]')?.dataset.minor === arguments[0]",
        &[json!(total_minor.to_string())],
    );
    counter.press(&Keys::new().pause(400).typed("+"));
    counter.browser.wait_text(PAY);
    counter.press(&Keys::new().pause(400).typed("50").key("F1"));
    counter
        .browser
        .wait_text("[data-testid=tender][data-phase=settled]");
    assert_eq!(counter.shown_minor("[data-testid=due]"), total_minor - 5000);
    counter.press(&Keys::new().key("F3"));
    let code = counter.code_in_picture();
    let trade = counter.shop.sandbox.trades().pop().unwrap();
    assert_eq!(trade["totalMinor"], (total_minor - 5000).to_string());
    counter.pay_on_phone(&code);
    counter.browser.wait_text(PAID);
    assert_eq!(counter.till().net_minor(), total_minor);
    assert_eq!(counter.shop.sandbox.net_minor(), total_minor - 5000);
    let means = counter.till().takings()["means"].clone();
    let by = |name: &str| {
        let all = means.as_array().unwrap().iter();
        all.filter(|means| means["means"] == name)
            .map(|means| means["net_minor"].as_i64().unwrap())
            .sum::<i64>()
    };
    assert_eq!((by("CASH_PAY"), by("WECHAT_PAY")), (5000, total_minor - 5000));
    counter.assert_all_agree(total_minor);
}

#[test]
fn f28_two_codes_share_one_order() {
    let counter = Counter::open();
    counter.ring_up(4);
    let total_minor = counter.state()["basket"]["total_minor"].as_i64().unwrap();
    counter.press(&Keys::new().key("Enter"));
    counter.browser.wait_text(PAY);
    counter.press(&Keys::new().pause(400).typed("1.50").key("F3"));
    let first = counter.code_in_picture();
    counter.pay_on_phone(&first);
    counter
        .browser
        .wait_text("[data-testid=tender][data-phase=settled]");
    assert_eq!(counter.shown_minor("[data-testid=due]"), total_minor - 150);
    counter.press(&Keys::new().key("F3"));
    counter
        .browser
        .wait_text("[data-testid=code-state][data-phase=waiting]");
    let second = wait_until("the other code", SOON, || {
        read_code(&counter.browser.picture()).filter(|code| *code != first)
    });
    counter.pay_on_phone(&second);
    counter.browser.wait_text(PAID);
    assert_eq!(counter.shop.sandbox.counter("ordersCreated"), 2);
    assert_eq!(counter.shop.sandbox.net_minor(), total_minor);
    counter.assert_all_agree(total_minor);
}

#[test]
fn the_language_changes_and_the_basket_stays() {
    let counter = Counter::open();
    counter.ring_up(3);
    let before = counter.state()["basket"].clone();
    counter.browser.wait_says("[data-testid=app]", "收银");
    counter.press(&Keys::new().control(",").key("ArrowRight"));
    counter.browser.wait_says("[data-testid=app]", "Takings");
    counter.press(&Keys::new().key("Escape"));
    assert_eq!(counter.state()["basket"], before);
    assert_eq!(counter.browser.count("[data-testid=line]"), 3);
    counter.press(&Keys::new().key("Enter"));
    counter.browser.wait_text(PAY);
    counter.press(&Keys::new().key("F3"));
    counter.browser.wait_text("[data-testid=code]");
    let read = counter.browser.page_text();
    counter.press(&Keys::new().key("F1"));
    assert!(read.contains("Still due") || read.contains("due"), "{read}");
    counter.press(&Keys::new().control(",").key("ArrowLeft"));
    counter.browser.wait_says("[data-testid=app]", "营业额");
}

#[test]
fn f61_thirty_scans_in_three_seconds_are_thirty_lines_in_order() {
    let counter = Counter::open();
    let codes: Vec<String> = counter.till().goods().into_iter().map(|good| good.code).collect();
    let wanted: Vec<String> = codes.iter().cycle().take(30).cloned().collect();
    let slow = json!({ "cmd": "Emulation.setCPUThrottlingRate", "params": { "rate": 4 } });
    counter.browser.extra("/goog/cdp/execute", &slow);
    let took = Stopwatch::start();
    for code in &wanted {
        counter.scan(code);
    }
    eprintln!("thirty scans in {:?}", took.elapsed());
    let state = counter.till().wait_state("every scan arrived", LATER, |state| {
        let lines = state["basket"]["lines"].as_array().unwrap();
        lines
            .iter()
            .map(|line| line["quantity_milli"].as_i64().unwrap())
            .sum::<i64>()
            == 30_000
    });
    let lines = state["basket"]["lines"].as_array().unwrap().clone();
    let rung_up: Vec<String> = lines.iter().map(|line| text(&line["code"])).collect();
    let mut in_order = wanted.clone();
    let mut seen = std::collections::BTreeSet::new();
    in_order.retain(|code| seen.insert(code.clone()));
    assert_eq!(rung_up, in_order);
    counter
        .browser
        .wait_count("[data-testid=line]", rung_up.len() as u64, SOON);
    assert_eq!(state["stage"], "sell");
}

#[test]
fn f15_a_burst_of_enters_never_pays() {
    let counter = Counter::open();
    let goods = counter.till().goods();
    let hasty = |code: &str| {
        let mut scanner = counter.scanner.lock().unwrap();
        scanner.scan(code);
        for _ in 0..10 {
            scanner.enter();
        }
    };
    hasty(&goods[0].code);
    counter.browser.wait_count("[data-testid=line]", 1, SOON);
    wait_while_still("nothing was paid", Duration::from_secs(1), || {
        counter.state()["stage"] == "sell"
    });
    // Nor on Pay: a hasty burst takes no money.
    counter.press(&Keys::new().key("Enter"));
    counter.browser.wait_text(PAY);
    hasty(&goods[1].code);
    wait_while_still("nothing was collected", Duration::from_secs(1), || {
        let state = counter.state();
        state["stage"] == "pay" && state["pay"]["tenders"] == json!([])
    });
}

#[test]
fn the_indicator_says_offline_and_cash_goes_on_by_keys() {
    let mut counter = Counter::open();
    counter.shop.centre.stop();
    counter.ring_up(2);
    counter.press(&Keys::new().key("Enter"));
    counter.browser.wait_text(PAY);
    counter.press(&Keys::new().key("F1"));
    counter.browser.wait_text(PAID);
    counter.browser.wait_script(
        "the indicator says offline",
        LATER,
        "return document.querySelector('[data-testid=sync-status]')?.dataset.phase === 'offline'",
        &[],
    );
    counter.browser.wait_says("[data-testid=sync-status]", "1");
    counter.press(&Keys::new().key("Enter"));
    counter.browser.wait_text(SELL);
    counter.shop.centre.start();
    counter.browser.wait_script(
        "the indicator says in step",
        LATER,
        "return document.querySelector('[data-testid=sync-status]')?.dataset.phase === 'in_step'",
        &[],
    );
    counter.shop.wait_until_books_agree(SOON);
}
