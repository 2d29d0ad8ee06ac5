//! Types that are priced by a tier and a number of units, one function each.

use crate::prelude::*;

fn out_of_range() -> Unpriced {
    Unpriced("is out of range".to_owned())
}

/// azurerm_app_service_environment: the stamp, and instances of its tier.
pub(super) fn app_service_environment(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let tier = r.text("pricing_tier").known_or("I1".to_owned());
    bill.hourly("Stamp", "azure/app_service_environment/stamp-fee", 1);
    bill.hourly(
        &format!("Instances, {tier}"),
        &format!("azure/app_service_environment/instance-usage-{}", tier.to_lowercase()),
        1,
    );
    Ok(())
}

/// azurerm_app_service_certificate_order: a twelfth of a year.
pub(super) fn certificate_order(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("product_type").known_or("Standard".to_owned()).to_lowercase();
    let month = whole(1).ratio(1, 12).ok_or_else(out_of_range);
    bill.fixed(
        &format!("Certificate, {kind}"),
        "years",
        &format!("azure/app_service_certificate_order/ssl-certificate-{kind}"),
        month,
    );
    Ok(())
}

/// azurerm_active_directory_domain_service: by the hour, by its kind.
pub(super) fn domain_service(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("sku").required()?;
    let sku = format!("azure/active_directory_domain_service/active-directory-domain-service-{}", kind.to_lowercase());
    bill.hourly(&format!("Domain service, {kind}"), &sku, 1);
    Ok(())
}

/// azurerm_app_configuration: a store and its replicas by the day, requests beyond what is included.
pub(super) fn app_configuration(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let tier = r.text("sku").known_or("free".to_owned()).to_lowercase();
    if tier == "free" {
        return Ok(());
    }
    if tier != "standard" {
        bill.unpriced(&format!("Store, {tier}"), "this tier has no price yet");
        return Ok(());
    }
    let replicas = r.count("replica")?;
    bill.fixed("Stores", "days", "azure/app_configuration/instance", replicas.saturating_add(1).saturating_mul(30));
    bill.known(
        "Requests beyond what is included",
        "10k requests",
        "azure/app_configuration/requests",
        "monthly_additional_requests",
    );
    Ok(())
}

/// azurerm_application_insights: ingested data, and longer retention.
pub(super) fn application_insights(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.has("workspace_id") {
        // The workspace pays for the data.
        return Ok(());
    }
    let figure = "monthly_data_ingested_gb";
    bill.usage("Data in", "GB", "azure/application_insights/data-ingested", figure, 10);
    let days = r.number("retention_in_days").known_or(whole(90)).max(whole(90)).saturating_sub(whole(90));
    if days > Quantity::ZERO {
        let (gigabytes, origin) = bill.usage_figure(figure, 10);
        // The listed price is that of one step of 30 days.
        let steps = days.ratio(1, 30).ok_or_else(out_of_range)?;
        let kept = gigabytes.try_map(|n| product(n, steps)).ok_or_else(out_of_range);
        bill.usage_quantity(
            "Retention beyond 90 days",
            "GB",
            "azure/application_insights/data-retention-120-days",
            kept,
            origin,
        );
    }
    Ok(())
}

/// azurerm_application_insights_standard_web_test: executions by the frequency and the places.
pub(super) fn web_test(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if !r.flag("enabled").known_or(true) {
        return Ok(());
    }
    let seconds = r.number("frequency").known_or(whole(300));
    let seconds = i64::try_from(seconds.units() / 10i128.pow(Quantity::PLACES)).ok().filter(|n| *n > 0).unwrap_or(300);
    let places = r.count("geo_locations").unwrap_or(1).max(1);
    let tests = whole(places.saturating_mul(HOURS * 3600)).ratio(1, seconds).ok_or_else(out_of_range);
    bill.fixed("Tests", "tests", "azure/application_insights_standard_web_test/standard-web-test", tests);
    Ok(())
}

/// azurerm_express_route_gateway: scale units by the month.
pub(super) fn express_route_gateway(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let units = r.number("scale_units").known_or(whole(1));
    bill.fixed("Scale units", "scale units", "azure/express_route_gateway/er-scale-units-2-gbps", units);
    Ok(())
}

/// azurerm_vpn_gateway: scale units of site-to-site connections.
pub(super) fn vpn_gateway(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    bill.fixed(
        "Scale units, site to site",
        "scale units",
        "azure/vpn_gateway/s2s-scale-units-500-mbps",
        r.number("scale_unit").known_or(whole(1)),
    );
    Ok(())
}

