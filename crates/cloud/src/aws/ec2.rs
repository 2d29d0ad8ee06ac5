//! EC2: instances, volumes, snapshots, images, addresses and NAT gateways.
//!
//! Source: Amazon EC2 API reference, the `Describe…` of each. Read 2026-11-22.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{Filter, InstanceAttributeName, Tag};
use tollgate_model::{Resource, Shape};

use super::error::cloud_error;
use super::{Clients, instant};
use crate::CloudError;

/// Items in a page.
const PAGE: i32 = 500;

pub(super) fn tagged(key: &str, value: &str) -> Filter {
    Filter::builder().name(format!("tag:{key}")).values(value).build()
}

fn tags(tags: Option<Vec<Tag>>) -> BTreeMap<String, String> {
    tags.unwrap_or_default().into_iter().filter_map(|t| Some((t.key?, t.value.unwrap_or_default()))).collect()
}

fn number(n: Option<i32>) -> u32 {
    n.and_then(|n| u32::try_from(n).ok()).unwrap_or(0)
}

/// An empty list asks for all.
fn some<T: Clone>(list: &[T]) -> Option<Vec<T>> {
    (!list.is_empty()).then(|| list.to_vec())
}

/// A page size and ids exclude each other.
fn page(ids: &[String]) -> Option<i32> {
    ids.is_empty().then_some(PAGE)
}

pub(super) async fn instances(
    clients: &Clients,
    ids: &[String],
    filters: &[Filter],
) -> Result<Vec<Resource>, CloudError> {
    let request = clients.ec2.describe_instances();
    let request = request.set_instance_ids(some(ids)).set_filters(some(filters)).set_max_results(page(ids));
    let found = pages!(clients, "ec2:DescribeInstances", request, next_token, reservations);
    let all = found.into_iter().flat_map(|r| r.instances.unwrap_or_default());
    Ok(all
        .filter_map(|i| {
            let text = |t: Option<&str>| t.unwrap_or_default().to_owned();
            Some(Resource {
                place: clients.place.clone(),
                created: i.launch_time.and_then(instant),
                shape: Shape::Instance {
                    state: text(i.state.as_ref().and_then(|s| s.name.as_ref()).map(|n| n.as_str())),
                    instance_type: text(i.instance_type.as_ref().map(|t| t.as_str())),
                    architecture: text(i.architecture.as_ref().map(|a| a.as_str())),
                    platform: i.platform_details.unwrap_or_else(|| "Linux/UNIX".to_owned()),
                    image: i.image_id.unwrap_or_default(),
                    zone: i.placement.and_then(|p| p.availability_zone).unwrap_or_default(),
                    lifecycle: i.instance_lifecycle.map(|l| l.as_str().to_owned()),
                    root_device: text(i.root_device_type.as_ref().map(|t| t.as_str())),
                    volumes: i
                        .block_device_mappings
                        .unwrap_or_default()
                        .into_iter()
                        .filter_map(|m| m.ebs?.volume_id)
                        .collect(),
                    termination_protection: None,
                    stop_protection: None,
                },
                tags: tags(i.tags),
                id: i.instance_id?,
            })
        })
        .collect())
}

/// One instance with its protection.
pub(super) async fn instance(clients: &Clients, id: &str) -> Result<Vec<Resource>, CloudError> {
    let mut found = instances(clients, &[id.to_owned()], &[]).await?;
    for resource in &mut found {
        if let Shape::Instance { termination_protection, stop_protection, .. } = &mut resource.shape {
            *termination_protection = protection(clients, id, InstanceAttributeName::DisableApiTermination).await?;
            *stop_protection = protection(clients, id, InstanceAttributeName::DisableApiStop).await?;
        }
    }
    Ok(found)
}

async fn protection(clients: &Clients, id: &str, of: InstanceAttributeName) -> Result<Option<bool>, CloudError> {
    let operation = "ec2:DescribeInstanceAttribute";
    clients.count(operation)?;
    let request = clients.ec2.describe_instance_attribute().instance_id(id).attribute(of.clone());
    let answer = request.send().await.map_err(|e| cloud_error(operation, &clients.place, &e))?;
    let value = match of {
        InstanceAttributeName::DisableApiStop => answer.disable_api_stop,
        _ => answer.disable_api_termination,
    };
    Ok(value.and_then(|v| v.value))
}

