//! A plan as people read it: what is removed, what is added, and how it is rolled back.

use tollgate_model::time_span::format_time_span;
use tollgate_model::{Change, ChangePlan, Effect};

use crate::CHANGE_KINDS;

/// Describes a plan as a diff, in lines.
pub fn plan_diff(plan: &ChangePlan) -> Vec<String> {
    let mut out = Vec::new();
    for (n, step) in plan.steps.iter().enumerate() {
        out.push(format!("{:>2}. [{}] {}", n + 1, step.kind, step.what));
        if let Some(change) = &step.change {
            of_change(change, &mut out);
        }
    }
    if let Some(rollout) = &plan.rollout {
        let stages: Vec<String> = rollout
            .stages
            .iter()
            .map(|s| {
                let soak = format_time_span(s.soak_seconds.into());
                format!("{} (through step {}, watched for {soak})", s.name, s.through)
            })
            .collect();
        out.push(format!("stages    {}", stages.join(", then ")));
        let health: Vec<String> = rollout.health.iter().map(ToString::to_string).collect();
        let health = if health.is_empty() { "no health check".to_owned() } else { health.join(", ") };
        out.push(format!("health    {health}"));
    }
    out
}

fn of_change(change: &Change, out: &mut Vec<String>) {
    let resource = &change.resource;
    out.push(format!("      {} {} in {}", resource.resource_type(), resource.id, resource.place));
    if change.wait_days > 0 {
        out.push(format!("    ~ tagged with {} and kept for {} days", crate::DELETE_AFTER, change.wait_days));
    }
    for action in &change.actions {
        match &action.apply.effect {
            Effect::Fact { name, is, .. } => {
                out.push(format!("    - {name}: {}", resource.fact(name)));
                out.push(format!("    + {name}: {is}"));
            }
            Effect::Gone => out.push(format!("    - {} {}", resource.resource_type(), resource.id)),
            Effect::Made { what, .. } => out.push(format!("    + a new {what}")),
            Effect::Schedule { name, there } => {
                out.push(format!("    {} schedule {name}", if *there { "+" } else { "-" }))
            }
            Effect::Tagged(tags) => {
                for (key, value) in tags {
                    if let Some(before) = resource.tags.get(key) {
                        out.push(format!("    - tag {key}: {before:?}"));
                    }
                    if !value.is_null() {
                        out.push(format!("    + tag {key}: {value}"));
                    }
                }
            }
        }
        out.push(format!("      calls    {}", action.apply.call));
        for undo in &action.rollback {
            out.push(format!("      rollback {}", undo.call));
        }
        if let Some(lost) = &action.lost {
            out.push(format!("      lost     {lost}"));
        }
    }
    for what in &change.blast_radius {
        out.push(format!("      effect   {what}"));
    }
    let saves = change.saving.map_or("unknown".to_owned(), |(low, high)| {
        if low == high { format!("{high} a month") } else { format!("{low} to {high} a month") }
    });
    out.push(format!("      saves    {saves}; {} risk; permission: {}", change.risk, change.permission));
}

/// Writes docs/reference/actions.md: every kind with every call that it makes.
pub fn reference() -> String {
    let mut out = String::from(
        "# Actions\n\nWhat Tollgate can change, and every API call that it makes for it. A test writes this page from the kinds \
         of change.\n\nTollgate reads the resource before each step and after each call. A plan contains every call that changes something, and \
         the calls that roll it back. Nothing else is called: an operation that is not on this page is refused, and so is an unknown \
         parameter.\n",
    );
    let code = |list: &[&str]| list.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
    out += &format!(
        "\n## Permissions to read\n\n- advice: {}\n- health checks: {}\n",
        code(tollgate_cloud::INVENTORY_PERMISSIONS),
        code(tollgate_cloud::HEALTH_PERMISSIONS)
    );
    for kind in CHANGE_KINDS {
        let of: Vec<&str> = kind.of.iter().map(|t| t.as_str()).collect();
        let of =
            if of.len() == tollgate_model::ResourceType::ALL.len() { "any resource".to_owned() } else { of.join(", ") };
        let reads = if kind.reads.is_empty() { "those of the resource's type".to_owned() } else { code(kind.reads) };
        let lost = if kind.lost.is_empty() { "nothing" } else { kind.lost };
        let deletes =
            if kind.deletes { "; the resource is tagged first, and its owner has time to object" } else { "" };
        out += &format!(
            "\n## {}\n\n{}. Applies to: {of}. Lowest risk: {}{deletes}.\n\n- reads: {reads}\n- calls: {}\n- not restored by a rollback: {lost}\n",
            kind.name,
            kind.title,
            kind.risk,
            code(kind.calls)
        );
    }
    out
}
