//! The lane of one waiting code tender: what to ask next, and when.
//!
//! A lost answer is *unknown*: the same question with the same key goes out again. There is no way here
//! to start a second attempt.

use suanpan_domain::mutant::{Mutant, on};
use suanpan_wire::error::ErrorCode;

use super::backoff::Jitter;
use super::call::Call;
use super::lane::Lane;
use super::pending::Watched;

/// Asking while the change stream is fresh and would tell: a second source, and what notices a network that
/// swallows everything while a customer waits.
const ASK_FRESH_MS: i64 = 10_000;
/// Asking while nothing else would tell: 3 to 5 seconds, so that a payment shows soon and many tills do
/// not ask in step.
const ASK_STALE_MS: i64 = 3_000;
/// Spread of the above.
const ASK_STALE_SPREAD_MS: i64 = 2_000;
/// Asking while the centre has the attempt but no code for it yet: someone is looking at an empty square.
const ASK_NO_CODE_MS: i64 = 2_000;
/// How long before its end a shown code is renewed: a customer who has just scanned can still pay.
pub(super) const RENEW_BEFORE_MS: i64 = 20_000;

/// How soon a renewal that could not be saved is tried again: the disk may have room by then, and the code
/// still has some seconds.
const RENEW_RETRY_MS: i64 = 3_000;

/// What a tender wants from the centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Want {
    Put,
    Close,
    Query,
}

/// Memory of one tender's lane. Nothing in it is needed after a restart.
#[derive(Clone, Debug, Default)]
pub(super) struct TenderLane {
    pub lane: Lane,
    /// When the centre last answered about it.
    answered_ms: Option<i64>,
    /// Part of the spread this lane drew.
    spread_ms: i64,
    /// A person wants to know now.
    ask_now: bool,
    /// The centre said it does not know the tender: the committed attempt goes (again) first.
    unknown_there: bool,
    /// The centre has taken the wish to close.
    close_taken: bool,
    /// The last attempt was refused for a reason that only a look at the tender can explain.
    look_first: bool,
    /// Attempt for whose code a renewal was asked for.
    renewed: Option<String>,
    /// No renewal before this, on the corrected clock: the last one could not be committed.
    renew_again_at_ms: i64,
}

impl TenderLane {
    /// Asks at the next step, whatever was planned.
    pub(super) const fn ask_now(&mut self) {
        self.ask_now = true;
        self.lane.hurry();
    }

    /// The call that is wanted, and the monotonic moment it is due.
    pub(super) fn wanted(&self, watched: &Watched, fresh: bool, call_id: u64) -> (Call, i64) {
        let (want, due_ms) = self.want(watched, fresh);
        let tender_no = watched.tender_no.clone();
        let call = match want {
            Want::Put => Call::PutAttempt {
                attempt_key: key_to_send(watched, call_id),
                tender_no,
            },
            Want::Close => Call::CloseTender { tender_no },
            Want::Query => Call::QueryTender { tender_no },
        };
        (call, due_ms)
    }

    fn want(&self, watched: &Watched, fresh: bool) -> (Want, i64) {
        const NOW: i64 = 0;
        if self.look_first {
            (Want::Query, NOW)
        } else if self.unknown_there || (watched.unsent.is_some() && !watched.closing) {
            (Want::Put, NOW)
        } else {
            // Asking to close answers like a question, and a restored centre has forgotten the wish.
            let want = if watched.closing { Want::Close } else { Want::Query };
            let at_once = self.ask_now || (watched.closing && !self.close_taken);
            (
                want,
                if at_once {
                    NOW
                } else {
                    self.next_ask_ms(watched, fresh)
                },
            )
        }
    }

    fn next_ask_ms(&self, watched: &Watched, fresh: bool) -> i64 {
        let Some(answered_ms) = self.answered_ms else {
            return 0;
        };
        let stale_ms = ASK_STALE_MS + self.spread_ms;
        answered_ms
            + match (&watched.code, fresh) {
                (None, _) if !watched.closing && !watched.paying => ASK_NO_CODE_MS,
                (Some(_) | None, true) if !watched.paying => ASK_FRESH_MS,
                (Some(_) | None, true | false) => stale_ms,
            }
    }

