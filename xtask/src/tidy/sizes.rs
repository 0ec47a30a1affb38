//! How long files and functions may be.

use crate::tidy::exceptions::{Exceptions, LIST};
use crate::tidy::finding::Finding;
use crate::tidy::functions;
use crate::tidy::tree::SourceFile;

/// What one can hold in the head while scrolling; good code of this kind has a median near 100.
const FILE_LINES_MAX: usize = 500;
/// One screen. Good code of this kind keeps nine functions in ten under 40.
const FUNCTION_LINES_MAX: usize = 70;
const MEASURED: &[&str] = &["rs", "ts", "svelte", "css", "sql"];

/// Findings about what is too long, and about the exceptions that are no longer needed.
pub fn check(files: &[SourceFile], exceptions: &Exceptions) -> Vec<Finding> {
    let mut sizer = Sizer {
        exceptions,
        used: Vec::new(),
        findings: Vec::new(),
    };
    for file in files.iter().filter(|file| MEASURED.contains(&file.ending())) {
        sizer.file(file);
    }
    sizer.leftovers();
    sizer.findings
}

struct Sizer<'a> {
    exceptions: &'a Exceptions,
    used: Vec<String>,
    findings: Vec<Finding>,
}

impl Sizer<'_> {
    fn file(&mut self, file: &SourceFile) {
        let advice = "split it by what its parts are for";
        self.measure(
            &file.path,
            1,
            file.path.clone(),
            file.text.lines().count(),
            FILE_LINES_MAX,
            advice,
        );
        let keyword = if file.ending() == "rs" { "fn" } else { "function" };
        for function in functions::find(&file.code, keyword) {
            let key = format!("{} fn {}", file.path, function.name);
            let advice = "leave the decisions here and move what is done into small functions";
            self.measure(
                &file.path,
                function.first_line,
                key,
                function.lines(),
                FUNCTION_LINES_MAX,
                advice,
            );
        }
    }

    fn measure(&mut self, path: &str, line: usize, key: String, lines: usize, max: usize, advice: &str) {
        if lines <= max {
            return;
        }
        match self.exceptions.get(&key) {
            None => {
                let advice = format!("{lines} lines, at most {max}: {advice}");
                self.findings.push(Finding::new(path, line, "size", advice));
            }
            Some(excuse) if excuse.lines < lines => {
                let advice = format!(
                    "{lines} lines, excused up to {}: the list may only shrink",
                    excuse.lines
                );
                self.findings.push(Finding::new(path, line, "size", advice));
            }
            Some(excuse) if excuse.lines > lines => {
                let advice = format!("`{key}` has only {lines} lines now: lower its number");
                self.findings
                    .push(Finding::new(LIST, excuse.listed_at, "size", advice));
            }
            Some(_) => {}
        }
        self.used.push(key);
    }

    fn leftovers(&mut self) {
        for (key, excuse) in self.exceptions {
            if !self.used.contains(key) {
                let advice = format!("`{key}` needs no excuse any more: remove the line");
                self.findings
                    .push(Finding::new(LIST, excuse.listed_at, "size", advice));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::exceptions::Excuse;

    fn file_of(lines: usize) -> SourceFile {
        SourceFile::new("a.rs", &"//\n".repeat(lines))
    }

    fn found(lines: usize, excused: Option<usize>) -> Vec<String> {
        let excuse = excused.map(|lines| (String::from("a.rs"), Excuse { lines, listed_at: 7 }));
        let exceptions = excuse.into_iter().collect();
        check(&[file_of(lines)], &exceptions)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_file_at_the_limit_passes_and_one_above_does_not() {
        assert!(found(FILE_LINES_MAX, None).is_empty());
        assert!(found(FILE_LINES_MAX + 1, None)[0].starts_with("a.rs:1: [size] 501 lines, at most 500"));
    }

    #[test]
    fn an_exception_holds_exactly_and_may_only_shrink() {
        assert!(found(600, Some(600)).is_empty());
        assert!(found(601, Some(600))[0].contains("excused up to 600"));
        assert!(found(599, Some(600))[0].starts_with("xtask/tidy-exceptions.txt:7"));
        assert!(found(10, Some(600))[0].contains("remove the line"));
    }

    #[test]
    fn a_long_function_is_told_with_its_line() {
        let text = format!("//! x\nfn long() {{\n{}}}\n", "a();\n".repeat(FUNCTION_LINES_MAX));
        let findings = check(&[SourceFile::new("a.rs", &text)], &Exceptions::new());
        assert_eq!(findings.len(), 1);
        assert_eq!((findings[0].line, findings[0].rule), (2, "size"));
    }
}
