//! `hostile`: a tool that makes requests up from the OpenAPI document tries every door of a real centre.
//!
//! It must find no answer that is not documented. Afterwards the centre must still be well: no fault of its own in its
//! log, and still selling.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::Parser;
use serde_json::{Value, json};
use suanpan_domain::number::{Mark, Mint};
use suanpan_private_postgres::PrivatePostgres;
use suanpan_tests::house::clock::wall_ms;
use suanpan_tests::house::http1::Request;
use suanpan_tests::house::shop::Shop;
use suanpan_tests::house::signer::SigningWire;

/// The caller that the tool is.
const APP: &str = "jzo2o.orders";
/// What the centre writes into its log when it is at fault.
const FAULTS: &[&str] = &[
    "panicked",
    "a fault of the centre",
    "a request failed",
    "a caller's request failed",
];
/// What is looked at in every answer.
const CHECKS: &str = "status_code_conformance,response_headers_conformance,content_type_conformance,\
    response_schema_conformance";
/// The same for an answer that is empty where there is nothing to tell: OpenAPI has no words for that.
const CHECKS_OF_WHAT_MAY_BE_EMPTY: &str = "status_code_conformance,response_headers_conformance";

/// Numbers that the tool has to itself as the till that it is.
const NUMBERS: usize = 6;

