//! aws_config_config_rule: evaluations.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.usage(
        "Evaluations",
        "evaluations",
        "aws/config_config_rule/rule-evaluations",
        "monthly_rule_evaluations",
        1000,
    );
    Ok(())
}
