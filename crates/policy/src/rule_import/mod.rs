//! Rules of providers as blocks of the policy file: cost categories of AWS, and cost allocation rules of Azure.
//!
//! What a provider's rule says and the policy file cannot is named, and nothing is put in its place.

mod aws;
mod azure;
mod text;

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use serde_json::Value;

use self::text::{block_name, quoted};
use crate::Policy;

/// Blocks of the policy file, and what they leave out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportedRules {
    /// `dimension` and `allocation` blocks.
    pub hcl: String,
    /// What cannot be expressed, one sentence each.
    pub left_out: Vec<String>,
    /// The number of `allocation` blocks.
    pub allocations: usize,
}

/// Reads the JSON of cost categories (AWS, `ce describe-cost-category-definition`) or of cost allocation rules (Azure,
/// `Microsoft.CostManagement/costAllocationRules`).
///
/// # Errors
///
/// When the text is no JSON, or neither of both; and when the blocks would be no valid policy file.
pub fn import_rules(json: &str) -> Result<ImportedRules, String> {
    let document: Value = serde_json::from_str(json).map_err(|error| format!("no JSON: {error}"))?;
    let mut blocks = Blocks::default();
    let documents: Vec<&Value> = match &document {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    };
    for document in documents {
        let category = document.get("CostCategory").unwrap_or(document);
        if category.get("Rules").is_some() {
            aws::read(category, &mut blocks);
        } else if document.get("value").or(document.get("properties")).is_some() {
            azure::read(document, &mut blocks);
        } else {
            return Err(
                "neither cost categories of AWS nor cost allocation rules of Azure\nhint: write the file with `aws ce \
                 describe-cost-category-definition`, or `az rest` on Microsoft.CostManagement/costAllocationRules"
                    .to_owned(),
            );
        }
    }
    let imported = blocks.finish();
    // Names that differ in case only, or a name of two kinds of things, can collide.
    match Policy::parse("the imported rules", &imported.hcl) {
        Ok(_) => Ok(imported),
        Err(error) => Err(format!("the rules make no valid policy file:\n{error}")),
    }
}

/// How an allocation divides.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Division {
    Even(Vec<String>),
    Cost(Vec<String>),
    /// Percent by target.
    Fixed(Vec<(String, String)>),
}

/// The blocks that are written.
#[derive(Default)]
struct Blocks {
    dimensions: Vec<(String, String)>,
    allocations: Vec<(String, String)>,
    left_out: Vec<String>,
}

impl Blocks {
    fn leave_out(&mut self, what: impl Into<String>) {
        self.left_out.push(what.into());
    }

    fn dimension(&mut self, name: &str, comment: &str, value: &str, default: Option<&str>) {
        let mut out = format!("# {comment}\ndimension {} {{\n  value   = {value}\n", quoted(name));
        if let Some(default) = default {
            out += &format!("  default = {}\n", quoted(default));
        }
        self.dimensions.push((name.to_owned(), out + "}\n"));
    }

    /// An `allocation` of a dimension. Its source is a value of this dimension or of another.
    fn allocation(&mut self, name: &str, dimension: &str, source: (&str, &[String]), division: &Division) {
        let named = |name: &String| self.allocations.iter().any(|(known, _)| known == name);
        let name = block_name(name);
        let mut unique = name.clone();
        let mut number = 1;
        while named(&unique) {
            number += 1;
            unique = format!("{name}-{number}");
        }
        let list = |texts: &[String]| format!("[{}]", texts.iter().map(|t| quoted(t)).collect::<Vec<_>>().join(", "));
        let (on, values) = source;
        let values = if let [one] = values { quoted(one) } else { list(values) };
        let mut out = format!("allocation {} {{\n", quoted(&unique));
        // Writing to a String cannot fail.
        let _ = writeln!(out, "  dimension = {}", quoted(dimension));
        let _ = writeln!(out, "  source    = {{ {} = {values} }}", quoted(on));
        let (method, targets) = match division {
            Division::Even(targets) => ("even", format!("  targets   = {}\n", list(targets))),
            Division::Cost(targets) => ("cost", format!("  targets   = {}\n", list(targets))),
            Division::Fixed(shares) => {
                let shares: Vec<String> =
                    shares.iter().map(|(name, part)| format!("{} = {part}", quoted(name))).collect();
                ("fixed", format!("  shares    = {{ {} }}\n", shares.join(", ")))
            }
        };
        let _ = writeln!(out, "  method    = \"{method}\"\n{targets}}}");
        self.allocations.push((unique, out));
    }

    fn finish(self) -> ImportedRules {
        let Self { dimensions, allocations, left_out } = self;
        let mut hcl: Vec<String> = Vec::new();
        if !left_out.is_empty() {
            let line = |text: &String| format!("#   {}\n", text.replace(['\n', '\r'], " "));
            hcl.push(format!("# Left out:\n{}", left_out.iter().map(line).collect::<String>()));
        }
        let count = allocations.len();
        hcl.extend(dimensions.into_iter().chain(allocations).map(|(_, block)| block));
        ImportedRules { hcl: hcl.join("\n"), left_out, allocations: count }
    }
}

/// Whether shares sum to 100 percent: the policy file accepts no others.
fn is_whole(shares: &[(String, String)]) -> bool {
    let parsed: Option<Vec<tollgate_model::Amount>> = shares.iter().map(|(_, share)| share.parse().ok()).collect();
    let sum = |all: Vec<tollgate_model::Amount>| {
        all.into_iter().fold(tollgate_model::Amount::ZERO, tollgate_model::Amount::saturating_add)
    };
    parsed.is_some_and(|all| sum(all) == tollgate_model::Amount::whole(100))
}
