//! Stories at the counter, told through commands.

mod any_order;
mod codes;
mod money;
mod reports;
mod selling;
