//! What is counted of this process, and how it and the books are written out for Prometheus.
//!
//! What stands in the books is asked of the database at each reading, so that it is the same at every process; what
//! was asked and answered is this process's own. No label takes a value from outside: endpoints, merchants, states and
//! outcomes are closed lists.

use prometheus_client::encoding::prometheus_text::{self, CONTENT_TYPE};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use suanpan_channels::{BreakerKey, Lost};

use crate::http::Reply;
use crate::rows::standing::{Merchant, Standing, Tally};

/// Before every name.
const PREFIX: &str = "suanpan";
/// Bounds of times, seconds: from what a look at the database takes to what a long poll may.
const SECONDS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 10.0, 30.0];
/// Bounds of lags, seconds: a platform repeats a callback after 15 seconds for the first time and for the last after a
/// day.
const LAGS: [f64; 9] = [0.5, 1.0, 2.0, 5.0, 15.0, 30.0, 180.0, 3_600.0, 86_400.0];

type Labels = Vec<(&'static str, String)>;
type Histograms = Family<Labels, Histogram, fn() -> Histogram>;

/// The counters of a process.
#[derive(Debug)]
pub struct Meters {
    registry: Registry,
    requests: Family<Labels, Counter>,
    request_seconds: Histograms,
    calls: Family<Labels, Counter>,
    call_seconds: Histograms,
    callback_lag_seconds: Histogram,
}

impl Default for Meters {
    fn default() -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let requests = Family::default();
        let request_seconds = Histograms::new_with_constructor(|| Histogram::new(SECONDS));
        let calls = Family::default();
        let call_seconds = Histograms::new_with_constructor(|| Histogram::new(SECONDS));
        let callback_lag_seconds = Histogram::new(LAGS);
        registry.register(
            "requests",
            "Requests answered, by door, endpoint and status",
            requests.clone(),
        );
        registry.register(
            "request_seconds",
            "From the first byte of a request to its answer; of `changes` also the waiting for a change",
            request_seconds.clone(),
        );
        registry.register(
            "calls",
            "Calls to platforms, by merchant, what was asked and how it went",
            calls.clone(),
        );
        registry.register(
            "call_seconds",
            "What calls to platforms took",
            call_seconds.clone(),
        );
        registry.register(
            "callback_lag_seconds",
            "From a payment, as the platform dates it, until its callback was stored here, repeats included",
            callback_lag_seconds.clone(),
        );
        Self {
            registry,
            requests,
            request_seconds,
            calls,
            call_seconds,
            callback_lag_seconds,
        }
    }
}

impl Meters {
    /// A request was answered.
    pub fn answered(&self, door: &'static str, endpoint: &'static str, status: u16, took_ms: i64) {
        let mut labels: Labels = vec![("door", door.to_owned()), ("endpoint", endpoint.to_owned())];
        self.request_seconds
            .get_or_create(&labels)
            .observe(seconds(took_ms));
        labels.push(("status", status.to_string()));
        self.requests.get_or_create(&labels).inc();
    }

    /// A call to a platform has ended.
    pub fn called(&self, enterprise_id: i64, kind: &'static str, outcome: Result<u16, &Lost>, took_ms: i64) {
        let merchant: Labels = vec![("merchant", enterprise_id.to_string())];
        if !outcome.as_ref().is_err_and(|lost| lost.is_unsent()) {
            self.call_seconds
                .get_or_create(&merchant)
                .observe(seconds(took_ms));
        }
        let mut labels = merchant;
        labels.push(("call", kind.to_owned()));
        labels.push(("outcome", outcome_name(outcome).to_owned()));
        self.calls.get_or_create(&labels).inc();
    }

    /// A callback about a payment was stored so long after it.
    pub fn heard(&self, lag_ms: i64) {
        self.callback_lag_seconds.observe(seconds(lag_ms));
    }

    /// Everything, as Prometheus reads it. Without a standing the books could not be read, which is said.
    #[must_use]
    pub fn page(&self, books: Option<&Standing>, open_breakers: &[BreakerKey], now_ms: i64) -> Reply {
        let mut text = String::new();
        let momentary = momentary(books, open_breakers, now_ms);
        let written = prometheus_text::encode(&mut text, &self.registry)
            .and_then(|()| prometheus_text::encode(&mut text, &momentary));
        // Writing into memory does not fail.
        if written.is_err() {
            return Reply::empty(500);
        }
        Reply {
            status: 200,
            headers: vec![("content-type".to_owned(), CONTENT_TYPE.to_owned())],
            body: text.into_bytes(),
        }
    }
}

fn outcome_name(outcome: Result<u16, &Lost>) -> &'static str {
    match outcome {
        Ok(200..=299) => "answered",
        Ok(_) => "refused",
        Err(Lost::BreakerOpen) => "breaker_open",
        Err(Lost::NoPlace) => "no_place",
        Err(Lost::NoChannel) => "no_channel",
        Err(Lost::NoConnection(_)) => "no_connection",
        Err(Lost::TimedOut) => "timed_out",
        Err(Lost::Cut(_)) => "cut",
    }
}

