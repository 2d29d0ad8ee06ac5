//! The lines of a statement.

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_model::allocation::AllocatedCost;
use tollgate_model::{Amount, ChargeKind, Currency};

use super::StatementSection;

/// One line of a statement: charges of one service that came the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatementLine {
    /// The section.
    pub section: StatementSection,
    /// `ProviderName`.
    pub provider: Option<String>,
    /// `ServiceName`.
    pub service: Option<String>,
    /// The kind of the charges.
    pub kind: ChargeKind,
    /// The value that the charges have themselves.
    pub origin: String,
    /// The rules that gave the cost, in order.
    pub rules: Vec<String>,
    /// The currency.
    pub currency: Currency,
    /// BilledCost.
    pub billed: Amount,
    /// EffectiveCost.
    pub effective: Amount,
}

/// Lines by section, largest first. Ratios and accounts are not distinguished: `allocation show` has them.
pub(super) fn statement_lines(costs: &[&AllocatedCost]) -> Vec<StatementLine> {
    type Place<'a> = (StatementSection, Currency, Vec<&'a str>, &'a str, Option<&'a str>, Option<&'a str>, ChargeKind);
    let mut lines: BTreeMap<Place<'_>, (Amount, Amount)> = BTreeMap::new();
    for cost in costs {
        let rules = cost.steps.iter().map(|s| s.rule.as_str()).collect();
        let place: Place<'_> = (
            StatementSection::of(cost),
            cost.currency,
            rules,
            &cost.origin,
            cost.provider.as_deref(),
            cost.service.as_deref(),
            cost.kind,
        );
        let sum = lines.entry(place).or_default();
        *sum = (sum.0.saturating_add(cost.billed), sum.1.saturating_add(cost.effective));
    }
    let line = |((section, currency, rules, origin, provider, service, kind), (billed, effective)): (Place<'_>, _)| {
        StatementLine {
            section,
            provider: provider.map(str::to_owned),
            service: service.map(str::to_owned),
            kind,
            origin: origin.to_owned(),
            rules: rules.into_iter().map(str::to_owned).collect(),
            currency,
            billed,
            effective,
        }
    };
    let mut out: Vec<StatementLine> = lines.into_iter().map(line).collect();
    sort_lines(&mut out);
    out
}

pub(super) fn sort_lines(lines: &mut [StatementLine]) {
    lines.sort_by(|a, b| {
        let size = |line: &StatementLine| line.billed.abs().max(line.effective.abs());
        (a.section, a.currency).cmp(&(b.section, b.currency)).then(size(b).cmp(&size(a)))
    });
}
