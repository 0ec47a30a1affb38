//! The rows, one file each. A row that is slow on two cores is bounded by its counts.

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
pub const ALL: &[Row] = &[];
