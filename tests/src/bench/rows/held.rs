//! HELD, what it costs a centre that a thousand tills wait for news, each on a connection of its own.

use std::io::BufReader;
use std::net::TcpStream;
use std::path::Path;

use suanpan_trade::service::{clock, open_database, system_rng};
use suanpan_trade::{ledger, office};
use suanpan_wire::enrol::{EnrolAnswer, EnrolRequest};
use suanpan_wire::sign::SigningKey;
use suanpan_wire::stream::ChangesAnswer;

use crate::bench::Bench;
use crate::bench::clock::Watch;
use crate::bench::problem::{BenchError, same};
use crate::bench::report::{Line, Section, Target};
use crate::bench::samples::{Ratio, quotient};
use crate::bench::window::memory::{cpu_ms, wait_at_rest};
use crate::house::centre::Centre;
use crate::house::http1::{Message, Request, authority_and_path, connect};
use crate::house::signer::signed_headers;

const TILLS_FULL: usize = 1_000;
const TILLS_SMOKE: usize = 4;
const ROUNDS_FULL: usize = 3;
/// What a centre may keep with all of them waiting.
const CENTRE_BYTES: u64 = 100 * 1024 * 1024;
/// What one waiting connection is told beside.
const PAGE_BYTES: u64 = 4 * 1024;
/// How long a till lets the centre wait: longer than looking at it takes.
const WAIT_MS: u32 = 25_000;

/// Measures the row.
///
/// # Errors
/// When a till is not let in, or is answered before its time.
pub fn measure(bench: &Bench) -> Result<Section, BenchError> {
    let folder = bench.folder_for("held")?;
    let (data, logs) = (folder.path().join("centre"), folder.path().join("logs"));
    for folder in [&data, &logs] {
        std::fs::create_dir_all(folder)?;
    }
    let mut centre = Centre::new(&data, &logs);
    centre.start();
    let tills = bench.scale.choose(TILLS_FULL, TILLS_SMOKE);
    let tills = enrolled(&data, centre.url(), tills)?;
    let mut found = Vec::new();
    for _ in 0..bench.scale.choose(ROUNDS_FULL, 1) {
        found.push(hold(&centre, &tills)?);
    }
    centre.stop();
    Ok(told(&found, tills.len()))
}

/// One till, as far as the centre can tell.
struct Till {
    key: SigningKey,
    till_id: String,
    door: String,
}

/// What one round found.
struct Found {
    /// Bytes before and while all wait.
    before: u64,
    while_held: u64,
    /// Processor time within a stretch of time, both in milliseconds.
    cpu_ms: u64,
    stretch_ms: u64,
}

fn enrolled(data: &Path, url: &str, count: usize) -> Result<Vec<Till>, BenchError> {
    let failed = |error: &dyn std::fmt::Display| BenchError::product("invitation", error);
    let db = open_database(data).map_err(|error| failed(&error))?;
    let codes = ledger::commit(&db, clock::now_ms(), |ledger| {
        let store = office::add_store(ledger, "bench", "千机店", "Asia/Shanghai", 0)?;
        let invite = |_| office::invite_till(ledger, "bench", &system_rng, store);
        (0..count).map(invite).collect::<Result<Vec<String>, _>>()
    });
    let codes = codes.map_err(|error| failed(&error))?.answer;
    (0_u64..)
        .zip(codes)
        .map(|(number, code)| Till::enrol(number, code, url))
        .collect()
}

impl Till {
    fn enrol(number: u64, code: String, url: &str) -> Result<Self, BenchError> {
        let mut seed = [7; 32];
        seed[..8].copy_from_slice(&number.to_be_bytes());
        let mut till = Self {
            key: SigningKey::try_from_seed(&seed).expect("32 bytes are a seed"),
            till_id: String::new(),
            door: url.to_owned(),
        };
        let body = EnrolRequest {
            code,
            public_key: till.key.public_base64(),
        };
        let body = serde_json::to_vec(&body).map_err(std::io::Error::other)?;
        let answer = till.request("POST", "/v1/enrol", "e", body).send()?;
        same("enrolment", &answer.status(), &200)?;
        let answer: EnrolAnswer = serde_json::from_slice(&answer.body).map_err(std::io::Error::other)?;
        till.till_id = answer.till_id;
        Ok(till)
    }

