//! The blocks that the pull request gate uses.

use std::collections::BTreeMap;

use tollgate_model::Currency;

use crate::blocks::Blocks;
use crate::document::Document;
use crate::policy::Policy;
use crate::tag_policy::inherit;
use crate::{BudgetPolicy, Environment, GateSettings, PriceSettings, Rule, TagPolicy, Waiver};

/// Reads the blocks that the pull request gate uses.
pub(crate) fn read_review(blocks: &Blocks<'_>, policy: &mut Policy, document: &mut Document<'_>) {
    let mut gate = blocks.single("gate", document);
    policy.gate = GateSettings::read(&mut gate, document);
    gate.finish(document);
    for (name, mut block) in blocks.labelled("environment", document) {
        policy.environments.push(Environment::read(name, &mut block, document));
        block.finish(document);
    }
    let environments: Vec<String> = policy.environments.iter().map(|e| e.name.clone()).collect();
    let unknown = policy.gate.unknown;
    let mut places = BTreeMap::new();
    for (name, mut block) in blocks.labelled("tag_policy", document) {
        policy.tag_policies.push(TagPolicy::read(name.clone(), &mut block, unknown, &environments, document));
        places.insert(name, block.at.clone());
        block.finish(document);
    }
    inherit(&mut policy.tag_policies, &|name| places.get(name).cloned().unwrap_or_default(), document);
    for extended in policy.tag_policies.iter().filter(|p| p.extends.is_some()) {
        list_inherited(extended, document);
    }
    for (name, mut block) in blocks.labelled("rule", document) {
        if places.contains_key(&name) {
            let hint = Some("rename one: waivers name both".to_owned());
            document.report(block.at.clone(), format!("there is a tag_policy named `{name}` too"), hint);
        }
        policy.rules.push(Rule::read(name.clone(), &mut block, unknown, &environments, document));
        places.insert(name, block.at.clone());
        block.finish(document);
    }
    let budgets: Vec<(String, Currency)> = policy.budgets.iter().map(|b| (b.name.clone(), b.currency)).collect();
    let currency = policy.defaults.currency;
    for (name, mut block) in blocks.labelled("budget_policy", document) {
        if places.contains_key(&name) {
            let hint = Some("rename one: waivers name both".to_owned());
            document.report(block.at.clone(), format!("there is a policy or rule named `{name}` too"), hint);
        }
        let read = BudgetPolicy::read(name.clone(), &mut block, unknown, &environments, &budgets, currency, document);
        policy.budget_policies.push(read);
        places.insert(name, block.at.clone());
        block.finish(document);
    }
    let mut prices = blocks.single("prices", document);
    policy.prices = PriceSettings::read(&mut prices, currency, document);
    prices.finish(document);
    let known: Vec<String> = places.into_keys().collect();
    for (name, mut block) in blocks.labelled("waiver", document) {
        policy.waivers.extend(Waiver::read(name, &mut block, &known, &environments, document));
        block.finish(document);
    }
}

/// Lists what a tag policy requires together with the one that it extends.
fn list_inherited(policy: &TagPolicy, document: &mut Document<'_>) {
    let name = |field: &str| format!("tag_policy.{}.{field}", policy.name);
    let required: Vec<&str> = policy.tags.iter().filter(|t| t.required).map(|t| t.key.as_str()).collect();
    let forbidden: Vec<&str> = policy.forbidden.iter().map(|f| f.0.as_str()).collect();
    document.replace_value(&name("required"), format!("{required:?}"));
    document.replace_value(&name("forbidden"), format!("{forbidden:?}"));
    if let Some(case) = policy.key_case {
        document.replace_value(&name("key_case"), format!("\"{}\"", case.as_str()));
    }
}
