//! Meters of the Azure Retail Prices API by their product and name. `{sku}` is the name of the SKU.
//!
//! Source: Microsoft Learn, "Azure Retail Prices REST API overview", and the meters that public tools ask it for. Read 2026-11-28.
//!
//! A meter whose unit differs from the one here is another meter, or a change of the list: it gives no price.

use super::azure::Item;

/// Products whose first tier is a grant: their price is that of the second.
pub(super) const GRANTS: [&str; 7] = [
    "Azure Container Apps",
    "Log Analytics",
    "Functions",
    "Process Automation",
    "Event Grid",
    "Azure Monitor",
    "Notification Hubs",
];

/// Keys that have the price of another.
pub(super) const SAME: &[(&str, &str)] = &[
    ("azure/automation_account/job-run-time", "azure/automation_job_schedule/job-run-time"),
    ("azure/key_vault_key/secrets-operations", "azure/key_vault_certificate/certificate-operations"),
    ("azure/snapshot/storage", "azure/image/storage"),
];

/// A meter, and what it is in the book: the price of an item times `times` over `per` is that of the book's unit.
struct Meter {
    product: &'static str,
    name: &'static str,
    measure: &'static str,
    key: &'static str,
    unit: &'static str,
    times: i64,
    per: i64,
}

const fn meter(
    product: &'static str,
    name: &'static str,
    measure: &'static str,
    key: &'static str,
    unit: &'static str,
    (times, per): (i64, i64),
) -> Meter {
    Meter { product, name, measure, key, unit, times, per }
}

/// The hours of a month.
const HOURS: (i64, i64) = (730, 1);

/// The days of a month.
const DAYS: (i64, i64) = (365, 12);

const ONE: (i64, i64) = (1, 1);

