//! What a sandbox is started with.

/// How long an accepted refund takes unless set otherwise: long enough to be seen as "in progress".
const REFUND_SETTLE_MS_DEFAULT: u32 = 2_000;

/// Trades can be refunded for three months unless the contract says otherwise.
const ALIPAY_FINISH_MS_DEFAULT: i64 = 90 * 86_400_000;

/// The platform's bound on the text in a payment code.
const CODE_URL_CHARS_MAX: usize = 64;
/// `/pay/` and a token of 16 characters.
const CODE_PATH_CHARS: usize = 21;

/// What a sandbox is started with.
#[derive(Clone, Debug)]
pub struct PlatformConfig {
    /// The seed of all numbers, nonces and tokens.
    pub seed: u64,
    /// Where the phone page is, so that a code can be opened by a person. Without it codes have the real
    /// platform's form, `weixin://wxpay/bizpayurl?pr=…`.
    pub code_base: Option<CodeBase>,
    /// How long an accepted refund stays PROCESSING.
    pub refund_settle_ms: u32,
    /// How long after a refund of an order the next one is taken; WeChat Pay says a minute. Zero takes it at once.
    pub refund_gap_ms: u32,
    /// Where downloads of bills are fetched. Without it their addresses have the real platforms' form.
    pub api_base: Option<String>,
    /// How long after its payment a trade of Alipay can be refunded; then it is TRADE_FINISHED.
    pub alipay_finish_ms: i64,
}

impl PlatformConfig {
    /// The usual settings with `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            code_base: None,
            refund_settle_ms: REFUND_SETTLE_MS_DEFAULT,
            refund_gap_ms: 0,
            api_base: None,
            alipay_finish_ms: ALIPAY_FINISH_MS_DEFAULT,
        }
    }
}

/// The address in front of `/pay/{token}`; short enough for the code's 64 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeBase(String);

/// Why an address cannot stand in a payment code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeBaseError {
    /// Not `http://…` or `https://…`, or with blanks, a query or a fragment.
    #[error("the public base must be an http or https address without query")]
    NotAnAddress,
    /// With `/pay/` and the token it would pass 64 characters.
    #[error("the public base is too long: a payment code holds 64 characters, 21 of them the path")]
    TooLong,
}

impl CodeBase {
    /// Reads an address such as `http://192.168.1.5:8090`; a slash at its end is dropped.
    ///
    /// # Errors
    /// [`CodeBaseError`].
    pub fn parse(text: &str) -> Result<Self, CodeBaseError> {
        let base = text.trim_end_matches('/');
        let rest = base
            .strip_prefix("http://")
            .or_else(|| base.strip_prefix("https://"));
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '"' | '<' | '>' | '\\');
        if !rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(plain)) {
            return Err(CodeBaseError::NotAnAddress);
        }
        if base.len() + CODE_PATH_CHARS > CODE_URL_CHARS_MAX {
            return Err(CodeBaseError::TooLong);
        }
        Ok(Self(base.to_owned()))
    }

    /// The address without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_base_is_an_address_that_leaves_room_for_the_token() {
        assert_eq!(
            CodeBase::parse("http://127.0.0.1:65535/").unwrap().as_str(),
            "http://127.0.0.1:65535"
        );
        for bad in [
            "",
            "127.0.0.1:80",
            "ftp://a",
            "http://",
            "http://a b",
            "http://a?x=1",
            "http://a\"b",
        ] {
            assert_eq!(CodeBase::parse(bad), Err(CodeBaseError::NotAnAddress), "{bad}");
        }
        assert!(CodeBase::parse(&format!("http://{}", "a".repeat(36))).is_ok());
        assert_eq!(
            CodeBase::parse(&format!("http://{}", "a".repeat(37))),
            Err(CodeBaseError::TooLong)
        );
    }
}
