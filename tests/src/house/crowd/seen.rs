//! What a crowd has seen with its own eyes: the measure for what the books must say.

use std::collections::{BTreeMap, BTreeSet};

use super::journal::customer_of;

/// A tender that was settled, as its till was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Who sold it.
    pub member: i64,
    /// The tender.
    pub tender_no: i64,
    /// The trade that settled it.
    pub trade_no: i64,
    /// Its amount, fen.
    pub amount_minor: i64,
    /// What of it was asked back once its order was complete, fen.
    pub refunded_minor: i64,
}

impl Settled {
    /// The customer in whose name it was sold.
    #[must_use]
    pub fn customer(&self) -> String {
        customer_of(self.member)
    }
}

/// What a crowd has seen.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Tenders that were paid and heard of: one for each order.
    pub settled: Vec<Settled>,
    /// What goes back, in fen: of trades whose money did not count, all of it.
    pub returned: BTreeMap<i64, i64>,
    /// Every trade that a till was told of.
    pub trades: BTreeSet<i64>,
    /// Orders by the way they were paid.
    pub by_sale: BTreeMap<&'static str, usize>,
    /// Payment codes that charged nobody: refused, or given up by the centre.
    pub not_charged: usize,
    /// Entries that the centre has acknowledged.
    pub entries: usize,
    /// Snapshots read after the first: a new generation.
    pub snapshots: usize,
    /// Requests that had to be repeated.
    pub repeated: usize,
    /// From the customer's word to the till's, milliseconds, each.
    pub heard_ms: Vec<u128>,
}

impl Seen {
    pub(super) fn add(mut self, other: Self) -> Self {
        self.settled.extend(other.settled);
        self.returned.extend(other.returned);
        self.trades.extend(other.trades);
        for (name, orders) in other.by_sale {
            *self.by_sale.entry(name).or_default() += orders;
        }
        self.not_charged += other.not_charged;
        self.entries += other.entries;
        self.snapshots += other.snapshots;
        self.repeated += other.repeated;
        self.heard_ms.extend(other.heard_ms);
        self
    }

    /// Orders that were paid.
    #[must_use]
    pub fn sold(&self) -> usize {
        self.settled.len()
    }

    /// Their sum, fen.
    #[must_use]
    pub fn sum_minor(&self) -> i64 {
        self.settled.iter().map(|settled| settled.amount_minor).sum()
    }

    /// The time within which so many of a hundred heard that they were paid, milliseconds.
    #[must_use]
    pub fn heard_within_ms(&self, of_hundred: usize) -> u128 {
        let mut sorted = self.heard_ms.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * of_hundred / 100).min(sorted.len().saturating_sub(1));
        sorted.get(at).copied().unwrap_or(0)
    }
}
