//! The customer display: full screen on a second monitor by itself while a till is open, or a window when it is
//! asked for.

use std::sync::Arc;
use std::time::Duration;

use suanpan_desk::Desk;
use tauri::{AppHandle, Manager, PhysicalPosition, Runtime, WebviewUrl, WebviewWindowBuilder, async_runtime};

use crate::geometry::Frame;
use crate::{page, window};

/// The customer display's name.
pub const LABEL: &str = "customer";
/// The window system does not say when a monitor comes or goes; a person plugs one in and looks up.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// As a window, for a person who has no second monitor and wants to see it.
const WIDTH: f64 = 1024.0;
/// See [`WIDTH`].
const HEIGHT: f64 = 640.0;

/// Opens the display, full screen on a monitor or as a window, or brings the open one to the front.
///
/// # Errors
/// When the window system does not open it.
pub fn open<R: Runtime>(app: &AppHandle<R>, on: Option<Frame>) -> tauri::Result<()> {
    if let Some(window) = app.get_webview_window(LABEL) {
        window.unminimize()?;
        return window.set_focus();
    }
    let page = WebviewUrl::App("customer.html".into());
    let builder = WebviewWindowBuilder::new(app, LABEL, page)
        .title("算盘 · 顾客屏")
        .on_navigation(page::is_own)
        .inner_size(WIDTH, HEIGHT);
    let Some(monitor) = on else {
        return page::keep_alive(&builder.build()?);
    };
    let window = builder.focused(false).visible(false).build()?;
    page::keep_alive(&window)?;
    window.set_position(PhysicalPosition::new(monitor.x, monitor.y))?;
    window.show()?;
    window.set_fullscreen(true)
}

/// What is to be done about the display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Todo {
    Nothing,
    Open(Frame),
    Close,
}

/// What was seen at one look.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    /// All monitors.
    monitors: Vec<Frame>,
    /// The one the till's window is on.
    own: Option<Frame>,
    /// Whether there is anything to show to a customer.
    till_is_open: bool,
    /// Whether the display is open, by itself or by a person.
    is_shown: bool,
}

/// What is remembered from one look to the next.
#[derive(Debug, Default)]
struct Display {
    /// Where it was opened by itself.
    opened_on: Option<Frame>,
    /// The monitors there were when a person closed it; it stays closed until they change.
    closed_with: Option<Vec<Frame>>,
}

impl Display {
    fn look(&mut self, seen: &Seen) -> Todo {
        if let Some(on) = self.opened_on {
            if !seen.is_shown {
                self.opened_on = None;
                self.closed_with = Some(seen.monitors.clone());
            } else if !seen.till_is_open || !seen.monitors.contains(&on) {
                self.opened_on = None;
                return Todo::Close;
            }
            return Todo::Nothing;
        }
        let is_declined = self.closed_with.as_ref() == Some(&seen.monitors);
        if seen.is_shown || is_declined || !seen.till_is_open {
            return Todo::Nothing;
        }
        self.closed_with = None;
        let Some(own) = seen.own else {
            return Todo::Nothing;
        };
        let Some(second) = seen
            .monitors
            .iter()
            .copied()
            .find(|monitor| !monitor.overlaps(own))
        else {
            return Todo::Nothing;
        };
        self.opened_on = Some(second);
        Todo::Open(second)
    }
}

/// Watches the monitors as long as the program runs.
pub fn watch<R: Runtime>(app: AppHandle<R>, desk: Arc<Desk>) {
    async_runtime::spawn(async move {
        let till = desk.till();
        let mut display = Display::default();
        let mut looks = tokio::time::interval(LOOK_EVERY);
        loop {
            looks.tick().await;
            let till_is_open = till.borrow().is_some();
            if let Err(error) = look(&app, &mut display, till_is_open) {
                tracing::warn!(%error, "the customer display cannot be put where it belongs");
            }
        }
    });
}

