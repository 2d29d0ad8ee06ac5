//! The context of a plan: its sources, and what the caller sets.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use tollgate_terraform::{Address, PlannedReference, ResourceChange, Sources, TerraformPlan};

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
    /// The default tags of each provider configuration, computed once.
    pub(crate) default_tags: RefCell<HashMap<String, Rc<TagLayer>>>,
    /// The positions of the plan's changes by address without instance keys, computed once.
    by_address: OnceCell<HashMap<String, Vec<usize>>>,
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
            default_tags: RefCell::default(),
            by_address: OnceCell::new(),
            attached_tags: OnceCell::new(),
        }
    }

    /// Returns the changes of an address without instance keys.
    fn changes_of(&self, configured: &str) -> impl Iterator<Item = &'p ResourceChange<'p>> {
        let index = self.by_address.get_or_init(|| {
            let mut index: HashMap<String, Vec<usize>> = HashMap::new();
            for (at, change) in self.plan.changes.iter().enumerate() {
                if let Some(address) = Address::parse(&change.address) {
                    index.entry(address.configured()).or_default().push(at);
                }
            }
            index
        });
        let plan = self.plan;
        index.get(configured).into_iter().flatten().filter_map(|at| plan.changes.get(*at))
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
        let score = |change: &ResourceChange<'_>| {
            let Some(is) = Address::parse(&change.address) else { return -1 };
            let path = own.modules.iter().zip(&is.modules);
            let shared = path.take_while(|(a, b)| a.name == b.name).map(|(a, b)| if a.key == b.key { 1 } else { -1 });
            let key = match &is.key {
                Some(key) if explicit == Some(key.to_string().as_str()) => 100,
                key if *key == own.key => 20,
                Some(key) if own.modules.iter().any(|m| m.key.as_ref() == Some(key)) => 10,
                _ => 0,
            };
            shared.sum::<i32>() + key
        };
        let mut best: Option<(i32, &'p ResourceChange<'p>)> = None;
        for change in self.changes_of(&format!("{module}{data}{kind}.{name}")).filter(|c| c.deposed.is_none()) {
            let score = score(change);
            if best.is_none_or(|(most, _)| score > most) {
                best = Some((score, change));
            }
        }
        best.map(|(_, change)| change)
    }
}
