//! The endpoints of the existing contract and what was added to it: from method and path to what is asked.

use super::trouble::{Refused, Trouble};
use crate::fault::Refusal;
use crate::http::Request;
use suanpan_wire::error::ErrorCode;

/// Largest body: the longest request has seven short fields.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// Where everything of it begins.
const PREFIX: &str = "/trade/inner/";

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// `POST native`.
    Native,
    /// `GET tradings/findTradResultByTradingOrderNo?tradingOrderNo=`.
    FindTrade,
    /// `POST refund-record/refund?tradingOrderNo=&refundAmount=`, or the same as a form.
    Refund,
    /// `GET refund-record/{refundNo}`: added.
    FindRefund {
        /// The refund.
        refund_no: String,
    },
    /// `POST tradings/{tradingOrderNo}/close`: added.
    Close {
        /// The trade.
        trade_no: String,
    },
    /// `POST orders/{productOrderNo}/cancel?productAppId=`: added.
    Cancel {
        /// The order.
        order_no: String,
    },
    /// `POST orders/{productOrderNo}/local`: added. Waived, or on account.
    Local {
        /// The order.
        order_no: String,
    },
}

impl Ask {
    /// A word for it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::FindTrade => "find_trade",
            Self::Refund => "refund",
            Self::FindRefund { .. } => "find_refund",
            Self::Close { .. } => "close",
            Self::Cancel { .. } => "cancel",
            Self::Local { .. } => "local",
        }
    }

    /// Reads method and path.
    ///
    /// # Errors
    /// `not_found` for what is no endpoint.
    pub fn parse(method: &str, path_and_query: &str) -> Result<Self, Trouble> {
        let path = path_and_query.split('?').next().unwrap_or_default();
        let rest = path.strip_prefix(PREFIX).unwrap_or_default();
        let parts: Vec<&str> = rest.split('/').collect();
        match (method, parts.as_slice()) {
            ("POST", ["native"]) => Ok(Self::Native),
            ("GET", ["tradings", "findTradResultByTradingOrderNo"]) => Ok(Self::FindTrade),
            ("POST", ["refund-record", "refund"]) => Ok(Self::Refund),
            ("GET", ["refund-record", refund_no]) => Ok(Self::FindRefund {
                refund_no: (*refund_no).to_owned(),
            }),
            ("POST", ["tradings", trade_no, "close"]) => Ok(Self::Close {
                trade_no: (*trade_no).to_owned(),
            }),
            ("POST", ["orders", order_no, "cancel"]) => Ok(Self::Cancel {
                order_no: (*order_no).to_owned(),
            }),
            ("POST", ["orders", order_no, "local"]) => Ok(Self::Local {
                order_no: (*order_no).to_owned(),
            }),
            _no_endpoint => Err(Trouble::Door(Refusal::new(ErrorCode::NotFound))),
        }
    }
}

/// A positive 63-bit number in its one way of writing.
///
/// # Errors
/// [`Refused::Malformed`].
pub fn number(text: &str) -> Result<i64, Refused> {
    let number = text.parse::<i64>().ok().filter(|number| *number > 0);
    number
        .filter(|number| number.to_string() == text)
        .ok_or(Refused::Malformed)
}

/// A parameter of the query, or of a form in the body; an empty one counts as absent.
///
/// # Errors
/// [`Refused::Malformed`] when it occurs twice or cannot be read.
pub fn parameter(request: &Request, name: &str) -> Result<Option<String>, Refused> {
    let query = request
        .path_and_query
        .split_once('?')
        .map_or("", |(_, query)| query);
    let is_form = request
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let form = if is_form {
        std::str::from_utf8(&request.body).map_err(|_| Refused::Malformed)?
    } else {
        ""
    };
    let pairs = query.split('&').chain(form.split('&'));
    let mut values = pairs
        .filter_map(|pair| pair.split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    let found = values.next();
    if values.next().is_some() {
        return Err(Refused::Malformed);
    }
    found.filter(|value| !value.is_empty()).map(decoded).transpose()
}

/// Undoes the encoding of forms. U+0000 is in no parameter of ours.
fn decoded(text: &str) -> Result<String, Refused> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
                let (high, low) = (digit(rest.next()), digit(rest.next()));
                let (Some(high), Some(low)) = (high, low) else {
                    return Err(Refused::Malformed);
                };
                u8::try_from(high * 16 + low).map_err(|_| Refused::Malformed)?
            }
            plain => plain,
        });
    }
    String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'))
        .ok_or(Refused::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &str, kind: &str, body: &str) -> Request {
        Request {
            method: "POST".into(),
            path_and_query: path.into(),
            headers: vec![("Content-Type".into(), kind.into())],
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn a_parameter_comes_from_the_query_or_a_form_but_not_from_both() {
        let form = "application/x-www-form-urlencoded;charset=UTF-8";
        let of = |path: &str, kind: &str, body: &str| parameter(&request(path, kind, body), "a");
        assert_eq!(of("/x?a=1%2E5&b=2", "text/plain", "a=2"), Ok(Some("1.5".into())));
        assert_eq!(of("/x", form, "b=1&a=%E5%85%83+2"), Ok(Some("元 2".into())));
        assert_eq!(of("/x?a=1", form, "a=1"), Err(Refused::Malformed));
        assert_eq!(of("/x?a=%zz", "", ""), Err(Refused::Malformed));
        assert_eq!(of("/x?a=%f", "", ""), Err(Refused::Malformed));
        assert_eq!(of("/x?a=%ff", "", ""), Err(Refused::Malformed));
        assert_eq!(of("/x?a=jzo2o%00", "", ""), Err(Refused::Malformed));
        assert_eq!(of("/x?a=", "", ""), Ok(None));
    }

    #[test]
    fn a_number_is_written_in_one_way() {
        assert_eq!(number("17"), Ok(17));
        for bad in ["", "0", "-1", "+1", "01", "1.0", "9223372036854775808", "一"] {
            assert_eq!(number(bad), Err(Refused::Malformed), "{bad}");
        }
    }
}
