//! From a bill to the books: what is held here of a row that the platform has written.
//!
//! A bill proves that money came; it proves no end of a refund, because a platform never corrects the state of a
//! refund's row. So a trade that is not paid here is asked about, and a refund's state is moved by the platform's own
//! answers alone.

use suanpan_channels::bill::{BillEntry, BillRow};
use suanpan_domain::mutant::{Mutant, on};
use suanpan_domain::pay_order::Disposition;
use suanpan_domain::platform;
use suanpan_domain::refund::RefundState;
use suanpan_domain::trade::{NextCall, TradeState, Way};

use crate::db::Tx;
use crate::fault::Outcome;
use crate::ledger::Ledger;
use crate::rows::bill_day::DayRow;
use crate::rows::bill_row::{self, AskedRow, Verdict};
use crate::rows::pay_order;
use crate::rows::refund::{self, Refund, RefundAsk};
use crate::rows::suspense::{self, Suspended, SuspenseKind};
use crate::rows::trade::{self, Trade};

/// A question that went unanswered is asked again unless it is due within this time anyway.
const ASKED_ANYWAY_MS: i64 = 60_000;

/// What is held here of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// The same.
    Matched,
    /// A payment that was taken back whole, as was asked.
    TakenBack,
    /// Less than the bill says: the platform has to say what became of that trade.
    AskTrade(i64),
    /// The same for a refund.
    AskRefund(i64),
    /// Something else.
    Suspend(Doubt),
}

/// What a person is to decide on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Doubt {
    kind: SuspenseKind,
    reference: String,
    amount_minor: i64,
    detail: String,
}

/// Compares the next rows of a bill, from the place `from` on, and keeps what was found.
pub(super) fn compare(ledger: &mut Ledger<'_>, day: &DayRow, from: usize, rows: &[BillRow]) -> Outcome<()> {
    let findings = findings(ledger, day, rows.iter().map(|row| (row, None)))?;
    // Questions first: they lock tenders, and the numbers of suspense come after those.
    for finding in &findings {
        ask(ledger, finding)?;
    }
    for ((row, finding), place) in rows.iter().zip(&findings).zip(from + 1..) {
        let line = i64::try_from(place).unwrap_or(i64::MAX);
        keep(ledger, day, line, row, finding)?;
    }
    Ok(())
}

/// What is held of some rows; with them, since when each has been asked about.
pub(super) fn findings<'a>(
    ledger: &mut Ledger<'_>,
    day: &DayRow,
    rows: impl Iterator<Item = (&'a BillRow, Option<i64>)>,
) -> Outcome<Vec<Finding>> {
    let now_ms = ledger.now_ms;
    rows.map(|(row, asked_at_ms)| {
        let books = Books {
            enterprise_id: day.enterprise_id,
            asked_at_ms,
            now_ms,
        };
        books.find(ledger.tx(), row)
    })
    .collect()
}

/// Writes a row with what was found of it.
pub(super) fn keep(
    ledger: &mut Ledger<'_>,
    day: &DayRow,
    line: i64,
    row: &BillRow,
    finding: &Finding,
) -> Outcome<()> {
    let found = match finding {
        Finding::Matched => (Verdict::Matched, None),
        Finding::TakenBack => (Verdict::TakenBack, None),
        Finding::AskTrade(_) | Finding::AskRefund(_) => (Verdict::Asked, Some(ledger.now_ms)),
        Finding::Suspend(doubt) => {
            suspend(ledger, day, row, doubt)?;
            (Verdict::Suspense, None)
        }
    };
    bill_row::put(ledger.tx(), day, line, row, found)?;
    Ok(())
}

fn suspend(ledger: &mut Ledger<'_>, day: &DayRow, row: &BillRow, doubt: &Doubt) -> Outcome<()> {
    if on(Mutant::DifferenceNotRaised) {
        return Ok(());
    }
    let stored = suspense::put(
        ledger,
        &Suspended {
            kind: doubt.kind,
            enterprise_id: day.enterprise_id,
            trade_no: &row.trade_no,
            reference: doubt.reference.clone(),
            amount_minor: Some(doubt.amount_minor),
            detail: format!("bill of {}: {}", day.day, doubt.detail),
        },
    )?;
    if stored {
        tracing::error!(
            enterprise_id = day.enterprise_id,
            trade_no = row.trade_no,
            day = %day.day,
            kind = doubt.kind.name(),
            "a bill says otherwise than the books"
        );
    }
    Ok(())
}

