//! Cost categories of AWS: their rules as a dimension, their split charge rules as allocations.
//!
//! Source: AWS Billing and Cost Management API Reference, CostCategory, CostCategoryRule, Expression and CostCategorySplitChargeRule. Read
//! 2026-11-28.

use serde_json::Value;

use super::text::{dimension_name, list, quoted, text, texts};
use super::{Blocks, Division, is_whole};

/// The default of a dimension, where a category has none.
const UNCATEGORIZED: &str = "unallocated";
/// Stands for an absent tag in a comparison: a null is equal to nothing.
const ABSENT: &str = "(absent)";

pub(super) fn read(category: &Value, blocks: &mut Blocks) {
    let title = match text(category, "Name") {
        "" => "cost category",
        name => name,
    };
    let name = dimension_name(title);
    let default = Some(text(category, "DefaultValue")).filter(|value| !value.is_empty());
    let mut value = "null".to_owned();
    let mut left_out = Vec::new();
    // The first rule that matches counts: the last one is the innermost.
    for (number, rule) in list(category, "Rules").iter().enumerate().rev() {
        match rule_value(rule, &value) {
            Ok(with_rule) => value = with_rule,
            Err(why) => {
                let of = text(rule, "Value");
                left_out
                    .push(format!("{title}: rule {} for \"{of}\": {why}; its charges go to later rules", number + 1));
            }
        }
    }
    left_out.reverse();
    left_out.into_iter().for_each(|what| blocks.leave_out(what));
    let comment = format!("Cost category {}", title.replace(['\n', '\r'], " "));
    blocks.dimension(&name, &comment, &value, default);
    for rule in list(category, "SplitChargeRules") {
        if let Err(why) = split(rule, &name, default.unwrap_or(UNCATEGORIZED), blocks) {
            blocks.leave_out(format!("{title}: the split charge rule of \"{}\": {why}", text(rule, "Source")));
        }
    }
}

/// The value of a category by one rule, and by the rules behind it.
fn rule_value(rule: &Value, otherwise: &str) -> Result<String, String> {
    if let Some(inherited) = rule.get("InheritedValue") {
        return match (text(inherited, "DimensionName"), text(inherited, "DimensionKey")) {
            ("LINKED_ACCOUNT_NAME", _) => Ok(format!("coalesce(charge.sub_account_name, {otherwise})")),
            ("TAG", key) if !key.is_empty() => Ok(format!("coalesce({}, {otherwise})", tag(key))),
            (name, _) => Err(format!("it inherits the value of `{name}`")),
        };
    }
    let condition = condition(rule.get("Rule").unwrap_or(&Value::Null))?;
    Ok(format!("{condition} ? {} : {otherwise}", quoted(text(rule, "Value"))))
}

fn tag(key: &str) -> String {
    // Keys of user tags have a prefix in Cost Explorer only.
    format!("charge.tags[{}]", quoted(key.strip_prefix("user:").unwrap_or(key)))
}

/// An expression of Cost Explorer as a condition.
fn condition(expression: &Value) -> Result<String, String> {
    let fields = expression.as_object().map(|fields| fields.iter().filter(|(_, value)| !value.is_null()));
    let mut fields = fields.into_iter().flatten();
    let (Some((kind, value)), None) = (fields.next(), fields.next()) else {
        return Err("its expression is not exactly one condition".to_owned());
    };
    let all = |operator: &str| {
        let parts = value.as_array().map_or(&[][..], Vec::as_slice);
        let parts = parts.iter().map(condition).collect::<Result<Vec<_>, _>>()?;
        if parts.is_empty() { Err(format!("`{kind}` is empty")) } else { Ok(format!("({})", parts.join(operator))) }
    };
    match kind.as_str() {
        "Or" => all(" || "),
        "And" => all(" && "),
        "Not" => Ok(format!("!{}", condition(value)?)),
        "Tags" => compared(&tag(text(value, "Key")), value),
        "Dimensions" => compared(column(text(value, "Key"))?, value),
        "CostCategories" => Err(format!("it reads the cost category `{}`", text(value, "Key"))),
        other => Err(format!("`{other}` is no known condition")),
    }
}

/// The column of a charge that a dimension of Cost Explorer is.
fn column(key: &str) -> Result<&'static str, String> {
    match key {
        "LINKED_ACCOUNT" => Ok("charge.sub_account_id"),
        "LINKED_ACCOUNT_NAME" => Ok("charge.sub_account_name"),
        "REGION" => Ok("charge.region_id"),
        // Columns of AWS' own in its FOCUS exports.
        "SERVICE_CODE" => Ok("charge.x_ServiceCode"),
        "USAGE_TYPE" => Ok("charge.x_UsageType"),
        other => Err(format!("charges have no column for `{other}`")),
    }
}

/// A comparison of a column or tag with values.
fn compared(column: &str, value: &Value) -> Result<String, String> {
    let options = texts(value, "MatchOptions");
    let has = |option: &str| options.iter().any(|o| o == option);
    let known = ["EQUALS", "STARTS_WITH", "CONTAINS", "ABSENT", "CASE_SENSITIVE", "CASE_INSENSITIVE"];
    if let Some(unknown) = options.iter().find(|option| !known.contains(&option.as_str())) {
        return Err(format!("the policy file has no comparison `{unknown}`"));
    }
    if has("ABSENT") {
        return Ok(format!("(coalesce({column}, {0}) == {0})", quoted(ABSENT)));
    }
    let folds = has("CASE_INSENSITIVE");
    let left = if folds { format!("lower({column})") } else { column.to_owned() };
    let one = |text: String| {
        let right = quoted(&if folds { text.to_lowercase() } else { text });
        match (has("STARTS_WITH"), has("CONTAINS")) {
            (true, _) => format!("starts_with({left}, {right})"),
            (_, true) => format!("contains({left}, {right})"),
            _ => format!("{left} == {right}"),
        }
    };
    let parts: Vec<String> = texts(value, "Values").into_iter().map(one).collect();
    if parts.is_empty() { Err("it has no values".to_owned()) } else { Ok(format!("({})", parts.join(" || "))) }
}

fn split(rule: &Value, dimension: &str, default: &str, blocks: &mut Blocks) -> Result<(), String> {
    // An empty source is what no rule took.
    let source = Some(text(rule, "Source")).filter(|source| !source.is_empty()).unwrap_or(default);
    let targets = texts(rule, "Targets");
    if source.contains('*') {
        return Err("a `*` in the source would match other values".to_owned());
    }
    if targets.is_empty() {
        return Err("it has no targets".to_owned());
    }
    let division = match text(rule, "Method") {
        "EVEN" => Division::Even(targets),
        "PROPORTIONAL" => Division::Cost(targets),
        "FIXED" => {
            let percent = list(rule, "Parameters").iter().find(|p| text(p, "Type") == "ALLOCATION_PERCENTAGES");
            let percent = percent.map(|parameter| texts(parameter, "Values")).unwrap_or_default();
            let shares: Vec<(String, String)> = targets.iter().cloned().zip(percent.iter().cloned()).collect();
            if percent.len() != targets.len() || !is_whole(&shares) {
                return Err("its percentages are not one a target that sum to 100".to_owned());
            }
            Division::Fixed(shares)
        }
        other => return Err(format!("the method `{other}` is not known")),
    };
    blocks.allocation(source, dimension, (dimension, &[source.to_owned()]), &division);
    Ok(())
}
