//! `budget-crossed`, `budget-stopped`, `budget-share`, `cost-increase`, `cost-resource`, `cost-unknown`: what a change may cost.

use tollgate_model::budget::{BudgetStatus, percent};
use tollgate_model::{Amount, Currency, Day, ExchangeRates, Money};
use tollgate_policy::{Bound, BudgetPolicy};
use tollgate_prices::Span;

use crate::cost::{BudgetStanding, Budgets, ResourceCost, amount, too_old};
use crate::finding::{Confidence, FindingBuilder, Id};

/// What a policy sees of a change: the resources that it is about.
pub(crate) struct Spending<'a> {
    /// Each with its cost.
    pub(crate) resources: Vec<&'a ResourceCost>,
    /// The currency of their costs.
    pub(crate) currency: Currency,
}

impl Spending<'_> {
    /// The sum of something over those of which it can be told.
    fn sum(&self, of: impl Fn(&ResourceCost) -> Option<Span<Amount>>) -> Span<Amount> {
        self.resources.iter().filter_map(|r| of(r)).fold(Span::default(), Span::plus)
    }

    /// What the change adds a month.
    pub(crate) fn change(&self) -> Span<Amount> {
        self.sum(|r| r.change)
    }

    /// Resources that change in a way that nobody can price.
    fn untold(&self) -> Vec<&str> {
        self.resources.iter().filter(|r| r.changes() && r.change.is_none()).map(|r| r.address.as_str()).collect()
    }
}

fn bound(policy: &BudgetPolicy, span: Span<Amount>) -> Amount {
    match policy.judge {
        Bound::Likely => span.likely,
        Bound::High => span.high,
    }
}

/// The money that things are judged by.
pub(crate) struct Terms<'a> {
    /// How budgets stand.
    pub(crate) budgets: &'a Budgets,
    /// What currencies are worth.
    pub(crate) rates: &'a ExchangeRates,
    /// The day.
    pub(crate) today: Day,
}

/// What a policy says of the whole change, and what it meets at its budgets.
pub(crate) fn judge(
    policy: &BudgetPolicy,
    spending: &Spending<'_>,
    terms: &Terms<'_>,
) -> (Vec<FindingBuilder>, Vec<BudgetStanding>) {
    let (mut found, mut standings) = (Vec::new(), Vec::new());
    let change = bound(policy, spending.change());
    let mut unknown: Vec<String> = Vec::new();
    let untold = spending.untold();
    if !untold.is_empty() {
        let named = untold.iter().take(3).map(|a| format!("`{a}`")).collect::<Vec<_>>().join(", ");
        let more = if untold.len() > 3 { format!(" and {} more", untold.len() - 3) } else { String::new() };
        unknown.push(format!("what {named}{more} will cost cannot be told"));
    }
    limits(policy, spending, change, terms, &mut found, &mut unknown);
    if let Some(name) = &policy.budget {
        let line = terms.budgets.line(name);
        if line.is_empty() {
            unknown.push(match &terms.budgets.export {
                None => format!("how budget \"{name}\" stands is not known: name its status with --budgets"),
                Some(_) => format!("the status that was read does not know budget \"{name}\""),
            });
        }
        for status in line {
            if let Some(why) = too_old(status, terms.today, policy.max_age_days) {
                unknown.push(why);
                continue;
            }
            let money = Money::new(change, spending.currency);
            let high = policy.judge == Bound::High;
            match terms.budgets.standing(status, &policy.name, money, high, terms.rates, terms.today) {
                Ok(standing) => {
                    if standing.change > Amount::ZERO {
                        at_budget(policy, &standing, status, &mut found, &mut unknown);
                    }
                    standings.push(standing);
                }
                Err(why) => {
                    unknown.push(format!("what the change takes of budget \"{}\" cannot be told: {why}", status.name))
                }
            }
        }
    }
    // What is surely too much stays too much, whatever else is not known.
    let sure = !found.is_empty();
    let matters = change > Amount::ZERO || !untold.is_empty();
    if !unknown.is_empty() && !sure && matters {
        let unknown = unknown.join("; ");
        let message = format!("budget policy \"{}\" cannot be judged: {unknown}", policy.name);
        found.push(FindingBuilder::new(Id::CostUnknown, message).value(unknown).confidence(Confidence::Low));
    }
    (found, standings)
}

