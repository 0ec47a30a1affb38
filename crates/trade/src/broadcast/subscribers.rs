//! What an operator does about subscribers. Every command is audited and runs beside a serving centre.

use suanpan_wire::broadcast::BroadcastKey;
use suanpan_wire::error::ErrorCode;

use super::webhook;
use crate::fault::{Outcome, Refusal};
use crate::ledger::Ledger;
use crate::rows::delivery;
use crate::rows::subscriber::{self, Subscriber, Way};

/// Longest name of a queue at the broker, and of a subscriber here.
const NAME_BYTES_MAX: usize = 255;

/// A subscriber to be added.
#[derive(Clone, Debug)]
pub struct NewSubscriber {
    /// What people call it.
    pub name: String,
    /// By what way.
    pub way: Way,
    /// The queue, or the address.
    pub target: String,
    /// What it wants to hear.
    pub keys: Vec<BroadcastKey>,
    /// Where the secret of its signature is; webhooks need one.
    pub secret_ref: Option<String>,
}

fn malformed(what: &str) -> Refusal {
    Refusal::new(ErrorCode::MalformedRequest).with("what", what)
}

/// Adds a subscriber; it hears of what is committed from now on. One that is there as it is wanted stays.
///
/// # Errors
/// `malformed_request`, also for a queue that somebody else has; `key_reused` for the name of another one; those of the
/// database.
pub fn add(ledger: &mut Ledger<'_>, by: &str, new: &NewSubscriber) -> Outcome<i64> {
    check(new)?;
    let mut keys = new.keys.clone();
    keys.sort_unstable();
    keys.dedup();
    if let Some(held) = subscriber::by_name(ledger.tx(), &new.name)? {
        let same = held.way == new.way
            && held.target == new.target
            && held.keys == keys
            && held.secret_ref == new.secret_ref;
        return if same {
            Ok(held.subscriber_id)
        } else {
            Err(Refusal::new(ErrorCode::KeyReused).with("name", &new.name).into())
        };
    }
    if new.way == Way::Queue
        && subscriber::all(ledger.tx())?
            .iter()
            .any(|other| is_at(other, &new.target))
    {
        return Err(malformed("queue").with("taken", &new.target).into());
    }
    let subscriber = Subscriber {
        subscriber_id: ledger.mint()?,
        name: new.name.clone(),
        way: new.way,
        target: new.target.clone(),
        keys,
        secret_ref: new.secret_ref.clone(),
        paused: false,
        created_at_ms: ledger.now_ms,
    };
    if !subscriber::insert(ledger.tx(), &subscriber)? {
        return Err(Refusal::new(ErrorCode::KeyReused).with("name", &new.name).into());
    }
    let detail = format!("{} ({} {})", new.name, new.way.name(), new.target);
    ledger.audit(by, "subscriber_added", &detail)?;
    Ok(subscriber.subscriber_id)
}

/// Whether that queue is a subscriber's already: what one of two has heard, the other would count as delivered.
fn is_at(other: &Subscriber, queue: &str) -> bool {
    other.way == Way::Queue && other.target == queue
}

/// Takes a subscriber out, with all that was to be told to it; how much of that it had not heard. Its queue stays at the
/// broker, for a person to remove.
///
/// # Errors
/// `not_found`; `wrong_state` while it is not paused; those of the database.
pub fn remove(ledger: &mut Ledger<'_>, by: &str, name: &str) -> Outcome<i64> {
    let held = subscriber::by_name(ledger.tx(), name)?.ok_or_else(|| Refusal::new(ErrorCode::NotFound))?;
    if !held.paused {
        return Err(Refusal::new(ErrorCode::WrongState).with("paused", false).into());
    }
    let unheard = delivery::remove_all(ledger.tx(), held.subscriber_id)?;
    subscriber::remove(ledger.tx(), held.subscriber_id)?;
    let detail = format!(
        "{name} ({} {}), {unheard} not heard",
        held.way.name(),
        held.target
    );
    ledger.audit(by, "subscriber_removed", &detail)?;
    Ok(unheard)
}

fn check(new: &NewSubscriber) -> Outcome<()> {
    let named = |text: &str| !text.trim().is_empty() && text.len() <= NAME_BYTES_MAX;
    if !named(&new.name) {
        return Err(malformed("name").into());
    }
    if new.keys.is_empty() {
        return Err(malformed("keys").into());
    }
    match new.way {
        Way::Queue if !named(&new.target) => Err(malformed("queue").into()),
        Way::Queue => Ok(()),
        Way::Webhook if !webhook::is_safe_address(&new.target) => Err(malformed("url").into()),
        Way::Webhook => match new.secret_ref.as_deref().map(webhook::Secret::read) {
            Some(Ok(_)) => Ok(()),
            Some(Err(problem)) => Err(malformed("secret").with("problem", problem).into()),
            None => Err(malformed("secret").into()),
        },
    }
}

/// Stops a subscriber, or lets it go on: then all that has waited is due at once.
///
/// # Errors
/// `not_found`, and those of the database.
pub fn set_paused(ledger: &mut Ledger<'_>, by: &str, name: &str, paused: bool) -> Outcome<()> {
    let held = subscriber::by_name(ledger.tx(), name)?.ok_or_else(|| Refusal::new(ErrorCode::NotFound))?;
    let now_ms = ledger.now_ms;
    subscriber::set_paused(ledger.tx(), held.subscriber_id, paused)?;
    if !paused {
        delivery::make_due(ledger.tx(), held.subscriber_id, now_ms)?;
    }
    let action = if paused {
        "subscriber_paused"
    } else {
        "subscriber_resumed"
    };
    ledger.audit(by, action, name)?;
    Ok(())
}
