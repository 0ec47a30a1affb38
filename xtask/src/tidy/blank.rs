//! Takes comments and the insides of strings out of code, so that the rules see only what the compiler sees.
//! Every line stays on its line.

/// Blanks Rust.
pub fn rust(text: &str) -> String {
    Blanker::new(text, Language::Rust).run()
}

/// Blanks TypeScript.
pub fn typescript(text: &str) -> String {
    Blanker::new(text, Language::TypeScript).run()
}

/// Leaves the script of a Svelte component and blanks its markup and style, where an apostrophe is no quote.
pub fn only_script(text: &str) -> String {
    let mut inside = false;
    let mut kept = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let opens = line.trim_start().starts_with("<script");
        let closes = line.contains("</script>");
        if inside && !closes {
            kept.push_str(line);
        } else if line.ends_with('\n') {
            kept.push('\n');
        }
        inside = (inside || opens) && !closes;
    }
    kept
}

#[derive(Clone, Copy, PartialEq)]
enum Language {
    Rust,
    TypeScript,
}

struct Blanker {
    text: Vec<char>,
    at: usize,
    kept: String,
    language: Language,
}

impl Blanker {
    fn new(text: &str, language: Language) -> Self {
        Self {
            text: text.chars().collect(),
            at: 0,
            kept: String::with_capacity(text.len()),
            language,
        }
    }

    fn run(mut self) -> String {
        while let Some(next) = self.peek(0) {
            match (next, self.peek(1)) {
                ('/', Some('/')) => self.line_comment(),
                ('/', Some('*')) => self.block_comment(),
                ('"', _) => self.string('"', true),
                ('\'', _) if self.language == Language::TypeScript => self.string('\'', false),
                ('`', _) if self.language == Language::TypeScript => self.string('`', true),
                ('\'', _) => self.character_or_lifetime(),
                ('r', _) if self.language == Language::Rust && self.raw_hashes().is_some() => {
                    self.raw_string()
                }
                _ => self.keep(),
            }
        }
        self.kept
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).copied()
    }

    fn keep(&mut self) {
        if let Some(next) = self.peek(0) {
            self.kept.push(next);
            self.at += 1;
        }
    }

    fn blank(&mut self) {
        if let Some(next) = self.peek(0) {
            self.kept.push(if next == '\n' { '\n' } else { ' ' });
            self.at += 1;
        }
    }

    fn line_comment(&mut self) {
        while self.peek(0).is_some_and(|next| next != '\n') {
            self.blank();
        }
    }

    /// Rust's comments nest; TypeScript's do not.
    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while let Some(next) = self.peek(0) {
            let pair = (next, self.peek(1));
            if pair == ('/', Some('*')) && (depth == 0 || self.language == Language::Rust) {
                depth += 1;
                self.blank();
            } else if pair == ('*', Some('/')) {
                depth -= 1;
                self.blank();
            }
            self.blank();
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self, quote: char, many_lines: bool) {
        self.keep();
        while let Some(next) = self.peek(0) {
            if next == '\\' {
                self.blank();
                self.blank();
            } else if next == quote {
                self.keep();
                return;
            } else if next == '\n' && !many_lines {
                return;
            } else {
                self.blank();
            }
        }
    }

    /// `'a'` and `'\n'` are characters; `'a` is a lifetime.
    fn character_or_lifetime(&mut self) {
        let escaped = self.peek(1) == Some('\\');
        self.keep();
        if escaped {
            self.blank();
            self.blank();
            while self.peek(0).is_some_and(|next| next != '\'' && next != '\n') {
                self.blank();
            }
            self.keep();
        } else if self.peek(1) == Some('\'') {
            self.blank();
            self.keep();
        }
    }

    /// How many hashes open a raw string here, if one opens here.
    fn raw_hashes(&self) -> Option<usize> {
        let before = self.at.checked_sub(1).and_then(|at| self.text.get(at));
        if before.is_some_and(|c| c.is_alphanumeric() && *c != 'b' || *c == '_') {
            return None;
        }
        let hashes = (1..).take_while(|ahead| self.peek(*ahead) == Some('#')).count();
        (self.peek(1 + hashes) == Some('"')).then_some(hashes)
    }

    fn raw_string(&mut self) {
        let hashes = self.raw_hashes().unwrap_or_default();
        for _ in 0..hashes + 2 {
            self.keep();
        }
        while let Some(next) = self.peek(0) {
            let closes = next == '"' && (1..=hashes).all(|ahead| self.peek(ahead) == Some('#'));
            if closes {
                for _ in 0..=hashes {
                    self.keep();
                }
                return;
            }
            self.blank();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_go_and_lines_stay() {
        let text = "a // b\nc /* d /* e */\nf */ g \"h \\\" i\" j\n";
        assert_eq!(rust(text), "a     \nc             \n     g \"      \" j\n");
    }

    #[test]
    fn raw_strings_end_at_their_own_hashes() {
        assert_eq!(rust("r#\"a\"b\"# c br\"x\" d"), "r#\"   \"# c br\" \" d");
        assert_eq!(rust("for\"x\""), "for\" \"");
    }

    #[test]
    fn lifetimes_are_no_characters() {
        assert_eq!(
            rust("fn f<'a>(x: &'a str) -> char { '{' }"),
            "fn f<'a>(x: &'a str) -> char { ' ' }"
        );
        assert_eq!(rust(r"'\'' '\u{7b}' x"), "'  ' '      ' x");
    }

    #[test]
    fn typescript_strings_end_with_their_line_but_templates_do_not() {
        assert_eq!(typescript("'a{' + `b\n{` + c"), "'  ' + ` \n ` + c");
        assert_eq!(typescript("it's\n{"), "it' \n{");
    }

    #[test]
    fn of_a_component_only_the_script_is_read() {
        let text = "<script lang=\"ts\">\nlet a;\n</script>\n<p>don't</p>\n";
        assert_eq!(only_script(text), "\nlet a;\n\n\n");
    }
}
