//! A catalogue file: which columns it has, and whether every article in it can be sold.
//!
//! The whole file is good or none of it. A refusal names line, column and reason.

use std::collections::{HashMap, HashSet};

use suanpan_domain::code::{fold_width, is_ean};
use suanpan_domain::money::{Fen, MoneyError};
use suanpan_domain::quantity::Unit;

use super::csv;
use crate::rpc::{Code, Problem};

/// Most articles of one file: ten times the largest shop this is made for.
const ARTICLES_MAX: usize = 1_000_000;
/// Longest name or size, in characters: more does not fit any screen or receipt.
const TEXT_CHARS_MAX: usize = 120;
/// Longest code, in characters.
const CODE_CHARS_MAX: usize = 32;
/// Highest price of one unit, 1 000 000.00 yuan: more is a slip of the point.
const PRICE_MAX: Fen = Fen::new(100_000_000);
/// Category of articles that name none.
const NO_CATEGORY: (&str, &str) = ("其他", "Other");

/// An article as the file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Line of the file.
    pub line: usize,
    /// The first code; the article's id.
    pub code: String,
    /// Further codes.
    pub more_codes: Vec<String>,
    /// Name without the size.
    pub name: String,
    /// Second name.
    pub name_en: String,
    /// Size.
    pub size: String,
    /// Category and its English name.
    pub category: (String, String),
    /// Pieces or kilograms.
    pub unit: Unit,
    /// Price of one unit.
    pub price: Fen,
    /// Percent of the price that is charged.
    pub charged_percent: u8,
}

impl Draft {
    /// Every code it answers to, the first one first.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.code)
            .chain(&self.more_codes)
            .map(String::as_str)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Column {
    Code,
    Name,
    NameEn,
    Size,
    Category,
    CategoryEn,
    Unit,
    Price,
    Percent,
}

impl Column {
    const NAMES: &'static [(Column, &'static [&'static str])] = &[
        (Self::Code, &["条码", "编码", "商品编码", "barcode", "code"]),
        (Self::Name, &["品名", "名称", "商品名称", "name"]),
        (Self::NameEn, &["英文名", "第二名称", "name_en", "english name"]),
        (Self::Size, &["规格", "size"]),
        (Self::Category, &["分类", "类别", "category"]),
        (Self::CategoryEn, &["英文分类", "category_en", "english category"]),
        (Self::Unit, &["单位", "unit"]),
        (Self::Price, &["售价", "单价", "价格", "price"]),
        (Self::Percent, &["折扣", "收百分之", "charged_percent", "percent"]),
    ];
    const NEEDED: &'static [Column] = &[Self::Code, Self::Name, Self::Price];

    fn of(head: &str) -> Option<Self> {
        let head = fold_width(head).to_lowercase();
        Self::NAMES
            .iter()
            .find(|(_, names)| names.contains(&head.as_str()))
            .map(|(column, _)| *column)
    }

    fn name(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(column, _)| *column == self)
            .map_or("", |(_, names)| names[0])
    }
}

fn refused(line: usize, column: &str, reason: &str) -> Problem {
    Problem::new(Code::CatalogueMalformed)
        .with("line", line)
        .with("column", column)
        .with("reason", reason)
}

struct Fields<'a> {
    line: usize,
    columns: &'a HashMap<Column, usize>,
    fields: &'a [String],
}

impl Fields<'_> {
    fn text(&self, column: Column) -> &str {
        self.columns
            .get(&column)
            .and_then(|index| self.fields.get(*index))
            .map_or("", String::as_str)
    }

    fn refuse(&self, column: Column, reason: &str) -> Problem {
        refused(self.line, column.name(), reason)
    }

    fn bounded(&self, column: Column) -> Result<String, Problem> {
        let text = self.text(column);
        if text.chars().count() > TEXT_CHARS_MAX {
            return Err(self.refuse(column, "TOO_LONG"));
        }
        if text.chars().any(char::is_control) {
            return Err(self.refuse(column, "CONTROL_CHARACTER"));
        }
        Ok(text.to_owned())
    }
}

