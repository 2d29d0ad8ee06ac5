//! The tags that a resource will have: recomputed from what sets them, not believed.
//!
//! Each thing that sets tags is a layer: the defaults of the provider, the resource's own attribute. Laid over each other they
//! are the effective tags. A key that is there is *present*, one that isn't is *missing* when every layer is known in whole,
//! and *unknown* when a layer may still hold it.

mod aws;
mod awscc;
mod azapi;
mod azurerm;
mod facts;
mod google;
mod layer;

use tollgate_expression::{Object, Value};
use tollgate_terraform::Place;

pub use layer::{TagLayer, TagOrigin};

use crate::context::PlanContext;
use crate::resource::Resource;

/// What is written in the place of a key that may not be shown.
pub const SENSITIVE_KEY: &str = "(sensitive key)";

/// How a resource writes its tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagSyntax {
    /// `tags = { … }`: the attribute's name.
    Map(&'static str),
    /// A map in a block: `settings { user_labels = { … } }`.
    MapIn(&'static str, &'static str),
    /// `tag { key = … }` blocks.
    Blocks(&'static str),
    /// `tags = [{ key = …, value = … }]`.
    Pairs(&'static str),
}

impl TagSyntax {
    /// The attribute or block.
    pub fn name(self) -> &'static str {
        match self {
            Self::Map(name) | Self::Blocks(name) | Self::Pairs(name) | Self::MapIn(_, name) => name,
        }
    }
}

/// Something else that a resource creates, with tags of its own.
#[derive(Clone, Debug)]
pub struct Created {
    /// What it is: `volumes`, `instances`.
    pub what: &'static str,
    /// Its tags.
    pub tags: Object,
    /// What would give it the missing ones.
    pub remedy: &'static str,
    /// Where that is, or would be.
    pub place: Option<Place>,
}

/// The tags of a resource and how they came to be.
#[derive(Clone, Debug)]
pub struct EffectiveTags {
    /// What sets tags, the weakest first.
    pub layers: Vec<TagLayer>,
    /// All of it together.
    pub tags: Object,
    /// How the resource writes its own.
    pub written: TagSyntax,
    /// Whether the cloud takes keys in small letters only, or does not tell capitals apart.
    pub ignores_case: bool,
    /// What the resource creates besides.
    pub creates: Vec<Created>,
}

impl EffectiveTags {
    /// Lays layers over each other.
    fn of(layers: Vec<TagLayer>, written: TagSyntax, ignores_case: bool) -> Self {
        let mut tags = Object::default();
        for layer in &layers {
            tags.merge(layer.tags.clone());
        }
        Self { layers, tags, written, ignores_case, creates: Vec::new() }
    }

    /// All of it as a value, sensitive when a part's keys are.
    pub fn value(&self) -> Value {
        Value::Object(self.tags.clone()).marked(self.layers.iter().any(|layer| layer.hidden))
    }

    /// A key as it may be shown: those of a map that is sensitive as a whole may not.
    pub fn shown<'k>(&self, key: &'k str) -> &'k str {
        let hidden = self.layers.iter().any(|layer| layer.hidden && layer.tags.entries.contains_key(key));
        if hidden { SENSITIVE_KEY } else { key }
    }

    /// The layer that a key's value comes from.
    pub fn origin(&self, key: &str) -> Option<&TagLayer> {
        self.layers.iter().rev().find(|layer| layer.tags.entries.contains_key(key))
    }
}

/// The tags that a resource will have; `None` when its type takes none.
pub fn effective(context: &PlanContext<'_>, resource: &Resource<'_>) -> Option<EffectiveTags> {
    match resource.provider() {
        "aws" => aws::effective(context, resource),
        "awscc" => awscc::effective(context, resource),
        "azurerm" => azurerm::effective(context, resource),
        "azapi" => azapi::effective(context, resource),
        "google" | "google-beta" => google::effective(context, resource),
        _ => by_shape(context, resource),
    }
}

/// Types of other providers: whoever has a map of tags or labels takes them.
fn by_shape(context: &PlanContext<'_>, resource: &Resource<'_>) -> Option<EffectiveTags> {
    let name = ["tags", "labels", "freeform_tags"].into_iter().find(|name| is_map(resource, name))?;
    Some(EffectiveTags::of(vec![layer::own(context, resource, name)], TagSyntax::Map(name), false))
}

/// Whether an attribute is a map as far as the plan tells: a list of words is no map, and null tells nothing.
fn is_map(resource: &Resource<'_>, name: &str) -> bool {
    resource.after.member(name).as_object().is_some() || resource.before.member(name).as_object().is_some()
}

/// Whether a resource has an attribute at all.
fn has(resource: &Resource<'_>, name: &str) -> bool {
    resource.after.as_object().is_some_and(|o| o.entries.contains_key(name))
}

/// The tags that a resource has now, as far as the plan's state tells.
pub fn before(resource: &Resource<'_>, written: TagSyntax) -> Object {
    let names = match written {
        TagSyntax::Map(name) => vec![name, "tags_all", "terraform_labels"],
        TagSyntax::MapIn(block, name) => {
            let map = resource.before.member(block).item(0).member(name);
            return map.as_object().cloned().unwrap_or_default();
        }
        TagSyntax::Blocks(name) | TagSyntax::Pairs(name) => {
            let list = resource.before.member(name);
            let pairs = list.as_list().unwrap_or_default().iter();
            let entries = pairs.filter_map(|p| Some((p.member("key").as_text()?.to_owned(), p.member("value"))));
            return Object { entries: entries.collect(), open: None };
        }
    };
    let mut out = Object::default();
    for name in names {
        out.merge(resource.before.member(name).as_object().cloned().unwrap_or_default());
    }
    out
}
