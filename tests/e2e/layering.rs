//! Imports run downwards only: the rules of docs/design.md, compared with what cargo says of the workspace.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cargo_metadata::{DependencyKind, MetadataCommand, Package};
use toml_edit::{DocumentMut, Value};

/// Crates that other dependencies import too, so that deny.toml cannot name their importers, with the crates of the workspace that may.
const ONLY: &[(&str, &[&str])] = &[
    ("object_store", &["tollgate-lake", "tollgate-sources"]),
    ("arrow-array", &["tollgate-lake", "tollgate-sources"]),
    ("parquet", &["tollgate-lake", "tollgate-sources"]),
    ("anyhow", &["tollgate", "tollgate-policy-gate", "xtask"]),
    (
        "tokio",
        &[
            "tollgate-api",
            "tollgate-channels",
            "tollgate-lake",
            "tollgate-ledger",
            "tollgate-sources",
            "tollgate-pipeline",
            "tollgate",
            "tollgate-ingest",
            "tollgate-detect",
            "tollgate-budgets",
            "tollgate-notify",
            "tollgate-slack",
            "tollgate-api-function",
            "tollgate-advise",
            "tollgate-remediate",
            "tollgate-wiring",
            "tollgate-prices",
            "tollgate-policy-gate",
        ],
    ),
    (
        "reqwest",
        &[
            "tollgate-channels",
            "tollgate-cloud",
            "tollgate-identity",
            "tollgate-sources",
            "tollgate-wiring",
            "tollgate-prices",
            "tollgate-policy-gate",
        ],
    ),
    ("axum", &["tollgate", "tollgate-api"]),
    ("hmac", &["tollgate-channels", "tollgate-model"]),
    ("sha2", &["tollgate-model", "tollgate-channels", "xtask"]),
    ("clap", &["tollgate", "tollgate-policy-gate", "xtask"]),
];

/// The packages of the workspace.
fn packages() -> Vec<Package> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap().packages
}

/// The rules of deny.toml: each crate with those that may import it.
fn wrappers() -> BTreeMap<String, BTreeSet<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deny.toml");
    let document: DocumentMut = std::fs::read_to_string(path).unwrap().parse().unwrap();
    let rules = document["bans"]["deny"].as_array().unwrap().iter().map(|rule| rule.as_inline_table().unwrap());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rules
        .filter_map(|rule| {
            let wrappers = rule.get("wrappers")?.as_array().unwrap();
            Some((text(&rule["crate"]), wrappers.iter().map(text).collect()))
        })
        .collect()
}

/// cargo-deny refuses what deny.toml does not allow. Here: it has a rule for each crate, and allows nothing that nobody uses.
#[test]
fn each_crate_has_its_importers_in_the_rules_and_no_others() {
    let packages = packages();
    let (members, wrappers) = (packages.iter().map(|p| p.name.to_string()).collect::<BTreeSet<_>>(), wrappers());
    let importers = |name: &str| -> BTreeSet<String> {
        let imports = |p: &&Package| p.dependencies.iter().any(|d| d.name == name);
        packages.iter().filter(imports).map(|p| p.name.to_string()).collect()
    };
    // Every crate may import the model.
    for name in members.iter().filter(|name| *name != "tollgate-model" && !importers(name).is_empty()) {
        assert!(wrappers.contains_key(name), "deny.toml has no rule for {name}");
    }
    for (name, allowed) in &wrappers {
        let of_workspace: BTreeSet<String> = allowed.intersection(&members).cloned().collect();
        assert_eq!(of_workspace, importers(name), "importers of {name}: allowed and actual");
    }
}

#[test]
fn crates_that_many_import_are_imported_where_they_belong() {
    let mut wrong = Vec::new();
    for package in packages() {
        for dependency in package.dependencies.iter().filter(|d| d.kind != DependencyKind::Development) {
            if let Some((_, only)) = ONLY.iter().find(|(n, _)| *n == dependency.name)
                && !only.contains(&package.name.as_str())
            {
                wrong.push(format!(
                    "{} imports {}, which belongs in {}",
                    package.name,
                    dependency.name,
                    only.join(", ")
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_dependency_is_declared_once_in_the_workspace() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut manifests: Vec<_> =
        ["cli", "policy-gate", "xtask", "tests"].iter().map(|name| root.join(name).join("Cargo.toml")).collect();
    for folder in ["crates", "functions"] {
        let entries = std::fs::read_dir(root.join(folder)).unwrap().flatten();
        manifests.extend(entries.map(|e| e.path().join("Cargo.toml")));
    }
    for path in manifests {
        let text = std::fs::read_to_string(&path).unwrap();
        let versions: Vec<&str> = text
            .lines()
            .filter(|l| l.contains("version = \"") || l.contains(" = \"0.") || l.contains(" = \"1"))
            .collect();
        assert!(versions.is_empty(), "{}: {versions:?}", path.display());
    }
}

/// A function is wiring and one handler: it may use whatever the wiring can, and nothing of the domain's rules.
#[test]
fn functions_have_the_same_features_and_no_rule_of_the_domain() {
    for package in packages().iter().filter(|p| p.manifest_path.as_str().contains("/functions/")) {
        let names: BTreeSet<&str> = package.dependencies.iter().map(|d| d.name.as_str()).collect();
        assert!(names.contains("tollgate-wiring"), "{} is wired by hand", package.name);
        for rule in ["tollgate-analysis", "tollgate-policy", "tollgate-lake"] {
            assert!(!names.contains(rule), "{} imports {rule}", package.name);
        }
        assert!(package.features.is_empty(), "{} has features of its own", package.name);
    }
}
