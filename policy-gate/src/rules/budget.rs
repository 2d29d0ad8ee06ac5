//! `budget-crossed`, `budget-stopped`, `budget-share`, `cost-increase`, `cost-resource`, `cost-unknown`: limits on cost.

use tollgate_model::budget::{BudgetStatus, percent};
use tollgate_model::hash::short_id;
use tollgate_model::{Amount, Currency, Day, ExchangeRates, Money};
use tollgate_policy::{BudgetPolicy, CostBound};
use tollgate_prices::Span;

use crate::cost::{BudgetImpact, Budgets, ResourceCost, amount, too_old};
use crate::finding::{About, Confidence, FindingBuilder, FindingId, FindingMeta, Severity};

pub(crate) const CROSSED: FindingMeta = FindingMeta::of_policy(
    "budget-crossed",
    Severity::High,
    About::Cost,
    "The forecast of a budget, this change and all other open changes together exceed the budget.",
);

pub(crate) const STOPPED: FindingMeta = FindingMeta::of_policy(
    "budget-stopped",
    Severity::High,
    About::Cost,
    "A budget is exceeded, and its policy blocks every change that adds cost until the budget recovers.",
);

pub(crate) const SHARE: FindingMeta = FindingMeta::of_policy(
    "budget-share",
    Severity::High,
    About::Cost,
    "The change takes a larger share of the remaining budget than the policy allows.",
);

pub(crate) const INCREASE: FindingMeta = FindingMeta::of_policy(
    "cost-increase",
    Severity::High,
    About::Cost,
    "The change adds more cost a month than a policy allows.",
);

pub(crate) const RESOURCE: FindingMeta = FindingMeta::of_policy(
    "cost-resource",
    Severity::High,
    About::Resource,
    "A resource costs more a month than a policy allows.",
);

pub(crate) const UNKNOWN: FindingMeta = FindingMeta::of_policy(
    "cost-unknown",
    Severity::Low,
    About::Cost,
    "The cost of a change or the status of its budget is unknown, so a budget policy cannot be evaluated.",
);

/// What to do when no status of budgets is given.
const NO_STATUS: &str = "`tollgate budgets export --output budgets.json` writes the status; pass it to `policy-gate check` or \
    `policy-gate github` with --budgets";

/// The resources of a change that a budget policy applies to.
pub(crate) struct Spending<'a> {
    /// The resources with their cost.
    pub(crate) resources: Vec<&'a ResourceCost>,
    /// The currency of their costs.
    pub(crate) currency: Currency,
}

impl Spending<'_> {
    /// Adds up an amount over the priced resources.
    fn sum(&self, of: impl Fn(&ResourceCost) -> Option<Span<Amount>>) -> Span<Amount> {
        self.resources.iter().filter_map(|r| of(r)).fold(Span::default(), Span::plus)
    }

    /// The cost that the change adds a month.
    pub(crate) fn change(&self) -> Span<Amount> {
        self.sum(|r| r.change)
    }

    /// The addresses of resources whose change is unpriced.
    fn unpriced(&self) -> Vec<&str> {
        self.resources.iter().filter(|r| r.changes() && r.change.is_none()).map(|r| r.address.as_str()).collect()
    }

    /// An id of exactly this change: its resources, with their cost before and the cost that each adds. The same change cannot be made
    /// twice, as the cost before is another one then.
    fn change_id(&self) -> String {
        let span = |span: Option<Span<Amount>>| match span {
            Some(Span { low, likely, high }) => format!("{low} {likely} {high}"),
            None => "unpriced".to_owned(),
        };
        let changing = self.resources.iter().filter(|r| r.changes());
        let mut lines: Vec<String> =
            changing.map(|r| format!("{}\t{}\t{}", r.address, span(r.before), span(r.change))).collect();
        lines.sort_unstable();
        short_id("change", &lines.join("\n"))
    }
}

fn bound(policy: &BudgetPolicy, span: Span<Amount>) -> Amount {
    match policy.judge {
        CostBound::Likely => span.likely,
        CostBound::High => span.high,
    }
}

/// The budgets and exchange rates that a policy is judged with.
pub(crate) struct MoneyContext<'a> {
    /// The status of budgets.
    pub(crate) budgets: &'a Budgets,
    /// The exchange rates.
    pub(crate) rates: &'a ExchangeRates,
    /// The day.
    pub(crate) today: Day,
}

