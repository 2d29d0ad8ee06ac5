//! Which rows of the AWS price lists are the prices of the book, and under which keys.
//!
//! Source: AWS Price List documentation, "Reading the service price list file", and the usage types of Cost and Usage Reports. Read
//! 2026-11-22.

use super::aws::Row;
use crate::observations::slug;

/// What a row is in the book: its key and unit, and the units of the list in one unit of the book.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) key: String,
    pub(super) unit: &'static str,
    pub(super) times: i64,
}

fn hourly(key: String) -> Option<Listed> {
    Some(Listed { key, unit: "hours", times: 1 })
}

/// Returns what a row is, if an estimator uses it.
pub(super) fn price_of(service: &str, row: &Row<'_>) -> Option<Listed> {
    if row.get("TermType") != "OnDemand" || row.get("Currency") != "USD" {
        return None;
    }
    match service {
        "AmazonEC2" => ec2(row),
        "AmazonRDS" => rds(row),
        "AmazonElastiCache" | "AmazonMemoryDB" => cache(service, row),
        "AmazonES" => search(row),
        "AmazonRedshift" | "AmazonMSK" | "AmazonDocDB" | "AmazonNeptune" | "AmazonMQ" | "ElasticMapReduce" => {
            classes(service, row)
        }
        "AWSELB" => balancers(row),
        "AmazonSageMaker" => sagemaker(row),
        _ => None,
    }
    .or_else(|| metered(service, row))
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
            Some(Listed { key: format!("aws/ebs_volume/{words}"), unit: "GB", times: 1 })
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
            Some(Listed { key: format!("aws/ebs_volume/{words}"), unit, times })
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
            Some(Listed { key: format!("aws/rds/{words}"), unit: "GB", times: 1 })
        }
        "Provisioned IOPS" if row.get("Deployment Option") == "Single-AZ" => {
            let words = match row.get("Group") {
                "RDS Provisioned IOPS" => "iops-io1",
                "RDS Provisioned IO2 IOPS" => "iops-io2",
                "RDS Provisioned GP3 IOPS" => "iops-gp3",
                _ => return None,
            };
            Some(Listed { key: format!("aws/rds/{words}"), unit: "IOPS", times: 1 })
        }
        "Provisioned Throughput" if row.get("Deployment Option") == "Single-AZ" => {
            Some(Listed { key: "aws/rds/throughput-gp3".to_owned(), unit: "MBps", times: 1 })
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
            Some(Listed { key: format!("aws/opensearch_domain/{words}"), unit: "GB", times: 1 })
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
            let place =
                if row.get("Deployment Option") == "Multi-AZ" { "active-standby-multi-az" } else { "single-instance" };
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
        return Some(Listed { key: key.to_owned(), unit: "LCU", times: crate::bill::HOURS });
    }
    (family == "Load Balancer" && row.used("DataProcessing-Bytes")).then(|| Listed {
        key: "aws/elb/data-processed".to_owned(),
        unit: "GB",
        times: 1,
    })
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

