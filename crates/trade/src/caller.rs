//! Calls to the platforms over the network: a time limit for each kind, few at once in all and per merchant, a
//! breaker per merchant, one log line each. The only place of the centre that names the HTTP client; what a reply means is the channel's.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use suanpan_channels::bill::BILL_BYTES_MAX;
use suanpan_channels::http::BODY_BYTES_MAX;
use suanpan_channels::{
    BreakerKey, BreakerPolicy, Breakers, Call, Contact, HttpReply, HttpRequest, Lost, Method,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::centre::PlatformCall;

/// Longest time of a question: it can be asked again, and a customer may be waiting for its answer.
const QUESTION_MS_MAX: u64 = 5_000;
/// Longest time of a call that changes something, well below the lease of its row.
const CHANGE_MS_MAX: u64 = 8_000;
/// Longest time of a charge by payment code: the platforms' own advice is ten seconds.
const CHARGE_MS_MAX: u64 = 10_000;
/// Longest time of a bill, whose largest has megabytes.
const BILL_MS_MAX: u64 = 120_000;
/// Longest time to a connection.
const CONNECT_MS_MAX: u64 = 3_000;
/// Calls at once: what a platform that answers in a second needs for 32 new codes a second.
pub const CALLS_AT_ONCE_MAX: usize = 32;
/// Calls at once for one merchant: half of all, so that one whose platform hangs leaves room for the others.
pub const CALLS_PER_MERCHANT_MAX: usize = 16;
/// Longest wait for a place; with the longest call after it a row's lease still holds.
const PLACE_MS_MAX: u64 = 8_000;

/// What a request is sent for: whose breaker and places count, how long it may take, and what the log says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errand {
    key: BreakerKey,
    kind: &'static str,
    ms_max: u64,
    bytes_max: usize,
}

impl Errand {
    /// The errand of a claimed call.
    #[must_use]
    pub fn of(call: &PlatformCall) -> Self {
        let ms_max = match &call.call {
            Call::Query { .. } | Call::QueryRefund { .. } => QUESTION_MS_MAX,
            Call::Prepay(_) | Call::Close { .. } | Call::Reverse { .. } | Call::Refund(_) => CHANGE_MS_MAX,
            Call::PayByCode(_) => CHARGE_MS_MAX,
        };
        Self {
            key: key_of(call.means.name(), call.enterprise_id),
            kind: call.call.kind(),
            ms_max,
            bytes_max: BODY_BYTES_MAX,
        }
    }

    /// The errand of asking for a merchant's bill or fetching it.
    #[must_use]
    pub fn of_bill(label: &str, enterprise_id: i64) -> Self {
        Self {
            key: key_of(label, enterprise_id),
            kind: "bill",
            ms_max: BILL_MS_MAX,
            bytes_max: BILL_BYTES_MAX,
        }
    }
}

fn key_of(label: &str, enterprise_id: i64) -> BreakerKey {
    BreakerKey {
        label: label.to_owned(),
        enterprise_id: enterprise_id.to_string(),
    }
}

/// Sends calls.
pub struct Caller {
    client: reqwest::Client,
    breakers: Mutex<Breakers>,
    places: Arc<Semaphore>,
    per_merchant: Mutex<BTreeMap<BreakerKey, Arc<Semaphore>>>,
}

/// A place among all calls and one among the merchant's, given back when dropped.
struct Place {
    _among_merchants: OwnedSemaphorePermit,
    _among_all: OwnedSemaphorePermit,
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caller").finish_non_exhaustive()
    }
}

impl Caller {
    /// A caller that follows no redirects and uses no proxy: a signed request is for its address alone.
    ///
    /// # Errors
    /// When the client cannot be made.
    pub fn try_new() -> Result<Self, reqwest::Error> {
        // Set already where another part of the program was first; either way it is the one we want.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_millis(CONNECT_MS_MAX))
            .build()?;
        Ok(Self {
            client,
            breakers: Mutex::new(Breakers::new(BreakerPolicy::default())),
            places: Arc::new(Semaphore::new(CALLS_AT_ONCE_MAX)),
            per_merchant: Mutex::default(),
        })
    }

