//! Ringing up: lines of the open basket, each on disk before it is on screen.

use suanpan_domain::basket::LINES_MAX;
use suanpan_domain::money::{AMOUNT_MAX, Fen, MoneyError};
use suanpan_domain::order::OrderState;
use suanpan_domain::quantity::{Quantity, Unit};
use suanpan_wire::entry::{LineChange, Said};

use super::catalogue::HITS_MAX;
use super::state;
use crate::grammar;
use crate::rpc::views::Entered;
use crate::rpc::{
    AddArticle, ChangeQuantity, Code, EnterText, EnteredBy, NameLine, Problem, SetPrice, SetQuantity,
};
use crate::sale::{priced, refuse_quantity};
use crate::store::{ArticleRow, Halt, LineRow, StoreError, WriteTx};
use crate::till::Till;

/// What was done to a line, with the word for taking it back.
#[derive(Clone, Copy)]
struct Deed {
    change: LineChange,
    undo: &'static str,
}

const ADDED: Deed = Deed {
    change: LineChange::Added,
    undo: "LINE_ADDED",
};
const REMOVED: Deed = Deed {
    change: LineChange::Removed,
    undo: "LINE_REMOVED",
};
const QUANTITY: Deed = Deed {
    change: LineChange::Quantity,
    undo: "QUANTITY_CHANGED",
};
const PRICE: Deed = Deed {
    change: LineChange::Price,
    undo: "PRICE_CHANGED",
};

/// Puts in what stands in the box. A refusal by the basket's rules is part of the answer, so that the box
/// keeps its text; what could not be saved is a problem of its own.
pub(super) fn enter(till: &mut Till, request: &EnterText) -> Result<Entered, Problem> {
    let new_id = till.host().uuid_v7();
    let outcome = till.write(|tx| enter_in_tx(tx, request, &new_id));
    let (line_id, problem) = match outcome {
        Ok(line_id) => (line_id, None),
        Err(problem) if problem.class == crate::rpc::Class::Fault => return Err(problem),
        Err(problem) => (None, Some(problem)),
    };
    Ok(Entered {
        line_id,
        problem,
        state: till.read(state::state)?,
    })
}

fn enter_in_tx(tx: &mut WriteTx<'_>, request: &EnterText, new_id: &str) -> Result<Option<String>, Halt> {
    match grammar::parse(&request.text)? {
        grammar::Said::Empty => Ok(None),
        grammar::Said::Quantity(milli) => {
            let order_id = open_order(tx)?.ok_or(Halt::from(Code::BasketEmpty))?;
            let last = tx
                .view()
                .lines(&order_id)?
                .pop()
                .ok_or(Halt::from(Code::BasketEmpty))?;
            set_line_quantity(tx, &order_id, last, milli)
        }
        grammar::Said::Article { quantity_milli, text } => {
            let article = wanted(tx, &text, request.by)?;
            put_in(
                tx,
                &article,
                quantity_milli.unwrap_or(Quantity::ONE.milli()),
                new_id,
            )
        }
    }
}

/// The article of a code; by hand also the first that a search finds, which the screen has shown.
fn wanted(tx: &WriteTx<'_>, text: &str, by: EnteredBy) -> Result<ArticleRow, Halt> {
    if let Some(article) = tx.view().article_by_code(text)? {
        return Ok(article);
    }
    let found = match by {
        EnteredBy::Scan => Vec::new(),
        EnteredBy::Hand => tx.view().search(text, HITS_MAX)?,
    };
    found
        .into_iter()
        .next()
        .ok_or_else(|| Problem::new(Code::ArticleNotFound).with("text", text).into())
}

pub(super) fn add(till: &mut Till, request: &AddArticle) -> Result<(), Problem> {
    let new_id = till.host().uuid_v7();
    till.write(|tx| {
        let article = tx.view().article(&request.article_id)?.ok_or_else(|| {
            Halt::from(Problem::new(Code::ArticleNotFound).with("text", &request.article_id))
        })?;
        put_in(tx, &article, request.quantity_milli, &new_id)?;
        Ok(())
    })
}

