//! Forms of SQL that DuckDB has and DataFusion does not, written as forms that DataFusion has.
//!
//! - `a ->> 'k' = 'x'` compares the value; the parser binds `=` more tightly than `->>`.
//! - `from t cross join unnest(t.list) as u(item)` is a table with one row an element.
//! - `exists (select 1 from unnest(list) as u(item) where …)` asks whether an element matches.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, JoinConstraint, JoinOperator,
    LambdaFunction, LambdaFunctionParameter, LambdaSyntax, OneOrManyWithParens, Query, Select, SelectItem, SetExpr,
    TableAlias, TableFactor, TableWithJoins, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

/// Rewrites a statement. What cannot be rewritten stays, and the engine reports it.
pub(super) fn rewrite(statement: &mut Statement) {
    match statement {
        Statement::Statement(statement) => {
            let _ = statement.visit(&mut Forms);
        }
        Statement::Explain(explain) => rewrite(&mut explain.statement),
        _ => {}
    }
}

struct Forms;

impl VisitorMut for Forms {
    type Break = ();

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        join_elements(select);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        while bind_arrow(expression) {}
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        if let Expr::Exists { subquery, negated } = expression
            && let Some(matches) = any_element(subquery, *negated)
        {
            *expression = matches;
        }
        ControlFlow::Continue(())
    }
}

/// Makes the key alone the right side of an arrow. Returns whether it changed the expression.
pub(crate) fn bind_arrow(expression: &mut Expr) -> bool {
    let Expr::BinaryOp { op: BinaryOperator::LongArrow | BinaryOperator::Arrow, right, .. } = expression else {
        return false;
    };
    if first_operand(right).is_none() {
        return false;
    }
    let Expr::BinaryOp { left, op, mut right } = std::mem::replace(expression, nothing()) else { return false };
    // The key is the first operand of what was taken for the right side.
    bind_first(&mut right, left, op);
    *expression = *right;
    true
}

/// Puts an operator and its left side before the first operand of an expression.
fn bind_first(expression: &mut Expr, left: Box<Expr>, op: BinaryOperator) {
    if first_operand(expression).is_none() {
        let right = Box::new(std::mem::replace(expression, nothing()));
        *expression = Expr::BinaryOp { left, op, right };
    } else if let Some(first) = first_operand(expression) {
        bind_first(first, left, op);
    }
}

fn nothing() -> Expr {
    Expr::Identifier(Ident::new(""))
}

/// The first operand of a comparison or a concatenation.
fn first_operand(expression: &mut Expr) -> Option<&mut Expr> {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq, Spaceship, StringConcat};
    match expression {
        Expr::BinaryOp { left, op: Eq | NotEq | Lt | LtEq | Gt | GtEq | Spaceship | StringConcat, .. } => Some(left),
        Expr::IsNull(inner) | Expr::IsNotNull(inner) => Some(inner),
        Expr::IsDistinctFrom(left, _) | Expr::IsNotDistinctFrom(left, _) => Some(left),
        Expr::InList { expr, .. } | Expr::InSubquery { expr, .. } | Expr::Between { expr, .. } => Some(expr),
        Expr::Like { expr, .. } | Expr::ILike { expr, .. } => Some(expr),
        _ => None,
    }
}

/// Joins a table with the elements of its lists, by a table that holds both.
fn join_elements(select: &mut Select) {
    // `from t, unnest(t.list)` is a cross join too.
    let mut at = 1;
    while at < select.from.len() {
        let is_lone = select.from[at].joins.is_empty();
        if is_lone && unnest(&select.from[at].relation).is_some() {
            let list = select.from.remove(at).relation;
            if let Some(table) = with_elements(&select.from[at - 1].relation, &list)
                && select.from[at - 1].joins.is_empty()
            {
                requalify(select, &list);
                select.from[at - 1].relation = table;
            } else {
                select.from.insert(at, TableWithJoins { relation: list, joins: Vec::new() });
                at += 1;
            }
        } else {
            at += 1;
        }
    }
    for place in 0..select.from.len() {
        while let Some(join) = select.from[place].joins.first() {
            if !is_cross(&join.join_operator) || unnest(&join.relation).is_none() {
                break;
            }
            let list = join.relation.clone();
            let Some(table) = with_elements(&select.from[place].relation, &list) else { break };
            select.from[place].joins.remove(0);
            select.from[place].relation = table;
            requalify(select, &list);
        }
    }
}

