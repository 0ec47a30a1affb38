//! B5, one sale to the centre while its till waits for the acknowledgement: on a file and on PostgreSQL, each beside
//! the same rows written bare, by one client on a connection it keeps.
//!
//! The other systems that a sale could be sent to are not on the machine and not measured.

use std::io::BufReader;
use std::net::TcpStream;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use suanpan_domain::tender::Means;
use suanpan_private_postgres::{PrivatePostgres, Problem};
use suanpan_trade::service::database::choose;
use suanpan_wire::entry::{FactSaid, OrderSaid, Said, TenderSaid};
use suanpan_wire::journal::{Batch, BatchAnswer, Entry, EntryResult, Mark, head_text};
use suanpan_wire::sign::{
    NONCE_HEADER, RequestParts, SIGNATURE_HEADER, SigningKey, TILL_HEADER, TIME_HEADER,
};

use crate::bench::Bench;
use crate::bench::bare::twin::Twin;
use crate::bench::clock::Watch;
use crate::bench::line::centre::{self, Served};
use crate::bench::problem::{BenchError, same};
use crate::bench::report::{Line, Section, Target};
use crate::bench::samples::{Round, Rounds};
use crate::house::clock::wall_ms;
use crate::house::http1::{Message, authority_and_path, connect};

const ROUNDS: usize = 5;
const SALES_FULL: usize = 400;
const SALES_SMOKE: usize = 3;
const NS_PER_MS: f64 = 1_000_000.0;
/// Half as many sales a second as bare transactions: what signature, HTTP and decisions may cost.
const TIMES_BARE_MOST: f64 = 2.0;
const AMOUNT_MINOR: i64 = 100;
const DAY: &str = "2026-11-27";
/// The rows of one sale, as the centre writes them; `pgbench` and bare SQLite run the same statements.
const JOURNAL: &str = "INSERT INTO journal (till_id, epoch, seq, at_ms, kind, payload, prev_hash, hash, refused_code, \
    received_at_ms) VALUES (1, 1, {seq}, 1, 'order_completed', '{payload}', '{hash}', '{hash}', NULL, 1)";
const HEAD: &str =
    "INSERT INTO journal_head (till_id, epoch, seq, signature) VALUES (1, 1, {seq}, '{hash}{hash}')";
const ORDER: &str = "INSERT INTO completed_order (till_id, order_no, business_day, total_minor, at_ms) \
    VALUES (1, {seq}, '2026-11-27', 100, 1)";
const TAKINGS: &str = "INSERT INTO till_day (till_id, business_day, orders, total_minor, cash_minor, code_minor) \
    VALUES (1, '2026-11-27', 1, 100, 100, 0) ON CONFLICT (till_id, business_day) DO UPDATE SET \
    orders = till_day.orders + 1, total_minor = till_day.total_minor + 100, cash_minor = till_day.cash_minor + 100";
/// What the rows refer to.
const PARENTS: &str = "INSERT INTO store (store_id, name, zone, cutoff_minutes, created_at_ms) \
    VALUES (1, 'x', 'Asia/Shanghai', 0, 1); INSERT INTO till (till_id, store_id, label, worker, public_key, \
    enrolled_at_ms) VALUES (1, 1, '1', 1, 'x', 1)";

/// Measures the row.
///
/// # Errors
/// When a centre or a server fails, or a sale is not held once.
pub fn measure(bench: &Bench) -> Result<Section, BenchError> {
    let folder = bench.folder_for("b5")?;
    let sales = bench.scale.choose(SALES_FULL, SALES_SMOKE);
    let server = PrivatePostgres::start_with(&[]).map_err(|problem| failed(&problem))?;
    let file = on_a_file(&folder.path().join("file"), sales)?;
    let table = on_a_server(&folder.path().join("server"), &server, sales)?;
    Ok(told(sales, &file, &table))
}

fn failed(problem: &Problem) -> BenchError {
    BenchError::product("PostgreSQL", problem)
}

fn on_a_file(folder: &Path, sales: usize) -> Result<Rounds, BenchError> {
    let bare_path = folder.join("bare.db");
    let mut till = Waiting::open(folder)?;
    drop(Twin::copy(&centre::database(folder), &bare_path)?);
    let bare = Bare::open(&bare_path)?;
    let mut rounds = Rounds::default();
    for _ in 0..ROUNDS {
        let mut round = Round::default();
        for _ in 0..sales {
            round.product.push(till.sell()?);
            round.limit.push(bare.write(till.head.seq)?);
        }
        rounds.push(round);
    }
    let held = Connection::open_with_flags(centre::database(folder), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let number = |conn: &Connection, sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0));
    for sql in counts() {
        let sold = i64::try_from(sales * ROUNDS).unwrap_or(0);
        same(sql, &number(&held, sql)?, &sold)?;
        same(sql, &number(&bare.0, sql)?, &sold)?;
    }
    till.served.stop()?;
    Ok(rounds)
}

