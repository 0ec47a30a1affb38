//! What travels between till and centre, and from the centre to business systems: messages, signatures,
//! error codes. Version 1.
//!
//! Changes are additive only: a field is never renamed, retyped or taken away, and readers ignore what
//! they do not know. 64-bit numbers are strings; amounts are integer fen. What a message *does* is
//! decided by its receiver.

pub mod broadcast;
pub mod enrol;
pub mod entry;
pub mod error;
pub mod journal;
pub mod names;
pub mod refund;
pub mod shift;
pub mod sign;
pub mod stream;
pub mod tender;

/// Version of this contract, said in the path (`/v1/…`) and in every signature.
pub const VERSION: u8 = 1;

/// How long a till waits for an ordinary answer, milliseconds. A centre that has to ask a platform first answers with
/// what it knows well before that: its silence would be taken for a lost network.
pub const ANSWER_LIMIT_MS: u32 = 5_000;

/// Names of the product's own callers in `productAppId`.
pub const PRODUCT_APP_ID: &str = "suanpan.till";
