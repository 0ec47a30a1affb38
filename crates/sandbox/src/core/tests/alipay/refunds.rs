//! Refunds, and what their answers mean.

use serde_json::json;

use super::Stall;
use crate::{CallEffect, CallKind, Fault, FaultRule, RefundEnd};

#[test]
fn a_refund_moves_the_money_once_and_says_so() {
    let mut stall = Stall::new();
    stall.paid();
    let first = stall.refund("R1", "2.50");
    assert_eq!((first.code(), &first.node["fund_change"]), ("10000", &json!("Y")));
    assert_eq!(first.node["refund_fee"], "2.50");
    let again = stall.refund("R1", "2.50");
    assert_eq!((again.code(), &again.node["fund_change"]), ("10000", &json!("N")));
    let second = stall.refund("R2", "10.00");
    assert_eq!(second.node["refund_fee"], "12.50", "the sum of all refunds");
    assert_eq!(stall.status(), "TRADE_CLOSED", "returned in full");
    assert_eq!(stall.platform.counters().refunds_accepted, 2);
}

#[test]
fn refunds_never_pass_what_was_paid() {
    let mut stall = Stall::new();
    stall.opened();
    assert_eq!(stall.refund("R1", "1.00").refused().1, "ACQ.TRADE_NOT_EXIST");
    stall.paid();
    assert_eq!(
        stall.refund("R1", "12.51").refused().1,
        "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"
    );
    assert_eq!(
        stall.refund("R1", "0").refused().1,
        "ACQ.REASON_TRADE_REFUND_FEE_ERR"
    );
    assert_eq!(
        stall.refund("R1", "1.001").refused().1,
        "ACQ.REASON_TRADE_REFUND_FEE_ERR"
    );
    stall.refund("R1", "12.00");
    assert_eq!(
        stall.refund("R2", "0.51").refused().1,
        "ACQ.REASON_TRADE_REFUND_FEE_ERR"
    );
    assert_eq!(
        stall.refund("R1", "11.00").refused().1,
        "ACQ.DISCORDANT_REPEAT_REQUEST"
    );
    assert_eq!(stall.refund("R2", "0.50").code(), "10000");
}

#[test]
fn a_part_needs_a_number_of_its_own_and_the_whole_takes_the_trades() {
    let mut stall = Stall::new();
    stall.paid();
    let part = json!({ "out_trade_no": super::NUMBER, "refund_amount": "1.00" });
    assert_eq!(
        stall.call("alipay.trade.refund", &part).refused().1,
        "ACQ.INVALID_PARAMETER"
    );
    let whole = json!({ "out_trade_no": super::NUMBER, "refund_amount": "12.50" });
    assert_eq!(stall.call("alipay.trade.refund", &whole).code(), "10000");
    assert_eq!(stall.refund_query(super::NUMBER).node["refund_amount"], "12.50");
}

#[test]
fn f41_a_refund_query_answers_yes_whether_or_not_anything_was_refunded() {
    let mut stall = Stall::new();
    stall.paid();
    let nothing = stall.refund_query("R1");
    assert_eq!(
        (nothing.code(), &nothing.node["refund_amount"]),
        ("10000", &json!(null))
    );
    stall.refund("R1", "2.50");
    let done = stall.refund_query("R1").node;
    assert_eq!(done["refund_status"], "REFUND_SUCCESS");
    assert_eq!(
        (&done["refund_amount"], &done["total_amount"]),
        (&json!("2.50"), &json!("12.50"))
    );
    assert_eq!(done["out_request_no"], "R1");
    let unknown = json!({ "out_trade_no": "nothing", "out_request_no": "R1" });
    let answer = stall.call("alipay.trade.fastpay.refund.query", &unknown);
    assert_eq!(answer.refused().1, "ACQ.TRADE_NOT_EXIST");
}

#[test]
fn a_held_refund_moves_nothing_until_it_is_settled() {
    let mut stall = Stall::new();
    stall.paid();
    stall.platform.set_fault(FaultRule::next(
        1,
        Fault::Refund {
            ends: RefundEnd::Held,
        },
    ));
    for _ in 0..2 {
        assert_eq!(stall.refund("R1", "12.50").node["fund_change"], "N");
    }
    assert_eq!(stall.refund_query("R1").node["refund_status"], json!(null));
    assert_eq!(stall.status(), "TRADE_SUCCESS");
    assert_eq!(
        stall.refund("R2", "0.01").refused().1,
        "ACQ.REASON_TRADE_REFUND_FEE_ERR"
    );
    assert_eq!(stall.platform.settle_refund("R1", None, stall.now_ms), Ok(()));
    assert_eq!(stall.refund_query("R1").node["refund_status"], "REFUND_SUCCESS");
    assert_eq!(stall.status(), "TRADE_CLOSED");
}

#[test]
fn a_refund_that_came_to_nothing_can_be_asked_for_again_under_its_number() {
    let mut stall = Stall::new();
    stall.paid();
    let ends = RefundEnd::Closed;
    stall
        .platform
        .set_fault(FaultRule::next(1, Fault::Refund { ends }));
    assert_eq!(stall.refund("R1", "12.50").node["fund_change"], "N");
    assert_eq!(stall.refund_query("R1").node["refund_amount"], json!(null));
    assert_eq!(stall.refund("R1", "12.50").node["fund_change"], "Y");
    assert_eq!(stall.platform.counters().refunds_accepted, 1);
}

#[test]
fn too_little_money_refuses_a_refund_and_records_nothing() {
    let mut stall = Stall::new();
    stall.paid();
    let fault = Fault::Call {
        on: Some(CallKind::Refund),
        effect: CallEffect::NotEnough,
    };
    stall.platform.set_fault(FaultRule::next(1, fault));
    assert_eq!(
        stall.refund("R1", "1.00").refused().1,
        "ACQ.SELLER_BALANCE_NOT_ENOUGH"
    );
    assert!(stall.platform.refunds().is_empty());
    assert_eq!(stall.refund("R1", "1.00").node["fund_change"], "Y");
}
