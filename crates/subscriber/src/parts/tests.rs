//! The parts in any order of arrival, with repeats, and with messages that are none.

use suanpan_wire::broadcast::{
    BroadcastKey, OrderRefund, OrderStatusMsg, OrderWord, TradeStatusMsg, yuan_text,
};

use super::courses::{COURSE_APP_ID, CourseOrder, Courses};
use super::orders::Orders;
use super::payment_log::PaymentLog;
use super::points::Points;
use super::{PARTS, listener};
use crate::book::Book;
use crate::listen::{Heard, Listener, Message, hear_or_park};

fn book() -> (Book, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Book::open(&folder.path().join("worker.db")).unwrap(), folder)
}

fn status(event: &str, app: &str, order_no: i64, code: u8) -> TradeStatusMsg {
    TradeStatusMsg {
        trading_order_no: 100 + order_no,
        product_app_id: app.into(),
        product_order_no: order_no,
        transaction_id: None,
        trading_channel: None,
        refund_no: None,
        status_name: "x".into(),
        status_code: code,
        info: None,
        created: 1,
        event_id: event.into(),
        trading_amount: yuan_text(2810),
    }
}

fn message(key: BroadcastKey, body: String) -> Message {
    Message {
        key: Some(key),
        key_text: key.name().into(),
        body: body.into_bytes(),
    }
}

fn told(status: &TradeStatusMsg) -> Message {
    message(BroadcastKey::UpdateStatus, status.to_payload().unwrap())
}

fn sold(event: &str, member: Option<&str>, refund_minor: Option<i64>) -> Message {
    let order = OrderStatusMsg {
        event_id: event.into(),
        status_name: refund_minor.map_or(OrderWord::Completed, |_| OrderWord::Refunded),
        order_no: "1".into(),
        product_app_id: "suanpan.till".into(),
        order_type: None,
        out_business_id: None,
        member_id: member.map(str::to_owned),
        total_minor: 2810,
        tenders: Vec::new(),
        refund: refund_minor.map(|amount_minor| OrderRefund {
            refund_no: "5".into(),
            trading_order_no: Some("6".into()),
            amount_minor,
        }),
        created: 1,
    };
    message(BroadcastKey::OrderStatus, order.to_payload().unwrap())
}

fn hear(book: &mut Book, listener: &dyn Listener, message: &Message) -> Heard {
    hear_or_park(listener, book, message, 7).unwrap()
}

#[test]
fn p34_a_paid_order_is_paid_once_and_never_goes_back_whatever_arrives_when() {
    let (mut book, _folder) = book();
    for told in [
        told(&status("e1", "a", 1, 3)),
        told(&status("e2", "a", 1, 4)),
        told(&status("e3", "a", 1, 5)),
        told(&status("e2", "a", 1, 4)),
        told(&status("e1", "a", 1, 3)),
    ] {
        assert_eq!(hear(&mut book, &Orders, &told), Heard::Done);
    }
    let right =
        "SELECT COUNT(*) FROM order_status WHERE status = 'PAID' AND paid_minor = 2810 AND times_paid = 1";
    assert_eq!(book.number(right).unwrap(), 1);
    let canceled = told(&status("e4", "a", 2, 5));
    hear(&mut book, &Orders, &canceled);
    let canceled = "SELECT COUNT(*) FROM order_status WHERE status = 'CANCELED' AND paid_minor = 0";
    assert_eq!(book.number(canceled).unwrap(), 1);
}

#[test]
fn a_refund_counts_once_and_only_when_its_money_is_back() {
    let (mut book, _folder) = book();
    for (event, code) in [("r1", 1), ("r2", 2), ("r2", 2), ("r3", 3)] {
        let told = message(
            BroadcastKey::RefundUpdateStatus,
            status(event, "a", 1, code).to_payload().unwrap(),
        );
        assert_eq!(hear(&mut book, &Orders, &told), Heard::Done);
    }
    assert_eq!(
        book.number("SELECT SUM(refunded_minor) FROM trade_refund")
            .unwrap(),
        2810
    );
}

