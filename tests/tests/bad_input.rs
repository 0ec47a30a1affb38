//! What goes wrong at a counter and at its door: each answered with its code, nothing lost, nothing overwritten.

#![allow(
    clippy::unwrap_used,
    reason = "what is not there fails the scenario right here"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};
use suanpan_tests::house::books;
use suanpan_tests::house::clock::SOON;
use suanpan_tests::house::process::NotReady;
use suanpan_tests::house::shop::Shop;
use suanpan_tests::house::till::{Till, text};

/// Starts a till that must not start and gives the code it ends with.
fn code_at_start(till: &mut Till) -> String {
    let ended = till.try_start().expect_err("the till started");
    code_of(&ended)
}

fn code_of(ended: &NotReady) -> String {
    let status = ended.status.expect("it ended by itself");
    assert!(!status.success(), "it ended well: {}", ended.log);
    let said = ended
        .log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut codes = said.filter(|line| line["problem"]["code"].is_string());
    let last = codes
        .next_back()
        .unwrap_or_else(|| panic!("no code in:\n{}", ended.log));
    text(&last["problem"]["code"])
}

/// Enrols a fresh till with this line.
fn enrolling(shop: &mut Shop, line: &str) -> String {
    let number = shop.tills.len() + 50;
    let mut plan = shop.till_plan(number);
    plan.enrol = Some(line.to_owned());
    code_at_start(&mut Till::new(plan))
}

#[test]
fn an_enrolment_that_cannot_be_is_told_apart_from_one_that_can_be_tried_again() {
    let mut shop = Shop::open();
    let line = shop.invite();
    let (front, rest) = line.split_once('#').unwrap();
    let (code, fingerprint) = rest.split_once('#').unwrap();
    assert_eq!(enrolling(&mut shop, "not a line"), "ENROL_LINE_MALFORMED");
    let wrong = format!("{front}#ZZZZZZZZ#{fingerprint}");
    assert_eq!(enrolling(&mut shop, &wrong), "ENROL_CODE_WRONG");
    let nobody = format!("http://127.0.0.1:9#{code}#{fingerprint}");
    assert_eq!(enrolling(&mut shop, &nobody), "CENTRE_UNREACHABLE");
    let impostor: String = fingerprint.chars().rev().collect();
    let other = shop.invite();
    let other_code = other.split('#').nth(1).unwrap();
    let not_the_one = format!("{front}#{other_code}#{impostor}");
    assert_eq!(enrolling(&mut shop, &not_the_one), "CENTRE_NOT_THE_ONE");
    // None of the vain tries used the first code up.
    shop.add_till(&line).start();
    assert_eq!(enrolling(&mut shop, &line), "ENROL_CODE_USED");
}

#[test]
fn a_sandbox_is_no_centre() {
    let mut shop = Shop::without_tills();
    let line = shop.invite();
    let (_, rest) = line.split_once('#').unwrap();
    let mistaken = format!("{}#{rest}", shop.sandbox.api());
    let code = enrolling(&mut shop, &mistaken);
    assert!(
        ["CENTRE_NOT_THE_ONE", "CENTRE_UNREACHABLE"].contains(&code.as_str()),
        "{code}"
    );
}

#[test]
fn quantities_and_prices_that_cannot_be_leave_the_basket_as_it_was() {
    let shop = Shop::open();
    let till = shop.till();
    let good = till.goods()[0].clone();
    till.scan(&good.code);
    let line = text(&till.state()["basket"]["lines"][0]["line_id"]);
    let before = till.state()["basket"].clone();
    let quantity = |milli: i64| {
        till.refused(
            "basket.set_quantity",
            &json!({ "line_id": line, "quantity_milli": milli }),
        )
    };
    assert_eq!(quantity(0), "QUANTITY_NOT_POSITIVE");
    assert_eq!(quantity(-1000), "QUANTITY_NOT_POSITIVE");
    assert_eq!(quantity(i64::MAX), "QUANTITY_TOO_LARGE");
    assert_eq!(quantity(1500), "QUANTITY_NOT_WHOLE");
    let price = |yuan: &str| till.refused("basket.set_price", &json!({ "line_id": line, "yuan": yuan }));
    for yuan in ["", "-1", "1.234", "1e3", "NaN", "一元"] {
        assert_eq!(price(yuan), "PRICE_INVALID", "{yuan}");
    }
    assert!(["PRICE_INVALID", "AMOUNT_NOT_POSITIVE"].contains(&price("0").as_str()));
    let huge = price("99999999999999999999");
    assert!(
        ["PRICE_INVALID", "AMOUNT_TOO_LARGE"].contains(&huge.as_str()),
        "{huge}"
    );
    for (typed, code) in [
        ("0*", "QUANTITY_NOT_POSITIVE"),
        ("999999999999999999999*", "QUANTITY_TOO_LARGE"),
    ] {
        let entered = till.act(
            "basket.enter",
            &json!({ "text": format!("{typed}{}", good.code), "by": "hand" }),
        );
        assert_eq!(entered["problem"]["code"], code, "{typed}");
    }
    let unknown = till.act("basket.enter", &json!({ "text": "9999999999999", "by": "scan" }));
    assert_eq!(unknown["problem"]["code"], "ARTICLE_NOT_FOUND");
    assert_eq!(till.state()["basket"], before);
}

