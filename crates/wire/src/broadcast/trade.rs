//! The status message of trades and refunds. It travels as an array, also when it is one.

use serde::{Deserialize, Serialize};

/// One trade's or refund's news. Long numbers are JSON numbers and what is not there is left out, as the
/// family of services writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TradeStatusMsg {
    /// Our number of the trade.
    pub trading_order_no: i64,
    /// Who asked for the money: the caller's name, `suanpan.till` for tills.
    pub product_app_id: String,
    /// The caller's number: its order, or a till's tender.
    pub product_order_no: i64,
    /// The platform's number of the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// `WECHAT_PAY` or `ALI_PAY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trading_channel: Option<String>,
    /// Our number of the refund, on its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_no: Option<i64>,
    /// `YJS`, `QXDD`, `FKSB`, `MD`, `GZ`; of a refund `SENDING`, `SUCCESS`, `FAIL`.
    pub status_name: String,
    /// `tradingState`, or of a refund its status.
    pub status_code: u8,
    /// Why, where there is a why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
    /// When it was committed, UTC milliseconds.
    pub created: i64,
    /// Id of the event; the same at every delivery.
    pub event_id: String,
    /// Amount of the trade or refund in yuan, two decimals, as a text.
    pub trading_amount: String,
}

impl TradeStatusMsg {
    /// The text that travels: an array of this one.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which would be a bug of this crate.
    pub fn to_payload(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(std::slice::from_ref(self))
    }

    /// Reads an array.
    ///
    /// # Errors
    /// When the text is none of ours.
    pub fn from_payload(payload: &[u8]) -> Result<Vec<Self>, serde_json::Error> {
        serde_json::from_slice(payload)
    }

    /// The amount in fen; nothing when the text is no amount of two decimals.
    #[must_use]
    pub fn amount_minor(&self) -> Option<i64> {
        let (yuan, fen) = self.trading_amount.split_once('.')?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(yuan) || !digits(fen) || fen.len() != 2 {
            return None;
        }
        let yuan: i64 = yuan.parse().ok()?;
        yuan.checked_mul(100)?.checked_add(fen.parse().ok()?)
    }
}

/// An amount in yuan with two decimals. Amounts of trades and refunds are never negative.
#[must_use]
pub fn yuan_text(amount_minor: i64) -> String {
    format!("{}.{:02}", amount_minor / 100, (amount_minor % 100).abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled() -> TradeStatusMsg {
        TradeStatusMsg {
            trading_order_no: 115_343_360_000_000_001,
            product_app_id: "jzo2o.orders".into(),
            product_order_no: 2_311_160_000_000_000_123,
            transaction_id: Some("4200002026112700001".into()),
            trading_channel: Some("WECHAT_PAY".into()),
            refund_no: None,
            status_name: "YJS".into(),
            status_code: 4,
            info: None,
            created: 1_795_000_000_123,
            event_id: "6f6b9a53-2b1e-8c11-9d3e-0a1b2c3d4e5f".into(),
            trading_amount: yuan_text(2810),
        }
    }

    /// Field names, order, numbers and the missing nulls are what listeners were written against.
    #[test]
    fn golden_a_settled_trade_is_an_array_with_numbers_and_without_nulls() {
        let golden = concat!(
            r#"[{"tradingOrderNo":115343360000000001,"productAppId":"jzo2o.orders","#,
            r#""productOrderNo":2311160000000000123,"transactionId":"4200002026112700001","#,
            r#""tradingChannel":"WECHAT_PAY","statusName":"YJS","statusCode":4,"#,
            r#""created":1795000000123,"eventId":"6f6b9a53-2b1e-8c11-9d3e-0a1b2c3d4e5f","#,
            r#""tradingAmount":"28.10"}]"#
        );
        assert_eq!(settled().to_payload().unwrap(), golden);
        assert_eq!(
            TradeStatusMsg::from_payload(golden.as_bytes()).unwrap(),
            [settled()]
        );
    }

    #[test]
    fn golden_a_refund_names_both_numbers() {
        let refund = TradeStatusMsg {
            refund_no: Some(7),
            status_name: "SUCCESS".into(),
            status_code: 2,
            info: Some("DUPLICATE".into()),
            trading_amount: yuan_text(5),
            transaction_id: None,
            ..settled()
        };
        let golden = concat!(
            r#"[{"tradingOrderNo":115343360000000001,"productAppId":"jzo2o.orders","#,
            r#""productOrderNo":2311160000000000123,"tradingChannel":"WECHAT_PAY","refundNo":7,"#,
            r#""statusName":"SUCCESS","statusCode":2,"info":"DUPLICATE","created":1795000000123,"#,
            r#""eventId":"6f6b9a53-2b1e-8c11-9d3e-0a1b2c3d4e5f","tradingAmount":"0.05"}]"#
        );
        assert_eq!(refund.to_payload().unwrap(), golden);
    }

    #[test]
    fn what_is_not_known_yet_is_ignored() {
        let text = settled().to_payload().unwrap().replace("[{", r#"[{"later":{},"#);
        assert_eq!(
            TradeStatusMsg::from_payload(text.as_bytes()).unwrap(),
            [settled()]
        );
        assert!(TradeStatusMsg::from_payload(b"{}").is_err());
    }

    #[test]
    fn an_amount_is_read_back_to_the_fen_or_not_at_all() {
        let amount = |text: &str| {
            TradeStatusMsg {
                trading_amount: text.into(),
                ..settled()
            }
            .amount_minor()
        };
        assert_eq!(amount("28.10"), Some(2810));
        assert_eq!(amount("0.05"), Some(5));
        for bad in [
            "28.1",
            "28",
            "-1.00",
            "1.005",
            ".10",
            "1e3.00",
            "99999999999999999999.00",
        ] {
            assert_eq!(amount(bad), None, "{bad}");
        }
    }
}
