//! Efficiency figures of a month, each with its definition, and the levels of the FinOps maturity model where it publishes values.
//!
//! Source of the levels: FinOps Foundation, FinOps Framework, "FinOps Maturity Model", sample KPIs of crawl, walk and run (CC BY 4.0).
//! Read 2026-11-28. Figures without published values have no level.

use serde::Serialize;
use tollgate_model::{Amount, Currency};

/// A level of the FinOps maturity model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Maturity {
    /// The value of the level crawl is not reached.
    BelowCrawl,
    /// Crawl.
    Crawl,
    /// Walk.
    Walk,
    /// Run.
    Run,
}

impl Maturity {
    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::BelowCrawl => "below crawl",
            Self::Crawl => "crawl",
            Self::Walk => "walk",
            Self::Run => "run",
        }
    }
}

/// The published values of the levels, in percent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MaturityLevels {
    /// The value of the level crawl.
    pub crawl: f64,
    /// The value of the level walk.
    pub walk: f64,
    /// The value of the level run.
    pub run: f64,
    /// Who published them, and when they were read.
    pub source: &'static str,
}

const SOURCE: &str = "FinOps Foundation, FinOps Maturity Model, sample KPIs; read 2026-11-28";
const ALLOCATED: MaturityLevels = MaturityLevels { crawl: 50.0, walk: 80.0, run: 90.0, source: SOURCE };
const COVERED: MaturityLevels = MaturityLevels { crawl: 60.0, walk: 70.0, run: 80.0, source: SOURCE };
const FORECAST: MaturityLevels = MaturityLevels { crawl: 20.0, walk: 15.0, run: 12.0, source: SOURCE };

impl MaturityLevels {
    /// The level of a value. Where the value of run is below that of crawl, less is better.
    pub fn level(&self, value: f64) -> Maturity {
        let reaches = |level: f64| if self.run < self.crawl { value <= level } else { value >= level };
        match () {
            () if reaches(self.run) => Maturity::Run,
            () if reaches(self.walk) => Maturity::Walk,
            () if reaches(self.crawl) => Maturity::Crawl,
            () => Maturity::BelowCrawl,
        }
    }
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EfficiencyFigure {
    /// Its id: `effective_savings_rate`.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Its value in percent, to one decimal place; null where it is unknown.
    pub percent: Option<f64>,
    /// What it is computed from, for people.
    pub basis: String,
    /// Its definition.
    pub definition: &'static str,
    /// Its level of maturity, where levels are published.
    pub level: Option<Maturity>,
    /// The published values of the levels.
    pub levels: Option<MaturityLevels>,
    /// Why it is unknown.
    pub unknown: Option<String>,
}

/// Sums of a month in one currency, from the charges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EfficiencySums {
    /// EffectiveCost of all usage, with unused commitments.
    pub usage: Amount,
    /// EffectiveCost of usage that has a list cost, and of unused commitments.
    pub paid: Amount,
    /// ListCost of usage that has one.
    pub list: Amount,
    /// EffectiveCost of usage that has no list cost.
    pub without_list: Amount,
    /// EffectiveCost of usage without any tag.
    pub untagged: Amount,
    /// ListCost of usage that commitments cover, in services that any commitment covers; effective cost where it is unknown.
    pub covered: Amount,
    /// ListCost of on-demand use of the same services; effective cost where it is unknown.
    pub on_demand: Amount,
    /// EffectiveCost of the used part of commitments.
    pub commitment_used: Amount,
    /// EffectiveCost of their unused part.
    pub commitment_unused: Amount,
}

/// A forecast of a past month, made with the charges before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackTest {
    /// The forecast.
    pub forecast: Amount,
    /// What the month cost.
    pub actual: Amount,
}

/// The idle part of the cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdleCost {
    /// What open recommendations for idle resources would save a month.
    pub saving: Amount,
    /// Their number.
    pub recommendations: usize,
    /// Those without a known saving.
    pub unknown: usize,
    /// The cost of the month.
    pub cost: Amount,
}

fn share(part: Amount, whole: Amount) -> Option<f64> {
    (whole > Amount::ZERO).then(|| (part.to_f64() / whole.to_f64() * 1000.0).round() / 10.0)
}

