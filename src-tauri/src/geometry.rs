//! Where the main window was, kept in this machine's state folder. Pixels of the screen, not of the page.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Of a window that begins further out than this, its title could not be reached.
const VISIBLE_MIN: i64 = 80;

/// A place on the desktop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width of what is inside the frame.
    pub width: u32,
    /// Its height.
    pub height: u32,
}

/// What is remembered of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// Where it was, or would be if it were not maximized.
    pub frame: Frame,
    /// Whether it filled the screen.
    pub maximized: bool,
}

impl Remembered {
    /// What `file` says; nothing when it says nothing that can be used.
    pub fn recall(file: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(file).ok()?).ok()
    }

    /// Writes it for the next start.
    pub fn note(self, file: &Path) -> io::Result<()> {
        fs::write(file, serde_json::to_vec(&self)?)
    }
}

impl Frame {
    /// Whether enough of its upper edge is on one of the monitors to take hold of.
    pub fn is_reachable(self, monitors: &[Self]) -> bool {
        monitors.iter().any(|monitor| {
            let (left, right) = shared(self.x, self.width, monitor.x, monitor.width);
            let top = i64::from(self.y) - i64::from(monitor.y);
            right - left >= VISIBLE_MIN && (0..i64::from(monitor.height) - VISIBLE_MIN).contains(&top)
        })
    }
}

impl Frame {
    /// Whether two places share any of the screen: monitors that show the same do.
    pub fn overlaps(self, other: Self) -> bool {
        let (left, right) = shared(self.x, self.width, other.x, other.width);
        let (top, bottom) = shared(self.y, self.height, other.y, other.height);
        left < right && top < bottom
    }
}

/// The stretch that two stretches share; its end lies before its beginning when they share none.
fn shared(a: i32, a_length: u32, b: i32, b_length: u32) -> (i64, i64) {
    let (a, b) = (i64::from(a), i64::from(b));
    (a.max(b), (a + i64::from(a_length)).min(b + i64::from(b_length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn frame(x: i32, y: i32, width: u32, height: u32) -> Frame {
        Frame { x, y, width, height }
    }

    #[test]
    fn a_window_comes_back_only_to_a_place_that_is_still_there() {
        let one = [frame(0, 0, 1920, 1080)];
        let two = [frame(0, 0, 1920, 1080), frame(1920, 0, 1024, 768)];
        let on_the_second = frame(2000, 50, 900, 700);
        assert!(on_the_second.is_reachable(&two));
        assert!(!on_the_second.is_reachable(&one), "the second monitor is gone");
        assert!(
            frame(-700, 0, 900, 700).is_reachable(&one),
            "its right end can be taken hold of"
        );
        assert!(
            !frame(100, -40, 900, 700).is_reachable(&one),
            "its title is above the screen"
        );
        assert!(!frame(0, 0, 900, 700).is_reachable(&[]));
    }

    #[test]
    fn monitors_that_show_the_same_overlap_and_neighbours_do_not() {
        let (own, larger) = (frame(0, 0, 1366, 768), frame(0, 0, 1920, 1080));
        assert!(own.overlaps(larger) && larger.overlaps(own) && own.overlaps(own));
        assert!(!own.overlaps(frame(1366, 0, 1920, 1080)));
        assert!(!own.overlaps(frame(0, 768, 1366, 768)));
        assert!(own.overlaps(frame(1000, 700, 1366, 768)));
    }

    #[test]
    fn what_was_noted_is_recalled_and_nonsense_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("window");
        assert_eq!(Remembered::recall(&file), None);
        let place = Remembered {
            frame: frame(1, 2, 3, 4),
            maximized: true,
        };
        place.note(&file).unwrap();
        assert_eq!(Remembered::recall(&file), Some(place));
        fs::write(&file, "{").unwrap();
        assert_eq!(Remembered::recall(&file), None);
    }
}