fn on_a_server(folder: &Path, server: &PrivatePostgres, sales: usize) -> Result<Rounds, BenchError> {
    for database in ["shop", "bare"] {
        server.create(database).map_err(|problem| failed(&problem))?;
    }
    let place = |database: &str| {
        let data = folder.join(database);
        choose(&data, &server.url(database)).map_err(|error| BenchError::product("database", error))?;
        Ok::<_, BenchError>(data)
    };
    let mut till = Waiting::open(&place("shop")?)?;
    // Opened once, it has the tables.
    Served::start(&place("bare")?, 0)?.stop()?;
    let parents = format!("{PARENTS}; CREATE SEQUENCE sales");
    server.sql("bare", &parents).map_err(|problem| failed(&problem))?;
    let script = server
        .keep("sale.sql", &pgbench_script())
        .map_err(|problem| failed(&problem))?;
    let mut rounds = Rounds::default();
    for _ in 0..ROUNDS {
        let mut round = Round::default();
        for _ in 0..sales {
            round.product.push(till.sell()?);
        }
        round.limit.push(pgbench(server, &script, sales)?);
        rounds.push(round);
    }
    for database in ["shop", "bare"] {
        for sql in counts() {
            let held = server.sql(database, sql).map_err(|problem| failed(&problem))?;
            same(sql, &held, &(sales * ROUNDS).to_string())?;
        }
    }
    till.served.stop()?;
    Ok(rounds)
}

/// What must be the number of sales afterwards, at the centre and in the bare database.
fn counts() -> [&'static str; 3] {
    [
        "SELECT COUNT(*) FROM journal WHERE refused_code IS NULL",
        "SELECT COUNT(*) FROM completed_order",
        "SELECT orders FROM till_day",
    ]
}

/// One sale's rows as statements, with the number where the database puts it.
fn statements(seq: &str, payload: &str) -> [String; 4] {
    let hash = "0".repeat(64);
    [JOURNAL, HEAD, ORDER, TAKINGS].map(|sql| {
        sql.replace("{seq}", seq)
            .replace("{payload}", payload)
            .replace("{hash}", &hash)
    })
}

fn pgbench_script() -> String {
    let [journal, rest @ ..] = statements("currval('sales')", &payload(1));
    let first = journal.replacen("currval", "nextval", 1);
    // A colon right before a word or number would begin one of pgbench's own variables.
    let first = first.replace("\":", "\": ");
    format!("BEGIN;\n{first};\n{};\nCOMMIT;\n", rest.join(";\n"))
}

/// The mean time of one bare transaction, in nanoseconds.
fn pgbench(server: &PrivatePostgres, script: &Path, sales: usize) -> Result<u64, BenchError> {
    let mut command = server.tool("pgbench");
    command
        .args([
            "--no-vacuum",
            "--protocol=prepared",
            "--client=1",
            "--transactions",
        ])
        .arg(sales.to_string())
        .arg("--file")
        .arg(script)
        .arg(server.url("bare"));
    let output = command.output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mean_ms = text.lines().find_map(|line| {
        let ms = line.strip_prefix("latency average = ")?.strip_suffix(" ms")?;
        ms.parse::<f64>().ok()
    });
    match mean_ms {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a time of some milliseconds, in nanoseconds"
        )]
        Some(ms) if output.status.success() => Ok((ms * NS_PER_MS) as u64),
        Some(_) | None => Err(BenchError::product(
            "pgbench",
            String::from_utf8_lossy(&output.stderr),
        )),
    }
}

/// Bare SQLite with the settings of the centre.
struct Bare(Connection);

impl Bare {
    fn open(path: &Path) -> Result<Self, BenchError> {
        let conn = Connection::open(path)?;
        conn.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = 1")?;
        conn.execute_batch("PRAGMA foreign_keys = 0")?;
        Ok(Self(conn))
    }

    fn write(&self, seq: u64) -> Result<u64, BenchError> {
        let statements = statements("?1", &payload(1));
        let seq = i64::try_from(seq).unwrap_or(0);
        let watch = Watch::start();
        let transaction = self.0.unchecked_transaction()?;
        for sql in &statements {
            let mut prepared = transaction.prepare_cached(sql)?;
            if prepared.parameter_count() == 0 {
                prepared.execute([])?;
            } else {
                prepared.execute([seq])?;
            }
        }
        transaction.commit()?;
        Ok(watch.ns())
    }
}

