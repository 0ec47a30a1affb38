//! Every byte of a true notice, changed in every way: refused with the books as they were, or read as the very same
//! fact. Through the centre's own way for callbacks, with its file.

use std::path::Path;

use rusqlite::Connection;
use suanpan_channels::CallbackRequest;
use suanpan_domain::pay_order::PayOrderState;
use suanpan_domain::tender::Means;

use super::kit::{ENTERPRISE, Shop};
use super::pen::{self, Happened};

/// Whoever writes these two has only noted that a notice was refused.
const NO_MONEY: [&str; 2] = ["audit", "number_mark"];

/// Looks at the centre's file from outside.
struct Witness {
    file: Connection,
    version: i64,
    books: Vec<String>,
}

impl Witness {
    fn of(path: &Path) -> Self {
        let file = Connection::open(path).unwrap();
        let mut witness = Self {
            version: 0,
            books: Vec::new(),
            file,
        };
        witness.version = witness.version_now();
        witness.books = witness.books_now();
        witness
    }

    /// Another number whenever anybody else has committed anything to the file.
    fn version_now(&self) -> i64 {
        let read = |row: &rusqlite::Row<'_>| row.get(0);
        self.file.query_row("PRAGMA data_version", [], read).unwrap()
    }

    /// Every row of every table, but for [`NO_MONEY`].
    fn books_now(&self) -> Vec<String> {
        let mut names = self
            .file
            .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            .unwrap();
        let names = names.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let mut books = Vec::new();
        for name in names.map(Result::unwrap) {
            if !NO_MONEY.contains(&name.as_str()) {
                books.push(self.table(&name));
            }
        }
        assert!(books.len() > 15, "{} tables", books.len());
        books
    }

    fn table(&self, name: &str) -> String {
        let mut rows = self.file.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns = rows.column_count();
        let read = |row: &rusqlite::Row<'_>| {
            let values = (0..columns).map(|at| row.get::<_, rusqlite::types::Value>(at));
            values.collect::<Result<Vec<_>, _>>()
        };
        let rows: Vec<_> = rows.query_map([], read).unwrap().map(Result::unwrap).collect();
        format!("{name}: {rows:?}")
    }

    /// Where nobody has committed anything the file is the same to the last byte; else its books are compared.
    fn sees_no_change(&mut self, after: &str) {
        let version = self.version_now();
        if version != self.version {
            assert_eq!(self.books_now(), self.books, "{after}");
            self.version = version;
        }
    }
}

/// What may become of the byte at a place.
fn changes(bytes: &[u8], at: usize) -> Vec<Vec<u8>> {
    let mut changed = Vec::with_capacity(5);
    for bit in [1, 1 << 7] {
        let mut flipped = bytes.to_vec();
        flipped[at] ^= bit;
        changed.push(flipped);
    }
    changed.push([&bytes[..at], &bytes[at + 1..]].concat());
    for more in [bytes[at], b' '] {
        changed.push([&bytes[..at], &[more], &bytes[at..]].concat());
    }
    changed
}

/// A header as the network's door hands it on: what is no plain text is left out.
fn header(name: &[u8], value: &[u8]) -> Option<(String, String)> {
    let text = |bytes: &[u8]| {
        let plain = bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
        plain.then(|| String::from_utf8_lossy(bytes).into_owned())
    };
    Some((text(name)?, text(value)?))
}

/// The notice with one byte changed, in every place and way.
fn altered(good: &CallbackRequest) -> Vec<CallbackRequest> {
    let mut all = Vec::new();
    for at in 0..good.body.len() {
        all.extend(changes(&good.body, at).into_iter().map(|body| CallbackRequest {
            body,
            headers: good.headers.clone(),
        }));
    }
    for (place, (name, value)) in good.headers.iter().enumerate() {
        let names = (0..name.len()).flat_map(|at| changes(name.as_bytes(), at));
        let names = names.map(|name| header(&name, value.as_bytes()));
        let values = (0..value.len()).flat_map(|at| changes(value.as_bytes(), at));
        let values = values.map(|value| header(name.as_bytes(), &value));
        all.extend(names.chain(values).map(|changed| {
            let mut notice = good.clone();
            notice.headers.splice(place..=place, changed);
            notice
        }));
    }
    all
}

