//! The OpenAPI document and what is served agree: every route is in it, and answers are as it says.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use suanpan_domain::tender::Means;
use suanpan_wire::error::ErrorCode;
use suanpan_wire::journal::{Batch, Mark, head_text};
use suanpan_wire::sign::{SIGNATURE_HEADER, SigningKey};

use super::contract_kit::{APP, ORDER, native_body, open_shop};
use super::journals::completed;
use super::kit::{Shop, attempt, sign};
use super::pen::{self, Happened};
use crate::Begun;
use crate::centre::callback::too_long;
use crate::centre::contract::route::Ask;
use crate::centre::route::Route;
use crate::http::{Reply, Request};
use crate::service::openapi::agree::Agreement;
use crate::service::openapi::document;
use crate::service::openapi::endpoints::{self, Door};

/// A path with something in the place of each parameter.
fn filled(path: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { "17" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// What the document has at a path; a path written out counts before one with parameters.
fn documented(method: &str, path: &str) -> Option<&'static str> {
    let fits = |template: &str| {
        let (parts, given) = (template.split('/'), path.split('/'));
        parts.clone().count() == given.clone().count()
            && parts
                .zip(given)
                .all(|(part, given)| part.starts_with('{') || part == given)
    };
    let fitting = endpoints::all().filter(|endpoint| endpoint.method == method && fits(endpoint.path));
    fitting
        .min_by_key(|endpoint| endpoint.path.matches('{').count())
        .map(|endpoint| endpoint.name)
}

fn name_of_route(route: &Route) -> &'static str {
    match route {
        Route::Enrol => "enrol",
        Route::Hello => "hello",
        Route::SendJournal => "sendJournal",
        Route::ReadJournal { .. } => "readJournal",
        Route::Changes { .. } => "changes",
        Route::Attempt { .. } => "attempt",
        Route::Query { .. } => "query",
        Route::Close { .. } => "close",
        Route::Refund { .. } => "askRefund",
        Route::Late { .. } => "late",
    }
}

fn name_of_ask(ask: &Ask) -> &'static str {
    match ask {
        Ask::Native => "native",
        Ask::FindTrade => "findTrade",
        Ask::Refund => "refund",
        Ask::FindRefund { .. } => "findRefund",
        Ask::Close { .. } => "closeTrade",
        Ask::Cancel { .. } => "cancelOrder",
        Ask::Local { .. } => "settleLocally",
    }
}

#[test]
fn every_documented_path_is_the_route_of_its_name_and_no_other_method_is() {
    let mut names = BTreeSet::new();
    for endpoint in endpoints::all() {
        assert!(names.insert(endpoint.name), "{} twice", endpoint.name);
        let path = filled(endpoint.path);
        let served = |method: &str| match endpoint.door {
            Door::Till => Route::parse(method, &path)
                .ok()
                .map(|route| name_of_route(&route)),
            Door::Caller => Ask::parse(method, &path).ok().map(|ask| name_of_ask(&ask)),
            // Served by the web framework itself; tried over the network elsewhere.
            Door::Platform | Door::Open | Door::Operators => Some(endpoint.name),
        };
        assert_eq!(served(endpoint.method), Some(endpoint.name));
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            if matches!(endpoint.door, Door::Till | Door::Caller) {
                assert_eq!(served(method), documented(method, &path), "{method} {path}");
            }
        }
    }
    // Ten routes of tills and seven of callers, as the matches above force whoever adds one to say.
    assert_eq!((endpoints::TILL.len(), endpoints::CALLER.len()), (10, 7));
}

#[test]
fn every_reference_leads_somewhere_and_every_code_of_a_refusal_is_documented() {
    let document = document().unwrap();
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
    let answers = descriptions_of_answers(&document);
    for code in ErrorCode::ALL {
        let name = serde_json::to_value(code).unwrap();
        let is_named = |answer: &&str| answer.split(", ").any(|word| Some(word) == name.as_str());
        assert!(answers.iter().any(is_named), "{name} in {answers:?}");
    }
    assert_eq!(document["openapi"], "3.1.0");
}

