//! Form bodies: reading what a merchant sends, writing what a merchant is told.

use crate::core::route::percent_decoded;

/// The pairs of a form or a query, in their order. `+` stands for a blank.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    let plain = |part: &str| percent_decoded(&part.replace('+', " "));
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (plain(name), plain(value))
        })
        .collect()
}

/// The text that a signature covers: pairs with a value, sorted by name, without those in `without`.
pub(crate) fn to_be_signed(pairs: &[(String, String)], without: &[&str]) -> String {
    let mut covered: Vec<&(String, String)> = pairs
        .iter()
        .filter(|(name, value)| !value.is_empty() && !without.contains(&name.as_str()))
        .collect();
    covered.sort();
    let joined: Vec<String> = covered
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    joined.join("&")
}

/// A form body.
pub(crate) fn encoded(pairs: &[(String, String)]) -> String {
    let joined: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
        .collect();
    joined.join("&")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn a_form_is_read_as_it_is_written() {
        let sent = vec![pair("subject", "苹果 & 梨=+%"), pair("empty", ""), pair("a", "1")];
        assert_eq!(pairs(&encoded(&sent)), sent);
        assert_eq!(pairs("a=1+2&b"), vec![pair("a", "1 2"), pair("b", "")]);
    }

    #[test]
    fn what_is_signed_is_sorted_and_leaves_out_what_is_empty() {
        let sent = vec![
            pair("b", "2"),
            pair("sign", "x"),
            pair("a", "1"),
            pair("c", ""),
            pair("sign_type", "RSA2"),
        ];
        assert_eq!(to_be_signed(&sent, &["sign"]), "a=1&b=2&sign_type=RSA2");
        assert_eq!(to_be_signed(&sent, &["sign", "sign_type"]), "a=1&b=2");
    }
}
