//! What happens when: the queue of everything that is going to happen, in virtual time.
//!
//! Two happenings of one millisecond come in the order in which they were planned, so that a run has
//! exactly one order of events.

use std::collections::BTreeMap;

/// The queue.
#[derive(Debug)]
pub struct Agenda<T> {
    planned: BTreeMap<(i64, u64), T>,
    last: u64,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self {
            planned: BTreeMap::new(),
            last: 0,
        }
    }
}

impl<T> Agenda<T> {
    /// Plans `what` for `at_ms`.
    pub fn plan(&mut self, at_ms: i64, what: T) {
        self.last += 1;
        self.planned.insert((at_ms, self.last), what);
    }

    /// Takes the next happening that is due not later than `until_ms`.
    pub fn next_until(&mut self, until_ms: i64) -> Option<(i64, T)> {
        let (at_ms, _) = self.planned.first_key_value()?.0;
        if *at_ms > until_ms {
            return None;
        }
        self.planned.pop_first().map(|((at_ms, _), what)| (at_ms, what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_time_keeps_the_order_of_planning() {
        let mut agenda = Agenda::default();
        agenda.plan(5, 'b');
        agenda.plan(3, 'a');
        agenda.plan(5, 'c');
        assert_eq!(agenda.next_until(4), Some((3, 'a')));
        assert_eq!(agenda.next_until(4), None);
        assert_eq!(agenda.next_until(9), Some((5, 'b')));
        assert_eq!(agenda.next_until(9), Some((5, 'c')));
        assert_eq!(agenda.next_until(9), None);
    }
}