    /// How many more calls may go out now.
    #[must_use]
    pub fn free_places(&self) -> usize {
        self.places.available_permits()
    }

    /// Merchants whose platform does not answer at present.
    #[must_use]
    pub fn open_breakers(&self) -> Vec<BreakerKey> {
        self.breakers().open_keys().cloned().collect()
    }

    /// Sends a request and reads the whole reply. One line of the log says what it was and how it went; neither an
    /// address's query nor a header nor a body is in it.
    ///
    /// # Errors
    /// [`Lost`]: whatever it says, the outcome is unknown.
    pub async fn send(
        &self,
        errand: &Errand,
        request: HttpRequest,
        clock: fn() -> i64,
    ) -> Result<HttpReply, Lost> {
        let _place = self.place(errand).await?;
        self.breakers().admit(&errand.key, clock())?;
        let begun_ms = clock();
        let url = request.url.split('?').next().unwrap_or_default().to_owned();
        let outcome = self.exchange(request, errand).await;
        if let Some(contact) = Contact::of(&outcome.as_ref().map_err(Clone::clone)) {
            self.breakers().note(&errand.key, contact, clock());
        }
        let took_ms = clock() - begun_ms;
        let (label, enterprise_id) = (&errand.key.label, &errand.key.enterprise_id);
        let call = errand.kind;
        match &outcome {
            Ok(reply) => {
                tracing::info!(
                    label,
                    enterprise_id,
                    call,
                    url,
                    status = reply.status,
                    took_ms,
                    "called"
                );
            }
            Err(lost) => {
                tracing::warn!(label, enterprise_id, call, url, %lost, took_ms, "called in vain");
            }
        }
        outcome
    }

    /// Sends a message to a business system that listens, and waits so long for its answer, in milliseconds; the status
    /// of that. What the answer says is of no interest and is not read.
    ///
    /// # Errors
    /// [`Lost`]: it may have arrived.
    pub async fn tell(&self, request: HttpRequest, ms_max: u64) -> Result<u16, Lost> {
        let mut builder = self
            .client
            .post(&request.url)
            .timeout(Duration::from_millis(ms_max))
            .body(request.body);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let reply = builder.send().await.map_err(|error| lost(&error))?;
        Ok(reply.status().as_u16())
    }

    /// The merchant's place first: whoever waits for one must not keep others from theirs.
    async fn place(&self, errand: &Errand) -> Result<Place, Lost> {
        let merchants = self.of_merchant(&errand.key);
        let all = Arc::clone(&self.places);
        let both = async {
            let among_merchants = merchants.acquire_owned().await.ok()?;
            let among_all = all.acquire_owned().await.ok()?;
            Some(Place {
                _among_merchants: among_merchants,
                _among_all: among_all,
            })
        };
        let waited = timeout(Duration::from_millis(PLACE_MS_MAX), both).await;
        let none = || Lost::NoConnection("not sent: too many calls at once".to_owned());
        waited.ok().flatten().ok_or_else(none)
    }

    fn of_merchant(&self, key: &BreakerKey) -> Arc<Semaphore> {
        let mut held = self.per_merchant.lock().unwrap_or_else(PoisonError::into_inner);
        let places = held
            .entry(key.clone())
            .or_insert_with(|| Arc::new(Semaphore::new(CALLS_PER_MERCHANT_MAX)));
        Arc::clone(places)
    }

    fn breakers(&self) -> std::sync::MutexGuard<'_, Breakers> {
        self.breakers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn exchange(&self, request: HttpRequest, errand: &Errand) -> Result<HttpReply, Lost> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        let mut builder = self
            .client
            .request(method, &request.url)
            .timeout(Duration::from_millis(errand.ms_max))
            .body(request.body);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let reply = builder.send().await.map_err(|error| lost(&error))?;
        let status = reply.status().as_u16();
        let headers = reply
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
            .collect();
        let body = read_body(reply, errand.bytes_max).await?;
        Ok(HttpReply {
            status,
            headers,
            body,
        })
    }
}

