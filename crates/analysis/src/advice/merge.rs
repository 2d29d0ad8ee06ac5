//! Merging of recommendations: duplicates and contradictions are resolved, so that each saving counts once.

use std::collections::BTreeMap;

use tollgate_model::recommendation::{AdviceSource, Recommendation};

use super::builder::{id, score};

/// Kinds that exclude each other for one resource, strongest first: an earlier kind makes the later ones obsolete.
const BEFORE: &[&str] = &[
    "unattached_volume",
    "idle_instance",
    "idle_database",
    "idle_load_balancer",
    "idle_nat_gateway",
    "rightsize_instance",
    "rightsize_database",
    "previous_generation",
    "schedule",
    "spot",
    "provisioned_iops",
    "gp2_to_gp3",
];

/// Merges Tollgate's recommendations with those of other advisors, best score first. Equal recommendations become one that names
/// both sources. If several for one resource exclude each other, the weaker ones name the strongest in `instead`.
pub fn merge_recommendations(ours: Vec<Recommendation>, theirs: Vec<Recommendation>) -> Vec<Recommendation> {
    let mut all: BTreeMap<String, Recommendation> = ours.into_iter().map(|r| (r.id.clone(), r)).collect();
    for mut other in theirs {
        other.id = id(&other.kind, &other.subject.place, &other.subject.id);
        other.score = score(&other);
        match all.get_mut(&other.id) {
            Some(known) => {
                if known.also.iter().any(|(source, _)| *source == other.source) || known.source == other.source {
                    continue;
                }
                known.also.push((other.source, other.saving));
                // Two independent sources are right more often than one.
                if known.source == AdviceSource::Tollgate {
                    known.confidence_percent = (known.confidence_percent + 5).min(99);
                }
                known.score = score(known);
            }
            None => drop(all.insert(other.id.clone(), other)),
        }
    }
    let mut by_resource: BTreeMap<(String, String, String), Vec<String>> = BTreeMap::new();
    for r in all.values().filter(|r| BEFORE.contains(&r.kind.as_str())) {
        let place = &r.subject.place;
        let key = (place.account.clone(), place.region.clone(), r.subject.id.clone());
        by_resource.entry(key).or_default().push(r.id.clone());
    }
    for ids in by_resource.into_values().filter(|ids| ids.len() > 1) {
        let rank = |id: &String| BEFORE.iter().position(|k| *k == all[id].kind).unwrap_or(BEFORE.len());
        let Some(first) = ids.iter().min_by_key(|id| rank(id)).cloned() else { continue };
        for id in ids.iter().filter(|id| **id != first) {
            if let Some(weaker) = all.get_mut(id) {
                weaker.instead = Some(first.clone());
            }
        }
    }
    let mut out: Vec<Recommendation> = all.into_values().collect();
    out.sort_by(|a, b| (b.instead.is_none(), b.score, &a.id).cmp(&(a.instead.is_none(), a.score, &b.id)));
    out
}
