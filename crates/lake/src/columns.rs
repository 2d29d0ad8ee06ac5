//! Charges as Arrow columns: the lake's schema.

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, Decimal128Array, DictionaryArray, Int32Array, StringArray, TimestampMicrosecondArray, new_null_array,
};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::ArrowError;
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use tollgate_model::batch::NULL;
use tollgate_model::focus::ColumnType;
use tollgate_model::{Amount, ChargeBatch, Column, DecimalColumn, Quantity, TextColumn};

/// Digits of every decimal of the lake.
const DIGITS: u8 = 38;

/// The columns of one file: all columns of FOCUS 1.2, then the provider's own.
#[derive(Clone, Debug)]
pub struct PartSchema {
    extras: Vec<String>,
    schema: SchemaRef,
}

impl PartSchema {
    /// The schema of files that hold charges like these.
    pub fn of(batch: &ChargeBatch) -> Self {
        Self::with_extras(batch.extra().keys().cloned().collect())
    }

    /// The schema with the given columns of the provider's own.
    pub fn with_extras(extras: Vec<String>) -> Self {
        let text = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let focus = Column::ALL.iter().map(|c| {
            let data_type = match c.column_type() {
                ColumnType::Text => text(),
                other => scalar_type(other),
            };
            Field::new(c.name(), data_type, true)
        });
        let own = extras.iter().map(|name| Field::new(name, text(), true));
        let schema = Arc::new(Schema::new(focus.chain(own).collect::<Vec<_>>()));
        Self { extras, schema }
    }

    pub(crate) fn arrow(&self) -> &SchemaRef {
        &self.schema
    }

    /// The batch's columns in the schema's order; null where the batch lacks one.
    pub(crate) fn arrays(&self, batch: &ChargeBatch) -> Result<Vec<ArrayRef>, ArrowError> {
        let rows = batch.rows();
        let mut out = Vec::with_capacity(self.schema.fields().len());
        for (column, field) in Column::ALL.iter().zip(self.schema.fields()) {
            let array = match column.column_type() {
                ColumnType::Text => batch.text(*column).map(text_array).transpose()?,
                ColumnType::Amount => batch.decimals(*column).map(|d| decimal_array(d, Amount::PLACES)).transpose()?,
                ColumnType::Quantity => {
                    batch.decimals(*column).map(|d| decimal_array(d, Quantity::PLACES)).transpose()?
                }
                ColumnType::Time => batch.times(*column).map(time_array),
            };
            out.push(array.unwrap_or_else(|| new_null_array(field.data_type(), rows)));
        }
        if let Some(stray) = batch.extra().keys().find(|name| !self.extras.contains(name)) {
            return Err(ArrowError::SchemaError(format!("column `{stray}` is not in this file's schema")));
        }
        for name in &self.extras {
            let array = batch.extra().get(name).map(text_array).transpose()?;
            let data_type = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
            out.push(array.unwrap_or_else(|| new_null_array(&data_type, rows)));
        }
        Ok(out)
    }
}

/// The schema that a query sees in a lake without files.
#[cfg(feature = "sql")]
pub(crate) fn empty_schema() -> SchemaRef {
    let fields: Vec<Field> = Column::ALL
        .iter()
        .map(|c| {
            let data_type = match c.column_type() {
                ColumnType::Text => DataType::Utf8View,
                other => scalar_type(other),
            };
            Field::new(c.name(), data_type, true)
        })
        .collect();
    Arc::new(Schema::new(fields))
}

pub(crate) fn scalar_type(column_type: ColumnType) -> DataType {
    let scale = |places: u32| i8::try_from(places).unwrap_or(i8::MAX);
    match column_type {
        ColumnType::Text => DataType::Utf8,
        ColumnType::Amount => DataType::Decimal128(DIGITS, scale(Amount::PLACES)),
        ColumnType::Quantity => DataType::Decimal128(DIGITS, scale(Quantity::PLACES)),
        ColumnType::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
    }
}

fn text_array(column: &TextColumn) -> Result<ArrayRef, ArrowError> {
    let (text, ends) = column.buffers();
    let mut offsets = Vec::with_capacity(ends.len() + 1);
    offsets.push(0i32);
    for end in ends {
        offsets.push(i32::try_from(*end).map_err(|_| ArrowError::OffsetOverflowError(*end))?);
    }
    let values =
        StringArray::try_new(OffsetBuffer::new(ScalarBuffer::from(offsets)), Buffer::from(text.as_bytes()), None)?;
    let keys: Vec<i32> = column.keys().iter().map(|k| i32::try_from(*k).unwrap_or(0)).collect();
    let nulls = column.keys().contains(&NULL).then(|| NullBuffer::from_iter(column.keys().iter().map(|k| *k != NULL)));
    let keys = Int32Array::try_new(ScalarBuffer::from(keys), nulls)?;
    Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, Arc::new(values))?))
}

fn decimal_array(column: &DecimalColumn, places: u32) -> Result<ArrayRef, ArrowError> {
    let nulls = column.known().contains(&false).then(|| NullBuffer::from(column.known()));
    let array = Decimal128Array::try_new(ScalarBuffer::from(column.units().to_vec()), nulls)?;
    Ok(Arc::new(array.with_precision_and_scale(DIGITS, i8::try_from(places).unwrap_or(i8::MAX))?))
}

fn time_array(seconds: &[i64]) -> ArrayRef {
    let micros: Vec<i64> = seconds.iter().map(|s| s.saturating_mul(1_000_000)).collect();
    Arc::new(TimestampMicrosecondArray::from(micros).with_timezone("UTC"))
}
