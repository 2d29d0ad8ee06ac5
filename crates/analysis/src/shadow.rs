//! A shadow run: the days of every series judged with another method beside the one in effect, and where the two differ.

use serde::Serialize;
use tollgate_model::series::{Facet, Scope};
use tollgate_model::{Amount, Basis, Currency, Day, SeriesKey};

use crate::baseline::{PointFeedback, SeriesBaseline, SeriesDetector};
use crate::cube::{ScopeSeries, is_usage};
use crate::{CostCube, SamplingInterval, Tuning, parallel};

/// The series that a shadow run compares.
const COMPARED: [Facet; 3] = [Facet::Provider, Facet::SubAccount, Facet::Service];

/// A method to compare with: the days of one series that it reports, from its values and its first day. `None` if it cannot fit
/// the series.
pub type ShadowMethod<'a> = dyn Fn(&[f64], Day, &SeriesKey) -> Option<Vec<bool>> + Sync + 'a;

/// A day on which the two methods differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShadowDifference {
    /// The series.
    pub scope: Scope,
    /// Its currency.
    pub currency: Currency,
    /// The day.
    pub day: Day,
    /// The cost of the day.
    pub actual: Amount,
    /// Whether the method in effect reports the day; otherwise the other one does.
    pub in_effect: bool,
}

/// What a shadow run found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ShadowReport {
    /// Series that both methods judged.
    pub series: usize,
    /// Series that the other method could not fit.
    pub not_fitted: usize,
    /// Days that both report.
    pub both: usize,
    /// Days that only the method in effect reports.
    pub only_in_effect: usize,
    /// Days that only the other method reports.
    pub only_shadow: usize,
    /// The differences, newest first.
    pub differences: Vec<ShadowDifference>,
}

/// Judges the last `days` days of every series of account and service with the method in effect and with another one. Nothing is
/// stored, and no incident changes.
pub fn compare_detection(
    cube: &CostCube,
    tuning: &(dyn Fn(&SeriesKey) -> Tuning + Sync),
    shadow: &ShadowMethod<'_>,
    days: usize,
    threads: usize,
) -> ShadowReport {
    let all = cube.sums(&COMPARED, Basis::Effective, is_usage);
    let mut report = ShadowReport::default();
    for compared in parallel::map(&all, threads, |series| compare_series(series, tuning, shadow, days)) {
        let Some((both, differences)) = compared else {
            report.not_fitted += 1;
            continue;
        };
        report.series += 1;
        report.both += both;
        let mine = differences.iter().filter(|d| d.in_effect).count();
        report.only_in_effect += mine;
        report.only_shadow += differences.len() - mine;
        report.differences.extend(differences);
    }
    report.differences.sort_by(|a, b| b.day.cmp(&a.day).then_with(|| a.scope.cmp(&b.scope)));
    report
}

fn compare_series(
    series: &ScopeSeries,
    tuning: &(dyn Fn(&SeriesKey) -> Tuning + Sync),
    shadow: &ShadowMethod<'_>,
    days: usize,
) -> Option<(usize, Vec<ShadowDifference>)> {
    let values = series.values();
    let other = shadow(&values, series.range.start, &series.common)?;
    let mine = alert_days(&values, series.range.start, tuning(&series.common));
    let mut both = 0;
    let mut differences = Vec::new();
    for (at, in_effect) in mine.iter().enumerate().skip(values.len().saturating_sub(days)) {
        match (*in_effect, other.get(at).copied().unwrap_or(false)) {
            (true, true) => both += 1,
            (false, false) => {}
            (in_effect, _) => {
                let day = series.range.start.plus(crate::index(at));
                differences.push(ShadowDifference {
                    scope: series.scope.clone(),
                    currency: series.currency,
                    day,
                    actual: series.sums.get(&day).copied().unwrap_or_default(),
                    in_effect,
                });
            }
        }
    }
    Some((both, differences))
}

/// Whether each day of a series is reported with a tuning, judged by the days before it.
pub fn alert_days(values: &[f64], start: Day, tuning: Tuning) -> Vec<bool> {
    let detector = SeriesDetector::new(SamplingInterval::DAILY, tuning);
    let mut baseline = SeriesBaseline::default();
    let positions = SamplingInterval::daily_positions(start, values.len());
    let judged = values.iter().zip(positions);
    judged
        .map(|(value, position)| detector.judge_and_learn(&mut baseline, *value, position, PointFeedback::None).alert)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceSeries;
    use std::collections::BTreeMap;
    use tollgate_model::series::{DayCost, SeriesMonth};
    use tollgate_model::{ChargeKind, SourceId};

    fn cube() -> CostCube {
        let start: Day = "2026-01-01".parse().unwrap();
        let cost = |i: i32| {
            let effective = Amount::whole(if i == 150 { 400 } else { 100 + i64::from(i * 37 % 5) });
            DayCost { billed: effective, effective }
        };
        let key = SeriesKey {
            provider: Some("AWS".into()),
            billing_account: None,
            sub_account: Some("prod".into()),
            service: Some("EC2".into()),
            region: None,
            kind: ChargeKind::Usage,
            currency: Currency::USD,
            dimensions: BTreeMap::new(),
        };
        let days = (0..200).map(|i| (start.plus(i), cost(i))).collect();
        let source = SourceId::from_text("aws");
        CostCube::new(vec![SourceSeries {
            source,
            months: vec![SeriesMonth { key, days }],
            provisional_days: 0,
            last_day: None,
        }])
    }

    #[test]
    fn a_shadow_run_names_the_days_on_which_methods_differ() {
        let normal = |_: &SeriesKey| Tuning::NORMAL;
        let same = |values: &[f64], start: Day, _: &SeriesKey| Some(alert_days(values, start, Tuning::NORMAL));
        let report = compare_detection(&cube(), &normal, &same, 200, 1);
        assert_eq!((report.series, report.both, report.differences.len()), (1, 1, 0));

        let silent = |values: &[f64], _: Day, _: &SeriesKey| Some(vec![false; values.len()]);
        let report = compare_detection(&cube(), &normal, &silent, 200, 1);
        assert_eq!((report.both, report.only_in_effect, report.only_shadow), (0, 1, 0));
        assert_eq!(report.differences[0].day.to_string(), "2026-05-31");
        assert_eq!(report.differences[0].actual, Amount::whole(400));
        // The day is outside of the last 30.
        assert_eq!(compare_detection(&cube(), &normal, &silent, 30, 1).differences, []);
        let unfit = |_: &[f64], _: Day, _: &SeriesKey| None;
        assert_eq!(compare_detection(&cube(), &normal, &unfit, 30, 1).not_fitted, 1);
    }
}
