//! A shop of one centre, a scripted platform, and tills that sign.

use std::cell::RefCell;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use suanpan_channels::Channel;
use suanpan_domain::payment_code::PaymentCode;
use suanpan_domain::tender::Means;
use suanpan_wire::enrol::{EnrolAnswer, EnrolRequest};
use suanpan_wire::entry::Said;
use suanpan_wire::error::{ErrorBody, ErrorCode};
use suanpan_wire::journal::{Batch, BatchAnswer, Entry, Mark, head_text};
use suanpan_wire::sign::{
    AnswerParts, NONCE_HEADER, RequestParts, SIGNATURE_HEADER, SigningKey, TILL_HEADER, TIME_HEADER, verify,
};
use suanpan_wire::stream::ChangesAnswer;
use suanpan_wire::tender::{CreateAttempt, TenderView};

use super::platform::{PlainChannel, Platform};
use crate::db::{AnyDb, Db, testing};
use crate::fault::Fault;
use crate::http::{Reply, Request};
use crate::ledger::Ledger;
use crate::rows::pay_channel::PayChannel;
use crate::{Begun, Centre, CentreParts, Room, Settings, office};

pub const START_MS: i64 = 1_795_000_000_000;
pub const APP: &str = "wxapp";
pub const MERCHANT: &str = "1900000101";
pub const ENTERPRISE: i64 = 7;

/// A till that signs.
pub struct TestTill {
    pub key: SigningKey,
    pub till_id: String,
    pub head: RefCell<Mark>,
    nonces: RefCell<u64>,
}

impl TestTill {
    /// A till that is not enrolled yet.
    pub fn new(byte: u8) -> Self {
        Self {
            key: SigningKey::try_from_seed(&[byte; 32]).unwrap(),
            till_id: String::new(),
            head: RefCell::new(Mark::genesis()),
            nonces: RefCell::new(0),
        }
    }
}

/// The shop.
pub struct Shop {
    pub centre: Centre<AnyDb>,
    pub platform: Platform,
    pub now_ms: i64,
    pub till: TestTill,
    pub store_id: i64,
    pub means: Means,
}

pub fn parts(db: AnyDb) -> CentreParts<AnyDb> {
    parts_with(db, Settings::default())
}

fn parts_with(db: AnyDb, settings: Settings) -> CentreParts<AnyDb> {
    CentreParts {
        db,
        identity: SigningKey::try_from_seed(&[9; 32]).unwrap(),
        rng: Box::new(|bytes: &mut [u8]| bytes.fill(3)),
        settings: Settings {
            public_url: "http://127.0.0.1:1".into(),
            ..settings
        },
        open_channel: Box::new(|row: &PayChannel| {
            Ok(Arc::new(PlainChannel(row.label.clone())) as Arc<dyn Channel>)
        }),
        open_secret: Box::new(|caller| Some(caller.secret_ref.clone().into_bytes())),
    }
}

pub fn pay_channel() -> PayChannel {
    PayChannel {
        enterprise_id: ENTERPRISE,
        label: "WECHAT_PAY".into(),
        app_id: APP.into(),
        merchant_id: MERCHANT.into(),
        merchant_serial: "AA".into(),
        api_base: "http://127.0.0.1:1".into(),
        notify_base: String::new(),
        key_ref: "env:X".into(),
        prefer: String::new(),
        enabled: true,
        refunds_stopped: false,
        refunds_per_hour_max: 30,
        refund_sum_per_hour_max_minor: 500_000,
        version: 1,
    }
}

pub fn attempt(amount_minor: i64, renew: bool) -> CreateAttempt {
    CreateAttempt {
        order_no: "11".into(),
        means: Means::WechatPay,
        amount_minor,
        description: "幸福里便利店".into(),
        renew,
        payment_code: None,
        told: Vec::new(),
    }
}

impl Shop {
    pub fn open() -> Self {
        Self::open_on(testing::fresh())
    }

    pub fn open_on(db: AnyDb) -> Self {
        Self::open_with(parts(db), Means::WechatPay)
    }