/// Hands every altered copy in before the true one, and what is read as the same fact once more after it.
fn hand_in_every_copy(shop: &Shop, folder: &Path, good: &CallbackRequest) {
    let channel = shop.real_channel();
    let fact = channel.notice(good, shop.now_ms).unwrap();
    let mut witness = Witness::of(&folder.join("centre.db"));
    let copies = altered(good);
    let (mut refused, mut the_same) = (0, Vec::new());
    for copy in &copies {
        let shown = || {
            let body = String::from_utf8_lossy(&copy.body);
            format!("{:?} {body}", copy.headers)
        };
        match channel.notice(copy, shop.now_ms) {
            Ok(read) => {
                assert_eq!(read.fact, fact.fact, "{}", shown());
                the_same.push(copy);
            }
            Err(_) => {
                let reply = shop.notified(copy);
                assert!((400..500).contains(&reply.status), "{} {}", reply.status, shown());
                witness.sees_no_change(&shown());
                refused += 1;
            }
        }
    }
    assert!(
        refused > good.body.len() * 4,
        "{refused} of {} copies",
        copies.len()
    );
    hand_in_elsewhere(shop, good, &mut witness);
    assert!(shop.notified(good).status < 300);
    let before = std::mem::take(&mut witness.books);
    witness.books = witness.books_now();
    assert_ne!(witness.books, before, "the true one has its effect");
    witness.version = witness.version_now();
    for copy in the_same {
        assert!(shop.notified(copy).status < 300);
        witness.sees_no_change("a copy that says the same");
    }
}

/// The same with the last part of the address, the only one that the centre reads.
fn hand_in_elsewhere(shop: &Shop, good: &CallbackRequest, witness: &mut Witness) {
    let own = ENTERPRISE.to_string();
    for changed in (0..own.len()).flat_map(|at| changes(own.as_bytes(), at)) {
        let Ok(elsewhere) = String::from_utf8(changed) else {
            continue;
        };
        let reply = shop.centre.callback(
            shop.means.name(),
            &elsewhere,
            &good.headers,
            &good.body,
            shop.now_ms,
        );
        assert_eq!(reply.status, 404, "{elsewhere}");
        witness.sees_no_change(&elsewhere);
    }
}

fn every_copy_of_a_payment(means: Means) {
    let folder = tempfile::tempdir().unwrap();
    let mut shop = pen::shop(folder.path(), means);
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    let notice = shop.notice(Happened::Paid {
        trade_no: &trade_no,
        amount_minor: 2810,
    });
    hand_in_every_copy(&shop, folder.path(), &notice);
    assert_eq!(shop.query(21).state, PayOrderState::Paid);
}

fn every_copy_of_a_refund(means: Means) {
    let folder = tempfile::tempdir().unwrap();
    let mut shop = pen::shop(folder.path(), means);
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    let paid = shop.notice(Happened::Paid {
        trade_no: &trade_no,
        amount_minor: 2810,
    });
    assert!(shop.notified(&paid).status < 300);
    shop.platform.lose_requests = 1;
    let ask = serde_json::json!({ "amount_minor": 100 });
    let asked = shop.call("PUT", "/v1/tenders/21/refunds/64", &ask).unwrap();
    assert_eq!(asked.trades[0].refunds[0].refund_status, 1);
    let notice = shop.notice(Happened::Refunded {
        trade_no: &trade_no,
        amount_minor: 100,
        refund_no: "64",
    });
    hand_in_every_copy(&shop, folder.path(), &notice);
    assert_eq!(shop.query(21).trades[0].refunds[0].refund_status, 2);
}

#[test]
fn i16_r9_no_changed_byte_of_a_wechat_payments_notice_changes_anything() {
    every_copy_of_a_payment(Means::WechatPay);
}

#[test]
fn i16_r9_no_changed_byte_of_a_wechat_refunds_notice_changes_anything() {
    every_copy_of_a_refund(Means::WechatPay);
}

#[test]
fn i16_r9_no_changed_byte_of_an_alipay_payments_notice_changes_anything() {
    every_copy_of_a_payment(Means::AliPay);
}

#[test]
fn i16_r9_no_changed_byte_of_an_alipay_refunds_notice_changes_anything() {
    every_copy_of_a_refund(Means::AliPay);
}
