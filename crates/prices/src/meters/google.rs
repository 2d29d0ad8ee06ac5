//! Types of Google Cloud whose cost is a list of meters.

use super::Meter;
use super::Quantified::{Given, Used};

/// The types, each with its meters.
pub(super) const METERS: &[(&[&str], &[Meter])] = &[
    (
        &[
            "google_logging_billing_account_bucket_config",
            "google_logging_billing_account_sink",
            "google_logging_folder_bucket_config",
            "google_logging_folder_sink",
            "google_logging_organization_bucket_config",
            "google_logging_organization_sink",
            "google_logging_project_bucket_config",
            "google_logging_project_sink",
        ],
        &[("Logging data", "GB", "logging_project_sink/logging-data", Used("monthly_logging_data_gb", 10))],
    ),
    (
        &["google_monitoring_metric_descriptor"],
        &[
            (
                "Monitoring data",
                "MB",
                "monitoring_metric_descriptor/monitoring-data",
                Used("monthly_monitoring_data_mb", 100),
            ),
            ("Calls", "1k calls", "monitoring_metric_descriptor/api-calls", Used("monthly_api_calls", 1000)),
        ],
    ),
    (
        &["google_secret_manager_secret"],
        &[
            (
                "Active versions",
                "versions",
                "secret_manager_secret/active-secret-versions",
                Used("active_secret_versions", 0),
            ),
            ("Accesses", "10K requests", "secret_manager_secret/access-operations", Given("monthly_access_operations")),
            (
                "Rotation notifications",
                "rotations",
                "secret_manager_secret/rotation-notifications",
                Given("monthly_rotation_notifications"),
            ),
        ],
    ),
    (
        &["google_container_registry"],
        &[
            ("Storage", "GiB", "container_registry/storage-standard", Used("storage_gb", 10)),
            (
                "Writes and lists",
                "10k operations",
                "container_registry/object-adds-bucket/object-list-class-a",
                Given("monthly_class_a_operations"),
            ),
            (
                "Reads",
                "10k operations",
                "container_registry/object-gets-retrieve-bucket/object-metadata-class-b",
                Given("monthly_class_b_operations"),
            ),
            (
                "Egress, worldwide",
                "GB",
                "container_registry/network-egress/data-transfer-to-worldwide-excluding-asia-australia",
                Given("monthly_egress_data_transfer_gb.worldwide"),
            ),
            (
                "Egress, same continent",
                "GB",
                "container_registry/network-egress/data-transfer-in-same-continent",
                Given("monthly_egress_data_transfer_gb.same_continent"),
            ),
            (
                "Egress, Asia",
                "GB",
                "container_registry/network-egress/data-transfer-to-asia-excluding-china-but-including-hong-kong",
                Given("monthly_egress_data_transfer_gb.asia"),
            ),
            (
                "Egress, China",
                "GB",
                "container_registry/network-egress/data-transfer-to-china-excluding-hong-kong",
                Given("monthly_egress_data_transfer_gb.china"),
            ),
            (
                "Egress, Australia",
                "GB",
                "container_registry/network-egress/data-transfer-to-australia",
                Given("monthly_egress_data_transfer_gb.australia"),
            ),
        ],
    ),
    (
        &["google_service_networking_connection"],
        &[
            (
                "Egress, same region",
                "GB",
                "service_networking_connection/network-egress/traffic-within-the-same-region",
                Used("monthly_egress_data_transfer_gb.same_region", 0),
            ),
            (
                "Egress, US or Canada",
                "GB",
                "service_networking_connection/network-egress/traffic-within-the-us-or-canada",
                Given("monthly_egress_data_transfer_gb.us_or_canada"),
            ),
            (
                "Egress, Europe",
                "GB",
                "service_networking_connection/network-egress/traffic-within-europe",
                Given("monthly_egress_data_transfer_gb.europe"),
            ),
            (
                "Egress, Asia",
                "GB",
                "service_networking_connection/network-egress/traffic-within-asia",
                Given("monthly_egress_data_transfer_gb.asia"),
            ),
            (
                "Egress, South America",
                "GB",
                "service_networking_connection/network-egress/traffic-within-south-america",
                Given("monthly_egress_data_transfer_gb.south_america"),
            ),
            (
                "Egress, Oceania",
                "GB",
                "service_networking_connection/network-egress/traffic-to/from-indonesia-and-oceania",
                Given("monthly_egress_data_transfer_gb.oceania"),
            ),
            (
                "Egress, worldwide",
                "GB",
                "service_networking_connection/network-egress/traffic-between-continents-excludes-oceania",
                Given("monthly_egress_data_transfer_gb.worldwide"),
            ),
        ],
    ),
    (
        &["google_compute_vpn_gateway", "google_compute_ha_vpn_gateway"],
        &[
            (
                "Egress, same region",
                "GB",
                "compute_vpn_gateway/network-egress/ipsec-traffic-within-the-same-region",
                Used("monthly_egress_data_transfer_gb.same_region", 0),
            ),
            (
                "Egress, US or Canada",
                "GB",
                "compute_vpn_gateway/network-egress/ipsec-traffic-within-the-us-or-canada",
                Given("monthly_egress_data_transfer_gb.us_or_canada"),
            ),
            (
                "Egress, Europe",
                "GB",
                "compute_vpn_gateway/network-egress/ipsec-traffic-within-europe",
                Given("monthly_egress_data_transfer_gb.europe"),
            ),
            (
                "Egress, Asia",
                "GB",
                "compute_vpn_gateway/network-egress/ipsec-traffic-within-asia",
                Given("monthly_egress_data_transfer_gb.asia"),
            ),
            (
                "Egress, South America",
                "GB",
                "compute_vpn_gateway/network-egress/ipsec-traffic-within-south-america",
                Given("monthly_egress_data_transfer_gb.south_america"),
            ),
            (
                "Egress, Oceania",
                "GB",
                "compute_vpn_gateway/network-egress/ipsec-traffic-to/from-indonesia-and-oceania",
                Given("monthly_egress_data_transfer_gb.oceania"),
            ),
            (
                "Egress, worldwide",
                "GB",
                "compute_vpn_gateway/network-egress/ipsec-traffic-between-continents-excludes-oceania",
                Given("monthly_egress_data_transfer_gb.worldwide"),
            ),
        ],
    ),
    (
        &["google_compute_external_vpn_gateway"],
        &[
            (
                "Egress, worldwide",
                "GB",
                "compute_external_vpn_gateway/network-egress/ipsec-traffic-to-worldwide-excluding-china-australia-but-including-hong-kong",
                Used("monthly_egress_data_transfer_gb.worldwide", 0),
            ),
            (
                "Egress, China",
                "GB",
                "compute_external_vpn_gateway/network-egress/ipsec-traffic-to-china-excluding-hong-kong",
                Given("monthly_egress_data_transfer_gb.china"),
            ),
            (
                "Egress, Australia",
                "GB",
                "compute_external_vpn_gateway/network-egress/ipsec-traffic-to-australia",
                Given("monthly_egress_data_transfer_gb.australia"),
            ),
        ],
    ),
];
