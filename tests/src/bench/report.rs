//! What was found, as the page that is committed: ratios beside limits and targets, then the times.

use std::fmt::Write as _;

use super::samples::{Ratio, Rounds, Samples};

/// How far the bare flush, or a durable limit, may wander between rounds before a row says nothing.
pub const WANDER_MAX: f64 = 3.0;
const NS_PER_US: u64 = 1_000;

/// What a ratio is held against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// Not above.
    AtMost(f64),
    /// Not below.
    AtLeast(f64),
    /// Told beside the others, promised nowhere.
    Told,
}

impl Target {
    fn is_met(self, ratio: &Ratio) -> Option<bool> {
        match self {
            Self::AtMost(most) => Some(ratio.median <= most),
            Self::AtLeast(least) => Some(ratio.median >= least),
            Self::Told => None,
        }
    }

    fn told(self) -> String {
        match self {
            Self::AtMost(most) => format!("≤ {}", short(most)),
            Self::AtLeast(least) => format!("≥ {}", short(least)),
            Self::Told => "–".to_owned(),
        }
    }
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Line {
    what: String,
    against: String,
    target: Target,
    found: Result<Ratio, String>,
}

impl Line {
    /// A ratio with what it is a ratio to.
    pub fn new(
        what: impl Into<String>,
        against: impl Into<String>,
        target: Target,
        ratio: Option<Ratio>,
    ) -> Self {
        Self {
            what: what.into(),
            against: against.into(),
            target,
            found: ratio.ok_or_else(|| "nothing was measured".to_owned()),
        }
    }

    /// A line that could not be measured here, and why.
    pub fn skipped(what: impl Into<String>, against: impl Into<String>, target: Target, why: &str) -> Self {
        Self {
            what: what.into(),
            against: against.into(),
            target,
            found: Err(why.to_owned()),
        }
    }

    fn verdict(&self) -> String {
        match &self.found {
            Err(why) => format!("not reported: {why}"),
            Ok(ratio) => match self.target.is_met(ratio) {
                Some(true) => "met".to_owned(),
                Some(false) => "**missed**".to_owned(),
                None => "–".to_owned(),
            },
        }
    }

    fn ratio(&self) -> String {
        self.found.as_ref().map_or_else(
            |_| "–".to_owned(),
            |ratio| {
                let median = short(ratio.median);
                if ratio.max <= ratio.min {
                    return format!("{median}×");
                }
                format!("{median}× ({}–{})", short(ratio.min), short(ratio.max))
            },
        )
    }
}

/// A time that stands beside its limit's in the second part.
#[derive(Clone, Debug)]
struct Time {
    what: String,
    p50: u64,
    p99: u64,
    count: usize,
}

/// Everything one row found.
#[derive(Clone, Debug)]
pub struct Section {
    name: &'static str,
    title: String,
    lines: Vec<Line>,
    times: Vec<Time>,
    notes: Vec<String>,
    wander: f64,
}

impl Section {
    /// An empty section of a row.
    pub fn new(name: &'static str, title: impl Into<String>) -> Self {
        Self {
            name,
            title: title.into(),
            lines: Vec::new(),
            times: Vec::new(),
            notes: Vec::new(),
            wander: 1.0,
        }
    }

