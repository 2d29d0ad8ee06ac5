//! Filters of a cost query: `account=prod`, `service=Amazon*,AWS*`, `team!=research`, `tag:owner=`.

use std::fmt;
use std::str::FromStr;

use super::error::QueryError;
use super::field::CostField;
use crate::pattern::wildcard_matches;

/// A condition on a field: it has one of some values, or none of them.
///
/// # Parsing and printing
///
/// `FIELD=VALUE`, `FIELD!=VALUE`. Several values are separated by commas; `*` matches any run of characters; no value at all selects
/// the charges that have none. A value with a comma, a quote, or blanks at its ends stands in double quotes, with `""` for a quote.
///
/// An account matches by its id or its name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CostFilter {
    /// What is compared.
    pub field: CostField,
    /// Whether charges with one of the values are left out instead of kept.
    pub excludes: bool,
    /// The values; `None` stands for charges that have no value.
    pub values: Vec<Option<String>>,
}

impl CostFilter {
    /// The charges of which a field has a value.
    pub fn equal(field: CostField, value: impl Into<String>) -> Self {
        Self { field, excludes: false, values: vec![Some(value.into())] }
    }

    /// The same condition on the field as the policy file has it; see [`CostField::resolved`].
    #[must_use]
    pub fn resolved(&self, dimensions: &[&str]) -> Self {
        Self { field: self.field.resolved(dimensions), ..self.clone() }
    }

    /// Whether a charge is kept. `names` are the names of its value, such as those of an account.
    pub fn keeps(&self, value: Option<&str>, name: Option<&str>) -> bool {
        let is = |wanted: &Option<String>| match (wanted.as_deref(), value) {
            (None, None) => true,
            (None, Some(_)) | (Some(_), None) => false,
            (Some(wanted), Some(value)) => {
                wildcard_matches(wanted, value) || name.is_some_and(|name| wildcard_matches(wanted, name))
            }
        };
        self.values.iter().any(is) != self.excludes
    }

    /// The values without a wildcard, which a bill should know.
    pub fn exact_values(&self) -> impl Iterator<Item = &str> {
        self.values.iter().flatten().map(String::as_str).filter(|value| !value.contains('*'))
    }
}

impl FromStr for CostFilter {
    type Err = QueryError;
    fn from_str(text: &str) -> Result<Self, QueryError> {
        let wrong = || {
            let hint = "write FIELD=VALUE, such as account=prod, service=Amazon*, team!=research, or tag:owner= for charges without it";
            QueryError::form("filter", text, hint)
        };
        let at = text.find('=').ok_or_else(wrong)?;
        let (name, excludes) = match text[..at].strip_suffix('!') {
            Some(name) => (name, true),
            None => (&text[..at], false),
        };
        if name.trim().is_empty() {
            return Err(wrong());
        }
        let values = parse_values(&text[at + 1..]).ok_or_else(|| {
            QueryError::form(
                "filter",
                text,
                "a value with a comma stands in double quotes, with \"\" for a quote in it",
            )
        })?;
        let filter = Self { field: name.parse()?, excludes, values };
        if let Some(known) = filter.field.closed_values()
            && let Some(word) = filter.exact_values().find(|value| !known.contains(value))
        {
            return Err(QueryError::unknown("kind of charge", word, &known));
        }
        Ok(filter)
    }
}

/// The values of a filter; `None` where quotes do not match.
fn parse_values(text: &str) -> Option<Vec<Option<String>>> {
    let mut out = Vec::new();
    let mut rest = text;
    loop {
        let (value, after) = parse_value(rest)?;
        out.push(Some(value).filter(|value| !value.is_empty()));
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None => return after.is_empty().then_some(out),
        }
    }
}

/// One value, and the text after it, which begins with a comma or is empty.
fn parse_value(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start();
    let Some(mut rest) = text.strip_prefix('"') else {
        let (value, after) = text.split_at(text.find(',').unwrap_or(text.len()));
        return (!value.contains('"')).then(|| (value.trim_end().to_owned(), after));
    };
    let mut value = String::new();
    loop {
        let at = rest.find('"')?;
        value += &rest[..at];
        rest = &rest[at + 1..];
        match rest.strip_prefix('"') {
            Some(more) => {
                value.push('"');
                rest = more;
            }
            None => return Some((value, rest.trim_start())),
        }
    }
}

impl fmt::Display for CostFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |value: &Option<String>| {
            let value = value.as_deref().unwrap_or_default();
            match value.contains([',', '"']) || value.trim() != value {
                true => format!("\"{}\"", value.replace('"', "\"\"")),
                false => value.to_owned(),
            }
        };
        let values: Vec<String> = self.values.iter().map(quoted).collect();
        f.pad(&format!("{}{}={}", self.field, if self.excludes { "!" } else { "" }, values.join(",")))
    }
}

super::serde_by_text!(CostFilter);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filter(text: &str) -> CostFilter {
        text.parse().unwrap()
    }

    #[test]
    fn a_filter_names_a_field_and_its_values() {
        let of = |text: &str| {
            let filter = filter(text);
            let values: Vec<String> = filter.values.iter().map(|v| v.clone().unwrap_or("(none)".into())).collect();
            (filter.field.to_string(), filter.excludes, values.join("|"))
        };
        assert_eq!(of("account=prod"), ("account".into(), false, "prod".into()));
        assert_eq!(of("service!=Amazon S3, AWS*"), ("service".into(), true, "Amazon S3|AWS*".into()));
        assert_eq!(of("tag:owner="), ("tag:owner".into(), false, "(none)".into()));
        assert_eq!(of("tag:owner=,ann"), ("tag:owner".into(), false, "(none)|ann".into()));
        assert_eq!(of("service=\"a, \"\"b\"\"\",c=d"), ("service".into(), false, "a, \"b\"|c=d".into()));
        for wrong in ["", "account", "=prod", "!=x", "service=\"open", "service=a\"b", "kind=usge", "tag:=x"] {
            assert!(wrong.parse::<CostFilter>().is_err(), "{wrong}");
        }
        let error = "kind=usge".parse::<CostFilter>().unwrap_err().to_string();
        assert!(error.ends_with("did you mean `usage`?"), "{error}");
    }

    #[test]
    fn values_match_whole_by_pattern_or_by_name() {
        let keeps =
            |text: &str, value: Option<&str>| filter(text).keeps(value, Some("prod").filter(|_| value == Some("42")));
        assert!(
            keeps("account=prod", Some("42")) && keeps("account=42", Some("42")) && keeps("account=pr*", Some("42"))
        );
        assert!(
            !keeps("account!=prod", Some("42")) && keeps("account!=prod", Some("43")) && keeps("account!=prod", None)
        );
        assert!(!keeps("service=Amazon", Some("Amazon S3")) && keeps("service=Amazon*", Some("Amazon S3")));
        assert!(keeps("region=", None) && !keeps("region=", Some("eu")) && keeps("region!=", Some("eu")));
        assert!(!keeps("region=*", None));
    }

    proptest! {
        #[test]
        fn a_filter_reads_back(values in prop::collection::vec("[a-c ,\"*=é]{0,6}", 1..4), excludes: bool) {
            let values: Vec<Option<String>> = values.into_iter().map(|v| Some(v).filter(|v| !v.is_empty())).collect();
            let filter = CostFilter { field: "service".parse().unwrap(), excludes, values };
            prop_assert_eq!(filter.to_string().parse::<CostFilter>().unwrap(), filter);
        }

        #[test]
        fn reading_never_panics(text in ".{0,30}") {
            let _ = text.parse::<CostFilter>();
        }
    }
}
