//! When a platform may be asked about a refund. What is asked, and what an answer does, is [`super::refunds`]' matter.

use suanpan_domain::tender::Means;

/// Waiting times between questions about a refund; the last repeats. Most arrive within seconds, those to
/// bank cards within days.
const QUERY_DELAYS_MS: &[i64] = &[5_000, 10_000, 30_000, 60_000, 300_000, 1_800_000];

/// How long after a refund was sent its platform may first be asked about it. Alipay's documents want ten seconds:
/// before that the answer may still be the one of before the refund.
#[must_use]
pub const fn first_query_after_ms(means: Option<Means>) -> i64 {
    match means {
        Some(Means::AliPay) => 10_000,
        Some(Means::WechatPay | Means::Cash) | None => 0,
    }
}

/// When the platform is asked about a refund after so many answers without news.
#[must_use]
pub fn next_query_at_ms(means: Option<Means>, last_sent_at_ms: Option<i64>, asked: i64, now_ms: i64) -> i64 {
    let at = usize::try_from(asked).unwrap_or(usize::MAX);
    let by_turn_ms = now_ms + QUERY_DELAYS_MS[at.min(QUERY_DELAYS_MS.len() - 1)];
    let earliest_ms = last_sent_at_ms.unwrap_or(now_ms) + first_query_after_ms(means);
    // A sending that is said to lie ahead was stamped before a clock was set back, and holds nothing up.
    let latest_ms = now_ms + first_query_after_ms(means);
    by_turn_ms.max(earliest_ms.min(latest_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alipay_is_asked_ten_seconds_after_the_sending_and_wechat_pay_after_five() {
        let first = |means| next_query_at_ms(Some(means), Some(1_000), 0, 1_200);
        assert_eq!(first(Means::AliPay), 11_000);
        assert_eq!(first(Means::WechatPay), 6_200);
        // Later questions go by their turn.
        assert_eq!(
            next_query_at_ms(Some(Means::AliPay), Some(1_000), 2, 20_000),
            50_000
        );
        assert_eq!(
            next_query_at_ms(Some(Means::AliPay), Some(1_000), 99, 20_000),
            1_820_000
        );
    }

    #[test]
    fn a_clock_that_was_set_back_puts_no_question_off_for_long() {
        let at_ms = next_query_at_ms(Some(Means::AliPay), Some(3_600_000), 0, 1_000);
        assert_eq!(at_ms, 11_000);
    }
}
