//! What a close may freeze: the count somebody looked at.

use crate::rpc::shift::{CloseShift, ClosedShift, Counted};
use crate::rpc::{Code, Command};
use crate::testkit::Shop;

#[test]
fn f50_a_close_freezes_the_count_that_was_looked_at_and_no_other() {
    let mut shop = Shop::open();
    shop.open_shift("100");
    let close = |seen: &[(i64, u32)]| {
        let seen = seen.iter().map(|(denomination_minor, pieces)| Counted {
            denomination_minor: *denomination_minor,
            pieces: *pieces,
        });
        Command::ShiftClose(CloseShift {
            reason: None,
            note: String::new(),
            leave_minor: None,
            count_seen: Some(seen.collect()),
        })
    };
    let missing = shop.ask::<ClosedShift>(close(&[])).unwrap_err();
    assert_eq!(missing.code, Code::CountMissing);
    shop.count(&[(5_000, 1), (100, 49)]).unwrap();
    shop.count(&[(5_000, 1), (100, 100_001)]).unwrap_err();
    let entries = shop.said().len();
    for other in [&[(5_000, 1), (100, 100_001)][..], &[(5_000, 1)], &[]] {
        let refused = shop.ask::<ClosedShift>(close(other)).unwrap_err();
        assert_eq!(refused.code, Code::CountChanged, "{other:?}");
    }
    assert_eq!(shop.said().len(), entries, "nothing was closed");
    assert_eq!(shop.shift().counted_minor, Some(9_900));
    shop.count(&[(5_000, 1), (100, 50)]).unwrap();
    let closed: ClosedShift = shop.ask(close(&[(100, 50), (5_000, 1)])).unwrap();
    assert_eq!((closed.counted_minor, closed.difference_minor), (10_000, 0));
    let again = shop
        .ask::<ClosedShift>(close(&[(100, 50), (5_000, 1)]))
        .unwrap_err();
    assert_eq!(again.code, Code::ShiftNotOpen);
}
