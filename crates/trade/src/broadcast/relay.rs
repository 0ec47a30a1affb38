//! Which deliveries are due, and what becomes of a try. Retries have a longest delay and no largest count: a
//! person may pause a subscriber, nothing else ends them.

use crate::db::{DbError, Tx};
use crate::fault::Outcome;
use crate::ledger::Ledger;
use crate::rows::delivery::{self, Delivery};
use crate::rows::subscriber::{self, Subscriber, Way};

/// Waiting times at the broker; the last repeats. A broker that is back is not kept waiting for long.
const QUEUE_DELAYS_MS: &[i64] = &[1_000, 2_000, 5_000, 10_000, 30_000, 60_000];
/// Waiting times at a webhook; the last repeats. The first ones bridge a restart, the long ones an outage over
/// a weekend without a flood at its end.
const WEBHOOK_DELAYS_MS: &[i64] = &[
    5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000, 10_800_000, 21_600_000,
];
/// What is kept of a reason.
const PROBLEM_CHARS_MAX: usize = 300;

/// A claimed delivery and who it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// What.
    pub delivery: Delivery,
    /// To whom.
    pub subscriber: Subscriber,
}

/// What became of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// The subscriber, or its queue, has it for good.
    Delivered,
    /// It has not, or nobody knows; with the reason.
    InVain(String),
}

/// How long until the next try.
fn delay_ms(way: Way, tried: i64) -> i64 {
    let delays = match way {
        Way::Queue => QUEUE_DELAYS_MS,
        Way::Webhook => WEBHOOK_DELAYS_MS,
    };
    let at = usize::try_from(tried).unwrap_or(usize::MAX);
    delays[at.min(delays.len() - 1)]
}

/// Subscribers of a way, paused ones too.
///
/// # Errors
/// Those of the database.
pub fn subscribers(tx: &mut dyn Tx, way: Way) -> Outcome<Vec<Subscriber>> {
    let all = subscriber::all(tx)?;
    Ok(all
        .into_iter()
        .filter(|subscriber| subscriber.way == way)
        .collect())
}

/// What is due for a subscriber, without claiming it; nothing while it is paused.
///
/// # Errors
/// Those of the database.
pub fn due(tx: &mut dyn Tx, subscriber: &Subscriber, now_ms: i64, limit: usize) -> Outcome<Vec<String>> {
    if subscriber.paused {
        return Ok(Vec::new());
    }
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(delivery::due(tx, subscriber.subscriber_id, now_ms, limit)?)
}

/// Claims what was found due and is still free.
///
/// # Errors
/// Those of the database.
pub fn claim(ledger: &mut Ledger<'_>, due: &[(Subscriber, Vec<String>)]) -> Outcome<Vec<Claimed>> {
    let now_ms = ledger.now_ms;
    let mut claimed = Vec::new();
    for (subscriber, events) in due {
        for event_id in events {
            let taken = match delivery::claim(ledger.tx(), event_id, subscriber.subscriber_id, now_ms) {
                Err(DbError::Damaged(problem)) => {
                    // Its claim runs out, and it is looked at again; it keeps nobody else's events.
                    tracing::error!(
                        event_id,
                        subscriber = subscriber.name,
                        problem,
                        "an event cannot be read"
                    );
                    continue;
                }
                taken => taken?,
            };
            claimed.extend(taken.map(|delivery| Claimed {
                delivery,
                subscriber: subscriber.clone(),
            }));
        }
    }
    Ok(claimed)
}

/// Notes what became of tries.
///
/// # Errors
/// Those of the database.
pub fn settle(ledger: &mut Ledger<'_>, tries: &[(Claimed, Told)]) -> Outcome<()> {
    let now_ms = ledger.now_ms;
    for (claimed, told) in tries {
        let delivery = &claimed.delivery;
        match told {
            Told::Delivered => delivery::delivered(ledger.tx(), delivery, now_ms)?,
            Told::InVain(problem) => {
                let next_ms = now_ms + delay_ms(claimed.subscriber.way, delivery.tried);
                let problem: String = problem.chars().take(PROBLEM_CHARS_MAX).collect();
                delivery::put_off(ledger.tx(), delivery, next_ms, &problem)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_grows_to_its_longest_and_stays_there() {
        assert_eq!(delay_ms(Way::Queue, 0), 1_000);
        assert_eq!(delay_ms(Way::Queue, 5), 60_000);
        assert_eq!(delay_ms(Way::Queue, 1_000_000), 60_000);
        assert_eq!(delay_ms(Way::Webhook, 1), 30_000);
        assert_eq!(delay_ms(Way::Webhook, i64::MAX), 21_600_000);
    }
}