/// Meters: service, the end of the usage type, the key after `aws/`, the unit, and the units of the list in one of the book.
pub(super) const METERS: &[(&str, &str, &str, &str, i64)] = &[
    ("AmazonEC2", "EBS:SnapshotUsage", "ebs_snapshot/ebs-snapshot-storage", "GB", 1),
    ("AmazonEC2", "EBS:VolumeP-Throughput.gp3", "ebs_volume/provisioned-throughput", "Mbps", 1),
    ("AmazonEC2", "NatGateway-Hours", "nat_gateway/nat-gateway", "hours", 1),
    ("AmazonEC2", "NatGateway-Bytes", "nat_gateway/data-processed", "GB", 1),
    ("AmazonEC2", "CPUCredits:t3", "instance/cpu-credits", "vCPU-hours", 1),
    ("AmazonVPC", "PublicIPv4:InUseAddress", "eip/ip-address-if-unused", "hours", 1),
    ("AmazonVPC", "VpcEndpoint-Hours", "vpc_endpoint/endpoint-interface", "hours", 1),
    ("AmazonVPC", "VpcEndpoint-Bytes", "vpc_endpoint/data-processed", "GB", 1),
    ("AmazonVPC", "VPN-Usage-Hours:ipsec.1", "vpn_connection/vpn-connection", "hours", 1),
    ("AmazonVPC", "TransitGateway-Hours", "ec2_transit_gateway_vpc_attachment/transit-gateway-attachment", "hours", 1),
    ("AmazonVPC", "TransitGateway-Bytes", "ec2_transit_gateway_vpc_attachment/data-processed", "GB", 1),
    ("AmazonVPC", "ClientVPN-EndpointHours", "ec2_client_vpn_network_association/endpoint-association", "hours", 1),
    ("AmazonVPC", "ClientVPN-ConnectionHours", "ec2_client_vpn_endpoint/connection", "hours", 1),
    ("AmazonVPC", "TrafficMirror", "ec2_traffic_mirror_session/traffic-mirror", "hours", 1),
    ("AWSLambda", "Request", "lambda_function/requests", "1M requests", 1_000_000),
    ("AWSLambda", "Lambda-GB-Second", "lambda/duration-x86-64", "GB-seconds", 1),
    ("AWSLambda", "Lambda-GB-Second-ARM", "lambda/duration-arm64", "GB-seconds", 1),
    (
        "AWSLambda",
        "Lambda-Provisioned-Concurrency",
        "lambda_provisioned_concurrency_config/provisioned-concurrency",
        "GB-seconds",
        1,
    ),
    ("AWSLambda", "Lambda-Provisioned-GB-Second", "lambda_provisioned_concurrency_config/duration", "GB-seconds", 1),
    ("AmazonS3", "TimedStorage-ByteHrs", "s3_bucket/standard/storage", "GB", 1),
    ("AmazonS3", "TimedStorage-SIA-ByteHrs", "s3_bucket/standard-infrequent-access/storage", "GB", 1),
    ("AmazonS3", "TimedStorage-ZIA-ByteHrs", "s3_bucket/one-zone-infrequent-access/storage", "GB", 1),
    ("AmazonS3", "TimedStorage-INT-FA-ByteHrs", "s3_bucket/intelligent-tiering/storage-frequent-access", "GB", 1),
    ("AmazonS3", "TimedStorage-INT-IA-ByteHrs", "s3_bucket/intelligent-tiering/storage-infrequent-access", "GB", 1),
    ("AmazonS3", "TimedStorage-GlacierByteHrs", "s3_bucket/glacier-flexible-retrieval/storage", "GB", 1),
    ("AmazonS3", "TimedStorage-GDA-ByteHrs", "s3_bucket/glacier-deep-archive/storage", "GB", 1),
    ("AmazonS3", "Requests-Tier1", "s3_bucket/standard/put-copy-post-list-requests", "1k requests", 1000),
    ("AmazonS3", "Requests-Tier2", "s3_bucket/standard/get-select-and-all-other-requests", "1k requests", 1000),
    (
        "AmazonS3",
        "Requests-SIA-Tier1",
        "s3_bucket/standard-infrequent-access/put-copy-post-list-requests",
        "1k requests",
        1000,
    ),
    (
        "AmazonS3",
        "Requests-SIA-Tier2",
        "s3_bucket/standard-infrequent-access/get-select-and-all-other-requests",
        "1k requests",
        1000,
    ),
    ("AmazonDynamoDB", "WriteRequestUnits", "dynamodb_table/write-request-unit-wru", "WRUs", 1),
    ("AmazonDynamoDB", "ReadRequestUnits", "dynamodb_table/read-request-unit-rru", "RRUs", 1),
    ("AmazonDynamoDB", "WriteCapacityUnit-Hrs", "dynamodb_table/write-capacity-unit-wcu", "WCU", 730),
    ("AmazonDynamoDB", "ReadCapacityUnit-Hrs", "dynamodb_table/read-capacity-unit-rcu", "RCU", 730),
    ("AmazonDynamoDB", "TimedStorage-ByteHrs", "dynamodb_table/data-storage", "GB", 1),
    (
        "AmazonDynamoDB",
        "TimedPITRStorage-ByteHrs",
        "dynamodb_table/point-in-time-recovery-pitr-backup-storage",
        "GB",
        1,
    ),
    ("AmazonECS", "Fargate-vCPU-Hours:perCPU", "ecs_service/per-vcpu-per-hour", "CPU", 730),
    ("AmazonECS", "Fargate-GB-Hours", "ecs_service/per-gb-per-hour", "GB", 730),
    ("AmazonECS", "Fargate-ARM-vCPU-Hours:perCPU", "ecs_service/per-vcpu-per-hour-arm", "CPU", 730),
    ("AmazonECS", "Fargate-ARM-GB-Hours", "ecs_service/per-gb-per-hour-arm", "GB", 730),
    ("AmazonECS", "Fargate-EphemeralStorage-GB-Hours", "ecs_service/ephemeral-storage", "GB-hours", 1),
    ("AmazonEKS", "AmazonEKS-Hours:perCluster", "eks_cluster/eks-cluster", "hours", 1),
    ("AmazonEKS", "AmazonEKS-Hours:extendedSupport", "eks_cluster/eks-cluster-extended-support", "hours", 1),
    ("AmazonRDS", "Aurora:StorageUsage", "rds_cluster/storage", "GB", 1),
    ("AmazonRDS", "Aurora:IO-OptimizedStorageUsage", "rds_cluster/storage-i/o-optimized", "GB", 1),
    ("AmazonRDS", "Aurora:StorageIOUsage", "rds_cluster/i/o-requests", "1M requests", 1_000_000),
    ("AmazonRDS", "Aurora:BackupUsage", "rds_cluster/backup-storage", "GB", 1),
    ("AmazonRDS", "Aurora:ServerlessUsage", "rds_cluster/aurora-serverless", "ACU-hours", 1),
    ("AmazonRDS", "Aurora:ServerlessV2Usage", "rds_cluster_instance/aurora-serverless-v2", "ACU-hours", 1),
    (
        "AmazonRDS",
        "Aurora:ServerlessV2IOOptimizedUsage",
        "rds_cluster_instance/aurora-serverless-v2-i/o-optimized",
        "ACU-hours",
        1,
    ),
    ("AmazonRDS", "RDS:ChargedBackupUsage", "rds/backup", "GB", 1),
    ("AmazonRDS", "RDS:ProxyUsage", "db_proxy/vcpu", "hours", 1),
    ("AmazonElastiCache", "ElastiCache:BackupUsage", "elasticache_cluster/backup-storage", "GB", 1),
    ("AmazonElastiCache", "ElastiCache:CachedData:Redis", "elasticache_serverless/data-stored", "GB-hours", 1),
    (
        "AmazonElastiCache",
        "ElastiCacheProcessingUnits:Redis",
        "elasticache_serverless/processing-units",
        "1M ECPUs",
        1_000_000,
    ),
    ("AmazonMemoryDB", "MemoryDB:DataWritten", "memorydb/data-written", "GB", 1),
    ("AmazonEFS", "TimedStorage-ByteHrs", "efs_file_system/storage-standard", "GB", 1),
    ("AmazonEFS", "TimedStorage-Z-ByteHrs", "efs_file_system/storage-one-zone", "GB", 1),
    ("AmazonEFS", "IATimedStorage-ByteHrs", "efs_file_system/storage-standard-infrequent-access", "GB", 1),
    ("AmazonEFS", "ProvisionedTP-MiBpsHrs", "efs_file_system/provisioned-throughput", "MBps", 1),
    ("AmazonECR", "TimedStorage-ByteHrs", "ecr_repository/storage", "GB", 1),
    ("AmazonCloudWatch", "DataProcessing-Bytes", "cloudwatch_log_group/data-ingested", "GB", 1),
    ("AmazonCloudWatch", "TimedStorage-ByteHrs", "cloudwatch_log_group/archival-storage", "GB", 1),
    ("AmazonCloudWatch", "DataScanned-Bytes", "cloudwatch_log_group/insights-queries-data-scanned", "GB", 1),
    ("AmazonCloudWatch", "CW:AlarmMonitorUsage", "cloudwatch_metric_alarm/standard-resolution", "alarm metrics", 1),
    ("AmazonCloudWatch", "CW:HighResAlarmMonitorUsage", "cloudwatch_metric_alarm/high-resolution", "alarm metrics", 1),
    ("AmazonCloudWatch", "DashboardsUsageHour", "cloudwatch_dashboard/dashboard", "months", 1),
    ("AmazonCloudWatch", "CW:MetricMonitorUsage", "instance/ec2-detailed-monitoring", "metrics", 1),
    ("awskms", "KMS-Keys", "kms_key/customer-master-key", "months", 1),
    ("awskms", "KMS-Requests", "kms_key/requests", "10k requests", 10_000),
    ("AWSSecretsManager", "AWSSecretsManager-Secrets", "secretsmanager_secret/secret", "months", 1),
    ("AWSSecretsManager", "AWSSecretsManagerAPIRequest", "secretsmanager_secret/api-requests", "10k requests", 10_000),
    ("AWSQueueService", "Requests-RBP", "sqs/requests-standard", "1M requests", 1_000_000),
    ("AWSQueueService", "Requests-FIFO-RBP", "sqs/requests-fifo", "1M requests", 1_000_000),
    ("AmazonSNS", "Requests-Tier1", "sns_topic/api-requests", "1M requests", 1_000_000),
    ("AmazonKinesis", "Storage-ShardHour", "kinesis_stream/provisioned", "hours", 1),
    ("AmazonKinesis", "PutRequestPayloadUnits", "kinesis_stream/put-request-unit", "units", 1),
    ("AmazonKinesis", "OnDemand-StreamHour", "kinesis_stream/on-demand", "hours", 1),
    ("AmazonKinesis", "OnDemand-BilledIncomingBytes", "kinesis_stream/data-ingested", "GB", 1),
    ("AmazonKinesis", "OnDemand-BilledOutgoingBytes", "kinesis_stream/data-retrieval", "GB", 1),
    ("AmazonKinesisFirehose", "BilledBytes", "kinesis_firehose_delivery_stream/data-ingested", "GB", 1),
    ("AmazonApiGateway", "ApiGatewayRequest", "api_gateway_rest_api/requests", "1M requests", 1_000_000),
    ("AmazonApiGateway", "ApiGatewayHttpRequest", "apigatewayv2_api/requests", "1M requests", 1_000_000),
    ("AmazonApiGateway", "ApiGatewayMessage", "apigatewayv2_api/messages", "1M messages", 1_000_000),
    ("AmazonRoute53", "HostedZone", "route53_zone/hosted-zone", "months", 1),
    ("AmazonRoute53", "DNS-Queries", "route53_record/standard-queries", "1M queries", 1_000_000),
    ("AmazonRoute53", "ResolverNetworkInterface", "route53_resolver_endpoint/resolver-endpoints", "hours", 1),
    ("AmazonStates", "StateTransition", "sfn_state_machine/transitions", "1K transitions", 1000),
    ("AWSGlue", "Crawler-DPU-Hour", "glue_crawler/duration", "hours", 1),
    ("AWSGlue", "ETL-DPU-Hour", "glue_job/duration", "hours (1 DPU)", 1),
    ("AmazonMSK", "Kafka.Storage.GP2", "msk_cluster/storage", "GB", 1),
    ("AmazonMSK", "Kafka.Serverless.ClusterHours", "msk_serverless/cluster", "hours", 1),
    ("AmazonMSK", "Kafka.Serverless.PartitionHours", "msk_serverless/partition", "hours", 1),
    ("AmazonRedshift", "Redshift:ServerlessUsage", "redshiftserverless/rpu", "RPU-hours", 1),
    ("AmazonES", "ES:SearchOCU", "opensearchserverless/ocu", "hours", 1),
    ("AmazonES", "ES:ServerlessStorage", "opensearchserverless/storage", "GB", 1),
    ("AmazonDocDB", "StorageUsage", "docdb_cluster_instance/storage", "GB", 1),
    ("AmazonNeptune", "StorageUsage", "neptune_cluster/storage", "GB", 1),
    ("AmazonFSx", "Storage.SSD:Windows", "fsx_windows_file_system/ssd-storage", "GB", 1),
    ("AmazonAthena", "DataScannedInTB", "athena_workgroup/data-scanned", "TB", 1),
    ("awswaf", "WebACLV2", "wafv2_web_acl/web-acl-usage", "months", 1),
    ("awswaf", "RuleV2", "wafv2_web_acl/rules", "rules", 1),
    ("awswaf", "RequestV2-Tier1", "wafv2_web_acl/requests", "1M requests", 1_000_000),
];

/// Returns the meter that a usage type is, after the abbreviation of its region: `EUW1-NatGateway-Hours`.
fn metered(service: &str, row: &Row<'_>) -> Option<Listed> {
    let found = METERS.iter().find(|(of, usage, ..)| *of == service && row.used(usage))?;
    let (_, _, key, unit, times) = found;
    Some(Listed { key: format!("aws/{key}"), unit, times: *times })
}
