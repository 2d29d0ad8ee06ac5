//! One block of the file: its attributes by name, each read once, the rest refused.
//!
//! Reading an attribute declares the setting: [`Block::finish`] hands every name that was read to the document, with its value and
//! its place, and so `tollgate config show` lists it.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block as HclBlock, Body, Structure};
use tollgate_model::time_span::{format_time_span, parse_seconds};
use tollgate_model::{Amount, Currency, Day};

use crate::diagnostic::suggest;
use crate::document::{Document, span};

/// A block whose attributes are being read.
pub(crate) struct Block<'b> {
    /// `budget "platform"`, for messages.
    pub(crate) title: String,
    pub(crate) at: Range<usize>,
    /// `budget.platform`, for the names of settings.
    path: String,
    /// The position of the block in the list of settings.
    position: usize,
    attributes: BTreeMap<&'b str, (&'b Expression, Range<usize>)>,
    blocks: Vec<&'b HclBlock>,
    /// The attributes that were read, in order.
    read: Vec<ReadAttribute<'b>>,
    /// The kinds of blocks inside that were read.
    kinds: Vec<&'b str>,
}

/// An attribute that was read.
struct ReadAttribute<'b> {
    name: &'b str,
    expression: Option<&'b Expression>,
    /// The value when the file does not set it, as the file would write it.
    default: String,
}

/// The value shown for a setting without value and default.
const UNSET: &str = "null";

