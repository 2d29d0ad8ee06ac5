//! The reference as Markdown, from the declarations themselves; a test compares it with what is in docs/.

use std::fmt::Write;

use tollgate_expression::FUNCTIONS;
use tollgate_policy::FIELDS;

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

- **Baseline.** `policy-gate check --write-baseline` lists what blocks. An entry about money holds for the amount that it lists, and an entry
  about an unknown cost for what was unknown: a different `value` blocks again. An entry about Rego holds for one message.
- **Waivers of whole plans.** A limit on the cost of a change, and a Rego finding whose `address` is no resource of the plan, have no
  resource. Their waiver names the folder of the configuration as its address: `./` for the folder of the policy file.
- **Rego.** A waiver names `rego` for every Rego policy or `rego.PACKAGE.RULE` for one. A Rego policy has no `enforcement`, so no group
  overrides a `deny`: use a waiver.
";

/// docs/reference/findings.md.
pub fn findings() -> String {
    let mut out = INTRODUCTION.to_owned();
    for id in FindingId::ALL {
        let about = match id.about() {
            About::Tag => "a tag of a resource",
            About::Resource => "a resource",
            About::Plan => "a plan",
            About::Cost => "what a plan costs",
            About::Policy => "the policy file, a waiver or the baseline",
        };
        // Writing to text does not fail.
        let _ = write!(out, "\n## {id}\n\n{}\n\nSeverity {}, about {about}.\n", id.summary(), id.severity().as_str());
        for more in more(*id) {
            let _ = write!(out, "\n{more}\n");
        }
    }
    out
}

/// What else is worth knowing of a finding.
fn more(id: FindingId) -> &'static [&'static str] {
    match id {
        FindingId::TagMissing => &[
            "It blocks when the change creates the resource, or touches its tags or configuration. What only moves, is imported, is not\n\
             changed or only goes back to what the configuration says is `existing`.",
            "Mend it with `policy-gate fix --set KEY=VALUE`, or with a waiver.",
        ],
        FindingId::TagUnknown => &[
            "It warns unless the policy says `unknown = \"block\"` or `\"ignore\"`. Keys that the source writes plainly, also in a `merge()`,\n\
             are known even when the plan knows nothing of the whole map.",
        ],
        FindingId::TagPropagation => &[
            "Volumes of instances, instances of groups and launch templates, tasks of services. It warns; `propagation = \"block\"` creates it\n\
             as hard as the policy.",
        ],
        FindingId::PolicyLoosened => &[
            "With a base branch, a changed policy is judged twice: what the base branch would block and this change lets pass is this\n\
             finding. A policy may be loosened by a change that does not need it.",
        ],
        FindingId::WaiverNotOnBase => {
            &["Waivers are read from the base branch (`--base`, or the pull request's own on GitHub)."]
        }
        FindingId::RegoDeny => &[
            "By conftest's conventions: `deny`, `violation`, with or without a suffix. Sensitive values are masked in its input.",
        ],
        _ => &[],
    }
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
