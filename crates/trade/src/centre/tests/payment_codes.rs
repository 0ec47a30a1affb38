//! Charging by a code the customer shows: sent once, asked about, reversed when it takes too long, and never
//! written down.

use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_domain::platform::{Observation, PlatformState};
use suanpan_domain::trade::TradeState;
use suanpan_wire::error::ErrorCode;

use suanpan_wire::tender::{CreateAttempt, TradeView};

use super::kit::{Shop, code_of};
use crate::centre::WorkId;
use crate::db::Db;
use crate::db::migrations::MIGRATIONS;
use crate::fault::Fault;
use crate::{Begun, Room};

fn both() -> [Shop; 2] {
    [Shop::open(), Shop::open_alipay()]
}

fn refused(code: &str) -> Observation {
    Observation::Refused {
        code: code.into(),
        message: String::new(),
    }
}

fn lost() -> Observation {
    Observation::Unknown { why: "lost".into() }
}

/// A charge whose customer is at the keypad.
fn at_the_keypad(shop: &mut Shop) -> TradeView {
    shop.platform.charge_answers = vec![Observation::Busy];
    let view = shop.charge(21, "k1", 2810).unwrap();
    view.trades[0].clone()
}

#[test]
fn a_customer_who_shows_a_code_is_charged_at_once() {
    for mut shop in both() {
        let view = shop.charge(21, "k1", 2810).unwrap();
        assert_eq!(view.state, PayOrderState::Paid);
        let trade = &view.trades[0];
        assert_eq!(trade.state, TradeState::Paid);
        assert_eq!(trade.disposition, Disposition::Winner);
        assert!(trade.by_payment_code);
        assert_eq!(trade.code_url, None);
        // The same key is the same answer, and nobody is charged again.
        assert_eq!(shop.charge(21, "k1", 2810).unwrap(), view);
        assert_eq!(shop.platform.count("charge"), 1);
    }
}

#[test]
fn p20_f24_a_charge_without_an_answer_is_asked_about_and_never_sent_again() {
    for mut shop in both() {
        shop.platform.lose_replies = 1;
        let view = shop.charge(21, "k1", 2810).unwrap();
        assert_eq!(view.trades[0].state, TradeState::PrepayUnknown);
        assert_eq!(view.state, PayOrderState::NoPay);
        // The till asks again with the same key: that is no second charge.
        shop.charge(21, "k1", 2810).unwrap();
        shop.pass(5);
        let view = shop.query(21);
        assert_eq!(view.state, PayOrderState::Paid);
        assert_eq!(shop.platform.count("charge"), 1);
        assert_eq!(shop.platform.captured(), 2810);
    }
}

#[test]
fn a_customer_at_the_keypad_is_waited_for_and_then_has_paid() {
    for mut shop in both() {
        let trade = at_the_keypad(&mut shop);
        assert_eq!(trade.state, TradeState::Awaiting);
        assert!(trade.paying);
        shop.pass(12);
        assert!(shop.platform.count("query") >= 2);
        shop.platform.pay(&trade.trade_no);
        shop.pass(6);
        assert_eq!(shop.query(21).state, PayOrderState::Paid);
        assert_eq!(shop.platform.count("reverse"), 0);
    }
}

#[test]
fn p24_a_code_that_is_refused_frees_the_tender_for_another_try() {
    for mut shop in both() {
        shop.platform.charge_answers = vec![refused("AUTH_CODE_INVALID")];
        let view = shop.charge(21, "k1", 2810).unwrap();
        assert_eq!(view.trades[0].state, TradeState::Failed);
        assert_eq!(view.trades[0].refused_code.as_deref(), Some("AUTH_CODE_INVALID"));
        let view = shop.charge(21, "k2", 2810).unwrap();
        assert_eq!(view.state, PayOrderState::Paid);
        assert_eq!(view.trades.len(), 2);
    }
}

#[test]
fn a_payment_that_the_platform_gives_up_is_refused_and_not_closed() {
    let mut shop = Shop::open();
    let trade = at_the_keypad(&mut shop);
    shop.platform.set(&trade.trade_no, PlatformState::PayError);
    shop.pass(6);
    let view = shop.query(21);
    assert_eq!(view.trades[0].state, TradeState::Failed);
    assert_eq!(view.trades[0].refused_code.as_deref(), Some("PAYERROR"));
}

