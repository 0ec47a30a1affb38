//! The switches at Alipay: what the merchant sees, and what the platform really did.

use serde_json::json;

use super::{Answer, NUMBER, PRECREATE, QUERY, Stall};
use crate::{
    CallEffect, CallKind, CloseEffect, Fault, FaultRule, Outcome, PaymentEffect, PlatformName, RefusalCode,
};

fn with_call(on: CallKind, effect: CallEffect) -> Stall {
    let mut stall = Stall::new();
    stall
        .platform
        .set_fault(FaultRule::next(1, Fault::Call { on: Some(on), effect }));
    stall
}

fn answer_of(stall: &mut Stall, method: &str) -> Answer {
    let content = if method == PRECREATE {
        stall.order()
    } else {
        json!({ "out_trade_no": NUMBER })
    };
    match stall.outcome(method, &content) {
        Outcome::Reply(reply) => Answer::read(&reply),
        Outcome::Dropped => panic!("the connection was dropped"),
    }
}

#[test]
fn what_is_not_known_comes_with_or_without_the_effect() {
    let table = [
        (
            CallEffect::SystemError { acts: false },
            ("20000", "isp.unknow-error"),
            0,
        ),
        (
            CallEffect::SystemError { acts: true },
            ("20000", "isp.unknow-error"),
            1,
        ),
        (
            CallEffect::Status {
                status: 500,
                acts: true,
            },
            ("40004", "ACQ.SYSTEM_ERROR"),
            1,
        ),
        (
            CallEffect::Status {
                status: 429,
                acts: false,
            },
            ("40005", "isv.app-call-limited"),
            0,
        ),
        (
            CallEffect::Forbidden,
            ("40006", "isv.insufficient-isv-permissions"),
            0,
        ),
    ];
    for (effect, refused, codes) in table {
        let mut stall = with_call(CallKind::Prepay, effect);
        assert_eq!(answer_of(&mut stall, PRECREATE).refused(), refused, "{effect:?}");
        assert_eq!(stall.platform.trades().len(), codes, "{effect:?}");
    }
}

#[test]
fn web_pages_and_lost_messages() {
    for (effect, status, codes) in [
        (CallEffect::HtmlPage, Some(200), 0),
        (
            CallEffect::HtmlStatus {
                status: 502,
                acts: true,
            },
            Some(502),
            1,
        ),
        (
            CallEffect::HtmlStatus {
                status: 502,
                acts: false,
            },
            Some(502),
            0,
        ),
        (CallEffect::LostRequest, None, 0),
        (CallEffect::LostReply, None, 1),
    ] {
        let mut stall = with_call(CallKind::Prepay, effect);
        let order = stall.order();
        match stall.outcome(PRECREATE, &order) {
            Outcome::Reply(reply) => {
                assert_eq!(Some(reply.status), status, "{effect:?}");
                assert!(reply.body.starts_with(b"<!doctype html>"));
            }
            Outcome::Dropped => assert_eq!(status, None, "{effect:?}"),
        }
        assert_eq!(stall.platform.trades().len(), codes, "{effect:?}");
    }
}

#[test]
fn signatures_that_do_not_fit_or_are_not_there() {
    for effect in [
        CallEffect::BadSignature,
        CallEffect::Unsigned,
        CallEffect::AlteredBody,
    ] {
        let mut stall = with_call(CallKind::Query, effect);
        let code = stall.opened();
        stall.platform.scan(&code, stall.now_ms).unwrap();
        let answer = answer_of(&mut stall, QUERY);
        assert!(!stall.verified(&answer), "{effect:?}");
        assert_eq!(answer.sign.is_some(), effect != CallEffect::Unsigned);
        let seen = if effect == CallEffect::AlteredBody {
            "TRADE_SUCCESS"
        } else {
            "WAIT_BUYER_PAY"
        };
        assert_eq!(answer.node["trade_status"], seen, "{effect:?}");
        assert_eq!(stall.status(), "WAIT_BUYER_PAY");
    }
}

#[test]
fn a_close_that_says_yes_may_be_a_lie() {
    for (effect, status, payable) in [
        (CloseEffect::Ignored, "WAIT_BUYER_PAY", true),
        (CloseEffect::StaysPayable, "TRADE_CLOSED", true),
    ] {
        let mut stall = Stall::new();
        stall
            .platform
            .set_fault(FaultRule::next(1, Fault::Close { effect }));
        let code = stall.opened();
        stall.platform.scan(&code, stall.now_ms).unwrap();
        assert_eq!(stall.about("alipay.trade.close").code(), "10000");
        assert_eq!(stall.status(), status, "{effect:?}");
        assert_eq!(
            stall.platform.confirm(&code, stall.now_ms).is_ok(),
            payable,
            "{effect:?}"
        );
        assert_eq!(stall.status(), "TRADE_SUCCESS");
    }
}

