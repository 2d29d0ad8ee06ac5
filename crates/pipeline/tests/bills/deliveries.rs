//! What a delivery replaces: an earlier one of the same accounts and month, and nothing else.

use tollgate_pipeline::{ImportOutcome, IngestOptions, list_imports, roll_back_import};

use crate::support::{Row, Store, actor, focus, focus_of, october, row};

#[tokio::test]
async fn files_of_different_accounts_lie_beside_each_other() {
    let store = Store::new();
    let a = store.write("a.csv", &focus(&october(1..=31, "a", "100")));
    let b = store.write("b.csv", &focus(&october(1..=31, "b", "40")));
    store.ingest(std::slice::from_ref(&a)).await.unwrap();
    let report = store.ingest(&[b]).await.unwrap();
    assert_eq!(report.periods[0].outcome, ImportOutcome::New);
    assert_eq!(store.billed().await, ["2026-10 4340"]);
    let reconciled = tollgate_pipeline::reconcile(&store.context.state, None, &[], 0).await.unwrap();
    let sums: Vec<String> = reconciled.rows.iter().map(|r| format!("{} {}", r.against, r.lake)).collect();
    assert_eq!(sums, ["input 4340", "ledger 4340"]);
    // A restatement of one of them replaces that one.
    let restated = store.write("a.csv", &focus(&october(1..=31, "a", "101")));
    let report = store.ingest(&[restated]).await.unwrap();
    assert_eq!(report.periods[0].outcome, ImportOutcome::Replaced);
    assert_eq!(store.billed().await, ["2026-10 4371"]);
    // A file of both replaces both.
    let mut both = october(1..=31, "a", "102");
    both.extend(october(1..=31, "b", "41"));
    let both = store.write("both.csv", &focus(&both));
    let report = store.ingest(&[both]).await.unwrap();
    assert_eq!(report.periods[0].replaced.len(), 2);
    assert_eq!(store.billed().await, ["2026-10 4433"]);
}

#[tokio::test]
async fn a_file_that_lacks_an_account_days_or_money_is_refused_with_both_figures() {
    let mut both = october(1..=31, "a", "100");
    both.extend(october(1..=31, "b", "40"));
    for (less, why) in [
        (october(1..=31, "a", "101"), "account b"),
        (
            both.iter().filter(|r| r.0.as_str() < "2026-10-21").map(|r| row(&r.0, &r.1, &r.2, "50")).collect(),
            "day 21 to 31",
        ),
        (both.iter().map(|r| row(&r.0, &r.1, &r.2, "10")).collect(), "a quarter"),
        (both.iter().map(|r| row(&r.0, &r.1, "another", &format!("{}.5", r.3))).collect(), "0 % of the lines"),
    ] {
        let store = Store::new();
        store.ingest(&[store.write("whole.csv", &focus(&both))]).await.unwrap();
        let path = store.write("less.csv", &focus(&less));
        let error = store.ingest(std::slice::from_ref(&path)).await.unwrap_err().to_string();
        assert!(error.contains(why) && error.contains("4340") && error.contains("--replace"), "{error}");
        assert_eq!(store.billed().await, ["2026-10 4340"], "{why}");
        assert_eq!(store.context.lake.stored().await.unwrap().len(), 1, "what was refused left a file");
        let options = IngestOptions { replace: true, ..IngestOptions::default() };
        let report = store.ingest_with(&[path], options).await.unwrap();
        assert_eq!(report.periods[0].outcome, ImportOutcome::Replaced);
        assert_ne!(store.billed().await, ["2026-10 4340"]);
    }
}

#[tokio::test]
async fn months_to_date_count_once_in_one_call_and_in_any_order_of_calls() {
    let store = Store::new();
    let paths: Vec<_> =
        [10, 20, 31].map(|last| store.write(&format!("{last}.csv"), &focus(&october(1..=last, "a", "10")))).into();
    let report = store.ingest(&paths).await.unwrap();
    assert_eq!(store.billed().await, ["2026-10 310"]);
    assert_eq!(report.left_out.len(), 2);
    assert_eq!((report.left_out[0].rows, report.left_out[1].rows), (10, 20));
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]] {
        let store = Store::new();
        for number in order {
            store.ingest(&[paths[number].clone()]).await.unwrap();
        }
        assert_eq!(store.billed().await, ["2026-10 310"], "{order:?}");
    }
}

