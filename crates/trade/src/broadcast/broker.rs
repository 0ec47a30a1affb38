//! Messages at the broker: one topic exchange, one durable quorum queue per subscriber, publisher confirms.
//!
//! Delivered means that every queue concerned has confirmed. A message that comes back because no queue took it
//! is acknowledged all the same, and does not count. The connection is made anew by whoever calls: the library's
//! own recovery does not survive a broker that restarts. The only place of the centre that names the library.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use lapin::options::{
    BasicPublishOptions, ConfirmSelectOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, ExchangeKind};
use tokio::time::timeout;

use super::relay::{Claimed, Told};
use crate::rows::subscriber::Subscriber;

/// Longest time for connecting and saying which queues there are.
const SET_UP_TIME_MAX: Duration = Duration::from_secs(8);
/// Longest time for one queue: one that has lost its leader does not answer, and must not hold up the others.
const QUEUE_TIME_MAX: Duration = Duration::from_secs(3);
/// Longest time for the confirms of one round; with the above below the lease of a delivery.
const CONFIRM_TIME_MAX: Duration = Duration::from_secs(8);
/// A message that has brought its listener down this often is parked: each time a process had to be started.
const DELIVERIES_MAX: i64 = 50;
/// Kept on disk.
const PERSISTENT: u8 = 2;

/// Where the broker is.
#[derive(Clone, PartialEq, Eq)]
pub struct BrokerAddress {
    /// `amqp://…` or `amqps://…`, with name and password.
    pub url: String,
    /// The exchange.
    pub exchange: String,
}

impl std::fmt::Debug for BrokerAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BrokerAddress")
            .field("exchange", &self.exchange)
            .finish_non_exhaustive()
    }
}

/// Why nothing could be done at the broker. Never names the address, which carries a password.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The library's reason.
    #[error("broker: {0}")]
    Failed(#[from] lapin::Error),
    /// Nothing was heard in time.
    #[error("the broker does not answer")]
    Silent,
    /// The broker is there, and this queue is not.
    #[error("the queue does not answer; see whether it has a leader")]
    QueueSilent,
}

/// A connection with its two channels.
pub struct Broker {
    address: BrokerAddress,
    connection: Connection,
    publishing: Channel,
    declaring: Channel,
}

impl std::fmt::Debug for Broker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Broker")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// Queues that are declared and bound as they should be, and why others are not.
type Ready = BTreeMap<i64, Result<(), String>>;

impl Broker {
    /// Connects and declares the exchanges.
    ///
    /// # Errors
    /// [`BrokerError`].
    pub async fn connect(address: &BrokerAddress) -> Result<Self, BrokerError> {
        let made = timeout(SET_UP_TIME_MAX, Self::make(address)).await;
        made.map_err(|_| BrokerError::Silent)?
    }

    async fn make(address: &BrokerAddress) -> Result<Self, BrokerError> {
        // Set already where another part of the program was first; either way it is the one we want.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let name = ConnectionProperties::default().with_connection_name("suanpan-trade".into());
        let connection = Connection::connect(&address.url, name).await?;
        let publishing = connection.create_channel().await?;
        publishing.confirm_select(ConfirmSelectOptions::default()).await?;
        let declaring = connection.create_channel().await?;
        let durable = ExchangeDeclareOptions {
            durable: true,
            ..ExchangeDeclareOptions::default()
        };
        for (name, kind) in [
            (address.exchange.clone(), ExchangeKind::Topic),
            (parked_exchange(&address.exchange), ExchangeKind::Direct),
        ] {
            declaring
                .exchange_declare(name.into(), kind, durable, FieldTable::default())
                .await?;
        }
        Ok(Self {
            address: address.clone(),
            connection,
            publishing,
            declaring,
        })
    }

