//! Every endpoint at every listener with every kind of credential: a serving centre answers as the table of rights
//! says, and as the document says.

use std::net::{IpAddr, SocketAddr};

use serde_json::json;
use suanpan_channels::CallbackRequest;
use suanpan_domain::tender::Means;
use suanpan_wire::enrol::EnrolAnswer;
use suanpan_wire::entry::Said;
use suanpan_wire::journal::{Batch, Entry, Mark, head_text};
use suanpan_wire::sign::{NONCE_HEADER, RequestParts, SIGNATURE_HEADER, SigningKey, TIME_HEADER};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

use super::limits::Served;
use crate::centre::contract::credential::{APP_HEADER, sign as sign_as_caller};
use crate::centre::tests::contract_kit::{self, ALI_ENTERPRISE, APP, ORDER, OTHER_APP, native_body};
use crate::centre::tests::journals::completed;
use crate::centre::tests::kit::{self, ENTERPRISE, Shop, TestTill, attempt};
use crate::centre::tests::pen::{self, Happened};
use crate::http::{Headers, Reply, Request};
use crate::rows::caller::Caller;
use crate::rows::pay_channel;
use crate::service::openapi::agree::Agreement;
use crate::service::openapi::endpoints::{self, Endpoint};
use crate::service::openapi::rights::{Credential, ELSEWHERE, Listener, expected};
use crate::service::{Operation, clock};
use crate::{Begun, SqliteDb, callers, office};

/// What the caller trusts; nothing else here asks from there.
const TRUSTED: &str = "127.0.0.2";
const REVOKED_APP: &str = "revoked.orders";
/// The books are written in a past that is near enough for every code to be still alive.
const PAST_MS: i64 = 120_000;
const TILL_STALE_MS: i64 = 301_000;
/// The platform that repeats longest does so for a little over a day.
const NOTICE_STALE_MS: i64 = 2 * 24 * 3_600_000;

