//! Cells of Parquet: columns of Arrow as text and exact decimals.

use std::collections::HashMap;
use std::fmt::Write as _;

use arrow_array::cast::AsArray;
use arrow_array::temporal_conversions::as_datetime;
use arrow_array::types::{
    Decimal128Type, Decimal256Type, Float32Type, Float64Type, Int32Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{Array, ArrayRef, Decimal128Array, Decimal256Array, MapArray, StructArray};
use arrow_schema::{DataType, TimeUnit};
use tollgate_model::batch::NULL;
use tollgate_model::{DecimalColumn, Fixed, TextColumn};

use crate::cells::CellReader;
use crate::charge_draft::ChargeDraft;
use crate::format::{CellType, RawColumn};
use crate::parquet_scalars::scalars;
use crate::value::is_null;

/// Reads a column as a type of cells.
pub(crate) fn column(
    array: &ArrayRef,
    cell: CellType,
    index: usize,
    reader: &CellReader<'_>,
    draft: &mut ChargeDraft,
) -> RawColumn {
    match cell {
        CellType::Skip => RawColumn::Text(TextColumn::nulls(array.len())),
        CellType::Text | CellType::Time | CellType::PeriodStart => RawColumn::Text(text(array)),
        CellType::Cost => RawColumn::Decimal(decimal::<24>(
            array,
            &mut |row, written, draft: &mut ChargeDraft| reader.cost(written, row, index, draft),
            draft,
        )),
        CellType::Price => RawColumn::Decimal(decimal::<24>(
            array,
            &mut |_, written, draft: &mut ChargeDraft| reader.price(written, draft),
            draft,
        )),
        CellType::Quantity => RawColumn::Decimal(decimal::<18>(
            array,
            &mut |_, written, draft: &mut ChargeDraft| reader.price(written, draft),
            draft,
        )),
    }
}

/// Converts decimals of any scale, doubles (by their shortest decimal), integers and text exactly.
fn decimal<const S: u32>(
    array: &ArrayRef,
    read: &mut dyn FnMut(usize, &str, &mut ChargeDraft) -> Option<Fixed<S>>,
    draft: &mut ChargeDraft,
) -> DecimalColumn {
    let mut out = DecimalColumn::default();
    match array.data_type() {
        DataType::Decimal128(_, scale) if (0..=i32::try_from(S).unwrap_or(0)).contains(&i32::from(*scale)) => {
            let values: &Decimal128Array = array.as_primitive::<Decimal128Type>();
            let factor = 10i128.pow(S - u32::try_from(*scale).unwrap_or(0));
            for row in 0..values.len() {
                let value = (!values.is_null(row)).then(|| values.value(row));
                match value.map(|v| v.checked_mul(factor).and_then(Fixed::<S>::from_units)) {
                    None => out.push::<S>(None),
                    Some(Some(exact)) => out.push(Some(exact)),
                    Some(None) => out.push(read(row, &values.value_as_string(row), draft)),
                }
            }
        }
        DataType::Decimal128(..) => {
            let values: &Decimal128Array = array.as_primitive::<Decimal128Type>();
            each(values, |row, text| text.push_str(&values.value_as_string(row)), read, draft, &mut out);
        }
        DataType::Decimal256(..) => {
            let values: &Decimal256Array = array.as_primitive::<Decimal256Type>();
            each(values, |row, text| text.push_str(&values.value_as_string(row)), read, draft, &mut out);
        }
        DataType::Float64 => {
            let values = array.as_primitive::<Float64Type>();
            each(values, |row, text| print(text, format_args!("{:e}", values.value(row))), read, draft, &mut out);
        }
        DataType::Float32 => {
            let values = array.as_primitive::<Float32Type>();
            each(values, |row, text| print(text, format_args!("{:e}", values.value(row))), read, draft, &mut out);
        }
        _ => {
            let values = text(array);
            for row in 0..values.len() {
                let value = values.get(row).filter(|v| !is_null(v));
                out.push(value.and_then(|v| read(row, v, draft)));
            }
        }
    }
    out
}

fn each<const S: u32>(
    array: &dyn Array,
    write: impl Fn(usize, &mut String),
    read: &mut dyn FnMut(usize, &str, &mut ChargeDraft) -> Option<Fixed<S>>,
    draft: &mut ChargeDraft,
    out: &mut DecimalColumn,
) {
    let mut text = String::new();
    for row in 0..array.len() {
        if array.is_null(row) {
            out.push::<S>(None);
            continue;
        }
        text.clear();
        write(row, &mut text);
        out.push(read(row, &text, draft));
    }
}

/// Writes into text, which cannot fail.
fn print(text: &mut String, what: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(what);
}

/// Any column as text: strings unchanged, instants as RFC 3339, maps and structs as JSON, other types as Arrow prints them.
fn text(array: &ArrayRef) -> TextColumn {
    match array.data_type() {
        DataType::Dictionary(keys, values) if **keys == DataType::Int32 && **values == DataType::Utf8 => {
            let dictionary = array.as_dictionary::<Int32Type>();
            let values = dictionary.values().as_string::<i32>();
            let mut out = TextColumn::default();
            // The dictionary covers the row group, the rows only a part of it: unused entries are skipped.
            let mut numbers: Vec<Option<u32>> = vec![None; values.len()];
            for key in dictionary.keys() {
                let Some(at) = key.and_then(|k| usize::try_from(k).ok()).filter(|k| *k < values.len()) else {
                    out.push_key(NULL);
                    continue;
                };
                let number = numbers[at].unwrap_or_else(|| {
                    if values.is_null(at) || is_null(values.value(at)) { NULL } else { out.intern(values.value(at)) }
                });
                numbers[at] = Some(number);
                out.push_key(number);
            }
            out
        }
        DataType::Utf8 => strings(array.as_string::<i32>().iter()),
        DataType::LargeUtf8 => strings(array.as_string::<i64>().iter()),
        DataType::Utf8View => strings(array.as_string_view().iter()),
        DataType::Map(..) => printed(array, |row| map_json(array.as_map(), row)),
        DataType::Struct(_) => printed(array, |row| struct_json(array.as_struct(), row)),
        DataType::Timestamp(unit, zone) => instants(array, *unit, if zone.is_some() { "Z" } else { "" }),
        DataType::List(_) => printed(array, |row| list_json(&array.as_list::<i32>().value(row))),
        DataType::LargeList(_) => printed(array, |row| list_json(&array.as_list::<i64>().value(row))),
        DataType::Dictionary(..) => dictionary(array),
        _ => scalars(array),
    }
}

/// The entries of a dictionary with keys or values of other types.
fn dictionary(array: &ArrayRef) -> TextColumn {
    let dictionary = array.as_any_dictionary();
    let values = text(dictionary.values());
    if values.is_empty() {
        return TextColumn::nulls(array.len());
    }
    let keys = dictionary.normalized_keys();
    let mut out = TextColumn::default();
    for (row, key) in keys.into_iter().enumerate() {
        out.push(if array.is_null(row) { None } else { values.get(key) });
    }
    out
}

/// The numbers of instants.
fn instants_of(array: &ArrayRef, unit: TimeUnit) -> &[i64] {
    match unit {
        TimeUnit::Second => array.as_primitive::<TimestampSecondType>().values(),
        TimeUnit::Millisecond => array.as_primitive::<TimestampMillisecondType>().values(),
        TimeUnit::Microsecond => array.as_primitive::<TimestampMicrosecondType>().values(),
        TimeUnit::Nanosecond => array.as_primitive::<TimestampNanosecondType>().values(),
    }
}

/// Instants as text, with `Z` where the column has a time zone: its numbers are of UTC then. Each is printed once: a bill has millions of
/// rows, and hundreds of instants.
fn instants(array: &ArrayRef, unit: TimeUnit, zone: &str) -> TextColumn {
    let numbers = instants_of(array, unit);
    let print = |number: i64| {
        let instant = match unit {
            TimeUnit::Second => as_datetime::<TimestampSecondType>(number),
            TimeUnit::Millisecond => as_datetime::<TimestampMillisecondType>(number),
            TimeUnit::Microsecond => as_datetime::<TimestampMicrosecondType>(number),
            TimeUnit::Nanosecond => as_datetime::<TimestampNanosecondType>(number),
        };
        // An instant beyond every calendar stays a number, which the reader of dates refuses with its row.
        instant.map_or_else(|| number.to_string(), |instant| format!("{instant:?}{zone}"))
    };
    let mut out = TextColumn::default();
    let mut known: HashMap<i64, u32> = HashMap::new();
    let mut last: Option<(i64, u32)> = None;
    for (row, number) in numbers.iter().enumerate() {
        if array.is_null(row) {
            out.push_key(NULL);
            continue;
        }
        let key = match last.filter(|(last, _)| last == number) {
            Some((_, key)) => key,
            None => *known.entry(*number).or_insert_with(|| out.intern(&print(*number))),
        };
        last = Some((*number, key));
        out.push_key(key);
    }
    out
}

fn strings<'a>(values: impl Iterator<Item = Option<&'a str>>) -> TextColumn {
    let mut out = TextColumn::default();
    values.for_each(|v| out.push(v.filter(|v| !is_null(v))));
    out
}

