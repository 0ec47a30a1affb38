//! The till: what was sold and shown, kept in one SQLite file, and told to the centre in order.
//!
//! The shells (desktop window, bridge) hold a [`rpc`] command against it and show what comes back.

pub mod host;
pub mod rpc;
pub mod sale;
pub mod store;
pub mod sync;
