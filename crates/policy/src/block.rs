//! One block of the file: its attributes by name, each taken once, the rest refused.

use std::collections::BTreeMap;
use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block as HclBlock, Body, Structure};
use tollgate_model::{Amount, Currency};

use crate::diagnostic::suggest;
use crate::document::{Document, span};

/// A block whose attributes are being read.
pub(crate) struct Block<'b> {
    /// `budget "platform"`, for messages.
    pub(crate) title: String,
    pub(crate) at: Range<usize>,
    attributes: BTreeMap<&'b str, (&'b Expression, Range<usize>)>,
    blocks: Vec<&'b HclBlock>,
    asked: Vec<&'static str>,
}

impl<'b> Block<'b> {
    pub(crate) fn read(title: String, at: Range<usize>, body: &'b Body, document: &mut Document<'_>) -> Self {
        let mut attributes = BTreeMap::new();
        let mut blocks = Vec::new();
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => {
                    let key: &str = attribute.key.as_str();
                    let place = span(&attribute.key);
                    if attributes.insert(key, (&attribute.value, place.clone())).is_some() {
                        document.report(place, format!("{title} says `{key}` twice"), Some("keep one".to_owned()));
                    }
                }
                Structure::Block(block) => blocks.push(block),
            }
        }
        Self { title, at, attributes, blocks, asked: Vec::new() }
    }

    /// An attribute's expression, if it is there.
    pub(crate) fn expression(&mut self, name: &'static str) -> Option<&'b Expression> {
        self.asked.push(name);
        self.attributes.get(name).map(|(e, _)| *e)
    }

    /// Text, if it is there and is text.
    pub(crate) fn text(&mut self, name: &'static str, document: &mut Document<'_>) -> Option<(&'b str, Range<usize>)> {
        let expression = self.expression(name)?;
        match expression.as_str() {
            Some(text) => Some((text, span(expression))),
            None => {
                document.report(span(expression), format!("`{name}` of {} must be text in quotes", self.title), None);
                None
            }
        }
    }

    /// An exact amount of zero or more, if it is there: a number, or text for more digits than a number keeps.
    pub(crate) fn amount(&mut self, name: &'static str, document: &mut Document<'_>) -> Option<Amount> {
        let expression = self.expression(name)?;
        let written = match expression {
            // The source text, because a parsed number is a float.
            Expression::Number(_) => document.source(expression),
            Expression::String(text) => text.as_str(),
            _ => "",
        };
        match written.replace('_', "").parse::<Amount>() {
            Ok(amount) if !amount.is_negative() => Some(amount),
            Ok(_) => {
                document.report(span(expression), format!("`{name}` of {} must not be negative", self.title), None);
                None
            }
            Err(error) => {
                let hint = Some("write a plain number, such as 12000 or 99.50".to_owned());
                let said = if written.is_empty() { "it is not a plain number".to_owned() } else { error.to_string() };
                document.report(
                    span(expression),
                    format!("`{name}` of {} must be an amount: {said}", self.title),
                    hint,
                );
                None
            }
        }
    }

    /// A whole number within a range, if it is there.
    pub(crate) fn whole(
        &mut self,
        name: &'static str,
        range: std::ops::RangeInclusive<u64>,
        document: &mut Document<'_>,
    ) -> Option<u64> {
        let expression = self.expression(name)?;
        let number = expression.as_number().and_then(hcl_edit::Number::as_u64);
        match number.filter(|n| range.contains(n)) {
            Some(n) => Some(n),
            None => {
                let (low, high) = (range.start(), range.end());
                document.report(
                    span(expression),
                    format!("`{name}` of {} must be a whole number from {low} to {high}", self.title),
                    None,
                );
                None
            }
        }
    }

    /// A currency code, if it is there.
    pub(crate) fn currency(&mut self, name: &'static str, document: &mut Document<'_>) -> Option<Currency> {
        let (text, at) = self.text(name, document)?;
        match text.parse::<Currency>() {
            Ok(currency) if currency.is_known() => Some(currency),
            _ => {
                let hint = Some("three capital letters, such as USD or EUR".to_owned());
                document.report(at, format!("`{text}` is not an ISO 4217 currency code"), hint);
                None
            }
        }
    }

    /// One of some words, if it is there.
    pub(crate) fn word<T: Copy>(
        &mut self,
        name: &'static str,
        words: &[(&str, T)],
        document: &mut Document<'_>,
    ) -> Option<T> {
        let (text, at) = self.text(name, document)?;
        let found = words.iter().find(|(w, _)| *w == text).map(|(_, t)| *t);
        if found.is_none() {
            let hint = suggest(text, words.iter().map(|(w, _)| *w));
            document.report(at, format!("`{name}` of {} cannot be `{text}`", self.title), hint);
        }
        found
    }

    /// A list of whole percentages, rising, if it is there.
    pub(crate) fn percentages(&mut self, name: &'static str, document: &mut Document<'_>) -> Option<Vec<u32>> {
        let expression = self.expression(name)?;
        let read = |e: &Expression| {
            e.as_number()
                .and_then(hcl_edit::Number::as_u64)
                .and_then(|n| u32::try_from(n).ok())
                .filter(|n| (1..=1000).contains(n))
        };
        let list = expression.as_array().map(|a| a.iter().map(read).collect::<Option<Vec<u32>>>());
        match list {
            Some(Some(mut list)) => {
                list.sort_unstable();
                list.dedup();
                Some(list)
            }
            _ => {
                let hint = Some("a list such as [50, 80, 100]".to_owned());
                document.report(
                    span(expression),
                    format!("`{name}` of {} must be whole percentages from 1 to 1000", self.title),
                    hint,
                );
                None
            }
        }
    }

    /// Where an attribute is.
    pub(crate) fn place(&self, name: &str) -> Option<Range<usize>> {
        self.attributes.get(name).map(|(e, _)| span(*e))
    }

    /// The blocks inside of one kind, without labels; at most one is kept.
    pub(crate) fn child(&mut self, name: &'static str, document: &mut Document<'_>) -> Option<Block<'b>> {
        self.asked.push(name);
        let (mut found, others): (Vec<_>, Vec<_>) = self.blocks.drain(..).partition(|b| b.ident.as_str() == name);
        self.blocks = others;
        for extra in found.drain(1.min(found.len())..) {
            document.report(
                span(&extra.ident),
                format!("{} has two `{name}` blocks", self.title),
                Some("keep one".to_owned()),
            );
        }
        found.pop().map(|b| Block::read(format!("`{name}` of {}", self.title), span(&b.ident), &b.body, document))
    }

    /// Refuses whatever was not asked for.
    pub(crate) fn finish(self, document: &mut Document<'_>) {
        let strangers = self
            .attributes
            .iter()
            .map(|(key, (_, at))| (*key, at.clone()))
            .chain(self.blocks.iter().map(|b| (b.ident.as_str(), b.ident.span().unwrap_or(0..0))))
            .filter(|(key, _)| !self.asked.contains(key));
        for (key, at) in strangers {
            document.report(
                at,
                format!("{} does not know `{key}`", self.title),
                suggest(key, self.asked.iter().copied()),
            );
        }
    }
}
