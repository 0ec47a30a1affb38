//! What must hold in the end, looked at from outside: the books of two processes beside what tills were told, what
//! the platforms hold, and what listeners have heard.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::house::clock::{wait_or_tell, wait_until};
use crate::house::crowd::Seen;
use crate::house::twins::Twins;
use crate::house::worker::Worker;

/// Fen for which a member has a point.
const FEN_PER_POINT: i64 = 100;

/// What is still on its way: tenders that wait for their end, late money that nobody has decided on, refunds.
const ON_ITS_WAY: &str = "SELECT (SELECT count(*) FROM pay_order WHERE state IN ('NO_PAY', 'CANCELING'))
    + (SELECT count(*) FROM trade WHERE refund_due_at_ms IS NOT NULL)
    + (SELECT count(*) FROM refund_record WHERE refund_status < 2)";
/// What the books say that the platforms hold, by trade.
const KEPT: &str = "SELECT trade_no || ' ' || left_minor FROM (SELECT t.trade_no, t.amount_minor
    - coalesce((SELECT sum(r.amount_minor) FROM refund_record r WHERE r.trade_no = t.trade_no
    AND r.refund_status = 2), 0) AS left_minor FROM trade t WHERE t.state = 'PAID') kept WHERE left_minor <> 0";
/// The tills of a crowd: what they sell is sold by the crowd.
pub const CROWDS_TILLS: &str = "SELECT till_id FROM journal WHERE payload LIKE '%\"cashier\":\"crowd\"%'";
/// Every message that a listener must have had, by its name and the event's id.
const TOLD: &str = "SELECT s.name || ' ' || d.event_id FROM delivery d
    JOIN subscriber s ON s.subscriber_id = d.subscriber_id";

/// The same in the books of the centre and in those of a listener.
const SAID_AND_HEARD: &[(&str, &str, &str)] = &[
    (
        "every settled tender and order is paid, once, by the trade that won it",
        "SELECT product_app_id || ' ' || product_order_no || ' ' || winner_trade_no || ' ' || amount_minor || ' 1'
         FROM pay_order WHERE winner_trade_no IS NOT NULL",
        "SELECT product_app_id || ' ' || product_order_no || ' ' || trading_order_no || ' ' || paid_minor || ' '
         || times_paid FROM order_status WHERE status = 'PAID'",
    ),
    (
        "what was canceled is canceled",
        "SELECT product_app_id || ' ' || product_order_no FROM pay_order p WHERE state = 'CANCELED'
         AND EXISTS (SELECT 1 FROM trade t WHERE t.pay_order_id = p.pay_order_id)",
        "SELECT product_app_id || ' ' || product_order_no FROM order_status WHERE status = 'CANCELED'",
    ),
    (
        "what went back went back",
        "SELECT trade_no || ' ' || sum(amount_minor) FROM refund_record WHERE refund_status = 2 GROUP BY trade_no",
        "SELECT trading_order_no || ' ' || refunded_minor FROM trade_refund",
    ),
    (
        "the payment log has one row for each completed order and each refund of one",
        "SELECT 'suanpan.till ' || order_no || ' COMPLETED ' || total_minor || ' 1' FROM completed_order
         UNION ALL SELECT product_app_id || ' ' || product_order_no || ' COMPLETED ' || amount_minor || ' 1'
         FROM pay_order WHERE product_app_id <> 'suanpan.till' AND winner_trade_no IS NOT NULL
         UNION ALL SELECT p.product_app_id || ' ' || p.order_no || ' REFUNDED ' || (- r.amount_minor) || ' 1'
         FROM refund_record r JOIN pay_order p ON p.pay_order_id = r.pay_order_id
         WHERE r.reason = 'REQUESTED' AND r.refund_status = 2",
        "SELECT product_app_id || ' ' || order_no || ' ' || word || ' ' || amount_minor || ' ' || count(*)
         FROM payment_log GROUP BY product_app_id, order_no, word, amount_minor",
    ),
    (
        "and adds up to the same",
        "SELECT app || ' ' || sum(orders) || ' ' || sum(total) || ' ' || sum(refunded) FROM (
         SELECT 'suanpan.till' AS app, 1 AS orders, total_minor AS total, 0 AS refunded FROM completed_order
         UNION ALL SELECT product_app_id, 1, amount_minor, 0 FROM pay_order
         WHERE product_app_id <> 'suanpan.till' AND winner_trade_no IS NOT NULL
         UNION ALL SELECT p.product_app_id, 0, 0, r.amount_minor FROM refund_record r
         JOIN pay_order p ON p.pay_order_id = r.pay_order_id
         WHERE r.reason = 'REQUESTED' AND r.refund_status = 2) facts GROUP BY app",
        "SELECT product_app_id || ' ' || orders || ' ' || total_minor || ' ' || refunded_minor FROM payment_sum",
    ),
];

