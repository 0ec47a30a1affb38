//! The platforms themselves: pure and synchronous. No clock, no chance, no input or output.

pub(crate) mod agenda;
pub(crate) mod alipay;
pub(crate) mod answer;
pub(crate) mod auth;
pub(crate) mod bill;
pub(crate) mod board;
pub(crate) mod callback;
pub(crate) mod calls;
pub(crate) mod certificates;
pub(crate) mod codepay;
pub(crate) mod config;
pub(crate) mod counters;
pub(crate) mod fault;
pub(crate) mod fields;
pub(crate) mod http;
pub(crate) mod ids;
pub(crate) mod kept;
pub(crate) mod keys;
pub(crate) mod name;
pub(crate) mod named;
pub(crate) mod notices;
pub(crate) mod operate;
pub(crate) mod params;
pub(crate) mod phone;
pub(crate) mod platform;
pub(crate) mod refunds;
pub(crate) mod refusal;
pub(crate) mod route;
pub(crate) mod seal;
pub(crate) mod trade;
pub(crate) mod trades;
pub(crate) mod view;
pub(crate) mod wallet;
pub(crate) mod wire;

#[cfg(test)]
pub(crate) mod tests;
