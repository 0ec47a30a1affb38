//! The engine case by case.

use suanpan_wire::error::ErrorCode;
use suanpan_wire::journal::BATCH_ENTRIES_MAX;
use suanpan_wire::stream::{Change, Changed, WAIT_MS_MAX};

use super::testkit::*;
use super::*;

#[test]
fn the_first_word_is_hello_and_nothing_goes_before_its_answer() {
    let mut bench = Bench::new();
    bench.pending.head = mark(5);
    bench.pending.tenders = vec![watched("41")];
    bench.look();
    assert_eq!(bench.calls.values().collect::<Vec<_>>(), [&Call::Hello]);
    bench.answer(&Call::Hello, Ok(hello(0)));
    assert!(bench.has(&journal_after(0)) && bench.has(&query("41")));
    assert!(matches!(bench.stream_call(), Call::Changes { wait_ms: 0, .. }));
    assert_eq!(bench.status.reach, Reach::Up);
}

#[test]
fn f06_the_journal_goes_on_behind_the_last_acknowledgement() {
    let mut bench = Bench::up();
    bench.pending.head = mark(450);
    bench.look();
    bench.pending.acked = mark(200);
    bench.answer(&journal_after(0), Ok(batch(1, 200)));
    bench.answer(&journal_after(200), Err(LinkFault::Unreachable));
    assert!(bench.until_call(&journal_after(200)) > 0);
    bench.pending.acked = mark(400);
    bench.answer(&journal_after(200), Ok(batch(201, 400)));
    bench.pending.acked = mark(450);
    bench.answer(&journal_after(400), Ok(batch(401, 450)));
    assert!(
        !bench
            .calls
            .values()
            .any(|call| matches!(call, Call::Journal { .. }))
    );
}

#[test]
fn a_gap_leads_to_another_hello_and_from_there_on_also_backwards() {
    let mut bench = Bench::up();
    (bench.pending.head, bench.pending.acked) = (mark(10), mark(8));
    bench.look();
    bench.answer(&journal_after(8), Err(refused(ErrorCode::JournalGap)));
    bench.pending.acked = mark(3);
    bench.answer(&Call::Hello, Ok(hello(3)));
    assert!(bench.has(&journal_after(3)), "a restored centre is filled again");
}

#[test]
fn entries_the_till_lost_are_fetched_before_new_ones_go_up() {
    let mut bench = Bench::up();
    (bench.pending.head, bench.pending.missing_after) = (mark(10), Some(mark(4)));
    bench.look();
    assert!(bench.has(&Call::OwnEntries { after: mark(4) }));
}

#[test]
fn f24_a_lost_answer_to_create_is_asked_again_with_the_same_key() {
    let mut bench = Bench::up();
    let mut tender = watched("41");
    (tender.unsent, tender.code) = (Some("7001".into()), None);
    bench.pending.tenders = vec![tender];
    bench.look();
    for fault in [
        LinkFault::TimedOut,
        refused(ErrorCode::Internal),
        refused(ErrorCode::Unavailable),
    ] {
        bench.answer(&put("41", "7001"), Err(fault));
        bench.until_call(&put("41", "7001"));
    }
    assert_eq!(bench.unanswered, ["41", "41", "41"]);
    bench.pending.tenders[0].unsent = None;
    bench.answer(&put("41", "7001"), Ok(view("41")));
    assert_eq!(bench.until_call(&query("41")), 2_000, "no code yet: asked soon");
}

#[test]
fn a_refused_attempt_is_looked_at_and_never_replaced_by_another_key() {
    let codes = [
        ErrorCode::AttemptLive,
        ErrorCode::AlreadyPaid,
        ErrorCode::TenderClosed,
        ErrorCode::KeyReused,
    ];
    for code in codes {
        let mut bench = Bench::up();
        let mut tender = watched("41");
        tender.unsent = Some("7001".into());
        bench.pending.tenders = vec![tender];
        bench.look();
        for _ in 0..5 {
            bench.until_call(&put("41", "7001"));
            bench.answer(&put("41", "7001"), Err(refused(code)));
            bench.until_call(&query("41"));
            bench.answer(&query("41"), Ok(view("41")));
        }
        assert!(bench.until_call(&put("41", "7001")) > 0, "{code:?} must not spin");
    }
}