    /// A verified view came back from `call` and was kept.
    pub(super) fn succeeded(&mut self, call: &Call, now_ms: i64, jitter: &mut Jitter) {
        let fails = self.lane.fails;
        self.lane.succeeded();
        self.answered_ms = Some(now_ms);
        self.spread_ms = jitter.up_to(ASK_STALE_SPREAD_MS);
        self.ask_now = false;
        match call {
            Call::PutAttempt { .. } => self.unknown_there = false,
            Call::CloseTender { .. } => self.close_taken = true,
            Call::QueryTender { .. } if self.look_first => {
                self.look_first = false;
                // Whatever refused the attempt may still stand: the next try keeps its waiting time.
                self.lane.fails = fails;
                self.lane.failed(now_ms, None, jitter);
            }
            Call::QueryTender { .. }
            | Call::Hello
            | Call::Journal { .. }
            | Call::OwnEntries { .. }
            | Call::Changes { .. }
            | Call::PutRefund { .. }
            | Call::DecideLate { .. } => {}
        }
    }

    /// The centre said no.
    pub(super) fn refused(
        &mut self,
        call: &Call,
        code: ErrorCode,
        retry_after_ms: Option<u32>,
        now_ms: i64,
        jitter: &mut Jitter,
    ) {
        let putting = matches!(call, Call::PutAttempt { .. });
        if code == ErrorCode::NotFound && !putting {
            // The attempt never arrived there, or the centre was restored from before it.
            self.unknown_there = true;
            self.look_first = false;
            self.lane.mended(now_ms, jitter);
            return;
        }
        self.lane.failed(now_ms, retry_after_ms, jitter);
        if putting && !is_passing(code) {
            self.look_first = true;
        }
        if !putting {
            self.ask_now = false;
            self.answered_ms = Some(now_ms);
        }
    }

    /// Whether the newest code of `watched` is to be renewed now; at most once per attempt.
    pub(super) fn renewal_due(&mut self, watched: &Watched, corrected_ms: i64) -> bool {
        let due = watched.renewable
            && !watched.closing
            && !watched.paying
            && watched.unsent.is_none()
            && watched
                .code
                .is_some_and(|code| code.expires_at_ms - corrected_ms <= RENEW_BEFORE_MS)
            && corrected_ms >= self.renew_again_at_ms
            && self.renewed.as_deref() != Some(watched.newest.as_str());
        if due {
            self.renewed = Some(watched.newest.clone());
        }
        due
    }

    /// When the newest code is to be renewed, on the corrected clock.
    pub(super) fn renewal_at_ms(&self, watched: &Watched) -> Option<i64> {
        let code = watched.code.filter(|_| {
            watched.renewable
                && !watched.closing
                && !watched.paying
                && watched.unsent.is_none()
                && self.renewed.as_deref() != Some(watched.newest.as_str())
        })?;
        Some((code.expires_at_ms - RENEW_BEFORE_MS).max(self.renew_again_at_ms))
    }

    /// The renewal that was due could not be committed: it is due again in a moment.
    pub(super) fn renewal_failed(&mut self, corrected_ms: i64) {
        self.renewed = None;
        self.renew_again_at_ms = corrected_ms + RENEW_RETRY_MS;
    }
}

/// Refusals that say nothing about the attempt and pass by themselves.
pub(super) const fn is_passing(code: ErrorCode) -> bool {
    match code {
        ErrorCode::TooMany
        | ErrorCode::Unavailable
        | ErrorCode::Internal
        | ErrorCode::StaleTime
        | ErrorCode::Replayed
        | ErrorCode::BadSignature => true,
        ErrorCode::MalformedRequest
        | ErrorCode::BodyTooLarge
        | ErrorCode::TillUnknown
        | ErrorCode::CallerUnknown
        | ErrorCode::EnrolCodeWrong
        | ErrorCode::EnrolCodeUsed
        | ErrorCode::NotFound
        | ErrorCode::MeansNotOffered
        | ErrorCode::AmountInvalid
        | ErrorCode::KeyReused
        | ErrorCode::AttemptLive
        | ErrorCode::AlreadyPaid
        | ErrorCode::TenderClosed
        | ErrorCode::WrongState
        | ErrorCode::JournalGap
        | ErrorCode::JournalUnsigned => false,
    }
}

/// The key that was committed for the attempt; the same at every send.
fn key_to_send(watched: &Watched, call_id: u64) -> String {
    let key = watched.unsent.as_ref().unwrap_or(&watched.newest);
    if on(Mutant::FreshKeyPerSend) {
        let number: u64 = key.parse().unwrap_or(0);
        return number.wrapping_add(call_id).to_string();
    }
    key.clone()
}
