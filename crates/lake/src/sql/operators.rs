//! Operators over JSON text: `Tags ->> 'team'`, `Tags -> 'team'` and `Tags['team']`.

use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr, RawFieldAccessExpr};
use datafusion::logical_expr::{Expr, ExprSchemable, GetFieldAccess, lit};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::json_functions;

#[derive(Debug)]
pub(super) struct JsonOperators;

impl ExprPlanner for JsonOperators {
    fn plan_binary_op(&self, raw: RawBinaryExpr, _: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let is_text = match raw.op {
            BinaryOperator::LongArrow => true,
            BinaryOperator::Arrow => false,
            _ => return Ok(PlannerResult::Original(raw)),
        };
        Ok(PlannerResult::Planned(json_functions::operator(is_text).call(vec![raw.left, raw.right])))
    }

    fn plan_field_access(
        &self,
        raw: RawFieldAccessExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawFieldAccessExpr>> {
        let GetFieldAccess::NamedStructField { name } = &raw.field_access else {
            return Ok(PlannerResult::Original(raw));
        };
        let Some(key) = name.try_as_str().flatten().filter(|_| is_text(&raw.expr, schema)) else {
            return Ok(PlannerResult::Original(raw));
        };
        // A key, whatever its first letter.
        let path = ScalarValue::from(format!("$[\"{key}\"]"));
        Ok(PlannerResult::Planned(json_functions::operator(true).call(vec![raw.expr, lit(path)])))
    }
}

fn is_text(expression: &Expr, schema: &DFSchema) -> bool {
    use arrow_schema::DataType::{Dictionary, LargeUtf8, Utf8, Utf8View};
    let is_string = |t: &arrow_schema::DataType| matches!(t, Utf8 | LargeUtf8 | Utf8View);
    expression.get_type(schema).is_ok_and(|t| match &t {
        Dictionary(_, values) => is_string(values),
        other => is_string(other),
    })
}
