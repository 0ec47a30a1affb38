//! The report of a closed shift as paper: what was frozen, and beside it what arrived later.

use suanpan_domain::money::Fen;
use suanpan_domain::tender::Means;
use suanpan_domain::time::ShopTime;
use suanpan_wire::shift::{CashReason, CashWay, ClosedSaid, MoveSaid, OffReason, TallySaid};

use super::Row;
use crate::rpc::Language;
use crate::store::AmendmentRow;

/// What a shift's report is made of.
#[derive(Clone, Debug)]
pub struct ShiftPaper {
    /// Name of the store.
    pub shop: String,
    /// Play money.
    pub is_practice: bool,
    /// Language.
    pub language: Language,
    /// The shop's clock.
    pub time: ShopTime,
    /// Number of the till.
    pub till_label: String,
    /// Figures of a shift that is still open: nothing is counted yet.
    pub is_interim: bool,
    /// 0 for the first, the number of the copy otherwise.
    pub copy: u32,
    /// The frozen figures.
    pub closed: ClosedSaid,
    /// What arrived later.
    pub amendments: Vec<AmendmentRow>,
}

struct Words {
    practice: &'static str,
    title: &'static str,
    interim: &'static str,
    as_of: &'static str,
    copy: &'static str,
    till: &'static str,
    day: &'static str,
    opened: &'static str,
    closed: &'static str,
    means: &'static str,
    cash: &'static str,
    wechat: &'static str,
    alipay: &'static str,
    orders: &'static str,
    orders_total: &'static str,
    discount: &'static str,
    rounding: &'static str,
    drawer: &'static str,
    float: &'static str,
    taken: &'static str,
    returned: &'static str,
    put_in: &'static str,
    taken_out: &'static str,
    bank: &'static str,
    change: &'static str,
    expense: &'static str,
    other: &'static str,
    approved: &'static str,
    expected: &'static str,
    counted: &'static str,
    short: &'static str,
    over: &'static str,
    exact: &'static str,
    miscounted: &'static str,
    unrecorded: &'static str,
    bad_notes: &'static str,
    unclear: &'static str,
    taken_away: &'static str,
    left: &'static str,
    carried_over: &'static str,
    waiting: &'static str,
    only_here: &'static str,
    amendments: &'static str,
    signature: &'static str,
}

const ZH: Words = Words {
    practice: "*** 练习 · 钱是假的 ***",
    title: "交班单",
    interim: "班中报表",
    as_of: "打印",
    copy: "补打",
    till: "机号",
    day: "营业日",
    opened: "开班",
    closed: "交班",
    means: "收款",
    cash: "现金",
    wechat: "微信支付",
    alipay: "支付宝",
    orders: "单数",
    orders_total: "应收",
    discount: "优惠",
    rounding: "抹零",
    drawer: "钱箱",
    float: "开班备用金",
    taken: "现金收款",
    returned: "现金退回",
    put_in: "放入",
    taken_out: "取出",
    bank: "银行",
    change: "零钱",
    expense: "支出",
    other: "其他",
    approved: "批准",
    expected: "应有",
    counted: "点得",
    short: "少了",
    over: "多了",
    exact: "不多不少",
    miscounted: "找零找错",
    unrecorded: "少登记支出",
    bad_notes: "残币、假币",
    unclear: "说不清",
    taken_away: "取走",
    left: "留给下一班",
    carried_over: "留给下一班的单",
    waiting: "没有答复的码",
    only_here: "只在本机的单",
    amendments: "交班后到账",
    signature: "签名",
};

