//! Rows of the AWS price lists that the attributes of their product identify, not the usage type alone.
//!
//! Source: AWS Price List documentation, "Reading the service price list file", and the attributes that each service's list has. Read
//! 2026-11-28.

use super::aws::Row;
use super::aws_rules::{Listed, hourly};

/// Returns what a row is by the attributes of its product.
pub(super) fn by_attributes(service: &str, row: &Row<'_>) -> Vec<Listed> {
    match service {
        "AmazonFSx" => file_system(row).into_iter().collect(),
        "AWSDirectoryService" => directories(row),
        "AWSEvents" => events(row).into_iter().collect(),
        "AWSCloudTrail" => trail(row).into_iter().collect(),
        "CodeBuild" => builds(row).into_iter().collect(),
        "AmazonLightsail" => bundles(row).into_iter().collect(),
        "AmazonMWAA" => airflow(row).into_iter().collect(),
        "AWSDatabaseMigrationSvc" => replication(row).into_iter().collect(),
        "AWSDirectConnect" => ports(row).into_iter().collect(),
        "AmazonApiGateway" => caches(row).into_iter().collect(),
        "AWSTransfer" => transfers(row).into_iter().collect(),
        "AWSGlue" => catalog(row).into_iter().collect(),
        "AmazonVPC" => attachments(row),
        "AmazonES" => search_storage(row).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn gigabytes(key: String) -> Option<Listed> {
    Some(Listed::of(key, "GB", 1))
}

/// FSx: capacity, throughput, operations and backups of each kind of file system and deployment.
fn file_system(row: &Row<'_>) -> Option<Listed> {
    let kind = row.get("File System Type");
    let backup = row.get("Storage Tier") == "Backup" || row.used("BackupUsage");
    let family = row.get("Product Family");
    if backup {
        return match kind {
            "Windows" => gigabytes("aws/fsx_windows_file_system/backup-storage".to_owned()),
            "OpenZFS" => gigabytes("aws/fsx_openzfs_file_system/backup-storage".to_owned()),
            "ONTAP" => gigabytes("aws/fsx_ontap/backup".to_owned()),
            "Lustre" => gigabytes("aws/fsx_lustre/backup".to_owned()),
            _ => None,
        };
    }
    if kind == "Lustre" {
        return if family == "Storage" { lustre(row) } else { None };
    }
    let disk = match row.get("Storage Type") {
        "SSD" | "SDD" => "ssd",
        "HDD" => "hdd",
        _ => "",
    };
    let place = deployment(kind, row.get("Deployment Option"))?;
    let of = |words: &str| match kind {
        "Windows" => format!("aws/fsx_windows_file_system/{words}{place}"),
        "OpenZFS" => format!("aws/fsx_openzfs_file_system/{words}{place}"),
        _ => format!("aws/fsx_ontap/{words}{place}"),
    };
    let is_ontap = kind == "ONTAP";
    match family {
        "Storage" if is_ontap && disk == "ssd" => gigabytes(of("ssd")),
        "Storage" if !is_ontap && !disk.is_empty() => gigabytes(of(&format!("{disk}-storage"))),
        "Provisioned Throughput" => {
            Some(Listed::of(of(if is_ontap { "throughput" } else { "throughput-capacity" }), "MBps", 1))
        }
        "Provisioned IOPS" => Some(Listed::of(of(if is_ontap { "iops" } else { "provisioned-iops" }), "IOPS", 1)),
        _ => None,
    }
}

/// Returns the end of a key for a deployment; the deployment that a key without an end stands for has none.
fn deployment(kind: &str, option: &str) -> Option<&'static str> {
    Some(match (kind, option) {
        ("Windows", "Multi-AZ") | ("OpenZFS", "Single-AZ") => "",
        ("Windows", "Single-AZ") => "-single-az",
        ("OpenZFS", "Single-AZ_2") => "-single-az-2",
        ("OpenZFS", "Single-AZ_2N") => "-single-az-ha-1",
        ("OpenZFS", "Single-AZ_2N2") => "-single-az-ha-2",
        ("ONTAP", "Single-AZ" | "Single-AZ_2N") => "-single-az-1",
        ("ONTAP", "Single-AZ_2N-2") => "-single-az-2",
        ("OpenZFS" | "ONTAP", "Multi-AZ") => "-multi-az-1",
        ("ONTAP", "Multi-AZ-2") => "-multi-az-2",
        _ => return None,
    })
}

/// Lustre: capacity by the throughput of each TiB. 200 MB/s is both a scratch and a persistent file system, and the deployment says which.
fn lustre(row: &Row<'_>) -> Option<Listed> {
    let speed = row.get("Throughput Capacity");
    let persistent = match (row.get("Storage Type"), speed) {
        ("SSD", "125" | "250" | "500" | "1000") => "ssd-persistent-2",
        ("SSD", "50" | "100") => "ssd-persistent-1",
        ("SSD", "200") if row.get("Deployment Option").contains("Persistent") => "ssd-persistent-1",
        ("HDD", "12" | "40") => "hdd-persistent-1",
        ("SSD", _) if row.get("Deployment Option").contains("Scratch") => {
            return gigabytes("aws/fsx_lustre/ssd-scratch-2".to_owned());
        }
        _ => return None,
    };
    gigabytes(format!("aws/fsx_lustre/{persistent}-{speed}"))
}

/// Directory Service: controllers by the hour. A product may be for both kinds of small directories.
fn directories(row: &Row<'_>) -> Vec<Listed> {
    if row.get("Product Family") != "AWS Directory Service" {
        return Vec::new();
    }
    let (kind, size) = (row.get("Directory Type"), row.get("Directory Size").to_lowercase());
    let of = |words: String, unit| Listed::of(format!("aws/directory_service_directory/{words}"), unit, 730);
    if kind.starts_with("Shared Microsoft") {
        return vec![of("directory-sharing".to_owned(), "accounts")];
    }
    let kinds = [("Microsoft AD", "microsoft-ad"), ("Simple AD", "simple-ad"), ("AD Connector", "ad-connector")];
    let named = kinds.iter().filter(|(name, _)| kind.contains(name) && !size.is_empty());
    named.map(|(_, words)| of(format!("directory-service-{words}-{size}"), "controllers")).collect()
}

fn events(row: &Row<'_>) -> Option<Listed> {
    let words = match (row.get("Event Type"), row.usage()) {
        ("Custom Event", "Event-64K-Chunks") => "custom-events-published",
        ("Partner Event", "Event-64K-Chunks") => "third-party-events-published",
        ("Discovery Event", "Event-8K-Chunks") => "schema-discovery",
        (_, "ArchivedEvents-Bytes") => return gigabytes("aws/cloudwatch_event_bus/archive-processing".to_owned()),
        (_, "TimedStorage-ByteHrs") => return gigabytes("aws/cloudwatch_event_bus/archive-storage".to_owned()),
        _ => return None,
    };
    Some(Listed::of(format!("aws/cloudwatch_event_bus/{words}"), "1M events", 1_000_000))
}

fn trail(row: &Row<'_>) -> Option<Listed> {
    let words = match row.get("Product Family").strip_prefix("Management Tools - AWS CloudTrail ")? {
        "Data Events Recorded" => "data-events",
        "Insights Events" => "insight-events",
        "Paid Events Recorded" => "management-events-additional-copies",
        _ => return None,
    };
    Some(Listed::of(format!("aws/cloudtrail/{words}"), "100k events", 100_000))
}

/// CodeBuild: `Build-Min:Linux:g1.small`.
fn builds(row: &Row<'_>) -> Option<Listed> {
    let (os, size) = row.usage().strip_prefix("Build-Min:")?.split_once(":g1.")?;
    let os = match os {
        "Linux" => "linux",
        "Windows" => "windows",
        _ => return None,
    };
    Some(Listed::of(format!("aws/codebuild_project/{os}-general1.{size}"), "minutes", 1))
}

/// Lightsail: bundles by their memory. A bundle without an IPv4 address costs less, and is another one.
fn bundles(row: &Row<'_>) -> Option<Listed> {
    if row.get("Product Family") != "Lightsail Instance" || row.get("usageType").to_lowercase().contains("ipv6") {
        return None;
    }
    let size = match row.get("Memory").replace(' ', "").trim_end_matches("GB") {
        "0.5" => "nano",
        "1" => "micro",
        "2" => "small",
        "4" => "medium",
        "8" => "large",
        "16" => "xlarge",
        "32" => "2xlarge",
        _ => return None,
    };
    let os = match row.get("Operating System") {
        "Linux" => "linux",
        "Windows" => "windows",
        _ => return None,
    };
    hourly(format!("aws/lightsail/{os}-{size}"))
}

fn airflow(row: &Row<'_>) -> Option<Listed> {
    let kind = row.get("Type").to_lowercase();
    let is_part = matches!(kind.as_str(), "environment" | "worker" | "scheduler") && !row.get("Size").is_empty();
    is_part.then(|| Listed::of(format!("aws/mwaa_environment/{kind}-{}", row.get("Size").to_lowercase()), "hours", 1))
}

fn replication(row: &Row<'_>) -> Option<Listed> {
    if row.get("Availability Zone") != "Single" {
        return None;
    }
    let class = row.get("Instance Type").to_lowercase();
    match (class.as_str(), row.get("Storage Media")) {
        ("", "SSD") => gigabytes("aws/dms/storage-gp2".to_owned()),
        ("", _) => None,
        _ => hourly(format!("aws/dms/{}", class.trim_start_matches("dms."))),
    }
}

fn ports(row: &Row<'_>) -> Option<Listed> {
    if row.get("Product Family") != "Direct Connect" || row.get("Connection Type") != "Dedicated" {
        return None;
    }
    match row.get("Capacity") {
        "1G" => hourly("aws/dx_connection/dx-connection".to_owned()),
        speed @ ("10G" | "100G" | "400G") => {
            hourly(format!("aws/dx_connection/dx-connection-{}bps", speed.to_lowercase()))
        }
        _ => None,
    }
}

/// The cache of a stage: `ApiGatewayCacheUsage:0.5GB`.
fn caches(row: &Row<'_>) -> Option<Listed> {
    let size = row.usage().strip_prefix("ApiGatewayCacheUsage:")?.strip_suffix("GB")?;
    hourly(format!("aws/api_gateway_stage/cache-memory-{size}-gb"))
}

/// Transfer Family: what it stores in does not change its price, and not every protocol is listed for EFS.
fn transfers(row: &Row<'_>) -> Option<Listed> {
    let of = |words: &str| format!("aws/transfer_server/{words}");
    match (row.usage(), row.get("operation")) {
        ("ProtocolHours", "SFTP:S3") => hourly(of("sftp-protocol-enabled")),
        ("UploadBytes", "SFTP:S3") => gigabytes(of("data-uploaded")),
        ("DownloadBytes", "SFTP:S3") => gigabytes(of("data-downloaded")),
        _ => None,
    }
}

fn catalog(row: &Row<'_>) -> Option<Listed> {
    let group = row.get("Group").to_lowercase();
    let of = |words: &str, unit, times| Some(Listed::of(format!("aws/glue_catalog_database/{words}"), unit, times));
    match group.as_str() {
        "data catalog storage" => of("storage", "100k objects", 100_000),
        "data catalog requests" => of("requests", "1M requests", 1_000_000),
        _ => None,
    }
}

/// Attachments of transit gateways, by what is attached. A list without operations has one price for all of them.
fn attachments(row: &Row<'_>) -> Vec<Listed> {
    let hours = match row.usage() {
        "TransitGateway-Hours" => true,
        "TransitGateway-Bytes" => false,
        _ => return Vec::new(),
    };
    let kinds = [
        ("TransitGatewayVPC", "ec2_transit_gateway_vpc_attachment"),
        ("TransitGatewayPeering", "ec2_transit_gateway_peering_attachment"),
        ("TransitGatewayVPN", "vpn_connection"),
        ("TransitGatewayDirectConnect", "dx_gateway_association"),
    ];
    let operation = row.get("operation");
    let wanted = kinds.iter().filter(|(name, _)| operation.is_empty() || operation == *name);
    let listed = wanted.map(|(_, kind)| {
        if hours {
            Listed::of(format!("aws/{kind}/transit-gateway-attachment"), "hours", 1)
        } else {
            Listed::of(format!("aws/{kind}/data-processed"), "GB", 1)
        }
    });
    listed.collect()
}

/// The storage of Elasticsearch domains, which costs what that of OpenSearch domains does.
fn search_storage(row: &Row<'_>) -> Option<Listed> {
    if row.get("Product Family") != "Amazon OpenSearch Service Volume" {
        return None;
    }
    let kind = match row.get("Storage Media") {
        "GP2" => "gp2",
        "GP3" => "gp3",
        "PIOPS" => "io1",
        "Magnetic" => "standard",
        _ => return None,
    };
    gigabytes(format!("aws/elasticsearch_domain/storage-{kind}"))
}