#[test]
fn amounts_that_cannot_be_take_no_money() {
    let shop = Shop::open();
    let till = shop.till();
    assert_eq!(till.refused("pay.begin", &json!({})), "BASKET_EMPTY");
    till.begin(&[&till.goods()[0].code]);
    let cash = |yuan: &str| till.refused("pay.cash", &json!({ "received_yuan": yuan }));
    assert_eq!(cash("0"), "AMOUNT_NOT_POSITIVE");
    assert_eq!(cash("99999999999999999999"), "AMOUNT_TOO_LARGE");
    assert_eq!(cash("-5"), "AMOUNT_NOT_POSITIVE");
    for yuan in ["5.001", "abc", "1e2"] {
        assert_eq!(cash(yuan), "AMOUNT_INVALID", "{yuan}");
    }
    let code = |yuan: &str| till.refused("pay.code", &json!({ "means": "WECHAT_PAY", "yuan": yuan }));
    assert_eq!(code("99999"), "AMOUNT_OVER_DUE");
    let zero = code("0");
    assert!(
        ["AMOUNT_NOT_POSITIVE", "AMOUNT_INVALID"].contains(&zero.as_str()),
        "{zero}"
    );
    assert_eq!(till.net_minor(), 0);
    assert_eq!(shop.sandbox.counter("ordersCreated"), 0);
}

#[test]
fn a_catalogue_that_cannot_be_read_changes_nothing_and_says_where() {
    let shop = Shop::open();
    let till = shop.till();
    let before = till.goods();
    for csv in [
        "",
        "\u{0}\u{1}",
        "just,some,words\n1,2,3",
        "barcode,name,price\n\"unended",
    ] {
        let no = till
            .call("catalogue.import", &json!({ "csv": csv, "dry_run": false }))
            .unwrap_err();
        assert_eq!(no.code, "CATALOGUE_MALFORMED", "{csv:?}");
        assert!(no.params.contains_key("reason"), "{no:?}");
    }
    assert_eq!(till.goods(), before);
}

#[test]
fn what_is_no_command_is_refused_and_strangers_are_not_answered() {
    let shop = Shop::open();
    let till = shop.till();
    assert_eq!(till.refused("no.such", &json!({})), "REQUEST_MALFORMED");
    assert_eq!(
        till.refused("basket.remove", &json!({ "line": 5 })),
        "REQUEST_MALFORMED"
    );
    let ask = |token: &str, header: (&str, &str)| {
        suanpan_tests::house::http1::Request::new("POST", till.rpc())
            .header("authorization", &format!("Bearer {token}"))
            .header(header.0, header.1)
            .json(&json!({ "cmd": "state.get", "payload": {} }))
            .send()
            .unwrap()
            .status()
    };
    assert_eq!(ask(till.token(), ("x-nothing", "1")), 200);
    assert!([401, 403].contains(&ask("wrong", ("x-nothing", "1"))));
    assert_eq!(ask(till.token(), ("origin", "http://evil.example")), 403);
    assert_eq!(ask(till.token(), ("host", "evil.example")), 403);
}

/// Everything in a folder that matters, byte for byte.
fn bytes_of(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap()
}

