//! Shared pieces of the tests: the deterministic simulation of tills, centre and platform, the house of
//! real processes that the end-to-end scenarios run in, and the desktop window on virtual screens.

pub mod bench;
pub mod house;
pub mod sim;
pub mod window;
