//! How things stand is counted by merchant and state, and what nobody knows is seen to be unknown.

use crate::rows::standing::{Standing, Tally, UNKNOWN_FOR_MS};

use super::kit::{ENTERPRISE, Shop};

fn counted(tallies: &[Tally]) -> Vec<(&str, i64)> {
    let merchants_are_known = tallies
        .iter()
        .all(|tally| tally.merchant.label == "WECHAT_PAY" && tally.merchant.enterprise_id == ENTERPRISE);
    assert!(merchants_are_known, "{tallies:?}");
    tallies
        .iter()
        .map(|tally| (tally.state.as_str(), tally.count))
        .collect()
}

fn standing(shop: &Shop) -> Standing {
    shop.centre.standing(shop.now_ms).unwrap()
}

fn unknown(shop: &Shop) -> Vec<i64> {
    let standing = standing(shop);
    let periods: Vec<i64> = standing.unknown.iter().map(|(silent_ms, _)| *silent_ms).collect();
    assert_eq!(periods, UNKNOWN_FOR_MS);
    let sum = |(_, merchants): &(i64, Vec<(_, i64)>)| merchants.iter().map(|(_, count)| count).sum();
    standing.unknown.iter().map(sum).collect()
}

#[test]
fn trades_are_counted_by_the_state_they_are_in() {
    let mut shop = Shop::open();
    assert_eq!(standing(&shop).lately, []);
    let first = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.create(22, "k1", 100).unwrap();
    assert_eq!(counted(&standing(&shop).asked_about), [("AWAITING", 2)]);
    shop.platform.pay(&first);
    shop.pass(6);
    let after = standing(&shop);
    assert_eq!(counted(&after.asked_about), [("AWAITING", 1)]);
    assert_eq!(counted(&after.lately), [("AWAITING", 1), ("PAID", 1)]);
    assert_eq!((after.calls_due, after.due_since_ms), (0, None));
    shop.now_ms += 60_000;
    let waiting = standing(&shop);
    assert_eq!(waiting.calls_due, 1);
    assert!(
        waiting
            .due_since_ms
            .is_some_and(|since_ms| since_ms < shop.now_ms)
    );
    shop.now_ms += 3_600_000;
    assert_eq!(
        standing(&shop).lately,
        [],
        "an hour later it is not lately any more"
    );
}

#[test]
fn p8_a_trade_of_which_the_platform_says_nothing_is_counted_as_unknown_for_ever_longer() {
    let mut shop = Shop::open();
    shop.create(21, "k1", 2810).unwrap();
    shop.platform.lose_replies = 10_000;
    shop.pass(110);
    assert_eq!(unknown(&shop), [0, 0, 0]);
    shop.pass(20);
    assert_eq!(unknown(&shop), [1, 0, 0]);
    shop.pass(500);
    assert_eq!(unknown(&shop), [1, 1, 0]);
    shop.platform.lose_replies = 0;
    shop.pass(70);
    assert_eq!(unknown(&shop), [0, 0, 0]);
}
