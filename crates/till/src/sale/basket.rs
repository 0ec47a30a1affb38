//! What a basket costs, kept with every line: sums on the order, nets on the lines once they are frozen.

use suanpan_domain::basket::{LinePrice, Rounding, Totals, totals};
use suanpan_domain::money::{AMOUNT_MAX, Fen, MoneyError};
use suanpan_domain::quantity::{Quantity, QuantityError, Unit};

use crate::rpc::{Code, Problem};
use crate::store::{ArticleRow, Halt, LineRow, WriteTx};

/// What a line with an unusual price or quantity may not be.
pub fn refuse_quantity(error: QuantityError, unit: Unit) -> Problem {
    match error {
        QuantityError::NotPositive => Problem::new(Code::QuantityNotPositive),
        QuantityError::TooLarge => {
            Problem::new(Code::QuantityTooLarge).with("max", Quantity::MAX_MILLI / 1000)
        }
        QuantityError::NotWhole => Problem::new(Code::QuantityNotWhole).with("unit", unit.name()),
        QuantityError::NotAQuantity => Problem::new(Code::RequestMalformed),
    }
}

/// A sum beyond what one sale may have.
pub fn refuse_amount(_error: MoneyError) -> Problem {
    Problem::new(Code::AmountTooLarge).with("max", AMOUNT_MAX)
}

fn price(line: &LineRow) -> Result<LinePrice, Problem> {
    Ok(LinePrice {
        price: Fen::new(line.price_minor),
        quantity: Quantity::try_new(line.quantity_milli, line.unit)
            .map_err(|error| refuse_quantity(error, line.unit))?,
        charged_percent: line.charged_percent,
    })
}

/// A line with its amounts worked out.
///
/// # Errors
/// When its quantity or amount is out of bounds.
pub fn priced(mut line: LineRow) -> Result<LineRow, Problem> {
    let amount = price(&line)?.amount().map_err(refuse_amount)?;
    line.discount_minor = amount.discount.minor();
    line.amount_minor = amount.amount.minor();
    Ok(line)
}

/// What some of an article would cost.
///
/// # Errors
/// When the quantity or the amount is out of bounds.
pub fn priced_article(article: &ArticleRow, milli: i64) -> Result<Fen, Problem> {
    let price = LinePrice {
        price: Fen::new(article.price_minor),
        quantity: Quantity::try_new(milli, article.unit)
            .map_err(|error| refuse_quantity(error, article.unit))?,
        charged_percent: article.charged_percent,
    };
    Ok(price.amount().map_err(refuse_amount)?.amount)
}

fn add_up(lines: &[LineRow]) -> Result<Totals, Problem> {
    let prices = lines.iter().map(price).collect::<Result<Vec<_>, _>>()?;
    totals(&prices, Fen::ZERO, Rounding::DownToJiao).map_err(refuse_amount)
}

/// Pieces of a basket, a weighed line counting as one.
pub(super) fn pieces(quantities: impl Iterator<Item = (Unit, i64)>) -> i64 {
    quantities
        .map(|(unit, milli)| match unit {
            Unit::Piece => milli / 1000,
            Unit::Kilogram => 1,
        })
        .sum()
}

impl WriteTx<'_> {
    /// Works the sums of an open basket out again after a line changed.
    ///
    /// # Errors
    /// [`Code::AmountTooLarge`].
    pub fn sum_up(&mut self, order_id: &str) -> Result<(), Halt> {
        let mut order = self.order_here(order_id)?;
        let lines = self.view().lines(order_id)?;
        let sums = add_up(&lines)?;
        order.pieces = pieces(lines.iter().map(|line| (line.unit, line.quantity_milli)));
        order.original_minor = sums.original.minor();
        order.discount_minor = sums.discount.minor();
        order.rounding_minor = sums.rounding.minor();
        order.total_minor = sums.total.minor();
        order.changed_at_ms = self.at_ms();
        self.update_order(&order)?;
        Ok(())
    }

    /// Writes on each line what it is worth after 抹零; Σ nets = total.
    pub(super) fn freeze_nets(&mut self, order_id: &str, lines: &[LineRow]) -> Result<(), Halt> {
        let nets = add_up(lines)?.line_nets().map_err(refuse_amount)?;
        for (line, net) in lines.iter().zip(nets) {
            let mut frozen = line.clone();
            frozen.net_minor = Some(net.minor());
            self.save_line(order_id, &frozen)?;
        }
        Ok(())
    }
}
