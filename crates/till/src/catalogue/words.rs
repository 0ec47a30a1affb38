//! Names cut into single characters for the word index, and a text of the box as a question to it.

/// Whether a character is a word of its own.
fn stands_alone(c: char) -> bool {
    !c.is_ascii() && c.is_alphabetic()
}

/// A text with blanks around every character that stands alone, Latin letters lower-case, everything that
/// is neither letter nor digit a blank.
#[must_use]
pub fn spread(text: &str) -> String {
    let mut spread = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        if stands_alone(c) {
            spread.extend([' ', c, ' ']);
        } else if c.is_alphanumeric() {
            spread.extend(c.to_lowercase());
        } else {
            spread.push(' ');
        }
    }
    let words: Vec<&str> = spread.split_whitespace().collect();
    words.join(" ")
}

/// The question to the word index: parts between blanks must all occur, characters of one part beside each
/// other, the last word may be a beginning. Nothing when there is no letter or digit.
#[must_use]
pub fn question(text: &str) -> Option<String> {
    let parts: Vec<String> = text
        .split_whitespace()
        .map(spread)
        .filter(|part| !part.is_empty())
        .collect();
    if parts.is_empty() {
        return None;
    }
    let last = parts.len() - 1;
    let quoted: Vec<String> = parts
        .iter()
        .enumerate()
        .map(|(index, part)| {
            let open = index == last && part.ends_with(|c: char| c.is_ascii_alphanumeric());
            format!("\"{part}\"{}", if open { " *" } else { "" })
        })
        .collect();
    Some(quoted.join(" AND "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chinese_character_is_a_word() {
        assert_eq!(spread("农夫山泉 NFC橙汁300ml"), "农 夫 山 泉 nfc 橙 汁 300ml");
        assert_eq!(spread("红富士苹果（散装）"), "红 富 士 苹 果 散 装");
    }

    #[test]
    fn questions_hold_parts_together_and_leave_the_last_word_open() {
        assert_eq!(question("可乐").as_deref(), Some("\"可 乐\""));
        assert_eq!(question("可乐 33").as_deref(), Some("\"可 乐\" AND \"33\" *"));
        assert_eq!(question("\"*"), None);
    }
}