pub(crate) fn printed(array: &ArrayRef, print: impl Fn(usize) -> String) -> TextColumn {
    let mut out = TextColumn::default();
    for row in 0..array.len() {
        let value = (!array.is_null(row)).then(|| print(row));
        out.push(value.as_deref().filter(|v| !is_null(v)));
    }
    out
}

/// A list as JSON: structures as objects, other values as text.
fn list_json(items: &ArrayRef) -> String {
    let objects = matches!(items.data_type(), DataType::Struct(_) | DataType::Map(..) | DataType::List(_));
    let values = text(items);
    let item = |row: usize| match values.get(row) {
        None => "null".to_owned(),
        Some(object) if objects => object.to_owned(),
        Some(value) => serde_json::to_string(value).unwrap_or_default(),
    };
    format!("[{}]", (0..values.len()).map(item).collect::<Vec<_>>().join(","))
}

fn map_json(map: &MapArray, row: usize) -> String {
    let entries = map.value(row);
    let (keys, values) = (text(entries.column(0)), text(entries.column(1)));
    json((0..keys.len()).filter_map(|i| Some((keys.get(i)?.to_owned(), values.get(i)?.to_owned()))))
}

fn struct_json(values: &StructArray, row: usize) -> String {
    let fields = values.fields().iter().zip(values.columns());
    json(fields.filter_map(|(f, c)| Some((f.name().clone(), text(&c.slice(row, 1)).get(0)?.to_owned()))))
}

fn json(pairs: impl Iterator<Item = (String, String)>) -> String {
    let object: std::collections::BTreeMap<String, String> = pairs.collect();
    if object.is_empty() { String::new() } else { serde_json::to_string(&object).unwrap_or_default() }
}
