//! Elastic Load Balancing: load balancers and the number of their targets.
//!
//! Source: Elastic Load Balancing API reference, version 2015-12-01. Read 2026-11-22.

use std::collections::BTreeMap;

use aws_sdk_elasticloadbalancingv2::types::TargetGroup;
use futures::{StreamExt, TryStreamExt, stream};
use tollgate_model::{Resource, Shape};

use super::error::cloud_error;
use super::{Clients, instant, tags};
use crate::CloudError;

/// Requests at the same time.
const AT_ONCE: usize = 8;

pub(super) async fn list(clients: &Clients) -> Result<Vec<Resource>, CloudError> {
    let mut found = describe(clients, None).await?;
    if found.is_empty() {
        return Ok(found);
    }
    let tags = tags::tags_by_arn(clients, "elasticloadbalancing:loadbalancer").await?;
    count_targets(clients, &mut found, None).await?;
    for resource in &mut found {
        resource.tags = tags.get(&resource.id).cloned().unwrap_or_default();
    }
    Ok(found)
}

/// One load balancer with its protection.
pub(super) async fn one(clients: &Clients, arn: &str) -> Result<Vec<Resource>, CloudError> {
    let mut found = describe(clients, Some(arn)).await?;
    count_targets(clients, &mut found, Some(arn)).await?;
    for resource in &mut found {
        let operation = "elasticloadbalancing:DescribeTags";
        clients.count(operation)?;
        let answer = clients.elb.describe_tags().resource_arns(arn).send().await;
        let answer = answer.map_err(|e| cloud_error(operation, &clients.place, &e))?;
        let all = answer.tag_descriptions.unwrap_or_default().into_iter().flat_map(|d| d.tags.unwrap_or_default());
        resource.tags = all.filter_map(|t| Some((t.key?, t.value.unwrap_or_default()))).collect();
        let operation = "elasticloadbalancing:DescribeLoadBalancerAttributes";
        clients.count(operation)?;
        let answer = clients.elb.describe_load_balancer_attributes().load_balancer_arn(arn).send().await;
        let answer = answer.map_err(|e| cloud_error(operation, &clients.place, &e))?;
        if let Shape::LoadBalancer { deletion_protection, .. } = &mut resource.shape {
            let all = answer.attributes.unwrap_or_default();
            let of = all.iter().find(|a| a.key.as_deref() == Some("deletion_protection.enabled"));
            *deletion_protection = of.and_then(|a| a.value.as_deref()).map(|v| v == "true");
        }
    }
    Ok(found)
}

async fn describe(clients: &Clients, arn: Option<&str>) -> Result<Vec<Resource>, CloudError> {
    let operation = "elasticloadbalancing:DescribeLoadBalancers";
    let request = clients.elb.describe_load_balancers();
    let request = request.set_load_balancer_arns(arn.map(|arn| vec![arn.to_owned()]));
    let found = pages!(clients, operation, request, next_marker, load_balancers);
    Ok(found
        .into_iter()
        .filter_map(|l| {
            let zones = l.availability_zones.unwrap_or_default();
            Some(Resource {
                place: clients.place.clone(),
                created: l.created_time.and_then(instant),
                tags: BTreeMap::new(),
                shape: Shape::LoadBalancer {
                    state: l.state.and_then(|s| s.code).map(|c| c.as_str().to_owned()).unwrap_or_default(),
                    name: l.load_balancer_name.unwrap_or_default(),
                    kind: l.r#type.as_ref().map(|t| t.as_str().to_owned()).unwrap_or_default(),
                    scheme: l.scheme.as_ref().map(|s| s.as_str().to_owned()).unwrap_or_default(),
                    subnets: zones.into_iter().filter_map(|z| z.subnet_id).collect(),
                    security_groups: l.security_groups.unwrap_or_default(),
                    targets: 0,
                    deletion_protection: None,
                },
                id: l.load_balancer_arn?,
            })
        })
        .collect())
}

async fn groups(clients: &Clients, arn: Option<&str>) -> Result<Vec<TargetGroup>, CloudError> {
    let request = clients.elb.describe_target_groups().set_load_balancer_arn(arn.map(str::to_owned));
    Ok(pages!(clients, "elasticloadbalancing:DescribeTargetGroups", request, next_marker, target_groups))
}

async fn count_targets(clients: &Clients, found: &mut [Resource], arn: Option<&str>) -> Result<(), CloudError> {
    let all = match groups(clients, arn).await {
        // A load balancer without target groups has no targets.
        Err(CloudError::NotFound { .. }) => Vec::new(),
        other => other?,
    };
    let groups = all.into_iter().filter_map(|g| Some((g.target_group_arn?, g.load_balancer_arns.unwrap_or_default())));
    let used: Vec<(String, Vec<String>)> = groups.filter(|(_, arns)| !arns.is_empty()).collect();
    let counted: Vec<(u32, Vec<String>)> = stream::iter(used)
        .map(|(group, arns)| async move {
            let operation = "elasticloadbalancing:DescribeTargetHealth";
            clients.count(operation)?;
            let answer = clients.elb.describe_target_health().target_group_arn(group).send().await;
            let answer = answer.map_err(|e| cloud_error(operation, &clients.place, &e))?;
            let count = answer.target_health_descriptions.unwrap_or_default().len();
            Ok::<_, CloudError>((u32::try_from(count).unwrap_or(u32::MAX), arns))
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    for (count, arns) in counted {
        for resource in found.iter_mut().filter(|r| arns.contains(&r.id)) {
            if let Shape::LoadBalancer { targets, .. } = &mut resource.shape {
                *targets = targets.saturating_add(count);
            }
        }
    }
    Ok(())
}
