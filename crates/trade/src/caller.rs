//! Calls to the platforms over the network: a time limit for each kind, few at once in all and per merchant, a
//! breaker per merchant, one log line each. The only place of the centre that names the HTTP client; what a reply means is the channel's.

pub mod limits;
pub mod places;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use suanpan_channels::bill::BILL_BYTES_MAX;
use suanpan_channels::http::BODY_BYTES_MAX;
use suanpan_channels::{BreakerKey, Breakers, Call, Contact, HttpReply, HttpRequest, Lost, Method};

pub use limits::CallLimits;
pub use places::{Place, Places};

use crate::centre::PlatformCall;

/// Longest time of a bill, whose largest has megabytes.
const BILL_MS_MAX: u64 = 120_000;
/// What a request is sent for: whose breaker and places count, how long it may take, and what the log says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errand {
    key: BreakerKey,
    kind: &'static str,
    length: Length,
    bytes_max: usize,
}

/// How long a call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    Question,
    Change,
    Charge,
    Bill,
}

impl Errand {
    /// The errand of a claimed call.
    #[must_use]
    pub fn of(call: &PlatformCall) -> Self {
        let length = match &call.call {
            Call::Query { .. } | Call::QueryRefund { .. } => Length::Question,
            Call::Prepay(_) | Call::Close { .. } | Call::Reverse { .. } | Call::Refund(_) => Length::Change,
            Call::PayByCode(_) => Length::Charge,
        };
        Self {
            key: key_of(call.means.name(), call.enterprise_id),
            kind: call.call.kind(),
            length,
            bytes_max: BODY_BYTES_MAX,
        }
    }

    /// The errand of asking for a merchant's bill or fetching it. It has places and a breaker of its own: a bill is large
    /// and lies elsewhere, and no customer waits for it.
    #[must_use]
    pub fn of_bill(label: &str, enterprise_id: i64) -> Self {
        Self {
            key: key_of(&format!("{label}{BILL_SUFFIX}"), enterprise_id),
            kind: "bill",
            length: Length::Bill,
            bytes_max: BILL_BYTES_MAX,
        }
    }

    /// The errand of asking for a platform's certificates.
    #[must_use]
    pub fn of_certificates(label: &str, enterprise_id: i64) -> Self {
        Self {
            key: key_of(label, enterprise_id),
            kind: "certificates",
            length: Length::Question,
            bytes_max: BODY_BYTES_MAX,
        }
    }
}

/// What the places and the breaker of an account's bills are named by, behind its platform's name.
pub(crate) const BILL_SUFFIX: &str = " bill";

fn key_of(label: &str, enterprise_id: i64) -> BreakerKey {
    BreakerKey {
        label: label.to_owned(),
        enterprise_id: enterprise_id.to_string(),
    }
}

/// Sends calls.
pub struct Caller {
    client: reqwest::Client,
    limits: CallLimits,
    breakers: Mutex<Breakers>,
    places: Places,
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
    pub fn try_new(limits: CallLimits) -> Result<Self, reqwest::Error> {
        // Set already where another part of the program was first; either way it is the one we want.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_millis(limits.connect_ms))
            .build()?;
        Ok(Self {
            client,
            limits,
            breakers: Mutex::new(Breakers::new(limits.breaker)),
            places: Places::new(&limits),
        })
    }

    /// Its limits.
    #[must_use]
    pub const fn limits(&self) -> &CallLimits {
        &self.limits
    }

    /// Its places.
    #[must_use]
    pub const fn places(&self) -> &Places {
        &self.places
    }

    /// A place for an errand, where one is free now.
    #[must_use]
    pub fn try_place(&self, errand: &Errand) -> Option<Place> {
        self.places.try_take(&errand.key)
    }

    /// A place for an errand, waited for.
    ///
    /// # Errors
    /// [`Lost::NoPlace`].
    pub async fn place(&self, errand: &Errand) -> Result<Place, Lost> {
        self.places.take(&errand.key).await
    }

    /// Merchants whose platform does not answer at present.
    #[must_use]
    pub fn open_breakers(&self) -> Vec<BreakerKey> {
        self.breakers().open_keys().cloned().collect()
    }

    /// Waits for a place and sends a request from it.
    ///
    /// # Errors
    /// As [`Caller::send_from`], and [`Lost::NoPlace`].
    pub async fn send(
        &self,
        errand: &Errand,
        request: HttpRequest,
        clock: fn() -> i64,
    ) -> Result<HttpReply, Lost> {
        let place = self.place(errand).await?;
        self.send_from(place, errand, request, clock).await
    }

