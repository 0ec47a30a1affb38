//! What the screens may not do: know the desktop shell, count money, read meaning out of sentences.

use crate::tidy::finding::Finding;
use crate::tidy::tree::SourceFile;

const SCREENS: &str = "ui/src/";
const SHELL_PACKAGES: &str = "@tauri-apps/";
const MAY_KNOW_THE_SHELL: &str = "ui/src/platform/";
/// Ways to look for meaning in a text meant for people.
const READS_MESSAGES: &[&str] = &[
    ".message ==",
    ".message !=",
    ".message.includes(",
    ".message.startsWith(",
    ".message.match(",
    ".message.test(",
];
const OPERATORS: &[char] = &['+', '-', '*', '/', '%'];

/// Findings about a screen's source.
pub fn check(file: &SourceFile) -> Vec<Finding> {
    if !file.path.starts_with(SCREENS) || !["ts", "svelte"].contains(&file.ending()) {
        return Vec::new();
    }
    let lines = file.text.lines().enumerate();
    lines.flat_map(|(at, line)| of_line(file, at + 1, line)).collect()
}

fn of_line(file: &SourceFile, number: usize, line: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let trimmed = line.trim_start();
    if ["//", "*", "/*", "<!--"]
        .iter()
        .any(|opening| trimmed.starts_with(opening))
    {
        return findings;
    }
    if line.contains(SHELL_PACKAGES) && !file.path.starts_with(MAY_KNOW_THE_SHELL) {
        let advice = "only ui/src/platform knows the desktop shell: add what you need to its interface";
        findings.push(Finding::new(&file.path, number, "shell", advice));
    }
    if counts_money(line) {
        let advice = "the screens do not count money: let the till's answer carry the amount";
        findings.push(Finding::new(&file.path, number, "money", advice));
    }
    if READS_MESSAGES.iter().any(|way| line.contains(way)) {
        let advice = "a sentence is for people: decide by the error's code or class";
        findings.push(Finding::new(&file.path, number, "message", advice));
    }
    findings
}

/// Whether an amount in minor units stands beside an arithmetic operator.
fn counts_money(line: &str) -> bool {
    ["_minor", "Minor"].iter().any(|ending| {
        line.match_indices(ending).any(|(at, _)| {
            let after = &line[at + ending.len()..];
            let ends_here = !after.starts_with(|c: char| c.is_alphanumeric() || c == '_');
            ends_here && (operator_follows(after) || operator_precedes(&line[..at]))
        })
    })
}

fn operator_follows(after: &str) -> bool {
    let rest = after.trim_start();
    rest.starts_with(OPERATORS)
        && !rest.starts_with("//")
        && !rest.starts_with("/*")
        && !rest.starts_with("/>")
}

/// Looks before the whole path, such as `basket.total` in `2 * basket.total_minor`.
fn operator_precedes(before: &str) -> bool {
    let part_of_path = |c: char| c.is_alphanumeric() || ['_', '.', '?', '!', '[', ']', '$'].contains(&c);
    let rest = before.trim_end_matches(part_of_path).trim_end();
    rest.ends_with(OPERATORS) && !rest.ends_with("*/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<&'static str> {
        check(&SourceFile::new(path, text))
            .into_iter()
            .map(|finding| finding.rule)
            .collect()
    }

    #[test]
    fn only_the_platform_folder_knows_the_shell() {
        let text = "import { invoke } from '@tauri-apps/api/core';\n";
        assert!(rules("ui/src/platform/window.ts", text).is_empty());
        assert_eq!(rules("ui/src/sell/Sell.svelte", text), ["shell"]);
    }

    #[test]
    fn screens_do_not_count_money() {
        for line in [
            "a.total_minor * 2",
            "2 * a.total_minor",
            "x + line?.amountMinor",
            "-due_minor",
        ] {
            assert_eq!(rules("ui/src/a.ts", line), ["money"], "{line}");
        }
    }

    #[test]
    fn showing_and_comparing_money_is_allowed() {
        for line in [
            "{yuan(a.total_minor)}",
            "{#if a.due_minor > 0}",
            "<Money minor={a.total_minor} />",
            "total_minor: string",
        ] {
            assert!(rules("ui/src/a.svelte", line).is_empty(), "{line}");
        }
    }

    #[test]
    fn sentences_are_not_read_for_meaning() {
        assert_eq!(
            rules("ui/src/a.ts", "if (problem.message.includes('paid')) {"),
            ["message"]
        );
        assert!(rules("ui/src/a.ts", "show(problem.message);").is_empty());
        assert!(rules("ui/src/a.ts", "// problem.message.includes is what we do not do").is_empty());
    }
}
