//! The sandbox's controls, for practice only: what the customer's phone and the platform's faults do.

#[cfg(test)]
pub(crate) mod tests;

use std::time::Duration;

use reqwest::{Client, Method};
use serde::Deserialize;
use serde_json::{Value, json};

use super::transport;
use crate::rpc::practice::{FaultSwitches, PracticeTrade};
use crate::rpc::{Code, PracticeAct, Problem};

/// The sandbox is on this machine.
const LIMIT: Duration = Duration::from_secs(5);
/// How late an answer comes while everything is slow, as the switch promises.
const SLOW_MS: u32 = 3_000;
/// How often it is looked whether a code is closed that is to be paid after that.
const LATE_LOOK: Duration = Duration::from_millis(500);
/// How often at most: ten minutes, longer than a code lives.
const LATE_LOOKS_MAX: u32 = 1_200;

/// The sandbox beside a practice till.
#[derive(Clone, Debug)]
pub struct Sandbox {
    http: Client,
    admin: String,
    token: String,
}

/// A trade as the sandbox lists it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    out_trade_no: String,
    description: String,
    total_minor: String,
    trade_state: String,
    code_url: String,
    created_at_ms: String,
}

#[derive(Deserialize)]
struct Listing {
    trades: Vec<Listed>,
}

/// A rule that stands at the sandbox: which one, where it applies, and what it does.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Standing {
    id: u32,
    mchid: Option<String>,
    out_trade_no: Option<String>,
    times: Option<u32>,
    at: String,
    on: Option<String>,
    #[serde(default)]
    effect: Value,
}

#[derive(Deserialize)]
struct Board {
    faults: Vec<Standing>,
}

impl Standing {
    /// Whether it is the rule a switch sets: for every trade and call, without end.
    fn is(&self, rule: &Value) -> bool {
        let is_for_all = self.mchid.is_none() && self.out_trade_no.is_none() && self.on.is_none();
        is_for_all && self.times.is_none() && rule["at"] == self.at.as_str() && rule["effect"] == self.effect
    }
}

impl Sandbox {
    /// The sandbox at `base` (its own address, with or without `/admin`).
    ///
    /// # Errors
    /// [`Code::Internal`] when no client can be built.
    pub fn try_new(base: &str, token: &str) -> Result<Self, Problem> {
        let base = base.trim_end_matches('/');
        let base = base.strip_suffix("/admin").unwrap_or(base);
        Ok(Self {
            // Plain http on this machine: there is no key to pin.
            http: transport::client("")?,
            admin: format!("{base}/admin"),
            token: token.to_owned(),
        })
    }

    /// Trades, newest first.
    ///
    /// # Errors
    /// [`Code::CentreUnreachable`] when the sandbox does not answer.
    pub async fn trades(&self) -> Result<Vec<PracticeTrade>, Problem> {
        let listing = self.call(Method::GET, "/trades", None).await?;
        let listing: Listing = serde_json::from_value(listing).map_err(|_| self.unreachable())?;
        let mut trades: Vec<PracticeTrade> = listing.trades.into_iter().map(shown).collect();
        trades.sort_by_key(|trade| std::cmp::Reverse(trade.created_at_ms));
        Ok(trades)
    }

    /// Does what the phone or the platform would do, and lists the trades after it.
    ///
    /// # Errors
    /// [`Code::TenderNotFound`], [`Code::TenderState`] when the platform does not allow it,
    /// [`Code::CentreUnreachable`].
    pub async fn act(&self, trade_no: &str, act: PracticeAct) -> Result<Vec<PracticeTrade>, Problem> {
        match act {
            PracticeAct::Pay => self.pay(trade_no).await?,
            PracticeAct::Refuse => self.on_trade("/trades/refuse", trade_no).await?,
            PracticeAct::PayAfterClose => self.pay_after_close(trade_no).await?,
            PracticeAct::RepeatNotice => self.repeat_notice(trade_no).await?,
        }
        self.trades().await
    }

    async fn pay(&self, trade_no: &str) -> Result<(), Problem> {
        self.on_trade("/trades/pay", trade_no).await
    }

    /// Pays whatever has become of the code, as money does that was under way when it was closed.
    async fn pay_late(&self, trade_no: &str) -> Result<(), Problem> {
        self.on_trade("/trades/pay-late", trade_no).await
    }

    async fn on_trade(&self, path: &str, trade_no: &str) -> Result<(), Problem> {
        let which = json!({ "outTradeNo": trade_no });
        self.call(Method::POST, path, Some(which)).await.map(|_| ())
    }

    async fn state_of(&self, trade_no: &str) -> Result<String, Problem> {
        let trades = self.trades().await?;
        let trade = trades.into_iter().find(|trade| trade.trade_no == trade_no);
        trade
            .map(|trade| trade.state)
            .ok_or_else(|| Problem::new(Code::TenderNotFound))
    }

