//! Joins the sync engine and the store: what has to be done is read, what was answered is kept, and only
//! then the next calls go out.
//!
//! Synchronous and without network. The app's driver and the simulation call the same [`Sync::step`].

use std::sync::Arc;

use suanpan_domain::mutant::{Mutant, on};
use suanpan_domain::order::OrderState;
use suanpan_domain::tender::TenderState;
use suanpan_wire::error::{ErrorBody, ErrorCode};
use suanpan_wire::journal::{Batch, BatchAnswer, Entry, EntryResult, HelloAnswer, Mark, head_text};
use suanpan_wire::stream::{Changed, ChangesAnswer};
use suanpan_wire::tender::{CreateAttempt, TenderView};

use crate::link::{Signer, Stamp};
use crate::rpc::state::NoticeCode;
use crate::rpc::{Code, Problem};
use crate::store::{Halt, StoreError, TenderRow, View, WriteTx, keys};
use crate::sync::{
    Answer, Call, Effect, Engine, Input, LinkFault, Moment, Outgoing, Pending, ShownCode, Watched,
};
use crate::till::Till;

/// Renewals of one tender that happen by themselves: half an hour of an open code. After that somebody has
/// to want a fresh one.
const RENEWALS_MAX: usize = 6;
/// Payload of one batch, bytes: small enough for every door on the way, and sent within a time limit on a
/// slow line.
const BATCH_BYTES_MAX: usize = 1024 * 1024;
/// Differences from the centre's clock below this are the time on the way.
const CLOCK_NOISE_MS: i64 = 500;

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
        let mut pending = pending(till)?;
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
                    committed |= kept(renewed).is_some();
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
        let outgoing = till.read(|glance| self.written(&glance.view, call))?;
        if let Call::Journal { after, entries_max } = call
            && on(Mutant::MarkMovesOnSend)
        {
            let sent = till.read(|glance| Ok(glance.view.entries_after(after, *entries_max)?))?;
            let last = sent.last().map_or_else(|| after.clone(), Entry::mark);
            till.write(|tx| Ok(tx.set_acked(&last)?))?;
        }
        Ok(outgoing)
    }

    fn written(&self, view: &View<'_>, call: &Call) -> Result<Outgoing, Halt> {
        let written = match call {
            Call::Hello => Outgoing::hello(view.head()?),
            Call::Journal { after, entries_max } => {
                let batch = self.batch(batch_entries(view, after, *entries_max)?);
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
            } => Outgoing::put_attempt(tender_no, attempt_key, &attempt(view, tender_no, attempt_key)?),
            Call::CloseTender { tender_no } => Outgoing::close_tender(tender_no),
            Call::QueryTender { tender_no } => Outgoing::query_tender(tender_no),
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
            Ok(answer) => self.keep(till, &answer).map(|()| answer).map_err(|problem| {
                tracing::error!(%problem, ?call, "an answer could not be kept");
                LinkFault::NotSaved
            }),
            Err(fault) => {
                kept(heed(till, &call, &fault));
                Err(fault)
            }
        };
        self.engine
            .step(Input::Answered { call_id, result }, moment(till))
    }

    fn keep(&mut self, till: &mut Till, answer: &Answer) -> Result<(), Problem> {
        let Answer::OwnEntries(own) = answer else {
            return apply(till, answer);
        };
        let adopted = till.write(|tx| Ok(tx.adopt_entries(&own.entries)?.len()));
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

/// What has to be done now.
///
/// # Errors
/// When it cannot be read.
pub fn pending(till: &Till) -> Result<Pending, Problem> {
    till.read(|glance| {
        let view = &glance.view;
        let (generation, position) = view.cursor()?;
        let acked = view.acked()?;
        // No tender opened after the end of time: only those whose end is not known.
        let open = view.open_tenders(i64::MAX)?;
        let on_screen = on_screen(view)?;
        let watched = open.iter().filter_map(|row| watch(row, on_screen.as_deref()));
        Ok(Pending {
            head: view.head()?,
            missing_after: missing_after(view, &acked)?,
            acked,
            generation,
            position,
            tenders: watched.collect(),
        })
    })
}

/// The order that is being paid on screen.
fn on_screen(view: &View<'_>) -> Result<Option<String>, StoreError> {
    let Some(order_id) = view.current_order_id()? else {
        return Ok(None);
    };
    let order = view.order(&order_id)?;
    Ok(order
        .filter(|order| order.state == OrderState::Paying && !order.giving_up)
        .map(|order| order.order_id))
}

fn watch(row: &TenderRow, on_screen: Option<&str>) -> Option<Watched> {
    let newest = row.newest_attempt()?;
    let unsent = row.attempts.iter().find(|attempt| attempt.trade_no.is_none());
    let shown = newest.code_url.as_ref().and(newest.expires_at_ms);
    row.state.is_live().then(|| Watched {
        tender_no: row.tender_no.to_string(),
        closing: row.state == TenderState::Closing,
        unsent: unsent.map(|attempt| attempt.attempt_key.clone()),
        newest: newest.attempt_key.clone(),
        code: shown.map(|expires_at_ms| ShownCode { expires_at_ms }),
        paying: row.paying,
        ask_now: row.ask_now,
        renewable: on_screen == Some(row.order_id.as_str()) && row.attempts.len() <= RENEWALS_MAX,
    })
}

/// The last own position before entries that the centre holds and this store has lost. A journal has no
/// gaps, so what is here of an epoch is a beginning of it.
fn missing_after(view: &View<'_>, acked: &Mark) -> Result<Option<Mark>, StoreError> {
    if acked.seq == 0 || view.entry(acked.epoch, acked.seq)?.is_some() {
        return Ok(None);
    }
    let (mut here, mut lost) = (0, acked.seq);
    while lost - here > 1 {
        let middle = here + (lost - here) / 2;
        if view.entry(acked.epoch, middle)?.is_some() {
            here = middle;
        } else {
            lost = middle;
        }
    }
    let last = view.entry(acked.epoch, here)?;
    Ok(Some(last.map_or_else(
        || Mark {
            epoch: acked.epoch,
            ..Mark::genesis()
        },
        |entry| entry.mark(),
    )))
}

fn batch_entries(view: &View<'_>, after: &Mark, entries_max: usize) -> Result<Vec<Entry>, Halt> {
    let mut entries = view.entries_after(after, entries_max)?;
    let mut bytes = 0;
    let fitting = entries.iter().take_while(|entry| {
        bytes += entry.payload.len();
        bytes <= BATCH_BYTES_MAX
    });
    let fitting = fitting.count().max(1);
    entries.truncate(fitting);
    if entries.is_empty() {
        return Err(Problem::new(Code::Internal).into());
    }
    Ok(entries)
}

fn attempt(view: &View<'_>, tender_no: &str, attempt_key: &str) -> Result<CreateAttempt, Halt> {
    let gone = || Halt::No(Problem::new(Code::TenderNotFound));
    let tender = view.tender(parsed(tender_no))?.ok_or_else(gone)?;
    let named = tender
        .attempts
        .iter()
        .find(|attempt| attempt.attempt_key == attempt_key);
    let attempt = named.or_else(|| tender.newest_attempt()).ok_or_else(gone)?;
    Ok(CreateAttempt {
        order_no: tender.order_no.to_string(),
        means: tender.means,
        amount_minor: tender.amount_minor,
        description: attempt.description.clone(),
        renew: attempt.renew,
    })
}

/// Keeps an answer: what it says and how far it says it, in one transaction.
///
/// # Errors
/// When it cannot be kept; it then counts as not received.
pub fn apply(till: &mut Till, answer: &Answer) -> Result<(), Problem> {
    if let Some(centre_time_ms) = answer.centre_time_ms() {
        learn_time(till, centre_time_ms)?;
    }
    match answer {
        Answer::Hello(answer) => apply_hello(till, answer),
        Answer::Journal {
            epoch,
            first_seq,
            answer,
        } => till.write(|tx| apply_batch(tx, *epoch, *first_seq, answer)),
        Answer::OwnEntries(own) => till.write(|tx| Ok(tx.adopt_entries(&own.entries).map(|_| ())?)),
        Answer::Changes {
            generation,
            after,
            answer,
        } => apply_changes(till, (*generation, *after), answer),
        Answer::Tender(view) => till.write(|tx| tx.apply_tender_view(view).map(|_| ())),
    }
}

fn learn_time(till: &mut Till, centre_time_ms: i64) -> Result<(), Problem> {
    if (till.now_ms() - centre_time_ms).abs() <= CLOCK_NOISE_MS {
        return Ok(());
    }
    till.learn_centre_time(centre_time_ms)
}

fn apply_hello(till: &mut Till, answer: &HelloAnswer) -> Result<(), Problem> {
    let means = answer.means.join(",");
    let code_life_ms = answer.code_life_ms.to_string();
    let (acked, head, is_known, is_lost) = till.read(|glance| {
        let view = &glance.view;
        let said = |key| view.setting(key);
        let is_known = said(keys::MEANS_OFFERED)?.as_deref() == Some(means.as_str())
            && said(keys::CODE_LIFE_MS)?.as_deref() == Some(code_life_ms.as_str());
        let is_lost = missing_after(view, &answer.held)?.is_some();
        Ok((view.acked()?, view.head()?, is_known, is_lost))
    })?;
    let needs_epoch = is_lost && head.epoch <= answer.held.epoch;
    if acked == answer.held && is_known && !needs_epoch {
        return Ok(());
    }
    till.write(|tx| {
        if needs_epoch {
            // This store is older than what the centre has heard from it: it was restored from a copy.
            tx.open_epoch(answer.held.epoch + 1, "restored")?;
        }
        tx.set_acked(&answer.held)?;
        tx.set_setting(keys::MEANS_OFFERED, &means)?;
        tx.set_setting(keys::CODE_LIFE_MS, &code_life_ms)?;
        Ok(())
    })
}

/// Only the mark moves; nothing is deleted. What was refused is kept for a person and blocks nothing.
fn apply_batch(tx: &mut WriteTx<'_>, epoch: u32, first_seq: u64, answer: &BatchAnswer) -> Result<(), Halt> {
    let results: Vec<(u64, EntryResult)> = (first_seq..).zip(answer.results.iter().cloned()).collect();
    for (seq, code) in tx.save_entry_results(epoch, &results)? {
        tx.notify(
            NoticeCode::EntryRefused,
            &[("seq", seq.to_string()), ("code", code)],
        )?;
    }
    tx.set_acked(&answer.held)?;
    Ok(())
}

/// Changes and cursor in one transaction; a copy of an older answer changes nothing.
fn apply_changes(till: &mut Till, asked: (u64, u64), answer: &ChangesAnswer) -> Result<(), Problem> {
    let cursor = till.read(|glance| Ok(glance.view.cursor()?))?;
    if cursor != asked {
        return Ok(());
    }
    match answer {
        ChangesAnswer::Changes {
            generation, changes, ..
        } => {
            let Some(last) = changes.last() else {
                return Ok(());
            };
            till.write(|tx| {
                for change in changes {
                    match &change.what {
                        Changed::Tender { tender } => tx.apply_tender_view(tender).map(|_| ())?,
                        Changed::Settings | Changed::Unknown => {}
                    }
                }
                Ok(tx.set_cursor(*generation, last.position)?)
            })
        }
        ChangesAnswer::Snapshot {
            generation,
            position,
            tenders,
            ..
        } => till.write(|tx| apply_snapshot(tx, (*generation, *position), cursor.0, tenders)),
    }
}

fn apply_snapshot(
    tx: &mut WriteTx<'_>,
    cursor: (u64, u64),
    generation_before: u64,
    tenders: &[TenderView],
) -> Result<(), Halt> {
    if generation_before != cursor.0 {
        forget_versions(tx)?;
    }
    for view in tenders {
        tx.apply_tender_view(view)?;
    }
    Ok(tx.set_cursor(cursor.0, cursor.1)?)
}

/// A restored centre counts its versions from where its copy stood: what it says from now on is news, and
/// the tables see to it that no state moves back.
fn forget_versions(tx: &mut WriteTx<'_>) -> Result<(), Halt> {
    const EVER: i64 = 0;
    for mut tender in tx.view().open_tenders(EVER)? {
        tender.view_version = 0;
        tx.update_tender(&tender)?;
    }
    Ok(())
}

/// What a fault says beyond "no".
fn heed(till: &mut Till, call: &Call, fault: &LinkFault) -> Result<(), Problem> {
    match fault {
        LinkFault::StaleClock { centre_time_ms } => till.learn_centre_time(*centre_time_ms),
        LinkFault::Refused { body, .. } => heed_refusal(till, call, body),
        LinkFault::Unreachable | LinkFault::TimedOut | LinkFault::Unverified | LinkFault::NotSaved => Ok(()),
    }
}

/// A first attempt that can never be made ends its tender; everything else is only a reason to wait.
fn heed_refusal(till: &mut Till, call: &Call, body: &ErrorBody) -> Result<(), Problem> {
    let Call::PutAttempt { tender_no, .. } = call else {
        return Ok(());
    };
    let for_good = [
        ErrorCode::MeansNotOffered,
        ErrorCode::AmountInvalid,
        ErrorCode::MalformedRequest,
    ];
    if !for_good.contains(&body.code) {
        return Ok(());
    }
    let number = parsed(tender_no);
    let tender = till.read(|glance| Ok(glance.view.tender(number)?))?;
    let nothing_there = tender.is_some_and(|tender| tender.attempts.iter().all(|a| a.trade_no.is_none()));
    if !nothing_there {
        return Ok(());
    }
    let code = serde_json::to_value(body.code).ok();
    let code = code
        .as_ref()
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default();
    till.write(|tx| tx.tender_refused(number, code).map(|_| ()))
}
