//! A centre as an operator sees it: how it ends, what it says of its settings, what it measures and what it logs.

#![allow(
    clippy::unwrap_used,
    reason = "what is not there fails the scenario right here"
)]

use std::fs;

use serde_json::{Value, json};
use suanpan_channels::bill::BillDay;
use suanpan_private_postgres::PrivatePostgres;
use suanpan_tests::house::books;
use suanpan_tests::house::clock::{LATER, SOON, wait_until};
use suanpan_tests::house::http1::Request;
use suanpan_tests::house::shop::{Shop, ShopPlan};
use suanpan_tests::house::till::{tender_in, text};

const HOUR_MS: i64 = 3_600_000;

/// The secret that callbacks of the practice merchant are encrypted with.
const API_V3_KEY: &str = "SandboxOnlyApiV3KeyMerchant00101";

#[test]
fn a_centre_that_is_asked_to_end_finishes_the_call_it_is_making_and_keeps_its_answer() {
    let mut shop = Shop::open();
    let goods = shop.tills[0].goods();
    shop.tills[0].begin(&[&goods[0].code]);
    // Longer than a busy machine needs to send a signal, shorter than the time limit of a call.
    shop.sandbox.set_fault(
        &json!({ "at": "call", "on": "prepay", "effect": { "slow": { "delay_ms": 3_000 } }, "times": 1 }),
    );
    let state = shop.tills[0].act("pay.code", &json!({ "means": "WECHAT_PAY", "yuan": "" }));
    let tender_no = text(&state["pay"]["current_tender_no"]);
    wait_until("the platform has been asked for a code", LATER, || {
        (shop.sandbox.trades().len() == 1).then_some(())
    });
    assert!(shop.centre.stop().success());
    let data = shop.centre.data();
    assert_eq!(
        books::number(data, "SELECT lease_until_ms FROM trade"),
        0,
        "the claim was given back"
    );
    assert_eq!(
        books::number(
            data,
            "SELECT COUNT(*) FROM trade WHERE state = 'AWAITING' AND code_url IS NOT NULL"
        ),
        1,
        "the code was kept though the centre was ending"
    );
    shop.centre.start();
    shop.tills[0].wait_state("the till has its code", LATER, |state| {
        tender_in(state, &tender_no).is_some_and(|tender| tender["code"].is_object())
    });
    let shown = shop.tills[0].wait_code(&tender_no);
    shop.sandbox.pay(&shown.trade_no);
    shop.tills[0].wait_phase(&shown, "settled", LATER);
    assert_eq!(shop.sandbox.trades().len(), 1, "no second code was asked for");
}

#[test]
fn what_is_measured_and_logged_names_trades_and_orders_and_no_secret() {
    measures_and_logs(Shop::plan());
}

#[test]
fn nor_is_a_secret_logged_by_a_centre_on_postgresql() {
    let server = PrivatePostgres::start().unwrap();
    server.create("logged").unwrap();
    measures_and_logs(Shop::plan().keeping_in(&server.url("logged")));
}

