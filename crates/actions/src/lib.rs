//! Change plans: the exact calls of a change and the calls that roll it back. One file a kind of change.
//!
//! A kind turns a resource as it is, and the requested parameters, into calls. Each call comes with its effect and its rollback. All of
//! that is in the plan before anybody approves it: [`Executor`] makes no call except those of an [`ApprovedPlan`].

mod approved;
mod draft;
mod effect;
mod executor;
mod kinds;
mod rollout;
mod safety_limits;
mod show;

pub use approved::{ApprovedPlan, NotApproved};
pub use draft::{ChangeDraft, NotApplicable};
pub use effect::{EffectState, effect_state, read_effect_state};
pub use executor::{EXECUTOR, Executor, StepCall, find_act};
pub use kinds::{CHANGE_KINDS, ChangeKind, find_kind};
pub use rollout::{next_start, plan_stages};
pub use safety_limits::{Fleet, SafetyLimits, exceeded_limits, has_tag};
pub use show::{plan_diff, reference};

/// The tag with the date of a deletion. Its removal is an objection to the deletion.
pub const DELETE_AFTER: &str = "tollgate:delete-after";
/// The tag that forbids every change of a resource.
pub const KEEP: &str = "tollgate:keep";
