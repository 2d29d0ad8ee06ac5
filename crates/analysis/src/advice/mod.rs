//! Advice: recommendations that save cost, from the inventory, its metrics and its charges. One file for each kind.
//!
//! The functions are pure: an [`AdviceInput`] in, recommendations out. Each kind documents its method, the method's source, and
//! the safeguards against false positives.

mod builder;
mod commitment;
mod function_architecture;
mod function_memory;
mod gp2_to_gp3;
mod idle_database;
mod idle_instance;
mod idle_load_balancer;
mod idle_nat_gateway;
mod incomplete_uploads;
mod log_retention;
mod machines;
mod merge;
mod old_image;
mod old_snapshot;
mod previous_generation;
mod provisioned_iops;
mod purchase;
mod rightsize_database;
mod rightsize_instance;
mod schedule;
mod spot;
mod unattached_volume;
mod unused_address;
mod usage;

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use tollgate_model::metric::ResourceKey;
use tollgate_model::recommendation::{Effort, Recommendation, Thresholds};
use tollgate_model::{Amount, Currency, Day, Metric, Metrics, Resource, ResourceType, Risk};

pub use commitment::CommittedUse;
pub use merge::merge_recommendations;
pub use purchase::OnDemandUse;

/// The input of advice.
pub struct AdviceInput<'s> {
    /// The inventory.
    pub resources: &'s [Resource],
    /// Metrics by account, region and id.
    pub metrics: &'s HashMap<ResourceKey, Metrics>,
    /// The cost of resources, by the id or ARN in their charges.
    pub spend: &'s HashMap<String, ResourceSpend>,
    /// List prices.
    pub list_prices: &'s dyn ListPrices,
    /// Savings plans and reservations, by their charges.
    pub commitments: &'s [CommittedUse],
    /// On-demand use that a commitment could cover.
    pub on_demand_use: &'s [OnDemandUse],
    /// The thresholds of the policy file.
    pub thresholds: &'s Thresholds,
    /// The currency of savings that are estimated from list prices.
    pub currency: Currency,
    /// The day of the advice.
    pub today: Day,
    /// The success rate of recommendations by kind and account, in percent of the method's confidence; 100 if there is none.
    pub track_record: &'s BTreeMap<(String, String), u32>,
}

/// The cost of a resource, by its charges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceSpend {
    /// The currency of both.
    pub currency: Currency,
    /// Days that have charges.
    pub days: u32,
    /// EffectiveCost of use at on-demand prices.
    pub on_demand: Amount,
    /// EffectiveCost of use that a commitment covers: the commitment is paid whether it is used or not.
    pub committed: Amount,
}

impl ResourceSpend {
    /// Converts an amount of its days to a month of 730 hours.
    fn monthly(&self, amount: Amount) -> Option<Amount> {
        amount.ratio(730, i64::from(self.days.max(1)) * 24)
    }
}

/// A source of list prices, as ranges.
pub trait ListPrices {
    /// The monthly list price of a resource of a Terraform type with these attributes in a region, lowest and highest. `None` if it
    /// is unknown: an unknown price is not zero.
    fn monthly(&self, kind: &str, attributes: Value, region: &str) -> Option<(Amount, Amount)>;
}

/// A kind of advice.
pub struct AdviceKind {
    /// Its name: `idle_instance`.
    pub name: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Cost Optimization Hub's `actionType`.
    pub action_type: &'static str,
    /// How it is found, and the source of the method.
    pub method: &'static str,
    /// Conditions that prevent false positives.
    pub safeguard: &'static str,
    /// The initial confidence in percent, before any recommendation was applied.
    pub confidence: u32,
    /// The effort of implementing it.
    pub effort: Effort,
    /// Whether it needs a restart.
    pub restart: bool,
    /// Whether it can be rolled back.
    pub rollback: bool,
    /// Its risk.
    pub risk: Risk,
    /// Metrics that it needs, by resource type.
    pub metrics: &'static [(ResourceType, Metric)],
    /// Finds recommendations of this kind.
    pub advise: fn(&AdviceInput<'_>, &mut Vec<Recommendation>),
}

/// Every kind.
pub const KINDS: &[&AdviceKind] = &[
    &idle_instance::KIND,
    &rightsize_instance::KIND,
    &schedule::KIND,
    &previous_generation::KIND,
    &spot::KIND,
    &unattached_volume::KIND,
    &gp2_to_gp3::KIND,
    &provisioned_iops::KIND,
    &old_snapshot::KIND,
    &old_image::KIND,
    &unused_address::KIND,
    &idle_load_balancer::KIND,
    &idle_nat_gateway::KIND,
    &idle_database::KIND,
    &rightsize_database::KIND,
    &function_memory::KIND,
    &function_architecture::KIND,
    &incomplete_uploads::KIND,
    &incomplete_uploads::LIFECYCLE,
    &log_retention::KIND,
    &purchase::SAVINGS_PLAN,
    &purchase::RESERVED,
    &commitment::UNUSED,
    &commitment::EXPIRING,
];

/// The metrics that all kinds together need of a resource type.
pub fn metrics_needed(of: ResourceType) -> Vec<Metric> {
    let all = KINDS.iter().flat_map(|k| k.metrics).filter(|(t, _)| *t == of).map(|(_, m)| *m);
    let mut out: Vec<Metric> = all.collect();
    out.sort();
    out.dedup();
    out
}

/// Finds the recommendations of every kind. [`merge_recommendations`] resolves contradictions between them.
pub fn find_recommendations(input: &AdviceInput<'_>) -> Vec<Recommendation> {
    let mut out = Vec::new();
    for kind in KINDS.iter().filter(|k| !input.thresholds.without.iter().any(|w| w == k.name)) {
        (kind.advise)(input, &mut out);
    }
    out
}

impl AdviceInput<'_> {
    /// Resources of a type.
    fn resources_of(&self, of: ResourceType) -> impl Iterator<Item = &Resource> {
        self.resources.iter().filter(move |r| r.resource_type() == of)
    }

    /// One metric of a resource, if it covers enough hours: a week, and nine of ten hours of the observed time or of the time since
    /// the resource was created.
    fn metric(&self, resource: &Resource, metric: Metric) -> Option<&tollgate_model::Hourly> {
        let hourly = self.metrics.get(&(resource.place.clone(), resource.id.clone()))?.get(&metric)?;
        let known = hourly.count();
        (known >= 7 * 24 && known * 10 >= hourly.len() * 9).then_some(hourly)
    }

    /// The sum of a metric. Missing hours count as zero, which is right only for metrics whose provider omits hours without use; the
    /// caller must check that.
    fn total_use(&self, resource: &Resource, metric: Metric) -> f64 {
        let of = self.metrics.get(&(resource.place.clone(), resource.id.clone())).and_then(|m| m.get(&metric));
        of.map_or(0.0, |h| h.known_values().map(f64::from).sum())
    }

    /// Whether metrics of a resource were read.
    fn was_measured(&self, resource: &Resource) -> bool {
        self.metrics.contains_key(&(resource.place.clone(), resource.id.clone()))
    }

    /// Complete days since a resource was created; `None` if unknown.
    fn age_days(&self, resource: &Resource) -> Option<u32> {
        u32::try_from(self.today - Day::of(resource.created?)).ok()
    }

    /// The cost of a resource, by its charges.
    fn spend_of(&self, resource: &Resource) -> Option<&ResourceSpend> {
        resource.charged_as().iter().find_map(|name| self.spend.get(name))
    }
}
