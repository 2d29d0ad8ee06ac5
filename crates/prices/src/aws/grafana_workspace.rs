//! aws_grafana_workspace: people who edit, people who look.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let _ = r;
    let of = |words: &str| format!("aws/grafana_workspace/{words}");
    bill.used("Editors", "users", &of("editor/administrator-licenses"), "editor_administrator_licenses", 1);
    bill.used("Viewers", "users", &of("viewer-licenses"), "viewer_licenses", 1);
    Ok(())
}
