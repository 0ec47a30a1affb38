//! Writers in a line: one after the other on one connection, and one flush for those who came meanwhile.
//!
//! A commit costs a flush of the disk, whatever it holds. So whoever finds others behind them leaves the commit to
//! these and waits; the last of them commits for all. Each part stands behind a savepoint and is undone alone, and
//! nobody is answered before the flush, neither with yes nor with a no that may rest on what others have written.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use rusqlite::Connection;

use super::{SqliteTx, failed};
use crate::db::{DbError, Tx};

/// The most that share a commit: nobody waits for more than these.
const SHARED_MAX: usize = 64;

/// What has become of a commit that is shared; empty while it is still to come.
type Fate = Arc<OnceLock<Result<(), DbError>>>;

/// The connection that writes, and those who wait for it.
pub(super) struct Line {
    open: Mutex<Open>,
    /// Told whenever a shared commit has ended.
    ended: Condvar,
    /// Those who have come and not begun.
    behind: AtomicUsize,
}

struct Open {
    connection: Connection,
    /// Parts of the open transaction that wait for its commit; without one there is no transaction.
    parts: usize,
    fate: Fate,
}

impl Line {
    pub(super) fn new(connection: Connection) -> Self {
        Self {
            open: Mutex::new(Open {
                connection,
                parts: 0,
                fate: Fate::default(),
            }),
            ended: Condvar::new(),
            behind: AtomicUsize::new(0),
        }
    }

    /// Runs a command as a part of a transaction; it is durable when this returns `Ok`, and nothing is left of it
    /// otherwise.
    pub(super) fn write<T, E: From<DbError>>(
        &self,
        mut command: impl FnMut(&mut dyn Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut open = self.enter();
        if let Err(error) = open.begin() {
            self.settle(open, Err(error.clone()))?;
            return Err(error.into());
        }
        let ran = catch_unwind(AssertUnwindSafe(|| {
            command(&mut SqliteTx {
                connection: &open.connection,
            })
        }));
        let is_alone = open.parts == 0;
        let part = open.end_part(matches!(ran, Ok(Ok(_))));
        let fate = self.settle(open, part);
        match ran {
            Ok(Ok(answer)) => fate.map(|()| answer).map_err(E::from),
            Ok(Err(refused)) if is_alone => Err(refused),
            // Others' rows may have been the reason for it, so it is worth no more than they are.
            Ok(Err(refused)) => Err(fate.err().map_or(refused, E::from)),
            Err(panic) => resume_unwind(panic),
        }
    }

    /// Runs something on the connection while no transaction is open.
    pub(super) fn between<T>(&self, something: impl FnOnce(&mut Connection) -> T) -> T {
        let mut open = self.lock();
        while open.parts > 0 {
            open = self.wait(open);
        }
        something(&mut open.connection)
    }

    /// How many have come and not begun.
    #[cfg(test)]
    pub(super) fn behind(&self) -> usize {
        self.behind.load(Ordering::SeqCst)
    }

    fn enter(&self) -> MutexGuard<'_, Open> {
        self.behind.fetch_add(1, Ordering::SeqCst);
        let open = self.lock();
        self.behind.fetch_sub(1, Ordering::SeqCst);
        open
    }

    /// Leaves the commit to those behind, or makes it; what has become of it.
    fn settle(&self, mut open: MutexGuard<'_, Open>, part: Result<(), DbError>) -> Result<(), DbError> {
        if open.parts == 0 {
            return part;
        }
        let fate = Arc::clone(&open.fate);
        if part.is_ok() && open.parts < SHARED_MAX && self.behind.load(Ordering::SeqCst) > 0 {
            while fate.get().is_none() {
                open = self.wait(open);
            }
        } else {
            open.commit(part);
            self.ended.notify_all();
        }
        fate.get().cloned().unwrap_or_else(lost)
    }

