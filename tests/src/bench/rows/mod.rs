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
    /// Whether it measures one thread's latency, undisturbed; rows with many threads run as everything does.
    pub alone: bool,
    /// Measures it.
    pub measure: fn(&Bench) -> Result<Section, BenchError>,
}

/// Every row, in the order of the report.
pub const ALL: &[Row] = &[
    Row {
        name: "B1",
        alone: true,
        measure: b01_sale::measure,
    },
    Row {
        name: "B3",
        alone: false,
        measure: b03_backlog::measure,
    },
    Row {
        name: "B8",
        alone: true,
        measure: b08_scan::measure,
    },
    Row {
        name: "B9",
        alone: true,
        measure: b09_search::measure,
    },
    Row {
        name: "B11",
        alone: true,
        measure: b11_takings::measure,
    },
    Row {
        name: "WAITS",
        alone: false,
        measure: waits::measure,
    },
];