/// Reads one byte more than any real body has, so that a longer one is seen to be too long.
async fn read_body(mut reply: reqwest::Response, bytes_max: usize) -> Result<Vec<u8>, Lost> {
    let mut body = Vec::new();
    while let Some(chunk) = reply.chunk().await.map_err(|error| lost(&error))? {
        let room = (bytes_max + 1).saturating_sub(body.len());
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if room <= chunk.len() {
            break;
        }
    }
    Ok(body)
}

/// The library's own text repeats the address with its query; the cause alone is kept.
fn lost(error: &reqwest::Error) -> Lost {
    if error.is_timeout() {
        return Lost::TimedOut;
    }
    let text = std::error::Error::source(error).map_or_else(|| "no reply".to_owned(), ToString::to_string);
    if error.is_connect() {
        Lost::NoConnection(text)
    } else {
        Lost::Cut(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use suanpan_domain::tender::Means;

    use crate::centre::WorkId;

    const fn clock() -> i64 {
        1_795_000_000_000
    }

    fn call(enterprise_id: i64, call: Call) -> PlatformCall {
        PlatformCall {
            work: WorkId::Trade(1),
            lease_no: 1,
            enterprise_id,
            means: Means::AliPay,
            call,
        }
    }

    fn question(enterprise_id: i64) -> Errand {
        Errand::of(&call(enterprise_id, Call::Query { trade_no: "1".into() }))
    }

    fn request(listener: &TcpListener) -> HttpRequest {
        HttpRequest {
            method: Method::Get,
            url: format!("http://{}/x?secret=1", listener.local_addr().unwrap()),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    fn answer_one(listener: TcpListener) -> std::thread::JoinHandle<()> {
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                .unwrap();
        })
    }

    #[tokio::test]
    async fn a_merchant_whose_platform_hangs_leaves_room_for_the_others() {
        let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
        let caller = Arc::new(Caller::try_new().unwrap());
        let hung: Vec<_> = (0..CALLS_AT_ONCE_MAX)
            .map(|_| {
                let (caller, request) = (Arc::clone(&caller), request(&hanging));
                tokio::spawn(async move { caller.send(&question(1), request, clock).await })
            })
            .collect();
        until_taken(&caller, CALLS_PER_MERCHANT_MAX).await;
        let working = TcpListener::bind("127.0.0.1:0").unwrap();
        let to_other = request(&working);
        let answering = answer_one(working);
        let reply = caller.send(&question(2), to_other, clock).await.unwrap();
        assert_eq!((reply.status, reply.body.as_slice()), (200, &b"ok"[..]));
        answering.join().unwrap();
        assert_eq!(caller.free_places(), CALLS_AT_ONCE_MAX - CALLS_PER_MERCHANT_MAX);
        hung.iter().for_each(tokio::task::JoinHandle::abort);
    }

    #[tokio::test]
    async fn a_listener_that_takes_a_message_and_says_nothing_is_not_waited_for_without_end() {
        let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
        let caller = Caller::try_new().unwrap();
        let told = caller.tell(request(&hanging), 100).await;
        assert_eq!(told, Err(Lost::TimedOut));
    }

    async fn until_taken(caller: &Caller, places: usize) {
        let all_taken = async {
            while caller.free_places() > CALLS_AT_ONCE_MAX - places {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(5), all_taken)
            .await
            .expect("the places are taken at once");
    }

    #[test]
    fn every_call_is_over_before_its_rows_lease_is() {
        let longest = QUESTION_MS_MAX.max(CHANGE_MS_MAX).max(CHARGE_MS_MAX);
        let lease_ms = u64::try_from(crate::rows::lease::LEASE_MS).unwrap();
        assert!(PLACE_MS_MAX + longest < lease_ms);
        let bill = Errand::of_bill("ALI_PAY", 1);
        assert_eq!((bill.kind, bill.bytes_max), ("bill", BILL_BYTES_MAX));
    }
}
