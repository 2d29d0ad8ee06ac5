//! The reference as Markdown, from the declarations themselves; a test compares it with what is in docs/.

use std::fmt::Write;

use tollgate_expression::FUNCTIONS;
use tollgate_policy::FIELDS;

use crate::finding::{About, Id};

/// docs/reference/findings.md.
pub fn findings() -> String {
    let mut out = String::from(
        "# What policy-gate finds\n\nWritten from the program's own declarations; a test compares them. Every finding has an id, a severity, a\n\
         confidence (`high`: the plan says it, `medium`: the sources do, `low`: it depends on what isn't known), a fingerprint that\n\
         stays the same while it does, and an outcome: `blocks`, `warns`, `waived`, `overridden`, `old` (not of this change) or\n\
         `baseline`. The shape of `--format json` is [findings.schema.json](findings.schema.json).\n",
    );
    for id in Id::ALL {
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
fn more(id: Id) -> &'static [&'static str] {
    match id {
        Id::TagMissing => &[
            "It blocks when the change makes the resource, or touches its tags or configuration. What only moves, is imported, is not\n\
             changed or only goes back to what the configuration says is `old`.",
            "Mend it with `policy-gate fix --set KEY=VALUE`, or with a waiver.",
        ],
        Id::TagUnknown => &[
            "It warns unless the policy says `unknown = \"block\"` or `\"ignore\"`. Keys that the source writes plainly, also in a `merge()`,\n\
             are known even when the plan knows nothing of the whole map.",
        ],
        Id::TagPropagation => &[
            "Volumes of instances, instances of groups and launch templates, tasks of services. It warns; `propagation = \"block\"` makes it\n\
             as hard as the policy.",
        ],
        Id::PolicyLoosened => &[
            "With a base branch, a changed policy is judged twice: what the base branch would block and this change lets pass is this\n\
             finding. A policy may be loosened by a change that does not need it.",
        ],
        Id::WaiverNotOnBase => {
            &["Waivers are read from the base branch (`--base`, or the pull request's own on GitHub)."]
        }
        Id::RegoDeny => &[
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
