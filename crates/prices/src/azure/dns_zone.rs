//! azurerm_dns_zone and azurerm_private_dns_zone: by the month.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.kind.trim_start_matches("azurerm_");
    bill.fixed("Hosted zone", "months", &format!("azure/{kind}/hosted-zone"), 1);
    Ok(())
}