    /// A panic elsewhere left no half-written part: it was undone before it went on.
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'l>(&self, open: MutexGuard<'l, Open>) -> MutexGuard<'l, Open> {
        self.ended.wait(open).unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn begin(&self) -> Result<(), DbError> {
        if self.parts == 0 {
            self.run("BEGIN IMMEDIATE")
        } else {
            self.run("SAVEPOINT part")
        }
    }

    /// Keeps what a part has written, or undoes it.
    ///
    /// # Errors
    /// When the whole transaction is gone with it: the engine gives all up where the disk or the memory ends.
    fn end_part(&mut self, is_kept: bool) -> Result<(), DbError> {
        let ended = match (self.parts, is_kept) {
            _ if self.connection.is_autocommit() => lost(),
            (0, true) => Ok(()),
            (0, false) => self.run("ROLLBACK"),
            (_, true) => self.run("RELEASE part"),
            (_, false) => self
                .run("ROLLBACK TO part")
                .and_then(|()| self.run("RELEASE part")),
        };
        if is_kept && ended.is_ok() {
            self.parts += 1;
        }
        ended
    }

    /// Ends the transaction for all its parts; it is rolled back where it is broken or cannot be committed.
    fn commit(&mut self, part: Result<(), DbError>) {
        let committed = part.and_then(|()| self.run("COMMIT"));
        if committed.is_err() && !self.connection.is_autocommit() {
            // Where even that fails there is nothing to be undone: the log has no commit.
            let _gone_already = self.run("ROLLBACK");
        }
        self.parts = 0;
        // Set once: whoever ends a transaction puts a new one in its place.
        let _first = std::mem::take(&mut self.fate).set(committed);
    }

    fn run(&self, sql: &str) -> Result<(), DbError> {
        let mut statement = self.connection.prepare_cached(sql).map_err(failed)?;
        statement.execute([]).map(drop).map_err(failed)
    }
}

