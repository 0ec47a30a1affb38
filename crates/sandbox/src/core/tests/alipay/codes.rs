//! Codes, trades, queries, closing and cancelling.

use serde_json::json;

use super::{NUMBER, PRECREATE, QUERY, Stall};
use crate::{PhoneError, PhoneState, PlatformConfig, PlatformName};

const CLOSE: &str = "alipay.trade.close";
const CANCEL: &str = "alipay.trade.cancel";

#[test]
fn p28_no_trade_exists_until_somebody_scans_the_code() {
    let mut stall = Stall::new();
    let code = stall.opened();
    assert!(code.starts_with("https://qr.alipay.com/"));
    for method in [QUERY, CLOSE] {
        assert_eq!(
            stall.about(method).refused(),
            ("40004", "ACQ.TRADE_NOT_EXIST"),
            "{method}"
        );
    }
    assert_eq!(stall.platform.counters().orders_created, 0);
    assert_eq!(stall.platform.trades()[0].trade_state, "NOT_SCANNED");
    stall.platform.scan(&code, stall.now_ms).unwrap();
    assert_eq!(stall.status(), "WAIT_BUYER_PAY");
    assert_eq!(stall.platform.counters().orders_created, 1);
}

#[test]
fn looking_at_a_code_scans_nothing() {
    let mut stall = Stall::new();
    let code = stall.opened();
    let view = stall.platform.open_code(&code, stall.now_ms).unwrap();
    assert_eq!(
        (view.state, view.platform),
        (PhoneState::Payable, PlatformName::Alipay)
    );
    assert_eq!(stall.about(QUERY).refused().1, "ACQ.TRADE_NOT_EXIST");
}

#[test]
fn a_paid_trade_says_who_paid_how_much_and_when() {
    let mut stall = Stall::new();
    stall.paid();
    let node = stall.about(QUERY).node;
    assert_eq!(node["trade_status"], "TRADE_SUCCESS");
    assert_eq!(node["total_amount"], "12.50");
    assert_eq!(node["buyer_pay_amount"], "12.50");
    assert_eq!(node["send_pay_date"], "2026-03-02 10:00:00");
    assert_eq!(node["out_trade_no"], NUMBER);
    let by_number = stall.call(QUERY, &json!({ "trade_no": node["trade_no"] }));
    assert_eq!(by_number.node["out_trade_no"], NUMBER);
    assert_eq!(
        stall
            .platform
            .confirm(&stall.platform.trades()[0].code_url.clone(), stall.now_ms),
        Err(PhoneError::NotPayable(PhoneState::Paid))
    );
}

#[test]
fn the_same_number_asks_for_the_same_or_is_refused() {
    let mut stall = Stall::new();
    let code = stall.opened();
    assert_eq!(stall.opened(), code, "the same request gives the same code");
    let mut dearer = stall.order();
    dearer["total_amount"] = json!("13.00");
    let other = stall.call(PRECREATE, &dearer);
    assert_ne!(
        other.node["qr_code"],
        code.as_str(),
        "unscanned codes bind nobody"
    );
    stall.platform.scan(&code, stall.now_ms).unwrap();
    assert_eq!(stall.opened(), code);
    assert_eq!(
        stall.call(PRECREATE, &dearer).refused(),
        ("40004", "ACQ.CONTEXT_INCONSISTENT")
    );
    stall.platform.confirm(&code, stall.now_ms).unwrap();
    assert_eq!(stall.about_order().refused(), ("40004", "ACQ.TRADE_HAS_SUCCESS"));
}

#[test]
fn a_closed_trade_is_closed_for_payments_and_for_its_number() {
    let mut stall = Stall::new();
    let code = stall.opened();
    stall.platform.scan(&code, stall.now_ms).unwrap();
    assert_eq!(stall.about(CLOSE).code(), "10000");
    assert_eq!(stall.status(), "TRADE_CLOSED");
    assert_eq!(
        stall.platform.confirm(&code, stall.now_ms),
        Err(PhoneError::NotPayable(PhoneState::Closed))
    );
    assert_eq!(stall.about_order().refused(), ("40004", "ACQ.TRADE_HAS_CLOSE"));
    assert_eq!(stall.about(CLOSE).refused(), ("40004", "ACQ.TRADE_STATUS_ERROR"));
}

