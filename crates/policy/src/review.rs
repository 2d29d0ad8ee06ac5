//! The blocks that are judged in a pull request.

use std::collections::BTreeMap;

use hcl_edit::structure::Block as HclBlock;
use tollgate_model::Currency;

use crate::document::Document;
use crate::policy::{Policy, Reader};
use crate::tag_policy::inherit;
use crate::{BudgetPolicy, Environment, Gate, Prices, Rule, TagPolicy, Terms, Waiver};

impl Reader<'_> {
    /// What is judged in a pull request.
    pub(crate) fn review<'b>(
        &mut self,
        of: &impl Fn(&str) -> Vec<&'b HclBlock>,
        policy: &mut Policy,
        document: &mut Document<'_>,
    ) {
        if let Some(mut block) = self.single("gate", &of("gate"), document) {
            policy.gate = Gate::read(&mut block, document);
            let fields = ["rego", "baseline", "unknown", "namespaces", "rego_milliseconds", "expiring_days"];
            self.note("gate", &block, &fields, document);
            block.finish(document);
        }
        for (name, mut block) in self.labelled("environment", &of("environment"), document) {
            policy.environments.push(Environment::read(name.clone(), &mut block, document));
            self.note(&format!("environment.{name}"), &block, &["plans", "accounts"], document);
            block.finish(document);
        }
        let environments: Vec<String> = policy.environments.iter().map(|e| e.name.clone()).collect();
        let usual = Terms { unknown: policy.gate.unknown, ..Terms::default() };
        let mut places = BTreeMap::new();
        for (name, mut block) in self.labelled("tag_policy", &of("tag_policy"), document) {
            policy.tag_policies.push(TagPolicy::read(name.clone(), &mut block, &usual, &environments, document));
            self.note(&format!("tag_policy.{name}"), &block, &["enforcement", "unknown", "forbidden"], document);
            places.insert(name, block.at.clone());
            block.finish(document);
        }
        inherit(&mut policy.tag_policies, &|name| places.get(name).cloned().unwrap_or_default(), document);
        for (name, mut block) in self.labelled("rule", &of("rule"), document) {
            if places.contains_key(&name) {
                let hint = Some("rename one: waivers speak of both by their name".to_owned());
                document.report(block.at.clone(), format!("there is a tag_policy named `{name}` too"), hint);
            }
            policy.rules.push(Rule::read(name.clone(), &mut block, &usual, &environments, document));
            self.note(&format!("rule.{name}"), &block, &["enforcement", "unknown", "deny", "require"], document);
            places.insert(name, block.at.clone());
            block.finish(document);
        }
        let budgets: Vec<(String, Currency)> = policy.budgets.iter().map(|b| (b.name.clone(), b.currency)).collect();
        let currency = policy.defaults.currency;
        for (name, mut block) in self.labelled("budget_policy", &of("budget_policy"), document) {
            if places.contains_key(&name) {
                let hint = Some("rename one: waivers speak of them by their name".to_owned());
                document.report(block.at.clone(), format!("there is a policy or rule named `{name}` too"), hint);
            }
            let read =
                BudgetPolicy::read(name.clone(), &mut block, &usual, &environments, &budgets, currency, document);
            policy.budget_policies.push(read);
            let fields =
                ["budget", "max_increase", "max_increase_percent", "max_resource", "stop_when_over", "enforcement"];
            self.note(&format!("budget_policy.{name}"), &block, &fields, document);
            places.insert(name, block.at.clone());
            block.finish(document);
        }
        if let Some(mut block) = self.single("prices", &of("prices"), document) {
            policy.prices = Prices::read(&mut block, currency, document);
            self.note("prices", &block, &["stale_days", "book", "usage", "region"], document);
            block.finish(document);
        }
        let known: Vec<String> = places.into_keys().collect();
        for (name, mut block) in self.labelled("waiver", &of("waiver"), document) {
            policy.waivers.extend(Waiver::read(name.clone(), &mut block, &known, &environments, document));
            self.note(&format!("waiver.{name}"), &block, &["owner", "expires"], document);
            block.finish(document);
        }
    }
}
