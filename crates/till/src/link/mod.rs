//! The way to the centre: signs what goes out, believes only what the centre signed.
//!
//! The only module of the till that opens connections. It knows no store and decides nothing: what to ask
//! and when is the engine's ([`crate::sync`]), what an answer changes is the commands'. The sandbox's
//! practice controls are called from here too.

pub mod enrol;
pub mod keys;
pub mod practice;
pub mod sign;
#[cfg(test)]
mod tests;
mod tls;
mod transport;

pub use sign::{Signer, Stamp};
pub use transport::Link;