/// Tries every door of a real centre with requests made up from its own document.
#[derive(Parser)]
#[command(name = "hostile", version)]
struct Options {
    /// The program `schemathesis`.
    #[arg(long, value_name = "FILE")]
    schemathesis: PathBuf,
    /// Requests per endpoint at most.
    #[arg(long, default_value_t = 20)]
    examples: u32,
    /// Time for each door, seconds.
    #[arg(long, default_value_t = 12)]
    seconds: u32,
    /// Keep the centre's books on a private PostgreSQL.
    #[arg(long)]
    postgres: bool,
    /// Seed of the tool, to have a run again.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let server = options
        .postgres
        .then(|| PrivatePostgres::start().unwrap_or_else(|problem| panic!("{problem}")));
    let shop = open_shop(server.as_ref());
    let inner = shop.centre.inner();
    let wire = SigningWire::enrolled(77, &shop.invite());
    let whole = format!("{}/openapi.json", shop.centre.url());
    let doors = [
        (
            "tills",
            wire.address(),
            "^/v1/(enrol|tenders|till/(hello|journal))",
            CHECKS,
        ),
        // It waits when asked to, and would take all the time of the others.
        (
            "tills, to wait for changes",
            wire.address(),
            "^/v1/till/changes",
            CHECKS,
        ),
        (
            "callers",
            inner,
            "^/trade/inner/(native|refund-record|orders|tradings/.trading)",
            CHECKS,
        ),
        (
            "callers, to find",
            inner,
            "findTradResult",
            CHECKS_OF_WHAT_MAY_BE_EMPTY,
        ),
        (
            "platforms and anybody",
            shop.centre.url(),
            "^/(trade/open|healthz|readyz|openapi)",
            CHECKS,
        ),
    ];
    let mut well = true;
    for (who, address, paths, checks) in doors {
        eprintln!("hostile: the door of {who}");
        well &= try_door(&options, &shop, &whole, (address, paths, checks));
    }
    well &= try_knowing(&options, &shop, &wire);
    eprintln!("hostile: tills were answered {:?}", wire.answers());
    well &= is_well(&shop);
    if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn open_shop(server: Option<&PrivatePostgres>) -> Shop {
    let mut plan = Shop::plan().tills(0).centre_with(&["--inner", "127.0.0.1:0"]);
    if let Some(server) = server {
        eprintln!("hostile: the books are on PostgreSQL");
        plan = plan.keeping_in(&server.url("postgres"));
    }
    let shop = plan.open();
    shop.centre
        .ask(&["caller", "add", "--app", APP, "--trust", "127.0.0.0/8"]);
    let enterprise = shop.merchant["enterpriseId"].as_str().unwrap_or_default();
    shop.centre
        .ask(&["caller", "grant", "--app", APP, "--enterprise", enterprise]);
    shop
}

/// Whether the centre found no fault of its own and can still work.
fn is_well(shop: &Shop) -> bool {
    let mut well = true;
    let log = shop.centre.log();
    for line in log
        .lines()
        .filter(|line| FAULTS.iter().any(|fault| line.contains(fault)))
    {
        eprintln!("hostile: the centre wrote: {line}");
        well = false;
    }
    if !shop.centre.is_ready() {
        eprintln!("hostile: the centre is not well any more");
        well = false;
    }
    well
}

/// Two doors once more by somebody who knows the shop: what is asked for is there, so that more than refusals is tried.
fn try_knowing(options: &Options, shop: &Shop, wire: &SigningWire) -> bool {
    let whole = format!("{}/openapi.json", shop.centre.url());
    let known = shop.folder().join("known.json");
    std::fs::write(&known, narrowed(shop, &whole, wire.worker())).expect("a folder of one's own takes files");
    let known = known.to_string_lossy().into_owned();
    let mut well = true;
    for (who, address, paths) in [
        ("tills", wire.address(), "^/v1/tenders"),
        ("callers", shop.centre.inner(), "^/trade/inner/(native|orders)"),
    ] {
        eprintln!("hostile: the door of {who}, who know the shop");
        let before = shop.sandbox.counter("ordersCreated");
        well &= try_door(options, shop, &known, (address, paths, CHECKS));
        let made = shop.sandbox.counter("ordersCreated") - before;
        eprintln!("hostile: {made} codes were made");
        well &= made > 0;
    }
    well
}

/// The document for somebody who knows the shop: numbers, names and merchants in it are those that are there.
fn narrowed(shop: &Shop, whole: &str, worker: u16) -> String {
    let mut mint = Mint::new(worker, Mark::default());
    let numbers: Vec<String> = (0..NUMBERS).map(|_| mint.next(wall_ms()).to_string()).collect();
    let known = [
        ("enterpriseId", json!({ "enum": [shop.merchant["enterpriseId"]] })),
        ("productAppId", json!({ "enum": [APP] })),
        ("tradingAmount", json!({ "enum": ["0.01", 28.1, 1] })),
        ("tender_no", json!({ "enum": numbers })),
        ("order_no", json!({ "enum": numbers })),
        ("refund_no", json!({ "enum": numbers })),
        ("means", json!({ "enum": ["WECHAT_PAY", "ALI_PAY"] })),
        (
            "amount_minor",
            json!({ "type": "integer", "minimum": 1, "maximum": 3 }),
        ),
        ("description", json!({ "enum": ["大米 5kg", "rice & \"beans\""] })),
        ("payment_code", json!({ "type": "null" })),
    ];
    let answer = Request::new("GET", whole).send().expect("the centre answers");
    let mut document = answer.json();
    for (name, schema) in known {
        narrow(&mut document, name, &schema);
    }
    document.to_string()
}

/// Says of every parameter and property of that name that it is of this schema, but not of what is answered.
fn narrow(node: &mut Value, name: &str, schema: &Value) {
    match node {
        Value::Object(fields) => {
            let is_it = fields.contains_key("in") && fields.get("name").is_some_and(|is| is == name);
            if is_it {
                fields.insert("schema".to_owned(), schema.clone());
            }
            let is_answer = |key: &str| key.ends_with("Answer") || key.ends_with("View");
            for (key, inside) in fields.iter_mut().filter(|(key, _)| !is_answer(key)) {
                match inside.get_mut(name).filter(|_| key == "properties") {
                    Some(property) => *property = schema.clone(),
                    None => narrow(inside, name, schema),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| narrow(item, name, schema)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// One door: where it is, which paths are tried there, and what is looked at.
fn try_door(
    options: &Options,
    shop: &Shop,
    document: &str,
    (address, paths, checks): (&str, &str, &str),
) -> bool {
    let status = Command::new(&options.schemathesis)
        .current_dir(shop.folder())
        .arg("run")
        .arg(document)
        .args([
            "--url",
            address,
            "--include-path-regex",
            paths,
            "--checks",
            checks,
        ])
        .args(["--max-examples", &options.examples.to_string()])
        .args(["--max-time", &options.seconds.to_string()])
        .args(["--seed", &options.seed.to_string()])
        .args([
            "--phases",
            "examples,coverage,fuzzing",
            "--generation-database",
            "none",
        ])
        .args([
            "--suppress-health-check",
            "all",
            "--warnings",
            "off",
            "--no-color",
            "--continue-on-failure",
        ])
        .args(["--request-timeout", "35"])
        .status();
    match status {
        Ok(status) => status.success(),
        Err(problem) => {
            eprintln!(
                "hostile: {} cannot be started: {problem}",
                options.schemathesis.display()
            );
            false
        }
    }
}
