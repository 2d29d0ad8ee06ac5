//! CloudWatch: metrics by the hour, 250 a request.
//!
//! Source: Amazon CloudWatch API reference, `GetMetricData` (500 queries and 100,800 points a request, USD 0.01 per 1,000 metrics);
//! the lists of metrics of EC2, EBS, RDS, Elastic Load Balancing, NAT gateways, Lambda and the CloudWatch agent. Read 2026-11-22.

use std::collections::{BTreeMap, HashMap, HashSet};

use aws_sdk_cloudwatch::types::{Dimension, Metric as CloudMetric, MetricDataQuery, MetricStat};
use jiff::Timestamp;
use tollgate_model::{Hourly, Metric, ResourceType};

use super::Clients;
use super::error::cloud_error;
use crate::{CloudError, MetricRequest};

/// Queries in a request: two weeks of hourly values of these stay below the limit of points.
const QUERIES_A_REQUEST: usize = 250;
const HOUR: i32 = 3600;

/// Namespace, name and statistic of the CloudWatch metrics that are summed for a metric of a type; empty where there are none.
fn sources(of: ResourceType, metric: Metric) -> &'static [(&'static str, &'static str, &'static str)] {
    match (of, metric) {
        (ResourceType::Instance, Metric::CpuAverage) => &[("AWS/EC2", "CPUUtilization", "Average")],
        (ResourceType::Instance, Metric::CpuMaximum) => &[("AWS/EC2", "CPUUtilization", "Maximum")],
        (ResourceType::Instance, Metric::MemoryMaximum) => &[("CWAgent", "mem_used_percent", "Maximum")],
        (ResourceType::Instance, Metric::NetworkBytes) => {
            &[("AWS/EC2", "NetworkIn", "Sum"), ("AWS/EC2", "NetworkOut", "Sum")]
        }
        (ResourceType::Instance, Metric::DiskOperations) => {
            &[("AWS/EC2", "EBSReadOps", "Sum"), ("AWS/EC2", "EBSWriteOps", "Sum")]
        }
        (ResourceType::Volume, Metric::DiskOperations) => {
            &[("AWS/EBS", "VolumeReadOps", "Sum"), ("AWS/EBS", "VolumeWriteOps", "Sum")]
        }
        (ResourceType::Database, Metric::CpuAverage) => &[("AWS/RDS", "CPUUtilization", "Average")],
        (ResourceType::Database, Metric::CpuMaximum) => &[("AWS/RDS", "CPUUtilization", "Maximum")],
        (ResourceType::Database, Metric::Connections) => &[("AWS/RDS", "DatabaseConnections", "Maximum")],
        (ResourceType::Database, Metric::DiskOperations) => {
            &[("AWS/RDS", "ReadIOPS", "Average"), ("AWS/RDS", "WriteIOPS", "Average")]
        }
        (ResourceType::NatGateway, Metric::ProcessedBytes) => {
            &[("AWS/NATGateway", "BytesOutToDestination", "Sum"), ("AWS/NATGateway", "BytesInFromDestination", "Sum")]
        }
        (ResourceType::Function, Metric::Invocations) => &[("AWS/Lambda", "Invocations", "Sum")],
        (ResourceType::Function, Metric::DurationMaximum) => &[("AWS/Lambda", "Duration", "Maximum")],
        (ResourceType::Function, Metric::MemoryMaximum) => &[("LambdaInsights", "memory_utilization", "Maximum")],
        _ => &[],
    }
}

/// The same for load balancers: each kind has its own metrics, and the ARN contains the kind.
fn of_balancer(arn: &str) -> &'static [(&'static str, &'static str, &'static str)] {
    match () {
        () if arn.contains("/app/") => &[("AWS/ApplicationELB", "RequestCount", "Sum")],
        () if arn.contains("/net/") => &[("AWS/NetworkELB", "NewFlowCount", "Sum")],
        () => &[("AWS/GatewayELB", "NewFlowCount", "Sum")],
    }
}

fn dimension(of: ResourceType, id: &str, namespace: &str) -> Dimension {
    let (name, value) = match of {
        ResourceType::Instance => ("InstanceId", id),
        ResourceType::Volume => ("VolumeId", id),
        ResourceType::Database => ("DBInstanceIdentifier", id),
        ResourceType::NatGateway => ("NatGatewayId", id),
        ResourceType::Function if namespace == "LambdaInsights" => ("function_name", id),
        ResourceType::Function => ("FunctionName", id),
        ResourceType::LoadBalancer => ("LoadBalancer", id.split_once(":loadbalancer/").map_or(id, |(_, rest)| rest)),
        _ => ("Id", id),
    };
    Dimension::builder().name(name).value(value).build()
}