impl Twins {
    /// Waits until everything has come to rest and the books say of each trade what the platform says. What a
    /// platform would tell minutes from now is told at once.
    ///
    /// # Panics
    /// When that does not come in time, with what differs.
    pub fn wait_at_rest(&self, within: Duration) {
        let settled = wait_or_tell(within, || {
            self.sandbox.deliver_callbacks();
            let open = self.number(ON_ITS_WAY);
            let kept = self.sandbox.kept_minor();
            let platform: BTreeSet<String> = kept
                .iter()
                .map(|(trade_no, minor)| format!("{trade_no} {minor}"))
                .collect();
            let books = self.rows(KEPT);
            if open == 0 && books == platform {
                return Ok(());
            }
            let differs: Vec<&String> = books.symmetric_difference(&platform).collect();
            Err(format!(
                "{open} on their way; books and platforms differ in {differs:?}"
            ))
        });
        settled.unwrap_or_else(|last| panic!("not at rest within {within:?}: {last}"));
    }

    /// What must hold whatever died: each tender is settled by one payment, what else was paid is given back in
    /// full and once, every stream is without gaps, and every journal goes on from entry to entry.
    ///
    /// # Panics
    /// When it does not.
    pub fn assert_nothing_lost_and_nothing_twice(&self) {
        let none = |what: &str, query: &str| {
            let found = self.rows(query);
            assert!(found.is_empty(), "{what}: {found:?}");
        };
        none(
            "tenders with two winners, or a winner that is not paid",
            "SELECT pay_order_id, state FROM pay_order p
             WHERE (state IN ('PAID', 'PART_REFUNDED', 'REFUNDED')) <> (1 = (SELECT count(*) FROM trade t
             WHERE t.pay_order_id = p.pay_order_id AND t.disposition = 'WINNER' AND t.state = 'PAID'
             AND t.trade_no = p.winner_trade_no))",
        );
        none(
            "money beside a winner that did not go back in full and once",
            "SELECT trade_no, disposition FROM trade t WHERE state = 'PAID' AND disposition <> 'WINNER'
             AND 1 <> (SELECT count(*) FROM refund_record r WHERE r.trade_no = t.trade_no AND r.refund_status = 2
             AND r.amount_minor = t.amount_minor)",
        );
        none(
            "money that fits nothing",
            "SELECT suspense_id, kind FROM suspense",
        );
        none(
            "streams with a gap",
            "SELECT topic, generation FROM change GROUP BY topic, generation HAVING count(*) <> max(position)",
        );
        none(
            "journals with a gap",
            "SELECT till_id, epoch FROM journal GROUP BY till_id, epoch HAVING count(*) <> max(seq)",
        );
        none(
            "entries that do not continue the one before",
            "SELECT a.till_id, a.seq FROM journal a JOIN journal b ON b.till_id = a.till_id AND b.epoch = a.epoch
             AND b.seq = a.seq - 1 WHERE a.prev_hash <> b.hash",
        );
        none(
            "entries that were not applied",
            "SELECT till_id, seq, refused_code FROM journal WHERE refused_code IS NOT NULL",
        );
        none(
            "numbers that were given twice",
            "SELECT n FROM (SELECT pay_order_id AS n FROM pay_order UNION ALL SELECT trade_no FROM trade
             UNION ALL SELECT audit_id FROM audit UNION ALL SELECT till_id FROM till) all_numbers GROUP BY n HAVING count(*) > 1",
        );
        none(
            "facts that were told twice",
            "SELECT subject, state FROM outbox_event GROUP BY subject, state HAVING count(*) > 1",
        );
    }

    /// The books hold of a crowd's tills what these were promised, each once, and nothing else.
    ///
    /// # Panics
    /// When they do not.
    pub fn assert_books_say(&self, seen: &Seen) {
        let crowds = format!("p.till_id IN ({CROWDS_TILLS})");
        let settled: BTreeSet<String> = seen
            .settled
            .iter()
            .map(|it| format!("{} {} {}", it.tender_no, it.trade_no, it.amount_minor))
            .collect();
        let won = "SELECT product_order_no || ' ' || winner_trade_no || ' ' || amount_minor FROM pay_order p
            WHERE winner_trade_no IS NOT NULL";
        assert_same(
            "settled tenders",
            &self.rows(&format!("{won} AND {crowds}")),
            &settled,
        );
        let returned = seen.returned.iter();
        let returned = returned
            .map(|(trade_no, minor)| format!("{trade_no} {minor}"))
            .collect();
        let went_back = "SELECT r.trade_no || ' ' || r.amount_minor FROM refund_record r
            JOIN pay_order p ON p.pay_order_id = r.pay_order_id WHERE r.refund_status = 2";
        assert_same(
            "what went back",
            &self.rows(&format!("{went_back} AND {crowds}")),
            &returned,
        );
        let trades = seen.trades.iter().map(i64::to_string).collect();
        let made = "SELECT t.trade_no FROM trade t JOIN pay_order p ON p.pay_order_id = t.pay_order_id";
        assert_same("attempts", &self.rows(&format!("{made} WHERE {crowds}")), &trades);
        let entries = self.number(&format!("SELECT count(*) FROM journal p WHERE {crowds}"));
        assert_eq!(usize::try_from(entries), Ok(seen.entries), "entries");
    }

    /// Waits until every event has been told and every listener has had what it was told.
    ///
    /// # Panics
    /// When that does not come in time, with what is missing.
    pub fn wait_until_heard(&self, worker: &Worker, within: Duration) {
        wait_until("nothing waits at the centre", within, || {
            let waiting = self.number("SELECT count(*) FROM delivery WHERE delivered_at_ms IS NULL");
            (waiting == 0).then_some(())
        });
        let told = self.rows(TOLD);
        let heard = wait_or_tell(within, || {
            let heard = worker.rows("SELECT consumer || ' ' || event_id FROM consumed_message");
            let missing: Vec<&String> = told.difference(&heard).collect();
            if missing.is_empty() {
                return Ok(heard);
            }
            Err(format!(
                "{} of {}, first {:?}",
                missing.len(),
                told.len(),
                missing[0]
            ))
        });
        let heard =
            heard.unwrap_or_else(|last| panic!("not heard within {within:?}: {last}\n{}", worker.log()));
        assert_same("messages", &told, &heard);
    }

    /// Each event had its effect once: the listeners' books say what the centre's say, and what the crowd has seen.
    ///
    /// # Panics
    /// When they do not.
    pub fn assert_heard_once(&self, worker: &Worker, seen: &Seen) {
        for (what, said, heard) in SAID_AND_HEARD {
            assert_same(what, &self.rows(said), &worker.rows(heard));
        }
        let mut paid_minor: BTreeMap<String, i64> = BTreeMap::new();
        for settled in &seen.settled {
            *paid_minor.entry(settled.customer()).or_default() +=
                settled.amount_minor - settled.refunded_minor;
        }
        let points = paid_minor
            .iter()
            .map(|(customer, minor)| format!("{customer} {minor} {}", minor / FEN_PER_POINT));
        let held = worker.rows("SELECT member_id || ' ' || paid_minor || ' ' || points FROM member_points");
        assert_same("points", &points.collect(), &held);
        assert_eq!(
            worker.number("SELECT count(*) FROM parked_message"),
            0,
            "{}",
            worker.log()
        );
    }
}

/// Says only what differs: the whole is hundreds of rows.
fn assert_same(what: &str, one: &BTreeSet<String>, two: &BTreeSet<String>) {
    let only = |these: &BTreeSet<String>, those: &BTreeSet<String>| -> Vec<String> {
        these.difference(those).cloned().collect()
    };
    assert!(
        one == two,
        "{what}: only the first has {:?}, only the second has {:?}",
        only(one, two),
        only(two, one)
    );
}
