//! Signed requests: who asks, whether the answer may be given, and the signature under every answer.
//!
//! `begin` commits what is asked for; where calls to the platform should be made before answering, or a
//! change waited for, it hands out a ticket, and `finish` answers with the state as it is then.

use serde::Serialize;
use serde::de::DeserializeOwned;
use suanpan_wire::enrol::EnrolRequest;
use suanpan_wire::error::ErrorCode;
use suanpan_wire::journal::{Batch, Hello};
use suanpan_wire::sign::{
    AnswerParts, NONCE_HEADER, NONCE_LEN_MAX, RequestParts, SIGNATURE_HEADER, TILL_HEADER, TIME_HEADER,
    TIME_WINDOW_MS, verify,
};
use suanpan_wire::stream::ChangesAnswer;
use suanpan_wire::tender::{AskRefund, CloseTender, CreateAttempt, LateChoice, QueryTender};

use super::calls::WorkId;
use super::guard::Who;
use super::news::{self, Cursor};
use super::route::{Route, tender as read_number};
use super::tender::{self, Closing, Creating, Wanted};
use super::{Centre, enrol, inbox};
use crate::db::{Db, DbError};
use crate::fault::{Fault, Outcome, Refusal};
use crate::http::{Reply, Request, names_nul};
use crate::ledger::Ledger;
use crate::rows::stream;
use crate::rows::till::{self, Till};

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// Answered.
    Reply(Reply),
    /// The calls of the ticket should be made first, within the caller's patience.
    Work(Ticket),
    /// A change should be waited for, until the ticket's time.
    WaitForChange(Ticket),
}

/// A request that is not answered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Rows whose due calls should be made.
    pub works: Vec<WorkId>,
    /// Till that asks.
    pub till_id: i64,
    /// Last moment to wait for a change.
    pub until_ms: i64,
    nonce: String,
    about: About,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum About {
    Tender(i64),
    Changes(Cursor),
}

enum Decided {
    Answer(u16, Vec<u8>),
    Work(Till, i64, Vec<WorkId>),
    Wait(Till, Cursor, u32),
}

/// A request whose signature fits.
struct Signed<'a> {
    nonce: &'a str,
    public_key: String,
}

impl<D: Db> Centre<D> {
    /// Takes a request to `/v1/…` in.
    pub fn begin(&self, request: &Request, now_ms: i64) -> Begun {
        let nonce = nonce_of(request).unwrap_or_default().to_owned();
        match self.decide(request, now_ms) {
            Ok(Decided::Answer(status, body)) => Begun::Reply(self.signed(&nonce, status, body)),
            Ok(Decided::Work(till, tender_no, works)) => Begun::Work(Ticket {
                works,
                till_id: till.till_id,
                until_ms: now_ms,
                nonce,
                about: About::Tender(tender_no),
            }),
            Ok(Decided::Wait(till, cursor, wait_ms)) => Begun::WaitForChange(Ticket {
                works: Vec::new(),
                till_id: till.till_id,
                until_ms: now_ms + i64::from(wait_ms),
                nonce,
                about: About::Changes(cursor),
            }),
            Err(fault) => Begun::Reply(self.refusal(&nonce, &fault, now_ms)),
        }
    }

    /// Whether a ticket that waits for a change has one to tell.
    pub fn has_news(&self, ticket: &Ticket) -> bool {
        match ticket.about {
            About::Tender(_) => true,
            About::Changes(cursor) => match self.changes(ticket.till_id, cursor, 0) {
                Ok(answer) => tells_something(&answer),
                // Also a failure is news: the till must not wait for nothing.
                Err(_) => true,
            },
        }
    }

    /// Answers a ticket with the state as it is now.
    pub fn finish(&self, ticket: Ticket, now_ms: i64) -> Reply {
        let answer = match ticket.about {
            About::Tender(tender_no) => {
                tender::view_now(&self.db, ticket.till_id, tender_no).and_then(|view| json(&view))
            }
            About::Changes(cursor) => self
                .changes(ticket.till_id, cursor, now_ms)
                .and_then(|answer| json(&answer)),
        };
        match answer {
            Ok(body) => self.signed(&ticket.nonce, 200, body),
            Err(fault) => self.refusal(&ticket.nonce, &fault, now_ms),
        }
    }

