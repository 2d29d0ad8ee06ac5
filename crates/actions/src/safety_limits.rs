//! Safety limits: limits of a plan that no approval can lift. All are on unless the policy file changes them.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_model::{AccountRegion, Amount, Change, Currency, Resource, ResourceType};

/// How many resources of a type there are in a place.
pub type Fleet = BTreeMap<(AccountRegion, ResourceType), usize>;

/// The limits of plans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafetyLimits {
    /// Steps of a plan, at most.
    pub max_steps: usize,
    /// Percent of the resources of a type in a place that the plans of one day may change; one resource is always allowed.
    pub max_share_percent: usize,
    /// The monthly saving of the plans of one day, at most: how much of the bill may change at once.
    pub max_money_a_day: Amount,
    /// Steps of the plans of one day whose saving is unknown, at most.
    pub max_unpriced_a_day: usize,
    /// Accounts in which resources may be changed. An empty list allows no change.
    pub accounts: Vec<String>,
    /// Tags of resources that are never changed: a key, or `key=value`.
    pub deny_tags: Vec<String>,
}

impl SafetyLimits {
    /// Returns why a resource must not be changed, with what to do: its account is not on the list, or a tag forbids it. Tags are
    /// compared case-insensitively.
    pub fn forbids(&self, resource: &Resource) -> Option<String> {
        let account = &resource.place.account;
        if !self.accounts.contains(account) {
            return Some(format!(
                "account {account} is not on the list (remediation {{ accounts = [\"{account}\"] }})"
            ));
        }
        let rule = self.deny_tags.iter().find(|rule| has_tag(resource, rule))?;
        Some(format!("{} has the tag {rule} (remediation {{ deny_tags }})", resource.id))
    }
}

/// Whether a resource has the tag of a rule: a key, or `key=value`, case-insensitively.
pub fn has_tag(resource: &Resource, rule: &str) -> bool {
    let (key, value) = rule.split_once('=').map_or((rule, None), |(key, value)| (key, Some(value)));
    let mut values = resource.tags.iter().filter(|(k, _)| k.to_lowercase() == key.to_lowercase()).map(|(_, v)| v);
    match value {
        Some(value) => values.any(|v| v.to_lowercase() == value.to_lowercase()),
        None => values.next().is_some(),
    }
}

