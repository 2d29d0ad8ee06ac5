//! What the author of a change may try so that the gate lets it pass: one row each. Adding a bypass is adding a row.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::fake_github::{FakeGitHub, HEAD};
use crate::support::{Run, gate_with};

/// A clone in which a change is prepared: the base branch has a policy that the plan breaks.
struct Clone {
    dir: tempfile::TempDir,
}

const POLICY: &str = "tag_policy \"cost\" {\n  required = [\"team\"]\n}\n";
const LOOSE: &str = "tag_policy \"cost\" {\n  required = [\"team\"]\n  enforcement = \"advisory\"\n}\n";
const REGO: &str = "package main\nimport rego.v1\ndeny contains {\"msg\": \"no large machines\", \"resource\": r.address} if {\n  some r in input.resource_changes\n  r.change.after.instance_type == \"x1.32xlarge\"\n}\n";

/// A waiver of the change's author for the resource of the plan.
fn waiver(more: &str) -> String {
    format!(
        "waiver \"mine\" {{\n policies = [\"cost\", \"rego\"]\n addresses = [\"aws_instance.web\"]\n owner = \"me\"\n approver = \"boss\"\n reason = \"because\"\n expires = \"2027-12-31\"\n{more}}}\n"
    )
}

fn instance(address: &str, change: Value) -> Value {
    let name = address.rsplit('.').next().unwrap();
    json!({
        "address": address, "mode": "managed", "type": "aws_instance", "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws", "change": change,
    })
}

fn plan(resources: &[Value]) -> String {
    let configured: Vec<Value> = resources
        .iter()
        .map(|r| {
            json!({
                "address": r["address"], "mode": "managed", "type": r["type"], "name": r["name"],
                "provider_config_key": "aws", "expressions": {}, "schema_version": 1,
            })
        })
        .collect();
    json!({
        "format_version": "1.2", "terraform_version": "1.9.0", "resource_changes": resources,
        "configuration": {
            "provider_config": { "aws": { "name": "aws", "full_name": "registry.terraform.io/hashicorp/aws" } },
            "root_module": { "resources": configured },
        },
    })
    .to_string()
}

fn created() -> Value {
    instance(
        "aws_instance.web",
        json!({
            "actions": ["create"], "before": null, "after": { "instance_type": "m5.large", "tags": null },
            "after_unknown": {}, "before_sensitive": false, "after_sensitive": {},
        }),
    )
}

/// The instance with its type changed, or with whatever else `more` says.
fn resized(more: Value) -> Value {
    let mut change = json!({
        "actions": ["update"], "before": { "instance_type": "t3.micro", "tags": { "team": "a" } },
        "after": { "instance_type": "x1.32xlarge", "tags": { "team": "a" } },
        "after_unknown": {}, "before_sensitive": {}, "after_sensitive": {},
    });
    for (name, value) in more.as_object().unwrap() {
        change[name] = value.clone();
    }
    instance("aws_instance.web", change)
}

impl Clone {
    /// A base branch with files, and the plan of the change beside it.
    fn with(files: &[(&str, &str)], plan: &str) -> Self {
        let clone = Self { dir: tempfile::tempdir().unwrap() };
        clone.git(&["init", "-q", "-b", "main"]);
        for (name, text) in files {
            clone.write(name, text);
        }
        clone.commit();
        clone.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
        clone.git(&["switch", "-qc", "change"]);
        clone.write("plan.json", plan);
        clone
    }

    /// The usual base: a tag policy, and a plan that breaks it.
    fn usual() -> Self {
        Self::with(&[("tollgate.hcl", POLICY)], &plan(&[created()]))
    }

