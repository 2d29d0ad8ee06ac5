//! Export: charges as FOCUS 1.2, 1.3 or 1.4, row by row, as CSV or Parquet.

use std::io::Write;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, StringArray, new_null_array};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use tollgate_model::csv::{push_line, push_safe_line};
use tollgate_model::{Column, FocusVersion, LaterColumn, Revision};

use crate::cell_text::{cell_text, texts};
use crate::columns::scalar_type;
use crate::computed_texts::ComputedTexts;
use crate::scan::Reading;
use crate::write::properties;
use crate::{ChargeView, Lake, LakeError, part_path};

/// How an export is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExportForm {
    /// The version whose columns are written, before the providers' own.
    pub version: FocusVersion,
    /// The format of the file.
    pub file: ExportFile,
}

/// The format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFile {
    /// CSV. Unless it is `raw`, text that a spreadsheet would read as a formula is prefixed with `'`.
    Csv {
        /// Whether text is written exactly.
        raw: bool,
    },
    /// Parquet: decimals and instants are exact, and text is never a formula.
    Parquet,
}

impl Default for ExportFile {
    fn default() -> Self {
        Self::Csv { raw: false }
    }
}

/// A column of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ExportColumn {
    name: String,
    /// The columns of the lake's files that hold it; the first that has a value counts.
    from: Vec<String>,
}

impl Lake {
    /// Writes the files of a view as FOCUS: the version's columns in order of name, then the providers' own, then the computed ones, which
    /// hide columns of the files with the same name. Returns the rows written.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or `out` cannot be written.
    pub async fn export_focus(
        &self,
        view: ChargeView<'_>,
        form: ExportForm,
        out: &mut (dyn Write + Send),
    ) -> Result<u64, LakeError> {
        let mut own = self.own_columns(view.files).await?;
        let computed: Vec<&str> = view.columns.iter().map(|column| column.name()).collect();
        own.retain(|name| !computed.contains(&name.as_str()));
        own.extend(computed.into_iter().map(str::to_owned));
        let columns = columns_of(form.version, own);
        match form.file {
            ExportFile::Csv { raw } => self.export_csv(view, &columns, raw, out).await,
            ExportFile::Parquet => self.export_parquet(view, &columns, out).await,
        }
    }

    async fn export_csv(
        &self,
        view: ChargeView<'_>,
        columns: &[ExportColumn],
        raw: bool,
        out: &mut (dyn Write + Send),
    ) -> Result<u64, LakeError> {
        let push = if raw { push_line } else { push_safe_line };
        let mut header = String::new();
        push(&mut header, &mut columns.iter().map(|column| Some(column.name.as_str())));
        out.write_all(header.as_bytes()).map_err(LakeError::Output)?;
        self.each_batch(view, |batch| write_rows(&batch, columns, push, out)).await
    }

    async fn export_parquet(
        &self,
        view: ChargeView<'_>,
        columns: &[ExportColumn],
        out: &mut (dyn Write + Send),
    ) -> Result<u64, LakeError> {
        let schema = schema_of(columns);
        // Readers see plain strings, not our dictionaries.
        let options = ArrowWriterOptions::new().with_properties(properties()?).with_skip_arrow_metadata(true);
        let mut writer = ArrowWriter::try_new_with_options(out, Arc::clone(&schema), options)?;
        let write = |batch: RecordBatch| {
            let arrays = columns.iter().zip(schema.fields()).map(|(column, field)| array_of(&batch, column, field));
            let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
            Ok(writer.write(&RecordBatch::try_new(Arc::clone(&schema), arrays)?)?)
        };
        let rows = self.each_batch(view, write).await?;
        writer.close()?;
        Ok(rows)
    }

    /// Hands every batch of the files to `each`, with the computed columns, and counts the rows.
    async fn each_batch(
        &self,
        view: ChargeView<'_>,
        mut each: impl FnMut(RecordBatch) -> Result<(), LakeError>,
    ) -> Result<u64, LakeError> {
        let mut rows = 0;
        let mut computed = ComputedTexts::new(view.columns);
        for (revision, parts) in view.files {
            for part in parts {
                let reading = Reading { columns: None, days: None };
                let path = part_path(revision, part);
                self.read_part(&path, reading, |batch| {
                    rows += batch.num_rows() as u64;
                    each(computed.add_to(batch)?)
                })
                .await?;
            }
        }
        Ok(rows)
    }

    /// Providers' own columns, in the order in which the files have them.
    async fn own_columns(&self, current: &[(Revision, Vec<String>)]) -> Result<Vec<String>, LakeError> {
        let mut names: Vec<String> = Vec::new();
        for (revision, parts) in current {
            for part in parts {
                let schema = self.part_schema(&part_path(revision, part)).await?;
                for field in schema.fields() {
                    let is_focus = Column::ALL.iter().any(|column| column.name() == field.name());
                    if !is_focus && !names.contains(field.name()) {
                        names.push(field.name().clone());
                    }
                }
            }
        }
        Ok(names)
    }
}

