//! One thing that is not as the house wants it.

use std::fmt;

/// Where, which rule, and what to do.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Finding {
    /// Path from the repository's folder.
    pub path: String,
    /// Line, counted from 1.
    pub line: usize,
    /// The rule's short name.
    pub rule: &'static str,
    /// What was found and what to do instead.
    pub advice: String,
}

impl Finding {
    /// A finding at a line.
    pub fn new(path: &str, line: usize, rule: &'static str, advice: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            rule,
            advice: advice.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{}:{}: [{}] {}",
            self.path, self.line, self.rule, self.advice
        )
    }
}
