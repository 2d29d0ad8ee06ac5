//! First use: what a new user meets with little history, a misspelled scope, two currencies, or a secret that is not set.

use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;
use tollgate_model::Day;

use crate::support::binary;

/// A folder with a bill of two currencies and tags, from a day on, and a policy.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new(first: &str, days: i32, policy: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("bill.csv"), bill(first.parse().unwrap(), days)).unwrap();
        std::fs::write(folder.path().join("tollgate.hcl"), policy).unwrap();
        let desk = Self { folder };
        desk.ok(&["ingest", "bill.csv"]);
        desk
    }

    fn policy(&self, text: &str) {
        std::fs::write(self.folder.path().join("tollgate.hcl"), text).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .env_clear()
            .env("TOLLGATE_NOW", "2026-11-20T06:00:00Z")
            .env("NO_COLOR", "1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .args(["--store", "st"])
            .args(args)
            .current_dir(self.folder.path());
        command
    }

    fn run(&self, args: &[&str]) -> (Output, String, String) {
        let out = self.command(args).output().unwrap();
        let (said, noted) =
            (String::from_utf8(out.stdout.clone()).unwrap(), String::from_utf8(out.stderr.clone()).unwrap());
        (out, said, noted)
    }

    fn ok(&self, args: &[&str]) -> String {
        let (out, said, noted) = self.run(args);
        assert!(out.status.success(), "{args:?}: {said}{noted}");
        said
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.ok(&[&["--format", "json"], args].concat())).unwrap()
    }

    fn list(&self, args: &[&str]) -> Vec<Value> {
        self.json(args)["items"].as_array().unwrap().clone()
    }
}

/// One hundred dollars a day of AWS for team checkout, ten untagged, and twenty euros a day of Microsoft.
fn bill(first: Day, days: i32) -> String {
    let mut text = String::from(
        "BilledCost,EffectiveCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,\
         ChargePeriodEnd,ChargeCategory,ProviderName,ServiceName,Tags\n",
    );
    let checkout = "\"{\"\"team\"\": \"\"checkout\"\"}\"";
    let rows = [
        (100, "USD", "AWS", "Amazon CloudWatch", checkout),
        (10, "USD", "AWS", "Amazon S3", ""),
        (20, "EUR", "Microsoft", "Azure OpenAI", checkout),
    ];
    for day in (0..days).map(|n| first.plus(n)) {
        let (start, end) = (day.month().first_day(), day.month().next().first_day());
        for (cost, currency, provider, service, tags) in rows {
            text += &format!(
                "{cost},{cost},1,{currency},{start},{end},{day},{},Usage,{provider},{service},{tags}\n",
                day.plus(1)
            );
        }
    }
    text
}

const TEAM: &str = "dimension \"team\" {\n  value = charge.tags.team\n}\n";

fn budget(scope: &str) -> String {
    format!("budget \"one\" {{\n  amount = 5000\n  currency = \"USD\"\n  scope = {{ {scope} }}\n}}\n")
}

#[test]
fn a_scope_that_matches_no_charge_is_named_with_the_nearest_value() {
    let desk = Desk::new("2026-08-01", 110, TEAM);
    for (scope, message, hint) in [
        ("team = \"chekout\"", "no charge has team `chekout`", "did you mean `checkout`?"),
        (
            "service = [\"AmazonCloudWatch\"]",
            "no charge has service `AmazonCloudWatch`",
            "did you mean `Amazon CloudWatch`?",
        ),
        ("provider = \"Vultr\"", "no charge has provider `Vultr`", "known: `AWS`, `Microsoft`"),
        (
            "provider = \"Microsoft\"\n service = \"Amazon S3\"",
            "no charge has all of: provider Microsoft, service Amazon S3",
            "",
        ),
    ] {
        for policy in [budget(scope), format!("watch \"one\" {{\n scope = {{ {scope} }}\n}}\n")] {
            desk.policy(&(TEAM.to_owned() + &policy));
            for args in [&["budgets"][..], &["run"]] {
                let (_, _, noted) = desk.run(args);
                assert!(
                    noted.contains("warning: tollgate.hcl:4:") || noted.contains("warning: tollgate.hcl:"),
                    "{noted}"
                );
                assert!(noted.contains(message) && noted.contains(hint), "{args:?}: {noted}");
            }
        }
    }
    desk.policy(&(TEAM.to_owned() + &budget("team = \"checkout\"")));
    let (_, _, noted) = desk.run(&["budgets"]);
    assert!(!noted.contains("warning"), "{noted}");
    // A budget without charges gets no suggestion from nothing.
    desk.policy(&(TEAM.to_owned() + &budget("team = \"chekout\"")));
    assert!(!desk.ok(&["budgets", "show", "one"]).contains("Suggested"));
    // A dimension whose tag no charge has.
    desk.policy("dimension \"team\" {\n  value = charge.tags.Taem\n}\n");
    let (_, _, noted) = desk.run(&["budgets"]);
    assert!(
        noted.contains("dimension \"team\": no charge has a value of it") && noted.contains("did you mean `team`?"),
        "{noted}"
    );
}

