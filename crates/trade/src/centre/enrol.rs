//! How a till comes to belong to a store: a one-time code, and the key it will sign with.

use suanpan_domain::number::LONE_WORKER_MIN;
use suanpan_wire::enrol::{EnrolAnswer, EnrolRequest};
use suanpan_wire::error::ErrorCode;
use suanpan_wire::sign::{fingerprint_of_base64, hex, sha256};

use crate::fault::{Outcome, Refusal};
use crate::ledger::Ledger;
use crate::rows::store;
use crate::rows::till::{self, Till};

/// The highest worker number a till is given; those above are drawn by tills without a centre.
const WORKER_MAX: i64 = LONE_WORKER_MIN as i64 - 1;

/// What is kept of a code.
#[must_use]
pub fn code_hash(code: &str) -> String {
    hex(&sha256(
        format!("SUANPAN1-INVITE\n{}\n", code.trim().to_uppercase()).as_bytes(),
    ))
}

/// Enrols the key, or answers the same again for the same code and key.
///
/// # Errors
/// `enrol_code_wrong`, `enrol_code_used`, `malformed_request`, and those of the database.
pub fn enrol(ledger: &mut Ledger<'_>, centre_key: &str, request: &EnrolRequest) -> Outcome<EnrolAnswer> {
    // Also the form of the key is checked: it is compared as text ever after.
    if request.public_key.len() != 44 || fingerprint_of_base64(&request.public_key).is_none() {
        return Err(ErrorCode::MalformedRequest.into());
    }
    let hash = code_hash(&request.code);
    let invite =
        store::invite_locked(ledger.tx(), &hash)?.ok_or_else(|| Refusal::new(ErrorCode::EnrolCodeWrong))?;
    let till = match invite.used_by {
        Some(till_id) => {
            let by_whom = till::find(ledger.tx(), till_id)?;
            by_whom
                .filter(|till| till.public_key == request.public_key && till.revoked_at_ms.is_none())
                .ok_or_else(|| Refusal::new(ErrorCode::EnrolCodeUsed))?
        }
        None if ledger.now_ms > invite.expires_at_ms => return Err(ErrorCode::EnrolCodeWrong.into()),
        None => admit(ledger, &hash, invite.store_id, &request.public_key)?,
    };
    answer(ledger, centre_key, &till)
}

fn admit(ledger: &mut Ledger<'_>, hash: &str, store_id: i64, public_key: &str) -> Outcome<Till> {
    if till::by_key(ledger.tx(), public_key)?.is_some() {
        return Err(ErrorCode::EnrolCodeUsed.into());
    }
    let (tills, worker) = till::counts(ledger.tx(), store_id)?;
    if worker >= WORKER_MAX {
        return Err(ErrorCode::Unavailable.into());
    }
    let admitted = Till {
        till_id: ledger.mint()?,
        store_id,
        label: (tills + 1).to_string(),
        worker: worker + 1,
        public_key: public_key.to_owned(),
        revoked_at_ms: None,
    };
    let now_ms = ledger.now_ms;
    till::insert(ledger.tx(), &admitted, now_ms)?;
    store::use_invite(ledger.tx(), hash, admitted.till_id)?;
    ledger.audit(
        "centre",
        "till_enrolled",
        &format!("till {} of store {store_id}", admitted.till_id),
    )?;
    Ok(admitted)
}

fn answer(ledger: &mut Ledger<'_>, centre_key: &str, till: &Till) -> Outcome<EnrolAnswer> {
    let store = store::find(ledger.tx(), till.store_id)?.ok_or_else(|| Refusal::new(ErrorCode::Internal))?;
    Ok(EnrolAnswer {
        till_id: till.till_id.to_string(),
        store_id: store.store_id.to_string(),
        till_label: till.label.clone(),
        worker: u16::try_from(till.worker).map_err(|_| Refusal::new(ErrorCode::Internal))?,
        store_name: store.name,
        zone: store.zone,
        cutoff_minutes: u16::try_from(store.cutoff_minutes).unwrap_or(0),
        centre_key: centre_key.to_owned(),
        centre_time_ms: ledger.now_ms,
    })
}
