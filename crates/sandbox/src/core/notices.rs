//! What merchants are told: the content of callbacks, and the signature of each attempt.

use serde_json::{Value, json};

use super::answer;
use super::auth;
use super::board::Subject;
use super::callback::{Content, Delivery, Notice, OutgoingCallback};
use super::fault::{Fault, Spoil};
use super::keys::{CallbackKey, KeyRing, SignedWith};
use super::name::PlatformName;
use super::platform::Platform;
use super::seal::seal_gcm;
use super::trade::TradeKey;
use super::wire;

/// How old a stale copy of a sealed callback is: twice what a merchant may accept.
const SEALED_STALE_MS: i64 = 2 * auth::TIME_WINDOW_MS;

/// How old a stale copy of a callback of Alipay is: it repeats the same words for 25 hours, so that only what is
/// older than that can be told from a repeat.
const PARAMETERS_STALE_MS: i64 = 27 * 3_600_000;

/// Something a merchant of WeChat Pay is told.
pub(crate) struct Event {
    pub(crate) key: TradeKey,
    pub(crate) url: String,
    pub(crate) name: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) original_type: &'static str,
    pub(crate) resource: Value,
}

impl Platform {
    /// Queues the callback of an event, encrypted for its merchant.
    pub(crate) fn notify(&mut self, event: &Event, now_ms: i64) {
        let subject = Subject::of(PlatformName::Wechat, &event.key);
        let effects = self.faults.take(subject, Fault::callback);
        let Some(merchant) = KeyRing::get().merchant(&event.key.mchid) else {
            return;
        };
        let (id, nonce) = (self.ids.notification_id(), self.ids.gcm_nonce());
        let key = merchant.merchant.api_v3_key.as_bytes();
        let plain = event.resource.to_string();
        let body = json!({
            "id": id,
            "create_time": wire::time_text(now_ms),
            "resource_type": "encrypt-resource",
            "event_type": event.name,
            "summary": event.summary,
            "resource": {
                "original_type": event.original_type,
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": seal_gcm(key, &nonce, event.original_type, plain.as_bytes()),
                "associated_data": event.original_type,
                "nonce": nonce,
            },
        });
        let notice = Notice {
            platform: PlatformName::Wechat,
            notification_id: id,
            mchid: event.key.mchid.clone(),
            out_trade_no: event.key.out_trade_no.clone(),
            event: event.name,
            url: event.url.clone(),
            content: Content::Sealed(body.to_string().into_bytes()),
        };
        self.callbacks.push(&notice, &effects, now_ms);
    }

    /// One attempt, signed at its own time.
    pub(crate) fn dispatch(&mut self, delivery: Delivery, now_ms: i64) -> OutgoingCallback {
        self.counters_at(delivery.notice.platform).callbacks_sent += 1;
        let age_ms = match (&delivery.spoil, &delivery.notice.content) {
            (Some(Spoil::Stale), Content::Sealed(_)) => SEALED_STALE_MS,
            (Some(Spoil::Stale), Content::Parameters(_)) => PARAMETERS_STALE_MS,
            (Some(Spoil::BadSignature | Spoil::SignTest | Spoil::Altered) | None, _) => 0,
        };
        let at_ms = now_ms + self.signing_offset_ms - age_ms;
        let (headers, body) = match &delivery.notice.content {
            Content::Sealed(body) => self.sealed_attempt(&delivery, body.clone(), at_ms),
            Content::Parameters(parameters) => self.alipay_attempt(&delivery, parameters.clone(), at_ms),
        };
        OutgoingCallback {
            id: delivery.id,
            url: delivery.notice.url,
            headers,
            body,
            attempt: delivery.attempts,
        }
    }

    fn sealed_attempt(
        &mut self,
        delivery: &Delivery,
        mut body: Vec<u8>,
        at_ms: i64,
    ) -> (Vec<(String, String)>, Vec<u8>) {
        let mchid = &delivery.notice.mchid;
        let with = if self.signs_with_public_key(mchid, delivery.id) {
            SignedWith::PublicKey
        } else {
            self.certificate_in_turn(mchid)
        };
        let mut headers = answer::signature_headers(&mut self.ids, with, at_ms, &body);
        match delivery.spoil {
            None | Some(Spoil::Stale) => {}
            Some(Spoil::BadSignature) => answer::spoil_signature(&mut headers),
            Some(Spoil::SignTest) => sign_test(&mut headers),
            Some(Spoil::Altered) => body.push(b' '),
        }
        headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        headers.push(("Accept".to_owned(), "*/*".to_owned()));
        headers.push(("User-Agent".to_owned(), "Mozilla/4.0".to_owned()));
        (headers, body)
    }

    fn signs_with_public_key(&self, mchid: &str, delivery_id: u64) -> bool {
        let by_default = KeyRing::get().merchant(mchid).map(|m| m.merchant.callback_key);
        match self.callback_keys.get(mchid).copied().or(by_default) {
            Some(CallbackKey::PublicKey) => true,
            Some(CallbackKey::Certificate) | None => false,
            Some(CallbackKey::Alternating) => delivery_id % 2 == 1,
        }
    }
}

/// The platform's own probe for merchants that do not check signatures.
fn sign_test(headers: &mut [(String, String)]) {
    for (name, value) in headers {
        if name == "Wechatpay-Signature" {
            value.insert_str(0, "WECHATPAY/SIGNTEST/");
        }
    }
}
