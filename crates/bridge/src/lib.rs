//! Suanpan bridge.