pub(super) async fn volumes(
    clients: &Clients,
    ids: &[String],
    filters: &[Filter],
) -> Result<Vec<Resource>, CloudError> {
    let request = clients.ec2.describe_volumes();
    let request = request.set_volume_ids(some(ids)).set_filters(some(filters)).set_max_results(page(ids));
    let found = pages!(clients, "ec2:DescribeVolumes", request, next_token, volumes);
    Ok(found
        .into_iter()
        .filter_map(|v| {
            let attached = v.attachments.unwrap_or_default().into_iter().filter_map(|a| a.instance_id);
            Some(Resource {
                place: clients.place.clone(),
                created: v.create_time.and_then(instant),
                tags: tags(v.tags),
                shape: Shape::Volume {
                    state: v.state.as_ref().map(|s| s.as_str().to_owned()).unwrap_or_default(),
                    volume_type: v.volume_type.as_ref().map(|t| t.as_str().to_owned()).unwrap_or_default(),
                    size_gib: number(v.size),
                    iops: v.iops.and_then(|n| u32::try_from(n).ok()),
                    throughput: v.throughput.and_then(|n| u32::try_from(n).ok()),
                    zone: v.availability_zone.unwrap_or_default(),
                    attached_to: attached.collect(),
                    encrypted: v.encrypted.unwrap_or(false),
                    snapshot: v.snapshot_id.filter(|s| !s.is_empty()),
                    becoming: None,
                },
                id: v.volume_id?,
            })
        })
        .collect())
}

/// One volume, with the type that a modification in progress gives it.
pub(super) async fn volume(clients: &Clients, id: &str) -> Result<Vec<Resource>, CloudError> {
    let mut found = volumes(clients, &[id.to_owned()], &[]).await?;
    let operation = "ec2:DescribeVolumesModifications";
    clients.count(operation)?;
    let answer = match clients.ec2.describe_volumes_modifications().volume_ids(id).send().await {
        Ok(answer) => answer,
        // A volume that was never modified has none.
        Err(error) => match cloud_error(operation, &clients.place, &error) {
            CloudError::NotFound { .. } => return Ok(found),
            other => return Err(other),
        },
    };
    let under_way = answer
        .volumes_modifications
        .unwrap_or_default()
        .into_iter()
        .find(|m| m.modification_state.as_ref().is_some_and(|s| ["modifying", "optimizing"].contains(&s.as_str())));
    for resource in &mut found {
        if let Shape::Volume { becoming, .. } = &mut resource.shape {
            *becoming = under_way.as_ref().and_then(|m| Some(m.target_volume_type.as_ref()?.as_str().to_owned()));
        }
    }
    Ok(found)
}

pub(super) async fn snapshots(
    clients: &Clients,
    ids: &[String],
    filters: &[Filter],
) -> Result<Vec<Resource>, CloudError> {
    let request = clients.ec2.describe_snapshots().owner_ids("self");
    let request = request.set_snapshot_ids(some(ids)).set_filters(some(filters)).set_max_results(page(ids));
    let found = pages!(clients, "ec2:DescribeSnapshots", request, next_token, snapshots);
    Ok(found
        .into_iter()
        .filter_map(|s| {
            Some(Resource {
                place: clients.place.clone(),
                created: s.start_time.and_then(instant),
                tags: tags(s.tags),
                shape: Shape::Snapshot {
                    state: s.state.as_ref().map(|s| s.as_str().to_owned()).unwrap_or_default(),
                    volume: s.volume_id.unwrap_or_default(),
                    size_gib: number(s.volume_size),
                    tier: s.storage_tier.as_ref().map_or("standard", |t| t.as_str()).to_owned(),
                    description: s.description.unwrap_or_default(),
                },
                id: s.snapshot_id?,
            })
        })
        .collect())
}

