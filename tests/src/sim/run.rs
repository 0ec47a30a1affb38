//! Runs seeds: one, or many spread over threads with one world per thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

use suanpan_domain::mutant::{self, Mutant};

use super::verdict::{Broken, Verdict};
use super::world;

/// The invariant that a panic of the code under test breaks.
pub const NO_PANIC: &str = "no panic";

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    /// First seed.
    pub from: u64,
    /// How many.
    pub seeds: u64,
    /// Threads.
    pub jobs: usize,
    /// The rule to break, if any.
    pub mutant: Option<Mutant>,
    /// Whether to stop at the first seed that fails.
    pub stop_at_first: bool,
}

/// Runs one seed; `keep` keeps its trace.
#[must_use]
pub fn one(seed: u64, mutant: Option<Mutant>, keep: bool) -> Verdict {
    let verdict = catch_unwind(AssertUnwindSafe(|| world::run(seed, mutant, keep)));
    mutant::arm(None);
    verdict.unwrap_or_else(|panic| Verdict {
        seed,
        broken: Some(Broken::new(NO_PANIC, words_of(panic.as_ref()))),
        trace_hash: String::new(),
        trace: Vec::new(),
        cover: super::cover::Cover::default(),
    })
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without words").to_owned()
}

/// Runs many seeds and hands each verdict to `told` as it comes; in order of seeds only with one job.
pub fn many(ask: Ask, mut told: impl FnMut(Verdict)) {
    let next = AtomicU64::new(ask.from);
    let end = ask.from + ask.seeds;
    thread::scope(|scope| {
        let (say, hear) = mpsc::channel();
        for _ in 0..ask.jobs.max(1) {
            let (say, next) = (say.clone(), &next);
            scope.spawn(move || work(ask, next, end, &say));
        }
        drop(say);
        for verdict in hear {
            let broke = verdict
                .broken
                .as_ref()
                .is_some_and(|broken| broken.invariant != NO_PANIC);
            if ask.stop_at_first && broke {
                next.store(end, Ordering::SeqCst);
            }
            told(verdict);
        }
    });
}

fn work(ask: Ask, next: &AtomicU64, end: u64, say: &mpsc::Sender<Verdict>) {
    loop {
        let seed = next.fetch_add(1, Ordering::SeqCst);
        if seed >= end || say.send(one(seed, ask.mutant, false)).is_err() {
            return;
        }
    }
}