#[test]
fn dimensions_follow_the_policy_file_without_a_new_import() {
    let desk = Desk::new("2026-08-01", 110, "");
    std::fs::remove_file(desk.folder.path().join("bill.csv")).unwrap();
    desk.policy(&(TEAM.to_owned() + &budget("team = \"checkout\"")));
    let (_, _, noted) = desk.run(&["budgets"]);
    assert!(noted.contains("the dimensions of tollgate.hcl changed: 8 months sorted by them again"), "{noted}");
    let status = &desk.list(&["budgets"])[0];
    // Eighteen days of November at 100 dollars.
    assert_eq!((&status["actual"], &status["state"]), (&"1800".into(), &"on_track".into()), "{status:#}");
    let (_, _, noted) = desk.run(&["budgets"]);
    assert!(!noted.contains("sorted"), "{noted}");
    // The same content again is nothing new.
    std::fs::write(desk.folder.path().join("bill.csv"), bill("2026-08-01".parse().unwrap(), 110)).unwrap();
    let report = desk.json(&["ingest", "bill.csv"]);
    let outcomes: Vec<&Value> = report["periods"].as_array().unwrap().iter().map(|p| &p["outcome"]).collect();
    assert!(outcomes.iter().all(|outcome| *outcome == "unchanged"), "{outcomes:?}");
    assert_eq!(desk.json(&["store", "check"])["faults"], serde_json::json!([]));
}

#[test]
fn a_chart_draws_every_currency_or_converts_it() {
    let desk = Desk::new("2026-08-01", 110, TEAM);
    let charts = desk.json(&["chart"]);
    let currencies: Vec<&Value> = charts["charts"].as_array().unwrap().iter().map(|c| &c["currency"]).collect();
    assert_eq!(currencies, ["USD", "EUR"], "{charts:#}");
    let (_, said, noted) = desk.run(&["chart", "--currency", "USD"]);
    assert!(said.contains("USD") && noted.contains("not drawn: cost in EUR"), "{said}{noted}");
    let rates = "rates \"2026-01-01\" {\n base = \"USD\"\n EUR = 1.5\n}\n";
    desk.policy(&(TEAM.to_owned() + rates));
    let charts = desk.json(&["chart", "--by", "total"]);
    let [chart] = charts["charts"].as_array().unwrap().as_slice() else { panic!("{charts:#}") };
    assert_eq!((&chart["currency"], &chart["series"][0]["days"][0][1]), (&"USD".into(), &"140".into()), "{chart:#}");
    let (_, said, noted) = desk.run(&["run"]);
    assert!(said.contains("everything") && !said.contains("EUR"), "{said}");
    assert!(noted.contains("EUR converted to USD by the rate of each day"), "{noted}");
    let report = desk.json(&["efficiency", "--month", "2026-10"]);
    assert_eq!(
        (&report["currency"], &report["converted"][0], &report["other_currencies"]),
        (&"USD".into(), &"EUR".into(), &Value::Array(Vec::new()))
    );
    // 31 days of 130 tagged and 10 untagged dollars.
    let untagged = report["figures"].as_array().unwrap().iter().find(|f| f["id"] == "untagged_share").unwrap();
    assert_eq!((&untagged["basis"], &untagged["percent"]), (&"310 of 4,340 USD".into(), &7.1.into()), "{untagged:#}");
    // A rate that begins later than the charges converts nothing, which is noted.
    desk.policy(&(TEAM.to_owned() + &rates.replace("2026-01-01", "2026-11-01")));
    let (_, _, noted) = desk.run(&["chart"]);
    assert!(noted.contains("EUR has no exchange rate for all its days"), "{noted}");
}