    /// Answers a request that the network's door turned away before it was read whole.
    pub fn turned_away(&self, request: &Request, code: ErrorCode, now_ms: i64) -> Reply {
        let nonce = nonce_of(request).unwrap_or_default();
        self.refusal(nonce, &Fault::from(code), now_ms)
    }

    fn changes(&self, till_id: i64, cursor: Cursor, now_ms: i64) -> Outcome<ChangesAnswer> {
        self.db.read(|tx| {
            // It may have been revoked while it waited.
            let till = till::find(tx, till_id)?.filter(|till| till.revoked_at_ms.is_none());
            let till = till.ok_or_else(|| Refusal::new(ErrorCode::TillUnknown))?;
            Ok(news::changes(tx, &till, cursor, now_ms)?)
        })
    }

    fn decide(&self, request: &Request, now_ms: i64) -> Outcome<Decided> {
        let route = Route::parse(&request.method, &request.path_and_query)?;
        if request.body.len() > route.body_bytes_max() {
            return Err(ErrorCode::BodyTooLarge.into());
        }
        if route == Route::Enrol {
            return self.enrol(request, now_ms);
        }
        let till = self.authenticate(request, &route, now_ms)?;
        self.decide_for(till, &route, request, now_ms)
    }

    fn decide_for(&self, till: Till, route: &Route, request: &Request, now_ms: i64) -> Outcome<Decided> {
        match route {
            Route::Enrol => self.enrol(request, now_ms),
            Route::Hello => {
                read::<Hello>(request)?;
                let answer = self
                    .db
                    .read(|tx| news::hello(tx, &self.settings, &till, now_ms))?;
                Ok(Decided::Answer(200, json(&answer)?))
            }
            Route::SendJournal => {
                let batch = read::<Batch>(request)?;
                let answer = self.commit_for(&till, now_ms, |ledger| {
                    refuse_of_before(ledger, time_of(request))?;
                    inbox::receive(ledger, &self.settings, &till, &batch)
                })?;
                Ok(Decided::Answer(200, json(&answer)?))
            }
            Route::ReadJournal { epoch, since } => {
                let answer = self.db.read(|tx| news::own_entries(tx, &till, *epoch, *since))?;
                Ok(Decided::Answer(200, json(&answer)?))
            }
            Route::Changes { cursor, wait_ms } => {
                let answer = self.db.read(|tx| news::changes(tx, &till, *cursor, now_ms))?;
                if *wait_ms > 0 && !tells_something(&answer) {
                    return Ok(Decided::Wait(till, *cursor, *wait_ms));
                }
                Ok(Decided::Answer(200, json(&answer)?))
            }
            Route::Attempt {
                tender_no,
                attempt_key,
            } => self.attempt(till, *tender_no, attempt_key, request, now_ms),
            Route::Query { tender_no } => {
                read::<QueryTender>(request)?;
                let works =
                    self.commit_for(&till, now_ms, |ledger| tender::query(ledger, &till, *tender_no))?;
                Ok(Decided::Work(till, *tender_no, works))
            }
            Route::Close { tender_no } => {
                let closing = read::<CloseTender>(request)?;
                let close = |ledger: &mut Ledger<'_>| {
                    tender::close(ledger, &self.settings, &till, *tender_no, &closing)
                };
                match self.commit_for(&till, now_ms, close)? {
                    Closing::Work(works) => Ok(Decided::Work(till, *tender_no, works)),
                    Closing::Buried => Err(ErrorCode::NotFound.into()),
                }
            }
            Route::Refund { tender_no, refund_no } => {
                let ask = read::<AskRefund>(request)?;
                let works = self.commit_for(&till, now_ms, |ledger| {
                    tender::refund(ledger, &till, *tender_no, *refund_no, ask)
                })?;
                Ok(Decided::Work(till, *tender_no, works))
            }
            Route::Late { tender_no } => {
                let choice = read::<LateChoice>(request)?;
                self.commit_for(&till, now_ms, |ledger| {
                    tender::late(ledger, &till, *tender_no, choice)
                })?;
                Ok(Decided::Work(till, *tender_no, Vec::new()))
            }
        }
    }

    /// Runs a command that a till asks for, one after another of that till.
    fn commit_for<T>(
        &self,
        till: &Till,
        now_ms: i64,
        mut command: impl FnMut(&mut Ledger<'_>) -> Outcome<T>,
    ) -> Outcome<T> {
        self.commit(now_ms, |ledger| {
            till::lock(ledger.tx(), till.till_id)?;
            command(ledger)
        })
    }

    fn attempt(
        &self,
        till: Till,
        tender_no: i64,
        attempt_key: &str,
        request: &Request,
        now_ms: i64,
    ) -> Outcome<Decided> {
        let body = read::<CreateAttempt>(request)?;
        let wanted = Wanted {
            tender_no,
            attempt_key,
            order_no: read_number(&body.order_no)?,
            body: &body,
        };
        let creating = self.commit_for(&till, now_ms, |ledger| {
            tender::create(ledger, &self.settings, &till, &wanted)
        })?;
        if let (Creating::Work(works), Some(code)) = (&creating, &body.payment_code) {
            for work in works {
                match work {
                    WorkId::Trade(trade_no) => self.codes().put(*trade_no, code.clone()),
                    WorkId::Refund(_) => {}
                }
            }
        }
        match creating {
            Creating::Work(works) => Ok(Decided::Work(till, tender_no, works)),
            Creating::Ended => Err(ErrorCode::TenderClosed.into()),
        }
    }

    /// An enrolment is signed by the key that it carries.
    fn enrol(&self, request: &Request, now_ms: i64) -> Outcome<Decided> {
        self.guard().allows_enrolling(now_ms)?;
        let body = read::<EnrolRequest>(request)?;
        let signed = Signed {
            nonce: nonce_of(request)?,
            public_key: body.public_key.clone(),
        };
        check_signature(request, &signed, now_ms)?;
        let centre_key = self.identity.public_base64();
        let answer = self.commit(now_ms, |ledger| enrol::enrol(ledger, &centre_key, &body));
        if let Err(Fault::Refused(refusal)) = &answer
            && refusal.code == ErrorCode::EnrolCodeWrong
        {
            self.guard().count(Who::Guessing, now_ms)?;
        }
        Ok(Decided::Answer(200, json(&answer?)?))
    }

    fn authenticate(&self, request: &Request, route: &Route, now_ms: i64) -> Outcome<Till> {
        let nonce = nonce_of(request)?;
        let till_id = request
            .header(TILL_HEADER)
            .and_then(|text| read_number(text).ok());
        let till_id = till_id.ok_or_else(|| Refusal::new(ErrorCode::BadSignature))?;
        let till = self.db.read(|tx| till::find(tx, till_id))?;
        let till = till
            .filter(|till| till.revoked_at_ms.is_none())
            .ok_or_else(|| Refusal::new(ErrorCode::TillUnknown))?;
        let signed = Signed {
            nonce,
            public_key: till.public_key.clone(),
        };
        check_signature(request, &signed, now_ms)?;
        let mut guard = self.guard();
        guard.count(Who::Till(till_id), now_ms)?;
        if !route.carries_its_key() {
            guard.remember(till_id, nonce, now_ms)?;
        }
        drop(guard);
        Ok(till)
    }

    fn signed(&self, nonce: &str, status: u16, body: Vec<u8>) -> Reply {
        let parts = AnswerParts {
            nonce,
            status,
            body: &body,
        };
        let signature = self.identity.sign(&parts.canonical());
        let mut reply = Reply::json(status, body);
        reply.headers.push((SIGNATURE_HEADER.to_owned(), signature));
        reply
    }

    fn refusal(&self, nonce: &str, fault: &Fault, now_ms: i64) -> Reply {
        let refusal = match fault {
            Fault::Refused(refusal) => refusal.clone(),
            Fault::Db(error) => {
                tracing::error!(%error, "a request failed");
                Refusal::new(code_of(error))
            }
        };
        // An error body is names and texts; were it unwritable, an empty body would still be signed.
        let body = serde_json::to_vec(&refusal.body(now_ms)).unwrap_or_default();
        self.signed(nonce, refusal.code.status(), body)
    }
}

