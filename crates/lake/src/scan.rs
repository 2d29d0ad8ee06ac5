//! Scan: chosen columns of the charges of some days, file by file, without a query engine.
//!
//! Tollgate's own questions (causes, commitments, costs of resources) read charges this way. A scan holds the chosen
//! columns of one row group in memory. It skips row groups whose statistics place them outside of the days.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int32Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, Decimal128Array, DictionaryArray, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use futures::{FutureExt, TryStreamExt};
use object_store::path::Path;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::async_reader::ParquetRecordBatchStreamBuilder;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::statistics::Statistics;
use tollgate_model::batch::DecimalColumn;
use tollgate_model::focus::ColumnType;
use tollgate_model::period::DayRange;
use tollgate_model::{Amount, ChargeBatch, Column, Day, Fixed, Quantity, Revision, TextColumn};

use crate::reader::{StoredReader, damaged, lake_error};
use crate::{Lake, LakeError, StagedPart, part_path};

/// Rows of a batch.
const ROWS: usize = 16 << 10;
const MICROS: i64 = 1_000_000;

/// Charges of one file: some rows of the chosen columns.
#[derive(Clone, Debug)]
pub struct ScanBatch {
    batch: RecordBatch,
    days: Option<DayRange>,
}

/// Text of one column of a batch.
#[derive(Clone, Copy, Debug)]
pub struct TextCells<'a>(Option<(&'a DictionaryArray<Int32Type>, &'a StringArray)>);

/// Decimals of one column of a batch.
#[derive(Clone, Copy, Debug)]
pub struct DecimalCells<'a>(Option<&'a Decimal128Array>);

impl<'a> TextCells<'a> {
    /// The text of a row; `None` where the charge does not say.
    pub fn get(&self, row: usize) -> Option<&'a str> {
        let (array, values) = self.0?;
        let key = array.key(row)?;
        (!values.is_null(key)).then(|| values.value(key))
    }
}

impl DecimalCells<'_> {
    /// The amount of a row of a cost column; `None` where it is unknown.
    pub fn amount(&self, row: usize) -> Option<Amount> {
        self.units(row).and_then(Amount::from_units)
    }

    /// The quantity of a row of a quantity column; `None` where it is unknown.
    pub fn quantity(&self, row: usize) -> Option<Quantity> {
        self.units(row).and_then(Quantity::from_units)
    }

    /// The units of a row in the column's scale; `None` where it is unknown.
    pub fn units(&self, row: usize) -> Option<i128> {
        let array = self.0?;
        array.is_valid(row).then(|| array.value(row))
    }
}

impl ScanBatch {
    /// The rows whose charge period starts on the days of the scan, each with that day.
    pub fn rows(&self) -> impl Iterator<Item = (usize, Day)> {
        let starts = self.column(Column::ChargePeriodStart);
        let starts = starts.and_then(|s| s.as_primitive_opt::<TimestampMicrosecondType>());
        (0..self.batch.num_rows()).filter_map(move |row| {
            let starts = starts.filter(|s| s.is_valid(row))?;
            let day = Day::of_second(starts.value(row).div_euclid(MICROS));
            self.days.is_none_or(|days| days.contains(day)).then_some((row, day))
        })
    }

    /// All rows, on any day.
    pub fn row_count(&self) -> usize {
        self.batch.num_rows()
    }

    /// The start of a row's charge period, in seconds since 1970.
    pub fn start(&self, row: usize) -> Option<i64> {
        self.second(Column::ChargePeriodStart, row)
    }

    /// A time of a row, in seconds since 1970; `None` where the column was not chosen.
    pub fn second(&self, column: Column, row: usize) -> Option<i64> {
        let times = self.column(column)?.as_primitive_opt::<TimestampMicrosecondType>()?;
        times.is_valid(row).then(|| times.value(row).div_euclid(MICROS))
    }

