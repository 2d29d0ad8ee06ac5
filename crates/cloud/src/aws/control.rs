//! The calls that change something: each by the name and the parameters that the API has for it.
//!
//! What a plan has approved is a name and parameters; here they become a request. A name that is not in [`OPERATIONS`](crate::OPERATIONS) is refused, and
//! so is a parameter that nobody reads: what was approved is done whole or not at all.
//!
//! Source: the API references of Amazon EC2, RDS, Elastic Load Balancing, Lambda, S3, CloudWatch Logs, EventBridge Scheduler and the
//! Resource Groups Tagging API. Read 2026-11-22.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use aws_sdk_ec2::types::{AttributeValue, DomainType, ResourceType as Ec2Type, Tag, TagSpecification, VolumeType};
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, ExpirationStatus, LifecycleRule, LifecycleRuleFilter,
};
use aws_sdk_scheduler::types::{FlexibleTimeWindow, FlexibleTimeWindowMode, Target};
use serde_json::{Map, Value};
use tollgate_model::ApiCall;

use super::Clients;
use super::error::{told, would};
use crate::{CloudError, OPERATIONS, Performed};

/// Parameters of a call, each of which must be read.
struct Parameters<'c> {
    of: &'c Map<String, Value>,
    read: Mutex<BTreeSet<&'c str>>,
}

impl<'c> Parameters<'c> {
    fn value(&self, name: &str) -> Option<&'c Value> {
        let (name, value) = self.of.get_key_value(name)?;
        self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
        Some(value)
    }

    fn some(&self, name: &str) -> Option<String> {
        Some(self.value(name)?.as_str()?.to_owned())
    }

    fn text(&self, name: &str) -> Result<String, String> {
        self.some(name).filter(|t| !t.is_empty()).ok_or_else(|| format!("{name} is missing"))
    }

    fn number(&self, name: &str) -> Option<i32> {
        self.value(name)?.as_i64()?.try_into().ok()
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.value(name)?.as_bool()
    }

    fn texts(&self, name: &str) -> Result<Vec<String>, String> {
        let list = self.value(name).and_then(Value::as_array).ok_or_else(|| format!("{name} is missing"))?;
        let texts: Option<Vec<String>> = list.iter().map(|v| v.as_str().map(str::to_owned)).collect();
        texts.filter(|t| !t.is_empty()).ok_or_else(|| format!("{name} has no texts"))
    }

    fn pairs(&self, name: &str) -> Result<Vec<(String, String)>, String> {
        pairs(self.value(name)).ok_or_else(|| format!("{name} is missing"))
    }

    fn ec2_tags(&self) -> Result<Vec<Tag>, String> {
        Ok(self.pairs("Tags")?.into_iter().map(|(k, v)| Tag::builder().key(k).value(v).build()).collect())
    }

    /// What was made gets these tags.
    fn specifications(&self) -> Option<Vec<TagSpecification>> {
        let list = self.value("TagSpecifications")?.as_array()?;
        list.iter()
            .map(|one| {
                let tags = pairs(one.get("Tags"))?.into_iter().map(|(k, v)| Tag::builder().key(k).value(v).build());
                let of = Ec2Type::from(one.get("ResourceType")?.as_str()?);
                Some(TagSpecification::builder().resource_type(of).set_tags(Some(tags.collect())).build())
            })
            .collect()
    }

    /// Whether every parameter was read: one that nobody understands is no detail.
    fn finish(&self) -> Result<(), String> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        match self.of.keys().find(|name| !read.contains(name.as_str())) {
            Some(name) => Err(format!("parameter {name} is not understood")),
            None => Ok(()),
        }
    }
}

/// `[{"Key": …, "Value": …}]`.
fn pairs(value: Option<&Value>) -> Option<Vec<(String, String)>> {
    let text = |v: &Value, name: &str| Some(v.get(name)?.as_str()?.to_owned());
    let list =
        value?.as_array()?.iter().map(|v| Some((text(v, "Key")?, text(v, "Value")?))).collect::<Option<Vec<_>>>()?;
    (!list.is_empty()).then_some(list)
}

/// Sends a request: an error becomes the port's, and `DryRunOperation` becomes "allowed".
macro_rules! send {
    ($clients:expr, $operation:expr, $request:expr) => {
        match $request.send().await {
            Ok(answer) => answer,
            Err(error) if would(&error) => return Ok(Performed::Allowed),
            Err(error) => return Err(told($operation, &$clients.place, &error)),
        }
    };
}

