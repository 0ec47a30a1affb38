//! The simulation in small: its seeds hold, a seed replays byte for byte, and broken rules are noticed.
//! The many seeds and every broken rule belong to `./x test`'s own part and `./x soak`.

use suanpan_domain::mutant::Mutant;
use suanpan_tests::sim::report::{Tally, failure};
use suanpan_tests::sim::run::{Ask, NO_PANIC, many, one};
use suanpan_tests::sim::{mutants, weather};

const SEEDS: u64 = 40;
/// As many worlds at a time as the smallest machine this is developed on has processors.
const JOBS: usize = 2;

#[test]
fn forty_seeds_hold() {
    let mut tally = Tally::default();
    let ask = Ask {
        from: 1,
        seeds: SEEDS,
        jobs: JOBS,
        mutant: None,
        stop_at_first: false,
    };
    many(ask, |verdict| tally.take(verdict));
    let failures: Vec<String> = tally.failed.iter().map(failure).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(tally.passed, SEEDS);
}

#[test]
fn a_seed_replays_byte_for_byte() {
    for seed in [1, 21, 34] {
        let (first, again) = (one(seed, None, true), one(seed, None, false));
        assert_eq!(first.trace_hash, again.trace_hash, "seed {seed}");
        assert!(first.trace.len() > 1_000, "seed {seed} hardly does anything");
    }
    assert_ne!(one(1, None, false).trace_hash, one(2, None, false).trace_hash);
}

#[test]
fn broken_rules_are_noticed_by_invariants_with_names() {
    let quick = [
        Mutant::LateSuccessDropped,
        Mutant::SecondSuccessWins,
        Mutant::LostPrepayIsFailed,
        Mutant::AmountUnchecked,
        Mutant::FreshKeyPerSend,
        Mutant::MarkMovesOnSend,
        Mutant::RollupForgotten,
        Mutant::EntryStoredTwice,
        Mutant::PositionTakenEarly,
        Mutant::ReservationIgnored,
        Mutant::GivenUpKept,
        Mutant::ChangeCountedAsCash,
        Mutant::CashOutForgotten,
        Mutant::LateMoneyMovesShift,
        Mutant::DecidedAgain,
        Mutant::DecisionUnaudited,
        Mutant::UnknownMoneyDropped,
        Mutant::BillAmountUnchecked,
    ];
    for mutant in quick {
        let caught = mutants::hunt(mutant, 1, SEEDS, JOBS);
        assert!(caught.by.is_some_and(|(name, _)| name != NO_PANIC), "{caught:?}");
    }
}

#[test]
fn every_broken_rule_is_on_the_list_once() {
    let mut names: Vec<String> = mutants::ALL.iter().map(|mutant| format!("{mutant:?}")).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), mutants::ALL.len());
    assert_eq!(mutants::named("ClosedIsFinal"), Some(Mutant::ClosedIsFinal));
    assert_eq!(mutants::named("Nonsense"), None);
}

#[test]
fn every_family_of_faults_is_drawn_and_left_out() {
    let drawn: Vec<weather::Weather> = (0..300)
        .map(|seed| weather::Weather::draw(&mut suanpan_tests::sim::rng::Rng::new(seed)))
        .collect();
    let families: [fn(&weather::Weather) -> bool; 14] = [
        |weather| weather.till_net.lost_request > 0,
        |weather| weather.platform_net.lost_reply > 0,
        |weather| weather.till_crash > 0,
        |weather| weather.centre_crash > 0,
        |weather| weather.cuts > 0,
        |weather| weather.clock_jumps > 0,
        |weather| weather.centre_restored,
        |weather| weather.till_restored,
        |weather| weather.wrong_amount > 0,
        |weather| weather.operators > 0,
        |weather| weather.elsewhere > 0,
        |weather| weather.bill_faults > 0,
        |weather| weather.bill_crash > 0,
        |weather| weather.shuffled,
    ];
    for family in families {
        assert!(drawn.iter().any(family) && !drawn.iter().all(family));
    }
}
