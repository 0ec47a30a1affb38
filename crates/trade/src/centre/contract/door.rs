//! Requests of callers: who asks, what is done about it, and the answer.
//!
//! `contract_begin` commits what is asked for. Where calls to a platform should be made before answering, it hands
//! out what is pending, and `contract_go_on` takes the next step: closing an older code comes before a new one.

use std::net::IpAddr;

use serde::Serialize;
use suanpan_domain::trade::TradeState;
use suanpan_wire::error::ErrorCode;

use super::credential::Credential;
use super::order::{self, Others, Progress};
use super::refund::{self, KEY_HEADER, RefundWish};
use super::route::{Ask, BODY_BYTES_MAX, number, parameter};
use super::trouble::{Refused, Trouble, reply};
use super::wish::{LocalWish, NativeWish, yuan};
use super::words;
use crate::centre::Centre;
use crate::centre::calls::WorkId;
use crate::db::Db;
use crate::fault::Refusal;
use crate::http::{Reply, Request};
use crate::rows::{pay_order, refund as refunds, trade};

/// What becomes of a caller's request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Answered.
    Reply(Reply),
    /// Calls should be made first, within the caller's patience.
    Work(Pending),
}

/// A request that is not answered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Rows whose due calls should be made.
    pub works: Vec<WorkId>,
    path: String,
    then: Then,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Then {
    /// Other codes had their time to close.
    Native(NativeWish),
    /// The same for an order that no platform collects.
    Local(LocalWish),
    /// A code was asked for.
    Code(i64),
    /// Tell a trade.
    Trade(i64),
    /// Tell a refund that was asked for.
    Refunded(i64),
    /// Tell a refund's record.
    Record(i64),
    /// Tell an order.
    Order(String, i64),
}

enum Decided {
    Answer(Vec<u8>),
    Work(Vec<WorkId>, Then),
}

impl<D: Db> Centre<D> {
    /// Takes a request to `/trade/inner/…` in, from this address.
    pub fn contract_begin(&self, request: &Request, peer: IpAddr, now_ms: i64) -> Step {
        let decided = self.decide_contract(request, peer, now_ms);
        self.step(decided, &request.path_and_query, now_ms)
    }

    /// Goes on with a request whose calls were made, or took too long.
    pub fn contract_go_on(&self, pending: Pending, now_ms: i64) -> Step {
        let decided = self.go_on(pending.then, now_ms);
        self.step(decided, &pending.path, now_ms)
    }

    /// Answers a request that the network's door turned away before it was read whole.
    pub fn contract_turned_away(&self, request: &Request, code: ErrorCode, now_ms: i64) -> Reply {
        reply(
            &Trouble::Door(Refusal::new(code)),
            &request.path_and_query,
            now_ms,
        )
    }

    fn step(&self, decided: Result<Decided, Trouble>, path: &str, now_ms: i64) -> Step {
        match decided {
            Ok(Decided::Answer(body)) if body.is_empty() => Step::Reply(Reply::empty(200)),
            Ok(Decided::Answer(body)) => Step::Reply(Reply::json(200, body)),
            Ok(Decided::Work(works, then)) => Step::Work(Pending {
                works,
                path: path.to_owned(),
                then,
            }),
            Err(trouble) => Step::Reply(reply(&trouble, path, now_ms)),
        }
    }

    fn decide_contract(&self, request: &Request, peer: IpAddr, now_ms: i64) -> Result<Decided, Trouble> {
        if request.body.len() > BODY_BYTES_MAX {
            return Err(Trouble::Door(Refusal::new(ErrorCode::BodyTooLarge)));
        }
        let asked = Ask::parse(&request.method, &request.path_and_query)?;
        let credential = self.credential(request, peer, now_ms)?;
        match asked {
            Ask::Native => {
                let wish = NativeWish::read(&request.body)?;
                speaks_for(&credential, &wish.product_app_id)?;
                self.native(wish, Others::CloseFirst, now_ms)
            }
            Ask::Local { order_no } => {
                let wish = LocalWish::read(number(&order_no)?, &request.body)?;
                speaks_for(&credential, &wish.product_app_id)?;
                self.local(wish, Others::CloseFirst, now_ms)
            }
            Ask::FindTrade => {
                let named = parameter(request, "tradingOrderNo")?.ok_or(Refused::TradeNotNamed)?;
                self.find_trade(&credential, number(&named)?, now_ms)
            }
            Ask::Refund => self.refund(&credential, request, now_ms),
            Ask::FindRefund { refund_no } => {
                let refund_no = number(&refund_no)?;
                let works = self.commit_as(now_ms, |ledger| refund::ask(ledger, &credential, refund_no))?;
                Ok(Decided::Work(works, Then::Record(refund_no)))
            }
            Ask::Close { trade_no } => {
                let trade_no = number(&trade_no)?;
                let works = self.commit_as(now_ms, |ledger| order::close(ledger, &credential, trade_no))?;
                Ok(Decided::Work(works, Then::Trade(trade_no)))
            }
            Ask::Cancel { order_no } => self.cancel_order(&credential, request, &order_no, now_ms),
        }
    }

    fn native(&self, wish: NativeWish, others: Others, now_ms: i64) -> Result<Decided, Trouble> {
        let settings = &self.settings;
        let progress = self.commit_as(now_ms, |ledger| order::native(ledger, settings, &wish, others))?;
        Ok(match progress {
            Progress::Trade(trade_no, works) => Decided::Work(works, Then::Code(trade_no)),
            Progress::Closing(works) => Decided::Work(works, Then::Native(wish)),
        })
    }

