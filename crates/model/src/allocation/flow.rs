//! The order of rules: which rule gives cost to which, and the cycles among them.

use std::fmt;

use super::{AllocationPlan, AllocationRule, ConditionField};
use crate::series::Facet;

/// Rules that give cost to each other in a circle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllocationCycle {
    /// The rules, each giving to the next; the last gives to the first.
    pub rules: Vec<String>,
    /// The value that the first rule gives to and the second takes.
    pub value: String,
}

impl fmt::Display for AllocationCycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.rules.first().map_or("", String::as_str);
        match self.rules.as_slice() {
            [one] => write!(f, "allocation \"{one}\" gives to `{}`, which it takes from", self.value),
            rules => write!(f, "these allocations give cost in a circle: {} > {first}", rules.join(" > ")),
        }
    }
}

impl AllocationPlan {
    /// The value by which one rule gives cost to another; `None` where it gives it none.
    ///
    /// A rule takes what another gave only by naming its value. Rules whose other conditions exclude each other, or that are never in
    /// effect on the same day, give each other nothing.
    pub fn flow(&self, from: &AllocationRule, to: &AllocationRule) -> Option<String> {
        let taken = to.own_condition()?;
        if excludes(from, to) || from.method == super::AllocationMethod::Bought {
            return None;
        }
        let named = from.named_targets();
        if !named.is_empty() {
            return named.into_iter().find(|target| taken.matches(target)).map(str::to_owned);
        }
        // Every value with cost of its own: not those that are shared, and not those that the rule takes from.
        let is_target = |value: &str| {
            !value.contains('*')
                && !self.is_shared(value)
                && value != self.unallocated
                && !from.except.iter().any(|e| e == value)
                && !from.own_condition().is_some_and(|c| c.matches(value))
        };
        taken.values.iter().find(|value| is_target(value)).cloned()
    }

    /// The first cycle among the rules, if there is one: a rule that gives to a value which it takes from, or several in a circle.
    pub fn cycle(&self) -> Option<AllocationCycle> {
        let edges: Vec<Vec<(usize, String)>> = self.rules.iter().map(|from| self.edges(from)).collect();
        // 0: not seen, 1: on the way, 2: done.
        let mut seen = vec![0u8; self.rules.len()];
        for start in 0..self.rules.len() {
            if seen[start] != 0 {
                continue;
            }
            // The way from the start, each rule with the next edge to try. A loop, because a chain of rules may be long.
            let mut way: Vec<(usize, usize)> = vec![(start, 0)];
            seen[start] = 1;
            while let Some((rule, next)) = way.last().copied() {
                let Some((to, _)) = edges[rule].get(next) else {
                    seen[rule] = 2;
                    way.pop();
                    continue;
                };
                if let Some(last) = way.last_mut() {
                    last.1 += 1;
                }
                match seen[*to] {
                    0 => {
                        seen[*to] = 1;
                        way.push((*to, 0));
                    }
                    1 => return Some(self.named_cycle(&way, *to, &edges)),
                    _ => {}
                }
            }
        }
        None
    }

    fn edges(&self, from: &AllocationRule) -> Vec<(usize, String)> {
        let flow = |(number, to): (usize, &AllocationRule)| self.flow(from, to).map(|value| (number, value));
        self.rules.iter().enumerate().filter_map(flow).collect()
    }

    fn named_cycle(&self, way: &[(usize, usize)], back: usize, edges: &[Vec<(usize, String)>]) -> AllocationCycle {
        let from = way.iter().position(|(rule, _)| *rule == back).unwrap_or(0);
        let circle: Vec<usize> = way[from..].iter().map(|(rule, _)| *rule).collect();
        let second = circle.get(1).copied().unwrap_or(back);
        let value = edges[back].iter().find(|(to, _)| *to == second).map(|(_, value)| value.clone());
        AllocationCycle {
            rules: circle.iter().map(|rule| self.rules[*rule].name.clone()).collect(),
            value: value.unwrap_or_default(),
        }
    }
}

