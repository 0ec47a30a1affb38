//! WeChat Pay's trade bill: CSV with a backtick before every value, SHA-1 over the plain text, gzip on demand.

use std::io::Write as _;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use suanpan_domain::money::Fen;

use super::{Ready, Span, fee};
use crate::core::alipay::stamp;
use crate::core::answer::Answer;
use crate::core::http::HttpRequest;
use crate::core::keys::MerchantKey;
use crate::core::name::PlatformName;
use crate::core::platform::Platform;
use crate::core::refusal::{Code, Refusal};
use crate::core::route::query_value;
use crate::core::trade::{Payment, Refund, RefundStatus, Trade};

/// A download's address lives five minutes.
const ADDRESS_LIFE_MS: i64 = 300_000;
/// Bills reach three months back.
const BACK_MS: i64 = 92 * 86_400_000;
/// What stands before the text, as in the real files.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Which rows a bill has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BillKind {
    All,
    Success,
    Refund,
}

/// One value of a row: its heading, and in which kinds of bill it stands.
struct Cell {
    heading: &'static str,
    kinds: &'static [BillKind],
    value: String,
}

const EVERY: &[BillKind] = &[BillKind::All, BillKind::Success, BillKind::Refund];
const NOT_SUCCESS: &[BillKind] = &[BillKind::All, BillKind::Refund];
const ONLY_REFUND: &[BillKind] = &[BillKind::Refund];

/// One line of a bill.
struct Row<'a> {
    at_ms: i64,
    trade: &'a Trade,
    payment: &'a Payment,
    refund: Option<&'a Refund>,
}

impl Platform {
    /// Says where the bill of a day is.
    pub(crate) fn trade_bill(
        &mut self,
        signer: &MerchantKey,
        request: &HttpRequest,
        now_ms: i64,
    ) -> Result<Answer, Refusal> {
        let value = |name: &str| query_value(&request.path_and_query, name).filter(|text| !text.is_empty());
        let date = value("bill_date").ok_or_else(|| Refusal::param("/bill_date", "query", "必填参数缺失"))?;
        let wrong_date = || Refusal::param("/bill_date", "query", "格式为YYYY-MM-DD");
        let span = Span::day(&date).ok_or_else(wrong_date)?;
        let kind = match value("bill_type").as_deref() {
            None | Some("ALL") => BillKind::All,
            Some("SUCCESS") => BillKind::Success,
            Some("REFUND") => BillKind::Refund,
            Some(_) => {
                return Err(Refusal::param(
                    "/bill_type",
                    "query",
                    "只能是ALL、SUCCESS或REFUND",
                ));
            }
        };
        let zipped = match value("tar_type").as_deref() {
            None => false,
            Some("GZIP") => true,
            Some(_) => return Err(Refusal::param("/tar_type", "query", "只能是GZIP")),
        };
        check_ready(&span, now_ms)?;
        let mchid = signer.merchant.mchid.clone();
        let text = self
            .wechat_bill(&mchid, &span, kind)
            .ok_or_else(|| Refusal::new(Code::NoStatementExist, "账单文件不存在，该日期没有交易或退款"))?;
        let hash = hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()).as_ref());
        let ready = Ready {
            platform: PlatformName::Wechat,
            mchid,
            until_ms: now_ms + ADDRESS_LIFE_MS,
            bytes: if zipped {
                gzip(text.as_bytes())
            } else {
                text.into_bytes()
            },
        };
        let token = self.keep_download(ready, now_ms);
        let base = self
            .config
            .api_base
            .as_deref()
            .unwrap_or("https://api.mch.weixin.qq.com");
        Ok(Answer::Body(json!({
            "hash_type": "SHA1",
            "hash_value": hash,
            "download_url": format!("{base}/v3/billdownload/file?token={token}"),
        })))
    }

    /// The file itself, which nobody signs.
    pub(crate) fn bill_download(
        &mut self,
        signer: &MerchantKey,
        request: &HttpRequest,
        now_ms: i64,
    ) -> Result<Answer, Refusal> {
        let over = || Refusal::new(Code::InvalidRequest, "账单地址无效或已过期，请重新申请");
        let token = query_value(&request.path_and_query, "token").unwrap_or_default();
        let ready = self.bills.get(&token).ok_or_else(over)?;
        if ready.platform != PlatformName::Wechat || now_ms >= ready.until_ms {
            return Err(over());
        }
        if ready.mchid != signer.merchant.mchid {
            return Err(Refusal::new(Code::NoAuth, "请求的商户与申请账单的商户不一致"));
        }
        Ok(Answer::File(ready.bytes.clone()))
    }

    fn wechat_bill(&self, mchid: &str, span: &Span, kind: BillKind) -> Option<String> {
        let mut rows: Vec<Row<'_>> = Vec::new();
        for trade in self.trades.values().filter(|trade| trade.key.mchid == mchid) {
            let Some(payment) = &trade.payment else { continue };
            let row = |at_ms, refund| Row {
                at_ms,
                trade,
                payment,
                refund,
            };
            if kind != BillKind::Refund && span.has(payment.paid_at_ms) {
                rows.push(row(payment.paid_at_ms, None));
            }
            let of_the_day = trade
                .refunds
                .iter()
                .filter(|refund| span.has(refund.created_at_ms));
            if kind != BillKind::Success {
                rows.extend(of_the_day.map(|refund| row(refund.created_at_ms, Some(refund))));
            }
        }
        rows.sort_by_key(|row| row.at_ms);
        let first = rows.first()?;
        let mut text = format!("{BYTE_ORDER_MARK}{}\r\n", headings(&first.cells(span), kind));
        for row in &rows {
            text.push_str(&values(&row.cells(span), kind));
            text.push_str("\r\n");
        }
        text.push_str(&summary(&rows));
        Some(text)
    }
}

