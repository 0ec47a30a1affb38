//! Alipay's bill: a zip of two GBK files, the lines of a day or month and their sums.

use std::fmt::Write as _;

use encoding_rs::GBK;
use suanpan_domain::money::Fen;

use super::zip::{Entry, archive};
use super::{Ready, Span, fee};
use crate::core::alipay::{
    AlipayApp, AlipayTrade, AppKey, Content, Node, RefundPart, Trouble, business, stamp,
};
use crate::core::answer;
use crate::core::board::{CallEffects, Subject};
use crate::core::fault::CallEffect;
use crate::core::fault::CallKind;
use crate::core::http::{Handled, HttpReply, HttpRequest, Outcome};
use crate::core::name::PlatformName;
use crate::core::platform::Platform;
use crate::core::route::query_value;
use crate::core::trade::RefundStatus;

/// A download's address lives half a minute.
const ADDRESS_LIFE_MS: i64 = 30_000;

const HEADINGS: &str = "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,\
                        终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,\
                        商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,\
                        退款批次号/请求号,服务费（元）,分润（元）,备注";
const SUM_HEADINGS: &str = "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,\
                            支付宝优惠（元）,商家优惠（元）,卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）";

/// One line of a bill.
struct Row<'a> {
    at_ms: i64,
    trade: &'a AlipayTrade,
    total: Fen,
    refund: Option<&'a RefundPart>,
}

impl Platform {
    /// Says where a bill is.
    pub(crate) fn alipay_bill_url(
        &mut self,
        app: &AppKey,
        content: &Content,
        now_ms: i64,
    ) -> Result<Node, Trouble> {
        let wrong = business("isv.invalid_arguments", "入参不合法");
        if content.text("bill_type").as_deref() != Some("trade") {
            return Err(wrong);
        }
        let date = content.text("bill_date").ok_or(wrong)?;
        let span = Span::day(&date).or_else(|| Span::month(&date)).ok_or(wrong)?;
        if now_ms < span.to_ms {
            return Err(wrong);
        }
        let bytes = self.alipay_bill(&app.app, &span, now_ms);
        let bytes = bytes
            .filter(|_| now_ms >= span.ready_ms)
            .ok_or(business("isp.bill_not_exist", "入参不合法，账单不存在"))?;
        let ready = Ready {
            platform: PlatformName::Alipay,
            mchid: app.app.app_id.clone(),
            until_ms: now_ms + ADDRESS_LIFE_MS,
            bytes,
        };
        let token = self.keep_download(ready, now_ms);
        let base = self
            .config
            .api_base
            .as_deref()
            .unwrap_or("https://dwbillcenter.alipay.com");
        let url = format!("{base}/downloadBillFile.resource?bizType=trade&fileType=csv.zip&fileId={token}");
        Ok(Node::success().and("bill_download_url", url))
    }

    /// The file behind an address; anybody who has it may fetch it while it lives.
    pub(crate) fn alipay_download(&mut self, request: &HttpRequest, now_ms: i64) -> Handled {
        let token = query_value(&request.path_and_query, "fileId").unwrap_or_default();
        let ready = self.bills.get(&token).cloned();
        let subject = Subject {
            platform: PlatformName::Alipay,
            mchid: ready.as_ref().map(|ready| ready.mchid.as_str()),
            out_trade_no: None,
        };
        let effects = CallEffects(self.faults.take_calls(subject, CallKind::BillDownload));
        let count = self.counters_at(PlatformName::Alipay).at(CallKind::BillDownload);
        count.received += 1;
        let outcome = if effects.has(CallEffect::LostRequest) || effects.has(CallEffect::LostReply) {
            count.lost_requests += 1;
            Outcome::Dropped
        } else if effects.has(CallEffect::HtmlPage) || effects.instead().is_some() {
            count.refused += 1;
            Outcome::Reply(answer::web_page(200))
        } else {
            let there =
                ready.filter(|ready| ready.platform == PlatformName::Alipay && now_ms < ready.until_ms);
            match &there {
                Some(_) => count.done += 1,
                None => count.refused += 1,
            }
            Outcome::Reply(there.map_or_else(|| answer::web_page(403), file))
        };
        Handled {
            outcome,
            delay_ms: effects.delay_ms(),
        }
    }

    fn alipay_bill(&self, app: &AlipayApp, span: &Span, now_ms: i64) -> Option<Vec<u8>> {
        let mut rows: Vec<Row<'_>> = Vec::new();
        for trade in self
            .alipay
            .trades
            .values()
            .filter(|trade| trade.key.mchid == app.app_id)
        {
            let Some(paid) = trade.paid else { continue };
            let row = |at_ms, refund| Row {
                at_ms,
                trade,
                total: paid.total,
                refund,
            };
            if span.has(paid.at_ms) {
                rows.push(row(paid.at_ms, None));
            }
            let done = trade
                .refunds
                .iter()
                .filter(|part| part.status == RefundStatus::Success);
            let on_time = done.filter_map(|part| {
                let at_ms = part.settled_at_ms.filter(|at_ms| span.has(*at_ms))?;
                Some(row(at_ms, Some(part)))
            });
            rows.extend(on_time);
        }
        if rows.is_empty() {
            return None;
        }
        rows.sort_by_key(|row| row.at_ms);
        let name = |kind: &str| {
            let day = span.first.format("%Y%m%d");
            gbk(&format!("{}0156_{day}_{kind}.csv", app.seller_id))
        };
        Some(archive(&[
            Entry {
                name: name("业务明细"),
                content: gbk(&lines(app, span, &rows, now_ms)),
            },
            Entry {
                name: name("业务明细(汇总)"),
                content: gbk(&sums(app, span, &rows, now_ms)),
            },
        ]))
    }
}