#[tokio::test]
async fn a_snapshot_whose_last_days_grew_is_still_one_bill() {
    let store = Store::new();
    let early = focus(&october(1..=10, "a", "10"));
    let mut later = october(1..=9, "a", "10");
    later.extend(october(10..=20, "a", "12"));
    let paths = [store.write("early.csv", &early), store.write("later.csv", &focus(&later))];
    store.ingest(&paths).await.unwrap();
    assert_eq!(store.billed().await, ["2026-10 222"]);
}

#[tokio::test]
async fn the_same_rows_under_two_names_count_once() {
    let store = Store::new();
    let text = focus(&october(1..=31, "a", "10"));
    let plain = store.write("bill.csv", &text);
    let path = store.folder.path().join("bill.csv.gz");
    let mut gzip = flate2::write::GzEncoder::new(std::fs::File::create(&path).unwrap(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, text.as_bytes()).unwrap();
    gzip.finish().unwrap();
    let report = store.ingest(&[plain.clone(), path, plain]).await.unwrap();
    assert_eq!(store.billed().await, ["2026-10 310"]);
    assert_eq!(report.left_out.len(), 2);
}

#[tokio::test]
async fn files_that_share_some_days_are_refused_before_anything_is_written() {
    let store = Store::new();
    let paths = [
        store.write("first.csv", &focus(&october(1..=16, "a", "10"))),
        store.write("second.csv", &focus(&october(16..=31, "a", "10"))),
    ];
    let error = store.ingest(&paths).await.unwrap_err().to_string();
    assert!(error.contains("first.csv") && error.contains("second.csv") && error.contains("day 16"), "{error}");
    assert!(store.months().await.is_empty());
    assert!(store.context.lake.stored().await.unwrap().is_empty());
}

/// September, and an October file with a late row of the last day of September.
fn late(cost: &str) -> (String, String) {
    let september: Vec<Row> = (1..=30).map(|day| row(&format!("2026-09-{day:02}"), "a", "r1", "100")).collect();
    let late = row("2026-09-30", "a", "r1", cost);
    let october: Vec<Row> = october(1..=2, "a", "7");
    let mut rows: Vec<(String, &Row)> = october.iter().map(|r| ("2026-10".to_owned(), r)).collect();
    rows.push(("2026-09".to_owned(), &late));
    (focus(&september), focus_of(&rows))
}

#[tokio::test]
async fn late_rows_of_an_older_month_lie_beside_it_in_any_order() {
    let (september, october) = late("2.5");
    for order in
        [vec![vec![0], vec![1]], vec![vec![1], vec![0]], vec![vec![0, 1]], vec![vec![0], vec![1], vec![0], vec![1]]]
    {
        let store = Store::new();
        let paths = [store.write("september.csv", &september), store.write("october.csv", &october)];
        for call in &order {
            let call: Vec<_> = call.iter().map(|n: &usize| paths[*n].clone()).collect();
            store.ingest(&call).await.unwrap();
        }
        assert_eq!(store.billed().await, ["2026-09 3002.5", "2026-10 14"], "{order:?}");
    }
}

#[tokio::test]
async fn late_rows_live_with_the_delivery_that_brought_them() {
    let (september, october) = late("2.5");
    let store = Store::new();
    store.ingest(&[store.write("september.csv", &september)]).await.unwrap();
    let report = store.ingest(&[store.write("october.csv", &october)]).await.unwrap();
    let late_in: Vec<Option<String>> = report.periods.iter().map(|p| p.late_in.map(|m| m.to_string())).collect();
    assert_eq!(late_in, [Some("2026-10".to_owned()), None]);
    // The next October file states the late row otherwise.
    store.ingest(&[store.write("october.csv", &late("2.75").1)]).await.unwrap();
    assert_eq!(store.billed().await, ["2026-09 3002.75", "2026-10 14"]);
    // September as a whole holds the late row itself now.
    let with_late = september + late("2.75").1.lines().last().unwrap() + "\n";
    store.ingest(&[store.write("september.csv", &with_late)]).await.unwrap();
    assert_eq!(store.billed().await, ["2026-09 3002.75", "2026-10 14"]);
}

#[tokio::test]
async fn late_rows_go_with_their_delivery_when_the_next_one_has_none() {
    let (september, october) = late("2.5");
    for order in [[0, 1], [1, 0]] {
        let store = Store::new();
        let paths = [store.write("september.csv", &september), store.write("october.csv", &october)];
        for number in order {
            store.ingest(&[paths[number].clone()]).await.unwrap();
        }
        let rows: Vec<Row> = crate::support::october(1..=3, "a", "7");
        let report = store.ingest(&[store.write("october.csv", &focus(&rows))]).await.unwrap();
        assert_eq!(report.retired.len(), 1, "{order:?}");
        assert_eq!(store.billed().await, ["2026-09 3000", "2026-10 21"], "{order:?}");
    }
}

#[tokio::test]
async fn one_account_counts_once_under_two_spellings_and_under_two_sources() {
    let text = focus(&october(1..=31, "a", "10"));
    for (first, second) in [("AWS", "Amazon Web Services"), ("Microsoft", "Azure"), ("GCP", "Google Cloud")] {
        let store = Store::new();
        store.ingest(&[store.write("a.csv", &text.replace("AWS", first))]).await.unwrap();
        store.ingest(&[store.write("b.csv", &text.replace("AWS", second))]).await.unwrap();
        assert_eq!(store.billed().await, ["2026-10 310"], "{first} and {second}");
    }
    let store = Store::new();
    let azure = text.replace(",1,USD,", ",99999999,USD,");
    store.ingest(&[store.write("a.csv", &azure)]).await.unwrap();
    let path = azure.replace("99999999", "/providers/Microsoft.Billing/billingAccounts/99999999");
    store.ingest(&[store.write("b.csv", &path)]).await.unwrap();
    assert_eq!(store.billed().await, ["2026-10 310"]);
    let named = IngestOptions { source: Some("mine".parse().unwrap()), ..IngestOptions::default() };
    let report = store.ingest_with(&[store.folder.path().join("b.csv")], named.clone()).await.unwrap();
    assert_eq!(report.left_out.len(), 1);
    let more = store.write("c.csv", &focus(&october(10..=31, "a", "10")).replace(",1,USD,", ",99999999,USD,"));
    let grown = std::fs::read_to_string(more).unwrap()
        + focus(&[row("2026-10-31", "z", "new", "5")]).replace(",1,USD,", ",99999999,USD,").lines().nth(1).unwrap();
    let error = store.ingest_with(&[store.write("d.csv", &grown)], named).await.unwrap_err().to_string();
    assert!(error.contains("count already under the source"), "{error}");
    assert_eq!(store.billed().await, ["2026-10 310"]);
}

#[tokio::test]
async fn a_late_row_is_found_in_a_month_of_many_lines() {
    // More lines than a sample holds: the row is looked for in the files.
    let line = |number: u32| row(&format!("2026-09-{:02}", 1 + number % 30), "a", &format!("r{number}"), "1");
    let many: Vec<Row> = (0..2500).map(line).collect();
    let late = row("2026-09-30", "a", "late", "2.5");
    let october = october(1..=2, "a", "7");
    let mut rows: Vec<(String, &Row)> = october.iter().map(|r| ("2026-10".to_owned(), r)).collect();
    rows.push(("2026-09".to_owned(), &late));
    let mut with_late = many.clone();
    with_late.push(late.clone());
    for order in [["october", "september"], ["september", "october"]] {
        let store = Store::new();
        for (whole, expected) in [(&many, "2026-09 2502.5"), (&with_late, "2026-09 2502.5")] {
            for name in order {
                let text = if name == "october" { focus_of(&rows) } else { focus(whole) };
                store.ingest(&[store.write(&format!("{name}.csv"), &text)]).await.unwrap();
            }
            assert_eq!(store.billed().await[0], expected, "{order:?}");
        }
    }
    // In one call it may be one charge or two.
    let store = Store::new();
    let paths = [store.write("september.csv", &focus(&with_late)), store.write("october.csv", &focus_of(&rows))];
    let error = store.ingest(&paths).await.unwrap_err().to_string();
    assert!(error.contains("one charge or two"), "{error}");
    assert!(store.context.lake.stored().await.unwrap().is_empty());
}

/// Two exports of one Azure month: a purchase and its use, as actual and as amortized costs.
fn two_views() -> (String, String) {
    let header = "Date,MeterCategory,Quantity,UnitOfMeasure,CostInBillingCurrency,BillingCurrencyCode,BillingPeriodStartDate,\
        BillingPeriodEndDate,ChargeType,PricingModel,SubscriptionId,BillingAccountId,benefitId,ResourceId\n";
    let line = |day: u32, kind: &str, model: &str, cost: &str, benefit: &str, resource: &str| {
        format!(
            "10/{day:02}/2026,Virtual Machines,1,1 Hour,{cost},USD,10/01/2026,10/31/2026,{kind},{model},s1,8,{benefit},{resource}\n"
        )
    };
    let on_demand: String = (1..=31).map(|day| line(day, "Usage", "OnDemand", "2.4", "", "vm1")).collect();
    let used = |cost| (1..=31).map(|day| line(day, "Usage", "Reservation", cost, "b1", "vm2")).collect::<String>();
    let actual = header.to_owned() + &on_demand + &used("0") + &line(2, "Purchase", "Reservation", "1200", "b1", "o1");
    (actual, header.to_owned() + &on_demand + &used("1.5"))
}

/// Both costs of October, and the rows that count.
async fn joined(store: &Store) -> (String, String, u64) {
    let periods = store.context.state.ledger.periods().await.unwrap();
    let (billed, effective) = store.months().await.remove("2026-10").unwrap();
    (billed, effective, periods.iter().map(|p| p.totals.rows).sum())
}

#[tokio::test]
async fn actual_and_amortized_costs_of_one_month_are_joined_in_any_order() {
    let (actual, amortized) = two_views();
    // The sum of the actual costs, and that of the amortized ones: 31 days of both uses, and one purchase.
    let right = ("1274.4".to_owned(), "120.9".to_owned(), 63);
    for calls in
        [vec!["actual amortized"], vec!["amortized actual"], vec!["actual", "amortized"], vec!["amortized", "actual"]]
    {
        let store = Store::new();
        let paths = [("actual", &actual), ("amortized", &amortized)]
            .map(|(name, text)| (name, store.write(&format!("{name}.csv"), text)));
        let named = |call: &str| -> Vec<_> {
            call.split(' ').map(|n| paths.iter().find(|(name, _)| *name == n).unwrap().1.clone()).collect()
        };
        for call in &calls {
            store.ingest(&named(call)).await.unwrap();
        }
        assert_eq!(joined(&store).await, right, "{calls:?}");
        let periods = store.context.state.ledger.periods().await.unwrap();
        assert_eq!(periods.len(), 2, "{calls:?}");
        assert!(periods.iter().all(|p| p.stated.iter().all(tollgate_model::StatedCost::is_explained)), "{calls:?}");
        // Importing either again changes nothing.
        for name in ["actual", "amortized"] {
            store.ingest(&named(name)).await.unwrap();
            assert_eq!(joined(&store).await, right, "{calls:?}, and {name} again");
        }
    }
}

#[tokio::test]
async fn exports_of_many_files_are_joined_by_their_folders() {
    let (actual, amortized) = two_views();
    let store = Store::new();
    let mut paths = Vec::new();
    // The last files have no charge of a commitment, and the two exports are cut at different rows.
    for (folder, text, files) in
        [("actual", &actual, [(1, 10), (11, 31)]), ("amortized", &amortized, [(1, 20), (21, 31)])]
    {
        std::fs::create_dir(store.folder.path().join(folder)).unwrap();
        let header = text.lines().next().unwrap();
        let rows: Vec<&str> = text.lines().skip(1).collect();
        let on_demand = |line: &&str| line.contains(",OnDemand,");
        let committed = rows.iter().copied().filter(|line| !on_demand(line));
        let day = |line: &str| line[3..5].parse::<u32>().unwrap();
        let of_days = |from: u32, to: u32| {
            rows.iter().copied().filter(on_demand).filter(move |line| (from..=to).contains(&day(line)))
        };
        for (number, (from, to)) in files.into_iter().enumerate() {
            let mut lines = vec![header];
            lines.extend(of_days(from, to));
            if number == 0 {
                lines.extend(committed.clone());
            }
            paths.push(store.write(&format!("{folder}/part_{number}.csv"), &(lines.join("\n") + "\n")));
        }
    }
    let report = store.ingest(&paths).await.unwrap();
    assert_eq!(joined(&store).await, ("1274.4".to_owned(), "120.9".to_owned(), 63));
    let left_out: Vec<(u64, String)> =
        report.left_out.iter().map(|l| (l.rows, l.billed.iter().map(|m| m.amount.to_string()).collect())).collect();
    assert_eq!(left_out, [(41, "24".to_owned()), (21, "50.4".to_owned())]);
}

#[tokio::test]
async fn a_later_view_replaces_its_own_part_of_a_joined_bill() {
    let (actual, amortized) = two_views();
    let until = |text: &str, day: u32| -> String {
        let is_until = |line: &&str| line.get(3..5).and_then(|d| d.parse::<u32>().ok()).is_none_or(|d| d <= day);
        text.lines().filter(is_until).map(|line| format!("{line}\n")).collect()
    };
    let store = Store::new();
    let early =
        [("a.csv", until(&actual, 10)), ("b.csv", until(&amortized, 10))].map(|(n, text)| store.write(n, &text));
    store.ingest(&early).await.unwrap();
    assert_eq!(joined(&store).await, ("1224".to_owned(), "39".to_owned(), 21));
    // Only one of both is newer: the joined bill would mix the days of both.
    let later = store.write("actual.csv", &actual);
    let error = store.ingest(std::slice::from_ref(&later)).await.unwrap_err().to_string();
    assert!(error.contains("same days"), "{error}");
    assert_eq!(joined(&store).await, ("1224".to_owned(), "39".to_owned(), 21));
    let both = [later, store.write("amortized.csv", &amortized)];
    let report = store.ingest(&both).await.unwrap();
    assert_eq!(joined(&store).await, ("1274.4".to_owned(), "120.9".to_owned(), 63));
    roll_back_import(&store.context, &actor(), &report.import).await.unwrap();
    assert_eq!(joined(&store).await, ("1224".to_owned(), "39".to_owned(), 21));
}

#[tokio::test]
async fn newer_amortized_costs_keep_the_earlier_purchases_until_the_actual_costs_follow() {
    let (actual, amortized) = two_views();
    let until = |text: &str, day: u32| -> String {
        let is_until = |line: &&str| line.get(3..5).and_then(|d| d.parse::<u32>().ok()).is_none_or(|d| d <= day);
        text.lines().filter(is_until).map(|line| format!("{line}\n")).collect()
    };
    // A second purchase after the tenth, which only the newer actual costs have.
    let second = "10/20/2026,Virtual Machines,1,1 Hour,600,USD,10/01/2026,10/31/2026,Purchase,Reservation,s1,8,b2,o2\n";
    let newer = actual.clone() + second;
    let store = Store::new();
    let early =
        [("a10.csv", until(&actual, 10)), ("b10.csv", until(&amortized, 10))].map(|(n, text)| store.write(n, &text));
    let report = store.ingest(&early).await.unwrap();
    assert!(report.periods.iter().all(|p| p.notes.is_empty()), "{:?}", report.periods);
    // The amortized costs alone: their days are newer, the purchases stay, and the report says whose they are.
    let later = store.write("b.csv", &amortized);
    let notes = |report: &tollgate_pipeline::IngestReport| -> Vec<String> {
        report.periods.iter().flat_map(|p| p.notes.clone()).collect()
    };
    for check in [true, false] {
        let options = IngestOptions { check, ..IngestOptions::default() };
        let report = store.ingest_with(std::slice::from_ref(&later), options).await.unwrap();
        let notes = notes(&report);
        assert!(notes.len() == 1 && notes[0].contains("a10.csv") && notes[0].contains("actual costs"), "{notes:?}");
    }
    assert_eq!(joined(&store).await, ("1274.4".to_owned(), "120.9".to_owned(), 63));
    // The same again changes nothing and says nothing.
    assert_eq!(notes(&store.ingest(std::slice::from_ref(&later)).await.unwrap()), Vec::<String>::new());
    // The actual costs follow: each purchase counts once.
    let report = store.ingest(&[store.write("a.csv", &newer)]).await.unwrap();
    assert_eq!(notes(&report), Vec::<String>::new());
    assert_eq!(joined(&store).await, ("1874.4".to_owned(), "120.9".to_owned(), 64));
}

#[tokio::test]
async fn actual_and_amortized_costs_of_different_days_are_never_added() {
    let (actual, amortized) = two_views();
    let store = Store::new();
    let less: String =
        actual.lines().filter(|line| !line.starts_with("10/31")).map(|line| format!("{line}\n")).collect();
    let (a, b) = (store.write("actual.csv", &less), store.write("amortized.csv", &amortized));
    let error = store.ingest(&[a.clone(), b.clone()]).await.unwrap_err().to_string();
    assert!(error.contains("actual") && error.contains("amortized"), "{error}");
    assert!(store.months().await.is_empty());
    store.ingest(std::slice::from_ref(&a)).await.unwrap();
    let before = store.months().await;
    let error = store.ingest(std::slice::from_ref(&b)).await.unwrap_err().to_string();
    assert!(error.contains("actual") && error.contains("amortized"), "{error}");
    assert_eq!(store.months().await, before);
    let options = IngestOptions { replace: true, ..IngestOptions::default() };
    store.ingest_with(&[b], options).await.unwrap();
    assert_eq!(store.months().await.values().next().unwrap().1, "120.9");
}

#[tokio::test]
async fn an_import_is_rolled_back_to_what_counted_before() {
    let store = Store::new();
    store.ingest(&[store.write("a.csv", &focus(&october(1..=31, "a", "100")))]).await.unwrap();
    let second = store.ingest(&[store.write("a.csv", &focus(&october(1..=31, "a", "101")))]).await.unwrap();
    let third = store.ingest(&[store.write("b.csv", &focus(&october(1..=31, "b", "1")))]).await.unwrap();
    assert_eq!(store.billed().await, ["2026-10 3162"]);
    let listed = list_imports(&store.context.state).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[0].replaced[0].billed.iter().next().unwrap().amount.to_string(), "3100");
    roll_back_import(&store.context, &actor(), &third.import).await.unwrap();
    assert_eq!(store.billed().await, ["2026-10 3131"]);
    let steps = roll_back_import(&store.context, &actor(), &second.import).await.unwrap().deliveries;
    assert_eq!(steps[0].restored.len(), 1);
    assert_eq!(store.billed().await, ["2026-10 3100"]);
    let error = roll_back_import(&store.context, &actor(), &second.import).await.unwrap_err().to_string();
    assert!(error.contains("tollgate imports"), "{error}");
    let log = store.context.state.ledger.audit_log(10).await.unwrap();
    let entries: Vec<_> =
        log.iter().map(|e| (e.event.action.as_str(), e.event.subject.as_str(), e.event.note.as_str())).collect();
    let source = listed[0].source.to_string();
    let restored = format!("{source} 2026-10: 3131 USD no longer count, 3100 USD count again");
    let removed = format!("{source} 2026-10: 31 USD no longer count");
    let rolled_back = [(second.import.as_str(), restored.as_str()), (third.import.as_str(), removed.as_str())];
    assert_eq!(entries, rolled_back.map(|(import, note)| ("rolled back", import, note)));
    assert_eq!(log[0].event.actor, "jane");
    // What was rolled back can be imported again.
    store.ingest(&[store.write("a.csv", &focus(&october(1..=31, "a", "101")))]).await.unwrap();
    assert_eq!(store.billed().await, ["2026-10 3131"]);
}

