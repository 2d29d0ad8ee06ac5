//! Which types cost something: a reviewed table of names. A type is free, priced by an estimator, or unpriced.
//!
//! The names are compared as a whole. A part of a name says nothing: `azurerm_express_route_gateway` is no route. The exception is the
//! access of Google's resources, whose types are generated: each has a `_iam_member`, a `_iam_binding` and a `_iam_policy`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Providers without cloud resources.
const PROVIDERS: [&str; 11] =
    ["null", "random", "local", "tls", "time", "template", "external", "archive", "terraform", "cloudinit", "http"];

/// The ends of Google's generated types of access.
const GOOGLE_ACCESS: [&str; 4] = ["_iam_member", "_iam_binding", "_iam_policy", "_iam_audit_config"];

/// The free types: a prefix and the ends of its names on each line.
const FREE: &str = include_str!("../data/free_types.txt");

/// The types that cost something and have no estimator, with what they are billed by.
const UNPRICED: &str = include_str!("../data/unpriced_types.txt");

static FREE_TYPES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let lines = FREE.lines().filter(|line| !line.starts_with('#'));
    lines
        .flat_map(|line| {
            let mut words = line.split(' ');
            let prefix = words.next().unwrap_or_default();
            words.map(move |end| format!("{prefix}{}", if end == "." { "" } else { end }))
        })
        .collect()
});

static UNPRICED_TYPES: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| {
    UNPRICED.lines().filter(|line| !line.starts_with('#')).filter_map(|l| l.split_once(' ')).collect()
});

/// Returns whether a type is free.
pub(crate) fn is_free(kind: &str) -> bool {
    let provider = kind.split('_').next().unwrap_or_default();
    PROVIDERS.contains(&provider)
        || FREE_TYPES.contains(kind)
        || (provider == "google" && GOOGLE_ACCESS.iter().any(|end| kind.ends_with(end)))
}

/// Returns what a type without an estimator is billed by, if a reviewer wrote it down.
pub(crate) fn billed_by(kind: &str) -> Option<&'static str> {
    UNPRICED_TYPES.get(kind).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_one_answer() {
        for kind in crate::kinds() {
            assert!(!is_free(kind), "{kind} is free and has an estimator");
            assert_eq!(billed_by(kind), None, "{kind} is unpriced and has an estimator");
        }
        for kind in UNPRICED_TYPES.keys() {
            assert!(!is_free(kind), "{kind} is free and unpriced");
        }
        let written = FREE.lines().filter(|l| !l.starts_with('#')).flat_map(|l| l.split(' ').skip(1)).count();
        assert_eq!(written, FREE_TYPES.len(), "a free type is written twice");
        assert!(FREE_TYPES.iter().all(|k| k.contains('_') && !k.ends_with('_')));
    }

    /// Types that parts of their names once made free.
    #[test]
    fn a_paid_type_is_not_free_by_a_part_of_its_name() {
        let paid = [
            "azurerm_express_route_gateway",
            "azurerm_express_route_port",
            "azurerm_express_route_connection",
            "aws_route53recoverycontrolconfig_cluster",
            "aws_route53profiles_profile",
            "aws_vpc_route_server_endpoint",
            "azurerm_notification_hub_namespace",
            "azurerm_monitor_scheduled_query_rules_alert",
            "azurerm_private_dns_resolver_dns_forwarding_ruleset",
            "aws_fms_policy",
            "azurerm_firewall_policy",
            "azurerm_app_service_certificate_binding",
            "google_secret_manager_secret",
            "aws_sns_topic_subscription",
            "aws_flow_log",
            "azurerm_network_watcher",
            "aws_wafregional_web_acl",
            "aws_bedrockagent_agent_alias",
            "aws_networkmanager_connect_attachment",
            "google_compute_security_policy",
            "azurerm_lb_rule",
            "google_spanner_instance",
            "aws_something_new_role_policy_attachment",
        ];
        for kind in paid {
            assert!(!is_free(kind), "{kind}");
        }
    }

    #[test]
    fn what_only_configures_is_free() {
        let free = [
            "aws_iam_role_policy_attachment",
            "random_id",
            "aws_efs_mount_target",
            "aws_cognito_user_pool_client",
            "aws_backup_plan",
            "aws_ec2_tag",
            "aws_eks_addon",
            "aws_s3_bucket_logging",
            "aws_ssoadmin_account_assignment",
            "aws_autoscaling_group_tag",
            "azurerm_linux_web_app",
            "azurerm_subnet",
            "azurerm_app_service",
            "google_spanner_instance_iam_member",
            "google_pubsub_topic_iam_binding",
            "google_compute_subnetwork",
        ];
        for kind in free {
            assert!(is_free(kind), "{kind}");
        }
    }
}
