//! The rows, one file each. A row that is slow on two cores is bounded by its counts.

pub mod b01_sale;
pub mod b03_backlog;
pub mod b05_to_server;
pub mod b06_create;
pub mod b07_callback;
pub mod b08_scan;
pub mod b09_search;
pub mod b10_code;
pub mod b11_takings;
pub mod b13_start;
pub mod b14_memory;
pub mod held;
pub mod paint;
pub mod waits;

use super::Bench;
use super::problem::BenchError;
use super::report::Section;

/// A row of the bench.
#[derive(Debug)]
pub struct Row {
    /// Its name: `B1`.
    pub name: &'static str,
    /// Measures it.
    pub measure: fn(&Bench) -> Result<Section, BenchError>,
    /// Whether it needs the desktop program, built with its screens inside, and a virtual screen.
    pub window: bool,
}

/// Every row, in the order of the report.
pub const ALL: &[Row] = &[
    Row {
        name: "B1",
        measure: b01_sale::measure,
        window: false,
    },
    Row {
        name: "B3",
        measure: b03_backlog::measure,
        window: false,
    },
    Row {
        name: "B5",
        measure: b05_to_server::measure,
        window: false,
    },
    Row {
        name: "B6",
        measure: b06_create::measure,
        window: false,
    },
    Row {
        name: "B7",
        measure: b07_callback::measure,
        window: false,
    },
    Row {
        name: "B8",
        measure: b08_scan::measure,
        window: false,
    },
    Row {
        name: "B9",
        measure: b09_search::measure,
        window: false,
    },
    Row {
        name: "B10",
        measure: b10_code::measure,
        window: false,
    },
    Row {
        name: "B11",
        measure: b11_takings::measure,
        window: false,
    },
    Row {
        name: "B13",
        measure: b13_start::measure,
        window: true,
    },
    Row {
        name: "B14",
        measure: b14_memory::measure,
        window: true,
    },
    Row {
        name: "HELD",
        measure: held::measure,
        window: false,
    },
    Row {
        name: "PAINT",
        measure: paint::measure,
        window: true,
    },
    Row {
        name: "WAITS",
        measure: waits::measure,
        window: false,
    },
];
