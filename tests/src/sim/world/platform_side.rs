//! Centre and platform: calls, answers, callbacks, and what the customers' phones do.

use std::collections::BTreeMap;

use suanpan_channels::{CallbackRequest, HttpReply, HttpRequest};
use suanpan_domain::tender::Means;
use suanpan_sandbox::{OutgoingCallback, PaymentCodeState, PlatformName, Spoil};
use suanpan_trade::{PlatformCall, Reply};
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
    /// I10: a number never goes out with two sets of parameters. I20: what goes back by itself goes under its trade's
    /// own number, and nothing else goes back of that trade.
    fn i10_one_number_one_body(&mut self, request: &HttpRequest) -> Result<(), Broken> {
        let Some((kind, field, content)) = asked_for(request) else {
            return Ok(());
        };
        let body: serde_json::Value = serde_json::from_slice(&content).unwrap_or_default();
        let number = body[field].as_str().unwrap_or_default().to_owned();
        if kind == "refund" {
            let trade_no = body["out_trade_no"].as_str().unwrap_or_default().to_owned();
            let numbers = self.refunds_sent.entry(trade_no.clone()).or_default();
            numbers.insert(number.clone());
            // What went back before a centre was put back may be known to no operator who decides on it: the platform
            // refuses it then, and I3 sees to it that it does.
            let is_forgotten = self.memory.centre_restored;
            let asked_back = &self.memory.asked_back;
            let is_asked = |number: &&String| {
                number
                    .parse()
                    .is_ok_and(|number: i64| asked_back.contains(&number))
            };
            let unasked = numbers.iter().filter(|number| !is_asked(number)).count();
            let fits = unasked <= 1 || !numbers.contains(&trade_no) || is_forgotten;
            ensure(fits, "I20 one refund number per trade", || {
                format!("trade {trade_no}, refunds {numbers:?}")
            })?;
        }
        let before = self
            .sent
            .entry((kind, number.clone()))
            .or_insert_with(|| content.clone());
        ensure(
            *before == content,
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
            && self
                .switches
                .spoil_close(&mut self.platform.core, platform_of(call.means), trade_no)
        {
            self.cover.one("closes that leave the code payable");
        }
        let arrivals = self.platform_lane.there();
        let life = self.centre.process().life;
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
        let reverses = matches!(call.call, suanpan_channels::Call::Reverse { .. });
        for after_ms in arrivals {
            // A reversal that acts after its sender has given up, and has seen the payment, is for the day's bill to
            // find: no question asked in between can.
            if reverses && after_ms >= CALL_LIMIT_MS {
                self.cover.one("reversals given up on their way");
                continue;
            }
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
        let view = views.iter().find(|view| view.id == id);
        let is_spoilt = view.is_some_and(|view| match view.spoil {
            None => false,
            // Alipay's notices have no age; each attempt is signed anew.
            Some(Spoil::Stale) => view.platform == PlatformName::Wechat,
            Some(Spoil::SignTest | Spoil::BadSignature | Spoil::Altered) => true,
        });
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
        let at = if is_unsigned(&forged.bytes.body, at) {
            0
        } else {
            at
        };
        if let Some(byte) = forged.bytes.body.get_mut(at) {
            *byte ^= 1;
        }
        self.cover.one("forged callbacks");
        let after_ms = self.chance.between(0, 3_000);
        self.plan(after_ms, Happening::CallbackArrives(forged));
    }

    /// The centre has answered a callback.
    pub(crate) fn answer_callback(&mut self, id: Option<u64>, reply: &Reply) {
        let Some(id) = id else { return };
        match self.platform_lane.back() {
            Back::Arrives(after_ms) | Back::Rewritten(after_ms) if after_ms < CALLBACK_LIMIT_MS => {
                self.plan(after_ms, Happening::CallbackAnswered(id, reply.clone()));
            }
            Back::Arrives(_) | Back::Rewritten(_) | Back::Lost => {}
        }
    }

    pub(super) fn callback_answered(&mut self, id: u64, reply: &Reply) -> Result<(), Broken> {
        self.platform
            .core
            .callback_heard(id, Some(reply.status), &reply.body, self.now_ms);
        self.platform_plans();
        Ok(())
    }

    /// Where a scanned payment code is being charged and the phone asks for the password, its customer types it.
    pub(super) fn types_password(&mut self, code: &str) -> Result<(), Broken> {
        let shown = self.platform.core.payment_code(code, self.now_ms);
        let Ok(PaymentCodeState::Charged(order)) = shown.map(|shown| shown.state) else {
            return Ok(());
        };
        let outcome = self.platform.core.confirm(&order.token, self.now_ms);
        if outcome.is_ok() {
            self.cover.one("passwords typed");
        }
        self.say("phone", &format!("password {} {outcome:?}", order.out_trade_no));
        self.platform_plans();
        Ok(())
    }

    /// A customer opens the payment code of a platform and holds it out; what the till's scanner reads.
    pub(super) fn payment_code(&mut self) -> String {
        let (platform, asks) = match self.chance.below(4) {
            0 => (PlatformName::Wechat, true),
            1 => (PlatformName::Wechat, false),
            2 => (PlatformName::Alipay, true),
            _ => (PlatformName::Alipay, false),
        };
        let code = self.platform.core.show_payment_code(platform, asks, self.now_ms);
        if asks && self.chance.chance(800) {
            let after_ms = self.chance.between(2_000, 40_000);
            self.plan(after_ms, Happening::TypesPassword(code.clone()));
        }
        code
    }

    pub(super) fn phone(&mut self, act: PhoneAct, code: &SeenCode) -> Result<(), Broken> {
        let platform = &mut self.platform.core;
        let outcome = match act {
            PhoneAct::Begin => platform.start_paying(&code.url, self.now_ms),
            PhoneAct::Refuse => platform.refuse(&code.url, self.now_ms),
            PhoneAct::Confirm => {
                let view = platform.open_code(&code.url, self.now_ms);
                let at = view.map_or(PlatformName::Wechat, |view| view.platform);
                let spoilt = !self.is_healed
                    && self
                        .switches
                        .spoil_payment(platform, at, &code.trade_no, code.amount_minor);
                let outcome = platform.confirm(&code.url, self.now_ms);
                if outcome.is_ok() && spoilt {
                    let trade_no = code.trade_no.parse().unwrap_or_default();
                    self.memory.wrong_amounts.insert(trade_no, code.amount_minor + 1);
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

/// Whose platform an account's means is.
const fn platform_of(means: Means) -> PlatformName {
    match means {
        Means::AliPay => PlatformName::Alipay,
        Means::WechatPay | Means::Cash => PlatformName::Wechat,
    }
}

/// What moves money or makes a code: which call, under which number, with which content. Time and signature are new
/// with every sending.
fn asked_for(request: &HttpRequest) -> Option<(&'static str, &'static str, Vec<u8>)> {
    let path = request.url.split('?').next().unwrap_or_default();
    if path.ends_with("/gateway.do") {
        let fields = form(request);
        let (kind, field) = match fields.get("method").map(String::as_str) {
            Some("alipay.trade.precreate") => ("prepay", "out_trade_no"),
            Some("alipay.trade.pay") => ("charge", "out_trade_no"),
            Some("alipay.trade.refund") => ("refund", "out_request_no"),
            Some(_) | None => return None,
        };
        let content = fields.get("biz_content")?.clone().into_bytes();
        return Some((kind, field, content));
    }
    let (kind, field) = match path.rsplit_once("/v3/").map(|(_, path)| path) {
        Some("pay/transactions/native") => ("prepay", "out_trade_no"),
        Some("pay/transactions/codepay") => ("charge", "out_trade_no"),
        Some("refund/domestic/refunds") => ("refund", "out_refund_no"),
        Some(_) | None => return None,
    };
    Some((kind, field, request.body.clone()))
}

/// The parameters of a call of the gateway, wherever they stand.
fn form(request: &HttpRequest) -> BTreeMap<String, String> {
    let query = request.url.split_once('?').map_or("", |(_, query)| query);
    let body = String::from_utf8_lossy(&request.body);
    let pairs = query.split('&').chain(body.split('&'));
    pairs
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

/// Text as a form carries it.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        match (first, code.and_then(|code| u8::from_str_radix(code, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
                continue;
            }
            (b'+', _) => bytes.push(b' '),
            (byte, _) => bytes.push(*byte),
        }
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The one value of a notice that its signature does not cover: how it was signed.
fn is_unsigned(body: &[u8], at: usize) -> bool {
    const NAME: &[u8] = b"sign_type=";
    let begins = body.windows(NAME.len()).position(|part| part == NAME);
    begins.is_some_and(|begins| {
        let begins = begins + NAME.len();
        let length = body[begins..].iter().take_while(|byte| **byte != b'&').count();
        (begins..begins + length).contains(&at)
    })
}

/// What a proxy makes of an answer of the platform.
fn rewritten(mut reply: HttpReply) -> HttpReply {
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    let swapped = text
        .replace("NOTPAY", "SUCCESS")
        .replace("PROCESSING", "SUCCESS")
        .replace("WAIT_BUYER_PAY", "TRADE_SUCCESS");
    if swapped == text {
        reply.body = b"<html>please log in</html>".to_vec();
        reply.status = 200;
    } else {
        reply.body = swapped.into_bytes();
    }
    reply
}
