//! A running till and a running centre with a real line between them: sockets, signatures, threads.
//!
//! Both run in this process, each on threads of its own, as two programs would.

pub mod centre;
pub mod counter;
