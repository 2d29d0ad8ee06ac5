//! Names of columns and tables in another case than the view's: `SubAccountID` for `SubAccountId`.
//!
//! A name counts as it is written where it exists so. Only a name that nothing has is compared without regard to case.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectName, ObjectNamePart, OrderByKind, Query, SelectItem, SetExpr, VisitMut, VisitorMut,
};

/// Replaces a column that a query names and that does not exist by the only one that differs from it in case alone.
/// Returns whether it did.
pub(super) fn replace_missing_column(statement: &mut Statement, error: &DataFusionError) -> bool {
    let DataFusionError::SchemaError(error, _) = error.find_root() else { return false };
    let SchemaError::FieldNotFound { field, valid_fields } = &**error else { return false };
    let same =
        valid_fields.iter().filter(|valid| valid.name.eq_ignore_ascii_case(&field.name)).map(|valid| &valid.name);
    let candidates: BTreeSet<&String> = same.collect();
    let (Some(to), 1) = (candidates.first(), candidates.len()) else { return false };
    if **to == field.name {
        return false;
    }
    visit(statement, &mut ReplaceColumn { from: field.name.clone(), to: (*to).clone(), depth: Vec::new() })
}

/// Replaces the names of tables that differ from those of the view in case alone.
pub(super) fn replace_tables(statement: &mut Statement, tables: &[&str]) {
    visit(statement, &mut ReplaceTables { tables, own: BTreeSet::new() });
}

fn visit(statement: &mut Statement, visitor: &mut impl VisitorMut<Break = ()>) -> bool {
    match statement {
        Statement::Statement(statement) => {
            let _ = statement.visit(visitor);
            true
        }
        Statement::Explain(explain) => visit(&mut explain.statement, visitor),
        _ => false,
    }
}

struct ReplaceColumn {
    from: String,
    to: String,
    /// The positions in ORDER BY that name a column of the answer, of each query around.
    depth: Vec<Vec<usize>>,
}

impl ReplaceColumn {
    fn replace(&self, ident: &mut Ident) {
        if ident.value == self.from {
            ident.value.clone_from(&self.to);
        }
    }
}

/// Stands for a name of the answer, which stays.
const KEPT: &str = "\u{1}kept";

impl VisitorMut for ReplaceColumn {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let mut kept = Vec::new();
        if has_alias(&query.body, &self.from)
            && let Some(order) = &mut query.order_by
            && let OrderByKind::Expressions(expressions) = &mut order.kind
        {
            for (position, order) in expressions.iter_mut().enumerate() {
                if let Expr::Identifier(ident) = &mut order.expr
                    && ident.value == self.from
                {
                    KEPT.clone_into(&mut ident.value);
                    kept.push(position);
                }
            }
        }
        self.depth.push(kept);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let kept = self.depth.pop().unwrap_or_default();
        if let Some(order) = &mut query.order_by
            && let OrderByKind::Expressions(expressions) = &mut order.kind
        {
            for position in kept {
                if let Some(Expr::Identifier(ident)) = expressions.get_mut(position).map(|order| &mut order.expr) {
                    ident.value.clone_from(&self.from);
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        match expression {
            Expr::Identifier(ident) => self.replace(ident),
            Expr::CompoundIdentifier(parts) => parts.last_mut().into_iter().for_each(|ident| self.replace(ident)),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// Whether a query names a column of its answer so.
fn has_alias(body: &SetExpr, name: &str) -> bool {
    let SetExpr::Select(select) = body else { return false };
    select.projection.iter().any(|item| matches!(item, SelectItem::ExprWithAlias { alias, .. } if alias.value == name))
}

struct ReplaceTables<'a> {
    tables: &'a [&'a str],
    /// Names that the query gives to its own tables.
    own: BTreeSet<String>,
}

impl ReplaceTables<'_> {
    fn replace(&self, ident: &mut Ident) {
        let is_own = self.own.contains(&ident.value) || self.tables.contains(&ident.value.as_str());
        let same = self.tables.iter().find(|table| table.eq_ignore_ascii_case(&ident.value));
        if let (false, Some(table)) = (is_own, same) {
            (*table).clone_into(&mut ident.value);
        }
    }
}

impl VisitorMut for ReplaceTables<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let tables = query.with.iter().flat_map(|with| &with.cte_tables);
        self.own.extend(tables.map(|table| table.alias.name.value.clone()));
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<()> {
        if let [ObjectNamePart::Identifier(ident)] = relation.0.as_mut_slice() {
            self.replace(ident);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        if let Expr::CompoundIdentifier(parts) = expression
            && let [table, _] = parts.as_mut_slice()
        {
            self.replace(table);
        }
        ControlFlow::Continue(())
    }
}