/// The open basket, if there is one. On the Paid screen there is none; while paying, lines are locked.
fn open_order(tx: &WriteTx<'_>) -> Result<Option<String>, Halt> {
    let Some(current) = tx.view().current_order_id()? else {
        return Ok(None);
    };
    let order = tx.order_here(&current)?;
    match order.state {
        OrderState::Open => Ok(Some(current)),
        OrderState::Paying => Err(Code::LinesLocked.into()),
        OrderState::Held
        | OrderState::ToConfirm
        | OrderState::Completed
        | OrderState::Voided
        | OrderState::PartRefunded
        | OrderState::Refunded => Ok(None),
    }
}

/// Puts an article in: more of the same piece goes on its line, everything else becomes a line of its own.
fn put_in(
    tx: &mut WriteTx<'_>,
    article: &ArticleRow,
    milli: i64,
    new_id: &str,
) -> Result<Option<String>, Halt> {
    Quantity::try_new(milli, article.unit).map_err(|error| refuse_quantity(error, article.unit))?;
    let order_id = match open_order(tx)? {
        Some(order_id) => order_id,
        None => {
            let cashier = tx.view().cashier()?;
            tx.insert_order(new_id, &cashier)?;
            tx.set_current_order(Some(new_id))?;
            new_id.to_owned()
        }
    };
    let lines = tx.view().lines(&order_id)?;
    if let Some(line) = lines.iter().find(|line| is_same(line, article)) {
        let more = line.quantity_milli + milli;
        return set_line_quantity(tx, &order_id, line.clone(), more);
    }
    if lines.len() >= LINES_MAX {
        return Err(Problem::new(Code::BasketTooLong).with("max", LINES_MAX).into());
    }
    let mut order = tx.order_here(&order_id)?;
    let line = new_line(article, milli, order.next_line)?;
    order.next_line += 1;
    tx.update_order(&order)?;
    tx.save_line(&order_id, &line)?;
    done(tx, &order_id, ADDED, &line, None)?;
    Ok(Some(line.line_id))
}

fn is_same(line: &LineRow, article: &ArticleRow) -> bool {
    line.article_id == article.article_id
        && line.unit == Unit::Piece
        && !line.price_by_hand
        && line.price_minor == article.price_minor
        && line.charged_percent == article.charged_percent
}

fn new_line(article: &ArticleRow, milli: i64, number: i64) -> Result<LineRow, Problem> {
    priced(LineRow {
        line_id: format!("L{number}"),
        position: number,
        article_id: article.article_id.clone(),
        catalogue_version: article.version,
        name: article.name.clone(),
        name_en: article.name_en.clone(),
        size: article.size.clone(),
        code: article.code.clone(),
        unit: article.unit,
        price_minor: article.price_minor,
        price_by_hand: false,
        charged_percent: article.charged_percent,
        quantity_milli: milli,
        discount_minor: 0,
        amount_minor: 0,
        net_minor: None,
    })
}

/// Sums up, keeps the way back, and says what was done.
fn done(
    tx: &mut WriteTx<'_>,
    order_id: &str,
    deed: Deed,
    line: &LineRow,
    before: Option<&LineRow>,
) -> Result<(), Halt> {
    tx.sum_up(order_id)?;
    tx.push_undo(order_id, deed.undo, line, before)?;
    say(tx, order_id, deed.change, line)?;
    Ok(())
}

fn say(tx: &mut WriteTx<'_>, order_id: &str, change: LineChange, line: &LineRow) -> Result<(), StoreError> {
    tx.say(
        Some(order_id),
        &Said::BasketChanged {
            order_id: order_id.to_owned(),
            line_id: line.line_id.clone(),
            change,
            name: line.name.clone(),
            quantity_milli: line.quantity_milli,
            price_minor: line.price_minor,
        },
    )
}

fn line_here(tx: &WriteTx<'_>, line_id: &str) -> Result<(String, LineRow), Halt> {
    let gone = || Halt::from(Problem::new(Code::LineNotFound).with("line", line_id));
    let order_id = open_order(tx)?.ok_or_else(gone)?;
    let line = tx
        .view()
        .lines(&order_id)?
        .into_iter()
        .find(|line| line.line_id == line_id)
        .ok_or_else(gone)?;
    Ok((order_id, line))
}

