//! Shifts, told by the stories of tills that lost a drawer's money.

use suanpan_wire::entry::Said;

use crate::receipt;
use crate::rpc::people::SignIn;
use crate::rpc::shift::{
    CloseShift, ClosedShift, Clue, DifferenceReason, ExpectedKind, ListShifts, MoveCash, MoveDirection,
    MoveReason, NameShift, SetBlind, ShiftReport, ShiftView,
};
use crate::rpc::state::Means;
use crate::rpc::{Approval, Code, Command, Language, NameOrder, Nothing, SetLanguage};
use crate::sync::Reach;
use crate::testkit::{Shop, canceled, paid};

const BOTTLE: &str = "6928804011142";
const BOSS: Option<&str> = Some("8888");

fn opened(float_yuan: &str) -> Shop {
    let mut shop = Shop::open();
    shop.open_shift(float_yuan);
    shop
}

#[test]
fn f44_unpaid_orders_are_listed_at_the_close_and_go_on_in_the_next_shift() {
    let mut shop = opened("100");
    for _ in 0..3 {
        shop.enter(BOTTLE);
        shop.run(Command::BasketHold(Nothing {})).unwrap();
    }
    shop.enter(BOTTLE);
    let view = shop.shift();
    assert_eq!((view.held.len(), view.on_counter.unwrap().total_minor), (3, 350));
    let closed = shop.count_and_close();
    assert_eq!(shop.report(&closed.shift_id).carried_over.len(), 4);
    let state = shop.state();
    assert_eq!((state.held.len(), state.basket.lines.len()), (3, 1));
    shop.open_shift("100");
    let order_id = state.held[0].order_id.clone();
    shop.run(Command::BasketResume(NameOrder { order_id })).unwrap();
    shop.begin();
    shop.cash("5").unwrap();
    assert_eq!(shop.shift().expected_minor, Some(10_350));
}

#[test]
fn f47_a_code_paid_after_the_close_stands_beside_the_frozen_figures() {
    let mut shop = opened("100");
    let tender = shop.sell_by_code();
    shop.run(Command::PayPark(Nothing {})).unwrap();
    let closed = shop.count_and_close();
    let before = shop.report(&closed.shift_id);
    assert_eq!(
        (before.codes_waiting, before.orders, before.amendments.len()),
        (1, 0, 0)
    );
    shop.open_shift("100");
    shop.hear(&paid(&tender, 1));
    let after = shop.report(&closed.shift_id);
    assert_eq!(after.amendments.len(), 1);
    let late = &after.amendments[0];
    assert_eq!((late.means, late.amount_minor), (Means::WechatPay, 350));
    assert_eq!(after.shift.amendments, 1);
    let frozen = |report: ShiftReport| ShiftReport {
        shift: ClosedShift {
            amendments: 0,
            ..report.shift
        },
        amendments: Vec::new(),
        text: String::new(),
        png_base64: String::new(),
        ..report
    };
    assert_eq!(frozen(after), frozen(before));
    assert_eq!(shop.shift().expected_minor, Some(10_000));
    assert_eq!(shop.count_and_close().amendments, 0);
    assert_eq!(shop.report(&closed.shift_id).orders, 0);
}

#[test]
fn f48_a_close_waits_for_neither_line_nor_code_nor_a_refused_entry() {
    let mut shop = opened("100");
    shop.sell_for(BOTTLE, "5");
    let head = shop.till.view().head().unwrap();
    shop.till
        .write(|tx| {
            let refused = suanpan_wire::journal::EntryResult::Refused {
                code: "malformed_entry".into(),
            };
            tx.save_entry_results(head.epoch, &[(head.seq, refused)])?;
            Ok(())
        })
        .unwrap();
    shop.sell_by_code();
    shop.link(Reach::Offline);
    let closed = shop.count_and_close();
    assert_eq!((closed.expected_minor, closed.difference_minor), (10_350, 0));
    let report = shop.report(&closed.shift_id);
    assert_eq!((report.codes_waiting, report.only_here), (1, 1));
    assert_eq!(shop.state().shift, None);
    assert!(
        shop.state().pay.is_some(),
        "the code on the counter is still watched"
    );
}