#[test]
fn a_forecast_of_a_month_is_its_cost_and_has_a_total() {
    let desk = Desk::new("2026-01-10", 313, TEAM);
    let all = desk.list(&["forecast", "--by", "service"]);
    let november = |forecast: &Value| {
        let period = &forecast["periods"][0];
        assert_eq!((&period["label"], &period["first_day"]), (&"November 2026".into(), &"2026-11-01".into()));
        period["total"]["mean"].as_str().unwrap().parse::<f64>().unwrap()
    };
    let total = all.iter().find(|f| f["group"].is_null() && f["currency"] == "USD").unwrap();
    // Thirty days of 110 dollars, of which seventeen or more are known.
    assert!((november(total) - 3300.0).abs() < 5.0, "{total:#}");
    let sum: f64 = all.iter().filter(|f| !f["group"].is_null() && f["currency"] == "USD").map(november).sum();
    assert!((sum - november(total)).abs() < 0.01, "{all:#?}");
    let text = desk.ok(&["forecast"]);
    assert!(text.contains("November 2026 (actual + forecast)") && text.contains("next 90 days"), "{text}");

    for (by, value, name) in [("team", "checkout", "team"), ("tag:team", "checkout", "tag:team")] {
        let groups = desk.list(&["forecast", "--by", by]);
        let found = groups.iter().any(|f| f["group"]["values"][name] == value);
        assert!(found, "{groups:#?}");
    }
    let year = desk.list(&["forecast", "--by", "total", "--year"]);
    let dollars = year.iter().find(|f| f["currency"] == "USD").unwrap();
    let last = dollars["periods"].as_array().unwrap().last().unwrap();
    // From 10 January through 31 December.
    assert_eq!((&last["label"], &last["last_day"]), (&"2026".into(), &"2026-12-31".into()));
    assert!((last["total"]["mean"].as_str().unwrap().parse::<f64>().unwrap() - 356.0 * 110.0).abs() < 50.0, "{last:#}");
    assert!(desk.ok(&["forecast", "--year"]).contains("the charges start on 2026-01-10"));
    let to = desk.list(&["forecast", "--by", "total", "--to", "2026-12-15"]);
    let labels: Vec<&Value> = to[0]["periods"].as_array().unwrap().iter().map(|p| &p["label"]).collect();
    assert_eq!(labels, ["November 2026", "December 2026 to 2026-12-15", "2026-11-01 to 2026-12-15"]);

    for (wrong, hint) in
        [("temas", "did you mean `team`?"), ("tag:Taem", "did you mean `tag:team`?"), ("xyz", "known: total, provider")]
    {
        let (out, _, noted) = desk.run(&["forecast", "--by", wrong]);
        assert_eq!(out.status.code(), Some(1));
        assert!(noted.contains(hint), "{noted}");
    }
    let (out, _, noted) = desk.run(&["forecast", "--to", "2026-01-01"]);
    assert!(out.status.code() == Some(1) && noted.contains("is not between today"), "{noted}");
}

#[test]
fn a_first_run_says_what_it_learns_and_what_was_spent() {
    let desk = Desk::new("2026-11-01", 16, "");
    let text = desk.ok(&["run"]);
    assert!(text.contains("15 of 28 days. Incidents are reported from 2026-11-29 on."), "{text}");
    assert!(text.contains("Cost of the 15 days so far") && text.contains("1,650") && text.contains('–'), "{text}");
    // Without a complete month, what needs one names the month so far.
    for (args, hint) in [
        (&["efficiency"][..], "`tollgate efficiency --month 2026-11` reads the newest month so far"),
        (&["what-if", "--price", "+5%"], "--period month-to-date reads the month so far"),
    ] {
        let (out, _, noted) = desk.run(args);
        assert!(out.status.code() == Some(1) && noted.contains(hint), "{args:?}: {noted}");
    }
    desk.ok(&["efficiency", "--month", "2026-11"]);
    desk.ok(&["what-if", "--price", "+5%", "--period", "month-to-date"]);
    let desk = Desk::new("2026-10-01", 45, "");
    let text = desk.ok(&["run"]);
    assert!(!text.contains("learning:") && text.contains("last 30 days") && !text.contains(" 0  "), "{text}");
}