/// What a till asks again for by itself, and what is a fault of ours.
const fn code_of(error: &DbError) -> ErrorCode {
    match error {
        DbError::Unreachable(_) | DbError::CommitUnknown(_) => ErrorCode::Unavailable,
        DbError::Failed(_) | DbError::Damaged(_) | DbError::NewerSchema { .. } => ErrorCode::Internal,
    }
}

fn tells_something(answer: &ChangesAnswer) -> bool {
    match answer {
        ChangesAnswer::Changes { changes, .. } => !changes.is_empty(),
        ChangesAnswer::Snapshot { .. } => true,
    }
}

fn nonce_of(request: &Request) -> Result<&str, Refusal> {
    request
        .header(NONCE_HEADER)
        .filter(|nonce| !nonce.is_empty() && nonce.len() <= NONCE_LEN_MAX)
        .ok_or_else(|| Refusal::new(ErrorCode::BadSignature))
}

/// The signature is checked before the time: a stale time is told only to who can prove who asks.
fn check_signature(request: &Request, signed: &Signed<'_>, now_ms: i64) -> Result<(), Refusal> {
    let bad = || Refusal::new(ErrorCode::BadSignature);
    let signature = request.header(SIGNATURE_HEADER).ok_or_else(bad)?;
    let time_ms = time_of(request);
    let parts = RequestParts {
        method: &request.method,
        path: &request.path_and_query,
        time_ms: time_ms.ok_or_else(bad)?,
        nonce: signed.nonce,
        body: &request.body,
    };
    if !verify(&signed.public_key, &parts.canonical(), signature) {
        return Err(bad());
    }
    if parts.time_ms.abs_diff(now_ms) > TIME_WINDOW_MS.unsigned_abs() {
        return Err(Refusal::new(ErrorCode::StaleTime));
    }
    Ok(())
}

