//! Article codes on packages: EAN-13 and EAN-8 check digits (GS1 General Specifications, 7.9).

/// Whether `code` is 8 or 13 digits with the right check digit.
#[must_use]
pub fn is_ean(code: &str) -> bool {
    let digits: Vec<u32> = code.chars().filter_map(|c| c.to_digit(10)).collect();
    matches!(code.len(), 8 | 13)
        && digits.len() == code.len()
        && check_digit(&digits[..digits.len() - 1]) == digits[digits.len() - 1]
}

/// The check digit that follows these digits.
#[must_use]
pub fn check_digit(digits: &[u32]) -> u32 {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, d)| if i % 2 == 0 { d * 3 } else { *d })
        .sum();
    (10 - sum % 10) % 10
}

/// Folds full-width digits, letters and signs to their plain forms and trims, as the counter types them.
#[must_use]
pub fn fold_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            '\u{3000}' => ' ',
            '×' => '*',
            '。' => '.',
            other => other,
        })
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_gs1s() {
        assert!(is_ean("6901668005731"));
        assert!(is_ean("96385074"));
        assert!(!is_ean("6901668005732"));
        assert!(!is_ean("690166800573"));
        assert!(!is_ean("690166800573x"));
    }

    #[test]
    fn full_width_counts_as_plain() {
        assert_eq!(fold_width("３＊６９２８　"), "3*6928");
    }
}
