//! Which rows of the AWS price lists are the prices of the book, and under which keys.
//!
//! Source: AWS Price List documentation, "Reading the service price list file", and the usage types of Cost and Usage Reports. Read
//! 2026-11-22.

use super::aws::Row;
use super::aws_attributes::by_attributes;
use super::aws_meters::metered;
use crate::observations::slug;

/// What a row is in the book: its key and unit, and how many units of the list are how many of the book.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) key: String,
    pub(super) unit: &'static str,
    /// The units of the list in `per` units of the book.
    pub(super) times: i64,
    pub(super) per: i64,
    /// Where its tier begins, if the list has each tier as a product of its own that begins at zero.
    pub(super) begins: Option<i64>,
}

impl Listed {
    pub(super) fn of(key: String, unit: &'static str, times: i64) -> Self {
        Self { key, unit, times, per: 1, begins: None }
    }
}

pub(super) fn hourly(key: String) -> Option<Listed> {
    Some(Listed::of(key, "hours", 1))
}

/// Returns a price of throughput in MB/s: a list in GiB/s has 1024 of them in a unit.
fn throughput(key: &str, unit: &'static str, row: &Row<'_>) -> Listed {
    let per = if row.get("Unit").to_lowercase().starts_with("gibps") { 1024 } else { 1 };
    Listed { per, ..Listed::of(key.to_owned(), unit, 1) }
}

/// Returns what a row is, for every estimator that uses it.
pub(super) fn price_of(service: &str, row: &Row<'_>) -> Vec<Listed> {
    if row.get("TermType") != "OnDemand" || row.get("Currency") != "USD" {
        return Vec::new();
    }
    let classed = match service {
        "AmazonEC2" => ec2(row),
        "AmazonRDS" => rds(row),
        "AmazonElastiCache" | "AmazonMemoryDB" => cache(service, row),
        "AmazonES" => search(row),
        "AmazonRedshift" if row.get("Product Family") == "Redshift Managed Storage" => {
            let kind = row.get("Instance Type").to_lowercase();
            Some(Listed::of(format!("aws/redshift_cluster/managed-storage-{kind}"), "GB", 1))
        }
        "AmazonRedshift" | "AmazonMSK" | "AmazonDocDB" | "AmazonNeptune" | "AmazonMQ" | "ElasticMapReduce" => {
            classes(service, row)
        }
        "AWSELB" => balancers(row),
        "AmazonSageMaker" => sagemaker(row),
        _ => None,
    };
    classed.into_iter().chain(metered(service, row)).chain(by_attributes(service, row)).collect()
}

fn ec2(row: &Row<'_>) -> Option<Listed> {
    let kind = row.get("Instance Type").to_lowercase();
    match row.get("Product Family") {
        "Compute Instance" | "Compute Instance (bare metal)" => {
            let os = match row.get("Operating System") {
                "Linux" => "linux",
                "Windows" => "windows",
                _ => return None,
            };
            // Shared tenancy, used capacity, no other software, no other license, no local zone.
            let plain = row.get("Tenancy") == "Shared"
                && row.get("CapacityStatus") == "Used"
                && row.get("Pre Installed S/W") == "NA"
                && row.get("License Model") == "No License required"
                && row.get("Location Type") == "AWS Region";
            if plain { hourly(format!("aws/vm/{os}/{kind}")) } else { None }
        }
        "Storage" => {
            let words = match row.get("Volume API Name") {
                kind @ ("gp2" | "gp3") => format!("storage-general-purpose-ssd-{kind}"),
                kind @ ("io1" | "io2") => format!("storage-provisioned-iops-ssd-{kind}"),
                "st1" => "storage-throughput-optimized-hdd-st1".to_owned(),
                "sc1" => "storage-cold-hdd-sc1".to_owned(),
                "standard" => "storage-magnetic".to_owned(),
                _ => return None,
            };
            Some(Listed::of(format!("aws/ebs_volume/{words}"), "GB", 1))
        }
        "System Operation" | "Provisioned Throughput" if row.used("EBS:VolumeP-Throughput.gp3") => {
            Some(throughput("aws/ebs_volume/provisioned-throughput", "Mbps", row))
        }
        "System Operation" => {
            let (unit, words) = match row.get("Volume API Name") {
                "io1" if row.used("EBS:VolumeP-IOPS.piops") => ("IOPS", "provisioned-iops-io"),
                "io2" if row.get("usageType").contains("EBS:VolumeP-IOPS.io2") => ("IOPS", "provisioned-iops-io2"),
                "gp3" if row.used("EBS:VolumeP-IOPS.gp3") => ("IOPS", "provisioned-iops-gp3"),
                "standard" if row.used("EBS:VolumeIOUsage") => ("1M request", "i/o-requests"),
                _ => return None,
            };
            let times = if unit == "1M request" { 1_000_000 } else { 1 };
            // The tiers of io2 are products of their own: up to 32,000, up to 64,000, and beyond (EBS pricing, 2026-11).
            let begins = match row.get("usageType").rsplit('.').next() {
                Some("tier2") => Some(32_000),
                Some("tier3") => Some(64_000),
                _ => None,
            };
            Some(Listed { begins, ..Listed::of(format!("aws/ebs_volume/{words}"), unit, times) })
        }
        "Dedicated Host" if row.get("Tenancy") == "Host" => {
            let family = kind.split('.').next().unwrap_or_default();
            hourly(format!("aws/ec2_host/ec2-dedicated-host-on-demand-{family}"))
        }
        _ => None,
    }
}

