//! Any order of wishes, payments, losses and crashes: in the end every tender holds its amount once or
//! nothing, and no number went out with two sets of parameters.

use std::collections::BTreeMap;

use suanpan_domain::pay_order::{Disposition, PayOrderState};

use super::kit::Shop;
use super::telling::check_told;
use crate::db::testing;

/// Runs of the test: a few seconds' worth; the simulation of the whole shop runs many more.
const SEEDS: u64 = 30;
/// On a server each step costs some dozens of round trips; what differs there are the locks, and few runs meet
/// them all.
const SEEDS_ON_A_SERVER: u64 = 4;
const STEPS: u32 = 40;
const TENDERS: i64 = 3;
const AMOUNT: i64 = 2810;

/// A small generator (xorshift64*), so that a failing seed repeats.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % sides
    }
}

fn step(mut shop: Shop, dice: &mut Dice, keys: &mut u32) -> Shop {
    let tender = 21 + i64::try_from(dice.roll(3)).unwrap() % TENDERS;
    *keys += 1;
    let key = format!("k{}", if dice.roll(3) == 0 { 1 } else { *keys });
    match dice.roll(12) {
        0 => drop(shop.create(tender, &key, AMOUNT)),
        1 => drop(shop.renew(tender, &key, AMOUNT)),
        2 => drop(shop.close(tender)),
        3 => drop(shop.give_up(tender)),
        4 | 5 => pay_some(&mut shop, dice, tender),
        6 => shop.platform.lose_replies += 1,
        7 => shop.platform.lose_requests += 1,
        8 => shop = shop.restart(),
        9 => drop(shop.late(tender, if dice.roll(2) == 0 { "accept" } else { "return_now" })),
        10 => shop.pass(i64::try_from(dice.roll(400)).unwrap()),
        _tick => shop.pass(2),
    }
    shop
}

/// A customer pays one of the codes that were ever made, and the platform may tell, more than once.
fn pay_some(shop: &mut Shop, dice: &mut Dice, tender: i64) {
    let codes = shop.platform.codes();
    if codes.is_empty() {
        return;
    }
    let at = usize::try_from(dice.roll(u64::try_from(codes.len()).unwrap())).unwrap();
    // Also after closing: money that ought not to come, comes.
    shop.platform.pay(&codes[at]);
    for _ in 0..dice.roll(3) {
        let notice = shop.paid_notice(&codes[at], AMOUNT);
        assert_eq!(shop.callback(&notice).status, 204);
    }
    if dice.roll(4) == 0 {
        shop.pass(1);
        drop(shop.close(tender));
    }
}

/// Faults stop, and the longest watch goes by.
fn heal(shop: &mut Shop) {
    shop.platform.lose_replies = 0;
    shop.platform.lose_requests = 0;
    for _ in 0..80 {
        shop.now_ms += 3_300_000;
        for _ in 0..8 {
            shop.tick();
        }
    }
}

fn check(shop: &mut Shop, seed: u64) {
    let mut kept = 0;
    for tender in 21..21 + TENDERS {
        let path = format!("/v1/tenders/{tender}/query");
        let Ok(view) = shop.call("POST", &path, &serde_json::json!({})) else {
            continue;
        };
        let winners = view
            .trades
            .iter()
            .filter(|trade| trade.disposition == Disposition::Winner)
            .count();
        assert!(winners <= 1, "seed {seed}: {view:?}");
        assert_eq!(view.state.has_winner(), winners == 1, "seed {seed}: {view:?}");
        assert_ne!(view.state, PayOrderState::Canceling, "seed {seed}: {view:?}");
        let holds = view.state == PayOrderState::Paid && !view.given_up;
        kept += if holds { AMOUNT } else { 0 };
        for trade in &view.trades {
            assert!(trade.refunds.len() <= 1, "seed {seed}: {view:?}");
            assert!(!trade.state.is_open(), "seed {seed}: {view:?}");
        }
    }
    let net = shop.platform.captured() - shop.platform.returned();
    assert_eq!(
        net, kept,
        "seed {seed}: what the platform holds is what the tenders hold"
    );
}

fn check_prepays(shop: &Shop, seed: u64) {
    let mut sent: BTreeMap<String, &str> = BTreeMap::new();
    for call in shop
        .platform
        .calls
        .iter()
        .filter(|call| call.starts_with("prepay"))
    {
        let number = call.split('"').nth(1).unwrap().to_owned();
        let before = sent.insert(number, call);
        assert!(before.is_none_or(|before| before == call), "seed {seed}: {call}");
    }
}

fn run(seed: u64) {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let mut shop = Shop::open();
    let mut keys = 1;
    for _ in 0..STEPS {
        shop = step(shop, &mut dice, &mut keys);
    }
    heal(&mut shop);
    check(&mut shop, seed);
    check_prepays(&shop, seed);
    check_told(&shop, &format!("seed {seed}"));
}

#[test]
fn i2_i9_i10_i13_i19_i23_money_is_kept_once_or_not_at_all_in_any_order_of_events() {
    let seeds = if testing::generation_outlives_starts() {
        SEEDS_ON_A_SERVER
    } else {
        SEEDS
    };
    (1..=seeds).for_each(run);
}

/// With the feature `mutants`: the same runs notice every rule of the centre that is broken on purpose.
#[cfg(feature = "mutants")]
#[test]
fn every_broken_rule_of_the_centre_is_noticed() {
    use suanpan_domain::mutant::{Mutant, arm};
    let broken = [
        Mutant::LateSuccessDropped,
        Mutant::ClosedIsFinal,
        Mutant::SecondSuccessWins,
        Mutant::DuplicateKept,
        Mutant::GivenUpKept,
        Mutant::LostRefundReplyIsSuccess,
        Mutant::FreshRefundNoPerTry,
    ];
    for mutant in broken {
        arm(Some(mutant));
        let noticed = std::panic::catch_unwind(|| (1..=2 * SEEDS).for_each(run)).is_err();
        arm(None);
        assert!(noticed, "{mutant:?} went unnoticed");
    }
}