    pub fn open_set(settings: Settings) -> Self {
        Self::open_with(parts_with(testing::fresh(), settings), Means::WechatPay)
    }

    /// A shop whose merchant is one of Alipay, where a code makes an order only when it is scanned.
    pub fn open_alipay() -> Self {
        let mut shop = Self::open_with(parts(testing::fresh()), Means::AliPay);
        shop.platform.scans_first = true;
        shop
    }

    pub fn open_with(parts: CentreParts<AnyDb>, means: Means) -> Self {
        Self::open_at(parts, means, START_MS)
    }

    pub fn open_at(parts: CentreParts<AnyDb>, means: Means, now_ms: i64) -> Self {
        let centre = Centre::open(parts, now_ms).unwrap();
        let store_id = centre
            .commit(now_ms, |ledger| {
                let store_id = office::add_store(ledger, "t", "店", "Asia/Shanghai", 0)?;
                let channel = PayChannel {
                    label: means.name().into(),
                    ..pay_channel()
                };
                office::put_channel(ledger, "t", &channel)?;
                office::offer(ledger, "t", store_id, means.name(), ENTERPRISE)?;
                Ok(store_id)
            })
            .unwrap();
        let till = TestTill::new(1);
        let mut shop = Self {
            centre,
            platform: Platform::default(),
            now_ms,
            till,
            store_id,
            means,
        };
        shop.till = shop.enrolled(1);
        shop
    }

    pub fn invite(&self, byte: u8) -> String {
        let rng = move |bytes: &mut [u8]| bytes.fill(byte);
        self.do_it(|ledger| office::invite_till(ledger, "t", &rng, self.store_id))
    }

    pub fn enrolled(&self, byte: u8) -> TestTill {
        let mut till = TestTill::new(byte);
        let code = self.invite(byte);
        let body = EnrolRequest {
            code,
            public_key: till.key.public_base64(),
        };
        let answer: EnrolAnswer = self.ok(&till, "POST", "/v1/enrol", &body);
        till.till_id = answer.till_id;
        till
    }

    pub fn do_it<T>(&self, command: impl FnMut(&mut Ledger<'_>) -> Result<T, Fault>) -> T {
        self.centre.commit(self.now_ms, command).unwrap()
    }

    pub fn request(&self, till: &TestTill, method: &str, path: &str, body: &impl Serialize) -> Request {
        let body = if method == "GET" {
            Vec::new()
        } else {
            serde_json::to_vec(body).unwrap()
        };
        *till.nonces.borrow_mut() += 1;
        let nonce = format!("n{}", till.nonces.borrow());
        sign(&till.key, &till.till_id, method, path, self.now_ms, &nonce, body)
    }

    /// Answers a request as the service would: calls first, then the view.
    pub fn drive(&mut self, request: &Request) -> Reply {
        match self.centre.begin(request, self.now_ms) {
            Begun::Reply(reply) => reply,
            Begun::Work(ticket) => {
                for work in ticket.works.clone() {
                    for _ in 0..4 {
                        let Some(call) = self.centre.take(work, self.now_ms) else {
                            break;
                        };
                        let seen = self.platform.call(&call.call);
                        self.centre.observe(&call, &seen, self.now_ms).unwrap();
                    }
                }
                self.centre.finish(ticket, self.now_ms)
            }
            Begun::WaitForChange(ticket) => self.centre.finish(ticket, self.now_ms),
        }
    }

    fn ok<T: DeserializeOwned>(&self, till: &TestTill, method: &str, path: &str, body: &impl Serialize) -> T {
        let request = self.request(till, method, path, body);
        match self.centre.begin(&request, self.now_ms) {
            Begun::Reply(reply) => {
                assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
                serde_json::from_slice(&reply.body).unwrap()
            }
            other => panic!("{other:?}"),
        }
    }

    pub fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        self.ok(&self.till, "GET", path, &())
    }

    pub fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> T {
        self.ok(&self.till, "POST", path, body)
    }

