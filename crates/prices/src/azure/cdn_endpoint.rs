//! azurerm_cdn_endpoint: outbound data by the profile's provider, acceleration, and rules.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("azure/cdn_endpoint/{words}");
    let profile = r.referred("profile_name", "azurerm_cdn_profile");
    let sku = profile.and_then(|p| p.text("sku").optional().ok().flatten());
    let sku = sku.ok_or_else(|| Unpriced("its profile is not in this plan".to_owned()))?;
    let words = match sku.to_lowercase().as_str() {
        "standard_akamai" => "outbound-data-transfer-akamai",
        "standard_verizon" => "outbound-data-transfer-standard-verizon",
        "premium_verizon" => "outbound-data-transfer-premium-verizon",
        _ => "outbound-data-transfer-microsoft",
    };
    bill.usage(&format!("Data out, {sku}"), "GB", &of(words), "monthly_outbound_gb", 100);
    if r.text("optimization_type").known_or(String::new()) == "DynamicSiteAcceleration" {
        bill.usage(
            "Accelerated data out",
            "GB",
            &of("acceleration-outbound-data-transfer"),
            "monthly_outbound_gb",
            100,
        );
    }
    let rules = r.count("delivery_rule")?;
    if words.ends_with("microsoft") && rules > 5 {
        // Five rules are included.
        bill.fixed("Rules beyond five", "rules", &of("rules-engine-rules"), rules - 5);
        bill.usage(
            "Requests to rules",
            "1M requests",
            &of("rules-engine-requests"),
            "monthly_rules_engine_requests",
            1_000_000,
        );
    }
    Ok(())
}
