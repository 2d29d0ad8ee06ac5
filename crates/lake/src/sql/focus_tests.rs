//! What the published use cases of FOCUS ask of SQL: names of every version, JSON columns, parts of dates.

use std::collections::BTreeMap;

use tollgate_model::{Amount, Charge, ChargeCategory, ChargePeriod, Column, Currency, Day, FocusDataset, Money};

use super::tables::{ImportedPeriod, Supplements};
use super::tests::lake_of;
use super::{Answer, Cell};

const PROGRAMS: &str = r#"{"CommitmentPrograms":[{"ProgramType":"FlexibleSpendPlan"},{"ProgramType":"Other"}]}"#;
const APPLIED: &str = r#"{"Elements":[{"ContractCommitmentID":"cc-1","ContractCommitmentAppliedCost":"2.5"},{"ContractCommitmentID":"cc-2","ContractCommitmentAppliedCost":1}]}"#;

/// Two charges: one of FOCUS 1.2, one with columns of 1.4.
fn charges() -> Vec<Charge> {
    let day = |day: &str| ChargePeriod::of_day(day.parse::<Day>().unwrap());
    let charge = |on: &str, amount: &str| {
        let billed = Money::new(amount.parse::<Amount>().unwrap(), Currency::USD);
        Charge::new(ChargeCategory::Usage, billed, day(on), day(on)).with(Column::ProviderName, "AWS")
    };
    let old =
        charge("2026-10-31", "4").with(Column::ServiceName, "EC2").with(Column::Tags, r#"{"team":"web","a b":"c"}"#);
    let mut new = charge("2026-11-01", "6").with(Column::ServiceName, "S3").with(Column::Tags, r#"{"team":null}"#);
    for (name, value) in [
        ("x_ServiceProviderName", "Acme"),
        ("x_CommitmentProgramEligibilityDetails", PROGRAMS),
        ("x_ContractApplied", APPLIED),
    ] {
        new.extra.insert(name.into(), value.into());
    }
    vec![old, new]
}

async fn answer(query: &str) -> Answer {
    let (lake, current) = lake_of(&charges()).await;
    lake.query(&current, query).await.unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// The rows as text, separated by `|`.
async fn rows(query: &str) -> Vec<String> {
    let text = |cell: &Cell| match cell {
        Cell::Null => "-".to_owned(),
        Cell::Bool(value) => value.to_string(),
        Cell::Number(text) | Cell::Text(text) => text.clone(),
    };
    answer(query).await.rows.iter().map(|row| row.iter().map(text).collect::<Vec<_>>().join("|")).collect()
}

#[tokio::test]
async fn old_and_new_names_of_a_column_stand_side_by_side() {
    let query = "select ProviderName, ServiceProviderName, HostProviderName, AllocatedMethodId, InvoiceDetailId,
                 x_ServiceProviderName from charges order by ChargePeriodStart";
    assert_eq!(rows(query).await, ["AWS|AWS|AWS|-|-|-", "AWS|Acme|AWS|-|-|Acme"]);
    let query = "select ServiceProviderName, sum(BilledCost) from charges group by ServiceProviderName order by 1";
    assert_eq!(rows(query).await, ["AWS|4", "Acme|6"]);
}

#[tokio::test]
async fn a_name_in_another_case_is_found_and_an_alias_stays() {
    let query =
        "select servicename, sum(BILLEDCOST) as billedcost from Charges group by SERVICENAME order by billedcost desc";
    assert_eq!(rows(query).await, ["S3|6", "EC2|4"]);
    assert_eq!(answer(query).await.columns, ["ServiceName", "billedcost"]);
    let query =
        "with c as (select c.subaccountid as id, c.billedcost from charges c) select id, BilledCost from c order by 2";
    assert_eq!(rows(query).await, ["-|4", "-|6"]);
    assert_eq!(rows("select x_serviceprovidername from charges where billedcost > 5").await, ["Acme"]);
}

#[tokio::test]
async fn values_of_json_columns_are_reached_by_functions_and_operators() {
    for (expression, expected) in [
        ("Tags ->> 'team'", ["web", "-"]),
        ("Tags -> 'team'", ["\"web\"", "null"]),
        ("tags['a b']", ["c", "-"]),
        ("json_extract_string(Tags, '$.team')", ["web", "-"]),
        ("json_extract_string(Tags, '$.' || 'team')", ["web", "-"]),
        ("json_extract_string(Tags, case when BilledCost > 5 then '$.x' else '$.\"a b\"' end)", ["c", "-"]),
        ("json_exists(Tags, '$.team')", ["true", "true"]),
        ("json_exists(Tags, '$.\"a b\"')", ["true", "false"]),
        ("json_value(Tags, '$.team') = 'web'", ["true", "-"]),
        ("json_extract_scalar(ContractApplied, '$.Elements[0].ContractCommitmentID')", ["-", "cc-1"]),
        ("json_extract(ContractApplied, '$.Elements[1].ContractCommitmentAppliedCost')", ["-", "1"]),
        ("json_value(ContractApplied, '$.Elements')", ["-", "-"]),
        ("json_array_length(ContractApplied, '$.Elements')", ["-", "2"]),
        ("json_extract_string(Tags, '$.*')", ["[web, c]", "[]"]),
        ("cardinality(json_keys(Tags))", ["2", "1"]),
        ("Tags ->> 'team' is null and 1 = 1", ["false", "true"]),
        ("Tags ->> 'team' in ('web') or Tags ->> 'team' = 'app'", ["true", "-"]),
        ("Tags ->> 'team' like 'w%'", ["true", "-"]),
        ("Tags ->> 'team' || '!' = 'web!'", ["true", "-"]),
        ("ServiceName -> 'team'", ["-", "-"]),
    ] {
        let query = format!("select {expression} from charges order by ChargePeriodStart");
        let found = rows(&query).await;
        // A list prints its null.
        let found: Vec<String> =
            found.into_iter().map(|row| if row == "[null]" || row == "[]" { "[]".into() } else { row }).collect();
        assert_eq!(found, expected, "{expression}");
    }
}

#[tokio::test]
async fn a_wrong_path_is_refused_with_its_text() {
    let (lake, current) = lake_of(&charges()).await;
    let error =
        lake.query(&current, "select json_extract_string(Tags, '$.') from charges").await.unwrap_err().to_string();
    assert!(error.contains("the JSON path `$.` has a dot without a key"), "{error}");
}

#[tokio::test]
async fn parts_of_dates_are_functions() {
    let query = "select month(ChargePeriodStart), year(ChargePeriodStart), quarter(ChargePeriodStart), day(ChargePeriodEnd),
                 week(ChargePeriodStart), dayofweek(ChargePeriodStart), date(ChargePeriodStart), hour(ChargePeriodStart),
                 month('2026-02-03T10:00:00Z'), strftime(ChargePeriodStart, '%Y-%m')
                 from charges order by 1";
    assert_eq!(
        rows(query).await,
        ["10|2026|4|1|44|6|2026-10-31|0|2|2026-10", "11|2026|4|2|44|0|2026-11-01|0|2|2026-11"]
    );
    let query = "select MONTH(ChargePeriodStart), sum(BilledCost) from charges group by MONTH(ChargePeriodStart)
                 order by MONTH(ChargePeriodStart), SUM(BilledCost)";
    assert_eq!(rows(query).await, ["10|4", "11|6"]);
    assert_eq!(rows("select count(*) from charges where date(ChargePeriodStart) >= '2026-11-01'").await, ["1"]);
}

#[tokio::test]
async fn elements_of_a_json_list_are_rows() {
    let query = "select cu.ServiceName, json_value(ca, '$.ContractCommitmentID') as id,
                 sum(cast(json_value(ca, '$.ContractCommitmentAppliedCost') as double)) as applied
                 from charges cu cross join unnest(json_extract(cu.ContractApplied, '$.Elements[*]')) as _u(ca)
                 where json_value(ca, '$.ContractCommitmentID') is not null and cu.BilledCost > 0
                 group by cu.ServiceName, json_value(ca, '$.ContractCommitmentID') order by id";
    assert_eq!(rows(query).await, ["S3|cc-1|2.5", "S3|cc-2|1.0"]);
    assert_eq!(
        rows("select u.ca ->> 'ContractCommitmentID' from charges, unnest(json_extract(ContractApplied, '$.Elements[*]')) as u(ca) order by 1").await,
        ["cc-1", "cc-2"]
    );
}

#[tokio::test]
async fn a_charge_counts_once_where_an_element_matches() {
    let matching = |condition: &str| {
        format!(
            "select ServiceName from charges c where {condition} (select 1 from
             unnest(json_extract(c.CommitmentProgramEligibilityDetails, '$.CommitmentPrograms[*]')) as _u(CP)
             where json_value(CP, '$.ProgramType') in ('FlexibleSpendPlan', 'Other')) order by 1"
        )
    };
    assert_eq!(rows(&matching("exists")).await, ["S3"]);
    assert_eq!(rows(&matching("not exists")).await, ["EC2"]);
    assert_eq!(rows(&matching("ServiceName = 'EC2' or exists")).await, ["EC2", "S3"]);
}

#[tokio::test]
async fn the_tables_beside_the_charges_have_the_columns_of_focus() {
    for (table, columns) in [("billing_periods", 6), ("contract_commitments", 30), ("invoice_details", 22)] {
        let found = answer(&format!("select * from {table}")).await.columns;
        assert_eq!(found.len(), columns, "{table}");
        assert!(found.is_sorted_by_key(|name| name.to_lowercase()), "{found:?}");
    }
}

#[tokio::test]
async fn invoices_commitments_and_periods_are_summed_from_the_charges() {
    let mut rows = charges();
    for row in &mut rows {
        *row = row.clone().with(Column::InvoiceId, "INV-1").with(Column::CommitmentDiscountId, "sp-1");
    }
    let (lake, current) = lake_of(&rows).await;
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    let period = ImportedPeriod {
        start: at("2026-11-01T00:00:00Z"),
        created: at("2026-11-02T03:00:00Z"),
        updated: at("2026-11-09T03:00:00Z"),
    };
    let supplements = Supplements {
        now: Some(at("2026-11-10T00:00:00Z")),
        periods: vec![period],
        commitment_ends: vec![("sp-1".to_owned(), at("2027-01-01T00:00:00Z"))],
        stated: BTreeMap::new(),
    };
    let lake = lake.with_supplements(supplements);
    let ask = async |query: &str| format!("{:?}", lake.query(&current, query).await.unwrap().rows);
    let sum = ask("select InvoiceId, sum(billedcost) from Invoice_Details group by InvoiceId").await;
    assert_eq!(sum, r#"[[Text("INV-1"), Number("10")]]"#);
    let end = "select ContractCommitmentId, ContractCommitmentLifecycleStatus, ContractCommitmentPeriodEnd from contract_commitments";
    assert_eq!(ask(end).await, r#"[[Text("sp-1"), Text("Active"), Text("2027-01-01T00:00:00Z")]]"#);
    let months =
        "select BillingPeriodLastUpdated, BillingPeriodStatus from billing_periods order by BillingPeriodStart";
    let known = ask(months).await;
    assert!(known.contains(r#"Text("2026-11-09T03:00:00Z")"#) && known.contains("Null"), "{known}");
}

#[tokio::test]
async fn what_a_provider_states_comes_before_what_is_computed() {
    let mut rows = charges();
    for row in &mut rows {
        *row = row.clone().with(Column::InvoiceIssuerName, "AWS");
    }
    let (lake, current) = lake_of(&rows).await;
    let row = |fields: &[(&str, &str)]| {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>()
    };
    let closed = row(&[
        // The small charges have billing periods of a day.
        ("BillingPeriodStart", "2026-10-31T00:00:00Z"),
        ("InvoiceIssuerName", "AWS"),
        ("BillingPeriodStatus", "Closed"),
        ("BillingPeriodLastUpdated", "2026-11-05"),
        ("BillingPeriodCreated", "soon"),
    ]);
    let commitment = row(&[("ContractCommitmentId", "it's"), ("ContractCommitmentCost", "1200.50")]);
    let stated = BTreeMap::from([
        (FocusDataset::BillingPeriods, vec![closed]),
        (FocusDataset::ContractCommitments, vec![commitment]),
    ]);
    let lake = lake.with_supplements(Supplements { stated, ..Supplements::default() });
    let ask = async |query: &str| {
        let rows = lake.query(&current, query).await.unwrap_or_else(|error| panic!("{query}: {error}")).rows;
        rows.iter().map(|row| format!("{row:?}")).collect::<Vec<_>>()
    };
    let months = ask(
        "select BillingPeriodStart, BillingPeriodStatus, BillingPeriodLastUpdated, BillingPeriodCreated from billing_periods order by 1",
    )
    .await;
    assert_eq!(months.len(), 2, "{months:?}");
    let october = r#"[Text("2026-10-31T00:00:00Z"), Text("Closed"), Text("2026-11-05T00:00:00Z"), Null]"#;
    assert_eq!(months[0], october);
    let cost = ask("select ContractCommitmentId, ContractCommitmentCost from contract_commitments").await;
    assert_eq!(cost, [r#"[Text("it's"), Number("1200.5")]"#]);
}

#[tokio::test]
async fn a_sum_of_cases_is_divided_as_any_other() {
    let query = "with sums as (select sum(case when BilledCost = 0 then 0 else ListCost end) as list,
                 sum(case when BilledCost = 0 then 0 else BilledCost end) as billed from charges)
                 select (1 - billed / nullif(billed, 0)) * 100, round(billed / 4, 6) from sums";
    assert_eq!(rows(query).await, ["0.0|2.5"]);
}
