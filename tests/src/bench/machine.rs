//! What the numbers were measured on, in words that name no machine.

use std::path::Path;
use std::process::Command;

use super::turn::Turn;

/// Facts for the head of the report, one sentence each.
#[must_use]
pub fn facts(folder: &Path, turn: Turn) -> Vec<String> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut facts = vec![
        format!(
            "{cores} cores, {} {}",
            std::env::consts::OS,
            std::env::consts::ARCH
        ),
        said("rustc", &["--version"]).unwrap_or_else(|| "rustc not found".to_owned()),
        format!("SQLite {}", rusqlite::version()),
        turn.told().to_owned(),
    ];
    if let Some(kind) = file_system(folder) {
        facts.push(format!("file system {kind}"));
    }
    if let Some(commit) = said("git", &["describe", "--always", "--dirty"]) {
        facts.push(format!("commit {commit}"));
    }
    facts
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let first = text.lines().next()?.trim().to_owned();
    (output.status.success() && !first.is_empty()).then_some(first)
}

fn file_system(folder: &Path) -> Option<String> {
    let folder = folder.to_str()?;
    said("stat", &["--file-system", "--format=%T", folder])
}