fn payload(order_no: u64) -> String {
    let order_no = order_no.to_string();
    let order = OrderSaid {
        order_id: order_no.clone(),
        order_no: order_no.clone(),
        short_no: "1-1127-0001".to_owned(),
        shift_id: None,
        cashier: "c".to_owned(),
        member_id: None,
        lines: Vec::new(),
        original_minor: AMOUNT_MINOR,
        discount_minor: 0,
        rounding_minor: 0,
        total_minor: AMOUNT_MINOR,
    };
    let tender = TenderSaid {
        tender_no: order_no.clone(),
        order_no,
        means: Means::Cash,
        amount_minor: AMOUNT_MINOR,
        received_minor: None,
        change_minor: None,
        replaces: None,
        trade_no: None,
        transaction_id: None,
    };
    let fact = FactSaid {
        at_ms: 1,
        business_day: DAY.to_owned(),
        hour: 9,
        cashier: "c".to_owned(),
        shift_id: None,
    };
    let completed = Said::OrderCompleted {
        order,
        tenders: vec![tender],
        change_minor: 0,
        fact,
    };
    completed.to_payload().expect("an order can be written")
}

/// A till that sends one sale and waits until it is held.
struct Waiting {
    served: Served,
    wire: BufReader<TcpStream>,
    key: SigningKey,
    till_id: String,
    head: Mark,
    asked: u64,
}

impl Waiting {
    fn open(data: &Path) -> Result<Self, BenchError> {
        std::fs::create_dir_all(data)?;
        let served = Served::start(data, 0)?;
        let line = centre::invite(data, served.address())?;
        let code = line.split('#').nth(1).unwrap_or_default().to_owned();
        let wire = BufReader::new(connect(authority_and_path(served.address()).0)?);
        let key = SigningKey::try_from_seed(&[5; 32]).expect("32 bytes are a seed");
        let mut till = Self {
            served,
            wire,
            key,
            till_id: String::new(),
            head: Mark::genesis(),
            asked: 0,
        };
        let body = serde_json::json!({ "code": code, "public_key": till.key.public_base64() });
        let enrolled = till.ask("/v1/enrol", body.to_string().into_bytes())?;
        till.till_id = enrolled.json()["till_id"].as_str().unwrap_or_default().to_owned();
        Ok(till)
    }

    /// Sends a sale and gives how long its acknowledgement took, in nanoseconds.
    fn sell(&mut self) -> Result<u64, BenchError> {
        let entry = Entry::after(
            &self.head,
            wall_ms(),
            "order_completed",
            payload(self.head.seq + 1),
        );
        let head = entry.mark();
        let batch = Batch {
            head_signature: self.key.sign(&head_text(&self.till_id, &head)),
            entries: vec![entry],
        };
        let body = serde_json::to_vec(&batch).map_err(std::io::Error::other)?;
        let watch = Watch::start();
        let answer = self.ask("/v1/till/journal", body)?;
        let took_ns = watch.ns();
        let answer: BatchAnswer = serde_json::from_slice(&answer.body).map_err(std::io::Error::other)?;
        same("the sale's answer", &answer.results, &vec![EntryResult::Accepted])?;
        same("the held head", &answer.held, &head)?;
        self.head = head;
        Ok(took_ns)
    }

    fn ask(&mut self, path: &str, body: Vec<u8>) -> Result<Message, BenchError> {
        self.asked += 1;
        let (nonce, time_ms) = (self.asked.to_string(), wall_ms());
        let parts = RequestParts {
            method: "POST",
            path,
            time_ms,
            nonce: &nonce,
            body: &body,
        };
        let headers = [
            ("host", "localhost".to_owned()),
            (TILL_HEADER, self.till_id.clone()),
            (TIME_HEADER, time_ms.to_string()),
            (SIGNATURE_HEADER, self.key.sign(&parts.canonical())),
            (NONCE_HEADER, nonce),
        ];
        let request = Message {
            start: format!("POST {path} HTTP/1.1"),
            headers: headers.map(|(name, value)| (name.to_owned(), value)).to_vec(),
            body,
        };
        request.write(self.wire.get_mut())?;
        let answer = Message::read(&mut self.wire, false)?;
        let answer = answer.ok_or_else(|| BenchError::product(path, "the connection was closed"))?;
        same(path, &answer.status(), &200)?;
        Ok(answer)
    }
}

fn told(sales: usize, file: &Rounds, server: &Rounds) -> Section {
    let mut section = Section::new("B5", "One sale to the centre");
    for (rounds, where_it_is, bare) in [
        (file, "a file", "bare SQLite, the same rows, p50"),
        (server, "PostgreSQL", "`pgbench`, the same rows, mean"),
    ] {
        section.line(Line::new(
            format!("till → HTTP → centre on {where_it_is} → acknowledged, p50"),
            bare,
            Target::AtMost(TIMES_BARE_MOST),
            rounds.ratio(),
        ));
        section.time(
            format!("a sale to the centre on {where_it_is}"),
            &rounds.product(),
        );
        section.time(bare, &rounds.limit());
    }
    section.note(format!(
        "{ROUNDS} rounds of {sales} sales, one after another, on a connection that is kept; every one is held once \
         afterwards, at the centre and in the bare tables."
    ));
    section
}
