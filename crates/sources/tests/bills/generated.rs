//! Bills of koku-nise, Red Hat's generator, summed by Python's decimal: equal to ours to the last digit.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::read;

/// The Python in whose environment koku-nise is.
fn python() -> PathBuf {
    PathBuf::from(std::env::var_os("TOLLGATE_NISE").expect("TOLLGATE_NISE names a Python that has koku-nise"))
}

/// Generates the bills of some days, and returns the files.
fn generate(provider: &str, end: &str, folder: &Path) -> Vec<PathBuf> {
    let nise = python().with_file_name("nise");
    let run = Command::new(nise)
        .args(["report", provider, "--start-date", "2026-10-01", "--end-date", end, "--write-monthly"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    // OCI's usage reports have no costs.
    let is_usage = |path: &Path| path.file_name().is_some_and(|n| n.to_string_lossy().contains("usage"));
    files.retain(|path| path.extension().is_some_and(|e| e == "csv") && !is_usage(path));
    files.sort();
    assert!(!files.is_empty(), "{provider}");
    files
}

/// Adds up a file with Python's csv and decimal, rounding each row to the places that are kept.
const SUM: &str = r#"
import ast, csv, json, sys
from decimal import Decimal, ROUND_HALF_UP, getcontext
getcontext().prec = 60
path, columns = sys.argv[1], sys.argv[2].split(",")
place = Decimal(1).scaleb(-24)
def exact(text): return Decimal(text or "0").quantize(place, rounding=ROUND_HALF_UP)
total = Decimal(0); rows = 0
for row in csv.DictReader(open(path, newline="")):
    rows += 1
    for column in columns:
        value = row[column]
        if column == "credits":
            text = value.strip() or "[]"
            try: credits = json.loads(text, parse_float=str, parse_int=str)
            except ValueError: credits = ast.literal_eval(text)
            for credit in credits if isinstance(credits, list) else [credits] if credits else []:
                total += exact(str(credit["amount"]))
        else:
            total += exact(value)
text = format(total, "f")
print(rows, text.rstrip("0").rstrip(".") if "." in text else text)
"#;

fn by_python(path: &Path, columns: &str) -> (u64, String) {
    let run = Command::new(python()).args(["-c", SUM]).arg(path).arg(columns).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let text = String::from_utf8(run.stdout).unwrap();
    let (rows, sum) = text.trim().split_once(' ').unwrap();
    (rows.parse().unwrap(), sum.to_owned())
}

#[test]
#[ignore = "needs koku-nise: cargo xtask test installs it"]
fn generated_bills_have_the_sums_of_python_to_the_last_digit() {
    for (provider, columns) in [
        ("aws", "lineItem/UnblendedCost"),
        ("azure", "CostInBillingCurrency"),
        ("gcp", "cost,credits"),
        ("oci", "cost/myCost"),
    ] {
        // A month in progress, and its restatement.
        for end in ["2026-10-04", "2026-10-09"] {
            let folder = tempfile::tempdir().unwrap();
            for path in generate(provider, end, folder.path()) {
                let bill = read(&path);
                let name = format!("{provider} {}", path.display());
                assert_eq!(bill.rows_rejected, 0, "{name}: {:?}", bill.rejections.first());
                let (rows, sum) = by_python(&path, columns);
                assert_eq!((bill.rows_read, bill.billed().to_string()), (rows, sum), "{name}");
            }
        }
    }
}
