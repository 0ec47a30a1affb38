//! A centre in this process, on a file of its own, with one till and the stand-in platform at its back: what
//! creating a trade and hearing of its payment cost without sockets.
//!
//! The platform's own work is never measured.

use std::path::Path;

use suanpan_channels as channels;
use suanpan_domain::tender::Means;
use suanpan_trade::centre::Begun;
use suanpan_trade::http::Request;
use suanpan_trade::service::system_rng;
use suanpan_trade::settings::Settings;
use suanpan_trade::{Centre, CentreParts, SqliteDb, office};
use suanpan_wire::enrol::{EnrolAnswer, EnrolRequest};
use suanpan_wire::sign::{
    NONCE_HEADER, RequestParts, SIGNATURE_HEADER, SigningKey, TILL_HEADER, TIME_HEADER,
};
use suanpan_wire::tender::{CreateAttempt, TenderView};

use super::clock::Watch;
use super::problem::{BenchError, same};
use crate::house::clock::wall_ms;
use crate::sim::merchant::{self, WECHAT_ID};
use crate::sim::platform::PlatformHost;

/// Where the platform calls back; nothing listens there.
const CALLED_AT: &str = "https://centre.bench";
const AMOUNT_MINOR: i64 = 100;
/// The first tender's number.
const FIRST_TENDER: i64 = 1_000;

/// The centre, its till and its platform.
pub struct Collecting {
    /// The centre.
    pub centre: Centre<SqliteDb>,
    platform: PlatformHost,
    key: SigningKey,
    till_id: String,
    asked: i64,
}

/// A trade whose code is out.
#[derive(Debug)]
pub struct Created {
    /// What a customer scans.
    pub code_url: String,
    /// What the centre took for it, the platform's time not counted, in nanoseconds.
    pub took_ns: u64,
}

impl Collecting {
    /// Opens it in `folder`.
    ///
    /// # Errors
    /// When the file cannot be a centre's.
    pub fn open(folder: &Path) -> Result<Self, BenchError> {
        std::fs::create_dir_all(folder)?;
        let fail = |error: &dyn std::fmt::Display| BenchError::product("centre", error);
        let key = |byte| SigningKey::try_from_seed(&[byte; 32]).expect("32 bytes are a seed");
        let parts = CentreParts {
            db: SqliteDb::open(&folder.join("centre.db")).map_err(|error| fail(&error))?,
            identity: key(1),
            rng: Box::new(system_rng),
            settings: Settings {
                till_requests_max: u32::MAX,
                ..Settings::default()
            },
            open_channel: Box::new(|row| Ok(merchant::channel(row))),
            open_secret: Box::new(|_| None),
        };
        let centre = Centre::open(parts, wall_ms()).map_err(|fault| fail(&fault))?;
        let code = centre
            .commit(wall_ms(), |ledger| {
                let store_id = office::add_store(ledger, "bench", "算盘便利店", "Asia/Shanghai", 0)?;
                let [wechat, _] = merchant::accounts(CALLED_AT);
                office::put_channel(ledger, "bench", &wechat)?;
                office::offer(ledger, "bench", store_id, "WECHAT_PAY", WECHAT_ID)?;
                office::invite_till(ledger, "bench", &system_rng, store_id)
            })
            .map_err(|fault| fail(&fault))?;
        let mut opened = Self {
            centre,
            platform: PlatformHost::new(1),
            key: key(2),
            till_id: String::new(),
            asked: FIRST_TENDER,
        };
        let enrol = EnrolRequest {
            code,
            public_key: opened.key.public_base64(),
        };
        let request = opened.signed("POST", "/v1/enrol".to_owned(), &enrol)?;
        let Begun::Reply(reply) = opened.centre.begin(&request, wall_ms()) else {
            return Err(BenchError::Wrong("an enrolment waits".to_owned()));
        };
        let answer: EnrolAnswer = serde_json::from_slice(&reply.body).map_err(std::io::Error::other)?;
        opened.till_id = answer.till_id;
        Ok(opened)
    }

