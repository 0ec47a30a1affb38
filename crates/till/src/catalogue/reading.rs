//! How a name is typed in Latin letters: full pinyin, initials, every reading of a character that has
//! several, from its beginning and from each later syllable.

use std::collections::BTreeSet;

use pinyin::{ToPinyin, ToPinyinMulti};

/// Readings of a whole name that are kept: names with more are found by the first of them.
const VARIANTS_MAX: usize = 6;
/// Syllables from the beginning that can be typed: nobody types more.
const SYLLABLES_MAX: usize = 10;
/// Longest key, in bytes.
const KEY_BYTES_MAX: usize = 32;

/// What may be typed for a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readings {
    /// Full pinyin with tones, blanks between syllables, for showing.
    pub shown: String,
    /// Initials, for showing.
    pub initials: String,
    /// Keys that begin where the name begins.
    pub from_start: BTreeSet<String>,
    /// Keys that begin at a later syllable.
    pub from_within: BTreeSet<String>,
}

/// A syllable: its possible readings without tones, the usual one first. A Latin word is one syllable.
#[derive(Clone, Debug)]
struct Syllable {
    plain: Vec<String>,
    shown: String,
    is_word: bool,
}

/// The readings of a name and of its second name.
#[must_use]
pub fn readings(name: &str, name_en: &str) -> Readings {
    let syllables = syllables(name);
    let mut readings = Readings {
        shown: join(&syllables, " "),
        initials: syllables.iter().map(initial).collect(),
        ..Readings::default()
    };
    for variant in variants(&syllables) {
        add_keys(&mut readings, &variant, &syllables);
    }
    let words: Vec<Syllable> = self::syllables(name_en);
    let spoken: Vec<String> = words.iter().map(|word| word.plain[0].clone()).collect();
    add_keys(&mut readings, &spoken, &words);
    readings
}

fn join(syllables: &[Syllable], by: &str) -> String {
    let shown: Vec<&str> = syllables.iter().map(|s| s.shown.as_str()).collect();
    shown.join(by)
}

fn initial(syllable: &Syllable) -> String {
    if syllable.is_word {
        syllable.plain[0].clone()
    } else {
        syllable.plain[0].chars().take(1).collect()
    }
}

fn syllables(name: &str) -> Vec<Syllable> {
    let mut found = Vec::new();
    let mut word = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
            continue;
        }
        end_word(&mut found, &mut word);
        if let Some(usual) = c.to_pinyin() {
            found.push(Syllable {
                plain: every_reading(c, usual),
                shown: usual.with_tone().to_owned(),
                is_word: false,
            });
        }
    }
    end_word(&mut found, &mut word);
    found.truncate(SYLLABLES_MAX);
    found
}

fn end_word(found: &mut Vec<Syllable>, word: &mut String) {
    if !word.is_empty() {
        let plain = std::mem::take(word);
        found.push(Syllable {
            shown: plain.clone(),
            plain: vec![plain],
            is_word: true,
        });
    }
}

fn every_reading(c: char, usual: pinyin::Pinyin) -> Vec<String> {
    let mut plain = vec![usual.plain().replace('ü', "v")];
    for other in c.to_pinyin_multi().into_iter().flatten() {
        let other = other.plain().replace('ü', "v");
        if !plain.contains(&other) {
            plain.push(other);
        }
    }
    plain
}

/// The usual reading of the whole, then the others, one character changed at a time.
fn variants(syllables: &[Syllable]) -> Vec<Vec<String>> {
    let usual: Vec<String> = syllables.iter().map(|s| s.plain[0].clone()).collect();
    let mut all = vec![usual.clone()];
    for (index, syllable) in syllables.iter().enumerate() {
        for other in &syllable.plain[1..] {
            let mut variant = usual.clone();
            variant[index] = other.clone();
            all.push(variant);
        }
    }
    all.truncate(VARIANTS_MAX);
    all
}

fn add_keys(readings: &mut Readings, spoken: &[String], syllables: &[Syllable]) {
    for start in 0..spoken.len() {
        let full: String = spoken[start..].concat();
        let initials: String = spoken[start..]
            .iter()
            .zip(&syllables[start..])
            .map(|(plain, syllable)| {
                if syllable.is_word {
                    plain.clone()
                } else {
                    plain.chars().take(1).collect()
                }
            })
            .collect();
        for key in [full, initials] {
            let key: String = key.chars().take(KEY_BYTES_MAX).collect();
            if start == 0 {
                readings.from_start.insert(key);
            } else {
                readings.from_within.insert(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_pinyin_initials_and_later_syllables_are_keys() {
        let readings = readings("可口可乐", "Coca-Cola");
        assert_eq!(readings.shown, "kě kǒu kě lè");
        assert_eq!(readings.initials, "kkkl");
        for key in ["kekoukele", "kkkl", "cocacola"] {
            assert!(readings.from_start.contains(key), "{key}");
        }
        for key in ["kl", "kele", "cola"] {
            assert!(readings.from_within.contains(key), "{key}");
        }
    }

    #[test]
    fn characters_with_several_readings_are_found_by_each() {
        let readings = readings("乐事薯片", "");
        assert!(readings.from_start.contains("leshishupian"));
        assert!(readings.from_start.contains("yueshishupian"));
        assert!(readings.from_start.contains("yssp"));
    }

    #[test]
    fn latin_words_stay_whole() {
        let readings = readings("AD 钙奶", "");
        assert_eq!(readings.initials, "adgn");
        assert!(readings.from_start.contains("adgainai"));
        assert!(readings.from_within.contains("gn"));
    }
}
