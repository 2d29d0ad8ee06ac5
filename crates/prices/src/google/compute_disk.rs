//! google_compute_disk and google_compute_region_disk: by size and kind, and by what is provisioned.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("type").known_or("pd-standard".to_owned());
    let short = kind.rsplit('/').next().unwrap_or_default().to_owned();
    let usual = match short.as_str() {
        "pd-standard" => 500,
        "pd-extreme" | "hyperdisk-extreme" => 1000,
        _ => 100,
    };
    // A disk of a region is kept in two zones.
    let zones = if r.kind == "google_compute_region_disk" { 2 } else { 1 };
    let size =
        r.number("size").known_or(whole(usual)).ratio(zones, 1).ok_or_else(|| Unpriced("is out of range".to_owned()));
    super::machines::disk("", &kind, size, bill);
    super::machines::provisioned("", &kind, r.attributes(), bill);
    Ok(())
}
