//! The functions of expressions: those of Terraform that conditions need, by Terraform's names.

use hcl::Number;

use crate::evaluate::{EvaluationError, Evaluator};
use crate::{Object, Value};

/// A function, as documented in the reference.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// Its signature: `lower(text)`.
    pub usage: &'static str,
    /// Its result.
    pub gives: &'static str,
}

impl Function {
    /// Returns its name.
    pub fn name(&self) -> &'static str {
        self.usage.split('(').next().unwrap_or_default()
    }
}

const fn f(usage: &'static str, gives: &'static str) -> Function {
    Function { usage, gives }
}

/// Every function, by name.
pub const FUNCTIONS: &[Function] = &[
    f("abs(number)", "the number without its sign"),
    f("alltrue(list)", "whether every item is true"),
    f("anytrue(list)", "whether an item is true"),
    f("can(value)", "whether the value can be evaluated and is not null"),
    f("ceil(number)", "the whole number at or above"),
    f("coalesce(values…)", "the first value that is neither null nor empty text"),
    f("compact(list)", "the list without null and empty text"),
    f("concat(lists…)", "the items of all lists"),
    f("contains(list or text, part)", "whether the list or text contains the part"),
    f("distinct(list)", "each item once"),
    f("element(list, index)", "the item at an index, wrapping around"),
    f("endswith(text, end)", "whether the text ends with it"),
    f("ends_with(text, end)", "the same"),
    f("flatten(list)", "nested lists as one list"),
    f("floor(number)", "the whole number at or below"),
    f("format(pattern, values…)", "text with `%s` and `%d` filled in"),
    f("join(separator, list)", "the items as one text"),
    f("keys(object)", "the keys, sorted"),
    f("length(value)", "the number of items, keys or characters"),
    f("lookup(object, key, default)", "the value of a key, or the default"),
    f("lower(text)", "in lower case"),
    f("matches(text, pattern)", "whether a regular expression is found in the text"),
    f("max(numbers…)", "the largest"),
    f("merge(objects…)", "one object; later objects override"),
    f("min(numbers…)", "the smallest"),
    f("one(list)", "the only item, or null"),
    f("replace(text, part, by)", "the text with each part replaced"),
    f("reverse(list)", "the list in reverse order"),
    f("sort(list)", "the texts in order"),
    f("split(separator, text)", "the parts as a list"),
    f("startswith(text, start)", "whether the text starts with it"),
    f("starts_with(text, start)", "the same"),
    f("substr(text, offset, length)", "a part of the text, in characters"),
    f("sum(list)", "the numbers added up"),
    f("title(text)", "each word capitalized"),
    f("tobool(value)", "as true or false"),
    f("tolist(value)", "as a list"),
    f("tomap(value)", "as an object"),
    f("tonumber(value)", "as a number, or null"),
    f("toset(list)", "each item once"),
    f("tostring(value)", "as text"),
    f("trimprefix(text, start)", "the text without its start"),
    f("trimspace(text)", "the text without spaces around it"),
    f("trimsuffix(text, end)", "the text without its end"),
    f("try(values…)", "the first value that can be evaluated and is not null"),
    f("upper(text)", "in upper case"),
    f("values(object)", "the values, in the order of their keys"),
    f("zipmap(keys, values)", "an object of both"),
];

/// Returns whether a function exists.
pub fn is_function(name: &str) -> bool {
    FUNCTIONS.iter().any(|function| function.name() == name)
}

type Answer = Result<Value, EvaluationError>;

/// Calls a function. Its result may be known even when some arguments are unknown.
pub(crate) fn call(name: &str, arguments: &[Value], evaluator: &Evaluator<'_>) -> Answer {
    if let Some(answer) = by_parts(name, arguments) {
        return answer;
    }
    if let Some(reason) = arguments.iter().find_map(Value::unknown) {
        return Ok(Value::Unknown(reason.clone()));
    }
    let sensitive = arguments.iter().any(Value::is_sensitive);
    let plain: Vec<Value> = arguments.iter().map(|a| Value::from(a.to_hcl())).collect();
    let answer = known(&Call { name, arguments: &plain }, evaluator)?;
    // A boolean result reveals no more than a finding does.
    let shows = !matches!(answer, Value::Bool(_));
    Ok(answer.marked(sensitive && shows))
}