const EN: Words = Words {
    practice: "*** PRACTICE, NO REAL MONEY ***",
    title: "Shift report",
    interim: "Interim report",
    as_of: "As of",
    copy: "Copy",
    till: "Till",
    day: "Business day",
    opened: "Opened",
    closed: "Closed",
    means: "Taken",
    cash: "Cash",
    wechat: "WeChat Pay",
    alipay: "Alipay",
    orders: "Orders",
    orders_total: "Total",
    discount: "Discount",
    rounding: "Rounding",
    drawer: "Drawer",
    float: "Float",
    taken: "Cash taken",
    returned: "Cash given back",
    put_in: "Put in",
    taken_out: "Taken out",
    bank: "bank",
    change: "change",
    expense: "expense",
    other: "other",
    approved: "approved",
    expected: "Expected",
    counted: "Counted",
    short: "Short",
    over: "Over",
    exact: "Exact",
    miscounted: "wrong change given",
    unrecorded: "expense not noted",
    bad_notes: "bad or false notes",
    unclear: "not known",
    taken_away: "Taken away",
    left: "Left for next shift",
    carried_over: "Orders carried over",
    waiting: "Codes without an answer",
    only_here: "Orders only here",
    amendments: "Arrived after the close",
    signature: "Signature",
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

fn ends(left: &str, right: String) -> Row {
    Row::Ends(left.to_owned(), right)
}

/// The lines of a shift's report.
#[must_use]
pub fn rows(paper: &ShiftPaper) -> Vec<Row> {
    let words = words(paper.language);
    let mut rows = head(paper, words);
    sales(&mut rows, &paper.closed, words);
    drawer(&mut rows, paper, words);
    if !paper.is_interim {
        count(&mut rows, &paper.closed, words);
    }
    left_open(&mut rows, &paper.closed, words);
    later(&mut rows, paper, words);
    rows.push(Row::Rule);
    rows.push(Row::Left(format!("{}:", words.signature)));
    rows
}

fn head(paper: &ShiftPaper, words: &Words) -> Vec<Row> {
    let closed = &paper.closed;
    let mut rows = vec![Row::Centre(paper.shop.clone())];
    if paper.is_practice {
        rows.push(Row::Centre(words.practice.to_owned()));
    }
    let (title, ended) = if paper.is_interim {
        (words.interim, words.as_of)
    } else {
        (words.title, words.closed)
    };
    rows.push(Row::Centre(title.to_owned()));
    if paper.copy > 0 {
        rows.push(Row::Centre(format!("{} {}", words.copy, paper.copy)));
    }
    rows.push(ends(words.day, closed.opened.business_day.clone()));
    rows.push(ends(words.till, paper.till_label.clone()));
    let moment = |label: &str, who: &str, at_ms| {
        Row::Ends(
            format!("{label} {who}"),
            minutes(&paper.time.wall(at_ms)).to_owned(),
        )
    };
    rows.push(moment(
        words.opened,
        &closed.opened.cashier,
        closed.opened.opened_at_ms,
    ));
    rows.push(moment(ended, &closed.closed_by, closed.closed_at_ms));
    rows
}

/// A moment without its year and seconds: `11-21 14:36`.
fn minutes(wall: &str) -> &str {
    wall.get(5..16).unwrap_or(wall)
}

fn times(tally: TallySaid) -> String {
    format!("x{}", tally.count)
}

const fn means_name(means: Means, words: &Words) -> &'static str {
    match means {
        Means::Cash => words.cash,
        Means::WechatPay => words.wechat,
        Means::AliPay => words.alipay,
    }
}

fn sales(rows: &mut Vec<Row>, closed: &ClosedSaid, words: &Words) {
    rows.push(Row::Rule);
    rows.push(Row::Left(words.means.to_owned()));
    for means in &closed.means {
        let label = format!("  {} {}", means_name(means.means, words), times(means.tally));
        rows.push(Row::Ends(label, money(means.tally.sum_minor)));
    }
    rows.push(ends(words.orders, closed.orders.count.to_string()));
    rows.push(ends(words.orders_total, money(closed.orders.sum_minor)));
    if closed.discount_minor != 0 {
        rows.push(ends(words.discount, money(closed.discount_minor)));
    }
    if closed.rounding_minor != 0 {
        rows.push(ends(words.rounding, money(closed.rounding_minor)));
    }
}

fn drawer(rows: &mut Vec<Row>, paper: &ShiftPaper, words: &Words) {
    let closed = &paper.closed;
    rows.push(Row::Rule);
    rows.push(Row::Left(words.drawer.to_owned()));
    let line = |label: &str, minor| Row::Ends(format!("  {label}"), money(minor));
    rows.push(line(words.float, closed.opened.float_minor));
    rows.push(line(
        &format!("{} {}", words.taken, times(closed.taken)),
        closed.taken.sum_minor,
    ));
    if closed.returned.count > 0 {
        let label = format!("{} {}", words.returned, times(closed.returned));
        rows.push(line(&label, -closed.returned.sum_minor));
    }
    for moved in &closed.moves {
        movement(rows, moved, paper, words);
    }
    rows.push(ends(words.expected, money(closed.expected_minor)));
}