fn measures_and_logs(plan: ShopPlan) {
    let all = ["--operators=127.0.0.1:0", "--log-format=json", "--log=trace"];
    let mut shop = plan.with_alipay().centre_with(&all).open();
    let till = &shop.tills[0];
    let goods = till.goods();
    till.begin(&[&goods[0].code]);
    let shown = till.show_code("");
    shop.sandbox.pay(&shown.trade_no);
    till.wait_phase(&shown, "settled", LATER);
    till.wait_in_step(SOON);
    let page = measured(&shop);
    for line in [
        "suanpan_trades_last_hour{platform=\"WECHAT_PAY\",merchant=\"1\",state=\"PAID\"} 1",
        "suanpan_calls_total{merchant=\"1\",call=\"prepay\",outcome=\"answered\"} 1",
        "suanpan_requests_total{door=\"platform\",endpoint=\"callback\",status=\"204\"} 1",
        "suanpan_callback_lag_seconds_count 1",
        "suanpan_suspense 0",
        "suanpan_database_up 1",
    ] {
        assert!(
            page.lines().any(|found| found == line),
            "{line} is not in\n{page}"
        );
    }
    assert!(page.contains("suanpan_requests_total{door=\"till\",endpoint=\"attempt\",status=\"200\"}"));
    let mut codes = vec![shown.url.clone()];
    till.act("pay.next", &json!({}));
    till.begin(&[&goods[0].code]);
    let by_alipay = till.show_code_of("ALI_PAY", "");
    shop.sandbox.pay(&by_alipay.trade_no);
    till.wait_phase(&by_alipay, "settled", LATER);
    codes.push(by_alipay.url.clone());
    for platform in ["wechat", "alipay"] {
        till.act("pay.next", &json!({}));
        till.begin(&[&goods[0].code]);
        let digits = shop.sandbox.payment_code(platform, false);
        let charged = till.charge(&digits);
        till.wait_phase(&charged, "settled", LATER);
        codes.push(digits);
    }
    till.wait_in_step(SOON);
    shop.centre.stop();
    assert_logged(&shop, &shown.trade_no, &shown.tender_no, &codes);
}

/// Standard error is one object a line, in which numbers are fields; neither it nor the files hold a secret.
fn assert_logged(shop: &Shop, trade_no: &str, tender_no: &str, codes: &[String]) {
    let said = shop.centre.log();
    let objects: Vec<Value> = said
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let fields = |message: &str| {
        let of_message = objects.iter().map(|line| &line["fields"]);
        let found: Vec<&Value> = of_message.filter(|fields| fields["message"] == message).collect();
        assert!(!found.is_empty(), "nobody said {message:?} in\n{said}");
        found
    };
    let number = |text: &str| text.parse::<i64>().ok();
    let asked = fields("asked the platform");
    assert!(
        asked
            .iter()
            .any(|fields| fields["trade_no"].as_i64() == number(trade_no) && fields["call"] == "prepay")
    );
    let changed = fields("tender changed");
    let paid = changed.iter().find(|fields| fields["state"] == "PAID");
    let paid = paid.unwrap_or_else(|| panic!("no tender was paid: {changed:?}"));
    assert_eq!(paid["tender_no"].as_i64(), number(tender_no));
    assert_eq!(paid["winner_trade_no"].as_i64(), number(trade_no));
    assert!(paid["order_no"].is_i64());
    assert_eq!(paid["trades"], format!("{trade_no} PAID"));
    let identity = fs::read_to_string(shop.centre.data().join("identity.key")).unwrap();
    let files = fs::read_dir(shop.centre.data().join("logs")).unwrap();
    let logs: Vec<String> = files
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    assert!(!logs.is_empty());
    let secrets = [
        identity.trim(),
        API_V3_KEY,
        "PRIVATE KEY",
        "suanpan-signature",
        "WECHATPAY2-",
        "sign=",
        "ciphertext",
    ];
    let secrets = secrets.into_iter().chain(codes.iter().map(String::as_str));
    for secret in secrets {
        for text in logs.iter().chain([&said]) {
            let line = text.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{secret} is in the log");
        }
    }
}

#[test]
fn a_platform_that_does_not_answer_is_seen_in_the_measurements() {
    let shop = Shop::plan().centre_with(&["--operators=127.0.0.1:0"]).open();
    let till = &shop.tills[0];
    shop.platform_wire.cut();
    till.begin(&[&till.goods()[0].code]);
    till.act("pay.code", &json!({ "means": "WECHAT_PAY", "yuan": "" }));
    let open = "suanpan_breaker_open{platform=\"WECHAT_PAY\",merchant=\"1\"} 1";
    let page = wait_until("the breaker is open", LATER, || {
        let page = measured(&shop);
        page.lines().any(|line| line == open).then_some(page)
    });
    let in_vain = page
        .lines()
        .find(|line| line.contains("call=\"prepay\"") && !line.contains("answered"));
    assert!(in_vain.is_some(), "{page}");
    shop.platform_wire.restore();
    wait_until("the breaker is closed again", LATER, || {
        (!measured(&shop).contains("suanpan_breaker_open{")).then_some(())
    });
}

