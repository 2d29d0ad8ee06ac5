//! Explains where the tags of a resource come from, key by key.

use serde::Serialize;
use tollgate_expression::Value;
use tollgate_model::limits::TEXT_WIDTH;
use tollgate_model::untrusted::shortened;
use tollgate_terraform::SourceLocation;

use crate::context::PlanContext;
use crate::existing::{ChangeEffect, change_effect};
use crate::resource::Resource;
use crate::tags;

/// A resource and its tags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// What happens to it.
    pub action: &'static str,
    /// Whether the change touches it: what was wrong before counts only then.
    pub effect: String,
    /// Whether its type has tags.
    pub taggable: bool,
    /// Its account, where it is known.
    pub account: Option<String>,
    /// Its region, where it is known.
    pub region: Option<String>,
    /// Each tag that it will have.
    pub tags: Vec<Tag>,
    /// What may add further tags that are unknown before apply.
    pub open: Option<String>,
    /// What it creates by itself, with the tag keys of that.
    pub creates: Vec<(String, Vec<String>)>,
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tag {
    /// Its key.
    pub key: String,
    /// Its value; a sensitive one is masked.
    pub value: String,
    /// What sets it, in order of precedence. The first one wins.
    pub from: Vec<TagSource>,
}

/// What sets a tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TagSource {
    /// What it is.
    pub origin: String,
    /// The value that it sets.
    pub value: String,
    /// Where it is.
    pub place: Option<String>,
}

/// Explains the tags of a resource; `None` when the plan has no such resource.
pub fn explain_tags(context: &PlanContext<'_>, address: &str) -> Option<Explained> {
    let change = context.plan.changes.iter().find(|c| c.address == address)?;
    let resource = Resource::read(context, change);
    let effective = tags::effective(&resource);
    let mut out = Explained {
        action: change.change.actions.name(),
        effect: match change_effect(&resource) {
            ChangeEffect::Touches => "the change creates or touches it".to_owned(),
            ChangeEffect::LeavesAlone(why) => why.to_owned(),
            ChangeEffect::Deferred => "it is deferred".to_owned(),
        },
        taggable: effective.is_some(),
        account: resource.account().map(str::to_owned),
        region: crate::region::region(&resource).as_text().map(str::to_owned),
        tags: Vec::new(),
        open: None,
        creates: Vec::new(),
    };
    let Some(effective) = effective else { return Some(out) };
    out.open = effective.tags.open.as_ref().map(ToString::to_string);
    for (key, value) in &effective.tags.entries {
        let layers = effective.layers.iter().rev();
        let from = layers.filter_map(|layer| {
            let value = layer.tags.entries.get(key)?;
            let place = layer.place.as_ref().map(SourceLocation::to_string);
            Some(TagSource { origin: layer.origin.shown(), value: shown(value), place })
        });
        out.tags.push(Tag { key: effective.shown(key).to_owned(), value: shown(value), from: from.collect() });
    }
    for made in &effective.creates {
        let keys = made.tags.entries.keys().map(|key| effective.shown(key).to_owned());
        out.creates.push((made.what.to_owned(), keys.collect()));
    }
    Some(out)
}

fn shown(value: &Value) -> String {
    match value.unknown() {
        Some(blame) => format!("known after apply, from {blame}"),
        None => value.shown(),
    }
}

impl Explained {
    /// Returns the text for people.
    pub fn shown(&self) -> String {
        let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "not known".to_owned());
        let mut out = format!(
            "  action   {}: {}\n  account  {}\n  region   {}\n",
            self.action,
            self.effect,
            known(&self.account),
            known(&self.region)
        );
        if !self.taggable {
            return out + "\nthe type has no tags\n";
        }
        out += "\ntags\n";
        let shown = |key: &str| shortened(key, TEXT_WIDTH.size()).into_owned();
        let width = self.tags.iter().map(|t| shown(&t.key).chars().count()).max().unwrap_or_default();
        for tag in &self.tags {
            out += &format!("  {:<width$} = {}\n", shown(&tag.key), tag.value);
            for (at, from) in tag.from.iter().enumerate() {
                let place = from.place.as_ref().map_or(String::new(), |p| format!(" at {p}"));
                out += &match at {
                    0 => format!("  {:width$}   from {}{place}\n", "", from.origin),
                    _ => format!("  {:width$}   over {} = {}{place}\n", "", from.origin, from.value),
                };
            }
        }
        if self.tags.is_empty() {
            out += "  none\n";
        }
        if let Some(blame) = &self.open {
            out += &format!("  and others that are known after apply, from {blame}\n");
        }
        for (what, keys) in &self.creates {
            let keys = if keys.is_empty() { "none".to_owned() } else { keys.join(", ") };
            out += &format!("\ntags of the {what} that it creates: {keys}\n");
        }
        out
    }
}