#[test]
fn a_secret_that_is_not_set_is_found_before_anything_is_sent() {
    let hook =
        "channel \"hook\" {\n  type = \"webhook\"\n  url = \"http://127.0.0.1:9\"\n  secret = \"HOOK_SECRET\"\n}\n";
    let desk = Desk::new("2026-08-01", 110, hook);
    let (out, said, noted) = desk.run(&["run"]);
    assert_eq!(out.status.code(), Some(1), "{said}{noted}");
    assert!(said.contains("Cost of the last 30 days"), "{said}");
    let (out, _, noted) = desk.run(&["notify"]);
    assert_eq!(out.status.code(), Some(1));
    for part in [
        "nothing was sent",
        "channel \"hook\" cannot send: HOOK_SECRET (tollgate.hcl:4:",
        "hint: set it in the environment",
    ] {
        assert!(noted.contains(part), "{part}: {noted}");
    }
    assert!(desk.list(&["deliveries", "--failed"]).is_empty());
    let (out, _, noted) = desk.run(&["deliveries", "retry", "i-00000000"]);
    assert!(out.status.code() == Some(1) && noted.contains("`tollgate deliveries` lists"), "{noted}");
    assert!(desk.ok(&["deliveries", "retry", "--failed"]).contains("no delivery has failed"));
}

#[test]
fn csv_is_a_list_or_an_error() {
    let desk = Desk::new("2026-08-01", 110, &(TEAM.to_owned() + &budget("team = \"checkout\"")));
    desk.ok(&["run"]);
    for (args, header) in [
        (&["budgets"][..], "name,state,period.start"),
        (&["forecast"], "group,currency,as_of,label,first_day,"),
        (&["imports"], "import,"),
        (&["chart"], "day,series,cost,currency"),
        (&["store", "info"], "revision."),
        (&["config", "show"], "name,value,origin"),
        (&["reconcile"], "source,period,"),
    ] {
        let text = desk.ok(&[&["--format", "csv"], args].concat());
        assert!(text.starts_with(header) && text.lines().count() > 1, "{args:?}: {text}");
    }
    for args in [&["run"][..], &["status"], &["budgets", "show", "one"], &["notify"], &["audit", "verify"]] {
        let (out, said, noted) = desk.run(&[&["--format", "csv"], args].concat());
        assert_eq!((out.status.code(), said.as_str()), (Some(2), ""), "{args:?}: {noted}");
        assert!(noted.contains("hint: use --format json"), "{noted}");
    }
}

#[test]
fn costs_are_written_as_a_workbook() {
    let desk = Desk::new("2026-08-01", 10, "");
    let (out, said, noted) = desk.run(&["costs", "--period", "2026-08", "--xlsx", "costs.xlsx"]);
    assert!(out.status.success() && said.is_empty() && noted.contains("wrote costs.xlsx"), "{said}{noted}");
    let book = std::fs::read(desk.folder.path().join("costs.xlsx")).unwrap();
    assert!(book.starts_with(b"PK"), "a ZIP archive");
}

#[test]
fn a_binary_file_is_refused_and_not_echoed() {
    let desk = Desk::new("2026-08-01", 10, "");
    std::fs::write(desk.folder.path().join("junk.bin"), [0x1f, 0x9b, 0xff, 0x07, 0x1b, b'[', b'2', b'J', b'\n'])
        .unwrap();
    let (out, _, noted) = desk.run(&["ingest", "junk.bin"]);
    assert!(!out.status.success() && noted.contains("its first bytes are not text"), "{noted}");
    assert!(!noted.contains("starts with"), "{noted}");
}

