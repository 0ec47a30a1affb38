//! The breaker as a table of steps: time, what happens, what is expected.

use super::*;

const POLICY: BreakerPolicy = BreakerPolicy {
    failures_max: 3,
    window_ms: 1_000,
    probe_delay_ms: 100,
    probe_delay_ms_max: 300,
    probe_limit_ms: 500,
};

#[derive(Clone, Copy, Debug)]
enum Step {
    /// A call is let through.
    Goes,
    /// A call is turned away.
    Waits,
    Made,
    Failed,
}

use Step::{Failed, Goes, Made, Waits};

fn walk(name: &str, steps: &[(i64, Step)]) -> Breaker {
    let mut breaker = Breaker::new(POLICY);
    for (at, (now_ms, step)) in steps.iter().enumerate() {
        match step {
            Goes => assert_eq!(breaker.admit(*now_ms), Ok(()), "{name}: step {at}"),
            Waits => assert_eq!(
                breaker.admit(*now_ms),
                Err(Lost::BreakerOpen),
                "{name}: step {at}"
            ),
            Made => breaker.note(Contact::Made, *now_ms),
            Failed => breaker.note(Contact::Failed, *now_ms),
        }
    }
    breaker
}

/// One row of the table.
struct Case {
    name: &'static str,
    /// Whether three failures at 0, 1 and 2 ms come first.
    opened: bool,
    steps: &'static [(i64, Step)],
    ends_open: bool,
}

const fn closed(name: &'static str, steps: &'static [(i64, Step)], ends_open: bool) -> Case {
    Case {
        name,
        opened: false,
        steps,
        ends_open,
    }
}

const fn opened(name: &'static str, steps: &'static [(i64, Step)], ends_open: bool) -> Case {
    Case {
        name,
        opened: true,
        steps,
        ends_open,
    }
}

const TABLE: &[Case] = &[
    closed("a new one lets calls go", &[(0, Goes), (0, Goes)], false),
    closed(
        "two failures keep it closed",
        &[(0, Failed), (1, Failed), (2, Goes)],
        false,
    ),
    closed(
        "an answer starts the row anew",
        &[(0, Failed), (0, Made), (1, Failed), (2, Failed)],
        false,
    ),
    opened("the third opens it", &[(2, Waits), (101, Waits)], true),
    opened("one probe after the delay", &[(102, Goes), (103, Waits)], true),
    opened(
        "an answered probe closes it",
        &[(102, Goes), (110, Made), (110, Goes), (111, Goes)],
        false,
    ),
    opened(
        "a failed probe doubles the wait",
        &[(102, Goes), (110, Failed), (309, Waits), (310, Goes)],
        true,
    ),
    opened(
        "the wait has an upper bound",
        &[
            (102, Goes),
            (110, Failed),
            (310, Goes),
            (320, Failed),
            (619, Waits),
            (620, Goes),
            (630, Failed),
            (929, Waits),
            (930, Goes),
        ],
        true,
    ),
    opened(
        "a silent probe is replaced",
        &[(102, Goes), (601, Waits), (602, Goes)],
        true,
    ),
    opened(
        "a late failure does not lengthen the wait",
        &[(50, Failed), (102, Goes)],
        true,
    ),
    opened("a late answer closes it", &[(50, Made), (51, Goes)], false),
    opened("a clock set back does not lock it", &[(-5_000, Goes)], true),
];

#[test]
fn the_breaker_follows_its_table() {
    for Case {
        name,
        opened,
        steps,
        ends_open,
    } in TABLE
    {
        let before: &[(i64, Step)] = if *opened {
            &[(0, Failed), (1, Failed), (2, Failed)]
        } else {
            &[]
        };
        assert_eq!(
            walk(name, &[before, steps].concat()).is_open(),
            *ends_open,
            "{name}"
        );
    }
}

#[test]
fn failures_far_apart_do_not_open_it() {
    let steps = [
        (0, Failed),
        (600, Failed),
        (1_000, Failed),
        (1_100, Failed),
        (1_200, Goes),
    ];
    assert!(!walk("window", &steps).is_open());
}

#[test]
fn extreme_times_do_not_overflow() {
    let steps = [
        (i64::MIN, Failed),
        (i64::MAX, Failed),
        (i64::MIN, Failed),
        (i64::MAX, Goes),
        (i64::MIN, Goes),
    ];
    walk("extremes", &steps);
}

#[test]
fn merchants_and_platforms_have_their_own() {
    let key = |label: &str, id: &str| BreakerKey {
        label: label.into(),
        enterprise_id: id.into(),
    };
    let mut breakers = Breakers::new(POLICY);
    for now_ms in 0..3 {
        breakers.note(&key("WECHAT_PAY", "1"), Contact::Failed, now_ms);
    }
    assert_eq!(breakers.admit(&key("WECHAT_PAY", "1"), 3), Err(Lost::BreakerOpen));
    assert_eq!(breakers.admit(&key("WECHAT_PAY", "2"), 3), Ok(()));
    assert_eq!(breakers.admit(&key("ALI_PAY", "1"), 3), Ok(()));
    assert_eq!(
        breakers.open_keys().collect::<Vec<_>>(),
        [&key("WECHAT_PAY", "1")]
    );
}

#[test]
fn only_the_connection_counts() {
    let reply = |status| HttpReply {
        status,
        headers: Vec::new(),
        body: Vec::new(),
    };
    let table = [
        (200, Contact::Made),
        (204, Contact::Made),
        (404, Contact::Made),
        (429, Contact::Made),
    ];
    for (status, contact) in table {
        assert_eq!(Contact::of(&Ok(&reply(status))), Some(contact), "{status}");
    }
    for status in [502, 503, 504] {
        assert_eq!(
            Contact::of(&Ok(&reply(status))),
            Some(Contact::Failed),
            "{status}"
        );
    }
    for unsent in [Lost::BreakerOpen, Lost::NoPlace, Lost::NoChannel] {
        assert!(unsent.is_unsent());
        assert_eq!(Contact::of(&Err(unsent)), None);
    }
    for lost in [
        Lost::TimedOut,
        Lost::Cut("x".into()),
        Lost::NoConnection("x".into()),
    ] {
        assert!(!lost.is_unsent());
        assert_eq!(Contact::of(&Err(lost)), Some(Contact::Failed));
    }
}
