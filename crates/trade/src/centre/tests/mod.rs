//! What the centre promises, tried through its public face with a scripted platform.

mod alipay;
mod callbacks;
mod closing;
mod collecting;
mod contract;
mod contract_doors;
mod contract_kit;
mod contract_refunds;
mod doors;
mod fixture;
mod givenup;
mod interleavings;
mod journals;
pub(crate) mod kit;
mod openapi;
mod payment_codes;
mod platform;
mod recalling;
mod reconciling;
mod reconciling_days;
mod refunding;
mod standing;
mod streams;
mod suspending;
mod telling;
mod till_refunds;