#[test]
fn f49_the_screen_is_one_answer_and_nothing_closes_without_a_count() {
    let mut shop = opened("300");
    shop.sell_for(BOTTLE, "");
    shop.move_cash(MoveDirection::In, "20", None).unwrap();
    let view = shop.move_cash(MoveDirection::Out, "50", BOSS).unwrap();
    let sum: i64 = view.expected.iter().map(|row| row.amount_minor).sum();
    assert_eq!(
        (Some(sum), view.expected_minor),
        (view.expected_minor, Some(27_350))
    );
    let kinds: Vec<ExpectedKind> = view.expected.iter().map(|row| row.kind).collect();
    assert_eq!(
        kinds,
        [
            ExpectedKind::Float,
            ExpectedKind::CashTaken,
            ExpectedKind::CashIn,
            ExpectedKind::CashOut
        ]
    );
    assert_eq!(shop.close_shift(None).unwrap_err().code, Code::CountMissing);
    shop.count(&[(10_000, 2)]).unwrap();
    shop.count(&[]).unwrap();
    assert_eq!(shop.close_shift(None).unwrap_err().code, Code::CountMissing);
    let repeated = shop.count(&[(10, 1), (10, 1)]).unwrap_err();
    assert_eq!(
        (repeated.code, repeated.params["denomination"].as_str()),
        (Code::CountInvalid, "0.10")
    );
    assert!(shop.state().shift.is_some());
}

#[test]
fn f50_any_count_is_taken_and_its_difference_kept_with_the_reason() {
    let mut shop = opened("100");
    shop.sell_for(BOTTLE, "4");
    let view = shop.count(&[(10_000, 1), (100, 3)]).unwrap();
    assert_eq!(
        (view.counted_minor, view.difference_minor),
        (Some(10_300), Some(-50))
    );
    let clue = &view.look_at[0];
    assert_eq!((clue.what, clue.amount_minor), (Clue::Change, 50));
    assert_eq!(clue.short_no.as_deref(), Some("2-1121-0001"));
    let closed: ClosedShift = shop
        .ask(Command::ShiftClose(CloseShift {
            reason: Some(DifferenceReason::MiscountedChange),
            note: " 一次\n找错 ".into(),
            leave_minor: None,
            count_seen: None,
        }))
        .unwrap();
    assert_eq!(closed.difference_minor, -50);
    assert_eq!(closed.reason, Some(DifferenceReason::MiscountedChange));
    assert_eq!(closed.note, "一次 找错");
    let listed: Vec<ClosedShift> = shop.ask(Command::ShiftList(ListShifts { limit: None })).unwrap();
    assert_eq!(listed, [closed]);
    shop.open_shift("0");
    let nothing = shop.count(&[(10_000, 0)]).unwrap();
    assert_eq!(
        (nothing.counted_minor, nothing.difference_minor),
        (Some(0), Some(0))
    );
    shop.close_shift(None).unwrap();
}

#[test]
fn f51_change_and_money_given_back_are_no_cash_in_the_drawer() {
    let mut shop = opened("100");
    shop.sell_for(BOTTLE, "500");
    assert_eq!(shop.shift().expected_minor, Some(10_350));
    assert_eq!(shop.shift().change_minor, 49_650);
    shop.enter("2*6928804011142");
    shop.begin();
    shop.cash("5").unwrap();
    assert_eq!(
        shop.shift().expected_minor,
        Some(10_850),
        "cash of an order that is not paid yet is here"
    );
    shop.run(Command::PayGiveUp(Nothing {})).unwrap();
    let view = shop.shift();
    assert_eq!(view.expected_minor, Some(10_350));
    let back = view
        .expected
        .iter()
        .find(|row| row.kind == ExpectedKind::CashReturned);
    assert_eq!(back.map(|row| (row.count, row.amount_minor)), Some((1, -500)));
}

#[test]
fn f53_the_next_shift_begins_with_what_the_last_close_left() {
    let mut shop = opened("500");
    shop.move_cash(MoveDirection::In, "100", None).unwrap();
    shop.move_cash(MoveDirection::Out, "600", BOSS).unwrap();
    let view = shop.move_cash(MoveDirection::In, "50", None).unwrap();
    assert_eq!((view.expected_minor, view.moves), (Some(5_000), 3));
    shop.count(&[(5_000, 1)]).unwrap();
    let over = shop.close_shift(Some(5_001)).unwrap_err();
    assert_eq!(
        (over.code, over.params["counted"].as_str()),
        (Code::LeaveOverCounted, "50.00")
    );
    assert_eq!(
        shop.close_shift(Some(-1)).unwrap_err().code,
        Code::LeaveOverCounted
    );
    let closed = shop.close_shift(Some(3_000)).unwrap();
    assert_eq!((closed.left_minor, closed.taken_away_minor), (3_000, 2_000));
    assert_eq!(shop.shift().suggested_float_minor, 3_000);
    shop.open_shift("30");
    assert_eq!(shop.shift().expected_minor, Some(3_000));
    let Some(Said::ShiftOpened { opened }) = shop.said().pop() else {
        panic!("opening is in the journal");
    };
    assert_eq!((opened.float_minor, opened.suggested_float_minor), (3_000, 3_000));
}

