//! Changes the class of a database immediately: it is unavailable while it fails over or restarts.

use serde_json::{Map, Value, json};
use tollgate_model::{Resource, ResourceType, Risk, Shape, VerifiedCall};

use super::{ChangeKind, READ_DATABASE, managed, text_parameter};
use crate::draft::{ChangeDraft, NotApplicable, act, action, becomes, call, fact, not_applicable};

pub(super) const KIND: ChangeKind = ChangeKind {
    name: "resize_database",
    title: "Resize a database",
    of: &[ResourceType::Database],
    risk: Risk::High,
    deletes: false,
    calls: &["rds:ModifyDBInstance"],
    reads: READ_DATABASE,
    lost: "",
    plan,
};

fn modify(name: &str, id: &str, class: &str) -> VerifiedCall {
    let parameters = json!({ "DBInstanceIdentifier": id, "DBInstanceClass": class, "ApplyImmediately": true });
    let under_way = [("state", "modifying"), ("state", "rebooting"), ("becoming", class)];
    act(name, call("rds", "ModifyDBInstance", parameters), becomes("class", class, &under_way))
}

fn plan(resource: &Resource, with: &Map<String, Value>) -> Result<ChangeDraft, NotApplicable> {
    let Shape::Database { class, cluster, becoming, multi_az, engine, .. } = &resource.shape else {
        return not_applicable("it is no database");
    };
    let to = text_parameter(with, "class")?;
    match () {
        () if cluster.is_some() => return not_applicable("a member of a cluster is changed with its cluster"),
        () if becoming.is_some() => return not_applicable("it is being changed already"),
        () if to == class => return not_applicable(format!("it is {to} already")),
        () => {}
    }
    let interruption =
        if *multi_az { "it fails over to its other zone twice" } else { "it is unavailable for some minutes" };
    Ok(ChangeDraft {
        what: format!("resize {engine} database {} from {class} to {to}", resource.id),
        requires: vec![fact("state", "available"), fact("class", class.as_str())],
        actions: vec![action(modify("modify", &resource.id, to), vec![modify("modify back", &resource.id, class)])],
        blast_radius: [vec![interruption.to_owned()], managed(resource)].concat(),
    })
}
