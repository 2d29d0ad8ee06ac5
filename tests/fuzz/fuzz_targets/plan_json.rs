//! Terraform plans: read, judged by tags, rules and money, and shown in every format.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tollgate_model::Day;
use tollgate_policy::Policy;
use tollgate_policy_gate::baseline::Baseline;
use tollgate_policy_gate::context::{CallerInputs, PlanContext};
use tollgate_policy_gate::cost::{Budgets, PriceInputs};
use tollgate_policy_gate::judge::Judge;
use tollgate_policy_gate::output::{Format, Texts, render};
use tollgate_terraform::{TerraformPlan, PlanText};

static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let text = "tag_policy \"t\" {\n required = [\"team\"]\n tag \"env\" {\n values = [\"prod\", \"dev\"]\n }\n key_case = \"lower\"\n}\nrule \"r\" {\n deny = resource.region == \"x\" || contains(keys(resource.tags), \"a\")\n message = \"${resource.address}\"\n}\nbudget_policy \"m\" {\n max_resource = 100\n currency = \"USD\"\n}\n";
    Policy::parse("tollgate.hcl", text).expect("the policy of this target")
});
thread_local! {
    static PRICE_INPUTS: PriceInputs = PriceInputs::embedded(&tollgate_policy::PriceSettings::default()).expect("the embedded prices");
}

fuzz_target!(|bytes: &[u8]| PRICE_INPUTS.with(|price_inputs| judge(bytes, price_inputs)));

fn judge(bytes: &[u8], price_inputs: &PriceInputs) {
    let Ok(text) = PlanText::read(bytes.to_vec()) else { return };
    let Ok(plan) = TerraformPlan::read(&text) else { return };
    let caller = CallerInputs::default();
    let baseline = Baseline::default();
    let judge = Judge {
        policy: &POLICY,
        policy_file: "tollgate.hcl",
        waivers: &POLICY.waivers,
        baseline: &baseline,
        overrides: &[],
        today: Day::EPOCH,
        rego: None,
        price_inputs,
        budgets: &Budgets::default(),
    };
    let context = PlanContext::new("plan.json", "", &plan, None, &caller, None);
    let Ok(report) = judge.judge_plans(&[(context, &text)]) else { return };
    for format in [Format::Text, Format::Json, Format::Sarif, Format::Github, Format::Markdown, Format::Junit] {
        let out = render(&report, format, &Texts::new(), false);
        assert!(!out.contains('\u{1b}'), "text of a plan steers a terminal");
    }
}
