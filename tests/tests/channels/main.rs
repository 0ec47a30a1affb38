//! The centre's clients of the platforms against the stand-ins: each was written from the platforms' documents alone,
//! so that what one of them has misread shows here as a disagreement. Bytes, in one process, without sockets.

mod day_bill;
mod desk;
mod effects;
mod key_modes;

use desk::{Desk, HOUR_MS, NOON_MS, TRADE, alipay, every_mode, notify_url};
use suanpan_channels::bill::{BillAnswer, BillEntry};
use suanpan_channels::{Call, CodePay};
use suanpan_domain::money::Fen;
use suanpan_domain::payment_code::PaymentCode;
use suanpan_domain::platform::{Observation, PlatformState, RefundState};
use suanpan_sandbox as sandbox;
use suanpan_sandbox::{CallEffect, CallKind, PlatformName};

#[test]
fn a_code_is_made_again_under_the_same_number_and_paid_and_told() {
    for mut desk in every_mode() {
        let code = desk.prepay();
        desk.now_ms += 70_000;
        assert_eq!(desk.prepay(), code, "{:?}", desk.name);
        desk.pay();
        match desk.query() {
            Observation::Trade(fact) => {
                assert_eq!(fact.state, PlatformState::Paid);
                assert_eq!(fact.amount, Some(Fen::new(2_810)));
                assert_eq!(fact.currency.as_deref(), Some("CNY"));
                assert!(fact.transaction_id.is_some());
                assert_eq!(fact.paid_at_ms, Some(desk.now_ms / 1_000 * 1_000));
                let told = desk.notices();
                let [Ok(notice)] = told.as_slice() else {
                    panic!("{told:?}");
                };
                assert_eq!(notice.fact, Observation::Trade(fact));
                desk.now_ms += 48 * HOUR_MS;
                assert!(
                    desk.notices().is_empty(),
                    "a yes in its own words ends the repeats"
                );
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn f36_p28_an_unscanned_code_of_alipay_is_unknown_there_and_closes_nothing() {
    let mut desk = Desk::new(PlatformName::Alipay, alipay());
    let code = desk.prepay();
    assert_eq!(desk.query(), Observation::NotExist);
    assert_eq!(desk.close(), Observation::NotExist);
    // The deadline goes with the code: a minute after it nobody can scan it any more.
    desk.now_ms += 301_000;
    assert!(desk.platform.scan(&code, desk.now_ms).is_err() || desk.query() == Observation::NotExist);
}

#[test]
fn a_code_is_closed_and_one_that_is_paid_is_not() {
    for mut desk in every_mode() {
        let code = desk.prepay();
        desk.platform.scan(&code, desk.now_ms).unwrap();
        assert_eq!(desk.state(), PlatformState::NotPaid);
        assert_eq!(desk.close(), Observation::CloseAccepted);
        assert_eq!(desk.state(), PlatformState::Closed);
    }
    for mut desk in every_mode() {
        desk.pay();
        assert_eq!(desk.close(), Observation::AlreadyPaid, "{:?}", desk.name);
        assert_eq!(desk.state(), PlatformState::Paid);
    }
}

#[test]
fn a_payment_code_is_charged_at_once_or_after_the_password() {
    for mut desk in every_mode() {
        match desk.charge(false) {
            Observation::Trade(fact) => assert_eq!(fact.state, PlatformState::Paid),
            other => panic!("{:?}: {other:?}", desk.name),
        }
        assert_eq!(desk.state(), PlatformState::Paid);
    }
    for mut desk in every_mode() {
        assert_eq!(desk.charge(true), Observation::Busy, "{:?}", desk.name);
        let waiting = desk.state();
        assert!(matches!(waiting, PlatformState::Paying | PlatformState::NotPaid));
        desk.now_ms += 20_000;
        assert_eq!(desk.reverse(), Observation::CloseAccepted, "{:?}", desk.name);
        assert_eq!(desk.state(), PlatformState::Closed);
    }
}

#[test]
fn a_reversal_gives_a_payment_back_and_the_state_says_so() {
    for mut desk in every_mode() {
        desk.charge(false);
        desk.now_ms += 20_000;
        assert_eq!(desk.reverse(), Observation::CloseAccepted, "{:?}", desk.name);
        let after = desk.state();
        assert!(
            matches!(after, PlatformState::Closed | PlatformState::Returned),
            "{after:?}"
        );
    }
}

#[test]
fn a_payment_code_that_was_used_or_is_old_is_refused() {
    for mut desk in every_mode() {
        let digits = desk.platform.show_payment_code(desk.name, false, desk.now_ms);
        desk.now_ms += 61_000;
        let pay = CodePay {
            trade_no: TRADE.to_owned(),
            amount: Fen::new(2_810),
            description: "算盘便利店".to_owned(),
            code: PaymentCode::try_new(digits).unwrap(),
            store_id: "41".to_owned(),
            notify_url: notify_url(),
            made_at_ms: desk.now_ms,
            expires_at_ms: desk.now_ms + 60_000,
        };
        let seen = desk.ask(&Call::PayByCode(pay));
        assert!(
            matches!(seen, Observation::Refused { .. }),
            "{:?}: {seen:?}",
            desk.name
        );
    }
}

fn refund_state(observation: Observation) -> RefundState {
    match observation {
        Observation::Refund(fact) => fact.state,
        other => panic!("{other:?}"),
    }
}

#[test]
fn f42_part_and_rest_go_back_once_each_and_never_more() {
    for mut desk in every_mode() {
        desk.pay();
        desk.now_ms += 1_000;
        assert_eq!(
            desk.query_refund("88001"),
            Observation::NotExist,
            "{:?}",
            desk.name
        );
        refund_state(desk.refund("88001", 810));
        desk.platform.settle_refunds(None, desk.now_ms);
        desk.now_ms += 61_000;
        // The same number again moves nothing.
        refund_state(desk.refund("88001", 810));
        match desk.query_refund("88001") {
            Observation::Refund(fact) => {
                assert_eq!(
                    (fact.state, fact.amount),
                    (RefundState::Success, Some(Fen::new(810)))
                );
            }
            other => panic!("{other:?}"),
        }
        desk.now_ms += 61_000;
        refund_state(desk.refund("88002", 2_000));
        desk.platform.settle_refunds(None, desk.now_ms);
        let whole = desk.state();
        assert!(matches!(whole, PlatformState::Refunded | PlatformState::Returned));
        desk.now_ms += 61_000;
        let more = desk.refund("88003", 1);
        assert!(
            !matches!(more, Observation::Refund(_)),
            "{:?}: {more:?}",
            desk.name
        );
    }
}

#[test]
fn p14_refunds_are_told_under_their_own_numbers() {
    for mut desk in every_mode() {
        desk.pay();
        desk.notices();
        desk.now_ms += 1_000;
        desk.refund("88001", 810);
        desk.platform.settle_refunds(None, desk.now_ms);
        let told = desk.notices();
        let [Ok(notice)] = told.as_slice() else {
            panic!("{:?}: {told:?}", desk.name);
        };
        match &notice.fact {
            Observation::Refund(fact) => {
                assert_eq!(
                    (fact.refund_no.as_str(), fact.trade_no.as_str()),
                    ("88001", TRADE)
                );
                assert_eq!(fact.state, RefundState::Success);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn b23_f37_alipay_closes_after_a_whole_refund_and_finishes_months_later() {
    let mut desk = Desk::new(PlatformName::Alipay, alipay());
    desk.pay();
    desk.notices();
    desk.refund("88001", 2_810);
    assert_eq!(desk.state(), PlatformState::Returned);
    let mut finished = Desk::new(PlatformName::Alipay, alipay());
    finished.pay();
    finished.notices();
    finished.now_ms += 24 * HOUR_MS;
    let app = sandbox::alipay_apps().remove(0).app_id;
    finished
        .platform
        .finish_alipay(Some(&app), TRADE, finished.now_ms)
        .unwrap();
    assert_eq!(finished.state(), PlatformState::Paid);
}

#[test]
fn i14_whatever_spoils_an_answer_leaves_the_outcome_unknown() {
    let spoilt = [
        CallEffect::BadSignature,
        CallEffect::Unsigned,
        CallEffect::AlteredBody,
        CallEffect::LostReply,
        CallEffect::LostRequest,
        CallEffect::HtmlPage,
    ];
    for effect in spoilt {
        for mut desk in every_mode() {
            desk.pay();
            desk.break_next(CallKind::Query, effect);
            let seen = desk.query();
            assert!(
                matches!(seen, Observation::Unknown { .. }),
                "{:?} {effect:?}: {seen:?}",
                desk.name
            );
            assert_eq!(desk.state(), PlatformState::Paid);
        }
    }
}

#[test]
fn a_days_bill_is_there_the_next_day_with_payment_refund_and_fee() {
    for mut desk in every_mode() {
        desk.pay();
        desk.now_ms += HOUR_MS;
        desk.refund("88001", 810);
        desk.platform.settle_refunds(None, desk.now_ms);
        assert!(desk.bill("2026-11-26").is_err(), "{:?}: too early", desk.name);
        desk.now_ms += 26 * HOUR_MS;
        let bill = desk.bill("2026-11-26").unwrap();
        let paid = bill
            .rows
            .iter()
            .find(|row| matches!(row.entry, BillEntry::Paid { .. }))
            .unwrap();
        assert_eq!(paid.trade_no, TRADE);
        assert_eq!(
            paid.entry,
            BillEntry::Paid {
                amount: Fen::new(2_810)
            }
        );
        assert_eq!(paid.at_ms, NOON_MS);
        assert!(
            paid.fee.thousandths_of_fen() > 0,
            "{:?}: the platform takes something",
            desk.name
        );
        let returned = bill
            .rows
            .iter()
            .find_map(|row| match &row.entry {
                BillEntry::Returned {
                    refund_no, amount, ..
                } => Some((refund_no.clone(), *amount)),
                BillEntry::Paid { .. } | BillEntry::Reversed { .. } | BillEntry::Unfamiliar { .. } => None,
            })
            .unwrap();
        assert_eq!(returned, (Some("88001".to_owned()), Fen::new(810)));
        assert_eq!(bill.rows.len(), 2);
        match desk.bill("2026-11-25") {
            Err(BillAnswer::Missing { .. }) => {}
            other => panic!("{:?}: {other:?}", desk.name),
        }
    }
}