/// Reads a catalogue file.
///
/// # Errors
/// [`Code::CatalogueMalformed`] with `line`, `column`, `reason`.
pub fn read(text: &str) -> Result<Vec<Draft>, Problem> {
    let rows = csv::rows(text).map_err(|quote| refused(quote.line, "", "QUOTE_OPEN"))?;
    let Some((head, rows)) = rows.split_first() else {
        return Err(refused(1, "", "EMPTY"));
    };
    let columns = columns(head)?;
    if rows.is_empty() {
        return Err(refused(head.line, "", "EMPTY"));
    }
    if rows.len() > ARTICLES_MAX {
        return Err(refused(rows[ARTICLES_MAX].line, "", "TOO_MANY"));
    }
    let mut seen = HashSet::new();
    rows.iter()
        .map(|row| {
            let fields = Fields {
                line: row.line,
                columns: &columns,
                fields: &row.fields,
            };
            let draft = draft(&fields)?;
            for code in std::iter::once(&draft.code).chain(&draft.more_codes) {
                if !seen.insert(code.clone()) {
                    return Err(fields.refuse(Column::Code, "CODE_TWICE"));
                }
            }
            Ok(draft)
        })
        .collect()
}

fn columns(head: &csv::Row) -> Result<HashMap<Column, usize>, Problem> {
    let mut columns = HashMap::new();
    for (index, name) in head.fields.iter().enumerate() {
        let Some(column) = Column::of(name) else { continue };
        if columns.insert(column, index).is_some() {
            return Err(refused(head.line, name, "COLUMN_TWICE"));
        }
    }
    match Column::NEEDED.iter().find(|needed| !columns.contains_key(needed)) {
        Some(missing) => Err(refused(head.line, missing.name(), "COLUMN_MISSING")),
        None => Ok(columns),
    }
}

fn draft(fields: &Fields<'_>) -> Result<Draft, Problem> {
    let mut codes = codes(fields)?.into_iter();
    let code = codes
        .next()
        .ok_or_else(|| fields.refuse(Column::Code, "CODE_EMPTY"))?;
    let name = fields.bounded(Column::Name)?;
    if name.is_empty() {
        return Err(fields.refuse(Column::Name, "NAME_EMPTY"));
    }
    Ok(Draft {
        line: fields.line,
        code,
        more_codes: codes.collect(),
        name,
        name_en: fields.bounded(Column::NameEn)?,
        size: fields.bounded(Column::Size)?,
        category: category(fields)?,
        unit: unit(fields)?,
        price: price(fields)?,
        charged_percent: percent(fields)?,
    })
}

fn codes(fields: &Fields<'_>) -> Result<Vec<String>, Problem> {
    let text = fold_width(fields.text(Column::Code));
    let codes: Vec<String> = text
        .split(['|', ' ', ';'])
        .filter(|code| !code.is_empty())
        .map(str::to_owned)
        .collect();
    for code in &codes {
        let plain = code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !plain || code.len() > CODE_CHARS_MAX {
            return Err(fields.refuse(Column::Code, "CODE_INVALID"));
        }
        let looks_like_ean = matches!(code.len(), 8 | 13) && code.bytes().all(|b| b.is_ascii_digit());
        if looks_like_ean && !is_ean(code) {
            return Err(fields.refuse(Column::Code, "CHECK_DIGIT"));
        }
    }
    Ok(codes)
}

fn category(fields: &Fields<'_>) -> Result<(String, String), Problem> {
    let name = fields.bounded(Column::Category)?;
    if name.is_empty() {
        return Ok((NO_CATEGORY.0.to_owned(), NO_CATEGORY.1.to_owned()));
    }
    Ok((name, fields.bounded(Column::CategoryEn)?))
}

