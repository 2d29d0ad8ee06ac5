//! Functions over columns of JSON text, such as `Tags` and `SkuPriceDetails`, under the names of DuckDB, Trino and the SQL
//! standard. Text that is no JSON has no values.
//!
//! Source: DuckDB 1.5, "JSON extraction functions"; ISO/IEC 9075-2, `JSON_VALUE`, which gives a string without quotes.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Int64Builder, ListBuilder, StringBuilder};
use arrow_array::{Array, ArrayRef, StringArray};
use arrow_schema::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use serde_json::Value;

use super::json_path::JsonPath;

/// What a function gives of the values at its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Gives {
    /// The text: a string without quotes, anything else as JSON.
    Text,
    /// The text of a string, number or boolean; nothing of an object or an array.
    Scalar,
    /// JSON text.
    Json,
    /// Whether there is a value, which may be null.
    Exists,
    /// How many elements an array has.
    Length,
    /// The names of an object's fields.
    Keys,
}

/// Name, further names, what it gives.
const FUNCTIONS: [(&str, &[&str], Gives); 6] = [
    (TEXT, &["json_extract_path_text"], Gives::Text),
    ("json_value", &["json_extract_scalar"], Gives::Scalar),
    (JSON, &["json_extract_path", "json_query"], Gives::Json),
    ("json_exists", &[], Gives::Exists),
    ("json_array_length", &[], Gives::Length),
    ("json_keys", &[], Gives::Keys),
];

/// The function behind `->>`.
const TEXT: &str = "json_extract_string";
/// The function behind `->`.
const JSON: &str = "json_extract";

/// Every function.
pub(super) fn all() -> Vec<ScalarUDF> {
    FUNCTIONS.iter().map(|(name, aliases, gives)| ScalarUDF::from(JsonFunction::new(name, aliases, *gives))).collect()
}

