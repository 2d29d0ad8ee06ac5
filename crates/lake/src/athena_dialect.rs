//! A query in Athena's words: the functions, operators and literals that DataFusion and DuckDB have and Trino has not.
//!
//! A query without them is sent as it is written. Column names need nothing: Athena does not regard their case.
//!
//! Source: Trino, "JSON functions", "Date and time functions" and `SELECT`; Athena engine version 3. Read 2026-11-28.

use std::ops::ControlFlow;

use datafusion::sql::parser::{DFParser, Statement};
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Select, SelectItem, Value,
    VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use tollgate_model::Column;
use tollgate_model::focus::ColumnType;

use crate::sql::rewrite::{any_element, bind_arrow};

/// The query as Athena takes it.
pub(crate) fn in_trino(query: &str) -> String {
    let Some(Statement::Statement(mut statement)) = DFParser::parse_sql(query).ok().and_then(|mut all| all.pop_front())
    else {
        return query.to_owned();
    };
    let written = statement.to_string();
    let _ = statement.visit(&mut ToTrino);
    let translated = statement.to_string();
    if translated == written { query.to_owned() } else { translated }
}

struct ToTrino;

impl VisitorMut for ToTrino {
    type Break = ();

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        group_by_expressions(select);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        while bind_arrow(expression) {}
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        if let Some(translated) = translate(expression) {
            *expression = translated;
        }
        ControlFlow::Continue(())
    }
}

fn translate(expression: &mut Expr) -> Option<Expr> {
    match expression {
        Expr::BinaryOp { left, op: BinaryOperator::LongArrow, right } => {
            parse(&format!("json_extract_scalar({left}, {})", path(right)))
        }
        Expr::BinaryOp { left, op: BinaryOperator::Arrow, right } => {
            parse(&format!("json_extract({left}, {})", path(right)))
        }
        Expr::BinaryOp { left, op, right } if is_comparison(op) => {
            let other = match (is_time(left), is_time(right)) {
                (true, false) => right,
                (false, true) => left,
                _ => return None,
            };
            if let Some(literal) = timestamp(other) {
                **other = literal;
            }
            None
        }
        Expr::Between { expr, low, high, .. } if is_time(expr) => {
            for bound in [low, high] {
                if let Some(literal) = timestamp(bound) {
                    **bound = literal;
                }
            }
            None
        }
        Expr::Exists { subquery, negated } => any_element(subquery, *negated).and_then(|any| {
            // The function has another name.
            parse_lambda(&any.to_string().replace("array_any_match(", "any_match("))
        }),
        Expr::Function(call) => {
            let FunctionArguments::List(list) = &call.args else { return None };
            let arguments: Vec<&Expr> = list.args.iter().filter_map(plain).collect();
            function(&call.name.to_string().to_lowercase(), &arguments)
        }
        _ => None,
    }
}

/// A function of ours in the words of Trino.
fn function(name: &str, arguments: &[&Expr]) -> Option<Expr> {
    let text = match (name, arguments) {
        ("json_extract_string" | "json_extract_path_text" | "json_value", [json, at]) => {
            format!("json_extract_scalar({json}, {})", path(at))
        }
        ("json_exists", [json, at]) => format!("(json_extract({json}, {}) IS NOT NULL)", path(at)),
        ("json_extract" | "json_extract_path" | "json_query", [json, at]) => match literal(at) {
            Some(text) if text.ends_with("[*]") => {
                format!("CAST(json_extract({json}, '{}') AS ARRAY<JSON>)", text.trim_end_matches("[*]"))
            }
            Some(text) if !text.starts_with('$') => format!("json_extract({json}, {})", path(at)),
            _ => return None,
        },
        ("dayofmonth", [date]) => format!("day({date})"),
        ("dayofyear", [date]) => format!("day_of_year({date})"),
        ("weekofyear", [date]) => format!("week({date})"),
        // Sunday is 0, not 7.
        ("dayofweek", [date]) => format!("(day_of_week({date}) % 7)"),
        ("strftime" | "to_char", [date, form]) => format!("date_format({date}, {form})"),
        _ => return None,
    };
    parse(&text)
}

/// A path in Trino's notation: a key alone is put in brackets.
fn path(at: &Expr) -> String {
    match (literal(at), at) {
        (Some(text), _) if !text.starts_with('$') => format!("'$[\"{}\"]'", text.replace('\'', "''")),
        (None, Expr::Value(value)) if matches!(value.value, Value::Number(..)) => format!("'$[{}]'", value.value),
        _ => at.to_string(),
    }
}

/// Trino groups by expressions; the names of the answer's columns are not known there.
fn group_by_expressions(select: &mut Select) {
    let aliases: Vec<(String, Expr)> = select
        .projection
        .iter()
        .filter_map(|item| match item {
            SelectItem::ExprWithAlias { expr, alias } => Some((alias.value.clone(), expr.clone())),
            _ => None,
        })
        .collect();
    let GroupByExpr::Expressions(expressions, _) = &mut select.group_by else { return };
    for grouped in expressions {
        let Expr::Identifier(name) = &*grouped else { continue };
        if Column::ALL.iter().any(|column| column.name().eq_ignore_ascii_case(&name.value)) {
            continue;
        }
        let alias = aliases.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(&name.value));
        if let Some((_, expression)) = alias {
            *grouped = expression.clone();
        }
    }
}

