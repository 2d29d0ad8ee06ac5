//! Puts tags on a resource, or changes the values of its tags.

use serde_json::{Map, Value};
use tollgate_model::resource::OWN_TAGS;
use tollgate_model::{Effect, Resource, ResourceType, Risk};

use super::{ChangeKind, managed};
use crate::draft::{ChangeDraft, NotApplicable, act, action, not_applicable, tag_calls};

pub(super) const KIND: ChangeKind = ChangeKind {
    name: "tag",
    title: "Put tags on a resource",
    of: &ResourceType::ALL,
    risk: Risk::Low,
    deletes: false,
    calls: &[
        "ec2:CreateTags",
        "ec2:DeleteTags",
        "elasticloadbalancing:AddTags",
        "elasticloadbalancing:RemoveTags",
        "tag:TagResources",
        "tag:UntagResources",
        "rds:AddTagsToResource",
        "rds:RemoveTagsFromResource",
        "lambda:TagResource",
        "lambda:UntagResource",
        "s3:PutBucketTagging",
        "logs:TagResource",
        "logs:UntagResource",
    ],
    reads: &[],
    lost: "",
    plan,
};

fn plan(resource: &Resource, with: &Map<String, Value>) -> Result<ChangeDraft, NotApplicable> {
    let texts: Option<Vec<(String, String)>> =
        with.iter().map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect();
    let tags = texts.filter(|t| !t.is_empty()).ok_or_else(|| NotApplicable("no tag is given".to_owned()))?;
    if let Some((key, _)) = tags.iter().find(|(k, _)| k.starts_with("aws:") || k.starts_with(OWN_TAGS)) {
        return not_applicable(format!("tag {key} is reserved"));
    }
    if let Some((key, _)) = tags.iter().find(|(_, v)| v.contains("${")) {
        return not_applicable(format!("the value of tag {key} has a ${{"));
    }
    let new: Vec<String> = tags.iter().map(|(k, _)| k.clone()).filter(|k| !resource.tags.contains_key(k)).collect();
    let old: Vec<(String, String)> =
        tags.iter().filter_map(|(k, _)| Some((k.clone(), resource.tags.get(k)?.clone()))).collect();
    let wanted: Map<String, Value> = tags.iter().map(|(k, v)| (k.clone(), Value::from(v.as_str()))).collect();
    let (put, _) = tag_calls(resource, &tags, &[]);
    let mut undo = Vec::new();
    if !new.is_empty() {
        let (_, take) = tag_calls(resource, &[], &new);
        let gone = new.iter().map(|k| (k.clone(), Value::Null)).collect();
        undo.push(act("take away", take, Effect::Tagged(gone)));
    }
    if !old.is_empty() {
        let (put_back, _) = tag_calls(resource, &old, &[]);
        let back = old.iter().map(|(k, v)| (k.clone(), Value::from(v.as_str()))).collect();
        undo.push(act("put back", put_back, Effect::Tagged(back)));
    }
    let shown: Vec<String> = tags.iter().map(|(k, v)| format!("{k} = {v}")).collect();
    Ok(ChangeDraft {
        what: format!("tag {} with {}", resource.label(), shown.join(", ")),
        requires: Vec::new(),
        actions: vec![action(act("tag", put, Effect::Tagged(wanted)), undo)],
        blast_radius: managed(resource),
    })
}
