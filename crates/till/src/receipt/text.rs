//! The lines of a receipt, and their text form.

use suanpan_domain::money::Fen;
use suanpan_domain::quantity::Unit;
use suanpan_domain::refund::RefundState;
use suanpan_domain::tender::Means;

use super::{COLUMNS, Paper, char_width, width};
use crate::rpc::Language;
use crate::store::{LineRow, RefundRow, TenderRow};

/// One line of a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// In the middle.
    Centre(String),
    /// From the left; broken when it is too long.
    Left(String),
    /// One at each end.
    Ends(String, String),
    /// A rule across.
    Rule,
    /// A code that carries this text; in the text form its number is enough.
    Code(String),
}

struct Words {
    practice: &'static str,
    copy: &'static str,
    number: &'static str,
    time: &'static str,
    cashier: &'static str,
    till: &'static str,
    pieces: &'static str,
    original: &'static str,
    discount: &'static str,
    rounding: &'static str,
    total: &'static str,
    received: &'static str,
    back: &'static str,
    returned: &'static str,
    returning: &'static str,
    change: &'static str,
    cash: &'static str,
    wechat: &'static str,
    alipay: &'static str,
    payment: &'static str,
    thanks: &'static str,
}

const ZH: Words = Words {
    practice: "*** 练习 · 钱是假的 ***",
    copy: "补打",
    number: "单号",
    time: "时间",
    cashier: "收银",
    till: "机号",
    pieces: "件数",
    original: "原价",
    discount: "优惠",
    rounding: "抹零",
    total: "应收",
    received: "收",
    back: "退回",
    returned: "已退款",
    returning: "退款中",
    change: "找零",
    cash: "现金",
    wechat: "微信支付",
    alipay: "支付宝",
    payment: "交易号",
    thanks: "谢谢惠顾",
};

const EN: Words = Words {
    practice: "*** PRACTICE, NO REAL MONEY ***",
    copy: "Copy",
    number: "No.",
    time: "Time",
    cashier: "Cashier",
    till: "Till",
    pieces: "Pieces",
    original: "Subtotal",
    discount: "Discount",
    rounding: "Rounding",
    total: "Total",
    received: "received",
    back: "given back",
    returned: "refunded",
    returning: "refund sent",
    change: "Change",
    cash: "Cash",
    wechat: "WeChat Pay",
    alipay: "Alipay",
    payment: "Payment",
    thanks: "Thank you",
};

const fn words(language: Language) -> &'static Words {
    match language {
        Language::ZhCn => &ZH,
        Language::En => &EN,
    }
}

fn money(minor: i64) -> String {
    Fen::new(minor).to_string()
}

/// The lines of a receipt.
#[must_use]
pub fn rows(paper: &Paper) -> Vec<Row> {
    let words = words(paper.language);
    let mut rows = head(paper, words);
    for line in &paper.lines {
        article(&mut rows, line, paper.language);
    }
    rows.push(Row::Rule);
    sums(&mut rows, paper, words);
    rows.push(Row::Rule);
    for tender in paper.tenders.iter().filter(|tender| tender.state.counts()) {
        payment(&mut rows, tender, words);
    }
    if paper.order.change_minor > 0 {
        rows.push(ends(words.change, money(paper.order.change_minor)));
    }
    for refund in paper.refunds.iter().filter(|refund| refund.counts) {
        gone_back(&mut rows, refund, words);
    }
    rows.push(Row::Rule);
    rows.push(Row::Code(crate::sale::said::number(paper.order.order_no)));
    rows.push(Row::Centre(words.thanks.to_owned()));
    rows
}

fn ends(left: &str, right: String) -> Row {
    Row::Ends(left.to_owned(), right)
}

fn head(paper: &Paper, words: &Words) -> Vec<Row> {
    let mut rows = vec![Row::Centre(paper.shop.clone())];
    if paper.is_practice {
        rows.push(Row::Centre(words.practice.to_owned()));
    }
    if paper.copy > 0 {
        rows.push(Row::Centre(format!("{} {}", words.copy, paper.copy)));
    }
    let order = &paper.order;
    let at_ms = order.completed_at_ms.unwrap_or(order.changed_at_ms);
    rows.push(ends(words.number, order.short_no.clone().unwrap_or_default()));
    rows.push(ends(words.time, paper.time.wall(at_ms)));
    rows.push(Row::Ends(
        format!("{} {}", words.cashier, order.cashier),
        format!("{} {}", words.till, paper.till_label),
    ));
    rows.push(Row::Rule);
    rows
}

