//! Calls to the platforms over the network: time limits, few at once, a breaker per merchant, one log line
//! each. The only place of the centre that names the HTTP client; what a reply means is the channel's.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use suanpan_channels::http::BODY_BYTES_MAX;
use suanpan_channels::{BreakerKey, BreakerPolicy, Breakers, Contact, HttpReply, HttpRequest, Lost, Method};
use tokio::sync::Semaphore;

/// Longest time one call may take, below the lease of its row. The platform's own advice is ten seconds.
const CALL_MS_MAX: u64 = 8_000;
/// Longest time to a connection.
const CONNECT_MS_MAX: u64 = 3_000;
/// Calls at once: what a platform that answers in a second needs for 32 new codes a second.
pub const CALLS_AT_ONCE_MAX: usize = 32;

/// Sends calls.
pub struct Caller {
    client: reqwest::Client,
    breakers: Mutex<Breakers>,
    places: Semaphore,
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
            .timeout(Duration::from_millis(CALL_MS_MAX))
            .build()?;
        Ok(Self {
            client,
            breakers: Mutex::new(Breakers::new(BreakerPolicy::default())),
            places: Semaphore::new(CALLS_AT_ONCE_MAX),
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

    /// Sends a request and reads the whole reply.
    ///
    /// # Errors
    /// [`Lost`]: whatever it says, the outcome is unknown.
    pub async fn send(
        &self,
        enterprise_id: i64,
        request: HttpRequest,
        clock: fn() -> i64,
    ) -> Result<HttpReply, Lost> {
        let place = self.places.acquire().await;
        let _place = place.map_err(|_| Lost::NoConnection("closing".to_owned()))?;
        let key = BreakerKey {
            label: suanpan_channels::wechat::LABEL.to_owned(),
            enterprise_id: enterprise_id.to_string(),
        };
        self.breakers().admit(&key, clock())?;
        let begun_ms = clock();
        let url = request.url.split('?').next().unwrap_or_default().to_owned();
        let outcome = self.exchange(request).await;
        if let Some(contact) = Contact::of(&outcome.as_ref().map_err(Clone::clone)) {
            self.breakers().note(&key, contact, clock());
        }
        let took_ms = clock() - begun_ms;
        match &outcome {
            Ok(reply) => tracing::info!(enterprise_id, url, status = reply.status, took_ms, "called"),
            Err(lost) => tracing::warn!(enterprise_id, url, %lost, took_ms, "called in vain"),
        }
        outcome
    }

    fn breakers(&self) -> std::sync::MutexGuard<'_, Breakers> {
        self.breakers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpReply, Lost> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        let mut builder = self.client.request(method, &request.url).body(request.body);
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
        let body = read_body(reply).await?;
        Ok(HttpReply {
            status,
            headers,
            body,
        })
    }
}

/// Reads one byte more than any real body has, so that a longer one is seen to be too long.
async fn read_body(mut reply: reqwest::Response) -> Result<Vec<u8>, Lost> {
    let mut body = Vec::new();
    while let Some(chunk) = reply.chunk().await.map_err(|error| lost(&error))? {
        let room = (BODY_BYTES_MAX + 1).saturating_sub(body.len());
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
