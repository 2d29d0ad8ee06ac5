//! Advice: what could be paid less for, from what is there, how it is used and what it really costs. One file a kind.
//!
//! Pure: an inventory, its metrics and its charges come in as a [`Scene`], recommendations come out. Each kind names its method,
//! where that comes from, and what keeps it from being wrong.

mod commitment;
mod draft;
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
pub use merge::merged;
pub use purchase::OpenUse;

/// What advice looks at.
pub struct Scene<'s> {
    /// What is there.
    pub resources: &'s [Resource],
    /// How it was used, by place and id.
    pub metrics: &'s HashMap<ResourceKey, Metrics>,
    /// What it really costs, by what charges call it: an id or an ARN.
    pub spend: &'s HashMap<String, Spend>,
    /// List prices.
    pub rates: &'s dyn Rates,
    /// Savings plans and reservations, by their charges.
    pub commitments: &'s [CommittedUse],
    /// What is used at on-demand prices and could be committed to.
    pub open_use: &'s [OpenUse],
    /// What the policy file says.
    pub thresholds: &'s Thresholds,
    /// The currency in which savings without charges are told.
    pub currency: Currency,
    /// The day of the advice.
    pub today: Day,
    /// How often advice of a kind in an account came true, in percent of what its method says; 100 without.
    pub trust: &'s BTreeMap<(String, String), u32>,
}

/// What a resource really cost, by its charges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spend {
    /// The currency of both.
    pub currency: Currency,
    /// Days that have charges.
    pub days: u32,
    /// EffectiveCost of use at on-demand prices.
    pub open: Amount,
    /// EffectiveCost of use that a commitment covers: it is paid for whether it is used or not.
    pub committed: Amount,
}

impl Spend {
    /// An amount of its days, as one of a month of 730 hours.
    fn month(&self, amount: Amount) -> Option<Amount> {
        amount.ratio(730, i64::from(self.days.max(1)) * 24)
    }
}

/// List prices, as bounds.
pub trait Rates {
    /// What a resource of a Terraform type with these attributes costs a month in a region, least and most. `None` when nobody
    /// says: an unknown price is not zero.
    fn monthly(&self, kind: &str, attributes: Value, region: &str) -> Option<(Amount, Amount)>;
}

/// A kind of advice.
pub struct Kind {
    /// Its name: `idle_instance`.
    pub name: &'static str,
    /// What it says, for people.
    pub title: &'static str,
    /// Cost Optimization Hub's `actionType`.
    pub action_type: &'static str,
    /// How it is found, and where that comes from.
    pub method: &'static str,
    /// What keeps it from being wrong.
    pub guard: &'static str,
    /// How likely it is right, in percent, before anybody has tried.
    pub confidence: u32,
    /// How much work it is.
    pub effort: Effort,
    /// Whether something restarts.
    pub restart: bool,
    /// Whether it can be undone.
    pub rollback: bool,
    /// How much can go wrong.
    pub risk: Risk,
    /// Metrics that it needs, by type.
    pub metrics: &'static [(ResourceType, Metric)],
    /// Finds it.
    pub advise: fn(&Scene<'_>, &mut Vec<Recommendation>),
}

/// Every kind.
pub const KINDS: &[&Kind] = &[
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

/// Metrics that any kind needs of a type.
pub fn metrics_of(of: ResourceType) -> Vec<Metric> {
    let all = KINDS.iter().flat_map(|k| k.metrics).filter(|(t, _)| *t == of).map(|(_, m)| *m);
    let mut out: Vec<Metric> = all.collect();
    out.sort();
    out.dedup();
    out
}

/// Everything that is found, each kind by itself. [`merged`] resolves what contradicts itself.
pub fn advise(scene: &Scene<'_>) -> Vec<Recommendation> {
    let mut out = Vec::new();
    for kind in KINDS.iter().filter(|k| !scene.thresholds.without.iter().any(|w| w == k.name)) {
        (kind.advise)(scene, &mut out);
    }
    out
}

impl Scene<'_> {
    /// Resources of a type.
    fn of(&self, of: ResourceType) -> impl Iterator<Item = &Resource> {
        self.resources.iter().filter(move |r| r.resource_type() == of)
    }

    /// One metric of a resource, where enough hours of it are told to judge: a week, and nine of ten of the hours looked back at
    /// or since it was made.
    fn metric(&self, resource: &Resource, metric: Metric) -> Option<&tollgate_model::Hourly> {
        let hourly = self.metrics.get(&(resource.place.clone(), resource.id.clone()))?.get(&metric)?;
        let told = hourly.count();
        (told >= 7 * 24 && told * 10 >= hourly.len() * 9).then_some(hourly)
    }

    /// What a metric of use comes to in all. Where nothing was told of it nothing was used, as long as the provider leaves such
    /// hours out; whether it does is the caller's to know.
    fn total(&self, resource: &Resource, metric: Metric) -> f64 {
        let of = self.metrics.get(&(resource.place.clone(), resource.id.clone())).and_then(|m| m.get(&metric));
        of.map_or(0.0, |h| h.known_values().map(f64::from).sum())
    }

    /// Whether metrics of a resource were asked for and answered.
    fn was_measured(&self, resource: &Resource) -> bool {
        self.metrics.contains_key(&(resource.place.clone(), resource.id.clone()))
    }

    /// Whole days since a resource was made; `None` where nobody knows.
    fn age(&self, resource: &Resource) -> Option<u32> {
        let made: Day = resource.created.as_ref()?.get(..10)?.parse().ok()?;
        u32::try_from(self.today - made).ok()
    }

    /// What a resource really costs.
    fn spend(&self, resource: &Resource) -> Option<&Spend> {
        resource.charged_as().iter().find_map(|name| self.spend.get(name))
    }
}
