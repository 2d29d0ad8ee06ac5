//! Breakers: what a plan may not be, whoever approves it. All are on unless the policy file says otherwise.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_model::{Amount, Change, Currency, Place, ResourceType};

/// How many resources of a type there are in a place.
pub type Fleet = BTreeMap<(Place, ResourceType), usize>;

/// What a plan may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breakers {
    /// Steps at most.
    pub max_steps: usize,
    /// Percent of the resources of a type in a place at most; one is always allowed.
    pub max_share_percent: usize,
    /// What plans of one day may save a month at most: how much of the bill is touched at once.
    pub max_money_a_day: Amount,
    /// What plans of this day save already, by currency.
    pub money_today: BTreeMap<Currency, Amount>,
    /// Accounts in which something may be changed. None of them: nothing may.
    pub accounts: Vec<String>,
    /// Tags of what is never changed: a key, or `key=value`.
    pub deny_tags: Vec<String>,
}

/// Why a plan of these changes is not made, each with what to do. None: it may be.
pub fn tripped(breakers: &Breakers, changes: &[&Change], fleet: &Fleet) -> Vec<String> {
    let mut out = Vec::new();
    if changes.len() > breakers.max_steps {
        out.push(format!(
            "{} steps are more than {} (remediation {{ max_steps }}): plan fewer at once",
            changes.len(),
            breakers.max_steps
        ));
    }
    let accounts: BTreeSet<&str> = changes.iter().map(|c| c.resource.place.account.as_str()).collect();
    for account in accounts.iter().filter(|a| !breakers.accounts.iter().any(|known| known == *a)) {
        out.push(format!("account {account} is not on the list (remediation {{ accounts = [\"{account}\"] }})"));
    }
    for change in changes {
        let tags = &change.resource.tags;
        let denied = breakers.deny_tags.iter().find(|rule| match rule.split_once('=') {
            Some((key, value)) => tags.get(key).is_some_and(|v| v == value),
            None => tags.contains_key(*rule),
        });
        if let Some(rule) = denied {
            out.push(format!("{} has the tag {rule} (remediation {{ deny_tags }})", change.resource.id));
        }
    }
    let mut touched: BTreeMap<(Place, ResourceType), usize> = BTreeMap::new();
    for change in changes {
        *touched.entry((change.resource.place.clone(), change.resource.resource_type())).or_default() += 1;
    }
    for ((place, of), count) in touched {
        // A fleet that nobody has counted is as large as what is touched of it.
        let all = fleet.get(&(place.clone(), of)).copied().unwrap_or(count).max(count);
        let most = (all * breakers.max_share_percent / 100).max(1);
        if count > most {
            out.push(format!(
                "{count} of {all} {of}s in {place} are more than {} % (remediation {{ max_share_percent }})",
                breakers.max_share_percent
            ));
        }
    }
    let mut money = breakers.money_today.clone();
    for (_, most) in changes.iter().filter_map(|c| c.saving) {
        let sum = money.entry(most.currency).or_default();
        *sum = sum.saturating_add(most.amount.abs());
    }
    for (currency, sum) in money.into_iter().filter(|(_, sum)| *sum > breakers.max_money_a_day) {
        out.push(format!(
            "plans of today would change {} {currency} a month, more than {} (remediation {{ max_money_a_day }})",
            sum.round(2),
            breakers.max_money_a_day
        ));
    }
    out
}
