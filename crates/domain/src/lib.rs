//! The rules of a till and its trade centre, as pure functions and tables.
//!
//! Money, numbers, time of a shop, baskets, and every state machine live here. There is deliberately
//! no I/O, no clock, no randomness and no serialisation: what travels is in `suanpan-wire`, what is
//! kept is in the stores of the till and the centre.

pub mod basket;
pub mod code;
#[cfg(test)]
mod drawing;
pub mod give_back;
pub mod machine;
pub mod money;
pub mod mutant;
pub mod number;
pub mod order;
pub mod pay_order;
pub mod payment_code;
pub mod platform;
pub mod print;
pub mod quantity;
pub mod refund;
pub mod shift;
pub mod takings;
pub mod tender;
pub mod time;
pub mod trade;
