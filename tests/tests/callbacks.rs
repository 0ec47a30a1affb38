//! What the platform says by itself: repeated, out of order, late, and forged by others.

#![allow(
    clippy::unwrap_used,
    reason = "what is not there fails the scenario right here"
)]

use serde_json::{Value, json};
use suanpan_tests::house::books;
use suanpan_tests::house::clock::{LATER, SOON, wait_until, wait_while_still};
use suanpan_tests::house::http1::Request;
use suanpan_tests::house::shop::Shop;
use suanpan_tests::house::till::{Shown, Till};

fn code_over_one(till: &Till) -> Shown {
    till.begin(&[&till.goods()[0].code]);
    till.show_code("")
}

fn count(shop: &Shop, query: &str) -> i64 {
    books::number(shop.centre.data(), query)
}

const REFUSED: &str = "SELECT count(*) FROM audit WHERE action = 'callback_refused'";

#[test]
fn f33_p23_p34_repeated_and_reordered_callbacks_have_one_effect() {
    let shop = Shop::plan().tills(2).open();
    shop.sandbox
        .set_fault(&json!({ "at": "callback", "effect": { "duplicated": { "copies": 4 } } }));
    let codes: Vec<Shown> = shop.tills.iter().map(code_over_one).collect();
    shop.sandbox
        .set_fault(&json!({ "at": "callback", "effect": "reordered", "outTradeNo": codes[0].trade_no }));
    for code in &codes {
        shop.sandbox.pay(&code.trade_no);
    }
    for (till, code) in shop.tills.iter().zip(&codes) {
        till.wait_phase(code, "settled", LATER);
    }
    wait_until("every copy was acknowledged", LATER, || {
        shop.sandbox.deliver_callbacks();
        (shop.sandbox.counter("callbacksAcknowledged") >= 10).then_some(())
    });
    for till in &shop.tills {
        till.wait_in_step(SOON);
        let facts = books::written_by_till(till.data());
        assert_eq!(
            facts
                .iter()
                .filter(|entry| entry.kind == "tender_settled")
                .count(),
            1
        );
        assert_eq!(
            facts
                .iter()
                .filter(|entry| entry.kind == "order_completed")
                .count(),
            1
        );
    }
    assert_eq!(
        count(&shop, "SELECT count(*) FROM trade WHERE disposition = 'WINNER'"),
        2
    );
    assert_eq!(count(&shop, REFUSED), 0);
    assert!(shop.sandbox.refunds().is_empty());
    let tills: i64 = shop.tills.iter().map(Till::net_minor).sum();
    assert_eq!(tills, shop.sandbox.net_minor());
}

#[test]
fn r9_forged_stale_and_altered_callbacks_change_nothing_and_are_noted() {
    let shop = Shop::open();
    let shown = code_over_one(shop.till());
    for how in ["sign_test", "bad_signature", "stale", "altered"] {
        shop.sandbox
            .set_fault(&json!({ "at": "callback", "effect": { "spoiled": { "how": how } } }));
    }
    // The true one waits, and the centre cannot ask: only the broken ones can have an effect.
    shop.sandbox
        .set_fault(&json!({ "at": "callback", "effect": "reordered" }));
    shop.platform_wire.cut();
    shop.sandbox.pay(&shown.trade_no);
    wait_until("the broken ones were refused", SOON, || {
        (count(&shop, REFUSED) >= 4).then_some(())
    });
    shop.till()
        .wait_while_order_stays(&shown.order_id, std::time::Duration::from_secs(1));
    assert_eq!(shop.till().order(&shown.order_id)["row"]["state"], "PAYING");
    assert_eq!(shop.till().net_minor(), 0);
    shop.sandbox.deliver_callbacks();
    shop.till().wait_phase(&shown, "settled", LATER);
    assert_eq!(shop.till().net_minor(), shop.sandbox.net_minor());
}

#[test]
fn r9_what_a_stranger_sends_to_the_callback_address_is_refused() {
    let shop = Shop::open();
    let shown = code_over_one(shop.till());
    let address = shop.sandbox.trade(&shown.trade_no)["notifyUrl"]
        .as_str()
        .unwrap()
        .to_owned();
    let forged = json!({
        "id": "1", "event_type": "TRANSACTION.SUCCESS", "resource_type": "encrypt-resource",
        "resource": { "algorithm": "AEAD_AES_256_GCM", "ciphertext": "AAAA", "nonce": "012345678901" }
    });
    let stranger = |url: &str, body: Vec<u8>| {
        let request = Request::new("POST", url)
            .header("content-type", "application/json")
            .body(body);
        request.send().unwrap().status()
    };
    let bare = stranger(&address, forged.to_string().into_bytes());
    assert!((400..500).contains(&bare), "{bare}");
    let garbage = stranger(&address, vec![0xff; 200]);
    assert!((400..500).contains(&garbage), "{garbage}");
    let huge = stranger(&address, vec![b' '; 2_000_000]);
    assert!((400..500).contains(&huge), "{huge}");
    let (front, _) = address.rsplit_once('/').unwrap();
    let elsewhere = stranger(&format!("{front}/999"), b"{}".to_vec());
    assert_eq!(elsewhere, 404);
    let still = || shop.till().order(&shown.order_id)["row"]["state"] == "PAYING";
    wait_while_still("the order waits", std::time::Duration::from_secs(1), still);
    assert!(count(&shop, REFUSED) >= 1);
}

#[test]
fn a_platform_that_reports_a_smaller_payment_by_coupon_is_paid_in_full() {
    let shop = Shop::open();
    shop.sandbox
        .set_fault(&json!({ "at": "payment", "effect": { "coupon": { "off_minor": 50 } } }));
    let shown = code_over_one(shop.till());
    shop.sandbox.pay(&shown.trade_no);
    let tender: Value = shop.till().wait_phase(&shown, "settled", LATER);
    assert_eq!(tender["amount_minor"], shop.till().net_minor());
}
