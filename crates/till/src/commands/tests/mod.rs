//! Stories at the counter, told through commands.

mod any_order;
mod closing;
mod codes;
mod doubt;
mod drawer;
mod late;
mod money;
mod people;
mod refunds;
mod reports;
mod selling;
mod shifts;
mod ways;
