//! Values of the root's variables: files of variables, and what their declared types do to values.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hcl_edit::expr::{Expression, FuncCall, ObjectKey};
use tollgate_expression::{Evaluator, ExpressionScope, Object, ReferenceStep, Resolution, Value};
use tollgate_model::limits::GATE_FILE;

use crate::source::regular;
use crate::values::plain;

/// No names.
struct Nothing;

impl ExpressionScope for Nothing {
    fn resolve(&self, _: &str, _: &[ReferenceStep]) -> Resolution<'_> {
        Resolution::Nothing
    }
}

/// Returns the files of variables that Terraform reads by itself, in its order: a later file overrides.
pub fn variable_files(folder: &Path) -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> =
        ["terraform.tfvars", "terraform.tfvars.json"].iter().map(|name| folder.join(name)).collect();
    out.retain(|path| path.is_file());
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_auto = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.ends_with(".auto.tfvars") || name.ends_with(".auto.tfvars.json")
    };
    let mut auto: Vec<PathBuf> = entries.filter(is_auto).collect();
    auto.sort();
    out.extend(auto);
    out
}

/// Reads a file of variables, HCL or JSON by its name.
///
/// # Errors
///
/// When it cannot be read, with its line and column where known. The error quotes no value.
pub fn read_variable_file(path: &Path) -> Result<BTreeMap<String, Value>, String> {
    let text = regular(path)?;
    if path.extension().is_some_and(|extension| extension == "json") {
        let read = serde_json::from_str::<BTreeMap<String, serde_json::Value>>(&text);
        let all = read.map_err(|error| format!("{}:{}: this is not a JSON object", error.line(), error.column()))?;
        return Ok(all.into_iter().map(|(name, value)| (name, plain(value))).collect());
    }
    let body = tollgate_expression::parse(&text, GATE_FILE.size());
    let body = body.map_err(|error| format!("{}:{}: {}", error.line, error.column, error.message))?;
    let mut out = BTreeMap::new();
    for attribute in body.attributes() {
        let name = attribute.key.as_str().to_owned();
        let value = plain_value(&attribute.value);
        let value =
            value.ok_or_else(|| format!("`{name}` is not a plain value; a file of variables has no references"))?;
        out.insert(name, value);
    }
    Ok(out)
}

/// The value of an expression without references; `None` when it has one or cannot be evaluated.
pub(crate) fn plain_value(expression: &Expression) -> Option<Value> {
    Evaluator::new(&Nothing).evaluate(&expression.clone().into()).ok()
}

/// Reads the value of a variable from a command line or the environment: HCL where it is written so, as for a list or an object,
/// otherwise text.
pub fn read_variable(text: &str) -> Value {
    let structured = text.trim_start().starts_with(['[', '{', '"']);
    let read = structured.then(|| text.parse::<hcl::Expression>().ok()).flatten();
    read.and_then(|expression| Evaluator::new(&Nothing).evaluate(&expression).ok()).unwrap_or_else(|| Value::text(text))
}

/// Converts a value to a declared type: defaults of optional attributes are added, items and scalars are converted. A value that does not
/// fit stays as it is: Terraform would refuse it, and says it better.
pub(crate) fn converted(value: Value, declared: &Expression) -> Value {
    let (known, sensitive) = value.expose();
    match (declared, known) {
        (_, Value::Null | Value::Unknown(_)) => value,
        (Expression::Variable(name), known) => scalar(known, name.as_str()).marked(sensitive),
        (Expression::FuncCall(call), known) => constructed(known, call).marked(sensitive),
        (Expression::Parenthesis(inner), _) => converted(value.clone(), inner.inner()),
        _ => value,
    }
}

fn scalar(value: &Value, kind: &str) -> Value {
    let changed = match (kind, value) {
        ("string", Value::Number(_) | Value::Bool(_)) => Some(Value::text(value.shown())),
        ("number", Value::Text(text)) => Value::number(text),
        ("bool", Value::Text(text)) => text.parse().ok().map(Value::Bool),
        _ => None,
    };
    changed.unwrap_or_else(|| value.clone())
}

