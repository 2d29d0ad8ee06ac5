//! Types of Azure whose cost is a list of meters.

use super::Meter;
use super::Quantified::{Count, Given, Hours, Used};

/// The types, each with its meters.
pub(super) const METERS: &[(&[&str], &[Meter])] = &[
    (
        &["azurerm_app_service_certificate_binding", "azurerm_app_service_custom_hostname_binding"],
        &[("IP SSL certificate", "months", "app_service_certificate_binding/ip-ssl-certificate", Count(1))],
    ),
    (
        &["azurerm_application_insights_web_test"],
        &[("Multi-step web test", "test", "application_insights_web_test/multi-step-web-test", Count(1))],
    ),
    (
        &["azurerm_automation_dsc_configuration", "azurerm_automation_dsc_nodeconfiguration"],
        &[(
            "Nodes outside of Azure",
            "nodes",
            "automation_dsc_configuration/non-azure-config-nodes",
            Used("non_azure_config_node_count", 1),
        )],
    ),
    (
        &["azurerm_automation_job_schedule"],
        &[("Job run time", "minutes", "automation_job_schedule/job-run-time", Used("monthly_job_run_mins", 500))],
    ),
    (&["azurerm_automation_watcher"], &[("Watcher", "hours", "automation_watcher/watcher", Hours)]),
    (
        &["azurerm_automation_account"],
        &[
            ("Job run time", "minutes", "automation_account/job-run-time", Used("monthly_job_run_mins", 500)),
            (
                "Nodes outside of Azure",
                "nodes",
                "automation_account/non-azure-config-nodes",
                Used("non_azure_config_node_count", 0),
            ),
            ("Watchers", "hours", "automation_watcher/watcher", Used("monthly_watcher_hrs", 0)),
        ],
    ),
    (
        &["azurerm_data_factory"],
        &[
            (
                "Read and write operations",
                "50k entities",
                "data_factory/read/write-operations",
                Used("monthly_read_write_operation_entities", 50_000),
            ),
            (
                "Monitoring operations",
                "50k entities",
                "data_factory/monitoring-operations",
                Used("monthly_monitoring_operation_entities", 50_000),
            ),
        ],
    ),
    (
        &["azurerm_data_factory_integration_runtime_self_hosted"],
        &[
            (
                "Orchestration",
                "1k runs",
                "data_factory_integration_runtime_self_hosted/orchestration",
                Used("monthly_orchestration_runs", 1000),
            ),
            (
                "Data movement",
                "hours",
                "data_factory_integration_runtime_self_hosted/data-movement-activity",
                Used("monthly_data_movement_hrs", 730),
            ),
            (
                "Pipeline activity",
                "hours",
                "data_factory_integration_runtime_self_hosted/pipeline-activity",
                Used("monthly_pipeline_activity_hrs", 730),
            ),
            (
                "External pipeline activity",
                "hours",
                "data_factory_integration_runtime_self_hosted/external-pipeline-activity",
                Used("monthly_external_pipeline_activity_hrs", 730),
            ),
        ],
    ),
    (
        &["azurerm_databricks_workspace"],
        &[
            (
                "All-purpose compute",
                "DBU-hours",
                "databricks_workspace/all-purpose-compute-dbus",
                Used("monthly_all_purpose_compute_dbu_hrs", 100),
            ),
            (
                "Jobs compute",
                "DBU-hours",
                "databricks_workspace/jobs-compute-dbus",
                Used("monthly_jobs_compute_dbu_hrs", 100),
            ),
            (
                "Jobs light compute",
                "DBU-hours",
                "databricks_workspace/jobs-light-compute-dbus",
                Given("monthly_jobs_light_compute_dbu_hrs"),
            ),
        ],
    ),
    (
        &[
            "azurerm_dns_a_record",
            "azurerm_dns_aaaa_record",
            "azurerm_dns_caa_record",
            "azurerm_dns_cname_record",
            "azurerm_dns_mx_record",
            "azurerm_dns_ns_record",
            "azurerm_dns_ptr_record",
            "azurerm_dns_srv_record",
            "azurerm_dns_txt_record",
            "azurerm_private_dns_a_record",
            "azurerm_private_dns_aaaa_record",
            "azurerm_private_dns_cname_record",
            "azurerm_private_dns_mx_record",
            "azurerm_private_dns_ptr_record",
            "azurerm_private_dns_srv_record",
            "azurerm_private_dns_txt_record",
        ],
        &[("Queries", "1M queries", "dns_a_record/dns-queries", Used("monthly_queries", 1_000_000))],
    ),
    (
        &["azurerm_eventgrid_topic", "azurerm_eventgrid_system_topic"],
        &[("Operations", "100k operations", "eventgrid_topic/operations", Used("monthly_operations", 100_000))],
    ),
    (
        &["azurerm_express_route_connection"],
        &[("Connection", "hours", "express_route_connection/er-connections", Hours)],
    ),
    (&["azurerm_image"], &[("Storage", "GB", "image/storage", Used("storage_gb", 30))]),
    (
        &["azurerm_iothub_dps"],
        &[("Operations", "1k operations", "iothub_dps/device-provisioning", Used("monthly_operations", 1000))],
    ),
    (&["azurerm_lb_rule", "azurerm_lb_outbound_rule"], &[("Rule", "hours", "lb_rule/rule-usage", Hours)]),
    (
        &["azurerm_monitor_data_collection_rule"],
        &[(
            "Metrics ingestion",
            "10M samples",
            "monitor_data_collection_rule/metrics-ingestion",
            Used("monthly_custom_metrics_samples", 0),
        )],
    ),
    (
        &["azurerm_monitor_diagnostic_setting"],
        &[(
            "Platform logs",
            "GB",
            "monitor_diagnostic_setting/platform-logs-processed",
            Used("monthly_platform_log_gb", 0),
        )],
    ),
    (
        &["azurerm_network_ddos_protection_plan"],
        &[
            ("Protection plan", "hours", "network_ddos_protection_plan/ddos-protection-plan", Hours),
            ("Overage", "resource", "network_ddos_protection_plan/overage-charges", Given("overage_amount")),
        ],
    ),
    (
        &["azurerm_network_watcher"],
        &[(
            "Diagnostic tool",
            "checks",
            "network_watcher/network-diagnostic-tool",
            Used("monthly_diagnostic_checks", 0),
        )],
    ),
    (
        &["azurerm_private_dns_resolver_dns_forwarding_ruleset"],
        &[("Forwarding ruleset", "months", "private_dns_resolver_dns_forwarding_ruleset/forwarding-ruleset", Count(1))],
    ),
    (
        &["azurerm_private_dns_resolver_inbound_endpoint"],
        &[("Inbound endpoint", "months", "private_dns_resolver_inbound_endpoint/inbound-endpoint", Count(1))],
    ),
    (
        &["azurerm_private_dns_resolver_outbound_endpoint"],
        &[("Outbound endpoint", "months", "private_dns_resolver_outbound_endpoint/outbound-endpoint", Count(1))],
    ),
    (&["azurerm_public_ip_prefix"], &[("Prefix", "hours", "public_ip_prefix/ip-prefix", Hours)]),
    (
        &["azurerm_key_vault_certificate"],
        &[
            (
                "Renewals",
                "requests",
                "key_vault_certificate/certificate-renewals",
                Used("monthly_certificate_renewal_requests", 1),
            ),
            (
                "Operations",
                "10K transactions",
                "key_vault_certificate/certificate-operations",
                Used("monthly_certificate_other_operations", 10_000),
            ),
        ],
    ),
    (
        &["azurerm_key_vault_managed_hardware_security_module"],
        &[("HSM pool", "hours", "key_vault_managed_hardware_security_module/hsm-pools", Hours)],
    ),
    (&["azurerm_vpn_gateway_connection"], &[("Connection", "hours", "vpn_gateway_connection/s2s-connections", Hours)]),
    (
        &["azurerm_active_directory_domain_service_replica_set"],
        &[(
            "Replica set",
            "hours",
            "active_directory_domain_service_replica_set/active-directory-domain-service-replica-set-enterprise",
            Hours,
        )],
    ),
    (
        &["azurerm_federated_identity_credential"],
        &[
            (
                "Active users, P1",
                "users",
                "federated_identity_credential/active-users-p1",
                Used("monthly_active_p1_users", 0),
            ),
            (
                "Active users, P2",
                "users",
                "federated_identity_credential/active-users-p2",
                Given("monthly_active_p2_users"),
            ),
        ],
    ),
];
