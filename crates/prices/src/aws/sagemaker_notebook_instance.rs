//! aws_sagemaker_notebook_instance: the instance by the hour and its volume. Their prices are not in the book until it is refreshed.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let class = r.text("instance_type").required()?;
    bill.hourly_class(&format!("Notebook, {class}"), &format!("aws/sagemaker/notebook/{class}"), &class, 1);
    bill.fixed("Storage", "GB", "aws/sagemaker/notebook-storage", r.number("volume_size").known_or(whole(5)));
    Ok(())
}
