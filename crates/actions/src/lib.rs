//! Change plans: what is to be done, exactly, and how it is taken back. One file a kind of change.
//!
//! A kind turns a resource as it is and a suggested change into calls, each with what it brings about and with what takes it back. All of that
//! is in the plan before anybody approves it: [`Executor`] makes no call but those of an [`Approved`] plan.

mod approved;
mod breakers;
mod draft;
mod effect;
mod executor;
mod kinds;
mod rollout;
mod show;

pub use approved::{Approved, NotApproved};
pub use breakers::{Breakers, Fleet, has_tag, tripped};
pub use draft::{Draft, Unfit};
pub use effect::{Seen, effect_of, seen};
pub use executor::{EXECUTOR, Executor, Which, act};
pub use kinds::{KINDS, Kind, kind};
pub use rollout::{may_begin, stages};
pub use show::{diff, reference};

/// The tag that says when something is deleted; taking it away is a no.
pub const DELETE_AFTER: &str = "tollgate:delete-after";
/// The tag that says no.
pub const KEEP: &str = "tollgate:keep";