    fn request(&self, method: &'static str, path: &str, nonce: &str, body: Vec<u8>) -> Request {
        let headers = signed_headers(&self.key, &self.till_id, nonce.to_owned(), (method, path, &body));
        let request = Request::new(method, &format!("{}{path}", self.door));
        let signed = headers
            .into_iter()
            .fold(request, |request, (name, value)| request.header(name, &value));
        signed.body(body)
    }

    /// Asks for news after all there is and leaves the answer on the wire.
    fn wait(&self, round: &str) -> Result<TcpStream, BenchError> {
        let path = "/v1/till/changes?generation=0&after=0&wait_ms=0";
        let answer = self
            .request("GET", path, &format!("{round}s"), Vec::new())
            .send()?;
        let answer: ChangesAnswer = serde_json::from_slice(&answer.body).map_err(std::io::Error::other)?;
        let ChangesAnswer::Snapshot {
            generation, position, ..
        } = answer
        else {
            return Err(BenchError::Wrong(
                "a till that knows nothing gets no snapshot".to_owned(),
            ));
        };
        let path = format!("/v1/till/changes?generation={generation}&after={position}&wait_ms={WAIT_MS}");
        let mut wire = connect(authority_and_path(&self.door).0)?;
        self.request("GET", &path, &format!("{round}w"), Vec::new())
            .write(&mut wire)?;
        Ok(wire)
    }
}

/// All of them wait at once, are looked at, and are answered when their time is over.
fn hold(centre: &Centre, tills: &[Till]) -> Result<Found, BenchError> {
    let process = centre.process_id();
    let before = wait_at_rest(process);
    let round = Watch::start();
    let nonce = format!("{}-", clock::now_ms());
    let wires: Result<Vec<TcpStream>, _> = tills.iter().map(|till| till.wait(&nonce)).collect();
    let wires = wires?;
    let (cpu_began, stretch) = (cpu_ms(process), Watch::start());
    let while_held = wait_at_rest(process);
    let (cpu_ms, stretch_ms) = (cpu_ms(process) - cpu_began, stretch.ns() / 1_000_000);
    let within_time = round.ns() / 1_000_000 < u64::from(WAIT_MS);
    same("all waited while they were looked at", &within_time, &true)?;
    for wire in wires {
        let answer = Message::read(&mut BufReader::new(wire), false)?;
        let status = answer.map(|answer| answer.status());
        same("the answer when the time is over", &status, &Some(200))?;
    }
    Ok(Found {
        before,
        while_held,
        cpu_ms,
        stretch_ms,
    })
}

fn told(found: &[Found], tills: usize) -> Section {
    let mut section = Section::new("HELD", format!("{tills} tills that wait for news"));
    let of = |pair: &dyn Fn(&Found) -> (u64, u64)| {
        let ratios = found.iter().map(|found| {
            let (above, below) = pair(found);
            quotient(above, below)
        });
        Ratio::of(ratios.collect())
    };
    let count = u64::try_from(tills).unwrap_or(1);
    section.line(Line::new(
        "memory of the centre while all wait",
        "100 MiB",
        Target::AtMost(1.0),
        of(&|found| (found.while_held, CENTRE_BYTES)),
    ));
    section.line(Line::new(
        "what one waiting till adds",
        "a page of 4 KiB",
        Target::Told,
        of(&|found| (found.while_held.saturating_sub(found.before) / count, PAGE_BYTES)),
    ));
    section.line(Line::new(
        "processor time while all wait",
        "one core",
        Target::Told,
        of(&|found| (found.cpu_ms, found.stretch_ms)),
    ));
    section.note(format!(
        "A centre as a process of its own, on a file; {tills} connections from this process, each with a question that \
         is answered after {} s when there is no news. Every one was answered so.",
        WAIT_MS / 1_000
    ));
    section
}
