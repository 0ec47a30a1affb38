//! Brings messages from a queue to a listener, and acknowledges each once its effect is committed.
//!
//! A message that can have no effect is noted with its reason and rejected: the broker moves it to the parked queue,
//! and the next one is heard. While the listener's own database does not answer, nothing is acknowledged and
//! nothing rejected. The connection is made anew after every loss. The queue itself is declared by the trade centre.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, BasicRejectOptions};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties, Consumer};
use suanpan_wire::broadcast::BroadcastKey;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::book::{Book, BookError};

/// Messages that one listener holds unacknowledged.
const PREFETCH: u16 = 32;
/// Longest time to a connection.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(8);
/// Waiting times after a loss, or while the database does not answer; the last repeats.
const DELAYS_MS: &[u64] = &[200, 500, 1_000, 2_000, 5_000];

/// Where a listener listens.
#[derive(Clone)]
pub struct ListenAt {
    /// The broker; carries a password.
    pub url: String,
    /// The queue.
    pub queue: String,
}

impl std::fmt::Debug for ListenAt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ListenAt")
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}

/// A message as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What it is about; nothing for a key that is none of ours.
    pub key: Option<BroadcastKey>,
    /// Key as it came, for people.
    pub key_text: String,
    /// The text.
    pub body: Vec<u8>,
}

/// Whoever listens.
pub trait Listener: Send + Sync + 'static {
    /// Its name in the table of consumed messages; never changes.
    fn name(&self) -> &'static str;

    /// Lets a message have its effect.
    ///
    /// # Errors
    /// [`BookError`]: the message is brought again.
    fn hear(&self, book: &mut Book, message: &Message, now_ms: i64) -> Result<Heard, BookError>;
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Its effect is committed, now or before.
    Done,
    /// It can have none; with the reason.
    Parked(String),
}

/// A listener with what it works on.
struct Listening {
    listener: Arc<dyn Listener>,
    book: Arc<Mutex<Book>>,
    clock: fn() -> i64,
    stopping: watch::Receiver<bool>,
}

/// Listens until told to stop.
pub async fn run(
    at: ListenAt,
    listener: Arc<dyn Listener>,
    book: Book,
    clock: fn() -> i64,
    stopping: watch::Receiver<bool>,
) {
    let mut listening = Listening {
        listener,
        book: Arc::new(Mutex::new(book)),
        clock,
        stopping,
    };
    let mut lost = 0;
    while !*listening.stopping.borrow() {
        match timeout(CONNECT_TIME_MAX, connect(&at, listening.listener.name())).await {
            Ok(Ok((connection, consumer))) => {
                lost = 0;
                listening.hear_all(consumer).await;
                let closing = connection.close(200, "bye".into());
                // A broker that does not answer is not waited for.
                let _gone_already = timeout(CONNECT_TIME_MAX, closing).await;
            }
            Ok(Err(error)) => tracing::warn!(queue = at.queue, %error, "nothing can be heard yet"),
            Err(_) => tracing::warn!(queue = at.queue, "the broker does not answer"),
        }
        listening.pause(lost).await;
        lost += 1;
    }
}

async fn connect(at: &ListenAt, name: &str) -> Result<(Connection, Consumer), lapin::Error> {
    // Set already where another part of the program was first; either way it is the one we want.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let properties = ConnectionProperties::default().with_connection_name(name.into());
    let connection = Connection::connect(&at.url, properties).await?;
    let channel = connection.create_channel().await?;
    channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
    let consumer = channel
        .basic_consume(
            at.queue.as_str().into(),
            name.into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        )
        .await?;
    Ok((connection, consumer))
}

impl Listening {
    async fn pause(&mut self, times: usize) {
        let delay = Duration::from_millis(DELAYS_MS[times.min(DELAYS_MS.len() - 1)]);
        // Ends early when told to stop; who tells goes away only with the program.
        let _ = timeout(delay, self.stopping.wait_for(|stopping| *stopping)).await;
    }

    /// Hears one message after the other until the connection is lost or the listener is told to stop.
    async fn hear_all(&mut self, mut consumer: Consumer) {
        loop {
            let next = tokio::select! {
                next = consumer.next() => next,
                _ = self.stopping.wait_for(|stopping| *stopping) => return,
            };
            let Some(Ok(delivery)) = next else { return };
            if let Err(error) = self.hear_one(&delivery).await {
                tracing::warn!(%error, "not acknowledged; the message comes again");
                return;
            }
        }
    }

    async fn hear_one(&mut self, delivery: &Delivery) -> Result<(), lapin::Error> {
        let message = read(delivery);
        let mut times = 0;
        while !*self.stopping.borrow() {
            match self.hear(message.clone()).await {
                Ok(Heard::Done) => {
                    delivery.ack(BasicAckOptions::default()).await?;
                    return Ok(());
                }
                Ok(Heard::Parked(reason)) => {
                    tracing::error!(listener = self.listener.name(), reason, "a message is parked");
                    let parked = BasicRejectOptions { requeue: false };
                    delivery.reject(parked).await?;
                    return Ok(());
                }
                Err(error) => {
                    tracing::error!(listener = self.listener.name(), %error, "tried again");
                    self.pause(times).await;
                    times += 1;
                }
            }
        }
        Ok(())
    }

    async fn hear(&self, message: Message) -> Result<Heard, BookError> {
        let (listener, book, now_ms) = (Arc::clone(&self.listener), Arc::clone(&self.book), (self.clock)());
        let heard = tokio::task::spawn_blocking(move || {
            let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
            hear_or_park(listener.as_ref(), &mut book, &message, now_ms)
        });
        // A panic of one message is a fault of this program: it is parked, and the others are heard.
        heard
            .await
            .unwrap_or_else(|error| Ok(Heard::Parked(format!("a fault of the listener: {error}"))))
    }
}

/// Hears a message; one that can have no effect is noted before it is given up.
///
/// # Errors
/// [`BookError`].
pub fn hear_or_park(
    listener: &dyn Listener,
    book: &mut Book,
    message: &Message,
    now_ms: i64,
) -> Result<Heard, BookError> {
    let heard = listener.hear(book, message, now_ms)?;
    if let Heard::Parked(reason) = &heard {
        book.park(listener.name(), &message.key_text, &message.body, reason, now_ms)?;
    }
    Ok(heard)
}

/// The key is in the message's type too: one that was sent to this queue alone has no routing key of its own.
fn read(delivery: &Delivery) -> Message {
    let told = delivery.properties.kind().as_ref().map(ToString::to_string);
    let key_text = told
        .filter(|name| BroadcastKey::from_name(name).is_some())
        .unwrap_or_else(|| delivery.routing_key.to_string());
    Message {
        key: BroadcastKey::from_name(&key_text),
        key_text,
        body: delivery.data.clone(),
    }
}
