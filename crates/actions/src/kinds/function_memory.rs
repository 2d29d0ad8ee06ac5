//! Gives a function more or less memory.

use serde_json::{Map, Value, json};
use tollgate_model::{Resource, ResourceType, Risk, Shape, VerifiedCall};

use super::{Kind, managed, wished_number};
use crate::draft::{Draft, Unfit, act, action, becomes, call, fact, unfit};

pub(super) const KIND: Kind = Kind {
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

fn plan(resource: &Resource, with: &Map<String, Value>) -> Result<Draft, Unfit> {
    let Shape::Function { memory_mib, .. } = &resource.shape else { return unfit("it is no function") };
    let to = wished_number(with, "memory_mib")?;
    match () {
        () if to == *memory_mib => return unfit(format!("it has {to} MiB already")),
        () if !(128..=10_240).contains(&to) => return unfit("Lambda gives 128 to 10,240 MiB"),
        () => {}
    }
    Ok(Draft {
        what: format!("change the memory of {} from {memory_mib} to {to} MiB", resource.id),
        requires: vec![fact("memory_mib", *memory_mib), fact("state", "Active")],
        actions: vec![action(
            update("update", &resource.id, to),
            vec![update("update back", &resource.id, *memory_mib)],
        )],
        blast_radius: [
            vec!["versions that were published keep what they have; its processor changes with its memory".to_owned()],
            managed(resource),
        ]
        .concat(),
    })
}
