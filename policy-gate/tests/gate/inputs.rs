//! Inputs: every form of a plan, and the messages for what is not a plan.

use crate::support::{copy, folder, gate_in, gate_with, plans};

const PASSING: &str =
    r#"{"format_version":"1.2","terraform_version":"1.9.0","resource_changes":[],"planned_values":{}}"#;
const POLICY: &str = "tag_policy \"t\" { required = [\"team\"] }\n";

fn check(bytes: &[u8]) -> crate::support::Run {
    let dir = folder(&[("tollgate.hcl", POLICY)]);
    std::fs::write(dir.path().join("plan.json"), bytes).unwrap();
    gate_in(dir.path(), &["check", "plan.json"])
}

#[test]
fn encodings_and_wrappers_are_survived() {
    let utf16 = |big: bool, mark: bool| -> Vec<u8> {
        let mark = if mark { "\u{feff}" } else { "" };
        let units = format!("{mark}{PASSING}").encode_utf16().collect::<Vec<u16>>();
        units.iter().flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
    };
    let wrapped = format!("[command]/opt/terraform-bin show -json tf.plan\r\n{PASSING}\n\n::debug::exit code 0\n");
    let plans = [
        PASSING.as_bytes().to_vec(),
        format!("\u{feff}{PASSING}").into_bytes(),
        utf16(false, true),
        utf16(true, true),
        utf16(false, false),
        utf16(true, false),
        wrapped.into_bytes(),
        format!("\n\n  {PASSING}").into_bytes(),
        PASSING.replace("1.2", "0.1").into_bytes(),
        PASSING.replace("\"1.2\"", "\"1.99\"").into_bytes(),
        PASSING.replace("\"planned_values\":{}", "\"unheard_of\":{\"a\":[1]}").into_bytes(),
    ];
    for bytes in plans {
        let run = check(&bytes);
        assert_eq!(run.code, 0, "{}: {}", String::from_utf8_lossy(&bytes), run.stderr);
        assert!(run.stdout.starts_with("passed"), "{}", run.stdout);
    }
}

#[test]
fn what_is_no_plan_is_named_with_what_to_do() {
    let state = r#"{"format_version":"1.0","terraform_version":"1.9.0","values":{"root_module":{}}}"#;
    let cases: [(&str, Vec<u8>); 14] = [
        ("binary plan", b"PK\x03\x04rest".to_vec()),
        ("empty", Vec::new()),
        ("blank", b"  \n".to_vec()),
        ("state as JSON", state.as_bytes().to_vec()),
        ("state file", br#"{"version":4,"lineage":"x","serial":1,"resources":[]}"#.to_vec()),
        (
            "log of plan -json",
            b"{\"@level\":\"info\",\"@message\":\"Terraform 1.9.0\"}\n{\"@level\":\"info\"}\n".to_vec(),
        ),
        ("schemas", br#"{"format_version":"1.0","provider_schemas":{}}"#.to_vec()),
        ("other JSON", br#"{"name":"web"}"#.to_vec()),
        ("truncated", PASSING.as_bytes()[..70].to_vec()),
        ("version 2", PASSING.replace("1.2", "2.0").into_bytes()),
        ("version 0.0", PASSING.replace("1.2", "0.0").into_bytes()),
        ("no text", vec![0xff, 0x00, 0xfe, 0x80]),
        ("another shape", PASSING.replace("[]", "{\"a\":1}").into_bytes()),
        ("prose", b"No changes. Your infrastructure matches the configuration.\n".to_vec()),
    ];
    let mut out = String::new();
    for (what, bytes) in cases {
        let run = check(&bytes);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{what}");
        out += &format!("{what}\n{}\n", run.stderr);
    }
    insta::assert_snapshot!(out);
}

#[test]
fn standard_input_patterns_and_many_plans_are_one_verdict() {
    let bytes = std::fs::read(plans().join("drift/plan.json")).unwrap();
    let dir = copy("drift");
    let run = gate_with(dir.path(), &["check", "-", "--format", "json"], &[], Some(&bytes));
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert_eq!(run.json()["plans"][0]["plan"], "standard input");
    assert_eq!(run.json()["findings"][0]["place"]["file"], "main.tf");
    let run = gate_in(&plans(), &["check", "*/plan.json", "drift/plan.json", "--format", "json"]);
    assert_eq!(run.json()["plans"].as_array().unwrap().len(), crate::support::names().len());
    let run = gate_in(&plans(), &["check", "nothing/*.json"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("there is no plan `nothing/*.json`"), "{}", run.stderr);
    // One that cannot be read stops all: a verdict on the others would be taken for one on all.
    std::fs::write(dir.path().join("broken.json"), "{").unwrap();
    let run = gate_in(dir.path(), &["check", "plan.json", "broken.json"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("broken.json"), "{}", run.stderr);
}

#[test]
fn without_a_policy_nothing_passes() {
    let dir = folder(&[("plan.json", PASSING)]);
    let run = gate_in(dir.path(), &["check", "plan.json"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("tollgate.hcl") && run.stderr.contains("hint: `policy-gate templates`"),
        "{}",
        run.stderr
    );
    let dir = folder(&[("plan.json", PASSING), ("tollgate.hcl", "tag_policy \"t\" { requird = [\"team\"] }\n")]);
    let run = gate_in(dir.path(), &["check", "plan.json"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("tollgate.hcl:1:18") && run.stderr.contains("did you mean `required`?"),
        "{}",
        run.stderr
    );
}

#[test]
fn what_a_plan_does_not_say_is_not_held_against_it() {
    let plan = |more: &str| PASSING.replacen('{', &format!("{{{more}"), 1).into_bytes();
    assert_eq!(check(&plan("\"complete\":false,")).code, 0);
    assert!(check(&plan("\"complete\":false,")).stdout.contains("plan-incomplete"));
    assert_eq!(check(&plan("\"applyable\":false,")).code, 0);
    let errored = check(&plan("\"errored\":true,\"complete\":false,"));
    assert_eq!(errored.code, 1);
    assert!(errored.stdout.contains("plan-errored"));
}

#[test]
fn unreadable_sources_cost_lines_and_nothing_else() {
    let dir = copy("drift");
    std::fs::write(dir.path().join("broken.tf"), "resource \"x\" {{{\n").unwrap();
    let run = gate_in(dir.path(), &["check", "plan.json"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("note: broken.tf: 1:"), "{}", run.stdout);
}