#[test]
fn two_failures_of_the_way_are_an_outage_and_one_probe_meets_it() {
    let mut bench = Bench::up();
    bench.pending.tenders = vec![watched("41"), watched("42")];
    bench.pending.head = mark(9);
    bench.look();
    assert_eq!(bench.calls.len(), 4);
    bench.fail_all(&LinkFault::Unreachable);
    assert_eq!(bench.status.reach, Reach::Offline);
    assert_eq!(bench.status.offline_since_ms, Some(T0 + bench.now_ms));
    for _ in 0..50 {
        bench.until_call(&Call::Hello);
        assert_eq!(bench.calls.len(), 1, "only the probe");
        bench.answer(&Call::Hello, Err(LinkFault::TimedOut));
        let retry_ms = bench.status.retry_at_ms.expect("said when") - T0 - bench.now_ms;
        assert!((100..=15_000).contains(&retry_ms));
        assert_eq!(bench.status.ask_again_at_ms["42"], T0 + bench.now_ms + retry_ms);
    }
    bench.until_call(&Call::Hello);
    bench.answer(&Call::Hello, Ok(hello(0)));
    assert_eq!(bench.calls.len(), 4, "everything flows again at once");
    assert_eq!(bench.status.reach, Reach::Up);
}

#[test]
fn what_is_not_signed_by_the_centre_is_an_outage_and_never_a_result() {
    let mut bench = Bench::new();
    bench.look();
    for _ in 0..3 {
        bench.until_call(&Call::Hello);
        bench.answer(&Call::Hello, Err(LinkFault::Unverified));
    }
    assert_eq!(bench.status.reach, Reach::Offline);
}

#[test]
fn trying_now_does_not_wait_and_does_not_double() {
    let mut bench = Bench::up();
    bench.fail_all(&LinkFault::Unreachable);
    for _ in 0..8 {
        bench.until_call(&Call::Hello);
        bench.answer(&Call::Hello, Err(LinkFault::Unreachable));
    }
    bench.step(Input::RetryNow);
    assert!(bench.has(&Call::Hello));
    bench.step(Input::RetryNow);
    bench.look();
    bench.advance(0);
    assert_eq!(bench.calls.len(), 1);
}

#[test]
fn f12_two_triggers_at_once_send_once() {
    let mut bench = Bench::up();
    bench.pending.head = mark(1);
    bench.look();
    bench.step(Input::Tick);
    bench.step(Input::RetryNow);
    bench.look();
    let sends = bench
        .calls
        .values()
        .filter(|call| matches!(call, Call::Journal { .. }));
    assert_eq!(sends.count(), 1);
}

#[test]
fn a_lane_waits_as_long_as_it_is_asked_to() {
    let mut bench = Bench::up();
    bench.pending.head = mark(1);
    bench.look();
    let busy = LinkFault::Refused {
        body: suanpan_wire::error::ErrorBody::new(ErrorCode::TooMany, T0),
        retry_after_ms: Some(20_000),
    };
    bench.answer(&journal_after(0), Err(busy));
    assert_eq!(bench.status.reach, Reach::Up);
    assert!(bench.until_call(&journal_after(0)) >= 20_000);
}

#[test]
fn a_corrected_clock_is_tried_at_once_and_then_with_patience() {
    let mut bench = Bench::new();
    bench.look();
    let stale = LinkFault::StaleClock { centre_time_ms: T0 };
    bench.answer(&Call::Hello, Err(stale.clone()));
    assert!(bench.has(&Call::Hello), "at once");
    bench.answer(&Call::Hello, Err(stale));
    assert!(bench.until_call(&Call::Hello) > 0);
}

#[test]
fn no_news_is_taken_before_the_greeting_is_answered_whatever_else_was() {
    let mut bench = Bench::new();
    bench.pending.tenders = vec![watched("41")];
    bench.look();
    bench.answer(&Call::Hello, Err(LinkFault::StaleClock { centre_time_ms: T0 }));
    let calls = bench.calls.values().collect::<Vec<_>>();
    assert_eq!(
        calls,
        [&Call::Hello],
        "the way is there, and nothing else goes it"
    );
    bench.answer(&Call::Hello, Ok(hello(0)));
    assert!(bench.has(&query("41")));
    assert!(matches!(bench.stream_call(), Call::Changes { .. }));
}