/// azurerm_point_to_site_vpn_gateway: scale units, and connections.
pub(super) fn point_to_site(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("azure/point_to_site_vpn_gateway/{words}");
    bill.fixed(
        "Scale units, point to site",
        "scale units",
        &of("p2s-scale-units-500-mbps"),
        r.number("scale_unit").known_or(whole(1)),
    );
    bill.usage("Connections", "hours", &of("p2s-connections"), "monthly_p2s_connections_hrs", HOURS);
    Ok(())
}

/// azurerm_virtual_network_gateway_connection: a tunnel of a site by the hour.
pub(super) fn gateway_connection(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.text("type").known_or("IPsec".to_owned()) != "IPsec" {
        return Ok(());
    }
    let gateway = r.referred("virtual_network_gateway_id", "azurerm_virtual_network_gateway");
    let size = gateway.and_then(|g| g.text("sku").optional().ok().flatten()).unwrap_or_else(|| "VpnGw1".to_owned());
    if size.eq_ignore_ascii_case("basic") {
        // The first ten tunnels are included.
        return Ok(());
    }
    bill.hourly(&format!("Tunnel, {size}"), "azure/virtual_network_gateway_connection/vpn-gateway-vpngw1", 1);
    Ok(())
}

/// azurerm_frontdoor: routing rules, hosts beyond a hundred, and data.
pub(super) fn frontdoor(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("azure/frontdoor/{words}");
    let rules = r.count("routing_rule")?.max(1);
    bill.hourly("Routing rules, the first five", &of("routing-rules"), rules.min(5));
    if rules > 5 {
        bill.hourly("Routing rules beyond five", &of("routing-rules-per-additional-rule"), rules - 5);
    }
    let hosts = r.count("frontend_endpoint")?;
    if hosts > 100 {
        bill.fixed("Hosts beyond a hundred", "hosts", &of("frontend-hosts"), hosts - 100);
    }
    let out = of("outbound-data-transfer/north-america-europe-and-africa");
    bill.usage("Data out", "GB", &out, "monthly_outbound_data_transfer_gb.north_america_europe_africa", 100);
    bill.usage("Data in", "GB", &of("inbound-data-transfer"), "monthly_inbound_data_transfer_gb", 10);
    Ok(())
}

/// azurerm_frontdoor_firewall_policy: the policy, its rules and requests.
pub(super) fn frontdoor_firewall(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("azure/frontdoor_firewall_policy/{words}");
    let (custom, managed) = (r.count("custom_rule")?, r.count("managed_rule")?);
    bill.fixed("Policy", "months", &of("policy"), 1);
    if custom > 0 {
        bill.fixed("Custom rules", "rules", &of("custom-rules"), custom);
        bill.usage(
            "Requests to custom rules",
            "1M requests",
            &of("custom-rule-requests"),
            "monthly_custom_rule_requests",
            1_000_000,
        );
    }
    if managed > 0 {
        bill.fixed("Managed rule sets", "rulesets", &of("managed-rulesets"), managed);
        bill.usage(
            "Requests to managed rules",
            "1M requests",
            &of("managed-ruleset-requests"),
            "monthly_managed_ruleset_requests",
            1_000_000,
        );
    }
    Ok(())
}

/// azurerm_iothub: units of its tier.
pub(super) fn iothub(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let tier = r.text("sku.name").required()?;
    let units = r.number("sku.capacity").known_or(whole(1));
    if tier.eq_ignore_ascii_case("F1") {
        return Ok(());
    }
    bill.fixed(&format!("Units, {tier}"), "units", &format!("azure/iothub/iot-hub-{}", tier.to_lowercase()), units);
    Ok(())
}

/// azurerm_integration_service_environment: a base unit and scale units by the hour.
pub(super) fn integration_environment(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let sku = r.text("sku_name").known_or("Developer_0".to_owned());
    let (tier, units) = sku.split_once('_').unwrap_or((&sku, "0"));
    let units: i64 = units.parse().map_err(|_| Unpriced(format!("{sku} is not a known size")))?;
    let of = |words: &str| format!("azure/integration_service_environment/{words}");
    bill.hourly(&format!("Base unit, {tier}"), &of(&format!("base-unit-{}", tier.to_lowercase())), 1);
    if units > 0 {
        bill.hourly("Scale units", &of("scale-units"), units);
    }
    Ok(())
}

