//! Print jobs: what is owed on paper, and what came of it. Which step is allowed is the domain's table; when a
//! job is written is decided where its order or shift is.

use rusqlite::{OptionalExtension, Row, params};
use suanpan_domain::print::{PrintState, PrintTrouble};
use suanpan_wire::shift::ClosedSaid;

use super::error::StoreError;
use super::tx::WriteTx;
use super::view::{View, named, small};

/// What a job prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Printable {
    /// The receipt of a committed order.
    Receipt {
        /// The order.
        order_id: String,
    },
    /// The report of a closed shift.
    Shift {
        /// The shift.
        shift_id: String,
    },
    /// The figures of an open shift, as they were when somebody asked.
    Interim {
        /// The shift.
        shift_id: String,
        /// Its figures at that moment, in the form a close freezes them; nothing is counted in it.
        frozen: Box<ClosedSaid>,
    },
}

/// A print job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrintRow {
    /// Its number: the order of asking.
    pub job_no: i64,
    /// What it prints.
    pub what: Printable,
    /// State.
    pub state: PrintState,
    /// Why it is stuck, or why nobody can say whether it came out.
    pub trouble: Option<PrintTrouble>,
    /// What a person calls it.
    pub label: String,
    /// 0 for the first paper, the number of the copy otherwise.
    pub copy: u32,
    /// Who was at the till.
    pub asked_by: String,
    /// When it was asked for, UTC milliseconds.
    pub asked_at_ms: i64,
    /// When its state changed last.
    pub changed_at_ms: i64,
}

/// The columns of a job, in the order [`job`] reads them.
macro_rules! select_job {
    ($rest:literal) => {
        concat!(
            "SELECT job_no, kind, state, trouble, order_id, shift_id, label, copy, frozen, asked_by, \
             asked_at_ms, changed_at_ms FROM print_job ",
            $rest
        )
    };
}

const RECEIPT: &str = "RECEIPT";
const SHIFT: &str = "SHIFT";
const INTERIM: &str = "INTERIM";

fn job(row: &Row<'_>) -> Result<PrintRow, StoreError> {
    let trouble: Option<String> = row.get("trouble")?;
    let trouble = trouble.map(|name| {
        PrintTrouble::from_name(&name).ok_or(StoreError::Row {
            table: "print_job",
            value: name,
        })
    });
    Ok(PrintRow {
        job_no: row.get("job_no")?,
        what: printable(row)?,
        state: named(row, "state", "print_job", PrintState::from_name)?,
        trouble: trouble.transpose()?,
        label: row.get("label")?,
        copy: small(row.get("copy")?),
        asked_by: row.get("asked_by")?,
        asked_at_ms: row.get("asked_at_ms")?,
        changed_at_ms: row.get("changed_at_ms")?,
    })
}

fn printable(row: &Row<'_>) -> Result<Printable, StoreError> {
    let kind: String = row.get("kind")?;
    match kind.as_str() {
        RECEIPT => Ok(Printable::Receipt {
            order_id: row.get("order_id")?,
        }),
        SHIFT => Ok(Printable::Shift {
            shift_id: row.get("shift_id")?,
        }),
        INTERIM => {
            let frozen: String = row.get("frozen")?;
            Ok(Printable::Interim {
                shift_id: row.get("shift_id")?,
                frozen: Box::new(serde_json::from_str(&frozen)?),
            })
        }
        _ => Err(StoreError::Row {
            table: "print_job",
            value: kind,
        }),
    }
}