fn rds(row: &Row<'_>) -> Option<Listed> {
    let kind = row.get("Instance Type").to_lowercase();
    let optimized = row.get("usageType").contains("IOOptimized");
    match row.get("Product Family") {
        "Database Instance" if row.get("Deployment Option") == "Single-AZ" => {
            let license = row.get("License Model");
            let engine = match (row.get("Database Engine"), row.get("Database Edition")) {
                ("MySQL" | "MariaDB", _) => "mysql",
                ("PostgreSQL", _) => "postgres",
                ("Aurora MySQL" | "Aurora PostgreSQL", _) if optimized => "aurora-io-optimized",
                ("Aurora MySQL" | "Aurora PostgreSQL", _) => "aurora",
                ("SQL Server", _) if license != "License included" => return None,
                ("SQL Server", "Express") => "sqlserver-ex",
                ("SQL Server", "Web") => "sqlserver-web",
                ("SQL Server", "Standard") => "sqlserver-se",
                ("SQL Server", "Enterprise") => "sqlserver-ee",
                ("Oracle", _) if license == "Bring your own license" => "oracle-byol",
                ("Oracle", "Standard Two") => "oracle-se2",
                _ => return None,
            };
            hourly(format!("aws/rds/{engine}/{kind}"))
        }
        "Database Storage" if row.get("Deployment Option") == "Single-AZ" => {
            let words = match row.get("Volume Type") {
                "General Purpose" => "storage-gp2",
                "General Purpose-GP3" => "storage-gp3",
                "Provisioned IOPS" => "storage-io1",
                "Provisioned IOPS-IO2" => "storage-io2",
                "Magnetic" => "storage-standard",
                _ => return None,
            };
            Some(Listed::of(format!("aws/rds/{words}"), "GB", 1))
        }
        "Provisioned IOPS" if row.get("Deployment Option") == "Single-AZ" => {
            let words = match row.get("Group") {
                "RDS Provisioned IOPS" => "iops-io1",
                "RDS Provisioned IO2 IOPS" => "iops-io2",
                "RDS Provisioned GP3 IOPS" => "iops-gp3",
                _ => return None,
            };
            Some(Listed::of(format!("aws/rds/{words}"), "IOPS", 1))
        }
        "Provisioned Throughput" if row.get("Deployment Option") == "Single-AZ" => {
            Some(throughput("aws/rds/throughput-gp3", "MBps", row))
        }
        _ => None,
    }
}

fn cache(service: &str, row: &Row<'_>) -> Option<Listed> {
    let kind = row.get("Instance Type").to_lowercase();
    match (service, row.get("Product Family")) {
        ("AmazonElastiCache", "Cache Instance") if row.get("Cache Engine") == "Redis" => {
            hourly(format!("aws/elasticache/on-demand/{kind}"))
        }
        ("AmazonMemoryDB", "Amazon MemoryDB") if kind.starts_with("db.") => hourly(format!("aws/memorydb/{kind}")),
        _ => None,
    }
}

