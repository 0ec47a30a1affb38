//! What PostgreSQL has to be told to be as sure as the file is: seen on a server of our own.

mod line;
mod secure;

use std::process::Command;
use std::sync::mpsc;
use std::thread;

use suanpan_private_postgres::shared;

use crate::db::testing::{SERVER, new_schema, open};
use crate::db::{Db, DbError, PostgresDb, Row, Tx};
use crate::ledger::{self, Ledger};
use crate::params;
use crate::rows::stream;

/// Tests of the centre that are run again, at the least.
const TESTS_MIN: usize = 60;

fn database() -> (PostgresDb, String) {
    let url = new_schema(&shared().url("postgres"));
    (open(&url), url)
}

fn number(db: &PostgresDb, sql: &str) -> i64 {
    let rows: Vec<Row> = db.read(|tx| tx.query(sql, &[])).unwrap();
    rows[0].int(0).unwrap()
}

#[test]
fn whatever_the_centre_promises_it_promises_on_postgresql_too() {
    let run = Command::new(std::env::current_exe().unwrap())
        .arg("centre::tests::")
        .env(SERVER, shared().url("postgres"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    let errors = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}\n{errors}");
    let passed = said.lines().find_map(|line| {
        let rest = line.strip_prefix("test result: ok. ")?;
        rest.split(' ').next()?.parse::<usize>().ok()
    });
    assert!(passed.is_some_and(|passed| passed >= TESTS_MIN), "{said}");
}

#[test]
fn a_failed_command_leaves_nothing_and_its_connection_goes_on() {
    let (db, _) = database();
    let outcome: Result<(), DbError> = db.write(|tx| {
        tx.execute("INSERT INTO meta (name, value) VALUES ('a', 'b')", &[])?;
        Err(DbError::Damaged("stop".into()))
    });
    assert_eq!(outcome, Err(DbError::Damaged("stop".into())));
    let refused: Result<(), DbError> =
        db.write(|tx| tx.execute("INSERT INTO nowhere VALUES (1)", &[]).map(drop));
    assert!(matches!(refused, Err(DbError::Failed(_))), "{refused:?}");
    assert_eq!(number(&db, "SELECT COUNT(*) FROM meta WHERE name = 'a'"), 0);
}

#[test]
fn a_command_that_swallows_an_error_is_not_taken_for_done() {
    let (db, _) = database();
    let outcome = db.write(|tx| {
        tx.execute("INSERT INTO meta (name, value) VALUES ('a', 'b')", &[])?;
        let _swallowed = tx.execute("INSERT INTO nowhere VALUES (1)", &[]);
        Ok::<(), DbError>(())
    });
    assert!(matches!(outcome, Err(DbError::Failed(_))), "{outcome:?}");
    assert_eq!(number(&db, "SELECT COUNT(*) FROM meta WHERE name = 'a'"), 0);
}

/// Two that want the same two rows in opposite order: one is ended by the server, and done all the same.
#[test]
fn a_command_that_was_in_anothers_way_is_run_again_whole() {
    let (db, _) = database();
    for name in ["x", "y"] {
        db.write(|tx| tx.execute("INSERT INTO meta (name, value) VALUES (?1, '')", params![name]))
            .map(drop)
            .unwrap_or_else(|error: DbError| panic!("{error}"));
    }
    let (first_has_one, one_is_had) = mpsc::channel();
    let (second_has_one, other_is_had) = mpsc::channel();
    let runs = |has_one: mpsc::Sender<()>, other: mpsc::Receiver<()>, order: [&'static str; 2]| {
        let db = &db;
        move || {
            let mut runs = 0;
            db.write(|tx| {
                runs += 1;
                lock(tx, order[0])?;
                if runs == 1 {
                    // Each has its first row before either asks for the other's.
                    let _told = has_one.send(());
                    let _heard = other.recv();
                }
                lock(tx, order[1])?;
                for name in order {
                    tx.execute(
                        "UPDATE meta SET value = value || ?2 WHERE name = ?1",
                        params![name, order[0]],
                    )?;
                }
                Ok::<_, DbError>(())
            })
            .unwrap();
            runs
        }
    };
    let together: u32 = thread::scope(|scope| {
        let first = scope.spawn(runs(first_has_one, other_is_had, ["x", "y"]));
        let second = scope.spawn(runs(second_has_one, one_is_had, ["y", "x"]));
        first.join().unwrap() + second.join().unwrap()
    });
    // Whose way it was in may have committed between its beginning and its lock: then it is begun once more.
    assert!(together >= 3, "one of them was run again");
    assert_eq!(
        number(
            &db,
            "SELECT SUM(length(value)) FROM meta WHERE name IN ('x', 'y')"
        ),
        4
    );
}

fn lock(tx: &mut dyn Tx, name: &str) -> Result<Vec<Row>, DbError> {
    tx.query_locked("SELECT value FROM meta WHERE name = ?1", params![name])
}

#[test]
fn rows_that_somebody_holds_are_left_out_where_nobody_is_waited_for() {
    let (db, _) = database();
    for name in ["x", "y"] {
        db.write(|tx| {
            tx.execute("INSERT INTO meta (name, value) VALUES (?1, 'v')", params![name])
                .map(drop)
        })
        .unwrap_or_else(|error: DbError| panic!("{error}"));
    }
    let free = "SELECT name FROM meta WHERE value = 'v' ORDER BY name";
    db.write(|tx| {
        lock(tx, "x")?;
        let others = db.write(|other| other.query_free(free, &[]))?;
        assert_eq!(others, [Row(vec!["y".into()])]);
        Ok::<_, DbError>(())
    })
    .unwrap();
}

#[test]
fn two_processes_that_start_at_once_bring_a_database_to_this_version_once() {
    let url = new_schema(&shared().url("postgres"));
    thread::scope(|scope| {
        let starts: Vec<_> = (0..4).map(|_| scope.spawn(|| open(&url))).collect();
        starts.into_iter().for_each(|start| drop(start.join().unwrap()));
    });
    let steps = number(&open(&url), "SELECT COUNT(*) FROM schema_version");
    assert_eq!(steps, crate::db::migrations::known_version());
}

#[test]
fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let (db, url) = database();
    db.write(|tx| {
        tx.execute("INSERT INTO schema_version VALUES (99, 0)", &[])
            .map(drop)
    })
    .unwrap_or_else(|error: DbError| panic!("{error}"));
    let known = crate::db::migrations::known_version();
    let refused = PostgresDb::open(&url.parse().unwrap()).unwrap_err();
    assert_eq!(refused, DbError::NewerSchema { found: 99, known });
}

