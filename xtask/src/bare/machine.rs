//! What the empty machine gets of this one: Rust, Node and the way to the network. All of it is copied.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::Step;
use crate::house::House;

/// Folders of the Rust tool chain that build; its documentation is bigger than all of them.
const RUST_PARTS: &[&str] = &["bin", "lib", "libexec"];
/// The certificates this machine trusts, as most systems keep them.
const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";
/// Inside the empty machine, beside its own, so that installing its packages does not replace them.
const CERTIFICATES_INSIDE: &str = "/etc/ssl/this-network.crt";
/// Programs find other certificates than the system's by these.
const CERTIFICATE_VARIABLES: &[&str] = &[
    "SSL_CERT_FILE",
    "CARGO_HTTP_CAINFO",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
];
/// How a machine behind a proxy says so.
const NETWORK_VARIABLES: &[&str] = &[
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
];

/// Copies the tool chain that builds this repository.
///
/// # Errors
/// When rustc does not say where it is, or the copy fails.
pub fn add_rust(house: &House, root: &Path) -> Result<()> {
    let from = Step::program(house, "rustc")
        .arguments(["--print", "sysroot"])
        .output()?;
    let from = PathBuf::from(from.trim());
    let to = root.join("opt/rust");
    fs::create_dir_all(&to)?;
    for part in RUST_PARTS
        .iter()
        .map(|part| from.join(part))
        .filter(|part| part.exists())
    {
        copy(house, &part, &to)?;
    }
    Ok(())
}

/// Copies node and npm.
///
/// # Errors
/// When node does not say where it is, or the copy fails.
pub fn add_node(house: &House, root: &Path) -> Result<()> {
    let node = Step::program(house, "node")
        .arguments(["--print", "process.execPath"])
        .output()?;
    let modules = Step::program(house, "npm")
        .arguments(["root", "--global"])
        .output()?;
    let programs = root.join("opt/node/bin");
    let libraries = root.join("opt/node/lib/node_modules");
    fs::create_dir_all(&programs)?;
    fs::create_dir_all(&libraries)?;
    copy(house, Path::new(node.trim()), &programs)?;
    copy(house, &Path::new(modules.trim()).join("npm"), &libraries)?;
    let npm = "../lib/node_modules/npm/bin/npm-cli.js";
    std::os::unix::fs::symlink(npm, programs.join("npm")).context("cannot link npm")
}

/// Copies names, certificates and apt's settings for the network.
///
/// # Errors
/// When a copy fails.
pub fn add_network(root: &Path) -> Result<()> {
    for file in ["etc/resolv.conf", "etc/hosts"] {
        let from = Path::new("/").join(file);
        if from.exists() {
            fs::copy(&from, root.join(file)).with_context(|| format!("cannot copy {}", from.display()))?;
        }
    }
    if Path::new(CERTIFICATES).exists() {
        fs::copy(
            CERTIFICATES,
            root.join(CERTIFICATES_INSIDE.trim_start_matches('/')),
        )?;
    }
    // Nothing that a package starts when it is installed belongs into the proof.
    fs::write(root.join("usr/sbin/policy-rc.d"), "#!/bin/sh\nexit 101\n")?;
    make_executable(&root.join("usr/sbin/policy-rc.d"))?;
    fs::write(root.join("etc/apt/apt.conf.d/90network"), apt_network_settings())?;
    Ok(())
}