/// Functions whose result may be known when parts of their arguments are unknown.
fn by_parts(name: &str, arguments: &[Value]) -> Option<Answer> {
    match (name, arguments) {
        ("merge", objects) => {
            let mut out = Object::default();
            for object in objects {
                match object.expose() {
                    (Value::Object(object), sensitive) => {
                        let mut object = object.clone();
                        if sensitive {
                            object.entries.values_mut().for_each(|v| *v = v.clone().marked(true));
                        }
                        out.merge(object);
                    }
                    (Value::Unknown(reason), _) => {
                        out.merge(Object { open: Some(reason.clone()), ..Object::default() });
                    }
                    (Value::Null, _) => {}
                    _ => return Some(Err(EvaluationError("`merge` takes objects".to_owned()))),
                }
            }
            Some(Ok(Value::Object(out)))
        }
        ("coalesce", values) => {
            for value in values {
                match value.expose().0 {
                    Value::Null => {}
                    Value::Text(text) if text.is_empty() => {}
                    _ => return Some(Ok(value.clone())),
                }
            }
            Some(Ok(Value::Null))
        }
        ("lookup", [object, key, rest @ ..]) => {
            let key = key.as_text()?;
            let found = object.member(key);
            let missing = found.is_null();
            Some(Ok(if missing { rest.first().cloned().unwrap_or(Value::Null) } else { found }))
        }
        ("tomap" | "tolist", [value]) if value.as_object().is_some() || value.as_list().is_some() => {
            Some(Ok(value.clone()))
        }
        ("keys", [value]) => {
            let object = value.as_object().filter(|o| o.open.is_none())?;
            let keys = Value::List(object.entries.keys().map(Value::text).collect());
            Some(Ok(keys.marked(value.expose().1)))
        }
        ("length", [value]) => {
            let count = match value.expose().0 {
                Value::List(items) => items.len(),
                Value::Object(object) if object.open.is_none() => object.entries.len(),
                _ => return None,
            };
            Some(Ok(Value::Number(count.into())))
        }
        ("contains", [list, part]) => {
            let (items, part) = (list.as_list()?, part.expose().0);
            if part.unknown().is_some() {
                return None;
            }
            let found = items.iter().any(|item| item.expose().0 == part);
            match (found, items.iter().find_map(Value::unknown)) {
                (true, _) => Some(Ok(Value::Bool(true))),
                (false, Some(reason)) => Some(Ok(Value::Unknown(reason.clone()))),
                (false, None) => Some(Ok(Value::Bool(false))),
            }
        }
        ("anytrue" | "alltrue", [list]) => {
            let decides = name == "anytrue";
            let items = list.as_list()?;
            if items.iter().any(|item| *item.expose().0 == Value::Bool(decides)) {
                return Some(Ok(Value::Bool(decides)));
            }
            let reason = items.iter().find_map(Value::unknown);
            Some(Ok(reason.map_or(Value::Bool(!decides), |b| Value::Unknown(b.clone()))))
        }
        _ => None,
    }
}

/// A call with known arguments.
struct Call<'a> {
    name: &'a str,
    arguments: &'a [Value],
}

impl<'a> Call<'a> {
    fn wrong(&self, needs: &str) -> EvaluationError {
        EvaluationError(format!("`{}` needs {needs}", self.name))
    }

    fn argument(&self, index: usize) -> Result<&'a Value, EvaluationError> {
        self.arguments.get(index).ok_or_else(|| self.wrong("more arguments"))
    }

    /// Returns a text argument; null is empty text.
    fn text(&self, index: usize) -> Result<&'a str, EvaluationError> {
        match self.argument(index)? {
            Value::Text(text) => Ok(text),
            Value::Null => Ok(""),
            _ => Err(self.wrong("text")),
        }
    }

    fn list(&self, index: usize) -> Result<&'a [Value], EvaluationError> {
        match self.argument(index)? {
            Value::List(items) => Ok(items),
            Value::Null => Ok(&[]),
            _ => Err(self.wrong("a list")),
        }
    }

    fn number(&self, value: &Value) -> Result<f64, EvaluationError> {
        match value {
            Value::Number(number) => number.as_f64().ok_or_else(|| self.wrong("a number")),
            Value::Text(text) => parse_number(text).and_then(|n| n.as_f64()).ok_or_else(|| self.wrong("a number")),
            _ => Err(self.wrong("a number")),
        }
    }

    fn index(&self, index: usize) -> Result<usize, EvaluationError> {
        match self.argument(index)? {
            Value::Number(n) => n
                .as_u64()
                .and_then(|n| usize::try_from(n).ok())
                .ok_or_else(|| self.wrong("a whole number of zero or more")),
            _ => Err(self.wrong("a whole number")),
        }
    }

    /// Returns one of several numbers by comparison. The argument itself is returned, so whole numbers stay whole.
    fn extreme(&self, larger: bool) -> Answer {
        let mut best: Option<(f64, &Value)> = None;
        for value in self.arguments {
            let number = self.number(value)?;
            if best.is_none_or(|(b, _)| if larger { number > b } else { number < b }) {
                best = Some((number, value));
            }
        }
        best.map(|(_, v)| v.clone()).ok_or_else(|| self.wrong("a number"))
    }
}