    /// Sends a request and reads the whole reply. One line of the log says what it was and how it went; neither an
    /// address's query nor a header nor a body is in it.
    ///
    /// # Errors
    /// [`Lost`]: unless it [certainly was not sent](Lost::is_unsent), the outcome is unknown.
    pub async fn send_from(
        &self,
        _place: Place,
        errand: &Errand,
        request: HttpRequest,
        clock: fn() -> i64,
    ) -> Result<HttpReply, Lost> {
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

    const fn longest_ms(&self, length: Length) -> u64 {
        match length {
            Length::Question => self.limits.question_ms,
            Length::Change => self.limits.change_ms,
            Length::Charge => self.limits.charge_ms,
            Length::Bill => BILL_MS_MAX,
        }
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
            .timeout(Duration::from_millis(self.longest_ms(errand.length)))
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
    use std::sync::Arc;
    use suanpan_channels::BreakerPolicy;
    use suanpan_domain::tender::Means;
    use tokio::time::timeout;

    use crate::centre::{Before, WorkId};

    /// Unlike what is used when nobody says anything.
    const FEW: CallLimits = CallLimits {
        question_ms: 200,
        change_ms: 60_000,
        charge_ms: 60_000,
        connect_ms: 1_000,
        at_once: 6,
        per_merchant: 2,
        breaker: BreakerPolicy {
            failures_max: 3,
            window_ms: 30_000,
            probe_delay_ms: 1_000,
            probe_delay_ms_max: 30_000,
            probe_limit_ms: 15_000,
        },
    };

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
            before: Before::default(),
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
        let caller = Arc::new(Caller::try_new(FEW).unwrap());
        let hung: Vec<_> = (0..FEW.at_once)
            .map(|_| {
                let (caller, request) = (Arc::clone(&caller), request(&hanging));
                tokio::spawn(async move { caller.send(&question(1), request, clock).await })
            })
            .collect();
        until_taken(&caller, FEW.per_merchant).await;
        let working = TcpListener::bind("127.0.0.1:0").unwrap();
        let to_other = request(&working);
        let answering = answer_one(working);
        let reply = caller.send(&question(2), to_other, clock).await.unwrap();
        assert_eq!((reply.status, reply.body.as_slice()), (200, &b"ok"[..]));
        answering.join().unwrap();
        assert_eq!(caller.places().free(), FEW.at_once - FEW.per_merchant);
        hung.iter().for_each(tokio::task::JoinHandle::abort);
    }

    #[tokio::test]
    async fn a_listener_that_takes_a_message_and_says_nothing_is_not_waited_for_without_end() {
        let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
        let caller = Caller::try_new(CallLimits::default()).unwrap();
        let told = caller.tell(request(&hanging), 100).await;
        assert_eq!(told, Err(Lost::TimedOut));
    }

    async fn until_taken(caller: &Caller, places: usize) {
        let all_taken = async {
            while caller.places().free() > FEW.at_once - places {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(5), all_taken)
            .await
            .expect("the places are taken at once");
    }

    #[tokio::test]
    async fn a_call_may_take_as_long_as_its_kind_is_given() {
        let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
        let caller = Caller::try_new(FEW).unwrap();
        let errand = question(1);
        let asked = caller.send(&errand, request(&hanging), clock);
        let asked = timeout(Duration::from_millis(FEW.change_ms / 2), asked).await;
        assert_eq!(asked, Ok(Err(Lost::TimedOut)));
        let charge = Call::Reverse { trade_no: "1".into() };
        assert_eq!(
            caller.longest_ms(Errand::of(&call(1, charge)).length),
            FEW.change_ms
        );
        let bill = Errand::of_bill("ALI_PAY", 1);
        assert_eq!((bill.kind, bill.bytes_max), ("bill", BILL_BYTES_MAX));
        assert_eq!(caller.longest_ms(bill.length), BILL_MS_MAX);
    }

    #[tokio::test]
    async fn a_platform_is_left_alone_after_as_many_failures_as_are_set() {
        let gone = TcpListener::bind("127.0.0.1:0").unwrap();
        let to_nobody = request(&gone);
        drop(gone);
        let caller = Caller::try_new(FEW).unwrap();
        for _ in 0..FEW.breaker.failures_max {
            let outcome = caller.send(&question(1), to_nobody.clone(), clock).await;
            assert!(matches!(outcome, Err(Lost::NoConnection(_))), "{outcome:?}");
        }
        let outcome = caller.send(&question(1), to_nobody, clock).await;
        assert_eq!(outcome, Err(Lost::BreakerOpen));
        assert_eq!(caller.open_breakers().len(), 1);
    }
}
