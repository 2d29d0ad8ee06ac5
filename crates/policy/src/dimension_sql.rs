//! Dimensions as SQL, for engines that cannot evaluate an expression of the policy file, such as Athena.
//!
//! The functions are those that Trino and DataFusion share. An expression of text gives text or null; a condition is never null, as in
//! the policy file.

use hcl::Expression;
use hcl::expr::{BinaryOperator, FuncCall, Operation, Traversal, TraversalOperator, UnaryOperator};
use tollgate_model::Column;

use crate::dimension::{readable, snake};

type Sql = Result<String, String>;

/// The value of a dimension, or its default.
pub(crate) fn sql(expression: &Expression, default: &str) -> Sql {
    Ok(format!("coalesce(nullif({}, ''), {})", text(expression)?, quoted(default)))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// An expression whose value is text or null.
fn text(expression: &Expression) -> Sql {
    match expression {
        Expression::Null => Ok("cast(null as varchar)".to_owned()),
        Expression::String(text) => Ok(quoted(text)),
        Expression::Number(number) => Ok(quoted(&number.to_string())),
        Expression::Bool(flag) => Ok(quoted(&flag.to_string())),
        Expression::Parenthesis(inner) => text(inner),
        Expression::Traversal(traversal) => column(traversal),
        Expression::FuncCall(call) => match call.name.name.as_str() {
            name @ ("lower" | "upper") => Ok(format!("{name}({})", text(argument(call, 0)?)?)),
            "coalesce" => coalesce(call),
            _ => Ok(format!("case when {} then 'true' else 'false' end", condition(expression)?)),
        },
        Expression::Conditional(choice) => Ok(format!(
            "case when {} then {} else {} end",
            condition(&choice.cond_expr)?,
            text(&choice.true_expr)?,
            text(&choice.false_expr)?
        )),
        Expression::Operation(_) => Ok(format!("case when {} then 'true' else 'false' end", condition(expression)?)),
        Expression::TemplateExpr(_) => Err("SQL has no templates with `${}`".to_owned()),
        _ => Err("SQL has no lists and objects".to_owned()),
    }
}

/// An expression that holds or not.
fn condition(expression: &Expression) -> Sql {
    match expression {
        Expression::Bool(flag) => Ok(flag.to_string()),
        Expression::Parenthesis(inner) => condition(inner),
        Expression::FuncCall(call) => {
            let two = || Ok::<_, String>((text(argument(call, 0)?)?, text(argument(call, 1)?)?));
            match call.name.name.as_str() {
                "starts_with" => two().map(|(text, start)| format!("coalesce(starts_with({text}, {start}), false)")),
                "contains" => two().map(|(text, part)| format!("coalesce(strpos({text}, {part}) > 0, false)")),
                name => Err(format!("`{name}` is no condition")),
            }
        }
        Expression::Operation(operation) => match operation.as_ref() {
            Operation::Unary(unary) if unary.operator == UnaryOperator::Not => {
                Ok(format!("(not {})", condition(&unary.expr)?))
            }
            Operation::Binary(binary) => {
                let (left, right) = (&binary.lhs_expr, &binary.rhs_expr);
                match binary.operator {
                    BinaryOperator::And => Ok(format!("({} and {})", condition(left)?, condition(right)?)),
                    BinaryOperator::Or => Ok(format!("({} or {})", condition(left)?, condition(right)?)),
                    BinaryOperator::Eq => Ok(format!("({} is not distinct from {})", text(left)?, text(right)?)),
                    BinaryOperator::NotEq => Ok(format!("({} is distinct from {})", text(left)?, text(right)?)),
                    _ => Err("SQL has no arithmetic and no order of text here".to_owned()),
                }
            }
            Operation::Unary(_) => Err("SQL has no arithmetic here".to_owned()),
        },
        _ => Err("a condition of SQL compares text".to_owned()),
    }
}

fn argument(call: &FuncCall, number: usize) -> Result<&Expression, String> {
    call.args.get(number).ok_or_else(|| format!("`{}` lacks an argument", call.name.name.as_str()))
}

fn coalesce(call: &FuncCall) -> Sql {
    let parts = call.args.iter().map(|arg| text(arg).map(|sql| format!("nullif({sql}, '')")));
    let parts: Vec<String> = parts.collect::<Result<_, _>>()?;
    match parts.as_slice() {
        [] => Ok("cast(null as varchar)".to_owned()),
        [one] => Ok(one.clone()),
        many => Ok(format!("coalesce({})", many.join(", "))),
    }
}

/// `charge.service_name`, `charge.tags.team`, `charge.tags["cost-center"]`.
fn column(traversal: &Traversal) -> Sql {
    let step = |operator: &TraversalOperator| match operator {
        TraversalOperator::GetAttr(name) => Some(name.as_str().to_owned()),
        TraversalOperator::Index(Expression::String(key)) => Some(key.clone()),
        _ => None,
    };
    let steps: Option<Vec<String>> = traversal.operators.iter().map(step).collect();
    let steps = steps.ok_or_else(|| "SQL reads a key that is written as text only".to_owned())?;
    let name = steps.first().map(String::as_str).unwrap_or_default();
    let Some(column) = readable().find(|c| snake(*c) == name) else {
        return Err(format!("the table of Athena has no column `{name}`"));
    };
    match (column, steps.as_slice()) {
        (Column::Tags | Column::SkuPriceDetails, [_, key]) => {
            let path = format!("$[\"{}\"]", key.replace('\\', "\\\\").replace('"', "\\\""));
            Ok(format!("json_extract_scalar(\"{}\", {})", column.name(), quoted(&path)))
        }
        (Column::Tags | Column::SkuPriceDetails, _) => Err(format!("`{name}` is an object")),
        (_, [_]) => Ok(format!("\"{}\"", column.name())),
        _ => Err(format!("`{name}` is text")),
    }
}

#[cfg(test)]
mod tests {
    use crate::Policy;

    fn sql(value: &str) -> Result<String, String> {
        let text = format!("dimension \"team\" {{\n value = {value}\n default = \"it's none\"\n}}\n");
        Policy::parse("t", &text).unwrap().dimensions[0].sql()
    }

    #[test]
    fn expressions_of_text_become_sql() {
        assert_eq!(
            sql(r#"lower(coalesce(charge.tags.team, charge.tags["cost-center"]))"#).unwrap(),
            r#"coalesce(nullif(lower(coalesce(nullif(json_extract_scalar("Tags", '$["team"]'), ''), nullif(json_extract_scalar("Tags", '$["cost-center"]'), ''))), ''), 'it''s none')"#
        );
        assert_eq!(
            sql(r#"contains(charge.sub_account_name, "prod") && charge.region_id != "eu" ? "production" : null"#)
                .unwrap(),
            r#"coalesce(nullif(case when (coalesce(strpos("SubAccountName", 'prod') > 0, false) and ("RegionId" is distinct from 'eu')) then 'production' else cast(null as varchar) end, ''), 'it''s none')"#
        );
    }

    #[test]
    fn what_sql_cannot_express_is_named() {
        assert_eq!(sql("charge.x_Project").unwrap_err(), "the table of Athena has no column `x_Project`");
        assert_eq!(sql(r#""${charge.tags.a}-b""#).unwrap_err(), "SQL has no templates with `${}`");
        assert!(sql(r#"{ a = "b" }[charge.tags.a]"#).is_err());
    }
}
