//! One WeChat Pay call: what the switches do to its way, who signed it, what is answered.

use serde_json::Value;

use super::answer::{self, Answer};
use super::auth;
use super::board::{CallEffects, Instead, Subject};
use super::fault::CallEffect;
use super::http::{Handled, HttpReply, HttpRequest, Outcome};
use super::keys::{AnswerKeys, MerchantKey, SignedWith};
use super::name::PlatformName;
use super::named::RefusalCode;
use super::platform::Platform;
use super::refusal::{Code, Refusal};
use super::route::Route;
use super::trade::TradeKey;

impl Platform {
    pub(crate) fn wechat_call(&mut self, request: &HttpRequest, now_ms: i64) -> Handled {
        let route = match Route::parse(&request.method, &request.path_and_query) {
            Ok(route) => route,
            Err(refusal) => {
                let reply = self.answered(request, &Err(refusal), now_ms);
                return Handled {
                    outcome: Outcome::Reply(reply),
                    delay_ms: 0,
                };
            }
        };
        let mchid = auth::claimed_mchid(request);
        let out_trade_no = self.subject_number(request, &route, mchid.as_deref());
        let subject = Subject {
            platform: PlatformName::Wechat,
            mchid: mchid.as_deref(),
            out_trade_no: out_trade_no.as_deref(),
        };
        let effects = CallEffects(self.faults.take_calls(subject, route.kind()));
        self.count(&route).received += 1;
        Handled {
            outcome: self.carry_out(request, &route, &effects, now_ms),
            delay_ms: effects.delay_ms(),
        }
    }

    fn count(&mut self, route: &Route) -> &mut super::counters::CallCount {
        self.counters_at(PlatformName::Wechat).at(route.kind())
    }

    /// The order a request is about, as far as it can be told without trusting it.
    fn subject_number(&self, request: &HttpRequest, route: &Route, mchid: Option<&str>) -> Option<String> {
        let from_body = |field: &str| {
            let body: Value = serde_json::from_slice(&request.body).ok()?;
            body.get(field)?.as_str().map(str::to_owned)
        };
        let number_of = |key: &TradeKey| key.out_trade_no.clone();
        match route {
            Route::Prepay | Route::CodePay => from_body("out_trade_no"),
            Route::QueryByNumber { out_trade_no }
            | Route::Close { out_trade_no }
            | Route::Reverse { out_trade_no } => Some(out_trade_no.clone()),
            Route::QueryById { transaction_id } => self.transactions.get(transaction_id).map(number_of),
            Route::Refund => from_body("out_trade_no").or_else(|| {
                self.transactions
                    .get(&from_body("transaction_id")?)
                    .map(number_of)
            }),
            Route::QueryRefund { out_refund_no } => self
                .refunds
                .get(&(mchid?.to_owned(), out_refund_no.clone()))
                .map(number_of),
            Route::Certificates | Route::TradeBill | Route::BillDownload => None,
        }
    }

    /// Acts unless a switch keeps the request away, and spoils the answer as the switches say.
    fn carry_out(
        &mut self,
        request: &HttpRequest,
        route: &Route,
        effects: &CallEffects,
        now_ms: i64,
    ) -> Outcome {
        if effects.has(CallEffect::LostRequest) {
            self.count(route).lost_requests += 1;
            return Outcome::Dropped;
        }
        if effects.has(CallEffect::HtmlPage) {
            self.count(route).lost_requests += 1;
            return Outcome::Reply(answer::web_page(200));
        }
        let instead = effects.instead();
        if let Some((instead, false)) = instead {
            self.count(route).refused += 1;
            return Outcome::Reply(self.replaced(request, instead, now_ms));
        }
        let result = self.act(request, route, effects, now_ms);
        let count = self.count(route);
        if result.is_ok() {
            count.done += 1;
        } else {
            count.refused += 1;
        }
        if effects.has(CallEffect::LostReply) {
            count.lost_replies += 1;
            return Outcome::Dropped;
        }
        if let Some((instead, true)) = instead {
            return Outcome::Reply(self.replaced(request, instead, now_ms));
        }
        let mut reply = self.answered(request, &result, now_ms);
        spoil(&mut reply, effects);
        Outcome::Reply(reply)
    }