#[test]
fn an_empty_store_is_no_healthy_one_and_an_old_bill_is_no_failure() {
    let desk = Desk::new("2026-08-01", 80, "");
    let (out, said, _) = desk.run(&["status"]);
    assert!(out.status.success() && said.contains("No problems."), "{said}");
    let folder = tempfile::tempdir().unwrap();
    let empty = Desk { folder };
    std::fs::create_dir(empty.folder.path().join("st")).unwrap();
    let made = empty.command(&["stop-all", "--reason", "x", "--by", "ann"]).output().unwrap();
    assert!(!made.status.success(), "a store is made by an import");
    std::fs::write(empty.folder.path().join("empty.csv"), bill("2026-08-01".parse().unwrap(), 0)).unwrap();
    let _ = empty.run(&["ingest", "empty.csv"]);
    let (out, said, noted) = empty.run(&["status"]);
    assert_eq!(out.status.code(), Some(3), "{said}{noted}");
    assert!(said.contains("no export has arrived and no function has run"), "{said}");
}

#[test]
fn who_decided_is_an_identity() {
    let people = "person \"ann\" {\n  email = \"ann@example.com\"\n}\n";
    let desk = Desk::new("2026-08-01", 110, people);
    let (out, _, noted) = desk.run(&["stop-all", "--reason", "x"]);
    assert_eq!(out.status.code(), Some(1));
    assert!(noted.contains("it is not known who acts") && noted.contains("--by PERSON"), "{noted}");
    let (out, _, noted) = desk.run(&["resume", "--by", "ann"]);
    assert!(out.status.code() == Some(1) && noted.contains("nothing is stopped"), "{noted}");
    let stopped = desk.command(&["stop-all", "--reason", "x"]).env("USER", "jo").output().unwrap();
    assert!(stopped.status.success());
    let (out, _, noted) = desk.run(&["resume", "--by", "anne"]);
    assert!(out.status.code() == Some(1) && noted.contains("did you mean `ann`?"), "{noted}");
    desk.ok(&["resume", "--by", "ann"]);
    let log = desk.list(&["audit", "log"]);
    let actors: Vec<&Value> = log.iter().map(|e| &e["actor"]).collect();
    assert_eq!(actors, ["ann", "jo"], "{log:#?}");
}

#[test]
fn tables_fit_a_narrow_terminal_and_are_whole_when_asked() {
    let desk = Desk::new("2026-08-01", 110, &(TEAM.to_owned() + &budget("team = \"checkout\"")));
    for columns in ["60", "80", "100"] {
        // At 80 columns, tables are tables: a block of lines for each row is for narrower terminals.
        if columns == "80" {
            for (args, header) in [
                (&["budgets"][..], "budget"),
                (&["forecast"], "group"),
                (&["costs", "why"], "service"),
                (&["imports"], "import"),
            ] {
                let out = desk.command(args).env("COLUMNS", columns).output().unwrap();
                let text = String::from_utf8(out.stdout).unwrap();
                let rows = text.lines().filter(|line| line.trim_start().starts_with(header)).count();
                assert_eq!(rows, 1, "{args:?}: {text}");
            }
        }
        for args in [&["budgets"][..], &["forecast", "--by", "service"], &["incidents"], &["store", "info"], &["run"]] {
            let out = desk.command(args).env("COLUMNS", columns).output().unwrap();
            let text = String::from_utf8(out.stdout).unwrap();
            let width: usize = columns.parse().unwrap();
            let tables = text.lines().filter(|line| line.starts_with(" ") && line.trim_start().contains("  "));
            let widest = tables.map(|line| line.chars().count()).max().unwrap_or(0);
            assert!(widest <= width, "{args:?} at {columns}: {widest}\n{text}");
        }
    }
    let wide = desk.command(&["--wide", "forecast"]).env("COLUMNS", "60").output().unwrap();
    let piped = desk.ok(&["forecast"]);
    assert_eq!(String::from_utf8(wide.stdout).unwrap(), piped);
}

