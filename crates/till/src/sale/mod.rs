//! What happens to orders, tenders and shifts inside one transaction: the domain's tables decide, rows and journal
//! entries are written together.
//!
//! Who may ask for it, and what is shown afterwards, is in the commands. SQL is in the store.

mod adopt;
mod adopt_refund;
mod adopt_shift;
mod attempt;
mod basket;
mod late;
mod news;
mod order;
mod print;
mod refund;
pub mod said;
mod settle;
mod shift;

pub use attempt::{GivenUpBy, UNKNOWN_AFTER_VAIN};
pub use basket::{priced, priced_article, refuse_quantity};
pub use late::{can_accept, choice, waits_until_ms};
pub use news::TenderChange;
pub use print::{printer, prints_receipts};
pub use refund::{RefundWish, left_of, parts, payable};
pub use settle::Cash;
pub use shift::{Closing, Figures, count_sum, figures, told, unpaid_orders};
