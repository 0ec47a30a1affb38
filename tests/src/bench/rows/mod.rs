//! The rows, one file each. A row that is slow on two cores is bounded by its counts.

pub mod b01_sale;
pub mod b03_backlog;
pub mod b08_scan;
pub mod b09_search;
pub mod b11_takings;
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
}

/// Every row, in the order of the report.
pub const ALL: &[Row] = &[
    Row {
        name: "B1",
        measure: b01_sale::measure,
    },
    Row {
        name: "B3",
        measure: b03_backlog::measure,
    },
    Row {
        name: "B8",
        measure: b08_scan::measure,
    },
    Row {
        name: "B9",
        measure: b09_search::measure,
    },
    Row {
        name: "B11",
        measure: b11_takings::measure,
    },
    Row {
        name: "WAITS",
        measure: waits::measure,
    },
];
