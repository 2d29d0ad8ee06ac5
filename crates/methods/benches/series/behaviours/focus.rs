//! Behaviours as FOCUS files: one account for each behaviour, one file for each month, and what the pipeline should find.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use tollgate_model::Day;

use super::case::Case;
use super::{Behaviour, GROUPS};

/// Writes the daily behaviours of 400 days: `focus-YYYY-MM.csv`, and `expected.json` with the days of each account on which an
/// incident must begin, and on which it may.
pub(crate) fn write(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut months: BTreeMap<String, String> = BTreeMap::new();
    let mut expected = serde_json::Map::new();
    for (group, behaviours) in GROUPS {
        for behaviour in *behaviours {
            let case = (behaviour.case)();
            if case.days == 400 && case.interval.points_per_day() == 1 {
                add_charges(&mut months, behaviour, &case);
                expected.insert(behaviour.name.to_owned(), answer(group, &case));
            }
        }
    }
    for (month, rows) in months {
        let header = "BilledCost,EffectiveCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,\
                      ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ProviderName,SubAccountId,ServiceName,RegionId";
        std::fs::write(folder.join(format!("focus-{month}.csv")), format!("{header}\n{rows}"))?;
    }
    std::fs::write(folder.join("expected.json"), serde_json::to_vec_pretty(&expected)?)
}

fn add_charges(months: &mut BTreeMap<String, String>, behaviour: &Behaviour, case: &Case) {
    for (i, value) in case.values(0).into_iter().enumerate().filter(|(_, value)| value.is_finite()) {
        let day = case.start.plus(i32::try_from(i).unwrap_or(0));
        let month = day.month();
        let (from, to) = (month.days().start, month.days().end);
        let rows = months.entry(day.to_string()[..7].to_owned()).or_default();
        let _ = writeln!(
            rows,
            "{value:.4},{value:.4},payer,USD,{from},{to},{day},{},Usage,AWS,{},Amazon EC2,us-east-1",
            day.plus(1),
            behaviour.name
        );
    }
}

fn answer(group: &str, case: &Case) -> serde_json::Value {
    let day = |i: usize| case.start.plus(i32::try_from(i).unwrap_or(i32::MAX)).to_string();
    let must: Vec<[String; 2]> = case.alerts.iter().map(|event| [day(event.from), day(event.to)]).collect();
    let may: Vec<[String; 2]> = case.neither.iter().map(|(from, to)| [day(*from), day(*to)]).collect();
    let quiet_from: Day = case.start.plus(i32::try_from(case.quiet_from).unwrap_or(i32::MAX));
    serde_json::json!({ "group": group, "must": must, "may": may, "quiet_from": quiet_from.to_string() })
}
