//! aws_autoscaling_group: instances of its template; the desired number, between the minimum and the maximum. A mixed policy buys a part
//! of them as spot capacity.

use crate::prelude::*;

use super::machines::{Terms, instance_on, overrides, template_volumes, volumes};

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let count = count(r, bill)?;
    let of = |path: &str, names: [&str; 2]| {
        names.into_iter().find_map(|name| r.referred(&format!("{path}.{name}"), "aws_launch_template"))
    };
    let mixed = "mixed_instances_policy";
    let specified = format!("{mixed}.launch_template.launch_template_specification");
    let template = of("launch_template", ["id", "name"])
        .or_else(|| of(&specified, ["launch_template_id", "launch_template_name"]));
    let old = r.referred("launch_configuration", "aws_launch_configuration");
    let preferred = overrides(&r.known_items(&format!("{mixed}.launch_template.override")));
    // Of several types, the first is the preferred one. Its weight is the capacity that one instance counts for.
    let weight = preferred.first().and_then(|(_, weight)| *weight);
    let instances = match weight {
        Some(weight) => count.try_map(|n| divided(n, weight)).ok_or_else(out_of_range)?,
        None => count,
    };
    let (on_demand, spot) = if r.has(mixed) {
        parts(r, &format!("{mixed}.instances_distribution"), instances)?
    } else {
        (instances, none())
    };
    match (template, old) {
        (Some(template), _) => {
            let kind = || match preferred.first() {
                Some((kind, _)) => Ok(kind.clone()),
                None => template.text("instance_type").required(),
            };
            let mut add = |terms: Terms, times: Span<Quantity>| {
                bill.repeat("", times, |bill| {
                    instance_on(kind(), &template, terms, bill);
                    template_volumes(&template, bill);
                    Ok(())
                })
            };
            if spot == none() || on_demand != none() {
                add(Terms::default(), on_demand)?;
            }
            if spot != none() {
                add(Terms { spot: true }, spot)?;
            }
        }
        (None, Some(old)) => {
            // Detailed monitoring is on unless a launch configuration turns it off.
            let monitored = old.flag("enable_monitoring").known_or(true);
            bill.repeat("", instances, |bill| {
                instance_on(old.text("instance_type").required(), &old, Terms::default(), bill);
                if monitored && !old.has("enable_monitoring") {
                    bill.fixed("Detailed monitoring", "metrics", "aws/instance/ec2-detailed-monitoring", 7);
                }
                volumes(&old, bill);
                Ok(())
            })?;
        }
        (None, None) if r.plan_has("aws_launch_template") => {
            bill.unpriced("Instances", "the plan does not contain which launch template the group uses");
        }
        (None, None) => bill.unpriced("Instances", "the template of the group is not in this plan"),
    }
    Ok(())
}

/// Returns the number of instances: by a usage file, or the desired number between the minimum and the maximum.
fn count(r: &EstimateInput<'_>, bill: &Bill<'_>) -> Estimated<Span<Quantity>> {
    if let Some((instances, _)) = bill.known_usage("instances") {
        return Ok(Span::exactly(instances));
    }
    let (least, most) = (r.number("min_size").required()?, r.number("max_size").required()?);
    let wanted = r.number("desired_capacity").known_or(least).max(least).min(most.max(least));
    Ok(Span::between(least, wanted, most))
}

/// Splits instances into on-demand and spot ones: a base, and a percentage above it (EC2 Auto Scaling User Guide, 2026-08).
fn parts(r: &EstimateInput<'_>, path: &str, all: Span<Quantity>) -> Estimated<(Span<Quantity>, Span<Quantity>)> {
    let base = r.number(&format!("{path}.on_demand_base_capacity")).known_or(Quantity::ZERO);
    let percent = r.number(&format!("{path}.on_demand_percentage_above_base_capacity")).known_or(whole(100));
    let on_demand = |n: Quantity| {
        let base = base.min(n);
        let above = product(n.saturating_sub(base), percent)?.ratio(1, 100)?;
        // The number of on-demand instances is rounded up.
        Some(ceiling(base.saturating_add(above)).min(n))
    };
    let own = all.try_map(on_demand).ok_or_else(out_of_range)?;
    let spot = Span {
        low: all.low.saturating_sub(own.low),
        likely: all.likely.saturating_sub(own.likely),
        high: all.high.saturating_sub(own.high),
    };
    Ok((own, spot))
}

fn none() -> Span<Quantity> {
    Span::default()
}

/// Returns a quotient, rounded up to whole instances.
fn divided(n: Quantity, by: Quantity) -> Option<Quantity> {
    (by > Quantity::ZERO).then(|| {
        let whole_units = (n.units() + by.units() - 1) / by.units();
        whole(i64::try_from(whole_units).unwrap_or(i64::MAX))
    })
}

fn ceiling(n: Quantity) -> Quantity {
    let unit = 10i128.pow(Quantity::PLACES);
    whole(i64::try_from((n.units() + unit - 1) / unit).unwrap_or(i64::MAX))
}

fn out_of_range() -> Unpriced {
    Unpriced("is out of range".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacities_become_instances_by_their_weight() {
        assert_eq!(divided(whole(10), whole(4)), Some(whole(3)));
        assert_eq!(divided(whole(8), whole(4)), Some(whole(2)));
        assert_eq!(divided(whole(8), Quantity::ZERO), None);
        assert_eq!(ceiling("1.2".parse().unwrap()), whole(2));
    }
}