#[test]
fn money_on_its_way_arrives_after_the_trade_was_closed() {
    let mut stall = Stall::new();
    let effect = PaymentEffect::Late { delay_ms: 600_000 };
    stall
        .platform
        .set_fault(FaultRule::next(1, Fault::Payment { effect }));
    let code = stall.opened();
    stall.platform.confirm(&code, stall.now_ms).unwrap();
    assert_eq!(stall.status(), "WAIT_BUYER_PAY");
    stall.now_ms += 300_000;
    assert_eq!(stall.status(), "TRADE_CLOSED", "its time is over");
    stall.now_ms += 300_000;
    assert_eq!(stall.status(), "TRADE_SUCCESS");
}

#[test]
fn odd_payments_report_another_total_or_a_coupon_or_are_turned_down() {
    let paid_with = |effect: PaymentEffect| {
        let mut stall = Stall::new();
        stall
            .platform
            .set_fault(FaultRule::next(1, Fault::Payment { effect }));
        stall.paid();
        let node = stall.about(QUERY).node;
        (node["total_amount"].clone(), node["buyer_pay_amount"].clone())
    };
    assert_eq!(
        paid_with(PaymentEffect::WrongTotal { total_minor: 1 }),
        (json!("0.01"), json!("0.01"))
    );
    assert_eq!(
        paid_with(PaymentEffect::Coupon { off_minor: 250 }),
        (json!("12.50"), json!("10.00"))
    );
    let mut stall = Stall::new();
    let effect = PaymentEffect::Declined;
    stall
        .platform
        .set_fault(FaultRule::next(1, Fault::Payment { effect }));
    let (answer, _) = stall.charged(false);
    assert_eq!(answer.refused(), ("40004", "ACQ.BUYER_BALANCE_NOT_ENOUGH"));
    assert_eq!(stall.status(), "TRADE_CLOSED");
    let effect = PaymentEffect::AsksPassword;
    let mut stall = Stall::new();
    stall
        .platform
        .set_fault(FaultRule::next(1, Fault::Payment { effect }));
    assert_eq!(stall.charged(false).0.code(), "10003");
}

#[test]
fn a_switch_can_be_for_one_platform_one_merchant_one_trade_and_one_call() {
    let invisible = Fault::Call {
        on: None,
        effect: CallEffect::NotVisible,
    };
    let seen = |change: &dyn Fn(&mut FaultRule)| {
        let mut stall = Stall::new();
        stall.paid();
        let mut rule = FaultRule::next(1, invisible);
        change(&mut rule);
        stall.platform.set_fault(rule);
        (0..3)
            .map(|_| stall.status() == "TRADE_SUCCESS")
            .collect::<Vec<_>>()
    };
    assert_eq!(seen(&|_| {}), [false, true, true]);
    assert_eq!(
        seen(&|rule| rule.platform = Some(PlatformName::Wechat)),
        [true, true, true]
    );
    assert_eq!(
        seen(&|rule| rule.platform = Some(PlatformName::Alipay)),
        [false, true, true]
    );
    assert_eq!(
        seen(&|rule| rule.mchid = Some("1900000101".to_owned())),
        [true, true, true]
    );
    assert_eq!(
        seen(&|rule| rule.mchid = Some("2021000199900101".to_owned())),
        [false, true, true]
    );
    assert_eq!(
        seen(&|rule| rule.out_trade_no = Some("other".to_owned())),
        [true, true, true]
    );
    assert_eq!(
        seen(&|rule| rule.skip = 2),
        [true, true, false],
        "the third query"
    );
}

#[test]
fn every_documented_sub_code_can_be_asked_for_and_nothing_is_done() {
    for code in RefusalCode::all(PlatformName::Alipay) {
        let mut stall = with_call(CallKind::Prepay, CallEffect::Refuses { code });
        let answer = answer_of(&mut stall, PRECREATE);
        assert_eq!(answer.refused().1, code.name());
        assert_ne!(answer.code(), "10000");
        assert!(stall.verified(&answer), "{code:?}");
        assert!(stall.platform.trades().is_empty(), "{code:?}");
    }
}

#[test]
fn a_cancel_can_ask_to_be_called_again_whatever_became_of_the_trade() {
    for asks_password in [true, false] {
        let mut stall = Stall::new();
        let effect = CloseEffect::AsksAgain;
        stall
            .platform
            .set_fault(FaultRule::next(1, Fault::Close { effect }));
        stall.charged(asks_password);
        let before = stall.status();
        let again = stall.about("alipay.trade.cancel");
        assert_eq!(again.node["retry_flag"], "Y");
        assert_eq!(again.node["action"], json!(null));
        assert_eq!(stall.status(), before, "nothing was done");
        let done = stall.about("alipay.trade.cancel");
        assert_eq!(done.node["retry_flag"], "N");
        assert_eq!(stall.status(), "TRADE_CLOSED");
    }
}
