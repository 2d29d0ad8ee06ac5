//! On GitHub: what is written there, what is not taken from there, and that nothing that fails there lets a change pass.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::fake_github::{FakeGitHub, Fault, HEAD, comment, pull};
use crate::support::{Run, gate_with};

/// A job of GitHub Actions for pull request 7.
pub(crate) struct Job {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) github: FakeGitHub,
}

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pull-request").join(name)
}

impl Job {
    pub(crate) fn new(state: &str) -> Self {
        let job = Self { folder: tempfile::tempdir().unwrap(), github: FakeGitHub::start() };
        for name in ["tollgate.hcl", "budgets.json"] {
            std::fs::copy(fixture(name), job.folder.path().join(name)).unwrap();
        }
        job.base();
        job.commit(state);
        let event = json!({ "pull_request": pull(7, HEAD), "repository": { "default_branch": "main" } });
        job.event(&event);
        job
    }

    /// Makes the folder as it is the base branch: what holds stands there.
    pub(crate) fn base(&self) {
        for arguments in [
            &["init", "-q", "-b", "main"][..],
            &["add", "-A"],
            &["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "base"],
            &["update-ref", "refs/remotes/origin/main", "HEAD"],
        ] {
            let mut git = std::process::Command::new("git");
            let git = git.arg("-C").arg(self.folder.path()).args(arguments).env("HOME", self.folder.path());
            assert!(git.output().unwrap().status.success(), "{arguments:?}");
        }
    }

    pub(crate) fn commit(&self, state: &str) {
        for name in ["plan.json", "main.tf"] {
            std::fs::copy(fixture(state).join(name), self.folder.path().join(name)).unwrap();
        }
    }

    pub(crate) fn event(&self, event: &Value) {
        std::fs::write(self.folder.path().join("event.json"), event.to_string()).unwrap();
    }

    pub(crate) fn variables(&self, event: &str) -> Vec<(String, String)> {
        let at = |name: &str| self.folder.path().join(name).display().to_string();
        [
            ("GITHUB_TOKEN", "ghs_secret".to_owned()),
            ("GITHUB_REPOSITORY", "acme/infra".to_owned()),
            ("GITHUB_EVENT_NAME", event.to_owned()),
            ("GITHUB_EVENT_PATH", at("event.json")),
            ("GITHUB_SHA", "0".repeat(40)),
            ("GITHUB_API_URL", self.github.url.clone()),
            ("GITHUB_WORKSPACE", self.folder.path().display().to_string()),
            ("GITHUB_OUTPUT", at("output")),
            ("GITHUB_STEP_SUMMARY", at("summary.md")),
            ("GITHUB_RUN_ID", "11".to_owned()),
            ("GITHUB_RUN_ATTEMPT", "1".to_owned()),
            ("TOLLGATE_RETRY_MILLISECONDS", "1".to_owned()),
            ("TOLLGATE_NOW", "2026-11-22T06:00:00Z".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    pub(crate) fn run_for(&self, event: &str, more: &[&str]) -> Run {
        let variables = self.variables(event);
        let variables: Vec<(&str, &str)> = variables.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let arguments = [&["github", "plan.json", "--budgets", "budgets.json"], more].concat();
        let run = gate_with(self.folder.path(), &arguments, &variables, None);
        assert!(!format!("{}{}", run.stdout, run.stderr).contains("ghs_secret"));
        run
    }

    fn run(&self) -> Run {
        self.run_for("pull_request", &[])
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }
}

fn annotations(check: &Value) -> Vec<String> {
    let all = check["annotations"].as_array().unwrap();
    all.iter()
        .map(|a| {
            format!(
                "{}:{} {} {}",
                a["path"].as_str().unwrap(),
                a["start_line"],
                a["annotation_level"].as_str().unwrap(),
                a["title"].as_str().unwrap()
            )
        })
        .collect()
}

#[test]
fn a_block_is_a_failed_check_a_comment_outputs_and_a_suggestion() {
    let job = Job::new("before");
    let patch = "@@ -10,0 +14,9 @@\n+resource \"aws_instance\" \"reports\" {\n+  ami = 1\n+  instance_type = 1\n+\n+  root_block_device {\n+  a\n+  b\n+  }\n+}";
    job.github.with(|kept| kept.files = vec![json!({ "filename": "main.tf", "patch": patch })]);
    let run = job.run();
    assert_eq!(run.code, 1, "{}", run.stderr);
    let check = job.github.check();
    assert_eq!((check["conclusion"].as_str(), check["status"].as_str()), (Some("failure"), Some("completed")));
    assert_eq!(check["head_sha"], HEAD);
    assert_eq!(annotations(&check), ["main.tf:14 failure tag-missing", "main.tf:16 failure budget-crossed"]);
    assert!(check["output"]["title"].as_str().unwrap().starts_with("blocked: 2 findings block"), "{check}");
    let comments = job.github.with(|kept| kept.comments.clone());
    assert_eq!(comments.len(), 1);
    insta::assert_snapshot!("comment_blocked", shown(comments[0]["body"].as_str().unwrap()));
    let output = job.read("output");
    assert!(
        output.contains("verdict<<tollgate-") && output.contains("\nblocked\n") && output.contains("\n571.03\n"),
        "{output}"
    );
    assert!(job.read("summary.md").contains("Blocks"));
    let suggested = job.github.with(|kept| kept.review_comments.clone());
    assert_eq!(suggested.len(), 1, "{}", run.stderr);
    insta::assert_snapshot!("suggestion", suggested[0]["body"].as_str().unwrap());
    // Again: nothing is written twice.
    assert_eq!(job.run().code, 1);
    assert_eq!(job.github.with(|kept| (kept.comments.len(), kept.review_comments.len())), (1, 1));
    // The fix turns it green, in the same comment.
    job.commit("after");
    let run = job.run();
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(job.github.check()["conclusion"], "success");
    let comments = job.github.with(|kept| kept.comments.clone());
    assert_eq!(comments.len(), 1);
    insta::assert_snapshot!("comment_passed", shown(comments[0]["body"].as_str().unwrap()));
}

/// Without the data for other gates, which is checked by itself.
fn shown(body: &str) -> String {
    let at = body.find("<!-- tollgate:change").unwrap();
    body[..at].to_owned()
}

#[test]
fn what_fails_on_github_never_lets_a_block_pass() {
    let limited = |status: u16, header: &'static str, value: &str| Fault {
        headers: vec![(header, value.to_owned())],
        ..Fault::new("POST", "/issues/7/comments", status)
    };
    let faults = [
        Fault::new("POST", "/issues/7/comments", 403),
        Fault::new("POST", "/issues/7/comments", 404),
        Fault::new("POST", "/issues/7/comments", 422),
        Fault::new("POST", "/issues/7/comments", 502),
        limited(429, "retry-after", "0"),
        limited(403, "retry-after", "0"),
        limited(403, "retry-after", "9999"),
        Fault::new("GET", "/pulls/7/files", 500),
        Fault::new("GET", "/pulls/7/reviews", 403),
        Fault::new("POST", "/check-runs", 403),
        Fault::new("POST", "/check-runs", 422),
        Fault { done: true, ..Fault::new("POST", "/check-runs", 502) },
    ];
    for fault in faults {
        let job = Job::new("before");
        let said = format!("{} {} {}", fault.method, fault.path, fault.status);
        let (status, path, waits) = (fault.status, fault.path, fault.headers.iter().any(|(_, v)| v == "0"));
        job.github.fail(fault);
        let run = job.run();
        assert_eq!(run.code, 1, "{said}: {}", run.stderr);
        let check = job.github.check();
        if path != "/check-runs" || status == 502 {
            assert_eq!(check["conclusion"], "failure", "{said}");
            assert_eq!(job.github.with(|kept| kept.checks.len()), 1, "{said}");
        } else {
            assert!(run.stdout.contains("::error file=main.tf,line=14"), "{said}: {}", run.stdout);
        }
        let comments = job.github.with(|kept| kept.comments.len());
        let lost = path == "/issues/7/comments" && !waits && status != 502;
        assert_eq!(comments, usize::from(!lost), "{said}: {}", run.stderr);
        assert_eq!(run.stderr.contains("warning: the comment could not be written"), lost, "{said}: {}", run.stderr);
    }
}

#[test]
fn a_comment_that_was_written_although_it_failed_is_not_written_twice() {
    let job = Job::new("before");
    job.github.fail(Fault { done: true, ..Fault::new("POST", "/issues/7/comments", 502) });
    assert_eq!(job.run().code, 1);
    assert_eq!(job.github.with(|kept| kept.comments.len()), 1);
}

#[test]
fn annotations_that_are_refused_do_not_take_the_verdict_along() {
    let job = Job::new("before");
    let id = "/check-runs/101";
    job.github.fail(Fault::new("PATCH", id, 422));
    let run = job.run();
    assert_eq!((run.code, job.github.check()["conclusion"].as_str()), (1, Some("failure")));
    assert!(run.stderr.contains("some annotations could not be written"), "{}", run.stderr);
}

#[test]
fn what_cannot_be_judged_fails_the_check() {
    let job = Job::new("before");
    std::fs::write(job.folder.path().join("plan.json"), "{").unwrap();
    let run = job.run();
    assert_eq!(run.code, 2);
    let check = job.github.check();
    assert_eq!(check["conclusion"], "failure");
    assert_eq!(check["output"]["title"], "there is no verdict");
    // So does money that cannot be asked for.
    let job = Job::new("after");
    std::fs::remove_file(job.folder.path().join("budgets.json")).unwrap();
    job.base();
    assert_eq!((job.run().code, job.github.check()["conclusion"].as_str()), (2, Some("failure")));
    let job = Job::new("after");
    for _ in 0..5 {
        job.github.fail(Fault::new("GET", "/repos/acme/infra/pulls", 502));
    }
    assert_eq!((job.run().code, job.github.check()["conclusion"].as_str()), (2, Some("failure")));
}

#[test]
fn annotations_go_in_batches_of_fifty() {
    let job = Job::new("before");
    let mut plan: Value = serde_json::from_str(&job.read("plan.json")).unwrap();
    let (mut changes, mut tf) = (Vec::new(), String::new());
    for n in 0..120 {
        let mut change = plan["resource_changes"][1].clone();
        change["address"] = format!("aws_s3_bucket.b{n}").into();
        change["name"] = format!("b{n}").into();
        change["change"]["after"]["tags"] = json!({});
        change["change"]["after"]["tags_all"] = json!({});
        changes.push(change);
        tf += &format!("resource \"aws_s3_bucket\" \"b{n}\" {{\n  bucket = \"b{n}\"\n}}\n");
    }
    plan["resource_changes"] = changes.into();
    std::fs::write(job.folder.path().join("plan.json"), plan.to_string()).unwrap();
    std::fs::write(job.folder.path().join("main.tf"), tf).unwrap();
    assert_eq!(job.run().code, 1);
    let check = job.github.check();
    assert_eq!(check["annotations"].as_array().unwrap().len(), 120);
    assert_eq!(annotations(&check)[119], "main.tf:358 failure tag-missing");
    assert_eq!(job.github.count("PATCH", "/check-runs/101"), 4);
}

#[test]
fn a_fork_is_found_by_its_commit_and_not_by_its_word() {
    let job = Job::new("before");
    let run = |head: &str| {
        json!({ "workflow_run": {
            "head_sha": head, "head_branch": "change", "head_repository": { "owner": { "login": "stranger" } },
            "pull_requests": [{ "number": 99 }],
        }, "repository": { "default_branch": "main" } })
    };
    job.event(&run(HEAD));
    assert_eq!(job.run_for("workflow_run", &[]).code, 1);
    assert_eq!(job.github.check()["head_sha"], HEAD);
    assert_eq!(
        (job.github.count("POST", "/issues/7/comments"), job.github.count("POST", "/issues/99/comments")),
        (1, 0)
    );
    let asked = job.github.with(|kept| kept.asked.iter().any(|(_, path, _)| path.contains("head=stranger%3Achange")));
    assert!(asked);
    // A commit that is the head of no open pull request gets its check, and no comment anywhere.
    let other = "f".repeat(40);
    job.event(&run(&other));
    assert_eq!(job.run_for("workflow_run", &[]).code, 1);
    assert_eq!(job.github.check()["head_sha"], other.as_str());
    assert_eq!(job.github.count("POST", "/issues/7/comments"), 1);
}

#[test]
fn what_a_fork_hands_over_has_the_places_of_its_repository() {
    let job = Job::new("before");
    job.event(&json!({ "workflow_run": {
        "head_sha": HEAD, "head_branch": "change", "head_repository": { "owner": { "login": "stranger" } },
    } }));
    let handed = job.folder.path().join("handed");
    std::fs::create_dir(&handed).unwrap();
    for name in ["plan.json", "main.tf"] {
        std::fs::rename(job.folder.path().join(name), handed.join(name)).unwrap();
    }
    let variables = job.variables("workflow_run");
    let variables: Vec<(&str, &str)> = variables.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let arguments =
        ["github", "plan.json", "--config", "../tollgate.hcl", "--budgets", "../budgets.json", "--root", "."];
    let run = gate_with(&handed, &arguments, &variables, None);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert_eq!(
        annotations(&job.github.check()),
        ["main.tf:14 failure tag-missing", "main.tf:16 failure budget-crossed"]
    );
}

fn review(who: &str, state: &str, commit: &str) -> Value {
    json!({ "user": { "login": who }, "state": state, "commit_id": commit, "body": "agreed with finance" })
}

/// The money alone blocks: the tag is there.
fn soft_block() -> Job {
    let job = Job::new("before");
    let policy = job.read("tollgate.hcl").replace("  tag \"team\" {", "  enforcement = \"advisory\"\n  tag \"team\" {");
    std::fs::write(job.folder.path().join("tollgate.hcl"), policy).unwrap();
    job.base();
    job.github
        .with(|kept| kept.teams.insert("platform-leads".to_owned(), vec!["lead".to_owned(), "author".to_owned()]));
    job
}

#[test]
fn a_soft_block_is_let_pass_by_the_team_and_nobody_else() {
    let job = soft_block();
    assert_eq!(job.run().code, 1);
    let command = format!("/policy-gate override platform-money {} the launch is agreed", &HEAD[..7]);
    let comments = job.github.with(|kept| kept.comments.clone());
    assert!(comments[0]["body"].as_str().unwrap().contains("/policy-gate override platform-money 1a2b3c4 WHY"));
    let refused: Vec<(Vec<Value>, Vec<Value>)> = vec![
        (vec![review("stranger", "APPROVED", HEAD)], vec![]),
        (vec![review("author", "APPROVED", HEAD)], vec![]),
        (vec![review("lead", "APPROVED", "an older commit")], vec![]),
        (vec![review("lead", "APPROVED", HEAD), review("lead", "CHANGES_REQUESTED", HEAD)], vec![]),
        (vec![], vec![comment(7, "stranger", &command)]),
        (vec![], vec![comment(7, "author", &command)]),
        (vec![], vec![comment(7, "lead", &command.replace(&HEAD[..7], "9999999"))]),
        (vec![], vec![comment(7, "lead", &command.replace("platform-money", "other"))]),
        (
            vec![],
            vec![{
                let mut edited = comment(7, "lead", &command);
                edited["updated_at"] = "2026-11-22T07:00:00Z".into();
                edited
            }],
        ),
    ];
    for (reviews, comments) in refused {
        let said = format!("{reviews:?} {comments:?}");
        job.github.with(|kept| (kept.reviews, kept.comments) = (reviews, comments));
        assert_eq!(job.run().code, 1, "{said}");
    }
    for (reviews, comments, why) in [
        (vec![review("lead", "APPROVED", HEAD)], vec![], "agreed with finance (approving review)"),
        (vec![], vec![comment(7, "lead", &format!("yes\n{command}"))], "the launch is agreed (command)"),
    ] {
        job.github.with(|kept| (kept.reviews, kept.comments) = (reviews, comments));
        let run = job.run_for("pull_request", &["--audit", "audit.jsonl"]);
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        let audit: Value = serde_json::from_str(job.read("audit.jsonl").lines().last().unwrap()).unwrap();
        assert_eq!(
            (audit["override"]["approver"].as_str(), audit["override"]["reason"].as_str()),
            (Some("lead"), Some(why))
        );
        assert_eq!((audit["pull_request"].as_u64(), audit["commit"].as_str()), (Some(7), Some(HEAD)));
        let ours = job.github.with(|kept| kept.comments.last().unwrap()["body"].as_str().unwrap().to_owned());
        assert!(ours.contains("overridden by lead of platform-leads"), "{ours}");
    }
    // A team that cannot be asked has nobody.
    job.github.with(|kept| (kept.reviews, kept.comments) = (vec![review("lead", "APPROVED", HEAD)], vec![]));
    job.github.fail(Fault::new("GET", "/memberships/lead", 403));
    let run = job.run();
    assert!(run.code == 1 && run.stderr.contains("TOLLGATE_TEAM_TOKEN"), "{}", run.stderr);
}

#[test]
fn other_open_pull_requests_count_and_strangers_cannot_make_them_count() {
    // By itself it fits: 9,650 and 80 of 10,000.
    let job = Job::new("after");
    assert_eq!(job.run().code, 0);
    // Pull request 8 is larger, and its gate wrote so.
    let other = Job::new("before");
    other.event(&json!({ "pull_request": pull(8, HEAD) }));
    assert_eq!(other.run().code, 1);
    let said = other.github.with(|kept| kept.comments[0].clone());
    job.github.with(|kept| {
        kept.pulls.push(pull(8, "8".repeat(40).as_str()));
        kept.comments = vec![said.clone()];
    });
    let run = job.run();
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(run.stdout.contains("+ 1 other open change $571"), "{}", run.stdout);
    // The same words of somebody else are no gate's.
    let mut forged = said.clone();
    forged["user"]["login"] = "stranger".into();
    job.github.with(|kept| kept.comments = vec![forged]);
    assert_eq!(job.run().code, 0);
    // A draft does not count, and what was closed does not.
    job.github.with(|kept| {
        kept.comments = vec![said];
        kept.pulls[1]["draft"] = true.into();
    });
    assert_eq!(job.run().code, 0);
    job.github.with(|kept| kept.pulls.truncate(1));
    assert_eq!(job.run().code, 0);
}

#[test]
fn a_plan_cannot_say_what_its_change_takes_of_budgets() {
    // An instance whose key looks like the gate's own word for a change of nothing.
    let job = Job::new("before");
    let nothing = "eyJuYW1lIjoiIzciLCJidWRnZXRzIjp7fX0="; // {"name":"#7","budgets":{}}
    let key = format!("aws_instance.reports[\\\"<!-- tollgate:change {nothing} -->\\\"]");
    let plan = job.read("plan.json").replacen("aws_instance.reports", &key, 1);
    std::fs::write(job.folder.path().join("plan.json"), plan).unwrap();
    assert_eq!(job.run().code, 1);
    let said = job.github.with(|kept| kept.comments[0].clone());
    assert!(said["body"].as_str().unwrap().matches("<!-- tollgate:change").count() > 1, "{said}");
    let other = Job::new("after");
    other.event(&json!({ "pull_request": pull(8, HEAD) }));
    other.github.with(|kept| {
        kept.pulls.push(pull(8, HEAD));
        kept.comments = vec![said];
    });
    let run = other.run();
    assert!(run.code == 1 && run.stdout.contains("+ 1 other open change $571"), "{}", run.stdout);
}

#[test]
fn somebody_elses_comment_with_the_marker_is_left_alone() {
    let job = Job::new("before");
    job.github.with(|kept| {
        kept.comments = vec![comment(7, "author", "<!-- tollgate:policy-gate policy-gate -->\nall is well")]
    });
    assert_eq!(job.run().code, 1);
    let comments = job.github.with(|kept| kept.comments.clone());
    assert_eq!(comments.len(), 2);
    assert!(comments[0]["body"].as_str().unwrap().ends_with("all is well"));
}

#[test]
fn a_comment_of_thousands_of_findings_fits_and_counts_what_it_leaves_out() {
    let job = Job::new("before");
    let mut plan: Value = serde_json::from_str(&job.read("plan.json")).unwrap();
    let mut changes = Vec::new();
    for n in 0..3000 {
        let mut change = plan["resource_changes"][1].clone();
        change["address"] = format!("module.team_{n}.aws_s3_bucket.a_rather_long_name_of_a_bucket").into();
        change["change"]["after"]["tags"] = json!({});
        change["change"]["after"]["tags_all"] = json!({});
        changes.push(change);
    }
    changes.push(plan["resource_changes"][0].clone());
    plan["resource_changes"] = changes.into();
    // Each in a file of its own place, so that they are no group.
    let policy = job.read("tollgate.hcl")
        + "\nrule \"each\" {\n  deny = resource.type == \"aws_s3_bucket\"\n  message = \"no: ${resource.address}\"\n}\n";
    std::fs::write(job.folder.path().join("tollgate.hcl"), policy).unwrap();
    std::fs::write(job.folder.path().join("plan.json"), plan.to_string()).unwrap();
    let run = job.run();
    assert_eq!(run.code, 1, "{}", run.stderr);
    let body = job.github.with(|kept| kept.comments[0]["body"].as_str().unwrap().to_owned());
    assert!(body.len() < 65_536 && body.contains("more findings") && body.contains("more resources"), "{}", body.len());
    let summary = job.read("summary.md");
    assert!(summary.len() < 1 << 20 && summary.len() > body.len());
    assert_eq!(job.github.check()["conclusion"], "failure");
}

#[test]
fn a_github_of_ones_own_has_its_api_below_a_path() {
    let job = Job::new("before");
    let mut variables = job.variables("pull_request");
    for (name, value) in &mut variables {
        if name == "GITHUB_API_URL" {
            value.push_str("/api/v3");
        }
    }
    let variables: Vec<(&str, &str)> = variables.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    gate_with(job.folder.path(), &["github", "plan.json", "--budgets", "budgets.json"], &variables, None);
    let first = job.github.with(|kept| kept.asked[0].1.clone());
    assert_eq!(first, "/api/v3/repos/acme/infra/check-runs");
}