#[tokio::test]
async fn a_check_reports_and_changes_nothing() {
    let store = Store::new();
    let check = || IngestOptions { check: true, ..IngestOptions::default() };
    let path = store.write("a.csv", &focus(&october(1..=31, "a", "100")));
    let report = store.ingest_with(std::slice::from_ref(&path), check()).await.unwrap();
    assert_eq!((report.periods.len(), report.periods[0].outcome), (1, ImportOutcome::New));
    assert!(store.months().await.is_empty());
    assert!(store.context.lake.stored().await.unwrap().is_empty());
    store.ingest(&[path]).await.unwrap();
    let next = store.write("b.csv", &focus(&october(1..=31, "a", "101")));
    let report = store.ingest_with(&[next], check()).await.unwrap();
    assert_eq!((report.periods[0].outcome, report.periods[0].replaced.len()), (ImportOutcome::Replaced, 1));
    assert_eq!(store.billed().await, ["2026-10 3100"]);
}

#[tokio::test]
async fn an_export_that_names_itself_replaces_its_own_deliveries_only() {
    let store = Store::new();
    let feed = |name: &str| IngestOptions { feed: Some(name.to_owned()), ..IngestOptions::default() };
    let whole = store.write("a.csv", &focus(&october(1..=31, "a", "100")));
    store.ingest_with(&[whole], feed("export one")).await.unwrap();
    // The export restates its month to a third: it is known to be the same part of the bill.
    let less = store.write("a.csv", &focus(&october(1..=20, "a", "50")));
    store.ingest_with(std::slice::from_ref(&less), feed("export one")).await.unwrap();
    assert_eq!(store.billed().await, ["2026-10 1000"]);
    let other = store.write("b.csv", &focus(&october(1..=20, "a", "7")));
    let error = store.ingest_with(&[other], feed("export two")).await.unwrap_err().to_string();
    assert!(error.contains("--replace"), "{error}");
}