/// The environment inside: nothing of this machine's but the way to the network.
pub fn environment() -> Vec<(String, String)> {
    let fixed = [
        (
            "PATH",
            "/opt/rust/bin:/opt/node/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ),
        ("HOME", "/srv/person"),
        ("LANG", "C.UTF-8"),
        ("DEBIAN_FRONTEND", "noninteractive"),
    ];
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let mut all: Vec<_> = fixed.into_iter().map(own).collect();
    if Path::new(CERTIFICATES).exists() {
        all.extend(
            CERTIFICATE_VARIABLES
                .iter()
                .map(|name| own((name, CERTIFICATES_INSIDE))),
        );
    }
    let handed = NETWORK_VARIABLES
        .iter()
        .filter_map(|name| Some((name.to_string(), env::var(name).ok()?)));
    all.extend(handed);
    all
}

/// Where this machine gets its Debian packages.
#[derive(Debug, Default, PartialEq)]
pub struct AptSources {
    /// The archive; debootstrap knows one when this machine names none.
    pub main: Option<String>,
    /// The archive of security updates.
    pub security: Option<String>,
}

impl AptSources {
    /// Lines for apt beside the one debootstrap writes.
    pub fn more_lines(&self, suite: &str) -> String {
        let updates = self
            .main
            .iter()
            .map(|uri| format!("deb {uri} {suite}-updates main\n"));
        let security = self
            .security
            .iter()
            .map(|uri| format!("deb {uri} {suite}-security main\n"));
        updates.chain(security).collect()
    }
}

/// Reads this machine's apt sources, both in the old and in the new form.
pub fn apt_sources() -> AptSources {
    let mut text = fs::read_to_string("/etc/apt/sources.list").unwrap_or_default();
    let Ok(folder) = fs::read_dir("/etc/apt/sources.list.d") else {
        return sources_in(&text);
    };
    for path in folder.flatten().map(|entry| entry.path()) {
        text.push('\n');
        text.push_str(&fs::read_to_string(path).unwrap_or_default());
    }
    sources_in(&text)
}

fn sources_in(text: &str) -> AptSources {
    let mut sources = AptSources::default();
    for line in text
        .lines()
        .filter(|line| line.starts_with("URIs:") || line.starts_with("deb "))
    {
        for word in line.split_whitespace().map(|word| word.trim_end_matches('/')) {
            if word.ends_with("/debian") {
                sources.main.get_or_insert_with(|| word.to_owned());
            } else if word.ends_with("/debian-security") {
                sources.security.get_or_insert_with(|| word.to_owned());
            }
        }
    }
    sources
}

/// Proxies and the like; a machine with a wrong clock also says here that dates are not to be checked.
fn apt_network_settings() -> String {
    let Ok(folder) = fs::read_dir("/etc/apt/apt.conf.d") else {
        return String::new();
    };
    let texts = folder
        .flatten()
        .filter_map(|entry| fs::read_to_string(entry.path()).ok());
    let lines: Vec<String> = texts
        .flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let single =
        |line: &&String| line.trim_start().starts_with("Acquire::") && line.trim_end().ends_with(';');
    lines
        .iter()
        .filter(single)
        .map(|line| format!("{}\n", line.trim()))
        .collect()
}

fn copy(house: &House, from: &Path, into: &Path) -> Result<()> {
    let (from, into) = (from.to_string_lossy(), into.to_string_lossy());
    Step::program(house, "cp")
        .arguments(["--archive", "--no-preserve=ownership", &from, &into])
        .run()
}

fn make_executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("{}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_found_in_both_forms() {
        let found = AptSources {
            main: Some(String::from("http://a.example/debian")),
            security: Some(String::from("http://b.example/debian-security")),
        };
        let new = "URIs: http://a.example/debian/\nSuites: x\n\nURIs: http://b.example/debian-security\n";
        let old = "# deb http://c.example/debian x\ndeb http://a.example/debian x main\n\
                   deb http://b.example/debian-security x main\n";
        assert_eq!(sources_in(new), found);
        assert_eq!(sources_in(old), found);
        assert_eq!(
            sources_in("deb http://d.example/other x main\n"),
            AptSources::default()
        );
    }

    #[test]
    fn updates_come_from_the_same_archive() {
        let sources = AptSources {
            main: Some(String::from("http://a.example/debian")),
            security: None,
        };
        assert_eq!(
            sources.more_lines("x"),
            "deb http://a.example/debian x-updates main\n"
        );
        assert_eq!(AptSources::default().more_lines("x"), "");
    }
}