fn set_line_quantity(
    tx: &mut WriteTx<'_>,
    order_id: &str,
    line: LineRow,
    milli: i64,
) -> Result<Option<String>, Halt> {
    Quantity::try_new(milli, line.unit).map_err(|error| refuse_quantity(error, line.unit))?;
    let mut changed = line.clone();
    changed.quantity_milli = milli;
    let changed = priced(changed)?;
    tx.save_line(order_id, &changed)?;
    done(tx, order_id, QUANTITY, &changed, Some(&line))?;
    Ok(Some(changed.line_id))
}

pub(super) fn set_quantity(till: &mut Till, request: &SetQuantity) -> Result<(), Problem> {
    till.write(|tx| {
        let (order_id, line) = line_here(tx, &request.line_id)?;
        set_line_quantity(tx, &order_id, line, request.quantity_milli)?;
        Ok(())
    })
}

pub(super) fn change_quantity(till: &mut Till, request: &ChangeQuantity) -> Result<(), Problem> {
    till.write(|tx| {
        let (order_id, line) = line_here(tx, &request.line_id)?;
        let milli = line.quantity_milli + i64::from(request.delta) * 1000;
        if milli <= 0 {
            return take_out(tx, &order_id, &line);
        }
        set_line_quantity(tx, &order_id, line, milli)?;
        Ok(())
    })
}

fn take_out(tx: &mut WriteTx<'_>, order_id: &str, line: &LineRow) -> Result<(), Halt> {
    tx.delete_line(order_id, &line.line_id)?;
    done(tx, order_id, REMOVED, line, Some(line))
}

pub(super) fn remove(till: &mut Till, request: &NameLine) -> Result<(), Problem> {
    till.write(|tx| {
        let (order_id, line) = line_here(tx, &request.line_id)?;
        take_out(tx, &order_id, &line)
    })
}

/// A price by hand takes the place of price and discount.
pub(super) fn set_price(till: &mut Till, request: &SetPrice) -> Result<(), Problem> {
    let price = price(&request.yuan)?;
    till.write(|tx| {
        let (order_id, line) = line_here(tx, &request.line_id)?;
        let mut changed = line.clone();
        changed.price_minor = price.minor();
        changed.price_by_hand = true;
        changed.charged_percent = 100;
        let changed = priced(changed)?;
        tx.save_line(&order_id, &changed)?;
        done(tx, &order_id, PRICE, &changed, Some(&line))
    })
}

fn price(yuan: &str) -> Result<Fen, Problem> {
    let text = suanpan_domain::code::fold_width(yuan);
    let invalid = || Problem::new(Code::PriceInvalid).with("text", &text);
    let price = Fen::parse_yuan(&text).map_err(|error| match error {
        MoneyError::TooLarge => Problem::new(Code::AmountTooLarge).with("max", AMOUNT_MAX),
        MoneyError::NotAnAmount | MoneyError::TooPrecise | MoneyError::NotPositive => invalid(),
    })?;
    if price.is_positive() {
        Ok(price)
    } else {
        Err(invalid())
    }
}

/// Takes the last change of the open basket back.
pub(super) fn undo(till: &mut Till) -> Result<(), Problem> {
    till.write(|tx| {
        let nothing = || Halt::from(Code::NothingToUndo);
        let order_id = open_order(tx)?.ok_or_else(nothing)?;
        let top = tx.view().undo_top(&order_id)?.ok_or_else(nothing)?;
        tx.drop_undo(top.undo_id)?;
        let told = match top.line_before {
            Some(before) => {
                tx.save_line(&order_id, &before)?;
                before
            }
            None => {
                let (_, added) = line_here(tx, &top.line_id)?;
                tx.delete_line(&order_id, &top.line_id)?;
                added
            }
        };
        tx.sum_up(&order_id)?;
        say(tx, &order_id, LineChange::Undone, &told)?;
        Ok(())
    })
}

pub(super) fn hold(till: &mut Till) -> Result<(), Problem> {
    till.write(|tx| {
        let order_id = open_order(tx)?.ok_or(Halt::from(Code::BasketEmpty))?;
        if tx.view().lines(&order_id)?.is_empty() {
            return Err(Code::BasketEmpty.into());
        }
        tx.put_aside(&order_id)
    })
}
