//! aws_opensearch_domain and aws_elasticsearch_domain: instances by the hour, their volumes, masters and warm nodes.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let config = if r.has("cluster_config") { "cluster_config" } else { "none" };
    let at = |name: &str| format!("{config}.{name}");
    let search = r.kind == "aws_opensearch_domain";
    let product_name = if search { "opensearch_domain" } else { "elasticsearch_domain" };
    let usual = if search { "m4.large.search" } else { "m4.large.elasticsearch" };
    let class = r.text(&at("instance_type")).known_or(usual.to_owned());
    let count = r.number(&at("instance_count")).known_or(whole(1));
    let key = |what: &str, class: &str| format!("aws/{product_name}/{what}-on-demand-{class}");
    // Elasticsearch and OpenSearch instances of a class cost the same; lists have the newer name.
    let listed = format!("aws/opensearch/instance/{}", class.replace(".elasticsearch", ".search"));
    bill.hourly_first(&format!("Instance, {class}"), &[listed, key("instance", &class)], &class, count);
    if r.flag(&at("dedicated_master_enabled")).known_or(false) {
        let class = r.text(&at("dedicated_master_type")).known_or(usual.to_owned());
        let masters = r.number(&at("dedicated_master_count")).known_or(whole(3));
        // A dedicated master costs the same as an instance of its class.
        let listed = format!("aws/opensearch/instance/{}", class.replace(".elasticsearch", ".search"));
        let keys = [listed, key("instance", &class), key("dedicated-master", &class)];
        bill.hourly_first(&format!("Dedicated master, {class}"), &keys, &class, masters);
    }
    if r.flag(&at("warm_enabled")).known_or(false) {
        let class = r.text(&at("warm_type")).required()?;
        let warm = r.number(&at("warm_count")).known_or(whole(2));
        bill.hourly_class(&format!("UltraWarm, {class}"), &key("ultrawarm-instance", &class), &class, warm);
    }
    if r.flag("ebs_options.ebs_enabled").known_or(r.has("ebs_options")) {
        let kind = r.text("ebs_options.volume_type").known_or("gp2".to_owned());
        let size = r.number("ebs_options.volume_size").known_or(whole(8));
        let all = product(size, count).ok_or_else(|| Unpriced("its size is too large".to_owned()));
        bill.fixed(&format!("Storage, {kind}"), "GB", &format!("aws/{product_name}/storage-{kind}"), all);
        operations(r, product_name, &kind, size, count, bill);
    }
    Ok(())
}

/// Adds the operations of io1, and what gp3 has beyond its included operations and throughput, of every node.
fn operations(
    r: &EstimateInput<'_>,
    product_name: &str,
    kind: &str,
    size: Quantity,
    nodes: Quantity,
    bill: &mut Bill<'_>,
) {
    let all = |each: Quantity| product(each, nodes).ok_or_else(|| Unpriced("is out of range".to_owned()));
    let beyond = |wanted: Quantity, free: i64| wanted.max(whole(free)).saturating_sub(whole(free));
    match kind {
        "io1" => {
            let iops = r.number("ebs_options.iops").required().and_then(all);
            bill.fixed("Provisioned IOPS", "IOPS", &format!("aws/{product_name}/storage-iops-io1"), iops);
        }
        "gp3" => {
            // A volume above 1 TB includes more for each 3 TB (OpenSearch Service Developer Guide, 2026-08); that part is not counted.
            let large = size > whole(1024);
            let iops = beyond(r.number("ebs_options.iops").known_or(whole(3000)), 3000);
            let throughput =
                beyond(r.number("ebs_options.throughput").known_or(whole(125)), if large { 250 } else { 125 });
            if iops > Quantity::ZERO {
                bill.fixed("IOPS beyond 3000", "IOPS", &format!("aws/{product_name}/storage-iops-gp3"), all(iops));
            }
            if throughput > Quantity::ZERO {
                bill.fixed(
                    "Throughput beyond what is included",
                    "Mbps",
                    "aws/elasticsearch_domain/throughput-gp3",
                    all(throughput),
                );
            }
        }
        _ => {}
    }
}