/// A demo and late exports are of earlier months: the first question has an answer all the same.
#[test]
fn costs_of_the_newest_month_stand_in_for_a_month_without_charges() {
    let desk = Desk::new("2026-08-01", 110, TEAM);
    let later = |args: &[&str]| {
        let out = desk.command(args).env("TOLLGATE_NOW", "2027-02-10T06:00:00Z").output().unwrap();
        assert!(out.status.success(), "{args:?}");
        (String::from_utf8(out.stdout).unwrap(), String::from_utf8(out.stderr).unwrap())
    };
    let (said, noted) = later(&["costs", "--by", "team", "--compare", "previous"]);
    assert!(
        said.contains("2026-11-01 to 2026-11-17 (17 days), compared with 2026-10-01 to 2026-10-17 (17 days)"),
        "{said}"
    );
    assert!(
        said.contains("1,870.00") && noted.contains("2027-02 has no charges yet: this is 2026-11"),
        "{said}{noted}"
    );
    for args in [&["costs", "top"][..], &["costs", "why"], &["costs", "untagged"]] {
        assert!(later(args).0.contains("2026-11-01 to 2026-11-17"), "{args:?}");
    }
    // A period that somebody asked for is never replaced.
    assert!(later(&["costs", "--period", "month-to-date"]).0.contains("no charges in this period"));
    let (said, noted) = later(&["status"]);
    assert!(said.contains("2026-11-18") && said.contains("the newest charges are 83 days old"), "{said}{noted}");
}

#[test]
fn figures_of_commands_agree() {
    let desk = Desk::new("2026-08-01", 110, &(TEAM.to_owned() + &budget("team = \"checkout\"")));
    let status = &desk.list(&["budgets"])[0];
    let costs = |period: &str| {
        let answer = desk.json(&["costs", "--period", period, "--filter", "team=checkout", "--filter", "provider=AWS"]);
        answer["totals"][0]["amount"].as_str().unwrap().to_owned()
    };
    // Charges so far are the same for a budget and for a period; what is forecast starts from the complete days.
    assert_eq!((costs("2026-11").as_str(), costs("month-to-date").as_str()), ("1800", "1700"));
    assert_eq!((&status["actual"], &status["variance"]["actual"]), (&"1800".into(), &"1700".into()));
    let text = desk.ok(&["budgets", "show", "one"]);
    for part in [
        "complete through 2026-11-17",
        "1,800.00 USD (36 %), 100.00 USD of it after 2026-11-17",
        " a day forecast for 13 days; the amount leaves 253.85 a day",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let forecast = desk.list(&["forecast", "--by", "team"]);
    let checkout =
        forecast.iter().find(|f| f["group"]["values"]["team"] == "checkout" && f["currency"] == "USD").unwrap();
    let mean = |of: &Value| of["mean"].as_str().unwrap().parse::<f64>().unwrap();
    assert!(
        (mean(&checkout["periods"][0]["total"]) - mean(&status["forecast"])).abs() < 0.01,
        "{checkout:#} {status:#}"
    );
    let query = "select sum(EffectiveCost) c from charges where BillingCurrency = 'USD' and x_team = 'checkout' and \
                 BillingPeriodStart = '2026-11-01T00:00:00Z'";
    assert_eq!(desk.list(&["sql", query])[0]["c"].to_string().trim_matches('"'), "1800");
}

#[test]
fn a_sum_of_several_currencies_is_a_warning() {
    let desk = Desk::new("2026-08-01", 10, "");
    let (out, _, noted) = desk.run(&["sql", "select sum(EffectiveCost) from charges"]);
    assert!(out.status.success() && noted.contains("the charges are in EUR and USD"), "{noted}");
    let (_, _, noted) = desk.run(&["sql", "select BillingCurrency, sum(EffectiveCost) from charges group by 1"]);
    assert!(!noted.contains("warning"), "{noted}");
}

#[test]
fn a_store_beside_this_folder_is_named_and_a_failed_command_makes_none() {
    let desk = Desk::new("2026-08-01", 10, "");
    let elsewhere = |args: &[&str]| {
        let mut command = Command::new(binary());
        command.env_clear().env("AWS_EC2_METADATA_DISABLED", "true").args(args).current_dir(desk.folder.path());
        let out = command.output().unwrap();
        assert_eq!(out.status.code(), Some(1), "{args:?}");
        String::from_utf8(out.stderr).unwrap()
    };
    assert!(elsewhere(&["costs"]).contains("hint: there is one in st: add `--store st`"));
    for args in [&["advise"][..], &["plan", "--change", "tag", "--on", "volume:vol-1"]] {
        assert!(elsewhere(args).contains("AWS"), "{args:?}");
        assert!(!desk.folder.path().join(".tollgate").exists(), "{args:?}");
    }
}

/// A header alone looks like a failure, and leads nowhere.
#[test]
fn a_list_without_entries_is_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk { folder };
    std::fs::write(desk.folder.path().join("empty.csv"), bill("2026-08-01".parse().unwrap(), 0)).unwrap();
    let _ = desk.run(&["ingest", "empty.csv"]);
    for args in [
        &["audit"][..],
        &["audit", "log"],
        &["imports"],
        &["store", "info"],
        &["plans"],
        &["deliveries"],
        &["incidents"],
        &["metrics"],
        &["savings"],
        &["advise", "list"],
        &["advise", "list", "--state", "dismissed"],
    ] {
        let text = desk.ok(args);
        let last = text.lines().last().unwrap_or_default();
        // Headers stand apart by two blanks; words of a sentence by one.
        assert!(!last.is_empty() && !last.trim().contains("  "), "{args:?}: {text}");
    }
    let (_, _, noted) = desk.run(&["advise", "list", "--state", "ignored"]);
    assert!(noted.contains("open, planned, dismissed, done, gone"), "{noted}");
}

