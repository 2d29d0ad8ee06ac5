//! Types that are free: permissions, rules, routes and references to other resources.

/// Providers without cloud resources.
const PROVIDERS: [&str; 11] =
    ["null", "random", "local", "tls", "time", "template", "external", "archive", "terraform", "cloudinit", "http"];

/// Parts of names that only free types have.
const WORDS: &[&str] = &[
    "_iam_",
    "_policy",
    "_role",
    "_attachment",
    "_association",
    "_permission",
    "_rule",
    "_route",
    "_acl",
    "_binding",
    "_member",
    "_group_membership",
    "_public_access_block",
    "_versioning",
    "_lifecycle_configuration",
    "_server_side_encryption_configuration",
    "_ownership_controls",
    "_notification",
    "_alias",
    "_parameter_group",
    "_subnet_group",
    "_option_group",
    "_security_group",
    "_target_group",
    "_listener",
    "_listener_rule",
];

/// Free types without any of those parts.
const KINDS: &[&str] = &[
    "aws_acm_certificate_validation",
    "aws_api_gateway_account",
    "aws_api_gateway_authorizer",
    "aws_api_gateway_base_path_mapping",
    "aws_api_gateway_deployment",
    "aws_api_gateway_documentation_part",
    "aws_api_gateway_documentation_version",
    "aws_api_gateway_domain_name",
    "aws_api_gateway_integration",
    "aws_api_gateway_integration_response",
    "aws_api_gateway_method",
    "aws_api_gateway_method_response",
    "aws_api_gateway_method_settings",
    "aws_api_gateway_model",
    "aws_api_gateway_resource",
    "aws_apigatewayv2_integration",
    "aws_apigatewayv2_stage",
    "aws_appautoscaling_target",
    "aws_appmesh_virtual_node",
    "aws_batch_job_definition",
    "aws_cloudfront_origin_access_control",
    "aws_cloudfront_origin_access_identity",
    "aws_cloudwatch_event_target",
    "aws_cloudwatch_log_metric_filter",
    "aws_cloudwatch_log_stream",
    "aws_cloudwatch_log_subscription_filter",
    "aws_customer_gateway",
    "aws_default_subnet",
    "aws_default_vpc",
    "aws_dynamodb_table_item",
    "aws_ecs_cluster",
    "aws_ecs_task_definition",
    "aws_egress_only_internet_gateway",
    "aws_flow_log",
    "aws_iam_group",
    "aws_iam_instance_profile",
    "aws_iam_user",
    "aws_internet_gateway",
    "aws_key_pair",
    "aws_lambda_event_source_mapping",
    "aws_lambda_layer_version",
    "aws_launch_configuration",
    "aws_launch_template",
    "aws_main_route_table",
    "aws_network_interface",
    "aws_placement_group",
    "aws_ram_resource_share",
    "aws_route_table",
    "aws_s3_bucket_object",
    "aws_s3_object",
    "aws_secretsmanager_secret_version",
    "aws_sns_topic_subscription",
    "aws_ssm_document",
    "aws_subnet",
    "aws_vpc",
    "aws_vpc_dhcp_options",
    "aws_vpc_peering_connection",
    "aws_vpn_gateway",
    "azurerm_availability_set",
    "azurerm_network_interface",
    "azurerm_network_watcher",
    "azurerm_postgresql_configuration",
    "azurerm_postgresql_database",
    "azurerm_resource_group",
    "azurerm_storage_container",
    "azurerm_subnet",
    "azurerm_user_assigned_identity",
    "azurerm_virtual_network",
    "azurerm_virtual_wan",
    "google_bigquery_dataset_access",
    "google_compute_backend_service",
    "google_compute_firewall",
    "google_compute_health_check",
    "google_compute_instance_template",
    "google_compute_network",
    "google_compute_network_peering",
    "google_compute_router",
    "google_compute_subnetwork",
    "google_compute_url_map",
    "google_dns_policy",
    "google_folder",
    "google_kms_key_ring",
    "google_monitoring_notification_channel",
    "google_project",
    "google_project_service",
    "google_secret_manager_secret",
    "google_service_account",
    "google_service_account_key",
    "google_service_networking_connection",
    "google_sql_database",
    "google_sql_user",
    "google_access_context_manager_access_policy",
    "google_access_context_manager_service_perimeter",
];

/// Paid types with one of those parts.
const PAID: &[&str] = &[
    "aws_ec2_transit_gateway_connect_attachment",
    "aws_networkmanager_vpc_attachment",
    "aws_route53_resolver_rule_association",
    "aws_wafv2_rule_group",
    "aws_waf_rule_group",
    "azurerm_lb_rule",
    "azurerm_lb_outbound_rule",
    "azurerm_route_server",
    "azurerm_monitor_scheduled_query_rules_alert_v2",
    "google_compute_interconnect_attachment",
    "google_compute_security_policy",
    "aws_dx_hosted_public_virtual_interface",
    "azurerm_frontdoor_firewall_policy",
    "aws_gamelift_alias",
    "aws_ec2_traffic_mirror_filter_rule",
    "azurerm_express_route_circuit",
    "azurerm_cdn_frontdoor_rule",
    "azurerm_web_application_firewall_policy",
    "google_compute_region_security_policy",
    "aws_config_organization_custom_rule",
    "aws_config_organization_managed_rule",
    "aws_config_config_rule",
];

/// Returns whether a type is free.
pub(crate) fn is_free(kind: &str) -> bool {
    let provider = kind.split('_').next().unwrap_or_default();
    PROVIDERS.contains(&provider)
        || KINDS.contains(&kind)
        || (WORDS.iter().any(|word| kind.contains(word)) && !PAID.contains(&kind))
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_free_has_no_estimator_and_what_is_paid_is_not_free() {
        for kind in crate::kinds() {
            assert!(!super::KINDS.contains(&kind), "{kind}");
        }
        for kind in ["aws_instance", "aws_nat_gateway", "azurerm_lb_rule", "aws_new_thing", "google_spanner_instance"] {
            assert!(!super::is_free(kind), "{kind}");
        }
        assert!(super::is_free("aws_iam_role_policy_attachment") && super::is_free("random_id"));
    }
}