    fn act(
        &mut self,
        request: &HttpRequest,
        route: &Route,
        effects: &CallEffects,
        now_ms: i64,
    ) -> Result<Answer, Refusal> {
        let signer = auth::signer(request, now_ms + self.signing_offset_ms)?;
        self.check_serial(signer, request)?;
        check_headers(request)?;
        if effects.has(CallEffect::Forbidden) {
            return Err(Refusal::new(Code::NoAuth, "商户无权限"));
        }
        if effects.has(CallEffect::NotVisible) {
            return Err(Refusal::new(Code::OrderNotExist, "订单不存在"));
        }
        if let Some(code) = effects.refuses().and_then(RefusalCode::wechat) {
            return Err(Refusal::new(code, code.words()));
        }
        match route {
            Route::Prepay => self.prepay(signer, request, now_ms),
            Route::CodePay => self.code_pay(signer, request, now_ms),
            Route::QueryByNumber { out_trade_no } => {
                self.query_by_number(signer, request, out_trade_no, now_ms)
            }
            Route::QueryById { transaction_id } => self.query_by_id(signer, request, transaction_id, now_ms),
            Route::Close { out_trade_no } => self.close(signer, request, out_trade_no, now_ms),
            Route::Reverse { out_trade_no } => self.reverse(signer, request, out_trade_no, now_ms),
            Route::Refund => self.refund(signer, request, effects.has(CallEffect::NotEnough), now_ms),
            Route::QueryRefund { out_refund_no } => self.query_refund(signer, out_refund_no),
            Route::Certificates => self.certificates(signer),
            Route::TradeBill => self.trade_bill(signer, request, now_ms),
            Route::BillDownload => self.bill_download(signer, request, now_ms),
        }
    }

    /// Which key an answer is signed with: what the request asks for, where the merchant has a choice.
    fn check_serial(&self, signer: &MerchantKey, request: &HttpRequest) -> Result<bool, Refusal> {
        let unknown = || {
            let issue = "不是该商户可用的微信支付公钥ID或平台证书序列号";
            Refusal::param("Wechatpay-Serial", "header", issue)
        };
        let asked = answer::wants_public_key(request)?;
        match (self.answer_keys(&signer.merchant.mchid), asked) {
            (AnswerKeys::Both, asked) => Ok(asked.unwrap_or(false)),
            (AnswerKeys::PublicKeyOnly, None | Some(true)) => Ok(true),
            (AnswerKeys::CertificateOnly, None | Some(false)) => Ok(false),
            (AnswerKeys::PublicKeyOnly, Some(false)) | (AnswerKeys::CertificateOnly, Some(true)) => {
                Err(unknown())
            }
        }
    }

    pub(crate) fn answer_keys(&self, mchid: &str) -> AnswerKeys {
        self.answer_keys.get(mchid).copied().unwrap_or(AnswerKeys::Both)
    }

    fn signs_answer_with(&mut self, request: &HttpRequest) -> SignedWith {
        let asked = answer::wants_public_key(request).ok().flatten().unwrap_or(false);
        let mchid = auth::claimed_mchid(request);
        let public_key = match mchid.as_deref().map(|mchid| self.answer_keys(mchid)) {
            Some(AnswerKeys::PublicKeyOnly) => true,
            Some(AnswerKeys::CertificateOnly) => false,
            Some(AnswerKeys::Both) | None => asked,
        };
        if public_key {
            SignedWith::PublicKey
        } else {
            self.certificate_in_turn(mchid.as_deref().unwrap_or_default())
        }
    }

    fn answered(
        &mut self,
        request: &HttpRequest,
        result: &Result<Answer, Refusal>,
        now_ms: i64,
    ) -> HttpReply {
        if let Ok(Answer::File(bytes)) = result {
            return answer::file("application/octet-stream", bytes.clone());
        }
        let with = self.signs_answer_with(request);
        let (status, body) = answer::status_and_body(result);
        answer::signed(&mut self.ids, with, now_ms + self.signing_offset_ms, status, body)
    }

    /// The answer a switch puts in the place of the true one.
    fn replaced(&mut self, request: &HttpRequest, instead: Instead, now_ms: i64) -> HttpReply {
        match instead {
            Instead::Html(status) => answer::web_page(status),
            Instead::SystemError => self.answered(request, &Err(answer::refusal_for(500)), now_ms),
            Instead::Status(status) => {
                let mut reply = self.answered(request, &Err(answer::refusal_for(status)), now_ms);
                reply.status = status;
                reply
            }
        }
    }
}

fn spoil(reply: &mut HttpReply, effects: &CallEffects) {
    if effects.has(CallEffect::BadSignature) {
        answer::spoil_signature(&mut reply.headers);
    }
    if effects.has(CallEffect::Unsigned) {
        reply.headers.retain(|(name, _)| name != "Wechatpay-Signature");
    }
    if effects.has(CallEffect::AlteredBody) {
        answer::alter_body(reply);
    }
}

/// `Accept` always, and `Content-Type` where there is a body: both are marked required.
fn check_headers(request: &HttpRequest) -> Result<(), Refusal> {
    let accepts = request.header("accept").unwrap_or_default();
    if !accepts.contains("application/json") && !accepts.contains("*/*") {
        return Err(Refusal::param("Accept", "header", "必须是application/json"));
    }
    let content = request.header("content-type").unwrap_or_default();
    if request.method == "POST" && !content.starts_with("application/json") {
        return Err(Refusal::param("Content-Type", "header", "必须是application/json"));
    }
    Ok(())
}