/// Judges the whole change by a policy, and returns its impact on the budgets.
pub(crate) fn judge(
    policy: &BudgetPolicy,
    spending: &Spending<'_>,
    money: &MoneyContext<'_>,
) -> (Vec<FindingBuilder>, Vec<BudgetImpact>) {
    let (mut found, mut impacts) = (Vec::new(), Vec::new());
    let change = bound(policy, spending.change());
    let mut unknown: Vec<String> = Vec::new();
    let mut no_status = false;
    let unpriced = spending.unpriced();
    if !unpriced.is_empty() {
        let named = unpriced.iter().take(3).map(|a| format!("`{a}`")).collect::<Vec<_>>().join(", ");
        let more = if unpriced.len() > 3 { format!(" and {} more", unpriced.len() - 3) } else { String::new() };
        unknown.push(format!("the cost of {named}{more} is unknown"));
    }
    limits(policy, spending, change, money, &mut found, &mut unknown);
    if let Some(name) = &policy.budget {
        let line = money.budgets.with_parents(name);
        if line.is_empty() {
            unknown.push(match &money.budgets.export {
                None => {
                    no_status = true;
                    format!("the status of budget \"{name}\" is unknown")
                }
                Some(_) => format!("the status file does not contain budget \"{name}\""),
            });
        }
        for status in line {
            if let Some(why) = too_old(status, money.today, policy.max_age_days) {
                unknown.push(why);
                continue;
            }
            let added = Money::new(change, spending.currency);
            let high = policy.judge == CostBound::High;
            match money.budgets.impact(status, &policy.name, added, high, money.rates, money.today) {
                Ok(impact) => {
                    if impact.change > Amount::ZERO {
                        at_budget(policy, &impact, status, &mut found, &mut unknown);
                    }
                    impacts.push(impact);
                }
                Err(why) => {
                    unknown.push(format!("the cost of the change for budget \"{}\" is unknown: {why}", status.name))
                }
            }
        }
    }
    // A limit that is exceeded for certain stays exceeded, whatever is unknown.
    let exceeds = !found.is_empty();
    let matters = change > Amount::ZERO || !unpriced.is_empty();
    if !unknown.is_empty() && !exceeds && matters {
        let unknown = unknown.join("; ");
        let message = format!("budget policy \"{}\" cannot be evaluated: {unknown}", policy.name);
        let finding = FindingBuilder::new(FindingId::CostUnknown, message).value(unknown).confidence(Confidence::Low);
        found.push(if no_status { finding.hint(NO_STATUS) } else { finding });
    }
    let change_id = spending.change_id();
    let found = found.into_iter().map(|finding| finding.of_change(&change_id)).collect();
    (found, impacts)
}

fn limits(
    policy: &BudgetPolicy,
    spending: &Spending<'_>,
    change: Amount,
    money: &MoneyContext<'_>,
    found: &mut Vec<FindingBuilder>,
    unknown: &mut Vec<String>,
) {
    let own = Some(spending.currency);
    if let (Some(most), Some(currency)) = (policy.max_increase, policy.currency) {
        match money.rates.convert(change, spending.currency, currency, money.today) {
            Some(converted) if converted > most => {
                let (adds, allowed) = apart(converted, most, currency);
                let message = format!("this change adds {adds} a month; \"{}\" allows {allowed}", policy.name);
                let value = judged(converted, currency);
                found.push(FindingBuilder::new(FindingId::CostIncrease, message).setting("max_increase", value));
            }
            Some(_) => {}
            None => unknown.push(format!("there is no exchange rate from {} to {currency}", spending.currency)),
        }
    }
    let Some(most) = policy.max_increase_percent else { return };
    let before = bound(policy, spending.sum(|r| r.before));
    let share = percent(change, before);
    // Of nothing, everything is more than any per cent; that is for `max_increase`.
    if let Some(share) = share.filter(|s| *s >= 0 && change > Amount::ZERO && is_over(change, before, most)) {
        let message = format!(
            "this change adds {} a month, {share} % of the {} before; \"{}\" allows {most} %",
            amount(change, own),
            amount(before, own),
            policy.name
        );
        let value = judged(change, spending.currency);
        found.push(FindingBuilder::new(FindingId::CostIncrease, message).setting("max_increase_percent", value));
    }
}

