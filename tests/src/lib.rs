//! Shared pieces of the tests: the deterministic simulation of tills, centre and platform.

pub mod sim;