/// Returns the limits that a plan of these changes exceeds, each with what to do. Empty when it may be made. `today` are the changes of the
/// other plans of the day.
pub fn exceeded_limits(limits: &SafetyLimits, changes: &[&Change], today: &[&Change], fleet: &Fleet) -> Vec<String> {
    let mut out = Vec::new();
    if changes.len() > limits.max_steps {
        out.push(format!(
            "{} steps are more than {} (remediation {{ max_steps }}): plan fewer at once",
            changes.len(),
            limits.max_steps
        ));
    }
    // Once for each account, not for each of its resources.
    out.extend(changes.iter().filter_map(|c| limits.forbids(&c.resource)).collect::<BTreeSet<String>>());
    let all = || today.iter().chain(changes);
    let kind = |change: &Change| (change.resource.place.clone(), change.resource.resource_type());
    let planned: BTreeSet<(AccountRegion, ResourceType)> = changes.iter().map(|c| kind(c)).collect();
    let mut touched: BTreeMap<(AccountRegion, ResourceType), BTreeSet<&str>> = BTreeMap::new();
    for change in all().filter(|c| planned.contains(&kind(c))) {
        touched.entry(kind(change)).or_default().insert(&change.resource.id);
    }
    for ((place, of), ids) in touched {
        let count = ids.len();
        // Resources that were never counted are taken to be as many as the plan changes.
        let all = fleet.get(&(place.clone(), of)).copied().unwrap_or(count).max(count);
        let most = (all * limits.max_share_percent / 100).max(1);
        if count > most {
            out.push(format!(
                "plans of today would change {count} of {all} {of}s in {place}, more than {} % (remediation {{ max_share_percent }})",
                limits.max_share_percent
            ));
        }
    }
    let mut money: BTreeMap<Currency, Amount> = BTreeMap::new();
    for (_, most) in all().filter_map(|c| c.saving) {
        let sum = money.entry(most.currency).or_default();
        *sum = sum.saturating_add(most.amount.abs());
    }
    for (currency, sum) in money.into_iter().filter(|(_, sum)| *sum > limits.max_money_a_day) {
        out.push(format!(
            "plans of today would change {} {currency} a month, more than {} (remediation {{ max_money_a_day }})",
            sum.round(2),
            limits.max_money_a_day
        ));
    }
    let unpriced = all().filter(|c| c.saving.is_none()).count();
    if unpriced > limits.max_unpriced_a_day && changes.iter().any(|c| c.saving.is_none()) {
        out.push(format!(
            "plans of today would make {unpriced} changes whose saving is unknown, more than {} (remediation {{ max_unpriced_a_day }})",
            limits.max_unpriced_a_day
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tollgate_model::{Money, Risk};

    use super::*;

    fn safety_limits() -> SafetyLimits {
        SafetyLimits {
            max_steps: 3,
            max_share_percent: 25,
            max_money_a_day: Amount::whole(100),
            max_unpriced_a_day: 1,
            accounts: vec!["111122223333".to_owned()],
            deny_tags: vec!["Keep".to_owned(), "env=Prod".to_owned()],
        }
    }

    fn change(id: &str, saving: Option<i64>) -> Change {
        let money = |dollars| Money::new(Amount::whole(dollars), Currency::USD);
        let shape = json!({ "type": "volume", "state": "available", "volume_type": "gp2", "size_gib": 100, "iops": 300,
            "zone": "eu-west-1a", "attached_to": [], "encrypted": true });
        Change {
            advice: None,
            advice_kind: None,
            resource: Resource {
                id: id.to_owned(),
                place: AccountRegion { account: "111122223333".to_owned(), region: "eu-west-1".to_owned() },
                created: None,
                tags: BTreeMap::new(),
                shape: serde_json::from_value(shape).unwrap(),
            },
            fingerprint: String::new(),
            requires: Vec::new(),
            actions: Vec::new(),
            risk: Risk::Low,
            deletes: false,
            wait_days: 0,
            blast_radius: Vec::new(),
            saving: saving.map(|dollars| (money(0), money(dollars))),
            permission: String::new(),
        }
    }

    fn fleet(count: usize) -> Fleet {
        let one = change("v", None).resource;
        Fleet::from([((one.place.clone(), one.resource_type()), count)])
    }

    fn trips(changes: &[Change], today: &[Change], fleet: &Fleet, why: &str) {
        let all = exceeded_limits(
            &safety_limits(),
            &changes.iter().collect::<Vec<_>>(),
            &today.iter().collect::<Vec<_>>(),
            fleet,
        );
        assert!(all.len() == usize::from(!why.is_empty()) && all.iter().all(|w| w.contains(why)), "{why}: {all:?}");
    }

    #[test]
    fn money_that_is_not_known_is_counted() {
        let many = fleet(100);
        trips(&[change("a", Some(60))], &[], &many, "");
        trips(&[change("a", Some(60))], &[change("b", Some(60))], &many, "change 120 USD a month, more than 100");
        trips(&[change("a", None)], &[change("b", Some(60))], &many, "");
        trips(&[change("a", None)], &[change("b", None)], &many, "2 changes whose saving is unknown, more than 1");
        trips(&[change("a", Some(1))], &[change("b", None), change("c", None)], &many, "");
    }

    #[test]
    fn the_share_of_a_fleet_is_of_a_day() {
        let cheap = |id| change(id, Some(1));
        trips(&[cheap("a")], &[], &fleet(1), "");
        trips(&[cheap("a"), cheap("b")], &[], &fleet(8), "");
        trips(
            &[cheap("a")],
            &[cheap("b")],
            &fleet(4),
            "change 2 of 4 volumes in 111122223333 eu-west-1, more than 25 %",
        );
        // The same resource again is no more of the fleet.
        trips(&[cheap("a")], &[cheap("a")], &fleet(4), "");
    }

    #[test]
    fn tags_forbid_in_any_capital_letters() {
        for (key, value) in [("keep", ""), ("KEEP", "no"), ("Env", "PROD")] {
            let mut tagged = change("a", Some(1));
            tagged.resource.tags.insert(key.to_owned(), value.to_owned());
            trips(&[tagged.clone()], &[], &fleet(9), "has the tag");
            assert!(safety_limits().forbids(&tagged.resource).is_some());
        }
        let mut other = change("a", Some(1));
        other.resource.tags.insert("env".to_owned(), "test".to_owned());
        trips(&[other.clone()], &[], &fleet(9), "");
        other.resource.place.account = "999999999999".to_owned();
        trips(&[other], &[], &fleet(9), "is not on the list");
    }
}
