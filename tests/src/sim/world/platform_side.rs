//! Centre and platform: calls, answers, callbacks, and what the customers' phones do.

use std::collections::BTreeMap;

use suanpan_channels::{CallbackRequest, HttpReply, HttpRequest};
use suanpan_sandbox::OutgoingCallback;
use suanpan_trade::PlatformCall;
use suanpan_wire::sign::{hex, sha256};

use super::World;
use super::happening::{Callback, Happening};
use crate::sim::customer::{PhoneAct, SeenCode};
use crate::sim::lane::Back;
use crate::sim::verdict::{Broken, ensure};

/// How long the centre waits for an answer of the platform.
const CALL_LIMIT_MS: i64 = 10_000;
/// What a callback's sender waits for an answer.
const CALLBACK_LIMIT_MS: i64 = 4_900;

/// What went out under each number, for I10.
pub(crate) type Sent = BTreeMap<(&'static str, String), Vec<u8>>;

/// A short mark of some bytes for the trace.
pub(crate) fn mark_of(bytes: &[u8]) -> String {
    hex(&sha256(bytes)[..4])
}

impl World {
    /// I10: a number never goes out with two sets of parameters. I20: nobody asks for partial refunds here,
    /// so all that ever goes out for a trade is one number.
    fn i10_one_number_one_body(&mut self, request: &HttpRequest) -> Result<(), Broken> {
        let path = request.url.split('?').next().unwrap_or_default();
        let (kind, field) = match path.rsplit_once("/v3/").map(|(_, path)| path) {
            Some("pay/transactions/native") => ("prepay", "out_trade_no"),
            Some("refund/domestic/refunds") => ("refund", "out_refund_no"),
            Some(_) | None => return Ok(()),
        };
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let number = body[field].as_str().unwrap_or_default().to_owned();
        if kind == "refund" {
            let trade_no = body["out_trade_no"].as_str().unwrap_or_default().to_owned();
            let first = self
                .sent
                .entry(("refund of trade", trade_no.clone()))
                .or_insert_with(|| number.clone().into_bytes());
            ensure(
                *first == number.as_bytes(),
                "I20 one refund number per trade",
                || format!("trade {trade_no}, refund {number}"),
            )?;
        }
        let before = self
            .sent
            .entry((kind, number.clone()))
            .or_insert_with(|| request.body.clone());
        ensure(
            *before == request.body,
            "I10 one number, one set of parameters",
            || format!("{kind} {number}"),
        )
    }

    /// Puts a call on its way.
    pub(crate) fn send_to_platform(
        &mut self,
        call: PlatformCall,
        request: HttpRequest,
    ) -> Result<(), Broken> {
        self.i10_one_number_one_body(&request)?;
        if let suanpan_channels::Call::Close { trade_no } = &call.call
            && !self.is_healed
            && self.switches.spoil_close(&mut self.platform.core, trade_no)
        {
            self.cover.one("closes that leave the code payable");
        }
        let arrivals = self.platform_lane.there();
        let life = self.centre.life;
        self.say(
            "centre",
            &format!("calls {:?} {}", call.call, mark_of(&request.body)),
        );
        if arrivals.len() > 1 {
            self.cover.one("calls to the platform that arrive twice");
        }
        if arrivals.is_empty() {
            self.cover.one("calls to the platform that are lost");
        }
        for after_ms in arrivals {
            self.plan(
                after_ms,
                Happening::AtPlatform(life, call.clone(), request.clone()),
            );
        }
        self.plan(CALL_LIMIT_MS, Happening::FromPlatform(life, call, None));
        Ok(())
    }

    pub(super) fn at_platform(
        &mut self,
        life: u64,
        call: PlatformCall,
        request: &HttpRequest,
    ) -> Result<(), Broken> {
        let reaction = self.platform.handle(request, self.now_ms);
        let told = reaction.reply.as_ref().map(|reply| reply.status);
        self.say(
            "platform",
            &format!("{:?} {} -> {told:?}", request.method, request.url),
        );
        self.platform_plans();
        let back = self.platform_lane.back();
        let Some(reply) = reaction.reply else {
            self.plan(reaction.delay_ms + 50, Happening::FromPlatform(life, call, None));
            return Ok(());
        };
        match back {
            Back::Arrives(after_ms) => {
                self.plan(
                    reaction.delay_ms + after_ms,
                    Happening::FromPlatform(life, call, Some(reply)),
                );
            }
            Back::Rewritten(after_ms) => {
                self.cover.one("platform answers that are rewritten on the way");
                let reply = rewritten(reply);
                self.plan(
                    reaction.delay_ms + after_ms,
                    Happening::FromPlatform(life, call, Some(reply)),
                );
            }
            Back::Lost => self.cover.one("platform answers that are lost"),
        }
        Ok(())
    }

    /// Plans the platform's next own doing.
    pub(crate) fn platform_plans(&mut self) {
        let Some(due_ms) = self.platform.core.next_due_ms() else {
            return;
        };
        let is_planned = self.platform_wakes_at_ms.is_some_and(|at_ms| at_ms <= due_ms);
        if !is_planned {
            self.platform_wakes_at_ms = Some(due_ms);
            self.agenda
                .plan(due_ms.max(self.now_ms), Happening::PlatformWakes);
        }
    }

    pub(super) fn platform_wakes(&mut self) -> Result<(), Broken> {
        if self.platform_wakes_at_ms.is_none_or(|at_ms| at_ms > self.now_ms) {
            return Ok(());
        }
        self.platform_wakes_at_ms = None;
        for callback in self.platform.due(self.now_ms) {
            self.send_callback(&callback);
        }
        self.platform_plans();
        Ok(())
    }

    fn send_callback(&mut self, callback: &OutgoingCallback) {
        let views = self.platform.core.callbacks();
        let id = callback.id.to_string();
        let is_spoilt = views.iter().any(|view| view.id == id && view.spoil.is_some());
        let path = callback
            .url
            .strip_prefix(super::set_up::CENTRE_ADDRESS)
            .unwrap_or(&callback.url);
        let sent = Callback {
            id: Some(callback.id),
            path: path.to_owned(),
            bytes: CallbackRequest {
                headers: callback.headers.clone(),
                body: callback.body.clone(),
            },
            is_spoilt,
        };
        self.say(
            "platform",
            &format!(
                "callback {id} attempt {} {}",
                callback.attempt,
                mark_of(&callback.body)
            ),
        );
        if !self.is_healed && self.chance.chance(60) {
            self.forge_from(&sent);
        }
        let arrivals = self.platform_lane.there();
        self.cover.one("callbacks");
        if arrivals.len() > 1 {
            self.cover.one("callbacks that arrive twice");
        }
        for after_ms in arrivals {
            self.plan(after_ms, Happening::CallbackArrives(sent.clone()));
        }
    }

    /// Somebody who has seen a callback sends an altered copy of it.
    fn forge_from(&mut self, seen: &Callback) {
        let mut forged = seen.clone();
        forged.id = None;
        forged.is_spoilt = true;
        let at = usize::try_from(
            self.chance
                .below(u64::try_from(forged.bytes.body.len()).unwrap_or(1)),
        )
        .unwrap_or(0);
        if let Some(byte) = forged.bytes.body.get_mut(at) {
            *byte ^= 1;
        }
        self.cover.one("forged callbacks");
        let after_ms = self.chance.between(0, 3_000);
        self.plan(after_ms, Happening::CallbackArrives(forged));
    }

    /// The centre has answered a callback.
    pub(crate) fn answer_callback(&mut self, id: Option<u64>, status: u16) {
        let Some(id) = id else { return };
        match self.platform_lane.back() {
            Back::Arrives(after_ms) | Back::Rewritten(after_ms) if after_ms < CALLBACK_LIMIT_MS => {
                self.plan(after_ms, Happening::CallbackAnswered(id, Some(status)));
            }
            Back::Arrives(_) | Back::Rewritten(_) | Back::Lost => {}
        }
    }

    pub(super) fn callback_answered(&mut self, id: u64, status: Option<u16>) -> Result<(), Broken> {
        self.platform.core.callback_answered(id, status, self.now_ms);
        self.platform_plans();
        Ok(())
    }

    pub(super) fn phone(&mut self, act: PhoneAct, code: &SeenCode) -> Result<(), Broken> {
        let platform = &mut self.platform.core;
        let outcome = match act {
            PhoneAct::Begin => platform.start_paying(&code.url, self.now_ms),
            PhoneAct::Refuse => platform.refuse(&code.url, self.now_ms),
            PhoneAct::Confirm => {
                let spoilt = !self.is_healed
                    && self
                        .switches
                        .spoil_payment(platform, &code.trade_no, code.amount_minor);
                let outcome = platform.confirm(&code.url, self.now_ms);
                if outcome.is_ok() && spoilt {
                    self.memory
                        .wrong_amounts
                        .insert(code.trade_no.parse().unwrap_or_default());
                    self.cover.one("payments reported with another amount");
                }
                outcome
            }
        };
        self.cover.one(match (act, &outcome) {
            (PhoneAct::Confirm, Ok(())) => "payments",
            (PhoneAct::Confirm, Err(_)) => "payments refused by the platform",
            (PhoneAct::Begin, _) => "payments begun",
            (PhoneAct::Refuse, _) => "payments not confirmed",
        });
        self.say("phone", &format!("{act:?} {} {outcome:?}", code.trade_no));
        self.platform_plans();
        Ok(())
    }
}

/// What a proxy makes of an answer of the platform.
fn rewritten(mut reply: HttpReply) -> HttpReply {
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    let swapped = text.replace("NOTPAY", "SUCCESS").replace("PROCESSING", "SUCCESS");
    if swapped == text {
        reply.body = b"<html>please log in</html>".to_vec();
        reply.status = 200;
    } else {
        reply.body = swapped.into_bytes();
    }
    reply
}
