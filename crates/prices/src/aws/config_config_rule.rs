//! aws_config_config_rule: evaluations.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    bill.used(
        "Evaluations",
        "evaluations",
        "aws/config_config_rule/rule-evaluations",
        "monthly_rule_evaluations",
        1000,
    );
    Ok(())
}
