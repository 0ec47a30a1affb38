//! Which module may name which library or neighbour: read from the sources. Tests may look where they like.

use crate::tidy::finding::Finding;
use crate::tidy::tree::SourceFile;

const RULE: &str = "library";
/// Sources that the rules are about.
const PRODUCT: &[&str] = &["crates/", "src-tauri/"];

/// A word that may stand only in certain modules.
struct Confined {
    word: &'static str,
    modules: &'static [&'static str],
    instead: &'static str,
}

const CONFINED: &[Confined] = &[
    Confined {
        word: "rusqlite",
        modules: &[
            "crates/till/src/store",
            "crates/trade/src/db",
            "crates/subscriber/src/book",
        ],
        instead: "give the store a function that does it inside a transaction",
    },
    Confined {
        word: "tokio_postgres",
        modules: &["crates/trade/src/db"],
        instead: "give the rows a function that does it inside a transaction",
    },
    Confined {
        word: "reqwest",
        modules: &[
            "crates/till/src/link",
            "crates/trade/src/caller",
            "crates/sandbox/src/door/deliver",
        ],
        instead: "go through the one module of this side that calls out",
    },
    Confined {
        word: "lapin",
        modules: &[
            "crates/trade/src/broadcast/broker",
            "crates/subscriber/src/listen",
        ],
        instead: "go through the one module of this side that speaks with the broker",
    },
    Confined {
        word: "axum",
        modules: &["crates/trade", "crates/sandbox", "crates/bridge"],
        instead: "only the programs that serve know the web framework",
    },
    Confined {
        word: "tauri",
        modules: &["src-tauri"],
        instead: "reach the shell through the till's host",
    },
];

/// Inside a module, paths that may not be named.
struct Stranger {
    module: &'static str,
    paths: &'static [&'static str],
    instead: &'static str,
}

const STRANGERS: &[Stranger] = &[
    Stranger {
        module: "crates/till/src/sync",
        paths: &["crate::store", "super::store"],
        instead: "sync decides and does not store: let `commands` join the two",
    },
    Stranger {
        module: "crates/till/src/store",
        paths: &["crate::sync", "super::sync"],
        instead: "the store keeps and does not sync: let `commands` join the two",
    },
    Stranger {
        module: "crates/domain/src",
        paths: &[
            "std::fs",
            "std::net",
            "std::env",
            "std::process",
            "std::io",
            "SystemTime",
            "Instant::now",
        ],
        instead: "the domain does no I/O and reads no clock: take it as an argument",
    },
];

/// Findings about names that stand where they may not.
pub fn check(file: &SourceFile) -> Vec<Finding> {
    if file.ending() != "rs" || !PRODUCT.iter().any(|folder| file.path.starts_with(folder)) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (at, line) in file
        .code
        .lines()
        .enumerate()
        .filter(|(at, _)| !file.is_test(at + 1))
    {
        for confined in CONFINED {
            let at_home = confined.modules.iter().any(|module| file.is_in_module(module));
            if !at_home && has_word(line, confined.word) {
                let advice = format!("`{}` may not be named here: {}", confined.word, confined.instead);
                findings.push(Finding::new(&file.path, at + 1, RULE, advice));
            }
        }
        for stranger in STRANGERS
            .iter()
            .filter(|stranger| file.is_in_module(stranger.module))
        {
            for path in stranger.paths.iter().filter(|path| has_word(line, path)) {
                let advice = format!("`{path}` may not be named here: {}", stranger.instead);
                findings.push(Finding::new(&file.path, at + 1, RULE, advice));
            }
        }
    }
    findings
}

/// Whether a word stands in a line by itself and not as a part of a longer one.
pub fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with(is_part) && !line[at + word.len()..].starts_with(is_part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&SourceFile::new(path, text)).len()
    }

    #[test]
    fn the_database_is_named_only_by_the_stores() {
        let text = "use rusqlite::Connection;\n";
        assert_eq!(count("crates/till/src/store/open.rs", text), 0);
        assert_eq!(count("crates/trade/src/db.rs", text), 0);
        assert_eq!(count("crates/till/src/commands/sell.rs", text), 1);
        assert_eq!(count("tests/tests/damage.rs", text), 0);
    }

    #[test]
    fn a_name_in_a_comment_or_a_string_is_no_use_of_it() {
        assert_eq!(
            count(
                "crates/till/src/lib.rs",
                "//! Not rusqlite.\nconst A: &str = \"axum\";\n"
            ),
            0
        );
    }

    #[test]
    fn sync_and_store_do_not_know_each_other() {
        assert_eq!(
            count("crates/till/src/sync/engine.rs", "use crate::store::Tx;\n"),
            1
        );
        assert_eq!(
            count("crates/till/src/store/tx.rs", "use crate::sync::Engine;\n"),
            1
        );
        assert_eq!(count("crates/till/src/store/tx.rs", "use std::sync::Arc;\n"), 0);
        assert_eq!(
            count("crates/till/src/commands/mod.rs", "use crate::store::Tx;\n"),
            0
        );
    }

    #[test]
    fn the_domain_reads_nothing() {
        assert_eq!(count("crates/domain/src/money.rs", "use std::fs;\n"), 1);
        assert_eq!(count("crates/domain/src/money.rs", "use std::fmt;\n"), 0);
    }

    #[test]
    fn longer_words_are_other_words() {
        assert!(has_word("a axum::b", "axum"));
        assert!(!has_word("axum_server::b", "axum"));
    }
}
