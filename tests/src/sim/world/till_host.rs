//! The machine behind a counter: its folder, its till, its engine, and the calls it waits for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use argon2::password_hash::PasswordHasher as _;
use argon2::{Algorithm, Argon2, Params, Version};
use rusqlite::Connection;
use suanpan_till::commands::sync::Sync;
use suanpan_till::host::Host;
use suanpan_till::link::{Signer, Stamp};
use suanpan_till::rpc::state::TillState;
use suanpan_till::rpc::{CatalogueFile, Command, Problem};
use suanpan_till::store::{Enrolment, Role, StaffRow, keys};
use suanpan_till::sync::Outgoing;
use suanpan_till::till::{Till, TillConfig};
use suanpan_trade::Request;
use suanpan_wire::enrol::EnrolAnswer;
use suanpan_wire::journal::{Batch, Entry, head_text};
use suanpan_wire::sign::{
    NONCE_HEADER, RequestParts, SIGNATURE_HEADER, SigningKey, TILL_HEADER, TIME_HEADER, fingerprint_of_base64,
};

use super::clocks::Machine;
use super::watch::READABLE;
use crate::sim::books::till::{Entry as BookEntry, TillBook, journal};
use crate::sim::books::{self, Reading};
use crate::sim::cashier::MANAGER_PIN;
use crate::sim::files;
use crate::sim::lane::Lane;
use crate::sim::rng::Rng;
use crate::sim::verdict::Broken;

/// Barcodes and prices of the simulated shop: small, odd and one large amount.
const ARTICLES: &[(&str, &str, &str)] = &[
    ("6901028075862", "矿泉水", "1.50"),
    ("6902083881405", "牛奶", "4.99"),
    ("6921168509256", "茶饮料", "3.00"),
    ("6925303730574", "方便面", "5.55"),
    ("6954767423579", "电饭锅", "268.88"),
];

/// Who sells.
const CASHIER: &str = "王芳";

/// The manager, whose PIN is kept by the cheapest hash there is: what it costs to guess is not simulated.
fn manager() -> StaffRow {
    static HASH: OnceLock<String> = OnceLock::new();
    let hash = HASH.get_or_init(|| {
        let cheap = Params::new(8, 1, 1, None).expect("the smallest parameters are allowed");
        Argon2::new(Algorithm::Argon2id, Version::V0x13, cheap)
            .hash_password_with_salt(MANAGER_PIN.as_bytes(), b"a salt for practice")
            .expect("a PIN can be hashed")
            .to_string()
    });
    StaffRow {
        name: "李强".to_owned(),
        role: Role::Manager,
        pin_hash: Some(hash.clone()),
    }
}

/// The codes a cashier can scan.
pub(super) fn shop_codes() -> Vec<String> {
    ARTICLES.iter().map(|(code, _, _)| (*code).to_owned()).collect()
}

fn catalogue() -> String {
    let mut csv = String::from("code,name,price\n");
    for (code, name, price) in ARTICLES {
        csv.push_str(&format!("{code},{name},{price}\n"));
    }
    csv
}

/// Where a till stands and what it signs with.
pub(crate) struct TillPlace {
    pub(crate) index: usize,
    folder: PathBuf,
    witness: PathBuf,
    copy: PathBuf,
    pub(crate) key: SigningKey,
    key_seed: [u8; 32],
    rng: Rng,
}

impl TillPlace {
    pub(super) fn new(index: usize, folder: &Path, rng: &Rng) -> Self {
        let mut key_seed = [0; 32];
        rng.fork(&format!("till key {index}")).fill(&mut key_seed);
        Self {
            index,
            folder: folder.join(format!("till-{index}")),
            witness: folder.join(format!("witness-{index}")),
            copy: folder.join(format!("till-{index}-copy")),
            key: SigningKey::try_from_seed(&key_seed).expect("the seed has 32 bytes"),
            key_seed,
            rng: rng.fork(&format!("till {index}")),
        }
    }