    fn git(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        command.arg("-C").arg(self.dir.path()).args(["-c", "user.name=t", "-c", "user.email=t@example.com"]);
        let out = command.args(arguments).env("HOME", self.dir.path()).output().unwrap();
        assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).trim().to_owned()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-qm", "x"]);
    }

    fn check_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        gate_with(self.dir.path(), &[&["check", "plan.json"], arguments].concat(), variables, None)
    }

    /// As a pull request of GitHub.
    fn check(&self, arguments: &[&str]) -> Run {
        self.check_with(arguments, &[("GITHUB_BASE_REF", "main")])
    }

    /// `policy-gate github` for an event, against a GitHub of ours.
    fn github(&self, name: &str, event: &Value) -> Run {
        let github = FakeGitHub::start();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("event.json");
        std::fs::write(&path, event.to_string()).unwrap();
        let path = path.display().to_string();
        let variables = [
            ("GITHUB_TOKEN", "x"),
            ("GITHUB_REPOSITORY", "acme/infra"),
            ("GITHUB_EVENT_NAME", name),
            ("GITHUB_EVENT_PATH", &path),
            ("GITHUB_SHA", HEAD),
            ("GITHUB_API_URL", &github.url),
            ("TOLLGATE_RETRY_MILLISECONDS", "1"),
        ];
        gate_with(self.dir.path(), &["github", "plan.json"], &variables, None)
    }

    fn sha(&self, of: &str) -> String {
        self.git(&["rev-parse", of])
    }
}

/// Everything that is in the change from here on lets it pass, if the gate reads it from there.
fn loosened() -> Clone {
    let clone = Clone::usual();
    clone.write("tollgate.hcl", LOOSE);
    clone.commit();
    clone
}

fn pull_event(clone: &Clone) -> Value {
    json!({
        "pull_request": {
            "number": 7, "user": { "login": "author" }, "head": { "sha": HEAD },
            "base": { "ref": "main", "sha": clone.sha("refs/remotes/origin/main") },
        },
        "repository": { "default_branch": "main" },
    })
}

