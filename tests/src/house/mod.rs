//! The pieces with which tests build a whole practice shop out of real processes: sandbox, centre, tills,
//! the wires between them that can be cut, and a browser in front.
//!
//! Everything here blocks and panics with a sentence when something is not as it must be: it is for tests.
//! What a scenario proves is not here but in `tests/tests`.

pub mod books;
pub mod broker_line;
pub mod browser;
pub mod centre;
pub mod clock;
pub mod crowd;
pub mod http1;
pub mod picture;
pub mod process;
pub mod programs;
pub mod proxy;
pub mod rabbit;
pub mod receiver;
pub mod reckoning;
pub mod sandbox;
pub mod shop;
pub mod signer;
pub mod till;
pub mod twins;
pub mod worker;