#[test]
fn f70_a_managers_word_moves_cash_once_and_stands_with_both_names() {
    let mut shop = opened("100");
    let out = |moves_seen| {
        Command::ShiftMove(MoveCash {
            direction: MoveDirection::Out,
            yuan: "60".into(),
            reason: MoveReason::Bank,
            note: "存银行".into(),
            approval: Some(Approval { pin: "8888".into() }),
            moves_seen: Some(moves_seen),
        })
    };
    let without = shop.move_cash(MoveDirection::Out, "60", None).unwrap_err();
    assert_eq!(without.code, Code::ApprovalNeeded);
    let view: ShiftView = shop.ask(out(0)).unwrap();
    assert_eq!(view.expected_minor, Some(4_000));
    assert_eq!(
        shop.ask::<ShiftView>(out(0)).unwrap_err().code,
        Code::ShiftChanged
    );
    assert_eq!(shop.shift().expected_minor, Some(4_000));
    let next = shop.move_cash(MoveDirection::Out, "1", None).unwrap_err();
    assert_eq!(next.code, Code::ApprovalNeeded, "the word is used up");
    let said = shop.said();
    let [
        ..,
        Said::ApprovalAsked {
            action,
            subject,
            requested_by,
            approved_by,
            ..
        },
        Said::CashMoved { moved, .. },
    ] = said.as_slice()
    else {
        panic!("the word and what it was for stand together: {said:?}");
    };
    assert_eq!((action.as_str(), subject.as_deref()), ("cash_out", Some("60.00")));
    assert_eq!(
        (requested_by.as_str(), approved_by.as_deref()),
        ("王芳", Some("李店长"))
    );
    assert_eq!(
        (moved.requested_by.as_str(), moved.approved_by.as_deref()),
        ("王芳", Some("李店长"))
    );
}

#[test]
fn a_crash_in_the_middle_of_counting_keeps_the_count() {
    let mut shop = opened("100");
    shop.sell_for(BOTTLE, "");
    shop.count(&[(10_000, 1), (100, 3)]).unwrap();
    let entries = shop.said().len();
    shop.count(&[(100, 3), (10_000, 1)]).unwrap();
    assert_eq!(shop.said().len(), entries, "the same count again is nothing new");
    let mut shop = shop.restart();
    assert!(shop.state().shift.is_some());
    let view = shop.shift();
    assert_eq!((view.counted.len(), view.counted_minor), (2, Some(10_300)));
    assert_eq!(view.difference_minor, Some(-50));
    let closed = shop.close_shift(None).unwrap();
    assert_eq!(closed.counted_minor, 10_300);
    let mut shop = shop.restart();
    assert_eq!(shop.report(&closed.shift_id).shift, closed);
    assert!(shop.shift().counted.is_empty());
}

#[test]
fn what_is_sold_without_a_shift_belongs_to_none() {
    let mut shop = Shop::open();
    shop.sell_for(BOTTLE, "");
    shop.open_shift("100");
    assert_eq!(shop.shift().expected_minor, Some(10_000));
    let closed = shop.count_and_close();
    assert_eq!(shop.report(&closed.shift_id).orders, 0);
    for refused in [
        shop.move_cash(MoveDirection::In, "1", None).unwrap_err(),
        shop.count(&[(100, 1)]).unwrap_err(),
        shop.close_shift(None).unwrap_err(),
    ] {
        assert_eq!(refused.code, Code::ShiftNotOpen);
    }
    let shift_id = "none".to_owned();
    let unknown = shop.ask::<ShiftReport>(Command::ShiftReportGet(NameShift { shift_id }));
    assert_eq!(unknown.unwrap_err().code, Code::ShiftNotFound);
}

#[test]
fn cash_belongs_to_the_drawer_it_goes_into_and_a_code_to_its_orders_shift() {
    let mut shop = opened("100");
    shop.enter("2*6928804011142");
    shop.begin();
    shop.code("3").unwrap();
    let tender = shop.newest_tender();
    shop.run(Command::PayPark(Nothing {})).unwrap();
    let first = shop.count_and_close();
    shop.open_shift("50");
    let order_id = tender.order_id.clone();
    shop.run(Command::PayOpen(NameOrder { order_id })).unwrap();
    shop.hear(&canceled(&tender, 1));
    shop.cash("10").unwrap();
    assert_eq!(shop.shift().expected_minor, Some(5_700));
    let second = shop.count_and_close();
    assert_eq!(shop.report(&second.shift_id).orders, 1);
    assert_eq!(shop.report(&first.shift_id).amendments, []);
}