fn unit(fields: &Fields<'_>) -> Result<Unit, Problem> {
    match fold_width(fields.text(Column::Unit)).to_lowercase().as_str() {
        "" | "件" | "个" | "瓶" | "包" | "盒" | "袋" | "罐" | "支" | "piece" | "pcs" | "pc" => {
            Ok(Unit::Piece)
        }
        "kg" | "公斤" | "千克" | "kilogram" => Ok(Unit::Kilogram),
        _ => Err(fields.refuse(Column::Unit, "UNIT_UNKNOWN")),
    }
}

fn price(fields: &Fields<'_>) -> Result<Fen, Problem> {
    let text = fold_width(fields.text(Column::Price));
    let refuse = |reason| fields.refuse(Column::Price, reason);
    let price = Fen::parse_yuan(&text).map_err(|error| match error {
        MoneyError::TooLarge => refuse("PRICE_TOO_LARGE"),
        MoneyError::NotAnAmount | MoneyError::TooPrecise | MoneyError::NotPositive => refuse("PRICE_INVALID"),
    })?;
    if !price.is_positive() {
        return Err(refuse("PRICE_NOT_POSITIVE"));
    }
    if price > PRICE_MAX {
        return Err(refuse("PRICE_TOO_LARGE"));
    }
    Ok(price)
}

fn percent(fields: &Fields<'_>) -> Result<u8, Problem> {
    let text = fold_width(fields.text(Column::Percent));
    if text.is_empty() {
        return Ok(100);
    }
    match text.parse() {
        Ok(percent @ 1..=100) => Ok(percent),
        Ok(_) | Err(_) => Err(fields.refuse(Column::Percent, "PERCENT_INVALID")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> (String, String, String) {
        let problem = read(text).unwrap_err();
        assert_eq!(problem.code, Code::CatalogueMalformed);
        let value = |name: &str| problem.params.get(name).cloned().unwrap_or_default();
        (value("line"), value("column"), value("reason"))
    }

    fn told(line: &str, column: &str, reason: &str) -> (String, String, String) {
        (line.to_owned(), column.to_owned(), reason.to_owned())
    }

    #[test]
    fn columns_are_named_in_either_language_and_in_any_order() {
        let zh = read("售价,品名,条码,单位\n3.50,可口可乐,6928804011142,件\n").unwrap();
        let en = read("barcode,price,name,unit\n6928804011142,3.5,可口可乐,piece\n").unwrap();
        assert_eq!(zh, en);
        assert_eq!(zh[0].price, Fen::new(350));
        assert_eq!(zh[0].charged_percent, 100);
    }

    #[test]
    fn bad_files_are_refused_with_line_column_and_reason() {
        let head = "条码,品名,售价\n";
        assert_eq!(reason(""), told("1", "", "EMPTY"));
        assert_eq!(reason("条码,品名\n1,x\n"), told("1", "售价", "COLUMN_MISSING"));
        for (row, column, why) in [
            ("1001,苹果,-1", "售价", "PRICE_NOT_POSITIVE"),
            ("1001,苹果,0", "售价", "PRICE_NOT_POSITIVE"),
            ("1001,苹果,99999999999999999999", "售价", "PRICE_TOO_LARGE"),
            ("1001,苹果,1000000.01", "售价", "PRICE_TOO_LARGE"),
            ("1001,苹果,1.234", "售价", "PRICE_INVALID"),
            ("1001,苹果,", "售价", "PRICE_INVALID"),
            ("6928804011143,可乐,3.5", "条码", "CHECK_DIGIT"),
            ("1001|1001,苹果,1", "条码", "CODE_TWICE"),
            (",苹果,1", "条码", "CODE_EMPTY"),
            ("苹果,苹果,1", "条码", "CODE_INVALID"),
            ("1001,,1", "品名", "NAME_EMPTY"),
        ] {
            assert_eq!(reason(&format!("{head}{row}\n")), told("2", column, why), "{row}");
        }
        assert_eq!(
            reason(&format!("{head}1001,a,1\n1002,b,1\n1001,c,1\n")),
            told("4", "条码", "CODE_TWICE")
        );
        assert_eq!(
            reason(&format!("{head}\"1001,a,1\n")),
            told("2", "", "QUOTE_OPEN")
        );
    }
}