#[test]
fn f38_a_customer_who_takes_too_long_is_not_charged_twice() {
    for mut shop in both() {
        let trade = at_the_keypad(&mut shop);
        // The reversal is refused while the customer is at the keypad, and once it is lost.
        shop.platform.reverse_answers = vec![Observation::Busy, lost(), Observation::Busy];
        shop.pass(62);
        assert!(shop.platform.count("reverse") >= 1);
        let view = shop.query(21);
        assert_eq!(view.trades[0].state, TradeState::Closing);
        // No second charge while the first may still succeed, whatever is asked for.
        for code in [
            shop.charge(21, "k2", 2810),
            shop.create(21, "k3", 2810),
            shop.renew(21, "k4", 2810),
        ] {
            assert_eq!(code_of(code), ErrorCode::AttemptLive);
        }
        // It succeeds in the thirty-first second after all: that is the payment.
        shop.platform.pay(&trade.trade_no);
        shop.pass(10);
        let view = shop.query(21);
        assert_eq!(view.state, PayOrderState::Paid);
        assert_eq!(shop.platform.count("charge"), 1);
        assert_eq!(shop.platform.captured(), 2810);
        assert_eq!(shop.platform.returned(), 0);
    }
}

#[test]
fn a_reversal_is_believed_only_after_asking_and_lets_the_next_try_in() {
    for mut shop in both() {
        let trade = at_the_keypad(&mut shop);
        // A yes that does nothing.
        shop.platform.reverse_answers = vec![Observation::CloseAccepted];
        shop.pass(61);
        assert_eq!(shop.platform.state_of(&trade.trade_no), PlatformState::Paying);
        assert_eq!(code_of(shop.charge(21, "k2", 2810)), ErrorCode::AttemptLive);
        shop.pass(5);
        assert_eq!(shop.platform.state_of(&trade.trade_no), PlatformState::Closed);
        let view = shop.charge(21, "k2", 2810).unwrap();
        assert_eq!(view.state, PayOrderState::Paid);
        assert_eq!(view.trades[0].state, TradeState::Closed);
        assert_eq!(shop.platform.captured(), 2810);
    }
}

#[test]
fn a_payment_that_a_reversal_gave_back_ends_the_attempt_without_money() {
    let mut shop = Shop::open_alipay();
    let trade = at_the_keypad(&mut shop);
    // Paid between the last question and the reversal, which gives it back.
    shop.pass(61);
    shop.platform.set(&trade.trade_no, PlatformState::Returned);
    shop.pass(10);
    let view = shop.query(21);
    assert_eq!(view.trades[0].state, TradeState::Closed);
    assert_eq!(view.trades[0].disposition, Disposition::None);
    assert_eq!(view.state, PayOrderState::NoPay);
    assert!(shop.charge(21, "k2", 2810).is_ok());
}

#[test]
fn p23_a_notice_older_than_the_reversal_is_asked_about_and_brings_no_money() {
    let mut shop = Shop::open_alipay();
    let trade = at_the_keypad(&mut shop);
    let paid = shop.paid_notice(&trade.trade_no, 2810);
    shop.pass(61);
    shop.platform.set(&trade.trade_no, PlatformState::Returned);
    shop.pass(10);
    for _ in 0..2 {
        assert_eq!(shop.callback(&paid).status, 200);
        assert_eq!(shop.query(21).trades[0].state, TradeState::Closed);
        shop.pass(5);
        let view = shop.query(21);
        assert_eq!(view.trades[0].state, TradeState::Closed);
        assert_eq!(view.trades[0].disposition, Disposition::None);
    }
    // Where the platform itself says that it is paid after all, it is.
    shop.platform.set(&trade.trade_no, PlatformState::Paid);
    shop.callback(&paid);
    shop.pass(5);
    assert_eq!(shop.query(21).trades[0].state, TradeState::Paid);
}

#[test]
fn p23_a_notice_that_crosses_the_reversal_is_asked_about_and_wins_nothing_that_goes_back() {
    let mut shop = Shop::open_alipay();
    let trade = at_the_keypad(&mut shop);
    let paid = shop.paid_notice(&trade.trade_no, 2810);
    shop.platform.reverse_answers = vec![Observation::Busy, lost(), Observation::Busy];
    shop.pass(62);
    assert_eq!(shop.query(21).trades[0].state, TradeState::Closing);
    // The platform has taken the reversal in, and its notice of the payment comes after that.
    shop.platform.set(&trade.trade_no, PlatformState::Returned);
    assert_eq!(shop.callback(&paid).status, 200);
    shop.pass(10);
    let view = shop.query(21);
    assert_eq!(view.trades[0].state, TradeState::Closed);
    assert_eq!(view.trades[0].disposition, Disposition::None);
    assert_eq!(view.state, PayOrderState::NoPay);
}

