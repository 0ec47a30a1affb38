//! A till behind its bridge as a process: its commands, its state, its books.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use serde_json::{Value, json};

use crate::house::clock::{self, SOON, wait_or_tell};
use crate::house::http1::{Request, authority_and_path};
use crate::house::process::{NotReady, Process};
use crate::house::programs::{program, screens};

/// A till's *no*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its code.
    pub code: String,
    /// How to treat it: `refused`, `retryable`, `fault`.
    pub class: String,
    /// Values of its sentence.
    pub params: BTreeMap<String, String>,
}

/// What a till is started with.
#[derive(Clone, Debug, Default)]
pub struct TillPlan {
    /// Its data.
    pub data: PathBuf,
    /// Where it keeps what must not lie in its data, as the witness of its numbers.
    pub home: PathBuf,
    /// Where logs go.
    pub logs: PathBuf,
    /// What to call it in the logs.
    pub name: String,
    /// Enrolment line, used at the first start only.
    pub enrol: Option<String>,
    /// Admin address and token of the sandbox.
    pub sandbox: Option<(String, String)>,
    /// More arguments.
    pub arguments: Vec<String>,
    /// A line for its standard input; nothing is there without it.
    pub typed: Option<String>,
}

/// A till, running or not.
#[derive(Debug)]
pub struct Till {
    plan: TillPlan,
    listen: String,
    page: String,
    rpc: String,
    token: String,
    process: Option<Process>,
}

impl Till {
    /// A till that was never started.
    #[must_use]
    pub fn new(plan: TillPlan) -> Self {
        Self {
            plan,
            listen: "127.0.0.1:0".to_owned(),
            page: String::new(),
            rpc: String::new(),
            token: String::new(),
            process: None,
        }
    }

    /// Starts it.
    ///
    /// # Panics
    /// When it runs or does not start.
    pub fn start(&mut self) {
        self.try_start().unwrap_or_else(|problem| {
            panic!("the till does not start: {:?}\n{}", problem.status, problem.log)
        });
    }

    /// Starts it, after the first time at the address it had.
    ///
    /// # Errors
    /// How it ended instead.
    ///
    /// # Panics
    /// When it runs.
    pub fn try_start(&mut self) -> Result<(), NotReady> {
        assert!(self.process.is_none(), "the till runs");
        let (plan, command) = (&self.plan, self.command());
        let process = Process::try_start_typing(&plan.name, command, &plan.logs, plan.typed.as_deref())?;
        let text = |name: &str| process.ready()[name].as_str().expect("a ready line").to_owned();
        (self.page, self.rpc, self.token) = (text("till"), text("rpc"), text("token"));
        self.listen = authority_and_path(&self.rpc).0.to_owned();
        self.process = Some(process);
        self.plan.enrol = None;
        Ok(())
    }

    /// The command line of its next start.
    #[must_use]
    pub fn command(&self) -> Command {
        let plan = &self.plan;
        let mut command = Command::new(program("suanpan-bridge"));
        command.arg("--data").arg(&plan.data);
        command
            .args(["--listen", &self.listen])
            .arg("--ui")
            .arg(screens());
        if let Some(line) = &plan.enrol {
            command.args(["--enrol", line]);
        }
        if let Some((admin, token)) = &plan.sandbox {
            command.args(["--practice-sandbox", admin, "--practice-token", token]);
        }
        command.args(&plan.arguments);
        for name in ["XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "HOME"] {
            command.env(name, &plan.home);
        }
        command
    }

    /// Asks it to end.
    ///
    /// # Panics
    /// When it does not run or does not end.
    pub fn stop(&mut self) -> ExitStatus {
        self.process.take().expect("the till runs").stop()
    }

    /// Kills it.
    ///
    /// # Panics
    /// When it does not run.
    pub fn kill(&mut self) {
        self.process.take().expect("the till runs").kill();
    }

