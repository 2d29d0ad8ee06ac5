//! AWS Organizations tag policies: the documents from the root down become one `tag_policy`.
//!
//! The operators are those of AWS: `@@assign` replaces the inherited value, `@@append` adds to it, `@@remove` removes from it.
//! An AWS tag policy does not require a tag to be present, so nothing is required.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value as Json;

use crate::hcl_text::{quoted, quoted_list};

/// A converted policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// A block of `tollgate.hcl`.
    pub text: String,
    /// Notes about what was not converted.
    pub notes: Vec<String>,
}

/// Why a document is not imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {message}")]
pub struct OrganizationsError {
    file: String,
    message: String,
}

#[derive(Default)]
struct Tag {
    key: String,
    values: Vec<String>,
    enforced: Vec<String>,
    required: Vec<String>,
}

/// Terraform types of the resource types in AWS tag policies.
const TYPES: &[(&str, &[&str])] = &[
    ("ec2:instance", &["aws_instance"]),
    ("ec2:volume", &["aws_ebs_volume"]),
    ("ec2:snapshot", &["aws_ebs_snapshot"]),
    ("ec2:vpc", &["aws_vpc"]),
    ("ec2:subnet", &["aws_subnet"]),
    ("ec2:natgateway", &["aws_nat_gateway"]),
    ("ec2:elastic-ip", &["aws_eip"]),
    ("rds:db", &["aws_db_instance"]),
    ("rds:cluster", &["aws_rds_cluster"]),
    ("s3:bucket", &["aws_s3_bucket"]),
    ("dynamodb:table", &["aws_dynamodb_table"]),
    ("lambda:function", &["aws_lambda_function"]),
    ("ecs:cluster", &["aws_ecs_cluster"]),
    ("ecs:service", &["aws_ecs_service"]),
    ("eks:cluster", &["aws_eks_cluster"]),
    ("elasticache:cluster", &["aws_elasticache_cluster", "aws_elasticache_replication_group"]),
    ("redshift:cluster", &["aws_redshift_cluster"]),
    ("secretsmanager:secret", &["aws_secretsmanager_secret"]),
    ("sns:topic", &["aws_sns_topic"]),
    ("sqs:queue", &["aws_sqs_queue"]),
    ("kms:key", &["aws_kms_key"]),
];

/// Converts documents, the one of the root first. Each is a name and a text.
///
/// # Errors
///
/// When a document is not a tag policy.
pub fn import(name: &str, documents: &[(String, String)]) -> Result<Imported, OrganizationsError> {
    let mut out = Imported::default();
    let mut tags: BTreeMap<String, Tag> = BTreeMap::new();
    for (file, text) in documents {
        let fault = |message: &str| OrganizationsError { file: file.clone(), message: message.to_owned() };
        let json: Json =
            serde_json::from_str(text).map_err(|e| fault(&format!("{}:{}: is no JSON", e.line(), e.column())))?;
        let found =
            json.get("tags").and_then(Json::as_object).ok_or_else(|| fault("has no `tags`, so it is no tag policy"))?;
        for (id, said) in found {
            let tag = tags.entry(id.to_lowercase()).or_insert_with(|| Tag { key: id.clone(), ..Tag::default() });
            if let Some(key) = said.pointer("/tag_key/@@assign").and_then(Json::as_str) {
                key.clone_into(&mut tag.key);
            }
            operate(said.get("tag_value"), &mut tag.values);
            operate(said.get("enforced_for"), &mut tag.enforced);
            operate(said.get("report_required_tag_for"), &mut tag.required);
        }
    }
    for (at, tag) in tags.into_values().enumerate() {
        let policy = if at == 0 { name.to_owned() } else { format!("{name}-{}", plain(&tag.key)) };
        out.text += &block(&policy, &tag, &mut out.notes);
    }
    Ok(out)
}

/// Applies the operators of a level to the inherited values.
fn operate(said: Option<&Json>, list: &mut Vec<String>) {
    let texts = |operator: &str| -> Option<Vec<String>> {
        let value = said?.get(operator)?;
        Some(match value {
            Json::String(one) => vec![one.clone()],
            other => other.as_array()?.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        })
    };
    if let Some(assigned) = texts("@@assign") {
        *list = assigned;
    }
    if let Some(more) = texts("@@append") {
        list.extend(more);
    }
    if let Some(fewer) = texts("@@remove") {
        list.retain(|v| !fewer.contains(v));
    }
    list.dedup();
}

fn block(name: &str, tag: &Tag, notes: &mut Vec<String>) -> String {
    let mut out = String::new();
    let scope: Vec<String> = types(tag.enforced.iter().chain(&tag.required), notes);
    // Writing to text does not fail.
    let _ = writeln!(out, "tag_policy {} {{", quoted(name));
    let _ = writeln!(out, "  providers   = [\"aws\", \"awscc\"]");
    if !scope.is_empty() {
        let _ = writeln!(out, "  types       = {}", quoted_list(&scope));
    }
    // AWS refuses what is enforced and reports the rest.
    let _ = writeln!(out, "  enforcement = \"{}\"", if tag.enforced.is_empty() { "advisory" } else { "hard" });
    let _ = writeln!(out, "\n  tag {} {{", quoted(&tag.key));
    let _ = writeln!(out, "    required = {}", !tag.required.is_empty());
    if !tag.values.is_empty() {
        let _ = writeln!(out, "    values   = {}", quoted_list(&tag.values));
    }
    let _ = writeln!(out, "    empty    = true\n  }}\n}}\n");
    out
}

fn types<'t>(named: impl Iterator<Item = &'t String>, notes: &mut Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for name in named {
        let service = name.split(':').next().unwrap_or_default();
        match TYPES.iter().find(|(n, _)| n == name) {
            Some((_, known)) => out.extend(known.iter().map(|t| (*t).to_owned())),
            None if name.ends_with(":*") || name.ends_with(":ALL_SUPPORTED") => {
                let of_service = TYPES.iter().filter(|(n, _)| n.starts_with(&format!("{service}:")));
                let known: Vec<String> = of_service.flat_map(|(_, t)| t.iter().map(|t| (*t).to_owned())).collect();
                out.extend(if known.is_empty() { vec![format!("aws_{service}_*")] } else { known });
            }
            None => notes.push(format!("note: no Terraform type is known for `{name}`; add it to `types` by hand")),
        }
    }
    out.sort();
    out.dedup();
    out
}

fn plain(key: &str) -> String {
    key.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_from_the_root_down_are_one_policy() {
        let root = r#"{"tags": {"costcenter": {"tag_key": {"@@assign": "CostCenter"},
            "tag_value": {"@@assign": ["100", "200"]}, "enforced_for": {"@@assign": ["ec2:instance", "odd:thing"]}},
            "project": {"tag_key": {"@@assign": "Project"}}}}"#;
        let child = r#"{"tags": {"costcenter": {"tag_value": {"@@append": ["300*"], "@@remove": ["100"]}}}}"#;
        let documents = [("root.json".to_owned(), root.to_owned()), ("ou.json".to_owned(), child.to_owned())];
        let imported = import("organization", &documents).unwrap();
        insta::assert_snapshot!(format!("{}{}", imported.text, imported.notes.join("\n")));
        let policy = tollgate_policy::Policy::parse("imported", &imported.text).unwrap();
        assert_eq!(policy.tag_policies.len(), 2);
        assert!(import("x", &[("f".to_owned(), "{}".to_owned())]).is_err());
    }
}
