//! How the till talks with its centre: a pure step from what is to be done and what came back to what to
//! do next.
//!
//! No store, no network, no clock and no randomness of its own live here: the same engine runs in the app
//! and, on one thread with virtual time, in the simulation. It keeps nothing that matters. What has to be
//! done is read from the store at every look ([`Pending`]), so a restart, a lost answer or a repeated one
//! can only cost time.

mod backoff;
mod call;
mod engine;
mod errands;
mod lane;
mod link;
mod message;
mod pending;
mod plan;
mod tenders;
#[cfg(test)]
mod testkit;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_property;

pub use call::{Answer, Call, LinkFault};
pub use engine::{Effect, Engine, Input, Moment};
pub use errands::Errand;
pub use link::{LinkStatus, Reach};
pub use message::Outgoing;
pub use pending::{Pending, ShownCode, Watched};
