//! `cargo xtask facts`: the table of taggable types, from the providers' own schemas.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use crate::run::root;

/// Attributes that hold tags, in order of preference: `labels` beside `user_labels` are not tags.
const ATTRIBUTES: [&str; 5] = ["tags", "tag", "user_labels", "settings.user_labels", "labels"];

/// A type that puts a tag on a group and has no tags itself.
const NOT: [&str; 1] = ["aws_autoscaling_group_tag"];

pub(crate) fn write(from: &[PathBuf], date: &str) -> anyhow::Result<()> {
    let mut types: BTreeMap<String, &'static str> = BTreeMap::new();
    for path in from {
        let found = if path.is_dir() { lists(path)? } else { schema(path)? };
        ensure!(!found.is_empty(), "{}: no type takes tags", path.display());
        println!("{}: {} types", path.display(), found.len());
        types.extend(found);
    }
    types.retain(|kind, _| !NOT.contains(&kind.as_str()));
    let mut text = format!(
        "# Terraform types and the attribute in which they take tags, from the providers' schemas (Apache-2.0), {date}.\n# Made by `cargo xtask facts`; not to be edited by hand.\n"
    );
    for (kind, attribute) in &types {
        text += &format!("{kind}\t{attribute}\n");
    }
    let target = root().join("policy-gate/facts/taggable.tsv");
    std::fs::write(&target, text).with_context(|| target.display().to_string())?;
    println!("{}: {} types", target.display(), types.len());
    Ok(())
}

/// `aws.tags.json`: an object whose keys are the types with the attribute `tags`.
fn lists(folder: &Path) -> anyhow::Result<BTreeMap<String, &'static str>> {
    let mut out = BTreeMap::new();
    for entry in std::fs::read_dir(folder)?.flatten() {
        let name = entry.file_name().into_string().unwrap_or_default();
        let Some((_, written)) = name.trim_end_matches(".json").split_once('.') else { continue };
        let written = match written {
            "tag_block" => "tag",
            "settings_user_labels" => "settings.user_labels",
            other => other,
        };
        let Some(attribute) = ATTRIBUTES.into_iter().find(|a| *a == written) else { continue };
        for kind in json(&entry.path())?.as_object().into_iter().flatten().map(|(kind, _)| kind.clone()) {
            keep(&mut out, kind, attribute);
        }
    }
    Ok(out)
}

/// `terraform providers schema -json`.
fn schema(path: &Path) -> anyhow::Result<BTreeMap<String, &'static str>> {
    let json = json(path)?;
    let Some(providers) = json["provider_schemas"].as_object() else {
        bail!("{}: is no output of `terraform providers schema -json`", path.display());
    };
    let mut out = BTreeMap::new();
    for (kind, schema) in providers.values().flat_map(|p| p["resource_schemas"].as_object().into_iter().flatten()) {
        let block = &schema["block"];
        // A network's tags are a list, which is no map of tags.
        let map = |block: &Value, name: &str| block["attributes"][name]["type"][0] == "map";
        let settings = &block["block_types"]["settings"]["block"];
        let attribute = match kind {
            _ if map(block, "tags") => "tags",
            _ if block["block_types"]["tag"].is_object() => "tag",
            _ if map(block, "user_labels") => "user_labels",
            _ if map(settings, "user_labels") => "settings.user_labels",
            _ if map(block, "labels") => "labels",
            _ => continue,
        };
        keep(&mut out, kind.clone(), attribute);
    }
    Ok(out)
}

/// Of two attributes of a type, the first of the list counts.
fn keep(out: &mut BTreeMap<String, &'static str>, kind: String, attribute: &'static str) {
    let rank = |a: &str| ATTRIBUTES.iter().position(|known| *known == a);
    let entry = out.entry(kind).or_insert(attribute);
    if rank(attribute) < rank(entry) {
        *entry = attribute;
    }
}

fn json(path: &Path) -> anyhow::Result<Value> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    serde_json::from_str(&text).with_context(|| path.display().to_string())
}
