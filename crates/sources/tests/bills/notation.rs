//! Notation: dates, decimal marks, offsets, line ends, residues and cells that a row does not need.

use std::fmt::Write as _;

use tollgate_model::Column;
use tollgate_sources::Note;

use crate::{read_call, read_text, try_text};

const HEADER: &str = "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ProviderName,ServiceName,ResourceId\n";

fn row(cost: &str, period: [&str; 4]) -> String {
    let [a, b, c, d] = period;
    format!("{cost},{cost},USD,{a},{b},{c},{d},Usage,Acme,Compute,r-1\n")
}

const OCTOBER: [&str; 4] = ["2026-10-01", "2026-11-01", "2026-10-02", "2026-10-03"];

#[test]
fn day_and_month_have_one_order_in_a_call_of_many_chunks_and_files() {
    // More than one chunk of 4 MiB: the first days of the month prove nothing.
    let mut text = HEADER.to_owned();
    for day in 1..=30 {
        let end = if day < 30 { format!("{:02}/11/2026", day + 1) } else { "01/12/2026".to_owned() };
        for _ in 0..400 {
            let row = row("1", ["01/11/2026", "01/12/2026", &format!("{day:02}/11/2026"), &end]);
            let _ = writeln!(text, "{}{}", &row[..row.len() - 1], "x".repeat(900));
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let (large, small) = (folder.path().join("a.csv"), folder.path().join("b.csv"));
    std::fs::write(&large, text).unwrap();
    // Alone, this file would be read as January.
    let open = format!("{HEADER}{}", row("1", ["01/01/2026", "02/02/2026", "02/01/2026", "03/01/2026"]));
    std::fs::write(&small, open).unwrap();
    let bill = read_call(std::slice::from_ref(&large)).unwrap();
    assert_eq!((bill.charges.len(), bill.months()), (12_000, vec!["2026-11".to_owned()]));
    assert_eq!(bill.days().len(), 30);
    assert!(bill.has_note(&Note::DayFirstDate));
    let bill = read_call(&[small.clone(), large]).unwrap();
    assert!(bill.days().contains(&"2026-01-02".to_owned()), "{:?}", bill.days());
    let bill = read_call(&[small]).unwrap();
    assert!(bill.has_note(&Note::AssumedMonthFirst), "{:?}", bill.notes);
}

#[test]
fn dates_of_both_orders_in_one_file_are_refused() {
    let both = [
        ["11/01/2026", "12/01/2026", "11/13/2026", "11/14/2026"],
        ["01/11/2026", "01/12/2026", "13/11/2026", "14/11/2026"],
    ];
    let text = format!("{HEADER}{}{}", row("1", both[0]), row("1", both[1]));
    let error = try_text(text).unwrap_err().to_string();
    assert!(error.contains("some dates are day/month/year") && error.contains("hint:"), "{error}");
}

#[test]
fn decimal_commas_are_read_or_the_file_is_refused_and_never_become_thousands() {
    let semicolons = |amounts: &[&str]| {
        let rows: String = amounts
            .iter()
            .map(|a| {
                row(a, OCTOBER)
                    .replace(&format!("{a},{a},"), &format!("{a};{a};"))
                    .replace(',', ";")
                    .replace(&a.replace(',', ";"), a)
            })
            .collect();
        format!("{}{rows}", HEADER.replace(',', ";"))
    };
    let bill = read_text(semicolons(&["0,125", "1,500", "1.234,5"]));
    assert_eq!(bill.billed().to_string(), "1236.125");
    let quoted = |amounts: &[&str]| {
        let rows: String =
            amounts.iter().map(|a| row("1", OCTOBER).replacen("1,1", &format!("\"{a}\",\"{a}\""), 1)).collect();
        format!("{HEADER}{rows}")
    };
    assert_eq!(read_text(quoted(&["0,5", "1,500"])).billed().to_string(), "2");
    assert_eq!(read_text(quoted(&["1,500", "0.25"])).billed().to_string(), "1500.25");
    let error = try_text(quoted(&["0,5", "0.25"])).unwrap_err().to_string();
    assert!(error.contains("decimal commas and some decimal points"), "{error}");
    // Nothing shows what it is: the row is rejected.
    let bill = read_text(quoted(&["1,500", "7"]));
    assert_eq!((bill.billed().to_string().as_str(), bill.rows_rejected), ("7", 1));
    assert!(bill.rejections[0].contains("decimal comma or separated thousands"), "{:?}", bill.rejections);
}

#[test]
fn days_and_months_of_another_time_zone_stay_as_written() {
    let berlin = [
        "2026-10-01T00:00:00+02:00",
        "2026-11-01T00:00:00+01:00",
        "2026-10-02T00:00:00+02:00",
        "2026-10-03T00:00:00+02:00",
    ];
    let bill = read_text(format!("{HEADER}{}", row("1", berlin)));
    assert_eq!((bill.months(), bill.days()), (vec!["2026-10".to_owned()], vec!["2026-10-02".to_owned()]));
    assert!(bill.has_note(&Note::LocalPeriod));
    // Hours are instants.
    let hour = [berlin[0], berlin[1], "2026-10-02T00:00:00+02:00", "2026-10-02T01:00:00+02:00"];
    let bill = read_text(format!("{HEADER}{}", row("1", hour)));
    assert_eq!(bill.days(), ["2026-10-01"]);
    let pacific = [
        "2026-10-01 00:00:00.000 -0700",
        "2026-11-01 00:00:00.000 -0700",
        "2026-10-31 00:00:00.000 -0700",
        "2026-11-01 00:00:00.000 -0700",
    ];
    let bill = read_text(format!("{HEADER}{}", row("1", pacific)));
    assert_eq!((bill.months(), bill.days()), (vec!["2026-10".to_owned()], vec!["2026-10-31".to_owned()]));
}

#[test]
fn a_cell_that_a_row_does_not_need_rejects_nothing() {
    let header = "line_item_line_item_type,line_item_unblended_cost,line_item_usage_start_date,line_item_usage_end_date,bill_billing_period_start_date,line_item_currency_code,line_item_product_code,reservation_effective_cost,savings_plan_savings_plan_effective_cost\n";
    let line = |kind: &str, cost: &str, reservation: &str, plan: &str| {
        format!(
            "{kind},{cost},2026-10-01T00:00:00Z,2026-10-02T00:00:00Z,2026-10-01T00:00:00Z,USD,AmazonEC2,{reservation},{plan}\n"
        )
    };
    let text = [
        header.to_owned(),
        line("Usage", "1.5", "n/a", "-"),
        line("DiscountedUsage", "0", "0.25", "n/a"),
        line("DiscountedUsage", "0", "n/a", "0.5"),
        line("Usage", "n/a", "", ""),
    ]
    .concat();
    let bill = read_text(text);
    assert_eq!(bill.sums(), ("1.5".to_owned(), "1.75".to_owned()));
    assert_eq!(
        bill.rejections,
        ["4 reservation_effective_cost `n/a` is not a number", "5 line_item_unblended_cost `n/a` is not a number"]
    );
    assert_eq!(bill.notes[&Note::UnreadableQuantity], 3);
}

#[test]
fn residues_of_floating_point_are_rounded_in_text_and_parquet_alike() {
    let text = format!("{HEADER}{}{}", row("1.3877787807814457E-17", OCTOBER), row("-4.930380657631324e-32", OCTOBER));
    let bill = read_text(text);
    assert_eq!((bill.charges.len(), bill.billed().to_string().as_str()), (2, "0.000000000000000013877788"));
    assert_eq!(bill.notes[&Note::RoundedCost], 4);
}

#[test]
fn carriage_returns_end_lines() {
    let text = format!("{HEADER}{}{}", row("1", OCTOBER), row("2", OCTOBER)).replace('\n', "\r");
    let bill = read_text(text);
    assert_eq!((bill.charges.len(), bill.billed().to_string().as_str()), (2, "3"));
}

#[test]
fn one_column_in_two_spellings_is_refused() {
    for header in [
        HEADER.replace("ResourceId", "billed_cost"),
        HEADER.replace("ResourceId", "BILLEDCOST"),
        HEADER.replace("ResourceId", "BilledCost"),
    ] {
        let error = try_text(format!("{header}{}", row("1", OCTOBER))).unwrap_err().to_string();
        assert!(error.contains("appears twice") && error.contains("hint:"), "{error}");
    }
    let azure = "Date,MeterCategory,Quantity,CostInBillingCurrency,costInBillingCurrency,BillingCurrency\n10/02/2026,VM,1,1,2,USD\n";
    assert!(try_text(azure).unwrap_err().to_string().contains("`costInBillingCurrency` appears twice"));
}

#[test]
fn tags_of_every_shape_are_one_key_a_tag() {
    for tags in [
        r#"{"team": "web"}"#,
        r#"[{"key": "team", "value": "web"}]"#,
        "{'team': 'web'}",
        "{team=web}",
        "team=web;env=prod",
        r#"{"user:team": "web"}"#,
    ] {
        let text = format!(
            "{},Tags\n{},\"{}\"\n",
            HEADER.trim_end(),
            row("1", OCTOBER).trim_end().replace("Acme", "AWS"),
            tags.replace('"', "\"\"")
        );
        let bill = read_text(text);
        assert_eq!(bill.by_tag("team").into_keys().collect::<Vec<_>>(), ["web"], "{tags}");
    }
    let text = format!("{},x_Tags\n{},team=web\n", HEADER.trim_end(), row("1", OCTOBER).trim_end());
    assert_eq!(read_text(text).by_tag("team").into_keys().collect::<Vec<_>>(), ["web"]);
    let text = format!("{},Tags\n{},no tags at all\n", HEADER.trim_end(), row("1", OCTOBER).trim_end());
    let bill = read_text(text);
    assert!(bill.has_note(&Note::TagsAsText));
    assert_eq!(bill.values(Column::Tags), ["no tags at all"]);
}

#[test]
fn accounts_that_a_spreadsheet_shortened_are_noted() {
    let text = |id: &str| {
        let header = HEADER.trim_end();
        format!("{header},BillingAccountId,SubAccountId\n{},acct-1,{id}\n", row("1", OCTOBER).trim_end())
    };
    for (id, is_shortened) in
        [("1.11122E+11", true), ("1e+20", true), ("111122223333", false), ("E+11", false), ("12E5", false)]
    {
        let bill = read_text(text(id));
        assert_eq!(bill.has_note(&Note::ShortenedId(Column::SubAccountId)), is_shortened, "{id}");
        assert!(!bill.has_note(&Note::ShortenedId(Column::BillingAccountId)), "{id}");
    }
}

#[test]
fn a_header_in_the_middle_of_joined_files_is_no_row() {
    let part = |cost: &str| format!("{HEADER}{}", row(cost, OCTOBER));
    let bill = read_text(part("1") + &part("2"));
    assert_eq!((bill.charges.len(), bill.rows_rejected, bill.billed().to_string().as_str()), (2, 0, "3"));
    assert_eq!(bill.notes[&Note::RepeatedHeader], 1);
}

#[test]
fn a_line_that_names_the_delimiter_is_no_header() {
    let semicolons = format!("{HEADER}{}", row("1", OCTOBER)).replace(',', ";");
    for first in ["sep=;\n", "SEP=;\r\n", "\"sep=;\"\n", "\u{feff}sep=;\n"] {
        assert_eq!(read_text(format!("{first}{semicolons}")).billed().to_string(), "1", "{first:?}");
    }
    // Line numbers count the line.
    let wrong = semicolons.replace("1;1;USD", "1;x;USD");
    let bill = read_text(format!("sep=;\n{wrong}"));
    assert!(bill.rejections.len() == 1 && bill.rejections[0].starts_with("3 EffectiveCost "), "{:?}", bill.rejections);
}

#[test]
fn signs_come_first_last_or_as_parentheses() {
    for written in ["-2.50", "2.50-", "\u{2212}2.50", "(2.50)", "$(2.50)"] {
        assert_eq!(read_text(format!("{HEADER}{}", row(written, OCTOBER))).billed().to_string(), "-2.5", "{written}");
    }
}

#[test]
fn lines_without_a_value_are_no_rows() {
    let blank = ",".repeat(HEADER.matches(',').count());
    let text = format!("{HEADER}{}   \n{blank}\n{}{blank}", row("1", OCTOBER), row("2", OCTOBER));
    let bill = read_text(text);
    assert_eq!((bill.billed().to_string(), bill.rejections.len()), ("3".to_owned(), 0));
}
