//! The calls that change something, each by its name and parameters in the API.
//!
//! An approved plan holds names and parameters; this file turns them into requests. It refuses a name that is not in
//! [`OPERATIONS`](crate::OPERATIONS), and a parameter that it does not read: an approved call is made whole or not at all.
//!
//! Source: the API references of Amazon EC2, RDS, Elastic Load Balancing, Lambda, S3, CloudWatch Logs, EventBridge Scheduler and the
//! Resource Groups Tagging API. Read 2026-11-22.

use aws_sdk_ec2::types::{AttributeValue, DomainType, Tag, VolumeType};
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, ExpirationStatus, LifecycleRule, LifecycleRuleFilter,
};
use aws_sdk_scheduler::types::{FlexibleTimeWindow, FlexibleTimeWindowMode, Target};
use serde_json::Value;
use tollgate_model::ApiCall;

use super::Clients;
use super::error::{cloud_error, is_dry_run_success};
use super::parameters::Parameters;
use crate::{CallOutcome, CloudError, OPERATIONS};

/// Sends a request: an error becomes the port's, and `DryRunOperation` becomes "allowed".
macro_rules! send {
    ($clients:expr, $operation:expr, $request:expr) => {
        match $request.send().await {
            Ok(answer) => answer,
            Err(error) if is_dry_run_success(&error) => return Ok(CallOutcome::Allowed),
            Err(error) => return Err(cloud_error($operation, &$clients.place, &error)),
        }
    };
}

pub(super) async fn perform(
    clients: &Clients,
    call: &ApiCall,
    scheduler_role: &str,
    dry_run: bool,
) -> Result<CallOutcome, CloudError> {
    let known =
        OPERATIONS.iter().find(|(service, operation, _)| *service == call.service && *operation == call.operation);
    let name = format!("{}:{}", call.service, call.operation);
    let refused =
        |message: String| CloudError::Refused { operation: name.clone(), place: clients.place.clone(), message };
    if known.is_none() {
        return Err(refused("a plan must not contain this call".to_owned()));
    }
    if dry_run && call.service != "ec2" {
        return Ok(CallOutcome::NotChecked);
    }
    clients.count(&name)?;
    let p = Parameters::new(&call.parameters);
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
) -> Result<CallOutcome, CloudError> {
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
        _ => return Err(refused("this EC2 call is not implemented".to_owned())),
    }
    Ok(CallOutcome::Done { created: made })
}

async fn rds(
    clients: &Clients,
    operation: &str,
    p: &Parameters<'_>,
    name: &str,
    refused: &(dyn Fn(String) -> CloudError + Sync),
) -> Result<CallOutcome, CloudError> {
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
        _ => return Err(refused("this RDS call is not implemented".to_owned())),
    }
    Ok(CallOutcome::Done { created: None })
}

async fn others(
    clients: &Clients,
    operation: &str,
    p: &Parameters<'_>,
    name: &str,
    scheduler_role: &str,
    refused: &(dyn Fn(String) -> CloudError + Sync),
) -> Result<CallOutcome, CloudError> {
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
            // An answer that succeeded lists the resources that were not tagged.
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
        _ => return Err(refused("this call is not implemented".to_owned())),
    }
    Ok(CallOutcome::Done { created: None })
}

/// Reads a rule that aborts incomplete uploads; other rules are refused.
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

/// Whether a schedule exists.
pub(super) async fn schedule_exists(clients: &Clients, name: &str) -> Result<bool, CloudError> {
    let operation = "scheduler:GetSchedule";
    clients.count(operation)?;
    match clients.scheduler.get_schedule().name(name).send().await {
        Ok(_) => Ok(true),
        Err(error) => match cloud_error(operation, &clients.place, &error) {
            CloudError::NotFound { .. } => Ok(false),
            other => Err(other),
        },
    }
}
