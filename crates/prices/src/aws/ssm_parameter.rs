//! aws_ssm_parameter: advanced ones by the hour; standard ones are free.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    if r.text("tier").usually("Standard".to_owned()) == "Advanced" {
        bill.hourly("Parameter, advanced", "aws/ssm_parameter/parameter-storage-advanced", 1);
    }
    Ok(())
}
