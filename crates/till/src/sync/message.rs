//! A call as bytes of the wire, and bytes of the wire as an answer. Signing and verifying them belongs to
//! the link; by the time an answer is read here, its signature has been checked.

use serde::de::DeserializeOwned;
use suanpan_wire::error::{ErrorBody, ErrorCode};
use suanpan_wire::journal::{Batch, Hello, Mark};
use suanpan_wire::stream::ChangesAnswer;
use suanpan_wire::tender::{AskRefund, CloseTender, CreateAttempt, LateChoice, QueryTender, TenderView};

use super::call::{Answer, Call, LinkFault};

/// A call as it goes out, unsigned. Its body may hold a payment code, so nothing prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// What it asks.
    pub call: Call,
    /// Upper-case method.
    pub method: &'static str,
    /// Path with query, from `/v1` on.
    pub path: String,
    /// JSON, or empty for a GET.
    pub body: Vec<u8>,
    /// First entry of the batch it carries: its epoch and sequence.
    first_entry: Option<(u32, u64)>,
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outgoing")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl Outgoing {
    fn get(call: Call, path: String) -> Self {
        Self {
            call,
            method: "GET",
            path,
            body: Vec::new(),
            first_entry: None,
        }
    }

    fn with_body(
        call: Call,
        method: &'static str,
        path: String,
        body: &impl serde::Serialize,
    ) -> Result<Self, serde_json::Error> {
        let body = serde_json::to_vec(body)?;
        Ok(Self {
            body,
            method,
            ..Self::get(call, path)
        })
    }

    /// `POST /v1/till/hello`.
    ///
    /// # Errors
    /// When the body cannot be written as JSON, which would be a bug; so for all of these.
    pub fn hello(head: Mark) -> Result<Self, serde_json::Error> {
        Self::with_body(Call::Hello, "POST", "/v1/till/hello".to_owned(), &Hello { head })
    }

    /// `POST /v1/till/journal`.
    ///
    /// # Errors
    /// As [`Outgoing::hello`].
    pub fn journal(call: Call, batch: &Batch) -> Result<Self, serde_json::Error> {
        let first_entry = batch.entries.first().map(|entry| (entry.epoch, entry.seq));
        let outgoing = Self::with_body(call, "POST", "/v1/till/journal".to_owned(), batch)?;
        Ok(Self {
            first_entry,
            ..outgoing
        })
    }

    /// `GET /v1/till/journal?epoch=&since=`.
    #[must_use]
    pub fn own_entries(after: &Mark) -> Self {
        let path = format!("/v1/till/journal?epoch={}&since={}", after.epoch, after.seq);
        Self::get(Call::OwnEntries { after: after.clone() }, path)
    }

    /// `GET /v1/till/changes`.
    #[must_use]
    pub fn changes(generation: u64, after: u64, wait_ms: u32) -> Self {
        let call = Call::Changes {
            generation,
            after,
            wait_ms,
        };
        let path = format!("/v1/till/changes?generation={generation}&after={after}&wait_ms={wait_ms}");
        Self::get(call, path)
    }

    /// `PUT /v1/tenders/{tender_no}/attempts/{attempt_key}`.
    ///
    /// # Errors
    /// As [`Outgoing::hello`].
    pub fn put_attempt(
        tender_no: &str,
        attempt_key: &str,
        attempt: &CreateAttempt,
    ) -> Result<Self, serde_json::Error> {
        let call = Call::PutAttempt {
            tender_no: tender_no.to_owned(),
            attempt_key: attempt_key.to_owned(),
        };
        let path = format!("/v1/tenders/{tender_no}/attempts/{attempt_key}");
        Self::with_body(call, "PUT", path, attempt)
    }

    /// `POST /v1/tenders/{tender_no}/close`.
    ///
    /// # Errors
    /// As [`Outgoing::hello`].
    pub fn close_tender(tender_no: &str, closing: &CloseTender) -> Result<Self, serde_json::Error> {
        let call = Call::CloseTender {
            tender_no: tender_no.to_owned(),
        };
        Self::with_body(call, "POST", format!("/v1/tenders/{tender_no}/close"), closing)
    }

    /// `POST /v1/tenders/{tender_no}/query`.
    ///
    /// # Errors
    /// As [`Outgoing::hello`].
    pub fn query_tender(tender_no: &str) -> Result<Self, serde_json::Error> {
        let call = Call::QueryTender {
            tender_no: tender_no.to_owned(),
        };
        Self::with_body(
            call,
            "POST",
            format!("/v1/tenders/{tender_no}/query"),
            &QueryTender {},
        )
    }

    /// `PUT /v1/tenders/{tender_no}/refunds/{refund_no}`.
    ///
    /// # Errors
    /// As [`Outgoing::hello`].
    pub fn put_refund(tender_no: &str, refund_no: &str, ask: AskRefund) -> Result<Self, serde_json::Error> {
        let call = Call::PutRefund {
            tender_no: tender_no.to_owned(),
            refund_no: refund_no.to_owned(),
        };
        Self::with_body(
            call,
            "PUT",
            format!("/v1/tenders/{tender_no}/refunds/{refund_no}"),
            &ask,
        )
    }

    /// `POST /v1/tenders/{tender_no}/late`.
    ///
    /// # Errors
    /// As [`Outgoing::hello`].
    pub fn decide_late(tender_no: &str, choice: LateChoice) -> Result<Self, serde_json::Error> {
        let call = Call::DecideLate {
            tender_no: tender_no.to_owned(),
        };
        Self::with_body(call, "POST", format!("/v1/tenders/{tender_no}/late"), &choice)
    }

    /// Reads a verified answer to it. `retry_after_ms` is the header, if there was one.
    ///
    /// # Errors
    /// [`LinkFault`]: a *no*, or something that is not an answer to this question.
    pub fn read(&self, status: u16, body: &[u8], retry_after_ms: Option<u32>) -> Result<Answer, LinkFault> {
        if !(200..300).contains(&status) {
            return Err(refusal(body, retry_after_ms));
        }
        match &self.call {
            Call::Hello => Ok(Answer::Hello(json(body)?)),
            Call::Journal { .. } => self.read_batch(body),
            Call::OwnEntries { .. } => Ok(Answer::OwnEntries(json(body)?)),
            Call::Changes {
                generation, after, ..
            } => read_changes(*generation, *after, body),
            Call::PutAttempt { tender_no, .. }
            | Call::CloseTender { tender_no }
            | Call::QueryTender { tender_no }
            | Call::PutRefund { tender_no, .. }
            | Call::DecideLate { tender_no } => read_tender(tender_no, body),
        }
    }

    fn read_batch(&self, body: &[u8]) -> Result<Answer, LinkFault> {
        let (epoch, first_seq) = self.first_entry.ok_or(LinkFault::Unverified)?;
        Ok(Answer::Journal {
            epoch,
            first_seq,
            answer: json(body)?,
        })
    }
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, LinkFault> {
    serde_json::from_slice(body).map_err(|_| LinkFault::Unverified)
}

