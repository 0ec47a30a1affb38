//! Joins the sync engine and the store: what has to be done is read, what was answered is kept, and only
//! then the next calls go out.
//!
//! Synchronous and without network. The app's driver and the simulation call the same [`Sync::step`].

mod apply;
mod pending;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use suanpan_domain::mutant::{Mutant, on};
use suanpan_domain::payment_code::PaymentCode;
use suanpan_wire::journal::{Batch, Entry, Mark, head_text};
use suanpan_wire::tender::CreateAttempt;

use crate::link::{Signer, Stamp};
use crate::rpc::Problem;
use crate::store::{Halt, StoreError, View};
use crate::sync::{Answer, Call, Effect, Engine, Input, LinkFault, Moment, Outgoing, Pending, Watched};
use crate::till::Till;

pub use apply::apply;
pub use pending::pending;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// Something was committed at the till, or it just started.
    Changed,
    /// The moment of the last [`Todo::WakeAt`] has come.
    Ticked,
    /// A person wants everything tried now.
    RetryWanted,
    /// A call has ended.
    Ended {
        /// Which.
        call_id: u64,
        /// What came of it.
        result: Result<Answer, LinkFault>,
    },
}

/// What is to be done outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Todo {
    /// Send this; its end comes back as [`Happening::Ended`].
    Send {
        /// Names the end.
        call_id: u64,
        /// What to send.
        outgoing: Outgoing,
        /// When, and with which nonce it is signed.
        stamp: Stamp,
    },
    /// Say [`Happening::Ticked`] at this monotonic moment of the host. Replaces earlier ones.
    WakeAt(i64),
}

/// The engine of an enrolled till with what signs for it.
#[derive(Debug)]
pub struct Sync {
    engine: Engine,
    signer: Arc<Signer>,
    till_id: String,
    missing_abandoned: bool,
    forgotten: Option<Vec<String>>,
}

impl Sync {
    /// The sync of a till that was enrolled as `till_id`; jitter follows from `seed`.
    #[must_use]
    pub const fn new(seed: u64, till_id: String, signer: Arc<Signer>) -> Self {
        Self {
            engine: Engine::new(seed),
            signer,
            till_id,
            missing_abandoned: false,
            forgotten: None,
        }
    }

    /// Keeps what came, looks what is to be done, and says what goes out. What is answered here is durable
    /// when this returns.
    pub fn step(&mut self, till: &mut Till, happening: Happening) -> Vec<Todo> {
        let effects = match happening {
            Happening::Changed => Vec::new(),
            Happening::Ticked => self.engine.step(Input::Tick, moment(till)),
            Happening::RetryWanted => self.engine.step(Input::RetryNow, moment(till)),
            Happening::Ended { call_id, result } => self.ended(till, call_id, result),
        };
        let mut todos = Todos::default();
        self.carry_out(till, effects, &mut todos);
        while self.look(till, &mut todos) {}
        todos.into_list()
    }

    /// Looks at the store once. Whether something was committed that wants another look.
    fn look(&mut self, till: &mut Till, todos: &mut Todos) -> bool {
        let pending = match self.pending(till) {
            Ok(pending) => pending,
            Err(problem) => {
                tracing::error!(%problem, "what is to be sent cannot be read");
                return false;
            }
        };
        let asked: Vec<i64> = pending
            .tenders
            .iter()
            .filter(|t| t.ask_now)
            .filter_map(number_of)
            .collect();
        let effects = self.engine.step(Input::Look(pending), moment(till));
        if !asked.is_empty() {
            kept(till.write(|tx| asked.iter().try_for_each(|no| Ok(tx.clear_ask_now(*no)?))));
        }
        self.carry_out(till, effects, todos)
    }

    fn pending(&mut self, till: &Till) -> Result<Pending, Problem> {
        let mut pending = pending::pending(till)?;
        if self.missing_abandoned {
            pending.missing_after = None;
        }
        let waiting = || {
            pending
                .tenders
                .iter()
                .map(|watched| watched.tender_no.clone())
                .collect()
        };
        let forgotten = self
            .forgotten
            .get_or_insert_with(|| match on(Mutant::WaitingForgottenOnStart) {
                true => waiting(),
                false => Vec::new(),
            });
        pending
            .tenders
            .retain(|watched| !forgotten.contains(&watched.tender_no));
        Ok(pending)
    }

    /// Whether something was committed that wants another look.
    fn carry_out(&mut self, till: &mut Till, effects: Vec<Effect>, todos: &mut Todos) -> bool {
        let mut committed = false;
        for effect in effects {
            match effect {
                Effect::Call { call_id, call } => committed |= self.send(till, call_id, &call, todos),
                Effect::WakeAt(at_ms) => todos.wake_ms = Some(at_ms),
                Effect::Status(status) => till.set_link(status),
                Effect::RenewDue { tender_no } => {
                    let renewed = till.write(|tx| tx.renew_code(parsed(&tender_no), true));
                    let is_kept = kept(renewed).is_some();
                    if !is_kept {
                        self.engine.renewal_failed(&tender_no, moment(till));
                    }
                    committed |= is_kept;
                }
                Effect::Unanswered { tender_no } => {
                    kept(till.write(|tx| tx.note_unanswered(parsed(&tender_no), None)));
                }
            }
        }
        committed
    }

