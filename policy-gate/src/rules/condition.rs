//! `rule`, `rule-unknown`, `rule-fault`: judges a resource by a rule of the policy file.

use std::borrow::Cow;
use std::collections::BTreeMap;

use tollgate_expression::{ExpressionScope, Object, ReferenceStep, Resolution, UnknownReason, Value};
use tollgate_model::Amount;
use tollgate_policy::{Rule, RuleResult};

use crate::cost::ResourceCost;
use crate::finding::{About, Confidence, FindingBuilder, FindingId, FindingMeta, Severity};
use crate::resource::Resource;
use crate::tags::EffectiveTags;

pub(crate) const BROKEN: FindingMeta =
    FindingMeta::of_policy("rule", Severity::High, About::Resource, "A resource breaks a rule of the policy file.");

pub(crate) const UNKNOWN: FindingMeta = FindingMeta::of_policy(
    "rule-unknown",
    Severity::Low,
    About::Resource,
    "Whether a resource breaks a rule is known only after apply.",
);

pub(crate) const FAULT: FindingMeta = FindingMeta::of_policy(
    "rule-fault",
    Severity::High,
    About::Resource,
    "A rule cannot be evaluated for a resource, for example because it compares a list with a number. The rule counts as broken.",
);

/// The names that a rule can use about a resource. Expensive values are computed on demand.
pub(crate) struct ResourceScope<'a> {
    resource: &'a Resource<'a>,
    tags: Option<&'a EffectiveTags>,
    money: Monthly,
}

/// The monthly cost of a resource; `None` when it is unknown.
#[derive(Clone, Copy, Default)]
pub(crate) struct Monthly {
    /// The cost after the change.
    cost: Option<Amount>,
    /// The cost that the change adds.
    change: Option<Amount>,
}

impl Monthly {
    /// The cost of a resource after the change, or before it. A resource without a cost of its own costs zero.
    pub(crate) fn of(cost: Option<&ResourceCost>, after: bool) -> Self {
        let nothing = Some(Amount::ZERO);
        match cost {
            None => Self { cost: nothing, change: nothing },
            Some(cost) if after => Self { cost: cost.after.map(|s| s.likely), change: cost.change.map(|s| s.likely) },
            Some(cost) => Self { cost: cost.before.map(|s| s.likely), change: nothing },
        }
    }

    fn value(amount: Option<Amount>) -> Value {
        let number = amount.and_then(|amount| Value::number(&amount.round(2).to_string()));
        number.unwrap_or_else(|| Value::Unknown(UnknownReason::new("its price")))
    }
}

impl<'a> ResourceScope<'a> {
    /// The names of a resource with its tags.
    pub(crate) fn new(resource: &'a Resource<'a>, tags: Option<&'a EffectiveTags>) -> Self {
        Self { resource, tags, money: Monthly::default() }
    }

    /// Adds the monthly cost.
    pub(crate) fn costing(self, money: Monthly) -> Self {
        Self { money, ..self }
    }

    fn field(&self, name: &str) -> Option<Cow<'_, Value>> {
        let (resource, owned) = (self.resource, |value: Value| Some(Cow::Owned(value)));
        let known = |value: Option<String>, what: &str| {
            owned(value.map_or_else(|| Value::Unknown(UnknownReason::new(what)), Value::Text))
        };
        match name {
            "values" => Some(Cow::Borrowed(&resource.after)),
            "before" => Some(Cow::Borrowed(&resource.before)),
            "address" => owned(Value::text(&*resource.change.address)),
            "type" => owned(Value::text(&*resource.change.kind)),
            "provider" => owned(Value::text(resource.provider())),
            "action" => owned(Value::text(resource.change.change.actions.name())),
            "module" => owned(Value::Text(resource.module())),
            "name" => owned(Value::text(resource.address.as_ref().map_or("", |a| &a.name))),
            "tags" => owned(self.tags.map_or(Value::Object(Object::default()), EffectiveTags::value)),
            "region" => owned(crate::region::region(resource)),
            "account" => known(resource.account().map(str::to_owned), "the account"),
            "monthly_cost" => owned(Monthly::value(self.money.cost)),
            "monthly_change" => owned(Monthly::value(self.money.change)),
            "environment" => known(self.resource.context.environment.clone(), "the environment of the plan"),
            _ => None,
        }
    }
}

impl ExpressionScope for ResourceScope<'_> {
    fn resolve(&self, name: &str, steps: &[ReferenceStep]) -> Resolution<'_> {
        if name != "resource" {
            return Resolution::Nothing;
        }
        match steps.first() {
            Some(ReferenceStep::Key(field)) => match self.field(field) {
                // One attribute of many is taken out here: a resource is large.
                Some(Cow::Borrowed(Value::Object(object))) if let Some(ReferenceStep::Key(key)) = steps.get(1) => {
                    match object.entries.get(key) {
                        Some(value) => Resolution::Value(Cow::Borrowed(value), 2),
                        None => Resolution::Value(Cow::Owned(object.get(key)), 2),
                    }
                }
                Some(value) => Resolution::Value(value, 1),
                None => Resolution::Nothing,
            },
            _ => {
                let whole = ["address", "type", "name", "provider", "module", "action", "tags", "values"];
                let entries: BTreeMap<String, Value> = whole
                    .into_iter()
                    .filter_map(|field| Some((field.to_owned(), self.field(field)?.into_owned())))
                    .collect();
                Resolution::Value(Cow::Owned(Value::Object(Object { entries, open: None })), 0)
            }
        }
    }
}

/// Judges a resource by a rule; `None` when the rule holds.
pub(crate) fn judge(scope: &ResourceScope<'_>, rule: &Rule) -> Option<FindingBuilder> {
    let name = &rule.name;
    let place = scope.resource.block.map(|block| block.head());
    let out = match rule.judge(scope) {
        Ok(RuleResult::Holds) => return None,
        Ok(RuleResult::Broken(message)) => {
            let message = message.unwrap_or_else(|| match (&rule.deny, &rule.require) {
                (Some(deny), _) => format!("rule \"{name}\" denies it: {}", one_line(&deny.source)),
                (None, Some(require)) => format!("rule \"{name}\" requires {}", one_line(&require.source)),
                (None, None) => format!("rule \"{name}\" is broken"),
            });
            FindingBuilder::new(FindingId::Rule, message)
        }
        Ok(RuleResult::Unknown(blame)) => {
            let blame = if blame.as_str().is_empty() { "attributes of the resource" } else { blame.as_str() };
            let message = format!("whether rule \"{name}\" holds is known after apply: it depends on `{blame}`");
            FindingBuilder::new(FindingId::RuleUnknown, message).confidence(Confidence::Low)
        }
        Err(fault) => {
            FindingBuilder::new(FindingId::RuleFault, format!("rule \"{name}\" cannot be evaluated here: {fault}"))
                .hint("narrow the rule with `types` or `when`, or wrap the attribute in try()")
        }
    };
    Some(out.place(place))
}

fn one_line(source: &str) -> String {
    source.split_whitespace().collect::<Vec<_>>().join(" ")
}
