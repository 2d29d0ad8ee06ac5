//! Whatever a plan, its sources or its policy become: no panic, no runaway.

use proptest::prelude::*;
use serde_json::Value as Json;
use tollgate_model::Day;
use tollgate_policy::Policy;
use tollgate_policy_gate::baseline::Baseline;
use tollgate_policy_gate::context::{CallerInputs, PlanContext};
use tollgate_policy_gate::cost::{Budgets, PriceInputs};
use tollgate_policy_gate::explain::explain_tags;
use tollgate_policy_gate::fix;
use tollgate_policy_gate::judge::Judge;
use tollgate_policy_gate::output::{Format, Texts, render};
use tollgate_terraform::{PlanText, Sources, TerraformPlan};

use crate::support::{folder, names, plans};

const FORMATS: [Format; 6] =
    [Format::Text, Format::Json, Format::Sarif, Format::Github, Format::Markdown, Format::Junit];

fn price_inputs() -> PriceInputs {
    PriceInputs::embedded(&tollgate_policy::PriceSettings::default()).unwrap()
}

/// Everything that the program does with a plan.
fn all_of_it(bytes: Vec<u8>, policy: &Policy, sources: Option<&Sources>) {
    let Ok(text) = PlanText::read(bytes) else { return };
    let Ok(plan) = TerraformPlan::read(&text) else { return };
    let caller = CallerInputs::default();
    let context = PlanContext::new("plan.json", "", &plan, sources, &caller, None);
    let baseline = Baseline::default();
    let judge = Judge {
        policy,
        policy_file: "tollgate.hcl",
        waivers: &policy.waivers,
        baseline: &baseline,
        overrides: &[],
        today: Day::EPOCH,
        rego: None,
        price_inputs: &price_inputs(),
        budgets: &Budgets::default(),
    };
    let Ok(mut report) =
        judge.judge_plans(&[(PlanContext::new("plan.json", "", &plan, sources, &caller, None), &text)])
    else {
        return;
    };
    fix::offer_fixes(&mut report, policy, &[&context], &[("team".to_owned(), "web".to_owned())].into());
    let files = sources.map(Sources::files).unwrap_or_default();
    let texts: Texts<'_> = files.iter().map(|f| (f.path.as_str(), f.text.as_str())).collect();
    for format in FORMATS {
        render(&report, format, &texts, false);
    }
    for change in plan.changes.iter().take(3) {
        explain_tags(&context, &change.address);
    }
}

fn policy() -> Policy {
    let text = std::fs::read_to_string(plans().join("tollgate.hcl")).unwrap();
    let more = "rule \"r\" {\n deny = resource.region == \"x\" || contains(keys(resource.tags), \"a\") || anytrue([for k, v in resource.values : v == \"x\"])\n message = \"${resource.address}\"\n}\n";
    Policy::parse("p", &(text + more)).unwrap()
}

fn read(name: &str) -> Json {
    serde_json::from_slice(&std::fs::read(plans().join(name).join("plan.json")).unwrap()).unwrap()
}

