//! Clients of payment platforms that neither open a connection nor read a clock.
//!
//! A [`Channel`] turns a [`Call`] into the bytes to send and an answer (or its absence) into an
//! [`Observation`](suanpan_domain::platform::Observation). The centre's network driver and the
//! deterministic simulation drive the same code. What an observation does to a trade is decided in
//! `suanpan_domain`; sending, retrying, time limits and storage are the caller's and deliberately not
//! here. WeChat Pay APIv3 is the first platform; another one joins as a module beside [`wechat`] that
//! implements the same trait.

pub mod breaker;
pub mod call;
pub mod channel;
pub mod http;
pub mod wechat;

pub use breaker::{Breaker, BreakerKey, BreakerPolicy, Breakers, Contact};
pub use call::{Call, NotifyUrl, NotifyUrlError, Prepay, RefundOrder};
pub use channel::{Channel, Lost, Notice, NoticeRefused, SignedAt};
pub use http::{CallbackRequest, HttpReply, HttpRequest, Method};
pub use wechat::{ConfigError, KeyProblem, PlatformKey, WechatConfig, WechatPay};
