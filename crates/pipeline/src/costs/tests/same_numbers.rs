//! Random queries: the series, the charges by SQL and by a scan, and the rows of the bill one by one.

use tollgate_model::query::{AnswerSource, CostAnswer, CostField, CostFilter, CostQuery};
use tollgate_model::{Amount, ChargeKind, Currency, Day};
use tollgate_policy::DimensionEvaluator;

use super::super::cells::{Cells, Group, Place, WindowName, without_hour};
use super::super::parts::Summed;
#[cfg(feature = "sql")]
use super::super::parts::cells_of_charges;
use super::super::plan::CostPlan;
use super::super::{RowFilter, rows, scanned};
use super::month::{Month, Random, Row};
use crate::spread::{daily_units, spread_over};

const FIELDS: [&str; 13] = [
    "provider",
    "billing_account",
    "account",
    "service",
    "region",
    "kind",
    "team",
    "environment",
    "tag:owner",
    "tag:a\"b",
    "resource",
    "ServiceCategory",
    "ChargeClass",
];
const FILTERS: [&str; 22] = [
    "provider=AWS",
    "account=prod-shop",
    "account!=prod*,2",
    "account=3,sandbox",
    "service=Amazon*",
    "service!=\"AWS Lambda, Edge\"",
    "service=100%_off,O'Reilly",
    "service=100%*",
    "service=*_off",
    "region=",
    "region!=,us-east-1",
    "kind=usage,periodic",
    "kind!=correction",
    "kind=refund,adjustment,unused",
    "team=search",
    "team!=unallocated",
    "environment=unknown,production",
    "tag:owner=",
    "tag:owner=ann,true",
    "resource=r-1,r-2,r-3",
    "resource!=",
    "ServiceCategory=Compute",
];
const PERIODS: [&str; 12] = [
    "2026-10",
    "2026-10-14",
    "2026-10-05..2026-10-11",
    "2026-10-10..2026-11",
    "2026-09",
    "2026",
    "2026-W42",
    "FY2027-Q2",
    "last-month",
    "month-to-date",
    "last-7-days",
    "all",
];
const GRANULARITIES: [&str; 9] =
    ["hour", "day", "week", "month", "quarter", "year", "fiscal-quarter", "fiscal-year", "total"];

fn random_query(random: &mut Random) -> CostQuery {
    let some = |random: &mut Random, from: &[&str], most: u64| -> Vec<String> {
        let count = random.below(most + 1);
        let mut out: Vec<String> = (0..count).map(|_| random.pick(from).to_string()).collect();
        out.sort();
        out.dedup();
        out
    };
    let period = random.pick(&PERIODS).to_string();
    let granularity = match *random.pick(&GRANULARITIES) {
        "hour" if !matches!(period.as_str(), "2026-10-14" | "last-7-days" | "2026-W42") => "day",
        granularity => granularity,
    };
    let group_by = some(random, &FIELDS, 3);
    let filters = some(random, &FILTERS, 2);
    let mut query = serde_json::json!({
        "metric": random.pick(&["billed", "effective", "effective", "list", "contracted"]),
        "period": period,
        "granularity": granularity,
        "group_by": group_by,
        "filters": filters,
        "order": random.pick(&["amount", "change", "name"]),
        "currency": random.pick(&["policy", "policy", "keep", "EUR", "GBP"]),
    });
    if random.below(2) == 0 {
        query["compare"] = (*random.pick(&["previous", "previous-year", "2026-10-01..2026-10-13"])).into();
    }
    if random.below(3) == 0 {
        query["top"] = random.below(4).into();
    }
    serde_json::from_value(query).unwrap()
}

/// The sum over the rows of the bill, without a store.
struct PlainSum<'m> {
    month: &'m Month,
}

impl PlainSum<'_> {
    fn value(&self, field: &CostField, row: &Row) -> Option<String> {
        match field {
            CostField::Kind => Some(kind(row).as_str().to_owned()),
            CostField::Dimension(name) => {
                let dimensions = &self.month.context.state.policy.dimensions;
                let dimension = dimensions.iter().find(|d| d.name == *name).unwrap();
                let columns: Vec<Option<&str>> = dimension.column_names().map(|column| row.get(column)).collect();
                Some(DimensionEvaluator::new(dimensions).value_of(dimension, &columns))
            }
            CostField::Tag(key) => {
                let tags: serde_json::Value = serde_json::from_str(row.get("Tags")?).unwrap();
                let value = tags.get(key)?;
                Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned)).filter(|text| !text.is_empty())
            }
            CostField::Facet(_) | CostField::Column(_) => row.get(field.column().unwrap().name()).map(str::to_owned),
        }
    }

    fn keeps(&self, plan: &CostPlan, filter: &CostFilter, row: &Row) -> bool {
        let value = self.value(&filter.field, row);
        let name = match filter.field.to_string().as_str() {
            "account" => row.get("SubAccountName"),
            _ => None,
        };
        let _ = plan;
        filter.keeps(value.as_deref(), name)
    }

    fn cells(&self, plan: &CostPlan) -> Cells {
        let mut cells = Cells::default();
        let column = plan.query.metric.column().name();
        for row in self.month.rows.iter().filter(|row| plan.conditions().all(|filter| self.keeps(plan, filter, row))) {
            let group: Group = plan.query.group_by.iter().map(|field| self.value(field, row)).collect();
            let currency: Currency = row.get("BillingCurrency").unwrap().parse().unwrap();
            let Some(text) = row.get(column) else { continue };
            let units = text.parse::<Amount>().unwrap().units();
            let start = second(row, "ChargePeriodStart");
            let days: Vec<(Day, i128)> = match over(row) {
                Some(over) => daily_units(units, over).collect(),
                None => vec![(Day::of_second(start), units)],
            };
            for window in plan.windows() {
                for (day, units) in &days {
                    let Some((bucket, rates_since)) = window.place(*day) else { continue };
                    let is_hour = plan.query.granularity.to_string() == "hour" && window.name == WindowName::Now;
                    let has_hour = second(row, "ChargePeriodEnd") - start <= 3600;
                    let hour = if has_hour { start.div_euclid(3600) * 3600 } else { without_hour(*day) };
                    let bucket = if is_hour { hour } else { bucket };
                    let number = cells.group(group.clone(), currency);
                    cells.add(number, Place { window: window.name, bucket, rates_since }, *units).unwrap();
                }
            }
        }
        cells
    }
}