fn search(row: &Row<'_>) -> Option<Listed> {
    let kind = row.get("Instance Type").to_lowercase().replace(".elasticsearch", ".search");
    match row.get("Product Family") {
        "Amazon OpenSearch Service Instance" if kind.starts_with("ultrawarm") => {
            hourly(format!("aws/opensearch_domain/ultrawarm-instance-on-demand-{kind}"))
        }
        "Amazon OpenSearch Service Instance" => hourly(format!("aws/opensearch/instance/{kind}")),
        "Amazon OpenSearch Service Volume" => {
            let words = match row.get("Storage Media") {
                "GP2" => "storage-gp2",
                "GP3" => "storage-gp3",
                "PIOPS" => "storage-io1",
                "Magnetic" => "storage-standard",
                _ => return None,
            };
            Some(Listed::of(format!("aws/opensearch_domain/{words}"), "GB", 1))
        }
        _ => None,
    }
}

/// Classes by the hour of services that have little else.
fn classes(service: &str, row: &Row<'_>) -> Option<Listed> {
    let kind = row.get("Instance Type").to_lowercase();
    if kind.is_empty() {
        return None;
    }
    hourly(match (service, row.get("Product Family")) {
        ("AmazonRedshift", "Compute Instance") => format!("aws/redshift_cluster/cluster-usage-on-demand-{kind}"),
        ("AmazonMSK", "Managed Streaming for Apache Kafka (MSK)") => {
            format!(
                "aws/msk_cluster/instance-{}",
                if kind.starts_with("kafka.") { kind } else { format!("kafka.{kind}") }
            )
        }
        ("AmazonDocDB", "Database Instance") if !row.get("usageType").contains("IOOptimized") => {
            format!("aws/docdb_cluster_instance/database-instance-on-demand-{kind}")
        }
        ("AmazonNeptune", "Database Instance") if !row.get("usageType").contains("IOOptimized") => {
            format!("aws/neptune_cluster_instance/database-instance-on-demand-{kind}")
        }
        ("AmazonMQ", "Broker Instances") => {
            let engine = row.get("Broker Engine").to_lowercase().replace(' ', "");
            let place = match (row.get("Deployment Option") == "Multi-AZ", engine.as_str()) {
                (true, "rabbitmq") => "cluster-multi-az",
                (true, _) => "active-standby-multi-az",
                (false, _) => "single-instance",
            };
            format!("aws/mq_broker/instance-usage-{engine}-{kind}-{place}")
        }
        ("ElasticMapReduce", "Elastic Map Reduce Instance") if row.get("Software Type") == "EMR" => {
            format!("aws/emr/{kind}")
        }
        _ => return None,
    })
}

fn balancers(row: &Row<'_>) -> Option<Listed> {
    let family = row.get("Product Family");
    if row.used("LoadBalancerUsage") {
        return hourly(match family {
            "Load Balancer-Application" => "aws/lb/application-load-balancer".to_owned(),
            "Load Balancer-Network" => "aws/lb/network-load-balancer".to_owned(),
            "Load Balancer" => "aws/elb/classic-load-balancer".to_owned(),
            _ => return None,
        });
    }
    if row.used("LCUUsage") {
        // A capacity unit of the book runs for a month.
        let key = match family {
            "Load Balancer-Application" => "aws/lb/lcu-application",
            "Load Balancer-Network" => "aws/lb/lcu-network",
            _ => return None,
        };
        return Some(Listed::of(key.to_owned(), "LCU", crate::bill::HOURS));
    }
    (family == "Load Balancer" && row.used("DataProcessing-Bytes"))
        .then(|| Listed::of("aws/elb/data-processed".to_owned(), "GB", 1))
}

fn sagemaker(row: &Row<'_>) -> Option<Listed> {
    if row.get("Product Family") != "ML Instance" {
        return None;
    }
    let name = row.get("Instance Name").to_lowercase();
    match slug(row.get("Component")).as_str() {
        "notebook" => hourly(format!("aws/sagemaker/notebook/{name}")),
        "hosting" => hourly(format!("aws/sagemaker/hosting/{name}")),
        _ => None,
    }
}