pub(super) async fn perform(
    clients: &Clients,
    call: &ApiCall,
    scheduler_role: &str,
    dry_run: bool,
) -> Result<Performed, CloudError> {
    let known =
        OPERATIONS.iter().find(|(service, operation, _)| *service == call.service && *operation == call.operation);
    let name = format!("{}:{}", call.service, call.operation);
    let refused =
        |message: String| CloudError::Refused { operation: name.clone(), place: clients.place.clone(), message };
    if known.is_none() {
        return Err(refused("no plan may have such a call".to_owned()));
    }
    if dry_run && call.service != "ec2" {
        return Ok(Performed::NotAsked);
    }
    clients.count(&name)?;
    let p = Parameters { of: &call.parameters, read: Mutex::default() };
    match call.service.as_str() {
        "ec2" => ec2(clients, &call.operation, &p, &name, dry_run, &refused).await,
        "rds" => rds(clients, &call.operation, &p, &name, &refused).await,
        _ => others(clients, &call.operation, &p, &name, scheduler_role, &refused).await,
    }
}

async fn ec2(
    clients: &Clients,
    operation: &str,
    p: &Parameters<'_>,
    name: &str,
    dry: bool,
    refused: &(dyn Fn(String) -> CloudError + Sync),
) -> Result<Performed, CloudError> {
    let client = &clients.ec2;
    let ids = |name: &str| p.texts(name).map(Some).map_err(refused);
    let text = |name: &str| p.text(name).map_err(refused);
    let whole = || p.finish().map_err(refused);
    let mut made = None;
    match operation {
        "StopInstances" => {
            let request = client.stop_instances().set_instance_ids(ids("InstanceIds")?).dry_run(dry);
            whole()?;
            send!(clients, name, request);
        }
        "StartInstances" => {
            let request = client.start_instances().set_instance_ids(ids("InstanceIds")?).dry_run(dry);
            whole()?;
            send!(clients, name, request);
        }
        "ModifyInstanceAttribute" => {
            let value = p.value("InstanceType").and_then(|v| v.get("Value")?.as_str());
            let value = value.ok_or_else(|| refused("InstanceType is missing".to_owned()))?;
            let request = client.modify_instance_attribute().instance_id(text("InstanceId")?).dry_run(dry);
            let request = request.instance_type(AttributeValue::builder().value(value).build());
            whole()?;
            send!(clients, name, request);
        }
        "CreateSnapshot" => {
            let request = client.create_snapshot().volume_id(text("VolumeId")?).set_description(p.some("Description"));
            let request = request.set_tag_specifications(p.specifications()).dry_run(dry);
            whole()?;
            made = send!(clients, name, request).snapshot_id;
        }
        "DeleteVolume" => {
            let request = client.delete_volume().volume_id(text("VolumeId")?).dry_run(dry);
            whole()?;
            send!(clients, name, request);
        }
        "CreateVolume" => {
            let kind = VolumeType::from(text("VolumeType")?.as_str());
            let request = client.create_volume().availability_zone(text("AvailabilityZone")?).volume_type(kind);
            let request =
                request.snapshot_id(text("SnapshotId")?).set_size(p.number("Size")).set_iops(p.number("Iops"));
            let request = request.set_throughput(p.number("Throughput")).set_encrypted(p.flag("Encrypted"));
            let request = request.set_tag_specifications(p.specifications()).dry_run(dry);
            whole()?;
            made = send!(clients, name, request).volume_id;
        }
        "ModifyVolume" => {
            let kind = VolumeType::from(text("VolumeType")?.as_str());
            let request = client.modify_volume().volume_id(text("VolumeId")?).volume_type(kind);
            let request = request.set_iops(p.number("Iops")).set_throughput(p.number("Throughput")).dry_run(dry);
            whole()?;
            send!(clients, name, request);
        }
        "ReleaseAddress" => {
            let request = client.release_address().allocation_id(text("AllocationId")?).dry_run(dry);
            whole()?;
            send!(clients, name, request);
        }
        "AllocateAddress" => {
            let request = client.allocate_address().domain(DomainType::Vpc).set_address(p.some("Address"));
            let request = request.set_tag_specifications(p.specifications()).dry_run(dry);
            whole()?;
            made = send!(clients, name, request).allocation_id;
        }
        "DeleteSnapshot" => {
            let request = client.delete_snapshot().snapshot_id(text("SnapshotId")?).dry_run(dry);
            whole()?;
            send!(clients, name, request);
        }
        "RestoreSnapshotFromRecycleBin" => {
            let request = client.restore_snapshot_from_recycle_bin().snapshot_id(text("SnapshotId")?).dry_run(dry);
            whole()?;
            send!(clients, name, request);
        }
        "DeregisterImage" => {
            let request = client.deregister_image().image_id(text("ImageId")?).dry_run(dry);
            whole()?;
            send!(clients, name, request);
        }
        "RestoreImageFromRecycleBin" => {
            let request = client.restore_image_from_recycle_bin().image_id(text("ImageId")?).dry_run(dry);
            whole()?;
            send!(clients, name, request);
        }
        "DeleteNatGateway" => {
            let request = client.delete_nat_gateway().nat_gateway_id(text("NatGatewayId")?).dry_run(dry);
            whole()?;
            send!(clients, name, request);
        }
        "CreateTags" => {
            let request = client.create_tags().set_resources(ids("Resources")?).dry_run(dry);
            let request = request.set_tags(Some(p.ec2_tags().map_err(refused)?));
            whole()?;
            send!(clients, name, request);
        }
        "DeleteTags" => {
            let keys = p.texts("TagKeys").map_err(refused)?;
            let tags = keys.into_iter().map(|k| Tag::builder().key(k).build()).collect();
            let request = client.delete_tags().set_resources(ids("Resources")?).set_tags(Some(tags)).dry_run(dry);
            whole()?;
            send!(clients, name, request);
        }
        _ => return Err(refused("EC2 has no such call here".to_owned())),
    }
    Ok(Performed::Done { made })
}

