//! Listening to the trade centre: what a business system needs so that each event has its effect once.
//!
//! [`Book`] is the listener's own database with the table of consumed messages; [`listen`] brings messages from a
//! queue and acknowledges them when their effect is committed. [`parts`] are the listeners of a shop: order status,
//! payment log, points, and an example of a course seller. Nothing of the trade centre is known here but the
//! messages in `suanpan_wire::broadcast`.

pub mod book;
pub mod listen;
pub mod parts;

pub use book::{Book, BookError, Effect, Refused};
pub use listen::{Heard, ListenAt, Listener, Message, run};