#[test]
fn an_expected_or_muted_incident_has_a_day_or_a_length() {
    let desk = Desk::new("2026-08-01", 10, "");
    for args in [
        &["incidents", "expect", "i-1"][..],
        &["incidents", "expect", "i-1", "--for", "14d", "--until", "2026-12-01"],
        &["incidents", "expect", "i-1", "--for", "soon"],
        &["incidents", "snooze", "i-1", "--for", "2d", "--until", "2026-12-01"],
    ] {
        assert_eq!(desk.run(args).0.status.code(), Some(2), "{args:?}");
    }
    for args in [
        &["incidents", "expect", "i-1", "--for", "14d", "--by", "ann"][..],
        &["incidents", "snooze", "i-1", "--until", "2026-12-01", "--by", "ann"],
        &["incidents", "snooze", "i-1", "--hours", "4", "--by", "ann"],
        &["incidents", "snooze", "i-1", "--by", "ann"],
    ] {
        let (out, _, noted) = desk.run(args);
        assert!(out.status.code() == Some(1) && noted.contains("there is no incident"), "{args:?}: {noted}");
    }
}

/// `tollgate demo | head` once left a demo without its plan, and ended as if it were whole.
#[test]
fn a_reader_that_has_enough_does_not_end_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk { folder };
    let mut command = Command::new(binary());
    command.env_clear().env("TOLLGATE_NOW", "2026-11-20T06:00:00Z").args(["demo", "st", "--days", "130"]);
    let mut demo = command.current_dir(desk.folder.path()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(demo.stdout.take());
    assert!(demo.wait().unwrap().success());
    assert_eq!(desk.list(&["plans"]).len(), 1);
}

/// A setting that differs from the default comes from a line of the file, whatever block it is in.
#[test]
fn the_origin_of_each_setting_is_its_line() {
    let desk = Desk::new("2026-08-01", 3, "");
    let settings = || desk.list(&["config", "show", "--origin"]);
    let defaults = settings();
    desk.policy(
        "defaults {\n  currency = \"EUR\"\n  fiscal_year_starts = 4\n}\ndetection {\n  sensitivity = \"high\"\n  min_impact = 7\n  \
         severity {\n    critical = 77777\n    high = 6000\n  }\n}\n",
    );
    let mut changed = 0;
    for setting in settings() {
        let before = defaults.iter().find(|known| known["name"] == setting["name"]);
        if before.is_some_and(|before| before["value"] != setting["value"]) {
            changed += 1;
            assert!(setting["origin"].as_str().unwrap().starts_with("tollgate.hcl:"), "{setting:#}");
        } else {
            assert!(setting["origin"].is_null(), "{setting:#}");
        }
    }
    assert_eq!(changed, 6);
}
