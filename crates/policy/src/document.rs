//! A parsed file, the places in it, and the settings that were read from it.

use std::ops::Range;

use hcl::format::{Format, Formatter};
use hcl_edit::Span;
use hcl_edit::expr::Expression;
use hcl_edit::structure::Body;
use tollgate_expression::ParseError;

use crate::{Diagnostic, PolicyError, PolicySetting, SettingOrigin};

/// The largest file that is read, in bytes.
const LIMIT: usize = 1 << 20;

/// A parsed file. Collects the errors in it and the settings of its blocks.
pub(crate) struct Document<'a> {
    file: &'a str,
    text: &'a str,
    diagnostics: Vec<Diagnostic>,
    /// Settings, each with the position of its block.
    settings: Vec<(usize, PolicySetting)>,
    /// The number of blocks that were read.
    positions: usize,
}

impl<'a> Document<'a> {
    pub(crate) fn parse(file: &'a str, text: &'a str) -> Result<(Self, Body), PolicyError> {
        let mut document = Self { file, text, diagnostics: Vec::new(), settings: Vec::new(), positions: 0 };
        match tollgate_expression::parse(text, LIMIT) {
            Ok(body) => Ok((document, body)),
            Err(ParseError { line, column, message, hint }) => {
                document.diagnostics.push(Diagnostic { line, column, message, hint });
                Err(document.error())
            }
        }
    }

    /// Adds an error at a place.
    pub(crate) fn report(&mut self, at: Range<usize>, message: impl Into<String>, hint: Option<String>) {
        let (line, column) = self.place(&at);
        self.diagnostics.push(Diagnostic { line, column, message: message.into(), hint });
    }

    /// Returns the line and column of a place, from 1.
    pub(crate) fn place(&self, at: &Range<usize>) -> (usize, usize) {
        let before = self.text.get(..at.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }

    /// Returns the source text of a node, as it was written.
    pub(crate) fn source(&self, node: &impl Span) -> &'a str {
        node.span().and_then(|span| self.text.get(span)).unwrap_or_default().trim()
    }

    /// Returns an expression on one line: as it was written, or formatted anew when it spans several lines.
    pub(crate) fn one_line(&self, expression: &Expression) -> String {
        let source = self.source(expression);
        if !source.contains('\n') {
            return source.to_owned();
        }
        // Comments between the lines are not part of the value.
        let mut formatter = Formatter::builder().compact(true).build_vec();
        let formatted = hcl::Expression::from(expression.clone()).format_string(&mut formatter);
        let text = formatted.unwrap_or_else(|_| source.to_owned());
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Returns the position of the next block in the list of settings. A block stands before the blocks inside it.
    pub(crate) fn next_position(&mut self) -> usize {
        self.positions += 1;
        self.positions
    }

    /// Adds a setting of the block at a position. `at` is where the file sets it.
    pub(crate) fn list_setting(&mut self, position: usize, name: String, value: String, at: Option<Range<usize>>) {
        let origin = at.map_or(SettingOrigin::Default, |at| {
            let (line, column) = self.place(&at);
            SettingOrigin::File(format!("{}:{line}:{column}", self.file))
        });
        self.settings.push((position, PolicySetting { name, value, origin }));
    }

    /// Replaces the value of a setting by the one that is in effect.
    pub(crate) fn replace_value(&mut self, name: &str, value: String) {
        if let Some((_, setting)) = self.settings.iter_mut().find(|(_, setting)| setting.name == name) {
            setting.value = value;
        }
    }

    /// Returns the settings of the blocks that were read, in the order in which they were read.
    pub(crate) fn settings(&mut self) -> Vec<PolicySetting> {
        let mut settings = std::mem::take(&mut self.settings);
        settings.sort_by_key(|(position, _)| *position);
        settings.into_iter().map(|(_, setting)| setting).collect()
    }

    /// Returns all errors, if there are any.
    pub(crate) fn finish(self) -> Result<(), PolicyError> {
        if self.diagnostics.is_empty() { Ok(()) } else { Err(self.error()) }
    }

    fn error(mut self) -> PolicyError {
        self.diagnostics.sort_by_key(|d| (d.line, d.column));
        PolicyError { file: self.file.to_owned(), diagnostics: self.diagnostics }
    }
}

/// Returns where a node is, or the start of the file.
pub(crate) fn span(node: &impl Span) -> Range<usize> {
    node.span().unwrap_or(0..0)
}
