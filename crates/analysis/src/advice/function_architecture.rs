//! Functions on x86_64 whose runtime also runs on arm64.

use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::builder::RecommendationBuilder;
use super::{AdviceInput, AdviceKind};

/// Runtimes whose code is not compiled to machine code.
const PORTABLE: [&str; 4] = ["python", "nodejs", "ruby", "java"];
/// A millisecond on arm64 costs a fifth less (AWS Lambda pricing, 2026-11).
const CHEAPER: i64 = 200_000;

pub(super) const KIND: AdviceKind = AdviceKind {
    name: "function_architecture",
    title: "Run a function on arm64",
    action_type: "MigrateToGraviton",
    method: "Zip packages of Python, Node.js, Ruby and Java on x86_64 with invocations. A GB-second on arm64 costs a fifth less.",
    safeguard: "Packages may contain machine code, which is not visible here: Tollgate plans no change. Test the function first.",
    confidence: 60,
    effort: Effort::High,
    restart: false,
    rollback: true,
    risk: Risk::Medium,
    metrics: &[(ResourceType::Function, Metric::Invocations)],
    advise,
};

fn advise(input: &AdviceInput<'_>, out: &mut Vec<Recommendation>) {
    for resource in input.resources_of(ResourceType::Function) {
        let Shape::Function { architecture, runtime, package, .. } = &resource.shape else { continue };
        let portable = PORTABLE.iter().any(|p| runtime.starts_with(p));
        let runs = input.total_use(resource, Metric::Invocations);
        // Without charges there is no saving to estimate.
        let known = input.spend_of(resource).is_some();
        if architecture != "x86_64" || package != "Zip" || !portable || runs < 1.0 || !known {
            continue;
        }
        RecommendationBuilder::for_resource(input, &KIND, resource, format!("run {runtime} on arm64"))
            .evidence("invocations", format!("{runs:.0} in {} days", input.thresholds.idle_days))
            .saves_share(resource, (CHEAPER * 9 / 10, CHEAPER), None)
            .push_to(out);
    }
}
