//! Finds the functions of a file in blanked code, with where they begin and end.

/// One function with a body.
#[derive(Debug, PartialEq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Line of its name, counted from 1.
    pub first_line: usize,
    /// Line of its closing brace.
    pub last_line: usize,
}

impl Function {
    /// Lines from its name to its closing brace.
    pub fn lines(&self) -> usize {
        self.last_line - self.first_line + 1
    }
}

/// The functions introduced by a keyword: `fn` in Rust, `function` in TypeScript.
pub fn find(code: &str, keyword: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(keyword) {
        let rest = &code[at + keyword.len()..];
        let alone = !code[..at].ends_with(is_word) && rest.starts_with(char::is_whitespace);
        let name: String = rest.trim_start().chars().take_while(|c| is_word(*c)).collect();
        if !alone || name.is_empty() {
            continue;
        }
        if let Some(length) = body_end(rest) {
            let first_line = code[..at].matches('\n').count() + 1;
            let last_line = first_line + rest[..length].matches('\n').count();
            found.push(Function {
                name,
                first_line,
                last_line,
            });
        }
    }
    found
}

/// Where the body's closing brace is; nothing for a declaration without a body.
fn body_end(rest: &str) -> Option<usize> {
    let mut braces = 0_usize;
    let mut brackets = 0_usize;
    for (at, c) in rest.char_indices() {
        match c {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets = brackets.saturating_sub(1),
            ';' if braces == 0 && brackets == 0 => return None,
            '{' if brackets == 0 || braces > 0 => braces += 1,
            '}' if braces > 0 => {
                braces -= 1;
                if braces == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_reaches_from_its_name_to_its_closing_brace() {
        let code = "impl A {\n  fn one(x: [u8; 3]) -> u8 {\n    if x { 1 }\n  }\n  fn two();\n}\n";
        let found = find(code, "fn");
        assert_eq!(
            found,
            [Function {
                name: String::from("one"),
                first_line: 2,
                last_line: 4
            }]
        );
        assert_eq!(found[0].lines(), 3);
    }

    #[test]
    fn function_types_and_longer_words_are_no_functions() {
        assert_eq!(find("let f: fn(u8) = x; let often = 1;", "fn"), []);
        assert_eq!(find("functional x { }", "function"), []);
    }

    #[test]
    fn braces_among_the_parameters_open_no_body() {
        let found = find("function a({ b }: C) {\n}\n", "function");
        assert_eq!(found[0].last_line, 2);
    }
}
