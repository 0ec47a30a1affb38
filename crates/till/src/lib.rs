//! The till: what was sold and shown, kept in one SQLite file, and told to the centre in order.
//!
//! The shells (desktop window, bridge) hold a [`rpc`] command against it and show what comes back.

pub mod catalogue;
mod clock;
pub mod commands;
pub mod grammar;
pub mod hold;
pub mod host;
pub mod link;
pub mod logging;
mod payment_codes;
pub mod print;
pub mod private;
pub mod qr;
pub mod receipt;
pub mod rpc;
pub mod sale;
mod sample;
pub mod shell;
pub mod store;
pub mod sync;
#[cfg(test)]
mod testkit;
pub mod till;

pub use till::{Till, TillConfig, TillReader};