fn float(value: f64) -> Value {
    // Whole and within 2^53: the conversion is exact.
    if value.fract() == 0.0 && value.abs() < 9e15 {
        return Value::Number(Number::from(value as i64));
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

/// Parses text that is a plain number.
pub(crate) fn parse_number(text: &str) -> Option<Number> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(Number::from(whole));
    }
    let plain = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E'));
    text.parse::<f64>().ok().filter(|_| plain).and_then(Number::from_f64)
}

fn known(call: &Call<'_>, evaluator: &Evaluator<'_>) -> Answer {
    let text = |index| call.text(index);
    let flag = |flag| Ok(Value::Bool(flag));
    match call.name {
        "lower" => Ok(Value::Text(text(0)?.to_lowercase())),
        "upper" => Ok(Value::Text(text(0)?.to_uppercase())),
        "title" => Ok(Value::Text(title(text(0)?))),
        "trimspace" => Ok(Value::text(text(0)?.trim())),
        "trimprefix" => Ok(Value::text(text(0)?.strip_prefix(text(1)?).unwrap_or(text(0)?))),
        "trimsuffix" => Ok(Value::text(text(0)?.strip_suffix(text(1)?).unwrap_or(text(0)?))),
        "startswith" | "starts_with" => flag(text(0)?.starts_with(text(1)?)),
        "endswith" | "ends_with" => flag(text(0)?.ends_with(text(1)?)),
        "matches" => flag(evaluator.pattern(text(1)?)?.is_match(text(0)?)),
        "contains" => match call.argument(0)? {
            Value::Text(whole) => flag(whole.contains(text(1)?)),
            Value::Null => flag(false),
            _ => Err(call.wrong("a list or text")),
        },
        "replace" => Ok(Value::Text(text(0)?.replace(text(1)?, text(2)?))),
        "split" => Ok(Value::List(text(1)?.split(text(0)?).map(Value::text).collect())),
        "join" => {
            let parts: Vec<String> = call.list(1)?.iter().map(Value::shown).collect();
            Ok(Value::Text(parts.join(text(0)?)))
        }
        "substr" => {
            let part = text(0)?.chars().skip(call.index(1)?).take(call.index(2)?);
            Ok(Value::Text(part.collect()))
        }
        "format" => Ok(Value::Text(format_text(text(0)?, &call.arguments[1..]))),
        "length" => match call.argument(0)? {
            Value::Text(text) => Ok(Value::Number(text.chars().count().into())),
            Value::Null => Ok(Value::Number(0.into())),
            _ => Err(call.wrong("a list, an object or text")),
        },
        "values" => match call.argument(0)? {
            Value::Object(object) => Ok(Value::List(object.entries.values().cloned().collect())),
            Value::Null => Ok(Value::List(Vec::new())),
            _ => Err(call.wrong("an object")),
        },
        "keys" => match call.argument(0)? {
            Value::Null => Ok(Value::List(Vec::new())),
            _ => Err(call.wrong("an object")),
        },
        "zipmap" => {
            let mut out = Object::default();
            for (key, value) in call.list(0)?.iter().zip(call.list(1)?) {
                out.entries.insert(key.shown(), value.clone());
            }
            Ok(Value::Object(out))
        }
        "tolist" | "tomap" => match call.argument(0)? {
            Value::Null => Ok(Value::Null),
            _ => Err(call.wrong("a list or an object")),
        },
        "toset" | "distinct" => {
            let mut out: Vec<Value> = Vec::new();
            for item in call.list(0)? {
                if !out.contains(item) {
                    out.push(item.clone());
                }
            }
            Ok(Value::List(out))
        }
        "concat" => {
            let lists = (0..call.arguments.len()).map(|i| call.list(i)).collect::<Result<Vec<_>, _>>()?;
            Ok(Value::List(lists.concat()))
        }
        "flatten" => {
            let mut out = Vec::new();
            flatten(call.list(0)?, &mut out);
            Ok(Value::List(out))
        }
        "compact" => {
            let kept = call.list(0)?.iter().filter(|v| !v.is_null() && v.as_text() != Some("")).cloned();
            Ok(Value::List(kept.collect()))
        }
        "reverse" => Ok(Value::List(call.list(0)?.iter().rev().cloned().collect())),
        "sort" => {
            let mut items: Vec<String> = call.list(0)?.iter().map(Value::shown).collect();
            items.sort();
            Ok(Value::List(items.into_iter().map(Value::Text).collect()))
        }
        "element" => {
            let (items, index) = (call.list(0)?, call.index(1)?);
            index.checked_rem(items.len()).map(|i| items[i].clone()).ok_or_else(|| call.wrong("a list with items"))
        }
        "one" => match call.list(0)? {
            [] => Ok(Value::Null),
            [only] => Ok(only.clone()),
            _ => Err(call.wrong("a list of one item or none")),
        },
        "tostring" => match call.argument(0)? {
            Value::Null => Ok(Value::Null),
            Value::List(_) | Value::Object(_) => Err(call.wrong("text, a number or a flag")),
            scalar => Ok(Value::Text(scalar.shown())),
        },
        "tonumber" => match call.argument(0)? {
            Value::Number(number) => Ok(Value::Number(*number)),
            Value::Text(text) => Ok(parse_number(text).map_or(Value::Null, Value::Number)),
            Value::Null => Ok(Value::Null),
            _ => Err(call.wrong("text or a number")),
        },
        "tobool" => match call.argument(0)? {
            Value::Bool(b) => flag(*b),
            Value::Text(text) if text == "true" => flag(true),
            Value::Text(text) if text == "false" => flag(false),
            Value::Null => Ok(Value::Null),
            _ => Err(call.wrong("true or false")),
        },
        "abs" => Ok(float(call.number(call.argument(0)?)?.abs())),
        "ceil" => Ok(float(call.number(call.argument(0)?)?.ceil())),
        "floor" => Ok(float(call.number(call.argument(0)?)?.floor())),
        "max" => call.extreme(true),
        "min" => call.extreme(false),
        "sum" => {
            let mut sum = 0.0;
            for item in call.list(0)? {
                sum += call.number(item)?;
            }
            Ok(float(sum))
        }
        _ => Err(call.wrong("other arguments")),
    }
}