fn constructed(value: &Value, call: &FuncCall) -> Value {
    let inner = call.args.iter().next();
    match (call.name.name.as_str(), value, inner) {
        ("list" | "set", Value::List(items), Some(inner)) => {
            let mut items: Vec<Value> = items.iter().map(|item| converted(item.clone(), inner)).collect();
            if call.name.name.as_str() == "set" {
                items.sort_by_key(Value::shown);
                items.dedup();
            }
            Value::List(items)
        }
        ("map", Value::Object(object), Some(inner)) => {
            let entries = object.entries.iter().map(|(key, item)| (key.clone(), converted(item.clone(), inner)));
            Value::Object(Object { entries: entries.collect(), open: object.open.clone() })
        }
        ("tuple", Value::List(items), Some(Expression::Array(kinds))) => {
            let items = items.iter().zip(kinds.iter()).map(|(item, kind)| converted(item.clone(), kind));
            Value::List(items.collect())
        }
        ("object", Value::Object(object), Some(Expression::Object(kinds))) => {
            let mut entries = BTreeMap::new();
            for (key, kind) in kinds.iter() {
                let Some(name) = key_text(key) else { continue };
                let (kind, default) = optional(kind.expr());
                let given = object.get(&name);
                let given = if given.is_null() { default.unwrap_or(Value::Null) } else { given };
                entries.insert(name, converted(given, kind));
            }
            Value::Object(Object { entries, open: None })
        }
        ("optional", _, Some(inner)) => converted(value.clone(), inner),
        _ => value.clone(),
    }
}

/// The type of `optional(type, default)`, and its default.
fn optional(declared: &Expression) -> (&Expression, Option<Value>) {
    let Expression::FuncCall(call) = declared else { return (declared, None) };
    if call.name.name.as_str() != "optional" {
        return (declared, None);
    }
    let mut arguments = call.args.iter();
    let kind = arguments.next().unwrap_or(declared);
    let default = arguments.next().and_then(plain_value);
    (kind, default)
}

/// The name of an attribute of an object.
pub(crate) fn key_text(key: &ObjectKey) -> Option<String> {
    match key {
        ObjectKey::Ident(name) => Some(name.as_str().to_owned()),
        ObjectKey::Expression(Expression::Variable(name)) => Some(name.as_str().to_owned()),
        ObjectKey::Expression(expression) => expression.as_str().map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted_text(value: &str, declared: &str) -> String {
        let body = tollgate_expression::parse(&format!("a = {declared}\n"), 1 << 16).unwrap();
        converted(read_variable(value), &body.get_attribute("a").unwrap().value).shown()
    }

    #[test]
    fn values_become_their_declared_types() {
        for (value, declared, is) in [
            ("5", "number", "5"),
            ("true", "bool", "true"),
            ("[1, 2]", "list(string)", "[1, 2]"),
            ("[\"b\", \"a\", \"b\"]", "set(string)", "[a, b]"),
            ("{a = 1}", "map(string)", "{a = 1}"),
            (
                "{size = \"10\"}",
                "object({ size = number, type = optional(string, \"gp3\"), more = optional(string) })",
                "{more = null, size = 10, type = gp3}",
            ),
            ("{web = {}}", "map(object({ count = optional(number, 2) }))", "{web = {count = 2}}"),
            ("[\"x\", \"1\"]", "tuple([string, number])", "[x, 1]"),
            ("x", "any", "x"),
        ] {
            assert_eq!(converted_text(value, declared), is, "{value} as {declared}");
        }
    }

    #[test]
    fn files_of_variables_are_read_in_terraforms_order() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.auto.tfvars", "a.auto.tfvars.json", "terraform.tfvars", "other.tfvars"] {
            std::fs::write(
                folder.path().join(name),
                if name.ends_with("json") { "{\"x\": [1]}" } else { "x = [\"a\"]\n" },
            )
            .unwrap();
        }
        let files = variable_files(folder.path());
        let names: Vec<_> = files.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
        assert_eq!(names, ["terraform.tfvars", "a.auto.tfvars.json", "b.auto.tfvars"]);
        assert_eq!(read_variable_file(&files[1]).unwrap()["x"].shown(), "[1]");
        assert_eq!(read_variable_file(&files[2]).unwrap()["x"].shown(), "[a]");
        std::fs::write(&files[0], "x = var.secret\n").unwrap();
        assert!(read_variable_file(&files[0]).unwrap_err().contains("`x` is not a plain value"));
    }
}