/// Seconds as the library takes them; a clock that was set back shows as nought.
fn seconds(ms: i64) -> f64 {
    let ms = u32::try_from(ms.max(0)).unwrap_or(u32::MAX);
    f64::from(ms) / 1_000.0
}

/// What is true at this moment only.
fn momentary(books: Option<&Standing>, open_breakers: &[BreakerKey], now_ms: i64) -> Registry {
    let mut registry = Registry::with_prefix(PREFIX);
    let build = gauges(&mut registry, "build", "This program");
    set(&build, vec![("version", env!("CARGO_PKG_VERSION").to_owned())], 1);
    single(
        &mut registry,
        "database_up",
        "Whether the books can be read",
        i64::from(books.is_some()),
    );
    let breakers = gauges(
        &mut registry,
        "breaker_open",
        "Merchants whose platform does not answer: calls are held back",
    );
    for key in open_breakers {
        set(
            &breakers,
            vec![
                ("platform", key.label.clone()),
                ("merchant", key.enterprise_id.clone()),
            ],
            1,
        );
    }
    if let Some(books) = books {
        standing(&mut registry, books, now_ms);
    }
    registry
}

fn standing(registry: &mut Registry, books: &Standing, now_ms: i64) {
    let trades = gauges(registry, "trades", "Trades that are asked about, by state");
    tally(&trades, &books.asked_about);
    let lately = gauges(
        registry,
        "trades_last_hour",
        "Trades made within the last hour, by the state they are in",
    );
    tally(&lately, &books.lately);
    let unknown = gauges(
        registry,
        "trades_unknown",
        "Open trades of which the platform has said nothing for so long",
    );
    for (silent_ms, merchants) in &books.unknown {
        let longer_than = (silent_ms / 1_000).to_string();
        for (merchant, count) in merchants {
            let mut labels = of(merchant);
            labels.push(("longer_than_seconds", longer_than.clone()));
            set(&unknown, labels, *count);
        }
    }
    let refunds = gauges(registry, "refunds", "Refunds under way, by refund_status");
    tally(&refunds, &books.refunds);
    single(
        registry,
        "refunds_held",
        "Refunds that a person must see to, refused ones too",
        books.refunds_held,
    );
    single(
        registry,
        "late_money",
        "Late payments that wait for a person or for their time",
        books.late_money,
    );
    single(registry, "suspense", "Open rows of suspense", books.suspense);
    let kinds = gauges(registry, "suspense_of", "Open rows of suspense by kind");
    for (kind, count) in &books.suspense_kinds {
        set(&kinds, vec![("kind", kind.clone())], *count);
    }
    let days = gauges(
        registry,
        "bill_days_open",
        "Days whose bill is promised by now and that are not reconciled",
    );
    for (merchant, count) in &books.bill_days {
        set(&days, of(merchant), *count);
    }
    untold(registry, books, now_ms);
    single(
        registry,
        "calls_due",
        "Calls that are due and that nobody is making",
        books.calls_due,
    );
    let waiting_ms = books
        .due_since_ms
        .map_or(0, |since_ms| (now_ms - since_ms).max(0));
    single(
        registry,
        "call_overdue_seconds",
        "For how long the longest waiting of them is due",
        waiting_ms / 1_000,
    );
}

/// What waits in the outbox, for each business system by itself.
fn untold(registry: &mut Registry, books: &Standing, now_ms: i64) {
    let waiting = gauges(
        registry,
        "events_waiting",
        "Events that are committed and that a subscriber has not been told yet",
    );
    let oldest = gauges(
        registry,
        "event_oldest_seconds",
        "For how long the oldest of them waits",
    );
    for (subscriber, depth) in &books.untold {
        let labels = vec![
            ("subscriber", subscriber.name.clone()),
            ("way", subscriber.way.name().to_owned()),
        ];
        let waiting_ms = depth.oldest_at_ms.map_or(0, |at_ms| (now_ms - at_ms).max(0));
        set(&waiting, labels.clone(), depth.waiting);
        set(&oldest, labels, waiting_ms / 1_000);
    }
}

fn of(merchant: &Merchant) -> Labels {
    vec![
        ("platform", merchant.label.clone()),
        ("merchant", merchant.enterprise_id.to_string()),
    ]
}

fn tally(gauges: &Family<Labels, Gauge>, tallies: &[Tally]) {
    for tally in tallies {
        let mut labels = of(&tally.merchant);
        labels.push(("state", tally.state.clone()));
        set(gauges, labels, tally.count);
    }
}

fn gauges(registry: &mut Registry, name: &str, help: &str) -> Family<Labels, Gauge> {
    let gauges = Family::<Labels, Gauge>::default();
    registry.register(name, help, gauges.clone());
    gauges
}

