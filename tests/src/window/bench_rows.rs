//! The bench's rows about windows with tiny counts: they run and arrive at right results. How fast and how small the
//! window is, is for `./x bench`.

use crate::bench::rows::ALL;
use crate::bench::turn::Turn;
use crate::bench::{Bench, Scale};

/// Measures each once.
///
/// # Panics
/// When one cannot be measured.
pub fn arrive_at_right_results() {
    let folder = tempfile::tempdir().expect("a scratch folder can be made");
    let bench = Bench {
        scale: Scale::Smoke,
        folder: folder.path().to_owned(),
        turn: Turn::Ordinary,
    };
    for row in ALL.iter().filter(|row| row.window) {
        (row.measure)(&bench).unwrap_or_else(|error| panic!("{}: {error}", row.name));
    }
}
