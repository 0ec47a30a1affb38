//! What the till asks of its centre, and what can come back.

use suanpan_wire::ANSWER_LIMIT_MS;
use suanpan_wire::error::ErrorBody;
use suanpan_wire::journal::{BatchAnswer, HelloAnswer, Mark, OwnEntries};
use suanpan_wire::stream::ChangesAnswer;
use suanpan_wire::tender::TenderView;

/// How long an ordinary call may take, milliseconds: a cashier notices a longer wait.
pub const CALL_LIMIT_MS: u32 = ANSWER_LIMIT_MS;
/// How long the first word on connecting may take: it asks for nothing but what is on the centre's disk,
/// and "offline" should be known quickly.
pub const HELLO_LIMIT_MS: u32 = 3_000;
/// What a waiting request for changes gets beyond its own wait, for the way there and back.
pub const LONG_POLL_SLACK_MS: u32 = 5_000;

/// One question to the centre. Asking any of them again is harmless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Say where the journal stands and hear what the centre holds.
    Hello,
    /// Send entries after this position.
    Journal {
        /// The last position the centre is known to hold.
        after: Mark,
        /// Most entries to send.
        entries_max: usize,
    },
    /// Ask for this till's own entries that the centre has and the till lost.
    OwnEntries {
        /// The last position before the hole.
        after: Mark,
    },
    /// Ask for changes, waiting for them.
    Changes {
        /// Generation of the cursor; 0 before the first answer.
        generation: u64,
        /// Position of the cursor.
        after: u64,
        /// How long the centre may wait for news.
        wait_ms: u32,
    },
    /// Ask for a code with the key that was committed for it.
    PutAttempt {
        /// The tender.
        tender_no: String,
        /// Key of the committed attempt.
        attempt_key: String,
    },
    /// Ask for closing.
    CloseTender {
        /// The tender.
        tender_no: String,
    },
    /// Ask how it stands.
    QueryTender {
        /// The tender.
        tender_no: String,
    },
    /// Give money back under the number that was committed for it.
    PutRefund {
        /// The tender it is drawn from.
        tender_no: String,
        /// The refund.
        refund_no: String,
    },
    /// Say what becomes of late money.
    DecideLate {
        /// The tender.
        tender_no: String,
    },
}

impl Call {
    /// How long it may take before it counts as unanswered, milliseconds.
    #[must_use]
    pub const fn time_limit_ms(&self) -> u32 {
        match self {
            Self::Hello => HELLO_LIMIT_MS,
            Self::Changes { wait_ms, .. } => *wait_ms + LONG_POLL_SLACK_MS,
            Self::Journal { .. }
            | Self::OwnEntries { .. }
            | Self::PutAttempt { .. }
            | Self::CloseTender { .. }
            | Self::QueryTender { .. }
            | Self::PutRefund { .. }
            | Self::DecideLate { .. } => CALL_LIMIT_MS,
        }
    }

    /// The waiting tender whose lane it belongs to, if it belongs to one. Errands have lanes of their own.
    #[must_use]
    pub fn tender_no(&self) -> Option<&str> {
        match self {
            Self::PutAttempt { tender_no, .. }
            | Self::CloseTender { tender_no }
            | Self::QueryTender { tender_no } => Some(tender_no),
            Self::Hello
            | Self::Journal { .. }
            | Self::OwnEntries { .. }
            | Self::Changes { .. }
            | Self::PutRefund { .. }
            | Self::DecideLate { .. } => None,
        }
    }
}

/// A verified *yes* of the centre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To [`Call::Hello`].
    Hello(HelloAnswer),
    /// To [`Call::Journal`]; the entries sent were those from `first_seq` on, of one epoch.
    Journal {
        /// Epoch of the batch.
        epoch: u32,
        /// Sequence of its first entry.
        first_seq: u64,
        /// What the centre said.
        answer: BatchAnswer,
    },
    /// To [`Call::OwnEntries`].
    OwnEntries(OwnEntries),
    /// To [`Call::Changes`]; checked to continue `after` without a gap.
    Changes {
        /// Generation that was asked for.
        generation: u64,
        /// Position that was asked for.
        after: u64,
        /// What the centre said.
        answer: ChangesAnswer,
    },
    /// To every question about a tender.
    Tender(TenderView),
}

impl Answer {
    /// The centre's clock, where the answer tells it.
    #[must_use]
    pub const fn centre_time_ms(&self) -> Option<i64> {
        match self {
            Self::Hello(answer) => Some(answer.centre_time_ms),
            Self::Changes {
                answer:
                    ChangesAnswer::Changes { centre_time_ms, .. } | ChangesAnswer::Snapshot { centre_time_ms, .. },
                ..
            } => Some(*centre_time_ms),
            Self::Journal { .. } | Self::OwnEntries(_) | Self::Tender(_) => None,
        }
    }
}

/// Why there is no *yes*.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkFault {
    /// No connection came about, or it broke.
    #[error("the centre cannot be reached")]
    Unreachable,
    /// Nothing came in time.
    #[error("no answer in time")]
    TimedOut,
    /// Something came that the centre did not sign, or that is not an answer to this question: a captive
    /// portal's page, a rewriting proxy, another server. Never a result.
    #[error("the answer is not the centre's")]
    Unverified,
    /// The till's time is too far off; the centre's own is told.
    #[error("the till's clock is off")]
    StaleClock {
        /// The centre's clock, UTC milliseconds.
        centre_time_ms: i64,
    },
    /// A verified *no*.
    #[error("refused: {body}")]
    Refused {
        /// Why.
        body: ErrorBody,
        /// How long the centre asks to wait, if it does.
        retry_after_ms: Option<u32>,
    },
    /// The answer could not be kept here, so it counts as not received.
    #[error("the answer could not be saved")]
    NotSaved,
}

impl LinkFault {
    /// Whether it says something about the way to the centre rather than about the question.
    #[must_use]
    pub const fn is_of_the_way(&self) -> bool {
        match self {
            Self::Unreachable | Self::TimedOut | Self::Unverified => true,
            Self::StaleClock { .. } | Self::Refused { .. } | Self::NotSaved => false,
        }
    }
}
