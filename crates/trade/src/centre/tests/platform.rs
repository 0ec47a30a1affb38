//! A payment platform that holds trades and refunds and can be told to lose, refuse and delay.

use std::collections::BTreeMap;

use suanpan_channels::bill::{Bill, BillAnswer, BillDay, BillLink, BillProblem, Bills};
use suanpan_channels::{
    Call, CallbackRequest, Channel, HttpReply, HttpRequest, Lost, Method, Notice, NoticeRefused, NoticeReply,
    Receipt, SignedAt,
};
use suanpan_domain::money::Fen;
use suanpan_domain::platform::{Observation, PlatformState, RefundFact, RefundState, TradeFact};

use super::kit::{APP, MERCHANT, START_MS};

/// A channel whose callbacks are plain: what is verified and how is the channels' own matter.
pub struct PlainChannel(pub String);

fn nothing_to_send() -> HttpRequest {
    HttpRequest {
        method: Method::Get,
        url: String::new(),
        headers: Vec::new(),
        body: Vec::new(),
    }
}

impl Bills for PlainChannel {
    fn bill_request(&self, _: BillDay, _: SignedAt) -> HttpRequest {
        nothing_to_send()
    }

    fn bill_answer(&self, _: Result<&HttpReply, Lost>, _: i64) -> BillAnswer {
        BillAnswer::Unknown {
            why: "not asked here".into(),
        }
    }

    fn bill_fetch(&self, _: &BillLink, _: SignedAt) -> HttpRequest {
        nothing_to_send()
    }

    fn bill_read(&self, _: &BillLink, _: Result<&HttpReply, Lost>) -> Result<Bill, BillProblem> {
        Err(BillProblem::CutOff)
    }
}

impl Channel for PlainChannel {
    fn label(&self) -> &str {
        &self.0
    }

    fn request(&self, _: &Call, _: SignedAt) -> HttpRequest {
        nothing_to_send()
    }

    fn reply(&self, receipt: Receipt<'_>) -> NoticeReply {
        let (status, body) = match receipt {
            Receipt::Kept if self.0 == "ALI_PAY" => (200, "success"),
            Receipt::Kept => (204, ""),
            Receipt::Refused(refused) => (refused.http_status(), "FAIL"),
            Receipt::TryAgain => (500, "failure"),
        };
        NoticeReply {
            status,
            content_type: None,
            body: body.into(),
        }
    }

    fn bills(&self) -> &dyn Bills {
        self
    }

    fn answer(&self, _: &Call, _: Result<&HttpReply, Lost>, _: i64) -> Observation {
        Observation::Unknown {
            why: "not asked here".into(),
        }
    }

    fn notice(&self, notice: &CallbackRequest, now_ms: i64) -> Result<Notice, NoticeRefused> {
        let text = String::from_utf8_lossy(&notice.body).into_owned();
        let parts: Vec<&str> = text.split('|').collect();
        let [signature, at, trade_no, transaction, amount, refund_no] = parts.as_slice() else {
            return Err(NoticeRefused::Malformed("body"));
        };
        if *signature != "signed" {
            return Err(NoticeRefused::BadSignature);
        }
        if now_ms.abs_diff(at.parse().unwrap()) >= 300_000 {
            return Err(NoticeRefused::Stale);
        }
        let amount = Some(Fen::new(amount.parse().unwrap()));
        let fact = if refund_no.is_empty() {
            Observation::Trade(success(trade_no, transaction, amount))
        } else {
            Observation::Refund(RefundFact {
                refund_no: (*refund_no).to_owned(),
                trade_no: (*trade_no).to_owned(),
                refund_id: Some("50".into()),
                state: RefundState::Success,
                amount,
            })
        };
        Ok(Notice {
            id: "EV".into(),
            fact,
        })
    }
}

fn success(trade_no: &str, transaction: &str, amount: Option<Fen>) -> TradeFact {
    TradeFact {
        trade_no: trade_no.to_owned(),
        state: PlatformState::Paid,
        transaction_id: Some(transaction.to_owned()),
        amount,
        currency: Some("CNY".into()),
        app_id: Some(APP.into()),
        merchant_id: Some(MERCHANT.into()),
        paid_at_ms: Some(START_MS),
    }
}

