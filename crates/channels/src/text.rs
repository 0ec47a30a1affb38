//! Small matters of text that both platforms share: cutting, escaping, forms, and what a log may show.

/// The longest beginning of at most `bytes_max` bytes that ends at a character boundary.
pub(crate) fn cut(text: &str, bytes_max: usize) -> &str {
    let mut end = text.len().min(bytes_max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Percent-encodes all but unreserved characters. Our numbers are digits; should one ever not be, it
/// must not reach into another path or parameter.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

/// A form body (`application/x-www-form-urlencoded`) of these parameters in their order.
pub(crate) fn write_form(params: &[(&str, String)]) -> Vec<u8> {
    let pairs: Vec<String> = params
        .iter()
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
        .collect();
    pairs.join("&").into_bytes()
}

/// The parameters of a form body as they were sent, decoded to bytes; nothing where an escape is broken.
/// The bytes may be of any encoding: what they say is for the reader to find out.
pub(crate) fn read_form(body: &[u8]) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    body.split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let value = pair.get(at + 1..).unwrap_or_default();
            Some((unescape(&pair[..at])?, unescape(value)?))
        })
        .collect()
}

fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'+' => plain.push(b' '),
            b'%' => {
                let (high, low) = (hex_digit(*rest.first()?)?, hex_digit(*rest.get(1)?)?);
                plain.push(high * 16 + low);
                rest = &rest[2..];
            }
            byte => plain.push(*byte),
        }
    }
    Some(plain)
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// Bytes as lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A foreign text made fit for a log line.
pub(crate) fn printable(text: &str) -> String {
    /// Enough for any serial, code or message worth reading in a log.
    const CHARS_MAX: usize = 120;
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(CHARS_MAX)
        .collect()
}

/// A text that is there and not empty.
pub(crate) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|t| !t.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_at_a_character_within_the_limit_in_bytes() {
        let long = "算".repeat(60);
        let description = cut(&long, 127);
        assert_eq!(description.chars().count(), 42);
        assert_eq!(description.len(), 126);
        assert_eq!(cut("short", 127), "short");
        assert_eq!(cut(&"a".repeat(200), 127).len(), 127);
    }

    #[test]
    fn forms_come_back_as_they_went_out() {
        let params = [("a b", "1&2=3".to_owned()), ("中", "100% +算".to_owned())];
        let body = write_form(&params);
        assert_eq!(body, b"a%20b=1%262%3D3&%E4%B8%AD=100%25%20%2B%E7%AE%97");
        let read = read_form(&body).unwrap();
        let texts: Vec<(String, String)> = read
            .into_iter()
            .map(|(name, value)| {
                (
                    String::from_utf8(name).unwrap(),
                    String::from_utf8(value).unwrap(),
                )
            })
            .collect();
        assert_eq!(texts[0], ("a b".to_owned(), "1&2=3".to_owned()));
        assert_eq!(texts[1], ("中".to_owned(), "100% +算".to_owned()));
    }

    #[test]
    fn broken_escapes_are_no_form() {
        for bad in ["a=%", "a=%4", "a=%zz", "%=1", "a=%+1"] {
            assert_eq!(read_form(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(
            read_form(b"a+b=1+2&c&&d=").unwrap(),
            vec![
                (b"a b".to_vec(), b"1 2".to_vec()),
                (b"c".to_vec(), Vec::new()),
                (b"d".to_vec(), Vec::new())
            ]
        );
    }
}
