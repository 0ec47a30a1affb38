//! The platform: its state, the way of one request through it, and the callbacks it sends.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::answer::{self, Answer};
use super::auth;
use super::callback::{CallbackQueue, Delivery, Notice, OutgoingCallback};
use super::config::PlatformConfig;
use super::counters::Counters;
use super::fault::{CallEffect, CallKind, Fault, FaultBoard, Spoil, Subject};
use super::http::{Handled, HttpReply, HttpRequest, Outcome};
use super::ids::Ids;
use super::keys::{
    CallbackKey, KeyRing, MerchantKey, PLATFORM_CERTIFICATE_EFFECTIVE, PLATFORM_CERTIFICATE_EXPIRES,
    PLATFORM_CERTIFICATE_SERIAL,
};
use super::refusal::{Code, Refusal};
use super::route::Route;
use super::seal::seal_gcm;
use super::trade::{Trade, TradeKey};
use super::wire;

/// How old a stale copy of a callback is: twice what a merchant may accept.
const STALE_MS: i64 = 2 * auth::TIME_WINDOW_MS;

/// The stand-in platform. Lives in memory only.
pub struct Platform {
    pub(crate) config: PlatformConfig,
    /// Added to the time that signatures are made and checked with.
    pub(crate) signing_offset_ms: i64,
    pub(crate) ids: Ids,
    pub(crate) trades: BTreeMap<TradeKey, Trade>,
    /// Payment code → order.
    pub(crate) codes: BTreeMap<String, TradeKey>,
    /// The platform's transaction number → order.
    pub(crate) transactions: BTreeMap<String, TradeKey>,
    /// (merchant, merchant's refund number) → order.
    pub(crate) refunds: BTreeMap<(String, String), TradeKey>,
    /// (time, merchant, refund number) of refunds in progress.
    pub(crate) settling: BTreeSet<(i64, String, String)>,
    pub(crate) callbacks: CallbackQueue,
    pub(crate) callback_keys: BTreeMap<String, CallbackKey>,
    pub(crate) faults: FaultBoard,
    pub(crate) counters: Counters,
}

impl Platform {
    /// An empty platform that knows the practice merchants.
    #[must_use]
    pub fn new(config: PlatformConfig) -> Self {
        Self {
            ids: Ids::new(config.seed),
            signing_offset_ms: 0,
            config,
            trades: BTreeMap::new(),
            codes: BTreeMap::new(),
            transactions: BTreeMap::new(),
            refunds: BTreeMap::new(),
            settling: BTreeSet::new(),
            callbacks: CallbackQueue::default(),
            callback_keys: BTreeMap::new(),
            faults: FaultBoard::default(),
            counters: Counters::default(),
        }
    }

    /// Takes one API request at `now_ms` (ms UTC) and gives what the caller gets to see.
    pub fn handle(&mut self, request: &HttpRequest, now_ms: i64) -> Handled {
        self.settle_due(now_ms);
        let route = match Route::parse(&request.method, &request.path_and_query) {
            Ok(route) => route,
            Err(refusal) => {
                let reply = self.signed_reply(request, &Err(refusal), now_ms);
                return Handled {
                    outcome: Outcome::Reply(reply),
                    delay_ms: 0,
                };
            }
        };
        self.counters.at(route.kind()).received += 1;
        let effects = self.call_effects(request, &route);
        let delay = |effect: &CallEffect| {
            if let CallEffect::Slow { delay_ms } = effect {
                *delay_ms
            } else {
                0
            }
        };
        let delay_ms = effects.iter().map(delay).fold(0, u32::saturating_add);
        Handled {
            outcome: self.carry_out(request, &route, &effects, now_ms),
            delay_ms,
        }
    }