const BYPASSES: &[(&str, fn() -> Run)] = &[
    ("the plan as it is", || Clone::usual().check(&[])),
    ("the policy is loosened in the change", || loosened().check(&[])),
    ("a tag is called like the remote's branch", || {
        let clone = loosened();
        clone.git(&["tag", "origin/main", "HEAD"]);
        clone.check(&[])
    }),
    ("a branch is called like the remote's branch", || {
        let clone = loosened();
        clone.git(&["branch", "origin/main", "HEAD"]);
        clone.check(&[])
    }),
    ("a tag is called like a base that the workflow names", || {
        let clone = loosened();
        clone.git(&["tag", "main", "HEAD"]);
        clone.check_with(&["--base", "main"], &[])
    }),
    ("a tag is called like the remote's branch that the workflow names", || {
        let clone = loosened();
        clone.git(&["tag", "origin/main", "HEAD"]);
        clone.check_with(&["--base", "origin/main"], &[])
    }),
    ("only a tag is called like the remote's branch that the workflow names", || {
        let clone = loosened();
        clone.git(&["tag", "origin/main", "HEAD"]);
        clone.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
        clone.check_with(&["--base", "origin/main"], &[])
    }),
    ("a replacement object stands for the base commit", || {
        let clone = loosened();
        clone.git(&["replace", &clone.sha("refs/remotes/origin/main"), "HEAD"]);
        clone.check(&[])
    }),
    ("a review starts the run", || {
        let clone = loosened();
        clone.github("pull_request_review", &pull_event(&clone))
    }),
    ("a review starts the run of `check`", || {
        let clone = loosened();
        clone.write("event.json", &pull_event(&clone).to_string());
        let path = clone.path("event.json").display().to_string();
        clone.check_with(&[], &[("GITHUB_EVENT_NAME", "pull_request_review"), ("GITHUB_EVENT_PATH", &path)])
    }),
    ("a review whose event names the branch alone", || {
        let clone = loosened();
        let mut event = pull_event(&clone);
        event["pull_request"]["base"] = json!({ "ref": "main" });
        clone.github("pull_request_review", &event)
    }),
    ("a pull request without a base", || {
        let clone = loosened();
        let mut event = pull_event(&clone);
        event["pull_request"].as_object_mut().unwrap().remove("base");
        clone.github("pull_request_target", &event)
    }),
    ("a merge queue", || {
        let clone = loosened();
        let base = clone.sha("refs/remotes/origin/main");
        let event = json!({ "merge_group": { "head_sha": HEAD, "base_sha": base, "base_ref": "refs/heads/main" } });
        clone.github("merge_group", &event)
    }),
    ("a push of the branch, whose check a pull request of the same commit shows", || {
        let clone = loosened();
        clone.write("other", "");
        let before = clone.sha("HEAD");
        clone.commit();
        let event = json!({ "ref": "refs/heads/change", "before": before, "repository": { "default_branch": "main" } });
        clone.github("push", &event)
    }),
    ("a run that is started by hand on the branch", || {
        loosened().github("workflow_dispatch", &json!({ "repository": { "default_branch": "main" } }))
    }),
    ("an event that names nothing", || loosened().github("repository_dispatch", &json!({}))),
    ("the change waives itself", || {
        let clone = Clone::usual();
        clone.write("tollgate.hcl", &format!("{POLICY}{}", waiver("")));
        clone.commit();
        clone.check(&[])
    }),
    ("the change brings a baseline", || {
        let clone = Clone::usual();
        assert_eq!(clone.check_with(&["--write-baseline"], &[]).code, 0);
        clone.commit();
        clone.check(&[])
    }),
    ("a waiver of one configuration is used in another", || {
        let base = format!("{POLICY}{}", waiver(" folders = [\"envs/dev\"]\n"));
        let clone = Clone::with(&[("tollgate.hcl", &base)], "");
        clone.write("envs/prod/plan.json", &plan(&[created()]));
        gate_with(clone.dir.path(), &["check", "envs/prod/plan.json"], &[("GITHUB_BASE_REF", "main")], None)
    }),
    ("a waiver without a folder is used in a folder below", || {
        let base = format!("{POLICY}{}", waiver(""));
        let clone = Clone::with(&[("tollgate.hcl", &base)], "");
        clone.write("envs/prod/plan.json", &plan(&[created()]));
        gate_with(clone.dir.path(), &["check", "envs/prod/plan.json"], &[("GITHUB_BASE_REF", "main")], None)
    }),
    ("the region is cheaper in the change", || {
        let policy = |region: &str| {
            format!(
                "defaults {{ currency = \"USD\" }}\nprices {{\n region = \"{region}\"\n}}\nbudget_policy \"m\" {{\n max_resource = 80\n}}\n"
            )
        };
        let clone = Clone::with(&[("tollgate.hcl", &policy("sa-east-1"))], &plan(&[created()]));
        clone.write("tollgate.hcl", &policy("us-east-1"));
        clone.commit();
        clone.check(&[])
    }),
    ("the budget's status is a file of the change", || {
        let clone = budgets(true);
        let status = std::fs::read_to_string(clone.path("budgets.json")).unwrap();
        clone.write("budgets.json", &status.replace("\"10000\"", "\"99999999\""));
        clone.commit();
        clone.check(&["--budgets", "budgets.json"])
    }),
    ("the budget's status is a file that the change brings in", || {
        let clone = budgets(false);
        let status = status().replace("\"10000\"", "\"99999999\"");
        clone.write("budgets.json", &status);
        clone.commit();
        clone.check(&["--budgets", "budgets.json"])
    }),
    ("the budget's status is a link that the change brings in", || {
        let clone = budgets(true);
        clone.write("mine.json", &status().replace("\"10000\"", "\"99999999\""));
        std::fs::remove_file(clone.path("budgets.json")).unwrap();
        std::os::unix::fs::symlink("mine.json", clone.path("budgets.json")).unwrap();
        clone.commit();
        clone.check(&["--budgets", "budgets.json"])
    }),
    ("Rego is indented in the change", || {
        let clone = rego("policies/a.rego");
        clone.write("policies/a.rego", &REGO.replace("deny contains", "  deny contains"));
        clone.commit();
        clone.check(&[])
    }),
    ("Rego is indented on the base branch", || {
        Clone::with(
            &[("tollgate.hcl", ""), ("policies/a.rego", &REGO.replace("deny contains", "\t deny contains"))],
            &plan(&[resized(json!({}))]),
        )
        .check(&[])
    }),
    ("Rego stands in one line", || {
        let one = "package main; import rego.v1; deny contains msg if { msg := \"no\" }\n";
        Clone::with(&[("tollgate.hcl", ""), ("policies/a.rego", one)], &plan(&[created()])).check(&[])
    }),
    ("Rego that is there has no rule that is asked", || {
        let none = "package main\nimport rego.v1\nallow if { true }\n";
        Clone::with(&[("tollgate.hcl", ""), ("policies/a.rego", none)], &plan(&[created()])).check(&[])
    }),
    ("Rego with a name beyond ASCII is removed", || {
        let clone = rego("policies/größe.rego");
        std::fs::remove_file(clone.path("policies/größe.rego")).unwrap();
        clone.commit();
        clone.check(&[])
    }),
    ("Rego with a blank and a quote in its name is removed", || {
        let clone = rego("policies/a \"b\".rego");
        std::fs::remove_file(clone.path("policies/a \"b\".rego")).unwrap();
        clone.commit();
        clone.check(&[])
    }),
    ("Rego moves into a folder that is not read", || {
        let clone = rego("policies/a.rego");
        std::fs::create_dir(clone.path("policies/.old")).unwrap();
        clone.git(&["mv", "policies/a.rego", "policies/.old/a.rego"]);
        clone.write("policies/b.rego", "package main\nimport rego.v1\nwarn contains \"x\" if { false }\n");
        clone.commit();
        clone.check(&[])
    }),
    ("Rego is a link on the base branch", || {
        let clone = Clone::with(&[("tollgate.hcl", ""), ("shared/a.rego", REGO)], &plan(&[resized(json!({}))]));
        clone.git(&["switch", "-q", "main"]);
        std::os::unix::fs::symlink("shared", clone.path("policies")).unwrap();
        clone.commit();
        clone.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
        clone.git(&["switch", "-qC", "change"]);
        clone.write("shared/a.rego", &REGO.replace("x1.32xlarge", "none"));
        clone.commit();
        clone.check(&[])
    }),
    ("data of Rego is changed", || {
        let by_data = "package main\nimport rego.v1\ndeny contains {\"msg\": \"no\", \"resource\": r.address} if {\n  some r in input.resource_changes\n  r.change.after.instance_type in data.denied\n}\n";
        let files = [
            ("tollgate.hcl", ""),
            ("policies/a.rego", by_data),
            ("policies/x.data.json", "{\"denied\": [\"x1.32xlarge\"]}"),
        ];
        let clone = Clone::with(&files, &plan(&[resized(json!({}))]));
        clone.write("policies/x.data.json", "{\"denied\": []}");
        clone.commit();
        clone.check(&[])
    }),
    ("a resource is imported and changed at once", || {
        let clone = rego("policies/a.rego");
        clone.write("plan.json", &plan(&[resized(json!({ "importing": { "id": "i-1" } }))]));
        clone.check(&[])
    }),
    ("a denial names a resource that another one made bad", || {
        let pair = "package main\nimport rego.v1\ndeny contains {\"msg\": \"open\", \"resource\": \"aws_instance.web\"} if {\n  some r in input.resource_changes\n  r.change.after.open == true\n}\n";
        let same = json!({ "instance_type": "t3.micro", "tags": { "team": "a" } });
        let still = instance(
            "aws_instance.web",
            json!({ "actions": ["no-op"], "before": same, "after": same, "after_unknown": {}, "before_sensitive": {}, "after_sensitive": {} }),
        );
        let open = instance(
            "aws_instance.gate",
            json!({ "actions": ["create"], "before": null, "after": { "open": true, "tags": { "team": "a" } }, "after_unknown": {}, "before_sensitive": false, "after_sensitive": {} }),
        );
        Clone::with(&[("tollgate.hcl", ""), ("policies/a.rego", pair)], &plan(&[still, open])).check(&[])
    }),
    ("a denial of the configuration names a resource that stays", || {
        let provisioner = "package main\nimport rego.v1\ndeny contains {\"msg\": \"local-exec\", \"resource\": r.address} if {\n  some r in input.configuration.root_module.resources\n  count(r.provisioners) > 0\n}\n";
        let same = json!({ "instance_type": "t3.micro", "tags": { "team": "a" } });
        let still = instance(
            "aws_instance.web",
            json!({ "actions": ["no-op"], "before": same, "after": same, "after_unknown": {}, "before_sensitive": {}, "after_sensitive": {} }),
        );
        let mut whole: Value = serde_json::from_str(&plan(&[still])).unwrap();
        whole["configuration"] = json!({ "root_module": { "resources": [{
            "address": "aws_instance.web", "mode": "managed", "type": "aws_instance", "name": "web",
            "provider_config_key": "aws", "expressions": {}, "schema_version": 1,
            "provisioners": [{ "type": "local-exec", "expressions": {} }],
        }] } });
        Clone::with(&[("tollgate.hcl", ""), ("policies/a.rego", provisioner)], &whole.to_string()).check(&[])
    }),
    ("a required tag holds nothing that can be read", || {
        let mut resource = created();
        resource["change"]["after"]["tags"] = json!({ "team": "\u{200b}" });
        Clone::with(&[("tollgate.hcl", POLICY)], &plan(&[resource])).check(&[])
    }),
    ("a required tag is a dash", || {
        let mut resource = created();
        resource["change"]["after"]["tags"] = json!({ "team": " - " });
        Clone::with(&[("tollgate.hcl", POLICY)], &plan(&[resource])).check(&[])
    }),
    ("a value that cannot be read hides the tags", || {
        let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
        let text = plan(&[created()]).replace("\"instance_type\":\"m5.large\"", &format!("\"x\":{deep}"));
        assert!(text.contains(&deep));
        Clone::with(&[("tollgate.hcl", POLICY)], &text).check(&[])
    }),
    ("a number that cannot be held hides the tags", || {
        let text = plan(&[created()]).replace("\"instance_type\":\"m5.large\"", "\"x\":1e999999");
        Clone::with(&[("tollgate.hcl", POLICY)], &text).check(&[])
    }),
    ("a link takes the place of the policy's folder", || {
        let clone = Clone::with(&[("infra/tollgate.hcl", POLICY)], &plan(&[created()]));
        std::fs::rename(clone.path("infra"), clone.path("loose")).unwrap();
        clone.write("loose/tollgate.hcl", "");
        std::os::unix::fs::symlink("loose", clone.path("infra")).unwrap();
        clone.commit();
        clone.check(&["--config", "infra/tollgate.hcl"])
    }),
    ("a link leads the status of budgets to another file of the base branch", || {
        let clone = budgets(true);
        let roomy = status().replace("\"10000\"", "\"99999999\"");
        clone.git(&["switch", "-q", "main"]);
        clone.write("tests/roomy.json", &roomy);
        clone.commit();
        clone.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
        clone.git(&["switch", "-qc", "linked"]);
        std::fs::remove_file(clone.path("budgets.json")).unwrap();
        std::os::unix::fs::symlink("tests/roomy.json", clone.path("budgets.json")).unwrap();
        clone.commit();
        clone.check(&["--budgets", "budgets.json"])
    }),
    ("a tag takes the place of a branch that this clone lacks", || {
        let clone = Clone::usual();
        clone.write("tollgate.hcl", &format!("{POLICY}{}", waiver("")));
        clone.commit();
        clone.git(&["branch", "-qD", "main"]);
        clone.git(&["tag", "main"]);
        clone.check_with(&["--base", "main"], &[])
    }),
    ("an earlier day makes an expired waiver hold", || {
        let expired = waiver("").replace("2027-12-31", "2020-12-31");
        let clone = Clone::with(&[("tollgate.hcl", &format!("{POLICY}{expired}"))], &plan(&[created()]));
        clone.check_with(
            &[],
            &[("GITHUB_BASE_REF", "main"), ("GITHUB_ACTIONS", "true"), ("TOLLGATE_NOW", "2020-01-01T00:00:00Z")],
        )
    }),
];

