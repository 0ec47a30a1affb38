//! Sends the callbacks that are due and reports the answers; wakes by the sandbox's clock.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::state::Shared;
use crate::core::callback::{ANSWER_WITHIN_MS, OutgoingCallback};

/// Real time may pass this long before the queue is looked at again, so that a clock set by another
/// process' change of the system time is noticed too.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// More of an answer is not looked at: an acknowledgement has seven bytes.
const ANSWER_BYTES_READ: usize = 64;

/// The client for callbacks: no redirects, five seconds, and any certificate.
///
/// A centre at a shop may have made its own certificate, which the real platform would refuse; a callback
/// is protected by its signature and encryption, not by the connection.
pub(crate) fn client() -> reqwest::Result<reqwest::Client> {
    // Fails only when a provider is installed already, which serves as well.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_millis(ANSWER_WITHIN_MS.unsigned_abs()))
        .tls_danger_accept_invalid_certs(true)
        .no_proxy()
        .build()
}

/// Runs until it is aborted; attempts under way end with it.
pub(crate) async fn run(shared: Arc<Shared>, client: reqwest::Client) {
    let mut under_way = JoinSet::new();
    loop {
        for callback in shared.look(|platform, now_ms| platform.due_callbacks(now_ms)) {
            under_way.spawn(deliver(Arc::clone(&shared), client.clone(), callback));
        }
        while under_way.try_join_next().is_some() {}
        let pause = shared.look(|platform, now_ms| pause(platform.next_due_ms(), now_ms));
        let pause = if shared.clock.frozen() { LOOK_AGAIN } else { pause };
        tokio::select! {
            () = shared.changed.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

async fn deliver(shared: Arc<Shared>, client: reqwest::Client, callback: OutgoingCallback) {
    let mut request = client.post(&callback.url).body(callback.body);
    for (name, value) in &callback.headers {
        request = request.header(name, value);
    }
    let (status, body) = match answer_of(request).await {
        Ok((status, body)) => (Some(status), body),
        Err(error) => {
            tracing::info!(%error, url = callback.url, attempt = callback.attempt, "callback not delivered");
            (None, Vec::new())
        }
    };
    shared.with_platform(|platform, now_ms| platform.callback_heard(callback.id, status, &body, now_ms));
}

/// Status and the start of the body; no more is read than can tell an acknowledgement from something longer.
async fn answer_of(request: reqwest::RequestBuilder) -> reqwest::Result<(u16, Vec<u8>)> {
    let mut response = request.send().await?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while body.len() < ANSWER_BYTES_READ {
        match response.chunk().await? {
            Some(chunk) => body.extend_from_slice(&chunk),
            None => break,
        }
    }
    Ok((status, body))
}

fn pause(next_due_ms: Option<i64>, now_ms: i64) -> Duration {
    let until =
        next_due_ms.map(|at_ms| Duration::from_millis(at_ms.saturating_sub(now_ms).max(0).unsigned_abs()));
    until.unwrap_or(LOOK_AGAIN).min(LOOK_AGAIN)
}
