//! One statement as a document of its own, with the month and the rules that it belongs to.

use serde::Serialize;
use tollgate_model::BillingPeriod;
use tollgate_model::allocation::AllocationState;
use tollgate_policy::nearest;

use super::{Statement, StatementSet};
use crate::PipelineError;

/// A statement as a document of its own.
#[derive(Clone, Debug, Serialize)]
pub struct StatementDocument<'s> {
    dimension: &'s str,
    period: BillingPeriod,
    state: AllocationState,
    rules: &'s str,
    hash: Option<&'s str>,
    #[serde(flatten)]
    statement: &'s Statement,
}

impl<'s> StatementDocument<'s> {
    /// The document of a statement of a set.
    pub fn new(set: &'s StatementSet, statement: &'s Statement) -> Self {
        Self {
            dimension: &set.dimension,
            period: set.period,
            state: set.state,
            rules: &set.rules,
            hash: set.hash.as_deref(),
            statement,
        }
    }
}

impl StatementSet {
    /// The statement of a value.
    ///
    /// # Errors
    ///
    /// When no cost of the month belongs to the value; the error names the nearest one.
    pub fn statement(&self, value: &str) -> Result<&Statement, PipelineError> {
        if let Some(found) = self.statements.iter().find(|s| s.value == value) {
            return Ok(found);
        }
        let known = || self.statements.iter().map(|s| s.value.as_str());
        let hint = match nearest(value, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("{} has {}", self.period, known().collect::<Vec<_>>().join(", ")),
        };
        let (period, dimension) = (self.period, &self.dimension);
        Err(PipelineError::NotFound(format!("no cost of {period} belongs to {dimension} `{value}`\nhint: {hint}")))
    }
}