#[test]
fn f24_a_centre_that_cannot_greet_leaves_every_code_unknown_so_that_cash_can_be_taken() {
    let mut bench = Bench::new();
    bench.pending.tenders = vec![watched("41")];
    bench.look();
    bench.answer(&Call::Hello, Err(refused(ErrorCode::Unavailable)));
    assert_eq!(bench.unanswered, ["41"]);
    bench.until_call(&Call::Hello);
    bench.answer(&Call::Hello, Err(refused(ErrorCode::Unavailable)));
    assert_eq!(bench.unanswered, ["41", "41"]);
}

#[test]
fn a_code_is_renewed_once_before_it_runs_out() {
    let mut tender = watched("41");
    tender.renewable = true;
    tender.code = Some(ShownCode {
        expires_at_ms: T0 + 300_000,
    });
    let mut bench = Bench::with_tender(tender);
    for _ in 0..1_000 {
        if !bench.renewals.is_empty() {
            break;
        }
        if bench.has(&query("41")) {
            bench.answer(&query("41"), Ok(view("41")));
        }
        if bench
            .calls
            .values()
            .any(|call| matches!(call, Call::Changes { .. }))
        {
            bench.answer_stream(Vec::new());
        }
        bench.now_ms = bench
            .wake_ms
            .expect("the renewal is waited for")
            .max(bench.now_ms + 1);
        bench.step(Input::Tick);
    }
    assert_eq!(bench.now_ms, 280_000);
    bench.advance(500);
    assert_eq!(bench.renewals, ["41"]);
}

#[test]
fn a_renewal_is_due_twenty_seconds_before_the_end_unless_someone_is_paying() {
    let soon = Some(ShownCode {
        expires_at_ms: T0 + 1_000 + 20_000,
    });
    let base = Watched {
        renewable: true,
        code: soon,
        ..watched("41")
    };
    let cases = [
        (base.clone(), true),
        (
            Watched {
                renewable: false,
                ..base.clone()
            },
            false,
        ),
        (
            Watched {
                paying: true,
                ..base.clone()
            },
            false,
        ),
        (
            Watched {
                closing: true,
                ..base.clone()
            },
            false,
        ),
        (
            Watched {
                unsent: Some("7002".into()),
                ..base.clone()
            },
            false,
        ),
        (
            Watched {
                code: None,
                ..base.clone()
            },
            false,
        ),
        (
            Watched {
                code: Some(ShownCode {
                    expires_at_ms: T0 + 1_000 + 20_001,
                }),
                ..base
            },
            false,
        ),
    ];
    for (tender, due) in cases {
        let mut bench = Bench::with_tender(tender.clone());
        assert_eq!(bench.renewals.len(), usize::from(due), "{tender:?}");
        bench.look();
        assert_eq!(bench.renewals.len(), usize::from(due), "once per attempt");
    }
}

#[test]
fn closing_is_asked_for_and_an_attempt_that_never_arrived_goes_there_first() {
    let mut tender = watched("41");
    (tender.closing, tender.unsent, tender.code) = (true, Some("7001".into()), None);
    let mut bench = Bench::with_tender(tender);
    bench.answer(&close("41"), Err(refused(ErrorCode::NotFound)));
    bench.pending.tenders[0].unsent = None;
    bench.answer(&put("41", "7001"), Ok(view("41")));
    bench.answer(&close("41"), Ok(view("41")));
    assert!(bench.until_call(&close("41")) >= 3_000, "taken: now and then");
}

#[test]
fn a_tender_the_restored_centre_forgot_is_put_again_with_its_key() {
    let mut bench = Bench::with_tender(watched("41"));
    bench.answer(&query("41"), Err(refused(ErrorCode::NotFound)));
    assert!(bench.has(&put("41", "7001")));
}

#[test]
fn a_waiting_tender_is_asked_about_often_only_while_nothing_else_would_tell() {
    let mut bench = Bench::with_tender(watched("41"));
    bench.answer(&query("41"), Ok(view("41")));
    assert_eq!(bench.until_call(&query("41")), 10_000, "the stream is fresh");
    bench.answer(&query("41"), Ok(view("41")));
    let stream = bench.stream_call();
    bench.answer(&stream, Err(refused(ErrorCode::Unavailable)));
    let asked_after_ms = bench.until_call(&query("41"));
    assert!((3_000..=5_000).contains(&asked_after_ms), "{asked_after_ms}");
}

#[test]
fn asking_now_asks_now() {
    let mut bench = Bench::with_tender(watched("41"));
    bench.answer(&query("41"), Ok(view("41")));
    bench.ask_now();
    assert!(bench.has(&query("41")));
}

