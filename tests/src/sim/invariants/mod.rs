//! The invariants: one named function each, and the tables that say when each is checked.

pub mod bill;
pub mod centre;
pub mod finally;
pub mod scene;
pub mod shift;
pub mod suspense;
pub mod till;

use super::verdict::Broken;
use scene::{Memory, Scene};

/// A rule that must hold.
pub type Rule = fn(&Scene, &Memory) -> Result<(), Broken>;

/// Rules that hold at every moment.
pub const ALWAYS: &[Rule] = &[
    centre::i1_at_most_one_winner,
    centre::i3_refunds_within_captured,
    centre::i4_no_state_goes_back,
    centre::i20_refunds_are_automatic_or_a_tills,
    centre::i6_one_platform_order_per_attempt,
    centre::i7_paid_has_one_exact_winner,
    centre::i8_canceled_has_no_live_trade,
    centre::i14_unknown_is_no_end,
    centre::i17_nothing_starves,
    centre::i9_i19_an_end_is_told_once,
    centre::streams_are_gapless,
    suspense::decided_once_and_by_name,
    suspense::a_decision_does_what_it_says,
    suspense::money_that_counts_stays,
    till::i21_complete_means_covered,
    till::reserved_shares_fit,
    till::r1_shown_as_paid_is_kept,
    till::r4_rollup_is_the_sum_of_facts,
    till::r5_settled_is_captured_and_stays,
    till::i3_refunds_within_their_tender,
    till::r7_numbers_name_one_thing,
    till::older_news_never_wins,
    till::acknowledged_means_held,
    till::only_here_is_counted_right,
    shift::expected_cash_is_what_moved,
    shift::money_is_in_its_own_shift,
    shift::a_closed_shift_never_changes,
];

/// Rules that hold once faults have stopped and everything had its time.
pub const AT_THE_END: &[Rule] = &[
    finally::r11_everything_has_settled,
    finally::i2_no_success_is_lost,
    finally::i20_money_that_is_due_back_is_back,
    finally::i23_given_up_keeps_no_money,
    suspense::money_of_other_systems_is_on_a_list,
    finally::tills_and_centre_agree_on_tenders,
    finally::tills_and_centre_agree_on_refunds,
];

/// Checks rules.
///
/// # Errors
/// The first that does not hold.
pub fn check(rules: &[Rule], scene: &Scene, memory: &Memory) -> Result<(), Broken> {
    rules.iter().try_for_each(|rule| rule(scene, memory))
}