/// A shop with everything to ask for, and everybody who may or may not.
struct Scene {
    own: TestTill,
    other: TestTill,
    revoked: TestTill,
    newcomer: SigningKey,
    stranger: SigningKey,
    invitation: String,
    /// Of the tender that the platform's notice is about.
    notified_trade: String,
    caller_trade: String,
    closable_trade: String,
    caller_refund: String,
    secrets: Vec<(&'static str, Vec<u8>)>,
    nonces: u32,
}

impl Scene {
    fn write(folder: &TempDir) -> Self {
        let db = SqliteDb::open(&folder.path().join("centre.db")).unwrap();
        let now_ms = clock::now_ms() - PAST_MS;
        let mut shop = Shop::open_at(kit::parts(db.into()), Means::WechatPay, now_ms);
        contract_kit::let_in(&shop);
        let revoked = shop.enrolled(5);
        let revoked_id = revoked.till_id.parse().unwrap();
        shop.do_it(|ledger| office::revoke_till(ledger, "t", revoked_id));
        let other = till_of_another_shop(&shop);
        tenders(&mut shop);
        let [caller_trade, closable_trade, caller_refund] = orders(&mut shop);
        for (enterprise_id, means) in [(ENTERPRISE, Means::WechatPay), (ALI_ENTERPRISE, Means::AliPay)] {
            let row = pen::account(folder.path(), enterprise_id, means);
            // Past the office: it would not let the account change under trades that were made with a plain channel.
            shop.do_it(|ledger| Ok(pay_channel::put(ledger.tx(), &row)?));
        }
        let notified = shop.create(26, "k1", 2810).unwrap();
        Self {
            other,
            revoked,
            newcomer: SigningKey::try_from_seed(&[30; 32]).unwrap(),
            stranger: SigningKey::try_from_seed(&[77; 32]).unwrap(),
            invitation: shop.invite(30),
            notified_trade: notified.trades[0].trade_no.clone(),
            caller_trade,
            closable_trade,
            caller_refund,
            secrets: callers_with_secrets(&shop, folder),
            own: shop.till,
            nonces: 0,
        }
    }
}

fn till_of_another_shop(shop: &Shop) -> TestTill {
    let store = shop.do_it(|ledger| office::add_store(ledger, "t", "另一家", "Asia/Shanghai", 0));
    let rng = |bytes: &mut [u8]| bytes.fill(6);
    let code = shop.do_it(|ledger| office::invite_till(ledger, "t", &rng, store));
    let mut till = TestTill::new(6);
    let body = json!({ "code": code, "public_key": till.key.public_base64() });
    let request = shop.request(&till, "POST", "/v1/enrol", &body);
    let Begun::Reply(reply) = shop.centre.begin(&request, shop.now_ms) else {
        panic!("an enrolment is answered at once");
    };
    till.till_id = serde_json::from_slice::<EnrolAnswer>(&reply.body)
        .unwrap()
        .till_id;
    till
}

/// 21 waits, 22 is paid, money for 23 came late.
fn tenders(shop: &mut Shop) {
    for (tender, is_paid, is_closed) in [(22, true, false), (23, true, true), (21, false, false)] {
        let code = shop.create(tender, "k1", 2810).unwrap().trades[0]
            .trade_no
            .clone();
        if is_closed {
            shop.close(tender).unwrap();
        }
        if is_paid {
            shop.platform.pay(&code);
        }
    }
    shop.pass(60);
}

/// [`ORDER`] waits, another is paid and has a refund, a third is there to be closed.
fn orders(shop: &mut Shop) -> [String; 3] {
    let wish = native_body("WECHAT_PAY", "28.10");
    let no = |answer: &serde_json::Value| answer["tradingOrderNo"].as_str().unwrap().to_owned();
    let paid = no(&shop
        .contract("POST", "native", &wish.replace(ORDER, "95"))
        .unwrap());
    shop.platform.pay(&paid);
    shop.pass(6);
    let refund = format!("refund-record/refund?tradingOrderNo={paid}&refundAmount=1.00");
    let refunded = shop.contract("POST", &refund, "").unwrap();
    let closable = no(&shop
        .contract("POST", "native", &wish.replace(ORDER, "96"))
        .unwrap());
    shop.contract("POST", "native", &wish).unwrap();
    [paid, closable, refunded["refundNo"].as_str().unwrap().to_owned()]
}

fn callers_with_secrets(shop: &Shop, folder: &TempDir) -> Vec<(&'static str, Vec<u8>)> {
    let rng = |bytes: &mut [u8]| bytes.fill(8);
    let mut secrets = Vec::new();
    for (app, trusted) in [(APP, TRUSTED), (OTHER_APP, ""), (REVOKED_APP, "")] {
        let caller = Caller {
            secret_ref: callers::make_secret(folder.path(), app, &rng).unwrap(),
            ..contract_kit::caller(app, trusted)
        };
        shop.do_it(|ledger| office::put_caller(ledger, "t", &caller));
        secrets.push((app, callers::secret(&caller).unwrap()));
    }
    shop.do_it(|ledger| office::revoke_caller(ledger, "t", REVOKED_APP));
    secrets
}

impl Scene {
    /// What would be answered well if it came from the one whose it is.
    fn example(&self, endpoint: &Endpoint, credential: Credential) -> (String, Vec<u8>) {
        let plain = |path: &str, body: serde_json::Value| (path.to_owned(), body.to_string().into_bytes());
        let bare = |path: String| (path, Vec::new());
        match endpoint.name {
            "enrol" => plain(
                endpoint.path,
                json!({ "code": self.invitation, "public_key": self.newcomer.public_base64() }),
            ),
            "hello" => plain(endpoint.path, json!({ "head": Mark::genesis() })),
            "sendJournal" => (endpoint.path.to_owned(), self.batch(credential)),
            "readJournal" => bare("/v1/till/journal?epoch=1&since=0".to_owned()),
            "changes" => bare("/v1/till/changes?generation=0&after=0&wait_ms=0".to_owned()),
            "attempt" => plain(
                "/v1/tenders/21/attempts/k1",
                serde_json::to_value(attempt(2810, false)).unwrap(),
            ),
            "query" => plain("/v1/tenders/22/query", json!({})),
            "close" => plain("/v1/tenders/22/close", json!({})),
            "askRefund" => plain("/v1/tenders/22/refunds/64", json!({ "amount_minor": 100 })),
            "late" => plain("/v1/tenders/23/late", json!({ "choice": "accept" })),
            "native" => (
                endpoint.path.to_owned(),
                native_body("WECHAT_PAY", "28.10").into_bytes(),
            ),
            "findTrade" => bare(format!("{}?tradingOrderNo={}", endpoint.path, self.caller_trade)),
            "refund" => bare(format!(
                "{}?tradingOrderNo={}&refundAmount=1.00",
                endpoint.path, self.caller_trade
            )),
            "findRefund" => bare(endpoint.path.replace("{refundNo}", &self.caller_refund)),
            "closeTrade" => bare(endpoint.path.replace("{tradingOrderNo}", &self.closable_trade)),
            "cancelOrder" => bare(format!("/trade/inner/orders/99/cancel?productAppId={APP}")),
            "settleLocally" => plain(
                "/trade/inner/orders/98/local",
                json!({ "productAppId": APP, "tradingType": "MD", "tradingAmount": "1.00", "memo": "x" }),
            ),
            "wechatCallback" => plain(&format!("/trade/open/notify/wx/{ENTERPRISE}"), json!({})),
            "alipayCallback" => plain(&format!("/trade/open/notify/alipay/{ALI_ENTERPRISE}"), json!({})),
            "healthz" | "readyz" | "openapi" | "metrics" => bare(endpoint.path.to_owned()),
            new => panic!("{new}: say here how it is asked for"),
        }
    }

