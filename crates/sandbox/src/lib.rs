//! Stand-ins for WeChat Pay APIv3 and the Alipay Open API that speak their real protocols, for play money:
//! payments by a code the customer scans and by the customer's own code, refunds, notices and bills.
//!
//! Two halves. The core ([`Platform`]) is synchronous and pure: it takes requests and the time, and
//! gives replies and callbacks; a simulator drives it on one thread and gets the same bytes for the
//! same seed. The door ([`serve`]) puts HTTP, a phone page, an admin API and page, and a clock that can be
//! driven around that core.
//!
//! Deliberately not here: any code of the centre's own channels. They were written apart from the platforms'
//! documents, so that a misreading on one side shows as a disagreement. Also not here: profit sharing,
//! service providers, and payments inside apps.

mod core;
mod door;

pub use crate::core::alipay::{AlipayApp, AlipayKey, AlipayMode, alipay_apps};
pub use crate::core::callback::{
    ALIPAY_RETRY_DELAYS_MS, CallbackState, CallbackView, OutgoingCallback, RETRY_DELAYS_MS,
};
pub use crate::core::config::{CodeBase, CodeBaseError, PlatformConfig};
pub use crate::core::counters::{CallCount, Counters};
pub use crate::core::fault::{
    CallEffect, CallKind, CallbackEffect, CloseEffect, Fault, FaultRule, PaymentEffect, RefundEnd, Spoil,
    StandingFault,
};
pub use crate::core::http::{Handled, HttpReply, HttpRequest, Outcome};
pub use crate::core::keys::{AnswerKeys, CallbackKey, CertificateChange, Merchant, merchants};
pub use crate::core::name::PlatformName;
pub use crate::core::named::RefusalCode;
pub use crate::core::operate::OperateError;
pub use crate::core::phone::{PhoneError, PhoneState, PhoneView};
pub use crate::core::platform::Platform;
pub use crate::core::view::{RefundView, TradeView};
pub use crate::core::wallet::{PaymentCodeState, PaymentCodeView};
pub use crate::door::{ClockView, DoorConfig, Sandbox, serve};
