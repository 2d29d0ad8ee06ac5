//! The context of a plan: its sources, and what the caller sets.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use tollgate_terraform::{Address, PlannedReference, ResourceChange, Sources, TerraformPlan, UnknownInput};

use crate::instances::Instances;
use crate::resource::Resource;
use crate::tags::{AttachedTags, TagLayer};

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
    /// What is unknown because the sources were evaluated without a plan; `None` with a plan.
    pub unknown_inputs: Option<&'p [UnknownInput]>,
    /// The default tags of each provider configuration, computed once.
    pub(crate) default_tags: RefCell<HashMap<String, Rc<TagLayer>>>,
    /// The instances of the plan's resources by address without instance keys, computed once.
    by_address: OnceCell<HashMap<String, Instances>>,
    /// The tags that resources of the plan put on others, computed once.
    pub(crate) attached_tags: OnceCell<AttachedTags>,
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
        Self {
            name,
            stack: stack.to_owned(),
            plan,
            sources,
            caller,
            environment,
            unknown_inputs: None,
            default_tags: RefCell::default(),
            by_address: OnceCell::new(),
            attached_tags: OnceCell::new(),
        }
    }

    /// Returns the instances of an address without instance keys.
    fn instances_of(&self, configured: &str) -> Option<&Instances> {
        let index = self.by_address.get_or_init(|| {
            let mut index: HashMap<String, Instances> = HashMap::new();
            // A deposed object has the address of the one that replaced it.
            for (at, change) in self.plan.changes.iter().enumerate().filter(|(_, c)| c.deposed.is_none()) {
                if let Some(address) = Address::parse(&change.address) {
                    index.entry(address.configured()).or_default().push(address, at);
                }
            }
            index
        });
        index.get(configured)
    }

    /// Finds the instance that a reference points to: the one with the key in the reference, with the key of the resource that
    /// refers to it, or the first.
    pub(crate) fn referred(&self, from: &Resource<'_>, reference: &PlannedReference) -> Option<&'p ResourceChange<'p>> {
        let own = from.address.as_ref()?;
        let (data, text) = match reference.text.strip_prefix("data.") {
            Some(rest) => ("data.", rest),
            None => ("", reference.text.as_str()),
        };
        let (kind, rest) = text.split_once('.')?;
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, steps) = rest.split_at(end);
        let module = if reference.module.is_empty() { String::new() } else { format!("{}.", reference.module) };
        let explicit = steps.starts_with('[').then(|| steps.split_inclusive(']').next().unwrap_or_default());
        let instances = self.instances_of(&format!("{module}{data}{kind}.{name}"))?;
        self.plan.changes.get(instances.nearest(own, explicit)?)
    }
}
