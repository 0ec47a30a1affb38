//! The existing contract: what business systems of this family call at `/trade/inner/**`, answered in their
//! words by the same rules as a till's tender.
//!
//! Fields, codes and texts are the family's own; what its reference does wrong is not repeated. The door itself,
//! with its listener, is the service's.

pub mod credential;
pub mod door;
pub mod order;
pub mod picture;
pub mod refund;
pub mod route;
pub mod trouble;
pub mod wish;
pub mod words;

pub use credential::OpenSecret;
pub use door::{Pending, Step};