    /// Its data.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.plan.data
    }

    /// What it was planned with, to plan another like it.
    #[must_use]
    pub fn plan(&self) -> &TillPlan {
        &self.plan
    }

    /// Its page, with the token.
    #[must_use]
    pub fn page(&self) -> &str {
        &self.page
    }

    /// Its rpc address.
    #[must_use]
    pub fn rpc(&self) -> &str {
        &self.rpc
    }

    /// The token its addresses ask for.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Sends a command.
    ///
    /// # Errors
    /// The till's *no*.
    ///
    /// # Panics
    /// When the till does not answer.
    pub fn call(&self, cmd: &str, payload: &Value) -> Result<Value, Refusal> {
        let answer = Request::new("POST", &self.rpc)
            .header("authorization", &format!("Bearer {}", self.token))
            .json(&json!({ "cmd": cmd, "payload": payload }))
            .send()
            .unwrap_or_else(|problem| panic!("the till does not answer {cmd}: {problem}"));
        let mut body = answer.json();
        match body.get("problem") {
            Some(problem) => Err(refusal(problem)),
            None if body.get("ok").is_some() => Ok(body["ok"].take()),
            None => panic!("{cmd} is answered {} {}", answer.status(), answer.text()),
        }
    }

    /// Sends a command that must work.
    ///
    /// # Panics
    /// When the till says no.
    pub fn act(&self, cmd: &str, payload: &Value) -> Value {
        self.call(cmd, payload)
            .unwrap_or_else(|no| panic!("{cmd} {payload}: {no:?}"))
    }

    /// Sends a command that must be refused and gives the code.
    ///
    /// # Panics
    /// When the till does it.
    #[must_use]
    pub fn refused(&self, cmd: &str, payload: &Value) -> String {
        match self.call(cmd, payload) {
            Err(no) => no.code,
            Ok(done) => panic!("{cmd} {payload} was not refused: {done}"),
        }
    }

    /// Everything on screen.
    #[must_use]
    pub fn state(&self) -> Value {
        self.act("state.get", &json!({}))
    }

    /// Enters a text into the one box, as a scanner.
    pub fn scan(&self, text: &str) -> Value {
        let entered = self.act("basket.enter", &json!({ "text": text, "by": "scan" }));
        assert!(entered["problem"].is_null(), "{text}: {}", entered["problem"]);
        entered
    }

    /// Waits for a state.
    ///
    /// # Panics
    /// When it does not come in time, with the last one.
    pub fn wait_state(&self, what: &str, within: Duration, fits: impl Fn(&Value) -> bool) -> Value {
        wait_or_tell(within, || {
            let state = self.state();
            if fits(&state) {
                Ok(state)
            } else {
                Err(state.to_string())
            }
        })
        .unwrap_or_else(|last| panic!("not within {within:?}: {what}; last seen: {last}"))
    }

    /// Scans what is given and begins to collect; gives the order.
    pub fn begin(&self, codes: &[&str]) -> String {
        for code in codes {
            self.scan(code);
        }
        let state = self.act("pay.begin", &json!({}));
        text(&state["pay"]["order_id"])
    }

    /// A whole cash sale of exactly what is due; gives the order.
    pub fn sell_for_cash(&self, codes: &[&str]) -> String {
        let order = self.begin(codes);
        let state = self.act("pay.cash", &json!({ "received_yuan": "" }));
        assert_eq!(state["stage"], "paid", "{state}");
        self.act("pay.next", &json!({}));
        order
    }

    /// Asks for a WeChat code over a share (empty: all that is due) and waits until it can be scanned.
    pub fn show_code(&self, yuan: &str) -> Shown {
        self.show_code_of("WECHAT_PAY", yuan)
    }

    /// The same for a platform by its means.
    pub fn show_code_of(&self, means: &str, yuan: &str) -> Shown {
        self.wait_codes_possible();
        let state = self.act("pay.code", &json!({ "means": means, "yuan": yuan }));
        self.wait_code(&text(&state["pay"]["current_tender_no"]))
    }

    fn wait_codes_possible(&self) {
        self.wait_state("codes are possible", SOON, |state| {
            state["pay"]["codes_possible"] == true
        });
    }

    /// Takes a code off the screen for another platform's.
    pub fn switch(&self, shown: &Shown, means: &str) {
        self.act(
            "pay.switch",
            &json!({ "tender_no": shown.tender_no, "means": means }),
        );
    }

    /// Waits until the code that comes in another's place can be scanned.
    pub fn wait_switched(&self, old: &Shown, within: Duration) -> Shown {
        let state = self.wait_state("another code is out", within, |state| {
            let current = text(&state["pay"]["current_tender_no"]);
            let tender = tender_in(state, &current);
            current != old.tender_no && tender.is_some_and(|tender| tender["code"].is_object())
        });
        self.wait_code(&text(&state["pay"]["current_tender_no"]))
    }

    /// Charges all that is due by a payment code, as scanned; gives the tender.
    pub fn charge(&self, digits: &str) -> Charged {
        self.wait_codes_possible();
        let state = self.act("pay.take", &json!({ "scanned": digits, "yuan": "" }));
        Charged {
            order_id: text(&state["pay"]["order_id"]),
            tender_no: text(&state["pay"]["current_tender_no"]),
        }
    }

    /// Waits until the code of a tender can be scanned.
    ///
    /// # Panics
    /// When it does not come in time.
    pub fn wait_code(&self, tender_no: &str) -> Shown {
        let state = self.wait_state("the code is out", SOON, |state| {
            tender_in(state, tender_no).is_some_and(|tender| tender["code"].is_object())
        });
        let tender = tender_in(&state, tender_no).expect("just seen");
        Shown {
            order_id: text(&state["pay"]["order_id"]),
            trade_no: text(&tender["code"]["trade_no"]),
            url: text(&tender["code"]["url"]),
            tender_no: tender_no.to_owned(),
        }
    }

    /// Waits until a tender of an order is in a phase, whatever is on screen.
    ///
    /// # Panics
    /// When it does not come in time.
    pub fn wait_phase(&self, shown: &impl OfTender, phase: &str, within: Duration) -> Value {
        let (order_id, tender_no) = shown.of_tender();
        wait_or_tell(within, || {
            let order = self.order(order_id);
            let tender = tender_in(&order, tender_no);
            tender
                .filter(|tender| tender["phase"] == phase)
                .ok_or_else(|| order["tenders"].to_string())
        })
        .unwrap_or_else(|last| panic!("not {phase} within {within:?}; last seen: {last}"))
    }

    /// Articles sold by the piece that have a barcode, in the order of the tiles.
    ///
    /// # Panics
    /// When the till has no catalogue.
    #[must_use]
    pub fn goods(&self) -> Vec<Article> {
        let tiles = self.act("catalogue.tiles", &json!({}));
        let categories = tiles.as_array().cloned().unwrap_or_default();
        let all = categories
            .iter()
            .filter_map(|category| category["tiles"].as_array())
            .flatten();
        let by_piece = all.filter(|hit| hit["unit"] == "piece" && text(&hit["code"]).len() == 13);
        let goods: Vec<Article> = by_piece.map(article).collect();
        assert!(goods.len() >= 10, "the sample catalogue has tiles: {tiles}");
        goods
    }

    /// An order, whole.
    #[must_use]
    pub fn order(&self, order_id: &str) -> Value {
        self.act("orders.get", &json!({ "order_id": order_id }))
    }

    /// Today's takings.
    #[must_use]
    pub fn takings(&self) -> Value {
        self.act("takings.day", &json!({ "day": null }))
    }

    /// Net of today's takings, in fen.
    #[must_use]
    pub fn net_minor(&self) -> i64 {
        self.takings()["net_minor"].as_i64().expect("a sum")
    }

    /// Waits until nothing is only here.
    pub fn wait_in_step(&self, within: Duration) {
        self.wait_state("everything is at the centre", within, |state| {
            state["sync"]["entries_only_here"] == 0 && state["sync"]["phase"] == "in_step"
        });
    }

    /// Sees for a while that nothing changes on an order.
    pub fn wait_while_order_stays(&self, order_id: &str, lasting: Duration) {
        let before = self.order(order_id);
        clock::wait_while_still("the order stays as it is", lasting, || {
            let now = self.order(order_id);
            now["row"]["state"] == before["row"]["state"] && now["tenders"] == before["tenders"]
        });
    }
}