fn ask(ledger: &mut Ledger<'_>, finding: &Finding) -> Outcome<()> {
    match finding {
        Finding::AskTrade(trade_no) => ask_trade(ledger, *trade_no),
        Finding::AskRefund(refund_no) => ask_refund(ledger, *refund_no),
        Finding::Matched | Finding::TakenBack | Finding::Suspend(_) => Ok(()),
    }
}

/// Asks once more about a row that has been asked about without an answer.
pub(super) fn ask_again(ledger: &mut Ledger<'_>, asked: &AskedRow, finding: &Finding) -> Outcome<()> {
    if asked.asked_at_ms + ASKED_ANYWAY_MS <= ledger.now_ms {
        ask(ledger, finding)?;
    }
    Ok(())
}

/// Makes the question about a trade due, unless it is soon.
fn ask_trade(ledger: &mut Ledger<'_>, trade_no: i64) -> Outcome<()> {
    let Some(unlocked) = trade::find(ledger.tx(), trade_no)? else {
        return Ok(());
    };
    pay_order::by_id_locked(ledger.tx(), unlocked.pay_order_id)?;
    let Some(mut asked) = trade::find(ledger.tx(), trade_no)? else {
        return Ok(());
    };
    let now_ms = ledger.now_ms;
    let is_soon = asked.next_call_at_ms.is_some_and(|at_ms| at_ms <= now_ms);
    if asked.state != TradeState::Paid && !is_soon {
        asked.schedule(NextCall::Query { delay_ms: 0 }, now_ms);
        trade::save(ledger.tx(), &asked)?;
    }
    Ok(())
}

fn ask_refund(ledger: &mut Ledger<'_>, refund_no: i64) -> Outcome<()> {
    let Some(unlocked) = refund::find(ledger.tx(), refund_no)? else {
        return Ok(());
    };
    pay_order::by_id_locked(ledger.tx(), unlocked.pay_order_id)?;
    let Some(mut asked) = refund::find(ledger.tx(), refund_no)? else {
        return Ok(());
    };
    if asked.state == RefundState::Fail && asked.next_call.is_none() {
        asked.next_call = Some(RefundAsk::Query);
        asked.next_call_at_ms = Some(ledger.now_ms);
        refund::save(ledger.tx(), &asked)?;
    }
    Ok(())
}

/// The books, as a row of an account's bill is looked up in them.
struct Books {
    enterprise_id: i64,
    asked_at_ms: Option<i64>,
    now_ms: i64,
}

impl Books {
    fn find(&self, tx: &mut dyn Tx, row: &BillRow) -> Outcome<Finding> {
        match &row.entry {
            BillEntry::Paid { amount } => self.paid(tx, row, amount.minor()),
            BillEntry::Reversed { amount } => self.reversed(tx, row, amount.minor()),
            BillEntry::Unfamiliar { word, amount } => Ok(self.unfamiliar(row, word, amount.minor())),
            BillEntry::Returned {
                refund_no,
                refund_id,
                amount,
                state,
            } => {
                let number = refund_no.as_deref().or(refund_id.as_deref());
                let back = Back {
                    number,
                    amount_minor: amount.minor(),
                    state: *state,
                };
                self.returned(tx, row, &back)
            }
        }
    }

    /// What a platform means by a new word only a person can say.
    fn unfamiliar(&self, row: &BillRow, word: &str, amount_minor: i64) -> Finding {
        Finding::Suspend(Doubt {
            kind: SuspenseKind::UnknownRow,
            reference: format!(
                "{}/{word}/{}/{}/{}/{amount_minor}",
                self.enterprise_id, row.trade_no, row.transaction_id, row.at_ms
            ),
            amount_minor,
            detail: format!("{word}, platform number {}", row.transaction_id),
        })
    }

