//! Which faults a seed has, and how often.
//!
//! Each family of faults is switched on or off per seed before anything happens, and only then fires at
//! random: with everything always on, the rules that need quiet around them would never be reached.

use super::rng::Rng;

/// How often a connection misbehaves, per thousand messages.
#[derive(Clone, Copy, Debug, Default)]
pub struct NetFaults {
    /// A request that never arrives.
    pub lost_request: u32,
    /// An answer that never arrives.
    pub lost_reply: u32,
    /// A request that arrives twice.
    pub duplicated: u32,
    /// A message that takes seconds, so that others pass it.
    pub slow: u32,
    /// An answer that something between the two rewrites.
    pub rewritten: u32,
}

/// Everything that can go wrong in one seed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    /// Between tills and centre.
    pub till_net: NetFaults,
    /// Between centre and platform.
    pub platform_net: NetFaults,
    /// Per thousand effects of a till: it dies there.
    pub till_crash: u32,
    /// Per thousand effects of the centre: it dies there.
    pub centre_crash: u32,
    /// How many processes of the centre share its file.
    pub centres: usize,
    /// Times a till loses its network for minutes.
    pub cuts: u32,
    /// Times a till's wall clock jumps.
    pub clock_jumps: u32,
    /// Switches set at the platform.
    pub platform_switches: u32,
    /// Whether the centre's file is replaced by an older copy.
    pub centre_restored: bool,
    /// Whether a till's file is replaced by an older copy.
    pub till_restored: bool,
    /// Per thousand closes that are answered with yes and stay payable.
    pub payable_after_close: u32,
    /// Per thousand payments that are reported with another amount.
    pub wrong_amount: u32,
    /// Per thousand looks: an operator acts on what is in suspense.
    pub operators: u32,
    /// Orders of another system at the same merchant accounts.
    pub elsewhere: u32,
    /// Per thousand ways of a bill: it is lost, late or doubled.
    pub bill_faults: u32,
    /// Per thousand steps of a reconciliation: its process dies there.
    pub bill_crash: u32,
    /// Whether what was observed is applied once more in other orders.
    pub shuffled: bool,
    /// Per thousand claimed calls: there is no place for it, or its platform is left alone just then.
    pub not_sent: u32,
}

fn on(rng: &mut Rng, permille: u32, low: i64, high: i64) -> u32 {
    if rng.chance(permille) {
        u32::try_from(rng.between(low, high)).unwrap_or(0)
    } else {
        0
    }
}

fn net(rng: &mut Rng) -> NetFaults {
    NetFaults {
        lost_request: on(rng, 450, 10, 120),
        lost_reply: on(rng, 450, 10, 120),
        duplicated: on(rng, 400, 20, 150),
        slow: on(rng, 400, 20, 200),
        rewritten: on(rng, 250, 10, 80),
    }
}

/// Half of the seeds have one, the others two or three.
fn some_centres(rng: &mut Rng) -> usize {
    match rng.below(6) {
        0..3 => 1,
        3..5 => 2,
        _ => 3,
    }
}

/// Per thousand seeds: what was observed is applied once more in other orders, which costs as much as an hour of the shop.
const SHUFFLED: u32 = 300;

impl Weather {
    /// The weather of a seed.
    #[must_use]
    pub fn draw(rng: &mut Rng) -> Self {
        Self {
            till_net: net(rng),
            platform_net: net(rng),
            till_crash: on(rng, 400, 2, 25),
            centre_crash: on(rng, 400, 2, 20),
            cuts: on(rng, 400, 1, 3),
            clock_jumps: on(rng, 300, 1, 3),
            platform_switches: on(rng, 600, 1, 12),
            centre_restored: rng.chance(150),
            till_restored: rng.chance(150),
            payable_after_close: on(rng, 400, 100, 600),
            wrong_amount: on(rng, 200, 50, 200),
            centres: some_centres(rng),
            operators: on(rng, 700, 200, 800),
            elsewhere: on(rng, 500, 1, 4),
            bill_faults: on(rng, 400, 100, 500),
            bill_crash: on(rng, 350, 50, 250),
            shuffled: rng.chance(SHUFFLED),
            not_sent: on(rng, 350, 10, 300),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_seeds_are_calm_and_some_are_not() {
        let drawn: Vec<Weather> = (0..200).map(|seed| Weather::draw(&mut Rng::new(seed))).collect();
        assert!(drawn.iter().any(|weather| weather.till_crash == 0));
        assert!(drawn.iter().any(|weather| weather.till_crash > 0));
        assert!(drawn.iter().any(|weather| weather.centre_restored));
    }
}
