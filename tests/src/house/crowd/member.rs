//! One member of a crowd: its requests, what it reads of its tenders, and its journal.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use suanpan_domain::number::{self, Mint};
use suanpan_wire::enrol::{EnrolAnswer, EnrolRequest};
use suanpan_wire::entry::Said;
use suanpan_wire::journal::{Batch, BatchAnswer, Entry, EntryResult, Mark, head_text};
use suanpan_wire::sign::SigningKey;
use suanpan_wire::stream::{Changed, ChangesAnswer};
use suanpan_wire::tender::{QueryTender, TenderView};

use super::PATIENCE;
use super::seen::Seen;
use crate::house::clock::{Stopwatch, wait_or_tell, wall_ms};
use crate::house::http1::Request;
use crate::house::signer::signed_headers;

/// How long a wait for news may take at the centre.
const NEWS_MS: u32 = 5_000;
/// News that did not come in so many waits are asked for: a callback may have met a centre that was down.
const WAITS_UNTIL_ASKED: u32 = 2;

/// One member.
pub(super) struct Member {
    pub(super) number: i64,
    key: SigningKey,
    till_id: String,
    doors: Vec<String>,
    at: usize,
    asked: u64,
    mint: Mint,
    head: Mark,
    generation: u64,
    position: u64,
    /// The newest view of each tender that came down the stream. What requests are answered with is not kept:
    /// all of it must be told.
    told: BTreeMap<i64, TenderView>,
}

impl Member {
    pub(super) fn enrol(number: i64, code: &str, doors: &[String], seen: &mut Seen) -> Self {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&number.to_be_bytes());
        let mut member = Self {
            number,
            key: SigningKey::try_from_seed(&seed).expect("32 bytes are a seed"),
            till_id: String::new(),
            doors: doors.to_vec(),
            at: usize::try_from(number).unwrap_or(0) % doors.len(),
            asked: 0,
            mint: Mint::new(0, number::Mark::default()),
            head: Mark::genesis(),
            generation: 0,
            position: 0,
            told: BTreeMap::new(),
        };
        let body = EnrolRequest {
            code: code.to_owned(),
            public_key: member.key.public_base64(),
        };
        let answer: EnrolAnswer = member.ask("POST", "/v1/enrol", &body, seen);
        member.till_id = answer.till_id;
        member.mint = Mint::new(answer.worker, number::Mark::default());
        member.read_changes(0, seen);
        member
    }

    /// Waits until the stream has told what is waited for. Where it is silent the platform is asked, as a till does:
    /// the answer to that is not what is waited for, only what it moves the centre to tell.
    pub(super) fn wait_told(
        &mut self,
        tender_no: i64,
        what: &str,
        seen: &mut Seen,
        fits: impl Fn(&TenderView) -> bool,
    ) -> TenderView {
        let waited = Stopwatch::start();
        let mut silent = 0;
        loop {
            if let Some(view) = self.told.get(&tender_no).filter(|view| fits(view)) {
                return view.clone();
            }
            assert!(
                waited.elapsed() < PATIENCE,
                "nobody says of tender {tender_no}: {what}; told last: {:?}",
                self.told.get(&tender_no)
            );
            silent = if self.read_changes(NEWS_MS, seen) {
                0
            } else {
                silent + 1
            };
            if silent >= WAITS_UNTIL_ASKED {
                silent = 0;
                let path = format!("/v1/tenders/{tender_no}/query");
                let _moved: TenderView = self.ask("POST", &path, &QueryTender {}, seen);
            }
        }
    }

    /// A number of its own for a refund.
    pub(super) fn mint(&mut self) -> i64 {
        self.mint.next(wall_ms())
    }

    /// The tender is through: nothing of it is waited for any more.
    pub(super) fn forget(&mut self, tender_no: i64) {
        self.told.remove(&tender_no);
    }

    /// Reads what is new; whether anything was. Positions come one after another, whichever process tells them.
    fn read_changes(&mut self, wait_ms: u32, seen: &mut Seen) -> bool {
        let path = format!(
            "/v1/till/changes?generation={}&after={}&wait_ms={wait_ms}",
            self.generation, self.position
        );
        match self.ask("GET", &path, &(), seen) {
            ChangesAnswer::Changes {
                generation, changes, ..
            } => {
                assert_eq!(generation, self.generation);
                let is_news = !changes.is_empty();
                for change in changes {
                    let next = self.position + 1;
                    assert_eq!(change.position, next, "a position was passed over or repeated");
                    self.position = next;
                    if let Changed::Tender { tender } = change.what {
                        self.note(tender);
                    }
                }
                is_news
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
                tenders.into_iter().for_each(|tender| self.note(tender));
                true
            }
        }
    }

    /// An older view never takes the place of a newer one: a snapshot may repeat what was told.
    fn note(&mut self, tender: TenderView) {
        let tender_no = number_of(&tender.tender_no);
        let known = self.told.get(&tender_no).map_or(0, |known| known.version);
        if tender.version >= known {
            self.told.insert(tender_no, tender);
        }
    }

    /// Sends entries, and sees that they are held and applied.
    pub(super) fn write(&mut self, all: &[Said], seen: &mut Seen) {
        let mut head = self.head.clone();
        let mut entries = Vec::new();
        for said in all {
            let payload = said.to_payload().expect("it can be written");
            let entry = Entry::after(&head, wall_ms(), said.kind(), payload);
            head = entry.mark();
            entries.push(entry);
        }
        let batch = Batch {
            head_signature: self.key.sign(&head_text(&self.till_id, &head)),
            entries,
        };
        let answer: BatchAnswer = self.ask("POST", "/v1/till/journal", &batch, seen);
        assert_eq!(answer.held, head, "acknowledged is held");
        let is_applied = |result: &EntryResult| match result {
            EntryResult::Accepted | EntryResult::AlreadyHad => true,
            EntryResult::Refused { .. } => false,
        };
        assert!(answer.results.iter().all(is_applied), "{answer:?}");
        self.head = head;
        seen.entries += all.len();
    }

    /// Asks until it is answered, at the next door when one fails.
    pub(super) fn ask<T: DeserializeOwned>(
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

/// A 64-bit number as it is written on the wire.
pub(super) fn number_of(text: &str) -> i64 {
    text.parse().expect("numbers are written as digits")
}
