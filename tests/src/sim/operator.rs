//! Operators: what a person does who reads what is in suspense, rightly and wrongly.

use super::rng::Rng;

/// Per thousand presses: the one before once more, as it was or otherwise.
const AGAIN: u32 = 300;

/// A button pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Press {
    /// The row it is about.
    pub suspense_id: i64,
    /// What is wanted.
    pub what: What,
}

/// What is wanted of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It belongs to a tender.
    Attach {
        /// Which.
        tender_no: i64,
    },
    /// It goes back.
    Refund {
        /// How much; all of it when not said.
        amount_minor: Option<i64>,
    },
    /// It stands.
    Accept,
}

/// A row as an operator reads it.
#[derive(Clone, Copy, Debug)]
pub struct Read {
    /// Its id.
    pub suspense_id: i64,
    /// How much it is about.
    pub amount_minor: Option<i64>,
    /// Whether nobody knows whose it is.
    pub is_unknown: bool,
}

#[derive(Clone, Copy)]
enum Wish {
    Attach,
    AttachAnywhere,
    Refund,
    RefundPart,
    RefundTooMuch,
    Accept,
}

const UNKNOWN: &[(u32, Wish)] = &[
    (10, Wish::Attach),
    (2, Wish::AttachAnywhere),
    (5, Wish::Refund),
    (1, Wish::RefundPart),
    (2, Wish::RefundTooMuch),
    (3, Wish::Accept),
];
const KNOWN: &[(u32, Wish)] = &[
    (2, Wish::AttachAnywhere),
    (8, Wish::Refund),
    (2, Wish::RefundPart),
    (2, Wish::RefundTooMuch),
    (4, Wish::Accept),
];

/// The operators of a shop.
#[derive(Clone, Debug)]
pub struct Operators {
    rng: Rng,
    last: Option<Press>,
}

impl Operators {
    /// Operators with a stream of their own.
    #[must_use]
    pub const fn new(rng: Rng) -> Self {
        Self { rng, last: None }
    }

    /// Their chance, for what is theirs to draw.
    pub const fn chance(&mut self) -> &mut Rng {
        &mut self.rng
    }

    /// What to press, from a list of rows and one of tenders with their amounts.
    pub fn press(&mut self, rows: &[Read], tenders: &[(i64, i64)]) -> Option<Press> {
        if let Some(last) = self.last
            && self.rng.chance(AGAIN)
        {
            let what = match self.rng.below(4) {
                0 => What::Accept,
                1 => What::Refund { amount_minor: None },
                _ => last.what,
            };
            return Some(Press { what, ..last });
        }
        let row = *self.rng.pick(rows)?;
        let press = Press {
            suspense_id: row.suspense_id,
            what: self.wish(row, tenders),
        };
        self.last = Some(press);
        Some(press)
    }

    fn wish(&mut self, row: Read, tenders: &[(i64, i64)]) -> What {
        let minor = row.amount_minor.unwrap_or(1);
        let wishes = if row.is_unknown { UNKNOWN } else { KNOWN };
        let some = |amount_minor| What::Refund {
            amount_minor: Some(amount_minor),
        };
        match self.rng.weighted(wishes).unwrap_or(Wish::Accept) {
            Wish::Attach => {
                let same = tenders
                    .iter()
                    .rfind(|(_, amount)| Some(*amount) == row.amount_minor);
                same.map_or(What::Refund { amount_minor: None }, |(tender_no, _)| {
                    What::Attach {
                        tender_no: *tender_no,
                    }
                })
            }
            Wish::AttachAnywhere => {
                let any = self.rng.pick(tenders).map_or(1, |(tender_no, _)| *tender_no);
                What::Attach { tender_no: any }
            }
            Wish::Refund => What::Refund { amount_minor: None },
            Wish::RefundPart => some(self.rng.between(1, minor.max(1))),
            Wish::RefundTooMuch => some(minor + 1),
            Wish::Accept => What::Accept,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_button_is_pressed_and_some_twice() {
        let mut operators = Operators::new(Rng::new(5));
        let row = Read {
            suspense_id: 7,
            amount_minor: Some(300),
            is_unknown: true,
        };
        let pressed: Vec<Press> = (0..200)
            .filter_map(|_| operators.press(&[row], &[(21, 300), (22, 5)]))
            .collect();
        let has = |wanted: What| pressed.iter().any(|press| press.what == wanted);
        assert!(has(What::Accept) && has(What::Attach { tender_no: 21 }));
        assert!(has(What::Refund { amount_minor: None }));
        assert!(has(What::Refund {
            amount_minor: Some(301)
        }));
        assert!(pressed.windows(2).any(|pair| pair[0] == pair[1]));
        assert_eq!(Operators::new(Rng::new(1)).press(&[], &[]), None);
    }
}
