//! Customers and their phones: who pays, who pays late, who pays twice, who walks away.

use super::rng::Rng;

/// What a phone does with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneAct {
    /// Opens it and begins to pay.
    Begin,
    /// Confirms: the money moves.
    Confirm,
    /// Goes back without paying.
    Refuse,
}

/// A code that a customer has seen on the till's screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenCode {
    /// What is in the code.
    pub url: String,
    /// The centre's number of the attempt.
    pub trade_no: String,
    /// The tender.
    pub tender_no: String,
    /// What is to be paid.
    pub amount_minor: i64,
    /// Last moment it can be paid.
    pub expires_at_ms: i64,
}

/// The kinds of people that pay with codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Habit {
    Prompt,
    Slow,
    Hesitant,
    Refuses,
    AtTheLastMoment,
    Never,
}

const HABITS: &[(u32, Habit)] = &[
    (50, Habit::Prompt),
    (14, Habit::Slow),
    (8, Habit::Hesitant),
    (5, Habit::Refuses),
    (13, Habit::AtTheLastMoment),
    (10, Habit::Never),
];

/// The habits' own stream of chance.
#[derive(Clone, Debug)]
pub struct Customers {
    rng: Rng,
    seen: Vec<SeenCode>,
}

impl Customers {
    /// Customers with their own stream.
    #[must_use]
    pub const fn new(rng: Rng) -> Self {
        Self {
            rng,
            seen: Vec::new(),
        }
    }

    /// Every code somebody has seen so far.
    #[must_use]
    pub fn seen(&self) -> &[SeenCode] {
        &self.seen
    }

    /// A code is on the screen at `now_ms`: what its customer is going to do with it, and when. Seen
    /// codes are known; a customer who has seen an older code of the same tender may use that one too.
    pub fn look(&mut self, code: SeenCode, now_ms: i64) -> Vec<(i64, PhoneAct, SeenCode)> {
        if self.seen.iter().any(|seen| seen.url == code.url) {
            return Vec::new();
        }
        let mut plan = self.plan(&code, now_ms);
        let same = |seen: &&SeenCode| seen.tender_no == code.tender_no;
        if let Some(older) = self.seen.iter().rfind(same).cloned()
            && self.rng.chance(400)
        {
            let at_ms = now_ms + self.rng.between(1_000, 40_000);
            plan.push((at_ms, PhoneAct::Confirm, older));
        }
        self.seen.push(code);
        plan
    }

    fn plan(&mut self, code: &SeenCode, now_ms: i64) -> Vec<(i64, PhoneAct, SeenCode)> {
        let mut at = |low, high| now_ms + self.rng.between(low, high);
        let (soon, later) = (at(1_000, 20_000), at(20_500, 90_000));
        let last = code.expires_at_ms - at(0, 40_000) + now_ms;
        let steps: Vec<(i64, PhoneAct)> = match self.rng.weighted(HABITS).unwrap_or(Habit::Prompt) {
            Habit::Prompt => vec![(soon, PhoneAct::Confirm)],
            Habit::Slow => vec![(soon, PhoneAct::Begin), (later, PhoneAct::Confirm)],
            Habit::Hesitant => vec![
                (soon, PhoneAct::Begin),
                (soon + 400, PhoneAct::Refuse),
                (later, PhoneAct::Confirm),
            ],
            Habit::Refuses => vec![(soon, PhoneAct::Begin), (later, PhoneAct::Refuse)],
            Habit::AtTheLastMoment => vec![(last.max(soon), PhoneAct::Confirm)],
            Habit::Never => Vec::new(),
        };
        steps
            .into_iter()
            .map(|(at_ms, act)| (at_ms, act, code.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(url: &str) -> SeenCode {
        SeenCode {
            url: url.into(),
            trade_no: "1".into(),
            tender_no: "2".into(),
            amount_minor: 100,
            expires_at_ms: 300_000,
        }
    }

    #[test]
    fn a_code_is_looked_at_once() {
        let mut customers = Customers::new(Rng::new(4));
        customers.look(code("a"), 0);
        assert!(customers.look(code("a"), 5).is_empty());
        assert_eq!(customers.seen().len(), 1);
    }

    #[test]
    fn a_renewed_code_is_sometimes_paid_beside_the_old_one() {
        let pays_old = |seed| {
            let mut customers = Customers::new(Rng::new(seed));
            customers.look(code("old"), 0);
            let plan = customers.look(code("new"), 9);
            plan.iter()
                .any(|(_, act, code)| *act == PhoneAct::Confirm && code.url == "old")
        };
        assert!((0..50).any(pays_old));
    }
}