#[tokio::test]
async fn one_delivery_replaces_hundreds_and_is_rolled_back() {
    let store = Store::new();
    let accounts: Vec<String> = (0..150).map(|number| format!("account-{number}")).collect();
    let bills = accounts.iter().map(|account| october(1..=2, account, "10"));
    let paths: Vec<_> =
        bills.clone().enumerate().map(|(n, bill)| store.write(&format!("{n}.csv"), &focus(&bill))).collect();
    let first = store.ingest(&paths).await.unwrap();
    assert_eq!((first.periods.len(), store.billed().await), (150, vec!["2026-10 3000".to_owned()]));
    let whole: Vec<Row> =
        bills.flatten().map(|(day, account, resource, _)| row(&day, &account, &resource, "11")).collect();
    let second = store.ingest(&[store.write("whole.csv", &focus(&whole))]).await.unwrap();
    assert_eq!((second.periods[0].replaced.len(), store.billed().await), (150, vec!["2026-10 3300".to_owned()]));
    assert_eq!(list_imports(&store.context.state).await.unwrap().len(), 1);
    roll_back_import(&store.context, &actor(), &second.import).await.unwrap();
    assert_eq!(store.billed().await, ["2026-10 3000"]);
    assert_eq!(list_imports(&store.context.state).await.unwrap().len(), 150);
}