#[test]
fn a_paid_trade_cannot_be_closed() {
    let mut stall = Stall::new();
    stall.paid();
    assert_eq!(stall.about(CLOSE).refused(), ("40004", "ACQ.TRADE_STATUS_ERROR"));
    assert_eq!(stall.status(), "TRADE_SUCCESS");
}

#[test]
fn the_codes_time_ends_unscanned_codes_and_unpaid_trades() {
    let mut stall = Stall::new();
    let code = stall.opened();
    stall.now_ms += 300_000;
    let view = stall.platform.scan(&code, stall.now_ms).unwrap();
    assert_eq!(view.state, PhoneState::Expired);
    assert_eq!(stall.about(QUERY).refused().1, "ACQ.TRADE_NOT_EXIST");

    let mut stall = Stall::new();
    let code = stall.opened();
    stall.now_ms += 299_999;
    stall.platform.scan(&code, stall.now_ms).unwrap();
    assert_eq!(stall.status(), "WAIT_BUYER_PAY");
    stall.now_ms += 1;
    assert_eq!(stall.status(), "TRADE_CLOSED", "the platform closes it by itself");
}

#[test]
fn timeout_express_begins_with_the_scan() {
    let mut stall = Stall::new();
    let asked = json!({ "out_trade_no": NUMBER, "total_amount": "12.50", "subject": "s",
                        "timeout_express": "5m" });
    let answer = stall.call(PRECREATE, &asked);
    let code = answer.node["qr_code"].as_str().unwrap().to_owned();
    stall.now_ms += 3_600_000;
    stall.platform.scan(&code, stall.now_ms).unwrap();
    stall.now_ms += 299_999;
    assert_eq!(stall.status(), "WAIT_BUYER_PAY");
    stall.now_ms += 1;
    assert_eq!(stall.status(), "TRADE_CLOSED");
}

#[test]
fn a_cancel_closes_or_returns_and_says_yes_to_a_number_it_does_not_know() {
    let mut stall = Stall::new();
    let code = stall.opened();
    let unknown = stall.about(CANCEL);
    assert_eq!((unknown.code(), &unknown.node["action"]), ("10000", &json!(null)));
    assert!(
        stall.platform.confirm(&code, stall.now_ms).is_ok(),
        "the unscanned code stays payable"
    );
    let paid = stall.about(CANCEL);
    assert_eq!((paid.code(), &paid.node["action"]), ("10000", &json!("refund")));
    assert_eq!(stall.status(), "TRADE_CLOSED");
    assert_eq!(stall.platform.refunds()[0].refund_minor, "1250");

    let mut stall = Stall::new();
    let code = stall.opened();
    stall.platform.scan(&code, stall.now_ms).unwrap();
    assert_eq!(stall.about(CANCEL).node["action"], "close");
    assert_eq!(stall.status(), "TRADE_CLOSED");
    assert_eq!(
        stall.about(CANCEL).code(),
        "10000",
        "cancelling again changes nothing"
    );
}