fn movement(rows: &mut Vec<Row>, moved: &MoveSaid, paper: &ShiftPaper, words: &Words) {
    let (way, minor) = match moved.way {
        CashWay::In => (words.put_in, moved.amount_minor),
        CashWay::Out => (words.taken_out, -moved.amount_minor),
    };
    let reason = match moved.reason {
        CashReason::Bank => words.bank,
        CashReason::Change => words.change,
        CashReason::Expense => words.expense,
        CashReason::Other => words.other,
    };
    let at = paper.time.wall(moved.at_ms);
    let at = at.get(11..16).unwrap_or_default();
    rows.push(Row::Ends(format!("  {way} {reason} {at}"), money(minor)));
    if let Some(name) = &moved.approved_by {
        rows.push(Row::Left(format!("    {} {name}", words.approved)));
    }
    if !moved.note.is_empty() {
        rows.push(Row::Left(format!("    {}", moved.note)));
    }
}

fn count(rows: &mut Vec<Row>, closed: &ClosedSaid, words: &Words) {
    rows.push(Row::Rule);
    for kind in closed.counted.iter().filter(|kind| kind.pieces > 0) {
        let worth = kind.denomination_minor * i64::from(kind.pieces);
        let label = format!("  {} x {}", money(kind.denomination_minor), kind.pieces);
        rows.push(Row::Ends(label, money(worth)));
    }
    rows.push(ends(words.counted, money(closed.counted_minor)));
    let off = closed.difference_minor();
    rows.push(match off.signum() {
        -1 => ends(words.short, money(-off)),
        1 => ends(words.over, money(off)),
        _ => Row::Left(words.exact.to_owned()),
    });
    if let Some(reason) = closed.reason {
        let reason = match reason {
            OffReason::MiscountedChange => words.miscounted,
            OffReason::UnrecordedExpense => words.unrecorded,
            OffReason::BadNotes => words.bad_notes,
            OffReason::Unclear => words.unclear,
        };
        rows.push(Row::Left(format!("  {reason}")));
    }
    if !closed.note.is_empty() {
        rows.push(Row::Left(format!("  {}", closed.note)));
    }
    rows.push(ends(
        words.taken_away,
        money(closed.counted_minor - closed.left_minor),
    ));
    rows.push(ends(words.left, money(closed.left_minor)));
}

fn left_open(rows: &mut Vec<Row>, closed: &ClosedSaid, words: &Words) {
    let carried = closed.carried_over.len();
    if carried == 0 && closed.codes_waiting == 0 && closed.only_here == 0 {
        return;
    }
    rows.push(Row::Rule);
    if carried > 0 {
        rows.push(ends(words.carried_over, carried.to_string()));
    }
    for order in &closed.carried_over {
        let number = order.short_no.as_deref().unwrap_or("-");
        rows.push(Row::Ends(format!("  {number}"), money(order.total_minor)));
    }
    if closed.codes_waiting > 0 {
        rows.push(ends(words.waiting, closed.codes_waiting.to_string()));
    }
    if closed.only_here > 0 {
        rows.push(ends(words.only_here, closed.only_here.to_string()));
    }
}

fn later(rows: &mut Vec<Row>, paper: &ShiftPaper, words: &Words) {
    if paper.amendments.is_empty() {
        return;
    }
    rows.push(Row::Rule);
    rows.push(Row::Left(words.amendments.to_owned()));
    for amendment in &paper.amendments {
        let wall = paper.time.wall(amendment.at_ms);
        let number = amendment.short_no.as_deref().unwrap_or("-");
        rows.push(Row::Left(format!("  {} {number}", minutes(&wall))));
        let label = format!("  {}", means_name(amendment.means, words));
        rows.push(Row::Ends(label, money(amendment.amount_minor)));
    }
}