/// Refuses a batch that was sent before this generation of the books began, and lay somewhere since: a centre that was put
/// back to an older copy is filled by its tills from where the copy ends, and a later part that came first would hide what
/// is still to come. A till whose clock is behind hears what time it is. A clock of ours that was set back since refuses
/// nobody.
fn refuse_of_before(ledger: &mut Ledger<'_>, sent_at_ms: Option<i64>) -> Outcome<()> {
    let began_at_ms = stream::generation(ledger.tx())?;
    let is_before = ledger.now_ms >= began_at_ms && sent_at_ms.is_some_and(|sent_ms| sent_ms < began_at_ms);
    if is_before {
        return Err(ErrorCode::StaleTime.into());
    }
    Ok(())
}

/// When the sender says that it sent a request.
fn time_of(request: &Request) -> Option<i64> {
    request.header(TIME_HEADER)?.parse().ok()
}

fn read<T: DeserializeOwned>(request: &Request) -> Result<T, Refusal> {
    if names_nul(&request.body) {
        return Err(Refusal::new(ErrorCode::MalformedRequest).with("what", "a text has the character U+0000"));
    }
    serde_json::from_slice(&request.body)
        .map_err(|error| Refusal::new(ErrorCode::MalformedRequest).with("what", error))
}

fn json<T: Serialize>(answer: &T) -> Outcome<Vec<u8>> {
    serde_json::to_vec(answer).map_err(|error| {
        tracing::error!(%error, "an answer cannot be written");
        Fault::from(ErrorCode::Internal)
    })
}
