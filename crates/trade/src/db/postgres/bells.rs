//! Bells between processes: a commit at one wakes the long polls that wait at another.
//!
//! They are rung after the commit and outside of it, so that no commit waits for them, and they may be lost:
//! whoever waits looks by itself as well.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{AsyncMessage, Client, Connection, NoTls, Socket};

use super::Address;
use super::tls::Tls;

/// One channel for every centre on a database: a bell too many costs a look.
const LISTEN: &str = "LISTEN suanpan_till";
const NOTIFY: &str = "SELECT pg_notify('suanpan_till', $1)";
/// Tills named in one notice: it may have 8000 bytes, and a number has 19 digits.
const TILLS_MAX: usize = 200;
/// Pause before connecting again; until then the pollers look by themselves.
const PAUSE: Duration = Duration::from_secs(1);

/// Rings at the other processes.
#[derive(Clone, Debug)]
pub struct Bells(UnboundedSender<i64>);

impl Bells {
    /// Bells of the database at an address, and their wire, which is to be run.
    pub(super) fn new(address: Address) -> (Self, BellWire) {
        let (rings, to_ring) = unbounded_channel();
        (Self(rings), BellWire { address, to_ring })
    }

    /// Says that a till's stream has grown.
    pub fn ring(&self, till_id: i64) {
        // Without a wire nobody hears it, and everybody looks by himself.
        let _ = self.0.send(till_id);
    }
}

/// The line on which bells are rung and heard.
#[derive(Debug)]
pub struct BellWire {
    address: Address,
    to_ring: UnboundedReceiver<i64>,
}

impl BellWire {
    /// Rings and listens, connecting again and again, until all [`Bells`] are gone. `heard` is told a till's id.
    pub async fn run(mut self, heard: impl Fn(i64) + Clone + Send + 'static) {
        loop {
            match self.connect_and_run(heard.clone()).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::warn!(%error, "no bells between processes: streams are looked at by turns")
                }
            }
            tokio::time::sleep(PAUSE).await;
            if self.to_ring.is_closed() {
                return;
            }
        }
    }

    async fn connect_and_run(
        &mut self,
        heard: impl Fn(i64) + Send + 'static,
    ) -> Result<(), tokio_postgres::Error> {
        if self.address.tls {
            match Tls::try_new(&self.address) {
                Ok(tls) => self.run_with(tls, heard).await,
                Err(error) => {
                    tracing::error!(%error, "no bells between processes");
                    Ok(())
                }
            }
        } else {
            self.run_with(NoTls, heard).await
        }
    }

    async fn run_with<T>(
        &mut self,
        tls: T,
        heard: impl Fn(i64) + Send + 'static,
    ) -> Result<(), tokio_postgres::Error>
    where
        T: MakeTlsConnect<Socket>,
        T::Stream: Send + 'static,
        T::TlsConnect: Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let (client, connection) = self.address.config.connect(tls).await?;
        let mut hearing = tokio::spawn(hear(connection, heard));
        let ended = tokio::select! {
            ended = &mut hearing => ended.unwrap_or(Ok(())),
            rung = ring_all(&client, &mut self.to_ring) => rung,
        };
        hearing.abort();
        ended
    }
}

/// Ends well when nobody can ring any more.
async fn ring_all(
    client: &Client,
    to_ring: &mut UnboundedReceiver<i64>,
) -> Result<(), tokio_postgres::Error> {
    client.batch_execute(LISTEN).await?;
    let notify = client.prepare(NOTIFY).await?;
    while let Some(first) = to_ring.recv().await {
        let mut tills = BTreeSet::from([first]);
        while tills.len() < TILLS_MAX
            && let Ok(another) = to_ring.try_recv()
        {
            tills.insert(another);
        }
        let named: Vec<String> = tills.iter().map(i64::to_string).collect();
        client.execute(&notify, &[&named.join(",")]).await?;
    }
    Ok(())
}

/// Drives the line and tells what is heard on it, until it breaks.
async fn hear<S, T>(
    mut connection: Connection<S, T>,
    heard: impl Fn(i64),
) -> Result<(), tokio_postgres::Error>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
        if let AsyncMessage::Notification(notice) = message? {
            let tills = notice.payload().split(',').filter_map(|till| till.parse().ok());
            tills.for_each(&heard);
        }
    }
    Ok(())
}
