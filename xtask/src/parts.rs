//! A list of parts run one after another, each timed; the first that fails stops the list and is named.

use anyhow::{Context, Result};

use crate::clock::Stopwatch;
use crate::command::Step;
use crate::house::House;

/// One part of a longer check.
pub struct Part {
    /// The word to choose it by.
    pub name: &'static str,
    /// What it does.
    work: Work,
}

/// What a part does.
enum Work {
    Cargo(&'static [&'static str]),
    Npm(&'static str),
    Own(fn(&House) -> Result<()>),
}

impl Part {
    /// A part that is `cargo` with these arguments.
    pub const fn cargo(name: &'static str, arguments: &'static [&'static str]) -> Self {
        Self {
            name,
            work: Work::Cargo(arguments),
        }
    }

    /// A part that is a script of package.json.
    pub const fn npm(name: &'static str, script: &'static str) -> Self {
        Self {
            name,
            work: Work::Npm(script),
        }
    }

    /// A part that is a function of ours.
    pub const fn own(name: &'static str, function: fn(&House) -> Result<()>) -> Self {
        Self {
            name,
            work: Work::Own(function),
        }
    }

    fn run(&self, house: &House) -> Result<()> {
        match self.work {
            Work::Cargo(arguments) => Step::cargo(house).arguments(arguments.iter().copied()).run(),
            Work::Npm(script) => Step::npm(house, script).run(),
            Work::Own(function) => function(house),
        }
    }
}

/// How long a part took and how it ended.
struct Timed {
    name: &'static str,
    seconds: f64,
    passed: bool,
}

/// Runs the parts in order and prints the time of each at the end, also after a failure.
///
/// # Errors
/// The first failing part's, with its name.
pub fn run_all(house: &House, parts: &[&Part]) -> Result<()> {
    let mut done = Vec::new();
    let mut outcome = Ok(());
    for part in parts {
        eprintln!("\nx: part {}", part.name);
        let stopwatch = Stopwatch::start();
        outcome = part
            .run(house)
            .with_context(|| format!("part `{}` failed", part.name));
        done.push(Timed {
            name: part.name,
            seconds: stopwatch.seconds(),
            passed: outcome.is_ok(),
        });
        if outcome.is_err() {
            break;
        }
    }
    eprint!("{}", summary(&done, parts.len()));
    outcome
}

/// The parts called by name, in the table's order; all of them when none is called.
///
/// # Errors
/// When a name is not in the table; the sentence lists those that are.
pub fn choose<'a>(parts: &'a [Part], only: &[String], skip: &[String]) -> Result<Vec<&'a Part>> {
    for name in only.iter().chain(skip) {
        let known = parts.iter().any(|part| part.name == name);
        anyhow::ensure!(known, "there is no part `{name}`; there are: {}", names(parts));
    }
    let wanted = |part: &&Part| {
        let chosen = only.is_empty() || only.iter().any(|name| name == part.name);
        chosen && !skip.iter().any(|name| name == part.name)
    };
    Ok(parts.iter().filter(wanted).collect())
}

/// The names of a table, for people.
pub fn names(parts: &[Part]) -> String {
    parts.iter().map(|part| part.name).collect::<Vec<_>>().join(", ")
}

fn summary(done: &[Timed], planned: usize) -> String {
    let mut text = String::from("\n");
    for part in done {
        let word = if part.passed { "ok" } else { "FAILED" };
        text.push_str(&format!("x: {:<16}{:>8.1} s  {word}\n", part.name, part.seconds));
    }
    let passed = done.iter().filter(|part| part.passed).count();
    text.push_str(&format!("x: {passed} of {planned} parts passed\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Part] = &[
        Part::own("first", |_| Ok(())),
        Part::own("second", |_| anyhow::bail!("broken")),
        Part::own("third", |_| Ok(())),
    ];

    fn chosen(only: &[&str], skip: &[&str]) -> Result<Vec<&'static str>> {
        let owned = |names: &[&str]| names.iter().map(|name| String::from(*name)).collect::<Vec<_>>();
        let parts = choose(TABLE, &owned(only), &owned(skip))?;
        Ok(parts.into_iter().map(|part| part.name).collect())
    }

    #[test]
    fn without_names_all_parts_run_in_the_tables_order() {
        assert_eq!(chosen(&[], &[]).unwrap(), ["first", "second", "third"]);
    }

    #[test]
    fn named_parts_run_in_the_tables_order_and_skipped_ones_do_not() {
        assert_eq!(chosen(&["third", "first"], &[]).unwrap(), ["first", "third"]);
        assert_eq!(chosen(&[], &["second"]).unwrap(), ["first", "third"]);
    }

    #[test]
    fn an_unknown_part_is_refused_with_the_names_there_are() {
        let problem = chosen(&["fourth"], &[]).unwrap_err().to_string();
        assert_eq!(
            problem,
            "there is no part `fourth`; there are: first, second, third"
        );
    }

    #[test]
    fn a_failing_part_stops_the_list_and_is_named() {
        let house = House::find().unwrap();
        let all: Vec<&Part> = TABLE.iter().collect();
        let problem = format!("{:#}", run_all(&house, &all).unwrap_err());
        assert_eq!(problem, "part `second` failed: broken");
    }

    #[test]
    fn the_summary_counts_what_passed_of_what_was_planned() {
        let done = [
            Timed {
                name: "first",
                seconds: 1.0,
                passed: true,
            },
            Timed {
                name: "second",
                seconds: 2.0,
                passed: false,
            },
        ];
        let text = summary(&done, 3);
        assert!(text.contains("second               2.0 s  FAILED"), "{text}");
        assert!(text.ends_with("1 of 3 parts passed\n"), "{text}");
    }
}
