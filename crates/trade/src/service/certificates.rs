//! Asking a platform for its certificates, because a person wants to see them. What it hands out is judged by the
//! account's client; nothing is taken up here.

use anyhow::{Context, Result};
use suanpan_channels::certificates::HandedOut;

use super::{clock, system_rng};
use crate::caller::{CallLimits, Caller, Errand};
use crate::merchants;
use crate::rng::signed_at;
use crate::rows::pay_channel::PayChannel;

/// What the platform of an account hands out now: the certificate of that name, or all that it uses, where it takes no
/// name. Those whose time is over are left out.
///
/// # Errors
/// With a sentence for the operator: the account's keys cannot be used, the platform has no certificates or does not
/// answer, or what it hands out is not to be believed.
pub async fn fetch(row: &PayChannel, name: Option<&str>) -> Result<Vec<HandedOut>> {
    let channel = merchants::open(row).context("the account's keys cannot be used")?;
    let certificates = channel
        .certificates()
        .context("this platform hands out no certificates")?;
    let at = signed_at(&system_rng, clock::now_ms());
    let request = certificates.certificates_request(name, at)?;
    let caller = Caller::try_new(CallLimits::default())?;
    let errand = Errand::of_certificates(channel.label(), row.enterprise_id);
    let reply = caller.send(&errand, request, clock::now_ms).await;
    let outcome = reply.as_ref().map_err(Clone::clone);
    Ok(certificates.certificates_read(name, outcome, clock::now_ms())?)
}
