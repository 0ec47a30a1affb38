//! What a package must hold, and that it sells: unpacked into a folder, or installed.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::command::Step;
use crate::house::House;
use crate::window;

/// The package's name on a Debian machine.
const NAME: &str = "suanpan";
/// Without these the window, or its Chinese text, stays empty.
const DEPENDS: [&str; 3] = ["libwebkit2gtk-4.1-0", "libgtk-3-0", "fonts-noto-cjk"];
/// What a person starts, what practice needs beside it, and what the desktop shows of it.
const FILES: [&str; 4] = [
    "usr/bin/suanpan",
    "usr/bin/suanpan-practice",
    "usr/share/applications/suanpan.desktop",
    "usr/share/icons/hicolor/128x128/apps/suanpan.png",
];
/// Lines of the entry in the desktop's menu.
const ENTRY: [&str; 3] = ["Name[zh_CN]=算盘", "Exec=suanpan", "Icon=suanpan"];

/// Looks into the package and sells with what is in it.
///
/// # Errors
/// What is missing, or what did not work.
pub fn run(house: &House, package: &Path, install: bool) -> Result<()> {
    let package_text = package
        .to_str()
        .context("the package's path is readable as text")?;
    look_inside(house, package_text)?;
    if install {
        return installed(house, package_text);
    }
    let unpacked = tempfile::tempdir()?;
    let folder = unpacked.path().to_string_lossy().into_owned();
    Step::program(house, "dpkg-deb")
        .arguments(["--extract", package_text, &folder])
        .run()?;
    read_entry(&unpacked.path().join("usr/share/applications/suanpan.desktop"))?;
    window::sells_with(house, &unpacked.path().join("usr/bin"))
}

fn look_inside(house: &House, package: &str) -> Result<()> {
    let depends = Step::program(house, "dpkg-deb")
        .arguments(["--field", package, "Depends"])
        .output()?;
    let missing = DEPENDS.iter().find(|name| !depends.contains(*name));
    ensure!(
        missing.is_none(),
        "the package does not ask for {missing:?}: {depends}"
    );
    let listed = Step::program(house, "dpkg-deb")
        .arguments(["--contents", package])
        .output()?;
    for file in FILES {
        let is_it = |line: &str| {
            let path = line.split_whitespace().last();
            path.is_some_and(|path| path.trim_start_matches("./") == file)
        };
        ensure!(
            listed.lines().any(is_it),
            "the package holds no {file}:\n{listed}"
        );
    }
    Ok(())
}

fn read_entry(file: &Path) -> Result<()> {
    let entry = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    for line in ENTRY {
        ensure!(
            entry.lines().any(|have| have == line),
            "the menu entry says no `{line}`:\n{entry}"
        );
    }
    Ok(())
}

/// Installs it, sells with it and takes it off again, whatever happened in between. A till that is installed already
/// belongs to somebody.
fn installed(house: &House, package: &str) -> Result<()> {
    let present = Step::program(house, "dpkg-query")
        .arguments(["--show", NAME])
        .output();
    ensure!(
        present.is_err(),
        "{NAME} is installed on this machine already; nothing was changed"
    );
    Step::program(house, "dpkg")
        .arguments(["--install", package])
        .run()?;
    let sold = read_entry(&PathBuf::from("/usr/share/applications/suanpan.desktop"))
        .and_then(|()| window::sells_with(house, Path::new("/usr/bin")));
    Step::program(house, "dpkg").arguments(["--purge", NAME]).run()?;
    ensure!(
        !Path::new("/usr/bin/suanpan").exists() && !Path::new("/usr/bin/suanpan-practice").exists(),
        "something of the package stayed on the machine"
    );
    sold
}
