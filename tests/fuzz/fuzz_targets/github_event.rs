//! Events of GitHub Actions: what is judged, and what it is compared with.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate_policy_gate::github::{Base, Event};

const NAMES: [&str; 9] = [
    "pull_request",
    "pull_request_target",
    "pull_request_review",
    "merge_group",
    "workflow_run",
    "push",
    "issue_comment",
    "workflow_dispatch",
    "schedule",
];

fuzz_target!(|bytes: &[u8]| {
    let Ok(event) = serde_json::from_slice::<serde_json::Value>(bytes) else { return };
    for name in NAMES {
        let _ = Event::read(name, &event, "0123456789012345678901234567890123456789");
        if let Some(base) = Base::of_event(name, &event) {
            // A branch is looked for among those of the remote alone.
            for candidate in base.candidates() {
                assert!(Some(&candidate) == base.sha.as_ref() || candidate.starts_with("refs/remotes/origin/"));
            }
        }
    }
});
