//! What business systems are told: events written with what they tell of, and their delivery.
//!
//! [`announce`] turns committed states into events, within the transaction that commits them. [`relay`] says
//! which deliveries are due and when one that was in vain is tried again. [`broker`] and [`webhook`] are the two
//! ways by which a subscriber is told. Moving bytes and reading the clock is the service's business.

pub mod announce;
pub mod broker;
pub mod message;
pub mod relay;
pub mod subscribers;
pub mod webhook;