fn is_cross(operator: &JoinOperator) -> bool {
    matches!(
        operator,
        JoinOperator::CrossJoin(JoinConstraint::None)
            | JoinOperator::Inner(JoinConstraint::None)
            | JoinOperator::Join(JoinConstraint::None)
    )
}

/// The list of an `unnest` in FROM, and the names of its table and its column.
fn unnest(relation: &TableFactor) -> Option<(&Expr, Ident, Ident)> {
    let TableFactor::UNNEST { alias, array_exprs, with_offset: false, with_ordinality: false, .. } = relation else {
        return None;
    };
    let [list] = array_exprs.as_slice() else { return None };
    let TableAlias { name, columns, .. } = alias.as_ref()?;
    // Without a name for the column, the table's name is the element's, as in BigQuery.
    let column = columns.first().map_or(name, |column| &column.name);
    Some((list, name.clone(), column.clone()))
}

/// The table with one row for each element of a list in its rows.
fn with_elements(table: &TableFactor, list: &TableFactor) -> Option<TableFactor> {
    let (list, _, column) = unnest(list)?;
    let name = match table {
        TableFactor::Table { alias: Some(alias), .. } | TableFactor::Derived { alias: Some(alias), .. } => {
            alias.name.clone()
        }
        TableFactor::Table { name, .. } => name.0.last()?.as_ident()?.clone(),
        _ => return None,
    };
    let text = format!("SELECT * FROM (SELECT *, unnest({list}) AS {column} FROM {table}) AS {name}");
    match *parse(&text)?.body {
        SetExpr::Select(select) => select.from.into_iter().next().map(|from| from.relation),
        _ => None,
    }
}

/// The element has no table of its own any more: `u.item` becomes `item`.
fn requalify(select: &mut Select, list: &TableFactor) {
    let Some((_, table, column)) = unnest(list) else { return };
    let _ = select.visit(&mut Unqualify { table, column });
}

struct Unqualify {
    table: Ident,
    column: Ident,
}

impl VisitorMut for Unqualify {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        let is_element = match expression {
            Expr::Identifier(column) => column.value.eq_ignore_ascii_case(&self.column.value),
            Expr::CompoundIdentifier(parts) => {
                matches!(parts.as_slice(), [table, column] if table.value.eq_ignore_ascii_case(&self.table.value)
                    && column.value.eq_ignore_ascii_case(&self.column.value))
            }
            _ => false,
        };
        if is_element {
            *expression = Expr::Identifier(self.column.clone());
        }
        ControlFlow::Continue(())
    }
}

/// Whether an element of a list matches, for `exists (select … from unnest(list) as u(item) where …)`.
pub(crate) fn any_element(subquery: &Query, negated: bool) -> Option<Expr> {
    let SetExpr::Select(select) = &*subquery.body else { return None };
    let [TableWithJoins { relation, joins }] = select.from.as_slice() else { return None };
    let is_plain = joins.is_empty() && select.having.is_none() && subquery.with.is_none();
    let (list, table, column) = unnest(relation).filter(|_| is_plain)?;
    // The planner knows parameters in lower case only.
    let parameter = Ident::new(column.value.to_lowercase());
    let mut matches = select.selection.clone().unwrap_or(Expr::Identifier(Ident::new("true")));
    let _ = matches.visit(&mut Unqualify { table, column: parameter.clone() });
    let not = if negated { "NOT " } else { "" };
    let text = format!("SELECT {not}coalesce(array_any_match({list}, true), false)");
    let SetExpr::Select(template) = *parse(&text)?.body else { return None };
    let SelectItem::UnnamedExpr(mut answer) = template.projection.into_iter().next()? else { return None };
    let lambda = Expr::Lambda(LambdaFunction {
        params: OneOrManyWithParens::One(LambdaFunctionParameter { name: parameter, data_type: None }),
        body: Box::new(matches),
        syntax: LambdaSyntax::Arrow,
    });
    let _ = answer.visit(&mut SetCondition(Some(lambda)));
    Some(answer)
}