#[test]
fn only_one_shift_is_open_and_its_day_goes_on_after_midnight() {
    let mut shop = opened("100");
    let again = shop.run(Command::ShiftOpen(crate::rpc::shift::OpenShift {
        float_yuan: "1".into(),
    }));
    assert_eq!(again.unwrap_err().code, Code::ShiftAlreadyOpen);
    shop.host.pass(12 * 3_600_000);
    shop.enter(BOTTLE);
    assert_eq!(shop.begin().pay.unwrap().short_no, "2-1121-0001");
    shop.cash("").unwrap();
    let view = shop.till.view();
    let days = view.days_with_facts().unwrap();
    assert_eq!(
        days.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["2026-11-21"]
    );
    let takings: crate::rpc::views::Takings = shop
        .ask(Command::TakingsDay(crate::rpc::NameDay { day: None }))
        .unwrap();
    assert_eq!(
        (takings.day.as_str(), takings.today, takings.net_minor),
        ("2026-11-21", true, 350)
    );
    shop.run(Command::PayNext(Nothing {})).unwrap();
    shop.count_and_close();
    shop.enter(BOTTLE);
    assert_eq!(shop.begin().pay.unwrap().short_no, "2-1122-0001");
}

#[test]
fn a_blind_count_shows_nothing_that_is_expected_until_it_is_closed() {
    let mut shop = opened("100");
    let blind = |approval| {
        Command::ShiftBlind(SetBlind {
            blind: true,
            approval,
        })
    };
    let refused = shop.ask::<ShiftView>(blind(None)).unwrap_err();
    assert_eq!(refused.code, Code::ApprovalNeeded);
    shop.ask::<ShiftView>(blind(Some(Approval { pin: "8888".into() })))
        .unwrap();
    shop.sell_for(BOTTLE, "5");
    let view = shop.count(&[(10_000, 1)]).unwrap();
    assert!(view.blind && view.expected.is_empty() && view.look_at.is_empty());
    assert_eq!((view.expected_minor, view.difference_minor), (None, None));
    assert_eq!((view.change_minor, view.counted_minor), (0, Some(10_000)));
    assert_eq!(shop.close_shift(None).unwrap().difference_minor, -350);
}

#[test]
fn a_float_is_money_and_a_note_is_short() {
    let mut shop = Shop::open();
    for bad in ["", "-1", "1.005", "x"] {
        let float_yuan = bad.to_owned();
        let refused = shop.run(Command::ShiftOpen(crate::rpc::shift::OpenShift { float_yuan }));
        assert_eq!(refused.unwrap_err().code, Code::AmountInvalid, "{bad}");
    }
    shop.open_shift("３００");
    assert_eq!(shop.shift().expected_minor, Some(30_000));
    shop.count(&[(10_000, 3)]).unwrap();
    let long = shop.ask::<ClosedShift>(Command::ShiftClose(CloseShift {
        reason: None,
        note: "长".repeat(81),
        leave_minor: None,
        count_seen: None,
    }));
    assert_eq!(long.unwrap_err().code, Code::NoteTooLong);
    assert_eq!(
        shop.move_cash(MoveDirection::In, "0", None).unwrap_err().code,
        Code::AmountNotPositive
    );
}

#[test]
fn the_report_is_paper_in_both_languages() {
    let mut shop = opened("300");
    shop.sell_for(BOTTLE, "5");
    let late = shop.sell_by_code();
    shop.run(Command::PayPark(Nothing {})).unwrap();
    shop.move_cash(MoveDirection::Out, "200", BOSS).unwrap();
    shop.run(Command::PeopleSignIn(SignIn {
        name: "李店长".into(),
        pin: Some("8888".into()),
    }))
    .unwrap();
    shop.count(&[(10_000, 1), (100, 3)]).unwrap();
    let closed: ClosedShift = shop
        .ask(Command::ShiftClose(CloseShift {
            reason: Some(DifferenceReason::Unclear),
            note: String::new(),
            leave_minor: Some(10_000),
            count_seen: None,
        }))
        .unwrap();
    shop.hear(&paid(&late, 1));
    let words = [
        (
            Language::ZhCn,
            [
                "交班单",
                "取出 银行",
                "批准 李店长",
                "少了",
                "说不清",
                "留给下一班",
                "交班后到账",
            ],
        ),
        (
            Language::En,
            [
                "Shift report",
                "Taken out bank",
                "approved 李店长",
                "Short",
                "not known",
                "Left for next",
                "Arrived after",
            ],
        ),
    ];
    for (language, words) in words {
        shop.run(Command::SettingsLanguage(SetLanguage { language }))
            .unwrap();
        let report = shop.report(&closed.shift_id);
        for word in words {
            assert!(report.text.contains(word), "{word} in\n{}", report.text);
        }
        assert!(
            report
                .text
                .lines()
                .all(|line| receipt::width(line) <= receipt::COLUMNS)
        );
        assert!(
            report.text.contains("103.50") && report.text.contains("-200.00"),
            "{}",
            report.text
        );
        assert!(!report.png_base64.is_empty());
    }
}
