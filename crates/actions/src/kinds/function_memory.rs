//! Changes the memory of a function.

use serde_json::{Map, Value, json};
use tollgate_model::{Resource, ResourceType, Risk, Shape, VerifiedCall};

use super::{ChangeKind, managed, number_parameter};
use crate::draft::{ChangeDraft, NotApplicable, act, action, becomes, call, fact, not_applicable};

pub(super) const KIND: ChangeKind = ChangeKind {
    name: "function_memory",
    title: "Change the memory of a function",
    of: &[ResourceType::Function],
    risk: Risk::Medium,
    deletes: false,
    calls: &["lambda:UpdateFunctionConfiguration"],
    reads: &["lambda:GetFunctionConfiguration", "lambda:ListTags"],
    lost: "",
    plan,
};

fn update(name: &str, id: &str, memory_mib: u32) -> VerifiedCall {
    let parameters = json!({ "FunctionName": id, "MemorySize": memory_mib });
    act(
        name,
        call("lambda", "UpdateFunctionConfiguration", parameters),
        becomes("memory_mib", memory_mib, &[("state", "Updating")]),
    )
}

fn plan(resource: &Resource, with: &Map<String, Value>) -> Result<ChangeDraft, NotApplicable> {
    let Shape::Function { memory_mib, .. } = &resource.shape else { return not_applicable("it is no function") };
    let to = number_parameter(with, "memory_mib")?;
    match () {
        () if to == *memory_mib => return not_applicable(format!("it has {to} MiB already")),
        () if !(128..=10_240).contains(&to) => return not_applicable("Lambda accepts 128 to 10,240 MiB"),
        () => {}
    }
    Ok(ChangeDraft {
        what: format!("change the memory of {} from {memory_mib} to {to} MiB", resource.id),
        requires: vec![fact("memory_mib", *memory_mib), fact("state", "Active")],
        actions: vec![action(
            update("update", &resource.id, to),
            vec![update("update back", &resource.id, *memory_mib)],
        )],
        blast_radius: [
            vec!["published versions keep their memory; its CPU share changes with its memory".to_owned()],
            managed(resource),
        ]
        .concat(),
    })
}
