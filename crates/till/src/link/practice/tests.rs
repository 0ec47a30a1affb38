//! The switches against a double of the sandbox's fault board, listed as docs/SANDBOX.md says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use super::*;

type Rules = Arc<Mutex<Vec<Value>>>;

/// A sandbox that keeps the rules it is given, and has no trades.
pub(crate) struct FaultBoard {
    pub(crate) address: String,
    rules: Rules,
}

impl FaultBoard {
    pub(crate) fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let rules = Rules::default();
        let kept = Arc::clone(&rules);
        thread::spawn(move || {
            for stream in listener.incoming() {
                // A till that went away takes its answer with it.
                drop(serve(stream.unwrap(), &kept));
            }
        });
        Self { address, rules }
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::try_new(&self.address, "t").unwrap()
    }

    /// Sets a rule as anybody else at the sandbox may.
    pub(crate) fn set(&self, rule: Value) {
        set(&mut self.rules.lock().unwrap(), rule);
    }
}

fn set(rules: &mut Vec<Value>, mut rule: Value) {
    let id = rules.last().map_or(0, |last| last["id"].as_u64().unwrap()) + 1;
    for absent in ["mchid", "outTradeNo", "times"] {
        rule[absent] = rule[absent].clone();
    }
    if rule["at"] == "call" {
        rule["on"] = rule["on"].clone();
    }
    rule["id"] = json!(id);
    rules.push(rule);
}

fn serve(mut stream: TcpStream, rules: &Rules) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().unwrap();
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let answer = answer(&first, &body, &mut rules.lock().unwrap()).to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}",
        answer.len()
    );
    stream.write_all(format!("{head}\r\n\r\n{answer}").as_bytes())
}

fn answer(first: &str, body: &[u8], rules: &mut Vec<Value>) -> Value {
    let words: Vec<&str> = first.split_whitespace().collect();
    match words[..2] {
        ["GET", "/admin/trades"] => json!({ "trades": [] }),
        ["GET", "/admin/faults"] => json!({ "faults": rules }),
        ["POST", "/admin/faults"] => {
            set(rules, serde_json::from_slice(body).unwrap());
            json!({ "id": rules.last().unwrap()["id"] })
        }
        ["DELETE", path] => {
            let id: u64 = path.strip_prefix("/admin/faults/").unwrap().parse().unwrap();
            rules.retain(|rule| rule["id"] != id);
            json!({})
        }
        _ => panic!("{first}"),
    }
}

const SLOW_ALONE: FaultSwitches = FaultSwitches {
    lose_answers: false,
    lose_requests: false,
    no_notices: false,
    slow: true,
};

#[tokio::test]
async fn switches_are_told_as_they_stand_whoever_set_them() {
    let board = FaultBoard::open();
    assert_eq!(
        board.sandbox().switches().await.unwrap(),
        FaultSwitches::default()
    );
    board.set(json!({ "at": "callback", "effect": "never" }));
    let both = FaultSwitches {
        no_notices: true,
        ..SLOW_ALONE
    };
    assert_eq!(board.sandbox().switch(both).await.unwrap(), both);
    assert_eq!(board.rules.lock().unwrap().len(), 2, "none is set twice");
    assert_eq!(board.sandbox().switches().await.unwrap(), both);
    assert_eq!(board.sandbox().switch(SLOW_ALONE).await.unwrap(), SLOW_ALONE);
}

#[tokio::test]
async fn a_rule_for_one_trade_or_some_times_is_no_switch_and_outlives_them() {
    let board = FaultBoard::open();
    board.set(json!({ "outTradeNo": "7", "at": "call", "effect": "lost_reply" }));
    board.set(json!({ "at": "callback", "effect": "never", "times": 1 }));
    board.set(json!({ "at": "call", "on": "query", "effect": "lost_request" }));
    board.set(json!({ "at": "refund", "ends": "held" }));
    let before = board.rules.lock().unwrap().clone();
    let sandbox = board.sandbox();
    assert_eq!(sandbox.switches().await.unwrap(), FaultSwitches::default());
    sandbox.switch(SLOW_ALONE).await.unwrap();
    sandbox.switch(FaultSwitches::default()).await.unwrap();
    assert_eq!(*board.rules.lock().unwrap(), before);
}
