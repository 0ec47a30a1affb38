//! The stand-in platform as a test drives it: be the phone, set switches, look at its books.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::house::clock::wait_until;
use crate::house::http1::Request;
use crate::house::process::Process;
use crate::house::programs::program;

/// A running sandbox, and everybody's hand on it: it runs until the last is let go of.
#[derive(Clone, Debug)]
pub struct Sandbox {
    _process: Arc<Process>,
    admin: String,
    token: String,
    api: String,
}

impl Sandbox {
    /// Starts one on a free port.
    #[must_use]
    pub fn start(logs: &Path) -> Self {
        let mut command = Command::new(program("suanpan-sandbox"));
        command.args(["--listen", "127.0.0.1:0"]);
        let process = Process::start("sandbox", command, logs);
        let text = |name: &str| process.ready()[name].as_str().expect("a ready line").to_owned();
        Self {
            admin: text("sandbox"),
            token: text("token"),
            api: text("api"),
            _process: Arc::new(process),
        }
    }

    /// Its admin address.
    #[must_use]
    pub fn admin(&self) -> &str {
        &self.admin
    }

    /// The token of its admin address.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The platform's address for merchants.
    #[must_use]
    pub fn api(&self) -> &str {
        &self.api
    }

    /// Asks the admin API; status and answer.
    ///
    /// # Panics
    /// When it does not answer.
    #[must_use]
    pub fn ask(&self, method: &'static str, path: &str, body: &Value) -> (u16, Value) {
        let mut request = Request::new(method, &format!("{}/admin{path}", self.admin))
            .header("authorization", &format!("Bearer {}", self.token));
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().expect("the sandbox answers");
        (answer.status(), answer.json())
    }

    fn told(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.ask("POST", path, body);
        assert_eq!(status, 200, "{path} {body}: {answer}");
        answer
    }

    fn list(&self, path: &str, name: &str) -> Vec<Value> {
        let (_, answer) = self.ask("GET", path, &Value::Null);
        answer[name].as_array().cloned().unwrap_or_default()
    }

    /// Every order at the platform.
    #[must_use]
    pub fn trades(&self) -> Vec<Value> {
        self.list("/trades", "trades")
    }

    /// One order, by the merchant's number.
    ///
    /// # Panics
    /// When the platform has none of that number.
    #[must_use]
    pub fn trade(&self, trade_no: &str) -> Value {
        let found = self
            .trades()
            .into_iter()
            .find(|trade| trade["outTradeNo"] == trade_no);
        found.unwrap_or_else(|| panic!("the platform has no order {trade_no}"))
    }

    /// Every refund at the platform.
    #[must_use]
    pub fn refunds(&self) -> Vec<Value> {
        self.list("/refunds", "refunds")
    }

    /// Every callback, on its way or done.
    #[must_use]
    pub fn callbacks(&self) -> Vec<Value> {
        self.list("/callbacks", "callbacks")
    }

    /// One of the counters of what came and what was done.
    #[must_use]
    pub fn counter(&self, name: &str) -> u64 {
        let (_, counters) = self.ask("GET", "/counters", &Value::Null);
        let value = &counters[name];
        let text = value.as_str().and_then(|text| text.parse().ok());
        text.or_else(|| value.as_u64())
            .unwrap_or_else(|| panic!("no counter {name} in {counters}"))
    }

    /// How many calls of a kind have reached a platform: `close` or `code_pay` of `wechat` or `alipay`.
    #[must_use]
    pub fn calls(&self, platform: &str, kind: &str) -> u64 {
        let (_, counters) = self.ask("GET", "/counters", &Value::Null);
        counters[platform]["calls"][kind]["received"]
            .as_u64()
            .unwrap_or(0)
    }

    /// A payment code on a customer's phone, fresh; `wechat` or `alipay`.
    ///
    /// # Panics
    /// When the wallet shows none.
    #[must_use]
    pub fn payment_code(&self, platform: &str, asks_password: bool) -> String {
        let wanted = json!({ "platform": platform, "asksPassword": asks_password });
        let shown = self.told("/payment-codes", &wanted);
        shown["code"].as_str().expect("a code has digits").to_owned()
    }

