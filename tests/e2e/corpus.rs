//! Real billing files: every one is taken in, and nothing of it is lost.

use std::path::PathBuf;

use tollgate_model::{Amount, Currency};
use tollgate_pipeline::sql;

use crate::support::{Store, corpus};

fn files(folder: &std::path::Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            out.extend(files(&path));
        } else if path.extension().is_some_and(|e| e == "csv") {
            out.push(path);
        }
    }
    out.sort();
    out
}

#[tokio::test]
#[ignore = "needs the corpus of real files: TOLLGATE_CORPUS names its folder"]
async fn every_file_is_conserved_to_the_last_digit() {
    let folder = corpus();
    let files = files(&folder);
    assert!(files.len() >= 29, "the corpus has shrunk: {} files", files.len());
    for path in files {
        let store = Store::new();
        let report =
            store.ingest(std::slice::from_ref(&path)).await.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let file = &report.files[0];
        let name = path.display();
        assert!(file.rows_read > 0, "{name}");
        assert_eq!(file.rows_read, file.rows_kept + file.rows_rejected, "{name}");
        assert_eq!(file.rows_rejected, file.rejections.len() as u64, "{name}");
        for (read, rejected, of) in [
            (
                &file.billed_read,
                &file.billed_rejected,
                (|p: &tollgate_model::PeriodTotals| p.billed_lake.clone()) as fn(&_) -> _,
            ),
            (&file.effective_read, &file.effective_rejected, |p| p.effective_lake.clone()),
        ] {
            let mut lake = rejected.clone();
            report.periods.iter().for_each(|p| lake.merge(&of(&p.totals)).unwrap());
            assert_eq!(*read, lake, "{name}");
        }
        assert!(report.periods.iter().all(|p| p.totals.conserved()), "{name}");
        let kept: u64 = report.periods.iter().map(|p| p.totals.rows).sum();
        assert_eq!(kept, file.rows_kept + file.rows_added, "{name}");
        let answer = sql(&store.context, "select count(*) from charges").await.unwrap();
        assert_eq!(answer.rows[0][0], tollgate_lake::Cell::Number(kept.to_string()), "{name}");
    }
}

/// Sums computed from the files' text, by another program.
#[tokio::test]
#[ignore = "needs the corpus of real files: TOLLGATE_CORPUS names its folder"]
async fn known_files_have_their_known_sums() {
    let folder = corpus();
    let known =
        [("aws-cur-legacy.csv", 1281, "USD"), ("azure-ea.csv", 27, "CAD"), ("focus-1.0-sample.csv", 1000, "USD")];
    for (name, rows, currency) in known {
        let path = folder.join(name);
        let store = Store::new();
        let report = store.ingest(std::slice::from_ref(&path)).await.unwrap();
        assert_eq!((report.files[0].rows_kept, report.files[0].rows_rejected), (rows, 0), "{name}");
        let column = match name {
            "aws-cur-legacy.csv" => "lineItem/UnblendedCost",
            "azure-ea.csv" => "CostInBillingCurrency",
            _ => "BilledCost",
        };
        let currency: Currency = currency.parse().unwrap();
        assert_eq!(report.files[0].billed_read.get(currency), sum_of_column(&path, column), "{name}");
    }
}

/// An independent reading: quotes counted character by character.
fn sum_of_column(path: &std::path::Path, column: &str) -> Amount {
    let text = std::fs::read_to_string(path).unwrap();
    let mut records: Vec<Vec<String>> = vec![vec![String::new()]];
    let mut quoted = false;
    for c in text.trim_start_matches('\u{feff}').chars() {
        let record = records.last_mut().unwrap();
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(String::new()),
            '\n' if !quoted => records.push(vec![String::new()]),
            '\r' if !quoted => {}
            c => record.last_mut().unwrap().push(c),
        }
    }
    let index = records[0].iter().position(|h| h == column).unwrap();
    let cells = records[1..].iter().filter_map(|r| r.get(index)).filter(|c| !c.is_empty());
    cells.fold(Amount::ZERO, |sum, c| sum.checked_add(c.parse().unwrap()).unwrap())
}

#[tokio::test]
#[ignore = "needs the corpus of real files: TOLLGATE_CORPUS names its folder"]
async fn the_specifications_commitments_are_used_and_unused_as_it_says() {
    let folder = corpus();
    let folder = folder.join("focus-spec-1.2-examples");
    // File, EffectiveCost used, EffectiveCost unused, as the examples state them.
    let stated = [
        ("commitment_discount_scenarios_commitment_discount_usage_scenario_1", "1", "0"),
        ("commitment_discount_scenarios_commitment_discount_usage_scenario_2", "0", "1"),
        ("commitment_discount_scenarios_commitment_discount_usage_scenario_3", "0.75", "0.25"),
        ("commitment_discount_scenarios_commitment_discount_usage_scenario_4", "1", "0"),
        (
            "commitment_discount_flexibility_one_hundred_percent_utilization_with_commitment_discount_flexibility_with_1_resource",
            "0.5",
            "0",
        ),
        (
            "commitment_discount_flexibility_one_hundred_percent_utilization_with_commitment_discount_flexibility_with_2_resources",
            "2",
            "0",
        ),
        (
            "commitment_discount_flexibility_one_hundred_percent_utilization_without_commitment_discount_flexibility",
            "1.5",
            "0",
        ),
        (
            "commitment_discount_flexibility_zero_percent_utilization_without_commitment_discount_flexibility",
            "0",
            "1.5",
        ),
    ];
    for (name, used, unused) in stated {
        let store = Store::new();
        store.ingest(&[folder.join(format!("{name}.csv"))]).await.unwrap();
        let of = async |status: &str| {
            let query = format!(
                "select coalesce(sum(EffectiveCost), 0) from charges where CommitmentDiscountStatus = '{status}'"
            );
            match sql(&store.context, &query).await.unwrap().rows.remove(0).remove(0) {
                tollgate_lake::Cell::Number(n) => n,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!((of("Used").await.as_str(), of("Unused").await.as_str()), (used, unused), "{name}");
    }
}

#[tokio::test]
#[ignore = "needs the corpus of real files: TOLLGATE_CORPUS names its folder"]
async fn an_impossible_hour_is_named_with_its_line() {
    let folder = corpus();
    let store = Store::new();
    let name = "focus-spec-1.2-examples/commitment_discount_scenarios_commitment_discount_purchase_scenario_2.csv";
    let report = store.ingest(&[folder.join(name)]).await.unwrap();
    let rejections = &report.files[0].rejections;
    assert_eq!(rejections.len(), 1);
    assert_eq!((rejections[0].line, rejections[0].column.as_deref()), (4, Some("ChargePeriodEnd")));
    assert_eq!(rejections[0].reason, "`2023-02-01T30:00:00Z` is not a date and time");
    assert_eq!(report.files[0].billed_rejected.get(Currency::UNKNOWN), Amount::whole(1));
}
