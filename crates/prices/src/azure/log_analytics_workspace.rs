//! azurerm_log_analytics_workspace: ingested data, or a reserved amount each day; long retention, archives and exports.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("azure/log_analytics_workspace/{words}");
    let tier = r.text("sku").known_or("PerGB2018".to_owned());
    match tier.as_str() {
        "Free" => return Ok(()),
        "CapacityReservation" => {
            // Each step of 100 GB is paid every day; a month has thirty.
            let hundreds = r.number("reservation_capacity_in_gb_per_day").required()?.ratio(30, 100);
            let hundreds = hundreds.ok_or_else(|| Unpriced("is out of range".to_owned()));
            bill.fixed("Data in, reserved", "100 GB (per day)", &of("log-data-ingestion"), hundreds);
        }
        _ => bill.usage("Data in", "GB", &of("log-data-ingestion"), "monthly_log_data_ingestion_gb", 10),
    }
    let retained = "monthly_additional_log_data_retention_gb";
    if r.number("retention_in_days").known_or(whole(30)) > whole(31) {
        bill.usage("Kept for longer", "GB", &of("log-data-retention"), retained, 10);
    } else {
        bill.known("Kept for longer", "GB", &of("log-data-retention"), retained);
    }
    for (name, unit, words, figure) in [
        ("Sentinel, data in", "GB", "sentinel-data-ingestion", "monthly_sentinel_data_ingestion_gb"),
        ("Data exported", "GB", "log-data-export", "monthly_log_data_export_gb"),
        ("Basic data in", "GB", "basic-log-data-ingestion", "monthly_basic_log_data_ingestion_gb"),
        ("Basic data searched", "GB searched", "basic-log-search-queries", "monthly_basic_log_search_gb"),
        ("Archived data", "GB", "archive-data", "monthly_archive_data_gb"),
        ("Archived data restored", "GB", "archive-data-restored", "monthly_archive_data_restored_gb"),
        ("Archived data searched", "GB", "archive-data-searched", "monthly_archive_data_searched_gb"),
    ] {
        bill.known(name, unit, &of(words), figure);
    }
    Ok(())
}