fn second(row: &Row, column: &str) -> i64 {
    row.get(column).unwrap().parse::<jiff::Timestamp>().unwrap().as_second()
}

fn over(row: &Row) -> Option<(i64, i64)> {
    let charge = (second(row, "ChargePeriodStart"), second(row, "ChargePeriodEnd"));
    spread_over(charge, (second(row, "BillingPeriodStart"), second(row, "BillingPeriodEnd")))
}

fn kind(row: &Row) -> ChargeKind {
    let class = row.get("ChargeClass").map(|class| class.parse().unwrap());
    let billed = row.get("BilledCost").unwrap().parse().unwrap();
    let unused = row.get("CommitmentDiscountStatus") == Some("Unused");
    match ChargeKind::of(row.get("ChargeCategory").unwrap().parse().unwrap(), class, billed, unused) {
        ChargeKind::Usage if over(row).is_some() => ChargeKind::Periodic,
        kind => kind,
    }
}

/// The answers agree, and the rows add up to their totals.
async fn compare(month: &Month, query: &CostQuery) -> bool {
    let everything = RowFilter::everything();
    let plan = match CostPlan::new(&month.context, query, &everything).await {
        Ok(plan) => plan,
        Err(error) => panic!("{query:?}: {error}"),
    };
    let shaped = |cells: Cells| {
        let answer = rows::answer(&plan, cells, AnswerSource::Lake).unwrap();
        CostAnswer { left_out: Vec::new(), ..answer }
    };
    let expected = shaped(PlainSum { month }.cells(&plan));
    let mut scanned = Vec::new();
    let summed = Summed { fields: &plan.query.group_by, amount: plan.query.metric.column(), measured: false };
    for window in plan.windows() {
        scanned.extend(scanned::group_parts(&month.context, &plan, window, &summed).await.unwrap());
    }
    assert_eq!(shaped(Cells::of_parts(scanned).unwrap()), expected, "by a scan: {query:?}");
    #[cfg(feature = "sql")]
    assert_eq!(shaped(cells_of_charges(&month.context, &plan).await.unwrap()), expected, "by SQL: {query:?}");
    let suits = plan.suits_ledger();
    if suits {
        assert_eq!(shaped(plan.cells_of_series().unwrap()), expected, "by series: {query:?}");
    }
    adds_up(&expected);
    suits
}

fn adds_up(answer: &CostAnswer) {
    for total in &answer.totals {
        let rows = || answer.rows.iter().filter(|row| row.currency == total.currency);
        let sum = |amounts: &mut dyn Iterator<Item = Amount>| amounts.fold(0i128, |sum, amount| sum + amount.units());
        assert_eq!(sum(&mut rows().map(|row| row.amount)), total.amount.units());
        assert_eq!(sum(&mut rows().filter_map(|row| row.before)), total.before.unwrap_or_default().units());
        assert_eq!(sum(&mut rows().filter_map(|row| row.change)), total.change.unwrap_or_default().units());
        for number in 0..answer.buckets.len() {
            let known = sum(&mut rows().filter_map(|row| row.buckets[number]));
            assert_eq!(known, total.buckets[number].map_or(0, Amount::units));
        }
        if !answer.buckets.is_empty() {
            assert_eq!(sum(&mut total.buckets.iter().copied().flatten()), total.amount.units());
        }
    }
}

async fn compare_many(rows: usize, count: usize) {
    let month = Month::generate(rows).await;
    let mut random = Random::new(0x5eed);
    let mut by_series = 0;
    for _ in 0..count {
        by_series += usize::from(compare(&month, &random_query(&mut random)).await);
    }
    assert!(by_series * 10 > count, "{by_series} of {count} queries were answered by the series");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn series_and_charges_answer_random_queries_alike() {
    compare_many(600, 40).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
#[ignore = "needs a long run: minutes, by name or with TOLLGATE_LONG"]
async fn series_and_charges_answer_ten_thousand_random_queries_alike() {
    compare_many(600, 10_000).await;
}