    pub fn call(&mut self, method: &str, path: &str, body: &impl Serialize) -> Result<TenderView, ErrorBody> {
        let request = self.request(&self.till, method, path, body);
        let reply = self.drive(&request);
        let nonce = request.header(NONCE_HEADER).unwrap();
        let signed = AnswerParts {
            nonce,
            status: reply.status,
            body: &reply.body,
        };
        let signature = &reply
            .headers
            .iter()
            .find(|(name, _)| name == SIGNATURE_HEADER)
            .unwrap()
            .1;
        let centre = SigningKey::try_from_seed(&[9; 32]).unwrap();
        assert!(verify(&centre.public_base64(), &signed.canonical(), signature));
        if reply.status == 200 {
            Ok(serde_json::from_slice(&reply.body).unwrap())
        } else {
            Err(serde_json::from_slice(&reply.body).unwrap())
        }
    }

    pub fn create(&mut self, tender: i64, key: &str, amount: i64) -> Result<TenderView, ErrorBody> {
        self.put(tender, key, &self.attempt(amount, false))
    }

    pub fn renew(&mut self, tender: i64, key: &str, amount: i64) -> Result<TenderView, ErrorBody> {
        self.put(tender, key, &self.attempt(amount, true))
    }

    /// What a till asks for when it shows a code of the shop's platform.
    pub fn attempt(&self, amount: i64, renew: bool) -> CreateAttempt {
        CreateAttempt {
            means: self.means,
            ..attempt(amount, renew)
        }
    }

    /// What a till asks for when the customer shows a payment code of the shop's platform.
    pub fn charge_wish(&self, amount: i64) -> CreateAttempt {
        let digits = match self.means {
            Means::AliPay => "281234567890123456",
            Means::WechatPay | Means::Cash => "134567890123456789",
        };
        CreateAttempt {
            payment_code: Some(PaymentCode::try_new(digits).unwrap()),
            ..self.attempt(amount, false)
        }
    }

    pub fn charge(&mut self, tender: i64, key: &str, amount: i64) -> Result<TenderView, ErrorBody> {
        self.put(tender, key, &self.charge_wish(amount))
    }

    pub fn put(&mut self, tender: i64, key: &str, wish: &CreateAttempt) -> Result<TenderView, ErrorBody> {
        self.call("PUT", &format!("/v1/tenders/{tender}/attempts/{key}"), wish)
    }

    pub fn query(&mut self, tender: i64) -> TenderView {
        self.call(
            "POST",
            &format!("/v1/tenders/{tender}/query"),
            &serde_json::json!({}),
        )
        .unwrap()
    }

    pub fn close(&mut self, tender: i64) -> Result<TenderView, ErrorBody> {
        self.call(
            "POST",
            &format!("/v1/tenders/{tender}/close"),
            &serde_json::json!({}),
        )
    }

    pub fn late(&mut self, tender: i64, choice: &str) -> Result<TenderView, ErrorBody> {
        let body = serde_json::json!({ "choice": choice });
        self.call("POST", &format!("/v1/tenders/{tender}/late"), &body)
    }

    /// Makes what is due, once.
    pub fn tick(&mut self) {
        for call in self.centre.due(self.now_ms, &Room::of(16)).calls {
            let seen = self.platform.call(&call.call);
            self.centre.observe(&call, &seen, self.now_ms).unwrap();
        }
    }

    /// Lets time pass in steps of a second, making what is due.
    pub fn pass(&mut self, seconds: i64) {
        for _ in 0..seconds {
            self.now_ms += 1_000;
            self.tick();
        }
    }

    /// Loses everything but the database.
    pub fn restart(self) -> Self {
        let Self {
            centre,
            platform,
            now_ms,
            till,
            store_id,
            means,
        } = self;
        let centre = Centre::open(parts(centre.into_db()), now_ms).unwrap();
        Self {
            centre,
            platform,
            now_ms,
            till,
            store_id,
            means,
        }
    }

    /// All that is committed by now: a backup.
    pub fn copy(&self) -> AnyDb {
        testing::copy(self.centre.db())
    }