    /// When a callback or a refund is due next; `None` when nothing will happen by itself.
    #[must_use]
    pub fn next_due_ms(&self) -> Option<i64> {
        let refund = self.settling.first().map(|(at_ms, _, _)| *at_ms);
        [refund, self.callbacks.next_wake_ms()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Every callback attempt that is due at `now_ms`; each is handed out once and then waits for
    /// [`Self::callback_answered`], five seconds at most.
    pub fn due_callbacks(&mut self, now_ms: i64) -> Vec<OutgoingCallback> {
        self.settle_due(now_ms);
        let due = self.callbacks.take_due(now_ms);
        due.into_iter()
            .map(|delivery| self.dispatch(delivery, now_ms))
            .collect()
    }

    /// Takes a merchant's answer to a callback: its HTTP status, or `None` when there was none.
    pub fn callback_answered(&mut self, id: u64, status: Option<u16>, now_ms: i64) {
        self.settle_due(now_ms);
        if self.callbacks.answered(id, status) {
            self.counters.callbacks_acknowledged += 1;
        }
    }

    fn call_effects(&mut self, request: &HttpRequest, route: &Route) -> Vec<CallEffect> {
        let mchid = auth::claimed_mchid(request);
        let out_trade_no = self.subject_number(request, route, mchid.as_deref());
        let subject = Subject {
            mchid: mchid.as_deref(),
            out_trade_no: out_trade_no.as_deref(),
        };
        let kind = route.kind();
        self.faults.take(subject, |fault| match fault {
            Fault::Call { on, effect } => {
                (on.is_none_or(|on| on == kind) && applies(effect, kind)).then_some(effect)
            }
            Fault::Close { .. } | Fault::Payment { .. } | Fault::Callback { .. } | Fault::Refund { .. } => {
                None
            }
        })
    }

    /// The order a request is about, as far as it can be told without trusting it.
    fn subject_number(&self, request: &HttpRequest, route: &Route, mchid: Option<&str>) -> Option<String> {
        let from_body = |field: &str| {
            let body: Value = serde_json::from_slice(&request.body).ok()?;
            body.get(field)?.as_str().map(str::to_owned)
        };
        let number_of = |key: &TradeKey| key.out_trade_no.clone();
        match route {
            Route::Prepay => from_body("out_trade_no"),
            Route::QueryByNumber { out_trade_no } | Route::Close { out_trade_no } => {
                Some(out_trade_no.clone())
            }
            Route::QueryById { transaction_id } => self.transactions.get(transaction_id).map(number_of),
            Route::Refund => from_body("out_trade_no").or_else(|| {
                self.transactions
                    .get(&from_body("transaction_id")?)
                    .map(number_of)
            }),
            Route::QueryRefund { out_refund_no } => self
                .refunds
                .get(&(mchid?.to_owned(), out_refund_no.clone()))
                .map(number_of),
            Route::Certificates => None,
        }
    }

    /// Acts unless a switch keeps the request away, and spoils the answer as the switches say.
    fn carry_out(
        &mut self,
        request: &HttpRequest,
        route: &Route,
        effects: &[CallEffect],
        now_ms: i64,
    ) -> Outcome {
        let kind = route.kind();
        if effects.contains(&CallEffect::LostRequest) {
            self.counters.at(kind).lost_requests += 1;
            return Outcome::Dropped;
        }
        if effects.contains(&CallEffect::HtmlPage) {
            self.counters.at(kind).lost_requests += 1;
            return Outcome::Reply(answer::web_page());
        }
        let status = effects.iter().find_map(|effect| {
            if let CallEffect::Status { status, acts } = effect {
                Some((*status, *acts))
            } else {
                None
            }
        });
        if let Some((status, false)) = status {
            self.counters.at(kind).refused += 1;
            return Outcome::Reply(self.failure_reply(request, status, now_ms));
        }
        let result = self.act(request, route, effects, now_ms);
        let count = self.counters.at(kind);
        if result.is_ok() {
            count.done += 1
        } else {
            count.refused += 1
        }
        if effects.contains(&CallEffect::LostReply) {
            count.lost_replies += 1;
            return Outcome::Dropped;
        }
        if let Some((status, _)) = status {
            return Outcome::Reply(self.failure_reply(request, status, now_ms));
        }
        let mut reply = self.signed_reply(request, &result, now_ms);
        if effects.contains(&CallEffect::BadSignature) {
            answer::spoil_signature(&mut reply.headers);
        }
        if effects.contains(&CallEffect::AlteredBody) {
            answer::alter_body(&mut reply);
        }
        Outcome::Reply(reply)
    }

    fn act(
        &mut self,
        request: &HttpRequest,
        route: &Route,
        effects: &[CallEffect],
        now_ms: i64,
    ) -> Result<Answer, Refusal> {
        let signer = auth::signer(request, now_ms + self.signing_offset_ms)?;
        answer::wants_public_key(request)?;
        check_headers(request)?;
        if effects.contains(&CallEffect::NotVisible) {
            return Err(Refusal::new(Code::OrderNotExist, "订单不存在"));
        }
        match route {
            Route::Prepay => self.prepay(signer, request, now_ms),
            Route::QueryByNumber { out_trade_no } => {
                self.query_by_number(signer, request, out_trade_no, now_ms)
            }
            Route::QueryById { transaction_id } => self.query_by_id(signer, request, transaction_id, now_ms),
            Route::Close { out_trade_no } => self.close(signer, request, out_trade_no, now_ms),
            Route::Refund => self.refund(signer, request, effects.contains(&CallEffect::NotEnough), now_ms),
            Route::QueryRefund { out_refund_no } => self.query_refund(signer, out_refund_no),
            Route::Certificates => Ok(self.certificates(signer)),
        }
    }

    fn signed_reply(
        &mut self,
        request: &HttpRequest,
        result: &Result<Answer, Refusal>,
        now_ms: i64,
    ) -> HttpReply {
        let public_key = answer::wants_public_key(request).unwrap_or(false);
        let (status, body) = answer::status_and_body(result);
        answer::signed(
            &mut self.ids,
            public_key,
            now_ms + self.signing_offset_ms,
            status,
            body,
        )
    }

    /// The answer a `Status` switch puts in the place of the true one.
    fn failure_reply(&mut self, request: &HttpRequest, status: u16, now_ms: i64) -> HttpReply {
        let mut reply = self.signed_reply(request, &Err(answer::refusal_for(status)), now_ms);
        reply.status = status;
        reply
    }

    fn certificates(&mut self, signer: &MerchantKey) -> Answer {
        let nonce = self.ids.gcm_nonce();
        let merchant = &signer.merchant;
        let certificate = merchant.platform_certificate_pem.as_bytes();
        let sealed = seal_gcm(merchant.api_v3_key.as_bytes(), &nonce, "certificate", certificate);
        Answer::Body(json!({ "data": [{
            "serial_no": PLATFORM_CERTIFICATE_SERIAL,
            "effective_time": PLATFORM_CERTIFICATE_EFFECTIVE,
            "expire_time": PLATFORM_CERTIFICATE_EXPIRES,
            "encrypt_certificate": {
                "algorithm": "AEAD_AES_256_GCM",
                "nonce": nonce,
                "associated_data": "certificate",
                "ciphertext": sealed,
            },
        }]}))
    }

    /// Queues the callback of an event, encrypted for its merchant.
    pub(crate) fn notify(&mut self, event: &Event, now_ms: i64) {
        let subject = Subject {
            mchid: Some(&event.key.mchid),
            out_trade_no: Some(&event.key.out_trade_no),
        };
        let effects = self.faults.take(subject, |fault| match fault {
            Fault::Callback { effect } => Some(effect),
            Fault::Call { .. } | Fault::Close { .. } | Fault::Payment { .. } | Fault::Refund { .. } => None,
        });
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
            notification_id: id,
            mchid: event.key.mchid.clone(),
            out_trade_no: event.key.out_trade_no.clone(),
            event: event.name,
            url: event.url.clone(),
            body: body.to_string().into_bytes(),
        };
        self.callbacks.push(&notice, &effects, now_ms);
    }

    fn dispatch(&mut self, delivery: Delivery, now_ms: i64) -> OutgoingCallback {
        self.counters.callbacks_sent += 1;
        let public_key = self.signs_with_public_key(&delivery.notice.mchid, delivery.id);
        let age_ms = if delivery.spoil == Some(Spoil::Stale) {
            STALE_MS
        } else {
            0
        };
        let at_ms = now_ms + self.signing_offset_ms - age_ms;
        let mut body = delivery.notice.body;
        let mut headers = answer::signature_headers(&mut self.ids, public_key, at_ms, &body);
        match delivery.spoil {
            None | Some(Spoil::Stale) => {}
            Some(Spoil::BadSignature) => answer::spoil_signature(&mut headers),
            Some(Spoil::SignTest) => sign_test(&mut headers),
            Some(Spoil::Altered) => body.push(b' '),
        }
        headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        headers.push(("Accept".to_owned(), "*/*".to_owned()));
        headers.push(("User-Agent".to_owned(), "Mozilla/4.0".to_owned()));
        OutgoingCallback {
            id: delivery.id,
            url: delivery.notice.url,
            headers,
            body,
            attempt: delivery.attempts,
        }
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

/// Something a merchant is told.
pub(crate) struct Event {
    pub(crate) key: TradeKey,
    pub(crate) url: String,
    pub(crate) name: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) original_type: &'static str,
    pub(crate) resource: Value,
}

/// Whether an effect means anything for a kind of call; a rule without kind waits for one that fits.
fn applies(effect: CallEffect, kind: CallKind) -> bool {
    match effect {
        CallEffect::NotVisible => kind == CallKind::Query,
        CallEffect::NotEnough => kind == CallKind::Refund,
        CallEffect::LostRequest
        | CallEffect::LostReply
        | CallEffect::Slow { .. }
        | CallEffect::Status { .. }
        | CallEffect::HtmlPage
        | CallEffect::BadSignature
        | CallEffect::AlteredBody => true,
    }
}

/// `Accept` always, and `Content-Type` where there is a body: both are marked required.
fn check_headers(request: &HttpRequest) -> Result<(), Refusal> {
    let accepts = request.header("accept").unwrap_or_default();
    if !accepts.contains("application/json") && !accepts.contains("*/*") {
        return Err(Refusal::param("Accept", "header", "必须是application/json"));
    }
    let content = request.header("content-type").unwrap_or_default();
    if request.method == "POST" && !content.starts_with("application/json") {
        return Err(Refusal::param("Content-Type", "header", "必须是application/json"));
    }
    Ok(())
}

/// The platform's own probe for merchants that do not check signatures.
fn sign_test(headers: &mut [(String, String)]) {
    for (name, value) in headers {
        if name == "Wechatpay-Signature" {
            value.insert_str(0, "WECHATPAY/SIGNTEST/");
        }
    }
}
