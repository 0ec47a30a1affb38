//! The whole shop as real processes: every way there is to pay by code, and everything that a large shop runs at
//! once, killed in the middle.
//!
//! In one program, so that the long waits of one scenario lie beside those of another.

#![allow(
    clippy::unwrap_used,
    reason = "what is not there fails the scenario right here"
)]

mod all_at_once;
mod ways;
