//! Which crate may depend on which, and who may ask for which library: read from `cargo metadata`.

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::command::Step;
use crate::house::House;
use crate::tidy::finding::Finding;

const RULE: &str = "direction";
/// What each of our crates may know of the others. Whoever is not here may know none.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("suanpan-wire", &["suanpan-domain"]),
    ("suanpan-till", &["suanpan-wire", "suanpan-domain"]),
    ("suanpan-channels", &["suanpan-domain"]),
    (
        "suanpan-trade",
        &[
            "suanpan-channels",
            "suanpan-subscriber",
            "suanpan-wire",
            "suanpan-domain",
        ],
    ),
    ("suanpan-subscriber", &["suanpan-wire"]),
    ("suanpan-sandbox", &["suanpan-domain"]),
    (
        "suanpan-bridge",
        &["suanpan-till", "suanpan-wire", "suanpan-domain"],
    ),
    (
        "suanpan-practice",
        &["suanpan-sandbox", "suanpan-trade", "suanpan-domain"],
    ),
    (
        "suanpan-desk",
        &[
            "suanpan-practice",
            "suanpan-till",
            "suanpan-wire",
            "suanpan-domain",
        ],
    ),
    (
        "suanpan",
        &["suanpan-desk", "suanpan-till", "suanpan-wire", "suanpan-domain"],
    ),
];
/// Know nothing of ours; whoever tests or measures may start one.
const PRIVATE_SERVERS: &[&str] = &["suanpan-private-postgres", "suanpan-private-rabbitmq"];
/// The tests look at everything, from outside.
const TESTS: &str = "suanpan-tests";
/// The developer's commands open the practice shop.
const DEVELOPER: &str = "xtask";
/// The domain decides and nothing else: with these it could read, wait, guess or be sent somewhere.
const NOT_IN_DOMAIN: &[&str] = &[
    "serde",
    "serde_json",
    "ts-rs",
    "tokio",
    "rusqlite",
    "reqwest",
    "axum",
    "uuid",
    "rand",
    "tracing",
    "aws-lc-rs",
];
/// Libraries that belong to certain crates.
const BELONGS_TO: &[(&str, &[&str])] = &[
    ("tauri", &["suanpan"]),
    ("tauri-build", &["suanpan"]),
    (
        "rusqlite",
        &["suanpan-till", "suanpan-trade", "suanpan-subscriber"],
    ),
    ("lapin", &["suanpan-trade", "suanpan-subscriber"]),
    ("reqwest", &["suanpan-till", "suanpan-trade", "suanpan-sandbox"]),
    ("axum", &["suanpan-trade", "suanpan-sandbox", "suanpan-bridge"]),
    (
        "axum-server",
        &["suanpan-trade", "suanpan-sandbox", "suanpan-bridge"],
    ),
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: String,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
    path: Option<String>,
}

/// Findings about dependencies that point where they may not.
///
/// # Errors
/// When cargo cannot describe the workspace.
pub fn check(house: &House) -> Result<Vec<Finding>> {
    let described = Step::cargo(house)
        .arguments(["metadata", "--no-deps", "--format-version", "1"])
        .output()?;
    let metadata: Metadata = serde_json::from_str(&described).context("cargo metadata is not as expected")?;
    Ok(metadata
        .packages
        .iter()
        .flat_map(|package| of_package(package, &metadata.workspace_root))
        .collect())
}

fn of_package(package: &Package, root: &str) -> Vec<Finding> {
    let manifest = package
        .manifest_path
        .strip_prefix(root)
        .unwrap_or(&package.manifest_path);
    let manifest = manifest.trim_start_matches(['/', '\\']);
    let complaints = package
        .dependencies
        .iter()
        .filter_map(|dependency| complaint(&package.name, dependency));
    complaints
        .map(|advice| Finding::new(manifest, 1, RULE, advice))
        .collect()
}

fn complaint(package: &str, dependency: &Dependency) -> Option<String> {
    if package == TESTS {
        return None;
    }
    let name = dependency.name.as_str();
    let for_tests = dependency.kind.as_deref() == Some("dev");
    if dependency.path.is_some() {
        let allowed = MAY_KNOW
            .iter()
            .find(|(who, _)| *who == package)
            .map_or(&[] as &[&str], |(_, known)| *known);
        let known =
            allowed.contains(&name) || PRIVATE_SERVERS.contains(&name) && (for_tests || package == DEVELOPER);
        return (!known)
            .then(|| format!("{package} may not know {name}; see docs/ARCHITECTURE.md, Directions"));
    }
    if package == "suanpan-domain" && !for_tests && NOT_IN_DOMAIN.contains(&name) {
        return Some(format!(
            "the domain is pure: hand it what it needs instead of {name}"
        ));
    }
    let (_, owners) = BELONGS_TO.iter().find(|(library, _)| *library == name)?;
    let owned = for_tests || owners.contains(&package);
    (!owned).then(|| {
        format!(
            "{name} belongs to {}; ask one of them for what you need",
            owners.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(name: &str) -> Dependency {
        Dependency {
            name: name.to_owned(),
            kind: None,
            path: Some(String::from("somewhere")),
        }
    }

    fn library(name: &str, kind: Option<&str>) -> Dependency {
        Dependency {
            name: name.to_owned(),
            kind: kind.map(str::to_owned),
            path: None,
        }
    }

    #[test]
    fn till_and_centre_know_domain_and_wire_and_not_each_other() {
        assert_eq!(complaint("suanpan-till", &ours("suanpan-wire")), None);
        assert!(complaint("suanpan-till", &ours("suanpan-trade")).is_some());
        assert!(complaint("suanpan-trade", &ours("suanpan-till")).is_some());
        assert!(complaint("suanpan-sandbox", &ours("suanpan-channels")).is_some());
        assert!(complaint("suanpan-domain", &ours("suanpan-wire")).is_some());
        assert_eq!(complaint("suanpan-tests", &ours("suanpan-trade")), None);
        assert!(complaint("suanpan-trade", &ours("suanpan-private-postgres")).is_some());
    }

    #[test]
    fn libraries_stay_with_their_owners() {
        assert_eq!(complaint("suanpan", &library("tauri", None)), None);
        assert!(complaint("suanpan-bridge", &library("tauri", None)).is_some());
        assert!(complaint("suanpan-bridge", &library("rusqlite", None)).is_some());
        assert_eq!(
            complaint("suanpan-bridge", &library("rusqlite", Some("dev"))),
            None
        );
    }

    #[test]
    fn the_domain_is_pure_and_its_tests_need_not_be() {
        assert!(complaint("suanpan-domain", &library("serde", None)).is_some());
        assert_eq!(
            complaint("suanpan-domain", &library("serde_json", Some("dev"))),
            None
        );
        assert_eq!(complaint("suanpan-domain", &library("chrono", None)), None);
    }
}
