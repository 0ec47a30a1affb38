//! Suanpan trade.
