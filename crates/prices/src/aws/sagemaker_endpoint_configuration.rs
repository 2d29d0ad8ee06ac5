//! aws_sagemaker_endpoint_configuration: the instances of its variants by the hour.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    for variant in r.known_items("production_variants") {
        let class = variant.text("instance_type").required()?;
        let count = variant.number("initial_instance_count").known_or(whole(1));
        bill.hourly_class(&format!("Hosting, {class}"), &format!("aws/sagemaker/hosting/{class}"), &class, count);
    }
    Ok(())
}