fn generation(db: &PostgresDb) -> i64 {
    db.read(|tx| stream::generation(tx)).unwrap()
}

#[test]
fn a_start_beside_others_leaves_the_generation_alone_and_another_incarnation_begins_one() {
    let (db, url) = database();
    let first = generation(&db);
    assert!(first > 0);
    let beside = open(&url);
    beside.begin_generation(i64::MAX).unwrap();
    assert_eq!(generation(&db), first, "a process that starts disturbs nobody");
    // What a copy in its place looks like: the note is of another start of the server.
    db.write(|tx| {
        tx.execute("UPDATE meta SET value = 'then' WHERE name = 'incarnation'", &[])
            .map(drop)
    })
    .unwrap_or_else(|error: DbError| panic!("{error}"));
    let after = generation(&open(&url));
    assert!(after > first);
    assert_eq!(generation(&open(&url)), after, "begun once");
}

#[test]
fn numbers_minted_by_many_at_once_are_all_different() {
    let (db, url) = database();
    let other = open(&url);
    let mint = |db: &PostgresDb| -> Vec<i64> {
        (0..40)
            .map(|_| {
                ledger::commit(
                    db,
                    1_795_000_000_000,
                    |ledger: &mut Ledger<'_>| Ok(ledger.mint()?),
                )
                .unwrap()
                .answer
            })
            .collect()
    };
    let mut minted: Vec<i64> = thread::scope(|scope| {
        let all: Vec<_> = [&db, &db, &other, &other]
            .map(|db| scope.spawn(|| mint(db)))
            .into_iter()
            .collect();
        all.into_iter().flat_map(|one| one.join().unwrap()).collect()
    });
    minted.sort_unstable();
    minted.dedup();
    assert_eq!(minted.len(), 160);
}

/// A bell is rung at one process and heard at another.
#[tokio::test(flavor = "multi_thread")]
async fn a_bell_rung_at_one_process_is_heard_at_another() {
    let url = tokio::task::spawn_blocking(|| new_schema(&shared().url("postgres")));
    let address: super::Address = url.await.unwrap().parse().unwrap();
    let (here, here_wire) = super::Bells::new(address.clone());
    let (_there, there_wire) = super::Bells::new(address);
    let (hears, mut heard) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(here_wire.run(|_| ()));
    tokio::spawn(there_wire.run(move |till_id| _ = hears.send(till_id)));
    // Rung until it is heard: the lines may not stand yet.
    let till_id = wait_until_heard(&here, &mut heard).await;
    assert_eq!(till_id, 7);
}

async fn wait_until_heard(
    bells: &super::Bells,
    heard: &mut tokio::sync::mpsc::UnboundedReceiver<i64>,
) -> i64 {
    for _ in 0..600 {
        bells.ring(7);
        let waited = tokio::time::timeout(std::time::Duration::from_millis(100), heard.recv()).await;
        if let Ok(Some(till_id)) = waited {
            return till_id;
        }
    }
    panic!("nobody heard it");
}