    /// Whether it could not even be written, so that the engine has to plan anew.
    fn send(&mut self, till: &mut Till, call_id: u64, call: &Call, todos: &mut Todos) -> bool {
        match self.outgoing(till, call) {
            Ok(outgoing) => {
                let stamp = Stamp::fresh(till.now_ms(), till.host());
                todos.sends.push(Todo::Send {
                    call_id,
                    outgoing,
                    stamp,
                });
                false
            }
            Err(problem) => {
                tracing::error!(%problem, ?call, "a call cannot be written");
                let result = Err(LinkFault::NotSaved);
                let effects = self
                    .engine
                    .step(Input::Answered { call_id, result }, moment(till));
                self.carry_out(till, effects, todos);
                true
            }
        }
    }

    fn outgoing(&self, till: &mut Till, call: &Call) -> Result<Outgoing, Problem> {
        let payment_code = match call {
            Call::PutAttempt {
                tender_no,
                attempt_key,
            } => till
                .read(|glance| pending::charged_order(&glance.view, tender_no, attempt_key))?
                .and_then(|order_id| till.payment_code(&order_id)),
            Call::Hello
            | Call::Journal { .. }
            | Call::OwnEntries { .. }
            | Call::Changes { .. }
            | Call::CloseTender { .. }
            | Call::QueryTender { .. }
            | Call::PutRefund { .. }
            | Call::DecideLate { .. } => None,
        };
        let outgoing = till.read(|glance| self.written(&glance.view, call, payment_code))?;
        if let Call::Journal { after, entries_max } = call
            && on(Mutant::MarkMovesOnSend)
        {
            let sent = till.read(|glance| Ok(glance.view.entries_after(after, *entries_max)?))?;
            let last = sent.last().map_or_else(|| after.clone(), Entry::mark);
            till.write(|tx| Ok(tx.set_acked(&last)?))?;
        }
        Ok(outgoing)
    }

    fn written(
        &self,
        view: &View<'_>,
        call: &Call,
        payment_code: Option<PaymentCode>,
    ) -> Result<Outgoing, Halt> {
        let written = match call {
            Call::Hello => Outgoing::hello(view.head()?),
            Call::Journal { after, entries_max } => {
                let batch = self.batch(pending::batch_entries(view, after, *entries_max)?);
                Outgoing::journal(call.clone(), &batch)
            }
            Call::OwnEntries { after } => Ok(Outgoing::own_entries(after)),
            Call::Changes {
                generation,
                after,
                wait_ms,
            } => Ok(Outgoing::changes(*generation, *after, *wait_ms)),
            Call::PutAttempt {
                tender_no,
                attempt_key,
            } => Outgoing::put_attempt(
                tender_no,
                attempt_key,
                &CreateAttempt {
                    payment_code,
                    ..pending::attempt(view, tender_no, attempt_key)?
                },
            ),
            Call::CloseTender { tender_no } => {
                Outgoing::close_tender(tender_no, &pending::closing(view, tender_no)?)
            }
            Call::QueryTender { tender_no } => Outgoing::query_tender(tender_no),
            Call::PutRefund { tender_no, refund_no } => {
                Outgoing::put_refund(tender_no, refund_no, pending::ask_refund(view, refund_no)?)
            }
            Call::DecideLate { tender_no } => {
                Outgoing::decide_late(tender_no, pending::late_choice(view, tender_no)?)
            }
        };
        Ok(written.map_err(StoreError::from)?)
    }

    fn batch(&self, entries: Vec<Entry>) -> Batch {
        let last = entries.last().map_or_else(Mark::genesis, Entry::mark);
        Batch {
            head_signature: self.signer.sign_head(&head_text(&self.till_id, &last)),
            entries,
        }
    }

    fn ended(&mut self, till: &mut Till, call_id: u64, result: Result<Answer, LinkFault>) -> Vec<Effect> {
        let Some(call) = self.engine.call(call_id).cloned() else {
            return Vec::new();
        };
        let result = match result {
            Ok(answer) => self
                .keep(till, &call, &answer)
                .map(|()| answer)
                .map_err(|problem| {
                    tracing::error!(%problem, ?call, "an answer could not be kept");
                    LinkFault::NotSaved
                }),
            Err(fault) => {
                kept(apply::heed(till, &call, &fault));
                Err(fault)
            }
        };
        self.engine
            .step(Input::Answered { call_id, result }, moment(till))
    }

    fn keep(&mut self, till: &mut Till, call: &Call, answer: &Answer) -> Result<(), Problem> {
        let Answer::OwnEntries(own) = answer else {
            apply(till, answer)?;
            return apply::answered(till, call);
        };
        let adopted = till.write(|tx| tx.adopt(&own.entries));
        // What does not fit the chain is left at the centre; it must not hold up what is new.
        let stuck = !matches!(adopted, Ok(1..)) && !own.more;
        self.missing_abandoned |= adopted.is_err() || stuck;
        adopted.map(|_| ())
    }
}

#[derive(Default)]
struct Todos {
    sends: Vec<Todo>,
    wake_ms: Option<i64>,
}

impl Todos {
    fn into_list(self) -> Vec<Todo> {
        let wake = self.wake_ms.map(Todo::WakeAt);
        self.sends.into_iter().chain(wake).collect()
    }
}

fn moment(till: &Till) -> Moment {
    Moment {
        monotonic_ms: till.host().now().monotonic_ms,
        corrected_ms: till.now_ms(),
    }
}

fn parsed(tender_no: &str) -> i64 {
    tender_no.parse().unwrap_or(0)
}

fn number_of(watched: &Watched) -> Option<i64> {
    watched.tender_no.parse().ok()
}

fn kept<T>(outcome: Result<T, Problem>) -> Option<T> {
    outcome
        .inspect_err(|problem| tracing::warn!(%problem, "a word on the link could not be kept"))
        .ok()
}