    /// A batch is signed by the till that sends it.
    fn batch(&self, credential: Credential) -> Vec<u8> {
        let till = if credential == Credential::TillOther {
            &self.other
        } else {
            &self.own
        };
        let said: Said = completed(1, 500);
        let payload = said.to_payload().unwrap();
        let entry = Entry::after(&Mark::genesis(), clock::now_ms(), said.kind(), payload);
        let head = head_text(&till.till_id, &entry.mark());
        let batch = Batch {
            head_signature: till.key.sign(&head),
            entries: vec![entry],
        };
        serde_json::to_vec(&batch).unwrap()
    }

    /// The request with what the credential shows, and where it comes from.
    fn request(&mut self, endpoint: &Endpoint, credential: Credential) -> (Request, IpAddr) {
        self.nonces += 1;
        let (path, body) = self.example(endpoint, credential);
        let mut request = Request {
            method: endpoint.method.to_owned(),
            path_and_query: path,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body,
        };
        let from = if credential == Credential::Network {
            TRUSTED
        } else {
            "127.0.0.1"
        };
        match credential {
            Credential::Nobody | Credential::Network => {}
            Credential::TillForged
            | Credential::TillUnknown
            | Credential::TillRevoked
            | Credential::TillStale
            | Credential::TillOther
            | Credential::Till => self.sign_as_a_till(&mut request, endpoint, credential),
            Credential::CallerForged
            | Credential::CallerUnknown
            | Credential::CallerRevoked
            | Credential::CallerStale
            | Credential::CallerOther
            | Credential::Caller => self.sign_as_a_caller(&mut request, credential),
            Credential::PlatformForged
            | Credential::PlatformStale
            | Credential::PlatformOther
            | Credential::Platform => self.sign_as_a_platform(&mut request, endpoint, credential),
        }
        (request, from.parse().unwrap())
    }

    /// Who enrols signs with the key that the request carries.
    fn sign_as_a_till(&self, request: &mut Request, endpoint: &Endpoint, credential: Credential) {
        let own_key = if endpoint.name == "enrol" {
            &self.newcomer
        } else {
            &self.own.key
        };
        let now_ms = clock::now_ms();
        let at_ms = if credential == Credential::TillStale {
            now_ms - TILL_STALE_MS
        } else {
            now_ms
        };
        let mut shown = (own_key, self.own.till_id.as_str());
        for (other, key, till_id) in [
            (Credential::TillForged, &self.stranger, self.own.till_id.as_str()),
            (Credential::TillUnknown, &self.stranger, "404"),
            (
                Credential::TillRevoked,
                &self.revoked.key,
                self.revoked.till_id.as_str(),
            ),
            (
                Credential::TillOther,
                &self.other.key,
                self.other.till_id.as_str(),
            ),
        ] {
            if credential == other {
                shown = (key, till_id);
            }
        }
        let (key, till_id) = shown;
        let nonce = format!("t{}", self.nonces);
        let (method, path) = (&request.method, &request.path_and_query);
        let signed = kit::sign(key, till_id, method, path, at_ms, &nonce, request.body.clone());
        request.headers.extend(signed.headers);
    }

