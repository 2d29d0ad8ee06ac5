//! `waiver-expired`, `waiver-expiring`, `waiver-unused`, `waiver-unmatched`, `waiver-not-on-base`: problems of waivers.

use std::collections::BTreeSet;

use tollgate_model::Day;
use tollgate_model::text::counted;
use tollgate_policy::Waiver;
use tollgate_terraform::SourceLocation;

use crate::finding::{About, FindingBuilder, FindingId, FindingMeta, Severity};

pub(crate) const EXPIRED: FindingMeta = FindingMeta::always_warns(
    "waiver-expired",
    Severity::Medium,
    About::Policy,
    "A waiver has expired and no longer holds.",
);

pub(crate) const EXPIRING: FindingMeta =
    FindingMeta::always_warns("waiver-expiring", Severity::Low, About::Policy, "A waiver expires soon.");

pub(crate) const UNUSED: FindingMeta = FindingMeta::always_warns(
    "waiver-unused",
    Severity::Low,
    About::Policy,
    "A waiver matches resources of the plans but covers no finding.",
);

pub(crate) const UNMATCHED: FindingMeta = FindingMeta::always_warns(
    "waiver-unmatched",
    Severity::Low,
    About::Policy,
    "A waiver matches no resource of the plans.",
);

pub(crate) const NOT_ON_BASE: FindingMeta = FindingMeta::always_warns(
    "waiver-not-on-base",
    Severity::Low,
    About::Policy,
    "A waiver is not on the base branch, so it holds only after it is merged.",
)
.with_details(&["The gate reads waivers from the base branch: `--base`, or the base of the pull request on GitHub."]);

/// How the waivers were used in a run.
#[derive(Default)]
pub(crate) struct WaiverUse {
    /// Waivers that covered a finding.
    pub(crate) used: BTreeSet<String>,
    /// Waivers whose addresses match a resource or a configuration.
    pub(crate) matched: BTreeSet<String>,
}

/// Finds problems of waivers. `ours` are those of the change, `held` are those in effect.
pub(crate) fn judge(
    file: &str,
    ours: &[Waiver],
    held: &[Waiver],
    made_use: &WaiverUse,
    today: Day,
    soon: i32,
) -> Vec<FindingBuilder> {
    let mut out = Vec::new();
    for waiver in ours {
        let name = &waiver.name;
        let (line, column) = waiver.place;
        let place = SourceLocation {
            file: file.to_owned(),
            line,
            column,
            end_line: line,
            end_column: column + "waiver".len(),
            start: waiver.bytes.start,
            end: waiver.bytes.end,
        };
        let mut report = |id, message: String, hint: &str| {
            let finding = FindingBuilder::new(id, message).place(Some(place.clone())).hint(hint);
            out.push(finding.policy(name, None, None));
        };
        let left = waiver.expires - today;
        if !held.iter().any(|h| h.has_same_terms_as(waiver)) {
            let message =
                format!("waiver \"{name}\" differs from the base branch or is missing there, so it does not hold yet");
            report(
                FindingId::WaiverNotOnBase,
                message,
                "merge the waiver by itself first: a change cannot waive its own findings",
            );
        } else if left < 0 {
            let message = format!("waiver \"{name}\" of {} expired on {}", waiver.owner, waiver.expires);
            report(FindingId::WaiverExpired, message, "fix what it covered and remove it, or have it approved again");
        } else if !made_use.matched.contains(name) {
            let message = format!("waiver \"{name}\" matches no resource of these plans");
            let hint = "remove it, or correct its `addresses` and `folders`: without `folders` it holds in the folder of the policy file only";
            report(FindingId::WaiverUnmatched, message, hint);
        } else if !made_use.used.contains(name) {
            let message = format!("waiver \"{name}\" covers no finding");
            report(FindingId::WaiverUnused, message, "take it away");
        } else if left <= soon {
            let days = counted(left, "day", "days");
            let message = format!("waiver \"{name}\" of {} ends in {days}, on {}", waiver.owner, waiver.expires);
            report(FindingId::WaiverExpiring, message, "fix what it covers before it expires");
        }
    }
    out
}
