//! Runs the tests of policies: every expected finding must be found, and no other.

use std::path::Path;

use serde_json::{Map, Value as Json, json};
use tollgate_model::Day;
use tollgate_policy::{AddressPattern, ExpectedFinding, Policy, PolicyTest, TestResource};
use tollgate_terraform::{PlanText, Sources, TerraformPlan};

use crate::baseline::Baseline;
use crate::context::{CallerInputs, PlanContext};
use crate::cost::{Budgets, PriceInputs, budget_export};
use crate::finding::{About, Finding, FindingId};
use crate::judge::{Judge, Override};
use crate::rego::Rego;

/// The result of a test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestResult {
    /// Expected findings that were not found, each with its line.
    pub unmet: Vec<(usize, String)>,
    /// Open findings that were not expected.
    pub unexpected: Vec<String>,
}

impl TestResult {
    /// Whether the test passed.
    pub fn passed(&self) -> bool {
        self.unmet.is_empty() && self.unexpected.is_empty()
    }
}

/// Runs a test. `folder` is the folder of the test file.
///
/// # Errors
///
/// When its plan cannot be read, or there is no verdict.
pub fn run_test(
    test: &PolicyTest,
    policy: &Policy,
    rego: Option<&Rego>,
    price_inputs: &PriceInputs,
    folder: &Path,
    today: Day,
) -> Result<TestResult, String> {
    let (name, bytes) = match &test.plan {
        Some(path) => {
            let path = folder.join(path);
            (path.display().to_string(), std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?)
        }
        None => (test.name.clone(), plan(&test.resources).to_string().into_bytes()),
    };
    let text = PlanText::read(bytes).map_err(|e| format!("{name}: {e}"))?;
    let plan = TerraformPlan::read(&text).map_err(|e| format!("{name}: {e}"))?;
    let sources = test.source.as_ref().map(|source| Sources::read(&folder.join(source)));
    let caller = CallerInputs { account: test.account.clone(), ..CallerInputs::default() };
    let of_path = || policy.environments.iter().find(|e| e.has_plan(&name)).map(|e| e.name.clone());
    let environment = test.environment.clone().or_else(of_path);
    let context = PlanContext::new(&name, "", &plan, sources.as_ref(), &caller, environment);
    let baseline = Baseline::default();
    let budgets = match &test.budgets {
        None => Budgets::default(),
        Some(path) => {
            let path = folder.join(path);
            let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            let export = budget_export(&path.display().to_string(), &bytes)?;
            Budgets { export: Some(export), ..Budgets::default() }
        }
    };
    let overrides: Vec<Override> = test.overrides.iter().map(|group| Override::of_caller(group)).collect();
    let judge = Judge {
        policy,
        policy_file: "tollgate.hcl",
        waivers: &policy.waivers,
        baseline: &baseline,
        overrides: &overrides,
        today: test.today.unwrap_or(today),
        rego,
        price_inputs,
        budgets: &budgets,
    };
    let report = judge.judge_plans(&[(context, &text)]).map_err(|e| e.to_string())?;
    Ok(compare(test, &report.findings))
}

fn compare(test: &PolicyTest, findings: &[Finding]) -> TestResult {
    let expects = &test.expects;
    let mut out = TestResult::default();
    for expected in expects {
        if !findings.iter().any(|f| fits(expected, f)) {
            out.unmet.push((expected.place.0, format!("expected {}, which was not found", shown(expected))));
        }
    }
    for finding in findings {
        // Waivers of the whole policy fit few plans of its tests.
        let open = finding.outcome.is_open();
        let of_plan = finding.id.meta().about != About::Policy;
        if open && of_plan && !is_circumstance(test, finding) && !expects.iter().any(|e| fits(e, finding)) {
            let address = finding.address.as_ref().map_or(String::new(), |a| format!(" on {a}"));
            let policy = finding.policy.as_ref().map_or(String::new(), |p| format!(" of \"{p}\""));
            out.unexpected.push(format!(
                "found {}{policy}{address}, which {}: {}",
                finding.id,
                finding.outcome.shown(),
                finding.message
            ));
        }
    }
    out
}

/// Whether a finding only says that a test has no cost, no status of budgets or old prices. A test that is about these expects the
/// finding, or names the status with `budgets`.
fn is_circumstance(test: &PolicyTest, finding: &Finding) -> bool {
    match finding.id {
        FindingId::CostUnknown => test.budgets.is_none(),
        FindingId::PriceStale => test.today.is_none(),
        _ => false,
    }
}

fn fits(expected: &ExpectedFinding, finding: &Finding) -> bool {
    let same = |wanted: &Option<String>, is: &Option<String>| wanted.is_none() || wanted == is;
    let address = expected.address.as_ref().is_none_or(|wanted| {
        let pattern = AddressPattern(wanted.clone());
        finding.address.as_ref().is_some_and(|is| pattern.matches(is))
    });
    expected.id == finding.id.as_str()
        && expected.outcome == finding.outcome.as_str()
        && same(&expected.tag, &finding.tag)
        && same(&expected.policy, &finding.policy)
        && address
}

