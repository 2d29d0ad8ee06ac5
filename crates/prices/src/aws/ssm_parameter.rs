//! aws_ssm_parameter: advanced ones by the hour; standard ones are free.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.text("tier").known_or("Standard".to_owned()) == "Advanced" {
        bill.hourly("Parameter, advanced", "aws/ssm_parameter/parameter-storage-advanced", 1);
        bill.known(
            "Interactions",
            "10k interactions",
            "aws/ssm_parameter/api-interactions-advanced",
            "monthly_api_interactions",
        );
    }
    Ok(())
}
