//! Many tills at once, as far as a centre can tell: they enrol, show codes that are paid, wait for the news, and
//! send their journals, each over its own connection, and repeat whatever was not answered.
//!
//! Not tills: they keep nothing. What the centre promised them they check on the spot.

use std::thread;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use suanpan_domain::pay_order::PayOrderState;
use suanpan_domain::tender::Means;
use suanpan_wire::enrol::{EnrolAnswer, EnrolRequest};
use suanpan_wire::entry::Said;
use suanpan_wire::journal::{Batch, BatchAnswer, Entry, Mark, head_text};
use suanpan_wire::sign::SigningKey;
use suanpan_wire::stream::{Changed, ChangesAnswer};
use suanpan_wire::tender::{CreateAttempt, TenderView};

use crate::house::clock::{Stopwatch, wait_or_tell, wall_ms};
use crate::house::http1::Request;
use crate::house::sandbox::Sandbox;
use crate::house::signer::signed_headers;

/// However long the centre is away in a test, it is back by then.
const PATIENCE: Duration = Duration::from_secs(90);
/// How long a wait for news may take at the centre.
const NEWS_MS: u32 = 5_000;
/// Tender numbers of one member of the crowd.
const TENDERS_EACH: i64 = 1_000_000;

/// One member.
struct Member {
    number: i64,
    key: SigningKey,
    till_id: String,
    doors: Vec<String>,
    at: usize,
    asked: u64,
    head: Mark,
    generation: u64,
    position: u64,
}

/// What a crowd has seen.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Tenders that were paid and heard of.
    pub sold: usize,
    /// Their sum, fen.
    pub sum_minor: i64,
    /// Entries that the centre has acknowledged.
    pub entries: usize,
    /// Snapshots read after the first: a new generation.
    pub snapshots: usize,
    /// Requests that had to be repeated.
    pub repeated: usize,
    /// From the customer's word to the till's, milliseconds, each.
    pub heard_ms: Vec<u128>,
}

impl Seen {
    fn add(mut self, other: Self) -> Self {
        self.sold += other.sold;
        self.sum_minor += other.sum_minor;
        self.entries += other.entries;
        self.snapshots += other.snapshots;
        self.repeated += other.repeated;
        self.heard_ms.extend(other.heard_ms);
        self
    }

    /// The time within which so many of a hundred heard that they were paid, milliseconds.
    #[must_use]
    pub fn heard_within_ms(&self, of_hundred: usize) -> u128 {
        let mut sorted = self.heard_ms.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * of_hundred / 100).min(sorted.len().saturating_sub(1));
        sorted.get(at).copied().unwrap_or(0)
    }
}

/// A crowd at the doors of a centre.
pub struct Crowd<'s> {
    /// Addresses of the centre's processes; members begin at each in turn and go on to the next when one fails.
    pub doors: Vec<String>,
    /// Where their customers pay.
    pub sandbox: &'s Sandbox,
}

impl Crowd<'_> {
    /// One member per code enrols and sells, until `go_on` says no or it has sold `most`.
    ///
    /// # Panics
    /// When a promise is broken, or the centre stays away.
    pub fn sell(&self, codes: &[String], most: usize, go_on: impl Fn() -> bool + Sync) -> Seen {
        thread::scope(|scope| {
            let members: Vec<_> = (1..)
                .zip(codes)
                .map(|(number, code)| {
                    let go_on = &go_on;
                    scope.spawn(move || self.sell_as(number, code, most, go_on))
                })
                .collect();
            let seen = members
                .into_iter()
                .map(|member| member.join().expect("no promise was broken"));
            seen.fold(Seen::default(), Seen::add)
        })
    }

    fn sell_as(&self, number: i64, code: &str, most: usize, go_on: impl Fn() -> bool) -> Seen {
        let mut seen = Seen::default();
        let mut member = Member::enrol(number, code, &self.doors, &mut seen);
        for sale in 1.. {
            if sale > most || !go_on() {
                break;
            }
            member.sell(i64::try_from(sale).unwrap_or(0), self.sandbox, &mut seen);
        }
        seen
    }
}

