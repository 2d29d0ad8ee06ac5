//! Lambda: functions of the account.
//!
//! Source: AWS Lambda API reference, `ListFunctions`, `GetFunctionConfiguration`, `ListTags`. Read 2026-11-22.

use std::collections::BTreeMap;

use aws_sdk_lambda::types::Architecture;
use tollgate_model::{Resource, Shape};

use super::error::cloud_error;
use super::{Clients, tags};
use crate::CloudError;

pub(super) async fn list(clients: &Clients) -> Result<Vec<Resource>, CloudError> {
    let operation = "lambda:ListFunctions";
    let mut out = Vec::new();
    for f in pages!(clients, operation, clients.lambda.list_functions(), next_marker, functions) {
        let Some(name) = f.function_name else { continue };
        out.push(Resource {
            id: name,
            place: clients.place.clone(),
            // The last change of its code or settings; Lambda has no creation time.
            created: f.last_modified.and_then(|text| text.parse().ok()),
            tags: BTreeMap::new(),
            shape: shape(
                // `ListFunctions` does not return the state.
                f.state.map_or("Active".to_owned(), |s| s.as_str().to_owned()),
                f.runtime.map(|r| r.as_str().to_owned()),
                f.memory_size,
                f.architectures,
                f.package_type.map(|p| p.as_str().to_owned()),
                f.timeout,
            ),
        });
    }
    if out.is_empty() {
        return Ok(out);
    }
    let tags = tags::tags_by_arn(clients, "lambda:function").await?;
    for resource in &mut out {
        resource.tags = tags.get(&resource.arn()).cloned().unwrap_or_default();
    }
    Ok(out)
}

pub(super) async fn one(clients: &Clients, name: &str) -> Result<Vec<Resource>, CloudError> {
    let operation = "lambda:GetFunctionConfiguration";
    clients.count(operation)?;
    let f = clients.lambda.get_function_configuration().function_name(name).send().await;
    let f = f.map_err(|e| cloud_error(operation, &clients.place, &e))?;
    let mut resource = Resource {
        id: name.to_owned(),
        place: clients.place.clone(),
        created: f.last_modified.and_then(|text| text.parse().ok()),
        tags: BTreeMap::new(),
        shape: shape(
            // A function with an update in progress is not stable yet.
            match f.last_update_status.as_ref().map(|s| s.as_str()) {
                Some("InProgress") => "Updating".to_owned(),
                _ => f.state.map_or("Active".to_owned(), |s| s.as_str().to_owned()),
            },
            f.runtime.map(|r| r.as_str().to_owned()),
            f.memory_size,
            f.architectures,
            f.package_type.map(|p| p.as_str().to_owned()),
            f.timeout,
        ),
    };
    let operation = "lambda:ListTags";
    clients.count(operation)?;
    let answer = clients.lambda.list_tags().resource(resource.arn()).send().await;
    let answer = answer.map_err(|e| cloud_error(operation, &clients.place, &e))?;
    resource.tags = answer.tags.unwrap_or_default().into_iter().collect();
    // Every update changes it, including those that Tollgate makes.
    resource.created = None;
    Ok(vec![resource])
}

fn shape(
    state: String,
    runtime: Option<String>,
    memory: Option<i32>,
    architectures: Option<Vec<Architecture>>,
    package: Option<String>,
    timeout: Option<i32>,
) -> Shape {
    let number = |n: Option<i32>| n.and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    let architecture = architectures.unwrap_or_default().first().map_or("x86_64", |a| a.as_str()).to_owned();
    Shape::Function {
        state,
        runtime: runtime.unwrap_or_default(),
        memory_mib: number(memory),
        architecture,
        package: package.unwrap_or_else(|| "Zip".to_owned()),
        timeout_seconds: number(timeout),
    }
}