#[test]
fn a_payment_code_is_charged_once_within_its_minute() {
    let mut stall = Stall::new();
    let (answer, code) = stall.charged(false);
    assert_eq!(answer.code(), "10000", "{}", answer.text);
    assert_eq!(answer.node["gmt_payment"], "2026-03-02 10:00:00");
    assert_eq!(stall.status(), "TRADE_SUCCESS");
    let mut again = stall.order();
    again["out_trade_no"] = json!("T20260302_0002");
    again["scene"] = json!("bar_code");
    again["auth_code"] = json!(code);
    let refused = ("40004", "ACQ.PAYMENT_AUTH_CODE_INVALID");
    assert_eq!(stall.call("alipay.trade.pay", &again).refused(), refused);

    let late = stall
        .platform
        .show_payment_code(PlatformName::Alipay, false, stall.now_ms);
    stall.now_ms += 60_000;
    again["auth_code"] = json!(late);
    assert_eq!(stall.call("alipay.trade.pay", &again).refused(), refused);
    let wechats = stall
        .platform
        .show_payment_code(PlatformName::Wechat, false, stall.now_ms);
    for wrong in [wechats.as_str(), "28", "28000000000000000x", "280000000000000000"] {
        again["auth_code"] = json!(wrong);
        assert_eq!(
            stall.call("alipay.trade.pay", &again).refused(),
            refused,
            "{wrong}"
        );
    }
    assert_eq!(stall.platform.counters().orders_created, 1);
}

#[test]
fn a_payment_code_with_a_password_waits_for_the_customer() {
    let mut stall = Stall::new();
    let (answer, code) = stall.charged(true);
    assert_eq!(answer.code(), "10003", "{}", answer.text);
    assert_eq!(stall.status(), "WAIT_BUYER_PAY");
    let token = stall.platform.charged_order(&code).unwrap();
    stall.platform.confirm(&token, stall.now_ms).unwrap();
    assert_eq!(stall.status(), "TRADE_SUCCESS");

    let mut stall = Stall::new();
    let (_, code) = stall.charged(true);
    let token = stall.platform.charged_order(&code).unwrap();
    stall.platform.refuse(&token, stall.now_ms).unwrap();
    assert_eq!(stall.status(), "TRADE_CLOSED");
}

#[test]
fn p12_a_trade_past_refunding_is_finished_and_told_so_without_a_second_payment() {
    let mut config = PlatformConfig::new(1);
    config.alipay_finish_ms = 86_400_000;
    let mut stall = Stall::new();
    stall.platform = crate::Platform::new(config);
    stall.paid();
    let paid = stall.after(0);
    stall
        .platform
        .callback_heard(paid[0].id, Some(200), b"success", stall.now_ms);
    let finished = stall.after(86_400_000);
    assert_eq!(stall.told(&finished[0])["trade_status"], "TRADE_FINISHED");
    assert_eq!(stall.status(), "TRADE_FINISHED");
    assert_eq!(stall.platform.counters().orders_paid, 1);
    assert_eq!(
        stall.refund("R1", "1.00").refused(),
        ("40004", "ACQ.TRADE_HAS_FINISHED")
    );
}

#[test]
fn money_can_come_after_the_close() {
    let mut stall = Stall::new();
    let code = stall.opened();
    stall.platform.scan(&code, stall.now_ms).unwrap();
    assert_eq!(stall.about(CLOSE).code(), "10000");
    stall.platform.confirm_late(&code, stall.now_ms).unwrap();
    assert_eq!(stall.status(), "TRADE_SUCCESS");
    assert_eq!(
        stall.platform.confirm_late(&code, stall.now_ms),
        Err(PhoneError::NotPayable(PhoneState::Paid))
    );
}

#[test]
fn an_unscanned_code_paid_too_late_becomes_a_paid_trade() {
    let mut stall = Stall::new();
    let code = stall.opened();
    stall.now_ms += 600_000;
    stall.platform.confirm_late(&code, stall.now_ms).unwrap();
    assert_eq!(stall.status(), "TRADE_SUCCESS");
}

#[test]
fn one_app_sees_nothing_of_another() {
    let mut stall = Stall::new();
    stall.paid();
    let number = stall.about(QUERY).node["trade_no"].clone();
    stall.app = crate::alipay_apps().remove(1);
    assert_eq!(stall.about(QUERY).refused().1, "ACQ.TRADE_NOT_EXIST");
    assert_eq!(
        stall.call(QUERY, &json!({ "trade_no": number })).refused().1,
        "ACQ.TRADE_NOT_EXIST"
    );
}

impl Stall {
    fn about_order(&mut self) -> super::Answer {
        let order = self.order();
        self.call(PRECREATE, &order)
    }
}
