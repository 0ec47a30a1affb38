//! Suanpan domain.