/// The function behind an operator: `->>` gives text, `->` JSON.
pub(super) fn operator(text: bool) -> ScalarUDF {
    let (name, gives) = if text { (TEXT, Gives::Text) } else { (JSON, Gives::Json) };
    ScalarUDF::from(JsonFunction::new(name, &[], gives))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct JsonFunction {
    name: &'static str,
    aliases: Vec<String>,
    gives: Gives,
    signature: Signature,
}

impl JsonFunction {
    fn new(name: &'static str, aliases: &[&str], gives: Gives) -> Self {
        let arguments = match gives {
            Gives::Length | Gives::Keys => TypeSignature::OneOf(vec![TypeSignature::Any(1), TypeSignature::Any(2)]),
            _ => TypeSignature::Any(2),
        };
        let aliases = aliases.iter().map(|a| (*a).to_owned()).collect();
        Self { name, aliases, gives, signature: Signature::new(arguments, Volatility::Immutable) }
    }

    fn one_type(&self) -> DataType {
        match self.gives {
            Gives::Text | Gives::Scalar | Gives::Json => DataType::Utf8,
            Gives::Exists => DataType::Boolean,
            Gives::Length => DataType::Int64,
            Gives::Keys => list_type(),
        }
    }

    /// A path with `*` gives a list of text.
    fn gives_list(&self, path: Option<&JsonPath>) -> bool {
        matches!(self.gives, Gives::Text | Gives::Json) && path.is_some_and(JsonPath::is_many)
    }
}

fn list_type() -> DataType {
    DataType::List(Arc::new(Field::new("item", DataType::Utf8, true)))
}

impl ScalarUDFImpl for JsonFunction {
    fn name(&self) -> &str {
        self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.one_type())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let path = args.scalar_arguments.get(1).copied().flatten().map(constant_path).transpose()?.flatten();
        let data_type = if self.gives_list(path.as_ref()) { list_type() } else { self.one_type() };
        Ok(Arc::new(Field::new(self.name, data_type, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_constant = args.args.iter().all(|a| matches!(a, ColumnarValue::Scalar(_)));
        let rows = if is_constant { 1 } else { args.number_rows };
        let Some(json) = args.args.first() else { return exec_err!("{} needs JSON text", self.name) };
        let json = as_text(json, rows)?;
        let array = match args.args.get(1) {
            None => self.answer(&json, &|_| Ok(Some(JsonPath::parse("$")?)), false)?,
            Some(ColumnarValue::Scalar(path)) => {
                let path = constant_path(path)?;
                self.answer(&json, &|_| Ok(path.clone()), self.gives_list(path.as_ref()))?
            }
            Some(paths) => {
                let paths = as_text(paths, rows)?;
                let path = |row: usize| match paths.is_valid(row) {
                    true => JsonPath::parse(paths.value(row)).map(Some),
                    false => Ok(None),
                };
                self.answer(&json, &path, false)?
            }
        };
        if is_constant {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?));
        }
        Ok(ColumnarValue::Array(array))
    }
}

/// The path of each row.
type PathOf<'a> = &'a dyn Fn(usize) -> std::result::Result<Option<JsonPath>, String>;

impl JsonFunction {
    fn answer(&self, json: &StringArray, path_of: PathOf<'_>, list: bool) -> Result<ArrayRef> {
        // A column has few distinct texts.
        let mut parsed: HashMap<&str, Option<Value>> = HashMap::new();
        let mut out = Output::new(self.gives, list);
        for row in 0..json.len() {
            let path = path_of(row).map_err(DataFusionError::Execution)?;
            let (true, Some(path)) = (json.is_valid(row), path) else {
                out.push(None);
                continue;
            };
            let text = json.value(row);
            let value = parsed.entry(text).or_insert_with(|| serde_json::from_str(text).ok());
            out.push(value.as_ref().map(|value| path.find(value)));
        }
        Ok(out.finish())
    }
}

/// The builder of a function's answer.
enum Output {
    Text(StringBuilder, fn(&Value) -> Option<String>),
    List(ListBuilder<StringBuilder>, fn(&Value) -> Option<String>),
    Exists(BooleanBuilder),
    Length(Int64Builder),
    Keys(ListBuilder<StringBuilder>),
}

impl Output {
    fn new(gives: Gives, list: bool) -> Self {
        let text: fn(&Value) -> Option<String> = match gives {
            Gives::Text => text,
            Gives::Scalar => scalar,
            _ => |value| Some(value.to_string()),
        };
        match gives {
            Gives::Text | Gives::Scalar | Gives::Json if list => {
                Self::List(ListBuilder::new(StringBuilder::new()), text)
            }
            Gives::Text | Gives::Scalar | Gives::Json => Self::Text(StringBuilder::new(), text),
            Gives::Exists => Self::Exists(BooleanBuilder::new()),
            Gives::Length => Self::Length(Int64Builder::new()),
            Gives::Keys => Self::Keys(ListBuilder::new(StringBuilder::new())),
        }
    }

    /// Adds a row: the values found, or nothing where there is no JSON.
    fn push(&mut self, found: Option<Vec<&Value>>) {
        let first = found.as_ref().and_then(|found| found.first().copied());
        match self {
            Self::Text(builder, text) => builder.append_option(first.and_then(*text)),
            Self::List(builder, text) => {
                for value in found.iter().flatten() {
                    builder.values().append_option(text(value));
                }
                builder.append(found.is_some());
            }
            Self::Exists(builder) => builder.append_option(found.map(|found| !found.is_empty())),
            Self::Length(builder) => {
                let length = first.map(|value| value.as_array().map_or(0, Vec::len));
                builder.append_option(length.and_then(|n| i64::try_from(n).ok()));
            }
            Self::Keys(builder) => {
                let fields = first.and_then(Value::as_object);
                for key in fields.iter().flat_map(|fields| fields.keys()) {
                    builder.values().append_value(key);
                }
                builder.append(first.is_some());
            }
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Text(mut builder, _) => Arc::new(builder.finish()),
            Self::List(mut builder, _) | Self::Keys(mut builder) => Arc::new(builder.finish()),
            Self::Exists(mut builder) => Arc::new(builder.finish()),
            Self::Length(mut builder) => Arc::new(builder.finish()),
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn scalar(value: &Value) -> Option<String> {
    if value.is_object() || value.is_array() { None } else { text(value) }
}

/// A path that is the same in every row: text, or the position in an array.
fn constant_path(path: &ScalarValue) -> Result<Option<JsonPath>> {
    if path.is_null() {
        return Ok(None);
    }
    if let Some(text) = path.try_as_str().flatten() {
        return JsonPath::parse(text).map(Some).map_err(DataFusionError::Plan);
    }
    match path.cast_to(&DataType::Int64) {
        Ok(ScalarValue::Int64(Some(position))) => Ok(Some(JsonPath::at(position))),
        _ => plan_err!("a JSON path is text such as '$.team', or a position"),
    }
}

/// An argument as text; dictionaries and views are expanded.
fn as_text(value: &ColumnarValue, rows: usize) -> Result<StringArray> {
    let array = arrow_cast::cast(&value.to_array(rows)?, &DataType::Utf8)?;
    match array.as_any().downcast_ref::<StringArray>() {
        Some(text) => Ok(text.clone()),
        None => exec_err!("JSON is text"),
    }
}