#[test]
fn what_a_reversal_gave_back_is_told_like_a_refund_and_needs_nobody() {
    let mut shop = Shop::open_alipay();
    let trade = at_the_keypad(&mut shop);
    shop.pass(61);
    shop.platform.set(&trade.trade_no, PlatformState::Returned);
    let told = format!(
        "signed|{}|{}|4200|2810|{}_cancelled",
        shop.now_ms, trade.trade_no, trade.trade_no
    );
    assert_eq!(shop.callback(&told).status, 200);
    shop.pass(1);
    assert_eq!(shop.query(21).trades[0].state, TradeState::Closed);
    assert_eq!(shop.callback(&told).status, 200);
    assert_eq!(shop.number("SELECT COUNT(*) FROM suspense"), 0);
    // Of a payment that nobody asked to reverse it is a riddle for a person.
    let paid = shop.charge(22, "k2", 500).unwrap().trades[0].trade_no.clone();
    let told = format!("signed|{}|{paid}|4200|500|{paid}_x", shop.now_ms);
    shop.callback(&told);
    assert_eq!(shop.number("SELECT COUNT(*) FROM suspense"), 1);
}

#[test]
fn a_cashier_who_gives_up_early_waits_until_the_reversal_is_allowed_and_confirmed() {
    for mut shop in both() {
        let trade = at_the_keypad(&mut shop);
        shop.pass(3);
        let view = shop.close(21).unwrap();
        assert_eq!(view.state, PayOrderState::Canceling);
        assert_eq!(shop.platform.count("reverse"), 0);
        shop.pass(20);
        assert_eq!(shop.platform.count("reverse"), 1);
        assert_eq!(shop.platform.state_of(&trade.trade_no), PlatformState::Closed);
        assert_eq!(shop.query(21).state, PayOrderState::Canceled);
    }
}

#[test]
fn a_crash_before_the_call_charges_nobody_and_says_so() {
    for shop in both() {
        let wish = shop.charge_wish(2810);
        let request = shop.request(&shop.till, "PUT", "/v1/tenders/21/attempts/k1", &wish);
        assert!(matches!(shop.centre.begin(&request, shop.now_ms), Begun::Work(_)));
        let mut shop = shop.restart();
        shop.pass(6);
        let view = shop.query(21);
        assert_eq!(view.trades[0].state, TradeState::Failed);
        assert_eq!(view.trades[0].refused_code.as_deref(), Some("NOT_SENT"));
        assert_eq!(shop.platform.count("charge"), 0);
        // A repeat of the request is told the same, and sends nothing any more.
        assert_eq!(shop.charge(21, "k1", 2810).unwrap().trades, view.trades);
        assert_eq!(shop.platform.count("charge"), 0);
        assert_eq!(shop.charge(21, "k2", 2810).unwrap().state, PayOrderState::Paid);
    }
}

#[test]
fn a_repeat_right_after_a_crash_still_sends_the_code_once() {
    let shop = Shop::open();
    let wish = shop.charge_wish(2810);
    let request = shop.request(&shop.till, "PUT", "/v1/tenders/21/attempts/k1", &wish);
    assert!(matches!(shop.centre.begin(&request, shop.now_ms), Begun::Work(_)));
    let mut shop = shop.restart();
    shop.pass(2);
    assert_eq!(shop.charge(21, "k1", 2810).unwrap().state, PayOrderState::Paid);
    assert_eq!(shop.platform.count("charge"), 1);
}

#[test]
fn a_crash_after_the_call_is_asked_about() {
    let shop = Shop::open();
    let wish = shop.charge_wish(2810);
    let request = shop.request(&shop.till, "PUT", "/v1/tenders/21/attempts/k1", &wish);
    let Begun::Work(ticket) = shop.centre.begin(&request, shop.now_ms) else {
        panic!("a charge is due");
    };
    let mut shop = shop;
    let call = shop.centre.take(ticket.works[0], shop.now_ms).unwrap();
    shop.platform.call(&call.call);
    let mut shop = shop.restart();
    shop.pass(40);
    assert_eq!(shop.query(21).state, PayOrderState::Paid);
    assert_eq!(shop.platform.count("charge"), 1);
}