#[test]
fn all_that_is_wrong_with_a_centre_is_said_before_it_opens_its_door() {
    let mut shop = Shop::without_tills();
    let api = shop.sandbox.api().to_owned();
    shop.centre.ask(&["channel", "add", "--practice-api", &api]);
    shop.centre.stop();
    fs::remove_dir_all(shop.centre.data().join("keys")).unwrap();
    let ended = shop.centre.run(&["serve", "--listen=127.0.0.1:0"]);
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success());
    assert!(said.contains("for 2 reasons"), "{said}");
    assert!(
        said.contains("merchant 1:") && said.contains("merchant 2:"),
        "{said}"
    );
    let ended = shop.centre.run(&[
        "serve",
        "--check",
        "--listen=here",
        "--code-life-minutes=0",
        "--operators=0.0.0.0:1",
    ]);
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success());
    for setting in ["--listen", "--code-life-minutes", "--operators"] {
        assert!(said.contains(setting), "{setting} is not in {said}");
    }
    let usable = shop.centre.ask(&["serve", "--check"]);
    assert_eq!(usable["settings"], "usable");
}

#[test]
fn a_practice_account_has_the_limits_of_refunds_that_it_is_added_with() {
    let shop = Shop::without_tills();
    let account = ["channel", "add", "--practice-api", shop.sandbox.api()];
    let limits = ["--refunds-per-hour=7", "--refund-sum-per-hour-minor=900"];
    shop.centre.ask(&[&account[..], &limits[..]].concat());
    let kept = "SELECT refunds_per_hour_max * 1000 + refund_sum_per_hour_max_minor FROM pay_channel
        WHERE enterprise_id = 2";
    assert_eq!(books::number(shop.centre.data(), kept), 7_900);
}

fn measured(shop: &Shop) -> String {
    let url = format!("{}/metrics", shop.centre.operators());
    let answer = Request::new("GET", &url).send().unwrap();
    assert_eq!(answer.status(), 200);
    answer.text()
}

#[test]
fn a_serving_centre_fetches_yesterdays_bill_compares_it_and_says_so_to_the_operator() {
    let mut shop = Shop::open();
    let now_ms = shop.sandbox.ask("GET", "/clock", &Value::Null).1["nowMs"]
        .as_str()
        .and_then(|text| text.parse::<i64>().ok())
        .unwrap();
    let yesterday = BillDay::of(BillDay::of(now_ms).begins_at_ms() - 1);
    let drive = |shop: &Shop, to_ms: i64| {
        let (status, _) = shop
            .sandbox
            .ask("POST", "/clock", &json!({ "nowMs": to_ms.to_string() }));
        assert_eq!(status, 200);
    };
    drive(&shop, yesterday.begins_at_ms() + 12 * HOUR_MS);
    let till = &shop.tills[0];
    let goods = till.goods();
    till.begin(&[&goods[0].code]);
    let shown = till.show_code("");
    shop.sandbox.pay(&shown.trade_no);
    till.wait_phase(&shown, "settled", LATER);
    drive(&shop, yesterday.ends_at_ms() + 11 * HOUR_MS);
    // The days are opened at the start.
    shop.centre.stop();
    shop.centre.start();
    let (day, data) = (yesterday.to_string(), shop.centre.data().to_owned());
    let of_day = ["--enterprise", "1", "--day", day.as_str()];
    shop.centre.operate_as("li");
    wait_until("yesterday is opened", LATER, || {
        let ran = shop
            .centre
            .run(&[&["ops", "reconcile", "run"], &of_day[..]].concat());
        ran.status.success().then_some(())
    });
    wait_until("yesterday is reconciled", LATER, || {
        (books::number(&data, "SELECT COUNT(*) FROM bill_day WHERE state = 'DONE'") == 1).then_some(())
    });
    let shown_day = shop
        .centre
        .ask(&[&["ops", "reconcile", "show", "--json"], &of_day[..]].concat());
    assert_eq!(
        (&shown_day["state"], &shown_day["rows"]),
        (&json!("DONE"), &json!(1))
    );
    let sum = &shown_day["sums"][0];
    assert_eq!(
        (&sum["kind"], &sum["verdict"], &sum["count"]),
        (&json!("PAID"), &json!("MATCHED"), &json!(1))
    );
    assert!(sum["feeThousandthsOfFen"].as_i64() > Some(0));
    let open = shop.centre.run(&["ops", "suspense", "list"]);
    assert!(open.status.success() && open.stdout.is_empty());
    let refused = shop.centre.run(&["ops", "suspense", "accept", "--suspense", "5"]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("not_found"));
}

