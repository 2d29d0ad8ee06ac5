//! A parsed file and the places in it.

use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::structure::Body;
use tollgate_expression::Refused;

use crate::{Diagnostic, PolicyError};

/// The largest file that is read.
const LIMIT: usize = 1 << 20;

/// A parsed file that collects what is wrong with it.
pub(crate) struct Document<'a> {
    file: &'a str,
    text: &'a str,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Document<'a> {
    pub(crate) fn parse(file: &'a str, text: &'a str) -> Result<(Self, Body), PolicyError> {
        let mut document = Self { file, text, diagnostics: Vec::new() };
        match tollgate_expression::parse(text, LIMIT) {
            Ok(body) => Ok((document, body)),
            Err(Refused { line, column, message, hint }) => {
                document.diagnostics.push(Diagnostic { line, column, message, hint });
                Err(document.error())
            }
        }
    }

    /// Notes something wrong at a place.
    pub(crate) fn report(&mut self, at: Range<usize>, message: impl Into<String>, hint: Option<String>) {
        let (line, column) = self.place(&at);
        self.diagnostics.push(Diagnostic { line, column, message: message.into(), hint });
    }

    /// Line and column of a place, from 1.
    pub(crate) fn place(&self, at: &Range<usize>) -> (usize, usize) {
        let before = self.text.get(..at.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }

    /// The source text of a node, as it was written.
    pub(crate) fn source(&self, node: &impl Span) -> &'a str {
        node.span().and_then(|span| self.text.get(span)).unwrap_or_default().trim()
    }

    /// Whether anything is wrong so far; if so, all of it.
    pub(crate) fn finish(self) -> Result<(), PolicyError> {
        if self.diagnostics.is_empty() { Ok(()) } else { Err(self.error()) }
    }

    fn error(mut self) -> PolicyError {
        self.diagnostics.sort_by_key(|d| (d.line, d.column));
        PolicyError { file: self.file.to_owned(), diagnostics: self.diagnostics }
    }
}

/// Where a node is, or the start of the file.
pub(crate) fn span(node: &impl Span) -> Range<usize> {
    node.span().unwrap_or(0..0)
}
