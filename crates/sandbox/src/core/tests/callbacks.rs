//! Callbacks: content, schedule, acknowledgement.

use super::{NUMBER, Shop};
use crate::{CallbackKey, CallbackState, PlatformConfig, RETRY_DELAYS_MS};

#[test]
fn a_payment_is_told_once_signed_and_encrypted() {
    for merchant in [0, 1] {
        let mut shop = Shop::with(PlatformConfig::new(1), merchant);
        shop.paid();
        let sent = shop.after(0);
        assert_eq!(sent.len(), 1);
        assert_eq!(
            (sent[0].url.as_str(), sent[0].attempt),
            ("https://centre.example/notify", 1)
        );
        let told = shop.told(&sent[0]);
        assert_eq!(told["trade_state"], "SUCCESS");
        assert_eq!(told["out_trade_no"], NUMBER);
        assert_eq!(told["amount"]["total"], 1250);
        let outer: serde_json::Value = serde_json::from_slice(&sent[0].body).unwrap();
        assert_eq!(outer["event_type"], "TRANSACTION.SUCCESS");
        assert_eq!(outer["resource"]["original_type"], "transaction");
    }
}

#[test]
fn only_200_and_204_acknowledge() {
    for (status, state) in [
        (Some(200), CallbackState::Acknowledged),
        (Some(204), CallbackState::Acknowledged),
        (Some(202), CallbackState::Waiting),
        (Some(302), CallbackState::Waiting),
        (Some(500), CallbackState::Waiting),
        (None, CallbackState::Waiting),
    ] {
        let mut shop = Shop::new();
        shop.paid();
        let id = shop.after(0)[0].id;
        shop.platform.callback_answered(id, status, shop.now_ms);
        assert_eq!(shop.platform.callbacks()[0].state, state, "{status:?}");
    }
}

#[test]
fn an_unacknowledged_callback_is_repeated_on_the_real_schedule_then_given_up() {
    let mut shop = Shop::new();
    shop.paid();
    let first = shop.after(0);
    shop.platform
        .callback_answered(first[0].id, Some(500), shop.now_ms);
    for (retry, delay_ms) in RETRY_DELAYS_MS.into_iter().enumerate() {
        assert_eq!(
            shop.platform.next_due_ms(),
            Some(shop.now_ms + delay_ms),
            "retry {retry}"
        );
        assert!(shop.after(delay_ms - 1).is_empty(), "retry {retry} came early");
        let sent = shop.after(1);
        assert_eq!((sent.len(), sent[0].attempt as usize), (1, retry + 2));
        assert_eq!(sent[0].body, first[0].body);
        assert_ne!(sent[0].headers, first[0].headers, "each attempt is signed anew");
        shop.told(&sent[0]);
        shop.platform.callback_answered(sent[0].id, None, shop.now_ms);
    }
    assert_eq!(shop.now_ms - super::START_MS, (24 * 60 + 4) * 60_000);
    assert_eq!(
        (shop.platform.next_due_ms(), shop.after(86_400_000).len()),
        (None, 0)
    );
    assert_eq!(shop.platform.callbacks()[0].state, CallbackState::Over);
    assert_eq!(shop.platform.counters().callbacks_sent, 16);
}

#[test]
fn an_attempt_without_any_answer_counts_as_failed_after_five_seconds() {
    let mut shop = Shop::new();
    shop.paid();
    let first = shop.after(0);
    assert!(shop.after(14_999).is_empty());
    assert_eq!(shop.after(1)[0].attempt, 2);
    // The first attempt's answer arrives now and is taken for the second, as the id is the delivery's.
    shop.platform
        .callback_answered(first[0].id, Some(200), shop.now_ms);
    shop.platform
        .callback_answered(first[0].id, Some(500), shop.now_ms);
    assert_eq!(shop.platform.counters().callbacks_acknowledged, 1);
    assert_eq!(shop.platform.next_due_ms(), None);
}

#[test]
fn waiting_callbacks_can_be_hurried() {
    let mut shop = Shop::new();
    shop.paid();
    let id = shop.after(0)[0].id;
    shop.platform.callback_answered(id, Some(503), shop.now_ms);
    assert!(shop.after(1).is_empty());
    assert_eq!(shop.platform.hurry_callbacks(shop.now_ms), 1);
    assert_eq!(shop.after(0)[0].attempt, 2);
}

#[test]
fn while_a_merchant_changes_keys_callbacks_use_either() {
    let mut shop = Shop::new();
    shop.platform
        .set_callback_key("1900000101", CallbackKey::Alternating)
        .unwrap();
    shop.paid();
    shop.refund("R1", 50);
    let sent = shop.after(60_000);
    let serials: Vec<_> = sent
        .iter()
        .map(|callback| callback.headers[3].1.clone())
        .collect();
    assert_eq!(serials.len(), 2);
    assert_ne!(serials[0], serials[1]);
    for callback in &sent {
        shop.told(callback);
    }
}