/// Whether no charge can be taken by both rules, apart from the dimension that they allocate.
fn excludes(a: &AllocationRule, b: &AllocationRule) -> bool {
    let own = a.own_condition().map(|c| &c.on);
    // An account matches by its id or by its name, so that different values may be one account.
    let compared = |on: &ConditionField| Some(on) != own && *on != ConditionField::Facet(Facet::SubAccount);
    let apart = a.source.iter().filter(|c| compared(&c.on)).any(|mine| {
        let theirs = b.source.iter().find(|theirs| theirs.on == mine.on);
        theirs.is_some_and(|theirs| !mine.may_overlap(theirs))
    });
    let kinds = !a.charges.is_empty()
        && !b.charges.is_empty()
        && !a.charges.iter().any(|mine| b.charges.iter().any(|theirs| mine.may_overlap(*theirs)));
    let after = |one: &AllocationRule, other: &AllocationRule| match (one.from, other.until) {
        (Some(from), Some(until)) => from > until,
        _ => false,
    };
    apart || kinds || after(a, b) || after(b, a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allocation::{AllocationMethod, SharedCharges, SourceCondition, WeightPeriod, WithoutWeights};

    fn rule(name: &str, takes: &[&str], gives: &[&str]) -> AllocationRule {
        let values: Vec<String> = takes.iter().map(|v| (*v).to_owned()).collect();
        let on = ConditionField::Dimension("team".to_owned());
        AllocationRule {
            name: name.to_owned(),
            dimension: "team".to_owned(),
            source: if values.is_empty() { Vec::new() } else { vec![SourceCondition { on, values }] },
            charges: Vec::new(),
            targets: gives.iter().map(|v| (*v).to_owned()).collect(),
            except: Vec::new(),
            method: AllocationMethod::Even,
            weigh: Vec::new(),
            over: WeightPeriod::Month,
            without_weights: WithoutWeights::Unallocated,
            from: None,
            until: None,
        }
    }

    fn plan(rules: Vec<AllocationRule>) -> AllocationPlan {
        AllocationPlan { dimension: "team".to_owned(), unallocated: "unallocated".to_owned(), rules }
    }

    fn cycle(rules: Vec<AllocationRule>) -> Option<String> {
        plan(rules).cycle().map(|c| c.to_string())
    }

    fn on_service(mut rule: AllocationRule, service: &str) -> AllocationRule {
        let on = ConditionField::Facet(Facet::Service);
        rule.source.push(SourceCondition { on, values: vec![service.to_owned()] });
        rule
    }

    #[test]
    fn a_circle_is_named_with_each_of_its_rules() {
        let rules = vec![
            rule("x", &["q"], &["a"]),
            rule("one", &["a"], &["b", "z"]),
            rule("two", &["b"], &["c"]),
            rule("three", &["c"], &["z", "a"]),
        ];
        let found = cycle(rules).unwrap();
        assert_eq!(found, "these allocations give cost in a circle: one > two > three > one");
        let own = cycle(vec![rule("own", &["a"], &["a", "b"])]).unwrap();
        assert_eq!(own, "allocation \"own\" gives to `a`, which it takes from");
    }

    #[test]
    fn a_chain_and_rules_that_exclude_each_other_are_no_circle() {
        assert_eq!(cycle(vec![rule("one", &["a"], &["b"]), rule("two", &["b"], &["c"])]), None);
        // Both take no value of the dimension: neither takes what the other gave.
        assert_eq!(cycle(vec![on_service(rule("s", &[], &[]), "S"), on_service(rule("t", &[], &[]), "T")]), None);
        let rules = |one: &str, two: &str| {
            vec![on_service(rule("one", &["a"], &["b"]), one), on_service(rule("two", &["b"], &["a"]), two)]
        };
        assert_eq!(cycle(rules("S3", "EC2")), None);
        assert_eq!(cycle(rules("Amazon *", "AWS *")), None);
        // Both patterns may match the same service.
        assert!(cycle(rules("Amazon *", "*S3")).is_some());
    }

    #[test]
    fn an_account_by_id_and_by_name_may_be_the_same() {
        let of_account = |mut rule: AllocationRule, account: &str| {
            let on = ConditionField::Facet(Facet::SubAccount);
            rule.source.push(SourceCondition { on, values: vec![account.to_owned()] });
            rule
        };
        let rules =
            vec![of_account(rule("one", &["a"], &["b"]), "42"), of_account(rule("two", &["b"], &["a"]), "shared")];
        assert!(cycle(rules).is_some());
    }

    #[test]
    fn kinds_and_dates_keep_rules_apart() {
        let both = || (rule("one", &["a"], &["b"]), rule("two", &["b"], &["a"]));
        let (mut one, mut two) = both();
        one.charges = vec![SharedCharges::Tax];
        two.charges = vec![SharedCharges::Credit];
        assert_eq!(cycle(vec![one.clone(), two.clone()]), None);
        two.charges = vec![SharedCharges::Credit, SharedCharges::Tax];
        assert!(cycle(vec![one, two]).is_some());
        let (mut one, mut two) = both();
        one.until = Some("2026-06-30".parse().unwrap());
        two.from = Some("2026-07-01".parse().unwrap());
        assert_eq!(cycle(vec![one.clone(), two.clone()]), None);
        two.from = Some("2026-06-30".parse().unwrap());
        assert!(cycle(vec![one, two]).is_some());
    }

    #[test]
    fn every_value_with_cost_of_its_own_is_no_shared_one() {
        // Both give to every team: neither gives to the other, as shared values are no targets.
        assert_eq!(cycle(vec![rule("platform", &["platform"], &[]), rule("security", &["security"], &[])]), None);
        // `checkout` gives one service only, so it is a target of the others.
        let some = on_service(rule("some", &["checkout"], &["platform"]), "S3");
        let found = cycle(vec![rule("platform", &["platform"], &[]), some.clone()]);
        assert_eq!(found.unwrap(), "these allocations give cost in a circle: platform > some > platform");
        let mut all = rule("platform", &["platform"], &[]);
        all.except = vec!["checkout".to_owned()];
        assert_eq!(cycle(vec![all, some]), None);
    }

    #[test]
    fn a_long_chain_is_no_problem() {
        let rules = (0..5_000).map(|n| rule(&format!("r{n}"), &[&format!("v{n}")], &[&format!("v{}", n + 1)]));
        let start = plan(rules.take(300).collect());
        assert_eq!(start.cycle(), None);
    }
}
