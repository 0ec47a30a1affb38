//! Enrolment: one line, one request, one answer that proves itself.

use std::time::Duration;

use suanpan_wire::enrol::{EnrolAnswer, EnrolLineError, EnrolRequest, Invitation};
use suanpan_wire::error::{ErrorBody, ErrorCode};
use suanpan_wire::sign::{SigningKey, fingerprint_of_base64};

use super::sign::{self, Stamp};
use super::transport::{self, Came};
use crate::rpc::{Code, Problem};
use crate::sync::LinkFault;

/// How long a person waits in front of the line they pasted.
const ENROL_LIMIT: Duration = Duration::from_secs(8);
/// Where it goes.
const PATH: &str = "/v1/enrol";

/// Reads a line as pasted, or its short form for a centre on this machine.
///
/// # Errors
/// [`Code::EnrolLineMalformed`], with `address` when that centre needs the whole line.
pub fn read_line(text: &str) -> Result<Invitation, Problem> {
    Invitation::parse(text).map_err(|error| {
        let problem = Problem::new(Code::EnrolLineMalformed);
        match error {
            EnrolLineError::FingerprintNeeded { address } => problem.with("address", address),
            EnrolLineError::Malformed | EnrolLineError::PlainHttp => problem,
        }
    })
}

/// Asks the centre of `line` to take this till. Asking again with the same key is answered the same.
///
/// # Errors
/// [`Code::CentreUnreachable`], [`Code::CentreNotTheOne`], [`Code::EnrolCodeWrong`],
/// [`Code::EnrolCodeUsed`].
pub async fn ask(line: &Invitation, key: &SigningKey, stamp: &Stamp) -> Result<EnrolAnswer, Problem> {
    match ask_once(line, key, stamp).await? {
        Said::Yes(answer) => Ok(answer),
        Said::OtherTime(time_ms) => {
            // The nonce may have been seen; one character more makes it another.
            let nonce = format!("{}x", stamp.nonce);
            match ask_once(line, key, &Stamp { time_ms, nonce }).await? {
                Said::Yes(answer) => Ok(answer),
                Said::OtherTime(_) => Err(Problem::new(Code::CentreNotTheOne)),
            }
        }
    }
}

enum Said {
    Yes(EnrolAnswer),
    OtherTime(i64),
}

async fn ask_once(line: &Invitation, key: &SigningKey, stamp: &Stamp) -> Result<Said, Problem> {
    let came = send(line, key, stamp)
        .await
        .map_err(|fault| problem(line, &fault))?;
    if came.status == 200 {
        return believe(line, stamp, &came).map(Said::Yes);
    }
    let not_the_one = || Problem::new(Code::CentreNotTheOne);
    let refusal: ErrorBody = serde_json::from_slice(&came.body).map_err(|_| not_the_one())?;
    match refusal.code {
        ErrorCode::StaleTime => Ok(Said::OtherTime(refusal.centre_time_ms)),
        ErrorCode::EnrolCodeWrong => Err(Problem::new(Code::EnrolCodeWrong)),
        ErrorCode::EnrolCodeUsed => Err(Problem::new(Code::EnrolCodeUsed)),
        ErrorCode::TooMany | ErrorCode::Unavailable | ErrorCode::Internal => {
            Err(problem(line, &LinkFault::Unreachable))
        }
        ErrorCode::MalformedRequest
        | ErrorCode::BodyTooLarge
        | ErrorCode::BadSignature
        | ErrorCode::Replayed
        | ErrorCode::TillUnknown
        | ErrorCode::CallerUnknown
        | ErrorCode::NotFound
        | ErrorCode::MeansNotOffered
        | ErrorCode::AmountInvalid
        | ErrorCode::KeyReused
        | ErrorCode::AttemptLive
        | ErrorCode::AlreadyPaid
        | ErrorCode::TenderClosed
        | ErrorCode::WrongState
        | ErrorCode::JournalGap
        | ErrorCode::JournalUnsigned => Err(not_the_one()),
    }
}

async fn send(line: &Invitation, key: &SigningKey, stamp: &Stamp) -> Result<Came, LinkFault> {
    let request = EnrolRequest {
        code: line.code.clone(),
        public_key: key.public_base64(),
    };
    let body = serde_json::to_vec(&request).map_err(|_| LinkFault::Unreachable)?;
    // Without a fingerprint it goes over plain http, where no certificate is shown; no key has this pin.
    let pinned = line.fingerprint.as_deref().unwrap_or_default();
    let client = transport::client(pinned).map_err(|_| LinkFault::Unreachable)?;
    let request = client
        .post(format!("{}{PATH}", line.address))
        .timeout(ENROL_LIMIT);
    let headers = sign::headers("", key, "POST", PATH, &body, stamp);
    let request = transport::with_body(transport::with_headers(request, headers), &body);
    let response = request.send().await.map_err(|error| transport::fault(&error))?;
    transport::came(response).await
}

/// The answer names the centre's key: it must be the one of the line, where the line names one, and have
/// signed the answer.
fn believe(line: &Invitation, stamp: &Stamp, came: &Came) -> Result<EnrolAnswer, Problem> {
    let not_the_one = || Problem::new(Code::CentreNotTheOne);
    let answer: EnrolAnswer = serde_json::from_slice(&came.body).map_err(|_| not_the_one())?;
    let named = fingerprint_of_base64(&answer.centre_key).ok_or_else(not_the_one)?;
    let is_its_key = line.fingerprint.as_ref().is_none_or(|pinned| *pinned == named);
    if is_its_key && sign::is_signed_by(&answer.centre_key, stamp, &came.raw()) {
        Ok(answer)
    } else {
        Err(not_the_one())
    }
}

fn problem(line: &Invitation, fault: &LinkFault) -> Problem {
    match fault {
        LinkFault::Unverified => Problem::new(Code::CentreNotTheOne),
        LinkFault::Unreachable
        | LinkFault::TimedOut
        | LinkFault::StaleClock { .. }
        | LinkFault::Refused { .. }
        | LinkFault::NotSaved => Problem::new(Code::CentreUnreachable).with("address", &line.address),
    }
}
