//! Old images that no instance and no launch template uses.

use std::collections::BTreeSet;

use serde_json::json;
use tollgate_model::recommendation::{Effort, Recommendation, Saving};
use tollgate_model::{Amount, ResourceType, Risk, Shape};

use super::builder::RecommendationBuilder;
use super::{AdviceInput, AdviceKind};

pub(super) const KIND: AdviceKind = AdviceKind {
    name: "old_image",
    title: "Deregister an old image",
    action_type: "Delete",
    method: "Older than advice.image_days, no instance runs from it, and no launch template uses it in its newest or default \
             version. The saving is the storage of its snapshots once they are deleted too.",
    safeguard: "Left out: public images, images managed by AWS Backup, and the newest image of each name. Other accounts may launch \
             the image, which this account cannot see.",
    confidence: 60,
    effort: Effort::Low,
    restart: false,
    rollback: false,
    risk: Risk::High,
    metrics: &[],
    advise,
};

/// An image name without digits and separators, which vary between builds.
fn family(name: &str) -> String {
    name.chars().filter(|c| !c.is_ascii_digit() && !"-_.:T".contains(*c)).collect()
}

fn advise(input: &AdviceInput<'_>, out: &mut Vec<Recommendation>) {
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for instance in input.resources_of(ResourceType::Instance) {
        if let Shape::Instance { image, .. } = &instance.shape {
            used.insert(image);
        }
    }
    for resource in input.resources_of(ResourceType::Image) {
        let Shape::Image { state, name, public, templates, snapshots } = &resource.shape else { continue };
        let age = input.age_days(resource).unwrap_or(0);
        let managed = resource.tags.keys().any(|k| k.starts_with("aws:backup:"));
        let newer = |other: &&tollgate_model::Resource| {
            let same = matches!(&other.shape, Shape::Image { name: theirs, .. } if family(theirs) == family(name));
            same && other.place == resource.place && other.created > resource.created
        };
        if state != "available"
            || *public
            || managed
            || age < input.thresholds.image_days
            || !templates.is_empty()
            || used.contains(resource.id.as_str())
            || !input.resources_of(ResourceType::Image).any(|o| newer(&o))
        {
            continue;
        }
        let sizes = input.resources_of(ResourceType::Snapshot).filter(|s| snapshots.contains(&s.id));
        let gib: u32 = sizes
            .filter_map(|s| match &s.shape {
                Shape::Snapshot { size_gib, .. } => Some(*size_gib),
                _ => None,
            })
            .sum();
        let most = input.list_prices.monthly("aws_ebs_snapshot", json!({ "volume_size": gib }), &resource.place.region);
        let draft =
            RecommendationBuilder::for_resource(input, &KIND, resource, format!("deregister {name}, {age} days old"))
                .evidence("instances that run from it", "none")
                .evidence("launch templates", "none")
                .evidence("snapshots", format!("{} with {gib} GiB", snapshots.len()))
                .suggested_change("deregister_image", &[]);
        let draft = match most.filter(|_| gib > 0) {
            Some((_, most)) => draft.saves(Saving {
                between: Some((Amount::ZERO, most)),
                currency: input.currency,
                basis: tollgate_model::recommendation::SavingBasis::List,
                covered: None,
                notes: vec![
                    "once its snapshots are deleted too, which may share blocks with other snapshots".to_owned(),
                ],
            }),
            None => draft,
        };
        draft.push_to(out);
    }
}