impl View<'_> {
    /// A job.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn print_job(&self, job_no: i64) -> Result<Option<PrintRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(select_job!("WHERE job_no = ?1"))?;
        let mut rows = statement.query([job_no])?;
        rows.next()?.map(job).transpose()
    }

    /// The job whose turn it is: the oldest that is owed. One that cannot be made lets the others go first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn next_print(&self) -> Result<Option<PrintRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(select_job!(
            "WHERE state IN ('WAITING', 'PRINTING', 'UNSURE', 'STUCK')
             ORDER BY COALESCE(trouble, '') = 'UNPRINTABLE', job_no LIMIT 1"
        ))?;
        let mut rows = statement.query([])?;
        rows.next()?.map(job).transpose()
    }

    /// Jobs that are owed, oldest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn prints_owed(&self, limit: u16) -> Result<Vec<PrintRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(select_job!(
            "WHERE state IN ('WAITING', 'PRINTING', 'UNSURE', 'STUCK') ORDER BY job_no LIMIT ?1"
        ))?;
        let mut rows = statement.query([limit])?;
        let mut jobs = Vec::new();
        while let Some(row) = rows.next()? {
            jobs.push(job(row)?);
        }
        Ok(jobs)
    }

    /// How many jobs are owed.
    ///
    /// # Errors
    /// When they cannot be counted.
    pub fn prints_owed_count(&self) -> Result<u32, StoreError> {
        Ok(self
            .conn
            .prepare_cached(
                "SELECT COUNT(*) FROM print_job WHERE state IN ('WAITING', 'PRINTING', 'UNSURE', 'STUCK')",
            )?
            .query_row([], |row| row.get(0))?)
    }

    /// The newest job of an order.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn newest_print_of(&self, order_id: &str) -> Result<Option<PrintRow>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached(select_job!("WHERE order_id = ?1 ORDER BY job_no DESC LIMIT 1"))?;
        let mut rows = statement.query([order_id])?;
        rows.next()?.map(job).transpose()
    }

    /// The order of the newest receipt.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn last_receipt_order(&self) -> Result<Option<String>, StoreError> {
        Ok(self
            .conn
            .prepare_cached(
                "SELECT order_id FROM print_job WHERE kind = 'RECEIPT' ORDER BY job_no DESC LIMIT 1",
            )?
            .query_row([], |row| row.get(0))
            .optional()?)
    }

    /// Names of orders that the newest jobs print and that are not here.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn printed_but_missing(&self, jobs: u16) -> Result<Vec<String>, StoreError> {
        // Older files are looked at before they have the table.
        let has_jobs = self
            .conn
            .prepare_cached("SELECT 1 FROM sqlite_schema WHERE name = 'print_job'")?
            .exists([])?;
        if !has_jobs {
            return Ok(Vec::new());
        }
        let mut statement = self.conn.prepare_cached(
            "SELECT label FROM (SELECT order_id, label FROM print_job ORDER BY job_no DESC LIMIT ?1) newest
             WHERE order_id IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM orders WHERE orders.order_id = newest.order_id)",
        )?;
        let labels = statement.query_map([jobs], |row| row.get(0))?;
        Ok(labels.collect::<Result<_, _>>()?)
    }

    /// How often the report of a closed shift was made.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn shift_papers(&self, shift_id: &str) -> Result<u32, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT made FROM shift_paper WHERE shift_id = ?1")?
            .query_row([shift_id], |row| row.get(0))
            .optional()?
            .unwrap_or(0))
    }
}

impl WriteTx<'_> {
    /// Writes a new job.
    ///
    /// # Errors
    /// When it cannot be written, or what it prints is not here.
    pub fn insert_print(&mut self, job: &PrintRow) -> Result<(), StoreError> {
        let (kind, order_id, shift_id, frozen) = match &job.what {
            Printable::Receipt { order_id } => (RECEIPT, Some(order_id), None, None),
            Printable::Shift { shift_id } => (SHIFT, None, Some(shift_id), None),
            Printable::Interim { shift_id, frozen } => (
                INTERIM,
                None,
                Some(shift_id),
                Some(serde_json::to_string(frozen)?),
            ),
        };
        self.conn()
            .prepare_cached(
                "INSERT INTO print_job (job_no, kind, state, trouble, order_id, shift_id, label, copy, frozen,
                 asked_by, asked_at_ms, changed_at_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute(params![
                job.job_no,
                kind,
                job.state.name(),
                job.trouble.map(PrintTrouble::name),
                order_id,
                shift_id,
                job.label,
                job.copy,
                frozen,
                job.asked_by,
                job.asked_at_ms,
                job.changed_at_ms,
            ])?;
        Ok(())
    }

    /// Writes what may change of a job: state, trouble, and the copy it says it is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn update_print(&mut self, job: &PrintRow) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "UPDATE print_job SET state = ?2, trouble = ?3, copy = ?4, changed_at_ms = ?5 WHERE job_no = ?1",
            )?
            .execute(params![
                job.job_no,
                job.state.name(),
                job.trouble.map(PrintTrouble::name),
                job.copy,
                job.changed_at_ms,
            ])?;
        Ok(())
    }

    /// Notes that a closed shift's report was made so many times; never fewer than before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn shift_paper_made(&mut self, shift_id: &str, made: u32) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "INSERT INTO shift_paper (shift_id, made) SELECT shift_id, ?2 FROM shift WHERE shift_id = ?1
                 ON CONFLICT (shift_id) DO UPDATE SET made = MAX(made, excluded.made)",
            )?
            .execute(params![shift_id, made])?;
        Ok(())
    }
}
