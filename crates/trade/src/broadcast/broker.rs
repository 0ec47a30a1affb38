//! Messages at the broker: one topic exchange, one durable quorum queue per subscriber, publisher confirms.
//!
//! Delivered means that every queue concerned has confirmed. A message that comes back because no queue took it
//! is acknowledged all the same, and does not count; which one came back is read from its own id, since the library
//! hands a returned message to whichever confirm it meets next. The connection is made anew by whoever calls: the
//! library's own recovery does not survive a broker that restarts. The only place of the centre that names the library.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use lapin::options::{
    BasicPublishOptions, ConfirmSelectOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, ExchangeKind};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

use super::relay::{Claimed, Told};
use crate::rows::subscriber::Subscriber;

/// Longest time for connecting, or for closing a connection.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(8);
/// Longest time for saying which queues there are: those that come after it wait for the next round.
const SET_UP_TIME_MAX: Duration = Duration::from_secs(6);
/// Longest time for one queue, or a channel: a queue that has lost its leader does not answer, and must not hold up the
/// others.
const QUEUE_TIME_MAX: Duration = Duration::from_secs(2);
/// Longest time for the confirms of one round; with the above, and a channel each for what was silent, below the lease of
/// a delivery.
const CONFIRM_TIME_MAX: Duration = Duration::from_secs(6);
/// How long a queue that did not answer is left alone, and its subscriber alone waits.
const SILENT_PAUSE: Duration = Duration::from_secs(30);
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
    /// The broker is there, and this queue is not, or its turn has not come for those before it.
    #[error("the queue does not answer; see whether it has a leader")]
    QueueSilent,
}

/// A connection with its two channels.
pub struct Broker {
    address: BrokerAddress,
    connection: Connection,
    publishing: Channel,
    declaring: Channel,
    /// Subscribers whose queue did not answer, and until when it is left alone.
    silent: BTreeMap<i64, Instant>,
    /// Until when every queue is told by itself, because a message at the exchange was not confirmed: so the queue that
    /// does not confirm is found.
    apart_until: Option<Instant>,
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

/// What the broker said of a message: nothing in time, or the library's word.
type Heard = Option<Result<Confirmation, lapin::Error>>;

impl Broker {
    /// Connects and declares the exchanges.
    ///
    /// # Errors
    /// [`BrokerError`].
    pub async fn connect(address: &BrokerAddress) -> Result<Self, BrokerError> {
        let made = timeout(CONNECT_TIME_MAX, Self::make(address)).await;
        made.map_err(|_| BrokerError::Silent)?
    }