#[test]
fn asking_now_offline_probes_now() {
    let mut bench = Bench::with_tender(watched("41"));
    bench.fail_all(&LinkFault::Unreachable);
    bench.until_call(&Call::Hello);
    bench.answer(&Call::Hello, Err(LinkFault::Unreachable));
    bench.ask_now();
    assert!(bench.has(&Call::Hello));
}

#[test]
fn the_stream_waits_once_it_works_and_pauses_where_nobody_holds_it() {
    let mut bench = Bench::up();
    assert!(matches!(
        bench.stream_call(),
        Call::Changes {
            wait_ms: WAIT_MS_MAX,
            ..
        }
    ));
    bench.answer_stream(Vec::new());
    let again = Call::Changes {
        generation: 1,
        after: 0,
        wait_ms: WAIT_MS_MAX,
    };
    assert_eq!(bench.until_call(&again), 1_000);
}

#[test]
fn changed_settings_are_heard_by_another_hello() {
    let mut bench = Bench::up();
    let change = Change {
        position: 1,
        what: Changed::Settings,
    };
    bench.answer_stream(vec![change]);
    assert!(bench.has(&Call::Hello));
}

#[test]
fn a_revoked_till_asks_rarely_and_sends_nothing() {
    let mut bench = Bench::up();
    bench.pending.head = mark(3);
    bench.look();
    bench.answer(&journal_after(0), Err(refused(ErrorCode::TillUnknown)));
    assert_eq!(bench.status.reach, Reach::Revoked);
    assert!(bench.until_call(&Call::Hello) >= 60_000);
}

#[test]
fn a_call_that_never_ends_is_given_up_and_its_late_answer_not_taken() {
    let mut bench = Bench::up();
    bench.pending.head = mark(3);
    bench.look();
    let (call_id, _) = bench
        .calls
        .iter()
        .find(|(_, call)| **call == journal_after(0))
        .unwrap();
    let call_id = *call_id;
    bench.calls.clear();
    bench.advance(6_000);
    assert!(!bench.engine.expects(call_id));
    let again = journal_of(BATCH_ENTRIES_MAX / 2);
    bench.until_call(&again);
    bench.end(call_id, Ok(batch(1, 3)));
    assert!(bench.has(&again), "the copy changed nothing");
}

#[test]
fn a_batch_that_is_too_large_is_halved() {
    let mut bench = Bench::up();
    bench.pending.head = mark(300);
    bench.look();
    bench.answer(&journal_after(0), Err(refused(ErrorCode::BodyTooLarge)));
    assert!(bench.has(&journal_of(BATCH_ENTRIES_MAX / 2)));
}

fn journal_of(entries_max: usize) -> Call {
    Call::Journal {
        after: mark(0),
        entries_max,
    }
}

#[test]
fn a_batch_that_takes_too_long_on_a_slow_line_is_made_smaller_and_grows_again() {
    let mut bench = Bench::up();
    bench.pending.head = mark(9_000);
    bench.look();
    let mut entries = BATCH_ENTRIES_MAX;
    for _ in 0..12 {
        bench.answer(&journal_of(entries), Err(LinkFault::TimedOut));
        entries = (entries / 2).max(20);
        if bench.has(&Call::Hello) || bench.status.reach != Reach::Up {
            bench.until_call(&Call::Hello);
            bench.answer(&Call::Hello, Ok(hello(0)));
        }
        bench.until_call(&journal_of(entries));
    }
    assert_eq!(entries, 20, "never so small that it hardly goes on");
    bench.pending.acked = mark(20);
    bench.answer(&journal_of(entries), Ok(batch(1, 20)));
    let next = Call::Journal {
        after: mark(20),
        entries_max: 40,
    };
    assert!(bench.has(&next));
}

#[test]
fn only_a_few_tenders_are_asked_about_at_once_oldest_first() {
    let mut bench = Bench::up();
    bench.pending.tenders = (1..=10).map(|no| watched(&no.to_string())).collect();
    bench.look();
    let asked = |bench: &Bench| bench.calls.values().filter_map(Call::tender_no).count();
    assert_eq!(asked(&bench), 4);
    assert!(bench.has(&query("1")) && bench.has(&query("4")));
    bench.answer(&query("1"), Ok(view("1")));
    assert!(bench.has(&query("5")));
}