    fn paid(&self, tx: &mut dyn Tx, row: &BillRow, amount_minor: i64) -> Outcome<Finding> {
        let Some(held) = trade_of(tx, &row.trade_no)? else {
            return Ok(Finding::Suspend(Doubt {
                kind: SuspenseKind::UnknownTrade,
                reference: format!("{}/{}/{}", self.enterprise_id, row.trade_no, row.transaction_id),
                amount_minor,
                detail: format!("paid, platform number {}", row.transaction_id),
            }));
        };
        let is_same_payment = held
            .transaction_id
            .as_ref()
            .is_none_or(|held| *held == row.transaction_id);
        let fits = held.amount_minor == amount_minor && is_same_payment;
        if on(Mutant::BillAmountUnchecked) {
            return Ok(Finding::Matched);
        }
        if held.enterprise_id != self.enterprise_id {
            return Ok(self.mismatch(row, &held, amount_minor));
        }
        Ok(match held.state {
            TradeState::Paid if fits => Finding::Matched,
            TradeState::Paid | TradeState::Free | TradeState::Credit => {
                self.mismatch(row, &held, amount_minor)
            }
            TradeState::Created
            | TradeState::PrepayUnknown
            | TradeState::Awaiting
            | TradeState::Closing
            | TradeState::Failed
            | TradeState::Closed => self.unpaid(row, &held, amount_minor),
        })
    }

    /// A payment whose trade is not paid here: only the platform's answer moves it.
    fn unpaid(&self, row: &BillRow, held: &Trade, amount_minor: i64) -> Finding {
        if !self.is_answered(held) {
            return Finding::AskTrade(held.trade_no);
        }
        if held.disposition == Disposition::Suspense || held.amount_minor != amount_minor {
            return self.mismatch(row, held, amount_minor);
        }
        match held.state {
            TradeState::Closed if held.way == Way::Taken => Finding::TakenBack,
            TradeState::Closing | TradeState::Created | TradeState::PrepayUnknown => {
                Finding::AskTrade(held.trade_no)
            }
            TradeState::Awaiting
            | TradeState::Failed
            | TradeState::Closed
            | TradeState::Paid
            | TradeState::Free
            | TradeState::Credit => Finding::Suspend(Doubt {
                kind: SuspenseKind::BillOnly,
                reference: format!("{}/{}", held.trade_no, row.transaction_id),
                amount_minor,
                detail: format!(
                    "paid, platform number {}; asked, the platform does not confirm it: {}",
                    row.transaction_id,
                    held.state.name()
                ),
            }),
        }
    }

    /// Whether the platform has answered since it was asked.
    fn is_answered(&self, held: &Trade) -> bool {
        let Some(asked_at_ms) = self.asked_at_ms else {
            return false;
        };
        let is_due = held.next_call_at_ms.is_some_and(|at_ms| at_ms <= asked_at_ms);
        let has_answered = held.answered_at_ms.is_some_and(|at_ms| at_ms >= asked_at_ms);
        has_answered && !is_due && !held.lease.is_held(self.now_ms)
    }

    fn mismatch(&self, row: &BillRow, held: &Trade, amount_minor: i64) -> Finding {
        Finding::Suspend(Doubt {
            kind: SuspenseKind::Mismatch,
            // As a callback or an answer that says the same: it is one fact.
            reference: format!("{}/{}/{amount_minor}", held.trade_no, row.transaction_id),
            amount_minor,
            detail: format!(
                "{amount_minor} fen paid to merchant {}, platform number {}; here it is {} fen for merchant {}, \
                 platform number {}, {}",
                self.enterprise_id,
                row.transaction_id,
                held.amount_minor,
                held.enterprise_id,
                held.transaction_id.as_deref().unwrap_or("none"),
                held.state.name()
            ),
        })
    }

