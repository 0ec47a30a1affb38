//! What all handlers share.

use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{Digest, SHA256, digest};
use tokio::sync::Notify;

use super::clock::Clock;
use super::keep::Keeper;
use crate::core::platform::Platform;

/// The platform, its clock and the admin token.
pub(crate) struct Shared {
    platform: Mutex<Platform>,
    pub(crate) clock: Clock,
    /// Wakes the task that delivers callbacks.
    pub(crate) changed: Notify,
    token_digest: Digest,
    keeper: Option<Keeper>,
}

impl Shared {
    pub(crate) fn new(platform: Platform, token: &str, keeper: Option<Keeper>) -> Self {
        Self {
            platform: Mutex::new(platform),
            clock: Clock::default(),
            changed: Notify::new(),
            token_digest: digest(&SHA256, token.as_bytes()),
            keeper,
        }
    }

    /// Runs `act` on the platform at the present time and wakes the delivery task.
    pub(crate) fn with_platform<R>(&self, act: impl FnOnce(&mut Platform, i64) -> R) -> R {
        let result = self.look(act);
        self.changed.notify_one();
        result
    }

    /// Like [`Self::with_platform`], for the delivery task itself.
    pub(crate) fn look<R>(&self, act: impl FnOnce(&mut Platform, i64) -> R) -> R {
        let mut platform = self.platform.lock().unwrap_or_else(PoisonError::into_inner);
        let (now_ms, signing_offset_ms) = self.clock.read();
        platform.set_signing_offset_ms(signing_offset_ms);
        let result = act(&mut platform, now_ms);
        if let Some(keeper) = &self.keeper {
            keeper.keep(&platform);
        }
        result
    }

    /// Whether `given` is the admin token. Digests are compared, so the time taken tells nothing.
    pub(crate) fn is_token(&self, given: &str) -> bool {
        digest(&SHA256, given.as_bytes()).as_ref() == self.token_digest.as_ref()
    }
}