#[test]
fn a_database_from_a_newer_version_is_left_as_it_is() {
    let mut shop = Shop::open();
    shop.till().sell_for_cash(&[&shop.till().goods()[0].code]);
    shop.till_mut().stop();
    let database = books::database(shop.till().data());
    books::edit(&database, "PRAGMA user_version = 9999");
    let before = bytes_of(&database);
    assert_eq!(code_at_start(shop.till_mut()), "DATABASE_NEWER");
    assert_eq!(bytes_of(&database), before);
}

#[test]
fn a_damaged_database_is_said_to_be_damaged_and_never_replaced() {
    let mut shop = Shop::open();
    shop.till().sell_for_cash(&[&shop.till().goods()[0].code]);
    shop.till_mut().stop();
    let database = books::database(shop.till().data());
    books::edit(&database, "");
    let whole = bytes_of(&database);
    let mut spoiled = whole.clone();
    let middle = spoiled.len() / 2;
    spoiled[middle..middle + 4096].fill(0x5a);
    let torn = whole[..whole.len() / 3].to_vec();
    for bytes in [spoiled, torn, b"not a database at all".to_vec(), Vec::new()] {
        fs::write(&database, &bytes).unwrap();
        assert_eq!(code_at_start(shop.till_mut()), "DATABASE_DAMAGED");
        assert_eq!(bytes_of(&database), bytes);
    }
    fs::write(&database, whole).unwrap();
    shop.till_mut().start();
    assert_eq!(shop.till().takings()["orders"], 1);
}

#[test]
fn a_used_till_whose_database_is_gone_does_not_begin_empty_unless_it_is_told_to() {
    let mut shop = Shop::without_tills();
    let line = shop.invite();
    let mut plan = shop.add_till(&line).plan().clone();
    plan.sandbox = None;
    let mut till = Till::new(plan.clone());
    till.start();
    till.wait_in_step(SOON);
    till.stop();
    for entry in fs::read_dir(&plan.data).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::remove_file(path).unwrap();
        }
    }
    plan.enrol = None;
    let mut till = Till::new(plan.clone());
    assert_eq!(code_at_start(&mut till), "DATABASE_DAMAGED");
    assert!(!plan.data.join("till.db").exists(), "nothing was begun");
    plan.arguments = vec!["--begin-anew".into()];
    let mut till = Till::new(plan);
    till.start();
    assert_eq!(till.state()["sync"]["phase"], "alone");
}

#[test]
fn a_folder_that_cannot_be_used_is_said_to_be_so() {
    let mut shop = Shop::open();
    shop.till_mut().stop();
    let database = books::database(shop.till().data());
    let aside = shop.inside("aside.db");
    fs::rename(&database, &aside).unwrap();
    fs::create_dir(&database).unwrap();
    assert_eq!(code_at_start(shop.till_mut()), "DATABASE_UNREADABLE");
    fs::remove_dir(&database).unwrap();
    fs::rename(&aside, &database).unwrap();
    let mut plan = shop.till_plan(9);
    let file = shop.inside("a-file");
    fs::write(&file, "x").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    plan.data = file.join("till");
    assert_eq!(code_at_start(&mut Till::new(plan)), "DATABASE_UNREADABLE");
    shop.till_mut().start();
    shop.till().wait_in_step(SOON);
}

#[test]
fn f08_a_second_program_on_the_same_data_is_refused_and_the_first_goes_on() {
    let shop = Shop::open();
    let mut second = Till::new(shop.till().plan().clone());
    assert_eq!(code_at_start(&mut second), "ALREADY_RUNNING");
    shop.till().sell_for_cash(&[&shop.till().goods()[0].code]);
    assert_eq!(shop.till().takings()["orders"], 1);
}

#[test]
fn commands_of_the_centre_that_cannot_be_end_badly_and_say_why() {
    let shop = Shop::without_tills();
    for wrong in [
        vec!["till", "invite", "--store", "12345"],
        vec!["store", "add", "--name", ""],
        vec![
            "channel",
            "add",
            "--store",
            "12345",
            "--practice-api",
            "http://127.0.0.1:9",
        ],
        vec!["no-such-command"],
    ] {
        let output = shop.centre.run(&wrong);
        assert!(!output.status.success(), "{wrong:?} ended well");
        assert!(!output.stderr.is_empty(), "{wrong:?} says nothing");
    }
}
