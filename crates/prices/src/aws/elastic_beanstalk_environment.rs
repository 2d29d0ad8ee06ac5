//! aws_elastic_beanstalk_environment: instances, the load balancer and the database that its settings ask for.

use crate::prelude::*;

use super::databases::class_keys;
use super::machines::instance;
use crate::resource::Attributes;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let settings = r.items("setting")?;
    let of = |namespace: &str, name: &str| {
        let is = |s: &&Attributes| {
            s.text("namespace").known_or(String::new()) == format!("aws:{namespace}")
                && s.text("name").known_or(String::new()) == name
        };
        settings.iter().find(is).and_then(|s| s.text("value").optional().ok().flatten())
    };
    let none = Attributes::new(tollgate_expression::Value::Null);
    let first = |list: String| list.split(',').next().map(|kind| kind.trim().to_owned());
    let kind = of("ec2:instances", "InstanceTypes")
        .and_then(first)
        .or_else(|| of("autoscaling:launchconfiguration", "InstanceType"));
    let single = of("elasticbeanstalk:environment", "EnvironmentType").is_some_and(|t| t == "SingleInstance");
    let number = |text: Option<String>, usual: i64| {
        text.and_then(|t| t.parse::<i64>().ok()).filter(|n| *n >= 0).unwrap_or(usual)
    };
    let least = number(of("autoscaling:asg", "MinSize"), 1);
    let most = if single { least } else { number(of("autoscaling:asg", "MaxSize"), 4).max(least) };
    let count = match bill.known_usage("instances") {
        Some((n, _)) => Span::exactly(n),
        None => Span::between(whole(least), whole(least), whole(most)),
    };
    bill.repeat("", count, |bill| {
        instance(kind.ok_or_else(|| Unpriced("the type of its instances is not set".to_owned())), &none, bill);
        let volume = of("autoscaling:launchconfiguration", "RootVolumeType").unwrap_or_else(|| "gp2".to_owned());
        let size = number(of("autoscaling:launchconfiguration", "RootVolumeSize"), 8);
        let iops = of("autoscaling:launchconfiguration", "RootVolumeIOPS").unwrap_or_default();
        let values =
            serde_json::json!({ "volume_type": volume, "volume_size": size, "iops": iops.parse::<i64>().ok() });
        let block = Attributes::new(crate::from_json(&values));
        super::volumes::Volume::of(&block, super::machines::OF_INSTANCE).bill("Root volume: ", bill);
        Ok(())
    })?;
    if !single {
        balancer(of("elasticbeanstalk:environment", "LoadBalancerType").as_deref(), bill);
    }
    if let Some(class) = of("rds:dbinstance", "DBInstanceClass") {
        let engine = of("rds:dbinstance", "DBEngine").unwrap_or_else(|| "mysql".to_owned());
        let zones = if of("rds:dbinstance", "MultiAZDatabase").is_some_and(|v| v == "true") { 2 } else { 1 };
        bill.hourly_first(&format!("Database, {engine}, {class}"), &class_keys(&engine, "", &class), &class, zones);
        let size = number(of("rds:dbinstance", "DBAllocatedStorage"), 5);
        bill.fixed("Database: Storage, gp2", "GB", "aws/rds/storage-gp2", size.saturating_mul(zones));
    }
    if of("elasticbeanstalk:cloudwatch:logs", "StreamLogs").is_some_and(|v| v == "true") {
        bill.usage("Logs in", "GB", "aws/cloudwatch_log_group/data-ingested", "cloudwatch.monthly_data_ingested_gb", 1);
        bill.known("Logs kept", "GB", "aws/cloudwatch_log_group/archival-storage", "cloudwatch.storage_gb");
    }
    Ok(())
}

fn balancer(kind: Option<&str>, bill: &mut Bill<'_>) {
    match kind.unwrap_or("classic") {
        "application" => {
            bill.hourly("Load balancer, application", "aws/lb/application-load-balancer", 1);
            bill.known("Capacity units", "LCU", "aws/lb/lcu-application", "lb.capacity_units");
        }
        "network" => {
            bill.hourly("Load balancer, network", "aws/lb/network-load-balancer", 1);
            bill.known("Capacity units", "LCU", "aws/lb/lcu-network", "lb.capacity_units");
        }
        _ => {
            bill.hourly("Load balancer, classic", "aws/elb/classic-load-balancer", 1);
            bill.usage("Data processed", "GB", "aws/elb/data-processed", "elb.monthly_data_processed_gb", 100);
        }
    }
}