impl<'b> Block<'b> {
    pub(crate) fn new(
        title: String,
        path: String,
        at: Range<usize>,
        body: &'b Body,
        document: &mut Document<'_>,
    ) -> Self {
        let mut out = Self::absent(title, path, document);
        out.at = at;
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => {
                    let key: &str = attribute.key.as_str();
                    let place = span(&attribute.key);
                    if out.attributes.insert(key, (&attribute.value, place.clone())).is_some() {
                        let message = format!("{} sets `{key}` twice", out.title);
                        document.report(place, message, Some("keep one".to_owned()));
                    }
                }
                Structure::Block(block) => out.blocks.push(block),
            }
        }
        out
    }

    /// A block that the file does not have. Reading it yields the defaults, and lists them.
    pub(crate) fn absent(title: String, path: String, document: &mut Document<'_>) -> Self {
        Self {
            title,
            at: 0..0,
            path,
            position: document.next_position(),
            attributes: BTreeMap::new(),
            blocks: Vec::new(),
            read: Vec::new(),
            kinds: Vec::new(),
        }
    }

    /// Reads an attribute's expression, if it is set.
    pub(crate) fn expression(&mut self, name: &'static str) -> Option<&'b Expression> {
        let expression = self.attributes.get(name).map(|(e, _)| *e);
        if !self.read.iter().any(|r| r.name == name) {
            self.read.push(ReadAttribute { name, expression, default: UNSET.to_owned() });
        }
        expression
    }

    /// Records the default of an attribute that was just read, as the file would write it.
    pub(crate) fn set_default(&mut self, name: &'static str, default: String) {
        if let Some(read) = self.read.iter_mut().find(|r| r.name == name) {
            read.default = default;
        }
    }

    /// Reads text.
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

    /// Reads a path below the folder of the policy file.
    pub(crate) fn path(&mut self, name: &'static str, document: &mut Document<'_>) -> Option<String> {
        let (text, at) = self.text(name, document)?;
        if text.starts_with('/') || text.split('/').any(|part| part == "..") {
            let hint = Some("write a path below the policy file".to_owned());
            document.report(at, format!("`{name}` leads out of the folder of the policy file"), hint);
        }
        Some(text.to_owned())
    }

    /// Reads an exact amount of zero or more: a number, or text for more digits than a number keeps.
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
                let why = if written.is_empty() { "it is not a plain number".to_owned() } else { error.to_string() };
                document.report(span(expression), format!("`{name}` of {} must be an amount: {why}", self.title), hint);
                None
            }
        }
    }

    /// Reads a whole number within a range.
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

    /// Reads a currency code.
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

    /// Reads one of the given words.
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

    /// Reads a list of whole percentages; returns them sorted, each once.
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

    /// Reads a day.
    pub(crate) fn day(&mut self, name: &'static str, document: &mut Document<'_>) -> Option<Day> {
        let (text, at) = self.text(name, document)?;
        match text.parse::<Day>() {
            Ok(day) => Some(day),
            Err(error) => {
                let hint = Some("write \"2027-01-31\"".to_owned());
                document.report(at, format!("`{name}` of {} is not a day: {error}", self.title), hint);
                None
            }
        }
    }

    /// Reads true or false.
    pub(crate) fn flag(&mut self, name: &'static str, document: &mut Document<'_>) -> Option<bool> {
        let expression = self.expression(name);
        self.set_default(name, "false".to_owned());
        let expression = expression?;
        if expression.as_bool().is_none() {
            document.report(span(expression), format!("`{name}` of {} must be true or false", self.title), None);
        }
        expression.as_bool()
    }

    /// Reads texts, each with its place: a list, or one text for a list of one. Empty when it is not set.
    pub(crate) fn texts(&mut self, name: &'static str, document: &mut Document<'_>) -> Vec<(String, Range<usize>)> {
        let expression = self.expression(name);
        self.set_default(name, "[]".to_owned());
        let Some(expression) = expression else { return Vec::new() };
        match read_texts(expression) {
            Some(list) => list,
            None => {
                let message = format!("`{name}` of {} must be text or a list of texts", self.title);
                document.report(span(expression), message, None);
                Vec::new()
            }
        }
    }

    /// Reads some of the given words: a list, or one.
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

    /// Reads a time span from one minute to 90 days, such as `"30m"`, in seconds.
    pub(crate) fn time_span(&mut self, name: &'static str, document: &mut Document<'_>) -> Option<u32> {
        let (text, at) = self.text(name, document)?;
        let seconds = parse_seconds(text).and_then(|s| u32::try_from(s).ok());
        let found = seconds.filter(|s| (60..=90 * 86_400).contains(s));
        if found.is_none() {
            let hint = Some("write \"30m\", \"4h\" or \"2d\", at most 90 days".to_owned());
            document.report(at, format!("`{name}` of {} is not a time span", self.title), hint);
        }
        found
    }

    /// Reads a time of day, such as `"07:30"`, in minutes since midnight.
    pub(crate) fn time_of_day(&mut self, name: &'static str, document: &mut Document<'_>) -> Option<u16> {
        let (text, at) = self.text(name, document)?;
        let found = text.split_once(':').and_then(|(h, m)| {
            let two = |t: &str| (t.len() == 2).then(|| t.parse::<u16>().ok()).flatten();
            let (h, m) = (two(h)?, two(m)?);
            (h < 24 && m < 60).then_some(h * 60 + m)
        });
        if found.is_none() {
            let hint = Some("write \"07:30\"".to_owned());
            document.report(at, format!("`{name}` of {} is not a time of day", self.title), hint);
        }
        found
    }

    /// Reads text, or a default.
    pub(crate) fn text_or(&mut self, name: &'static str, default: &str, document: &mut Document<'_>) -> String {
        let read = self.text(name, document).map(|(text, _)| text.to_owned());
        self.set_default(name, quoted(default));
        read.unwrap_or_else(|| default.to_owned())
    }

    /// Reads a path below the folder of the policy file, or a default.
    pub(crate) fn path_or(&mut self, name: &'static str, default: String, document: &mut Document<'_>) -> String {
        let read = self.path(name, document);
        self.set_default(name, quoted(&default));
        read.unwrap_or(default)
    }

    /// Reads an amount, or a default.
    pub(crate) fn amount_or(&mut self, name: &'static str, default: Amount, document: &mut Document<'_>) -> Amount {
        let read = self.amount(name, document);
        self.set_default(name, default.to_string());
        read.unwrap_or(default)
    }

    /// Reads a whole number within a range, or a default.
    pub(crate) fn whole_or<T: TryFrom<u64> + Display>(
        &mut self,
        name: &'static str,
        range: std::ops::RangeInclusive<u64>,
        default: T,
        document: &mut Document<'_>,
    ) -> T {
        let read = self.whole(name, range, document).and_then(|n| T::try_from(n).ok());
        self.set_default(name, default.to_string());
        read.unwrap_or(default)
    }

    /// Reads one of the given words, or a default.
    pub(crate) fn word_or<T: Copy + PartialEq>(
        &mut self,
        name: &'static str,
        words: &[(&str, T)],
        default: T,
        document: &mut Document<'_>,
    ) -> T {
        let read = self.word(name, words, document);
        let word = words.iter().find(|(_, t)| *t == default).map_or("", |(word, _)| *word);
        self.set_default(name, quoted(word));
        read.unwrap_or(default)
    }

    /// Reads true or false, or a default.
    pub(crate) fn flag_or(&mut self, name: &'static str, default: bool, document: &mut Document<'_>) -> bool {
        let read = self.flag(name, document);
        self.set_default(name, default.to_string());
        read.unwrap_or(default)
    }

    /// Reads a time span in seconds, or a default.
    pub(crate) fn time_span_or(&mut self, name: &'static str, default: u32, document: &mut Document<'_>) -> u32 {
        let read = self.time_span(name, document);
        self.set_default(name, quoted(&format_time_span(u64::from(default))));
        read.unwrap_or(default)
    }

    /// Reads percentages, or a default.
    pub(crate) fn percentages_or(
        &mut self,
        name: &'static str,
        default: &[u32],
        document: &mut Document<'_>,
    ) -> Vec<u32> {
        let read = self.percentages(name, document);
        self.set_default(name, format!("{default:?}"));
        read.unwrap_or_else(|| default.to_vec())
    }

    /// Reads a list of texts, or a default. An empty list overrides the default.
    pub(crate) fn texts_or(
        &mut self,
        name: &'static str,
        default: Vec<String>,
        document: &mut Document<'_>,
    ) -> Vec<String> {
        let read = self.list(name, document);
        self.set_default(name, format!("{default:?}"));
        if self.place(name).is_some() { read } else { default }
    }

    /// Reads a list of texts without their places; empty when it is not set.
    pub(crate) fn list(&mut self, name: &'static str, document: &mut Document<'_>) -> Vec<String> {
        self.texts(name, document).into_iter().map(|(text, _)| text).collect()
    }

    /// Reports an attribute that is not set. `example` is what to add.
    pub(crate) fn missing(&self, name: &str, example: &str, document: &mut Document<'_>) {
        if self.place(name).is_none() {
            let hint = Some(format!("add {example}"));
            document.report(self.at.clone(), format!("{} has no {name}", self.title), hint);
        }
    }

    /// Returns where an attribute is set.
    pub(crate) fn place(&self, name: &str) -> Option<Range<usize>> {
        self.attributes.get(name).map(|(e, _)| span(*e))
    }

    /// Returns whether the file has the block.
    pub(crate) fn is_present(&self) -> bool {
        !self.at.is_empty()
    }

    /// Returns the block inside of one kind; of several, the first.
    pub(crate) fn child(&mut self, name: &'static str, document: &mut Document<'_>) -> Option<Block<'b>> {
        let mut found = self.children(name, document).into_iter();
        let first = found.next();
        let line = first.as_ref().map(|block| document.place(&block.at).0);
        for extra in found {
            let hint = line.map(|line| format!("put its settings into the block in line {line}"));
            document.report(extra.at, format!("{} has two `{name}` blocks", self.title), hint);
        }
        if first.is_none() {
            document.list_setting(self.position, format!("{}.{name}", self.path), UNSET.to_owned(), None);
        }
        first
    }

    /// Returns the block inside of one kind, or one without attributes that yields the defaults.
    pub(crate) fn child_or_absent(&mut self, name: &'static str, document: &mut Document<'_>) -> Block<'b> {
        let mut found = self.children(name, document).into_iter();
        let first = found.next();
        let line = first.as_ref().map(|block| document.place(&block.at).0);
        for extra in found {
            let hint = line.map(|line| format!("put its settings into the block in line {line}"));
            document.report(extra.at, format!("{} has two `{name}` blocks", self.title), hint);
        }
        first.unwrap_or_else(|| {
            let title = format!("`{name}` of {}", self.title);
            Block::absent(title, format!("{}.{name}", self.path), document)
        })
    }

    fn take_blocks(&mut self, name: &'static str) -> Vec<&'b HclBlock> {
        self.kinds.push(name);
        let (found, rest): (Vec<_>, Vec<_>) = self.blocks.drain(..).partition(|b| b.ident.as_str() == name);
        self.blocks = rest;
        found
    }

    /// Returns the blocks inside of one kind, without labels. The settings of the second one are named `escalation.2`.
    pub(crate) fn children(&mut self, name: &'static str, document: &mut Document<'_>) -> Vec<Block<'b>> {
        let title = format!("`{name}` of {}", self.title);
        let path = |n: usize| {
            if n == 0 { format!("{}.{name}", self.path) } else { format!("{}.{name}.{}", self.path, n + 1) }
        };
        let paths: Vec<String> = (0..self.blocks.len()).map(path).collect();
        let found = self.take_blocks(name);
        let read = found.into_iter().zip(paths);
        read.map(|(b, path)| Block::new(title.clone(), path, span(&b.ident), &b.body, document)).collect()
    }

    /// Returns the blocks inside of one kind, each with the one label that names it.
    pub(crate) fn named_children(
        &mut self,
        name: &'static str,
        document: &mut Document<'_>,
    ) -> Vec<(String, Block<'b>)> {
        let mut out = Vec::new();
        for block in self.take_blocks(name) {
            let at = span(&block.ident);
            let [label] = block.labels.as_slice() else {
                let hint = Some(format!("write {name} \"team\" {{ … }}"));
                document.report(at, format!("`{name}` of {} needs one name", self.title), hint);
                continue;
            };
            let title = format!("`{name} \"{}\"` of {}", label.as_str(), self.title);
            let path = format!("{}.{name}.{}", self.path, label.as_str());
            out.push((label.as_str().to_owned(), Block::new(title, path, at, &block.body, document)));
        }
        out
    }

    /// Reads the attributes that were not read yet, for blocks whose attribute names are the user's own.
    pub(crate) fn others(&mut self) -> Vec<(&'b str, &'b Expression, Range<usize>)> {
        let read = &self.read;
        let unread = self.attributes.iter().filter(|(key, _)| !read.iter().any(|r| r.name == **key));
        let out: Vec<_> = unread.map(|(key, (expression, at))| (*key, *expression, at.clone())).collect();
        self.read.extend(out.iter().map(|(name, expression, _)| ReadAttribute {
            name,
            expression: Some(*expression),
            default: String::new(),
        }));
        out
    }

    /// Lists the settings that were read, and refuses everything else.
    pub(crate) fn finish(self, document: &mut Document<'_>) {
        for read in &self.read {
            let (value, at) = match read.expression {
                Some(expression) => (document.one_line(expression), Some(span(expression))),
                None => (read.default.clone(), None),
            };
            document.list_setting(self.position, format!("{}.{}", self.path, read.name), value, at);
        }
        let is_attribute = |key: &str| self.read.iter().any(|r| r.name == key);
        let is_block = |key: &str| self.kinds.contains(&key);
        let known = || self.read.iter().map(|r| r.name).chain(self.kinds.iter().copied());
        let unknown = |key: &str| (format!("{} does not know `{key}`", self.title), suggest(key, known()));
        for (key, (_, at)) in self.attributes.iter().filter(|(key, _)| !is_attribute(key)) {
            let (message, hint) = if is_block(key) {
                (format!("{}: `{key}` is a block", self.title), Some(format!("write `{key} {{ … }}`")))
            } else {
                unknown(key)
            };
            document.report(at.clone(), message, hint);
        }
        for block in self.blocks.iter().filter(|b| !is_block(b.ident.as_str())) {
            let key = block.ident.as_str();
            let (message, hint) = if is_attribute(key) {
                (format!("{}: `{key}` is no block", self.title), Some(format!("write `{key} = …`")))
            } else {
                unknown(key)
            };
            document.report(block.ident.span().unwrap_or(0..0), message, hint);
        }
    }
}

/// Text as the file would write it.
fn quoted(text: &str) -> String {
    format!("{text:?}")
}

/// Reads texts with their places: a list of them, or one.
pub(crate) fn read_texts(expression: &Expression) -> Option<Vec<(String, Range<usize>)>> {
    let one = |e: &Expression| e.as_str().map(|text| (text.to_owned(), span(e)));
    match expression {
        Expression::Array(list) => list.iter().map(one).collect(),
        other => one(other).map(|text| vec![text]),
    }
}