    /// A code that still waits is closed untruly when its turn comes, and paid right behind that.
    async fn pay_after_close(&self, trade_no: &str) -> Result<(), Problem> {
        if self.state_of(trade_no).await? != "NOTPAY" {
            return self.pay_late(trade_no).await;
        }
        let rule = json!({ "outTradeNo": trade_no, "at": "close", "effect": "stays_payable" });
        self.call(Method::POST, "/faults", Some(rule)).await?;
        let (sandbox, trade_no) = (self.clone(), trade_no.to_owned());
        tokio::spawn(async move { sandbox.pay_once_closed(&trade_no).await });
        Ok(())
    }

    async fn pay_once_closed(&self, trade_no: &str) {
        for _ in 0..LATE_LOOKS_MAX {
            tokio::time::sleep(LATE_LOOK).await;
            match self.state_of(trade_no).await.as_deref() {
                Ok("NOTPAY") => {}
                Ok("CLOSED") => {
                    if let Err(problem) = self.pay_late(trade_no).await {
                        tracing::warn!(%problem, trade_no, "the late payment of the practice did not happen");
                    }
                    return;
                }
                Ok(_) | Err(_) => return,
            }
        }
    }

    /// Before paying: the notice will come more than once. After it: what still waits comes now.
    async fn repeat_notice(&self, trade_no: &str) -> Result<(), Problem> {
        if self.state_of(trade_no).await? == "NOTPAY" {
            let effect = json!({ "duplicated": { "copies": 2 } });
            let rule = json!({ "outTradeNo": trade_no, "at": "callback", "effect": effect, "times": 1 });
            self.call(Method::POST, "/faults", Some(rule)).await.map(|_| ())
        } else {
            self.call(Method::POST, "/callbacks/deliver", None)
                .await
                .map(|_| ())
        }
    }

    /// The platform's switches as they stand there: whoever set them, and since when.
    ///
    /// # Errors
    /// [`Code::CentreUnreachable`].
    pub async fn switches(&self) -> Result<FaultSwitches, Problem> {
        let standing = self.standing().await?;
        let is_on = |rule: Value| standing.iter().any(|other| other.is(&rule));
        let [lose_answers, lose_requests, no_notices, slow] = rules().map(is_on);
        Ok(FaultSwitches {
            lose_answers,
            lose_requests,
            no_notices,
            slow,
        })
    }

    /// Sets the platform's switches to exactly these, and tells how they stand then. Rules for one trade
    /// are left alone.
    ///
    /// # Errors
    /// [`Code::CentreUnreachable`].
    pub async fn switch(&self, switches: FaultSwitches) -> Result<FaultSwitches, Problem> {
        let wanted = [
            switches.lose_answers,
            switches.lose_requests,
            switches.no_notices,
            switches.slow,
        ];
        let standing = self.standing().await?;
        for (rule, is_wanted) in rules().into_iter().zip(wanted) {
            let set: Vec<u32> = standing
                .iter()
                .filter(|it| it.is(&rule))
                .map(|it| it.id)
                .collect();
            if is_wanted && set.is_empty() {
                self.call(Method::POST, "/faults", Some(rule)).await?;
            } else if !is_wanted {
                for id in set {
                    self.call(Method::DELETE, &format!("/faults/{id}"), None).await?;
                }
            }
        }
        self.switches().await
    }

    async fn standing(&self) -> Result<Vec<Standing>, Problem> {
        let board = self.call(Method::GET, "/faults", None).await?;
        let board: Board = serde_json::from_value(board).map_err(|_| self.unreachable())?;
        Ok(board.faults)
    }

    fn unreachable(&self) -> Problem {
        Problem::new(Code::CentreUnreachable).with("address", &self.admin)
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, Problem> {
        let request = self.http.request(method, format!("{}{path}", self.admin));
        let request = request.bearer_auth(&self.token).timeout(LIMIT);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let response = request.send().await.map_err(|_| self.unreachable())?;
        let status = response.status();
        let answer: Value = response.json().await.map_err(|_| self.unreachable())?;
        if status.is_success() {
            return Ok(answer);
        }
        match answer["code"].as_str().unwrap_or_default() {
            "no_such_trade" | "unknown_code" => Err(Problem::new(Code::TenderNotFound)),
            state @ ("already_paid" | "closed" | "expired" | "not_payable") => {
                Err(Problem::new(Code::TenderState).with("state", state.to_uppercase()))
            }
            _ => Err(self.unreachable()),
        }
    }
}

/// What each switch sets at the sandbox, in the order of [`FaultSwitches`].
fn rules() -> [Value; 4] {
    [
        json!({ "at": "call", "effect": "lost_reply" }),
        json!({ "at": "call", "effect": "lost_request" }),
        json!({ "at": "callback", "effect": "never" }),
        json!({ "at": "call", "effect": { "slow": { "delay_ms": SLOW_MS } } }),
    ]
}

fn shown(listed: Listed) -> PracticeTrade {
    PracticeTrade {
        amount_minor: listed.total_minor.parse().unwrap_or(0),
        created_at_ms: listed.created_at_ms.parse().unwrap_or(0),
        trade_no: listed.out_trade_no,
        description: listed.description,
        state: listed.trade_state,
        phone_url: listed.code_url,
    }
}