async fn rds(
    clients: &Clients,
    operation: &str,
    p: &Parameters<'_>,
    name: &str,
    refused: &(dyn Fn(String) -> CloudError + Sync),
) -> Result<Performed, CloudError> {
    let client = &clients.rds;
    let id = p.text("DBInstanceIdentifier").map_err(refused)?;
    let whole = || p.finish().map_err(refused);
    match operation {
        "StopDBInstance" => {
            whole()?;
            send!(clients, name, client.stop_db_instance().db_instance_identifier(id));
        }
        "StartDBInstance" => {
            whole()?;
            send!(clients, name, client.start_db_instance().db_instance_identifier(id));
        }
        "ModifyDBInstance" => {
            let request = client.modify_db_instance().db_instance_identifier(id);
            let request = request.set_db_instance_class(p.some("DBInstanceClass"));
            let request = request.set_apply_immediately(p.flag("ApplyImmediately"));
            whole()?;
            send!(clients, name, request);
        }
        _ => return Err(refused("RDS has no such call here".to_owned())),
    }
    Ok(Performed::Done { made: None })
}

async fn others(
    clients: &Clients,
    operation: &str,
    p: &Parameters<'_>,
    name: &str,
    scheduler_role: &str,
    refused: &(dyn Fn(String) -> CloudError + Sync),
) -> Result<Performed, CloudError> {
    let text = |name: &str| p.text(name).map_err(refused);
    let texts = |name: &str| p.texts(name).map(Some).map_err(refused);
    let whole = || p.finish().map_err(refused);
    match operation {
        "DeleteLoadBalancer" => {
            let request = clients.elb.delete_load_balancer().load_balancer_arn(text("LoadBalancerArn")?);
            whole()?;
            send!(clients, name, request);
        }
        "AddTags" => {
            let tag = |(k, v): (String, String)| {
                aws_sdk_elasticloadbalancingv2::types::Tag::builder().key(k).value(v).build()
            };
            let tags = p.pairs("Tags").map_err(refused)?.into_iter().map(tag).collect();
            let request = clients.elb.add_tags().set_resource_arns(texts("ResourceArns")?).set_tags(Some(tags));
            whole()?;
            send!(clients, name, request);
        }
        "RemoveTags" => {
            let request = clients.elb.remove_tags().set_resource_arns(texts("ResourceArns")?);
            let request = request.set_tag_keys(texts("TagKeys")?);
            whole()?;
            send!(clients, name, request);
        }
        "UpdateFunctionConfiguration" => {
            let request = clients.lambda.update_function_configuration().function_name(text("FunctionName")?);
            let request = request.set_memory_size(p.number("MemorySize"));
            whole()?;
            send!(clients, name, request);
        }
        "PutRetentionPolicy" => {
            let request = clients.logs.put_retention_policy().log_group_name(text("logGroupName")?);
            let request = request.set_retention_in_days(p.number("retentionInDays"));
            whole()?;
            send!(clients, name, request);
        }
        "DeleteRetentionPolicy" => {
            let request = clients.logs.delete_retention_policy().log_group_name(text("logGroupName")?);
            whole()?;
            send!(clients, name, request);
        }
        "PutBucketLifecycleConfiguration" => {
            let rules = p.value("Rules").and_then(Value::as_array).cloned().unwrap_or_default();
            let rules = rules.iter().map(lifecycle_rule).collect::<Result<Vec<_>, String>>().map_err(refused)?;
            let rules = BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build();
            let rules = rules.map_err(|e| refused(e.to_string()))?;
            let request = clients.s3.put_bucket_lifecycle_configuration().bucket(text("Bucket")?);
            whole()?;
            send!(clients, name, request.lifecycle_configuration(rules));
        }
        "DeleteBucketLifecycle" => {
            let request = clients.s3.delete_bucket_lifecycle().bucket(text("Bucket")?);
            whole()?;
            send!(clients, name, request);
        }
        "TagResources" => {
            let tags = p.pairs("Tags").map_err(refused)?.into_iter().collect();
            let request = clients.tagging.tag_resources().set_resource_arn_list(texts("ResourceARNList")?);
            whole()?;
            let answer = send!(clients, name, request.set_tags(Some(tags)));
            // One that was not tagged is told inside an answer that succeeded.
            if let Some((arn, why)) = answer.failed_resources_map.unwrap_or_default().into_iter().next() {
                return Err(refused(format!("{arn}: {}", why.error_message.unwrap_or_default())));
            }
        }
        "UntagResources" => {
            let request = clients.tagging.untag_resources().set_resource_arn_list(texts("ResourceARNList")?);
            let request = request.set_tag_keys(texts("TagKeys")?);
            whole()?;
            send!(clients, name, request);
        }
        "CreateSchedule" => {
            let target =
                Target::builder().arn(text("TargetArn")?).role_arn(scheduler_role).input(text("Input")?).build();
            let exact = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build();
            let request = clients.scheduler.create_schedule().name(text("Name")?);
            let request = request.schedule_expression(text("ScheduleExpression")?);
            let request = request.set_schedule_expression_timezone(p.some("ScheduleExpressionTimezone"));
            whole()?;
            let (target, exact) =
                (target.map_err(|e| refused(e.to_string()))?, exact.map_err(|e| refused(e.to_string()))?);
            send!(clients, name, request.target(target).flexible_time_window(exact));
        }
        "DeleteSchedule" => {
            let request = clients.scheduler.delete_schedule().name(text("Name")?);
            whole()?;
            send!(clients, name, request);
        }
        _ => return Err(refused("there is no such call here".to_owned())),
    }
    Ok(Performed::Done { made: None })
}

