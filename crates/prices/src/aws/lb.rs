//! aws_lb: by the hour, and by capacity units of processed data.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("load_balancer_type").known_or("application".to_owned());
    bill.hourly(&format!("Load balancer, {kind}"), &format!("aws/lb/{kind}-load-balancer"), 1);
    let sku = format!("aws/lb/lcu-{kind}");
    // A unit is the highest of four measures: new and active connections, processed data, and rules (ELB pricing, 2026-08).
    let application = kind == "application";
    let each: [(&str, i64); 4] = [
        ("new_connections", if application { 25 } else { 800 }),
        ("active_connections", if application { 3000 } else { 100_000 }),
        ("rule_evaluations", 1000),
        ("capacity_units", 1),
    ];
    let (gigabytes, mut origin) = bill.usage_figure("processed_bytes_gb", 100);
    let mut units = gigabytes.try_map(|gb| gb.ratio(1, HOURS)).ok_or_else(|| Unpriced("too much".to_owned()));
    let known = bill.known_usage("processed_bytes_gb").is_some();
    let mut highest: Option<Quantity> = None;
    for (figure, per) in each {
        if let Some((n, from)) = bill.known_usage(figure) {
            highest = highest.max(n.ratio(1, per));
            origin = from;
        }
    }
    if let Some(highest) = highest {
        let data = if known { units.as_ref().map_or(Quantity::ZERO, |u| u.likely) } else { Quantity::ZERO };
        units = Ok(Span::exactly(highest.max(data)));
    }
    bill.usage_quantity("Capacity units", "LCU", &sku, units, origin);
    Ok(())
}
