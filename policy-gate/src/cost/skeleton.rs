//! A usage file to be filled in: every figure that the estimates of a plan read, with its default.

use std::collections::BTreeMap;

use tollgate_prices::{QuantityOrigin, known_figures};

use super::related::Others;
use super::{PriceInputs, measured, resource};
use crate::context::PlanContext;

const HEAD: &str = "\
# Usage of resources, for `prices { usage = \"FILE\" }`. Remove the `#` before a figure and write how much is used in a month.
# A figure that stays a comment is assumed: between zero and the number that is written here, if there is one.
version: 0.1
resource_usage:
";

/// A figure of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
struct FigureLine {
    /// The measured quantity or the default.
    value: Option<String>,
    measured: bool,
}

type Entry = BTreeMap<String, FigureLine>;

/// Returns a usage file for plans. Instances of a resource share an entry.
pub fn skeleton(plans: &[&PlanContext<'_>], price_inputs: &PriceInputs) -> String {
    let mut instances: BTreeMap<String, BTreeMap<String, Entry>> = BTreeMap::new();
    for context in plans {
        let others = Others::of(context);
        let usage = measured(context, price_inputs).into_owned().recording();
        for change in context.plan.changes.iter().filter(|change| change.stays()) {
            let (_, used) = resource(context, change, price_inputs, &usage, &others);
            let line = |(key, default): (String, Option<i64>)| {
                let found = usage.figure(&change.address, &change.kind, &key);
                let measured = found.filter(|(_, origin)| *origin == QuantityOrigin::Measured);
                let value = measured.map(|(q, _)| q.to_string()).or(default.map(|d| d.to_string()));
                (key, FigureLine { value, measured: measured.is_some() })
            };
            let known = known_figures(&change.kind).unwrap_or_default();
            // Files have the names of the format, which estimates may read by another name.
            let named = |(key, line): (String, FigureLine)| match known
                .iter()
                .find(|figure| figure.is(&key) || figure.read_as == key)
            {
                Some(figure) if figure.read_as == key && figure.read_as != figure.name => {
                    Some((figure.name.to_owned(), line))
                }
                Some(_) => Some((key, line)),
                None => line.measured.then_some((key, line)),
            };
            let entry: Entry = used.usage_read.into_iter().map(line).filter_map(named).collect();
            if !entry.is_empty() {
                instances.entry(starred(&change.address)).or_default().insert(change.address.to_string(), entry);
            }
        }
    }
    let mut out = HEAD.to_owned();
    for (pattern, of) in instances {
        match of.len() {
            // Measured figures differ from instance to instance.
            1 => of.iter().for_each(|(address, entry)| write_entry(&mut out, address, entry)),
            _ if of.values().any(|entry| entry.values().any(|line| line.measured)) => {
                of.iter().for_each(|(address, entry)| write_entry(&mut out, address, entry));
            }
            _ => {
                let mut all = Entry::new();
                of.into_values().for_each(|entry| all.extend(entry));
                write_entry(&mut out, &pattern, &all);
            }
        }
    }
    if out == HEAD { HEAD.replace("resource_usage:\n", "resource_usage: {}\n") } else { out }
}

fn write_entry(out: &mut String, address: &str, entry: &Entry) {
    let is_plain = address.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    let name = if is_plain { address.to_owned() } else { serde_json::Value::from(address).to_string() };
    *out += &format!("  {name}:\n");
    let mut group: Option<&str> = None;
    for (key, line) in entry {
        let (parent, last) = match key.rsplit_once('.') {
            Some((parent, last)) => (Some(parent), last),
            None => (None, key.as_str()),
        };
        let prefix = |measured: bool| if measured { "    " } else { "    # " };
        let value = line.value.as_ref().map_or(String::new(), |value| format!(" {value}"));
        if parent != group
            && let Some(parent) = parent
        {
            let is_measured =
                entry.iter().any(|(k, line)| line.measured && k.rsplit_once('.').is_some_and(|(p, _)| p == parent));
            *out += &format!("{}{parent}:\n", prefix(is_measured));
        }
        group = parent;
        let indent = if parent.is_some() { "  " } else { "" };
        *out += &format!("{}{indent}{last}:{value}\n", prefix(line.measured));
    }
}

/// Replaces instance keys by stars.
fn starred(address: &str) -> String {
    let mut out = String::new();
    let mut rest = address;
    while let Some(open) = rest.find('[') {
        let (before, inside) = rest.split_at(open);
        let close = if inside.starts_with("[\"") {
            inside.find("\"]").map(|at| at + 2)
        } else {
            inside.find(']').map(|at| at + 1)
        };
        let Some(close) = close else { break };
        out += before;
        out += "[*]";
        rest = &inside[close..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instance_keys_become_stars() {
        assert_eq!(starred("module.a[\"x]y\"].aws_sqs_queue.q[3]"), "module.a[*].aws_sqs_queue.q[*]");
        assert_eq!(starred("aws_sqs_queue.q"), "aws_sqs_queue.q");
    }

    #[test]
    fn nested_figures_stand_below_their_group() {
        let line = |value: &str, measured| FigureLine { value: Some(value.to_owned()), measured };
        let entry = Entry::from([
            ("object_tags".to_owned(), FigureLine { value: None, measured: false }),
            ("standard.monthly_tier_1_requests".to_owned(), line("10000", false)),
            ("standard.storage_gb".to_owned(), line("12.5", true)),
        ]);
        let mut out = HEAD.to_owned();
        write_entry(&mut out, "aws_s3_bucket.b", &entry);
        insta::assert_snapshot!(out, @r#"
        # Usage of resources, for `prices { usage = "FILE" }`. Remove the `#` before a figure and write how much is used in a month.
        # A figure that stays a comment is assumed: between zero and the number that is written here, if there is one.
        version: 0.1
        resource_usage:
          aws_s3_bucket.b:
            # object_tags:
            standard:
            #   monthly_tier_1_requests: 10000
              storage_gb: 12.5
        "#);
        let usage = tollgate_prices::Usage::read(&out).unwrap();
        let stored = usage.figure("aws_s3_bucket.b", "aws_s3_bucket", "standard.storage_gb");
        assert_eq!(stored.map(|(q, _)| q.to_string()).as_deref(), Some("12.5"));
    }
}