fn figure(
    id: &str,
    name: &str,
    definition: &'static str,
    percent: Option<f64>,
    basis: String,
    levels: Option<MaturityLevels>,
) -> EfficiencyFigure {
    let unknown = percent.is_none().then(|| "there is no such cost in the month".to_owned());
    let level = percent.zip(levels).map(|(percent, levels)| levels.level(percent));
    EfficiencyFigure { id: id.to_owned(), name: name.to_owned(), percent, basis, definition, level, levels, unknown }
}

fn of(part: Amount, whole: Amount, currency: Currency) -> String {
    let text = |amount| tollgate_model::money::grouped(amount, 0);
    format!("{} of {} {currency}", text(part), text(whole))
}

/// The effective savings rate, the untagged share, coverage and waste of commitments.
pub fn charge_figures(sums: &EfficiencySums, currency: Currency) -> Vec<EfficiencyFigure> {
    let saved = sums.list.saturating_sub(sums.paid);
    let without = match sums.without_list.is_zero() {
        true => String::new(),
        false => format!("; {} without a list cost left out", tollgate_model::money::grouped(sums.without_list, 0)),
    };
    let whole = sums.covered.saturating_add(sums.on_demand);
    let commitments = sums.commitment_used.saturating_add(sums.commitment_unused);
    vec![
        figure(
            "effective_savings_rate",
            "effective savings rate",
            "What discounts and commitments save of the list cost of usage: 1 - (effective cost of usage with a list cost + unused commitments) / list cost",
            share(saved, sums.list),
            of(saved, sums.list, currency) + &without,
            None,
        ),
        figure(
            "commitment_coverage",
            "commitment coverage",
            "The share of commitments in the usage of services that any commitment covers, at list cost",
            if sums.covered.is_zero() { None } else { share(sums.covered, whole) },
            of(sums.covered, whole, currency),
            Some(COVERED),
        ),
        figure(
            "commitment_waste",
            "commitment waste",
            "The unused part of commitments: unused / (used + unused), at effective cost",
            share(sums.commitment_unused, commitments),
            of(sums.commitment_unused, commitments, currency),
            None,
        ),
        figure(
            "untagged_share",
            "untagged share",
            "The share of the effective cost of usage that carries no tag at all",
            share(sums.untagged, sums.usage),
            of(sums.untagged, sums.usage, currency),
            None,
        ),
    ]
}

/// How much of the cost a dimension allocates: everything whose value is not its default.
pub fn allocated_figure(dimension: &str, unallocated: Amount, whole: Amount, currency: Currency) -> EfficiencyFigure {
    let allocated = whole.saturating_sub(unallocated);
    figure(
        &format!("allocated_by_{dimension}"),
        &format!("allocated by {dimension}"),
        "The share of the effective cost whose charges have a value of the dimension, other than its default",
        share(allocated, whole),
        of(allocated, whole, currency),
        Some(ALLOCATED),
    )
}

/// The share of cost that idle resources have.
pub fn idle_figure(idle: Option<IdleCost>, currency: Currency) -> EfficiencyFigure {
    let known = idle.filter(|idle| idle.recommendations > idle.unknown || idle.recommendations == 0);
    let basis = known.map_or(String::new(), |idle| {
        let unknown = if idle.unknown == 0 {
            String::new()
        } else {
            format!("; {} without a known saving left out", idle.unknown)
        };
        of(idle.saving, idle.cost, currency) + &unknown
    });
    let percent = known.and_then(|idle| share(idle.saving, idle.cost));
    let mut out = figure(
        "idle_share",
        "idle share",
        "What open recommendations for idle and unattached resources would save a month, of the cost of the last month",
        percent,
        basis,
        None,
    );
    if percent.is_none() {
        out.unknown = Some("no recommendations were searched for; run `tollgate advise`".to_owned());
    }
    out
}

