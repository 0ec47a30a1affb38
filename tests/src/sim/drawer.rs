//! What a cashier does at the drawer: opens shifts, moves cash, counts, closes. Now and then, at any moment,
//! also while a code waits.

use suanpan_till::rpc::shift::{
    CloseShift, CountCash, Counted, DifferenceReason, MoveCash, MoveDirection, MoveReason, OpenShift,
};
use suanpan_till::rpc::state::TillState;
use suanpan_till::rpc::{Approval, Command};

use super::cashier::{MANAGER_PIN, yuan};
use super::rng::Rng;

/// The cashier at the drawer, with chance of their own.
#[derive(Clone, Debug)]
pub struct AtDrawer {
    rng: Rng,
    /// What was counted last, as the screen would show it when the shift is closed.
    counted: Option<Vec<Counted>>,
}

impl AtDrawer {
    /// A cashier at a drawer.
    #[must_use]
    pub const fn new(rng: Rng) -> Self {
        Self { rng, counted: None }
    }

    /// What to do at the drawer now, if anything.
    pub fn next(&mut self, state: &TillState) -> Option<Command> {
        if state.shift.is_none() {
            self.counted = None;
            return self.rng.chance(80).then(|| self.open());
        }
        if self.counted.is_some() && self.rng.chance(400) {
            return Some(self.close());
        }
        match self.rng.below(1_000) {
            0..=5 => Some(self.moves(MoveDirection::In)),
            6..=11 => Some(self.moves(MoveDirection::Out)),
            12..=21 => Some(self.counts()),
            _ => None,
        }
    }

    fn open(&mut self) -> Command {
        let float_yuan = yuan(self.rng.between(0, 50_000));
        Command::ShiftOpen(OpenShift { float_yuan })
    }

    fn moves(&mut self, direction: MoveDirection) -> Command {
        let pin = MANAGER_PIN.to_owned();
        Command::ShiftMove(MoveCash {
            direction,
            yuan: yuan(self.rng.between(1, 20_000)),
            reason: MoveReason::Change,
            note: String::new(),
            approval: (direction == MoveDirection::Out).then_some(Approval { pin }),
            moves_seen: None,
        })
    }

    fn counts(&mut self) -> Command {
        let kinds = [10_000, 500, 100, 10];
        let counted = kinds.map(|denomination_minor| Counted {
            denomination_minor,
            pieces: u32::try_from(self.rng.below(60)).unwrap_or(0),
        });
        self.counted = Some(counted.to_vec());
        Command::ShiftCount(CountCash {
            counted: counted.to_vec(),
        })
    }

    /// Closes with the count they see. A till that died before it kept that count has another one, and refuses;
    /// then it is counted again.
    fn close(&mut self) -> Command {
        let count_seen = self.counted.take();
        Command::ShiftClose(CloseShift {
            reason: self.rng.chance(500).then_some(DifferenceReason::Unclear),
            note: String::new(),
            leave_minor: self.rng.chance(500).then_some(0),
            count_seen,
        })
    }
}