    fn returned(&self, tx: &mut dyn Tx, row: &BillRow, back: &Back<'_>) -> Outcome<Finding> {
        let ours = match back.number.and_then(number_of) {
            Some(refund_no) => refund::find(tx, refund_no)?,
            None => None,
        };
        if let Some(held) = ours.filter(|held| held.enterprise_id == self.enterprise_id) {
            return Ok(self.refunded(row, &held, back));
        }
        let reversed = trade_of(tx, &row.trade_no)?;
        if reversed.is_some_and(|held| self.was_taken_back(&held)) {
            return Ok(Finding::TakenBack);
        }
        Ok(self.unknown_refund(row, back.number, back.amount_minor))
    }

    fn was_taken_back(&self, held: &Trade) -> bool {
        held.enterprise_id == self.enterprise_id && held.way == Way::Taken && held.state == TradeState::Closed
    }

    fn unknown_refund(&self, row: &BillRow, number: Option<&str>, amount_minor: i64) -> Finding {
        let number = number.map_or_else(|| format!("{}@{}", row.trade_no, row.at_ms), str::to_owned);
        Finding::Suspend(Doubt {
            kind: SuspenseKind::UnknownRefund,
            reference: format!("{}/{number}", self.enterprise_id),
            amount_minor,
            detail: format!(
                "went back as refund {number}, platform number of the payment {}",
                row.transaction_id
            ),
        })
    }

    fn refunded(&self, row: &BillRow, held: &Refund, back: &Back<'_>) -> Finding {
        let fits = held.amount_minor == back.amount_minor && held.trade_no.to_string() == row.trade_no;
        let is_denied = held.state == RefundState::Fail && back.says_done();
        let is_answered = self.asked_at_ms.is_some() && held.next_call.is_none();
        match (fits, is_denied) {
            (true, false) => Finding::Matched,
            (true, true) if !is_answered => Finding::AskRefund(held.refund_no),
            (true, true) | (false, _) => Finding::Suspend(Doubt {
                kind: SuspenseKind::RefundMismatch,
                reference: format!(
                    "{}/{}/{:?}",
                    held.refund_no,
                    row.trade_no,
                    Some(back.amount_minor)
                ),
                amount_minor: back.amount_minor,
                detail: format!(
                    "{} fen of {} went back as refund {}; here it is {} fen of {}, status {}",
                    back.amount_minor,
                    row.trade_no,
                    held.refund_no,
                    held.amount_minor,
                    held.trade_no,
                    held.state.code()
                ),
            }),
        }
    }

    fn reversed(&self, tx: &mut dyn Tx, row: &BillRow, amount_minor: i64) -> Outcome<Finding> {
        let ours = trade_of(tx, &row.trade_no)?.filter(|held| held.enterprise_id == self.enterprise_id);
        let Some(held) = ours else {
            return Ok(self.unknown_refund(row, None, amount_minor));
        };
        if self.was_taken_back(&held) {
            return Ok(Finding::TakenBack);
        }
        if held.state.is_open() && !self.is_answered(&held) {
            return Ok(Finding::AskTrade(held.trade_no));
        }
        Ok(Finding::Suspend(Doubt {
            kind: SuspenseKind::ReturnedUnheard,
            reference: format!("{}/{}", held.trade_no, row.transaction_id),
            amount_minor,
            detail: format!("taken back at the platform; here it is {}", held.state.name()),
        }))
    }
}

/// Money that went back, as the bill says it.
struct Back<'a> {
    number: Option<&'a str>,
    amount_minor: i64,
    state: Option<platform::RefundState>,
}

impl Back<'_> {
    /// A bill without states lists what has gone back only.
    fn says_done(&self) -> bool {
        match self.state {
            None | Some(platform::RefundState::Success) => true,
            Some(
                platform::RefundState::Processing
                | platform::RefundState::Closed
                | platform::RefundState::Abnormal,
            ) => false,
        }
    }
}

/// A number as this centre writes them.
fn number_of(text: &str) -> Option<i64> {
    text.parse()
        .ok()
        .filter(|number: &i64| *number > 0 && number.to_string() == text)
}

fn trade_of(tx: &mut dyn Tx, number: &str) -> Outcome<Option<Trade>> {
    Ok(match number_of(number) {
        Some(trade_no) => trade::find(tx, trade_no)?,
        None => None,
    })
}
