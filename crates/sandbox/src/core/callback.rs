//! Callbacks on their way to merchants: the queue, the real retry schedule, copies and broken copies.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Serialize;

use super::fault::{CallbackEffect, Spoil};
use super::name::PlatformName;

/// WeChat Pay's waits after each attempt that was not acknowledged: 15s/15s/30s/3m/10m/20m/30m/30m/30m/60m/3h/3h/
/// 3h/6h/6h, 24 h 4 min in all, as the platform's notification page lists them.
pub const RETRY_DELAYS_MS: [i64; 15] = [
    15_000, 15_000, 30_000, 180_000, 600_000, 1_200_000, 1_800_000, 1_800_000, 1_800_000, 3_600_000,
    10_800_000, 10_800_000, 10_800_000, 21_600_000, 21_600_000,
];

/// Alipay's: 4m/10m/10m/1h/2h/6h/15h, eight sends in 24 h 24 min.
pub const ALIPAY_RETRY_DELAYS_MS: [i64; 7] = [
    240_000, 600_000, 600_000, 3_600_000, 7_200_000, 21_600_000, 54_000_000,
];

/// All that Alipay takes for an acknowledgement.
const ALIPAY_ACKNOWLEDGES: &[u8] = b"success";

/// A merchant has five seconds to answer; an attempt unanswered after that failed.
pub(crate) const ANSWER_WITHIN_MS: i64 = 5_000;
/// A reordered callback waits this long for a later one to pass it, then goes anyway.
const REORDER_HOLD_MS: i64 = 60_000;
/// Finished callbacks kept for the admin API's list; a long run must not grow without bound.
const FINISHED_KEPT_MAX: usize = 2_000;

/// One attempt to be sent now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingCallback {
    /// The delivery's number: what `callback_answered` takes. Copies have numbers of their own.
    pub id: u64,
    /// Where to.
    pub url: String,
    /// The headers, signature included.
    pub headers: Vec<(String, String)>,
    /// The raw body. WeChat Pay's is the same at every attempt; in Alipay's, time and signature are new.
    pub body: Vec<u8>,
    /// 1 for the first.
    pub attempt: u32,
}

/// Where a callback stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackState {
    /// Waits for its next attempt.
    Waiting,
    /// Sent and not answered yet.
    Sent,
    /// Acknowledged: 200 or 204 at WeChat Pay, `success` at Alipay.
    Acknowledged,
    /// Out of attempts, or a broken copy that was sent once.
    Over,
}

/// One callback as the admin API lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallbackView {
    /// Who sends it.
    pub platform: PlatformName,
    /// The delivery's number.
    pub id: String,
    /// The id inside the body; copies share it.
    pub notification_id: String,
    /// The merchant, by merchant id or app id.
    pub mchid: String,
    /// The order it is about.
    pub out_trade_no: String,
    /// WeChat Pay: `TRANSACTION.SUCCESS`, `REFUND.SUCCESS`, `REFUND.ABNORMAL` or `REFUND.CLOSED`. Alipay: the
    /// trade's status, `REFUND` for a refund.
    pub event: &'static str,
    /// Attempts so far.
    pub attempts: u32,
    /// Where it stands.
    pub state: CallbackState,
    /// When the next attempt is due, ms UTC.
    pub next_at_ms: Option<String>,
    /// The status of the last answer.
    pub last_status: Option<u16>,
    /// How this copy is broken, if it is.
    pub spoil: Option<Spoil>,
}

/// What a callback carries.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// WeChat Pay: JSON, encrypted once. The headers carry each attempt's signature.
    Sealed(Vec<u8>),
    /// Alipay: parameters. Each attempt adds its time and its signature.
    Parameters(Vec<(String, String)>),
}

/// What is the same in all copies of one event's callback.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    pub(crate) platform: PlatformName,
    pub(crate) notification_id: String,
    pub(crate) mchid: String,
    pub(crate) out_trade_no: String,
    pub(crate) event: &'static str,
    pub(crate) url: String,
    pub(crate) content: Content,
}

