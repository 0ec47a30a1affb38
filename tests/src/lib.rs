//! Shared pieces of the tests: the deterministic simulation of tills, centre and platform, and the house of
//! real processes that the end-to-end scenarios run in.

pub mod bench;
pub mod house;
pub mod sim;