// A table: one meter in a line.
#[rustfmt::skip]
const METERS: &[Meter] = &[
    meter("Azure Redis Cache Basic", "{sku} Cache Instance", "1 Hour", "redis_cache/cache-usage-basic-{sku}", "nodes", HOURS),
    meter("Azure Redis Cache Standard", "{sku} Cache Instance", "1 Hour", "redis_cache/cache-usage-standard-{sku}", "nodes", HOURS),
    meter("Azure Redis Cache Premium", "{sku} Cache Instance", "1 Hour", "redis_cache/cache-usage-premium-{sku}", "nodes", HOURS),
    meter("Azure Cosmos DB", "100 RU/s", "1/Hour", "cosmosdb_cassandra_keyspace/provisioned-throughput-single-write", "RU/s x 100", HOURS),
    meter("Azure Cosmos DB", "100 Multi-master RU/s", "1/Hour", "cosmosdb_cassandra_keyspace/provisioned-throughput-multi-write", "RU/s x 100", HOURS),
    meter("Azure Cosmos DB", "Data Stored", "1 GB/Month", "cosmosdb_cassandra_keyspace/transactional-storage", "GB", ONE),
    meter("Container Registry", "Basic Registry Unit", "1/Day", "container_registry/registry-usage-basic", "days", ONE),
    meter("Container Registry", "Standard Registry Unit", "1/Day", "container_registry/registry-usage-standard", "days", ONE),
    meter("Container Registry", "Premium Registry Unit", "1/Day", "container_registry/registry-usage-premium", "days", ONE),
    meter("Azure Container Apps", "Standard vCPU Active Usage", "1 Second", "container_app/vcpu-active", "vCPU-seconds", ONE),
    meter("Azure Container Apps", "Standard Memory Active Usage", "1 GiB Second", "container_app/memory-active", "GiB-seconds", ONE),
    meter("Azure Container Apps", "Standard Requests", "1M", "container_app/requests", "1M requests", ONE),
    meter("Azure Container Apps", "Dedicated vCPU Usage", "1 Hour", "container_app/dedicated-vcpu", "hours", ONE),
    meter("Azure Container Apps", "Dedicated Memory Usage", "1 Hour", "container_app/dedicated-memory", "hours", ONE),
    meter("Azure Container Apps", "Dedicated Plan Management", "1 Hour", "container_app/dedicated-management", "hours", ONE),
    meter("Event Hubs", "Basic Throughput Unit", "1 Hour", "eventhub_namespace/capacity-basic", "throughput units", HOURS),
    meter("Event Hubs", "Standard Throughput Unit", "1 Hour", "eventhub_namespace/capacity-standard", "throughput units", HOURS),
    meter("Event Hubs", "Premium Processing Unit", "1 Hour", "eventhub_namespace/capacity-premium", "processing units", HOURS),
    meter("Event Hubs", "Dedicated Capacity Unit", "1 Hour", "eventhub_namespace/capacity-dedicated", "capacity units", HOURS),
    meter("Azure Kubernetes Service", "Standard Uptime SLA", "1 Hour", "kubernetes_cluster/uptime-sla", "hours", ONE),
    meter("NAT Gateway", "Standard Gateway", "1 Hour", "nat_gateway/nat-gateway", "hours", ONE),
    meter("NAT Gateway", "Standard Data Processed", "1 GB", "nat_gateway/data-processed", "GB", ONE),
    meter("Azure Bastion", "Basic Gateway", "1 Hour", "bastion_host/bastion-host", "hours", ONE),
    meter("Azure Firewall", "Standard Deployment", "1 Hour", "firewall/deployment-standard", "hours", ONE),
    meter("Azure Firewall", "Premium Deployment", "1 Hour", "firewall/deployment-premium", "hours", ONE),
    meter("Azure Firewall", "Standard Data Processed", "1 GB", "firewall/data-processed", "GB", ONE),
    meter("Application Gateway Standard v2", "Standard Fixed Cost", "1/Hour", "application_gateway/gateway-usage-basic-v2", "hours", ONE),
    meter("Application Gateway WAF v2", "Standard Fixed Cost", "1/Hour", "application_gateway/gateway-usage-waf-v2", "hours", ONE),
    meter("Application Gateway Standard v2", "Standard Capacity Units", "1/Hour", "application_gateway/v2-capacity-units-basic", "CU", ONE),
    meter("Application Gateway WAF v2", "Standard Capacity Units", "1/Hour", "application_gateway/v2-capacity-units-waf", "CU", ONE),
    meter("Log Analytics", "Pay-as-you-go Data Ingestion", "1 GB", "log_analytics_workspace/log-data-ingestion", "GB", ONE),
    meter("Blob Storage", "Hot LRS Data Stored", "1 GB/Month", "storage/standard-hot-lrs", "GB", ONE),
    meter("Blob Storage", "Hot ZRS Data Stored", "1 GB/Month", "storage/standard-hot-zrs", "GB", ONE),
    meter("Blob Storage", "Hot GRS Data Stored", "1 GB/Month", "storage/standard-hot-grs", "GB", ONE),
    meter("Blob Storage", "Hot RA-GRS Data Stored", "1 GB/Month", "storage/standard-hot-ragrs", "GB", ONE),
    meter("Blob Storage", "Cool LRS Data Stored", "1 GB/Month", "storage/standard-cool-lrs", "GB", ONE),
    meter("Service Bus", "Premium Messaging Unit", "1/Hour", "servicebus_namespace/messaging-units", "units", HOURS),
    meter("Azure Cognitive Search", "Basic Unit", "1 Hour", "search/basic", "hours", ONE),
    meter("Azure Cognitive Search", "Standard S1 Unit", "1 Hour", "search/standard", "hours", ONE),
    meter("Azure Cognitive Search", "Standard S2 Unit", "1 Hour", "search/standard2", "hours", ONE),
    meter("Load Balancer", "Standard Data Processed", "1 GB", "lb/data-processed", "GB", ONE),
    meter("Load Balancer", "Standard Overage LB Rules and Outbound Rules", "1 Hour", "lb_rule/rule-usage", "hours", ONE),
    meter("IP Addresses", "Standard IPv4 Static Public IP", "1 Hour", "public_ip/ip-address-static-standard", "hours", ONE),
    meter("IP Addresses", "Basic IPv4 Static Public IP", "1 Hour", "public_ip/ip-address-static-basic", "hours", ONE),
    meter("IP Addresses", "Basic IPv4 Dynamic Public IP", "1 Hour", "public_ip/ip-address-dynamic-basic", "hours", ONE),
    meter("Virtual Network Private Link", "Standard Private Endpoint", "1 Hour", "private_endpoint/private-endpoint", "hour", ONE),
    meter("Virtual Network Private Link", "Standard Data Processed - Ingress", "1 GB", "private_endpoint/inbound-data-processed", "GB", ONE),
    meter("Virtual Network Private Link", "Standard Data Processed - Egress", "1 GB", "private_endpoint/outbound-data-processed", "GB", ONE),
    meter("VPN Gateway", "{sku}", "1 Hour", "virtual_network_gateway/vpn-gateway-{sku}", "hours", ONE),
    meter("Key Vault", "Operations", "10K", "key_vault_key/secrets-operations", "10K transactions", ONE),
    meter("Key Vault", "Certificate Renewal Request", "1", "key_vault_certificate/certificate-renewals", "requests", ONE),
    meter("Functions", "Standard Execution Time", "1 GB Second", "linux_function_app/execution-time", "GB-seconds", ONE),
    meter("Functions", "Standard Total Executions", "10", "linux_function_app/executions", "1M requests", (100_000, 1)),
    meter("API Management", "{sku} Unit", "1 Hour", "api_management/api-management-{sku}", "units", HOURS),
    meter("App Configuration", "Standard Instance", "1/Day", "app_configuration/instance", "days", ONE),
    meter("Process Automation", "Basic Runtime", "1 Minute", "automation_account/job-run-time", "minutes", ONE),
    meter("Process Automation", "Basic Watcher", "1 Hour", "automation_watcher/watcher", "hours", ONE),
    meter("SignalR", "Standard Unit", "1/Day", "signalr_service/service-usage-standard", "units", DAYS),
    meter("Container Registry", "Data Stored", "1 GB/Month", "container_registry/storage", "GB", ONE),
    meter("Event Grid", "Standard Operations", "100K", "eventgrid_topic/operations", "100k operations", ONE),
    meter("Event Hubs", "Basic Ingress Events", "1M", "eventhub_namespace/ingress-event-basic", "1M events", ONE),
    meter("Event Hubs", "Standard Ingress Events", "1M", "eventhub_namespace/ingress-event-standard", "1M events", ONE),
    meter("Power BI Embedded", "{sku} Node", "1 Hour", "powerbi_embedded/node-usage-{sku}", "hours", ONE),
    meter("Static Web Apps", "Standard App", "1/Month", "static_web_app/static-web-app-standard", "months", ONE),
    meter("Queues v2", "LRS Data Stored", "1 GB/Month", "storage_queue/capacity-lrs", "GB", ONE),
    meter("Queues v2", "ZRS Data Stored", "1 GB/Month", "storage_queue/capacity-zrs", "GB", ONE),
    meter("Queues v2", "GRS Data Stored", "1 GB/Month", "storage_queue/capacity-grs", "GB", ONE),
    meter("Tables", "LRS Data Stored", "1 GB/Month", "storage_table/capacity-lrs", "GB", ONE),
    meter("Tables", "ZRS Data Stored", "1 GB/Month", "storage_table/capacity-zrs", "GB", ONE),
    meter("Tables", "GRS Data Stored", "1 GB/Month", "storage_table/capacity-grs", "GB", ONE),
    meter("Files v2", "Hot LRS Data Stored", "1 GB/Month", "storage_file/data-hot-lrs", "GB", ONE),
    meter("Files v2", "Hot ZRS Data Stored", "1 GB/Month", "storage_file/data-hot-zrs", "GB", ONE),
    meter("Files v2", "Cool LRS Data Stored", "1 GB/Month", "storage_file/data-cool-lrs", "GB", ONE),
    meter("Standard HDD Managed Disks", "LRS Snapshots", "1 GB/Month", "snapshot/storage", "GB", ONE),
    meter("Virtual WAN", "Standard Hub", "1 Hour", "virtual_hub/deployment", "hours", ONE),
    meter("Virtual WAN", "Standard Hub Data Processed", "1 GB", "virtual_hub/data-processed", "GB", ONE),
    meter("Virtual Network Peering", "Intra-Region Ingress", "1 GB", "network/peering-in", "GB", ONE),
    meter("Virtual Network Peering", "Intra-Region Egress", "1 GB", "network/peering-out", "GB", ONE),
    meter("Azure Data Factory v2", "Cloud Orchestration Activity Run", "1K", "data_factory_integration_runtime_azure/orchestration", "1k runs", ONE),
    meter("Azure Data Factory v2", "Cloud Data Movement", "1 Hour", "data_factory_integration_runtime_azure/data-movement-activity", "hours", ONE),
    meter("Azure Data Factory v2", "Cloud Pipeline Activity", "1 Hour", "data_factory_integration_runtime_azure/pipeline-activity", "hours", ONE),
    meter("Azure Data Factory v2", "Cloud External Pipeline Activity", "1 Hour", "data_factory_integration_runtime_azure/external-pipeline-activity", "hours", ONE),
    meter("Azure Data Factory v2", "Self Hosted Orchestration Activity Run", "1K", "data_factory_integration_runtime_self_hosted/orchestration", "1k runs", ONE),
    meter("Azure Data Factory v2", "Self Hosted Data Movement", "1 Hour", "data_factory_integration_runtime_self_hosted/data-movement-activity", "hours", ONE),
    meter("Azure Data Factory v2", "Self Hosted Pipeline Activity", "1 Hour", "data_factory_integration_runtime_self_hosted/pipeline-activity", "hours", ONE),
    meter("Azure Data Factory v2", "Self Hosted External Pipeline Activity", "1 Hour", "data_factory_integration_runtime_self_hosted/external-pipeline-activity", "hours", ONE),
    meter("Azure Data Factory v2 Data Flow - General Purpose", "vCore", "1 Hour", "data_factory_integration_runtime_azure/vcore-general-purpose", "vCore-hours", ONE),
    meter("Notification Hubs", "Basic Unit", "1/Month", "notification_hub_namespace/namespace-usage-basic", "months", ONE),
    meter("Notification Hubs", "Basic Pushes", "1M", "notification_hub/pushes-basic", "1M pushes", ONE),
    meter("Notification Hubs", "Standard Unit", "1/Month", "notification_hub_namespace/namespace-usage-standard", "months", ONE),
    meter("Notification Hubs", "Standard Pushes", "1M", "notification_hub/pushes-standard", "1M pushes", ONE),
    meter("Azure Monitor", "Alerts Metric Monitored", "1/Month", "monitor_metric_alert/metrics-monitoring", "time-series", ONE),
    meter("Azure Monitor", "Alerts Dynamic Threshold", "1/Month", "monitor_metric_alert/dynamic-threshold-monitoring", "time-series", ONE),
    meter("Azure Monitor", "Alerts System Log Monitored at 1 Minute Frequency", "1/Month", "monitor_scheduled_query_rules_alert/log-alerts-monitoring-1-minute-frequency", "rule", ONE),
    meter("Azure Monitor", "Alerts System Log Monitored at 5 Minute Frequency", "1/Month", "monitor_scheduled_query_rules_alert/log-alerts-monitoring-5-minute-frequency", "rule", ONE),
    meter("Azure Monitor", "Alerts System Log Monitored at 10 Minute Frequency", "1/Month", "monitor_scheduled_query_rules_alert/log-alerts-monitoring-10-minute-frequency", "rule", ONE),
    meter("Azure Monitor", "Alerts System Log Monitored at 15 Minute Frequency", "1/Month", "monitor_scheduled_query_rules_alert/log-alerts-monitoring-15-minute-frequency", "rule", ONE),
    meter("Key Vault HSM Pool", "Standard B1 Instance", "1 Hour", "key_vault_managed_hardware_security_module/hsm-pools", "hours", ONE),
    meter("Microsoft Defender for Servers", "Standard P1 Node", "1 Hour", "security_center_subscription_pricing/defender-for-servers-plan-1", "server", HOURS),
    meter("Microsoft Defender for Servers", "Standard P2 Node", "1 Hour", "security_center_subscription_pricing/defender-for-servers-plan-2", "server", HOURS),
    meter("Log Analytics", "Analytics Logs Data Ingestion", "1 GB", "log_analytics_workspace/log-data-ingestion", "GB", ONE),
];

/// The list writes `1 Hour` and `1/Hour` for the same unit.
fn measure(text: &str) -> String {
    text.replace('/', " ")
}

/// Returns the key of an item with its unit, and the factor from the item's unit to the book's.
pub(super) fn metered(item: &Item) -> Option<(String, &'static str, i64, i64)> {
    let found = METERS.iter().find(|meter| {
        item.product_name == meter.product
            && item.meter_name == meter.name.replace("{sku}", &item.sku_name)
            && measure(&item.unit_of_measure) == measure(meter.measure)
    })?;
    let key = format!("azure/{}", found.key.replace("{sku}", &item.sku_name.to_lowercase()));
    Some((key, found.unit, found.times, found.per))
}