/// An instant in UTC, as Athena compares it with a column of time.
fn timestamp(literal_of: &Expr) -> Option<Expr> {
    let text = literal(literal_of)?;
    let (day, time) = text.split_once(['T', ' ']).unwrap_or((text, "00:00:00"));
    let is_day = day.parse::<tollgate_model::Day>().is_ok();
    let time = time.trim_end_matches('Z').trim_end_matches("+00:00");
    let is_time = time.len() >= 8 && time.chars().all(|c| c.is_ascii_digit() || c == ':' || c == '.');
    if is_day && is_time { parse(&format!("TIMESTAMP '{day} {time}'")) } else { None }
}

fn is_time(expression: &Expr) -> bool {
    let name = match expression {
        Expr::Identifier(name) => name,
        Expr::CompoundIdentifier(parts) => match parts.last() {
            Some(name) => name,
            None => return false,
        },
        _ => return false,
    };
    let is = |column: &&Column| column.name().eq_ignore_ascii_case(&name.value);
    Column::ALL.iter().find(is).is_some_and(|column| column.column_type() == ColumnType::Time)
}

fn is_comparison(operator: &BinaryOperator) -> bool {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    matches!(operator, Eq | NotEq | Lt | LtEq | Gt | GtEq)
}

fn literal(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

fn plain(argument: &FunctionArg) -> Option<&Expr> {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) => Some(expression),
        _ => None,
    }
}

fn parse(text: &str) -> Option<Expr> {
    Parser::new(&GenericDialect {}).try_with_sql(text).ok()?.parse_expr().ok()
}

/// An expression with `x -> …`, which the generic dialect does not read.
fn parse_lambda(text: &str) -> Option<Expr> {
    use datafusion::sql::sqlparser::dialect::DatabricksDialect;
    let query = Parser::new(&DatabricksDialect {}).try_with_sql(text).ok()?.parse_expr().ok()?;
    (!matches!(query, Expr::Subquery(_))).then_some(query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_that_athena_has_words_for_is_sent_as_it_is_written() {
        for query in [
            "select  1 from charges",
            "SELECT month(ChargePeriodStart), sum(BilledCost) FROM charges GROUP BY 1",
            "no sql",
        ] {
            assert_eq!(in_trino(query), query);
        }
    }

    #[test]
    fn functions_operators_and_literals_are_those_of_trino() {
        for (expression, trino) in [
            ("Tags ->> 'team' = 'web'", "json_extract_scalar(Tags, '$[\"team\"]') = 'web'"),
            ("json_extract_string(Tags, '$.' || 'team')", "json_extract_scalar(Tags, '$.' || 'team')"),
            (
                "json_exists(SkuPriceDetails, '$.CoreCount')",
                "(json_extract(SkuPriceDetails, '$.CoreCount') IS NOT NULL)",
            ),
            ("JSON_VALUE(x, '$.a')", "json_extract_scalar(x, '$.a')"),
            ("ChargePeriodStart >= '2026-09-01T00:00:00Z'", "ChargePeriodStart >= TIMESTAMP '2026-09-01 00:00:00'"),
            ("c.billingperiodend < '2026-09-01'", "c.billingperiodend < TIMESTAMP '2026-09-01 00:00:00'"),
            ("ServiceName >= '2026-09-01'", "ServiceName >= '2026-09-01'"),
            ("dayofweek(ChargePeriodStart)", "(day_of_week(ChargePeriodStart) % 7)"),
        ] {
            assert_eq!(in_trino(&format!("SELECT {expression} FROM charges")), format!("SELECT {trino} FROM charges"));
        }
    }

    #[test]
    fn lists_of_json_are_arrays_and_a_group_is_an_expression() {
        let query = "SELECT json_value(ca, '$.id') AS id FROM charges CROSS JOIN UNNEST(json_extract(ContractApplied, '$.Elements[*]')) AS u(ca) GROUP BY id";
        let trino = "SELECT json_extract_scalar(ca, '$.id') AS id FROM charges CROSS JOIN UNNEST(CAST(json_extract(ContractApplied, '$.Elements') AS ARRAY<JSON>)) AS u (ca) GROUP BY json_extract_scalar(ca, '$.id')";
        assert_eq!(in_trino(query), trino);
        let query = "SELECT 1 FROM charges WHERE EXISTS (SELECT 1 FROM UNNEST(json_extract(x, '$.l[*]')) AS u(c) WHERE json_value(c, '$.t') = 'p')";
        let trino = "SELECT 1 FROM charges WHERE coalesce(any_match(CAST(json_extract(x, '$.l') AS ARRAY<JSON>), c -> json_extract_scalar(c, '$.t') = 'p'), false)";
        assert_eq!(in_trino(query), trino);
    }
}
