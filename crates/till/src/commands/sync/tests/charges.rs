//! A payment code on its way: with every sending of its charge while it is any good, and never after.

use super::*;
use crate::rpc::TakePaymentCode;
use crate::rpc::scanned::Scanned;
use crate::store::TenderRow;

const SCANNED: &str = "134567890123456789";

fn charging() -> (Counter, TenderRow, String) {
    let mut counter = Counter::connected();
    counter.shop.enter("6928804011142");
    counter.shop.begin();
    let take = Command::PayTake(TakePaymentCode {
        scanned: Scanned::new(SCANNED),
        yuan: String::new(),
        expected_open_minor: None,
    });
    counter.shop.run(take).unwrap();
    counter.changed();
    let tender = counter.shop.newest_tender();
    let path = counter.tender_path(
        tender.tender_no,
        &format!("attempts/{}", tender.attempts[0].attempt_key),
    );
    (counter, tender, path)
}

fn sent_code(counter: &Counter, path: &str) -> Option<String> {
    let asked: CreateAttempt = serde_json::from_slice(&counter.body(path)).unwrap();
    asked.payment_code.map(|code| code.reveal().to_owned())
}

#[test]
fn a_lost_answer_is_asked_for_again_with_the_same_key_and_the_same_code() {
    let (mut counter, tender, path) = charging();
    assert_eq!(sent_code(&counter, &path).as_deref(), Some(SCANNED));
    assert!(!format!("{:?}", counter.out).contains(SCANNED));
    counter.lose(&path);
    counter.until(&path);
    assert_eq!(sent_code(&counter, &path).as_deref(), Some(SCANNED));
    let mut view = waiting(&tender, 1);
    view.trades[0].code_url = None;
    view.trades[0].by_payment_code = true;
    counter.answer(&path, &view);
    assert!(
        counter.shop.till.payment_code(&tender.order_id).is_none(),
        "it has done its part"
    );
}

#[test]
fn a_code_that_grew_old_is_not_sent_and_the_attempt_becomes_a_code_to_scan() {
    let (mut counter, tender, path) = charging();
    counter.lose(&path);
    counter.shop.host.pass(61_000);
    assert!(counter.shop.till.payment_code(&tender.order_id).is_none());
    counter.shop.hear(&waiting(&tender, 1));
    let shown = counter.shop.state().pay.unwrap().tenders.pop().unwrap();
    assert!(shown.code.is_some() && !shown.by_payment_code);
}
