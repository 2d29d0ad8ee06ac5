//! Numbers, flags, dates and bytes of Parquet files as text.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal128Type, Decimal256Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use tollgate_model::TextColumn;

use crate::parquet_cells::printed;

/// Scalars as text. A column of a type that no bill has is empty.
pub(crate) fn scalars(array: &ArrayRef) -> TextColumn {
    match array.data_type() {
        DataType::Boolean => printed(array, |row| array.as_boolean().value(row).to_string()),
        DataType::Int8 => numbers::<Int8Type>(array),
        DataType::Int16 => numbers::<Int16Type>(array),
        DataType::Int32 => numbers::<Int32Type>(array),
        DataType::Int64 => numbers::<Int64Type>(array),
        DataType::UInt8 => numbers::<UInt8Type>(array),
        DataType::UInt16 => numbers::<UInt16Type>(array),
        DataType::UInt32 => numbers::<UInt32Type>(array),
        DataType::UInt64 => numbers::<UInt64Type>(array),
        DataType::Float32 => numbers::<Float32Type>(array),
        DataType::Float64 => numbers::<Float64Type>(array),
        DataType::Decimal128(..) => printed(array, |row| array.as_primitive::<Decimal128Type>().value_as_string(row)),
        DataType::Decimal256(..) => printed(array, |row| array.as_primitive::<Decimal256Type>().value_as_string(row)),
        DataType::Date32 => printed(array, |row| {
            array.as_primitive::<Date32Type>().value_as_date(row).map_or_else(String::new, |day| day.to_string())
        }),
        DataType::Date64 => printed(array, |row| {
            array.as_primitive::<Date64Type>().value_as_datetime(row).map_or_else(String::new, |at| format!("{at:?}"))
        }),
        DataType::Binary => printed(array, |row| bytes(array.as_binary::<i32>().value(row))),
        DataType::LargeBinary => printed(array, |row| bytes(array.as_binary::<i64>().value(row))),
        DataType::BinaryView => printed(array, |row| bytes(array.as_binary_view().value(row))),
        DataType::FixedSizeBinary(_) => printed(array, |row| bytes(array.as_fixed_size_binary().value(row))),
        _ => TextColumn::nulls(array.len()),
    }
}

fn numbers<T: ArrowPrimitiveType<Native: std::fmt::Display>>(array: &ArrayRef) -> TextColumn {
    printed(array, |row| array.as_primitive::<T>().value(row).to_string())
}

/// Bytes that are text as text: old writers do not mark their columns as such. Others in hexadecimal.
fn bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{
        BinaryArray, BooleanArray, Date32Array, Date64Array, Decimal128Array, Float64Array, Int16Array, NullArray,
    };

    use super::*;

    fn texts(array: impl Array + 'static) -> Vec<Option<String>> {
        let array: ArrayRef = Arc::new(array);
        let column = scalars(&array);
        (0..array.len()).map(|row| column.get(row).map(str::to_owned)).collect()
    }

    #[test]
    fn scalars_are_written_as_people_write_them() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(texts(Int16Array::from(vec![Some(-3), None])), [some("-3"), None]);
        assert_eq!(texts(BooleanArray::from(vec![true])), [some("true")]);
        assert_eq!(texts(Float64Array::from(vec![0.25])), [some("0.25")]);
        assert_eq!(texts(Date32Array::from(vec![20_454])), [some("2026-01-01")]);
        assert_eq!(texts(Date64Array::from(vec![1_767_225_600_000])), [some("2026-01-01T00:00:00")]);
        let decimal = Decimal128Array::from(vec![1_250]).with_precision_and_scale(10, 3).unwrap();
        assert_eq!(texts(decimal), [some("1.250")]);
        assert_eq!(texts(BinaryArray::from(vec![b"abc".as_slice(), b"\xff\x01"])), [some("abc"), some("ff01")]);
        assert_eq!(texts(NullArray::new(2)), [None, None]);
    }
}
