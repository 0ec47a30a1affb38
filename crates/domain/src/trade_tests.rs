//! What the trade's table and judge promise.

use super::*;
use crate::machine::{Step, check, step};
use crate::money::Fen;
use crate::platform::{Observation, PlatformState, TradeFact};
use crate::tender::Means;
use proptest::prelude::*;

fn held(state: TradeState) -> Held<'static> {
    Held {
        state,
        way: Way::Shown,
        trade_no: "77",
        amount_minor: 2810,
        app_id: "app",
        merchant_id: "mch",
        created_at_ms: 0,
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
fn i4_no_step_of_the_table_goes_back_in_rank() {
    for (from, event, to) in TradeMachine::ROWS {
        assert!(
            from.rank() <= to.rank(),
            "{from:?} goes back to {to:?} by {event:?}"
        );
    }
}

#[test]
fn p4_p35_i4_paid_is_never_left() {
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

fn taken(state: TradeState) -> Held<'static> {
    Held {
        way: Way::Taken,
        expires_at_ms: 60_000,
        ..held(state)
    }
}

fn said(state: PlatformState) -> Observation {
    Observation::Trade(TradeFact { state, ..success() })
}

#[test]
fn a_payment_code_is_sent_once_and_then_asked_about() {
    for state in TradeMachine::STATES {
        for asked in 0..8 {
            let next = next_of(Way::Taken, *state, asked);
            assert!(!matches!(next, NextCall::Prepay { .. }), "{state:?}");
        }
    }
    let lost = judge(
        &taken(TradeState::Created),
        &Observation::Unknown { why: "x".into() },
        0,
    );
    assert_eq!(lost.meaning, Meaning::Event(TradeEvent::PrepayLost));
    assert_eq!(lost.next, NextCall::Query { delay_ms: 5_000 });
}

#[test]
fn a_customer_at_the_keypad_is_waited_for() {
    for state in [TradeState::Created, TradeState::PrepayUnknown] {
        for seen in [
            Observation::Busy,
            said(PlatformState::Paying),
            said(PlatformState::NotPaid),
        ] {
            let verdict = judge(&taken(state), &seen, 0);
            assert_eq!(verdict.meaning, Meaning::Event(TradeEvent::CodeOut), "{seen:?}");
            assert!(matches!(verdict.next, NextCall::Query { .. }));
        }
    }
    let refused = judge(&taken(TradeState::Awaiting), &said(PlatformState::PayError), 0);
    assert_eq!(refused.meaning, Meaning::Event(TradeEvent::Refused));
    assert_eq!(
        step::<TradeMachine>(TradeState::Awaiting, TradeEvent::Refused),
        Step::To(TradeState::Failed)
    );
}

#[test]
fn f38_a_reversal_follows_the_last_question_and_is_repeated_until_it_is_confirmed() {
    let closing = taken(TradeState::Closing);
    let first = judge(&closing, &said(PlatformState::Paying), 61_000);
    assert_eq!(first.next, NextCall::Close { delay_ms: 0 });
    let refused = judge(&closing, &Observation::Busy, 61_000);
    assert_eq!(refused.meaning, Meaning::Nothing);
    assert_eq!(refused.next, NextCall::Query { delay_ms: 5_000 });
    let again = judge(
        &Held { asked: 3, ..closing },
        &said(PlatformState::Paying),
        67_000,
    );
    assert!(matches!(again.next, NextCall::Close { delay_ms } if delay_ms > 0));
    let yes = judge(&closing, &Observation::CloseAccepted, 68_000);
    assert_eq!(yes.meaning, Meaning::Nothing);
    assert_eq!(yes.next, NextCall::Query { delay_ms: 0 });
    let paid = judge(&closing, &said(PlatformState::Paid), 69_000);
    assert_eq!(paid.meaning, Meaning::Event(TradeEvent::Paid));
}

#[test]
fn nothing_is_reversed_within_fifteen_seconds() {
    let closing = taken(TradeState::Closing);
    let early = judge(&closing, &said(PlatformState::NotPaid), 4_000);
    assert_eq!(early.next, NextCall::Close { delay_ms: 11_000 });
    let set_back = judge(&closing, &said(PlatformState::NotPaid), -900_000);
    assert_eq!(
        set_back.next,
        NextCall::Close {
            delay_ms: REVERSE_AFTER_MS_MIN
        }
    );
}

#[test]
fn what_was_reversed_after_it_was_paid_is_over_and_wins_nothing() {
    let back = said(PlatformState::Returned);
    let reversed = judge(&taken(TradeState::Closing), &back, 61_000);
    assert_eq!(reversed.meaning, Meaning::Event(TradeEvent::Closed));
    assert_eq!(
        judge(&taken(TradeState::Closed), &back, 99_000).meaning,
        Meaning::Nothing
    );
    // Nobody here has asked for it: it was paid, and why it is back is for a person to say.
    for not_ours in [held(TradeState::Closing), taken(TradeState::Awaiting)] {
        assert_eq!(
            judge(&not_ours, &back, 61_000).meaning,
            Meaning::Event(TradeEvent::Paid)
        );
    }
}

#[test]
fn p23_only_a_notice_about_a_reversed_charge_is_asked_about_first() {
    let paid = said(PlatformState::Paid);
    let first = |held: &Held<'_>, seen: &Observation| is_asked_about_first(held, &judge(held, seen, 99_000));
    assert!(first(&taken(TradeState::Closed), &paid));
    assert!(
        first(&taken(TradeState::Closing), &paid),
        "its reversal may be on its way"
    );
    assert!(!first(&taken(TradeState::Awaiting), &paid));
    assert!(!first(&held(TradeState::Closed), &paid));
    assert!(!first(&taken(TradeState::Closed), &said(PlatformState::Returned)));
}

#[test]
fn p12_f37_a_paid_trade_that_the_platform_finishes_or_closes_later_stays_paid() {
    for later in [
        PlatformState::Paid,
        PlatformState::Returned,
        PlatformState::Refunded,
        PlatformState::Closed,
    ] {
        for paid in [held(TradeState::Paid), taken(TradeState::Paid)] {
            assert_eq!(
                judge(&paid, &said(later), 0).meaning,
                Meaning::Nothing,
                "{later:?}"
            );
        }
    }
}

#[test]
fn only_an_unscanned_code_of_the_platform_that_cannot_close_it_is_let_go() {
    let let_go = |means, held: &Held<'_>, seen: &Observation| is_let_go(means, held, seen);
    let closing = held(TradeState::Closing);
    assert!(let_go(Means::AliPay, &closing, &Observation::NotExist));
    assert!(!let_go(Means::WechatPay, &closing, &Observation::NotExist));
    assert!(!let_go(
        Means::AliPay,
        &closing,
        &Observation::Unknown { why: "x".into() }
    ));
    assert!(!let_go(Means::AliPay, &closing, &said(PlatformState::NotPaid)));
    assert!(!let_go(
        Means::AliPay,
        &held(TradeState::Awaiting),
        &Observation::NotExist
    ));
    assert!(!let_go(
        Means::AliPay,
        &taken(TradeState::Closing),
        &Observation::NotExist
    ));
}

proptest! {
    #[test]
    fn i14_unknown_never_ends_a_trade(
        index in 0usize..9, taken in any::<bool>(), asked in 0u32..20, now in 0i64..10_000_000,
    ) {
        let state = TradeMachine::STATES[index];
        let way = if taken { Way::Taken } else { Way::Shown };
        let verdict = judge(&Held { asked, way, ..held(state) }, &Observation::Unknown { why: String::new() }, now);
        let fine = matches!(verdict.meaning, Meaning::Nothing | Meaning::Event(TradeEvent::PrepayLost));
        prop_assert!(fine, "{:?}", verdict);
    }
}