fn article(rows: &mut Vec<Row>, line: &LineRow, language: Language) {
    let name = match language {
        Language::En if !line.name_en.is_empty() => &line.name_en,
        Language::En | Language::ZhCn => &line.name,
    };
    rows.push(Row::Left(crate::sale::said::full_name(name, &line.size)));
    let quantity = match line.unit {
        Unit::Piece => (line.quantity_milli / 1000).to_string(),
        Unit::Kilogram => format!(
            "{}.{:03} kg",
            line.quantity_milli / 1000,
            line.quantity_milli % 1000
        ),
    };
    let discount = if line.discount_minor == 0 {
        String::new()
    } else {
        format!(" ({})", money(line.discount_minor))
    };
    rows.push(Row::Ends(
        format!("  {} x {quantity}{discount}", money(line.price_minor)),
        money(line.amount_minor),
    ));
}

fn sums(rows: &mut Vec<Row>, paper: &Paper, words: &Words) {
    let order = &paper.order;
    rows.push(ends(words.pieces, order.pieces.to_string()));
    if order.original_minor != order.total_minor {
        rows.push(ends(words.original, money(order.original_minor)));
    }
    if order.discount_minor != 0 {
        rows.push(ends(words.discount, money(order.discount_minor)));
    }
    if order.rounding_minor != 0 {
        rows.push(ends(words.rounding, money(order.rounding_minor)));
    }
    rows.push(ends(words.total, money(order.total_minor)));
}

/// Money that went back, or is on its way: paper says no more than is known.
fn gone_back(rows: &mut Vec<Row>, refund: &RefundRow, words: &Words) {
    let state = match refund.state {
        RefundState::Success => words.returned,
        RefundState::Apply | RefundState::Sending => words.returning,
        RefundState::Fail => return,
    };
    let label = format!("{} {state}", name_of(refund.means, words));
    rows.push(Row::Ends(label, money(-refund.amount_minor)));
}

const fn name_of(means: Means, words: &Words) -> &'static str {
    match means {
        Means::Cash => words.cash,
        Means::WechatPay => words.wechat,
        Means::AliPay => words.alipay,
    }
}

fn payment(rows: &mut Vec<Row>, tender: &TenderRow, words: &Words) {
    let name = name_of(tender.means, words);
    let label = match tender.received_minor {
        _ if tender.amount_minor < 0 => format!("{name} {}", words.back),
        Some(received) if received != tender.amount_minor => {
            format!("{name} {} {}", words.received, money(received))
        }
        Some(_) | None => name.to_owned(),
    };
    rows.push(Row::Ends(label, money(tender.amount_minor)));
    if let Some(id) = &tender.transaction_id {
        rows.push(Row::Left(format!("  {} {id}", words.payment)));
    }
}

/// Rows as text, every line at most [`COLUMNS`] wide.
#[must_use]
pub fn text(rows: &[Row]) -> String {
    let mut text = String::new();
    for row in rows {
        for line in laid_out(row) {
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    text
}

/// A row as lines of at most [`COLUMNS`] columns.
pub(super) fn laid_out(row: &Row) -> Vec<String> {
    match row {
        Row::Centre(text) | Row::Code(text) => broken(text)
            .into_iter()
            .map(|line| format!("{}{line}", " ".repeat((COLUMNS - width(&line)) / 2)))
            .collect(),
        Row::Left(text) => broken(text),
        Row::Rule => vec!["-".repeat(COLUMNS)],
        Row::Ends(left, right) => {
            let mut lines = broken(left);
            let last = lines.pop().unwrap_or_default();
            if width(&last) + width(right) < COLUMNS {
                let gap = COLUMNS - width(&last) - width(right);
                lines.push(format!("{last}{}{right}", " ".repeat(gap)));
            } else {
                lines.push(last);
                lines.push(format!(
                    "{}{right}",
                    " ".repeat(COLUMNS.saturating_sub(width(right)))
                ));
            }
            lines
        }
    }
}

fn broken(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for c in text.chars() {
        if used + char_width(c) > COLUMNS {
            lines.push(String::new());
            used = 0;
        }
        used += char_width(c);
        lines.last_mut().expect("there is always a line").push(c);
    }
    lines
}
