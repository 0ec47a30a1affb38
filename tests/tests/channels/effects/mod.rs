//! What becomes of every call in every way it can go wrong: one table, walked whole (I14).
//!
//! A letter says what the client answers: `D` done, `R` refused for good, `-` unknown; `m` not there, `p` paid already,
//! `u` number used, `b` the customer is busy, `l` refunds later. A refusal for good stands only where nothing has come to
//! be at the platform, which is looked up there; and what is unknown is asked or sent again and comes out right.

mod codes;
mod stage;
mod ways;

use std::collections::BTreeSet;

use suanpan_sandbox::{CallEffect, PlatformName, RefusalCode};

use crate::desk::{MODES, in_mode};
use stage::{Ask, Spoiling, Stage};
use ways::{WAYS, Way};

/// What a row says of a call.
fn letter(row: &str, ask: Ask) -> char {
    assert_eq!(row.len(), Ask::ALL.len(), "{row}: a letter for each call");
    row.chars().nth(ask.column()).expect("as many letters as calls")
}

/// Checks that nothing has come to be where the client says so, and that what is unknown comes out right in the end.
fn check(stage: &mut Stage, ask: Ask, seen: char, of: &str) {
    let name = stage.desk.name;
    let has_come_to_be = stage.has_come_to_be(ask);
    if seen == 'R' {
        assert!(
            !has_come_to_be,
            "{name:?} {ask:?} {of}: refused for good, and it is there"
        );
    }
    if seen == '-' {
        let again = stage.settle(ask);
        assert_eq!(
            again, 'D',
            "{name:?} {ask:?} {of}: asked or sent again it comes out right"
        );
        assert!(
            stage.is_there_once(ask),
            "{name:?} {ask:?} {of}: there once and not twice"
        );
    }
}

#[test]
fn i14_every_call_in_every_way_it_can_go_wrong() {
    for mode in 0..MODES {
        for way in WAYS {
            for ask in Ask::ALL {
                let mut stage = Stage::set(mode, *ask);
                if !stage.can(*ask) {
                    continue;
                }
                let row = match stage.desk.name {
                    PlatformName::Wechat => way.wechat,
                    PlatformName::Alipay => way.alipay,
                };
                let seen = stage.play(*ask, &way.spoiling);
                let of = way.name;
                let name = stage.desk.name;
                assert_eq!(seen, letter(row, *ask), "{name:?} (mode {mode}) {ask:?}: {of}");
                check(&mut stage, *ask, seen, of);
            }
        }
    }
}

#[test]
fn i14_every_call_refused_with_every_documented_code() {
    // One mode of each platform in which everything can be asked: what a code means does not depend on it.
    for mode in [0, 3] {
        let name = in_mode(mode).name;
        for (code, row) in codes::of(name) {
            for ask in Ask::ALL {
                let mut stage = Stage::set(mode, *ask);
                if !stage.can(*ask) {
                    continue;
                }
                let effect = CallEffect::Refuses {
                    code: RefusalCode::named(code).expect("the stand-in documents it"),
                };
                let seen = stage.play(*ask, &Spoiling::Switch(effect));
                assert_eq!(seen, letter(row, *ask), "{name:?} {ask:?}: {code}");
                check(&mut stage, *ask, seen, code);
            }
        }
    }
}

#[test]
fn the_tables_leave_out_no_code_and_no_switch() {
    for name in [PlatformName::Wechat, PlatformName::Alipay] {
        let told: BTreeSet<&str> = codes::of(name).iter().map(|(code, _)| *code).collect();
        let documented: BTreeSet<&str> = RefusalCode::all(name)
            .into_iter()
            .map(RefusalCode::name)
            .collect();
        assert_eq!(told, documented, "{name:?}");
        assert_eq!(told.len(), codes::of(name).len(), "{name:?}: none twice");
    }
    let words: BTreeSet<&str> = WAYS.iter().filter_map(Way::switch).collect();
    let every: BTreeSet<&str> = ways::EVERY_SWITCH.iter().copied().collect();
    assert_eq!(words, every);
}
