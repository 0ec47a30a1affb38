//! The deterministic simulation: several tills, a centre of several processes and both payment platforms on one thread, in
//! virtual time, with seeded faults.
//!
//! The real code runs: the till's core on its real file, the centre's core on its real file, the
//! WeChat client with real signatures, the stand-in platform. Only sockets, clocks and chance are
//! replaced. `docs/SIMULATION.md` says what is checked and how a failing seed is replayed.

pub mod agenda;
pub mod books;
pub mod cashier;
pub mod cover;
pub mod customer;
pub mod drawer;
pub mod files;
pub mod invariants;
pub mod lane;
pub mod merchant;
pub mod mutants;
pub mod operator;
pub mod platform;
pub mod report;
pub mod rng;
pub mod run;
pub mod trace;
pub mod verdict;
pub mod weather;
pub mod world;
