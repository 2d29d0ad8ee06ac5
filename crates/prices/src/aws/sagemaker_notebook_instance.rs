//! aws_sagemaker_notebook_instance: the machine by the hour and its volume. Their prices are not in the book until it is refreshed.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let class = r.text("instance_type").needed()?;
    bill.hourly_class(&format!("Notebook, {class}"), &format!("aws/sagemaker/notebook/{class}"), &class, 1);
    bill.fixed("Storage", "GB", "aws/sagemaker/notebook-storage", r.number("volume_size").usually(whole(5)));
    Ok(())
}