fn check_ready(span: &Span, now_ms: i64) -> Result<(), Refusal> {
    if now_ms < span.to_ms || now_ms - span.from_ms > BACK_MS {
        return Err(Refusal::new(
            Code::InvalidRequest,
            "账单日期只能是三个月内、今天之前的日期",
        ));
    }
    if now_ms < span.ready_ms {
        return Err(Refusal::new(
            Code::StatementCreating,
            "账单生成中，请在次日上午10点后再下载",
        ));
    }
    Ok(())
}

impl Row<'_> {
    /// All values of the line, in the order of the columns.
    fn cells(&self, span: &Span) -> Vec<Cell> {
        let (trade, payment) = (self.trade, self.payment);
        let (paid, back) = match self.refund {
            None => (payment.total, Fen::ZERO),
            Some(refund) => (Fen::ZERO, refund.amount),
        };
        let coupon = match self.refund {
            None => payment.total.minus(payment.payer_total).unwrap_or(Fen::ZERO),
            Some(_) => Fen::ZERO,
        };
        let kept = match self.refund {
            None => fee(payment.total),
            Some(refund) => fee(refund.amount).negated(),
        };
        let cell = |heading, kinds, value: &str| Cell {
            heading,
            kinds,
            value: value.to_owned(),
        };
        let mut cells = vec![
            cell("交易时间", EVERY, &stamp(self.at_ms)),
            cell("公众账号ID", EVERY, &trade.appid),
            cell("商户号", EVERY, &trade.key.mchid),
            cell("特约商户号", EVERY, "0"),
            cell("设备号", EVERY, ""),
            cell("微信订单号", EVERY, &payment.transaction_id),
            cell("商户订单号", EVERY, &trade.key.out_trade_no),
            cell("用户标识", EVERY, &payment.openid),
            cell("交易类型", EVERY, trade.kind.wire()),
            cell("交易状态", EVERY, self.state()),
            cell("付款银行", EVERY, "OTHERS"),
            cell("货币种类", EVERY, "CNY"),
            cell("应结订单金额", EVERY, &paid.to_string()),
            cell("代金券金额", EVERY, &coupon.to_string()),
        ];
        cells.extend(self.refund_cells(span, back));
        cells.extend([
            cell("商品名称", EVERY, &trade.description),
            cell("商户数据包", EVERY, trade.attach.as_deref().unwrap_or_default()),
            cell("手续费", EVERY, &format!("{kept}000")),
            cell("费率", EVERY, "0.60%"),
            cell("订单金额", EVERY, &paid.to_string()),
            cell("申请退款金额", NOT_SUCCESS, &back.to_string()),
            cell("费率备注", EVERY, ""),
        ]);
        cells
    }

    fn refund_cells(&self, span: &Span, back: Fen) -> Vec<Cell> {
        let cell = |heading, kinds, value: String| Cell {
            heading,
            kinds,
            value,
        };
        let of = |value: fn(&Refund) -> String, none: &str| self.refund.map_or(none.to_owned(), value);
        let ended = |refund: &Refund| refund.settled_at_ms.filter(|at_ms| *at_ms <= span.ready_ms);
        let done_at = self.refund.and_then(ended).map(stamp).unwrap_or_default();
        let status = self
            .refund
            .map_or("", |refund| match (refund.status, ended(refund)) {
                (RefundStatus::Success, Some(_)) => "SUCCESS",
                (RefundStatus::Closed, Some(_)) => "FAIL",
                (RefundStatus::Success | RefundStatus::Closed, None)
                | (RefundStatus::Processing | RefundStatus::Abnormal, _) => "PROCESSING",
            });
        vec![
            cell("退款申请时间", ONLY_REFUND, of(|r| stamp(r.created_at_ms), "")),
            cell("退款成功时间", ONLY_REFUND, done_at),
            cell("微信退款单号", NOT_SUCCESS, of(|r| r.refund_id.clone(), "0")),
            cell("商户退款单号", NOT_SUCCESS, of(|r| r.out_refund_no.clone(), "0")),
            cell("退款金额", NOT_SUCCESS, back.to_string()),
            cell("充值券退款金额", NOT_SUCCESS, Fen::ZERO.to_string()),
            cell("退款类型", NOT_SUCCESS, of(|_| "ORIGINAL".to_owned(), "")),
            cell("退款状态", NOT_SUCCESS, status.to_owned()),
        ]
    }

    fn state(&self) -> &'static str {
        match self.refund {
            None => "SUCCESS",
            Some(_) if self.trade.revoked => "REVOKED",
            Some(_) => "REFUND",
        }
    }
}