#[test]
fn a_platforms_next_certificate_is_fetched_by_a_command_and_taken_up_by_a_person() {
    let shop = Shop::open();
    let merchant = suanpan_sandbox::merchants().remove(1);
    let keys = shop.inside("keys");
    fs::create_dir(&keys).unwrap();
    for (name, content) in [
        ("merchant_key.pem", &merchant.private_key_pem),
        ("api_v3.key", &merchant.api_v3_key),
        ("platform_cert.pem", &merchant.platform_certificate_pem),
        ("platform_cert_serial", &merchant.platform_certificate_serial),
    ] {
        fs::write(keys.join(name), content).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(keys.join(name), mode).unwrap();
    }
    let key_ref = format!("file:{}", keys.display());
    let account = ["channel", "add", "--enterprise", "9", "--app-id", &merchant.appid];
    let rest = ["--merchant-id", &merchant.mchid, "--api-base", shop.sandbox.api()];
    let secret = [
        "--merchant-serial",
        &merchant.certificate_serial,
        "--key-ref",
        &key_ref,
    ];
    shop.centre.ask(&[&account[..], &rest, &secret].concat());
    let ask = ["channel", "certificates", "--enterprise", "9"];
    let fetched = |more: &[&str]| -> Vec<Value> {
        let output = shop.centre.run(&[&ask[..], more].concat());
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{complaint}");
        let lines = String::from_utf8(output.stdout).unwrap();
        lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let held = fetched(&[]);
    assert_eq!((held.len(), &held[0]["held"]), (1, &json!(true)));
    assert_eq!(held[0]["name"], merchant.platform_certificate_serial);

    let announced = json!({ "mchid": merchant.mchid, "key": "announced" });
    shop.sandbox.set(&json!({ "platformCertificate": announced }));
    let new = shop.inside("new");
    let written = fetched(&["--write", &new.display().to_string()]);
    let next = written.iter().find(|one| one["held"] == json!(false)).unwrap();
    assert_eq!(next["name"], merchant.next_platform_certificate_serial);
    let pem = fs::read_to_string(next["file"].as_str().unwrap()).unwrap();
    assert_eq!(pem.trim(), merchant.next_platform_certificate_pem.trim());
    assert_eq!(next["pem"].as_str().unwrap(), pem);

    let refused = |arguments: &[&str]| {
        let output = shop.centre.run(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let into = ["--write", &new.display().to_string()];
    assert_eq!(fetched(&into), written, "what is there already stays");
    fs::write(next["file"].as_str().unwrap(), "another").unwrap();
    let again = refused(&[&ask[..], &into].concat());
    assert!(again.contains(".pem"), "nothing is written over: {again}");
    let joined_lately = json!({ "mchid": merchant.mchid, "key": "public_key_only" });
    shop.sandbox.set(&json!({ "answerKeys": joined_lately }));
    let none = refused(&ask);
    assert!(
        none.contains("the platform refuses") || none.contains("no verified answer"),
        "{none}"
    );
    let nobody = refused(&["channel", "certificates", "--enterprise", "77"]);
    assert!(nobody.contains("not_found"), "{nobody}");
}
