//! The status of budgets when a change is judged, and the impact of the change and of other open changes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tollgate_model::budget::BudgetExport;
use tollgate_model::{Amount, BudgetState, BudgetStatus, Currency, Day, ExchangeRates, Money};

/// What another open change adds a month, by budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenChange {
    /// Its name: `#12`.
    pub name: String,
    /// What it adds to each budget a month.
    pub budgets: BTreeMap<String, Money>,
}

/// Every other open change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OpenChanges(pub Vec<OpenChange>);

/// The status of budgets and the other open changes.
#[derive(Clone, Debug, Default)]
pub struct Budgets {
    /// Their status; `None` when the caller gives none.
    pub export: Option<BudgetExport>,
    /// Other open changes.
    pub open: OpenChanges,
}

/// The impact of a change on a budget. Amounts are in the budget's currency and for its period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BudgetImpact {
    /// The budget's name.
    pub name: String,
    /// The policy that names the budget.
    pub policy: String,
    /// The currency of every amount.
    pub currency: Currency,
    /// The budgeted amount of the period.
    pub amount: Amount,
    /// The amount spent so far.
    pub actual: Amount,
    /// The forecast for the end of the period without open changes; `None` when it is unknown.
    pub forecast: Option<Amount>,
    /// The remaining amount of the budget and every budget above it.
    pub left: Amount,
    /// The cost that this change adds a month.
    pub monthly: Amount,
    /// The cost that this change adds in a whole period.
    pub change: Amount,
    /// The cost that the other open changes add.
    pub others: Amount,
    /// The number of other open changes.
    pub other_changes: usize,
    /// Forecast, this change and the others together.
    pub expected: Option<Amount>,
    /// The last day that is counted.
    pub as_of: Day,
}

/// Reads a status of budgets. `from` is its file or address, for errors.
///
/// # Errors
///
/// When it is not a status of budgets, or of another version.
pub fn budget_export(from: &str, bytes: &[u8]) -> Result<BudgetExport, String> {
    let hint = "hint: `tollgate budgets export` writes it; docs/reference/budget-status.schema.json has its shape";
    let export: BudgetExport = serde_json::from_slice(bytes)
        .map_err(|error| format!("{from}: is not a status of budgets: {error}\n{hint}"))?;
    if export.version != 1 {
        return Err(format!(
            "{from}: is version {} of the status of budgets; this program reads version 1",
            export.version
        ));
    }
    Ok(export)
}

impl Budgets {
    /// A budget, and those above it.
    pub(crate) fn with_parents<'b>(&'b self, name: &str) -> Vec<&'b BudgetStatus> {
        let all = self.export.as_ref().map_or(&[][..], |e| &e.budgets);
        let mut out: Vec<&BudgetStatus> = Vec::new();
        let mut next = Some(name.to_owned());
        while let Some(found) = next.as_ref().and_then(|name| all.iter().find(|b| b.name == *name)) {
            if out.iter().any(|known| known.name == found.name) {
                break;
            }
            out.push(found);
            next.clone_from(&found.parent);
        }
        out
    }

    /// Returns the impact of a change on a budget, or why it is unknown. `change` is what it adds a month.
    pub(crate) fn impact(
        &self,
        status: &BudgetStatus,
        policy: &str,
        change: Money,
        high: bool,
        rates: &ExchangeRates,
        today: Day,
    ) -> Result<BudgetImpact, String> {
        let name = &status.name;
        let converted = |money: Money| -> Result<Amount, String> {
            let converted = rates.convert(money.amount, money.currency, status.currency, today);
            converted.ok_or_else(|| format!("there is no exchange rate from {} to {}", money.currency, status.currency))
        };
        let of_period = |money: Money| -> Result<Amount, String> {
            let converted = converted(money)?;
            let days = status.period.len();
            // A month is a month, however many days it has.
            let scaled =
                if (28..=31).contains(&days) { Some(converted) } else { converted.ratio(i64::from(days) * 12, 365) };
            scaled.ok_or_else(|| "the amount is out of range".to_owned())
        };
        let (mut others, mut other_changes) = (Amount::ZERO, 0);
        for open in &self.open.0 {
            let Some(money) = open.budgets.get(name).filter(|m| m.amount > Amount::ZERO) else { continue };
            others = others.saturating_add(of_period(*money)?);
            other_changes += 1;
        }
        let (monthly, change) = (converted(change)?, of_period(change)?);
        let forecast = status.forecast.map(|f| if high { f.high } else { f.mean });
        let expected = forecast.map(|f| f.saturating_add(change).saturating_add(others));
        Ok(BudgetImpact {
            name: name.clone(),
            policy: policy.to_owned(),
            currency: status.currency,
            amount: status.amount,
            actual: status.actual,
            forecast,
            left: status.left,
            monthly,
            change,
            others,
            other_changes,
            expected,
            as_of: status.as_of,
        })
    }
}

/// Returns why the status of a budget cannot be used.
pub(crate) fn too_old(status: &BudgetStatus, today: Day, max_age_days: u64) -> Option<String> {
    let age = today - status.as_of;
    if status.state == BudgetState::Unknown {
        return Some(format!("no charge of budget \"{}\" is known yet", status.name));
    }
    if i64::from(age) > i64::try_from(max_age_days).unwrap_or(i64::MAX) {
        return Some(format!("the status of budget \"{}\" is from {}, {age} days ago", status.name, status.as_of));
    }
    (today >= status.period.end)
        .then(|| format!("the period of budget \"{}\" ended {}", status.name, status.period.end))
}
