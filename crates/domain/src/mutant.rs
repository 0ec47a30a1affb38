//! Deliberately broken rules, switched on one at a time by the simulation to prove that it would notice.
//!
//! Without the cargo feature `mutants` every switch is a constant `false` and leaves no trace in a
//! shipped binary. With it, one switch per thread can be armed at run time.

/// A rule to break. Each is caught by a named invariant of the simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mutant {
    /// A success after closing is thrown away.
    LateSuccessDropped,
    /// A trade once closed can no longer become paid.
    ClosedIsFinal,
    /// A second success of one tender wins too.
    SecondSuccessWins,
    /// A second success is not given back.
    DuplicateKept,
    /// Every try of a refund takes a fresh refund number.
    FreshRefundNoPerTry,
    /// No answer to a refund is taken as "refunded".
    LostRefundReplyIsSuccess,
    /// A close that was accepted is believed without asking again.
    CloseBelievedUnasked,
    /// No answer to a prepay is taken as a refusal.
    LostPrepayIsFailed,
    /// The amount in a success is not compared.
    AmountUnchecked,
    /// A given-up tender's money is kept.
    GivenUpKept,
    /// Every send of a create takes a fresh attempt key.
    FreshKeyPerSend,
    /// The till takes a centre's older answer over a newer one.
    OlderAnswerWins,
    /// The outbox mark moves when a batch is sent, not when it is acknowledged.
    MarkMovesOnSend,
    /// The rollup is not written with the money fact.
    RollupForgotten,
    /// Sending an entry twice stores it twice.
    EntryStoredTwice,
    /// A signature on a callback is not checked.
    CallbackUnverified,
    /// A stream position is taken before the row lock.
    PositionTakenEarly,
    /// A row is called for although somebody has claimed it.
    ClaimIgnored,
    /// A waiting tender is forgotten when the till restarts.
    WaitingForgottenOnStart,
    /// After a restart numbers begin at the wall clock alone.
    MintForgetsMark,
    /// Cash is taken for the full amount while a code's share is still reserved.
    ReservationIgnored,
    /// The expected cash forgets the change that was given.
    ChangeCountedAsCash,
    /// The expected cash forgets what was taken out of the drawer.
    CashOutForgotten,
    /// Money of a code counts for the shift that is open when it arrives, not for its order's.
    LateMoneyMovesShift,
    /// A notice at one merchant's account is believed about another merchant's trade of the same number.
    OtherMerchantBelieved,
    /// Money under a number that is not held here is acknowledged and forgotten.
    UnknownMoneyDropped,
    /// A row of suspense that was decided on can be decided on again, otherwise.
    DecidedAgain,
    /// A decision leaves no line of who has made it.
    DecisionUnaudited,
    /// Late money that is on its way back can still be accepted.
    ReturnedAccepted,
    /// Late money that somebody has asked back can still be accepted.
    AskedBackAccepted,
    /// A payment in a bill agrees with a trade of that number, whatever the amount.
    BillAmountUnchecked,
    /// What a bill says otherwise than the books is put in nobody's hands.
    DifferenceNotRaised,
    /// A success counts or not by whether the end of its code was heard before it.
    EndedMoneyIsLate,
}

#[cfg(feature = "mutants")]
mod armed {
    use super::Mutant;
    use std::cell::Cell;

    thread_local! {
        static ARMED: Cell<Option<Mutant>> = const { Cell::new(None) };
    }

    /// Arms one mutant on this thread, or none.
    pub fn arm(mutant: Option<Mutant>) {
        ARMED.with(|cell| cell.set(mutant));
    }

    /// Whether this rule is broken on this thread.
    #[must_use]
    pub fn on(mutant: Mutant) -> bool {
        ARMED.with(Cell::get) == Some(mutant)
    }
}

#[cfg(feature = "mutants")]
pub use armed::{arm, on};

/// Whether this rule is broken on this thread: never, in a build without the feature.
#[cfg(not(feature = "mutants"))]
#[must_use]
pub const fn on(_mutant: Mutant) -> bool {
    false
}
