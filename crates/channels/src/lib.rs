//! Suanpan channels.
