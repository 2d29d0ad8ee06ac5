//! Imports run downwards only: the design's rules, held over what cargo says.

use std::collections::BTreeSet;

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Each crate of the workspace with the crates of the workspace that it may import.
const MAY: &[(&str, &[&str])] = &[
    ("tollgate-model", &[]),
    ("tollgate-expression", &[]),
    ("tollgate-terraform", &["tollgate-expression", "tollgate-model"]),
    ("tollgate-policy", &["tollgate-model", "tollgate-expression"]),
    ("tollgate-prices", &["tollgate-model", "tollgate-expression"]),
    // The ledger behind a feature alone: to read budgets from the table.
    (
        "tollgate-policy-gate",
        &[
            "tollgate-model",
            "tollgate-policy",
            "tollgate-prices",
            "tollgate-expression",
            "tollgate-terraform",
            "tollgate-ledger",
        ],
    ),
    ("tollgate-analysis", &["tollgate-model"]),
    ("tollgate-cloud", &["tollgate-model"]),
    ("tollgate-actions", &["tollgate-model", "tollgate-cloud"]),
    ("tollgate-lake", &["tollgate-model", "tollgate-policy", "tollgate-analysis"]),
    ("tollgate-ledger", &["tollgate-model", "tollgate-policy", "tollgate-analysis"]),
    ("tollgate-sources", &["tollgate-model", "tollgate-policy", "tollgate-analysis"]),
    ("tollgate-channels", &["tollgate-model", "tollgate-policy", "tollgate-analysis"]),
    (
        "tollgate-pipeline",
        &[
            "tollgate-model",
            "tollgate-policy",
            "tollgate-analysis",
            "tollgate-prices",
            "tollgate-actions",
            "tollgate-channels",
            "tollgate-cloud",
            "tollgate-lake",
            "tollgate-ledger",
            "tollgate-sources",
        ],
    ),
    (
        "tollgate-wiring",
        &[
            "tollgate-model",
            "tollgate-policy",
            "tollgate-actions",
            "tollgate-channels",
            "tollgate-cloud",
            "tollgate-lake",
            "tollgate-ledger",
            "tollgate-sources",
            "tollgate-pipeline",
        ],
    ),
    ("tollgate-methods", &["tollgate-model", "tollgate-analysis"]),
    ("xtask", &[]),
];

/// Heavy or far-reaching crates with the crates of the workspace that may import them.
const ONLY: &[(&str, &[&str])] = &[
    ("datafusion", &["tollgate-lake"]),
    ("object_store", &["tollgate-lake", "tollgate-sources"]),
    ("rusqlite", &["tollgate-ledger"]),
    ("aws-sdk-costexplorer", &["tollgate-sources"]),
    ("aws-sdk-dynamodb", &["tollgate-ledger"]),
    ("aws-sdk-athena", &["tollgate-lake"]),
    ("aws-sdk-eventbridge", &["tollgate-channels"]),
    ("aws-sdk-organizations", &["tollgate-sources"]),
    ("aws-sdk-sesv2", &["tollgate-channels"]),
    ("aws-sdk-secretsmanager", &["tollgate-wiring"]),
    ("aws-sdk-sns", &["tollgate-channels"]),
    ("aws-sdk-sts", &["tollgate-wiring"]),
    ("aws_lambda_events", &["tollgate-wiring"]),
    ("aws-sdk-ec2", &["tollgate-cloud"]),
    ("aws-sdk-rds", &["tollgate-cloud"]),
    ("aws-sdk-s3", &["tollgate-cloud"]),
    ("aws-sdk-lambda", &["tollgate-cloud"]),
    ("aws-sdk-cloudwatch", &["tollgate-cloud"]),
    ("augurs", &["tollgate-methods"]),
    ("anofox-forecast", &["tollgate-methods"]),
    ("extended-isolation-forest", &["tollgate-methods"]),
    ("arrow", &["tollgate-lake", "tollgate-sources"]),
    ("parquet", &["tollgate-lake", "tollgate-sources"]),
    ("hcl-edit", &["tollgate-expression", "tollgate-policy", "tollgate-terraform", "tollgate-policy-gate"]),
    ("hcl-rs", &["tollgate-expression", "tollgate-policy", "tollgate-terraform"]),
    ("regorus", &["tollgate-policy-gate"]),
    ("anyhow", &["tollgate", "tollgate-policy-gate", "xtask"]),
    (
        "tokio",
        &[
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
            "tollgate-advise",
            "tollgate-remediate",
            "tollgate-wiring",
            "tollgate-prices",
            "tollgate-policy-gate",
        ],
    ),
    ("reqwest", &["tollgate-channels", "tollgate-cloud", "tollgate-wiring", "tollgate-prices", "tollgate-policy-gate"]),
    ("octocrab", &["tollgate-policy-gate"]),
    ("axum", &["tollgate"]),
    ("hmac", &["tollgate-channels"]),
    ("sha2", &["tollgate-model", "tollgate-channels"]),
    ("clap", &["tollgate", "tollgate-policy-gate", "xtask"]),
];

#[test]
fn imports_run_downwards_only() {
    let manifest = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap();
    let members: BTreeSet<&str> = metadata.packages.iter().map(|p| p.name.as_str()).collect();
    let mut wrong = Vec::new();
    for package in &metadata.packages {
        let name = package.name.as_str();
        let normal = package.dependencies.iter().filter(|d| d.kind != DependencyKind::Development);
        for dependency in normal {
            let used = dependency.name.as_str();
            if members.contains(used)
                && let Some((_, may)) = MAY.iter().find(|(n, _)| *n == name)
                && !may.contains(&used)
            {
                wrong.push(format!("{name} imports {used}, which lies beside or above it"));
            }
            if let Some((_, only)) = ONLY.iter().find(|(n, _)| *n == used)
                && !only.contains(&name)
            {
                wrong.push(format!("{name} imports {used}, which belongs in {}", only.join(", ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_dependency_is_declared_once_in_the_workspace() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
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
    let manifest = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap();
    for package in metadata.packages.iter().filter(|p| p.manifest_path.as_str().contains("/functions/")) {
        let names: BTreeSet<&str> = package.dependencies.iter().map(|d| d.name.as_str()).collect();
        assert!(names.contains("tollgate-wiring"), "{} is wired by hand", package.name);
        for rule in ["tollgate-analysis", "tollgate-policy", "tollgate-lake"] {
            assert!(!names.contains(rule), "{} imports {rule}", package.name);
        }
        assert!(package.features.is_empty(), "{} has features of its own", package.name);
    }
}