    /// Whether it can still be used.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.connection.status().connected() && self.publishing.status().connected()
    }

    /// Declares the queues of these subscribers, so that whoever listens finds them before the first message.
    pub async fn prepare(&mut self, subscribers: &[Subscriber]) {
        if let Ok(ready) = timeout(SET_UP_TIME_MAX, self.set_up(subscribers)).await {
            for problem in ready.values().filter_map(|outcome| outcome.as_ref().err()) {
                tracing::warn!(problem, "a queue is not as it should be");
            }
        }
    }

    /// Sends a round of deliveries and waits for their confirms; what became of each, in their order. `subscribers`
    /// are all that have a queue, paused ones too.
    pub async fn deliver(&mut self, subscribers: &[Subscriber], round: &[Claimed]) -> Vec<Told> {
        let Ok(ready) = timeout(SET_UP_TIME_MAX, self.set_up(subscribers)).await else {
            return vec![Told::InVain(BrokerError::Silent.to_string()); round.len()];
        };
        let mut told: Vec<Option<Told>> = round
            .iter()
            .map(|claimed| match ready.get(&claimed.subscriber.subscriber_id) {
                Some(Ok(())) => None,
                Some(Err(problem)) => Some(Told::InVain(problem.clone())),
                None => Some(Told::InVain("the subscriber is paused".to_owned())),
            })
            .collect();
        let waiting: Vec<usize> = (0..round.len()).filter(|at| told[*at].is_none()).collect();
        let confirmed = timeout(
            CONFIRM_TIME_MAX,
            self.publish(subscribers, &ready, round, &waiting, &mut told),
        );
        // What is not known by then may have arrived; it is sent again under the same id.
        let _silent = confirmed.await;
        told.into_iter()
            .map(|told| told.unwrap_or_else(|| Told::InVain("not confirmed in time".to_owned())))
            .collect()
    }

    async fn publish(
        &self,
        subscribers: &[Subscriber],
        ready: &Ready,
        round: &[Claimed],
        waiting: &[usize],
        told: &mut [Option<Told>],
    ) {
        let mut pending = Vec::new();
        for message in messages(&self.address.exchange, subscribers, ready, round, waiting) {
            let claimed = &round[message.places[0]];
            let published = self.publishing.basic_publish(
                message.exchange.into(),
                message.routing_key.into(),
                BasicPublishOptions {
                    mandatory: true,
                    ..BasicPublishOptions::default()
                },
                claimed.delivery.payload.as_bytes(),
                properties(claimed),
            );
            match published.await {
                Ok(confirm) => pending.push((message.places, confirm)),
                Err(error) => note(told, &message.places, &Told::InVain(error.to_string())),
            }
        }
        for (places, confirm) in pending {
            note(told, &places, &meaning(confirm.await));
        }
    }

    /// Declares the queues of all subscribers and binds those that are not paused: also what somebody has removed
    /// since.
    async fn set_up(&mut self, subscribers: &[Subscriber]) -> Ready {
        let mut ready = Ready::new();
        for subscriber in subscribers {
            let declared = timeout(QUEUE_TIME_MAX, self.declare(subscriber)).await;
            let declared = declared.unwrap_or(Err(BrokerError::QueueSilent));
            if declared.is_err() {
                // A refused declaration closes its channel, and one that is not answered blocks it; the next
                // subscriber must not suffer for it.
                if let Ok(fresh) = self.connection.create_channel().await {
                    self.declaring = fresh;
                }
            }
            let outcome = declared.map_err(|error| error.to_string());
            if !subscriber.paused || outcome.is_err() {
                ready.insert(subscriber.subscriber_id, outcome);
            }
        }
        ready
    }

    async fn declare(&self, subscriber: &Subscriber) -> Result<(), BrokerError> {
        let channel = &self.declaring;
        let queue = subscriber.target.as_str();
        let parked = parked_queue(queue);
        let parked_at = parked_exchange(&self.address.exchange);
        let durable = QueueDeclareOptions::durable();
        channel
            .queue_declare(parked.as_str().into(), durable, quorum())
            .await?;
        let bound = QueueBindOptions::default();
        channel
            .queue_bind(
                parked.as_str().into(),
                parked_at.as_str().into(),
                queue.into(),
                bound,
                FieldTable::default(),
            )
            .await?;
        channel
            .queue_declare(queue.into(), durable, main_queue(&parked_at, queue))
            .await?;
        let exchange = self.address.exchange.as_str();
        for key in &subscriber.keys {
            let (from, key, none) = (exchange.into(), key.name().into(), FieldTable::default());
            if subscriber.paused {
                channel.queue_unbind(queue.into(), from, key, none).await?;
            } else {
                channel.queue_bind(queue.into(), from, key, bound, none).await?;
            }
        }
        Ok(())
    }

    /// Ends the connection, and lets what is under way end with it.
    pub async fn close(self) {
        let closing = self.connection.close(200, "bye".into());
        // A broker that does not answer is not waited for.
        let _gone_already = timeout(SET_UP_TIME_MAX, closing).await;
    }
}

