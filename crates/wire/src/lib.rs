//! Suanpan wire.
