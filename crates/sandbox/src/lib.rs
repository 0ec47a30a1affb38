//! Suanpan sandbox.
