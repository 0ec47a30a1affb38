//! The house rules that no other tool checks: directions between crates, who may name which library, sizes,
//! opening comments, words. `docs/STYLE.md` says why each rule is there.
//!
//! The checks read text, not syntax trees: they are quick, and where one must guess it errs towards silence.

mod blank;
mod directions;
mod exceptions;
mod finding;
mod functions;
mod libraries;
mod screens;
mod sizes;
mod tree;
mod words;

use anyhow::{Result, bail};

use crate::house::House;
use crate::tidy::finding::Finding;

/// Checks the whole repository and prints every finding.
///
/// # Errors
/// When there is at least one finding, or the repository cannot be read.
pub fn run(house: &House) -> Result<()> {
    let files = tree::read(house.root())?;
    let mut findings = directions::check(house)?;
    for file in &files {
        findings.extend(libraries::check(file));
        findings.extend(words::check(file));
        findings.extend(screens::check(file));
    }
    findings.extend(sizes::check(&files, &exceptions::read(house.root())?));
    report(&mut findings)
}

fn report(findings: &mut [Finding]) -> Result<()> {
    findings.sort();
    for finding in findings.iter() {
        println!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        1 => bail!("tidy has one finding"),
        count => bail!("tidy has {count} findings"),
    }
}
