//! How a seed ended.

use super::cover::Cover;

/// An invariant that does not hold, with what was seen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{invariant}: {detail}")]
pub struct Broken {
    /// Its name, as in `docs/SIMULATION.md`.
    pub invariant: &'static str,
    /// What was seen.
    pub detail: String,
}

impl Broken {
    /// An invariant that does not hold.
    pub fn new(invariant: &'static str, detail: impl Into<String>) -> Self {
        Self {
            invariant,
            detail: detail.into(),
        }
    }
}

/// Fails with `detail` unless `holds`.
///
/// # Errors
/// [`Broken`] with the invariant's name.
pub fn ensure(holds: bool, invariant: &'static str, detail: impl FnOnce() -> String) -> Result<(), Broken> {
    if holds {
        Ok(())
    } else {
        Err(Broken::new(invariant, detail()))
    }
}

/// The end of one seed.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The seed.
    pub seed: u64,
    /// What broke first, if anything.
    pub broken: Option<Broken>,
    /// Hash over the trace.
    pub trace_hash: String,
    /// The trace, where it was kept.
    pub trace: Vec<String>,
    /// What was exercised.
    pub cover: Cover,
}