/// Sets the condition of the call of `array_any_match`.
struct SetCondition(Option<Expr>);

impl VisitorMut for SetCondition {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        let Expr::Function(call) = expression else { return ControlFlow::Continue(()) };
        if !call.name.to_string().eq_ignore_ascii_case("array_any_match") {
            return ControlFlow::Continue(());
        }
        if let FunctionArguments::List(list) = &mut call.args
            && let Some(last) = list.args.last_mut()
            && let Some(condition) = self.0.take()
        {
            *last = FunctionArg::Unnamed(FunctionArgExpr::Expr(condition));
        }
        ControlFlow::Break(())
    }
}

fn parse(text: &str) -> Option<Query> {
    Parser::new(&GenericDialect {}).try_with_sql(text).ok()?.parse_query().ok().map(|query| *query)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str) -> String {
        let mut statement = datafusion::sql::parser::DFParser::parse_sql(text).unwrap().pop_front().unwrap();
        rewrite(&mut statement);
        statement.to_string()
    }

    #[test]
    fn an_arrow_takes_the_key_alone() {
        for (text, same) in [
            ("SELECT Tags ->> 'a' = 'x'", "SELECT Tags ->> 'a' = 'x'"),
            ("SELECT Tags ->> 'a' IS NULL AND b", "SELECT Tags ->> 'a' IS NULL AND b"),
            ("SELECT Tags -> 'a' ->> 'b' IN ('x')", "SELECT Tags -> 'a' ->> 'b' IN ('x')"),
        ] {
            assert_eq!(rewritten(text), same);
        }
        let mut query = parse("SELECT Tags ->> 'a' <> 'x' || 'y'").unwrap();
        let _ = query.visit(&mut Forms);
        let SetExpr::Select(select) = *query.body else { panic!() };
        let SelectItem::UnnamedExpr(Expr::BinaryOp { left, op, .. }) = &select.projection[0] else { panic!() };
        assert_eq!((left.to_string().as_str(), op), ("Tags ->> 'a'", &BinaryOperator::NotEq));
    }

    #[test]
    fn elements_of_a_list_are_joined_or_looked_for() {
        let joined = "SELECT j(c) FROM (SELECT *, unnest(f(t.l)) AS c FROM x AS t) AS t WHERE c > 1";
        assert_eq!(rewritten("SELECT j(u.c) FROM x AS t CROSS JOIN UNNEST(f(t.l)) AS u(c) WHERE u.c > 1"), joined);
        assert_eq!(rewritten("SELECT j(c) FROM x AS t, UNNEST(f(t.l)) AS u(c) WHERE c > 1"), joined);
        assert_eq!(
            rewritten("SELECT a FROM x JOIN UNNEST(l) AS c"),
            "SELECT a FROM (SELECT *, unnest(l) AS c FROM x) AS x"
        );
        assert_eq!(
            rewritten("SELECT a FROM x WHERE NOT EXISTS (SELECT 1 FROM UNNEST(l) AS u(C) WHERE u.C = 'p')"),
            "SELECT a FROM x WHERE NOT coalesce(array_any_match(l, c -> c = 'p'), false)"
        );
        // Another query stays as it is.
        let other = "SELECT a FROM x WHERE EXISTS (SELECT 1 FROM y WHERE y.b = x.b)";
        assert_eq!(rewritten(other), other);
    }
}