fn file(ready: Ready) -> HttpReply {
    answer::file("application/zip", ready.bytes)
}

pub(crate) fn gbk(text: &str) -> Vec<u8> {
    GBK.encode(text).0.into_owned()
}

/// The four lines at the top of both files.
fn head(title: &str, list: &str, app: &AlipayApp, span: &Span) -> String {
    let day = |date: chrono::NaiveDate| date.format("%Y年%m月%d日 00:00:00").to_string();
    format!(
        "#{title}\r\n#账号：[{}0156]\r\n#起始日期：[{}]   终止日期：[{}]\r\n\
         #-----------------------------------------{list}----------------------------------------\r\n",
        app.seller_id,
        day(span.first),
        day(span.after)
    )
}

fn lines(app: &AlipayApp, span: &Span, rows: &[Row<'_>], now_ms: i64) -> String {
    let mut text = head("支付宝业务明细查询", "业务明细列表", app, span);
    let _ = write!(text, "{HEADINGS}\r\n");
    for row in rows {
        text.push_str(&row.line());
        text.push_str("\r\n");
    }
    text.push_str(
        "#-----------------------------------------业务明细列表结束------------------------------------\r\n",
    );
    let count = |refunds: bool| rows.iter().filter(|row| row.refund.is_some() == refunds).count();
    let _ = write!(
        text,
        "#交易合计：{}笔，商家实收共{}元，商家优惠共0.00元\r\n#退款合计：{}笔，商家实收退款共{}元，商家优惠退款共0.00元\r\n",
        count(false),
        sum(rows, |row| if row.refund.is_none() {
            row.amount()
        } else {
            Fen::ZERO
        }),
        count(true),
        sum(rows, |row| if row.refund.is_some() {
            row.amount()
        } else {
            Fen::ZERO
        }),
    );
    let _ = write!(text, "#导出时间：[{}]\r\n", export_time(now_ms));
    text
}

fn sums(app: &AlipayApp, span: &Span, rows: &[Row<'_>], now_ms: i64) -> String {
    let mut text = head("支付宝业务汇总查询", "业务汇总列表", app, span);
    let refunds = rows.iter().filter(|row| row.refund.is_some()).count();
    let (all, kept) = (sum(rows, |row| row.amount()), sum(rows, |row| row.service_fee()));
    let net = all.plus(kept).unwrap_or(Fen::ZERO);
    let _ = write!(
        text,
        "{SUM_HEADINGS}\r\n合计,,{},{refunds},{all},{all},0.00,0.00,0.00,{kept},0.00,{net}\r\n",
        rows.len() - refunds
    );
    text.push_str(
        "#-----------------------------------------业务汇总列表结束------------------------------------\r\n",
    );
    let _ = write!(text, "#导出时间：[{}]\r\n", export_time(now_ms));
    text
}

fn export_time(now_ms: i64) -> String {
    crate::core::alipay::china(now_ms)
        .format("%Y年%m月%d日 %H:%M:%S")
        .to_string()
}

fn sum(rows: &[Row<'_>], amount: impl Fn(&Row<'_>) -> Fen) -> Fen {
    Fen::sum(rows.iter().map(amount)).expect("a practice bill is far below the largest amount")
}

impl Row<'_> {
    /// What the merchant received; what went back is below zero.
    fn amount(&self) -> Fen {
        self.refund.map_or(self.total, |part| part.amount.negated())
    }

    /// What the platform kept: below zero for a payment, given back with a refund.
    fn service_fee(&self) -> Fen {
        match self.refund {
            None => fee(self.total).negated(),
            Some(part) => fee(part.amount),
        }
    }

    /// Texts end with a tab, so that a spreadsheet does not take them for numbers.
    fn line(&self) -> String {
        let trade = self.trade;
        let plain = |text: &str| text.replace([',', '\t', '\r', '\n'], " ");
        let amount = self.amount().to_string();
        let (kind, created_ms, number) = match self.refund {
            None => ("交易", trade.created_at_ms, String::new()),
            Some(part) => ("退款", part.created_at_ms, format!("{}\t", part.out_request_no)),
        };
        let store = trade.asked.store_id.as_deref().unwrap_or_default();
        [
            format!("{}\t", trade.trade_no),
            format!("{}\t", trade.key.out_trade_no),
            kind.to_owned(),
            plain(&trade.asked.subject),
            stamp(created_ms),
            stamp(self.at_ms),
            plain(store),
            String::new(),
            String::new(),
            String::new(),
            format!("*练习({})", trade.buyer.logon_id),
            amount.clone(),
            amount,
            "0.00".to_owned(),
            "0.00".to_owned(),
            "0.00".to_owned(),
            "0.00".to_owned(),
            "0.00".to_owned(),
            String::new(),
            "0.00".to_owned(),
            "0.00".to_owned(),
            number,
            self.service_fee().to_string(),
            "0.00".to_owned(),
            String::new(),
        ]
        .join(",")
    }
}
