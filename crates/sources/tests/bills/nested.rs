//! Nested columns of Parquet: structures, lists of structures and maps.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, MapBuilder, StringBuilder, StructBuilder};
use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, StructArray};
use arrow_schema::{DataType, Field, Fields, Schema};
use parquet::arrow::ArrowWriter;
use tollgate_model::Column;

use crate::{Bill, read_text};

fn text(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn numbers(values: &[f64]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

fn structure(fields: Vec<(&str, ArrayRef)>) -> ArrayRef {
    let fields: Vec<(Arc<Field>, ArrayRef)> = fields
        .into_iter()
        .map(|(name, array)| (Arc::new(Field::new(name, array.data_type().clone(), true)), array))
        .collect();
    Arc::new(StructArray::from(fields))
}

/// A list of keys and values in each row.
fn pairs(names: [&str; 2], rows: &[&[(&str, &str)]]) -> ArrayRef {
    let fields = Fields::from(names.map(|n| Field::new(n, DataType::Utf8, true)).to_vec());
    let mut list = ListBuilder::new(StructBuilder::from_fields(fields, rows.len()));
    for row in rows {
        for (key, value) in *row {
            let item = list.values();
            item.field_builder::<StringBuilder>(0).unwrap().append_value(key);
            item.field_builder::<StringBuilder>(1).unwrap().append_value(value);
            item.append(true);
        }
        list.append(true);
    }
    Arc::new(list.finish())
}

fn read(columns: Vec<(&str, ArrayRef)>) -> Bill {
    let fields: Vec<Field> = columns.iter().map(|(n, a)| Field::new(*n, a.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns.into_iter().map(|(_, a)| a).collect()).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, schema, None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    read_text(bytes)
}

#[test]
fn googles_export_in_parquet_has_structures_and_lists() {
    let day = "2026-10-02T00:00:00Z";
    let bill = read(vec![
        ("billing_account_id", text(&[Some("A"), Some("A")])),
        (
            "service",
            structure(vec![("id", text(&[Some("1"), Some("1")])), ("description", text(&[Some("Compute Engine"); 2]))]),
        ),
        ("sku", structure(vec![("id", text(&[Some("s"); 2])), ("description", text(&[Some("Core"); 2]))])),
        ("usage_start_time", text(&[Some(day); 2])),
        ("usage_end_time", text(&[Some("2026-10-02T01:00:00Z"); 2])),
        ("project", structure(vec![("id", text(&[Some("p"), None]))])),
        ("labels", pairs(["key", "value"], &[&[("team", "web")], &[]])),
        ("cost", numbers(&[1.5, 0.1])),
        ("currency", text(&[Some("USD"); 2])),
        ("credits", pairs(["name", "amount"], &[&[("CUD", "-0.25"), ("SUD", "-0.1")], &[]])),
        ("invoice", structure(vec![("month", text(&[Some("202610"); 2]))])),
        ("cost_type", text(&[Some("regular"); 2])),
    ]);
    assert_eq!(
        (bill.format.as_str(), bill.rows_rejected),
        ("Google Cloud billing export, Parquet", 0),
        "{:?}",
        bill.rejections
    );
    assert_eq!(bill.sums(), ("1.25".to_owned(), "1.25".to_owned()));
    assert_eq!(
        (bill.values(Column::ServiceName), bill.values(Column::SubAccountId)),
        (vec!["Compute Engine"], vec!["p"])
    );
    assert_eq!(bill.by_tag("team").get("web").map(String::as_str), Some("1.15"));
}

#[test]
fn tags_in_maps_and_lists_are_one_key_a_tag() {
    let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    map.keys().append_value("team");
    map.values().append_value("web");
    map.append(true).unwrap();
    let list = pairs(["key", "value"], &[&[("team", "web")]]);
    let map: ArrayRef = Arc::new(map.finish());
    for tags in [map, list] {
        let bill = read(vec![
            ("BilledCost", numbers(&[1.5])),
            ("ChargePeriodStart", text(&[Some("2026-10-02T00:00:00Z")])),
            ("ServiceName", text(&[Some("Compute")])),
            ("Tags", tags),
        ]);
        assert_eq!(bill.by_tag("team").get("web").map(String::as_str), Some("1.5"));
    }
}