#[test]
fn whoever_read_the_clock_before_a_call_was_claimed_does_not_make_it_too() {
    let mut shop = Shop::open();
    shop.pass(1);
    let wish = shop.charge_wish(2810);
    let code = shop.request(&shop.till, "PUT", "/v1/tenders/21/attempts/k1", &wish);
    let shown = shop.request(
        &shop.till,
        "PUT",
        "/v1/tenders/22/attempts/k2",
        &CreateAttempt {
            payment_code: None,
            ..shop.charge_wish(500)
        },
    );
    for request in [code, shown] {
        let Begun::Work(ticket) = shop.centre.begin(&request, shop.now_ms) else {
            panic!("a call is due");
        };
        let work = ticket.works[0];
        let call = shop.centre.take(work, shop.now_ms).unwrap();
        for earlier_ms in [0, 1, 900] {
            let read_ms = shop.now_ms - earlier_ms;
            assert!(shop.centre.take(work, read_ms).is_none());
            assert!(shop.centre.due(read_ms, &Room::of(16)).calls.is_empty());
            assert!(shop.centre.is_in_hand(work, read_ms));
        }
        shop.platform.call(&call.call);
    }
    assert_eq!(shop.platform.count("charge"), 1);
}

#[test]
fn a_tender_that_is_closed_before_the_code_was_sent_is_over_at_once() {
    let shop = Shop::open();
    let wish = shop.charge_wish(2810);
    let request = shop.request(&shop.till, "PUT", "/v1/tenders/21/attempts/k1", &wish);
    let Begun::Work(ticket) = shop.centre.begin(&request, shop.now_ms) else {
        panic!("a charge is due");
    };
    let mut shop = shop;
    assert_eq!(shop.close(21).unwrap().state, PayOrderState::Canceled);
    assert!(shop.centre.take(ticket.works[0], shop.now_ms).is_none());
    assert_eq!(shop.platform.count("charge"), 0);
}

#[test]
fn a_code_of_another_platform_or_none_at_all_is_refused_without_a_word_of_it() {
    let mut shop = Shop::open();
    let other = Shop::open_alipay().charge_wish(2810);
    let wish = CreateAttempt {
        payment_code: other.payment_code,
        ..shop.charge_wish(2810)
    };
    let refusal = shop.put(21, "k1", &wish).unwrap_err();
    assert_eq!(refusal.code, ErrorCode::MalformedRequest);
    assert_eq!(refusal.params["what"], "payment_code");
    for bad in [
        serde_json::json!("6901668005731"),
        serde_json::json!(134_567_890_123_456_789_i64),
        serde_json::json!(["134567890123456789"]),
    ] {
        let mut body = serde_json::to_value(shop.charge_wish(2810)).unwrap();
        body["payment_code"] = bad;
        let refusal = shop.call("PUT", "/v1/tenders/21/attempts/k1", &body).unwrap_err();
        assert_eq!(refusal.code, ErrorCode::MalformedRequest);
        assert!(!format!("{refusal:?}").contains("69016"));
        assert!(!format!("{refusal:?}").contains("1345"));
    }
    assert_eq!(shop.number("SELECT COUNT(*) FROM pay_order"), 0);
}

#[test]
fn a_payment_code_is_in_no_row_and_in_no_debug_text() {
    let mut shop = Shop::open_alipay();
    shop.charge(21, "k1", 2810).unwrap();
    at_the_keypad_again(&mut shop);
    let digits = "281234567890123456";
    let tables = MIGRATIONS
        .iter()
        .flat_map(|step| step.lines())
        .filter_map(|line| line.strip_prefix("CREATE TABLE ")?.split_whitespace().next());
    for table in tables {
        let sql = format!("SELECT * FROM {table}");
        let rows = shop
            .centre
            .db()
            .read(|tx| Ok::<_, Fault>(tx.query(&sql, &[])?))
            .unwrap();
        assert!(!format!("{rows:?}").contains(digits), "{sql}");
    }
    let wish = shop.charge_wish(1);
    let request = shop.request(&shop.till, "PUT", "/v1/tenders/23/attempts/k3", &wish);
    let begun = shop.centre.begin(&request, shop.now_ms);
    let Begun::Work(ticket) = &begun else {
        panic!("a charge is due");
    };
    let call = shop.centre.take(ticket.works[0], shop.now_ms);
    let shown = format!("{begun:?} {call:?} {wish:?} {:?}", shop.centre);
    assert!(!shown.contains(digits), "{shown}");
    assert!(matches!(ticket.works[0], WorkId::Trade(_)));
}

fn at_the_keypad_again(shop: &mut Shop) {
    shop.platform.charge_answers = vec![Observation::Busy];
    shop.charge(22, "k2", 500).unwrap();
}

#[test]
fn p27_while_a_code_is_shown_no_payment_code_is_taken_beside_it() {
    let mut shop = Shop::open();
    shop.create(21, "k1", 2810).unwrap();
    assert_eq!(code_of(shop.charge(21, "k2", 2810)), ErrorCode::AttemptLive);
    assert_eq!(shop.platform.count("charge"), 0);
}