    async fn make(address: &BrokerAddress) -> Result<Self, BrokerError> {
        // Set already where another part of the program was first; either way it is the one we want.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let name = ConnectionProperties::default().with_connection_name("suanpan-trade".into());
        let connection = Connection::connect(&address.url, name).await?;
        let publishing = confirming(&connection).await?;
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
            silent: BTreeMap::new(),
            apart_until: None,
        })
    }

    /// Whether it can still be used.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.connection.status().connected() && self.publishing.status().connected()
    }

    /// Declares the queues of these subscribers, so that whoever listens finds them before the first message.
    pub async fn prepare(&mut self, subscribers: &[Subscriber]) {
        let ready = self.set_up(subscribers).await;
        for problem in ready.values().filter_map(|outcome| outcome.as_ref().err()) {
            tracing::warn!(problem, "a queue is not as it should be");
        }
    }

    /// Sends a round of deliveries and waits for their confirms; what became of each, in their order. `subscribers`
    /// are all that have a queue, paused ones too.
    pub async fn deliver(&mut self, subscribers: &[Subscriber], round: &[Claimed]) -> Vec<Told> {
        let ready = self.set_up(subscribers).await;
        let mut told: Vec<Option<Told>> = round
            .iter()
            .map(|claimed| match ready.get(&claimed.subscriber.subscriber_id) {
                Some(Ok(())) => None,
                Some(Err(problem)) => Some(Told::InVain(problem.clone())),
                None => Some(Told::InVain("the subscriber is paused".to_owned())),
            })
            .collect();
        let waiting: Vec<usize> = (0..round.len()).filter(|at| told[*at].is_none()).collect();
        let apart = self.apart_until.is_some_and(|until| Instant::now() < until);
        let messages = messages(&self.address.exchange, subscribers, apart, round, &waiting);
        let heard = self.publish(&messages, round).await;
        for (message, meaning) in messages.iter().zip(meanings(&messages, round, &heard)) {
            note(&mut told, &message.places, &meaning);
        }
        self.learn_from_silence(&messages, round, &heard).await;
        // What is not known by now may have arrived; it is sent again under the same id.
        told.into_iter()
            .map(|told| told.unwrap_or_else(|| Told::InVain("not confirmed in time".to_owned())))
            .collect()
    }

    /// What the broker says of each message, in their order, as far as it is said in time.
    async fn publish(&self, messages: &[Message], round: &[Claimed]) -> Vec<Heard> {
        let until = Instant::now() + CONFIRM_TIME_MAX;
        let mut heard: Vec<Heard> = messages.iter().map(|_| None).collect();
        let mut confirms = JoinSet::new();
        for (at, message) in messages.iter().enumerate() {
            let claimed = &round[message.places[0]];
            let published = self.publishing.basic_publish(
                message.exchange.as_str().into(),
                message.routing_key.as_str().into(),
                BasicPublishOptions {
                    mandatory: true,
                    ..BasicPublishOptions::default()
                },
                claimed.delivery.payload.as_bytes(),
                properties(claimed),
            );
            match timeout_at(until, published).await {
                Ok(Ok(confirm)) => {
                    confirms.spawn(async move { (at, confirm.await) });
                }
                Ok(Err(error)) => heard[at] = Some(Err(error)),
                Err(_) => break,
            }
        }
        while let Ok(Some(confirmed)) = timeout_at(until, confirms.join_next()).await {
            if let Ok((at, said)) = confirmed {
                heard[at] = Some(said);
            }
        }
        heard
    }

    /// A queue that has not confirmed in time is left alone for a while, and what was not confirmed is forgotten with
    /// its channel. Where the message was for several, each is told by itself from now on, until it shows which one it
    /// was.
    async fn learn_from_silence(&mut self, messages: &[Message], round: &[Claimed], heard: &[Heard]) {
        let until = Instant::now() + SILENT_PAUSE;
        let mut is_silent = false;
        for (message, heard) in messages.iter().zip(heard) {
            is_silent |= heard.is_none();
            match (message.places.as_slice(), heard) {
                ([one], None) => {
                    self.silent.insert(round[*one].subscriber.subscriber_id, until);
                }
                // One queue that takes nothing is enough for a refusal, and the others have it all the same.
                (_several, None | Some(Ok(Confirmation::Nack(_)))) => self.apart_until = Some(until),
                (_, Some(_)) => {}
            }
        }
        if is_silent && let Ok(Ok(fresh)) = timeout(QUEUE_TIME_MAX, confirming(&self.connection)).await {
            self.publishing = fresh;
        }
    }

    /// Declares the queues of all subscribers and binds those that are not paused: also what somebody has removed
    /// since. A queue stays bound while its subscriber is paused: what is due then goes to each queue by itself.
    async fn set_up(&mut self, subscribers: &[Subscriber]) -> Ready {
        let mut ready = Ready::new();
        let until = Instant::now() + SET_UP_TIME_MAX;
        self.silent.retain(|_, until| Instant::now() < *until);
        for subscriber in subscribers {
            let id = subscriber.subscriber_id;
            let declared = if self.silent.contains_key(&id) || Instant::now() >= until {
                Err(BrokerError::QueueSilent)
            } else {
                self.declare_in_time(subscriber).await
            };
            let outcome = declared.map_err(|error| error.to_string());
            if !subscriber.paused || outcome.is_err() {
                ready.insert(id, outcome);
            }
        }
        ready
    }

    /// A refused declaration closes its channel, and one that is not answered blocks it; the next subscriber must not
    /// suffer for it.
    async fn declare_in_time(&mut self, subscriber: &Subscriber) -> Result<(), BrokerError> {
        let declared = timeout(QUEUE_TIME_MAX, self.declare(subscriber)).await;
        if declared.is_err() {
            let until = Instant::now() + SILENT_PAUSE;
            self.silent.insert(subscriber.subscriber_id, until);
        }
        let declared = declared.unwrap_or(Err(BrokerError::QueueSilent));
        if declared.is_err()
            && let Ok(Ok(fresh)) = timeout(QUEUE_TIME_MAX, self.connection.create_channel()).await
        {
            self.declaring = fresh;
        }
        declared
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
        if subscriber.paused {
            return Ok(());
        }
        for key in &subscriber.keys {
            let (from, key, none) = (exchange.into(), key.name().into(), FieldTable::default());
            channel.queue_bind(queue.into(), from, key, bound, none).await?;
        }
        Ok(())
    }

    /// Ends the connection, and lets what is under way end with it.
    pub async fn close(self) {
        let closing = self.connection.close(200, "bye".into());
        // A broker that does not answer is not waited for.
        let _gone_already = timeout(CONNECT_TIME_MAX, closing).await;
    }
}

