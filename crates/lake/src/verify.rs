//! Verification: both costs, summed again from the files that were written.

use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::cast::AsArray;
use arrow_array::types::Decimal128Type;
use arrow_array::{Array, RecordBatch};
use object_store::path::Path;
use object_store::{GetResultPayload, ObjectStoreExt};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;
use parquet::file::reader::ChunkReader;
use tollgate_model::{Amount, Column, Currency, Money, MoneyError, Revision, Totals};

use crate::{Lake, LakeError, StagedPart, part_path};

/// What the files of a revision hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LakeTotals {
    /// Rows.
    pub rows: u64,
    /// Sums of BilledCost.
    pub billed: Totals,
    /// Sums of EffectiveCost.
    pub effective: Totals,
}

impl Lake {
    /// Sums both costs of finished files by reading them back.
    ///
    /// # Errors
    ///
    /// When a file cannot be read back.
    pub async fn totals(&self, parts: &[StagedPart]) -> Result<LakeTotals, LakeError> {
        let mut totals = LakeTotals::default();
        for part in parts {
            self.add_totals(&part.path, &mut totals).await?;
        }
        Ok(totals)
    }

    /// Sums both costs of a revision's files by reading them.
    ///
    /// # Errors
    ///
    /// When a file is missing or cannot be read.
    pub async fn revision_totals(&self, revision: &Revision, parts: &[String]) -> Result<LakeTotals, LakeError> {
        let mut totals = LakeTotals::default();
        for name in parts {
            self.add_totals(&part_path(revision, name), &mut totals).await?;
        }
        Ok(totals)
    }

    async fn add_totals(&self, path: &Path, totals: &mut LakeTotals) -> Result<(), LakeError> {
        let found = self.store.get(path).await?;
        match found.payload {
            GetResultPayload::File(file, _) => read_whole(path, totals, file),
            GetResultPayload::Stream(_) => read_whole(path, totals, found.bytes().await?),
        }
    }
}

/// Adds a file's sums. A damaged file, on which the reader may panic, is an error.
fn read_whole(path: &Path, totals: &mut LakeTotals, file: impl ChunkReader + 'static) -> Result<(), LakeError> {
    let damaged = |message: String| LakeError::Damaged { path: path.to_string(), message };
    match catch_unwind(AssertUnwindSafe(|| totals.read(file))) {
        Ok(Err(LakeError::Parquet(error))) => Err(damaged(error.to_string())),
        Ok(Err(LakeError::Arrow(error))) => Err(damaged(error.to_string())),
        Ok(result) => result,
        Err(_) => Err(damaged("its reader panicked".to_owned())),
    }
}

impl LakeTotals {
    fn read(&mut self, file: impl ChunkReader + 'static) -> Result<(), LakeError> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
        let stated = builder.metadata().file_metadata().num_rows();
        let before = self.rows;
        let columns = [Column::BillingCurrency, Column::BilledCost, Column::EffectiveCost].map(Column::name);
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns);
        for batch in builder.with_projection(mask).with_batch_size(32 << 10).build()? {
            let batch = batch?;
            self.rows += batch.num_rows() as u64;
            add(&mut self.billed, &batch, Column::BilledCost)?;
            add(&mut self.effective, &batch, Column::EffectiveCost)?;
        }
        let read = self.rows - before;
        if u64::try_from(stated) != Ok(read) {
            return Err(ParquetError::General(format!("its footer states {stated} rows, and {read} were read")).into());
        }
        Ok(())
    }
}

fn add(totals: &mut Totals, batch: &RecordBatch, column: Column) -> Result<(), LakeError> {
    let missing = |c: Column| LakeError::Query(format!("a file of the lake lacks {}", c.name()));
    let amounts = batch.column_by_name(column.name()).ok_or_else(|| missing(column))?;
    let amounts = amounts.as_primitive_opt::<Decimal128Type>().ok_or_else(|| missing(column))?;
    let codes = batch.column_by_name(Column::BillingCurrency.name()).ok_or_else(|| missing(Column::BillingCurrency))?;
    let codes = codes.as_string_opt::<i32>().ok_or_else(|| missing(Column::BillingCurrency))?;
    // Rows of one currency come in runs: each run is one addition by currency.
    let mut row = 0;
    while row < batch.num_rows() {
        let code = codes.value(row);
        let mut sum: i128 = 0;
        while row < batch.num_rows() && codes.value(row) == code {
            if !amounts.is_null(row) {
                let units = amounts.value(row);
                sum = sum.checked_add(units).ok_or_else(|| MoneyError::TooLarge(format!("a sum of {code}")))?;
            }
            row += 1;
        }
        let amount = Amount::from_units(sum).ok_or_else(|| MoneyError::TooLarge(format!("a sum of {code}")))?;
        totals.add(Money::new(amount, code.parse::<Currency>()?))?;
    }
    Ok(())
}