fn single(registry: &mut Registry, name: &str, help: &str, value: i64) {
    let gauge = Gauge::<i64>::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

fn set(gauges: &Family<Labels, Gauge>, labels: Labels, value: i64) {
    gauges.get_or_create(&labels).set(value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::delivery::Depth;
    use crate::rows::subscriber::{Subscriber, Way};

    fn page(meters: &Meters, books: Option<&Standing>, breakers: &[BreakerKey]) -> String {
        let reply = meters.page(books, breakers, 10_000);
        assert_eq!(reply.status, 200);
        assert!(reply.headers[0].1.starts_with("text/plain; version=0.0.4"));
        String::from_utf8(reply.body).unwrap()
    }

    #[test]
    fn what_was_asked_and_answered_is_counted_by_closed_lists_of_names() {
        let meters = Meters::default();
        meters.answered("till", "hello", 200, 7);
        meters.answered("till", "hello", 200, 7);
        meters.answered("till", "none", 404, 1);
        meters.called(7, "query", Ok(200), 120);
        meters.called(7, "query", Err(&Lost::BreakerOpen), 0);
        meters.heard(1_500);
        meters.heard(-5);
        let page = page(&meters, None, &[]);
        for line in [
            "suanpan_requests_total{door=\"till\",endpoint=\"hello\",status=\"200\"} 2",
            "suanpan_requests_total{door=\"till\",endpoint=\"none\",status=\"404\"} 1",
            "suanpan_request_seconds_bucket{door=\"till\",endpoint=\"hello\",le=\"0.01\"} 2",
            "suanpan_calls_total{merchant=\"7\",call=\"query\",outcome=\"answered\"} 1",
            "suanpan_calls_total{merchant=\"7\",call=\"query\",outcome=\"breaker_open\"} 1",
            "suanpan_call_seconds_count{merchant=\"7\"} 1",
            "suanpan_callback_lag_seconds_bucket{le=\"2\"} 2",
            "suanpan_callback_lag_seconds_bucket{le=\"0.5\"} 1",
            "suanpan_database_up 0",
        ] {
            assert!(
                page.lines().any(|found| found == line),
                "{line} is not in\n{page}"
            );
        }
        assert!(
            !page.contains("suanpan_calls_due"),
            "nothing is claimed of books that cannot be read"
        );
    }

    fn erp() -> Subscriber {
        Subscriber {
            subscriber_id: 1,
            name: "erp".into(),
            way: Way::Webhook,
            target: "https://erp.example/told".into(),
            keys: Vec::new(),
            secret_ref: None,
            paused: false,
            created_at_ms: 0,
        }
    }

    #[test]
    fn how_the_books_stand_is_told_by_merchant_and_state() {
        let merchant = Merchant {
            label: "WECHAT_PAY".into(),
            enterprise_id: 7,
        };
        let tallied = |state: &str, count| Tally {
            merchant: merchant.clone(),
            state: state.into(),
            count,
        };
        let depth = Depth {
            waiting: 3,
            oldest_at_ms: Some(1_000),
            problem: None,
        };
        let books = Standing {
            asked_about: vec![tallied("AWAITING", 3)],
            lately: vec![tallied("PAID", 9)],
            unknown: vec![(120_000, vec![(merchant.clone(), 2)]), (600_000, Vec::new())],
            refunds: vec![tallied("1", 4)],
            calls_due: 5,
            due_since_ms: Some(4_000),
            suspense_kinds: vec![("NOT_BILLED".into(), 6)],
            bill_days: vec![(merchant.clone(), 8)],
            untold: vec![(erp(), depth)],
            ..Standing::default()
        };
        let open = BreakerKey {
            label: "WECHAT_PAY".into(),
            enterprise_id: "7".into(),
        };
        let page = page(&Meters::default(), Some(&books), &[open]);
        for line in [
            "suanpan_trades{platform=\"WECHAT_PAY\",merchant=\"7\",state=\"AWAITING\"} 3",
            "suanpan_trades_last_hour{platform=\"WECHAT_PAY\",merchant=\"7\",state=\"PAID\"} 9",
            "suanpan_trades_unknown{platform=\"WECHAT_PAY\",merchant=\"7\",longer_than_seconds=\"120\"} 2",
            "suanpan_refunds{platform=\"WECHAT_PAY\",merchant=\"7\",state=\"1\"} 4",
            "suanpan_breaker_open{platform=\"WECHAT_PAY\",merchant=\"7\"} 1",
            "suanpan_calls_due 5",
            "suanpan_suspense_of{kind=\"NOT_BILLED\"} 6",
            "suanpan_bill_days_open{platform=\"WECHAT_PAY\",merchant=\"7\"} 8",
            "suanpan_call_overdue_seconds 6",
            "suanpan_events_waiting{subscriber=\"erp\",way=\"WEBHOOK\"} 3",
            "suanpan_event_oldest_seconds{subscriber=\"erp\",way=\"WEBHOOK\"} 9",
            "suanpan_database_up 1",
        ] {
            assert!(
                page.lines().any(|found| found == line),
                "{line} is not in\n{page}"
            );
        }
    }
}
