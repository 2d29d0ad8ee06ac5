//! The usage of resources: measured, from a usage file, or a documented default.
//!
//! A usage file is infracost's: `resource_usage` by address, `resource_type_default_usage` by type. Its figures are numbers;
//! nested ones are joined with a dot (`standard.storage_gb`).

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_model::Quantity;

/// The origin of a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum QuantityOrigin {
    /// An attribute in the plan.
    Plan,
    /// The charges of the existing resource.
    Measured,
    /// The usage file.
    File,
    /// The default, as documented in the price reference.
    Default,
}

impl QuantityOrigin {
    /// Returns the label of a usage quantity.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Plan => "the plan",
            Self::Measured => "measured",
            Self::File => "usage file",
            Self::Default => "assumed",
        }
    }
}

/// Why a usage file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsageError {
    /// It is not YAML.
    #[error("{0}")]
    Yaml(String),
    /// A figure is not a number.
    #[error("`{0}` is not a number of zero or more")]
    Figure(String),
}

type Figures = BTreeMap<String, Quantity>;

/// The known usage of resources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    measured: BTreeMap<String, Figures>,
    by_address: BTreeMap<String, Figures>,
    by_kind: BTreeMap<String, Figures>,
}

/// The deepest nesting of figures in a file.
const DEPTH: usize = 4;

impl Usage {
    /// Reads a usage file.
    ///
    /// # Errors
    ///
    /// When it is not YAML, or a figure is not a number of zero or more.
    pub fn read(text: &str) -> Result<Self, UsageError> {
        let root: yaml_serde::Value =
            yaml_serde::from_str(text).map_err(|error| UsageError::Yaml(error.to_string()))?;
        let mut out = Self::default();
        for (section, into) in
            [("resource_usage", &mut out.by_address), ("resource_type_default_usage", &mut out.by_kind)]
        {
            for (name, figures) in root.get(section).and_then(|v| v.as_mapping()).into_iter().flatten() {
                let Some(name) = name.as_str() else { continue };
                let mut read = Figures::new();
                flatten(figures, String::new(), 0, &mut read)?;
                into.insert(name.to_owned(), read);
            }
        }
        Ok(out)
    }

    /// Adds a measured monthly figure of a resource.
    pub fn measured(&mut self, address: &str, key: &str, quantity: Quantity) {
        self.measured.entry(address.to_owned()).or_default().insert(key.to_owned(), quantity);
    }

    /// Returns a figure of a resource, with its origin.
    pub fn figure(&self, address: &str, kind: &str, key: &str) -> Option<(Quantity, QuantityOrigin)> {
        let measured = || self.measured.get(address)?.get(key).map(|q| (*q, QuantityOrigin::Measured));
        let exact = || self.by_address.get(address)?.get(key);
        // `aws_instance.web[*]` is every instance of it.
        let wild = || {
            let starred = starred(address)?;
            self.by_address.get(&starred)?.get(key)
        };
        let of_kind = || self.by_kind.get(kind)?.get(key);
        measured().or_else(|| exact().or_else(wild).or_else(of_kind).map(|q| (*q, QuantityOrigin::File)))
    }
}

/// Replaces the last key of an address by `[*]`.
fn starred(address: &str) -> Option<String> {
    let open = address.rfind('[')?;
    let close = open + address.get(open..)?.find(']')?;
    Some(format!("{}[*]{}", &address[..open], &address[close + 1..]))
}

fn flatten(value: &yaml_serde::Value, path: String, depth: usize, out: &mut Figures) -> Result<(), UsageError> {
    use yaml_serde::Value;
    match value {
        Value::Mapping(map) if depth < DEPTH => {
            for (key, inner) in map {
                let Some(key) = key.as_str() else { continue };
                let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                flatten(inner, path, depth + 1, out)?;
            }
            Ok(())
        }
        Value::Number(number) => {
            let read = number.to_string().parse::<Quantity>().ok().filter(|q| *q >= Quantity::ZERO);
            out.insert(path.clone(), read.ok_or(UsageError::Figure(path))?);
            Ok(())
        }
        // Text such as an operating system is not a figure.
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usage_file_is_read_by_address_then_type() {
        let text = "version: 0.1\nresource_type_default_usage:\n  aws_lambda_function:\n    monthly_requests: 5\n    request_duration_ms: 250\nresource_usage:\n  aws_lambda_function.hot:\n    monthly_requests: 1000000\n  aws_s3_bucket.b[*]:\n    standard:\n      storage_gb: 12.5\n    object_tags: null\n";
        let mut usage = Usage::read(text).unwrap();
        let get = |u: &Usage, a: &str, k: &str, key: &str| u.figure(a, k, key).map(|(q, o)| (q.to_string(), o));
        let kind = "aws_lambda_function";
        assert_eq!(
            get(&usage, "aws_lambda_function.hot", kind, "monthly_requests"),
            Some(("1000000".into(), QuantityOrigin::File))
        );
        assert_eq!(
            get(&usage, "aws_lambda_function.x", kind, "monthly_requests"),
            Some(("5".into(), QuantityOrigin::File))
        );
        let bucket = get(&usage, "aws_s3_bucket.b[3]", "aws_s3_bucket", "standard.storage_gb");
        assert_eq!(bucket, Some(("12.5".into(), QuantityOrigin::File)));
        assert_eq!(get(&usage, "aws_lambda_function.x", kind, "nothing"), None);
        usage.measured("aws_lambda_function.hot", "monthly_requests", crate::number::whole(7));
        assert_eq!(
            get(&usage, "aws_lambda_function.hot", kind, "monthly_requests"),
            Some(("7".into(), QuantityOrigin::Measured))
        );
    }

    #[test]
    fn an_invalid_figure_is_an_error() {
        let error = Usage::read("resource_usage:\n  a.b:\n    n: -1\n").unwrap_err();
        assert_eq!(error.to_string(), "`n` is not a number of zero or more");
        assert!(Usage::read("a: [").is_err());
        assert_eq!(Usage::read("").unwrap(), Usage::default());
    }
}