fn refusal(body: &[u8], retry_after_ms: Option<u32>) -> LinkFault {
    match json::<ErrorBody>(body) {
        Ok(body) if body.code == ErrorCode::StaleTime => LinkFault::StaleClock {
            centre_time_ms: body.centre_time_ms,
        },
        Ok(body) => LinkFault::Refused { body, retry_after_ms },
        Err(fault) => fault,
    }
}

/// Changes must continue the asked position without a gap: a hole would be news lost for good.
fn read_changes(generation: u64, after: u64, body: &[u8]) -> Result<Answer, LinkFault> {
    let answer: ChangesAnswer = json(body)?;
    if let ChangesAnswer::Changes {
        generation: theirs,
        changes,
        ..
    } = &answer
    {
        let gapless = (after + 1..)
            .zip(changes)
            .all(|(position, change)| change.position == position);
        if *theirs != generation || !gapless {
            return Err(LinkFault::Unverified);
        }
    }
    Ok(Answer::Changes {
        generation,
        after,
        answer,
    })
}

fn read_tender(tender_no: &str, body: &[u8]) -> Result<Answer, LinkFault> {
    let view: TenderView = json(body)?;
    if view.tender_no == tender_no {
        Ok(Answer::Tender(view))
    } else {
        Err(LinkFault::Unverified)
    }
}