    /// Adds a line of the table.
    pub fn line(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// Adds times of the second part.
    pub fn time(&mut self, what: impl Into<String>, samples: &Samples) {
        self.times.push(Time {
            what: what.into(),
            p50: samples.p50(),
            p99: samples.p99(),
            count: samples.len(),
        });
    }

    /// Adds a sentence on what was done or found.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Takes over how far the disk wandered while `rounds` were measured.
    pub fn wandered(&mut self, rounds: &Rounds) {
        self.wander = self.wander.max(rounds.wander());
    }

    /// Whether the disk was steady enough to believe the numbers.
    #[must_use]
    pub fn is_steady(&self) -> bool {
        self.wander <= WANDER_MAX
    }

    /// Takes the numbers back: the disk was not steady.
    #[must_use]
    pub fn refused(mut self) -> Self {
        let why = format!("the disk wandered {}× between rounds", short(self.wander));
        for line in &mut self.lines {
            line.found = Err(why.clone());
        }
        self.times.clear();
        self
    }

    /// How many lines miss their target.
    #[must_use]
    pub fn misses(&self) -> usize {
        let missed = |line: &&Line| {
            line.found
                .as_ref()
                .is_ok_and(|ratio| line.target.is_met(ratio) == Some(false))
        };
        self.lines.iter().filter(missed).count()
    }
}

/// The page.
#[must_use]
pub fn page(facts: &[String], sections: &[Section]) -> String {
    let mut page = String::from(
        "# Benchmarks\n\nWritten by `./x bench`, never by hand. Absolute times differ from machine to machine \
         and from hour to hour, so every number is a ratio to a limit measured in turns with it in the same \
         process: median of the rounds (smallest–largest). A target that is missed stands as missed. Targets \
         say what a shop needs; limits say what the machine allows.\n\n",
    );
    let _ = writeln!(page, "Measured on: {}.\n", facts.join("; "));
    page.push_str("| row | what | beside | ratio | target | |\n|---|---|---|---|---|---|\n");
    for section in sections {
        for line in &section.lines {
            let _ = writeln!(
                page,
                "| {} | {} | {} | {} | {} | {} |",
                section.name,
                line.what,
                line.against,
                line.ratio(),
                line.target.told(),
                line.verdict()
            );
        }
    }
    page.push_str("\n## Times and notes\n");
    for section in sections {
        details(&mut page, section);
    }
    page
}

fn details(page: &mut String, section: &Section) {
    let _ = writeln!(page, "\n### {} {}\n", section.name, section.title);
    for note in &section.notes {
        let _ = writeln!(page, "- {note}");
    }
    if section.times.is_empty() {
        return;
    }
    page.push_str("\n| time | p50 | p99 | samples |\n|---|---|---|---|\n");
    for time in &section.times {
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} |",
            time.what,
            shown(time.p50),
            shown(time.p99),
            time.count
        );
    }
}

/// Three digits are as many as the rounds agree on.
fn short(ratio: f64) -> String {
    if ratio >= 100.0 {
        format!("{ratio:.0}")
    } else if ratio >= 10.0 {
        format!("{ratio:.1}")
    } else {
        format!("{ratio:.2}")
    }
}

/// A time in the unit a person would use.
fn shown(ns: u64) -> String {
    let us = ns / NS_PER_US;
    match us {
        0..=9 => format!("{}.{:02} µs", us, ns % NS_PER_US / 10),
        10..=9_999 => format!("{us} µs"),
        10_000..=9_999_999 => format!("{}.{} ms", us / 1_000, us % 1_000 / 100),
        _ => format!("{}.{} s", us / 1_000_000, us % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(median: f64) -> Option<Ratio> {
        Ratio::of(vec![median])
    }

    #[test]
    fn a_miss_stands_as_a_miss() {
        let mut section = Section::new("B0", "a row");
        section.line(Line::new("sale", "bare", Target::AtMost(1.3), ratio(1.4)));
        section.line(Line::new("sync", "raw", Target::AtLeast(0.5), ratio(0.6)));
        section.line(Line::skipped(
            "takings",
            "duckdb",
            Target::AtLeast(100.0),
            "not installed",
        ));
        assert_eq!(section.misses(), 1);
        let page = page(&["2 cores".to_owned()], &[section]);
        assert!(
            page.contains("| B0 | sale | bare | 1.40× | ≤ 1.30 | **missed** |"),
            "{page}"
        );
        assert!(
            page.contains("| B0 | sync | raw | 0.60× | ≥ 0.50 | met |"),
            "{page}"
        );
        assert!(page.contains("not reported: not installed"), "{page}");
    }

    #[test]
    fn a_row_measured_on_an_unsteady_disk_says_nothing() {
        let mut section = Section::new("B0", "a row");
        section.line(Line::new("sale", "bare", Target::AtMost(1.3), ratio(1.0)));
        section.wander = 3.5;
        assert!(!section.is_steady());
        let refused = section.refused();
        assert_eq!(refused.misses(), 0);
        let page = page(&[], &[refused]);
        assert!(
            page.contains("not reported: the disk wandered 3.50× between rounds"),
            "{page}"
        );
    }

    #[test]
    fn times_are_shown_in_the_unit_a_person_would_use() {
        assert_eq!(shown(3_400), "3.40 µs");
        assert_eq!(shown(102_000), "102 µs");
        assert_eq!(shown(12_345_678), "12.3 ms");
        assert_eq!(shown(12_345_678_901), "12.3 s");
    }
}
