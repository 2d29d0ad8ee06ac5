//! aws_directory_service_directory: controllers by the hour, by kind and size.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("type").known_or("SimpleAD".to_owned());
    let words = match kind.as_str() {
        "MicrosoftAD" => format!(
            "directory-service-microsoft-ad-{}",
            r.text("edition").known_or("Enterprise".to_owned()).to_lowercase()
        ),
        "ADConnector" => {
            format!("directory-service-ad-connector-{}", r.text("size").known_or("Small".to_owned()).to_lowercase())
        }
        _ => format!("directory-service-simple-ad-{}", r.text("size").known_or("Small".to_owned()).to_lowercase()),
    };
    bill.fixed(&format!("Controllers, {kind}"), "controllers", &format!("aws/directory_service_directory/{words}"), 2);
    Ok(())
}
