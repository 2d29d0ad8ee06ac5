//! Costs from the daily series of the ledger.

use tollgate_model::Basis;

use super::cells::{Cells, Group, Place};
use super::plan::{CostPlan, value_in_series};
use crate::PipelineError;

impl CostPlan {
    /// The cells of the query, summed from the series.
    pub(super) fn cells_of_series(&self) -> Result<Cells, PipelineError> {
        let basis = self.query.metric.basis().unwrap_or(Basis::Effective);
        let mut cells = Cells::default();
        for month in self.sources.iter().flat_map(|source| &source.months) {
            let key = &month.key;
            if !self.conditions().all(|filter| self.keeps(filter, value_in_series(&filter.field, key))) {
                continue;
            }
            let mut group = None;
            for window in self.windows() {
                for (day, cost) in month.days.range(window.days.start..window.days.end) {
                    let Some((bucket, rates_since)) = window.place(*day) else { continue };
                    let number = *group.get_or_insert_with(|| {
                        let value = |field| value_in_series(field, key).map(str::to_owned);
                        let values: Group = self.query.group_by.iter().map(value).collect();
                        cells.group(values, key.currency)
                    });
                    let place = Place { window: window.name, bucket, rates_since };
                    cells.add(number, place, cost.on(basis).units())?;
                }
            }
        }
        Ok(cells)
    }
}
