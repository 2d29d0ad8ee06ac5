//! aws_codebuild_project: minutes of its builds.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let size = r.text("environment.compute_type").known_or("BUILD_GENERAL1_SMALL".to_owned());
    let size = size.trim_start_matches("BUILD_").to_lowercase().replace('_', ".");
    let windows = r.text("environment.type").known_or(String::new()).starts_with("WINDOWS");
    let os = if windows { "windows" } else { "linux" };
    bill.usage(
        &format!("Builds, {os}, {size}"),
        "minutes",
        &format!("aws/codebuild_project/{os}-{size}"),
        "monthly_build_mins",
        100,
    );
    Ok(())
}
