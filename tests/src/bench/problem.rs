//! Why a row could not be measured, or measured something wrong.

/// A row that ends like this stops the bench: a number next to a wrong result is worth nothing.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A file or process.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The bare database.
    #[error("bare SQLite: {0}")]
    Bare(#[from] rusqlite::Error),
    /// The product refused or failed.
    #[error("{what}: {why}")]
    Product {
        /// What was asked of it.
        what: String,
        /// What it said.
        why: String,
    },
    /// Product and limit did not arrive at the same result.
    #[error("wrong result: {0}")]
    Wrong(String),
}

impl BenchError {
    /// The product refused.
    pub fn product(what: impl Into<String>, why: impl ToString) -> Self {
        Self::Product {
            what: what.into(),
            why: why.to_string(),
        }
    }
}

/// Refuses a row whose result is wrong.
///
/// # Errors
/// [`BenchError::Wrong`] unless both are the same.
pub fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, wanted: &T) -> Result<(), BenchError> {
    if found == wanted {
        return Ok(());
    }
    Err(BenchError::Wrong(format!(
        "{what}: {found:?} instead of {wanted:?}"
    )))
}
