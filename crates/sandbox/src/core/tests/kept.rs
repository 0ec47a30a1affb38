//! What a stand-in that starts again still knows.

use super::Shop;
use crate::core::config::PlatformConfig;
use crate::core::platform::Platform;

/// The platform ends and another one takes up its orders.
fn start_again(shop: &mut Shop) {
    let kept = shop.platform.kept().unwrap();
    let mut next = Platform::new(PlatformConfig::new(99));
    next.recall(&kept).unwrap();
    assert_eq!(next.kept().unwrap(), kept);
    shop.platform = next;
}

#[test]
fn a_code_that_waits_can_be_paid_after_a_new_start() {
    let mut shop = Shop::new();
    shop.opened();
    start_again(&mut shop);
    assert_eq!(shop.state(), "NOTPAY");
    shop.paid();
    assert_eq!(shop.state(), "SUCCESS");
}

#[test]
fn what_was_paid_and_given_back_stays_so() {
    let mut shop = Shop::new();
    shop.opened();
    shop.paid();
    shop.refund("R1", 1);
    start_again(&mut shop);
    assert_eq!(shop.state(), "REFUND");
    assert!(shop.platform.next_due_ms().is_some(), "the refund still settles");
}

#[test]
fn a_text_that_is_none_changes_nothing() {
    let mut platform = Platform::new(PlatformConfig::new(1));
    let before = platform.kept().unwrap();
    assert!(platform.recall("{").is_err());
    assert_eq!(platform.kept().unwrap(), before);
}
