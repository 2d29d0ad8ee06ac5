//! Values that a filter names and no charge has: an error that names the nearest value, so that a typing error is no zero.

use std::collections::BTreeSet;

use tollgate_model::query::{CostField, CostFilter, suggest};
use tollgate_model::series::Facet;

use super::cells::Cells;
use super::plan::{CostPlan, value_in_series};
use crate::{Context, PipelineError};

impl CostPlan {
    /// Verifies that the charges that the person may see have each value that a filter names. Values of tags and columns are looked up
    /// in the lake only where the answer is empty, because that reads all charges.
    ///
    /// # Errors
    ///
    /// When one has no charge; the error names the nearest value.
    pub(super) async fn check_values(&self, context: &Context, cells: &Cells) -> Result<(), PipelineError> {
        for filter in self.query.filters.iter().filter(|filter| filter.exact_values().next().is_some()) {
            let known = match &filter.field {
                CostField::Facet(_) | CostField::Dimension(_) => self.values_in_series(&filter.field),
                CostField::Kind => continue,
                CostField::Tag(_) | CostField::Column(_) if !cells.is_empty() => continue,
                CostField::Tag(_) | CostField::Column(_) => self.values_in_charges(context, &filter.field).await?,
            };
            self.check_filter(filter, &known)?;
        }
        Ok(())
    }

    fn check_filter(&self, filter: &CostFilter, known: &BTreeSet<String>) -> Result<(), PipelineError> {
        let Some(unknown) = filter.exact_values().find(|value| !known.contains(*value)) else { return Ok(()) };
        let label = filter.field.label();
        let shown: String = unknown.chars().take(60).collect();
        let hint = match known.is_empty() {
            true => format!("no charge has a {label}"),
            false => suggest(unknown, known.iter().map(String::as_str)),
        };
        Err(PipelineError::Refused(format!("no charge has the {label} `{shown}`\nhint: {hint}")))
    }

    /// The values that series have, with the names of accounts.
    fn values_in_series(&self, field: &CostField) -> BTreeSet<String> {
        let mut out = BTreeSet::new();
        for key in self.sources.iter().flat_map(|source| &source.months).map(|month| &month.key) {
            let in_series = |f: &CostField| !matches!(f, CostField::Tag(_) | CostField::Column(_));
            let mut seen = self.row_filter.iter().filter(|filter| in_series(&filter.field));
            if !seen.all(|filter| self.keeps(filter, value_in_series(&filter.field, key))) {
                continue;
            }
            let Some(value) = value_in_series(field, key) else { continue };
            if *field == CostField::Facet(Facet::SubAccount)
                && let Some(name) = self.names.get(value)
            {
                out.insert(name.clone());
            }
            if !out.contains(value) {
                out.insert(value.to_owned());
            }
        }
        // Only the charges know tags and columns: a value that is not verified is not named to someone who may not see it.
        if self.row_filter.iter().any(|filter| matches!(filter.field, CostField::Tag(_) | CostField::Column(_))) {
            let named = self.query.filters.iter().filter(|filter| filter.field == *field);
            return named.flat_map(|filter| filter.exact_values().map(str::to_owned)).collect();
        }
        out
    }

    #[cfg(feature = "sql")]
    async fn values_in_charges(&self, context: &Context, field: &CostField) -> Result<BTreeSet<String>, PipelineError> {
        super::charges::values(context, self, field).await
    }

    #[cfg(not(feature = "sql"))]
    async fn values_in_charges(&self, context: &Context, field: &CostField) -> Result<BTreeSet<String>, PipelineError> {
        super::scanned::values(context, self, field).await
    }
}