fn rego(name: &str) -> Clone {
    Clone::with(&[("tollgate.hcl", ""), (name, REGO)], &plan(&[resized(json!({}))]))
}

fn status() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pull-request/budgets.json")).unwrap()
}

/// A budget of 10,000 of which nearly all is spent, with its status on the base branch or not.
fn budgets(kept: bool) -> Clone {
    let policy = "defaults { currency = \"USD\" }\nbudget \"platform\" {\n  amount = 10000\n}\nbudget_policy \"money\" {\n  budget = \"platform\"\n}\n";
    let text = status();
    let mut files = vec![("tollgate.hcl", policy)];
    if kept {
        files.push(("budgets.json", &text));
    }
    let resources: Vec<Value> = (0..60)
        .map(|n| {
            let mut resource = created();
            resource["address"] = format!("aws_instance.w{n}").into();
            resource["name"] = format!("w{n}").into();
            resource
        })
        .collect();
    Clone::with(&files, &plan(&resources))
}

/// A line without folders and ids that differ from run to run.
fn stable(line: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        match word {
            _ if bare.len() == 40 && bare.bytes().all(|b| b.is_ascii_hexdigit()) => word.replace(bare, "COMMIT"),
            _ if word.starts_with('/') => format!("…/{}", word.rsplit('/').next().unwrap_or_default()),
            _ => word.to_owned(),
        }
    };
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_bypass_is_blocked() {
    // What each attempt is blocked by: an attempt that fails for another reason would prove nothing.
    let mut blocked = Vec::new();
    for (what, attempt) in BYPASSES {
        let run = attempt();
        assert!(matches!(run.code, 1 | 2), "{what} ends with {}: {}{}", run.code, run.stdout, run.stderr);
        // The verdict is the last line that counts what blocks.
        let found = run.stdout.lines().rfind(|line| line.starts_with("  blocks") || line.contains(" blocks"));
        let reason = if run.code == 2 { run.stderr.lines().next() } else { found };
        let reason = reason.or(run.stdout.lines().last()).unwrap_or_default();
        blocked.push(format!("{what}\n    {} {}", run.code, stable(reason.trim())));
    }
    insta::assert_snapshot!(blocked.join("\n"));
}