/// An article of the sample catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    /// Its barcode.
    pub code: String,
    /// Its name without the size.
    pub name: String,
    /// Initials of the name's syllables.
    pub initials: String,
    /// What one costs.
    pub price_minor: i64,
}

fn article(hit: &Value) -> Article {
    Article {
        code: text(&hit["code"]),
        name: text(&hit["name"]),
        initials: text(&hit["initials"]),
        price_minor: hit["price_minor"].as_i64().expect("an article has a price"),
    }
}

/// A code on screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its order.
    pub order_id: String,
    /// Its tender.
    pub tender_no: String,
    /// The attempt, which is its number at the platform.
    pub trade_no: String,
    /// What stands in the code.
    pub url: String,
}

/// A tender that was opened with a customer's payment code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charged {
    /// Its order.
    pub order_id: String,
    /// The tender.
    pub tender_no: String,
}

/// What stands for a tender.
pub trait OfTender {
    /// Its order and its number.
    fn of_tender(&self) -> (&str, &str);
}

impl OfTender for Shown {
    fn of_tender(&self) -> (&str, &str) {
        (&self.order_id, &self.tender_no)
    }
}

impl OfTender for Charged {
    fn of_tender(&self) -> (&str, &str) {
        (&self.order_id, &self.tender_no)
    }
}

/// A tender by number in a state (on Pay or Paid) or an order.
#[must_use]
pub fn tender_in(holder: &Value, tender_no: &str) -> Option<Value> {
    let lists = [
        &holder["pay"]["tenders"],
        &holder["paid"]["tenders"],
        &holder["tenders"],
    ];
    let all = lists.into_iter().filter_map(Value::as_array).flatten();
    let mut fitting = all.filter(|tender| tender["tender_no"] == tender_no);
    fitting.next().cloned()
}

fn refusal(problem: &Value) -> Refusal {
    let params = problem["params"].as_object();
    Refusal {
        code: text(&problem["code"]),
        class: text(&problem["class"]),
        params: params
            .map(|params| {
                params
                    .iter()
                    .map(|(name, value)| (name.clone(), text(value)))
                    .collect()
            })
            .unwrap_or_default(),
    }
}

/// A JSON text, or what stands there instead.
#[must_use]
pub fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), ToOwned::to_owned)
}