pub(super) async fn images(clients: &Clients, ids: &[String]) -> Result<Vec<Resource>, CloudError> {
    let request = clients.ec2.describe_images().owners("self").set_image_ids(some(ids));
    let request = request.set_max_results(page(ids));
    let found = pages!(clients, "ec2:DescribeImages", request, next_token, images);
    let templates = if found.is_empty() { BTreeMap::new() } else { templates(clients).await? };
    Ok(found
        .into_iter()
        .filter_map(|i| {
            let id = i.image_id?;
            let snapshots = i.block_device_mappings.unwrap_or_default().into_iter().filter_map(|m| m.ebs?.snapshot_id);
            Some(Resource {
                place: clients.place.clone(),
                created: i.creation_date.and_then(|text| text.parse().ok()),
                tags: tags(i.tags),
                shape: Shape::Image {
                    state: i.state.as_ref().map(|s| s.as_str().to_owned()).unwrap_or_default(),
                    name: i.name.unwrap_or_default(),
                    snapshots: snapshots.collect(),
                    public: i.public.unwrap_or(false),
                    templates: templates.get(&id).cloned().unwrap_or_default(),
                },
                id,
            })
        })
        .collect())
}

/// Launch templates by the image of their default or latest version: future instances use it.
async fn templates(clients: &Clients) -> Result<BTreeMap<String, Vec<String>>, CloudError> {
    let request = clients.ec2.describe_launch_template_versions().versions("$Latest").versions("$Default");
    let found = pages!(clients, "ec2:DescribeLaunchTemplateVersions", request, next_token, launch_template_versions);
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for version in found {
        let name = version.launch_template_name.or(version.launch_template_id).unwrap_or_default();
        if let Some(image) = version.launch_template_data.and_then(|d| d.image_id) {
            let names = out.entry(image).or_default();
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    Ok(out)
}

pub(super) async fn addresses(
    clients: &Clients,
    ids: &[String],
    filters: &[Filter],
) -> Result<Vec<Resource>, CloudError> {
    let operation = "ec2:DescribeAddresses";
    clients.count(operation)?;
    let request = clients.ec2.describe_addresses();
    let request = request.set_allocation_ids(some(ids)).set_filters(some(filters));
    let answer = request.send().await.map_err(|e| cloud_error(operation, &clients.place, &e))?;
    Ok(answer
        .addresses
        .unwrap_or_default()
        .into_iter()
        .filter_map(|a| {
            Some(Resource {
                place: clients.place.clone(),
                created: None,
                tags: tags(a.tags),
                shape: Shape::Address {
                    public_ip: a.public_ip.unwrap_or_default(),
                    association: a.association_id.filter(|id| !id.is_empty()),
                },
                id: a.allocation_id?,
            })
        })
        .collect())
}

pub(super) async fn nat_gateways(clients: &Clients, ids: &[String]) -> Result<Vec<Resource>, CloudError> {
    let request = clients.ec2.describe_nat_gateways().set_nat_gateway_ids(some(ids)).set_max_results(page(ids));
    let found = pages!(clients, "ec2:DescribeNatGateways", request, next_token, nat_gateways);
    Ok(found
        .into_iter()
        .filter_map(|g| {
            let addresses = g.nat_gateway_addresses.unwrap_or_default().into_iter().filter_map(|a| a.allocation_id);
            Some(Resource {
                place: clients.place.clone(),
                created: g.create_time.and_then(instant),
                tags: tags(g.tags),
                shape: Shape::NatGateway {
                    state: g.state.as_ref().map(|s| s.as_str().to_owned()).unwrap_or_default(),
                    vpc: g.vpc_id.unwrap_or_default(),
                    subnet: g.subnet_id.unwrap_or_default(),
                    addresses: addresses.collect(),
                    connectivity: g.connectivity_type.as_ref().map_or("public", |c| c.as_str()).to_owned(),
                },
                id: g.nat_gateway_id?,
            })
        })
        .filter(|g| !super::is_gone(g))
        .collect())
}