    /// A text column. One that was not chosen has no value in any row.
    pub fn text(&self, column: Column) -> TextCells<'_> {
        let array = self.column(column).and_then(|a| a.as_dictionary_opt::<Int32Type>());
        TextCells(array.and_then(|a| Some((a, a.values().as_string_opt::<i32>()?))))
    }

    /// A text column of the provider's own. One that was not chosen, or that the file lacks, has no value in any row.
    pub fn extra(&self, name: &str) -> TextCells<'_> {
        let array = self.batch.column_by_name(name).and_then(|a| a.as_dictionary_opt::<Int32Type>());
        TextCells(array.and_then(|a| Some((a, a.values().as_string_opt::<i32>()?))))
    }

    /// A cost or quantity column. One that was not chosen has no value in any row.
    pub fn decimals(&self, column: Column) -> DecimalCells<'_> {
        DecimalCells(self.column(column).and_then(|a| a.as_primitive_opt::<Decimal128Type>()))
    }

    /// The rows as charges, with the chosen columns of FOCUS and of the provider. Columns that were not chosen are unknown.
    pub fn charges(&self, columns: &[Column], extras: &[String]) -> ChargeBatch {
        let rows = self.batch.num_rows();
        let mut out = ChargeBatch::new(rows);
        for column in columns {
            match column.column_type() {
                ColumnType::Text => out.set_text(*column, text_column(self.text(*column), rows)),
                ColumnType::Amount => {
                    let cells = self.decimals(*column);
                    out.set_decimals(*column, decimal_column(rows, |row| cells.amount(row)));
                }
                ColumnType::Quantity => {
                    let cells = self.decimals(*column);
                    out.set_decimals(*column, decimal_column(rows, |row| cells.quantity(row)));
                }
                ColumnType::Time => {
                    let times = self.column(*column).and_then(|s| s.as_primitive_opt::<TimestampMicrosecondType>());
                    let second = |row| times.filter(|t| t.is_valid(row)).map_or(0, |t| t.value(row).div_euclid(MICROS));
                    out.set_times(*column, (0..rows).map(second).collect());
                }
            }
        }
        for name in extras {
            out.set_extra(name.clone(), text_column(self.extra(name), rows));
        }
        out
    }

    fn column(&self, column: Column) -> Option<&ArrayRef> {
        self.batch.column_by_name(column.name())
    }
}

/// The rows of a batch with every column that its file has.
fn all_charges(batch: RecordBatch) -> ChargeBatch {
    let schema = batch.schema();
    let columns: Vec<Column> =
        Column::ALL.iter().copied().filter(|column| schema.field_with_name(column.name()).is_ok()).collect();
    let is_own = |name: &&String| !Column::ALL.iter().any(|column| column.name() == name.as_str());
    let extras: Vec<String> = schema.fields().iter().map(|field| field.name()).filter(is_own).cloned().collect();
    ScanBatch { batch, days: None }.charges(&columns, &extras)
}

fn text_column(cells: TextCells<'_>, rows: usize) -> TextColumn {
    let mut out = TextColumn::default();
    for row in 0..rows {
        out.push(cells.get(row));
    }
    out
}

fn decimal_column<const S: u32>(rows: usize, value: impl Fn(usize) -> Option<Fixed<S>>) -> DecimalColumn {
    let mut out = DecimalColumn::default();
    for row in 0..rows {
        out.push(value(row));
    }
    out
}

impl Lake {
    /// Reads the chosen columns of the files of the given revisions, in order, and hands each batch to `each`. `days` are the
    /// days on which charge periods start, UTC; all days without. The start of the charge period is always read.
    ///
    /// # Errors
    ///
    /// When a file is missing or damaged, or as `each` does.
    pub async fn scan<E: From<LakeError>>(
        &self,
        current: &[(Revision, Vec<String>)],
        columns: &[Column],
        days: Option<DayRange>,
        each: impl FnMut(&ScanBatch) -> Result<(), E>,
    ) -> Result<(), E> {
        self.scan_with(current, columns, &[], days, each).await
    }

    /// As [`scan`](Self::scan), with columns of the provider's own. A file that lacks one has no value of it.
    ///
    /// # Errors
    ///
    /// As [`scan`](Self::scan).
    pub async fn scan_with<E: From<LakeError>>(
        &self,
        current: &[(Revision, Vec<String>)],
        columns: &[Column],
        extras: &[String],
        days: Option<DayRange>,
        mut each: impl FnMut(&ScanBatch) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut names: Vec<&str> = columns.iter().map(|c| c.name()).chain(extras.iter().map(String::as_str)).collect();
        names.push(Column::ChargePeriodStart.name());
        for (revision, parts) in current {
            for part in parts {
                let reading = Reading { columns: Some(&names), days };
                self.read_part(&part_path(revision, part), reading, |batch| each(&ScanBatch { batch, days })).await?;
            }
        }
        Ok(())
    }

    /// Reads the chosen columns of files that are not published yet, as [`scan`](Self::scan) does of published ones.
    ///
    /// # Errors
    ///
    /// When a file is missing or damaged, or as `each` does.
    pub async fn scan_staged<E: From<LakeError>>(
        &self,
        parts: &[StagedPart],
        columns: &[Column],
        days: Option<DayRange>,
        mut each: impl FnMut(&ScanBatch) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut names: Vec<&str> = columns.iter().map(|c| c.name()).collect();
        names.push(Column::ChargePeriodStart.name());
        for part in parts {
            let reading = Reading { columns: Some(&names), days };
            self.read_part(&part.path, reading, |batch| each(&ScanBatch { batch, days })).await?;
        }
        Ok(())
    }

