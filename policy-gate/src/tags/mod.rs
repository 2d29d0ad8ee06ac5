//! Computes the tags that a resource will have, from everything that sets them.
//!
//! Each source of tags is a layer: the defaults of the provider, the resource's own attribute. Merged, they are the effective
//! tags. A key in them is *present*. Another key is *missing* when every layer is completely known, and *unknown* when a layer
//! may still add it.

mod attached;
mod aws;
mod awscc;
mod azapi;
mod azurerm;
mod facts;
mod google;
mod layer;

use tollgate_expression::{Object, Value};
use tollgate_terraform::SourceLocation;

pub(crate) use attached::AttachedTags;
pub use layer::{TagLayer, TagOrigin};

use crate::resource::Resource;

/// Shown in place of a sensitive key.
pub const SENSITIVE_KEY: &str = "(sensitive key)";

/// The syntax of the tags of a resource.
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

/// Something that a resource creates, with tags of its own.
#[derive(Clone, Debug)]
pub struct Created {
    /// What it is: `volumes`, `instances`.
    pub what: &'static str,
    /// Its tags.
    pub tags: Object,
    /// How to add the missing tags.
    pub remedy: &'static str,
    /// The location of the change, if any.
    pub place: Option<SourceLocation>,
}

/// The tags that a resource will have, with their layers.
#[derive(Clone, Debug)]
pub struct EffectiveTags {
    /// The layers, in order of increasing precedence.
    pub layers: Vec<TagLayer>,
    /// The merged tags.
    pub tags: Object,
    /// The syntax of the resource's own tags.
    pub written: TagSyntax,
    /// Whether the cloud accepts lower-case keys only, or ignores the case of keys.
    pub ignores_case: bool,
    /// What the resource creates by itself.
    pub creates: Vec<Created>,
}

impl EffectiveTags {
    /// Merges layers.
    fn of(layers: Vec<TagLayer>, written: TagSyntax, ignores_case: bool) -> Self {
        let mut tags = Object::default();
        for layer in &layers {
            tags.merge(layer.tags.clone());
        }
        Self { layers, tags, written, ignores_case, creates: Vec::new() }
    }

    /// Adds a layer of the highest precedence.
    fn add(&mut self, layer: TagLayer) {
        self.tags.merge(layer.tags.clone());
        self.layers.push(layer);
    }

    /// The tags as a value, which is sensitive when the keys of a layer are.
    pub fn value(&self) -> Value {
        Value::Object(self.tags.clone()).marked(self.layers.iter().any(|layer| layer.hidden))
    }

    /// Returns a key for display. The keys of a map that is sensitive as a whole are masked.
    pub fn shown<'k>(&self, key: &'k str) -> &'k str {
        let hidden = self.layers.iter().any(|layer| layer.hidden && layer.tags.entries.contains_key(key));
        if hidden { SENSITIVE_KEY } else { key }
    }

    /// Returns the layer that sets a key.
    pub fn origin(&self, key: &str) -> Option<&TagLayer> {
        self.layers.iter().rev().find(|layer| layer.tags.entries.contains_key(key))
    }
}

/// Computes the tags that a resource will have; `None` when its type has none.
pub fn effective(resource: &Resource<'_>) -> Option<EffectiveTags> {
    match resource.provider() {
        "aws" => aws::effective(resource),
        "awscc" => awscc::effective(resource),
        "azurerm" => azurerm::effective(resource),
        "azapi" => azapi::effective(resource),
        "google" | "google-beta" => google::effective(resource),
        _ => by_shape(resource),
    }
}

/// Types of other providers: those with a map of tags or labels.
fn by_shape(resource: &Resource<'_>) -> Option<EffectiveTags> {
    let name = ["tags", "labels", "freeform_tags"].into_iter().find(|name| is_map(resource, name))?;
    Some(EffectiveTags::of(vec![layer::own(resource, name)], TagSyntax::Map(name), false))
}

/// Whether an attribute is a map by the plan. A list is not; null does not show it.
fn is_map(resource: &Resource<'_>, name: &str) -> bool {
    resource.after.member(name).as_object().is_some() || resource.before.member(name).as_object().is_some()
}

/// Whether a resource has an attribute at all.
fn has(resource: &Resource<'_>, name: &str) -> bool {
    resource.after.as_object().is_some_and(|o| o.entries.contains_key(name))
}

/// Returns the tags that a resource has before the change, by the plan.
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