/// What is said of each answer of each endpoint; nothing else in the document.
fn descriptions_of_answers(document: &Value) -> Vec<&str> {
    let paths = document["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    let answers = operations.filter_map(|operation| operation["responses"].as_object());
    let said = answers.flat_map(|answers| answers.values().map(|answer| &answer["description"]));
    said.filter_map(Value::as_str).collect()
}

#[test]
fn answers_to_tills_are_as_documented() {
    let agreement = Agreement::of_what_is_served();
    let mut shop = open_shop();
    ask_as_a_till(&agreement, &mut shop);
    enrol_and_send(&agreement, &shop);
    let hello = json!({ "head": Mark::genesis() });
    let mut unsigned = shop.request(&shop.till, "POST", "/v1/till/hello", &hello);
    unsigned.headers.clear();
    agreement.holds("hello", &shop.drive(&unsigned));
    agreement.has_covered(endpoints::TILL.iter());
}

/// A tender that waits, one that is paid, and one whose money came late.
fn three_tenders(shop: &mut Shop) {
    shop.say(&completed(1, 500));
    for (tender, is_closed) in [(22, false), (23, true)] {
        let code = shop.create(tender, "k1", 2810).unwrap().trades[0]
            .trade_no
            .clone();
        if is_closed {
            shop.close(tender).unwrap();
        }
        shop.platform.pay(&code);
    }
    shop.pass(60);
}

fn ask_as_a_till(agreement: &Agreement, shop: &mut Shop) {
    three_tenders(shop);
    let empty = json!({});
    let hello = json!({ "head": Mark::genesis() });
    let create = serde_json::to_value(attempt(2810, false)).unwrap();
    let choice = json!({ "choice": "accept" });
    let refund = json!({ "amount_minor": 100 });
    for (name, method, path, body) in [
        ("hello", "POST", "/v1/till/hello", &hello),
        ("hello", "POST", "/v1/till/hello", &empty),
        ("readJournal", "GET", "/v1/till/journal?epoch=1&since=0", &empty),
        ("readJournal", "GET", "/v1/till/journal?epoch=x", &empty),
        ("attempt", "PUT", "/v1/tenders/21/attempts/k1", &create),
        ("attempt", "PUT", "/v1/tenders/21/attempts/k2", &create),
        ("attempt", "PUT", "/v1/tenders/21/attempts/k3", &empty),
        ("query", "POST", "/v1/tenders/21/query", &empty),
        ("query", "POST", "/v1/tenders/24/query", &empty),
        ("askRefund", "PUT", "/v1/tenders/21/refunds/64", &refund),
        ("askRefund", "PUT", "/v1/tenders/22/refunds/64", &refund),
        ("late", "POST", "/v1/tenders/21/late", &choice),
        ("late", "POST", "/v1/tenders/23/late", &choice),
        ("close", "POST", "/v1/tenders/21/close", &empty),
        ("close", "POST", "/v1/tenders/25/close", &empty),
        (
            "changes",
            "GET",
            "/v1/till/changes?generation=0&after=0&wait_ms=0",
            &empty,
        ),
        ("changes", "GET", "/v1/till/changes?generation=x", &empty),
    ] {
        let request = shop.request(&shop.till, method, path, body);
        let reply = shop.drive(&request);
        assert!(reply.headers.iter().any(|(name, _)| name == SIGNATURE_HEADER));
        agreement.holds(name, &reply);
    }
}

fn enrol_and_send(agreement: &Agreement, shop: &Shop) {
    let answered = |request: &Request| match shop.centre.begin(request, shop.now_ms) {
        Begun::Reply(reply) => reply,
        waits => panic!("{waits:?}"),
    };
    let (code, key) = (shop.invite(30), SigningKey::try_from_seed(&[30; 32]).unwrap());
    for code in [code.as_str(), "ABCDEFGH"] {
        let body = json!({ "code": code, "public_key": key.public_base64() });
        let body = serde_json::to_vec(&body).unwrap();
        let request = sign(&key, "", "POST", "/v1/enrol", shop.now_ms, code, body);
        agreement.holds("enrol", &answered(&request));
    }
    let entry = shop.entry(&completed(2, 300));
    let head = head_text(&shop.till.till_id, &entry.mark());
    let good = Batch {
        entries: vec![entry],
        head_signature: shop.till.key.sign(&head),
    };
    let unsigned = Batch {
        head_signature: String::new(),
        ..good.clone()
    };
    for batch in [good, unsigned] {
        let request = shop.request(&shop.till, "POST", "/v1/till/journal", &batch);
        agreement.holds("sendJournal", &answered(&request));
    }
}

#[test]
fn answers_to_callers_are_as_documented() {
    let agreement = Agreement::of_what_is_served();
    let mut shop = open_shop();
    let holds = |shop: &mut Shop, name: &str, method: &str, path: &str, body: &str| {
        let reply = shop.call_contract(method, path, body);
        agreement.holds(name, &reply);
        serde_json::from_slice::<Value>(&reply.body).unwrap_or_default()
    };
    let body = native_body("WECHAT_PAY", "28.10");
    let other = holds(&mut shop, "native", "POST", "native", &body.replace(ORDER, "96"));
    holds(&mut shop, "native", "POST", "native", "[]");
    let trade_no = shop.paid_order();
    let refund = format!("refund-record/refund?tradingOrderNo={trade_no}&refundAmount=");
    let refunded = holds(&mut shop, "refund", "POST", &format!("{refund}8.10"), "");
    holds(&mut shop, "refund", "POST", &format!("{refund}90"), "");
    let record = format!("refund-record/{}", refunded["refundNo"].as_str().unwrap());
    holds(&mut shop, "findRefund", "GET", &record, "");
    holds(&mut shop, "findRefund", "GET", "refund-record/17", "");
    for no in [trade_no.as_str(), "17", "x"] {
        let find = format!("tradings/findTradResultByTradingOrderNo?tradingOrderNo={no}");
        holds(&mut shop, "findTrade", "GET", &find, "");
    }
    for no in [other["tradingOrderNo"].as_str().unwrap(), &trade_no] {
        holds(
            &mut shop,
            "closeTrade",
            "POST",
            &format!("tradings/{no}/close"),
            "",
        );
    }
    for order in [ORDER, "99"] {
        holds(
            &mut shop,
            "cancelOrder",
            "POST",
            &format!("orders/{order}/cancel"),
            "",
        );
    }
    let waived = format!(r#"{{"productAppId":"{APP}","tradingType":"MD","tradingAmount":1,"memo":"x"}}"#);
    for body in ["{}", &waived] {
        holds(&mut shop, "settleLocally", "POST", "orders/98/local", body);
    }
    agreement.has_covered(endpoints::CALLER.iter());
}

#[test]
fn answers_to_platforms_are_as_documented() {
    let agreement = Agreement::of_what_is_served();
    for (name, means) in [
        ("wechatCallback", Means::WechatPay),
        ("alipayCallback", Means::AliPay),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut shop = pen::shop(folder.path(), means);
        let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
        let good = shop.notice(Happened::Paid {
            trade_no: &trade_no,
            amount_minor: 2810,
        });
        let mut statuses = Vec::new();
        let mut holds = |reply: Reply| {
            agreement.holds(name, &reply);
            statuses.push(reply.status);
        };
        holds(shop.notified(&good));
        let mut altered = good.clone();
        let last = altered.body.iter().rposition(|byte| *byte == b'1').unwrap();
        altered.body[last] = b'2';
        holds(shop.notified(&altered));
        altered.body = b"nothing".to_vec();
        altered.headers.clear();
        holds(shop.notified(&altered));
        holds(
            shop.centre
                .callback(means.name(), "404", &good.headers, &good.body, shop.now_ms),
        );
        holds(too_long(means.name()));
        shop.do_it(|ledger| {
            ledger.execute("ALTER TABLE trade RENAME TO gone", &[])?;
            Ok(())
        });
        holds(shop.notified(&good));
        shop.do_it(|ledger| {
            let other = "UPDATE pay_channel SET merchant_id = '2088000000000000', version = version + 1";
            ledger.execute(other, &[])?;
            Ok(())
        });
        holds(shop.notified(&good));
        statuses[0] = 200;
        assert_eq!(statuses, [200, 401, 400, 404, 413, 500, 403], "{name}");
    }
    agreement.has_covered(endpoints::all().filter(|endpoint| endpoint.door == Door::Platform));
}