/// A channel on which every message is confirmed.
async fn confirming(connection: &Connection) -> Result<Channel, lapin::Error> {
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    Ok(channel)
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
/// already, or whose queue of somebody is paused or not as it should be, goes to the other queues alone, and so does
/// each while they are told `apart`: nobody is told twice without need, and no confirm waits for a queue that cannot
/// give it.
fn messages(
    exchange: &str,
    subscribers: &[Subscriber],
    apart: bool,
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
            .collect();
        if wait == bound && !apart {
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

/// A message as it is known to the broker: its id, and to whom it was addressed.
type Named = (String, String, String);

/// What became of each message, in their order. Acknowledged and not returned: only then every queue has it.
fn meanings(messages: &[Message], round: &[Claimed], heard: &[Heard]) -> Vec<Told> {
    let returned: BTreeMap<Named, String> = heard
        .iter()
        .filter_map(|heard| returned(heard.as_ref()))
        .collect();
    let came_back = |message: &Message| {
        let event_id = round[message.places[0]].delivery.event_id.clone();
        returned.get(&(event_id, message.exchange.clone(), message.routing_key.clone()))
    };
    let meaning = |(message, heard): (&Message, &Heard)| match (came_back(message), heard) {
        (Some(why), _) => Told::InVain(format!("returned: {why}")),
        (None, Some(Ok(Confirmation::Ack(_)))) => Told::Delivered,
        (None, Some(Ok(Confirmation::Nack(_)))) => Told::InVain("refused by the broker".to_owned()),
        (None, Some(Ok(Confirmation::NotRequested))) => Told::InVain("confirms are off".to_owned()),
        (None, Some(Err(error))) => Told::InVain(error.to_string()),
        (None, None) => Told::InVain("not confirmed in time".to_owned()),
    };
    messages.iter().zip(heard).map(meaning).collect()
}

/// The message that came back with a confirm, which need not be the one that is confirmed, and why it came back.
fn returned(heard: Option<&Result<Confirmation, lapin::Error>>) -> Option<(Named, String)> {
    let (Some(Ok(Confirmation::Ack(Some(returned)))) | Some(Ok(Confirmation::Nack(Some(returned))))) = heard
    else {
        return None;
    };
    let sent = &returned.delivery;
    let event_id = sent.properties.message_id().as_ref().map(ToString::to_string);
    let named = (
        event_id.unwrap_or_default(),
        sent.exchange.to_string(),
        sent.routing_key.to_string(),
    );
    Some((named, format!("{} {}", returned.reply_code, returned.reply_text)))
}
