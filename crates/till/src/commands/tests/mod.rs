//! Stories at the counter, told through commands.

mod any_order;
mod codes;
mod doubt;
mod money;
mod reports;
mod selling;
