//! Cost allocation rules of Azure: the subscriptions, resource groups or tags that they name as dimensions, each source as an allocation.
//!
//! Source: Azure REST API, Microsoft.CostManagement/costAllocationRules 2025-03-01. Read 2026-11-28.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::text::{dimension_name, list, quoted, text, texts};
use super::{Blocks, Division, is_whole};

/// What sources and targets are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Subscription,
    ResourceGroup,
    Tag(String),
}

impl Kind {
    fn of(resource: &Value) -> Result<Self, String> {
        match (text(resource, "resourceType"), text(resource, "name")) {
            ("Dimension", "SubscriptionId") => Ok(Self::Subscription),
            ("Dimension", "ResourceGroupName") => Ok(Self::ResourceGroup),
            ("Tag", key) if !key.is_empty() => Ok(Self::Tag(key.to_owned())),
            (kind, name) => Err(format!("`{kind}` `{name}` is neither a subscription, a resource group nor a tag")),
        }
    }

    fn dimension(&self) -> String {
        match self {
            Self::Subscription => "subscription".to_owned(),
            Self::ResourceGroup => "resource_group".to_owned(),
            Self::Tag(key) => dimension_name(key),
        }
    }

    /// A value as the dimension has it: names of subscriptions and resource groups are the same in any case.
    fn value(&self, name: &str) -> String {
        match self {
            Self::Subscription | Self::ResourceGroup => name.to_lowercase(),
            Self::Tag(_) => name.to_owned(),
        }
    }

    /// The value of the dimension. Exports write subscriptions and resource groups alone, or inside of a path.
    fn expression(&self, names: &BTreeSet<String>) -> String {
        let chain = |column: &str, part: &dyn Fn(&str) -> String, otherwise: &str| {
            let mut out = otherwise.to_owned();
            for name in names.iter().rev() {
                out = format!("contains(lower({column}), {}) ? {} : {out}", quoted(&part(name)), quoted(name));
            }
            out
        };
        match self {
            Self::Tag(key) => format!("charge.tags[{}]", quoted(key)),
            Self::Subscription => {
                chain("charge.sub_account_id", &|name| name.to_owned(), "lower(charge.sub_account_id)")
            }
            Self::ResourceGroup => {
                let in_path = chain("charge.resource_id", &|name| format!("/resourcegroups/{name}/"), "null");
                format!("coalesce(lower(charge.x_ResourceGroupName), {in_path})")
            }
        }
    }
}

pub(super) fn read(document: &Value, blocks: &mut Blocks) {
    let rules: Vec<&Value> = match document.get("value").and_then(Value::as_array) {
        Some(rules) => rules.iter().collect(),
        None => vec![document],
    };
    let mut named: BTreeMap<Kind, BTreeSet<String>> = BTreeMap::new();
    for rule in rules {
        let title = text(rule, "name");
        let properties = rule.get("properties").unwrap_or(&Value::Null);
        if text(properties, "status") == "NotActive" {
            blocks.leave_out(format!("{title}: the rule is not active"));
            continue;
        }
        let details = properties.get("details").unwrap_or(&Value::Null);
        let targets = list(details, "targetResources");
        let sources = list(details, "sourceResources");
        if targets.is_empty() || sources.is_empty() {
            blocks.leave_out(format!("{title}: the rule has no sources or no targets"));
        }
        // The shares of all targets are those of one whole.
        if let [_, _, ..] = targets {
            blocks.leave_out(format!("{title}: its targets are of several kinds, and an allocation has one dimension"));
            continue;
        }
        for (target, source) in targets.iter().flat_map(|target| sources.iter().map(move |source| (target, source))) {
            if let Err(why) = allocation(title, source, target, &mut named, blocks) {
                blocks.leave_out(format!("{title}: {why}"));
            }
        }
    }
    for (kind, names) in named {
        let comment = match &kind {
            Kind::Subscription => "Subscriptions of Azure".to_owned(),
            Kind::ResourceGroup => "Resource groups of Azure".to_owned(),
            Kind::Tag(key) => format!("The tag {}", key.replace(['\n', '\r'], " ")),
        };
        blocks.dimension(&kind.dimension(), &comment, &kind.expression(&names), None);
    }
}

fn allocation(
    title: &str,
    source: &Value,
    target: &Value,
    named: &mut BTreeMap<Kind, BTreeSet<String>>,
    blocks: &mut Blocks,
) -> Result<(), String> {
    let (from, to) = (Kind::of(source)?, Kind::of(target)?);
    let policy = text(target, "policyType");
    if policy != "FixedProportion" {
        return Err(format!("the policy type `{policy}` is not known"));
    }
    let values: Vec<String> = texts(source, "values").iter().map(|name| from.value(name)).collect();
    if values.is_empty() || values.iter().any(|value| value.contains('*')) {
        return Err("a source has no values, or one with `*`".to_owned());
    }
    let share = |value: &Value| {
        let percent = value.get("percentage").filter(|percent| percent.is_number());
        Some((to.value(text(value, "name")), percent?.to_string()))
    };
    let shares: Option<Vec<(String, String)>> = list(target, "values").iter().map(share).collect();
    let shares = shares.filter(|shares| is_whole(shares)).ok_or("its percentages do not sum to 100")?;
    if from == to && shares.iter().any(|(name, _)| values.contains(name)) {
        return Err("a target is also a source, which the policy file refuses as a circle".to_owned());
    }
    named.entry(from.clone()).or_default().extend(values.iter().cloned());
    named.entry(to.clone()).or_default().extend(shares.iter().map(|(name, _)| name.clone()));
    blocks.allocation(title, &to.dimension(), (&from.dimension(), &values), &Division::Fixed(shares));
    Ok(())
}
