//! A stand-in for WeChat Pay APIv3 (Native payments) that speaks its real protocol, for play money.
//!
//! Two halves. The core ([`Platform`]) is synchronous and pure: it takes requests and the time, and
//! gives replies and callbacks; a simulator drives it on one thread and gets the same bytes for the
//! same seed. The door ([`serve`]) puts HTTP, a phone page, an admin API and a clock that can be driven
//! around that core.
//!
//! Deliberately not here: any code of the centre's own WeChat channel. The two were written apart from
//! the platform's documents, so that a misreading on one side shows as a disagreement. Also not here:
//! Alipay, bills, profit sharing, and payments by scanning the customer's code.

mod core;
mod door;

pub use crate::core::callback::{CallbackState, CallbackView, OutgoingCallback, RETRY_DELAYS_MS};
pub use crate::core::config::{CodeBase, CodeBaseError, PlatformConfig};
pub use crate::core::counters::{CallCount, Counters};
pub use crate::core::fault::{
    CallEffect, CallKind, CallbackEffect, CloseEffect, Fault, FaultRule, PaymentEffect, RefundEnd, Spoil,
    StandingFault,
};
pub use crate::core::http::{Handled, HttpReply, HttpRequest, Outcome};
pub use crate::core::keys::{CallbackKey, Merchant, merchants};
pub use crate::core::operate::OperateError;
pub use crate::core::phone::{PhoneError, PhoneState, PhoneView};
pub use crate::core::platform::Platform;
pub use crate::core::view::{RefundView, TradeView};
pub use crate::door::{ClockView, DoorConfig, Sandbox, serve};
