//! What a till's journal says of money that goes back, and of money that came late.
//!
//! A refund's number is minted by the till and is its name everywhere: in the journal, at the centre, at the
//! platform.

use serde::{Deserialize, Serialize};
use suanpan_domain::tender::Means;

use crate::names;
use crate::tender::LateChoice;

/// Why a customer gets money back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundReason {
    /// The goods came back.
    Goods,
    /// Rung up or collected wrongly.
    Mistake,
    /// What was sold was spoilt or broken.
    Spoilt,
    /// Anything else.
    Other,
    /// Not asked for at this till: the centre told of it.
    Elsewhere,
}

/// Money of one tender that goes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundSaid {
    /// 63-bit number.
    pub refund_no: String,
    /// The order.
    pub order_no: String,
    /// The tender it is drawn from.
    pub tender_no: String,
    /// By what it goes back: the tender's means.
    #[serde(with = "names::means")]
    pub means: Means,
    /// How much, above zero.
    pub amount_minor: i64,
    /// Why.
    pub reason: RefundReason,
    /// In words, perhaps empty.
    pub note: String,
    /// Who asked; empty where nobody at this till did.
    pub requested_by: String,
    /// Who approved; empty where nobody at this till did.
    pub approved_by: String,
    /// The shift it was asked for in; none where nobody at this till asked, or outside any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shift_id: Option<String>,
}

/// A person's word on money that came after closing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateSaid {
    /// The tender.
    pub tender_no: String,
    /// Its order.
    pub order_no: String,
    /// Its amount.
    pub amount_minor: i64,
    /// What is to become of the money.
    #[serde(flatten)]
    pub choice: LateChoice,
    /// Who asked.
    pub requested_by: String,
    /// Who approved, where that was needed.
    pub approved_by: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Said;

    #[test]
    fn a_refund_and_a_word_on_late_money_keep_their_bytes() {
        let refund = RefundSaid {
            refund_no: "7".into(),
            order_no: "3".into(),
            tender_no: "5".into(),
            means: Means::WechatPay,
            amount_minor: 350,
            reason: RefundReason::Goods,
            note: String::new(),
            requested_by: "王芳".into(),
            approved_by: "李敏".into(),
            shift_id: None,
        };
        let asked = Said::RefundAsked { refund };
        let payload = asked.to_payload().unwrap();
        assert_eq!(
            payload,
            r#"{"kind":"refund_asked","refund":{"refund_no":"7","order_no":"3","tender_no":"5","means":"WECHAT_PAY","amount_minor":350,"reason":"goods","note":"","requested_by":"王芳","approved_by":"李敏"}}"#
        );
        assert_eq!(Said::from_payload(&payload).unwrap(), asked);
        let late = Said::LateDecided {
            late: LateSaid {
                tender_no: "5".into(),
                order_no: "3".into(),
                amount_minor: 350,
                choice: LateChoice::ReturnNow,
                requested_by: "王芳".into(),
                approved_by: None,
            },
        };
        let payload = late.to_payload().unwrap();
        assert_eq!(
            payload,
            r#"{"kind":"late_decided","late":{"tender_no":"5","order_no":"3","amount_minor":350,"choice":"return_now","requested_by":"王芳","approved_by":null}}"#
        );
        assert_eq!(Said::from_payload(&payload).unwrap(), late);
    }
}
