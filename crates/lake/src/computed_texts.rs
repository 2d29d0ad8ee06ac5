//! Computed columns added to batches that are read without SQL: each combination of values is computed once.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};

use crate::cell_text::cell_text;
use crate::{ChargeColumn, LakeError};

/// Combinations of values whose results are kept by a column; others are computed again.
const KEPT: usize = 200_000;

/// The values of a row's sources, and of the computed column.
type Known = HashMap<Vec<Option<String>>, Option<String>>;

/// Computed columns with the results that are known.
pub(crate) struct ComputedTexts<'c> {
    columns: Vec<(&'c dyn ChargeColumn, Known)>,
}

impl<'c> ComputedTexts<'c> {
    pub(crate) fn new(columns: &'c [Arc<dyn ChargeColumn>]) -> Self {
        Self { columns: columns.iter().map(|column| (&**column, Known::new())).collect() }
    }

    /// The batch with the computed columns behind its own. They hide columns with the same name.
    pub(crate) fn add_to(&mut self, batch: RecordBatch) -> Result<RecordBatch, LakeError> {
        if self.columns.is_empty() {
            return Ok(batch);
        }
        let mut computed: Vec<(Arc<Field>, ArrayRef)> = Vec::with_capacity(self.columns.len());
        for (column, known) in &mut self.columns {
            let field = Arc::new(Field::new(column.name(), DataType::Utf8, true));
            computed.push((field, Arc::new(texts(&batch, *column, known))));
        }
        let schema = batch.schema();
        let own = schema.fields().iter().zip(batch.columns());
        let own = own.filter(|(field, _)| computed.iter().all(|(computed, _)| computed.name() != field.name()));
        let own: Vec<(Arc<Field>, ArrayRef)> =
            own.map(|(field, array)| (Arc::clone(field), Arc::clone(array))).collect();
        let (fields, arrays): (Vec<_>, Vec<_>) = own.into_iter().chain(computed).unzip();
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
    }
}

fn texts(batch: &RecordBatch, column: &dyn ChargeColumn, known: &mut Known) -> StringArray {
    // A column that the file lacks is unknown.
    let sources: Vec<Option<&ArrayRef>> = column.sources().iter().map(|name| batch.column_by_name(name)).collect();
    let mut out: Vec<Option<String>> = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        let values: Vec<Option<String>> =
            sources.iter().map(|array| array.and_then(|array| cell_text(array, row))).collect();
        if let Some(result) = known.get(&values) {
            out.push(result.clone());
            continue;
        }
        let cells: Vec<Option<&str>> = values.iter().map(Option::as_deref).collect();
        let result = column.value(&cells);
        out.push(result.clone());
        if known.len() < KEPT {
            known.insert(values, result);
        }
    }
    StringArray::from(out)
}
