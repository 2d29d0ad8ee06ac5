//! aws_sagemaker_endpoint_configuration: the machines of its variants by the hour.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    for variant in r.written("production_variants") {
        let class = variant.text("instance_type").needed()?;
        let count = variant.number("initial_instance_count").usually(whole(1));
        bill.hourly_class(&format!("Hosting, {class}"), &format!("aws/sagemaker/hosting/{class}"), &class, count);
    }
    Ok(())
}