/// Where messages go that a listener cannot read.
fn parked_exchange(exchange: &str) -> String {
    format!("{exchange}.parked")
}

/// Where those of one queue are kept.
#[must_use]
pub fn parked_queue(queue: &str) -> String {
    format!("{queue}.parked")
}

fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    let kind = AMQPValue::LongString("quorum".into());
    arguments.insert("x-queue-type".into(), kind);
    arguments
}

/// A message that is rejected moves to the parked queue and is not lost on the way: that needs the strategy, and
/// the strategy needs publishers to be refused where there is no room.
fn main_queue(parked_at: &str, queue: &str) -> FieldTable {
    let mut arguments = quorum();
    let texts = [
        ("x-dead-letter-exchange", parked_at),
        ("x-dead-letter-routing-key", queue),
        ("x-dead-letter-strategy", "at-least-once"),
        ("x-overflow", "reject-publish"),
    ];
    for (name, value) in texts {
        arguments.insert(name.into(), AMQPValue::LongString(value.into()));
    }
    arguments.insert("x-delivery-limit".into(), AMQPValue::LongLongInt(DELIVERIES_MAX));
    arguments
}

fn properties(claimed: &Claimed) -> BasicProperties {
    let delivery = &claimed.delivery;
    BasicProperties::default()
        .with_delivery_mode(PERSISTENT)
        .with_content_type("application/json".into())
        .with_message_id(delivery.event_id.as_str().into())
        .with_type(delivery.key.name().into())
        .with_timestamp(u64::try_from(delivery.at_ms / 1_000).unwrap_or(0))
        .with_app_id("suanpan".into())
}

/// One message to be published, for these places of the round.
#[derive(Debug, PartialEq, Eq)]
struct Message {
    exchange: String,
    routing_key: String,
    places: Vec<usize>,
}

/// An event that all who listen to its key still wait for is published once, at the exchange. One that some have
/// already, or whose queue of somebody is not as it should be, goes to the other queues alone: nobody is told twice
/// without need, and no confirm waits for a queue that cannot give it.
fn messages(
    exchange: &str,
    subscribers: &[Subscriber],
    ready: &Ready,
    round: &[Claimed],
    waiting: &[usize],
) -> Vec<Message> {
    let mut of_event: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut order = Vec::new();
    for at in waiting {
        let event_id = round[*at].delivery.event_id.as_str();
        let places = of_event.entry(event_id).or_default();
        if places.is_empty() {
            order.push(event_id);
        }
        places.push(*at);
    }
    let mut messages = Vec::new();
    for event_id in order {
        let places = &of_event[event_id];
        let key = round[places[0]].delivery.key;
        let wait: BTreeSet<i64> = places
            .iter()
            .map(|at| round[*at].subscriber.subscriber_id)
            .collect();
        let bound: BTreeSet<i64> = subscribers
            .iter()
            .filter(|subscriber| subscriber.keys.contains(&key))
            .map(|subscriber| subscriber.subscriber_id)
            .filter(|id| ready.contains_key(id))
            .collect();
        if wait == bound {
            messages.push(Message {
                exchange: exchange.to_owned(),
                routing_key: key.name().to_owned(),
                places: places.clone(),
            });
        } else {
            messages.extend(places.iter().map(|at| Message {
                exchange: String::new(),
                routing_key: round[*at].subscriber.target.clone(),
                places: vec![*at],
            }));
        }
    }
    messages
}

fn note(told: &mut [Option<Told>], places: &[usize], what: &Told) {
    for at in places {
        told[*at] = Some(what.clone());
    }
}

/// Acknowledged and not returned: only then every queue has it.
fn meaning(confirmed: Result<Confirmation, lapin::Error>) -> Told {
    match confirmed {
        Ok(Confirmation::Ack(None)) => Told::Delivered,
        Ok(Confirmation::Ack(Some(returned)) | Confirmation::Nack(Some(returned))) => Told::InVain(format!(
            "returned: {} {}",
            returned.reply_code, returned.reply_text
        )),
        Ok(Confirmation::Nack(None)) => Told::InVain("refused by the broker".to_owned()),
        Ok(Confirmation::NotRequested) => Told::InVain("confirms are off".to_owned()),
        Err(error) => Told::InVain(error.to_string()),
    }
}