/// The amount that was judged, exact: the baseline compares it.
fn judged(amount: Amount, currency: Currency) -> String {
    format!("{amount} {currency}")
}

/// Formats two different amounts, to the cent where they would look equal.
fn apart(one: Amount, other: Amount, currency: Currency) -> (String, String) {
    match (amount(one, Some(currency)), amount(other, Some(currency))) {
        (a, b) if a == b => (Money::new(one, currency).to_string(), Money::new(other, currency).to_string()),
        both => both,
    }
}

/// Whether a part is more than `most` percent of a whole.
fn is_over(part: Amount, whole: Amount, most: u64) -> bool {
    let allowed = i64::try_from(most).ok().and_then(|most| whole.ratio(most, 100));
    allowed.is_some_and(|allowed| part > allowed)
}

fn at_budget(
    policy: &BudgetPolicy,
    impact: &BudgetImpact,
    status: &BudgetStatus,
    found: &mut Vec<FindingBuilder>,
    unknown: &mut Vec<String>,
) {
    let name = &impact.name;
    let shown = |a: Amount| amount(a, Some(impact.currency));
    let finding = |id: FindingId, message: String, setting: &'static str| {
        FindingBuilder::new(id, message).budget(name).setting(setting, judged(impact.change, impact.currency))
    };
    if policy.stop_when_over && impact.actual > impact.amount {
        let message = format!(
            "budget \"{name}\" is exceeded: {} of {} spent by {}; until it recovers, changes that add cost are blocked",
            shown(impact.actual),
            shown(impact.amount),
            status.as_of
        );
        found.push(finding(FindingId::BudgetStopped, message, "stop_when_over"));
    }
    if let Some(most) = policy.max_left_percent
        && (impact.left <= Amount::ZERO || is_over(impact.change, impact.left, most))
    {
        let message = format!(
            "this change takes {} of the {} that budget \"{name}\" has left; \"{}\" allows {most} %",
            shown(impact.change),
            shown(impact.left),
            policy.name
        );
        found.push(finding(FindingId::BudgetShare, message, "max_left_percent"));
    }
    if policy.may_cross {
        return;
    }
    let others = match impact.other_changes {
        0 => String::new(),
        1 => format!(" + 1 other open change {}", shown(impact.others)),
        n => format!(" + {n} other open changes {}", shown(impact.others)),
    };
    let Some(expected) = impact.expected else {
        let certain = impact.actual.saturating_add(impact.change).saturating_add(impact.others);
        if certain > impact.amount {
            let message = format!(
                "budget \"{name}\" is crossed: {} spent + this change {}{others} are more than its {}",
                shown(impact.actual),
                shown(impact.change),
                shown(impact.amount)
            );
            found.push(finding(FindingId::BudgetCrossed, message, "may_cross"));
        } else {
            unknown.push(format!("there is no forecast for budget \"{name}\" yet"));
        }
        return;
    };
    if expected > impact.amount {
        let message = format!(
            "budget \"{name}\" is crossed: forecast {} + this change {}{others} = {} of {}",
            shown(impact.forecast.unwrap_or_default()),
            shown(impact.change),
            shown(expected),
            shown(impact.amount)
        );
        let over = shown(expected.saturating_sub(impact.amount));
        let hint = format!("save {over} a month elsewhere, request a larger budget, or request a waiver");
        found.push(finding(FindingId::BudgetCrossed, message, "may_cross").hint(hint));
    }
}

/// Judges one resource by its monthly cost.
pub(crate) fn resource(
    policy: &BudgetPolicy,
    cost: Option<Span<Amount>>,
    currency: Currency,
    money: &MoneyContext<'_>,
) -> Option<FindingBuilder> {
    let (most, of) = (policy.max_resource?, policy.currency?);
    let converted = money.rates.convert(bound(policy, cost?), currency, of, money.today)?;
    (converted > most).then(|| {
        let (is, most) = apart(converted, most, of);
        let message = format!("it costs {is} a month; \"{}\" allows {most} for one resource", policy.name);
        FindingBuilder::new(FindingId::CostResource, message).setting("max_resource", judged(converted, of))
    })
}
