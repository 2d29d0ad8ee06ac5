//! azurerm_managed_disk: the next size that is large enough.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let kind = r.text("storage_account_type").usually("Standard_LRS".to_owned());
    super::machines::disk("", &kind, r.number("disk_size_gb").needed(), bill);
    Ok(())
}
