//! Which cost of a month is under a budget, and which is under none.

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_model::series::Facet;
use tollgate_model::{Amount, Basis, BillingPeriod, BudgetCalendar, Currency, Day, SeriesKey};
use tollgate_policy::Budget;

use crate::scope::{matches_scope, read_account_names};
use crate::{PipelineError, State};

/// The coverage of a month's cost by budgets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BudgetCoverage {
    /// The month.
    pub period: BillingPeriod,
    /// The cost that is counted.
    pub basis: Basis,
    /// Covered and uncovered cost by currency. Both sum to the cost of the month.
    pub currencies: Vec<CurrencyCoverage>,
    /// Cost under no budget, largest first.
    pub uncovered: Vec<UncoveredCost>,
    /// The cost that each budget counts.
    pub budgets: Vec<BudgetCost>,
}

/// Covered and uncovered cost in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CurrencyCoverage {
    /// The currency.
    pub currency: Currency,
    /// Cost under at least one budget.
    pub covered: Amount,
    /// Cost under none.
    pub uncovered: Amount,
}

/// The cost that one budget counts, in the currency of the charges. Budgets may count the same cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BudgetCost {
    /// The budget.
    pub budget: String,
    /// The currency of the charges.
    pub currency: Currency,
    /// The cost.
    pub amount: Amount,
}

/// Cost under no budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UncoveredCost {
    /// `ProviderName`.
    pub provider: Option<String>,
    /// The sub account: its name where it is known.
    pub account: Option<String>,
    /// `ServiceName`.
    pub service: Option<String>,
    /// The dimensions of the policy file.
    pub dimensions: BTreeMap<String, String>,
    /// The currency.
    pub currency: Currency,
    /// The cost.
    pub amount: Amount,
}

/// Compares the cost of a month with the scopes of all budgets. A budget covers a charge on a day of one of its periods, in its
/// currency or in one that a rate converts to it.
///
/// # Errors
///
/// When the month has no charges, or the ledger fails.
pub async fn budget_coverage(state: &State, period: BillingPeriod) -> Result<BudgetCoverage, PipelineError> {
    let basis = state.policy.defaults.basis;
    let names = read_account_names(state).await?;
    let periods = state.ledger.periods().await?;
    let current: Vec<_> = periods.iter().filter(|p| p.revision.period == period).collect();
    if current.is_empty() {
        return Err(PipelineError::NoCharges { period });
    }
    let mut covered: BTreeMap<Currency, (Amount, Amount)> = BTreeMap::new();
    let mut by_budget: BTreeMap<(String, Currency), Amount> = BTreeMap::new();
    let mut uncovered: BTreeMap<UncoveredKey, Amount> = BTreeMap::new();
    for current in current {
        for month in state.ledger.series(current).await? {
            let key = &month.key;
            let of_scope: Vec<&Budget> =
                state.policy.budgets.iter().filter(|b| matches_scope(&b.scope, key, &names)).collect();
            let sums = covered.entry(key.currency).or_default();
            for (day, cost) in &month.days {
                let amount = cost.on(basis);
                let mut found = false;
                for budget in of_scope.iter().filter(|b| covers(state, b, key.currency, *day)) {
                    found = true;
                    add(by_budget.entry((budget.name.clone(), key.currency)).or_default(), amount);
                }
                if found {
                    add(&mut sums.0, amount);
                } else {
                    add(&mut sums.1, amount);
                    add(uncovered.entry(UncoveredKey::of(key, &names)).or_default(), amount);
                }
            }
        }
    }
    let currency = |(currency, (covered, uncovered))| CurrencyCoverage { currency, covered, uncovered };
    let mut uncovered: Vec<UncoveredCost> =
        uncovered.into_iter().filter(|(_, a)| !a.is_zero()).map(|(key, amount)| key.with(amount)).collect();
    uncovered.sort_by(|a, b| a.currency.cmp(&b.currency).then(b.amount.abs().cmp(&a.amount.abs())));
    Ok(BudgetCoverage {
        period,
        basis,
        currencies: covered.into_iter().map(currency).collect(),
        uncovered,
        budgets: by_budget
            .into_iter()
            .map(|((budget, currency), amount)| BudgetCost { budget, currency, amount })
            .collect(),
    })
}

fn add(sum: &mut Amount, amount: Amount) {
    *sum = sum.saturating_add(amount);
}

/// Whether a budget counts charges of a currency on a day.
fn covers(state: &State, budget: &Budget, currency: Currency, day: Day) -> bool {
    let one = Amount::whole(1);
    let converts =
        currency == budget.currency || state.policy.rates.convert(one, currency, budget.currency, day).is_some();
    let in_period = match budget.calendar {
        BudgetCalendar::Once(days) => days.contains(day),
        BudgetCalendar::Repeated(days) => day >= days.start,
        BudgetCalendar::Months { .. } => true,
    };
    converts && in_period
}

/// What uncovered cost is listed by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct UncoveredKey {
    provider: Option<String>,
    account: Option<String>,
    service: Option<String>,
    dimensions: BTreeMap<String, String>,
    currency: Currency,
}

impl UncoveredKey {
    fn of(key: &SeriesKey, names: &BTreeMap<String, String>) -> Self {
        let account = key.facet(Facet::SubAccount);
        let name = account.and_then(|id| names.get(id)).cloned();
        Self {
            provider: key.provider.clone(),
            account: name.or_else(|| account.map(str::to_owned)),
            service: key.service.clone(),
            dimensions: key.dimensions.clone(),
            currency: key.currency,
        }
    }

    fn with(self, amount: Amount) -> UncoveredCost {
        let Self { provider, account, service, dimensions, currency } = self;
        UncoveredCost { provider, account, service, dimensions, currency, amount }
    }
}
