//! Statements of whole bills by the command line: they sum to the invoices, and two people lock a month.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tollgate_model::Amount;

use crate::support::binary;

fn output(folder: &Path, args: &[&str]) -> Output {
    Command::new(binary())
        .args(args)
        .current_dir(folder)
        .env("TOLLGATE_NOW", "2026-11-21T06:00:00Z")
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn json(folder: &Path, store: &str, args: &[&str]) -> Value {
    let out = output(folder, &[&["--store", store, "--format", "json"], args].concat());
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

fn amount(value: &Value) -> Amount {
    value.as_str().unwrap_or_else(|| panic!("{value} is no amount")).parse().unwrap()
}

/// The sum of one figure of the totals of all statements in a currency.
fn sum_of(statements: &Value, figure: &str, currency: &str) -> Amount {
    let totals = statements["statements"].as_array().unwrap().iter().flat_map(|s| s["totals"].as_array().unwrap());
    let amounts = totals.filter(|total| total["currency"] == currency).map(|total| amount(&total[figure]));
    amounts.fold(Amount::ZERO, |sum, amount| sum.checked_add(amount).unwrap())
}

/// Compares the statements of every month with what SQL sums over all charges, as decimals with every digit.
fn compare_with_sql(folder: &Path, store: &str) -> usize {
    let query = "select substr(cast(BillingPeriodStart as varchar), 1, 7) as month, BillingCurrency as currency, \
                 sum(BilledCost) as billed, sum(EffectiveCost) as effective from charges group by 1, 2";
    let rows = json(folder, store, &["sql", query]);
    let rows = rows["items"].as_array().unwrap();
    for row in rows {
        let (month, currency) = (row["month"].as_str().unwrap(), row["currency"].as_str().unwrap());
        let statements = json(folder, store, &["statement", "--all", "--period", month]);
        for figure in ["billed", "effective"] {
            // A whole number without a fraction is a JSON number.
            let wanted = row[figure].as_str().map_or_else(|| row[figure].to_string(), str::to_owned);
            let found = sum_of(&statements, figure, currency);
            assert_eq!(found, wanted.parse::<Amount>().unwrap(), "{month} {currency} {figure}");
        }
    }
    rows.len()
}

#[test]
fn the_statements_of_the_demo_sum_to_its_invoices_and_two_people_lock_a_month() {
    let folder = tempfile::tempdir().unwrap();
    json(folder.path(), ".", &["demo"]);
    let store = "tollgate-demo";
    assert!(compare_with_sql(folder.path(), store) >= 24);

    let closed = json(folder.path(), store, &["allocation", "close", "--period", "2026-10", "--by", "jane"]);
    let hash = closed["month"]["hash"].as_str().unwrap().to_owned();
    let approve = |by: &str| {
        let args = ["--store", store, "allocation", "approve", &hash, "--period", "2026-10", "--by", by];
        output(folder.path(), &args)
    };
    let same = approve("jane");
    assert!(!same.status.success() && String::from_utf8_lossy(&same.stderr).contains("a different person"));
    assert!(approve("dana").status.success());
    let locked = json(folder.path(), store, &["statement", "--all", "--period", "2026-10"]);
    assert_eq!((locked["state"].as_str(), locked["hash"].as_str()), (Some("locked"), Some(hash.as_str())));
    let diff = json(folder.path(), store, &["allocation", "diff", "--period", "2026-10"]);
    assert_eq!(diff["differences"].as_array().map(Vec::len), Some(0));

    // The journal balances in each currency.
    let journal = json(folder.path(), store, &["statement", "--all", "--journal", "--period", "2026-10"]);
    for currency in ["USD", "EUR"] {
        let lines = journal["items"].as_array().unwrap().iter().filter(|line| line["currency"] == currency);
        let sum = lines.fold(Amount::ZERO, |sum, line| sum.checked_add(amount(&line["amount"])).unwrap());
        assert!(sum.is_zero(), "{currency} {sum}");
    }
}

#[test]
#[ignore = "needs koku-nise: cargo xtask test installs it"]
fn the_statements_of_generated_bills_sum_to_their_invoices() {
    let folder = tempfile::tempdir().unwrap();
    for provider in ["aws", "azure", "gcp"] {
        let at = folder.path().join(provider);
        std::fs::create_dir(&at).unwrap();
        let args = ["report", provider, "--start-date", "2026-10-01", "--end-date", "2026-10-31", "--write-monthly"];
        let python = std::env::var_os("TOLLGATE_NISE").unwrap();
        let nise = Path::new(&python).with_file_name("nise");
        let out = Command::new(nise).args(args).current_dir(&at).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let files = std::fs::read_dir(&at).unwrap().map(|entry| entry.unwrap().path());
        let files: Vec<String> = files
            .filter(|path| path.extension().is_some_and(|e| e == "csv"))
            .map(|path| path.display().to_string())
            .collect();
        assert!(!files.is_empty(), "{provider}: no file was written");
        let policy = "dimension \"team\" {\n  value = charge.service_name\n}\n\
                      allocation \"half\" {\n  source = { service = \"A*\" }\n  method = \"cost\"\n  without_weights = \"even\"\n}\n";
        std::fs::write(at.join("tollgate.hcl"), policy).unwrap();
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let out = output(&at, &[&["--store", "store", "ingest"], files.as_slice()].concat());
        assert!(
            out.status.code() == Some(0) || out.status.code() == Some(3),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
        assert!(compare_with_sql(&at, "store") >= 1, "{provider}");
    }
}
