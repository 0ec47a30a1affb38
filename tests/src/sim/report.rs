//! What a run prints: the summary, what was exercised, failing seeds, the table of mutants.

use std::fmt::Write;

use super::cover::Cover;
use super::verdict::Verdict;

/// Seeds from which on the coverage floors must be met: below it chance decides.
pub const FLOORS_FROM_SEEDS: u64 = 500;

/// What must have been exercised over [`FLOORS_FROM_SEEDS`] seeds, in every full run. Far below what is
/// usually reached, and never zero: a rule that nothing reaches is not checked.
pub const FLOORS: &[(&str, u64)] = &[
    ("orders shown as paid", 4_000),
    ("orders completed by several tenders", 2_000),
    ("trades that won", 1_800),
    ("trades paid after closing", 40),
    ("trades paid beside a winner", 80),
    ("trades paid after giving up", 90),
    ("given up before its money came", 80),
    ("given up after it had won", 90),
    ("given up and never paid", 400),
    ("refunds done: duplicate", 80),
    ("refunds done: late", 40),
    ("refunds done: given up", 180),
    ("late money accepted", 40),
    ("late money returned at once", 40),
    ("payments in suspense", 80),
    ("payments begun", 1_000),
    ("closes that leave the code payable", 300),
    ("did: renew", 900),
    ("did: switch the platform", 300),
    ("did: charge by payment code", 1_000),
    ("passwords typed", 250),
    ("did: give all back", 200),
    ("did: give a part back", 200),
    ("did: decide on late money", 30),
    ("refunds done: asked for at a till", 100),
    ("requests that another centre takes than served before", 10_000),
    ("crashes of a centre while another goes on", 100),
    ("did: park", 3_000),
    ("did: open a shift", 3_000),
    ("did: move cash", 3_000),
    ("shifts closed", 2_500),
    ("money that came after its shift", 150),
    ("did: cash instead of a code in doubt", 1_600),
    ("observations: unknown", 4_000),
    ("observations: not exist", 1_200),
    ("observations: close accepted", 2_000),
    ("callbacks that arrive twice", 90),
    ("callbacks that must not be believed", 200),
    ("centre answers that are lost", 2_500),
    ("centre answers that are rewritten on the way", 1_000),
    ("platform answers that are lost", 1_000),
    ("platform answers that are rewritten on the way", 400),
    ("requests of a till that arrive twice", 3_000),
    ("answers: stale clock", 70),
    ("crashes of a till after a command", 200),
    ("crashes of a till after a commit, before its send", 500),
    ("crashes of a till with an answer in its hand", 400),
    ("crashes of a till between happenings", 70),
    ("crashes of the centre after a request, before its answer", 350),
    ("crashes of the centre between claim and call", 140),
    ("charges that are certainly not sent", 60),
    ("refunds that are certainly not sent", 60),
    ("other calls that are certainly not sent", 2_000),
    ("crashes of the centre after an observation", 140),
    ("crashes of the centre after a callback, before its answer", 14),
    ("crashes of the centre between happenings", 70),
    ("restores of the centre's file", 25),
    ("restores of a till's file", 25),
    ("wall clocks set back", 60),
    ("wall clocks a year ahead", 40),
    ("network cuts of a till", 150),
    ("switches thrown at the platform", 600),
    ("payments under a number that is not held", 130),
    ("payments under a name", 30),
    ("payments under another merchant's number", 70),
    ("suspense attached to a tender", 10),
    ("suspense given back", 80),
    ("suspense accepted as it is", 120),
    ("operators' presses that are refused", 700),
    ("operators' presses that were done before", 200),
    ("operators' commands that are cut short", 6),
    ("late money that is back accepted in vain", 500),
    ("crashes of a centre after an operator's press", 15),
    ("refunds past the tills of money that counts", 40),
    ("refunds past the tills of late money", 8),
    ("refunds past the tills that were asked for before", 40),
    ("refunds past the tills that are refused", 100),
    ("bills compared", 800),
    ("bills compared under a claim that had run out", 3),
    ("bills that are compared once more", 200),
    ("bills that are lost, late or asked for twice", 500),
    ("bills that could not be had", 600),
    ("crashes of the centre over a bill", 350),
    ("processes that are stopped over a bill", 100),
    ("rows of bills that agree", 4_500),
    ("rows of bills in suspense", 300),
    ("rows of bills that were taken back", 30),
    ("observations applied in another order", 30_000),
];

/// Everything that is gathered over the seeds of a run.
#[derive(Debug, Default)]
pub struct Tally {
    /// Seeds that held.
    pub passed: u64,
    /// Seeds that did not.
    pub failed: Vec<Verdict>,
    /// What was exercised.
    pub cover: Cover,
}

impl Tally {
    /// Takes one seed's verdict.
    pub fn take(&mut self, verdict: Verdict) {
        self.cover.add(&verdict.cover);
        if verdict.broken.is_some() {
            self.failed.push(verdict);
        } else {
            self.passed += 1;
        }
    }

    /// The floors that were missed, when enough seeds ran.
    #[must_use]
    pub fn below_floors(&self) -> Vec<String> {
        let seeds = self.passed + u64::try_from(self.failed.len()).unwrap_or(u64::MAX);
        if seeds < FLOORS_FROM_SEEDS {
            return Vec::new();
        }
        self.cover.below(FLOORS)
    }

    /// The counts, one per line.
    #[must_use]
    pub fn coverage(&self) -> String {
        let mut text = String::new();
        for (name, count) in self.cover.all() {
            let _ = writeln!(text, "  {count:>9}  {name}");
        }
        text
    }

    /// `500 passed, 0 failed`.
    #[must_use]
    pub fn summary(&self) -> String {
        format!("{} passed, {} failed", self.passed, self.failed.len())
    }
}

/// The line that lets a failing seed be replayed.
#[must_use]
pub fn failure(verdict: &Verdict) -> String {
    match &verdict.broken {
        Some(broken) => format!(
            "SEED={} {broken}\n  replay: ./x sim --seed {} --trace",
            verdict.seed, verdict.seed
        ),
        None => format!("SEED={} holds", verdict.seed),
    }
}

/// One row of the mutants' table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caught {
    /// The broken rule.
    pub mutant: String,
    /// Invariant and seed that noticed, if any did.
    pub by: Option<(&'static str, u64)>,
    /// Seeds that were run for it.
    pub seeds: u64,
}

/// The mutants' table.
#[must_use]
pub fn mutants(rows: &[Caught]) -> String {
    let mut text =
        String::from("mutant                    caught by                                     seed\n");
    for row in rows {
        let (invariant, seed) = match row.by {
            Some((invariant, seed)) => (invariant, seed.to_string()),
            None => ("NOT CAUGHT", format!("none of {}", row.seeds)),
        };
        let _ = writeln!(text, "{:<25} {invariant:<45} {seed}", row.mutant);
    }
    let caught = rows.iter().filter(|row| row.by.is_some()).count();
    let _ = writeln!(text, "{caught} of {} mutants caught", rows.len());
    text
}
