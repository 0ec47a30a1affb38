//! One file per noun: its columns, how a row is read, found, made and saved. Rules are not here.

pub mod bill_day;
pub mod bill_row;
pub mod caller;
pub mod delivery;
pub mod due;
pub mod journal;
pub mod lease;
pub mod meta;
pub mod operator;
pub mod outbox;
pub mod pay_channel;
pub mod pay_order;
pub mod refund;
pub mod standing;
pub mod store;
pub mod stream;
pub mod subscriber;
pub mod suspense;
pub mod till;
pub mod trade;
pub mod view;
