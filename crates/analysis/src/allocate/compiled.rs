//! Rules prepared for the texts of one set of charges: each condition is compared with each distinct text once.

use tollgate_model::allocation::{AllocationPlan, AllocationRule, ConditionField, SourceCondition};
use tollgate_model::series::Facet;

use super::charges::{ChargeGroups, Group, Texts};

/// A condition with its answer for each text.
struct Condition {
    field: Field,
    matches: Vec<bool>,
}

#[derive(Clone, Copy)]
enum Field {
    Facet(Facet),
    Dimension(usize),
    /// A dimension that charges do not have: nothing matches.
    Unknown,
}

/// Conditions that must all hold.
pub(super) struct Conditions(Vec<Condition>);

impl Conditions {
    pub(super) fn new<'c>(conditions: impl Iterator<Item = &'c SourceCondition>, charges: &ChargeGroups) -> Self {
        Self(conditions.map(|condition| Condition::new(condition, charges)).collect())
    }

    pub(super) fn hold(&self, group: &Group, charges: &ChargeGroups) -> bool {
        self.0.iter().all(|condition| {
            let number = match condition.field {
                Field::Facet(facet) => charges.facet(group, facet),
                Field::Dimension(at) => group.dimensions.get(at).copied().unwrap_or(super::charges::NONE),
                Field::Unknown => return false,
            };
            condition.matches.get(number as usize).copied().unwrap_or(false)
        })
    }
}

impl Condition {
    fn new(condition: &SourceCondition, charges: &ChargeGroups) -> Self {
        let field = match &condition.on {
            ConditionField::Facet(facet) => Field::Facet(*facet),
            ConditionField::Dimension(name) => {
                let at = charges.dimensions.iter().position(|d| d == name);
                at.map_or(Field::Unknown, Field::Dimension)
            }
        };
        let by_name = |text: &str| {
            let name =
                matches!(field, Field::Facet(Facet::SubAccount)).then(|| charges.account_names.get(text)).flatten();
            name.is_some_and(|name| condition.matches(name))
        };
        let matches = charges.texts.all().map(|text| condition.matches(text) || by_name(text)).collect();
        Self { field, matches }
    }
}

/// A rule that is ready to be applied.
pub(super) struct CompiledRule<'p> {
    pub(super) rule: &'p AllocationRule,
    /// The conditions on everything but the dimension that it allocates.
    others: Conditions,
    /// The condition on that dimension, with its answer for each value.
    own: Option<(&'p SourceCondition, Vec<bool>)>,
}

impl<'p> CompiledRule<'p> {
    pub(super) fn all(plan: &'p AllocationPlan, charges: &ChargeGroups, values: &Texts) -> Vec<Self> {
        let compile = |rule: &'p AllocationRule| {
            let own = rule.own_condition();
            let others = rule.source.iter().filter(|c| own.is_none_or(|own| !std::ptr::eq(*c, own)));
            let own = own.map(|own| (own, values.all().map(|value| own.matches(value)).collect()));
            Self { rule, others: Conditions::new(others, charges), own }
        };
        plan.rules.iter().map(compile).collect()
    }

    /// Makes the next value known. One that is known already changes nothing.
    pub(super) fn learn(&mut self, number: u32, value: &str) {
        if let Some((own, matches)) = &mut self.own
            && matches.len() == number as usize
        {
            matches.push(own.matches(value));
        }
    }

    /// Whether it may take charges of a group, whatever their value in its dimension.
    pub(super) fn may_take(&self, group: &Group, charges: &ChargeGroups) -> bool {
        let committed = group.commitment != super::charges::NONE;
        let service = charges.texts.get(charges.facet(group, Facet::Service));
        let kinds = &self.rule.charges;
        (kinds.is_empty() || kinds.iter().any(|kind| kind.contains(group.kind, committed, service)))
            && self.others.hold(group, charges)
    }

    /// Whether it takes cost of a value, by number, on days when it is in effect. `given`: another rule gave the cost to the value.
    pub(super) fn takes(&self, value: u32, given: bool) -> bool {
        match &self.own {
            None => !given,
            Some((_, matches)) => matches.get(value as usize).copied().unwrap_or(false),
        }
    }
}
