//! Gives a database another class, at once: it is away while it fails over or restarts.

use serde_json::{Map, Value, json};
use tollgate_model::{Resource, ResourceType, Risk, Shape, VerifiedCall};

use super::{Kind, READ_DATABASE, managed, wished};
use crate::draft::{Draft, Unfit, act, action, becomes, call, fact, unfit};

pub(super) const KIND: Kind = Kind {
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

fn plan(resource: &Resource, with: &Map<String, Value>) -> Result<Draft, Unfit> {
    let Shape::Database { class, cluster, becoming, multi_az, engine, .. } = &resource.shape else {
        return unfit("it is no database");
    };
    let to = wished(with, "class")?;
    match () {
        () if cluster.is_some() => return unfit("a member of a cluster is changed with its cluster"),
        () if becoming.is_some() => return unfit("it is being changed already"),
        () if to == class => return unfit(format!("it is {to} already")),
        () => {}
    }
    let away = if *multi_az { "it fails over to its other zone twice" } else { "it is away for some minutes" };
    Ok(Draft {
        what: format!("resize {engine} database {} from {class} to {to}", resource.id),
        requires: vec![fact("state", "available"), fact("class", class.as_str())],
        actions: vec![action(modify("modify", &resource.id, to), vec![modify("modify back", &resource.id, class)])],
        blast_radius: [vec![away.to_owned()], managed(resource)].concat(),
    })
}
