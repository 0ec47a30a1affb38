//! One call of the gateway: what the switches do to its way, who signed it, what is answered.

use super::certificates::{self, AlipayMode};
use super::form::{pairs, to_be_signed};
use super::keys::{AlipayKey, AlipayRing, AlipaySignature, AppKey};
use super::node::{FORBIDDEN, LIMITED, Node, SYSTEM_ERROR, Trouble, UNKNOWN, business, invalid, missing};
use super::params::Content;
use super::time::parse_stamp;
use crate::core::answer;
use crate::core::board::{CallEffects, Instead, Subject};
use crate::core::fault::{CallEffect, CallKind};
use crate::core::http::{Handled, HttpReply, HttpRequest, Outcome};
use crate::core::name::PlatformName;
use crate::core::named::RefusalCode;
use crate::core::platform::Platform;
use crate::core::trade::TradeKey;

/// The methods this stand-in knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Precreate,
    Pay,
    Query,
    Cancel,
    Close,
    Refund,
    RefundQuery,
    BillUrl,
    CertificateDownload,
}

impl Method {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "alipay.trade.precreate" => Self::Precreate,
            "alipay.trade.pay" => Self::Pay,
            "alipay.trade.query" => Self::Query,
            "alipay.trade.cancel" => Self::Cancel,
            "alipay.trade.close" => Self::Close,
            "alipay.trade.refund" => Self::Refund,
            "alipay.trade.fastpay.refund.query" => Self::RefundQuery,
            "alipay.data.dataservice.bill.downloadurl.query" => Self::BillUrl,
            "alipay.open.app.alipaycert.download" => Self::CertificateDownload,
            _ => return None,
        })
    }

    const fn kind(self) -> CallKind {
        match self {
            Self::Precreate => CallKind::Prepay,
            Self::Pay => CallKind::CodePay,
            Self::Query => CallKind::Query,
            Self::Cancel => CallKind::Cancel,
            Self::Close => CallKind::Close,
            Self::Refund => CallKind::Refund,
            Self::RefundQuery => CallKind::RefundQuery,
            Self::BillUrl => CallKind::Bill,
            Self::CertificateDownload => CallKind::Certificates,
        }
    }
}

/// A request as it was sent: parameters from query and body together.
struct Sent {
    parameters: Vec<(String, String)>,
}

impl Sent {
    fn read(request: &HttpRequest) -> Self {
        let query = request
            .path_and_query
            .split_once('?')
            .map_or("", |(_, query)| query);
        let mut parameters = pairs(query);
        parameters.extend(pairs(&String::from_utf8_lossy(&request.body)));
        Self { parameters }
    }

    fn get(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    fn method(&self) -> Option<Method> {
        Method::parse(self.get("method")?)
    }

    /// The name of the object in the answer.
    fn node_name(&self) -> String {
        match self.get("method") {
            Some(method) if self.method().is_some() => format!("{}_response", method.replace('.', "_")),
            Some(_) | None => "error_response".to_owned(),
        }
    }
}

impl Platform {
    pub(crate) fn alipay_call(&mut self, request: &HttpRequest, now_ms: i64) -> Handled {
        let sent = Sent::read(request);
        let Some(method) = sent.method() else {
            let trouble = match sent.get("method") {
                None => missing("isv.missing-method", "缺少方法名参数"),
                Some(_) => invalid("isv.invalid-method", "不存在的方法名"),
            };
            return Handled {
                outcome: Outcome::Reply(self.node_reply(&sent, &trouble.into())),
                delay_ms: 0,
            };
        };
        let out_trade_no = self.alipay_subject(&sent);
        let subject = Subject {
            platform: PlatformName::Alipay,
            mchid: sent.get("app_id"),
            out_trade_no: out_trade_no.as_deref(),
        };
        let effects = CallEffects(self.faults.take_calls(subject, method.kind()));
        self.counters_at(PlatformName::Alipay).at(method.kind()).received += 1;
        Handled {
            outcome: self.alipay_carry_out(&sent, method, &effects, now_ms),
            delay_ms: effects.delay_ms(),
        }
    }

    /// The trade a request is about, as far as it can be told without trusting it.
    fn alipay_subject(&self, sent: &Sent) -> Option<String> {
        let content = Content::parse(sent.get("biz_content")?).ok()?;
        content.text("out_trade_no").or_else(|| {
            let key = self.alipay.numbers.get(&content.text("trade_no")?)?;
            Some(key.out_trade_no.clone())
        })
    }

