//! A cell of the lake's files as text. The files have text, decimals and instants of UTC, and nothing else.

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int32Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, StringArray};
use arrow_schema::{DataType, TimeUnit};

/// The text of a cell: a decimal without zeros at its end, an instant as RFC 3339; `None` for null.
pub(crate) fn cell_text(array: &ArrayRef, row: usize) -> Option<String> {
    if array.is_null(row) {
        return None;
    }
    match array.data_type() {
        DataType::Utf8 => Some(array.as_string::<i32>().value(row).to_owned()),
        DataType::Dictionary(keys, _) if **keys == DataType::Int32 => {
            let dictionary = array.as_dictionary::<Int32Type>();
            let values = dictionary.values().as_string_opt::<i32>()?;
            let key = dictionary.key(row).filter(|key| !values.is_null(*key))?;
            Some(values.value(key).to_owned())
        }
        DataType::Decimal128(_, scale) => {
            let text = array.as_primitive::<Decimal128Type>().value_as_string(row);
            Some(if *scale > 0 { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text })
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let instant = array.as_primitive::<TimestampMicrosecondType>().value_as_datetime(row)?;
            Some(format!("{instant:?}Z"))
        }
        _ => None,
    }
}

/// A column as text.
pub(crate) fn texts(array: &ArrayRef) -> StringArray {
    (0..array.len()).map(|row| cell_text(array, row)).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Decimal128Array, DictionaryArray, TimestampMicrosecondArray};

    use super::*;

    #[test]
    fn each_type_of_the_lake_has_its_text() {
        let text = |array: Arc<dyn Array>| (0..array.len()).map(|row| cell_text(&array, row)).collect::<Vec<_>>();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(text(Arc::new(StringArray::from(vec![Some("a"), None]))), [some("a"), None]);
        let dictionary: DictionaryArray<Int32Type> = vec![Some("x"), None, Some("x")].into_iter().collect();
        assert_eq!(text(Arc::new(dictionary)), [some("x"), None, some("x")]);
        let decimals = Decimal128Array::from(vec![12_500, -20_000, 0]).with_precision_and_scale(38, 4).unwrap();
        assert_eq!(text(Arc::new(decimals)), [some("1.25"), some("-2"), some("0")]);
        let instants = TimestampMicrosecondArray::from(vec![1_767_225_600_000_000]).with_timezone("UTC");
        assert_eq!(text(Arc::new(instants)), [some("2026-01-01T00:00:00Z")]);
    }
}
