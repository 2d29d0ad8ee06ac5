//! The blocks of the file, by kind.

use std::collections::BTreeMap;
use std::ops::Range;

use hcl_edit::structure::{Block as HclBlock, BlockLabel, Body, Structure};

use crate::block::Block;
use crate::document::{Document, span};

/// The kinds of blocks that a file may have.
const KINDS: [&str; 28] = [
    "defaults",
    "dimension",
    "view",
    "entity",
    "allocation",
    "budget",
    "detection",
    "watch",
    "commitment",
    "metric",
    "unit",
    "rates",
    "channel",
    "route",
    "identity",
    "person",
    "service_account",
    "role",
    "approval",
    "gate",
    "environment",
    "tag_policy",
    "rule",
    "budget_policy",
    "prices",
    "waiver",
    "advice",
    "remediation",
];

/// The blocks of a file.
pub(crate) struct Blocks<'b>(Vec<&'b HclBlock>);

impl<'b> Blocks<'b> {
    /// Collects the blocks, and reports unknown kinds and attributes outside of blocks.
    pub(crate) fn read(body: &'b Body, document: &mut Document<'_>) -> Self {
        let mut blocks: Vec<&HclBlock> = Vec::new();
        for structure in body {
            match structure {
                Structure::Block(block) => {
                    let kind = block.ident.as_str();
                    if !KINDS.contains(&kind) {
                        let hint = crate::diagnostic::suggest(kind, KINDS);
                        document.report(span(&block.ident), format!("there is no block `{kind}`"), hint);
                    }
                    blocks.push(block);
                }
                Structure::Attribute(attribute) => {
                    let key = attribute.key.as_str();
                    let hint = Some(format!("put settings into blocks: {}", KINDS.join(", ")));
                    document.report(span(&attribute.key), format!("`{key}` is outside of every block"), hint);
                }
            }
        }
        Self(blocks)
    }

    fn of_kind(&self, kind: &str) -> Vec<&'b HclBlock> {
        self.0.iter().copied().filter(|b| b.ident.as_str() == kind).collect()
    }

    /// Returns whether a block with a name sets an attribute.
    pub(crate) fn sets(&self, kind: &str, name: &str, attribute: &str) -> bool {
        let named = |block: &&HclBlock| block.labels.first().is_some_and(|label| label.as_str() == name);
        self.of_kind(kind).into_iter().filter(named).any(|block| block.body.has_attribute(attribute))
    }

    /// Returns the block of a kind that may occur once and has no label, or one that yields the defaults.
    pub(crate) fn single(&self, kind: &str, document: &mut Document<'_>) -> Block<'b> {
        let blocks = self.of_kind(kind);
        let first = blocks.first().map(|block| document.place(&span(&block.ident)).0);
        for block in blocks.iter().skip(1) {
            let hint = first.map(|line| format!("put its settings into the block in line {line}"));
            document.report(span(&block.ident), format!("there are two `{kind}` blocks"), hint);
        }
        let (title, path) = (format!("`{kind}`"), kind.to_owned());
        let Some(block) = blocks.first() else { return Block::absent(title, path, document) };
        if let Some(label) = block.labels.first() {
            document.report(label_span(label), format!("`{kind}` has no name"), Some(format!("write {kind} {{ … }}")));
        }
        Block::new(title, path, span(&block.ident), &block.body, document)
    }

    /// Returns the blocks of a kind that each have one name.
    pub(crate) fn labelled(&self, kind: &str, document: &mut Document<'_>) -> Vec<(String, Block<'b>)> {
        let mut names = BTreeMap::new();
        let mut out = Vec::new();
        for block in self.of_kind(kind) {
            let [label] = block.labels.as_slice() else {
                let hint = Some(format!("write {kind} \"platform\" {{ … }}"));
                document.report(span(&block.ident), format!("a {kind} needs one name"), hint);
                continue;
            };
            let name = label.as_str().to_owned();
            let valid = (1..=60).contains(&name.len())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
            if !valid {
                let hint = Some("use letters, digits, `-`, `_` and `.`, at most 60".to_owned());
                document.report(label_span(label), format!("`{name}` cannot name a {kind}"), hint);
                continue;
            }
            if let Some(first) = names.get(&name) {
                let message = format!("there are two {kind}s named `{name}`");
                let hint = format!("rename one, or put its settings into the block in line {first}");
                document.report(label_span(label), message, Some(hint));
                continue;
            }
            names.insert(name.clone(), document.place(&span(&block.ident)).0);
            let (title, path) = (format!("{kind} \"{name}\""), format!("{kind}.{name}"));
            out.push((name, Block::new(title, path, span(&block.ident), &block.body, document)));
        }
        out
    }
}

fn label_span(label: &BlockLabel) -> Range<usize> {
    match label {
        BlockLabel::Ident(ident) => span(ident),
        BlockLabel::String(text) => span(text),
    }
}
