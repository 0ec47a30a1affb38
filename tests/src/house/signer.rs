//! A wire that signs: what passes is signed in the name of an enrolled till, so that a tool which knows nothing of
//! signatures can try what lies behind them.

use std::collections::BTreeMap;
use std::io::{self, BufReader};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use serde_json::{Value, json};
use suanpan_wire::enrol::EnrolAnswer;
use suanpan_wire::sign::{
    NONCE_HEADER, RequestParts, SIGNATURE_HEADER, SigningKey, TILL_HEADER, TIME_HEADER,
};

use crate::house::clock::wall_ms;
use crate::house::http1::{Message, Request, authority_and_path, connect};

/// Who signs.
struct Signer {
    key: SigningKey,
    till_id: String,
    centre: String,
    nonce: AtomicU64,
    answers: Mutex<BTreeMap<String, usize>>,
}

/// A signing wire; it ends with the process.
pub struct SigningWire {
    address: String,
    worker: u16,
    signer: Arc<Signer>,
}

impl std::fmt::Debug for SigningWire {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "SigningWire({})", self.address)
    }
}

impl SigningWire {
    /// Enrols a till of this seed with a line `address#code…`, and opens its wire on a free port.
    ///
    /// # Panics
    /// When the till cannot be enrolled or there is no port.
    #[must_use]
    pub fn enrolled(seed: u8, line: &str) -> Self {
        let mut parts = line.split('#');
        let (address, code) = (parts.next().expect("an address"), parts.next().expect("a code"));
        let mut signer = Signer {
            key: SigningKey::try_from_seed(&[seed; 32]).expect("32 bytes"),
            till_id: String::new(),
            centre: authority_and_path(address).0.to_owned(),
            nonce: AtomicU64::new(0),
            answers: Mutex::default(),
        };
        let body = json!({ "code": code, "public_key": signer.key.public_base64() });
        let enrolled = signer.enrol(address, &body);
        enrolled.till_id.clone_into(&mut signer.till_id);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let signer = Arc::new(signer);
        let signs = Arc::clone(&signer);
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let signer = Arc::clone(&signs);
                // A connection that breaks is the tool's own business.
                thread::spawn(move || drop(signer.pass(&socket)));
            }
        });
        Self {
            address,
            worker: enrolled.worker,
            signer,
        }
    }

    /// How often what was answered: a status, and the code of a refusal.
    #[must_use]
    pub fn answers(&self) -> BTreeMap<String, usize> {
        self.signer.answers().clone()
    }

    /// Whose numbers the till mints.
    #[must_use]
    pub const fn worker(&self) -> u16 {
        self.worker
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }
}

/// What a till's request carries beside its method, path and body: who asks, when, once, and the signature.
#[must_use]
pub fn signed_headers(
    key: &SigningKey,
    till_id: &str,
    nonce: String,
    (method, path, body): (&str, &str, &[u8]),
) -> [(&'static str, String); 4] {
    let time_ms = wall_ms();
    let parts = RequestParts {
        method,
        path,
        time_ms,
        nonce: &nonce,
        body,
    };
    let signature = key.sign(&parts.canonical());
    [
        (TILL_HEADER, till_id.to_owned()),
        (TIME_HEADER, time_ms.to_string()),
        (NONCE_HEADER, nonce),
        (SIGNATURE_HEADER, signature),
    ]
}

impl Signer {
    fn enrol(&self, address: &str, body: &Value) -> EnrolAnswer {
        let bytes = body.to_string().into_bytes();
        let mut request = Request::new("POST", &format!("{address}/v1/enrol"));
        for (name, value) in self.headers("POST", "/v1/enrol", &bytes) {
            request = request.header(name, &value);
        }
        let answer = request.body(bytes).send().expect("the centre answers").json();
        serde_json::from_value(answer).expect("an enrolled till")
    }

    fn answers(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn headers(&self, method: &str, path: &str, body: &[u8]) -> [(&'static str, String); 4] {
        let nonce = format!("n{}", self.nonce.fetch_add(1, Ordering::Relaxed));
        signed_headers(&self.key, &self.till_id, nonce, (method, path, body))
    }

    /// One request, one answer; what was signed before is signed anew.
    fn pass(&self, socket: &TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(socket);
        while let Some(mut message) = Message::read(&mut reader, false)? {
            let method = message.start.split(' ').next().unwrap_or_default().to_owned();
            let path = message.path().to_owned();
            message
                .headers
                .retain(|(name, _)| !name.starts_with("suanpan-") && name != "connection");
            for (name, value) in self.headers(&method, &path, &message.body) {
                message.headers.push((name.to_owned(), value));
            }
            message
                .headers
                .push(("connection".to_owned(), "close".to_owned()));
            let mut centre = connect(&self.centre)?;
            message.write(&mut centre)?;
            let answer = Message::read(&mut BufReader::new(centre), method == "HEAD")?;
            let answer = answer.ok_or(io::ErrorKind::UnexpectedEof)?;
            let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let code = body["code"].as_str().unwrap_or_default();
            let what = format!("{} {code}", answer.status()).trim_end().to_owned();
            *self.answers().entry(what).or_default() += 1;
            answer.write(&mut &*socket)?;
        }
        Ok(())
    }
}