    fn sign_as_a_caller(&self, request: &mut Request, credential: Credential) {
        let others = [
            (Credential::CallerUnknown, "unknown.orders"),
            (Credential::CallerRevoked, REVOKED_APP),
            (Credential::CallerOther, OTHER_APP),
        ];
        let other = others.iter().find(|(other, _)| *other == credential);
        let app = other.map_or(APP, |(_, app)| *app);
        let known = self.secrets.iter().find(|(name, _)| *name == app);
        let secret = known
            .filter(|_| credential != Credential::CallerForged)
            .map_or_else(
                || b"guessed, and guessed wrong".to_vec(),
                |(_, secret)| secret.clone(),
            );
        let stale_ms = if credential == Credential::CallerStale {
            TILL_STALE_MS
        } else {
            0
        };
        let nonce = format!("c{}", self.nonces);
        let parts = RequestParts {
            method: &request.method,
            path: &request.path_and_query,
            time_ms: clock::now_ms() - stale_ms,
            nonce: &nonce,
            body: &request.body,
        };
        let shown = [
            (APP_HEADER, app.to_owned()),
            (NONCE_HEADER, nonce.clone()),
            (TIME_HEADER, parts.time_ms.to_string()),
            (SIGNATURE_HEADER, sign_as_caller(&secret, &parts)),
        ];
        let shown = shown.map(|(name, value)| (name.to_owned(), value));
        request.headers.extend(shown);
    }

    /// At another endpoint only the headers of a notice are shown.
    fn sign_as_a_platform(&self, request: &mut Request, endpoint: &Endpoint, credential: Credential) {
        let is_alipays = endpoint.name == "alipayCallback";
        let means = if is_alipays == (credential == Credential::PlatformOther) {
            Means::WechatPay
        } else {
            Means::AliPay
        };
        let stale_ms = if credential == Credential::PlatformStale {
            NOTICE_STALE_MS
        } else {
            0
        };
        let mut notice = self.notice(means, clock::now_ms() - stale_ms);
        if credential == Credential::PlatformForged {
            let last = notice.body.iter().rposition(|byte| *byte == b'1').unwrap();
            notice.body[last] = b'2';
        }
        request.headers = notice.headers;
        if is_alipays || endpoint.name == "wechatCallback" {
            request.body = notice.body;
        }
    }

    fn notice(&self, means: Means, now_ms: i64) -> CallbackRequest {
        let happened = Happened::Paid {
            trade_no: &self.notified_trade,
            amount_minor: 2810,
        };
        pen::notice(means, happened, now_ms)
    }
}

/// Asks, and reads the whole answer.
async fn ask(request: &Request, from: IpAddr, to: SocketAddr) -> Reply {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(from, 0)).unwrap();
    let mut stream = socket.connect(to).await.unwrap();
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.path_and_query);
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let length = request.body.len();
    head.push_str(&format!(
        "host: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    ));
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&request.body).await.unwrap();
    let mut said = Vec::new();
    stream.read_to_end(&mut said).await.unwrap();
    let end = said.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(said[..end].to_vec()).unwrap();
    let headers: Headers = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Reply {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        headers,
        body: said[end + 4..].to_vec(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_at_every_listener_answers_every_credential_as_the_table_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::write(&folder);
    let served = Served::start_in(folder, Operation::default()).await;
    let address = |url: &str| url.trim_start_matches("http://").parse::<SocketAddr>().unwrap();
    let ready = served.ready.clone();
    let at = |listener: Listener| match listener {
        Listener::Public => address(&ready.centre),
        Listener::Inner => address(ready.inner.as_ref().unwrap()),
        Listener::Operators => address(ready.operators.as_ref().unwrap()),
    };
    let agreement = Agreement::of_what_is_served();
    let mut otherwise = Vec::new();
    for endpoint in endpoints::all() {
        for listener in Listener::ALL {
            for credential in Credential::ALL {
                let wanted = expected(endpoint.name, *listener, *credential).unwrap();
                let (request, from) = scene.request(endpoint, *credential);
                let reply = ask(&request, from, at(*listener)).await;
                if reply.status != wanted {
                    let (name, status) = (endpoint.name, reply.status);
                    let said = String::from_utf8_lossy(&reply.body).into_owned();
                    otherwise.push(format!(
                        "{name} {listener:?} {credential:?}: {status}, not {wanted}: {said}"
                    ));
                } else if wanted != ELSEWHERE
                    || expected(endpoint.name, *listener, Credential::Nobody) != Some(ELSEWHERE)
                {
                    agreement.holds(endpoint.name, &reply);
                }
            }
        }
    }
    served.end().await;
    assert!(otherwise.is_empty(), "{otherwise:#?}");
    agreement.has_covered(endpoints::all());
}
