//! Public reports of bills that other tools read wrongly, each with its right value.

use std::path::PathBuf;

use tollgate_model::{ChargeCategory, ChargeClass, Column};
use tollgate_sources::Note;

use crate::{read, read_call};

fn case(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/cases/billing")).join(name)
}

fn sums(billed: &str, effective: &str) -> (String, String) {
    (billed.to_owned(), effective.to_owned())
}

#[test]
#[ignore = "needs the cases of bills: a folder beside the repository"]
fn commitments_of_azure_are_billed_at_purchase_and_count_where_they_are_used() {
    for name in ["01-azure-actual-ri-purchase.csv", "01b-azure-actual-ri-purchase-without-ids.csv"] {
        let bill = read(&case(name));
        assert_eq!(bill.sums(), sums("1202.4", "2.4"), "{name}");
        assert_eq!(bill.rows_rejected, 0, "{name}");
    }
}

#[test]
#[ignore = "needs the cases of bills: a folder beside the repository"]
fn a_returned_savings_plan_leaves_the_use() {
    let bill = read(&case("04-cur-savings-plan-returned.csv"));
    assert_eq!(bill.sums(), sums("2.4", "2.4"));
    let returned = bill.charges.iter().find(|c| c.class == Some(ChargeClass::Correction)).unwrap();
    assert_eq!(returned.category, ChargeCategory::Purchase);
}

#[test]
#[ignore = "needs the cases of bills: a folder beside the repository"]
fn tags_of_every_aws_format_are_the_users_own() {
    let want = [("data".to_owned(), "3.6".to_owned()), ("web".to_owned(), "2.4".to_owned())];
    for name in ["05-cur2-user-prefix.csv", "06-cur-legacy-athena.snappy.parquet"] {
        let bill = read(&case(name));
        assert_eq!(bill.by_tag("team").into_iter().collect::<Vec<_>>(), want, "{name}");
        assert_eq!(bill.values(Column::ServiceName), ["Amazon Elastic Compute Cloud"], "{name}");
    }
}

#[test]
#[ignore = "needs the cases of bills: a folder beside the repository"]
fn a_decimal_comma_is_one() {
    let bill = read(&case("07-decimal-comma.csv"));
    assert_eq!(bill.sums(), sums("1.625", "1.625"));
    assert!(bill.has_note(&Note::DecimalComma));
}

#[test]
#[ignore = "needs the cases of bills: a folder beside the repository"]
fn rows_that_other_tools_reject_are_kept() {
    let bill = read(&case("09-cur-discount.csv"));
    assert_eq!((bill.sums(), bill.rows_rejected), (sums("2", "2"), 0));
    let bill = read(&case("10-mca-empty-period.csv"));
    assert_eq!((bill.sums(), bill.rows_rejected), (sums("2.4", "2.4"), 0));
    assert_eq!(bill.months(), ["2026-10"]);
    assert!(bill.values(Column::ResourceId)[0].ends_with("/virtualMachines/vm1"));
    let bill = read(&case("13-float-residue.csv"));
    assert_eq!((bill.charges.len(), bill.billed().to_string().as_str()), (1, "0.000000000000000013877788"));
    assert!(bill.has_note(&Note::RoundedCost));
    let bill = read(&case("14-focus-without-end-columns.csv"));
    assert_eq!(
        (bill.charges.len(), bill.months(), bill.days()),
        (1, vec!["2026-10".to_owned()], vec!["2026-10-02".to_owned()])
    );
    let bill = read(&case("15-azure-ea-detail-cost-column.csv"));
    assert_eq!((bill.sums().0.as_str(), bill.values(Column::BillingCurrency)), ("2.4000420855", vec!["USD"]));
    let bill = read(&case("16-cur.csv.zip"));
    assert_eq!((bill.rows_rejected, bill.charges.is_empty()), (0, false));
}

#[test]
#[ignore = "needs the cases of bills: a folder beside the repository"]
fn a_report_and_focus_say_the_same_of_a_savings_plan() {
    let unused = |name: &str| {
        let bill = read(&case(name));
        let status = |status: &str| {
            let of = bill.charges.iter().filter(|c| c.text(Column::CommitmentDiscountStatus) == Some(status));
            crate::sum(of.map(|c| c.effective_cost)).to_string()
        };
        (bill.sums(), status("Used"), status("Unused"))
    };
    assert_eq!(unused("22-cur-savings-plan-falls-unused.csv"), unused("22-same-as-focus.csv"));
}

#[test]
#[ignore = "needs the cases of bills: a folder beside the repository"]
fn every_case_is_read_without_a_rejected_row() {
    let mut read_cases = 0;
    for entry in std::fs::read_dir(case("")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.ends_with(".csv") || name.ends_with(".parquet") || name.ends_with(".zip") {
            let bill = read_call(&[path]).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(bill.rows_rejected, 0, "{name}: {:?}", bill.rejections);
            assert_eq!(bill.billed(), bill.billed_read, "{name}");
            read_cases += 1;
        }
    }
    assert!(read_cases >= 22, "{read_cases}");
}