pub(super) async fn hourly(
    clients: &Clients,
    wanted: &[MetricRequest],
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Option<Hourly>>, CloudError> {
    let first = from.as_second().div_euclid(i64::from(HOUR));
    let hours = usize::try_from(to.as_second().div_euclid(i64::from(HOUR)) - first).unwrap_or(0);
    let mut queries = Vec::new();
    for (index, one) in wanted.iter().enumerate() {
        let sources = match (one.of, one.metric) {
            (ResourceType::LoadBalancer, Metric::Requests) => of_balancer(&one.id),
            (of, metric) => sources(of, metric),
        };
        for (part, (namespace, name, statistic)) in sources.iter().enumerate() {
            let metric = CloudMetric::builder()
                .namespace(*namespace)
                .metric_name(*name)
                .dimensions(dimension(one.of, &one.id, namespace))
                .build();
            let stat = MetricStat::builder().metric(metric).period(HOUR).stat(*statistic).build();
            queries.push(MetricDataQuery::builder().id(format!("m{index}_{part}")).metric_stat(stat).build());
        }
    }
    let mut found: HashMap<usize, BTreeMap<usize, f32>> = HashMap::new();
    for queries in queries.chunks(QUERIES_A_REQUEST) {
        read_page(clients, queries, from, to, first, hours, &mut found).await?;
    }
    Ok((0..wanted.len())
        .map(|index| {
            let by_hour = found.remove(&index).filter(|h| !h.is_empty())?;
            Some(Hourly::new(first, (0..hours).map(|h| by_hour.get(&h).copied())))
        })
        .collect())
}

async fn read_page(
    clients: &Clients,
    queries: &[MetricDataQuery],
    from: Timestamp,
    to: Timestamp,
    first: i64,
    hours: usize,
    found: &mut HashMap<usize, BTreeMap<usize, f32>>,
) -> Result<(), CloudError> {
    let operation = "cloudwatch:GetMetricData";
    let instant = |t: Timestamp| aws_sdk_cloudwatch::primitives::DateTime::from_secs(t.as_second());
    let mut next = None;
    let mut answered = HashSet::new();
    let incomplete = |what: &str| CloudError::Unavailable {
        operation: operation.to_owned(),
        place: clients.place.clone(),
        message: format!("{what}: a missing value is not zero"),
    };
    loop {
        clients.count(operation)?;
        let request = clients.cloudwatch.get_metric_data().set_metric_data_queries(Some(queries.to_vec()));
        let request = request.start_time(instant(from)).end_time(instant(to)).set_next_token(next);
        let answer = request.send().await.map_err(|e| cloud_error(operation, &clients.place, &e))?;
        for result in answer.metric_data_results.unwrap_or_default() {
            let id = result.id.unwrap_or_default();
            // An error of one metric is inside an answer that succeeded, without values.
            let status = result.status_code.as_ref().map_or("Complete", |s| s.as_str());
            if !["Complete", "PartialData"].contains(&status) {
                return Err(incomplete(&format!("a metric is {status}")));
            }
            answered.insert(id.clone());
            let Some(index) = id.strip_prefix('m').and_then(|i| i.split('_').next()?.parse::<usize>().ok()) else {
                continue;
            };
            let by_hour = found.entry(index).or_default();
            for (at, value) in result.timestamps.unwrap_or_default().iter().zip(result.values.unwrap_or_default()) {
                let hour = usize::try_from(at.secs().div_euclid(i64::from(HOUR)) - first).ok();
                if let Some(hour) = hour.filter(|h| *h < hours) {
                    // Parts are summed; f32 is exact enough for a measurement.
                    *by_hour.entry(hour).or_default() += value as f32;
                }
            }
        }
        next = answer.next_token.filter(|t| !t.is_empty());
        if next.is_none() {
            let missing = queries.iter().filter(|q| !answered.contains(q.id().unwrap_or_default())).count();
            return if missing == 0 {
                Ok(())
            } else {
                Err(incomplete(&format!("{missing} metrics were not answered")))
            };
        }
    }
}
