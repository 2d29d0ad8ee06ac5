//! Cost views: daily cost and forecasts by facet, dimension or tag, in one currency where exchange rates allow it.

mod conversion;
mod grouping;
mod periods;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tollgate_analysis::{CostCube, ScopeSeries, forecast_cost};
use tollgate_model::forecast::ForecastDay;
use tollgate_model::series::{Facet, Scope};
use tollgate_model::{Amount, Basis, Currency, Day, SeriesKey};

pub(crate) use self::conversion::convert_sources;
pub use self::grouping::CostGrouping;
use self::grouping::read_grouped;
pub use self::periods::{CostForecast, ForecastUntil, PeriodForecast};
use crate::scope::read_account_names;
use crate::{Context, PipelineError};

/// A part of the cost: the value of each facet or dimension of the grouping.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct CostGroup {
    /// For people: the values, with names of accounts.
    pub label: String,
    /// The values, by facet, dimension or `tag:KEY`; null where charges have none.
    pub values: BTreeMap<String, Option<String>>,
}

/// The daily cost of a group in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DailyCost {
    /// The group.
    pub group: CostGroup,
    /// The currency of every amount.
    pub currency: Currency,
    /// The cost of each complete day, oldest first.
    pub days: Vec<(Day, Amount)>,
    /// The forecast of the days after them.
    pub ahead: Vec<ForecastDay>,
}

/// Costs for people to look at. Budgets and detection have cubes of their own.
pub struct CostView {
    cube: CostCube,
    grouping: CostGrouping,
    /// The dimension or tag of the grouping, as series have it.
    dimension: Option<String>,
    names: BTreeMap<String, String>,
    fiscal_year_starts: u8,
    /// The currencies that were converted, and the one into which.
    pub converted: Option<(BTreeSet<Currency>, Currency)>,
    /// Currencies that have no rate into it for some of their days: they stay as they are.
    pub without_rate: BTreeSet<Currency>,
}

impl CostView {
    /// Reads effective cost by a grouping. With exchange rates in the policy, every currency is converted by the rate of each day: into
    /// `currency`, or the default currency of the policy, or the one with the largest cost.
    ///
    /// # Errors
    ///
    /// When a store fails or is empty, or no charge has the dimension or tag of the grouping.
    pub async fn load(
        context: &Context,
        grouping: &CostGrouping,
        currency: Option<Currency>,
    ) -> Result<Self, PipelineError> {
        let policy = &context.state.policy;
        let sources = read_grouped(context, grouping).await?;
        let (sources, conversion) = convert_sources(sources, &policy.rates, currency.or(policy.defaults.currency));
        Ok(Self {
            cube: CostCube::new(sources),
            grouping: grouping.clone(),
            dimension: grouping.key(),
            names: read_account_names(&context.state).await?,
            fiscal_year_starts: policy.defaults.fiscal_year_starts,
            converted: conversion.converted,
            without_rate: conversion.without_rate,
        })
    }

    /// The part of the grouping that a series belongs to; the value of a dimension or tag takes the place of the provider.
    fn scope_of(&self, key: &SeriesKey) -> Scope {
        match (&self.grouping, &self.dimension) {
            (CostGrouping::Facets(facets), _) => Scope::of(key, facets),
            (_, Some(name)) => Scope([(Facet::Provider, key.dimensions.get(name).cloned())].into()),
            (_, None) => Scope::default(),
        }
    }

    /// Whether a series belongs to a part of the grouping.
    fn is_within(&self, scope: &Scope, key: &SeriesKey) -> bool {
        match &self.dimension {
            None => scope.contains(key),
            Some(name) => scope.0.values().all(|value| value.as_ref() == key.dimensions.get(name)),
        }
    }

    /// The daily cost of each group and currency.
    fn groups(&self) -> BTreeMap<(Scope, Currency), ScopeSeries> {
        self.cube.sums_by(Basis::Effective, |key| Some((self.scope_of(key), key.currency)))
    }

    /// Daily cost of each group and currency, largest first, with a forecast of `ahead` days.
    pub fn daily(&self, ahead: usize) -> Vec<DailyCost> {
        let ahead = i32::try_from(ahead).unwrap_or(i32::MAX);
        let mut out: Vec<DailyCost> = self
            .groups()
            .into_iter()
            .map(|((scope, currency), series)| {
                let counts = |key: &SeriesKey| self.is_within(&scope, key);
                let until = series.range.end.plus(ahead);
                let forecast = (ahead > 0)
                    .then(|| forecast_cost(&self.cube, Basis::Effective, currency, until, &counts))
                    .flatten();
                DailyCost {
                    group: self.group(&scope),
                    currency,
                    days: series
                        .range
                        .days()
                        .map(|day| (day, series.sums.get(&day).copied().unwrap_or_default()))
                        .collect(),
                    ahead: forecast.map(|f| f.days().collect()).unwrap_or_default(),
                }
            })
            .collect();
        let sum = |cost: &DailyCost| cost.days.iter().fold(Amount::ZERO, |sum, (_, a)| sum.saturating_add(*a));
        out.sort_by_key(|cost| std::cmp::Reverse(sum(cost)));
        out
    }

    fn group(&self, scope: &Scope) -> CostGroup {
        let named = scope.0.iter().map(|(facet, value)| match (facet, value) {
            (Facet::SubAccount, Some(id)) => (*facet, Some(self.names.get(id).unwrap_or(id).clone())),
            _ => (*facet, value.clone()),
        });
        let label = Scope(named.collect()).to_string();
        let values = match &self.dimension {
            None => scope.0.iter().map(|(facet, value)| (facet.label().to_owned(), value.clone())).collect(),
            Some(key) => scope.0.values().map(|value| (key.clone(), value.clone())).collect(),
        };
        CostGroup { label, values }
    }
}