/// A rule that ends uploads which nobody ended; no other is put.
fn lifecycle_rule(rule: &Value) -> Result<LifecycleRule, String> {
    let days = rule.pointer("/AbortIncompleteMultipartUpload/DaysAfterInitiation").and_then(Value::as_i64);
    let days = days.and_then(|d| i32::try_from(d).ok()).ok_or("the rule has no AbortIncompleteMultipartUpload")?;
    let prefix = rule.pointer("/Filter/Prefix").and_then(Value::as_str).ok_or("the rule has no Filter.Prefix")?;
    let id = rule.get("ID").and_then(Value::as_str).ok_or("the rule has no ID")?;
    LifecycleRule::builder()
        .id(id)
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix(prefix).build())
        .abort_incomplete_multipart_upload(
            AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build(),
        )
        .build()
        .map_err(|e| e.to_string())
}

/// Whether a schedule is there.
pub(super) async fn scheduled(clients: &Clients, name: &str) -> Result<bool, CloudError> {
    let operation = "scheduler:GetSchedule";
    clients.count(operation)?;
    match clients.scheduler.get_schedule().name(name).send().await {
        Ok(_) => Ok(true),
        Err(error) => match told(operation, &clients.place, &error) {
            CloudError::NotFound { .. } => Ok(false),
            other => Err(other),
        },
    }
}