    fn local(&self, wish: LocalWish, others: Others, now_ms: i64) -> Result<Decided, Trouble> {
        let settings = &self.settings;
        let settled = self.commit_as(now_ms, |ledger| {
            order::settle_locally(ledger, settings, &wish.product_app_id, &wish, others)
        })?;
        Ok(match settled {
            Progress::Trade(trade_no, works) => Decided::Work(works, Then::Trade(trade_no)),
            Progress::Closing(works) => Decided::Work(works, Then::Local(wish)),
        })
    }

    /// A trade that is none of this caller's is answered as the reference answers an unknown one: with nothing.
    fn find_trade(&self, credential: &Credential, trade_no: i64, now_ms: i64) -> Result<Decided, Trouble> {
        let asked = self.commit_as(now_ms, |ledger| order::ask(ledger, credential, trade_no))?;
        Ok(match asked {
            Some(works) => Decided::Work(works, Then::Trade(trade_no)),
            None => Decided::Answer(Vec::new()),
        })
    }

    fn refund(&self, credential: &Credential, request: &Request, now_ms: i64) -> Result<Decided, Trouble> {
        let named = parameter(request, "tradingOrderNo")?.ok_or(Refused::TradeNotNamed)?;
        let amount = parameter(request, "refundAmount")?.ok_or(Refused::FieldMissing)?;
        let wish = RefundWish {
            trade_no: number(&named)?,
            amount: yuan(&amount, Refused::NothingToRefund)?,
            key: refund::key(request.header(KEY_HEADER))?,
        };
        let (refund_no, works) =
            self.commit_as(now_ms, |ledger| refund::refund(ledger, credential, &wish))?;
        Ok(Decided::Work(works, Then::Refunded(refund_no)))
    }

    fn cancel_order(
        &self,
        credential: &Credential,
        request: &Request,
        order_no: &str,
        now_ms: i64,
    ) -> Result<Decided, Trouble> {
        let order_no = number(order_no)?;
        let named = parameter(request, "productAppId")?;
        let app = named
            .or_else(|| credential.only().map(ToOwned::to_owned))
            .ok_or(Refused::FieldMissing)?;
        speaks_for(credential, &app)?;
        let works = self.commit_as(now_ms, |ledger| order::cancel(ledger, &app, order_no))?;
        Ok(Decided::Work(works, Then::Order(app, order_no)))
    }

    fn go_on(&self, then: Then, now_ms: i64) -> Result<Decided, Trouble> {
        let body = match then {
            Then::Native(wish) => return self.native(wish, Others::Watched, now_ms),
            Then::Local(wish) => return self.local(wish, Others::Watched, now_ms),
            Then::Code(trade_no) => self.tell_code(trade_no)?,
            Then::Trade(trade_no) => self.db.read(|tx| {
                let trade = trade::find(tx, trade_no)?.ok_or(Refused::TradeUnknown)?;
                let order = pay_order::by_id(tx, trade.pay_order_id)?;
                json(&words::trading(tx, &order, &trade)?)
            })?,
            Then::Refunded(refund_no) => self.db.read(|tx| {
                let refund = refunds::find(tx, refund_no)?.ok_or(Refused::RefundUnknown)?;
                json(&words::refunded(&refund))
            })?,
            Then::Record(refund_no) => self.db.read(|tx| {
                let refund = refunds::find(tx, refund_no)?.ok_or(Refused::RefundUnknown)?;
                let trade = trade::find(tx, refund.trade_no)?.ok_or(Refused::TradeUnknown)?;
                let order = pay_order::by_id(tx, refund.pay_order_id)?;
                json(&words::record(tx, &order, &trade, &refund)?)
            })?,
            Then::Order(app, order_no) => self.db.read(|tx| match pay_order::find(tx, &app, order_no)? {
                Some(order) => json(&words::order(tx, &order)?),
                None => json(&words::never_opened(&app, order_no)),
            })?,
        };
        Ok(Decided::Answer(body))
    }

    /// The code, where there is one by now. Where there is none the wish may be repeated: it is the same trade.
    fn tell_code(&self, trade_no: i64) -> Result<Vec<u8>, Trouble> {
        self.db.read(|tx| {
            let trade = trade::find(tx, trade_no)?.ok_or(Refused::TradeUnknown)?;
            let order = pay_order::by_id(tx, trade.pay_order_id)?;
            match (&trade.code_url, trade.state) {
                (Some(code_url), TradeState::Awaiting) => json(&words::native(tx, &order, &trade, code_url)?),
                (_, TradeState::Paid | TradeState::Free | TradeState::Credit) => {
                    Err(Refused::TradeDone.into())
                }
                (_, TradeState::Closing | TradeState::Closed) => Err(Refused::OrderClosed.into()),
                (
                    _,
                    TradeState::Created
                    | TradeState::PrepayUnknown
                    | TradeState::Failed
                    | TradeState::Awaiting,
                ) => Err(Refused::NoCode.into()),
            }
        })
    }
}

/// A caller sees and pays for itself alone.
fn speaks_for(credential: &Credential, product_app_id: &str) -> Result<(), Trouble> {
    if credential.covers(product_app_id) {
        Ok(())
    } else {
        Err(Trouble::Door(Refusal::new(ErrorCode::CallerUnknown)))
    }
}

fn json<T: Serialize>(answer: &T) -> Result<Vec<u8>, Trouble> {
    serde_json::to_vec(answer).map_err(|error| Trouble::Fault(error.to_string()))
}
