//! Behaviours of real costs, one function each: what people who watch bills meet, with the right answers.
//!
//! The behaviours come from published accounts of cost incidents (left-on GPU instances, retry loops, log ingestion, NAT
//! gateways, snapshots that pile up, spot capacity that falls back to on-demand, credits and commitments that run out), from
//! the charges of the providers' own price lists (support by month, reservations, tiers, marketplace subscriptions), and from
//! the schedules that Tollgate recommends.

mod billing;
mod calendar;
mod calendar_changes;
mod case;
pub(crate) mod focus;
mod growth;
mod hours;
mod intermittent;
mod judge;
mod levels;
mod lifecycle;
pub(crate) mod tenants;

pub(crate) use case::Case;
pub(crate) use judge::print_behaviours;

/// A behaviour with the name of its function and one sentence for people.
pub(crate) struct Behaviour {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) case: fn() -> Case,
}

/// One function for each behaviour, and the list of them.
macro_rules! behaviours {
    ($($(#[doc = $what:literal])+ fn $name:ident() $body:block)+) => {
        $($(#[doc = $what])+ fn $name() -> $crate::behaviours::Case $body)+
        pub(super) const ALL: &[$crate::behaviours::Behaviour] = &[$($crate::behaviours::Behaviour {
            name: stringify!($name),
            what: concat!($($what),+),
            case: $name,
        }),+];
    };
}
use behaviours;

/// The groups of behaviours.
pub(crate) const GROUPS: &[(&str, &[Behaviour])] = &[
    ("calendar", calendar::ALL),
    ("calendar changes", calendar_changes::ALL),
    ("levels", levels::ALL),
    ("growth", growth::ALL),
    ("intermittent", intermittent::ALL),
    ("lifecycle", lifecycle::ALL),
    ("billing", billing::ALL),
    ("hours", hours::ALL),
];
