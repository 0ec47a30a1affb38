//! The trade centre: which attempt collected which tender, what was closed, and what goes back.
//!
//! [`Centre`] is the whole of it as a synchronous core: time is an argument, randomness is injected, and
//! nothing but its database is touched. The network service in [`service`] and the deterministic
//! simulation drive the same core: `begin`, `take`, `observe`, `finish`, `due`, `callback`. The tills'
//! own orders and takings are not decided here.

pub mod broadcast;
pub mod caller;
pub mod callers;
pub mod centre;
pub mod db;
pub mod fault;
pub mod http;
pub mod identity;
pub mod ledger;
pub mod merchants;
pub mod network;
pub mod office;
pub mod operators;
pub mod practice;
pub mod rng;
pub mod rows;
pub mod service;
pub mod settings;

pub use centre::{Before, Begun, Centre, CentreParts, Look, PlatformCall, Room, Ticket, WorkId};
pub use db::{AnyDb, DatabaseAt, Db, DbError, PostgresDb, SqliteDb, Tx};
pub use http::{Reply, Request};
pub use rng::Rng;
pub use settings::Settings;
