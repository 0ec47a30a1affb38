//! The line to the server breaks: before a commit nothing has happened, during one nobody knows, and whoever asks
//! again finds what was done.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread;

use suanpan_private_postgres::shared;
use suanpan_wire::error::ErrorCode;

use super::{database, number};
use crate::centre::tests::kit::Shop;
use crate::db::testing::{new_schema, open};
use crate::db::{Db, DbError};
use crate::params;

const WHOLE: u8 = 0;
const LOSES_THE_ANSWER: u8 = 1;
const LOSES_THE_COMMIT: u8 = 2;

/// A line that loses the next commit, or the answer to it, and breaks.
#[derive(Clone)]
struct Line {
    port: u16,
    loses: Arc<AtomicU8>,
}

impl Line {
    fn to_the_server() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let line = Self {
            port: listener.local_addr().unwrap().port(),
            loses: Arc::new(AtomicU8::new(WHOLE)),
        };
        let loses = Arc::clone(&line.loses);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                carry(client, Arc::clone(&loses));
            }
        });
        line
    }

    /// The address of a schema, over this line.
    fn of(&self, url: &str) -> String {
        url.replace(&format!(":{}/", shared().port()), &format!(":{}/", self.port))
    }

    fn loses(&self, what: u8) {
        self.loses.store(what, Ordering::SeqCst);
    }
}

fn carry(client: TcpStream, loses: Arc<AtomicU8>) {
    let server = TcpStream::connect(("127.0.0.1", shared().port())).unwrap();
    let breaks = Arc::new(AtomicBool::new(false));
    let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let breaks_then = Arc::clone(&breaks);
    thread::spawn(move || {
        let mut bytes = [0; 8192];
        while let Ok(read @ 1..) = from.read(&mut bytes) {
            if bytes[..read].windows(7).any(|word| word == b"COMMIT\0") {
                match loses.swap(WHOLE, Ordering::SeqCst) {
                    LOSES_THE_COMMIT => break,
                    LOSES_THE_ANSWER => breaks_then.store(true, Ordering::SeqCst),
                    _whole => {}
                }
            }
            if to.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    });
    let (mut from, mut to) = (server, client);
    thread::spawn(move || {
        let mut bytes = [0; 8192];
        while let Ok(read @ 1..) = from.read(&mut bytes) {
            if breaks.load(Ordering::SeqCst) || to.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    });
}

#[test]
fn i13_whether_a_commit_was_kept_whose_answer_was_lost_is_said_to_be_unknown() {
    let url = new_schema(&shared().url("postgres"));
    let line = Line::to_the_server();
    let (over_it, beside_it) = (open(&line.of(&url)), open(&url));
    for (what, kept) in [(LOSES_THE_ANSWER, 1), (LOSES_THE_COMMIT, 0)] {
        line.loses(what);
        let mut runs = 0;
        let outcome = over_it.write(|tx| {
            runs += 1;
            tx.execute(
                "INSERT INTO meta (name, value) VALUES (?1, '')",
                params![i64::from(what).to_string()],
            )
        });
        assert!(matches!(outcome, Err(DbError::CommitUnknown(_))), "{outcome:?}");
        assert_eq!(runs, 1, "what may have been kept is not run again here");
        let sql = format!("SELECT COUNT(*) FROM meta WHERE name = '{what}'");
        assert_eq!(number(&beside_it, &sql), kept);
        assert_eq!(number(&over_it, "SELECT 1"), 1, "a new connection is made");
    }
}

#[test]
fn i13_a_till_that_asks_again_after_a_lost_commit_has_one_attempt() {
    for what in [LOSES_THE_ANSWER, LOSES_THE_COMMIT] {
        let line = Line::to_the_server();
        let url = line.of(&new_schema(&shared().url("postgres")));
        let mut shop = Shop::open_on(open(&url).into());
        line.loses(what);
        let refused = shop.create(21, "k1", 2810).unwrap_err();
        assert_eq!(refused.code, ErrorCode::Unavailable);
        let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
        shop.platform.pay(&trade_no);
        line.loses(what);
        // The answer that says so is not kept; the call is due again once its claim has run out.
        shop.pass(60);
        assert!(shop.query(21).state.has_winner());
        assert_eq!(shop.number("SELECT COUNT(*) FROM trade"), 1);
        assert_eq!(shop.platform.captured(), 2810);
    }
}

#[test]
fn a_connection_lost_before_the_commit_is_replaced_and_the_command_run_again() {
    let (db, url) = database();
    let beside = open(&url);
    let mut runs = 0;
    db.write(|tx| {
        runs += 1;
        tx.execute("INSERT INTO meta (name, value) VALUES ('a', '')", &[])?;
        let own = tx.query("SELECT pg_backend_pid()", &[])?[0].int(0)?;
        if runs == 1 {
            beside.read(|other| other.query(&format!("SELECT pg_terminate_backend({own})"), &[]))?;
        }
        tx.execute("UPDATE meta SET value = 'b' WHERE name = 'a'", &[])
    })
    .unwrap();
    assert_eq!(runs, 2);
    assert_eq!(number(&beside, "SELECT COUNT(*) FROM meta WHERE name = 'a'"), 1);
}

#[test]
fn a_server_that_is_not_there_is_unreachable_and_not_a_fault() {
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let address = format!("postgres://u@127.0.0.1:{nobody}/d").parse().unwrap();
    let outcome = crate::db::PostgresDb::open(&address);
    assert!(matches!(outcome, Err(DbError::Unreachable(_))), "{outcome:?}");
}
