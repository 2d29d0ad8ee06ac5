//! azurerm_managed_disk: the next larger size.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("storage_account_type").known_or("Standard_LRS".to_owned());
    super::machines::disk("", &kind, r.number("disk_size_gb").required(), bill);
    Ok(())
}
