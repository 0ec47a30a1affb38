//! What can be asked of a payment platform, in this project's own words.
//!
//! Field limits of one platform are applied by that platform's module, not here.

use std::fmt;

use suanpan_domain::money::Fen;
use suanpan_domain::payment_code::PaymentCode;

/// Longest notify address every platform takes: WeChat Pay allows 255 characters.
const NOTIFY_URL_BYTES_MAX: usize = 255;

/// One call to a platform. Numbers are decimal strings of 63-bit numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Ask for a code the customer scans.
    Prepay(Prepay),
    /// Charge by a code the customer shows. Sent once only: the code and the number serve once.
    PayByCode(CodePay),
    /// Ask what became of a trade.
    Query {
        /// Our trade number.
        trade_no: String,
    },
    /// Ask to make an unpaid trade unpayable.
    Close {
        /// Our trade number.
        trade_no: String,
    },
    /// Ask to take a payment by payment code back, whatever became of it.
    Reverse {
        /// Our trade number.
        trade_no: String,
    },
    /// Give money back.
    Refund(RefundOrder),
    /// Ask what became of a refund.
    QueryRefund {
        /// Our refund number.
        refund_no: String,
        /// Our number of the trade it draws from.
        trade_no: String,
    },
}

/// The parameters of a prepay. The same value always becomes the same body, byte for byte: a repeat
/// with any other byte would be refused as a used number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepay {
    /// Our trade number.
    pub trade_no: String,
    /// What the customer pays.
    pub amount: Fen,
    /// What the customer reads on the bill; cut to the platform's limit at a character boundary.
    pub description: String,
    /// Where the platform reports the payment.
    pub notify_url: NotifyUrl,
    /// When the trade was made, UTC milliseconds: a platform that takes a life instead of a moment is told
    /// the same life in every repeat.
    pub made_at_ms: i64,
    /// Last moment the code can be paid, UTC milliseconds; sent in whole seconds, rounded down.
    pub expires_at_ms: i64,
    /// Text the platform repeats in answers and callbacks; cut like `description`.
    pub attach: Option<String>,
}

/// The parameters of a charge by payment code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodePay {
    /// Our trade number.
    pub trade_no: String,
    /// What the customer pays.
    pub amount: Fen,
    /// What the customer reads on the bill; cut to the platform's limit at a character boundary.
    pub description: String,
    /// The code. It is sent and never shown.
    pub code: PaymentCode,
    /// Our number of the store, which platforms ask for where a payment is made in one.
    pub store_id: String,
    /// Where the platform reports the payment, if it reports it at all.
    pub notify_url: NotifyUrl,
    /// When the trade was made, UTC milliseconds.
    pub made_at_ms: i64,
    /// When waiting for the customer's password ends, UTC milliseconds.
    pub expires_at_ms: i64,
}

/// The parameters of a refund. Repeats carry the same number and the same values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundOrder {
    /// Our refund number.
    pub refund_no: String,
    /// Our number of the trade it draws from.
    pub trade_no: String,
    /// What goes back.
    pub refund: Fen,
    /// What the trade was for in all.
    pub total: Fen,
    /// What the customer reads; cut to the platform's limit at a character boundary.
    pub reason: String,
    /// Where the platform reports the refund.
    pub notify_url: NotifyUrl,
}

impl Call {
    /// A word for the log.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Prepay(_) => "prepay",
            Self::PayByCode(_) => "pay_by_code",
            Self::Query { .. } => "query",
            Self::Close { .. } => "close",
            Self::Reverse { .. } => "reverse",
            Self::Refund(_) => "refund",
            Self::QueryRefund { .. } => "query_refund",
        }
    }
}

/// An address a platform can report to: https (plain http only on loopback, for practice), without a
/// query string, because platforms refuse or drop one: what tells merchants apart belongs in the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotifyUrl(String);

/// Why an address cannot be reported to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotifyUrlError {
    /// Neither https nor http on loopback.
    #[error("a notify address must be https, or http on loopback")]
    NotHttps,
    /// A `?` or `#` in it.
    #[error("a notify address must not carry a query string or a fragment")]
    HasQuery,
    /// Spaces, control characters or anything beyond ASCII.
    #[error("a notify address must be visible ASCII")]
    NotAscii,
    /// Longer than 255 bytes.
    #[error("a notify address must not be longer than 255 bytes")]
    TooLong,
}

impl NotifyUrl {
    /// Checks an address.
    ///
    /// # Errors
    /// [`NotifyUrlError`] names the rule it breaks.
    pub fn try_new(url: impl Into<String>) -> Result<Self, NotifyUrlError> {
        let url = url.into();
        if url.len() > NOTIFY_URL_BYTES_MAX {
            return Err(NotifyUrlError::TooLong);
        }
        if !url.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(NotifyUrlError::NotAscii);
        }
        if url.contains(['?', '#']) {
            return Err(NotifyUrlError::HasQuery);
        }
        if !crate::http::is_secure_or_loopback(&url) {
            return Err(NotifyUrlError::NotHttps);
        }
        Ok(Self(url))
    }

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NotifyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p32_a_notify_address_with_a_query_string_is_refused() {
        let refused = [
            (
                "https://pay.example.com/notify/wx/1?channel_id=1",
                NotifyUrlError::HasQuery,
            ),
            ("https://pay.example.com/notify#1", NotifyUrlError::HasQuery),
            ("http://pay.example.com/notify", NotifyUrlError::NotHttps),
            ("http://127.0.0.1.example.com/notify", NotifyUrlError::NotHttps),
            ("http://127.0.0.1@example.com/notify", NotifyUrlError::NotHttps),
            ("ftp://pay.example.com/notify", NotifyUrlError::NotHttps),
            ("https://", NotifyUrlError::NotHttps),
            ("https:///notify", NotifyUrlError::NotHttps),
            ("https://pay.example.com/通知", NotifyUrlError::NotAscii),
            ("https://pay.example.com/a b", NotifyUrlError::NotAscii),
            ("", NotifyUrlError::NotHttps),
        ];
        for (url, why) in refused {
            assert_eq!(NotifyUrl::try_new(url), Err(why), "{url}");
        }
        let long = format!("https://pay.example.com/{}", "a".repeat(255));
        assert_eq!(NotifyUrl::try_new(long), Err(NotifyUrlError::TooLong));
    }

    #[test]
    fn https_and_loopback_http_are_taken() {
        for url in [
            "https://pay.example.com/trade/open/notify/wx/1001",
            "http://127.0.0.1:18080/trade/open/notify/wx/1001",
            "http://localhost:9/x",
            "http://[::1]:9/x",
        ] {
            assert_eq!(NotifyUrl::try_new(url).map(|u| u.to_string()), Ok(url.to_owned()));
        }
    }
}
