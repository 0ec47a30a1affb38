//! The message about a whole order: it was completed, or part of its money went back.

use serde::{Deserialize, Serialize};

/// Means of a tender that was waived (免单): settled, and no money came.
pub const MEANS_WAIVED: &str = "MD";

/// Means of a tender that is on account (挂账): settled, and no money came yet.
pub const MEANS_ON_ACCOUNT: &str = "GZ";

/// What happened to the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OrderWord {
    /// It is paid in full, by whatever tenders.
    Completed,
    /// A refund of it succeeded.
    Refunded,
}

/// One order's news. 64-bit numbers are texts; amounts are fen; what is not known is null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderStatusMsg {
    /// Id of the event; the same at every delivery.
    pub event_id: String,
    /// What happened.
    pub status_name: OrderWord,
    /// The order's number.
    pub order_no: String,
    /// Who sold it: `suanpan.till` for tills.
    pub product_app_id: String,
    /// Kind of business: `COUNTER` for a shop's counter, else as its caller has it.
    pub order_type: Option<String>,
    /// The seller's own id of what was sold: a till's id of the order.
    pub out_business_id: Option<String>,
    /// The member, if one was named.
    pub member_id: Option<String>,
    /// What the order owed.
    pub total_minor: i64,
    /// By what it was paid.
    pub tenders: Vec<OrderTender>,
    /// What went back, when the word is that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<OrderRefund>,
    /// When it was committed, UTC milliseconds.
    pub created: i64,
}

/// A settled tender of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderTender {
    /// Its number.
    pub tender_no: String,
    /// `CASH_PAY`, `WECHAT_PAY`, `ALI_PAY`; [`MEANS_WAIVED`] and [`MEANS_ON_ACCOUNT`] settle without money.
    pub means: String,
    /// Its share; negative for a reversal.
    pub amount_minor: i64,
    /// The trade that settled it, for codes.
    pub trading_order_no: Option<String>,
    /// The platform's number of the payment.
    pub transaction_id: Option<String>,
}

/// A refund of an order that has succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderRefund {
    /// Our number of it.
    pub refund_no: String,
    /// The trade it was drawn from; none for cash.
    pub trading_order_no: Option<String>,
    /// What went back.
    pub amount_minor: i64,
}

impl OrderStatusMsg {
    /// What of the order was paid in money, in fen: its total less what was waived or is on account.
    #[must_use]
    pub fn received_minor(&self) -> i64 {
        let unpaid = self
            .tenders
            .iter()
            .filter(|tender| matches!(tender.means.as_str(), MEANS_WAIVED | MEANS_ON_ACCOUNT));
        unpaid.fold(self.total_minor, |left, tender| {
            left.saturating_sub(tender.amount_minor)
        })
    }

    /// The text that travels.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which would be a bug of this crate.
    pub fn to_payload(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Reads one.
    ///
    /// # Errors
    /// When the text is none of ours.
    pub fn from_payload(payload: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed() -> OrderStatusMsg {
        OrderStatusMsg {
            event_id: "6f6b9a53-2b1e-8c11-9d3e-0a1b2c3d4e5f".into(),
            status_name: OrderWord::Completed,
            order_no: "115343360000000065".into(),
            product_app_id: "suanpan.till".into(),
            order_type: Some("COUNTER".into()),
            out_business_id: Some("0193-a".into()),
            member_id: None,
            total_minor: 2810,
            tenders: vec![OrderTender {
                tender_no: "115343360000000066".into(),
                means: "CASH_PAY".into(),
                amount_minor: 2810,
                trading_order_no: None,
                transaction_id: None,
            }],
            refund: None,
            created: 1_795_000_000_123,
        }
    }

    #[test]
    fn golden_a_completed_order_names_its_tenders_and_says_null_for_no_member() {
        let golden = concat!(
            r#"{"eventId":"6f6b9a53-2b1e-8c11-9d3e-0a1b2c3d4e5f","statusName":"COMPLETED","#,
            r#""orderNo":"115343360000000065","productAppId":"suanpan.till","orderType":"COUNTER","#,
            r#""outBusinessId":"0193-a","memberId":null,"totalMinor":2810,"#,
            r#""tenders":[{"tenderNo":"115343360000000066","means":"CASH_PAY","amountMinor":2810,"#,
            r#""tradingOrderNo":null,"transactionId":null}],"created":1795000000123}"#
        );
        assert_eq!(completed().to_payload().unwrap(), golden);
        assert_eq!(
            OrderStatusMsg::from_payload(golden.as_bytes()).unwrap(),
            completed()
        );
    }

    #[test]
    fn what_was_waived_or_is_on_account_was_not_received() {
        let tender = |means: &str, amount_minor| OrderTender {
            means: means.into(),
            amount_minor,
            ..completed().tenders[0].clone()
        };
        for (tenders, received_minor) in [
            (vec![tender("CASH_PAY", 2810)], 2810),
            (vec![tender("CASH_PAY", 3000), tender("CASH_PAY", -190)], 2810),
            (vec![tender(MEANS_WAIVED, 2810)], 0),
            (
                vec![tender(MEANS_ON_ACCOUNT, 1000), tender("ALI_PAY", 1810)],
                1810,
            ),
        ] {
            let order = OrderStatusMsg {
                tenders,
                ..completed()
            };
            assert_eq!(order.received_minor(), received_minor);
        }
    }

    #[test]
    fn golden_a_refund_says_how_much_went_back() {
        let refunded = OrderStatusMsg {
            status_name: OrderWord::Refunded,
            tenders: Vec::new(),
            refund: Some(OrderRefund {
                refund_no: "9".into(),
                trading_order_no: Some("8".into()),
                amount_minor: 100,
            }),
            ..completed()
        };
        let text = refunded.to_payload().unwrap();
        let golden = r#""refund":{"refundNo":"9","tradingOrderNo":"8","amountMinor":100}"#;
        assert!(
            text.contains(golden) && text.contains(r#""statusName":"REFUNDED""#),
            "{text}"
        );
        assert_eq!(OrderStatusMsg::from_payload(text.as_bytes()).unwrap(), refunded);
        let cash = text.replace(r#""tradingOrderNo":"8""#, r#""tradingOrderNo":null"#);
        let read = OrderStatusMsg::from_payload(cash.as_bytes()).unwrap();
        assert_eq!(read.refund.as_ref().unwrap().trading_order_no, None);
        assert_eq!(read.to_payload().unwrap(), cash);
    }
}
