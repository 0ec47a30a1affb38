//! The limit of a durable command: a bare transaction that writes exactly the rows the command writes.
//!
//! A till is watched while it works ([`watch`]); what each of its commands left changed becomes a list of
//! statements ([`writes`]), and those run on a copy of its database with the same settings ([`twin`]).

pub mod rows;
pub mod twin;
pub mod watch;
pub mod writes;
