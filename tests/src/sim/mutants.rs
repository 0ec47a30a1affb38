//! The deliberately broken rules, and how each is looked for.

use suanpan_domain::mutant::Mutant;

use super::report::Caught;
use super::run::{Ask, NO_PANIC, many};

/// Every rule that can be broken.
pub const ALL: &[Mutant] = &[
    Mutant::LateSuccessDropped,
    Mutant::ClosedIsFinal,
    Mutant::SecondSuccessWins,
    Mutant::DuplicateKept,
    Mutant::FreshRefundNoPerTry,
    Mutant::LostRefundReplyIsSuccess,
    Mutant::CloseBelievedUnasked,
    Mutant::LostPrepayIsFailed,
    Mutant::AmountUnchecked,
    Mutant::GivenUpKept,
    Mutant::FreshKeyPerSend,
    Mutant::OlderAnswerWins,
    Mutant::MarkMovesOnSend,
    Mutant::RollupForgotten,
    Mutant::EntryStoredTwice,
    Mutant::CallbackUnverified,
    Mutant::PositionTakenEarly,
    Mutant::ClaimIgnored,
    Mutant::WaitingForgottenOnStart,
    Mutant::MintForgetsMark,
    Mutant::ReservationIgnored,
    Mutant::ChangeCountedAsCash,
    Mutant::CashOutForgotten,
    Mutant::LateMoneyMovesShift,
    Mutant::OtherMerchantBelieved,
    Mutant::UnknownMoneyDropped,
    Mutant::DecidedAgain,
    Mutant::DecisionUnaudited,
    Mutant::ReturnedAccepted,
    Mutant::AskedBackAccepted,
    Mutant::BillAmountUnchecked,
    Mutant::DifferenceNotRaised,
    Mutant::EndedMoneyIsLate,
];

/// The rule of that name.
#[must_use]
pub fn named(name: &str) -> Option<Mutant> {
    ALL.iter().copied().find(|mutant| format!("{mutant:?}") == name)
}

/// Most seeds a broken rule is looked for in. All of them hold with the rules unbroken: they are among the
/// seeds of the same run.
pub const SEEDS_MAX: u64 = 150;

/// Breaks one rule and runs seeds until an invariant notices. A panic does not count: the rule must be
/// missed by something that has a name.
#[must_use]
pub fn hunt(mutant: Mutant, from: u64, seeds: u64, jobs: usize) -> Caught {
    let ask = Ask {
        from,
        seeds,
        jobs,
        mutant: Some(mutant),
        stop_at_first: true,
    };
    let (mut first, mut run) = (None::<(u64, &'static str)>, 0);
    many(ask, |verdict| {
        run += 1;
        let Some(broken) = verdict.broken.filter(|broken| broken.invariant != NO_PANIC) else {
            return;
        };
        if first.is_none_or(|(seed, _)| verdict.seed < seed) {
            first = Some((verdict.seed, broken.invariant));
        }
    });
    Caught {
        mutant: format!("{mutant:?}"),
        by: first.map(|(seed, invariant)| (invariant, seed)),
        seeds: run,
    }
}