    /// Reads every column of the files of a revision as charges, in order.
    ///
    /// # Errors
    ///
    /// When a file is missing or damaged, or as `each` does.
    pub async fn read_charges<E: From<LakeError>>(
        &self,
        revision: &Revision,
        parts: &[String],
        mut each: impl FnMut(ChargeBatch) -> Result<(), E>,
    ) -> Result<(), E> {
        for part in parts {
            let reading = Reading { columns: None, days: None };
            self.read_part(&part_path(revision, part), reading, |batch| each(all_charges(batch))).await?;
        }
        Ok(())
    }

    /// Reads every column of files that are not published yet, as [`read_charges`](Self::read_charges) does of published ones.
    ///
    /// # Errors
    ///
    /// When a file is missing or damaged, or as `each` does.
    pub async fn read_staged_charges<E: From<LakeError>>(
        &self,
        parts: &[StagedPart],
        mut each: impl FnMut(ChargeBatch) -> Result<(), E>,
    ) -> Result<(), E> {
        for part in parts {
            let reading = Reading { columns: None, days: None };
            self.read_part(&part.path, reading, |batch| each(all_charges(batch))).await?;
        }
        Ok(())
    }

    fn reader(&self, path: &Path) -> StoredReader {
        StoredReader::new(Arc::clone(&self.store), path.clone())
    }

    /// The columns of a file, as readers see them.
    pub(crate) async fn part_schema(&self, path: &Path) -> Result<SchemaRef, LakeError> {
        let mut reader = self.reader(path);
        let found = AssertUnwindSafe(ArrowReaderMetadata::load_async(&mut reader, ArrowReaderOptions::new()));
        match found.catch_unwind().await {
            Ok(Ok(metadata)) => Ok(Arc::clone(metadata.schema())),
            Ok(Err(error)) => Err(lake_error(path, error)),
            Err(_) => Err(damaged(path, PANICKED.to_owned())),
        }
    }

    /// Reads a file batch by batch, and compares the rows with the file's own count.
    pub(crate) async fn read_part<E: From<LakeError>>(
        &self,
        path: &Path,
        reading: Reading<'_>,
        each: impl FnMut(RecordBatch) -> Result<(), E>,
    ) -> Result<(), E> {
        // A damaged file can make its reader panic.
        let read = AssertUnwindSafe(self.read_whole(path, reading, each)).catch_unwind();
        read.await.unwrap_or_else(|_| Err(damaged(path, PANICKED.to_owned()).into()))
    }

    async fn read_whole<E: From<LakeError>>(
        &self,
        path: &Path,
        reading: Reading<'_>,
        mut each: impl FnMut(RecordBatch) -> Result<(), E>,
    ) -> Result<(), E> {
        let broken = |error| lake_error(path, error);
        let mut reader = self.reader(path);
        let plain = ArrowReaderMetadata::load_async(&mut reader, ArrowReaderOptions::new()).await.map_err(broken)?;
        let options = ArrowReaderOptions::new().with_schema(with_dictionaries(plain.schema()));
        let metadata = ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options).map_err(broken)?;
        let groups = groups_of(plain.metadata(), reading.days);
        let stated: i64 = groups.iter().map(|group| plain.metadata().row_group(*group).num_rows()).sum();
        let mut builder = ParquetRecordBatchStreamBuilder::new_with_metadata(reader, metadata);
        if let Some(columns) = reading.columns {
            let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
            builder = builder.with_projection(mask);
        }
        let mut batches = builder.with_row_groups(groups).with_batch_size(ROWS).build().map_err(broken)?;
        let mut read = 0;
        while let Some(batch) = batches.try_next().await.map_err(broken)? {
            read += batch.num_rows();
            each(batch)?;
        }
        if i64::try_from(read) != Ok(stated) {
            return Err(damaged(path, format!("its footer states {stated} rows, and {read} were read")).into());
        }
        Ok(())
    }
}

/// What of a file is read.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    /// Columns by name; all without.
    pub(crate) columns: Option<&'a [&'a str]>,
    /// Row groups that hold no charge of these days are skipped; rows of others are not.
    pub(crate) days: Option<DayRange>,
}

const PANICKED: &str = "its reader panicked";

/// Text as dictionaries, as it is stored: equal values of a row group are one value in memory.
fn with_dictionaries(schema: &SchemaRef) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Utf8 => {
            let text = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
            Arc::new(Field::new(field.name(), text, field.is_nullable()))
        }
        _ => Arc::clone(field),
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The row groups that may hold charges of the days.
fn groups_of(metadata: &ParquetMetaData, days: Option<DayRange>) -> Vec<usize> {
    let may_hold = |group: &RowGroupMetaData| days.is_none_or(|days| may_hold(group, days));
    metadata.row_groups().iter().enumerate().filter(|(_, group)| may_hold(group)).map(|(n, _)| n).collect()
}

