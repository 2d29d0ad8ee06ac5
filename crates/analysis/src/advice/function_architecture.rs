//! A function on x86 whose runtime runs on arm64 as it is.

use tollgate_model::recommendation::{Effort, Recommendation};
use tollgate_model::{Metric, ResourceType, Risk, Shape};

use super::draft::Draft;
use super::{Kind, Scene};

/// Runtimes whose code is text, not machine code.
const PORTABLE: [&str; 4] = ["python", "nodejs", "ruby", "java"];
/// A millisecond on arm64 costs a fifth less (AWS Lambda pricing, 2026-11).
const CHEAPER: i64 = 200_000;

pub(super) const KIND: Kind = Kind {
    name: "function_architecture",
    title: "Run a function on arm64",
    action_type: "MigrateToGraviton",
    method: "Zip packages of Python, Node.js, Ruby and Java on x86_64 that run. A GB-second on arm64 costs a fifth less.",
    guard: "Packages may carry machine code, which is not seen from here: Tollgate plans no change, and a test comes first.",
    confidence: 60,
    effort: Effort::High,
    restart: false,
    rollback: true,
    risk: Risk::Medium,
    metrics: &[(ResourceType::Function, Metric::Invocations)],
    advise,
};

fn advise(scene: &Scene<'_>, out: &mut Vec<Recommendation>) {
    for resource in scene.of(ResourceType::Function) {
        let Shape::Function { architecture, runtime, package, .. } = &resource.shape else { continue };
        let portable = PORTABLE.iter().any(|p| runtime.starts_with(p));
        let runs = scene.total(resource, Metric::Invocations);
        // Charges say whether it is worth it; nothing is promised without them.
        let known = scene.spend(resource).is_some();
        if architecture != "x86_64" || package != "Zip" || !portable || runs < 1.0 || !known {
            continue;
        }
        Draft::of(scene, &KIND, resource, format!("run {runtime} on arm64"))
            .saw("runs", format!("{runs:.0} in {} days", scene.thresholds.idle_days))
            .saves_share(resource, (CHEAPER * 9 / 10, CHEAPER), None)
            .put(out);
    }
}
