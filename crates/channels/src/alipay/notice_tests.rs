//! What a notice must be to be believed. Every other one is refused with an error status.

use proptest::prelude::*;
use suanpan_domain::money::Fen;
use suanpan_domain::platform::{Observation, PlatformState, RefundState, TradeFact};

use super::testkit::*;
use crate::channel::{Channel, NoticeRefused, Receipt};
use crate::http::CallbackRequest;

fn refused(callback: &CallbackRequest) -> NoticeRefused {
    account().notice(callback, NOW_MS).unwrap_err()
}

fn fact(callback: &CallbackRequest) -> TradeFact {
    match account().notice(callback, NOW_MS).unwrap().fact {
        Observation::Trade(fact) => fact,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_payment_is_read_as_often_as_it_comes() {
    let callback = paid_with(&[]);
    let first = account().notice(&callback, NOW_MS).unwrap();
    assert!(matches!(&first.fact, Observation::Trade(fact) if fact.state == PlatformState::Paid));
    // The last of the platform's repeats comes after twenty-five hours.
    let last = account().notice(&callback, NOW_MS + 25 * 3_600_000).unwrap();
    assert_eq!(last, first);
    assert_eq!(
        account_with_certificates().notice(&callback, NOW_MS).unwrap(),
        first
    );
}

#[test]
fn i16_forged_and_old_notices_are_refused() {
    let good = paid_with(&[]);
    let text = String::from_utf8(good.body.clone()).unwrap();
    let altered = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        callback(&text.replace(from, to))
    };
    let amount = "total_amount=%31%2e%30%30";
    assert_eq!(
        refused(&altered(amount, "total_amount=%39%2e%30%30")),
        NoticeRefused::BadSignature
    );
    assert_eq!(
        refused(&altered("sign_type=RSA2", "sign_type=RSA2&added=1")),
        NoticeRefused::BadSignature
    );
    assert_eq!(
        refused(&altered("sign_type=RSA2", "sign_type=RSA")),
        NoticeRefused::Malformed("sign_type")
    );
    assert_eq!(
        refused(&altered("&sign=", "&signature=")),
        NoticeRefused::Malformed("sign")
    );
    let twice = callback(&format!("{text}&out_trade_no=1"));
    assert_eq!(refused(&twice), NoticeRefused::Malformed("parameter there twice"));
    assert_eq!(refused(&callback("a=%zz")), NoticeRefused::Malformed("form"));
    assert_eq!(refused(&callback("")), NoticeRefused::Malformed("sign_type"));
    let day_ms = 24 * 3_600_000;
    let at = |now_ms| account().notice(&good, now_ms);
    assert_eq!(at(NOW_MS + 2 * day_ms), Err(NoticeRefused::Stale));
    assert_eq!(at(NOW_MS - 400_000), Err(NoticeRefused::Stale));
    assert!(at(NOW_MS - 200_000).is_ok());
}

#[test]
fn p05_another_sellers_notice_is_refused_and_another_apps_or_amount_stays_visible() {
    assert_eq!(
        refused(&paid_with(&[("seller_id", "2088102100000002")])),
        NoticeRefused::WrongMerchant
    );
    assert_eq!(
        refused(&paid_with(&[("seller_id", "")])),
        NoticeRefused::WrongMerchant
    );
    let other_app = fact(&paid_with(&[("app_id", "2021000000000002")]));
    assert_eq!(other_app.app_id.as_deref(), Some("2021000000000002"));
    let other_amount = fact(&paid_with(&[("total_amount", "0.01")]));
    assert_eq!(other_amount.amount, Some(Fen::new(1)));
    let no_amount = fact(&paid_with(&[("total_amount", "1.001")]));
    assert_eq!(no_amount.amount, None);
    let other_order = fact(&paid_with(&[("out_trade_no", "1")]));
    assert_eq!(other_order.trade_no, "1");
}

#[test]
fn p13_parameters_that_nobody_knows_are_part_of_what_is_signed() {
    let more = [
        ("voucher_detail_list", r#"[{"amount":"0.10"}]"#),
        ("zz_new", "a=b&c d+e%20"),
        ("aa_new", "算"),
    ];
    assert_eq!(fact(&paid_with(&more)), fact(&paid_with(&[])));
}

#[test]
fn p12_f37_b23_the_states_of_a_notice() {
    let state = |changes: &[(&'static str, &'static str)]| fact(&paid_with(changes)).state;
    assert_eq!(state(&[("trade_status", "TRADE_FINISHED")]), PlatformState::Paid);
    let waiting = [("trade_status", "WAIT_BUYER_PAY"), ("gmt_payment", "")];
    assert_eq!(state(&waiting), PlatformState::NotPaid);
    let timed_out = [
        ("trade_status", "TRADE_CLOSED"),
        ("gmt_payment", ""),
        ("gmt_close", "2018-06-08 10:34:51"),
    ];
    assert_eq!(state(&timed_out), PlatformState::Closed);
    let returned = [("trade_status", "TRADE_CLOSED"), ("refund_fee", "1.00")];
    assert_eq!(state(&returned), PlatformState::Returned);
    assert_eq!(
        refused(&paid_with(&[("trade_status", "SOMETHING_NEW")])),
        NoticeRefused::Malformed("trade_status")
    );
}

#[test]
fn p14_a_refunds_notice_is_about_the_refund_and_names_no_amount_of_its_own() {
    let part = paid_with(&[
        ("out_biz_no", REFUND_NO),
        ("refund_fee", "0.40"),
        ("gmt_refund", "2018-06-08 10:34:51.000"),
    ]);
    match account().notice(&part, NOW_MS).unwrap().fact {
        Observation::Refund(fact) => {
            assert_eq!(fact.refund_no, REFUND_NO);
            assert_eq!(fact.trade_no, TRADE_NO);
            assert_eq!((fact.state, fact.amount), (RefundState::Success, None));
        }
        other => panic!("{other:?}"),
    }
    // A number of the merchant alone makes no refund of a payment.
    let payment = paid_with(&[("out_biz_no", REFUND_NO)]);
    assert_eq!(fact(&payment).state, PlatformState::Paid);
    // One made at the platform's own pages has no number of ours: it is about the trade.
    let by_hand = paid_with(&[("refund_fee", "0.40")]);
    assert_eq!(fact(&by_hand).state, PlatformState::Paid);
}

#[test]
fn notices_of_other_kinds_are_refused() {
    assert_eq!(
        refused(&paid_with(&[("notify_type", "dut_user_sign")])),
        NoticeRefused::UnknownEvent
    );
    for name in [
        "notify_type",
        "notify_id",
        "notify_time",
        "out_trade_no",
        "trade_status",
    ] {
        assert_eq!(
            refused(&paid_with(&[(name, "")])),
            NoticeRefused::Malformed(name),
            "{name}"
        );
    }
}

#[test]
fn b02_a_kept_notice_is_answered_with_seven_bare_bytes() {
    let kept = account().reply(Receipt::Kept);
    assert_eq!((kept.status, kept.body.as_slice()), (200, &b"success"[..]));
    assert_eq!(kept.body.len(), 7);
    let all = [
        NoticeRefused::BadSignature,
        NoticeRefused::Stale,
        NoticeRefused::UnknownSerial("K".into()),
        NoticeRefused::Undecryptable,
        NoticeRefused::Malformed("x"),
        NoticeRefused::WrongMerchant,
        NoticeRefused::UnknownEvent,
    ];
    let others = all
        .iter()
        .map(Receipt::Refused)
        .chain([Receipt::TryAgain])
        .map(|receipt| account().reply(receipt));
    for reply in others {
        assert!((400..600).contains(&reply.status));
        assert_eq!(reply.body, b"failure");
    }
}

proptest! {
    #[test]
    fn i16_a_flipped_byte_of_a_notice_is_refused_or_changes_nothing_signed(at in 0usize..2_000, bit in 0u8..8) {
        let mut callback = paid_with(&[]);
        let whole = account().notice(&callback, NOW_MS).unwrap();
        let at = at % callback.body.len();
        callback.body[at] ^= 1 << bit;
        if let Ok(notice) = account().notice(&callback, NOW_MS) {
            prop_assert_eq!(notice, whole);
        }
    }

    #[test]
    fn no_bytes_are_a_notice(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        let callback = CallbackRequest { headers: Vec::new(), body };
        prop_assert!(account().notice(&callback, NOW_MS).is_err());
    }
}