/// Puts something else in the place of the n-th value.
fn mutate(json: &mut Json, n: &mut i64, with: &Json) {
    *n -= 1;
    if *n == 0 {
        *json = with.clone();
        return;
    }
    match json {
        Json::Array(items) => items.iter_mut().for_each(|item| mutate(item, n, with)),
        Json::Object(map) => map.values_mut().for_each(|value| mutate(value, n, with)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_value_of_a_plan_may_be_anything(which in 0usize..100, at in 1i64..400, kind in 0usize..9) {
        let names = names();
        let name = &names[which % names.len()];
        let mut plan = read(name);
        let with = [Json::Null, Json::Bool(true), 7.into(), "x".into(), "".into(), serde_json::json!([]), serde_json::json!({}),
            serde_json::json!([[["deep"]]]), serde_json::json!({"a": {"references": ["b"]}})];
        mutate(&mut plan, &mut at.clone(), &with[kind]);
        let sources = Sources::read(&plans().join(name));
        all_of_it(plan.to_string().into_bytes(), &policy(), Some(&sources));
        all_of_it(plan.to_string().into_bytes(), &policy(), None);
    }

    #[test]
    fn a_plan_may_be_cut_and_spliced_anywhere(which in 0usize..100, from in 0usize..4000, to in 0usize..4000, junk in "\\PC{0,6}") {
        let names = names();
        let bytes = std::fs::read(plans().join(&names[which % names.len()]).join("plan.json")).unwrap();
        let (from, to) = (from.min(bytes.len()), to.min(bytes.len()));
        let mut cut = bytes[..from].to_vec();
        cut.extend(junk.as_bytes());
        cut.extend(&bytes[to..]);
        all_of_it(cut, &policy(), None);
    }

    #[test]
    fn sources_may_be_anything(which in 0usize..100, from in 0usize..1500, length in 0usize..40, junk in "(\\$\\{|merge\\(|var\\.|local\\.|\\{|\\}|=|\"|each\\.value|\n|\u{e9}|x){0,6}") {
        let names = names();
        let name = &names[which % names.len()];
        let text = std::fs::read_to_string(plans().join(name).join("main.tf")).unwrap();
        let at = |n: usize| (n.min(text.len())..=text.len()).find(|i| text.is_char_boundary(*i)).unwrap();
        let changed = format!("{}{junk}{}", &text[..at(from)], &text[at(from + length)..]);
        let dir = folder(&[("main.tf", &changed)]);
        let sources = Sources::read(dir.path());
        all_of_it(read(name).to_string().into_bytes(), &policy(), Some(&sources));
    }

    #[test]
    fn a_policy_may_be_anything(text in "(tag_policy|rule|waiver|gate|environment|tag|required|values|pattern|deny|require|when|resource\\.tags|resource\\.values\\.x|types|extends|override|soft|enforcement| |\n|\"|\"a\"|\\{|\\}|=|\\[|\\]|\\.|\\*|,|==|&&|true){0,50}") {
        if let Ok(policy) = Policy::parse("p", &text) {
            all_of_it(read("drift").to_string().into_bytes(), &policy, None);
        }
    }
}

/// What would take for ever ends: names that lead to names, modules that call themselves, brackets without an end.
#[test]
fn nothing_runs_away() {
    let mut locals = String::from("locals {\n");
    for i in 0..60 {
        locals += &format!("  l{i} = merge(local.l{n}, local.l{n}, {{ k{i} = local.l{n} }})\n", n = i + 1);
    }
    locals += "  loop = local.loop\n}\n";
    let sources = format!(
        "{locals}\nmodule \"web\" {{\n  source = \"./\"\n  tags = local.l0\n}}\nmodule \"self\" {{\n  source = \"../\"\n}}\nresource \"aws_sns_topic\" \"literal\" {{\n  tags = local.l0\n}}\nvariable \"tags\" {{ default = {{}} }}\nresource \"aws_lb\" \"this\" {{\n  tags = local.loop\n}}\n"
    );
    let dir = folder(&[("main.tf", &sources), ("deep.tf", &format!("x = {}", "[".repeat(100_000)))]);
    let sources = Sources::read(dir.path());
    all_of_it(read("merge-of-unknown").to_string().into_bytes(), &policy(), Some(&sources));
    let deep = format!("{{\"format_version\":\"1.2\",\"resource_changes\":{}", "[".repeat(1_000_000));
    all_of_it(deep.into_bytes(), &policy(), None);
    let nested = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let plan = format!(
        "{{\"format_version\":\"1.2\",\"resource_changes\":[{{\"address\":\"aws_vpc.a\",\"mode\":\"managed\",\"type\":\"aws_vpc\",\"name\":\"a\",\"provider_name\":\"aws\",\"change\":{{\"actions\":[\"create\"],\"after\":{nested}}}}}]}}"
    );
    all_of_it(plan.into_bytes(), &policy(), None);
}
