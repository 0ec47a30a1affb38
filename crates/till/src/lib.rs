//! Suanpan till.
