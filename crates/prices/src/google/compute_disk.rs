//! google_compute_disk: by its size and kind.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let kind = r.text("type").usually("pd-standard".to_owned());
    super::machines::disk(
        "",
        &kind,
        Ok(r.number("size").usually(whole(if kind == "pd-standard" { 500 } else { 100 }))),
        bill,
    );
    Ok(())
}
