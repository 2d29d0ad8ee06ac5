//! Types of AWS whose cost is a list of meters.

use super::Meter;
use super::Quantified::{Count, Given, Hours, Used};

/// The types, each with its meters.
pub(super) const METERS: &[(&[&str], &[Meter])] = &[
    (
        &["aws_cloudformation_stack", "aws_cloudformation_stack_set"],
        &[
            (
                "Handler operations",
                "operations",
                "cloudformation_stack/handler-operations",
                Used("monthly_handler_operations", 0),
            ),
            (
                "Durations above 30 s",
                "seconds",
                "cloudformation_stack/durations-above-30s",
                Given("monthly_duration_secs"),
            ),
        ],
    ),
    (
        &["aws_config_organization_custom_rule", "aws_config_organization_managed_rule"],
        &[(
            "Evaluations",
            "evaluations",
            "config_config_rule/rule-evaluations",
            Used("monthly_rule_evaluations", 1000),
        )],
    ),
    (
        &["aws_docdb_cluster_snapshot"],
        &[("Backup storage", "GB", "docdb_cluster_snapshot/backup-storage", Used("backup_storage_gb", 10))],
    ),
    (
        &["aws_neptune_cluster_snapshot"],
        &[("Backup storage", "GB", "neptune_cluster_snapshot/backup-storage", Used("backup_storage_gb", 10))],
    ),
    (
        &["aws_ec2_traffic_mirror_session"],
        &[("Traffic mirror", "hours", "ec2_traffic_mirror_session/traffic-mirror", Hours)],
    ),
    (
        &["aws_kinesis_analytics_application"],
        &[(
            "Processing",
            "KPU",
            "kinesis_analytics_application/processing-stream",
            Used("kinesis_processing_units", 1),
        )],
    ),
    (
        &["aws_kinesisanalyticsv2_application_snapshot"],
        &[("Backup", "GB", "kinesisanalyticsv2_application_snapshot/backup", Used("durable_application_backup_gb", 1))],
    ),
    (
        &["aws_kms_replica_external_key", "aws_kms_replica_key"],
        &[("Key", "months", "kms_external_key/customer-master-key", Count(1))],
    ),
    (
        &["aws_ssm_activation"],
        &[("Managed instances, advanced", "instances", "ssm_activation/managed-instance-month", Used("instances", 0))],
    ),
    (
        &["aws_s3_bucket_inventory"],
        &[(
            "Listed objects",
            "1M objects",
            "s3_bucket_inventory/objects-listed",
            Used("monthly_listed_objects", 1_000_000),
        )],
    ),
    (
        &["aws_s3_bucket_analytics_configuration"],
        &[(
            "Monitored objects",
            "1M objects",
            "s3_bucket_analytics_configuration/objects-monitored",
            Used("monthly_monitored_objects", 1_000_000),
        )],
    ),
    (
        &["aws_cloudfront_function"],
        &[(
            "Invocations",
            "1M invocations",
            "cloudfront_function/total-number-of-invocations",
            Used("monthly_requests", 1_000_000),
        )],
    ),
    (
        &["aws_globalaccelerator_endpoint_group"],
        &[
            (
                "In, US, Mexico, Canada",
                "GB",
                "globalaccelerator_endpoint_group/us-mexico-canada/inbound-dt-premium-fee",
                Used("monthly_inbound_data_transfer_gb.us", 100),
            ),
            (
                "In, Europe",
                "GB",
                "globalaccelerator_endpoint_group/europe/inbound-dt-premium-fee",
                Given("monthly_inbound_data_transfer_gb.europe"),
            ),
            (
                "In, South Africa",
                "GB",
                "globalaccelerator_endpoint_group/south-africa-kenya/inbound-dt-premium-fee",
                Given("monthly_inbound_data_transfer_gb.south_africa"),
            ),
            (
                "In, South America",
                "GB",
                "globalaccelerator_endpoint_group/south-america/inbound-dt-premium-fee",
                Given("monthly_inbound_data_transfer_gb.south_america"),
            ),
            (
                "In, South Korea",
                "GB",
                "globalaccelerator_endpoint_group/south-korea/inbound-dt-premium-fee",
                Given("monthly_inbound_data_transfer_gb.south_korea"),
            ),
            (
                "In, Middle East",
                "GB",
                "globalaccelerator_endpoint_group/middle-east/inbound-dt-premium-fee",
                Given("monthly_inbound_data_transfer_gb.middle_east"),
            ),
            (
                "In, Australia",
                "GB",
                "globalaccelerator_endpoint_group/australia-new-zealand/inbound-dt-premium-fee",
                Given("monthly_inbound_data_transfer_gb.australia"),
            ),
            (
                "In, Asia Pacific",
                "GB",
                "globalaccelerator_endpoint_group/asia-pacific/inbound-dt-premium-fee",
                Given("monthly_inbound_data_transfer_gb.asia_pacific"),
            ),
            (
                "In, India",
                "GB",
                "globalaccelerator_endpoint_group/india-indonesia-philippines-thailand/inbound-dt-premium-fee",
                Given("monthly_inbound_data_transfer_gb.india"),
            ),
            (
                "Out, Europe",
                "GB",
                "globalaccelerator_endpoint_group/europe/outbound-dt-premium-fee",
                Given("monthly_outbound_data_transfer_gb.europe"),
            ),
            (
                "Out, Asia Pacific",
                "GB",
                "globalaccelerator_endpoint_group/asia-pacific/outbound-dt-premium-fee",
                Given("monthly_outbound_data_transfer_gb.asia_pacific"),
            ),
            (
                "Out, US, Mexico, Canada",
                "GB",
                "globalaccelerator_endpoint_group/us-mexico-canada/outbound-dt-premium-fee",
                Given("monthly_outbound_data_transfer_gb.us"),
            ),
        ],
    ),
    (
        &["aws_elasticache_serverless_cache"],
        &[
            ("Stored data", "GB-hours", "elasticache_serverless/data-stored", Used("monthly_data_gb_hours", 730)),
            (
                "Processing units",
                "1M ECPUs",
                "elasticache_serverless/processing-units",
                Used("monthly_ecpus", 1_000_000),
            ),
        ],
    ),
    (
        &["aws_opensearchserverless_collection"],
        &[
            ("Capacity units", "hours", "opensearchserverless/ocu", Used("monthly_ocu_hours", 1460)),
            ("Storage", "GB", "opensearchserverless/storage", Used("storage_gb", 10)),
        ],
    ),
    (
        &["aws_msk_serverless_cluster"],
        &[
            ("Cluster", "hours", "msk_serverless/cluster", Hours),
            ("Partitions", "hours", "msk_serverless/partition", Used("monthly_partition_hours", 7300)),
            ("Storage", "GB", "msk_serverless/storage", Used("storage_gb", 10)),
            ("Data in", "GB", "msk_serverless/data-in", Used("monthly_data_in_gb", 10)),
            ("Data out", "GB", "msk_serverless/data-out", Used("monthly_data_out_gb", 10)),
        ],
    ),
    (
        &["aws_redshiftserverless_workgroup"],
        &[("Processing units", "RPU-hours", "redshiftserverless/rpu", Used("monthly_rpu_hours", 730))],
    ),
];
