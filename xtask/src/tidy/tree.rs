//! The repository's text files, as the rules see them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::tidy::blank;

/// Folders that hold nothing written by hand.
const SKIPPED_FOLDERS: &[&str] = &[
    "target",
    "node_modules",
    "dist",
    "gen",
    "generated",
    ".git",
    ".suanpan",
];
/// Files written by tools, or whose words are not ours.
const SKIPPED_FILES: &[&str] = &["Cargo.lock", "package-lock.json", "LICENSE"];
const TEXT_ENDINGS: &[&str] = &[
    "rs", "ts", "svelte", "css", "html", "sql", "toml", "md", "json", "svg", "txt", "yml", "yaml",
];
/// Scripts have no ending.
const SCRIPTS: &[&str] = &["x", ".ci/run"];

/// One text file.
pub struct SourceFile {
    /// Path from the repository's folder, with forward slashes.
    pub path: String,
    /// As it stands.
    pub text: String,
    /// Comments and the insides of strings replaced by spaces, line for line; only for code.
    pub code: String,
    /// The first line that is a test, counted from 1; none when no line is.
    pub tests_from: Option<usize>,
}

impl SourceFile {
    /// Prepares a text for the rules.
    pub fn new(path: &str, text: &str) -> Self {
        let code = match ending(path) {
            "rs" => blank::rust(text),
            "ts" => blank::typescript(text),
            "svelte" => blank::typescript(&blank::only_script(text)),
            _ => String::new(),
        };
        let tests_from = if is_test_path(path) {
            Some(1)
        } else {
            first_test_line(&code)
        };
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            code,
            tests_from,
        }
    }

    /// Whether a line, counted from 1, is only compiled for tests.
    pub fn is_test(&self, line: usize) -> bool {
        self.tests_from.is_some_and(|first| first <= line)
    }

    /// The part of the name after the last dot, or nothing.
    pub fn ending(&self) -> &str {
        ending(&self.path)
    }

    /// Whether it is the file of a module or lies in the module's folder.
    pub fn is_in_module(&self, module: &str) -> bool {
        let rest = self.path.strip_prefix(module);
        rest.is_some_and(|rest| rest.is_empty() || rest == ".rs" || rest.starts_with('/'))
    }
}

/// Reads every text file of the repository, in the order of their paths.
///
/// # Errors
/// When a folder or a file cannot be read as text.
pub fn read(root: &Path) -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let path = entry?.path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            if path.is_dir() && !path.is_symlink() {
                if !SKIPPED_FOLDERS.contains(&name) {
                    open.push(path);
                }
                continue;
            }
            let inside = path
                .strip_prefix(root)
                .context("a listed file lies in the repository")?;
            let inside = inside.to_string_lossy().replace('\\', "/");
            let is_text = TEXT_ENDINGS.contains(&ending(&inside)) || SCRIPTS.contains(&inside.as_str());
            if is_text && !SKIPPED_FILES.contains(&name) {
                let text =
                    fs::read_to_string(&path).with_context(|| format!("{inside} is not readable text"))?;
                files.push(SourceFile::new(&inside, &text));
            }
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    mark_test_modules(&mut files);
    Ok(files)
}

/// A file that its parent declares only for tests is a test from its first line.
fn mark_test_modules(files: &mut [SourceFile]) {
    let modules: Vec<String> = files.iter().flat_map(test_modules).collect();
    for file in files
        .iter_mut()
        .filter(|file| modules.iter().any(|module| file.is_in_module(module)))
    {
        file.tests_from = Some(1);
    }
}

/// Paths, without ending, of the modules declared right after `#[cfg(test)]`.
fn test_modules(file: &SourceFile) -> Vec<String> {
    let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
    let beside = matches!(name, "lib.rs" | "main.rs" | "mod.rs");
    let base = if beside {
        folder
    } else {
        file.path.trim_end_matches(".rs")
    };
    let declared = file.code.split("#[cfg(test)]").skip(1).filter_map(|rest| {
        let name = rest
            .trim_start()
            .trim_start_matches("pub(crate) ")
            .strip_prefix("mod ")?
            .split_once(';')?
            .0;
        name.chars()
            .all(|c| c.is_alphanumeric() || c == '_')
            .then(|| format!("{base}/{name}"))
    });
    declared.collect()
}

fn first_test_line(code: &str) -> Option<usize> {
    let inside = |line: &str| line.trim_start().starts_with("mod tests {");
    let lines: Vec<&str> = code.lines().collect();
    lines
        .windows(2)
        .position(|pair| pair[0].contains("#[cfg(test)]") && inside(pair[1]))
        .map(|at| at + 1)
}

fn is_test_path(path: &str) -> bool {
    path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs")
}

fn ending(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_its_file_or_its_folder() {
        let within = |path| SourceFile::new(path, "").is_in_module("crates/till/src/store");
        assert!(within("crates/till/src/store.rs"));
        assert!(within("crates/till/src/store/open.rs"));
        assert!(!within("crates/till/src/storeroom.rs"));
    }

    #[test]
    fn a_module_declared_for_tests_is_a_test_throughout() {
        let parent = SourceFile::new(
            "crates/a/src/lib.rs",
            "//! a\n#[cfg(test)]\nmod drawing;\nmod money;\n",
        );
        let child = |name: &str| SourceFile::new(&format!("crates/a/src/{name}.rs"), "//! b\n");
        let mut files = [parent, child("drawing"), child("money")];
        mark_test_modules(&mut files);
        assert_eq!(files.map(|file| file.is_test(1)), [false, true, false]);
    }

    #[test]
    fn tests_at_the_end_of_a_file_begin_at_their_mark() {
        let file = SourceFile::new(
            "crates/a/src/b.rs",
            "//! b\nfn c() {}\n#[cfg(test)]\nmod tests {\n}\n",
        );
        assert_eq!(file.tests_from, Some(3));
    }

    #[test]
    fn written_by_tools_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["target/a.rs", "src/b.rs", "Cargo.lock", "x", "picture.png"] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let paths: Vec<String> = read(folder.path())
            .unwrap()
            .into_iter()
            .map(|file| file.path)
            .collect();
        assert_eq!(paths, ["src/b.rs", "x"]);
    }
}