fn limits(
    policy: &BudgetPolicy,
    spending: &Spending<'_>,
    change: Amount,
    terms: &Terms<'_>,
    found: &mut Vec<FindingBuilder>,
    unknown: &mut Vec<String>,
) {
    let own = Some(spending.currency);
    if let (Some(most), Some(currency)) = (policy.max_increase, policy.currency) {
        match terms.rates.convert(change, spending.currency, currency, terms.today) {
            Some(converted) if converted > most => {
                let (adds, allowed) = apart(converted, most, currency);
                let message = format!("this change adds {adds} a month; \"{}\" allows {allowed}", policy.name);
                let value = judged(converted, currency);
                found.push(FindingBuilder::new(Id::CostIncrease, message).setting("max_increase", value));
            }
            Some(_) => {}
            None => unknown.push(format!("no rate says what {} is worth in {currency}", spending.currency)),
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
        found.push(FindingBuilder::new(Id::CostIncrease, message).setting("max_increase_percent", value));
    }
}

/// The amount that was judged, exact: the baseline compares it.
fn judged(amount: Amount, currency: Currency) -> String {
    format!("{amount} {currency}")
}

/// Two amounts that differ, as people read them: to the cent where they would read alike.
fn apart(one: Amount, other: Amount, currency: Currency) -> (String, String) {
    match (amount(one, Some(currency)), amount(other, Some(currency))) {
        (a, b) if a == b => (Money::new(one, currency).to_string(), Money::new(other, currency).to_string()),
        both => both,
    }
}

/// Whether a part is more than so many per cent of a whole.
fn is_over(part: Amount, whole: Amount, most: u64) -> bool {
    let allowed = i64::try_from(most).ok().and_then(|most| whole.ratio(most, 100));
    allowed.is_some_and(|allowed| part > allowed)
}

fn at_budget(
    policy: &BudgetPolicy,
    standing: &BudgetStanding,
    status: &BudgetStatus,
    found: &mut Vec<FindingBuilder>,
    unknown: &mut Vec<String>,
) {
    let name = &standing.name;
    let shown = |a: Amount| amount(a, Some(standing.currency));
    let finding = |id: Id, message: String, setting: &'static str| {
        FindingBuilder::new(id, message).budget(name).setting(setting, judged(standing.change, standing.currency))
    };
    if policy.stop_when_over && standing.actual > standing.amount {
        let message = format!(
            "budget \"{name}\" is exceeded: {} of {} spent by {}; until it is not, nothing that costs more is let through",
            shown(standing.actual),
            shown(standing.amount),
            status.as_of
        );
        found.push(finding(Id::BudgetStopped, message, "stop_when_over"));
    }
    if let Some(most) = policy.max_left_percent
        && (standing.left <= Amount::ZERO || is_over(standing.change, standing.left, most))
    {
        let message = format!(
            "this change takes {} of the {} that budget \"{name}\" has left; \"{}\" allows {most} %",
            shown(standing.change),
            shown(standing.left),
            policy.name
        );
        found.push(finding(Id::BudgetShare, message, "max_left_percent"));
    }
    if policy.may_cross {
        return;
    }
    let others = match standing.other_changes {
        0 => String::new(),
        1 => format!(" + 1 other open change {}", shown(standing.others)),
        n => format!(" + {n} other open changes {}", shown(standing.others)),
    };
    let Some(expected) = standing.expected else {
        let sure = standing.actual.saturating_add(standing.change).saturating_add(standing.others);
        if sure > standing.amount {
            let message = format!(
                "budget \"{name}\" is crossed: {} spent + this change {}{others} are more than its {}",
                shown(standing.actual),
                shown(standing.change),
                shown(standing.amount)
            );
            found.push(finding(Id::BudgetCrossed, message, "may_cross"));
        } else {
            unknown.push(format!("there is no forecast of budget \"{name}\" yet"));
        }
        return;
    };
    if expected > standing.amount {
        let message = format!(
            "budget \"{name}\" is crossed: forecast {} + this change {}{others} = {} of {}",
            shown(standing.forecast.unwrap_or_default()),
            shown(standing.change),
            shown(expected),
            shown(standing.amount)
        );
        let over = shown(expected.saturating_sub(standing.amount));
        let hint = format!("save {over} a month elsewhere, ask for more, or have it waived");
        found.push(finding(Id::BudgetCrossed, message, "may_cross").hint(hint));
    }
}

/// What a policy says of one resource, by what it costs a month.
pub(crate) fn resource(
    policy: &BudgetPolicy,
    cost: Option<Span<Amount>>,
    currency: Currency,
    terms: &Terms<'_>,
) -> Option<FindingBuilder> {
    let (most, of) = (policy.max_resource?, policy.currency?);
    let converted = terms.rates.convert(bound(policy, cost?), currency, of, terms.today)?;
    (converted > most).then(|| {
        let (is, most) = apart(converted, most, of);
        let message = format!("it costs {is} a month; \"{}\" allows {most} for one resource", policy.name);
        FindingBuilder::new(Id::CostResource, message).setting("max_resource", judged(converted, of))
    })
}