fn flatten(items: &[Value], out: &mut Vec<Value>) {
    for item in items {
        match item {
            Value::List(inner) => flatten(inner, out),
            other => out.push(other.clone()),
        }
    }
}

fn title(text: &str) -> String {
    let mut start = true;
    text.chars()
        .map(|c| {
            let out = if start { c.to_uppercase().next().unwrap_or(c) } else { c };
            start = c.is_whitespace();
            out
        })
        .collect()
}

/// Fills in `%s`, `%d` and `%v`; `%%` becomes `%`.
fn format_text(pattern: &str, values: &[Value]) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut values = values.iter();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let mut chars = after.chars();
        match chars.next() {
            Some('s' | 'd' | 'v') => out.push_str(&values.next().map(Value::shown).unwrap_or_default()),
            Some('%') => out.push('%'),
            Some(other) => out.extend(['%', other]),
            None => out.push('%'),
        }
        rest = chars.as_str();
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use crate::{Evaluator, ExpressionScope, Object, ReferenceStep, Resolution, UnknownReason, Value};

    struct Names;

    impl ExpressionScope for Names {
        fn resolve(&self, name: &str, _: &[ReferenceStep]) -> Resolution<'_> {
            let value = match name {
                "unknown" => Value::Unknown(UnknownReason::new("var.x")),
                "secret" => Value::text("hunter2").marked(true),
                "part" => Value::Object(Object {
                    entries: [("a".to_owned(), Value::text("1"))].into(),
                    open: Some(UnknownReason::new("var.rest")),
                }),
                "size" => Value::Number(8.into()),
                "list" => Value::List(vec![Value::text("x"), Value::Unknown(UnknownReason::new("id"))]),
                _ => return Resolution::Nothing,
            };
            Resolution::Value(Cow::Owned(value), 0)
        }
    }

    fn result_text(expression: &str) -> String {
        let expression: hcl::Expression = expression.parse().unwrap();
        match Evaluator::new(&Names).evaluate(&expression) {
            Ok(Value::Unknown(reason)) => format!("unknown: {reason}"),
            Ok(value) => value.shown(),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn what_is_known_either_way_is_known() {
        for (expression, is) in [
            ("unknown && false", "false"),
            ("false && unknown", "false"),
            ("unknown || true", "true"),
            ("unknown && true", "unknown: var.x"),
            ("!unknown", "unknown: var.x"),
            ("unknown == 1", "unknown: var.x"),
            ("unknown ? 1 : 1", "1"),
            ("unknown ? 1 : 2", "unknown: var.x"),
            ("part.a", "1"),
            ("part.b", "unknown: var.rest"),
            ("merge({b = 2}, part).b", "unknown: var.rest"),
            ("merge(part, {b = 2}).b", "2"),
            ("merge(unknown, {Name = \"n\"}).Name", "n"),
            ("(unknown ? {a = 1, b = 1} : {a = 1, b = 2}).a", "1"),
            ("contains(list, \"x\")", "true"),
            ("contains(list, \"y\")", "unknown: id"),
            ("length(list)", "2"),
            ("list == [\"z\", \"id\"]", "false"),
            ("[for i in list : upper(i)][0]", "X"),
            ("{for k, v in part : upper(k) => v}.A", "1"),
            ("anytrue([unknown, true])", "true"),
            ("try(part.b, 1)", "unknown: var.rest"),
            ("coalesce(null, \"\", \"z\")", "z"),
            ("{\"7\" = \"a\"}[7]", "a"),
        ] {
            assert_eq!(result_text(expression), is, "{expression}");
        }
    }

    #[test]
    fn plain_values_are_terraforms() {
        for (expression, is) in [
            ("size > 4 && size <= 8", "true"),
            ("size == \"8\"", "true"),
            ("\"100\" > 20", "true"),
            ("missing", "error: `missing` is not known here"),
            ("missing.a[0]", "error: `missing.a[0]` is not known here"),
            ("null > 3", "false"),
            ("matches(\"m5.large\", \"^m[0-9]\")", "true"),
            ("format(\"%s-%d%%\", \"a\", 3)", "a-3%"),
            ("\"${upper(\"a\")}-${size}\"", "A-8"),
            ("\"%{ if size > 3 }big%{ else }small%{ endif }\"", "big"),
            ("[for i in [1, 2, 3] : i * 2 if i > 1]", "[4, 6]"),
            ("{for s in [\"a\", \"b\"] : s => 1...}", "{a = [1], b = [1]}"),
            ("{a = [{b = 1}, {b = 2}]}.a[*].b", "[1, 2]"),
            ("sum([1.5, 2.5])", "4"),
            ("nofunction(1)", "error: there is no function `nofunction`"),
            ("max(3, 7, 5)", "7"),
            ("1 + true", "error: an operator has operands of the wrong type"),
        ] {
            assert_eq!(result_text(expression), is, "{expression}");
        }
    }

    #[test]
    fn what_is_sensitive_stays_so_unless_it_is_yes_or_no() {
        for expression in ["secret", "upper(secret)", "\"a${secret}\"", "[secret][0]", "merge({a = secret}, {}).a"] {
            assert_eq!(result_text(expression), "(sensitive value)", "{expression}");
        }
        assert_eq!(result_text("join(\"-\", [secret, \"b\"])"), "(sensitive value)");
        assert_eq!(result_text("secret == \"hunter2\""), "true");
        assert_eq!(result_text("part[secret]"), "unknown: a sensitive index");
        assert!(!result_text("missing[secret]").contains("hunter2"));
        assert_eq!(
            result_text("{for c in [secret] : c => 1}"),
            "{hunter2 = 1}".replace("hunter2", "(sensitive value)")
        );
    }

    proptest! {
        #[test]
        fn no_expression_makes_it_panic(text in "(unknown|part|list|size|secret|for|in|if|merge|try|element|substr|format|[0-9]{1,20}|\\.|,|:|\\?|=>|=|\\[|\\]|\\{|\\}|\\(|\\)|\\*|-|/|%|<|!|&&| |\"|\\$\\{|\\}){0,30}") {
            let text = format!("a = {text}");
            if let Ok(body) = crate::parse(&text, 1 << 16)
                && let Some(attribute) = body.get_attribute("a")
            {
                let _ = Evaluator::new(&Names).evaluate(&attribute.value.clone().into());
            }
        }
    }
}
