//! What the platforms will do by themselves, in the order of its time.

use std::collections::BTreeSet;

use super::name::PlatformName;
use super::trade::TradeKey;

/// One thing that happens when its time has come.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// A WeChat refund ends.
    Refund { mchid: String, out_refund_no: String },
    /// Money that was on its way arrives.
    Payment { platform: PlatformName, key: TradeKey },
    /// An Alipay trade that nobody paid is closed.
    AlipayClose { key: TradeKey },
    /// An Alipay trade is past refunding.
    AlipayFinish { key: TradeKey },
}

/// The agenda.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    due: BTreeSet<(i64, Due)>,
}

impl Agenda {
    pub(crate) fn plan(&mut self, at_ms: i64, due: Due) {
        self.due.insert((at_ms, due));
    }

    /// The next thing that is due at `now_ms`, taken off the agenda.
    pub(crate) fn take(&mut self, now_ms: i64) -> Option<Due> {
        let first = self.due.first().filter(|(at_ms, _)| *at_ms <= now_ms).cloned()?;
        self.due.remove(&first);
        Some(first.1)
    }

    /// Takes something off the agenda wherever it stands.
    pub(crate) fn strike(&mut self, gone: &Due) {
        self.due.retain(|(_, due)| due != gone);
    }

    pub(crate) fn next_ms(&self) -> Option<i64> {
        self.due.first().map(|(at_ms, _)| *at_ms)
    }
}