#[derive(Clone, Debug)]
struct PlatformTrade {
    amount: Fen,
    state: PlatformState,
}

/// What the platform holds, and what it does to the next calls.
#[derive(Debug, Default)]
pub struct Platform {
    trades: BTreeMap<String, PlatformTrade>,
    pub refunds: BTreeMap<String, (String, Fen, RefundState)>,
    /// Calls by kind, as made.
    pub calls: Vec<String>,
    /// Replies that are lost after the call took effect.
    pub lose_replies: u32,
    /// Calls that never arrive.
    pub lose_requests: u32,
    /// Refunds are told to be under way, as a bank's are for days.
    pub hold_refunds: bool,
    /// What the next refunds are answered with instead.
    pub refund_answers: Vec<Observation>,
    /// Amount it claims to have taken, instead of the right one.
    pub wrong_amount: Option<i64>,
    /// A customer pays right after the next question was answered "not paid".
    pub pay_after_question: bool,
    /// A code makes no order before it is scanned.
    pub scans_first: bool,
    /// What the next charges by payment code are answered with; empty: paid at once.
    pub charge_answers: Vec<Observation>,
    /// What the next reversals are answered with, without doing anything.
    pub reverse_answers: Vec<Observation>,
    codes_out: BTreeMap<String, Fen>,
}

impl Platform {
    pub fn pay(&mut self, trade_no: &str) {
        self.trades.get_mut(trade_no).expect("a code was made").state = PlatformState::Paid;
    }

    /// Takes money under a number that no centre has asked for here.
    pub fn take(&mut self, trade_no: &str, amount_minor: i64) {
        let taken = PlatformTrade {
            amount: Fen::new(amount_minor),
            state: PlatformState::Paid,
        };
        self.trades.insert(trade_no.to_owned(), taken);
    }

    pub fn set(&mut self, trade_no: &str, state: PlatformState) {
        self.trades.get_mut(trade_no).unwrap().state = state;
    }

    pub fn state_of(&self, trade_no: &str) -> PlatformState {
        self.trades[trade_no].state
    }

    /// Somebody scans a code that makes an order only then.
    pub fn scan(&mut self, trade_no: &str) {
        let amount = self.codes_out[trade_no];
        let order = PlatformTrade {
            amount,
            state: PlatformState::NotPaid,
        };
        self.trades.entry(trade_no.to_owned()).or_insert(order);
    }

    pub fn close(&mut self, trade_no: &str) {
        self.trades.get_mut(trade_no).unwrap().state = PlatformState::Closed;
    }

    pub fn codes(&self) -> Vec<String> {
        self.trades.keys().cloned().collect()
    }

    pub fn captured(&self) -> i64 {
        let paid = self
            .trades
            .values()
            .filter(|trade| trade.state == PlatformState::Paid);
        paid.map(|trade| trade.amount.minor()).sum()
    }

    pub fn returned(&self) -> i64 {
        let done = self
            .refunds
            .values()
            .filter(|(_, _, state)| *state == RefundState::Success);
        done.map(|(_, amount, _)| amount.minor()).sum()
    }

    pub fn count(&self, kind: &str) -> usize {
        self.calls.iter().filter(|call| call.starts_with(kind)).count()
    }

    pub fn call(&mut self, call: &Call) -> Observation {
        if self.lose_requests > 0 {
            self.lose_requests -= 1;
            return Observation::Unknown {
                why: "request lost".into(),
            };
        }
        let answer = self.execute(call);
        if self.lose_replies > 0 {
            self.lose_replies -= 1;
            return Observation::Unknown {
                why: "reply lost".into(),
            };
        }
        answer
    }