#[test]
fn no_member_no_points_and_a_refund_takes_its_points_back_whichever_comes_first() {
    let (mut book, _folder) = book();
    for told in [
        sold("e1", None, None),
        sold("e3", Some("m"), Some(1000)),
        sold("e2", Some("m"), None),
        sold("e2", Some("m"), None),
    ] {
        assert_eq!(hear(&mut book, &Points, &told), Heard::Done);
    }
    assert_eq!(book.number("SELECT COUNT(*) FROM member_points").unwrap(), 1);
    assert_eq!(
        book.number("SELECT points FROM member_points WHERE member_id = 'm'")
            .unwrap(),
        18
    );
}

#[test]
fn the_payment_log_adds_up() {
    let (mut book, _folder) = book();
    for told in [
        sold("e1", None, None),
        sold("e2", None, Some(10)),
        sold("e1", None, None),
        sold("e3", None, None),
    ] {
        assert_eq!(hear(&mut book, &PaymentLog, &told), Heard::Done);
    }
    let sums = "SELECT orders * 1000000 + total_minor - refunded_minor FROM payment_sum";
    assert_eq!(book.number(sums).unwrap(), 2_000_000 + 2 * 2810 - 10);
    assert_eq!(
        book.number("SELECT SUM(amount_minor) FROM payment_log").unwrap(),
        2 * 2810 - 10
    );
}

#[test]
fn a_course_opens_for_its_own_type_and_name_alone() {
    let (mut book, _folder) = book();
    let courses = Courses::new(COURSE_APP_ID);
    for (order_no, order_type) in [(1, "60201"), (2, "60202")] {
        let order = CourseOrder {
            order_no,
            order_type: order_type.into(),
            business_id: format!("b{order_no}"),
            learner: "l".into(),
        };
        courses.place(&mut book, &order).unwrap();
        courses.place(&mut book, &order).unwrap();
    }
    for told in [
        told(&status("e1", COURSE_APP_ID, 1, 5)),
        told(&status("e2", "somebody.else", 1, 4)),
    ] {
        assert_eq!(hear(&mut book, &courses, &told), Heard::Done);
    }
    assert_eq!(book.number("SELECT COUNT(*) FROM course_grant").unwrap(), 0);
    for (event, order_no) in [("e3", 1), ("e3", 1), ("e4", 2)] {
        let told = told(&status(event, COURSE_APP_ID, order_no, 4));
        assert_eq!(hear(&mut book, &courses, &told), Heard::Done);
    }
    assert_eq!(book.number("SELECT SUM(times) FROM course_grant").unwrap(), 1);
    assert_eq!(book.number("SELECT SUM(paid) FROM course_order").unwrap(), 2);
    let unknown = told(&status("e5", COURSE_APP_ID, 3, 4));
    assert!(matches!(hear(&mut book, &courses, &unknown), Heard::Parked(_)));
}

#[test]
fn what_cannot_be_read_is_parked_with_its_reason_and_the_next_one_is_heard() {
    let (mut book, _folder) = book();
    for part in &PARTS {
        let listener = listener(part, COURSE_APP_ID).unwrap();
        let rubbish = message(part.keys[0], "{\"half\":".into());
        assert!(matches!(
            hear(&mut book, listener.as_ref(), &rubbish),
            Heard::Parked(_)
        ));
    }
    let strange = told(&status("e1", "a", 1, 9));
    assert!(matches!(hear(&mut book, &Orders, &strange), Heard::Parked(_)));
    assert_eq!(
        book.number("SELECT COUNT(*) FROM parked_message WHERE reason <> ''")
            .unwrap(),
        i64::try_from(PARTS.len()).unwrap() + 1
    );
    assert_eq!(
        hear(&mut book, &Orders, &told(&status("e2", "a", 1, 4))),
        Heard::Done
    );
}

#[test]
fn every_part_has_its_listener_and_a_queue_of_its_own() {
    let mut queues: Vec<&str> = PARTS.iter().map(|part| part.queue).collect();
    queues.sort_unstable();
    queues.dedup();
    assert_eq!(queues.len(), PARTS.len());
    for part in &PARTS {
        assert_eq!(listener(part, COURSE_APP_ID).unwrap().name(), part.name);
    }
}
