//! Where the records of a JSON document are, and their nested keys.

use std::borrow::Cow;

use crate::json_text::{Json, Kind};

/// Keys under which services put their list of records, with the service.
///
/// Vultr API v2 (`invoice_items`, `pending_charges`), OpenCost and Kubecost (`data`), Alibaba Cloud BSS OpenAPI (`Data`, `Items`,
/// `Item`), Azure REST API (`value`), FOCUS in JSON of tools (`records`, `rows`, `charges`). Read 2026-11-28.
const LISTS: &[&str] = &[
    "invoice_items",
    "pending_charges",
    "data",
    "Data",
    "Items",
    "Item",
    "items",
    "value",
    "records",
    "rows",
    "charges",
    "results",
];

/// The records of a document: the objects of its list, or the document itself.
pub(crate) fn records<'a, 'b>(json: &'b Json<'a>) -> Vec<&'b Json<'a>> {
    match &json.kind {
        Kind::List(items) => {
            items.iter().flat_map(|item| if is_set(item) { entries(item) } else { vec![item] }).collect()
        }
        Kind::Object(_) if is_set(json) => entries(json),
        Kind::Object(_) => {
            let list = LISTS.iter().find_map(|key| json.get(key).filter(|v| holds_records(v)));
            list.map_or_else(|| vec![json], records)
        }
        _ => Vec::new(),
    }
}

/// What a document says of all of its records: the scalars beside the list, such as the billing cycle of a bill.
pub(crate) fn shared<'a, 'b>(json: &'b Json<'a>) -> Vec<(Cow<'b, str>, &'b Json<'a>)> {
    let Some(entries) = json.object() else { return Vec::new() };
    let list = LISTS.iter().find_map(|key| json.get(key).filter(|v| holds_records(v)));
    let Some(list) = list.filter(|_| !is_set(json)) else { return Vec::new() };
    let mut out: Vec<(Cow<'b, str>, &'b Json<'a>)> = entries
        .iter()
        .filter(|(key, value)| SHARED.contains(&key.as_ref()) && value.scalar().is_some())
        .map(|(key, value)| (Cow::Borrowed(key.as_ref()), value))
        .collect();
    out.extend(shared(list));
    out
}

/// Keys of documents that hold for each of their records: Alibaba Cloud's cycle and account of a bill, and a currency.
const SHARED: &[&str] = &["BillingCycle", "AccountID", "AccountName", "Currency", "currency"];

/// The text of a record with what its document says of all records.
pub(crate) fn with_shared(record: &Json<'_>, shared: &[(Cow<'_, str>, &Json<'_>)]) -> String {
    let more: Vec<String> = shared
        .iter()
        .filter(|(key, _)| record.object().is_some() && record.get(key).is_none())
        .map(|(key, value)| format!("{}:{}", serde_json::to_string(key).unwrap_or_default(), value.raw))
        .collect();
    match record.raw.strip_prefix('{') {
        Some(rest) if !more.is_empty() => {
            let comma = if record.object().is_some_and(<[_]>::is_empty) { "" } else { "," };
            format!("{{{}{comma}{rest}", more.join(","))
        }
        _ => record.raw.to_owned(),
    }
}

fn holds_records(value: &Json<'_>) -> bool {
    match &value.kind {
        Kind::List(items) => items.iter().all(|i| matches!(i.kind, Kind::Object(_) | Kind::Null)),
        Kind::Object(_) => is_set(value) || LISTS.iter().any(|key| value.get(key).is_some_and(holds_records)),
        _ => false,
    }
}

/// A set of allocations by name, as OpenCost answers: each entry is an object with a window.
fn is_set(value: &Json<'_>) -> bool {
    value.object().is_some_and(|entries| !entries.is_empty() && entries.iter().all(|(_, v)| v.get("window").is_some()))
}

fn entries<'a, 'b>(set: &'b Json<'a>) -> Vec<&'b Json<'a>> {
    set.object().into_iter().flatten().map(|(_, value)| value).collect()
}

/// Keys whose object is one value: tags, and the attributes of a product or price.
const WHOLE: &[&str] =
    &["tags", "labels", "annotations", "x_tags", "skupricedetails", "resource_tags", "product", "cost_category"];

/// The keys of a record with those of nested objects, joined with points.
pub(crate) fn flat<'a, 'b>(json: &'b Json<'a>) -> Vec<(Cow<'b, str>, &'b Json<'a>)> {
    let mut out = Vec::new();
    add("", json, &mut out);
    out
}

fn add<'a, 'b>(prefix: &str, json: &'b Json<'a>, out: &mut Vec<(Cow<'b, str>, &'b Json<'a>)>) {
    for (key, value) in json.object().into_iter().flatten() {
        let name: Cow<'b, str> =
            if prefix.is_empty() { Cow::Borrowed(key.as_ref()) } else { Cow::Owned(format!("{prefix}.{key}")) };
        let whole = WHOLE.contains(&key.to_lowercase().as_str());
        match &value.kind {
            Kind::Object(entries) if !whole && !entries.is_empty() => add(&name, value, out),
            _ => out.push((name, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Vec<String> {
        records(&Json::parse(text).unwrap()).iter().map(|r| r.raw.to_owned()).collect()
    }

    #[test]
    fn records_are_found_where_services_put_them() {
        for text in [
            r#"[{"a":1},{"a":2}]"#,
            r#"{"invoice_items":[{"a":1},{"a":2}],"meta":{"total":2}}"#,
            r#"{"Data":{"Items":{"Item":[{"a":1},{"a":2}]},"TotalCount":2}}"#,
        ] {
            assert_eq!(raw(text), [r#"{"a":1}"#, r#"{"a":2}"#], "{text}");
        }
        let allocations = r#"{"code":200,"data":[{"web":{"window":{},"cpuCost":1},"__idle__":{"window":{},"cpuCost":2}},{"web":{"window":{}}}]}"#;
        assert_eq!(raw(allocations).len(), 3);
        let bill = Json::parse(r#"{"Data":{"BillingCycle":"2026-10","Items":[{"Cost":1}]}}"#).unwrap();
        let text = with_shared(records(&bill)[0], &shared(&bill));
        assert_eq!(text, r#"{"BillingCycle":"2026-10","Cost":1}"#);
        assert_eq!(raw(r#"{"BilledCost":1,"items":"x"}"#), [r#"{"BilledCost":1,"items":"x"}"#]);
    }

    #[test]
    fn nested_keys_are_joined_and_tags_stay_whole() {
        let json =
            Json::parse(r#"{"service":{"id":"1","x":{"y":2}},"labels":{"a":"b"},"credits":[{"amount":1}]}"#).unwrap();
        let names: Vec<String> = flat(&json).into_iter().map(|(n, _)| n.into_owned()).collect();
        assert_eq!(names, ["service.id", "service.x.y", "labels", "credits"]);
    }
}
