//! An image that no machine is made of.

use std::collections::BTreeSet;

use serde_json::json;
use tollgate_model::recommendation::{Effort, Recommendation, Saving};
use tollgate_model::{Amount, ResourceType, Risk, Shape};

use super::draft::Draft;
use super::{Kind, Scene};

pub(super) const KIND: Kind = Kind {
    name: "old_image",
    title: "Deregister an old image",
    action_type: "Delete",
    method: "Older than advice.image_days, no machine runs from it, and no launch template names it in its newest or default version. \
             What is saved is the storage of its snapshots, once they are deleted too.",
    guard: "Public images, images that AWS Backup keeps, and the newest image of each name are left out. Other accounts may launch it: \
            that is not seen from here.",
    confidence: 60,
    effort: Effort::Low,
    restart: false,
    rollback: false,
    risk: Risk::High,
    metrics: &[],
    advise,
};

/// A name without what tells builds apart: digits and what stands between them.
fn family(name: &str) -> String {
    name.chars().filter(|c| !c.is_ascii_digit() && !"-_.:T".contains(*c)).collect()
}

fn advise(scene: &Scene<'_>, out: &mut Vec<Recommendation>) {
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for instance in scene.of(ResourceType::Instance) {
        if let Shape::Instance { image, .. } = &instance.shape {
            used.insert(image);
        }
    }
    for resource in scene.of(ResourceType::Image) {
        let Shape::Image { state, name, public, templates, snapshots } = &resource.shape else { continue };
        let age = scene.age(resource).unwrap_or(0);
        let managed = resource.tags.keys().any(|k| k.starts_with("aws:backup:"));
        let newer = |other: &&tollgate_model::Resource| {
            let same = matches!(&other.shape, Shape::Image { name: theirs, .. } if family(theirs) == family(name));
            same && other.place == resource.place && other.created > resource.created
        };
        if state != "available"
            || *public
            || managed
            || age < scene.thresholds.image_days
            || !templates.is_empty()
            || used.contains(resource.id.as_str())
            || !scene.of(ResourceType::Image).any(|o| newer(&o))
        {
            continue;
        }
        let sizes = scene.of(ResourceType::Snapshot).filter(|s| snapshots.contains(&s.id));
        let gib: u32 = sizes
            .filter_map(|s| match &s.shape {
                Shape::Snapshot { size_gib, .. } => Some(*size_gib),
                _ => None,
            })
            .sum();
        let most = scene.rates.monthly("aws_ebs_snapshot", json!({ "volume_size": gib }), &resource.place.region);
        let draft = Draft::of(scene, &KIND, resource, format!("deregister {name}, {age} days old"))
            .saw("machines that run from it", "none")
            .saw("launch templates", "none")
            .saw("its snapshots", format!("{} with {gib} GiB", snapshots.len()))
            .suggested_change("deregister_image", &[]);
        let draft = match most.filter(|_| gib > 0) {
            Some((_, most)) => draft.saves(Saving {
                between: Some((Amount::ZERO, most)),
                currency: scene.currency,
                basis: tollgate_model::recommendation::SavingBasis::List,
                notes: vec!["once its snapshots are deleted too; they share blocks with others".to_owned()],
            }),
            None => draft,
        };
        draft.put(out);
    }
}