fn look<R: Runtime>(app: &AppHandle<R>, display: &mut Display, till_is_open: bool) -> tauri::Result<()> {
    let Some(main) = app.get_webview_window(window::LABEL) else {
        return Ok(());
    };
    let seen = Seen {
        monitors: window::monitors(app)?,
        own: main.current_monitor()?.as_ref().map(window::place_of),
        till_is_open,
        is_shown: app.get_webview_window(LABEL).is_some(),
    };
    match display.look(&seen) {
        Todo::Nothing => Ok(()),
        Todo::Open(on) => open(app, Some(on)),
        Todo::Close => app
            .get_webview_window(LABEL)
            .map_or(Ok(()), |window| window.close()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Frame = Frame {
        x: 0,
        y: 0,
        width: 1280,
        height: 800,
    };
    const SECOND: Frame = Frame {
        x: 1280,
        y: 0,
        width: 1024,
        height: 768,
    };

    fn seen(monitors: &[Frame], till_is_open: bool, is_shown: bool) -> Seen {
        Seen {
            monitors: monitors.to_vec(),
            own: Some(FIRST),
            till_is_open,
            is_shown,
        }
    }

    #[test]
    fn it_opens_on_the_second_monitor_once_a_till_is_open_and_goes_with_either() {
        let mut display = Display::default();
        assert_eq!(display.look(&seen(&[FIRST], true, false)), Todo::Nothing);
        assert_eq!(display.look(&seen(&[FIRST, SECOND], false, false)), Todo::Nothing);
        assert_eq!(
            display.look(&seen(&[FIRST, SECOND], true, false)),
            Todo::Open(SECOND)
        );
        assert_eq!(display.look(&seen(&[FIRST, SECOND], true, true)), Todo::Nothing);
        assert_eq!(display.look(&seen(&[FIRST], true, true)), Todo::Close);
        assert_eq!(
            display.look(&seen(&[SECOND, FIRST], true, false)),
            Todo::Open(SECOND)
        );
        assert_eq!(display.look(&seen(&[SECOND, FIRST], false, true)), Todo::Close);
    }

    #[test]
    fn a_monitor_that_shows_the_same_as_the_tills_is_no_second_one() {
        let mirror = Frame {
            width: 1920,
            height: 1080,
            ..FIRST
        };
        let mut display = Display::default();
        assert_eq!(display.look(&seen(&[FIRST, mirror], true, false)), Todo::Nothing);
        assert_eq!(
            display.look(&seen(&[FIRST, mirror, SECOND], true, false)),
            Todo::Open(SECOND)
        );
    }

    #[test]
    fn it_stays_where_it_is_when_the_tills_own_window_moves() {
        let mut display = Display::default();
        display.look(&seen(&[FIRST, SECOND], true, false));
        let moved = Seen {
            own: Some(SECOND),
            ..seen(&[FIRST, SECOND], true, true)
        };
        assert_eq!(display.look(&moved), Todo::Nothing);
    }

    #[test]
    fn a_person_who_closes_it_is_left_alone_until_the_monitors_change() {
        let mut display = Display::default();
        display.look(&seen(&[FIRST, SECOND], true, false));
        assert_eq!(display.look(&seen(&[FIRST, SECOND], true, false)), Todo::Nothing);
        assert_eq!(display.look(&seen(&[FIRST, SECOND], true, false)), Todo::Nothing);
        assert_eq!(display.look(&seen(&[FIRST], true, false)), Todo::Nothing);
        assert_eq!(
            display.look(&seen(&[FIRST, SECOND], true, false)),
            Todo::Open(SECOND)
        );
    }

    #[test]
    fn one_that_a_person_opened_is_theirs() {
        let mut display = Display::default();
        assert_eq!(display.look(&seen(&[FIRST, SECOND], true, true)), Todo::Nothing);
        assert_eq!(display.look(&seen(&[FIRST], false, true)), Todo::Nothing);
    }
}
