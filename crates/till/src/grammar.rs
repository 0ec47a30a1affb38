//! What stands in the one box, taken apart: a quantity, `*`, and what is looked for.
//!
//! `6928804011142`, `3*6928804011142`, `0.862*苹果`, `可乐`, `kl`, and `3*` for the selected line. Only what
//! stands before `*` is a quantity; a barcode never is.

use suanpan_domain::code::fold_width;
use suanpan_domain::quantity::{Quantity, QuantityError};

use crate::rpc::{Code, Problem};

/// The longest text of the box that means anything, in characters.
const TEXT_CHARS_MAX: usize = 120;

/// What a text means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Nothing.
    Empty,
    /// A quantity that waits for an article or the selected line, in thousandths.
    Quantity(i64),
    /// An article to look for, and how much of it; nothing said means one.
    Article {
        /// Thousandths; nothing without a `*`.
        quantity_milli: Option<i64>,
        /// Code, name or pinyin.
        text: String,
    },
}

/// Takes a text apart.
///
/// # Errors
/// [`Code::QuantityNotPositive`], [`Code::QuantityTooLarge`], [`Code::RequestMalformed`] for a text that
/// nobody types. Of a text as a stuck key writes it only the beginning counts, and finds nothing.
pub fn parse(text: &str) -> Result<Said, Problem> {
    let text: String = fold_width(text).chars().take(TEXT_CHARS_MAX).collect();
    if text.chars().any(char::is_control) {
        return Err(Problem::new(Code::RequestMalformed));
    }
    if text.is_empty() {
        return Ok(Said::Empty);
    }
    let Some((before, after)) = text.split_once('*') else {
        return Ok(Said::Article {
            quantity_milli: None,
            text,
        });
    };
    let Some(milli) = quantity(before.trim())? else {
        return Ok(Said::Article {
            quantity_milli: None,
            text,
        });
    };
    let after = after.trim();
    if after.is_empty() {
        return Ok(Said::Quantity(milli));
    }
    Ok(Said::Article {
        quantity_milli: Some(milli),
        text: after.to_owned(),
    })
}

/// A quantity in thousandths; nothing when the text is no number at all and belongs to a name.
fn quantity(text: &str) -> Result<Option<i64>, Problem> {
    let too_large = || Problem::new(Code::QuantityTooLarge).with("max", Quantity::MAX_MILLI / 1000);
    match Quantity::parse_milli(text) {
        Ok(milli) if milli <= 0 => Err(Problem::new(Code::QuantityNotPositive)),
        Ok(milli) if milli > Quantity::MAX_MILLI => Err(too_large()),
        Ok(milli) => Ok(Some(milli)),
        Err(QuantityError::TooLarge) => Err(too_large()),
        Err(QuantityError::NotAQuantity | QuantityError::NotPositive | QuantityError::NotWhole) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article(quantity_milli: Option<i64>, text: &str) -> Result<Said, Problem> {
        Ok(Said::Article {
            quantity_milli,
            text: text.to_owned(),
        })
    }

    #[test]
    fn the_grammar_is_read() {
        assert_eq!(parse(" "), Ok(Said::Empty));
        assert_eq!(parse("6928804011142"), article(None, "6928804011142"));
        assert_eq!(parse("3*6928804011142"), article(Some(3000), "6928804011142"));
        assert_eq!(parse("３＊可乐"), article(Some(3000), "可乐"));
        assert_eq!(parse("0.862*苹果"), article(Some(862), "苹果"));
        assert_eq!(parse("3×kl"), article(Some(3000), "kl"));
        assert_eq!(parse("3*"), Ok(Said::Quantity(3000)));
        assert_eq!(parse("A*B"), article(None, "A*B"));
    }

    #[test]
    fn f60_a_scanned_code_never_becomes_a_quantity() {
        let refused = parse("6928804011142*6928804011142").unwrap_err();
        assert_eq!(refused.code, Code::QuantityTooLarge);
    }

    #[test]
    fn a_stuck_key_looks_for_an_article_that_is_not_there() {
        let said = parse(&"6".repeat(5000));
        assert_eq!(said, article(None, &"6".repeat(TEXT_CHARS_MAX)));
    }

    #[test]
    fn quantities_out_of_bounds_are_refused() {
        for (text, code) in [
            ("0*x", Code::QuantityNotPositive),
            ("-2*x", Code::QuantityNotPositive),
            ("10000*x", Code::QuantityTooLarge),
            ("99999999999999999999*", Code::QuantityTooLarge),
        ] {
            assert_eq!(parse(text).unwrap_err().code, code, "{text}");
        }
    }
}
