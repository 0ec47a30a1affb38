//! `ops … reconcile …`: how far the days' bills have been compared with the books.

use std::path::Path;

use anyhow::Result;
use clap::Subcommand;
use serde_json::{Value, json};
use suanpan_channels::bill::BillDay;
use suanpan_trade::office;
use suanpan_trade::rows::bill_day::{self, DayRow};
use suanpan_trade::rows::bill_row::{self, Sum};
use suanpan_trade::service::operate::commit;

use super::print;

/// Days listed unless told otherwise: a month of two accounts.
const DAYS_DEFAULT: i64 = 62;

/// What to do about bills.
#[derive(Subcommand)]
pub enum ReconcileCommand {
    /// List days, those that are not done first.
    List {
        /// Of one account only.
        #[arg(long)]
        enterprise: Option<i64>,
        /// At most so many.
        #[arg(long, default_value_t = DAYS_DEFAULT)]
        limit: i64,
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Show what a day's bill comes to, by kind and by what was found.
    Show {
        /// The account.
        #[arg(long)]
        enterprise: i64,
        /// The day in China, such as 2026-11-26.
        #[arg(long, value_parser = day)]
        day: BillDay,
        /// One JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Have the serving centre look at a day now; at one that is done, once more.
    Run {
        /// The account.
        #[arg(long)]
        enterprise: i64,
        /// The day in China, such as 2026-11-26.
        #[arg(long, value_parser = day)]
        day: BillDay,
    },
}

fn day(text: &str) -> Result<BillDay, String> {
    BillDay::parse(text).ok_or_else(|| format!("{text} is no day such as 2026-11-26"))
}

/// Runs one.
///
/// # Errors
/// With a sentence for the operator.
pub fn run(folder: &Path, by: &str, command: &ReconcileCommand) -> Result<()> {
    match command {
        ReconcileCommand::List {
            enterprise,
            limit,
            json,
        } => {
            for row in commit(folder, |ledger| {
                Ok(bill_day::list(ledger.tx(), *enterprise, *limit)?)
            })? {
                tell(*json, &day_json(&row), &day_text(&row));
            }
        }
        ReconcileCommand::Show {
            enterprise,
            day,
            json,
        } => show(folder, *enterprise, *day, *json)?,
        ReconcileCommand::Run { enterprise, day } => {
            commit(folder, |ledger| office::reconcile(ledger, by, *enterprise, *day))?;
            print(&json!({ "done": true, "by": by }));
        }
    }
    Ok(())
}

fn tell(as_json: bool, json: &Value, text: &str) {
    if as_json {
        print(json);
    } else {
        println!("{text}");
    }
}

fn show(folder: &Path, enterprise_id: i64, day: BillDay, as_json: bool) -> Result<()> {
    let found = commit(folder, |ledger| {
        let Some(row) = bill_day::find(ledger.tx(), enterprise_id, day)? else {
            return Ok(None);
        };
        let sums = bill_row::sums(ledger.tx(), &row)?;
        Ok(Some((row, sums)))
    })?;
    let Some((row, sums)) = found else {
        anyhow::bail!("refused: not_found: no such day of that account");
    };
    let mut whole = day_json(&row);
    whole["sums"] = sums.iter().map(sum_json).collect();
    let mut text = day_text(&row);
    for sum in &sums {
        text.push('\n');
        text.push_str(&sum_text(sum));
    }
    tell(as_json, &whole, &text);
    Ok(())
}

fn day_json(row: &DayRow) -> Value {
    json!({
        "enterpriseId": row.enterprise_id.to_string(), "day": row.day.to_string(), "state": row.state.name(),
        "rows": row.row_count, "readings": row.reading, "missing": row.missing, "tried": row.tried,
        "problem": row.problem, "nextTryAtMs": row.next_try_at_ms, "doneAtMs": row.done_at_ms,
    })
}

fn day_text(row: &DayRow) -> String {
    let problem = row.problem.as_deref().unwrap_or_default();
    format!(
        "{}  merchant {}  {:<8}  {} rows, {} of ours missing  {problem}",
        row.day,
        row.enterprise_id,
        row.state.name(),
        row.row_count,
        row.missing
    )
}

fn sum_json(sum: &Sum) -> Value {
    json!({
        "kind": sum.kind.name(), "verdict": sum.verdict.name(), "count": sum.count,
        "amountMinor": sum.amount_minor, "feeThousandthsOfFen": sum.fee_milli,
    })
}

fn sum_text(sum: &Sum) -> String {
    format!(
        "  {:<8}  {:<10}  {:>7}  {} fen, fee {} thousandths of a fen",
        sum.kind.name(),
        sum.verdict.name(),
        sum.count,
        sum.amount_minor,
        sum.fee_milli
    )
}