    /// A request signed with this till's key.
    pub(super) fn signed(
        &self,
        till_id: &str,
        method: &str,
        path: &str,
        body: Vec<u8>,
        time_ms: i64,
    ) -> Request {
        let nonce = format!(
            "direct-{time_ms}-{}",
            suanpan_wire::sign::hex(&suanpan_wire::sign::sha256(&body)[..8])
        );
        let parts = RequestParts {
            method,
            path,
            time_ms,
            nonce: &nonce,
            body: &body,
        };
        let headers = vec![
            (TILL_HEADER.to_owned(), till_id.to_owned()),
            (TIME_HEADER.to_owned(), time_ms.to_string()),
            (SIGNATURE_HEADER.to_owned(), self.key.sign(&parts.canonical())),
            (NONCE_HEADER.to_owned(), nonce),
        ];
        Request {
            method: method.to_owned(),
            path_and_query: path.to_owned(),
            headers,
            body,
        }
    }
}

/// A call that is out, and what it was sent with.
#[derive(Clone, Debug)]
pub(crate) struct Flight {
    pub(crate) outgoing: Outgoing,
    pub(crate) stamp: Stamp,
}

/// A till's machine.
pub(crate) struct TillHost {
    place: TillPlace,
    pub(crate) index: usize,
    pub(crate) till_id: i64,
    pub(crate) machine: Arc<Machine>,
    pub(crate) lane: Lane,
    pub(crate) signer: Arc<Signer>,
    /// The running program: core and sync.
    pub(crate) running: Option<(Till, Sync)>,
    /// Which life this is.
    pub(crate) life: u64,
    /// What lives before this one sent is not under way any more.
    pub(crate) heard_since_life: u64,
    pub(crate) flights: BTreeMap<u64, Flight>,
    pub(crate) wakes_at_ms: Option<i64>,
    /// The reader from outside, kept open: parsing the schema costs more than the reading.
    books: Option<Connection>,
}

impl TillHost {
    /// A till that has been enrolled, has its catalogue and its manager, and is switched off.
    pub(super) fn furnish(place: TillPlace, lane: Lane, answer: &EnrolAnswer, address: &str) -> Self {
        let machine = Arc::new(Machine::new(place.rng.fork("machine"), super::OPENS_AT_MS, 0));
        let own_key = SigningKey::try_from_seed(&place.key_seed).expect("the seed has 32 bytes");
        let mut host = Self {
            index: place.index,
            till_id: answer.till_id.parse().unwrap_or_default(),
            machine,
            lane,
            signer: Arc::new(Signer::new(
                answer.till_id.clone(),
                own_key,
                answer.centre_key.clone(),
            )),
            running: None,
            life: 0,
            heard_since_life: 0,
            flights: BTreeMap::new(),
            wakes_at_ms: None,
            books: None,
            place,
        };
        let enrolment = enrolment(answer, address);
        host.start().expect("an empty folder can be a till");
        let Some((till, _)) = &mut host.running else {
            unreachable!("it was just started");
        };
        till.write(|tx| {
            tx.save_enrolment(&enrolment)?;
            tx.set_setting(keys::CASHIER, CASHIER)?;
            tx.save_staff("1", &manager())?;
            Ok(())
        })
        .expect("a fresh till takes an enrolment");
        till.execute(Command::CatalogueImport(CatalogueFile {
            csv: catalogue(),
            dry_run: false,
        }))
        .expect("the simulated catalogue is well formed");
        host.die();
        host
    }

    pub(crate) const fn is_up(&self) -> bool {
        self.running.is_some()
    }

    /// Starts the program on what is in its folder.
    pub(crate) fn start(&mut self) -> Result<(), Broken> {
        let config = TillConfig::simulated(&self.place.folder, &self.place.witness);
        let host: Arc<dyn Host> = self.machine.clone();
        let till = Till::open(&config, host).map_err(|problem| {
            Broken::new(
                "R1 a program starts again",
                format!("till {}: {problem}", self.index),
            )
        })?;
        let seed = self.place.rng.fork(&format!("engine {}", self.life)).number();
        let sync = Sync::new(seed, self.till_id.to_string(), Arc::clone(&self.signer));
        self.running = Some((till, sync));
        Ok(())
    }

