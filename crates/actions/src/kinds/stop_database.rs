//! Stops or starts a database. RDS starts it again after seven days.

use serde_json::{Map, Value, json};
use tollgate_model::{Resource, ResourceType, Risk, Shape, VerifiedCall};

use super::{ChangeKind, READ_DATABASE, managed};
use crate::draft::{ChangeDraft, NotApplicable, act, action, becomes, call, fact, not_applicable};

pub(super) const STOP: ChangeKind = ChangeKind {
    name: "stop_database",
    title: "Stop a database",
    of: &[ResourceType::Database],
    risk: Risk::Medium,
    deletes: false,
    calls: &["rds:StopDBInstance", "rds:StartDBInstance"],
    reads: READ_DATABASE,
    lost: "",
    plan: stop_plan,
};

pub(super) const START: ChangeKind = ChangeKind {
    name: "start_database",
    title: "Start a database",
    of: &[ResourceType::Database],
    risk: Risk::Low,
    deletes: false,
    calls: &["rds:StartDBInstance", "rds:StopDBInstance"],
    reads: READ_DATABASE,
    lost: "",
    plan: start_plan,
};

fn power(name: &str, operation: &str, id: &str, state: &str, under_way: &[(&str, &str)]) -> VerifiedCall {
    act(name, call("rds", operation, json!({ "DBInstanceIdentifier": id })), becomes("state", state, under_way))
}

fn stop(name: &str, id: &str) -> VerifiedCall {
    power(name, "StopDBInstance", id, "stopped", &[("state", "stopping")])
}

fn start(name: &str, id: &str) -> VerifiedCall {
    power(
        name,
        "StartDBInstance",
        id,
        "available",
        &[("state", "starting"), ("state", "configuring-enhanced-monitoring")],
    )
}

fn stop_plan(resource: &Resource, _: &Map<String, Value>) -> Result<ChangeDraft, NotApplicable> {
    let Shape::Database { cluster, replica_of, replicas, engine, .. } = &resource.shape else {
        return not_applicable("it is no database");
    };
    match () {
        () if cluster.is_some() => return not_applicable("a member of a cluster is stopped with its cluster"),
        () if replica_of.is_some() || !replicas.is_empty() => {
            return not_applicable("a database that has replicas, or is one, cannot be stopped");
        }
        () => {}
    }
    Ok(ChangeDraft {
        what: format!("stop {engine} database {}", resource.id),
        requires: vec![fact("state", "available"), fact("replicas", json!([]))],
        actions: vec![action(stop("stop", &resource.id), vec![start("start again", &resource.id)])],
        blast_radius: [vec!["RDS starts it again after seven days".to_owned()], managed(resource)].concat(),
    })
}

fn start_plan(resource: &Resource, _: &Map<String, Value>) -> Result<ChangeDraft, NotApplicable> {
    Ok(ChangeDraft {
        what: format!("start database {}", resource.id),
        requires: vec![fact("state", "stopped")],
        actions: vec![action(start("start", &resource.id), vec![stop("stop again", &resource.id)])],
        blast_radius: Vec::new(),
    })
}