/// azurerm_logic_app_integration_account: by the hour, by its tier.
pub(super) fn integration_account(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let tier = r.text("sku_name").required()?;
    if tier != "Free" {
        let sku = format!("azure/logic_app_integration_account/integration-account-{}", tier.to_lowercase());
        bill.hourly(&format!("Account, {tier}"), &sku, 1);
    }
    Ok(())
}

/// azurerm_managed_redis: nodes by the hour, by size.
pub(super) fn managed_redis(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let size = r.text("sku_name").required()?;
    let nodes = if r.flag("high_availability_enabled").known_or(true) { 2 } else { 1 };
    let key = format!("azure/managed_redis/cache-usage-{}", size.to_lowercase().replace('_', "-"));
    bill.hourly(&format!("Nodes, {size}"), &key, nodes);
    Ok(())
}

/// azurerm_notification_hub_namespace: the namespace by its tier, and pushes.
pub(super) fn notification_hub(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let tier = r.text("sku_name").required()?.to_lowercase();
    if tier == "free" {
        return Ok(());
    }
    bill.fixed(
        &format!("Namespace, {tier}"),
        "months",
        &format!("azure/notification_hub_namespace/namespace-usage-{tier}"),
        1,
    );
    let sku = format!("azure/notification_hub/pushes-{tier}");
    let (pushes, origin) = bill.usage_figure("monthly_pushes", 0);
    let free = whole(10_000_000);
    let beyond = pushes.try_map(|n| Some(n.max(free).saturating_sub(free))).ok_or_else(out_of_range);
    bill.usage_quantity("Pushes beyond ten million", "1M pushes", &sku, beyond, origin);
    Ok(())
}

/// azurerm_powerbi_embedded: a node by the hour.
pub(super) fn powerbi(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let size = r.text("sku_name").required()?;
    bill.hourly(&format!("Node, {size}"), &format!("azure/powerbi_embedded/node-usage-{}", size.to_lowercase()), 1);
    Ok(())
}

/// azurerm_signalr_service: units by the month, messages beyond what is included.
pub(super) fn signalr(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let size = r.text("sku.name").required()?;
    let tier = size.split('_').next().unwrap_or_default().to_lowercase();
    if tier == "free" {
        return Ok(());
    }
    let of = |words: &str| format!("azure/signalr_service/{words}-{tier}");
    bill.fixed(&format!("Units, {size}"), "units", &of("service-usage"), r.number("sku.capacity").known_or(whole(1)));
    bill.known("Additional messages", "1M messages", &of("additional-messages"), "monthly_additional_messages");
    Ok(())
}

/// azurerm_static_web_app and azurerm_static_site: an app of the Standard tier, and data beyond what is included.
pub(super) fn static_web_app(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let tier = ["sku_tier", "sku_size"].into_iter().find_map(|f| r.text(f).optional().ok().flatten());
    if tier.is_none_or(|tier| tier.eq_ignore_ascii_case("free")) {
        return Ok(());
    }
    bill.fixed("App, Standard", "months", "azure/static_web_app/static-web-app-standard", 1);
    bill.known("Data beyond 100 GB", "GB", "azure/static_web_app/bandwidth", "monthly_bandwidth_gb");
    Ok(())
}

/// azurerm_synapse_sql_pool: units by the hour, storage, disaster recovery.
pub(super) fn synapse_sql_pool(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let size = r.text("sku_name").required()?;
    // DW200c is two blocks of a hundred units.
    let hundreds =
        size.trim_start_matches("DW").trim_end_matches('c').parse::<i64>().ok().filter(|n| (100..=30_000).contains(n));
    let hundreds = hundreds.ok_or_else(|| Unpriced(format!("{size} is not a known size")))? / 100;
    bill.hourly(&format!("Units, {size}"), "azure/synapse_sql_pool/dwu-100", hundreds);
    bill.usage("Storage", "TB", "azure/synapse_sql_pool/storage", "storage_tb", 1);
    bill.known(
        "Disaster recovery",
        "TB",
        "azure/synapse_sql_pool/geo-redundant-disaster-recovery",
        "disaster_recovery_tb",
    );
    Ok(())
}