    /// Goes on with another database: yesterday's copy.
    pub fn restored_from(self, db: impl Into<AnyDb>) -> Self {
        let centre = Centre::open(parts(db.into()), self.now_ms).unwrap();
        Self { centre, ..self }
    }

    pub fn callback(&self, text: &str) -> Reply {
        self.centre.callback(
            self.means.name(),
            &ENTERPRISE.to_string(),
            &Vec::new(),
            text.as_bytes(),
            self.now_ms,
        )
    }

    pub fn paid_notice(&self, trade_no: &str, amount: i64) -> String {
        format!("signed|{}|{trade_no}|4200{trade_no}|{amount}|", self.now_ms)
    }

    /// Writes an entry into the till's journal and sends it.
    pub fn say(&self, said: &Said) -> BatchAnswer {
        let entry = self.entry(said);
        self.send(vec![entry]).unwrap()
    }

    pub fn entry(&self, said: &Said) -> Entry {
        let mut head = self.till.head.borrow_mut();
        let entry = Entry::after(&head, self.now_ms, said.kind(), said.to_payload().unwrap());
        *head = entry.mark();
        entry
    }

    pub fn send(&self, entries: Vec<Entry>) -> Result<BatchAnswer, ErrorBody> {
        self.send_batch(&self.batch(entries))
    }

    /// A batch of entries, signed by the till.
    pub fn batch(&self, entries: Vec<Entry>) -> Batch {
        let last = entries.last().unwrap().mark();
        let head_signature = self.till.key.sign(&head_text(&self.till.till_id, &last));
        Batch {
            entries,
            head_signature,
        }
    }

    /// The request that sends a batch.
    pub fn batch_request(&self, batch: &Batch) -> Request {
        self.request(&self.till, "POST", "/v1/till/journal", batch)
    }

    pub fn send_batch(&self, batch: &Batch) -> Result<BatchAnswer, ErrorBody> {
        let request = self.batch_request(batch);
        match self.centre.begin(&request, self.now_ms) {
            Begun::Reply(reply) if reply.status == 200 => Ok(serde_json::from_slice(&reply.body).unwrap()),
            Begun::Reply(reply) => Err(serde_json::from_slice(&reply.body).unwrap()),
            other => panic!("{other:?}"),
        }
    }

    pub fn give_up(&self, tender: i64) -> BatchAnswer {
        self.say(&given_up(tender))
    }

    pub fn changes(&self, generation: u64, after: u64) -> ChangesAnswer {
        self.get(&format!(
            "/v1/till/changes?generation={generation}&after={after}&wait_ms=0"
        ))
    }

    pub fn number(&self, sql: &str) -> i64 {
        let rows = self
            .centre
            .db()
            .read(|tx| Ok::<_, Fault>(tx.query(sql, &[])?))
            .unwrap();
        rows[0].int(0).unwrap()
    }
}

pub fn given_up(tender: i64) -> Said {
    Said::TenderGivenUp {
        tender_no: tender.to_string(),
        order_no: "11".into(),
        amount_minor: 2810,
        replaced_by: "99".into(),
        requested_by: "c".into(),
        approved_by: "m".into(),
        told: None,
    }
}

pub fn sign(
    key: &SigningKey,
    till_id: &str,
    method: &str,
    path: &str,
    time_ms: i64,
    nonce: &str,
    body: Vec<u8>,
) -> Request {
    let parts = RequestParts {
        method,
        path,
        time_ms,
        nonce,
        body: &body,
    };
    let signature = key.sign(&parts.canonical());
    let headers = [
        (TILL_HEADER, till_id.to_owned()),
        (TIME_HEADER, time_ms.to_string()),
        (NONCE_HEADER, nonce.to_owned()),
        (SIGNATURE_HEADER, signature),
    ];
    Request {
        method: method.to_owned(),
        path_and_query: path.to_owned(),
        headers: headers.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        body,
    }
}

pub fn code_of(answer: Result<TenderView, ErrorBody>) -> ErrorCode {
    answer.unwrap_err().code
}
