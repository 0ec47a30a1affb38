//! The platforms: their state, which of them a request is for, and what they do by themselves.

use std::collections::BTreeMap;

use super::agenda::{Agenda, Due};
use super::alipay::AlipayBooks;
use super::board::FaultBoard;
use super::callback::{CallbackQueue, OutgoingCallback};
use super::config::PlatformConfig;
use super::counters::Counters;
use super::http::{Handled, HttpRequest};
use super::ids::Ids;
use super::keys::{AnswerKeys, CallbackKey, CertificateChange};
use super::name::PlatformName;
use super::trade::{Trade, TradeKey};
use super::wallet::Wallet;

/// Both stand-in platforms. They live in memory only.
pub struct Platform {
    pub(crate) config: PlatformConfig,
    /// Added to the time that signatures are made and checked with.
    pub(crate) signing_offset_ms: i64,
    pub(crate) ids: Ids,
    /// WeChat Pay's orders.
    pub(crate) trades: BTreeMap<TradeKey, Trade>,
    /// WeChat Pay's payment codes → order.
    pub(crate) codes: BTreeMap<String, TradeKey>,
    /// WeChat Pay's transaction number → order.
    pub(crate) transactions: BTreeMap<String, TradeKey>,
    /// (merchant, merchant's refund number) → order, at WeChat Pay.
    pub(crate) refunds: BTreeMap<(String, String), TradeKey>,
    pub(crate) alipay: AlipayBooks,
    pub(crate) wallet: Wallet,
    pub(crate) bills: BTreeMap<String, super::bill::Ready>,
    pub(crate) agenda: Agenda,
    pub(crate) callbacks: CallbackQueue,
    pub(crate) callback_keys: BTreeMap<String, CallbackKey>,
    pub(crate) answer_keys: BTreeMap<String, AnswerKeys>,
    pub(crate) certificate_changes: BTreeMap<String, CertificateChange>,
    /// How many signatures were made while certificates alternate.
    pub(crate) certificate_signatures: u64,
    pub(crate) faults: FaultBoard,
    pub(crate) counters: BTreeMap<PlatformName, Counters>,
}

impl Platform {
    /// Empty platforms that know the practice merchants.
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
            alipay: AlipayBooks::default(),
            wallet: Wallet::default(),
            bills: BTreeMap::new(),
            agenda: Agenda::default(),
            callbacks: CallbackQueue::default(),
            callback_keys: BTreeMap::new(),
            answer_keys: BTreeMap::new(),
            certificate_changes: BTreeMap::new(),
            certificate_signatures: 0,
            faults: FaultBoard::default(),
            counters: BTreeMap::new(),
        }
    }

    /// Takes one API request at `now_ms` (ms UTC) and gives what the caller gets to see. `/gateway.do`
    /// and `/downloadBillFile.resource` are Alipay's, everything else is WeChat Pay's.
    pub fn handle(&mut self, request: &HttpRequest, now_ms: i64) -> Handled {
        self.catch_up(now_ms);
        let path = request.path_and_query.split('?').next().unwrap_or_default();
        match path {
            "/gateway.do" => self.alipay_call(request, now_ms),
            "/downloadBillFile.resource" => self.alipay_download(request, now_ms),
            _ => self.wechat_call(request, now_ms),
        }
    }

    /// When something is due next by itself; `None` when nothing is.
    #[must_use]
    pub fn next_due_ms(&self) -> Option<i64> {
        [self.agenda.next_ms(), self.callbacks.next_wake_ms()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Every callback attempt that is due at `now_ms`; each is handed out once and then waits for
    /// [`Self::callback_answered`] or [`Self::callback_heard`], five seconds at most.
    pub fn due_callbacks(&mut self, now_ms: i64) -> Vec<OutgoingCallback> {
        self.catch_up(now_ms);
        let due = self.callbacks.take_due(now_ms);
        due.into_iter()
            .map(|delivery| self.dispatch(delivery, now_ms))
            .collect()
    }

    /// Takes a merchant's answer to a callback: its HTTP status, or `None` when there was none. Alipay reads
    /// the body too: give it to [`Self::callback_heard`].
    pub fn callback_answered(&mut self, id: u64, status: Option<u16>, now_ms: i64) {
        self.callback_heard(id, status, b"", now_ms);
    }

    /// Takes a merchant's whole answer to a callback. Status 200 or 204 acknowledges WeChat Pay's; the seven
    /// bytes `success` acknowledge Alipay's.
    pub fn callback_heard(&mut self, id: u64, status: Option<u16>, body: &[u8], now_ms: i64) {
        self.catch_up(now_ms);
        if let Some(platform) = self.callbacks.answered(id, status, body) {
            self.counters_at(platform).callbacks_acknowledged += 1;
        }
    }

    /// Does everything whose time has come.
    pub(crate) fn catch_up(&mut self, now_ms: i64) {
        while let Some(due) = self.agenda.take(now_ms) {
            match due {
                Due::Refund { mchid, out_refund_no } => {
                    self.settle(&mchid, &out_refund_no, None, now_ms);
                }
                Due::Payment { platform, key } => match platform {
                    PlatformName::Wechat => self.money_arrives(&key, now_ms),
                    PlatformName::Alipay => self.alipay_money_arrives(&key, now_ms),
                },
                Due::AlipayClose { key } => self.alipay_time_over(&key, now_ms),
                Due::AlipayFinish { key } => self.alipay_finish(&key, now_ms),
            }
        }
    }

    /// The counters of one platform.
    pub(crate) fn counters_at(&mut self, platform: PlatformName) -> &mut Counters {
        self.counters.entry(platform).or_default()
    }
}