    /// The order that a payment code was charged with, by the merchant's number; none while it was not.
    #[must_use]
    pub fn charged_with(&self, code: &str) -> Option<String> {
        let (_, shown) = self.ask("GET", &format!("/payment-codes/{code}"), &Value::Null);
        shown["trade"]["outTradeNo"].as_str().map(ToOwned::to_owned)
    }

    /// The customer pays though the code was closed, or as if it were not.
    pub fn pay_late(&self, trade_no: &str) {
        self.told("/trades/pay-late", &json!({ "outTradeNo": trade_no }));
    }

    /// The customer refuses on the phone.
    pub fn refuse(&self, trade_no: &str) {
        self.told("/trades/refuse", &json!({ "outTradeNo": trade_no }));
    }

    /// The customer pays; by the merchant's number.
    pub fn pay(&self, trade_no: &str) {
        self.told("/trades/pay", &json!({ "outTradeNo": trade_no }));
    }

    /// The customer tries to pay.
    ///
    /// # Errors
    /// The platform's word when it does not let them.
    pub fn try_pay(&self, trade_no: &str) -> Result<(), String> {
        let (status, answer) = self.ask("POST", "/trades/pay", &json!({ "outTradeNo": trade_no }));
        match status {
            200 => Ok(()),
            _ => Err(answer["code"].as_str().unwrap_or_default().to_owned()),
        }
    }

    /// Sets a switch and gives its number.
    ///
    /// # Panics
    /// When the sandbox does not know it.
    pub fn set_fault(&self, fault: &Value) -> u64 {
        let answer = self.told("/faults", fault);
        answer["id"].as_u64().expect("a switch has a number")
    }

    /// Changes how the platforms sign, or what else of them can be set.
    pub fn set(&self, settings: &Value) {
        self.told("/settings", settings);
    }

    /// Clears all switches.
    pub fn clear_faults(&self) {
        drop(self.ask("DELETE", "/faults", &Value::Null));
    }

    /// Sends all waiting callbacks now.
    pub fn deliver_callbacks(&self) {
        self.told("/callbacks/deliver", &Value::Null);
    }

    /// What has been paid minus what has gone back, all orders, in fen.
    #[must_use]
    pub fn net_minor(&self) -> i64 {
        self.kept_minor().values().sum()
    }

    /// The same for each order of which something is left, by the merchant's number.
    #[must_use]
    pub fn kept_minor(&self) -> BTreeMap<String, i64> {
        let fen = |value: &Value| {
            value
                .as_str()
                .and_then(|text| text.parse::<i64>().ok())
                .unwrap_or(0)
        };
        let paid = self
            .trades()
            .into_iter()
            .filter(|trade| trade["paidAtMs"].is_string());
        let kept = paid.map(|trade| {
            let left_minor = fen(&trade["totalMinor"]) - fen(&trade["refundedMinor"]);
            (
                trade["outTradeNo"].as_str().unwrap_or_default().to_owned(),
                left_minor,
            )
        });
        kept.filter(|(_, left_minor)| *left_minor != 0).collect()
    }

    /// Waits until a trade is refunded in full, and sees that it was done once.
    ///
    /// # Panics
    /// When that does not come in time.
    pub fn wait_refunded_once(&self, trade_no: &str, within: Duration) {
        wait_until(&format!("{trade_no} goes back"), within, || {
            let trade = self.trade(trade_no);
            (trade["refundedMinor"] == trade["totalMinor"]).then_some(())
        });
        let of_it = |refund: &Value| refund["outTradeNo"] == trade_no;
        let refunds: Vec<Value> = self.refunds().into_iter().filter(of_it).collect();
        assert_eq!(refunds.len(), 1, "{refunds:?}");
    }
}
