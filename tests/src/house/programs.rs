//! The programs under test: those that stand beside the running test, built once when they are missing.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Each by its file name, which is also its package.
const PROGRAMS: [&str; 4] = [
    "suanpan-sandbox",
    "suanpan-trade",
    "suanpan-bridge",
    "suanpan-practice",
];

/// Path of a program.
///
/// # Panics
/// When it is missing and cannot be built.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(present_programs).join(name)
}

/// The folder with the built screens.
///
/// # Panics
/// When they are missing and cannot be built.
#[must_use]
pub fn screens() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(present_screens).clone()
}

/// Top folder of the sources.
#[must_use]
pub fn sources() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("the tests lie in the house").to_path_buf()
}

fn present_programs() -> PathBuf {
    let test = env::current_exe().expect("a running program has a path");
    let deps = test.parent().expect("a program lies in a folder");
    let folder = if deps.ends_with("deps") {
        deps.parent().expect("deps lies in the profile's folder")
    } else {
        deps
    };
    if !PROGRAMS.iter().all(|name| folder.join(name).exists()) {
        build_programs(folder);
    }
    folder.to_path_buf()
}

fn build_programs(folder: &Path) {
    let target = folder.parent().expect("a profile lies in the target folder");
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.arg("build").arg("--target-dir").arg(target);
    if folder.ends_with("release") {
        command.arg("--release");
    }
    for name in PROGRAMS {
        command.args(["--package", name]);
    }
    let built = command.current_dir(sources()).status();
    assert!(
        built.is_ok_and(|status| status.success()),
        "the programs under test cannot be built"
    );
}

fn present_screens() -> PathBuf {
    let folder = sources().join("ui/dist");
    if !folder.join("index.html").exists() {
        let built = Command::new("npm")
            .args(["run", "build"])
            .current_dir(sources())
            .status();
        assert!(
            built.is_ok_and(|status| status.success()),
            "the screens cannot be built"
        );
    }
    folder
}
