//! Delivers what the outbox holds: rounds at the broker, single requests to webhooks.
//!
//! What is due and when it is tried again is decided in [`crate::broadcast`]. Several centre processes may do
//! this at once: each claims what it sends.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

use super::clock::now_ms;
use super::hand::Hand;
use crate::broadcast::broker::{Broker, BrokerAddress};
use crate::broadcast::relay::{Claimed, Told};
use crate::broadcast::webhook::{self, Secret};
use crate::caller::Caller;
use crate::centre::Centre;
use crate::db::AnyDb;
use crate::fault::Fault;
use crate::rows::subscriber::Way;

/// How often the outbox is looked at: a till's screen does not wait for it, a person at the next system does.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Looks in vain after which the queues are declared once more: a new subscriber finds its queue within seconds.
const LOOKS_PER_PREPARING: u32 = 15;
/// Messages of one subscriber in one round: what a local broker confirms within a few hundredths of a second.
const ROUND_MAX: usize = 64;
/// Requests under way to one webhook: a slow one holds up neither itself nor the others for long.
const REQUESTS_AT_ONCE_MAX: usize = 4;
/// Longest time a webhook may take to answer; what is slower has not heard, and is told again. Far below the time a
/// claim holds.
const ANSWER_MS_MAX: u64 = 8_000;
/// Waiting times before connecting again; the last repeats.
const CONNECT_DELAYS_MS: &[u64] = &[500, 1_000, 2_000, 5_000, 10_000];

/// Delivers for one centre process.
#[derive(Clone, Debug)]
pub struct Relay {
    hand: Hand,
}

impl Relay {
    /// A relay that ends when `stopping` says so.
    #[must_use]
    pub const fn new(hand: Hand) -> Self {
        Self { hand }
    }

    async fn core<T: Send + Default + 'static>(
        &self,
        work: impl FnOnce(&Centre<AnyDb>) -> Result<T, Fault> + Send + 'static,
    ) -> T {
        self.hand.core("outbox", work).await.unwrap_or_default()
    }

    async fn settle(&self, tries: Vec<(Claimed, Told)>) {
        for (claimed, told) in &tries {
            let (event_id, subscriber) = (&claimed.delivery.event_id, &claimed.subscriber.name);
            match told {
                Told::Delivered => tracing::debug!(event_id, subscriber, "delivered"),
                Told::InVain(problem) => {
                    tracing::warn!(event_id, subscriber, problem, "not delivered yet");
                }
            }
        }
        self.core(move |centre| centre.settle_deliveries(&tries, now_ms()))
            .await;
    }

    /// Delivers to queues until the centre stops; connects again for as long as that takes.
    pub async fn run_broker(mut self, address: BrokerAddress) {
        let mut broker: Option<Broker> = None;
        let mut lost = 0;
        let mut idle = 0;
        while !self.hand.is_stopping() {
            match broker.take().filter(Broker::is_connected) {
                Some(connected) => broker = Some(self.round(connected, &mut idle).await),
                None => match Broker::connect(&address).await {
                    Ok(connected) => {
                        tracing::info!(exchange = address.exchange, "connected with the broker");
                        (lost, idle) = (0, 0);
                        broker = Some(connected);
                    }
                    Err(error) => {
                        tracing::warn!(%error, "no connection with the broker; events wait");
                        let at = lost.min(CONNECT_DELAYS_MS.len() - 1);
                        lost += 1;
                        self.hand
                            .pause(Duration::from_millis(CONNECT_DELAYS_MS[at]))
                            .await;
                    }
                },
            }
        }
        if let Some(broker) = broker {
            broker.close().await;
        }
    }

    /// One round at the broker, or a pause when nothing is due. Whoever is new or was paused meanwhile is seen to
    /// also where nothing happens.
    async fn round(&mut self, mut broker: Broker, idle: &mut u32) -> Broker {
        let round = self
            .core(|centre| centre.claim_deliveries(Way::Queue, now_ms(), &|_| ROUND_MAX))
            .await;
        if round.is_empty() {
            if idle.is_multiple_of(LOOKS_PER_PREPARING) {
                let subscribers = self.core(|centre| centre.subscribers(Way::Queue)).await;
                broker.prepare(&subscribers).await;
            }
            *idle = idle.wrapping_add(1);
            self.hand.pause(LOOK_EVERY).await;
            return broker;
        }
        let subscribers = self.core(|centre| centre.subscribers(Way::Queue)).await;
        let told = broker.deliver(&subscribers, &round).await;
        self.settle(round.into_iter().zip(told).collect()).await;
        broker
    }

    /// Delivers to webhooks until the centre stops, each by itself.
    pub async fn run_webhooks(mut self) {
        let mut requests: JoinSet<(i64, (Claimed, Told))> = JoinSet::new();
        let mut under_way: BTreeMap<i64, usize> = BTreeMap::new();
        while !self.hand.is_stopping() {
            let places = under_way.clone();
            let free = move |subscriber_id: i64| {
                REQUESTS_AT_ONCE_MAX.saturating_sub(places.get(&subscriber_id).copied().unwrap_or(0))
            };
            let claimed = self
                .core(move |centre| centre.claim_deliveries(Way::Webhook, now_ms(), &free))
                .await;
            for claimed in claimed {
                *under_way.entry(claimed.subscriber.subscriber_id).or_default() += 1;
                let caller = Arc::clone(&self.hand.caller);
                requests.spawn(async move {
                    let told = send(&caller, &claimed).await;
                    (claimed.subscriber.subscriber_id, (claimed, told))
                });
            }
            self.wait_for_answers(&mut requests, &mut under_way).await;
        }
        while let Some(answered) = requests.join_next().await {
            if let Ok((_, answered)) = answered {
                self.settle(vec![answered]).await;
            }
        }
    }

    /// Waits for an answer, or for the next look, and notes what has been answered.
    async fn wait_for_answers(
        &mut self,
        requests: &mut JoinSet<(i64, (Claimed, Told))>,
        under_way: &mut BTreeMap<i64, usize>,
    ) {
        if requests.is_empty() {
            self.hand.pause(LOOK_EVERY).await;
            return;
        }
        let mut answered = Vec::new();
        if let Ok(Some(Ok(first))) = timeout(LOOK_EVERY, requests.join_next()).await {
            answered.push(first);
        }
        while let Some(Ok(more)) = requests.try_join_next() {
            answered.push(more);
        }
        for (subscriber_id, _) in &answered {
            if let Some(count) = under_way.get_mut(subscriber_id) {
                *count = count.saturating_sub(1);
            }
        }
        if !answered.is_empty() {
            self.settle(answered.into_iter().map(|(_, tried)| tried).collect())
                .await;
        }
    }
}

/// Sends one request; only 2xx says that it arrived.
async fn send(caller: &Caller, claimed: &Claimed) -> Told {
    let reference = claimed.subscriber.secret_ref.as_deref().unwrap_or_default();
    let secret = match Secret::read(reference) {
        Ok(secret) => secret,
        Err(error) => return Told::InVain(error.to_string()),
    };
    match caller
        .tell(webhook::request(claimed, &secret, now_ms()), ANSWER_MS_MAX)
        .await
    {
        Ok(status) if (200..300).contains(&status) => Told::Delivered,
        Ok(status) => Told::InVain(format!("answered {status}")),
        Err(lost) => Told::InVain(lost.to_string()),
    }
}
