//! Cost of Google Cloud resources, one file per type.

mod artifact_registry_repository;
mod bigquery_dataset;
mod bigquery_table;
mod cloud_run_service;
mod cloudfunctions_function;
mod compute_address;
mod compute_disk;
mod compute_forwarding_rule;
mod compute_image;
mod compute_instance;
mod compute_router_nat;
mod compute_snapshot;
mod compute_target_https_proxy;
mod compute_vpn_tunnel;
mod container_cluster;
mod container_node_pool;
mod dns_managed_zone;
mod dns_record_set;
mod kms_crypto_key;
mod machines;
mod pubsub_subscription;
mod pubsub_topic;
mod redis_instance;
mod secret_manager_secret_version;
mod sql_database_instance;
mod storage_bucket;

use crate::estimate::Estimator;

/// Each type with its estimator, in order.
pub(crate) const KINDS: &[(&str, Estimator)] = &[
    ("google_artifact_registry_repository", artifact_registry_repository::estimate),
    ("google_bigquery_dataset", bigquery_dataset::estimate),
    ("google_bigquery_table", bigquery_table::estimate),
    ("google_cloud_run_service", cloud_run_service::estimate),
    ("google_cloud_run_v2_service", cloud_run_service::estimate),
    ("google_cloudfunctions_function", cloudfunctions_function::estimate),
    ("google_compute_address", compute_address::estimate),
    ("google_compute_disk", compute_disk::estimate),
    ("google_compute_forwarding_rule", compute_forwarding_rule::estimate),
    ("google_compute_global_address", compute_address::estimate),
    ("google_compute_global_forwarding_rule", compute_forwarding_rule::estimate),
    ("google_compute_image", compute_image::estimate),
    ("google_compute_instance", compute_instance::estimate),
    ("google_compute_machine_image", compute_image::estimate),
    ("google_compute_region_target_http_proxy", compute_target_https_proxy::estimate),
    ("google_compute_region_target_https_proxy", compute_target_https_proxy::estimate),
    ("google_compute_router_nat", compute_router_nat::estimate),
    ("google_compute_snapshot", compute_snapshot::estimate),
    ("google_compute_target_grpc_proxy", compute_target_https_proxy::estimate),
    ("google_compute_target_http_proxy", compute_target_https_proxy::estimate),
    ("google_compute_target_https_proxy", compute_target_https_proxy::estimate),
    ("google_compute_target_ssl_proxy", compute_target_https_proxy::estimate),
    ("google_compute_target_tcp_proxy", compute_target_https_proxy::estimate),
    ("google_compute_vpn_tunnel", compute_vpn_tunnel::estimate),
    ("google_container_cluster", container_cluster::estimate),
    ("google_container_node_pool", container_node_pool::estimate),
    ("google_dns_managed_zone", dns_managed_zone::estimate),
    ("google_dns_record_set", dns_record_set::estimate),
    ("google_kms_crypto_key", kms_crypto_key::estimate),
    ("google_pubsub_subscription", pubsub_subscription::estimate),
    ("google_pubsub_topic", pubsub_topic::estimate),
    ("google_redis_instance", redis_instance::estimate),
    ("google_secret_manager_secret_version", secret_manager_secret_version::estimate),
    ("google_sql_database_instance", sql_database_instance::estimate),
    ("google_storage_bucket", storage_bucket::estimate),
];