/// One callback on its way.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) id: u64,
    pub(crate) notice: Notice,
    pub(crate) spoil: Option<Spoil>,
    pub(crate) attempts: u32,
    held: bool,
    sent_at_ms: i64,
    /// When something has to happen: the next attempt, or the end of waiting for an answer.
    wake_at_ms: i64,
    state: CallbackState,
    last_status: Option<u16>,
}

/// The queue.
#[derive(Debug, Default)]
pub(crate) struct CallbackQueue {
    live: BTreeMap<u64, Delivery>,
    wakes: BTreeSet<(i64, u64)>,
    finished: VecDeque<Delivery>,
    last_id: u64,
}

impl CallbackQueue {
    /// Queues an event's callback with everything the switches do to it.
    pub(crate) fn push(&mut self, notice: &Notice, effects: &[CallbackEffect], now_ms: i64) {
        if effects.contains(&CallbackEffect::Never) {
            return;
        }
        let (mut at_ms, mut copies, mut held) = (now_ms, 1, false);
        let (mut spoils, mut again) = (Vec::new(), Vec::new());
        for effect in effects {
            match effect {
                CallbackEffect::Never => {}
                CallbackEffect::Late { delay_ms } => at_ms += i64::from(*delay_ms),
                CallbackEffect::Duplicated { copies: more } => copies += more,
                CallbackEffect::Again { after_ms } => again.push(i64::from(*after_ms)),
                CallbackEffect::Reordered => held = true,
                CallbackEffect::Spoiled { how } => spoils.push(*how),
            }
        }
        for how in spoils {
            self.add(notice.clone(), Some(how), at_ms, false);
        }
        for _ in 0..copies {
            self.add(notice.clone(), None, at_ms, held);
        }
        for after_ms in again {
            self.add(notice.clone(), None, at_ms + after_ms, held);
        }
    }

    fn add(&mut self, notice: Notice, spoil: Option<Spoil>, at_ms: i64, held: bool) {
        self.last_id += 1;
        let wake_at_ms = if held { at_ms + REORDER_HOLD_MS } else { at_ms };
        let delivery = Delivery {
            id: self.last_id,
            notice,
            spoil,
            attempts: 0,
            held,
            sent_at_ms: at_ms,
            wake_at_ms,
            state: CallbackState::Waiting,
            last_status: None,
        };
        self.wakes.insert((wake_at_ms, delivery.id));
        self.live.insert(delivery.id, delivery);
    }

    /// When something is due next.
    pub(crate) fn next_wake_ms(&self) -> Option<i64> {
        self.wakes.first().map(|(at_ms, _)| *at_ms)
    }

    /// Every attempt that is due, in the order of its time.
    pub(crate) fn take_due(&mut self, now_ms: i64) -> Vec<Delivery> {
        let mut due = Vec::new();
        while let Some((at_ms, id)) = self.wakes.first().copied().filter(|(at_ms, _)| *at_ms <= now_ms) {
            self.wakes.remove(&(at_ms, id));
            let Some(mut delivery) = self.live.remove(&id) else {
                continue;
            };
            if delivery.state == CallbackState::Sent {
                self.after_failure(delivery, None);
                continue;
            }
            delivery.attempts += 1;
            delivery.held = false;
            delivery.sent_at_ms = now_ms;
            delivery.state = CallbackState::Sent;
            due.push(delivery.clone());
            self.release_held(&delivery, now_ms);
            if delivery.spoil.is_some() {
                delivery.state = CallbackState::Over;
                self.finish(delivery);
            } else {
                self.wait(delivery, now_ms + ANSWER_WITHIN_MS);
            }
        }
        due
    }

    /// Takes a merchant's answer; a late or repeated one changes nothing. Whose callback it acknowledged.
    pub(crate) fn answered(&mut self, id: u64, status: Option<u16>, body: &[u8]) -> Option<PlatformName> {
        let mut delivery = self.live.remove(&id)?;
        self.wakes.remove(&(delivery.wake_at_ms, id));
        if delivery.state != CallbackState::Sent {
            let wake_at_ms = delivery.wake_at_ms;
            self.wait(delivery, wake_at_ms);
            return None;
        }
        let platform = delivery.notice.platform;
        if acknowledges(platform, status, body) {
            delivery.last_status = status;
            delivery.state = CallbackState::Acknowledged;
            self.finish(delivery);
            return Some(platform);
        }
        self.after_failure(delivery, status);
        None
    }