    fn execute(&mut self, call: &Call) -> Observation {
        match call {
            Call::Prepay(prepay) => {
                self.calls.push(format!("prepay {prepay:?}"));
                let fresh = PlatformTrade {
                    amount: prepay.amount,
                    state: PlatformState::NotPaid,
                };
                self.codes_out.insert(prepay.trade_no.clone(), prepay.amount);
                if !self.scans_first {
                    self.trades.entry(prepay.trade_no.clone()).or_insert(fresh);
                }
                Observation::CodeReady {
                    code_url: format!("weixin://{}", prepay.trade_no),
                }
            }
            Call::PayByCode(pay) => {
                self.calls.push(format!("charge {}", pay.trade_no));
                self.charge(&pay.trade_no, pay.amount)
            }
            Call::Reverse { trade_no } => {
                self.calls.push(format!("reverse {trade_no}"));
                self.reverse(trade_no)
            }
            Call::Query { trade_no } => {
                self.calls.push(format!("query {trade_no}"));
                let answer = self.query(trade_no);
                if std::mem::take(&mut self.pay_after_question) {
                    self.pay(trade_no);
                }
                answer
            }
            Call::Close { trade_no } => {
                self.calls.push(format!("close {trade_no}"));
                match self.trades.get_mut(trade_no) {
                    None => Observation::NotExist,
                    Some(trade) if trade.state == PlatformState::Paid => Observation::AlreadyPaid,
                    Some(trade) => {
                        trade.state = PlatformState::Closed;
                        Observation::CloseAccepted
                    }
                }
            }
            Call::Refund(order) => {
                self.calls.push(format!("refund {}", order.refund_no));
                if !self.refund_answers.is_empty() {
                    return self.refund_answers.remove(0);
                }
                let row = (order.trade_no.clone(), order.refund, RefundState::Success);
                self.refunds.entry(order.refund_no.clone()).or_insert(row);
                self.refund(&order.refund_no)
            }
            Call::QueryRefund { refund_no, .. } => {
                self.calls.push(format!("query_refund {refund_no}"));
                self.refund(refund_no)
            }
        }
    }

    fn charge(&mut self, trade_no: &str, amount: Fen) -> Observation {
        let answer = (!self.charge_answers.is_empty()).then(|| self.charge_answers.remove(0));
        let state = match answer {
            None => PlatformState::Paid,
            Some(Observation::Refused { .. }) => return answer.unwrap(),
            Some(_) => PlatformState::Paying,
        };
        self.trades
            .insert(trade_no.to_owned(), PlatformTrade { amount, state });
        answer.unwrap_or_else(|| self.query(trade_no))
    }

    fn reverse(&mut self, trade_no: &str) -> Observation {
        if !self.reverse_answers.is_empty() {
            return self.reverse_answers.remove(0);
        }
        let Some(trade) = self.trades.get_mut(trade_no) else {
            return Observation::CloseAccepted;
        };
        trade.state = match trade.state {
            PlatformState::NotPaid | PlatformState::Paying => PlatformState::Closed,
            PlatformState::Paid => PlatformState::Returned,
            ended @ (PlatformState::Refunded
            | PlatformState::Returned
            | PlatformState::Closed
            | PlatformState::PayError) => ended,
        };
        Observation::CloseAccepted
    }

    fn query(&self, trade_no: &str) -> Observation {
        let Some(trade) = self.trades.get(trade_no) else {
            return Observation::NotExist;
        };
        let amount = self.wrong_amount.map_or(trade.amount, Fen::new);
        let mut fact = success(trade_no, &format!("4200{trade_no}"), Some(amount));
        let went_back = self
            .refunds
            .values()
            .any(|(no, _, state)| no == trade_no && *state == RefundState::Success);
        fact.state = if went_back {
            PlatformState::Refunded
        } else {
            trade.state
        };
        Observation::Trade(fact)
    }

    fn refund(&self, refund_no: &str) -> Observation {
        match self.refunds.get(refund_no) {
            None => Observation::NotExist,
            Some((trade_no, amount, state)) => Observation::Refund(RefundFact {
                refund_no: refund_no.to_owned(),
                trade_no: trade_no.clone(),
                refund_id: Some("50".into()),
                state: if self.hold_refunds {
                    RefundState::Processing
                } else {
                    *state
                },
                amount: Some(*amount),
            }),
        }
    }
}
