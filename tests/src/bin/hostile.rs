//! `hostile`: a tool that makes requests up from the OpenAPI document tries every door of a real centre.
//!
//! It must find no answer that is not documented. Afterwards the centre must still be well: no fault of its own in its
//! log, and still selling.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::Parser;
use suanpan_private_postgres::PrivatePostgres;
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
        well &= try_door(&options, &shop, address, paths, checks);
    }
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

fn try_door(options: &Options, shop: &Shop, address: &str, paths: &str, checks: &str) -> bool {
    let document = format!("{}/openapi.json", shop.centre.url());
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
