//! Export: charges as FOCUS 1.2, row by row.

use std::io::Write;

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::DataType;
use tollgate_model::csv::{push_line, push_safe_line};
use tollgate_model::{Column, Revision};

use crate::scan::Reading;
use crate::{Lake, LakeError, part_path};

impl Lake {
    /// Writes the given files as FOCUS 1.2 CSV: its columns in order, then the providers' own. Returns the rows written.
    /// Unless `raw` is set, text that a spreadsheet would read as a formula is prefixed with `'`.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or `out` cannot be written.
    pub async fn export_focus(
        &self,
        current: &[(Revision, Vec<String>)],
        raw: bool,
        out: &mut (dyn Write + Send),
    ) -> Result<u64, LakeError> {
        let push = if raw { push_line } else { push_safe_line };
        let names = self.columns_of(current).await?;
        let mut header = String::new();
        push(&mut header, &mut names.iter().map(|n| Some(n.as_str())));
        out.write_all(header.as_bytes()).map_err(LakeError::Output)?;
        let mut rows = 0;
        for (revision, parts) in current {
            for part in parts {
                let reading = Reading { columns: None, days: None };
                let path = part_path(revision, part);
                self.read_part(&path, reading, |batch| {
                    rows += batch.num_rows() as u64;
                    write_rows(&batch, &names, push, out)
                })
                .await?;
            }
        }
        Ok(rows)
    }

    /// FOCUS's columns, then providers' own in the order in which the files have them.
    async fn columns_of(&self, current: &[(Revision, Vec<String>)]) -> Result<Vec<String>, LakeError> {
        let mut names: Vec<String> = Column::ALL.iter().map(|c| c.name().to_owned()).collect();
        for (revision, parts) in current {
            for part in parts {
                let schema = self.part_schema(&part_path(revision, part)).await?;
                for field in schema.fields() {
                    if !names.contains(field.name()) {
                        names.push(field.name().clone());
                    }
                }
            }
        }
        Ok(names)
    }
}

type PushLine = fn(&mut String, &mut dyn Iterator<Item = Option<&str>>);

/// Writes a batch; columns that its file lacks are empty.
fn write_rows(
    batch: &RecordBatch,
    names: &[String],
    push: PushLine,
    out: &mut (dyn Write + Send),
) -> Result<(), LakeError> {
    let options = FormatOptions::new().with_display_error(true).with_timestamp_tz_format(Some("%Y-%m-%dT%H:%M:%SZ"));
    let column = |name: &String| -> Result<Option<(&ArrayRef, ArrayFormatter<'_>)>, LakeError> {
        let Some(array) = batch.column_by_name(name) else { return Ok(None) };
        Ok(Some((array, ArrayFormatter::try_new(array.as_ref(), &options)?)))
    };
    let columns = names.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    let mut text = String::new();
    for row in 0..batch.num_rows() {
        let cells: Vec<Option<String>> =
            columns.iter().map(|c| c.as_ref().and_then(|(array, formatter)| cell(array, formatter, row))).collect();
        push(&mut text, &mut cells.iter().map(Option::as_deref));
    }
    out.write_all(text.as_bytes()).map_err(LakeError::Output)
}

fn cell(array: &ArrayRef, formatter: &ArrayFormatter<'_>, row: usize) -> Option<String> {
    array.is_valid(row).then(|| {
        let text = formatter.value(row).to_string();
        match array.data_type() {
            DataType::Decimal128(..) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
            _ => text,
        }
    })
}
