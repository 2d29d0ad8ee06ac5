//! Branches that real plans seldom have: one plan each, written with its sources.

use std::fmt::Write;

use crate::support::{gate_in, names, plans};

#[test]
fn every_branch_leads_where_it_should() {
    let mut out = String::new();
    for name in names() {
        let of_environment = ["--environment", "production", "--format", "json"];
        let run = gate_in(&plans(), &[&["check", &format!("{name}/plan.json")], &of_environment[..]].concat());
        let _ = writeln!(out, "{name}: exit {}", run.code);
        for f in run.json()["findings"].as_array().unwrap() {
            let text = |v: &serde_json::Value| v.as_str().unwrap_or("-").to_owned();
            let why = f["outcome"]["why"].as_str().map_or(String::new(), |w| format!(" ({w})"));
            let place = if f["place"].is_null() {
                "-".to_owned()
            } else {
                format!("{}:{}:{}", text(&f["place"]["file"]), f["place"]["line"], f["place"]["column"])
            };
            let (id, is, confidence) = (text(&f["id"]), text(&f["outcome"]["is"]), text(&f["confidence"]));
            let _ = writeln!(out, "  {id} {is}{why} {confidence} {} at {place}", text(&f["address"]));
            let _ = writeln!(out, "    {}", text(&f["message"]));
            if let Some(title) = f["fix"]["title"].as_str() {
                let _ = writeln!(out, "    fix: {title}");
            }
        }
    }
    insta::assert_snapshot!(out);
}

/// Sources give lines and fixes, and keys that the plan does not know; they do not turn what the plan says.
#[test]
fn without_sources_the_same_is_found_or_less_is_certain() {
    for name in names() {
        let path = plans().join(&name).join("plan.json");
        let elsewhere = tempfile::tempdir().unwrap();
        std::fs::copy(&path, elsewhere.path().join("plan.json")).unwrap();
        std::fs::copy(plans().join("tollgate.hcl"), elsewhere.path().join("tollgate.hcl")).unwrap();
        let with = gate_in(&plans(), &["check", &format!("{name}/plan.json"), "--format", "json"]);
        let without = gate_in(elsewhere.path(), &["check", "plan.json", "--format", "json"]);
        let blocked = |run: &crate::support::Run| {
            let all = run.findings();
            all.into_iter().filter(|f| f.contains(" blocks ")).collect::<Vec<_>>()
        };
        let with = blocked(&with);
        for finding in blocked(&without) {
            assert!(with.contains(&finding), "{name}: only without sources: {finding}");
        }
        assert!(
            without.json()["findings"].as_array().unwrap().iter().all(|f| f["place"].is_null() && f["fix"].is_null())
        );
    }
}

#[test]
fn explain_names_each_layer() {
    let run = gate_in(&plans(), &["explain", "aws_sqs_queue.dead", "default-tags-by-reference/plan.json"]);
    insta::assert_snapshot!(run.stdout);
    let run = gate_in(&plans(), &["explain", "aws_sqs_queue.daed", "default-tags-by-reference/plan.json"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("did you mean `aws_sqs_queue.dead`?"), "{}", run.stderr);
}

#[test]
fn tags_of_the_environment_count_as_the_provider_counts_them() {
    let run = crate::support::gate_with(
        &plans(),
        &["check", "replace-paths/plan.json", "--format", "json"],
        &[("TF_AWS_DEFAULT_TAGS_environment", "production")],
        None,
    );
    // The plan was made without the variable: `tags_all` of what it knows does not have the tag, so nothing is certain.
    assert!(
        !run.findings().iter().any(|f| f.contains("blocks aws_db_instance.main environment")),
        "{:?}",
        run.findings()
    );
}