/// What a change may do: without it, a gate that blocks everything would pass the test above.
#[test]
fn an_honest_change_passes() {
    let mut tagged = created();
    tagged["change"]["after"]["tags"] = json!({ "team": "web" });
    let honest = || Clone::with(&[("tollgate.hcl", POLICY)], &plan(std::slice::from_ref(&tagged)));
    assert_eq!(honest().check(&[]).code, 0);
    for (name, event) in [
        ("pull_request", pull_event(&honest())),
        ("merge_group", json!({ "merge_group": { "head_sha": HEAD, "base_ref": "refs/heads/main" } })),
        ("push", json!({ "ref": "refs/heads/change", "repository": { "default_branch": "main" } })),
    ] {
        let run = honest().github(name, &event);
        assert_eq!(run.code, 0, "{name}: {}{}", run.stdout, run.stderr);
    }
    // A status that a step of the job fetched is no file of the change.
    let clone = budgets(false);
    let roomy = status().replace("\"10000\"", "\"99999999\"");
    clone.write("fetched/budgets.json", &roomy);
    assert_eq!(clone.check(&["--budgets", "fetched/budgets.json"]).code, 0);
    // A waiver holds for the folder that it names.
    let base = format!("{POLICY}{}", waiver(" folders = [\"envs/dev\"]\n"));
    let clone = Clone::with(&[("tollgate.hcl", &base)], "");
    clone.write("envs/dev/plan.json", &plan(&[created()]));
    let run = gate_with(clone.dir.path(), &["check", "envs/dev/plan.json"], &[("GITHUB_BASE_REF", "main")], None);
    assert_eq!(run.code, 0, "{}", run.stdout);
    // An old fault that Rego names is old when nothing of it changes.
    let same = json!({ "instance_type": "x1.32xlarge", "tags": { "team": "a" } });
    let still = instance(
        "aws_instance.web",
        json!({ "actions": ["no-op"], "before": same, "after": same, "after_unknown": {}, "before_sensitive": {}, "after_sensitive": {} }),
    );
    let by_tag = "package main\nimport rego.v1\ndeny contains {\"msg\": \"team a is gone\", \"resource\": address} if {\n  some address, tags in input.tollgate.tags\n  tags.team == \"a\"\n}\n";
    for rego in [REGO, by_tag] {
        let files = [("tollgate.hcl", ""), ("policies/a.rego", rego)];
        let run = Clone::with(&files, &plan(std::slice::from_ref(&still))).check(&[]);
        assert_eq!(run.code, 0, "{}", run.stdout);
    }
}
