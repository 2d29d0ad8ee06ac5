//! aws_grafana_workspace: editors and viewers.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    let of = |words: &str| format!("aws/grafana_workspace/{words}");
    bill.usage("Editors", "users", &of("editor/administrator-licenses"), "editor_administrator_licenses", 1);
    bill.usage("Viewers", "users", &of("viewer-licenses"), "viewer_licenses", 1);
    Ok(())
}
