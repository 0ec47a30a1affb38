//! State machines as tables: one positive list of transitions per noun.
//!
//! `step` is the only way a state changes. A repeated command is told apart from a refused one, so that
//! repeating is always harmless. The walker checks any table for unreachable states and ambiguity.

use std::fmt::Debug;

/// One noun's states, events and table.
pub trait Machine: 'static {
    /// The states.
    type State: Copy + Eq + Debug + 'static;
    /// What can happen.
    type Event: Copy + Eq + Debug + 'static;
    /// Where every instance starts.
    const INITIAL: &'static [Self::State];
    /// Every state.
    const STATES: &'static [Self::State];
    /// Every event.
    const EVENTS: &'static [Self::Event];
    /// The allowed transitions: from, event, to.
    const ROWS: &'static [(Self::State, Self::Event, Self::State)];
}

/// The answer of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<S> {
    /// Go there.
    To(S),
    /// The event has had its effect before; nothing to do.
    AlreadyApplied,
    /// The table does not allow it.
    Refused,
}

/// Looks the transition up. When `from` has no row for the event but is a state that the event leads to,
/// the event was applied before.
#[must_use]
pub fn step<M: Machine>(from: M::State, event: M::Event) -> Step<M::State> {
    if let Some((_, _, to)) = M::ROWS.iter().find(|(f, e, _)| *f == from && *e == event) {
        return Step::To(*to);
    }
    if M::ROWS.iter().any(|(_, e, to)| *e == event && *to == from) {
        return Step::AlreadyApplied;
    }
    Step::Refused
}

/// Checks a table: every row's states are listed, no two rows share from and event, every state can be
/// reached, every event is used.
///
/// # Errors
/// A sentence naming the first flaw.
pub fn check<M: Machine>() -> Result<(), String> {
    for (index, (from, event, to)) in M::ROWS.iter().enumerate() {
        if !M::STATES.contains(from) || !M::STATES.contains(to) {
            return Err(format!(
                "row {from:?} {event:?} {to:?} names a state that is not listed"
            ));
        }
        if M::ROWS[..index].iter().any(|(f, e, _)| f == from && e == event) {
            return Err(format!("two rows for {from:?} {event:?}"));
        }
    }
    let mut reached: Vec<M::State> = M::INITIAL.to_vec();
    loop {
        let next: Vec<M::State> = M::ROWS
            .iter()
            .filter(|(from, _, to)| reached.contains(from) && !reached.contains(to))
            .map(|(_, _, to)| *to)
            .collect();
        let Some(first) = next.first() else { break };
        reached.push(*first);
    }
    if let Some(lost) = M::STATES.iter().find(|s| !reached.contains(s)) {
        return Err(format!("{lost:?} cannot be reached"));
    }
    match M::EVENTS
        .iter()
        .find(|event| !M::ROWS.iter().any(|(_, e, _)| e == *event))
    {
        Some(unused) => Err(format!("{unused:?} leads nowhere")),
        None => Ok(()),
    }
}

/// Draws a table as Mermaid state diagram text.
#[must_use]
pub fn draw<M: Machine>() -> String {
    let mut text = String::from("stateDiagram-v2\n");
    for start in M::INITIAL {
        text.push_str(&format!("    [*] --> {start:?}\n"));
    }
    for (from, event, to) in M::ROWS {
        text.push_str(&format!("    {from:?} --> {to:?}: {event:?}\n"));
    }
    text
}
