//! Which call a method and a path stand for.

use super::fault::CallKind;
use super::refusal::{Code, Refusal};

/// The calls this stand-in knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Prepay,
    CodePay,
    QueryByNumber { out_trade_no: String },
    QueryById { transaction_id: String },
    Close { out_trade_no: String },
    Reverse { out_trade_no: String },
    Refund,
    QueryRefund { out_refund_no: String },
    Certificates,
    TradeBill,
    BillDownload,
}

impl Route {
    /// Reads a request line.
    pub(crate) fn parse(method: &str, path_and_query: &str) -> Result<Self, Refusal> {
        let path = path_and_query.split('?').next().unwrap_or_default();
        let segments: Vec<String> = path.split('/').skip(1).map(percent_decoded).collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let (expected, route) = match segments.as_slice() {
            ["v3", "pay", "transactions", "native"] => ("POST", Self::Prepay),
            ["v3", "pay", "transactions", "codepay"] => ("POST", Self::CodePay),
            ["v3", "bill", "tradebill"] => ("GET", Self::TradeBill),
            ["v3", "billdownload", "file"] => ("GET", Self::BillDownload),
            ["v3", "pay", "transactions", "out-trade-no", number] => (
                "GET",
                Self::QueryByNumber {
                    out_trade_no: (*number).to_owned(),
                },
            ),
            ["v3", "pay", "transactions", "id", id] => (
                "GET",
                Self::QueryById {
                    transaction_id: (*id).to_owned(),
                },
            ),
            ["v3", "pay", "transactions", "out-trade-no", number, "close"] => (
                "POST",
                Self::Close {
                    out_trade_no: (*number).to_owned(),
                },
            ),
            ["v3", "pay", "transactions", "out-trade-no", number, "reverse"] => (
                "POST",
                Self::Reverse {
                    out_trade_no: (*number).to_owned(),
                },
            ),
            ["v3", "refund", "domestic", "refunds"] => ("POST", Self::Refund),
            ["v3", "refund", "domestic", "refunds", number] => (
                "GET",
                Self::QueryRefund {
                    out_refund_no: (*number).to_owned(),
                },
            ),
            ["v3", "certificates"] => ("GET", Self::Certificates),
            [..] => return Err(Refusal::new(Code::NotFound, "沙箱没有这个接口")),
        };
        if method == expected {
            Ok(route)
        } else {
            Err(Refusal::new(
                Code::MethodNotAllowed,
                format!("该接口只接受{expected}方法"),
            ))
        }
    }

    pub(crate) const fn kind(&self) -> CallKind {
        match self {
            Self::Prepay => CallKind::Prepay,
            Self::CodePay => CallKind::CodePay,
            Self::Reverse { .. } => CallKind::Cancel,
            Self::TradeBill => CallKind::Bill,
            Self::BillDownload => CallKind::BillDownload,
            Self::QueryByNumber { .. } | Self::QueryById { .. } => CallKind::Query,
            Self::Close { .. } => CallKind::Close,
            Self::Refund => CallKind::Refund,
            Self::QueryRefund { .. } => CallKind::RefundQuery,
            Self::Certificates => CallKind::Certificates,
        }
    }
}

/// The value of `name` in the query, decoded.
pub(crate) fn query_value(path_and_query: &str, name: &str) -> Option<String> {
    let (_, query) = path_and_query.split_once('?')?;
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .find(|(key, _)| *key == name)
        .map(|(_, value)| percent_decoded(value))
}

/// `%7C` and the like turned into bytes; what is not a valid escape or not UTF-8 stays as a sign that
/// no number can hold.
pub(crate) fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = tail
            .first_chunk::<2>()
            .filter(|_| *first == b'%')
            .and_then(|hex| {
                let hex = std::str::from_utf8(hex).ok()?;
                u8::from_str_radix(hex, 16).ok()
            });
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_with_their_escapes() {
        let route = Route::parse("GET", "/v3/pay/transactions/out-trade-no/ab%7Ccd%2A1?mchid=1").unwrap();
        assert_eq!(
            route,
            Route::QueryByNumber {
                out_trade_no: "ab|cd*1".to_owned()
            }
        );
        assert_eq!(query_value("/x?a=1&mchid=19%30", "mchid").as_deref(), Some("190"));
        assert_eq!(query_value("/x", "mchid"), None);
        assert_eq!(percent_decoded("%zz%4"), "%zz%4");
    }

    #[test]
    fn another_method_or_path_is_refused() {
        let status = |method, path| Route::parse(method, path).map_err(|r| r.status());
        assert_eq!(status("GET", "/v3/pay/transactions/native"), Err(405));
        assert_eq!(status("POST", "/v3/pay/transactions/jsapi"), Err(404));
        assert_eq!(status("GET", "/v3/certificates"), Ok(Route::Certificates));
    }
}