impl Member {
    fn enrol(number: i64, code: &str, doors: &[String], seen: &mut Seen) -> Self {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&number.to_be_bytes());
        let mut member = Self {
            number,
            key: SigningKey::try_from_seed(&seed).expect("32 bytes are a seed"),
            till_id: String::new(),
            doors: doors.to_vec(),
            at: usize::try_from(number).unwrap_or(0) % doors.len(),
            asked: 0,
            head: Mark::genesis(),
            generation: 0,
            position: 0,
        };
        let body = EnrolRequest {
            code: code.to_owned(),
            public_key: member.key.public_base64(),
        };
        let answer: EnrolAnswer = member.ask("POST", "/v1/enrol", &body, seen);
        member.till_id = answer.till_id;
        member.read_changes(0, seen);
        member
    }

    /// A code is shown and paid, the news awaited, and the journal sent.
    fn sell(&mut self, sale: i64, sandbox: &Sandbox, seen: &mut Seen) {
        let tender_no = self.number * TENDERS_EACH + sale;
        let amount_minor = 100 + sale;
        let trade_no = self.show_code(tender_no, amount_minor, seen);
        let paid = Stopwatch::start();
        wait_or_tell(PATIENCE, || sandbox.try_pay(&trade_no)).expect("a code that is out can be paid");
        while !self
            .read_changes(NEWS_MS, seen)
            .iter()
            .any(|view| is_paid(view, tender_no))
        {
            assert!(
                paid.elapsed() < PATIENCE,
                "tender {tender_no} was paid and nobody says so"
            );
        }
        seen.heard_ms.push(paid.elapsed().as_millis());
        self.write(&Said::ClockJumped { by_ms: sale }, seen);
        seen.sold += 1;
        seen.sum_minor += amount_minor;
    }

    fn show_code(&mut self, tender_no: i64, amount_minor: i64, seen: &mut Seen) -> String {
        let body = CreateAttempt {
            order_no: tender_no.to_string(),
            means: Means::WechatPay,
            amount_minor,
            description: "双机店".to_owned(),
            renew: false,
            payment_code: None,
            told: Vec::new(),
        };
        let path = format!("/v1/tenders/{tender_no}/attempts/k1");
        let waited = Stopwatch::start();
        loop {
            let view: TenderView = self.ask("PUT", &path, &body, seen);
            assert_eq!(view.trades.len(), 1, "one key is one attempt: {view:?}");
            if view.trades[0].code_url.is_some() {
                return view.trades[0].trade_no.clone();
            }
            assert!(waited.elapsed() < PATIENCE, "no code: {view:?}");
        }
    }

    /// The tenders that there is news of. Positions come one after another, whichever process tells them.
    fn read_changes(&mut self, wait_ms: u32, seen: &mut Seen) -> Vec<TenderView> {
        let path = format!(
            "/v1/till/changes?generation={}&after={}&wait_ms={wait_ms}",
            self.generation, self.position
        );
        match self.ask("GET", &path, &(), seen) {
            ChangesAnswer::Changes {
                generation, changes, ..
            } => {
                assert_eq!(generation, self.generation);
                let mut news = Vec::new();
                for change in changes {
                    assert_eq!(
                        change.position,
                        self.position + 1,
                        "a position was passed over or repeated"
                    );
                    self.position = change.position;
                    if let Changed::Tender { tender } = change.what {
                        news.push(tender);
                    }
                }
                news
            }
            ChangesAnswer::Snapshot {
                generation,
                position,
                tenders,
                ..
            } => {
                assert!(
                    generation > self.generation,
                    "a snapshot without a new generation"
                );
                seen.snapshots += usize::from(self.generation > 0);
                self.generation = generation;
                self.position = position;
                tenders
            }
        }
    }

    fn write(&mut self, said: &Said, seen: &mut Seen) {
        let payload = said.to_payload().expect("it can be written");
        let entry = Entry::after(&self.head, wall_ms(), said.kind(), payload);
        let head = entry.mark();
        let batch = Batch {
            head_signature: self.key.sign(&head_text(&self.till_id, &head)),
            entries: vec![entry],
        };
        let answer: BatchAnswer = self.ask("POST", "/v1/till/journal", &batch, seen);
        assert_eq!(answer.held, head, "acknowledged is held");
        self.head = head;
        seen.entries += 1;
    }

    /// Asks until it is answered, at the next door when one fails.
    fn ask<T: DeserializeOwned>(
        &mut self,
        method: &'static str,
        path: &str,
        body: &impl Serialize,
        seen: &mut Seen,
    ) -> T {
        let bytes = if method == "GET" {
            Vec::new()
        } else {
            serde_json::to_vec(body).expect("it can be written")
        };
        let answered = wait_or_tell(PATIENCE, || {
            self.ask_once(method, path, &bytes).inspect_err(|_| {
                seen.repeated += 1;
                self.at = (self.at + 1) % self.doors.len();
            })
        });
        answered.unwrap_or_else(|last| panic!("{method} {path}: {last}"))
    }

    fn ask_once<T: DeserializeOwned>(
        &mut self,
        method: &'static str,
        path: &str,
        body: &[u8],
    ) -> Result<T, String> {
        self.asked += 1;
        let nonce = format!("{}-{}", self.number, self.asked);
        let asked = (method, path, body);
        let mut request = Request::new(method, &format!("{}{path}", self.doors[self.at]));
        for (name, value) in signed_headers(&self.key, &self.till_id, nonce, asked) {
            request = request.header(name, &value);
        }
        let request = request.body(body.to_vec());
        let answer = request.send().map_err(|error| error.to_string())?;
        match answer.status() {
            200 => {
                serde_json::from_slice(&answer.body).map_err(|error| format!("{error}: {}", answer.text()))
            }
            // It cannot be done now, there, or so often: asked again.
            status @ (429 | 500 | 503) => Err(format!("{status} {}", answer.text())),
            status => panic!("{method} {path}: {status} {}", answer.text()),
        }
    }
}

fn is_paid(view: &TenderView, tender_no: i64) -> bool {
    view.state == PayOrderState::Paid && view.tender_no == tender_no.to_string()
}