    /// Acts unless a switch keeps the request away, and spoils the answer as the switches say.
    fn alipay_carry_out(
        &mut self,
        sent: &Sent,
        method: Method,
        effects: &CallEffects,
        now_ms: i64,
    ) -> Outcome {
        let kind = method.kind();
        if effects.has(CallEffect::LostRequest) || effects.has(CallEffect::HtmlPage) {
            self.counters_at(PlatformName::Alipay).at(kind).lost_requests += 1;
            return if effects.has(CallEffect::LostRequest) {
                Outcome::Dropped
            } else {
                Outcome::Reply(answer::web_page(200))
            };
        }
        let instead = effects.instead();
        if let Some((instead, false)) = instead {
            self.counters_at(PlatformName::Alipay).at(kind).refused += 1;
            return Outcome::Reply(self.alipay_replaced(sent, instead));
        }
        let result = self.alipay_act(sent, method, effects, now_ms);
        let count = self.counters_at(PlatformName::Alipay).at(kind);
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
            return Outcome::Reply(self.alipay_replaced(sent, instead));
        }
        let node = result.unwrap_or_else(Node::from);
        let mut reply = self.node_reply(sent, &node);
        spoil(&mut reply, effects);
        Outcome::Reply(reply)
    }

    fn alipay_act(
        &mut self,
        sent: &Sent,
        method: Method,
        effects: &CallEffects,
        now_ms: i64,
    ) -> Result<Node, Trouble> {
        let app = self.alipay_signer(sent)?;
        if effects.has(CallEffect::Forbidden) {
            return Err(FORBIDDEN);
        }
        let content = Content::parse(sent.get("biz_content").unwrap_or("{}"))?;
        if effects.has(CallEffect::NotVisible) {
            return Err(no_such_trade());
        }
        if let Some(trouble) = effects.refuses().and_then(RefusalCode::alipay) {
            return Err(trouble);
        }
        let notify_url = sent.get("notify_url").map(str::to_owned);
        match method {
            Method::Precreate => self.precreate(app, &content, notify_url, now_ms),
            Method::Pay => self.alipay_code_pay(app, &content, notify_url, now_ms),
            Method::Query => self.alipay_query(app, &content),
            Method::Cancel => self.alipay_cancel(app, &content, now_ms),
            Method::Close => self.alipay_close(app, &content, now_ms),
            Method::Refund => self.alipay_refund(app, &content, effects.has(CallEffect::NotEnough), now_ms),
            Method::RefundQuery => self.alipay_refund_query(app, &content),
            Method::BillUrl => self.alipay_bill_url(app, &content, now_ms),
            Method::CertificateDownload => certificates::download(&content),
        }
    }

    /// The answer a switch puts in the place of the true one. The gateway says everything with HTTP 200.
    fn alipay_replaced(&mut self, sent: &Sent, instead: Instead) -> HttpReply {
        let trouble = match instead {
            Instead::Html(status) => return answer::web_page(status),
            Instead::Status(429) => LIMITED,
            Instead::SystemError | Instead::Status(..300) => UNKNOWN,
            Instead::Status(_) => SYSTEM_ERROR,
        };
        self.node_reply(sent, &trouble.into())
    }

    /// Writes and signs an answer. Who is not known to the platform gets an unsigned one.
    fn node_reply(&mut self, sent: &Sent, node: &Node) -> HttpReply {
        let (name, text) = (sent.node_name(), node.text());
        let app = sent.get("app_id").and_then(|id| AlipayRing::get().app(id));
        let body = match app {
            Some(app) => {
                let AlipaySignature { sign, certificate } = self.alipay_sign(&app.app.app_id, &text);
                let named = if self.is_by_certificate(&app.app.app_id, sent) {
                    format!(",\"alipay_cert_sn\":\"{certificate}\"")
                } else {
                    String::new()
                };
                format!("{{\"{name}\":{text}{named},\"sign\":\"{sign}\"}}")
            }
            None => format!("{{\"{name}\":{text}}}"),
        };
        answer::file("text/html;charset=utf-8", body.into_bytes())
    }

    fn alipay_mode(&self, app_id: &str) -> AlipayMode {
        let mode = self.alipay.modes.get(app_id).copied();
        mode.unwrap_or(AlipayMode::AsAsked)
    }

    /// Whether an answer names the certificate that signed it, also where the request itself is refused.
    fn is_by_certificate(&self, app_id: &str, sent: &Sent) -> bool {
        match self.alipay_mode(app_id) {
            AlipayMode::AsAsked => sent.get("app_cert_sn").is_some(),
            AlipayMode::Certificates => true,
        }
    }

