//! What an answer holds: rows that add up, others as a row, conversions, unknown costs, and errors that name what is known.

use tollgate_model::query::{AnswerSource, LeftOutReason};

use super::month::Month;
use super::{RowFilter, ask, lines, query, refused};
use crate::costs::answer_costs;

#[tokio::test]
async fn groups_beyond_the_top_are_one_row() {
    let month = Month::generate(300).await;
    let all = ask(&month, r#"{"period":"2026-10","group_by":["service"],"filters":["provider=AWS"]}"#).await;
    let top = ask(&month, r#"{"period":"2026-10","group_by":["service"],"filters":["provider=AWS"],"top":2}"#).await;
    assert_eq!((all.rows.len(), top.rows.len()), (5, 3));
    assert_eq!(all.totals, top.totals);
    assert_eq!((top.rows[2].other, top.rows[2].label().as_str()), (Some(3), "3 others"));
    assert_eq!(top.source, AnswerSource::Ledger);
}

#[tokio::test]
async fn currencies_are_converted_or_kept_apart_and_the_total_does_not_depend_on_the_groups() {
    let month = Month::generate(300).await;
    let totals = |by: &'static str, currency: &'static str| {
        let json = format!(r#"{{"period":"2026-10","group_by":[{by}],"currency":"{currency}"}}"#);
        let month = &month;
        async move { ask(month, &json).await }
    };
    let kept = totals("", "keep").await;
    assert_eq!(kept.totals.len(), 2);
    for currency in ["policy", "EUR"] {
        let whole = totals("", currency).await;
        assert_eq!(whole.totals.len(), 1);
        for by in [r#""team""#, r#""service","region""#, r#""resource""#] {
            let parts = totals(by, currency).await;
            assert_eq!(parts.totals[0].amount, whole.totals[0].amount, "{by}");
        }
    }
    let unknown = totals("", "GBP").await;
    assert_eq!(unknown.conversion.unwrap().without_rate.len(), 2);
    assert_eq!(unknown.totals, kept.totals);
}

#[tokio::test]
async fn an_unknown_list_cost_is_left_out_and_counted() {
    let month = Month::generate(200).await;
    let answer = ask(&month, r#"{"metric":"list","period":"all","currency":"keep"}"#).await;
    assert_eq!(answer.source, AnswerSource::Lake);
    let missing = month.rows.iter().filter(|row| row.get("ListCost").is_none()).count() as u64;
    assert!(missing > 0);
    assert_eq!(answer.left_out.iter().map(|left| left.charges).sum::<u64>(), missing);
    assert!(answer.left_out.iter().all(|left| left.reason == LeftOutReason::MetricUnknown));
}

#[tokio::test]
async fn an_hour_is_unknown_where_charges_cover_more_than_an_hour() {
    let month = Month::generate(300).await;
    let hours = r#"{"period":"2026-10-13..2026-10-14","granularity":"hour","currency":"keep","group_by":["provider"]}"#;
    let answer = ask(&month, hours).await;
    assert_eq!((answer.buckets.len(), answer.buckets[48].name.as_str()), (49, "hour unknown"));
    for total in &answer.totals {
        let known: Vec<usize> = (0..48).filter(|hour| total.buckets[*hour].is_some()).collect();
        // Of these two days, one hour has charges of its own.
        assert_eq!(known, [23]);
        let sum: i128 = total.buckets.iter().flatten().map(|amount| amount.units()).sum();
        assert_eq!(sum, total.amount.units());
    }
    // With charges of hours only, an hour without one costs nothing.
    let of_hours = month.rows.iter().filter(|row| row.get("ChargePeriodStart") == Some("2026-10-13T23:00:00Z"));
    let month = Month::of(of_hours.cloned().collect()).await;
    let answer = ask(&month, hours).await;
    assert_eq!(answer.buckets.len(), 48);
    assert!(answer.totals.iter().all(|total| total.buckets.iter().all(Option::is_some)));
}

#[tokio::test]
async fn a_comparison_with_days_before_the_first_charge_is_unknown_and_not_zero() {
    let month = Month::generate(100).await;
    let answer = ask(&month, r#"{"period":"2026-10","compare":"previous-year"}"#).await;
    assert_eq!(answer.totals[0].before, None);
    assert!(answer.compared_with.unwrap().charges_since.is_some());
}

#[tokio::test]
async fn an_unknown_value_names_the_nearest_one() {
    let month = Month::generate(300).await;
    let everything = RowFilter::everything();
    let error = |filter: &'static str| {
        let json = format!(r#"{{"period":"2026-10","filters":["{filter}"]}}"#);
        let (month, everything) = (&month, &everything);
        async move { refused(month, &json, everything).await }
    };
    assert_eq!(
        error("account=prod-shp").await,
        "no charge has the account `prod-shp`\nhint: did you mean `prod-shop`?"
    );
    assert_eq!(
        error("service=Amazon EC3").await,
        "no charge has the service `Amazon EC3`\nhint: did you mean `Amazon EC2`?"
    );
    let team = error("team=zzzzzzzzzzzz").await;
    assert!(team.contains("hint: known: checkout, search, unallocated"), "{team}");
    assert_eq!(error("teem=search").await, "there is no dimension, facet or column `teem`\nhint: did you mean `team`?");
    assert_eq!(error("tag:owner=anne").await, "no charge has the tag owner `anne`\nhint: did you mean `ann`?");
    // A pattern without a match is no typing error.
    assert!(ask(&month, r#"{"period":"2026-10","filters":["service=Google*"]}"#).await.rows.is_empty());
}

#[tokio::test]
async fn a_row_filter_hides_other_charges_from_rows_totals_and_errors() {
    let month = Month::generate(300).await;
    let filter = RowFilter::of(vec!["team=search".parse().unwrap()]);
    let of = |json: &'static str| {
        let (month, filter) = (&month, &filter);
        async move { answer_costs(&month.context, &query(json), filter).await.unwrap() }
    };
    let seen = of(r#"{"period":"2026-10","group_by":["team"]}"#).await;
    assert_eq!(seen.rows.len(), 1);
    let same = ask(&month, r#"{"period":"2026-10","group_by":["team"],"filters":["team=search"]}"#).await;
    assert_eq!((lines(&seen), &seen.totals), (lines(&same), &same.totals));
    assert!(of(r#"{"period":"2026-10","filters":["team!=search"]}"#).await.rows.is_empty());
    for json in
        [r#"{"period":"2026-10","filters":["team=checkout"]}"#, r#"{"period":"2026-10","filters":["team=checkuot"]}"#]
    {
        let error = refused(&month, json, &filter).await;
        assert!(!error.contains("`checkout`?") && !error.contains("unallocated"), "{error}");
    }
}

#[cfg(feature = "sql")]
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn dimensions_are_columns_of_the_view() {
    use tollgate_lake::Cell;
    let month = Month::generate(300).await;
    let text = "select dimensions['team'] as a, x_team as b, sum(EffectiveCost) as s from charges \
                where x_environment = 'production' and BillingCurrency = 'USD' group by 1, 2 order by 1";
    let answer = crate::sql(&month.context, text).await.unwrap();
    let json =
        r#"{"period":"all","group_by":["team"],"filters":["environment=production"],"order":"name","currency":"keep"}"#;
    let costs = ask(&month, json).await;
    let usd = costs.rows.iter().filter(|row| row.currency.as_str() == "USD");
    let expected: Vec<[Cell; 3]> = usd
        .map(|row| [Cell::Text(row.label()), Cell::Text(row.label()), Cell::Number(row.amount.to_string())])
        .collect();
    assert!(expected.len() > 1);
    assert_eq!(answer.rows, expected);
}

/// Athena cannot call Tollgate: it gets the expression of a dimension as SQL, whose functions DataFusion has too.
#[cfg(feature = "sql")]
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_dimension_as_sql_has_the_values_of_its_expression() {
    use tollgate_lake::Cell;
    let month = Month::generate(300).await;
    for dimension in &month.context.state.policy.dimensions {
        let expression = dimension.sql().unwrap();
        let text = format!("select count(*) from charges where x_{} is distinct from {expression}", dimension.name);
        let answer = crate::sql(&month.context, &text).await.unwrap();
        assert_eq!(answer.rows, [[Cell::Number("0".into())]], "{text}");
    }
}
