//! The list of what may be longer than the rule allows. It may only shrink: an entry larger than what it
//! excuses is a finding, and so is an entry that excuses nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Where the list is, from the repository's folder.
pub const LIST: &str = "xtask/tidy-exceptions.txt";

/// What is excused, and up to how many lines: `path` for a file, `path fn name` for a function.
pub type Exceptions = BTreeMap<String, Excuse>;

/// One line of the list.
#[derive(Debug, PartialEq)]
pub struct Excuse {
    /// Lines allowed.
    pub lines: usize,
    /// Its line in the list, counted from 1.
    pub listed_at: usize,
}

/// Reads the list. Each line is `lines path` or `lines path fn name`; `#` opens a comment.
///
/// # Errors
/// When the list cannot be read or a line is not understood.
pub fn read(root: &Path) -> Result<Exceptions> {
    parse(&fs::read_to_string(root.join(LIST)).with_context(|| format!("cannot read {LIST}"))?)
}

fn parse(text: &str) -> Result<Exceptions> {
    let mut exceptions = Exceptions::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let listed_at = at + 1;
        let complaint = || format!("{LIST}:{listed_at} is not `lines path` or `lines path fn name`");
        let (lines, key) = line.split_once(' ').with_context(complaint)?;
        let lines = lines.parse().with_context(complaint)?;
        exceptions.insert(key.trim().to_owned(), Excuse { lines, listed_at });
    }
    Ok(exceptions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_holds_files_functions_and_comments() {
        let list = parse("# why\n612 a/b.rs\n81 a/c.rs fn long\n").unwrap();
        assert_eq!(
            list["a/b.rs"],
            Excuse {
                lines: 612,
                listed_at: 2
            }
        );
        assert_eq!(
            list["a/c.rs fn long"],
            Excuse {
                lines: 81,
                listed_at: 3
            }
        );
        assert!(parse("many a/b.rs").is_err());
    }
}
