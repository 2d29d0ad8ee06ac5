//! The context of a plan: its sources, and what the caller sets.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use tollgate_terraform::{Sources, TerraformPlan};

use crate::tags::TagLayer;

/// What the caller sets for a run.
#[derive(Clone, Debug, Default)]
pub struct CallerInputs {
    /// The environment, when the caller names it.
    pub environment: Option<String>,
    /// The account, when the caller names it.
    pub account: Option<String>,
    /// `TF_AWS_DEFAULT_TAGS_*` of the environment, by key.
    pub aws_default_tags: BTreeMap<String, String>,
}

/// A plan and what is known about it.
pub struct PlanContext<'p> {
    /// Its name, for people.
    pub name: &'p str,
    /// The folder of the configuration. It distinguishes equal addresses of two configurations.
    pub stack: String,
    /// The plan.
    pub plan: &'p TerraformPlan<'p>,
    /// Its sources, where they exist.
    pub sources: Option<&'p Sources>,
    /// What the caller sets.
    pub caller: &'p CallerInputs,
    /// The environment of the plan, where it is known.
    pub environment: Option<String>,
    /// The default tags of each provider configuration, computed once.
    pub(crate) default_tags: RefCell<HashMap<String, Rc<TagLayer>>>,
}

impl<'p> PlanContext<'p> {
    /// Creates the context of a plan.
    pub fn new(
        name: &'p str,
        stack: &str,
        plan: &'p TerraformPlan<'p>,
        sources: Option<&'p Sources>,
        caller: &'p CallerInputs,
        environment: Option<String>,
    ) -> Self {
        Self { name, stack: stack.to_owned(), plan, sources, caller, environment, default_tags: RefCell::default() }
    }
}