fn shown(expected: &ExpectedFinding) -> String {
    let part = |name: &str, value: &Option<String>| value.as_ref().map_or(String::new(), |v| format!(" {name} {v}"));
    format!(
        "{}{}{}{} that {}",
        expected.id,
        part("of", &expected.policy),
        part("for tag", &expected.tag),
        part("on", &expected.address),
        match expected.outcome.as_str() {
            "blocks" | "warns" => expected.outcome.clone(),
            other => format!("is {other}"),
        }
    )
}

/// Builds a plan that creates the resources of a test.
fn plan(resources: &[TestResource]) -> Json {
    let (mut changes, mut configured) = (Vec::new(), Vec::new());
    for resource in resources {
        let (kind, name) = (&resource.kind, &resource.name);
        let address = format!("{kind}.{name}");
        let provider = kind.split('_').next().unwrap_or_default();
        let mut unknown = json!({});
        let mut expressions: Map<String, Json> =
            resource.after.iter().map(|(k, v)| (k.clone(), json!({"constant_value": v}))).collect();
        let mut after = Json::Object(resource.after.clone());
        for path in &resource.unknown {
            let mut parts = path.split('.');
            let first = parts.next().unwrap_or_default();
            expressions.insert(first.to_owned(), json!({"references": [format!("unknown.{path}")]}));
            set(&mut unknown, path);
            remove(&mut after, path);
        }
        changes.push(json!({
            "address": address, "mode": "managed", "type": kind, "name": name,
            "provider_name": format!("registry.terraform.io/hashicorp/{provider}"),
            "change": {"actions": ["create"], "before": null, "after": after, "after_unknown": unknown},
        }));
        configured.push(json!({
            "address": address, "mode": "managed", "type": kind, "name": name,
            "provider_config_key": provider, "expressions": expressions,
        }));
    }
    json!({
        "format_version": "1.2",
        "terraform_version": "test",
        "resource_changes": changes,
        "configuration": {"provider_config": {}, "root_module": {"resources": configured}},
    })
}

/// Marks a path as known after apply.
fn set(unknown: &mut Json, path: &str) {
    match path.split_once('.') {
        Some((first, rest)) => {
            if !unknown[first].is_object() {
                unknown[first] = json!({});
            }
            set(&mut unknown[first], rest);
        }
        None => unknown[path] = json!(true),
    }
}

fn remove(after: &mut Json, path: &str) {
    match path.split_once('.') {
        Some((first, rest)) => {
            if let Some(inner) = after.get_mut(first) {
                remove(inner, rest);
            }
        }
        None => {
            if let Some(map) = after.as_object_mut() {
                map.remove(path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::templates::TEMPLATES;

    fn price_inputs() -> PriceInputs {
        PriceInputs::embedded(&tollgate_policy::PriceSettings::default()).unwrap()
    }

    #[test]
    fn every_template_holds_what_its_tests_say() {
        let ids: Vec<&str> = FindingId::ALL.iter().map(|id| id.as_str()).collect();
        for template in TEMPLATES {
            let policy = Policy::parse(template.name, template.text).unwrap();
            let tests = PolicyTest::parse(template.name, template.tests, &ids).unwrap();
            assert!(!tests.is_empty());
            for test in tests {
                let tested = run_test(&test, &policy, None, &price_inputs(), Path::new("."), Day::EPOCH).unwrap();
                assert!(tested.passed(), "{}: {}: {tested:?}", template.name, test.name);
            }
        }
    }

    #[test]
    fn all_templates_fit_into_one_file() {
        let all: String = TEMPLATES.iter().map(|t| t.text).collect();
        let policy = Policy::parse("all", &all).unwrap();
        assert!(policy.rules.len() > 5 && policy.tag_policies.len() == 3);
    }

    #[test]
    fn a_test_fails_in_both_directions() {
        let policy = Policy::parse("p", "tag_policy \"t\" { required = [\"team\"] }").unwrap();
        let test = |expects: &str| {
            let text = format!("test \"x\" {{\n resource \"aws_vpc\" \"main\" {{}}\n {expects}\n}}");
            let tests = PolicyTest::parse("t", &text, &["tag-missing", "tag-empty"]).unwrap();
            run_test(&tests[0], &policy, None, &price_inputs(), Path::new("."), Day::EPOCH).unwrap()
        };
        assert!(test("expect \"tag-missing\" { tag = \"team\" }").passed());
        assert_eq!(test("").unexpected.len(), 1);
        let both = test("expect \"tag-empty\" {}");
        assert_eq!((both.unmet.len(), both.unexpected.len()), (1, 1));
        assert_eq!(both.unmet[0].0, 3);
        assert!(!test("expect \"tag-missing\" { outcome = \"warns\" }").passed());
    }
}