    /// The program dies: nothing but the files is left.
    pub(crate) fn die(&mut self) {
        self.running = None;
        self.life += 1;
        self.flights.clear();
        self.wakes_at_ms = None;
    }

    /// What is on the screen.
    pub(crate) fn state(&self) -> Option<TillState> {
        self.running.as_ref()?.0.state().ok()
    }

    /// Carries out a command.
    pub(crate) fn execute(&mut self, command: Command) -> Option<Result<(), Problem>> {
        let (till, _) = self.running.as_mut()?;
        Some(till.execute(command).map(|_| ()))
    }

    /// Ids of orders that are parked as to confirm.
    pub(crate) fn parked(&mut self) -> Vec<String> {
        const SQL: &str = "SELECT order_id FROM orders WHERE state = 'TO_CONFIRM' ORDER BY order_id";
        self.read(|db| books::rows(db, SQL, |row| row.get(0)))
            .unwrap_or_default()
    }

    /// Paid orders of which something may still go back, with their totals.
    pub(crate) fn sold(&mut self) -> Vec<(String, i64)> {
        const SQL: &str =
            "SELECT order_id, total_minor FROM orders WHERE state IN ('COMPLETED', 'PART_REFUNDED')
                           ORDER BY order_id";
        self.read(|db| books::rows(db, SQL, |row| Ok((row.get(0)?, row.get(1)?))))
            .unwrap_or_default()
    }

    pub(crate) fn reconnect(&mut self) {
        self.lane.cut(false);
    }

    /// Copies the folder as it is now. The witness is not in it.
    pub(crate) fn copy(&mut self) {
        // A copy that fails is a copy that was not made; the restore then has nothing to do.
        let _ = files::replace(&self.place.folder, &self.place.copy);
    }

    /// Puts the copy in the folder's place; whether there was one. The program must be down.
    pub(crate) fn restore(&mut self) -> bool {
        self.books = None;
        self.place.copy.is_dir() && files::replace(&self.place.copy, &self.place.folder).is_ok()
    }

    fn read<T>(&mut self, read: impl FnOnce(&Connection) -> Reading<T>) -> Result<T, Broken> {
        let index = self.index;
        let fail = |error: rusqlite::Error| Broken::new(READABLE, format!("till {index}: {error}"));
        let db = match self.books.take() {
            Some(db) => db,
            None => books::open(&self.place.folder.join(suanpan_till::store::DATABASE_NAME)).map_err(fail)?,
        };
        read(self.books.insert(db)).map_err(fail)
    }

    pub(crate) fn book(&mut self) -> Result<TillBook, Broken> {
        self.read(TillBook::read)
    }

    pub(crate) fn journal(&mut self) -> Result<Vec<BookEntry>, Broken> {
        self.read(journal)
    }

    /// A request that sends these entries.
    pub(crate) fn batch_request(&self, entries: Vec<Entry>, now_ms: i64) -> Option<Request> {
        let head = entries.last()?.mark();
        let text = head_text(&self.till_id.to_string(), &head);
        let batch = Batch {
            entries,
            head_signature: self.place.key.sign(&text),
        };
        let body = serde_json::to_vec(&batch).ok()?;
        self.direct_request("POST", "/v1/till/journal", body, now_ms)
    }

    /// A request of this till that a person makes past its program.
    pub(crate) fn direct_request(
        &self,
        method: &str,
        path: &str,
        body: Vec<u8>,
        now_ms: i64,
    ) -> Option<Request> {
        Some(
            self.place
                .signed(&self.till_id.to_string(), method, path, body, now_ms),
        )
    }
}

fn enrolment(answer: &EnrolAnswer, address: &str) -> Enrolment {
    Enrolment {
        till_id: answer.till_id.clone(),
        store_id: answer.store_id.clone(),
        till_label: answer.till_label.clone(),
        worker: answer.worker,
        store_name: answer.store_name.clone(),
        zone: answer.zone.clone(),
        cutoff_minutes: answer.cutoff_minutes,
        centre_address: address.to_owned(),
        centre_key: answer.centre_key.clone(),
        fingerprint: fingerprint_of_base64(&answer.centre_key).unwrap_or_default(),
    }
}
