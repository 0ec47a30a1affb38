//! Which of the two platforms something belongs to.

use serde::{Deserialize, Serialize};

/// A platform the sandbox stands in for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlatformName {
    /// WeChat Pay APIv3.
    Wechat,
    /// The Alipay Open API.
    Alipay,
}