fn may_hold(group: &RowGroupMetaData, days: DayRange) -> bool {
    let start = group.columns().iter().find(|c| c.column_path().string() == Column::ChargePeriodStart.name());
    let Some(Statistics::Int64(bounds)) = start.and_then(|c| c.statistics()) else { return true };
    let (Some(least), Some(most)) = (bounds.min_opt(), bounds.max_opt()) else { return true };
    let micros = |day: Day| day.first_second().saturating_mul(MICROS);
    *most >= micros(days.start) && *least < micros(days.end)
}

const _: () = assert!(matches!(Column::ChargePeriodStart.column_type(), ColumnType::Time));

#[cfg(test)]
mod tests {
    use tollgate_model::hash::ContentHash;
    use tollgate_model::{Charge, ChargeCategory, ChargePeriod, Currency, Money, SourceId};

    use super::*;
    use crate::PartSchema;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn charge(on: &str, cost: &str, service: &str) -> Charge {
        let period = ChargePeriod::of_day(day(on));
        let billed = Money::new(cost.parse().unwrap(), Currency::USD);
        Charge::new(ChargeCategory::Usage, billed, period, period).with(Column::ServiceName, service)
    }

    /// A lake with one file of two row groups.
    async fn lake(groups: [&[Charge]; 2]) -> (Lake, Vec<(Revision, Vec<String>)>) {
        let lake = Lake::in_memory();
        let schema = PartSchema::of(&ChargeBatch::from_charges(groups[0]));
        let mut part = lake.begin_part("run", 0, &schema).await.unwrap();
        for rows in groups {
            let mut encoder = schema.encoder().unwrap();
            encoder.write(&ChargeBatch::from_charges(rows)).unwrap();
            part.append(encoder.finish().unwrap().unwrap()).await.unwrap();
        }
        let staged = part.finish().await.unwrap();
        let revision =
            Revision { source: SourceId::from_text("t"), period: "2026-11".parse().unwrap(), hash: ContentHash(1) };
        let names = lake.publish(&[staged], &revision).await.unwrap();
        (lake, vec![(revision, names)])
    }

    async fn read(
        lake: &Lake,
        current: &[(Revision, Vec<String>)],
        days: Option<DayRange>,
    ) -> Result<Vec<String>, LakeError> {
        let mut out = Vec::new();
        lake.scan(current, &[Column::ServiceName, Column::EffectiveCost, Column::RegionId], days, |batch| {
            let (service, region) = (batch.text(Column::ServiceName), batch.text(Column::RegionId));
            let cost = batch.decimals(Column::EffectiveCost);
            for (row, day) in batch.rows() {
                assert_eq!((region.get(row), batch.text(Column::Tags).get(row)), (None, None));
                // A flipped byte may read as an unknown cost.
                let cost = cost.amount(row).map_or_else(|| "?".to_owned(), |cost| cost.to_string());
                out.push(format!("{day} {} {cost}", service.get(row).unwrap_or("?")));
            }
            Ok(())
        })
        .await
        .map(|()| out)
    }

    #[tokio::test]
    async fn a_scan_reads_chosen_columns_of_chosen_days() {
        let first = [charge("2026-11-01", "0.000000000000000000000001", "EC2"), charge("2026-11-02", "2", "S3")];
        let second = [charge("2026-11-03", "-3", "EC2")];
        let (lake, current) = lake([&first, &second]).await;
        let all = read(&lake, &current, None).await.unwrap();
        assert_eq!(all, ["2026-11-01 EC2 0.000000000000000000000001", "2026-11-02 S3 2", "2026-11-03 EC2 -3"]);
        let days = |start: &str, end: &str| Some(DayRange { start: day(start), end: day(end) });
        let some = read(&lake, &current, days("2026-11-02", "2026-11-03")).await.unwrap();
        assert_eq!(some, ["2026-11-02 S3 2"]);
        assert!(read(&lake, &current, days("2026-11-04", "2026-12-01")).await.unwrap().is_empty());
        assert!(read(&lake, &[], None).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_damaged_or_missing_file_is_an_error_that_names_it() {
        let rows = [charge("2026-11-01", "1", "EC2")];
        let (lake, mut current) = lake([&rows, &rows]).await;
        let path = part_path(&current[0].0, &current[0].1[0]);
        let whole = lake.store.get_opts(&path, Default::default()).await.unwrap().bytes().await.unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.to_vec();
            bytes[at] ^= 0xff;
            lake.store.put_opts(&path, bytes.into(), Default::default()).await.unwrap();
            if let Err(error) = read(&lake, &current, None).await {
                assert!(matches!(&error, LakeError::Damaged { path: p, .. } if *p == path.to_string()), "{error}");
            }
        }
        current[0].1[0] = "gone.parquet".to_owned();
        assert!(read(&lake, &current, None).await.unwrap_err().to_string().contains("gone.parquet"));
    }
}
