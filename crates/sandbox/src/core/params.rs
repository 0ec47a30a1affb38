//! The bodies of prepay, close and refund, checked against the documented bounds.
//!
//! Only what stands in the body is checked here; what depends on the order (already paid, over the
//! cap) is the business of `trades` and `refunds`.

use serde_json::Value;
use suanpan_domain::money::Fen;

use super::fields::Fields;
use super::refusal::Refusal;

/// `time_expire` is at least one minute away.
const EXPIRE_AFTER_MS_MIN: i64 = 60_000;
/// `time_expire` is at most 15 days away.
const EXPIRE_AFTER_MS_MAX: i64 = 15 * 24 * 3_600_000;
/// An order without `time_expire` can be paid for 7 days.
const EXPIRE_AFTER_MS_DEFAULT: i64 = 7 * 24 * 3_600_000;
/// `detail` takes at most 6144 bytes.
const DETAIL_BYTES_MAX: usize = 6_144;
/// Addresses for payment callbacks.
const NOTIFY_URL_CHARS_MAX: usize = 255;
/// Addresses for refund callbacks.
const REFUND_NOTIFY_URL_CHARS_MAX: usize = 256;
/// What a merchant's order number may hold besides letters and digits.
const TRADE_NUMBER_EXTRA: &str = "_-|*";
/// What a merchant's refund number may hold besides letters and digits.
const REFUND_NUMBER_EXTRA: &str = "_-|*@";

/// A prepay body that is within its bounds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Prepay {
    pub(crate) appid: String,
    pub(crate) mchid: String,
    pub(crate) description: String,
    pub(crate) out_trade_no: String,
    pub(crate) attach: Option<String>,
    pub(crate) notify_url: String,
    pub(crate) expire_at_ms: Option<i64>,
    pub(crate) total: Fen,
    /// The whole body, to tell a repetition from another order under the same number.
    pub(crate) raw: Value,
}

impl Prepay {
    pub(crate) fn parse(raw: Value) -> Result<Self, Refusal> {
        let body = Fields::body(&raw)?;
        let appid = body.required_text("appid", 32)?.to_owned();
        let mchid = body.required_text("mchid", 32)?.to_owned();
        let description = body.required_text("description", 127)?.to_owned();
        let out_trade_no = body
            .number("out_trade_no", 6..=32, TRADE_NUMBER_EXTRA)?
            .to_owned();
        let attach = body.text("attach", 128)?.map(str::to_owned);
        let notify_url = body.required_text("notify_url", NOTIFY_URL_CHARS_MAX)?.to_owned();
        check_notify_url(&body, &notify_url)?;
        let expire_at_ms = expire_at_ms(&body)?;
        let total = total(&body)?;
        check_extras(&body)?;
        Ok(Self {
            appid,
            mchid,
            description,
            out_trade_no,
            attach,
            notify_url,
            expire_at_ms,
            total,
            raw,
        })
    }

    /// Reads a codepay body: the order without code and callback, and the customer's code.
    pub(crate) fn parse_code_pay(raw: Value) -> Result<(Self, String), Refusal> {
        let body = Fields::body(&raw)?;
        let payer = body.required_inner("payer")?;
        let auth_code = payer.number("auth_code", 18..=18, "")?.to_owned();
        if !auth_code.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(payer.refuse("auth_code", "必须是18位数字"));
        }
        let scene = body.required_inner("scene_info")?;
        scene.text("device_id", 32)?;
        scene.text("device_ip", 45)?;
        if let Some(store) = scene.inner("store_info")? {
            store.text("id", 32)?;
            store.text("out_id", 32)?;
        }
        body.text("goods_tag", 32)?;
        let asked = Self {
            appid: body.required_text("appid", 32)?.to_owned(),
            mchid: body.required_text("mchid", 32)?.to_owned(),
            description: body.required_text("description", 127)?.to_owned(),
            out_trade_no: body
                .number("out_trade_no", 6..=32, TRADE_NUMBER_EXTRA)?
                .to_owned(),
            attach: body.text("attach", 128)?.map(str::to_owned),
            notify_url: String::new(),
            expire_at_ms: None,
            total: total(&body)?,
            raw: raw.clone(),
        };
        Ok((asked, auth_code))
    }

    /// The last moment the order can be paid at, when it is made at `now_ms`.
    pub(crate) fn expiry_ms(&self, now_ms: i64) -> Result<i64, Refusal> {
        let Some(at_ms) = self.expire_at_ms else {
            return Ok(now_ms + EXPIRE_AFTER_MS_DEFAULT);
        };
        let refuse = |issue| Err(Refusal::param("/time_expire", "body", issue));
        match at_ms - now_ms {
            ..EXPIRE_AFTER_MS_MIN => refuse("订单失效时间距现在不能少于1分钟"),
            EXPIRE_AFTER_MS_MIN..=EXPIRE_AFTER_MS_MAX => Ok(at_ms),
            _ => refuse("订单失效时间距现在不能超过15天"),
        }
    }
}

fn total(body: &Fields<'_>) -> Result<Fen, Refusal> {
    let amount = body.required_inner("amount")?;
    check_currency(&amount, false)?;
    positive(&amount, "total")
}

