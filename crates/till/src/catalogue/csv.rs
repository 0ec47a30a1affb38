//! CSV as RFC 4180 has it: quotes, doubled quotes, line breaks inside quotes. Says in which line things are.

/// A row with the line of the file it begins in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// 1 is the first line of the file.
    pub line: usize,
    /// Its fields, trimmed outside quotes.
    pub fields: Vec<String>,
}

/// A quote that never ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenQuote {
    /// Line the quote begins in.
    pub line: usize,
}

#[derive(Default)]
struct Reader {
    rows: Vec<Row>,
    fields: Vec<String>,
    field: String,
    was_quoted: bool,
    row_line: usize,
}

impl Reader {
    fn end_field(&mut self) {
        let field = std::mem::take(&mut self.field);
        let field = if self.was_quoted {
            field
        } else {
            field.trim().to_owned()
        };
        self.fields.push(field);
        self.was_quoted = false;
    }

    fn end_row(&mut self, next_line: usize) {
        self.end_field();
        let fields = std::mem::take(&mut self.fields);
        if fields.iter().any(|field| !field.is_empty()) {
            self.rows.push(Row {
                line: self.row_line,
                fields,
            });
        }
        self.row_line = next_line;
    }
}

/// Cuts a text into rows; empty lines are left out. A byte order mark at the beginning is tolerated.
///
/// # Errors
/// [`OpenQuote`].
pub fn rows(text: &str) -> Result<Vec<Row>, OpenQuote> {
    let mut reader = Reader {
        row_line: 1,
        ..Reader::default()
    };
    let mut line = 1;
    let mut quote_line = None;
    let mut chars = text.trim_start_matches('\u{FEFF}').chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\n' {
            line += 1;
        }
        match (c, quote_line) {
            ('"', Some(_)) if chars.peek() == Some(&'"') => {
                chars.next();
                reader.field.push('"');
            }
            ('"', Some(_)) => quote_line = None,
            (other, Some(_)) => reader.field.push(other),
            ('"', None) if reader.field.trim().is_empty() && !reader.was_quoted => {
                reader.field.clear();
                reader.was_quoted = true;
                quote_line = Some(line);
            }
            (',', None) => reader.end_field(),
            ('\n', None) => reader.end_row(line),
            ('\r', None) => {}
            (other, None) => reader.field.push(other),
        }
    }
    if let Some(line) = quote_line {
        return Err(OpenQuote { line });
    }
    reader.end_row(line);
    Ok(reader.rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_line_breaks_and_empty_lines_are_understood() {
        let text = "\u{FEFF}a, b\r\n\r\n\"x \"\"y\"\"\",\"1\n2\"\r\nlast,";
        let rows = rows(text).unwrap();
        let fields: Vec<Vec<&str>> = rows
            .iter()
            .map(|row| row.fields.iter().map(String::as_str).collect())
            .collect();
        assert_eq!(
            fields,
            [vec!["a", "b"], vec!["x \"y\"", "1\n2"], vec!["last", ""]]
        );
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [1, 3, 5]);
    }

    #[test]
    fn a_quote_that_never_ends_is_named_by_its_line() {
        assert_eq!(rows("a\n\"b\nc"), Err(OpenQuote { line: 2 }));
    }
}
