//! Opening comments, and words that may not stand in the repository.

use crate::tidy::finding::Finding;
use crate::tidy::functions;
use crate::tidy::libraries::has_word;
use crate::tidy::tree::SourceFile;

/// Marks of unfinished work. Taken apart here, so that this list is not a finding itself.
const UNFINISHED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("to", "do!"),
    concat!("unimple", "mented!"),
    concat!("not imple", "mented"),
];
const MACHINE_PATHS: &[&str] = &[
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("C:\\Us", "ers"),
];
const SKIPPED_TEST: &str = concat!("#[ig", "nore");
const SLEEP: &str = concat!("thread::", "sleep");
/// Names of functions that wait for something by looking at it; the pause between two looks is no guess.
const WAITS: &[&str] = &["wait", "until", "poll", "eventually"];
/// Endings that say nothing about what a type is.
const EMPTY_ENDINGS: &[&str] = &[
    "Manager",
    "Service",
    "Helper",
    "Util",
    "Utils",
    "Processor",
    "Data",
    "Info",
];
const RUST_TYPES: &[&str] = &["struct", "enum", "trait", "type", "union"];
const TYPESCRIPT_TYPES: &[&str] = &["class", "interface", "type", "enum"];

/// Findings about the words of a file.
pub fn check(file: &SourceFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    if file.ending() == "rs" {
        findings.extend(opening(file));
        findings.extend(sleeps_in_tests(file));
        findings.extend(type_names(file, RUST_TYPES));
    } else if ["ts", "svelte"].contains(&file.ending()) {
        findings.extend(type_names(file, TYPESCRIPT_TYPES));
    }
    for (at, line) in file.text.lines().enumerate() {
        findings.extend(banned(line).map(|(rule, advice)| Finding::new(&file.path, at + 1, rule, advice)));
    }
    findings
}

fn opening(file: &SourceFile) -> Option<Finding> {
    let first = file.text.lines().find(|line| !line.trim().is_empty())?;
    let advice = "open the module with `//!`: what it is for, and what is deliberately not in it";
    (!first.starts_with("//!")).then(|| Finding::new(&file.path, 1, "opening", advice))
}

fn banned(line: &str) -> impl Iterator<Item = (&'static str, String)> {
    let unfinished = UNFINISHED
        .iter()
        .filter(|word| stands_in(line, word))
        .map(|word| {
            (
                "unfinished",
                format!("`{word}` marks unfinished work: finish it, or say in the docs what is absent"),
            )
        });
    let machine = MACHINE_PATHS
        .iter()
        .filter(|path| line.contains(**path))
        .map(|path| {
            (
                "machine-path",
                format!("`{path}` exists on one machine only: take the path from where it is known"),
            )
        });
    let skipped = line.contains(SKIPPED_TEST).then(|| {
        (
            "skipped-test",
            String::from("a test that does not run is a comment: make it run, or delete it"),
        )
    });
    let found: Vec<_> = unfinished.chain(machine).chain(skipped).collect();
    found.into_iter()
}

/// A mark that ends in `!` is complete with it; the others must stand as words.
fn stands_in(line: &str, word: &str) -> bool {
    if word.ends_with('!') {
        line.contains(word)
    } else {
        has_word(line, word)
    }
}

fn sleeps_in_tests(file: &SourceFile) -> Vec<Finding> {
    let functions = functions::find(&file.code, "fn");
    let waiting = |line: usize| {
        let mut around = functions
            .iter()
            .filter(|f| f.first_line <= line && line <= f.last_line);
        around
            .next_back()
            .is_some_and(|function| WAITS.iter().any(|word| function.name.contains(word)))
    };
    let lines = file.code.lines().enumerate();
    let sleeping =
        lines.filter(|(at, line)| line.contains(SLEEP) && file.is_test(at + 1) && !waiting(at + 1));
    let advice = "a test waits for what it needs with a deadline, in a function whose name says so";
    sleeping
        .map(|(at, _)| Finding::new(&file.path, at + 1, "sleep", advice))
        .collect()
}

fn type_names(file: &SourceFile, keywords: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, line) in file.code.lines().enumerate() {
        let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        for pair in words.windows(2) {
            let [keyword, name] = pair else { continue };
            let ending = EMPTY_ENDINGS.iter().find(|ending| name.ends_with(**ending));
            if let Some(ending) = ending.filter(|_| keywords.contains(keyword)) {
                let advice =
                    format!("`{name}`: `{ending}` says nothing; name what it is in the shop's words");
                findings.push(Finding::new(&file.path, at + 1, "type-name", advice));
            }
        }
    }
    findings
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
    fn a_module_opens_by_saying_what_it_is_for() {
        assert_eq!(rules("a.rs", "use b;\n"), ["opening"]);
        assert!(rules("a.rs", "\n//! For b.\n").is_empty());
        assert!(rules("a.ts", "let b;\n").is_empty());
    }

    #[test]
    fn unfinished_work_is_found_in_code_comments_and_prose() {
        for mark in UNFINISHED {
            assert_eq!(
                rules("a.md", &format!("so {mark} it is")),
                ["unfinished"],
                "{mark}"
            );
        }
        assert!(rules("a.md", "TODOS XXXL mastodon").is_empty());
    }

    #[test]
    fn paths_of_one_machine_are_found() {
        for path in MACHINE_PATHS {
            assert_eq!(rules("a.toml", &format!("x = \"{path}me\"")), ["machine-path"]);
        }
    }

    #[test]
    fn skipped_tests_are_found() {
        assert_eq!(
            rules("a.rs", &format!("//! a\n{SKIPPED_TEST}]\n")),
            ["skipped-test"]
        );
    }

    #[test]
    fn a_test_may_pause_only_while_it_waits_for_something() {
        let sleeping = |name: &str| {
            format!("//! a\n#[cfg(test)]\nmod tests {{\nfn {name}() {{\n std::{SLEEP}(x);\n}}\n}}\n")
        };
        assert_eq!(rules("a.rs", &sleeping("it_sells")), ["sleep"]);
        assert!(rules("a.rs", &sleeping("wait_until_paid")).is_empty());
        let product = format!("//! a\nfn b() {{\n std::{SLEEP}(x);\n}}\n");
        assert!(rules("crates/a/src/b.rs", &product).is_empty());
        assert_eq!(rules("tests/src/b.rs", &product), ["sleep"]);
    }

    #[test]
    fn type_names_that_say_nothing_are_found() {
        assert_eq!(
            rules("a.rs", "//! a\npub struct OrderManager {}\nenum TillInfo {}\n"),
            ["type-name", "type-name"]
        );
        assert_eq!(rules("a.ts", "export interface OrderData {\n"), ["type-name"]);
        assert!(rules("a.rs", "//! a\nstruct Metadata {}\nlet type_info = 1;\n").is_empty());
    }
}
