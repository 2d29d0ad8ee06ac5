//! Folds findings for people: several tags of one resource are one block, and the same finding on several resources is one block.

use std::collections::HashMap;
use std::hash::Hash;

use super::group::{Group, listed, note};
use crate::finding::{Finding, FindingId};

/// What a terminal shows together.
pub(super) struct Block<'f> {
    /// The finding whose location is shown.
    pub(super) first: &'f Finding,
    /// The resources at that location.
    addresses: Vec<&'f str>,
    /// The tags of those resources that have the same problem.
    tags: Vec<&'f str>,
    /// Other resources with the same problem, each with its location.
    elsewhere: Vec<String>,
    /// What to do, each once.
    pub(super) hints: Vec<&'f str>,
    /// The fixes, each once.
    pub(super) fixes: Vec<&'f str>,
    /// The number of findings.
    pub(super) findings: usize,
}

/// Folds groups, in their order.
pub(super) fn folded<'f>(groups: Vec<Group<'f>>) -> Vec<Block<'f>> {
    let blocks = groups.into_iter().map(Block::of).collect();
    let of_resources = joined(blocks, Block::resource_key, Block::join_tags);
    joined(of_resources, Block::problem_key, Block::join_resources)
}

/// Joins blocks with the same key into the first one. A block without a key stays alone.
fn joined<'f, K: Eq + Hash>(
    blocks: Vec<Block<'f>>,
    key: impl Fn(&Block<'f>) -> Option<K>,
    join: impl Fn(&mut Block<'f>, Block<'f>),
) -> Vec<Block<'f>> {
    let mut out: Vec<Block<'f>> = Vec::new();
    let mut known: HashMap<K, usize> = HashMap::new();
    for block in blocks {
        let Some(key) = key(&block) else {
            out.push(block);
            continue;
        };
        match known.get(&key).and_then(|at| out.get_mut(*at)) {
            Some(first) => join(first, block),
            None => {
                known.insert(key, out.len());
                out.push(block);
            }
        }
    }
    out
}

/// What findings have in common that are shown together: id, policy, plan and outcome.
type Terms<'f> = (FindingId, Option<&'f str>, Option<&'f str>, String);

impl<'f> Block<'f> {
    /// The block of one group.
    pub(super) fn of(group: Group<'f>) -> Self {
        let first = group.first;
        Self {
            first,
            tags: first.tag.as_deref().into_iter().collect(),
            elsewhere: Vec::new(),
            hints: first.hint.as_deref().into_iter().collect(),
            fixes: first.fix.as_ref().map(|fix| fix.title.as_str()).into_iter().collect(),
            findings: group.addresses.len().max(1),
            addresses: group.addresses,
        }
    }

    fn terms(&self) -> Terms<'f> {
        let f = self.first;
        (f.id, f.policy.as_deref(), f.plan.as_deref(), f.outcome.shown())
    }

    /// The resources that lack tags, at one location.
    fn resource_key(&self) -> Option<(Terms<'f>, Vec<&'f str>, Option<(&'f str, usize, usize)>)> {
        if self.first.id != FindingId::TagMissing || self.addresses.is_empty() {
            return None;
        }
        let place = self.first.place.as_ref().map(|p| (p.file.as_str(), p.start, p.end));
        Some((self.terms(), self.addresses.clone(), place))
    }

    /// The problem with tags, wherever it is.
    fn problem_key(&self) -> Option<(Terms<'f>, &'f str, Vec<&'f str>)> {
        self.first.tag.as_ref()?;
        Some((self.terms(), self.first.message.as_str(), self.tags.clone()))
    }

    fn join_tags(&mut self, other: Self) {
        self.tags.extend(other.tags);
        self.join(other.hints, other.fixes, other.findings);
    }

    fn join_resources(&mut self, other: Self) {
        let resources = other.resources().unwrap_or_default();
        self.elsewhere.push(match &other.first.place {
            Some(place) => format!("{resources} ({}:{})", place.file, place.line),
            None => resources,
        });
        self.join(other.hints, other.fixes, other.findings);
    }

    fn join(&mut self, hints: Vec<&'f str>, fixes: Vec<&'f str>, findings: usize) {
        for (own, more) in [(&mut self.hints, hints), (&mut self.fixes, fixes)] {
            for text in more {
                if !own.contains(&text) {
                    own.push(text);
                }
            }
        }
        self.findings += findings;
    }

    /// What is wrong: ``required tags `environment`, `team` are missing``.
    pub(super) fn title(&self) -> String {
        let message = &self.first.message;
        match (self.tags.as_slice(), message.split_once(" `")) {
            ([_, _, ..], Some((noun, _))) => {
                let tags: Vec<String> = self.tags.iter().map(|tag| format!("`{tag}`")).collect();
                format!("{noun}s {} are missing", tags.join(", "))
            }
            _ => message.clone(),
        }
    }

    /// The resources at the location, a few by name.
    pub(super) fn resources(&self) -> Option<String> {
        listed(&self.addresses)
    }

    /// The other resources, a few by name.
    pub(super) fn others(&self) -> Option<String> {
        listed(&self.elsewhere.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The policy with its message and link.
    pub(super) fn note(&self) -> Option<String> {
        note(self.first)
    }
}