/// The mean absolute error of forecasts of whole months.
pub fn forecast_figure(tests: &[BackTest]) -> EfficiencyFigure {
    let errors: Option<Vec<f64>> =
        tests.iter().map(|t| share(t.forecast.saturating_sub(t.actual).abs(), t.actual)).collect();
    let errors = errors.filter(|errors| !errors.is_empty());
    let mean = errors.as_ref().map(|errors| {
        let sum: f64 = errors.iter().sum();
        (sum / crate::float(errors.len()) * 10.0).round() / 10.0
    });
    let months = errors.as_ref().map_or(0, Vec::len);
    let mut out = figure(
        "forecast_variance",
        "forecast variance",
        "The mean of |forecast - actual| / actual over the last complete months, each forecast from the charges before it",
        mean,
        format!("{months} months"),
        Some(FORECAST),
    );
    if mean.is_none() {
        out.unknown = Some("there is no complete month with two weeks of charges before it".to_owned());
    }
    out
}

/// The change of a unit cost over a quarter.
pub fn unit_trend_figure(unit: &str, before: Option<Amount>, now: Option<Amount>) -> EfficiencyFigure {
    let percent = before.zip(now).and_then(|(before, now)| share(now.saturating_sub(before), before));
    let text = |amount: Option<Amount>| amount.map_or("unknown".to_owned(), |a| a.round(6).to_string());
    let mut out = figure(
        &format!("unit_cost_trend_{unit}"),
        &format!("trend of {unit}"),
        "The change of the unit cost of the last complete month against that of three months before",
        percent,
        format!("{} to {}", text(before), text(now)),
        None,
    );
    if percent.is_none() {
        out.unknown = Some("one of the two months has no unit cost".to_owned());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percent(figures: &[EfficiencyFigure], id: &str) -> Option<f64> {
        figures.iter().find(|f| f.id == id).unwrap().percent
    }

    #[test]
    fn unused_commitments_lower_the_savings_rate() {
        let amount = Amount::whole;
        let sums = EfficiencySums {
            usage: amount(800),
            paid: amount(750),
            list: amount(1000),
            without_list: amount(50),
            untagged: amount(80),
            covered: amount(300),
            on_demand: amount(100),
            commitment_used: amount(200),
            commitment_unused: amount(50),
        };
        let figures = charge_figures(&sums, Currency::USD);
        assert_eq!(percent(&figures, "effective_savings_rate"), Some(25.0));
        assert_eq!(percent(&figures, "commitment_coverage"), Some(75.0));
        assert_eq!(percent(&figures, "commitment_waste"), Some(20.0));
        assert_eq!(percent(&figures, "untagged_share"), Some(10.0));
        assert_eq!(figures[1].level, Some(Maturity::Walk));
        assert!(figures[0].basis.contains("50 without a list cost"), "{}", figures[0].basis);
    }

    #[test]
    fn a_figure_without_its_cost_is_unknown() {
        for figure in charge_figures(&EfficiencySums::default(), Currency::USD) {
            assert_eq!((figure.percent, figure.level), (None, None), "{}", figure.id);
            assert!(figure.unknown.is_some());
        }
        assert!(idle_figure(None, Currency::USD).unknown.is_some());
        assert!(forecast_figure(&[]).unknown.is_some());
        assert!(unit_trend_figure("orders", None, Some(Amount::whole(1))).unknown.is_some());
    }

    #[test]
    fn less_variance_is_more_mature() {
        let test = |forecast: i64| BackTest { forecast: Amount::whole(forecast), actual: Amount::whole(100) };
        let level = |tests: &[BackTest]| forecast_figure(tests).level.unwrap();
        assert_eq!(level(&[test(110), test(90)]), Maturity::Run);
        assert_eq!(level(&[test(114)]), Maturity::Walk);
        assert_eq!(level(&[test(120)]), Maturity::Crawl);
        assert_eq!(level(&[test(130)]), Maturity::BelowCrawl);
    }

    #[test]
    fn allocation_has_the_levels_of_the_framework() {
        let level = |unallocated: i64| {
            allocated_figure("team", Amount::whole(unallocated), Amount::whole(100), Currency::USD).level.unwrap()
        };
        assert_eq!(
            [level(60), level(50), level(20), level(5)],
            [Maturity::BelowCrawl, Maturity::Crawl, Maturity::Walk, Maturity::Run]
        );
    }
}
