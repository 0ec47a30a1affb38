//! What the trade's table and judge promise.

use super::*;
use crate::machine::{Step, check, step};
use crate::money::Fen;
use proptest::prelude::*;

fn held(state: TradeState) -> Held<'static> {
    Held {
        state,
        trade_no: "77",
        amount_minor: 2810,
        app_id: "app",
        merchant_id: "mch",
        expires_at_ms: 300_000,
        asked: 0,
    }
}

fn success() -> TradeFact {
    TradeFact {
        trade_no: "77".into(),
        state: PlatformState::Paid,
        transaction_id: Some("4200".into()),
        amount: Some(Fen::new(2810)),
        currency: Some("CNY".into()),
        app_id: Some("app".into()),
        merchant_id: Some("mch".into()),
        paid_at_ms: Some(1),
    }
}

#[test]
fn the_table_is_sound() {
    check::<TradeMachine>().unwrap();
}

#[test]
fn i4_paid_is_never_left() {
    assert!(
        TradeMachine::ROWS
            .iter()
            .all(|(from, _, _)| *from != TradeState::Paid)
    );
}

#[test]
fn f31_success_counts_from_every_state_that_could_have_been_payable() {
    for state in TradeMachine::STATES {
        let verdict = judge(&held(*state), &Observation::Trade(success()), 0);
        let local = matches!(state, TradeState::Paid | TradeState::Free | TradeState::Credit);
        if *state == TradeState::Paid {
            assert_eq!(verdict.meaning, Meaning::Nothing);
        } else if !local {
            assert_eq!(verdict.meaning, Meaning::Event(TradeEvent::Paid), "{state:?}");
            assert_eq!(
                step::<TradeMachine>(*state, TradeEvent::Paid),
                Step::To(TradeState::Paid)
            );
        }
    }
}

#[test]
fn i16_a_success_that_is_not_exactly_ours_changes_nothing() {
    let spoilers: [fn(&mut TradeFact); 6] = [
        |f| f.amount = Some(Fen::new(2800)),
        |f| f.amount = None,
        |f| f.app_id = Some("other".into()),
        |f| f.merchant_id = Some("other".into()),
        |f| f.currency = Some("USD".into()),
        |f| f.transaction_id = None,
    ];
    for spoil in spoilers {
        let mut fact = success();
        spoil(&mut fact);
        let verdict = judge(&held(TradeState::Awaiting), &Observation::Trade(fact), 0);
        assert_eq!(verdict.meaning, Meaning::Mismatch);
    }
}

#[test]
fn p26_a_close_is_believed_only_after_asking_again() {
    let closing = held(TradeState::Closing);
    let accepted = judge(&closing, &Observation::CloseAccepted, 0);
    assert_eq!(accepted.meaning, Meaning::Nothing);
    assert_eq!(accepted.next, NextCall::Query { delay_ms: 0 });
    let mut not_paid = success();
    not_paid.state = PlatformState::NotPaid;
    let after = judge(&closing, &Observation::Trade(not_paid), 0);
    assert_eq!(after.next, NextCall::Close { delay_ms: 0 });
}

#[test]
fn p28_not_exist_ends_a_trade_only_past_deadline_and_grace() {
    let awaiting = held(TradeState::Awaiting);
    assert_eq!(
        judge(&awaiting, &Observation::NotExist, 300_000 + GRACE_MS).meaning,
        Meaning::Nothing
    );
    assert_eq!(
        judge(&awaiting, &Observation::NotExist, 300_001 + GRACE_MS).meaning,
        Meaning::Event(TradeEvent::Closed)
    );
}

#[test]
fn a_refused_repeat_says_nothing_about_the_try_before_it() {
    let refused = Observation::Refused {
        code: "PARAM_ERROR".into(),
        message: String::new(),
    };
    let first = judge(&held(TradeState::Created), &refused, 0);
    assert_eq!(first.meaning, Meaning::Event(TradeEvent::Refused));
    let repeated = judge(&held(TradeState::PrepayUnknown), &refused, 0);
    assert_eq!(
        repeated,
        Verdict {
            meaning: Meaning::Nothing,
            next: NextCall::Query { delay_ms: 0 }
        }
    );
}

proptest! {
    #[test]
    fn i14_unknown_never_ends_a_trade(index in 0usize..9, asked in 0u32..20, now in 0i64..10_000_000) {
        let state = TradeMachine::STATES[index];
        let verdict = judge(&Held { asked, ..held(state) }, &Observation::Unknown { why: String::new() }, now);
        let fine = matches!(verdict.meaning, Meaning::Nothing | Meaning::Event(TradeEvent::PrepayLost));
        prop_assert!(fine, "{:?}", verdict);
    }
}