fn headings(cells: &[Cell], kind: BillKind) -> String {
    let shown = cells.iter().filter(|cell| cell.kinds.contains(&kind));
    shown.map(|cell| cell.heading).collect::<Vec<_>>().join(",")
}

/// A value cannot hold what separates values.
fn values(cells: &[Cell], kind: BillKind) -> String {
    let shown = cells.iter().filter(|cell| cell.kinds.contains(&kind));
    let plain = |text: &str| text.replace([',', '`', '\r', '\n'], " ");
    shown
        .map(|cell| format!("`{}", plain(&cell.value)))
        .collect::<Vec<_>>()
        .join(",")
}

fn summary(rows: &[Row<'_>]) -> String {
    let sum = |amount: &dyn Fn(&Row<'_>) -> Fen| {
        Fen::sum(rows.iter().map(amount)).expect("a practice bill is far below the largest amount")
    };
    let paid = sum(&|row| row.refund.map_or(row.payment.total, |_| Fen::ZERO));
    let back = sum(&|row| row.refund.map_or(Fen::ZERO, |refund| refund.amount));
    let kept = sum(&|row| {
        row.refund
            .map_or(fee(row.payment.total), |r| fee(r.amount).negated())
    });
    format!(
        "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n\
         `{},`{paid},`{back},`0.00,`{kept}000,`{paid},`{back}\r\n",
        rows.len()
    )
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("writing to memory does not fail");
    encoder.finish().expect("writing to memory does not fail")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
