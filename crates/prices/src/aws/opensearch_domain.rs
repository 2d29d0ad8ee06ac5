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
    bill.hourly_class(&format!("Instance, {class}"), &key("instance", &class), &class, count);
    if r.flag(&at("dedicated_master_enabled")).known_or(false) {
        let class = r.text(&at("dedicated_master_type")).known_or(usual.to_owned());
        let masters = r.number(&at("dedicated_master_count")).known_or(whole(3));
        // A dedicated master costs the same as an instance of its class.
        let keys = [key("instance", &class), key("dedicated-master", &class)];
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
        if kind == "io1" {
            let iops = r.number("ebs_options.iops").required();
            bill.fixed("Provisioned IOPS", "IOPS", &format!("aws/{product_name}/storage-iops-io1"), iops);
        }
    }
    Ok(())
}