/// azurerm_synapse_spark_pool: vCores of its nodes while it runs.
pub(super) fn synapse_spark_pool(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let size = r.text("node_size").required()?;
    let cores = match size.as_str() {
        "Small" => 4,
        "Medium" => 8,
        "Large" => 16,
        "XLarge" => 32,
        "XXLarge" => 64,
        other => return Err(Unpriced(format!("the size {other} has no price yet"))),
    };
    let least = r.number("auto_scale.min_node_count").optional().ok().flatten();
    let nodes = r.number("node_count").optional().ok().flatten().or(least).unwrap_or_else(|| whole(3));
    let (hours, origin) = bill.usage_figure("monthly_hours", 100);
    let used = hours.try_map(|h| product(h, nodes)?.ratio(cores, 1)).ok_or_else(out_of_range);
    bill.usage_quantity(&format!("vCores, {size}"), "vCore-hours", "azure/synapse_spark_pool/vcore", used, origin);
    Ok(())
}

/// azurerm_traffic_manager_profile: queries, and traffic view.
pub(super) fn traffic_manager(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    bill.usage("Queries", "1M queries", "azure/traffic_manager_profile/dns-queries", "monthly_dns_queries", 1_000_000);
    if r.flag("traffic_view_enabled").known_or(false) {
        bill.usage(
            "Traffic view",
            "1M data points",
            "azure/traffic_manager_profile/traffic-view",
            "monthly_traffic_view_data_points",
            1_000_000,
        );
    }
    Ok(())
}

/// azurerm_traffic_manager_*_endpoint: health checks by the hour; fast ones cost more.
pub(super) fn traffic_endpoint(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.kind.trim_start_matches("azurerm_");
    let of = |words: &str| format!("azure/{kind}/{words}-global");
    bill.hourly("Health check", &of("basic-health-check"), 1);
    let profile = r.referred("profile_id", "azurerm_traffic_manager_profile");
    if profile.is_some_and(|p| p.number("monitor_config.interval_in_seconds").known_or(whole(30)) == whole(10)) {
        bill.hourly("Fast health check", &of("fast-interval-health-checks-add-on"), 1);
    }
    Ok(())
}

/// azurerm_security_center_subscription_pricing: what Defender protects, by the number in a usage file.
pub(super) fn defender(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.text("tier").required()? == "Free" {
        return Ok(());
    }
    let kind = r.text("resource_type").known_or("VirtualMachines".to_owned());
    let plan = r.text("subplan").known_or("P2".to_owned());
    let (words, unit, figure) = match kind.as_str() {
        "AppServices" => ("app-service", "node", "monthly_app_service_nodes"),
        "Arm" => ("arm", "subscription", "monthly_arm_subscriptions"),
        "ContainerRegistry" => ("container-registries", "image", "monthly_container_registry_images"),
        "Containers" => ("containers", "vCore", "monthly_containers_vcores"),
        "CosmosDbs" => ("cosmos-db", "RU/s x 100", "monthly_cosmosdb_request_units"),
        "Dns" => ("dns", "1M queries", "monthly_dns_queries"),
        "KeyVaults" => ("key-vault", "key vault", "monthly_key_vaults"),
        "KubernetesService" => ("kubernetes", "core", "monthly_kubernetes_cores"),
        "SqlServers" => ("sql-azure-connected", "instance", "monthly_sql_azure_instances"),
        "SqlServerVirtualMachines" => ("sql-outside-azure", "vCore", "monthly_sql_outside_azure_vcores"),
        "StorageAccounts" => ("storage", "storage account", "monthly_storage_accounts"),
        "OpenSourceRelationalDatabases" => {
            for (name, words, figure) in [
                ("MySQL", "mysql", "monthly_mysql_instances"),
                ("PostgreSQL", "postgresql", "monthly_postgresql_instances"),
                ("MariaDB", "mariadb", "monthly_mariadb_instances"),
            ] {
                let sku = format!("azure/security_center_subscription_pricing/defender-for-{words}");
                bill.usage(&format!("Defender for {name}"), "instance", &sku, figure, 1);
            }
            return Ok(());
        }
        "VirtualMachines" if plan == "P1" => ("servers-plan-1", "server", "monthly_servers_plan_1_nodes"),
        "VirtualMachines" => ("servers-plan-2", "server", "monthly_servers_plan_2_nodes"),
        other => {
            bill.unpriced(&format!("Defender for {other}"), "this plan has no price yet");
            return Ok(());
        }
    };
    bill.usage(
        &format!("Defender for {kind}"),
        unit,
        &format!("azure/security_center_subscription_pricing/defender-for-{words}"),
        figure,
        1,
    );
    Ok(())
}