    /// A trade from the till's signed request to the answer with its code: two signatures checked, one made, three
    /// durable commits.
    ///
    /// # Errors
    /// When there is no code.
    pub fn create(&mut self) -> Result<Created, BenchError> {
        self.asked += 1;
        let path = format!("/v1/tenders/{}/attempts/k", self.asked);
        let wish = CreateAttempt {
            order_no: self.asked.to_string(),
            means: Means::WechatPay,
            amount_minor: AMOUNT_MINOR,
            description: "算盘便利店".to_owned(),
            renew: false,
            payment_code: None,
            told: Vec::new(),
        };
        let request = self.signed("PUT", path, &wish)?;
        let watch = Watch::start();
        let Begun::Work(ticket) = self.centre.begin(&request, wall_ms()) else {
            return Err(BenchError::Wrong("a trade asks no platform".to_owned()));
        };
        let call = ticket
            .works
            .first()
            .and_then(|work| self.centre.take(*work, wall_ms()));
        let call = call.ok_or_else(|| BenchError::Wrong("no call is due".to_owned()))?;
        let asked = self.centre.request(&call, wall_ms());
        let mut took_ns = watch.ns();
        let reply = asked.and_then(|asked| self.platform.handle(&asked, wall_ms()).reply);
        let reply = reply.ok_or_else(|| BenchError::Wrong("the platform is silent".to_owned()))?;
        let watch = Watch::start();
        let seen = self.centre.answer(&call, Ok(&reply), wall_ms());
        self.centre
            .observe(&call, &seen, wall_ms())
            .map_err(|fault| BenchError::product("prepay", fault))?;
        let reply = self.centre.finish(ticket, wall_ms());
        took_ns += watch.ns();
        let view: TenderView = serde_json::from_slice(&reply.body).map_err(std::io::Error::other)?;
        let code_url = view.trades.first().and_then(|trade| trade.code_url.clone());
        let code_url = code_url.ok_or_else(|| BenchError::Wrong("a trade has no code".to_owned()))?;
        Ok(Created { code_url, took_ns })
    }

    /// A customer pays each of these; the platform's callbacks, ready to be delivered.
    ///
    /// # Errors
    /// When one cannot be paid.
    pub fn paid(&mut self, trades: &[Created]) -> Result<Vec<channels::CallbackRequest>, BenchError> {
        for trade in trades {
            self.platform
                .core
                .confirm(&trade.code_url, wall_ms())
                .map_err(|error| BenchError::product("phone", format!("{error:?}")))?;
        }
        self.platform.core.hurry_callbacks(wall_ms());
        let mut due = Vec::new();
        for callback in self.platform.due(wall_ms()) {
            self.platform
                .core
                .callback_answered(callback.id, Some(204), wall_ms());
            due.push(channels::CallbackRequest {
                headers: callback.headers,
                body: callback.body,
            });
        }
        same("callbacks", &due.len(), &trades.len())?;
        Ok(due)
    }

    /// Delivers a callback; how long the centre took until it was kept, in nanoseconds.
    ///
    /// # Errors
    /// When it is not acknowledged.
    pub fn hear(centre: &Centre<SqliteDb>, callback: &channels::CallbackRequest) -> Result<u64, BenchError> {
        let watch = Watch::start();
        let reply = centre.callback(
            "WECHAT_PAY",
            &WECHAT_ID.to_string(),
            &callback.headers,
            &callback.body,
            wall_ms(),
        );
        let took_ns = watch.ns();
        same("the callback's answer", &reply.status, &204)?;
        Ok(took_ns)
    }

    /// How many trades are paid by now.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn count_paid(folder: &Path) -> Result<i64, BenchError> {
        let books = rusqlite::Connection::open(folder.join("centre.db"))?;
        let sql = "SELECT COUNT(*) FROM trade JOIN pay_order USING (pay_order_id) \
                   WHERE trade.state = 'PAID' AND winner_trade_no = trade_no";
        Ok(books.query_row(sql, [], |row| row.get(0))?)
    }

    fn signed(
        &mut self,
        method: &str,
        path: String,
        body: &impl serde::Serialize,
    ) -> Result<Request, BenchError> {
        self.asked += 1;
        let body = serde_json::to_vec(body).map_err(std::io::Error::other)?;
        let (nonce, time_ms) = (self.asked.to_string(), wall_ms());
        let parts = RequestParts {
            method,
            path: &path,
            time_ms,
            nonce: &nonce,
            body: &body,
        };
        let headers = [
            (TILL_HEADER, self.till_id.clone()),
            (TIME_HEADER, time_ms.to_string()),
            (SIGNATURE_HEADER, self.key.sign(&parts.canonical())),
            (NONCE_HEADER, nonce),
        ];
        Ok(Request {
            method: method.to_owned(),
            path_and_query: path,
            headers: headers.map(|(name, value)| (name.to_owned(), value)).to_vec(),
            body,
        })
    }
}
