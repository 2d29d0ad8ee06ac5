//! The reference as Markdown, from the declarations themselves; a test compares it with what is in docs/.

use std::fmt::Write;

use tollgate_expression::FUNCTIONS;
use tollgate_policy::FIELDS;

use crate::exit_status::ExitStatus;
use crate::finding::{About, FindingId};

/// What holds for every finding.
const INTRODUCTION: &str = "\
# Findings of policy-gate

This page is written from the declarations of the program, and a test compares them. Every finding has an id, a severity, a confidence
(`high`: the plan shows it, `medium`: the sources show it, `low`: it depends on something unknown), a fingerprint that stays the same as
long as the finding does, and an outcome. The shape of `--format json` is [findings.schema.json](findings.schema.json).

## Outcomes

The first row that holds decides. Without any the finding blocks.

| outcome | when |
|---|---|
| `existing` | the same was wrong before the change, and the change does not touch the resource |
| `baseline` | the baseline of the base branch lists the finding |
| `waived` | a waiver of the base branch covers the finding today |
| `warns` | the resource is deferred, the policy is advisory, or a value is unknown and the policy has `unknown = \"warn\"` |
| `overridden` | the policy is soft, and a group that it names under `override` lets it pass |
| `blocks` | none of these |

The same rows hold for tags, rules, money and Rego. `plan-errored` and `policy-loosened` always block. Findings about waivers, the baseline,
old prices and unknown scopes always warn.

- **Baseline.** `policy-gate check --write-baseline` lists what blocks. An entry about the cost of a change holds
  for that change alone: the same resources with the same cost before and after. Any other `value` blocks again. An entry about Rego holds
  for one message.
- **Waivers of whole plans.** A limit on the cost of a change, and a Rego finding whose `address` is no resource of the plan, have no
  resource. Their waiver names the folder of the configuration as its address: `./` for the folder of the policy file.
- **Rego.** A waiver names `rego` for every Rego policy or `rego.PACKAGE.RULE` for one. A Rego policy has no `enforcement`, so no group
  overrides a `deny`: use a waiver.
";

/// docs/reference/findings.md.
pub fn findings() -> String {
    let mut out = INTRODUCTION.to_owned();
    for id in FindingId::ALL {
        let meta = id.meta();
        let about = match meta.about {
            About::Tag => "a tag of a resource",
            About::Resource => "a resource",
            About::Plan => "a plan",
            About::Cost => "what a plan costs",
            About::Policy => "the policy file, a waiver or the baseline",
        };
        // Writing to text does not fail.
        let _ = write!(out, "\n## {id}\n\n{}\n\nSeverity {}, about {about}.\n", meta.summary, meta.severity.as_str());
        for paragraph in meta.details {
            let _ = write!(out, "\n{paragraph}\n");
        }
    }
    out
}

/// The exit codes, for docs/reference/gate.md.
pub fn exit_codes() -> String {
    let mut out = String::from("| code | meaning |\n|---|---|\n");
    for status in ExitStatus::ALL {
        let _ = writeln!(out, "| {} | {}: {} |", status.code(), status.as_str(), status.meaning());
    }
    out
}

/// The fields and functions of expressions, for docs/reference/gate.md.
pub fn expressions() -> String {
    let mut out = String::from("| field | what it is |\n|---|---|\n");
    for (field, what) in FIELDS {
        let _ = writeln!(out, "| `resource.{field}` | {what} |");
    }
    out += "\n| function | what it gives |\n|---|---|\n";
    for function in FUNCTIONS {
        let _ = writeln!(out, "| `{}` | {} |", function.usage, function.gives);
    }
    out
}
