//! A receipt, and a closed shift's report: the same lines as text (32 columns) and as a picture (384 dots,
//! 58 mm paper).
//!
//! Every figure is the one that was stored; nothing is added up here. Printing is the shell's business.

mod font;
mod letters;
mod picture;
pub mod shift;
mod text;

pub use picture::{DrawError, picture};
pub use text::{Row, rows, text};

use crate::rpc::Language;
use crate::store::{LineRow, OrderRow, RefundRow, TenderRow};
use suanpan_domain::time::ShopTime;

/// Columns of a line; a Chinese character takes two.
pub const COLUMNS: usize = 32;

/// What a receipt is made of.
#[derive(Clone, Debug)]
pub struct Paper {
    /// Name of the store.
    pub shop: String,
    /// Play money.
    pub is_practice: bool,
    /// Language.
    pub language: Language,
    /// The shop's clock.
    pub time: ShopTime,
    /// 0 for the first, the number of the copy otherwise.
    pub copy: u32,
    /// Number of the till.
    pub till_label: String,
    /// The order.
    pub order: OrderRow,
    /// Its lines.
    pub lines: Vec<LineRow>,
    /// Its tenders.
    pub tenders: Vec<TenderRow>,
    /// What has gone back or is on its way.
    pub refunds: Vec<RefundRow>,
}

/// Columns a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// Columns a character takes: one for Latin and its accents, two for everything Chinese.
#[must_use]
pub const fn char_width(c: char) -> usize {
    if (c as u32) < 0x1100 { 1 } else { 2 }
}