fn lost() -> Result<(), DbError> {
    Err(DbError::Unreachable(
        "the transaction was given up by the engine".to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};
    use std::thread::{Scope, ScopedJoinHandle, scope};

    use super::*;
    use crate::db::Row;
    use crate::params;

    type Written = Result<usize, DbError>;

    /// A line on an empty table, and how many commits it has made.
    fn line() -> (Line, Arc<AtomicUsize>) {
        let mut connection = Connection::open_in_memory().unwrap();
        let schema = "CREATE TABLE box (name TEXT PRIMARY KEY) STRICT;
                      CREATE TABLE label (name TEXT REFERENCES box (name) DEFERRABLE INITIALLY DEFERRED) STRICT";
        connection.execute_batch(schema).unwrap();
        connection.pragma_update(None, "foreign_keys", true).unwrap();
        let commits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&commits);
        connection
            .commit_hook(Some(move || {
                counted.fetch_add(1, Ordering::SeqCst);
                false
            }))
            .unwrap();
        (Line::new(connection), commits)
    }

    fn put(tx: &mut dyn Tx, name: &str) -> Written {
        tx.execute("INSERT INTO box (name) VALUES (?1)", params![name])
    }

    fn names(line: &Line) -> Vec<String> {
        let rows: Vec<Row> = line
            .between(|connection| SqliteTx { connection }.query("SELECT name FROM box ORDER BY name", &[]))
            .unwrap();
        rows.iter().map(|row| row.text(0).unwrap()).collect()
    }

    fn wait_behind(line: &Line, many: usize) {
        while line.behind() < many {
            std::thread::yield_now();
        }
    }

    /// Writes `a` and holds the line until told to go on.
    fn first<'s>(
        scope: &'s Scope<'s, '_>,
        line: &'s Line,
        go_on: Receiver<()>,
    ) -> ScopedJoinHandle<'s, Written> {
        let (begun, has_begun) = channel();
        let writer = scope.spawn(move || {
            line.write(|tx| {
                begun.send(()).unwrap();
                go_on.recv().unwrap();
                put(tx, "a")
            })
        });
        has_begun.recv().unwrap();
        writer
    }

    #[test]
    fn those_who_wait_share_one_commit() {
        let (line, commits) = line();
        let (go, go_on) = channel();
        scope(|scope| {
            let leader = first(scope, &line, go_on);
            let behind = ["b", "c", "d"].map(|name| scope.spawn(|| line.write(|tx| put(tx, name))));
            wait_behind(&line, 3);
            go.send(()).unwrap();
            assert_eq!(leader.join().unwrap(), Ok(1));
            assert!(behind.into_iter().all(|writer| writer.join().unwrap() == Ok(1)));
        });
        assert_eq!(commits.load(Ordering::SeqCst), 1);
        assert_eq!(names(&line), ["a", "b", "c", "d"]);
    }

    #[test]
    fn whoever_writes_alone_waits_for_nobody() {
        let (line, commits) = line();
        line.write(|tx| put(tx, "a")).unwrap();
        line.write(|tx| put(tx, "b")).unwrap();
        assert_eq!(commits.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_part_that_is_refused_or_panics_is_undone_alone() {
        let (line, _) = line();
        let (go, go_on) = channel();
        scope(|scope| {
            let leader = first(scope, &line, go_on);
            let refused = scope.spawn(|| {
                line.write(|tx| {
                    put(tx, "refused")?;
                    Err::<usize, _>(DbError::Failed("no".to_owned()))
                })
            });
            let panics = scope.spawn(|| {
                line.write(|tx| -> Written {
                    put(tx, "panics")?;
                    panic!("on purpose")
                })
            });
            let kept = scope.spawn(|| line.write(|tx| put(tx, "kept")));
            wait_behind(&line, 3);
            go.send(()).unwrap();
            assert_eq!(leader.join().unwrap(), Ok(1));
            assert_eq!(refused.join().unwrap(), Err(DbError::Failed("no".to_owned())));
            assert!(panics.join().is_err());
            assert_eq!(kept.join().unwrap(), Ok(1));
        });
        assert_eq!(names(&line), ["a", "kept"]);
        line.write(|tx| put(tx, "z")).unwrap();
    }

    #[test]
    fn a_commit_that_fails_is_told_to_everybody_and_leaves_nothing() {
        let (line, _) = line();
        let (go, go_on) = channel();
        scope(|scope| {
            let leader = first(scope, &line, go_on);
            // Its label names no box, which is noticed at the commit.
            let spoils = scope
                .spawn(|| line.write(|tx| tx.execute("INSERT INTO label (name) VALUES ('nothing')", &[])));
            // Refused, for `a` is there: but then it is not.
            let misled = scope.spawn(|| line.write(|tx| put(tx, "a")));
            wait_behind(&line, 2);
            go.send(()).unwrap();
            let told = [leader, spoils, misled].map(|writer| writer.join().unwrap().unwrap_err());
            let foreign =
                |error: &DbError| matches!(error, DbError::Failed(why) if why.contains("FOREIGN KEY"));
            assert!(told.iter().all(foreign), "{told:?}");
        });
        assert_eq!(names(&line), Vec::<String>::new());
        line.write(|tx| put(tx, "a")).unwrap();
    }

    #[test]
    fn a_transaction_that_the_engine_gives_up_is_lost_for_all_its_parts() {
        let (line, _) = line();
        let (go, go_on) = channel();
        scope(|scope| {
            let leader = first(scope, &line, go_on);
            // As the engine does it by itself where the disk is full.
            let ends = scope.spawn(|| {
                line.write(|tx| {
                    put(tx, "b")?;
                    tx.execute("ROLLBACK", &[])
                })
            });
            wait_behind(&line, 1);
            go.send(()).unwrap();
            assert!(leader.join().unwrap().is_err());
            assert!(ends.join().unwrap().is_err());
        });
        assert_eq!(names(&line), Vec::<String>::new());
        line.write(|tx| put(tx, "a")).unwrap();
    }
}