    /// Who has signed a request, in the mode that the app may call in.
    fn alipay_signer(&mut self, sent: &Sent) -> Result<&'static AppKey, Trouble> {
        let app = authenticated(sent)?;
        let app_id = &app.app.app_id;
        let (app_cert_sn, root_cert_sn) = (sent.get("app_cert_sn"), sent.get("alipay_root_cert_sn"));
        let mode = self.alipay_mode(app_id);
        if certificates::is_in_certificate_mode(&app.app, mode, app_cert_sn, root_cert_sn)? {
            self.alipay.by_certificate.insert(app_id.clone());
        } else {
            self.alipay.by_certificate.remove(app_id);
        }
        Ok(app)
    }

    /// A signature for an app, with the key that is its turn.
    pub(crate) fn alipay_sign(&mut self, app_id: &str, message: &str) -> AlipaySignature {
        let mode = self.alipay.keys.get(app_id).copied();
        self.alipay.signatures += 1;
        AlipayRing::get().sign(
            mode.unwrap_or(AlipayKey::Current),
            self.alipay.signatures,
            message,
        )
    }
}

impl AppKey {
    /// The name of one of the app's trades.
    pub(crate) fn trade_key(&self, out_trade_no: String) -> TradeKey {
        TradeKey {
            mchid: self.app.app_id.clone(),
            out_trade_no,
        }
    }
}

pub(crate) const fn no_such_trade() -> Trouble {
    business("ACQ.TRADE_NOT_EXIST", "交易不存在")
}

/// Checks the common parameters and who signed them.
fn authenticated(sent: &Sent) -> Result<&'static AppKey, Trouble> {
    let app_id = sent
        .get("app_id")
        .ok_or(missing("isv.missing-app-id", "缺少appId参数"))?;
    let app = AlipayRing::get()
        .app(app_id)
        .ok_or(invalid("isv.invalid-app-id", "无效的appId参数"))?;
    match sent.get("sign_type") {
        None => return Err(missing("isv.missing-signature-type", "缺少签名类型参数")),
        Some("RSA2") => {}
        Some(_) => return Err(invalid("isv.invalid-signature-type", "无效的签名类型")),
    }
    let sign = sent
        .get("sign")
        .ok_or(missing("isv.missing-signature", "缺少签名参数"))?;
    if !app
        .key
        .made(to_be_signed(&sent.parameters, &["sign"]).as_bytes(), sign)
    {
        return Err(invalid(
            "isv.invalid-signature",
            "验签出错，请确认商户私钥与上传的公钥是否匹配",
        ));
    }
    check_form(sent)?;
    Ok(app)
}

fn check_form(sent: &Sent) -> Result<(), Trouble> {
    if !sent
        .get("charset")
        .is_none_or(|charset| charset.eq_ignore_ascii_case("utf-8"))
    {
        return Err(invalid("isv.invalid-charset", "字符集错误"));
    }
    if !sent
        .get("format")
        .is_none_or(|format| format.eq_ignore_ascii_case("json"))
    {
        return Err(invalid("isv.invalid-format", "无效的数据格式"));
    }
    match sent.get("version") {
        None => return Err(missing("isv.missing-version", "缺少版本参数")),
        Some("1.0") => {}
        Some(_) => return Err(invalid("isv.invalid-parameter", "无效的版本参数")),
    }
    let timestamp = sent
        .get("timestamp")
        .ok_or(missing("isv.missing-timestamp", "缺少时间戳参数"))?;
    parse_stamp(timestamp).ok_or(invalid("isv.invalid-timestamp", "非法的时间戳参数"))?;
    Ok(())
}

fn spoil(reply: &mut HttpReply, effects: &CallEffects) {
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    let Some((before, sign)) = text.split_once(",\"sign\":\"") else {
        return;
    };
    let mut before = before.to_owned();
    let mut sign = sign.trim_end_matches(['"', '}']).to_owned();
    if effects.has(CallEffect::AlteredBody) {
        before = altered(&before);
    }
    if effects.has(CallEffect::BadSignature) {
        sign = answer::spoilt(&sign);
    }
    let text = if effects.has(CallEffect::Unsigned) {
        format!("{before}}}")
    } else {
        format!("{before},\"sign\":\"{sign}\"}}")
    };
    reply.body = text.into_bytes();
}

/// "Not paid" turned into "paid"; an answer that says neither gets a blank.
fn altered(text: &str) -> String {
    let paid = text
        .replace("\"WAIT_BUYER_PAY\"", "\"TRADE_SUCCESS\"")
        .replace("\"TRADE_CLOSED\"", "\"TRADE_SUCCESS\"");
    if paid == text {
        text.replacen("\"msg\":", "\"msg\": ", 1)
    } else {
        paid
    }
}
