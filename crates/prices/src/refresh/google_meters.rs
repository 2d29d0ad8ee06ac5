//! Products of the Google Cloud Billing Catalog that their service, description and unit identify.
//!
//! Source: Google Cloud documentation, "Cloud Billing API: services.skus.list", and the SKU groups of each service. Read 2026-11-28.

/// A product, and the keys that it is the price of.
pub(super) struct Meter {
    pub(super) service: &'static str,
    /// Its resource group; empty when the description is enough.
    pub(super) group: &'static str,
    /// The pattern of its description.
    pub(super) words: &'static str,
    /// Its usage unit; `*` when the description has only one.
    pub(super) measure: &'static str,
    /// The keys after `google/`.
    pub(super) keys: &'static [&'static str],
    pub(super) unit: &'static str,
    /// The units of the list in one unit of the book.
    pub(super) times: i64,
}

const fn meter(
    (service, words, measure): (&'static str, &'static str, &'static str),
    keys: &'static [&'static str],
    (unit, times): (&'static str, i64),
) -> Meter {
    Meter { service, group: "", words, measure, keys, unit, times }
}

const fn grouped(group: &'static str, meter: Meter) -> Meter {
    Meter { group, ..meter }
}

const COMPUTE: &str = "Compute Engine";
const GKE: &str = "Kubernetes Engine";
const SQL: &str = "Cloud SQL";
const STORAGE: &str = "Cloud Storage";
const KMS: &str = "Cloud Key Management Service (KMS)";
const GB: (&str, i64) = ("GB", 1);
const HOURS: (&str, i64) = ("hours", 1);

/// Keys of the hours of a proxy.
const PROXIES: &[&str] = &[
    "compute_region_target_http_proxy/proxy-instance",
    "compute_region_target_https_proxy/proxy-instance",
    "compute_target_grpc_proxy/proxy-instance",
    "compute_target_http_proxy/proxy-instance",
    "compute_target_https_proxy/proxy-instance",
    "compute_target_ssl_proxy/proxy-instance",
    "compute_target_tcp_proxy/proxy-instance",
];
/// Keys of the data that a proxy processes.
const PROXIED: &[&str] = &[
    "compute_region_target_http_proxy/data-processed",
    "compute_region_target_https_proxy/data-processed",
    "compute_target_grpc_proxy/data-processed",
    "compute_target_http_proxy/data-processed",
    "compute_target_https_proxy/data-processed",
    "compute_target_ssl_proxy/data-processed",
    "compute_target_tcp_proxy/data-processed",
];

/// The products.
pub(super) const METERS: &[Meter] = &[
    meter(
        (COMPUTE, "Static Ip Charge*", "h"),
        &["compute_address/ip-address-unused", "compute_global_address/ip-address-unused"],
        HOURS,
    ),
    meter(
        (COMPUTE, "Network Load Balancing: Forwarding Rule Additional*", "h"),
        &["compute_forwarding_rule/forwarding-rules", "compute_global_forwarding_rule/forwarding-rules"],
        HOURS,
    ),
    meter(
        (COMPUTE, "Network Load Balancing: Data Processing Charge*", "GiBy"),
        &["compute_forwarding_rule/ingress-data", "compute_global_forwarding_rule/ingress-data"],
        GB,
    ),
    meter((COMPUTE, "Network Load Balancing: Forwarding Rule Minimum*", "h"), PROXIES, HOURS),
    meter((COMPUTE, "Network Internal Load Balancing: Data Processing*", "GiBy"), PROXIED, GB),
    meter((COMPUTE, "Storage Image*", "GiBy.mo"), &["compute_image/storage"], GB),
    meter((COMPUTE, "Storage Machine Image*", "GiBy.mo"), &["compute_machine_image/storage"], GB),
    meter((COMPUTE, "Storage PD Snapshot*", "GiBy.mo"), &["compute_snapshot/storage"], GB),
    meter((COMPUTE, "*NAT Gateway: Uptime charge*", "h"), &["compute_router_nat/assigned-vms"], ("VM-hours", 1)),
    meter((COMPUTE, "*NAT Gateway: Data processing charge*", "GiBy"), &["compute_router_nat/data-processed"], GB),
    grouped("VPNTunnel", meter((COMPUTE, "*", "h"), &["compute_vpn_tunnel/vpn-tunnel"], HOURS)),
    meter(
        (COMPUTE, "Network Vpn Inter Region Egress from Americas to Americas", "GiBy"),
        &["compute_vpn_gateway/network-egress/ipsec-traffic-within-the-same-region"],
        GB,
    ),
    meter(
        (COMPUTE, "Network Vpn Inter Region Egress from Americas to Montreal", "GiBy"),
        &["compute_vpn_gateway/network-egress/ipsec-traffic-within-the-us-or-canada"],
        GB,
    ),
    meter(
        (COMPUTE, "Network Vpn Inter Region Egress from EMEA to EMEA", "GiBy"),
        &["compute_vpn_gateway/network-egress/ipsec-traffic-within-europe"],
        GB,
    ),
    meter(
        (COMPUTE, "Network Vpn Inter Region Egress from Japan to Seoul", "GiBy"),
        &["compute_vpn_gateway/network-egress/ipsec-traffic-within-asia"],
        GB,
    ),
    meter(
        (COMPUTE, "Network Vpn Internet Egress * to Americas", "GiBy"),
        &[
            "compute_external_vpn_gateway/network-egress/ipsec-traffic-to-worldwide-excluding-china-australia-but-including-hong-kong",
        ],
        GB,
    ),
    meter(
        (COMPUTE, "Network Vpn Internet Egress * to China", "GiBy"),
        &["compute_external_vpn_gateway/network-egress/ipsec-traffic-to-china-excluding-hong-kong"],
        GB,
    ),
    meter(
        (COMPUTE, "Network Vpn Internet Egress * to Australia", "GiBy"),
        &["compute_external_vpn_gateway/network-egress/ipsec-traffic-to-australia"],
        GB,
    ),
    meter((COMPUTE, "Licensing Fee for Google Cloud Dataproc (CPU cost)", "h"), &["dataproc/vcpu"], HOURS),
    meter(("Cloud Dataproc", "Licensing Fee for Google Cloud Dataproc (CPU cost)", "h"), &["dataproc/vcpu"], HOURS),
    meter((GKE, "Regional Kubernetes Clusters", "h"), &["container_cluster/cluster-management-fee"], HOURS),
    meter((GKE, "Zonal Kubernetes Clusters", "h"), &["container_cluster/cluster-management-fee"], HOURS),
    meter((GKE, "Autopilot Kubernetes Clusters", "h"), &["container_cluster/autopilot"], HOURS),
    meter((GKE, "Autopilot Pod mCPU Requests*", "h"), &["container_cluster/autopilot-vcpu"], ("vCPU", 730_000)),
    meter((GKE, "Autopilot Pod Memory Requests*", "GiBy.h"), &["container_cluster/autopilot-memory"], ("GB", 730)),
    meter(
        (GKE, "Autopilot Pod Ephemeral Storage Requests*", "GiBy.h"),
        &["container_cluster/autopilot-ephemeral-storage"],
        ("GB", 730),
    ),
    // The cores and the memory of all engines cost the same.
    meter((SQL, "Cloud SQL for PostgreSQL: Zonal - vCPU*", "h"), &["sql/vcpu"], HOURS),
    meter((SQL, "Cloud SQL for PostgreSQL: Zonal - RAM*", "GiBy.h"), &["sql/memory"], ("GB", 730)),
    meter((SQL, "Cloud SQL for PostgreSQL: Zonal - Standard storage*", "GiBy.mo"), &["sql/storage-ssd"], GB),
    meter((SQL, "Cloud SQL for PostgreSQL: Zonal - Low cost storage*", "GiBy.mo"), &["sql/storage-hdd"], GB),
    meter(
        (SQL, "Cloud SQL for MySQL: Zonal - Micro instance*", "h"),
        &["sql_database_instance/sql-instance-db-f1-micro-zonal"],
        HOURS,
    ),
    meter(
        (SQL, "Cloud SQL for MySQL: Zonal - Small instance*", "h"),
        &["sql_database_instance/sql-instance-db-g1-small-zonal"],
        HOURS,
    ),
    meter(
        (SQL, "Cloud SQL for MySQL: Regional - Micro instance*", "h"),
        &["sql_database_instance/sql-instance-db-f1-micro-regional"],
        HOURS,
    ),
    meter(
        (SQL, "Cloud SQL for MySQL: Regional - Small instance*", "h"),
        &["sql_database_instance/sql-instance-db-g1-small-regional"],
        HOURS,
    ),
    meter((SQL, "Cloud SQL: Backups*", "GiBy.mo"), &["sql_database_instance/backups"], GB),
    grouped(
        "RegionalStorage",
        meter(
            (STORAGE, "Standard Storage *", "GiBy.mo"),
            &["storage_bucket/storage-standard", "container_registry/storage-standard"],
            ("GiB", 1),
        ),
    ),
    grouped(
        "MultiRegionalStorage",
        meter(
            (STORAGE, "Standard Storage *", "GiBy.mo"),
            &["storage_bucket/storage-standard", "container_registry/storage-standard"],
            ("GiB", 1),
        ),
    ),
    meter((STORAGE, "Nearline Storage *", "GiBy.mo"), &["storage_bucket/storage-nearline"], ("GiB", 1)),
    meter((STORAGE, "Coldline Storage *", "GiBy.mo"), &["storage_bucket/storage-coldline"], ("GiB", 1)),
    meter((STORAGE, "Archive Storage *", "GiBy.mo"), &["storage_bucket/storage-archive"], ("GiB", 1)),
    grouped(
        "RegionalOps",
        meter(
            (STORAGE, "*Standard* Class A *", "count"),
            &[
                "storage_bucket/object-adds-bucket/object-list-class-a",
                "container_registry/object-adds-bucket/object-list-class-a",
            ],
            ("10k operations", 10_000),
        ),
    ),
    grouped(
        "RegionalOps",
        meter(
            (STORAGE, "*Standard* Class B *", "count"),
            &[
                "storage_bucket/object-gets-retrieve-bucket/object-metadata-class-b",
                "container_registry/object-gets-retrieve-bucket/object-metadata-class-b",
            ],
            ("10k operations", 10_000),
        ),
    ),
    meter(
        (STORAGE, "Download Worldwide Destinations (excluding Asia & Australia)", "GiBy"),
        &[
            "storage_bucket/network-egress/data-transfer-to-worldwide-excluding-asia-australia",
            "container_registry/network-egress/data-transfer-to-worldwide-excluding-asia-australia",
        ],
        GB,
    ),
    meter(
        (STORAGE, "Download APAC", "GiBy"),
        &[
            "storage_bucket/network-egress/data-transfer-to-asia-excluding-china-but-including-hong-kong",
            "container_registry/network-egress/data-transfer-to-asia-excluding-china-but-including-hong-kong",
        ],
        GB,
    ),
    meter(
        (STORAGE, "Download China", "GiBy"),
        &[
            "storage_bucket/network-egress/data-transfer-to-china-excluding-hong-kong",
            "container_registry/network-egress/data-transfer-to-china-excluding-hong-kong",
        ],
        GB,
    ),
    meter(
        (STORAGE, "Download Australia", "GiBy"),
        &[
            "storage_bucket/network-egress/data-transfer-to-australia",
            "container_registry/network-egress/data-transfer-to-australia",
        ],
        GB,
    ),
    meter(
        (STORAGE, "Inter-region GCP Storage egress within EU", "GiBy"),
        &[
            "storage_bucket/network-egress/data-transfer-in-same-continent",
            "container_registry/network-egress/data-transfer-in-same-continent",
        ],
        GB,
    ),
    meter(("BigQuery", "Analysis (*)", "TiBy"), &["bigquery_dataset/queries-on-demand"], ("TB", 1)),
    meter(("BigQuery", "Active Logical Storage (*)", "GiBy.mo"), &["bigquery_table/active-storage"], GB),
    meter(("BigQuery", "Long Term Logical Storage (*)", "GiBy.mo"), &["bigquery_table/long-term-storage"], GB),
    meter(("BigQuery", "Streaming Insert (*)", "MiBy"), &["bigquery_table/streaming-inserts"], ("MB", 1)),
    meter(("BigQuery Storage API", "BigQuery Storage API - Write*", "GiBy"), &["bigquery_table/storage-write-api"], GB),
    meter(
        ("BigQuery Storage API", "BigQuery Storage API - Read*", "TiBy"),
        &["bigquery_table/storage-read-api"],
        ("TB", 1),
    ),
    meter(
        ("Cloud Filestore", "Filestore Capacity Basic HDD (Standard) *", "GiBy.mo"),
        &["filestore/capacity-basic-hdd"],
        GB,
    ),
    meter(
        ("Cloud Filestore", "Filestore Capacity Basic SSD (Premium) *", "GiBy.mo"),
        &["filestore/capacity-basic-ssd"],
        GB,
    ),
    meter(
        ("Cloud Filestore", "Filestore Capacity Zonal and High Scale *", "GiBy.mo"),
        &["filestore/capacity-zonal", "filestore/capacity-high-scale-ssd"],
        GB,
    ),
    meter(
        ("Cloud Filestore", "Filestore Capacity Regional and Enterprise *", "GiBy.mo"),
        &["filestore/capacity-regional", "filestore/capacity-enterprise"],
        GB,
    ),
    meter(("Cloud Filestore", "Filestore Backup*", "GiBy.mo"), &["filestore/backup"], GB),
    meter(("Cloud Run", "Requests", "count"), &["cloud_run_service/number-of-requests"], ("requests", 1)),
    meter(("Cloud Run", "Services CPU*(Request-based billing)*", "s"), &["cloud_run/cpu"], ("vCPU-seconds", 1)),
    meter(
        ("Cloud Run", "Services Memory*(Request-based billing)*", "GiBy.s"),
        &["cloud_run/memory"],
        ("GiB-seconds", 1),
    ),
    meter(("Cloud Run", "Services CPU*(Instance-based billing)*", "s"), &["cloud_run/cpu-always"], ("vCPU-seconds", 1)),
    meter(
        ("Cloud Run", "Services Memory*(Instance-based billing)*", "GiBy.s"),
        &["cloud_run/memory-always"],
        ("GiB-seconds", 1),
    ),
    meter(("Cloud Run", "Jobs CPU in *", "s"), &["cloud_run_v2_job/cpu-allocation-time-tier-2"], ("vCPU-seconds", 1)),
    meter(
        ("Cloud Run", "Jobs Memory in *", "GiBy.s"),
        &["cloud_run_v2_job/memory-allocation-time-tier-2"],
        ("GiB-seconds", 1),
    ),
    meter(("Cloud Run Functions", "*(1st Gen) CPU*", "*"), &["cloudfunctions_function/cpu"], ("GHz-seconds", 1)),
    meter(("Cloud Run Functions", "*(1st Gen) Memory*", "*"), &["cloudfunctions_function/memory"], ("GB-seconds", 1)),
    meter(
        ("Cloud Run Functions", "*(1st Gen) Invocations*", "count"),
        &["cloudfunctions_function/invocations"],
        ("invocations", 1),
    ),
    meter(
        ("Cloud Run Functions", "*(1st Gen) Network Data Transfer Out*", "GiBy"),
        &["cloudfunctions_function/outbound-data-transfer"],
        GB,
    ),
    meter(
        ("Cloud Pub/Sub", "Message Delivery Basic", "TiBy"),
        &["pubsub_topic/message-ingestion-data", "pubsub_subscription/message-delivery-data"],
        ("TiB", 1),
    ),
    meter(
        ("Cloud Pub/Sub", "Subscriptions retained acknowledged messages", "GiBy.mo"),
        &["pubsub_subscription/retained-acknowledged-message-storage"],
        ("GiB", 1),
    ),
    meter(
        ("Cloud Pub/Sub", "Snapshots message backlog", "GiBy.mo"),
        &["pubsub_subscription/snapshot-message-backlog-storage"],
        ("GiB", 1),
    ),
    meter(
        ("Secret Manager", "Secret version replica storage", "mo"),
        &["secret_manager_secret/active-secret-versions", "secret_manager_secret_version/active-secret-versions"],
        ("versions", 1),
    ),
    meter(
        ("Secret Manager", "Secret access operations", "count"),
        &["secret_manager_secret/access-operations", "secret_manager_secret_version/access-operations"],
        ("10K requests", 10_000),
    ),
    meter(
        ("Secret Manager", "Secret rotate operations", "count"),
        &["secret_manager_secret/rotation-notifications"],
        ("rotations", 1),
    ),
    meter((KMS, "Active software symmetric key versions*", "mo"), &["kms/key-version-software"], ("months", 1)),
    meter(
        (KMS, "Cryptographic operations with a software symmetric*", "count"),
        &["kms/operations-software"],
        ("10k operations", 10_000),
    ),
    meter(("Cloud DNS", "ManagedZone", "mo"), &["dns_managed_zone/managed-zone"], ("months", 1)),
    meter(("Cloud DNS", "DNS Query (port 53)", "count"), &["dns_record_set/queries"], ("1M queries", 1_000_000)),
    meter(("Cloud Logging", "Log Volume", "GiBy"), &["logging_project_sink/logging-data"], GB),
    meter(("Cloud Monitoring", "Metric Volume", "MiBy"), &["monitoring_metric_descriptor/monitoring-data"], ("MB", 1)),
    meter(
        ("Cloud Monitoring", "Monitoring API Requests", "count"),
        &["monitoring_metric_descriptor/api-calls"],
        ("1k calls", 1000),
    ),
    meter(("Artifact Registry", "Artifact Registry Storage", "GiBy.mo"), &["artifact_registry_repository/storage"], GB),
];
