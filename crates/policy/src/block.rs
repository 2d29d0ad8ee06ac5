//! One block of the file: its attributes by name, each taken once, the rest refused.

use std::collections::BTreeMap;
use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block as HclBlock, Body, Structure};
use tollgate_model::{Amount, Currency, Day};

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

    /// A path below the folder of the policy file, if it is there.
    pub(crate) fn path(&mut self, name: &'static str, document: &mut Document<'_>) -> Option<String> {
        let (text, at) = self.text(name, document)?;
        if text.starts_with('/') || text.split('/').any(|part| part == "..") {
            let hint = Some("write a path below the policy file".to_owned());
            document.report(at, format!("`{name}` leads out of the folder of the policy file"), hint);
        }
        Some(text.to_owned())
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

    /// A day, if it is there.
    pub(crate) fn day(&mut self, name: &'static str, document: &mut Document<'_>) -> Option<Day> {
        let (text, at) = self.text(name, document)?;
        match text.parse::<Day>() {
            Ok(day) => Some(day),
            Err(error) => {
                let hint = Some("write \"2027-01-31\"".to_owned());
                document.report(at, format!("`{name}` of {} is no day: {error}", self.title), hint);
                None
            }
        }
    }

    /// True or false, if it is there.
    pub(crate) fn flag(&mut self, name: &'static str, document: &mut Document<'_>) -> Option<bool> {
        let expression = self.expression(name)?;
        if expression.as_bool().is_none() {
            document.report(span(expression), format!("`{name}` of {} must be true or false", self.title), None);
        }
        expression.as_bool()
    }

    /// Texts, each with its place: a list, or one text for a list of one. Empty when it isn't there.
    pub(crate) fn texts(&mut self, name: &'static str, document: &mut Document<'_>) -> Vec<(String, Range<usize>)> {
        let Some(expression) = self.expression(name) else { return Vec::new() };
        match texts(expression) {
            Some(list) => list,
            None => {
                let message = format!("`{name}` of {} must be text or a list of texts", self.title);
                document.report(span(expression), message, None);
                Vec::new()
            }
        }
    }

    /// Some of several words, if it is there: a list, or one.
    pub(crate) fn words<T: Copy>(
        &mut self,
        name: &'static str,
        words: &[(&str, T)],
        document: &mut Document<'_>,
    ) -> Vec<T> {
        let mut out = Vec::new();
        for (text, at) in self.texts(name, document) {
            match words.iter().find(|(w, _)| *w == text) {
                Some((_, value)) => out.push(*value),
                None => {
                    let hint = suggest(&text, words.iter().map(|(w, _)| *w));
                    document.report(at, format!("`{name}` of {} cannot be `{text}`", self.title), hint);
                }
            }
        }
        out
    }

    /// A time span of up to 90 days, if it is there: `"30m"`, `"4h"`, `"2d"`. In seconds.
    pub(crate) fn time_span(&mut self, name: &'static str, document: &mut Document<'_>) -> Option<u32> {
        let (text, at) = self.text(name, document)?;
        let found = text.char_indices().next_back().and_then(|(end, unit)| {
            let seconds = match unit {
                'm' => 60,
                'h' => 3600,
                'd' => 86_400,
                _ => return None,
            };
            let count: u32 = text[..end].parse().ok()?;
            count.checked_mul(seconds).filter(|s| (60..=90 * 86_400).contains(s))
        });
        if found.is_none() {
            let hint = Some("write \"30m\", \"4h\" or \"2d\", at most 90 days".to_owned());
            document.report(at, format!("`{name}` of {} is no time span", self.title), hint);
        }
        found
    }

    /// A time of day, if it is there: `"07:30"`. In minutes since midnight.
    pub(crate) fn time_of_day(&mut self, name: &'static str, document: &mut Document<'_>) -> Option<u16> {
        let (text, at) = self.text(name, document)?;
        let found = text.split_once(':').and_then(|(h, m)| {
            let two = |t: &str| (t.len() == 2).then(|| t.parse::<u16>().ok()).flatten();
            let (h, m) = (two(h)?, two(m)?);
            (h < 24 && m < 60).then_some(h * 60 + m)
        });
        if found.is_none() {
            let hint = Some("write \"07:30\"".to_owned());
            document.report(at, format!("`{name}` of {} is no time of day", self.title), hint);
        }
        found
    }

    /// Reports that an attribute is missing. `example` is what to add.
    pub(crate) fn missing(&self, name: &str, example: &str, document: &mut Document<'_>) {
        if self.place(name).is_none() {
            let hint = Some(format!("add {example}"));
            document.report(self.at.clone(), format!("{} has no {name}", self.title), hint);
        }
    }

    /// Where an attribute is.
    pub(crate) fn place(&self, name: &str) -> Option<Range<usize>> {
        self.attributes.get(name).map(|(e, _)| span(*e))
    }

    /// The block inside of one kind; of several, the first is kept.
    pub(crate) fn child(&mut self, name: &'static str, document: &mut Document<'_>) -> Option<Block<'b>> {
        let mut found = self.children(name, document);
        for extra in found.drain(1.min(found.len())..) {
            document.report(extra.at, format!("{} has two `{name}` blocks", self.title), Some("keep one".to_owned()));
        }
        found.pop()
    }

    /// The blocks inside of one kind, without labels.
    pub(crate) fn children(&mut self, name: &'static str, document: &mut Document<'_>) -> Vec<Block<'b>> {
        self.asked.push(name);
        let (found, others): (Vec<_>, Vec<_>) = self.blocks.drain(..).partition(|b| b.ident.as_str() == name);
        self.blocks = others;
        let title = format!("`{name}` of {}", self.title);
        found.into_iter().map(|b| Block::read(title.clone(), span(&b.ident), &b.body, document)).collect()
    }

    /// The blocks inside of one kind, each with the one label that names it.
    pub(crate) fn named_children(
        &mut self,
        name: &'static str,
        document: &mut Document<'_>,
    ) -> Vec<(String, Block<'b>)> {
        self.asked.push(name);
        let (found, others): (Vec<_>, Vec<_>) = self.blocks.drain(..).partition(|b| b.ident.as_str() == name);
        self.blocks = others;
        let mut out = Vec::new();
        for block in found {
            let at = span(&block.ident);
            let [label] = block.labels.as_slice() else {
                let hint = Some(format!("write {name} \"team\" {{ … }}"));
                document.report(at, format!("`{name}` of {} needs one name", self.title), hint);
                continue;
            };
            let title = format!("`{name} \"{}\"` of {}", label.as_str(), self.title);
            out.push((label.as_str().to_owned(), Block::read(title, at, &block.body, document)));
        }
        out
    }

    /// The attributes that nobody asked for yet, for blocks whose names are the user's own. They count as asked for.
    pub(crate) fn others(&mut self) -> Vec<(&'b str, &'b Expression, Range<usize>)> {
        let asked = &self.asked;
        let (mine, rest): (BTreeMap<_, _>, BTreeMap<_, _>) =
            std::mem::take(&mut self.attributes).into_iter().partition(|(key, _)| asked.contains(key));
        self.attributes = mine;
        rest.into_iter().map(|(key, (expression, at))| (key, expression, at)).collect()
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

/// Texts with their places: a list of them, or one.
pub(crate) fn texts(expression: &Expression) -> Option<Vec<(String, Range<usize>)>> {
    let one = |e: &Expression| e.as_str().map(|text| (text.to_owned(), span(e)));
    match expression {
        Expression::Array(list) => list.iter().map(one).collect(),
        other => one(other).map(|text| vec![text]),
    }
}
