//! What happens at one screen, in the order of a first day.

use rustix::process::{Signal, kill_process};

use crate::house::browser::Keys;
use crate::house::clock::{LATER, SOON, wait_until};
use crate::window::app::{App, Home, PAID, PAY, SELL, pay_on_phone};
use crate::window::screen::Screen;
use crate::window::shift::{count_half, open_shift};

/// First start, practice, a shift, a sale by keyboard, its code read from a picture of the screen and paid on a phone;
/// then its receipt, the takings, and the end of the shift.
pub fn a_newcomer_sells_within_the_first_minute() {
    let (home, screen) = (Home::default(), Screen::single());
    let app = App::start(&home, &screen);
    app.begin_practice();
    app.browser.wait_text("[data-testid=practice-banner]");
    open_shift(&app);
    count_half(&app);
    app.browser.press(&Keys::new().key("Escape"));
    app.ring_up(3);
    app.show_code();
    pay_on_phone(&screen.code(None));
    app.browser.wait_text(PAID);
    app.browser.wait_text("[data-testid=tender][data-phase=settled]");
    let total = app.browser.attribute("[data-testid=paid-total]", "data-minor");
    app.browser.wait_text("[data-testid=receipt-printing]");
    app.browser.click("[data-testid=tab-takings]");
    app.browser.wait_says("[data-testid=takings-orders]", "1");
    assert_eq!(
        app.browser.attribute("[data-testid=takings-net]", "data-minor"),
        total
    );
    app.browser.press(&Keys::new().key("Escape"));
    app.browser.press(&Keys::new().key("F12"));
    app.wait_minor("[data-testid=difference]", 20_000);
    app.browser.press(&Keys::new().key("F12"));
    app.browser.wait_text("[data-testid=shift-report]");
    app.stop();
}

/// F08: a second start brings the first window to the front and ends well.
pub fn a_second_start_brings_the_first_to_the_front() {
    let (home, screen) = (Home::default(), Screen::single());
    let app = App::start(&home, &screen);
    app.browser.wait_text("[data-testid=first-run][data-at=choosing]");
    let window = wait_until("the window is in front", SOON, || active(&screen));
    screen.run(&["xdotool", "windowminimize", &window]);
    wait_until("the window is out of sight", SOON, || {
        active(&screen).is_none().then_some(())
    });
    for _ in 0..2 {
        let second = home.start_again(&screen);
        assert!(second.status.success(), "{second:?}");
        let said = String::from_utf8_lossy(&second.stdout).into_owned();
        assert!(
            said.contains("open already") && said.lines().count() == 1,
            "{said}"
        );
        wait_until("the window is in front again", SOON, || {
            (active(&screen).as_ref() == Some(&window)).then_some(())
        });
    }
    app.stop();
}

fn active(screen: &Screen) -> Option<String> {
    let told = screen.said(&["xdotool", "getactivewindow"]);
    let window = told.trim();
    (!window.is_empty()).then(|| window.to_owned())
}

/// Closed like any window with a basket in it: the next start has the basket, and the window is where it was.
pub fn a_closed_window_comes_back_where_it_was_with_its_basket() {
    let (home, screen) = (Home::default(), Screen::single());
    let app = App::start(&home, &screen);
    app.begin_practice();
    app.ring_up(2);
    let window = wait_until("the window is in front", SOON, || active(&screen));
    screen.run(&["xdotool", "windowsize", "--sync", &window, "1100", "700"]);
    screen.run(&["xdotool", "windowmove", "--sync", &window, "140", "24"]);
    let before = place(&screen, &window);
    app.close(&screen);

    let app = App::start(&home, &screen);
    app.browser.wait_text(SELL);
    app.browser.wait_count("[data-testid=line]", 2, SOON);
    let window = wait_until("the window is in front", SOON, || active(&screen));
    assert_eq!(place(&screen, &window), before);
    app.stop();
}

/// Position and size, as the window system tells them.
fn place(screen: &Screen, window: &str) -> Vec<String> {
    let told = screen.said(&["xdotool", "getwindowgeometry", "--shell", window]);
    let kept = ["X=", "Y=", "WIDTH=", "HEIGHT="];
    let lines = told
        .lines()
        .filter(|line| kept.iter().any(|name| line.starts_with(name)));
    lines.map(str::to_owned).collect()
}

/// Killed with a basket and killed with a code out: each start goes on where the last one was.
pub fn a_killed_till_goes_on_with_its_basket_and_its_code() {
    let (home, screen) = (Home::default(), Screen::single());
    let app = App::start(&home, &screen);
    app.begin_practice();
    app.ring_up(2);
    let total = app.browser.attribute("[data-testid=total]", "data-minor");
    app.kill();

    let app = App::start(&home, &screen);
    app.browser.wait_text(SELL);
    app.browser.wait_count("[data-testid=line]", 2, SOON);
    assert_eq!(app.browser.attribute("[data-testid=total]", "data-minor"), total);
    app.wait_phase("in_step", true);
    app.show_code();
    let code = screen.code(None);
    app.kill();

    let app = App::start(&home, &screen);
    app.browser.wait_text(PAY);
    app.browser.wait_text("[data-testid=code]");
    assert_eq!(screen.code(None), code, "the code that waits is the same");
    pay_on_phone(&code);
    app.browser.wait_text(PAID);
    app.stop();
}

/// The process that serves practice is killed: the till says that it is offline, sells on, and recovers.
pub fn the_till_is_offline_without_its_centre_and_recovers() {
    let (home, screen) = (Home::default(), Screen::single());
    let app = App::start(&home, &screen);
    app.begin_practice();
    app.wait_phase("in_step", true);
    let process = wait_until("practice is served", SOON, || App::practice_process(&home));
    kill_process(process, Signal::KILL).expect("it ran");
    app.wait_phase("offline", true);
    app.ring_up(1);
    app.wait_phase("in_step", true);
    app.show_code();
    pay_on_phone(&screen.code(None));
    app.browser.wait_text(PAID);
    app.stop();
    wait_until("nothing is left running", LATER, || {
        App::practice_process(&home).is_none().then_some(())
    });
}

/// Waits until the window in front bears a name, as the task bar shows it.
fn wait_named(screen: &Screen, name: &str) {
    wait_until("the window is named after its page", SOON, || {
        let window = active(screen)?;
        let told = screen.said(&["xdotool", "getwindowname", &window]);
        (told.trim() == name).then_some(())
    });
}

/// Practice is left: its window chooses again, and a sale of it is nowhere.
pub fn practice_is_left_and_nothing_of_it_stays() {
    let (home, screen) = (Home::default(), Screen::single());
    let app = App::start(&home, &screen);
    app.begin_practice();
    wait_named(&screen, "练习 · 算盘");
    app.ring_up(1);
    app.browser.click("[data-testid=menu]");
    app.browser.click("[data-testid=leave-practice]");
    app.browser.wait_text("[data-testid=first-run][data-at=choosing]");
    wait_named(&screen, "算盘");
    assert_eq!(home.shops(), Vec::<String>::new(), "a folder of practice is left");
    app.browser.press(&Keys::new().key("Enter"));
    app.wait_selling();
    assert_eq!(home.shops(), ["practice"]);
    app.browser.wait_count("[data-testid=line]", 0, SOON);
    app.stop();
}
