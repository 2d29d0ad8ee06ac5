//! google_compute_disk: by its size and kind.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("type").known_or("pd-standard".to_owned());
    super::machines::disk(
        "",
        &kind,
        Ok(r.number("size").known_or(whole(if kind == "pd-standard" { 500 } else { 100 }))),
        bill,
    );
    Ok(())
}
