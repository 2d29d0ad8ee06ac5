//! The parts of a cost that are easily left out: each is priced, or unpriced with its reason.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use serde_json::json;
use tollgate_expression::Value;
use tollgate_prices::{
    Estimate, EstimateInput, PriceAdjustments, PriceBook, PriceCoverage, RelatedResources, Usage, estimate, from_json,
};

struct Others(BTreeMap<&'static str, serde_json::Value>);

impl RelatedResources for Others {
    fn referred(&self, _: &str, kind: &str) -> Option<Value> {
        self.0.get(kind).map(from_json)
    }

    fn referring(&self, _: &str, kind: &str) -> Vec<Value> {
        self.0.get(kind).map(from_json).into_iter().collect()
    }
}

fn with(
    kind: &str,
    attributes: serde_json::Value,
    usage: &str,
    others: &[(&'static str, serde_json::Value)],
) -> Estimate {
    let book = PriceBook::embedded(PriceAdjustments::default()).unwrap();
    let region = match kind.split('_').next().unwrap() {
        "aws" => "us-east-1",
        "azurerm" => "eastus",
        _ => "us-central1",
    };
    let text = if usage.is_empty() { String::new() } else { format!("resource_usage:\n  {kind}.x:\n{usage}") };
    let others = Others(others.iter().cloned().collect());
    let resource = EstimateInput::new(kind, from_json(&attributes), &others);
    estimate(&book, &Usage::read(&text).unwrap(), &resource, &format!("{kind}.x"), Some(region))
}

fn of(kind: &str, attributes: serde_json::Value) -> Estimate {
    with(kind, attributes, "", &[])
}

fn likely(estimate: &Estimate) -> String {
    estimate.monthly.map_or("?".to_owned(), |m| m.likely.round(2).to_string())
}

fn component(estimate: &Estimate, part: &str) -> String {
    let found = estimate.components.iter().find(|c| c.name.contains(part));
    match found.map(|c| (c.monthly, c.unpriced_reason.clone())) {
        Some((Some(monthly), _)) => monthly.likely.round(2).to_string(),
        Some((None, why)) => format!("? {}", why.unwrap_or_default()),
        None => "none".to_owned(),
    }
}

#[test]
fn a_database_has_the_price_of_its_own_engine() {
    let of_engine =
        |engine: &str, class: &str| of("aws_db_instance", json!({"engine": engine, "instance_class": class}));
    // SQL Server has a license; MySQL does not have its price.
    assert_eq!(component(&of_engine("sqlserver-ee", "db.m5.xlarge"), "Instance"), "1705.28");
    let mysql = of_engine("mysql", "db.m5.xlarge");
    let price: f64 = component(&mysql, "Instance").parse().unwrap();
    assert!((245.0..255.0).contains(&price), "{price}");
    for (engine, class) in [("postgres", "db.m5.xlarge"), ("oracle-ee", "db.m5.large"), ("sqlserver-se", "db.r5.large")]
    {
        let estimate = of_engine(engine, class);
        assert!(!estimate.is_fully_priced(), "{engine} {class} has a price that no list of this engine has");
    }
}

#[test]
fn parts_of_a_database_are_counted() {
    let io1 = of(
        "aws_db_instance",
        json!({"engine": "mysql", "instance_class": "db.t3.large", "storage_type": "io1", "allocated_storage": 100}),
    );
    assert_eq!(likely(&io1), "211.78");
    let old =
        of("aws_db_instance", json!({"engine": "mysql", "engine_version": "5.7.44", "instance_class": "db.t3.large"}));
    assert_eq!(component(&old, "Extended support"), "146");
    let gp3 = of(
        "aws_db_instance",
        json!({"engine": "mysql", "instance_class": "db.t3.large", "storage_type": "gp3", "allocated_storage": 400, "storage_throughput": 600, "iops": 14000}),
    );
    assert_eq!(component(&gp3, "IOPS beyond 12000"), "40");
    assert!(component(&gp3, "Throughput beyond 500").starts_with('?'));
    let aurora = with(
        "aws_rds_cluster_instance",
        json!({"instance_class": "db.serverless", "cluster_identifier": "c"}),
        "",
        &[(
            "aws_rds_cluster",
            json!({"storage_type": "aurora-iopt1", "serverlessv2_scaling_configuration": [{"min_capacity": 1, "max_capacity": 1}]}),
        )],
    );
    assert_eq!(likely(&aurora), "116.8");
}

#[test]
fn tiers_of_io2_are_paid_one_after_the_other() {
    let volume = of("aws_ebs_volume", json!({"type": "io2", "size": 1, "iops": 70000}));
    assert_eq!(component(&volume, "Provisioned IOPS"), "3727.1");
}

#[test]
fn fargate_that_is_not_seen_is_not_free() {
    let fargate = json!({"cpu": "1 vCPU", "memory": "2 GB", "requires_compatibilities": ["FARGATE"]});
    let either = json!({"cpu": "1024", "memory": "2048", "requires_compatibilities": ["EC2", "FARGATE"]});
    let service = |attributes: serde_json::Value, task: &serde_json::Value| {
        with("aws_ecs_service", attributes, "", &[("aws_ecs_task_definition", task.clone())])
    };
    let plain = service(json!({"launch_type": "FARGATE", "desired_count": 1, "task_definition": "t"}), &fargate);
    assert_eq!(likely(&plain), "36.04");
    let unsaid = service(json!({"desired_count": 1, "task_definition": "t"}), &fargate);
    assert_eq!(likely(&unsaid), "36.04");
    let perhaps = service(json!({"desired_count": 1, "task_definition": "t"}), &either);
    let span = perhaps.monthly.unwrap();
    assert!(span.low < span.high && perhaps.coverage != PriceCoverage::Free);
    assert_eq!(of("aws_ecs_service", json!({"desired_count": 1})).coverage, PriceCoverage::Unpriced);
    let spot = service(
        json!({"desired_count": 4, "task_definition": "t", "capacity_provider_strategy": [
            {"capacity_provider": "FARGATE", "weight": 1}, {"capacity_provider": "FARGATE_SPOT", "weight": 3}]}),
        &fargate,
    );
    assert_eq!((likely(&spot).as_str(), spot.coverage), ("36.04", PriceCoverage::Partly));
    let on_instances = service(json!({"launch_type": "EC2", "desired_count": 1, "task_definition": "t"}), &either);
    assert_eq!(on_instances.coverage, PriceCoverage::Free);
}

#[test]
fn a_mixed_group_buys_a_part_as_spot() {
    let template = [("aws_launch_template", json!({"instance_type": "m5.large"}))];
    let group = |percent: i64, weight: Option<&str>| {
        let overrides = json!([{"instance_type": "m5.large", "weighted_capacity": weight}]);
        let attributes = json!({"min_size": 4, "max_size": 4, "desired_capacity": 4, "mixed_instances_policy": [{
            "instances_distribution": [{"on_demand_base_capacity": 0, "on_demand_percentage_above_base_capacity": percent}],
            "launch_template": [{"launch_template_specification": [{"launch_template_id": "l"}], "override": overrides}]}]});
        with("aws_autoscaling_group", attributes, "", &template)
    };
    assert_eq!(component(&group(100, None), "Instance, Linux"), "280.32");
    // Half on demand, half spot.
    let half = group(50, None);
    assert_eq!(component(&half, "Instance, Linux"), "140.16");
    assert!(component(&half, "spot").starts_with("? spot prices vary"));
    assert_eq!(component(&group(0, None), "Instance, Linux"), "none");
    // Each instance counts for two.
    assert_eq!(component(&group(100, Some("2")), "Instance, Linux"), "140.16");
}

#[test]
fn options_of_a_health_check_are_paid() {
    let check = of(
        "aws_route53_health_check",
        json!({"type": "HTTPS_STR_MATCH", "request_interval": 10, "measure_latency": true}),
    );
    assert_eq!(likely(&check), "4.5");
    assert_eq!(likely(&of("aws_route53_health_check", json!({"type": "HTTP", "request_interval": 30}))), "0.5");
}

#[test]
fn other_parts_of_aws_are_counted() {
    let distribution =
        of("aws_cloudfront_distribution", json!({"viewer_certificate": [{"ssl_support_method": "vip"}]}));
    assert_eq!(component(&distribution, "Dedicated IP"), "600");
    let europe = with(
        "aws_cloudfront_distribution",
        json!({}),
        "    monthly_data_transfer_to_internet_gb:\n      europe: 1000\n",
        &[],
    );
    assert_eq!(component(&europe, "internet, Europe"), "85");
    assert_eq!(component(&europe, "internet, US"), "none");
    let acl = of(
        "aws_wafv2_web_acl",
        json!({"scope": "REGIONAL", "rule": [
        {"statement": [{"managed_rule_group_statement": [{"name": "x"}]}]}, {"statement": [{"geo_match_statement": [{}]}]}]}),
    );
    assert_eq!([component(&acl, "Managed rule groups"), component(&acl, "Rules")], ["1", "1"]);
    let cluster = of("aws_eks_cluster", json!({"version": "1.23"}));
    assert_eq!(likely(&cluster), "438");
    assert_eq!(likely(&of("aws_eks_cluster", json!({"version": "1.33"}))), "73");
    let zonal = of(
        "aws_kinesis_firehose_delivery_stream",
        json!({"elasticsearch_configuration": [{"vpc_config": [{"subnet_ids": ["a", "b"]}]}]}),
    );
    assert_ne!(component(&zonal, "zones"), "none");
    let port = with(
        "aws_dx_connection",
        json!({"bandwidth": "1Gbps", "location": "EqDC2"}),
        "    monthly_outbound_from_region_to_dx_connection_location:\n      eu_west_1: 1000\n",
        &[],
    );
    assert_eq!([component(&port, "Port"), component(&port, "Data out")], ["219", "28.2"]);
}

#[test]
fn parts_of_azure_sql_are_counted() {
    let database = |class: &str, more: serde_json::Value| {
        let mut attributes = json!({"sku_name": class});
        attributes.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        of("azurerm_mssql_database", attributes)
    };
    assert_eq!(likely(&database("GP_Gen5_4", json!({}))), "736.94");
    assert_eq!(likely(&database("BC_Gen5_8", json!({}))), "3969.15");
    let zone = database("GP_Gen5_4", json!({"zone_redundant": true}));
    assert_eq!(component(&zone, "Zone redundancy"), "266.68");
    assert_eq!(component(&database("GP_Gen5_4", json!({"license_type": "BasePrice"})), "license"), "none");
    assert_eq!(likely(&database("S3", json!({}))), "147.18");
}

#[test]
fn other_parts_of_azure_are_counted() {
    let premium = of(
        "azurerm_redis_cache",
        json!({"sku_name": "Premium", "family": "P", "capacity": 1, "shard_count": 3, "replicas_per_primary": 1}),
    );
    assert_eq!(likely(&premium), "1213.26");
    let replicated = of(
        "azurerm_redis_cache",
        json!({"sku_name": "Premium", "family": "P", "capacity": 3, "shard_count": 3, "replicas_per_primary": 3}),
    );
    assert_eq!(likely(&replicated), "9714.84");
    let registry =
        of("azurerm_container_registry", json!({"sku": "Premium", "georeplications": [{"location": "westus"}]}));
    assert_eq!(component(&registry, "Replication"), "50");
    let dedicated =
        of("azurerm_eventhub_namespace", json!({"sku": "Standard", "capacity": 2, "dedicated_cluster_id": "c"}));
    assert_eq!(likely(&dedicated), "9999.54");
    let windows = of(
        "azurerm_virtual_machine",
        json!({"vm_size": "Standard_D2_v3", "storage_os_disk": [{"os_type": "Windows"}]}),
    );
    assert_eq!(component(&windows, "Instance"), "137.24");
    let brought =
        of("azurerm_windows_virtual_machine", json!({"size": "Standard_D2_v3", "license_type": "Windows_Server"}));
    assert_eq!(component(&brought, "Instance"), "70.08");
    let pool = of(
        "azurerm_kubernetes_cluster_node_pool",
        json!({"vm_size": "Standard_D2_v3", "node_count": 1, "os_sku": "Windows2022"}),
    );
    assert_eq!(component(&pool, "Instance"), "137.24");
    let plan = |os: &str| of("azurerm_service_plan", json!({"sku_name": "P1v2", "os_type": os}));
    assert_eq!([likely(&plan("Linux")), likely(&plan("Windows"))], ["73.73", "146"]);
    assert_eq!(likely(&of("azurerm_express_route_gateway", json!({"scale_units": 4}))), "1226.4");
    assert_eq!(likely(&of("azurerm_app_service_certificate_binding", json!({}))), "39");
    assert_ne!(of("azurerm_notification_hub_namespace", json!({"sku_name": "Standard"})).coverage, PriceCoverage::Free);
}

#[test]
fn parts_of_google_are_counted() {
    let cluster =
        |location: &str| with("google_container_node_pool", json!({"node_count": 4, "location": location}), "", &[]);
    let cores = |e: &Estimate| component(e, "Cores");
    let (region, zone): (f64, f64) =
        (cores(&cluster("us-central1")).parse().unwrap(), cores(&cluster("us-central1-a")).parse().unwrap());
    assert!((region - 3.0 * zone).abs() < 0.02, "{region} {zone}");
    // Sustained use of a month: n1 less 30 %, n2 less 20 %, e2 nothing.
    let machine = |kind: &str| likely(&of("google_compute_instance", json!({"machine_type": kind})));
    assert_eq!(machine("n1-standard-16"), "388.36");
    assert_eq!(machine("e2-medium"), "24.46");
    let gpu = of(
        "google_compute_instance",
        json!({"machine_type": "n1-standard-1", "guest_accelerator": [{"type": "nvidia-tesla-k80", "count": 4}]}),
    );
    assert_eq!(component(&gpu, "Accelerator"), "919.8");
    let disk =
        of("google_compute_disk", json!({"type": "hyperdisk-extreme", "size": 100, "provisioned_iops": 350_000}));
    assert_eq!(component(&disk, "IOPS"), "11200");
    let server = of(
        "google_sql_database_instance",
        json!({"database_version": "SQLSERVER_2019_ENTERPRISE", "settings": [{"tier": "db-custom-4-16384"}]}),
    );
    assert!(component(&server, "License of SQL Server").starts_with('?'));
    let proxy = with("google_compute_target_https_proxy", json!({}), "    monthly_proxy_instances: 10\n", &[]);
    assert_eq!(component(&proxy, "Proxy instances"), "182.5");
    let group = with(
        "google_compute_instance_group_manager",
        json!({"target_size": 4, "version": [{"instance_template": "t"}]}),
        "",
        &[(
            "google_compute_instance_template",
            json!({"machine_type": "f1-micro", "disk": [{"disk_type": "pd-ssd", "disk_size_gb": 10}]}),
        )],
    );
    assert_eq!(component(&group, "Cores"), "15.53");
}

#[test]
fn the_gate_names_what_a_paid_type_is_billed_by() {
    for kind in ["aws_route53recoverycontrolconfig_cluster", "aws_vpc_route_server_endpoint", "google_spanner_instance"]
    {
        let estimate = of(kind, json!({}));
        assert_eq!((estimate.coverage, estimate.monthly), (PriceCoverage::Unpriced, None), "{kind}");
    }
}

fn quantity(estimate: &Estimate, part: &str) -> String {
    let found = estimate.components.iter().find(|c| c.name.contains(part)).and_then(|c| c.quantity);
    found.map_or("?".to_owned(), |q| format!("{} to {}", q.low, q.high))
}

#[test]
fn a_cluster_costs_between_the_limits_of_its_scaling_target() {
    let target = |dimension: &str| {
        ("aws_appautoscaling_target", json!({"scalable_dimension": dimension, "min_capacity": 2, "max_capacity": 6}))
    };
    let brokers = json!({
        "number_of_broker_nodes": 3,
        "broker_node_group_info": [{"instance_type": "kafka.m5.large", "ebs_volume_size": 4}],
    });
    let with_target = |dimension: &str| with("aws_msk_cluster", brokers.clone(), "", &[target(dimension)]);
    assert_eq!(quantity(&with_target("kafka:broker-storage:VolumeSize"), "Storage"), "12 to 18");
    assert_eq!(quantity(&with_target("ecs:service:DesiredCount"), "Storage"), "12 to 12");
    let shards = json!({"node_type": "cache.m6g.large", "num_node_groups": 2, "replicas_per_node_group": 1});
    let of = |dimension: &str| with("aws_elasticache_replication_group", shards.clone(), "", &[target(dimension)]);
    assert_eq!(quantity(&of("elasticache:replication-group:NodeGroups"), "Node"), "2920 to 8760");
    assert_eq!(quantity(&of("elasticache:replication-group:Replicas"), "Node"), "4380 to 10220");
}

#[test]
fn a_database_of_google_is_its_nodes_in_each_replica_or_zone() {
    let nodes = |kind: &str, attributes: serde_json::Value, part: &str| quantity(&of(kind, attributes), part);
    let spanner = |more: serde_json::Value| {
        let mut all = json!({"config": "projects/p/instanceConfigs/regional-us-central1"});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        nodes("google_spanner_instance", all, "Nodes")
    };
    assert_eq!(spanner(json!({"num_nodes": 1})), "2190 to 2190");
    assert_eq!(spanner(json!({"processing_units": 500})), "1095 to 1095");
    let limits = json!({"autoscaling_config": [{"autoscaling_limits": [{"min_nodes": 1, "max_nodes": 3}]}]});
    assert_eq!(spanner(limits), "2190 to 6570");
    let free =
        of("google_spanner_instance", json!({"config": "regional-us-central1", "instance_type": "FREE_INSTANCE"}));
    assert_eq!(free.coverage, PriceCoverage::Free);
    let several = of("google_spanner_instance", json!({"config": "nam3", "num_nodes": 1}));
    assert_eq!((several.coverage, several.monthly), (PriceCoverage::Unpriced, None));
    let alloy = |more: serde_json::Value| nodes("google_alloydb_instance", more, "Cores");
    assert_eq!(alloy(json!({"machine_config": [{"cpu_count": 4}]})), "5840 to 5840");
    assert_eq!(alloy(json!({"machine_config": [{"cpu_count": 4}], "availability_type": "ZONAL"})), "2920 to 2920");
    let pool = json!({"machine_config": [{"machine_type": "c4a-highmem-8-lssd"}], "instance_type": "READ_POOL", "read_pool_config": [{"node_count": 3}]});
    assert_eq!(alloy(pool), "17520 to 17520");
}

#[test]
fn a_cluster_of_dataproc_has_the_price_of_its_instances() {
    let cluster = json!({"cluster_config": [{
        "master_config": [{"machine_type": "n1-standard-4"}],
        "software_config": [{"override_properties": {"dataproc:dataproc.allow.zero.workers": "true"}}],
    }]});
    let single = of("google_dataproc_cluster", cluster);
    assert!(single.components.iter().all(|c| c.name.starts_with("Master")), "{single:?}");
    assert!(component(&single, "Cores").parse::<f64>().is_ok_and(|monthly| monthly > 50.0), "{single:?}");
    assert!(component(&single, "Fee").starts_with("? no price"), "{single:?}");
    assert_eq!(single.coverage, PriceCoverage::Partly);
}

/// The key and the likely quantity of a part.
fn measured(estimate: &Estimate, part: &str) -> (String, String) {
    let found = estimate.components.iter().find(|c| c.name.contains(part));
    found.map_or((String::new(), "none".to_owned()), |c| {
        (c.sku.clone(), c.quantity.map_or("?".to_owned(), |q| q.likely.to_string()))
    })
}

#[test]
fn file_systems_have_the_prices_of_their_deployment() {
    let windows = |deployment: &str| {
        let attributes = json!({
            "deployment_type": deployment, "storage_capacity": 1000, "throughput_capacity": 32, "storage_type": "SSD",
            "disk_iops_configuration": [{ "mode": "USER_PROVISIONED", "iops": 5000 }],
        });
        of("aws_fsx_windows_file_system", attributes)
    };
    let sku = |estimate: &Estimate, part: &str| measured(estimate, part).0;
    let (one, several) = (windows("SINGLE_AZ_2"), windows("MULTI_AZ_1"));
    assert_eq!(sku(&one, "Storage"), "aws/fsx_windows_file_system/ssd-storage-single-az");
    assert_eq!(sku(&several, "Storage"), "aws/fsx_windows_file_system/ssd-storage");
    // Three operations of each GB are included.
    assert_eq!(measured(&several, "Provisioned IOPS").1, "2000");
    let openzfs = |deployment: &str| {
        of(
            "aws_fsx_openzfs_file_system",
            json!({ "deployment_type": deployment, "storage_capacity": 100, "throughput_capacity": 64 }),
        )
    };
    assert_eq!(sku(&openzfs("SINGLE_AZ_1"), "Storage"), "aws/fsx_openzfs_file_system/ssd-storage");
    assert_eq!(sku(&openzfs("MULTI_AZ_1"), "Storage"), "aws/fsx_openzfs_file_system/ssd-storage-multi-az-1");
    // The throughput of each pair of servers counts for each.
    let ontap = of(
        "aws_fsx_ontap_file_system",
        json!({ "deployment_type": "SINGLE_AZ_2", "storage_capacity": 4096, "ha_pairs": 3, "throughput_capacity_per_ha_pair": 1536 }),
    );
    assert_eq!(measured(&ontap, "Throughput"), ("aws/fsx_ontap/throughput-single-az-2".to_owned(), "4608".to_owned()));
    // What has no rule yet is named.
    let lustre = of(
        "aws_fsx_lustre_file_system",
        json!({
            "deployment_type": "PERSISTENT_2", "storage_capacity": 1200, "per_unit_storage_throughput": 125, "storage_type": "SSD",
            "metadata_configuration": [{ "mode": "USER_PROVISIONED", "iops": 12000 }],
        }),
    );
    assert!(component(&lustre, "Metadata IOPS").starts_with("? "), "{lustre:?}");
}
