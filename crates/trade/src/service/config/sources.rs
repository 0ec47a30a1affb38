//! What was said of the settings, where, and what of it cannot be used. Faults are collected, not thrown.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use toml::{Table, Value};

use super::list::{self, SETTINGS};

/// What cannot be used, all of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Faults(pub Vec<String>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [only] => write!(f, "the centre cannot be started like this: {only}"),
            several => {
                write!(
                    f,
                    "the centre cannot be started like this, for {} reasons:",
                    several.len()
                )?;
                several.iter().try_for_each(|fault| write!(f, "\n  - {fault}"))
            }
        }
    }
}

/// A value and where it was said.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Word {
    text: String,
    place: String,
}

/// All that was said: a flag counts before the environment, the environment before the file.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    words: BTreeMap<&'static str, Word>,
    faults: Vec<String>,
}

impl Sources {
    /// Gathers what flags, the environment and the file say. An empty text says nothing.
    #[must_use]
    pub fn gather(
        flags: &[(&'static str, Option<String>)],
        environment: impl Fn(&str) -> Option<String>,
        file: Option<&Path>,
    ) -> Self {
        let mut said = Self::default();
        if let Some(path) = file {
            said.read(path);
        }
        for setting in SETTINGS {
            said.note(setting.name, environment(&setting.variable()), || {
                setting.variable()
            });
        }
        for (name, text) in flags {
            said.note(name, text.clone(), || format!("--{}", name.replace('_', "-")));
        }
        said
    }

    fn note(&mut self, name: &'static str, text: Option<String>, place: impl FnOnce() -> String) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.words.insert(name, Word { text, place: place() });
        }
    }

    fn read(&mut self, path: &Path) {
        let shown = path.display();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => return self.fault(format!("{shown} cannot be read: {error}")),
        };
        let table: Table = match text.parse() {
            Ok(table) => table,
            // The library's own text repeats the line, which may hold a password.
            Err(error) => return self.fault(format!("{shown} is no TOML: {}", place_in(&text, &error))),
        };
        for (key, value) in table {
            match (list::find(&key), value_text(&value)) {
                (Some(setting), Some(text)) => {
                    self.note(setting.name, Some(text), || format!("{key} in {shown}"));
                }
                (Some(_), None) => self.fault(format!(
                    "{key} in {shown} is neither a text nor a number nor true or false"
                )),
                (None, _) => self.fault(format!("{shown} has {key}, and there is no such setting")),
            }
        }
        for name in list::SETTINGS
            .iter()
            .filter(|setting| setting.secret)
            .map(|setting| setting.name)
        {
            if self.word_is_from(name, &format!("{name} in {shown}")) && is_open_to_everybody(path) {
                self.fault(format!(
                    "{shown} has {name}, which may hold a password, and everybody can read it: set its mode to 0640 or 0600"
                ));
            }
        }
    }

    fn word_is_from(&self, name: &str, place: &str) -> bool {
        self.words.get(name).is_some_and(|word| word.place == place)
    }

    /// Notes what cannot be used.
    pub fn fault(&mut self, fault: String) {
        self.faults.push(fault);
    }

    /// Whether anybody said it.
    #[must_use]
    pub fn says(&self, name: &str) -> bool {
        self.words.contains_key(name)
    }

    /// Where a setting was said, for a sentence about it.
    #[must_use]
    pub fn place(&self, name: &str) -> String {
        self.words
            .get(name)
            .map_or_else(|| name.to_owned(), |word| word.place.clone())
    }

    /// The value of a setting as `parse` reads it; nothing where nothing was said, or nothing that can be used.
    pub fn take<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let word = self.words.get(name)?;
        match parse(&word.text) {
            Ok(value) => Some(value),
            Err(why) => {
                let shown = match list::find(name) {
                    Some(setting) if setting.secret => String::new(),
                    Some(_) | None => format!(" is {:?}, but", word.text),
                };
                let fault = format!("{}{shown} {why}", word.place);
                self.faults.push(fault);
                None
            }
        }
    }

    /// The value of a setting that has a usual one.
    ///
    /// # Panics
    /// When the list's own usual value cannot be read: a test reads all of them.
    pub fn take_or_usual<T>(&mut self, name: &'static str, parse: impl Fn(&str) -> Result<T, String>) -> T {
        let usual = list::find(name).map_or("", |setting| setting.usual);
        self.take(name, &parse)
            .or_else(|| parse(usual).ok())
            .expect("the list's own values can be read, as a test shows")
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`Faults`], all of them.
    pub fn finish(self) -> Result<(), Faults> {
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(Faults(self.faults))
        }
    }
}

fn place_in(text: &str, error: &toml::de::Error) -> String {
    let line = error.span().map(|span| {
        text.bytes()
            .take(span.start)
            .filter(|byte| *byte == b'\n')
            .count()
            + 1
    });
    match line {
        Some(line) => format!("line {line}: {}", error.message()),
        None => error.message().to_owned(),
    }
}

/// A value of the file as the text that a flag would have.
pub(super) fn value_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(truth) => Some(truth.to_string()),
        Value::Float(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    }
}

#[cfg(unix)]
fn is_open_to_everybody(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|known| known.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn is_open_to_everybody(_: &Path) -> bool {
    false
}
