//! Sending over HTTP: one connection pool per centre, limits on time and size, no redirects.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Method, RequestBuilder, Response};
use suanpan_wire::sign::SIGNATURE_HEADER;
use tokio::sync::watch;

use super::sign::{RawAnswer, Signer, Stamp};
use super::tls;
use crate::rpc::{Code, Problem};
use crate::sync::{Answer, LinkFault, Outgoing};

/// How long a connection may take to come about.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);
/// Largest answer that is read: a thousand entries of one batch stay far below what a machine has, and
/// nobody may fill it.
const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;

/// The way to one centre.
#[derive(Debug)]
pub struct Link {
    http: Client,
    address: String,
    signer: Arc<Signer>,
    network: watch::Receiver<bool>,
}

impl Link {
    /// A link to the centre at `address` whose identity key has that fingerprint. While `network` says
    /// `false` the way is cut (the practice switch), also under calls that are on their way.
    ///
    /// # Errors
    /// [`Code::Internal`] when no client can be built.
    pub fn try_new(
        address: &str,
        fingerprint: &str,
        signer: Arc<Signer>,
        network: watch::Receiver<bool>,
    ) -> Result<Self, Problem> {
        Ok(Self {
            http: client(fingerprint)?,
            address: address.trim_end_matches('/').to_owned(),
            signer,
            network,
        })
    }

    /// Asks, and judges the answer.
    ///
    /// # Errors
    /// [`LinkFault`].
    pub async fn send(&self, outgoing: &Outgoing, stamp: &Stamp) -> Result<Answer, LinkFault> {
        let mut network = self.network.clone();
        tokio::select! {
            biased;
            () = cut(&mut network) => Err(LinkFault::Unreachable),
            answer = self.send_whole(outgoing, stamp) => answer,
        }
    }

    async fn send_whole(&self, outgoing: &Outgoing, stamp: &Stamp) -> Result<Answer, LinkFault> {
        let method = Method::from_bytes(outgoing.method.as_bytes()).map_err(|_| LinkFault::Unreachable)?;
        let limit = Duration::from_millis(u64::from(outgoing.call.time_limit_ms()));
        let url = format!("{}{}", self.address, outgoing.path);
        let request = self.http.request(method, url).timeout(limit);
        let request = with_headers(request, self.signer.headers(outgoing, stamp));
        let response = with_body(request, &outgoing.body).send().await;
        let came = came(response.map_err(|error| fault(&error))?).await?;
        self.signer.judge(outgoing, stamp, &came.raw())
    }
}

/// Ends when the network is cut; never, when nobody can cut it any more.
async fn cut(network: &mut watch::Receiver<bool>) {
    if network.wait_for(|up| !up).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// An answer, read whole.
pub(super) struct Came {
    pub status: u16,
    pub body: Vec<u8>,
    pub signature: String,
    retry_after_s: Option<u32>,
}

impl Came {
    pub(super) fn raw(&self) -> RawAnswer<'_> {
        RawAnswer {
            status: self.status,
            body: &self.body,
            signature: &self.signature,
            retry_after_s: self.retry_after_s,
        }
    }
}

/// A client that speaks to the owner of that key only, follows nothing and uses no proxy.
pub(super) fn client(fingerprint: &str) -> Result<Client, Problem> {
    let fail = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "no client can be built");
        Problem::new(Code::Internal)
    };
    let tls = tls::pinned_to(fingerprint).map_err(|error| fail(&error))?;
    Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_LIMIT)
        .no_proxy()
        .build()
        .map_err(|error| fail(&error))
}

pub(super) fn with_headers(request: RequestBuilder, headers: [(&'static str, String); 4]) -> RequestBuilder {
    headers
        .into_iter()
        .fold(request, |request, (name, value)| request.header(name, value))
}

pub(super) fn with_body(request: RequestBuilder, body: &[u8]) -> RequestBuilder {
    if body.is_empty() {
        request
    } else {
        request
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_vec())
    }
}

/// Reads an answer, up to [`ANSWER_BYTES_MAX`].
pub(super) async fn came(mut response: Response) -> Result<Came, LinkFault> {
    let text = |name: &str| {
        let value = response.headers().get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let signature = text(SIGNATURE_HEADER);
    let retry_after_s = text(RETRY_AFTER.as_str()).parse().ok();
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| fault(&error))? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(LinkFault::Unverified);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Came {
        status,
        body,
        signature,
        retry_after_s,
    })
}

/// What a failed sending says.
pub(super) fn fault(error: &reqwest::Error) -> LinkFault {
    if is_wrong_certificate(error) {
        LinkFault::Unverified
    } else if error.is_timeout() {
        LinkFault::TimedOut
    } else {
        LinkFault::Unreachable
    }
}

fn is_wrong_certificate(error: &reqwest::Error) -> bool {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
            return true;
        }
        // An io error hides the error it wraps from `source`, and they come nested.
        next = match error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
        {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    false
}
