//! Clients of payment platforms that neither open a connection nor read a clock.
//!
//! A [`Channel`] turns a [`Call`] into the bytes to send and an answer (or its absence) into an
//! [`Observation`](suanpan_domain::platform::Observation). The centre's network driver and the
//! deterministic simulation drive the same code. What an observation does to a trade is decided in
//! `suanpan_domain`; sending, retrying, time limits and storage are the caller's and deliberately not
//! here. Each platform is a module that implements the trait by its own documents and shares with the other
//! only keys, times and forms.

pub mod alipay;
pub mod bill;
pub mod breaker;
pub mod call;
pub mod certificates;
pub mod channel;
pub mod config;
pub mod http;
pub mod keys;
mod text;
mod time;
pub mod wechat;

pub use alipay::{Alipay, AlipayConfig, AlipayTrust};
pub use breaker::{Breaker, BreakerKey, BreakerPolicy, Breakers, Contact};
pub use call::{Call, CodePay, NotifyUrl, NotifyUrlError, Prepay, RefundOrder};
pub use certificates::{Certificates, HandedOut, NoCertificates};
pub use channel::{Channel, Lost, Notice, NoticeRefused, NoticeReply, Receipt, SignedAt};
pub use config::ConfigError;
pub use http::{CallbackRequest, HttpReply, HttpRequest, Method};
pub use keys::KeyProblem;
pub use wechat::{PlatformKey, WechatConfig, WechatPay};
