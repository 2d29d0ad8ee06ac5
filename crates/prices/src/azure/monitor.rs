//! Alerts and action groups of Azure Monitor.

use crate::prelude::*;

/// azurerm_monitor_action_group: notifications of each kind, by a usage file.
pub(super) fn action_group(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let figure = "monthly_notifications";
    let of = |words: &str| format!("azure/monitor_action_group/{words}");
    for (block, name, unit, sku) in [
        ("email_receiver", "Email notifications", "emails", "email-notifications-2"),
        ("azure_app_push_receiver", "Push notifications", "notifications", "push-notifications-1"),
        ("itsm_receiver", "ITSM events", "events", "itsm-connectors-1"),
    ] {
        let count = r.count(block)?;
        if count > 0 {
            repeated(name, unit, &of(sku), figure, count, bill);
        }
    }
    let hooks = r.items("webhook_receiver")?;
    let secure = hooks.iter().filter(|h| !h.known_items("aad_auth").is_empty()).count();
    for (name, count, sku) in
        [("Webhooks", hooks.len() - secure, "web-hooks-1"), ("Secure webhooks", secure, "secure-web-hooks-1")]
    {
        let count = i64::try_from(count).unwrap_or(0);
        if count > 0 {
            repeated(name, "notifications", &of(sku), figure, count, bill);
        }
    }
    for (block, name, unit, words) in [
        ("sms_receiver", "SMS messages", "messages", "sms-messages"),
        ("voice_receiver", "Voice calls", "calls", "voice-calls"),
    ] {
        for receiver in r.items(block)? {
            let country = receiver.text("country_code").known_or("1".to_owned());
            let sku = of(&format!("{words}/country-code-{country}-1"));
            repeated(&format!("{name}, country code {country}"), unit, &sku, figure, 1, bill);
        }
    }
    Ok(())
}

fn repeated(name: &str, unit: &str, sku: &str, figure: &str, count: i64, bill: &mut Bill<'_>) {
    let (each, origin) = bill.usage_figure(figure, 100);
    let all = each.try_map(|n| n.ratio(count, 1)).ok_or_else(|| Unpriced("is out of range".to_owned()));
    bill.usage_quantity(name, unit, sku, all, origin);
}

/// azurerm_monitor_metric_alert: time series; those with a dynamic threshold pay twice.
pub(super) fn metric_alert(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if !r.flag("enabled").known_or(true) {
        return Ok(());
    }
    let scopes = r.count("scopes").unwrap_or(1).max(1);
    let series = |block: &crate::resource::Attributes| {
        let dimensions =
            block.known_items("dimension").iter().map(|d| d.count("values").unwrap_or(1).max(1)).product::<i64>();
        dimensions.saturating_mul(scopes)
    };
    let (fixed, dynamic) = (r.items("criteria")?, r.items("dynamic_criteria")?);
    let web = r.known_items("application_insights_web_test_location_availability_criteria").len();
    let plain = fixed.iter().map(series).sum::<i64>().saturating_add(i64::try_from(web).unwrap_or(0));
    let watched = dynamic.iter().map(series).sum::<i64>();
    let of = |words: &str| format!("azure/monitor_metric_alert/{words}");
    if plain.saturating_add(watched) > 0 {
        bill.fixed("Monitored series", "time-series", &of("metrics-monitoring"), plain.saturating_add(watched));
    }
    if watched > 0 {
        bill.fixed("Dynamic thresholds", "time-series", &of("dynamic-threshold-monitoring"), watched);
    }
    Ok(())
}

/// azurerm_monitor_scheduled_query_rules_alert: a rule by its frequency.
pub(super) fn query_rule(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.flag("enabled").known_or(true) {
        let minutes = step(r.number("frequency").required()?);
        let sku = format!("azure/monitor_scheduled_query_rules_alert/log-alerts-monitoring-{minutes}-minute-frequency");
        bill.fixed(&format!("Rule, every {minutes} minutes"), "rule", &sku, 1);
    }
    Ok(())
}

/// azurerm_monitor_scheduled_query_rules_alert_v2: a rule by its frequency, and its further time series.
pub(super) fn query_rule_v2(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if !r.flag("enabled").known_or(true) {
        return Ok(());
    }
    let period = r.text("evaluation_frequency").known_or("PT5M".to_owned());
    let minutes = match period.trim_start_matches("PT").split_at_checked(period.len().saturating_sub(3)) {
        Some((n, "M")) => n.parse().unwrap_or(15),
        Some((n, "H")) => n.parse::<i64>().unwrap_or(1).saturating_mul(60),
        _ => 15,
    };
    let minutes = step(whole(minutes));
    let of = |words: &str| format!("azure/monitor_scheduled_query_rules_alert_v2/{words}-{minutes}-minute-frequency");
    bill.fixed(&format!("Rule, every {minutes} minutes"), "rule", &of("log-alerts-monitoring"), 1);
    let series = r
        .known_items("criteria")
        .iter()
        .flat_map(|c| c.known_items("dimension"))
        .map(|d| d.count("values").unwrap_or(1).max(1))
        .product::<i64>();
    let scopes = r.count("scopes").unwrap_or(1).max(1);
    let more = series.saturating_mul(scopes) - 1;
    if more > 0 {
        bill.fixed("Further time series", "time-series", &of("additional-time-series-monitoring"), more);
    }
    Ok(())
}

/// Returns the step of frequencies that a rule is billed by, in minutes.
fn step(minutes: Quantity) -> i64 {
    [1, 5, 10].into_iter().find(|n| minutes <= whole(*n)).unwrap_or(15)
}

/// azurerm_network_connection_monitor: tests beyond the ten that are included.
pub(super) fn connection_monitor(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let groups = r.items("test_group")?;
    let on = groups.iter().filter(|g| g.flag("enabled").known_or(true));
    let tests = on
        .map(|g| {
            let count = |name: &str| g.count(name).unwrap_or(1).max(1);
            count("source_endpoints")
                .saturating_mul(count("destination_endpoints"))
                .saturating_mul(count("test_configuration_names"))
        })
        .sum::<i64>();
    let tests = bill.known_usage("tests").map_or_else(|| whole(tests), |(n, _)| n);
    let beyond = tests.max(whole(10)).saturating_sub(whole(10));
    bill.fixed("Tests beyond ten", "tests", "azure/network_connection_monitor/tests", beyond);
    Ok(())
}

/// azurerm_network_watcher_flow_log: collected logs beyond 5 GB, and their analysis.
pub(super) fn flow_log(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("azure/network_watcher_flow_log/{words}");
    let figure = "monthly_logs_collected_gb";
    let (collected, origin) = bill.usage_figure(figure, 5);
    let beyond = collected
        .try_map(|n| Some(n.max(whole(5)).saturating_sub(whole(5))))
        .ok_or_else(|| Unpriced("is out of range".to_owned()));
    bill.usage_quantity("Logs beyond 5 GB", "GB", &of("network-logs-collected"), beyond, origin);
    if r.flag("traffic_analytics.enabled").known_or(false) {
        let fast = r.number("traffic_analytics.interval_in_minutes").known_or(whole(60)) == whole(10);
        let sku = if fast {
            "traffic-analytics-data-processed-10-min-interval"
        } else {
            "traffic-analytics-data-processed-60-min-interval"
        };
        bill.usage("Traffic Analytics", "GB", &of(sku), figure, 5);
    }
    Ok(())
}
