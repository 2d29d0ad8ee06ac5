//! Export: charges as FOCUS 1.2, row by row.

use std::io::Write;

use arrow::array::Array;
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use futures::TryStreamExt;
use tollgate_model::csv::{push_line, push_safe_line};
use tollgate_model::{Column, Revision};

use crate::sql::explain;
use crate::{Lake, LakeError};

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
        let mut stream = self.stream(current, "select * from charges", false).await?;
        let schema = stream.schema();
        let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
        debug_assert!(names.len() >= Column::COUNT);
        let mut line = String::new();
        push(&mut line, &mut names.iter().map(|n| Some(*n)));
        out.write_all(line.as_bytes()).map_err(LakeError::Output)?;
        let options =
            FormatOptions::new().with_display_error(true).with_timestamp_tz_format(Some("%Y-%m-%dT%H:%M:%SZ"));
        let mut rows = 0;
        while let Some(batch) = stream.try_next().await.map_err(explain)? {
            let formatters = batch
                .columns()
                .iter()
                .map(|c| ArrayFormatter::try_new(c.as_ref(), &options))
                .collect::<Result<Vec<_>, _>>()?;
            let mut text = String::new();
            for row in 0..batch.num_rows() {
                let cells: Vec<Option<String>> = batch
                    .columns()
                    .iter()
                    .zip(&formatters)
                    .map(|(column, formatter)| {
                        (!column.is_null(row)).then(|| {
                            let text = formatter.value(row).to_string();
                            match column.data_type() {
                                DataType::Decimal128(..) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
                                _ => text,
                            }
                        })
                    })
                    .collect();
                push(&mut text, &mut cells.iter().map(Option::as_deref));
            }
            out.write_all(text.as_bytes()).map_err(LakeError::Output)?;
            rows += batch.num_rows() as u64;
        }
        Ok(rows)
    }
}