fn positive(amount: &Fields<'_>, name: &str) -> Result<Fen, Refusal> {
    Fen::positive(amount.required_int(name)?).map_err(|_| amount.refuse(name, "必须是大于0的金额，单位为分"))
}

fn check_currency(amount: &Fields<'_>, required: bool) -> Result<(), Refusal> {
    match amount.text("currency", 16)? {
        Some("CNY") => Ok(()),
        Some(_) => Err(amount.refuse("currency", "只支持CNY")),
        None if required => Err(amount.refuse("currency", "必填参数缺失")),
        None => Ok(()),
    }
}

fn expire_at_ms(body: &Fields<'_>) -> Result<Option<i64>, Refusal> {
    let Some(text) = body.text("time_expire", 64)? else {
        return Ok(None);
    };
    let parsed = chrono::DateTime::parse_from_rfc3339(text);
    let at = parsed.map_err(|_| body.refuse("time_expire", "必须是RFC3339格式"))?;
    Ok(Some(at.timestamp_millis()))
}

/// https without a query; plain http is taken for this machine only, which the real platform refuses.
fn check_notify_url(body: &Fields<'_>, url: &str) -> Result<(), Refusal> {
    let host = |rest: &str| rest.split(['/', ':']).next().unwrap_or_default().to_owned();
    let secure = url
        .strip_prefix("https://")
        .is_some_and(|rest| !host(rest).is_empty());
    let local = url.strip_prefix("http://").is_some_and(|rest| {
        matches!(host(rest).as_str(), "127.0.0.1" | "localhost") || rest.starts_with("[::1]")
    });
    let plain = url.chars().all(|c| c.is_ascii_graphic() && c != '?' && c != '#');
    if plain && (secure || local) {
        return Ok(());
    }
    Err(body.refuse(
        "notify_url",
        "必须是https地址且不带参数（沙箱另接受本机http地址）",
    ))
}

fn check_extras(body: &Fields<'_>) -> Result<(), Refusal> {
    body.text("goods_tag", 32)?;
    body.check_bool("support_fapiao")?;
    if body.bytes("detail") > DETAIL_BYTES_MAX {
        return Err(body.refuse("detail", "不能超过6144字节"));
    }
    body.inner("detail")?;
    if let Some(settle) = body.inner("settle_info")? {
        settle.check_bool("profit_sharing")?;
    }
    let Some(scene) = body.inner("scene_info")? else {
        return Ok(());
    };
    scene.required_text("payer_client_ip", 45)?;
    scene.text("device_id", 32)?;
    let Some(store) = scene.inner("store_info")? else {
        return Ok(());
    };
    store.required_text("id", 32)?;
    store.text("name", 256)?;
    store.text("area_code", 32)?;
    store.text("address", 512)?;
    Ok(())
}

/// The one field of a close body.
pub(crate) fn close_mchid(raw: &Value) -> Result<String, Refusal> {
    Ok(Fields::body(raw)?.required_text("mchid", 32)?.to_owned())
}

/// App id, which may be absent, and merchant of a reverse body.
pub(crate) fn reverse_of(raw: &Value) -> Result<(Option<String>, String), Refusal> {
    let body = Fields::body(raw)?;
    let appid = body.text("appid", 32)?.map(str::to_owned);
    Ok((appid, body.required_text("mchid", 32)?.to_owned()))
}

/// Which trade a refund is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RefundOf {
    OutTradeNo(String),
    TransactionId(String),
}

/// A refund body that is within its bounds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RefundAsk {
    pub(crate) of: RefundOf,
    pub(crate) out_refund_no: String,
    pub(crate) notify_url: Option<String>,
    pub(crate) refund: Fen,
    pub(crate) total: Fen,
}

impl RefundAsk {
    pub(crate) fn parse(raw: &Value) -> Result<Self, Refusal> {
        let body = Fields::body(raw)?;
        let of = match (body.text("transaction_id", 32)?, body.text("out_trade_no", 32)?) {
            (None, None) => return Err(body.refuse("out_trade_no", "与transaction_id必须二选一")),
            (Some(_), Some(_)) => return Err(body.refuse("out_trade_no", "与transaction_id只能二选一")),
            (Some(id), None) => RefundOf::TransactionId(id.to_owned()),
            (None, Some(number)) => RefundOf::OutTradeNo(number.to_owned()),
        };
        let out_refund_no = body
            .number("out_refund_no", 1..=64, REFUND_NUMBER_EXTRA)?
            .to_owned();
        body.text("reason", 80)?;
        let notify_url = body
            .text("notify_url", REFUND_NOTIFY_URL_CHARS_MAX)?
            .map(str::to_owned);
        notify_url
            .as_deref()
            .map_or(Ok(()), |url| check_notify_url(&body, url))?;
        if !matches!(
            body.text("funds_account", 32)?,
            None | Some("AVAILABLE" | "UNSETTLED")
        ) {
            return Err(body.refuse("funds_account", "只能是AVAILABLE或UNSETTLED"));
        }
        let amount = body.required_inner("amount")?;
        check_currency(&amount, true)?;
        let (refund, total) = (positive(&amount, "refund")?, positive(&amount, "total")?);
        Ok(Self {
            of,
            out_refund_no,
            notify_url,
            refund,
            total,
        })
    }
}