    /// Makes every waiting callback due; how many.
    pub(crate) fn hurry(&mut self, now_ms: i64) -> usize {
        let waiting = self
            .live
            .values()
            .filter(|d| d.state == CallbackState::Waiting)
            .map(|d| d.id);
        let waiting: Vec<u64> = waiting.collect();
        for id in &waiting {
            self.wake_now(*id, now_ms);
        }
        waiting.len()
    }

    /// All callbacks still known, oldest first.
    pub(crate) fn views(&self) -> Vec<CallbackView> {
        let mut views: Vec<&Delivery> = self.finished.iter().chain(self.live.values()).collect();
        views.sort_by_key(|delivery| delivery.id);
        views.into_iter().map(Delivery::view).collect()
    }

    fn after_failure(&mut self, mut delivery: Delivery, status: Option<u16>) {
        delivery.last_status = status;
        let retries_so_far = delivery.attempts.saturating_sub(1) as usize;
        let delays_ms: &[i64] = match delivery.notice.platform {
            PlatformName::Wechat => &RETRY_DELAYS_MS,
            PlatformName::Alipay => &ALIPAY_RETRY_DELAYS_MS,
        };
        if let Some(delay_ms) = delays_ms.get(retries_so_far) {
            delivery.state = CallbackState::Waiting;
            let at_ms = delivery.sent_at_ms + delay_ms;
            self.wait(delivery, at_ms);
        } else {
            delivery.state = CallbackState::Over;
            self.finish(delivery);
        }
    }

    /// Lets the held callbacks of a merchant go once a later one has passed them.
    fn release_held(&mut self, passed_by: &Delivery, now_ms: i64) {
        let passes =
            |d: &&Delivery| d.held && d.id < passed_by.id && d.notice.mchid == passed_by.notice.mchid;
        let other = |d: &&Delivery| d.notice.notification_id != passed_by.notice.notification_id;
        let released: Vec<u64> = self
            .live
            .values()
            .filter(passes)
            .filter(other)
            .map(|d| d.id)
            .collect();
        for id in released {
            self.wake_now(id, now_ms);
        }
    }

    fn wake_now(&mut self, id: u64, now_ms: i64) {
        if let Some(delivery) = self.live.get_mut(&id) {
            self.wakes.remove(&(delivery.wake_at_ms, id));
            delivery.wake_at_ms = delivery.wake_at_ms.min(now_ms);
            self.wakes.insert((delivery.wake_at_ms, id));
        }
    }

    fn wait(&mut self, mut delivery: Delivery, wake_at_ms: i64) {
        delivery.wake_at_ms = wake_at_ms;
        self.wakes.insert((wake_at_ms, delivery.id));
        self.live.insert(delivery.id, delivery);
    }

    fn finish(&mut self, delivery: Delivery) {
        self.finished.push_back(delivery);
        if self.finished.len() > FINISHED_KEPT_MAX {
            self.finished.pop_front();
        }
    }
}

/// Whether an answer ends the sending.
fn acknowledges(platform: PlatformName, status: Option<u16>, body: &[u8]) -> bool {
    match platform {
        PlatformName::Wechat => matches!(status, Some(200 | 204)),
        PlatformName::Alipay => status == Some(200) && body == ALIPAY_ACKNOWLEDGES,
    }
}

impl Delivery {
    fn view(&self) -> CallbackView {
        let waiting = self.state == CallbackState::Waiting;
        CallbackView {
            platform: self.notice.platform,
            id: self.id.to_string(),
            notification_id: self.notice.notification_id.clone(),
            mchid: self.notice.mchid.clone(),
            out_trade_no: self.notice.out_trade_no.clone(),
            event: self.notice.event,
            attempts: self.attempts,
            state: self.state,
            next_at_ms: waiting.then(|| self.wake_at_ms.to_string()),
            last_status: self.last_status,
            spoil: self.spoil,
        }
    }
}
