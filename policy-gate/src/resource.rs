//! A resource of a plan with its attributes.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use tollgate_expression::Value;
use tollgate_terraform::{Address, ConfiguredExpression, ConfiguredResource, Located, PlannedAction, ResourceChange};

use crate::context::PlanContext;

/// A resource and its planned change.
pub struct Resource<'p> {
    /// The plan that it is in.
    pub context: &'p PlanContext<'p>,
    /// The change.
    pub change: &'p ResourceChange<'p>,
    /// Its parsed address; `None` when the form is unknown.
    pub address: Option<Address>,
    /// The attributes before the change.
    pub before: Value,
    /// The attributes after the change.
    pub after: Value,
    /// Its configuration in the plan.
    pub configured: Option<&'p ConfiguredResource<'p>>,
    /// Its block in the sources.
    pub block: Option<Located<'p, hcl_edit::structure::Block>>,
    /// Whether it is planned only after something else is applied.
    pub deferred: bool,
    expressions: OnceCell<BTreeMap<String, ConfiguredExpression>>,
    account: OnceCell<Option<String>>,
}

impl<'p> Resource<'p> {
    /// Parses the attributes of a change.
    pub fn read(context: &'p PlanContext<'p>, change: &'p ResourceChange<'p>) -> Self {
        let address = Address::parse(&change.address);
        let configured = address.as_ref().and_then(|a| context.plan.configured(a));
        let block = address.as_ref().and_then(|a| context.sources?.resource(a));
        let (before, after) = (change.change.before(), change.change.after());
        Self {
            context,
            change,
            address,
            before,
            after,
            configured,
            block,
            deferred: false,
            expressions: OnceCell::new(),
            account: OnceCell::new(),
        }
    }

    /// Returns the resource with the attributes from before the change.
    pub fn as_it_was(&self) -> Self {
        Self {
            context: self.context,
            change: self.change,
            address: self.address.clone(),
            before: self.before.clone(),
            after: self.before.clone(),
            configured: self.configured,
            block: self.address.as_ref().and_then(|a| self.context.sources?.resource(a)),
            deferred: false,
            expressions: OnceCell::new(),
            account: OnceCell::new(),
        }
    }

    /// The expressions of its attributes; empty when the plan does not contain its configuration.
    pub fn expressions(&self) -> &BTreeMap<String, ConfiguredExpression> {
        self.expressions.get_or_init(|| self.configured.map(ConfiguredResource::expressions).unwrap_or_default())
    }

    /// Its account, subscription or project, where it is known.
    pub fn account(&self) -> Option<&str> {
        self.account.get_or_init(|| crate::provider::account(self)).as_deref()
    }

    /// Its provider's own name: `aws`.
    pub fn provider(&self) -> &'p str {
        self.change.provider()
    }

    /// Whether the plan has no action for it.
    pub fn unchanged(&self) -> bool {
        let actions = &self.change.change.actions;
        actions.0.is_empty() || actions.0.iter().all(|a| *a == PlannedAction::NoOp)
    }

    /// The path of its module, with instances; empty for the root.
    pub fn module(&self) -> String {
        module_of(self.address.as_ref())
    }
}

/// Returns the path of the module of an address, with instances; empty for the root.
pub(crate) fn module_of(address: Option<&Address>) -> String {
    let steps = address.map_or(&[][..], |a| &a.modules);
    let parts = steps.iter().map(|step| {
        let key = step.key.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("module.{}{key}", step.name)
    });
    parts.collect::<Vec<_>>().join(".")
}