/// The columns of an export: the version's, then those that no column of the version shows.
fn columns_of(version: FocusVersion, own: Vec<String>) -> Vec<ExportColumn> {
    let later = |name: &str| LaterColumn::ALL.into_iter().find(|column| column.name() == name);
    let focus = version.columns().into_iter().map(|name| {
        let from = match later(name) {
            Some(column) => {
                let fallback = column.fallback().map(|column| column.name().to_owned());
                [column.stored_name().to_owned()].into_iter().chain(fallback).collect()
            }
            None => vec![name.to_owned()],
        };
        ExportColumn { name: name.to_owned(), from }
    });
    let mut columns: Vec<ExportColumn> = focus.collect();
    // 1.4 has no names for the provider and the publisher of 1.2.
    for old in [Column::ProviderName, Column::PublisherName].map(Column::name) {
        if columns.iter().all(|column| column.name != old) {
            columns.push(ExportColumn { name: format!("x_{old}"), from: vec![format!("x_{old}"), old.to_owned()] });
        }
    }
    for name in own {
        if columns.iter().all(|column| column.name != name && column.from.first() != Some(&name)) {
            columns.push(ExportColumn { from: vec![name.clone()], name });
        }
    }
    columns
}

/// The types of an export's columns, as the lake has them.
fn schema_of(columns: &[ExportColumn]) -> SchemaRef {
    let fields = columns.iter().map(|column| {
        let focus = Column::ALL.iter().find(|focus| focus.name() == column.name);
        Field::new(&column.name, focus.map_or(DataType::Utf8, |focus| scalar_type(focus.column_type())), true)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The values of a column of an export.
fn array_of(batch: &RecordBatch, column: &ExportColumn, field: &Field) -> Result<ArrayRef, LakeError> {
    let arrays: Vec<&ArrayRef> = column.from.iter().filter_map(|name| batch.column_by_name(name)).collect();
    match (field.data_type(), arrays.as_slice()) {
        (kind, []) => Ok(new_null_array(kind, batch.num_rows())),
        (kind, [only, ..]) if kind == only.data_type() && *kind != DataType::Utf8 => Ok(Arc::clone(only)),
        (DataType::Utf8, arrays) => {
            let texts: Vec<StringArray> = arrays.iter().map(|array| texts(array)).collect();
            let value = |row| texts.iter().find(|text| text.is_valid(row)).map(|text| text.value(row));
            Ok(Arc::new(StringArray::from_iter((0..batch.num_rows()).map(value))))
        }
        (kind, [only, ..]) => {
            let message = format!("column `{}` is {} instead of {kind}", column.name, only.data_type());
            Err(LakeError::from(ArrowError::SchemaError(message)))
        }
    }
}

type PushLine = fn(&mut String, &mut dyn Iterator<Item = Option<&str>>);

/// Writes a batch; columns that its file lacks are empty.
fn write_rows(
    batch: &RecordBatch,
    columns: &[ExportColumn],
    push: PushLine,
    out: &mut (dyn Write + Send),
) -> Result<(), LakeError> {
    let arrays = |column: &ExportColumn| -> Vec<&ArrayRef> {
        column.from.iter().filter_map(|name| batch.column_by_name(name)).collect()
    };
    let columns: Vec<Vec<&ArrayRef>> = columns.iter().map(arrays).collect();
    let mut text = String::new();
    for row in 0..batch.num_rows() {
        let value = |arrays: &Vec<&ArrayRef>| arrays.iter().find_map(|array| cell_text(array, row));
        let cells: Vec<Option<String>> = columns.iter().map(value).collect();
        push(&mut text, &mut cells.iter().map(Option::as_deref));
    }
    out.write_all(text.as_bytes()).map_err(LakeError::Output)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(version: FocusVersion, own: &[&str]) -> Vec<String> {
        let own = own.iter().map(|name| (*name).to_owned()).collect();
        columns_of(version, own).into_iter().map(|column| column.name).collect()
    }

    #[test]
    fn a_later_column_is_written_under_its_name_in_its_version_and_once() {
        let own = ["x_Own", "x_AllocatedTags", "x_InvoiceDetailId"];
        let old = names(FocusVersion::V1_2, &own);
        assert_eq!(old[57..], own);
        let middle = names(FocusVersion::V1_3, &own);
        assert!(middle.contains(&"AllocatedTags".to_owned()) && !middle.contains(&"x_AllocatedTags".to_owned()));
        assert_eq!(middle[65..], ["x_Own", "x_InvoiceDetailId"]);
        let new = names(FocusVersion::V1_4, &own);
        assert_eq!(new[65..], ["x_ProviderName", "x_PublisherName", "x_Own"]);
    }
}
