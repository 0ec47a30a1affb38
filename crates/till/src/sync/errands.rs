//! The lane of one errand: something a person has decided about money, sent until the centre has answered.
//!
//! An errand carries its own number, so that sending it again is the same errand. A refund is asked about by
//! sending it again, until its end is known: a centre that was put back to an older copy hears of it anew.

use super::backoff::Jitter;
use super::call::{Call, LinkFault};
use super::lane::Lane;

/// Sending a refund again while the change stream is fresh and would tell its end. It costs the centre one question
/// to the platform, and some refunds take days.
const AGAIN_FRESH_MS: i64 = 300_000;
/// The same while nothing else would tell.
const AGAIN_STALE_MS: i64 = 30_000;

/// What a person has decided.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Errand {
    /// Money of a tender goes back.
    Refund {
        /// The refund.
        refund_no: String,
        /// Its tender.
        tender_no: String,
    },
    /// What becomes of late money.
    Late {
        /// The tender.
        tender_no: String,
    },
}

impl Errand {
    /// What is asked for it.
    #[must_use]
    pub fn call(&self) -> Call {
        match self {
            Self::Refund { refund_no, tender_no } => Call::PutRefund {
                refund_no: refund_no.clone(),
                tender_no: tender_no.clone(),
            },
            Self::Late { tender_no } => Call::DecideLate {
                tender_no: tender_no.clone(),
            },
        }
    }

    /// The errand of a call, if it is one.
    #[must_use]
    pub fn of(call: &Call) -> Option<Self> {
        match call {
            Call::PutRefund { refund_no, tender_no } => Some(Self::Refund {
                refund_no: refund_no.clone(),
                tender_no: tender_no.clone(),
            }),
            Call::DecideLate { tender_no } => Some(Self::Late {
                tender_no: tender_no.clone(),
            }),
            Call::Hello
            | Call::Journal { .. }
            | Call::OwnEntries { .. }
            | Call::Changes { .. }
            | Call::PutAttempt { .. }
            | Call::CloseTender { .. }
            | Call::QueryTender { .. } => None,
        }
    }
}

/// Memory of one errand's lane. Nothing in it is needed after a restart.
#[derive(Clone, Debug, Default)]
pub(super) struct ErrandLane {
    pub lane: Lane,
    answered_ms: Option<i64>,
}

impl ErrandLane {
    /// The monotonic moment it is sent next.
    pub(super) fn due_ms(&self, fresh: bool) -> i64 {
        let again_ms = if fresh { AGAIN_FRESH_MS } else { AGAIN_STALE_MS };
        self.answered_ms.map_or(0, |answered_ms| answered_ms + again_ms)
    }

    /// A call for it has ended. Whatever is no answer only costs time.
    pub(super) fn ended(&mut self, fault: Option<&LinkFault>, now_ms: i64, jitter: &mut Jitter) {
        match fault {
            None => {
                self.lane.succeeded();
                self.answered_ms = Some(now_ms);
            }
            Some(LinkFault::StaleClock { .. }) => self.lane.mended(now_ms, jitter),
            // A *no* that may pass, as that of a centre that was put back and does not know of the money yet.
            Some(LinkFault::Refused { retry_after_ms, .. }) => {
                self.lane.failed(now_ms, *retry_after_ms, jitter);
                self.answered_ms = Some(now_ms);
            }
            Some(
                LinkFault::Unreachable | LinkFault::TimedOut | LinkFault::Unverified | LinkFault::NotSaved,
            ) => self.lane.failed(now_ms, None, jitter),
        }
    }
}
