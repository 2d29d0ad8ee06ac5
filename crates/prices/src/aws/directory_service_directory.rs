//! aws_directory_service_directory: controllers by kind and size, those beyond the first two, and sharing.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("aws/directory_service_directory/{words}");
    let kind = r.text("type").known_or("SimpleAD".to_owned());
    let size = || r.text("size").known_or("Small".to_owned()).to_lowercase();
    let words = match kind.as_str() {
        "MicrosoftAD" => format!("microsoft-ad-{}", r.text("edition").known_or("Enterprise".to_owned()).to_lowercase()),
        "ADConnector" => format!("ad-connector-{}", size()),
        _ => format!("simple-ad-{}", size()),
    };
    let sku = of(&format!("directory-service-{words}"));
    bill.fixed(&format!("Controllers, {kind}"), "controllers", &sku, 2);
    // Each controller costs half of the first pair: what one of them costs.
    bill.known("Additional controllers", "controllers", &sku, "additional_domain_controllers");
    if kind == "MicrosoftAD" {
        bill.known("Directory sharing", "accounts", &of("directory-sharing"), "shared_accounts");
    }
    Ok(())
}
