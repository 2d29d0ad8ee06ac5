//! Databases of RDS: classes by engine and license, their cores, and versions in extended support.

use crate::prelude::*;

/// Returns the product that an engine is priced as. A license that is included is a product of its own.
pub(super) fn product_of(engine: &str, license: &str) -> String {
    let own_license = license == "bring-your-own-license";
    match engine {
        "mysql" | "mariadb" => "mysql".to_owned(),
        "postgres" => "postgres".to_owned(),
        "aurora" | "aurora-mysql" | "aurora-postgresql" => "aurora".to_owned(),
        _ if engine.starts_with("oracle-ee") => "oracle-byol".to_owned(),
        _ if engine.starts_with("oracle-") && own_license => "oracle-byol".to_owned(),
        "oracle-se2" | "oracle-se2-cdb" => "oracle-se2".to_owned(),
        other => other.to_owned(),
    }
}

/// Returns the price keys of a class. No key belongs to another engine.
pub(super) fn class_keys(engine: &str, license: &str, class: &str) -> Vec<String> {
    let product = product_of(engine, license);
    let mut keys = vec![format!("aws/rds/{product}/{class}")];
    if product == "aurora" {
        keys.push(format!("aws/rds_cluster_instance/database-instance-on-demand-{class}"));
    }
    keys
}

/// The reservation that a usage file states: its key, and whether all of it is paid upfront.
pub(super) fn reservation(bill: &Bill<'_>) -> Option<(String, bool)> {
    let term = bill.known_text("reserved_instance_term")?.to_owned();
    let option = bill.known_text("reserved_instance_payment_option").unwrap_or("no_upfront").to_owned();
    Some((format!("{term}-{option}").replace('_', "-"), option == "all_upfront"))
}

/// Adds an instance under a reservation: what is paid by the hour. What is paid upfront is no cost of a month.
pub(super) fn reserved(name: &str, key: &str, (terms, upfront): &(String, bool), count: i64, bill: &mut Bill<'_>) {
    let name = format!("{name}, reserved, {}", terms.replace('-', " "));
    if *upfront {
        bill.unpriced(&name, "it is paid upfront, not by the month");
    } else {
        bill.hourly(&name, &format!("{key}/{terms}"), count);
    }
}

/// Returns the vCPUs of a class: `db.r6g.xlarge` has 4 (RDS User Guide, DB instance classes, 2026-08).
pub(super) fn vcpus(class: &str) -> Option<i64> {
    let mut parts = class.trim_start_matches("db.").split('.');
    let (family, size) = (parts.next()?, parts.next()?);
    let small = match (family, size) {
        ("t2" | "t1", "micro" | "small") => Some(1),
        ("m1" | "m3", "small" | "medium") => Some(1),
        (_, "micro" | "small" | "medium" | "large") => Some(2),
        (_, "xlarge") => Some(4),
        _ => None,
    };
    small.or_else(|| Some(size.strip_suffix("xlarge")?.parse::<i64>().ok().filter(|n| (2..=112).contains(n))? * 4))
}

/// The major versions whose standard support has ended (RDS and Aurora User Guides, release calendars, 2026-08).
const ENDED: [(&str, &str); 13] = [
    ("mysql", "5.6"),
    ("mysql", "5.7"),
    ("postgres", "9"),
    ("postgres", "10"),
    ("postgres", "11"),
    ("postgres", "12"),
    ("postgres", "13"),
    ("aurora", "5.6"),
    ("aurora-mysql", "5.7"),
    ("aurora-postgresql", "10"),
    ("aurora-postgresql", "11"),
    ("aurora-postgresql", "12"),
    ("aurora-postgresql", "13"),
];

/// Adds extended support, by the vCPU and hour, when the version of an engine needs it. The third year costs twice as much.
pub(super) fn extended_support(r: &EstimateInput<'_>, engine: &str, class: &str, zones: i64, bill: &mut Bill<'_>) {
    let version = r.text("engine_version").known_or(String::new());
    let within =
        |major: &str| version == major || version.strip_prefix(major).is_some_and(|rest| rest.starts_with('.'));
    let ended = ENDED.iter().any(|(of, major)| *of == engine && within(major));
    if !ended || r.text("engine_lifecycle_support").known_or(String::new()).ends_with("-disabled") {
        return;
    }
    let cores = vcpus(class).ok_or_else(|| Unpriced(format!("the vCPUs of {class} are not known")));
    let kind = if engine.starts_with("aurora") { "rds_cluster_instance" } else { "db_instance" };
    let hours = cores.map(|n| whole(n.saturating_mul(HOURS).saturating_mul(zones)));
    let name = format!("Extended support of {engine} {version}, first and second year");
    bill.fixed(&name, "vCPU-hours", &format!("aws/{kind}/extended-support-year-1"), hours);
}

/// Adds Performance Insights when it retains data for longer than the free week.
pub(super) fn performance_insights(r: &EstimateInput<'_>, class: &str, kind: &str, bill: &mut Bill<'_>) {
    if !r.flag("performance_insights_enabled").known_or(false) {
        return;
    }
    if r.number("performance_insights_retention_period").known_or(whole(7)) > whole(7) {
        let key = format!("aws/{kind}/performance-insights-long-term-retention-{class}");
        let cores = vcpus(class).ok_or_else(|| Unpriced(format!("the vCPUs of {class} are not known")));
        bill.fixed("Performance Insights, long retention", "vCPU-month", &key, cores);
    }
    let requests = "monthly_additional_performance_insights_requests";
    let key = format!("aws/{kind}/performance-insights-api");
    bill.known("Performance Insights, requests", "1000 requests", &key, requests);
}

/// Adds the CPU credits of a burstable class that a usage file has.
pub(super) fn cpu_credits(class: &str, key: &str, bill: &mut Bill<'_>) {
    let burstable = class.trim_start_matches("db.").starts_with('t') && !class.contains("t2");
    let Some((hours, origin)) = bill.known_usage("monthly_cpu_credit_hrs").filter(|_| burstable) else { return };
    let cores = bill.known_usage("vcpu_count").map_or_else(|| vcpus(class).map(whole), |(n, _)| Some(n));
    let used = cores.and_then(|n| product(hours, n)).map(Span::exactly);
    let used = used.ok_or_else(|| Unpriced(format!("the vCPUs of {class} are not known")));
    bill.usage_quantity("CPU credits", "vCPU-hours", key, used, origin);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_engine_has_the_price_of_another() {
        let engines = [
            "mysql",
            "postgres",
            "aurora",
            "sqlserver-ex",
            "sqlserver-web",
            "sqlserver-se",
            "sqlserver-ee",
            "oracle-ee",
            "oracle-se2",
        ];
        let mut seen = std::collections::BTreeSet::new();
        for engine in engines {
            for key in class_keys(engine, "", "db.m5.xlarge") {
                assert!(seen.insert(key.clone()), "{key} is of two engines");
            }
        }
        assert_eq!(class_keys("mariadb", "", "db.m5.large"), class_keys("mysql", "", "db.m5.large"));
        assert_ne!(
            class_keys("oracle-se2", "bring-your-own-license", "db.m5.large"),
            class_keys("oracle-se2", "", "db.m5.large")
        );
    }

    #[test]
    fn classes_have_their_cores() {
        for (class, n) in [("db.t3.large", 2), ("db.t2.small", 1), ("db.r4.8xlarge", 32), ("db.m5.xlarge", 4)] {
            assert_eq!(vcpus(class), Some(n), "{class}");
        }
        assert_eq!(vcpus("db.serverless"), None);
    }
}
