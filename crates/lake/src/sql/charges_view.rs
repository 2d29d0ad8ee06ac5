//! The view `charges`: the columns of FOCUS 1.2, those of 1.3 and 1.4, and the providers' own.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::ScalarValue;
use datafusion::error::DataFusionError;
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::logical_expr::{Expr, ident, lit};
use datafusion::prelude::SessionContext;
use tollgate_model::{Column, LaterColumn};

/// The view over a table of the lake's files, with the columns that are wanted. Queries of people want all; to plan one of Tollgate's own
/// over some 130 columns takes longer than to answer it for a small bill.
pub(super) fn charges(
    context: &SessionContext,
    files: Arc<dyn TableProvider>,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Arc<dyn TableProvider>, DataFusionError> {
    let names: Vec<String> = files.schema().fields().iter().map(|field| field.name().clone()).collect();
    let has = |name: &str| names.iter().any(|n| n == name);
    let is_focus = |name: &str| Column::ALL.iter().any(|column| column.name() == name);
    let wanted = || names.iter().filter(|name| is_wanted(name));
    let known = wanted().filter(|name| is_focus(name));
    let own = wanted().filter(|name| !is_focus(name));
    let mut columns: Vec<Expr> = known.map(ident).collect();
    let later = LaterColumn::ALL.iter().filter(|column| !has(column.name()) && is_wanted(column.name()));
    columns.extend(later.map(|column| later_column(*column, has(column.stored_name()))));
    columns.extend(own.map(ident));
    Ok(context.read_table(files)?.select(columns)?.into_view())
}

/// A column of a later version: as the files have it, or what stands for it.
fn later_column(column: LaterColumn, is_stored: bool) -> Expr {
    let stored = is_stored.then(|| ident(column.stored_name()));
    let fallback = column.fallback().map(|column| ident(column.name()));
    let value = match (stored, fallback) {
        (Some(stored), Some(fallback)) => coalesce(vec![stored, fallback]),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => lit(ScalarValue::Utf8View(None)),
    };
    value.alias(column.name())
}
