//! The table of routes: one file a subject.

mod account;
mod assistants;
mod budgets;
mod costs;
mod forecasts;
mod health;
mod imports;
mod incidents;
mod operations;
mod plans;
mod recommendations;
mod resources;
mod sql;
mod statements;

use crate::route::Route;

/// The operation that `policy-gate` calls.
pub(crate) const EXPORT_BUDGETS: &str = "exportBudgets";

/// The routes of each subject, in the order of the document.
const SUBJECTS: &[(&str, &[Route])] = &[
    ("Health", health::ROUTES),
    ("Account", account::ROUTES),
    ("Costs", costs::ROUTES),
    ("Incidents", incidents::ROUTES),
    ("Budgets", budgets::ROUTES),
    ("Forecasts", forecasts::ROUTES),
    ("Recommendations", recommendations::ROUTES),
    ("Change plans", plans::ROUTES),
    ("Statements", statements::ROUTES),
    ("Resources", resources::ROUTES),
    ("Imports", imports::ROUTES),
    ("Operations", operations::ROUTES),
    ("SQL", sql::ROUTES),
    ("Assistants", assistants::ROUTES),
];

/// Every route.
pub(crate) fn all() -> impl Iterator<Item = &'static Route> {
    SUBJECTS.iter().flat_map(|(_, routes)| *routes)
}

/// Every route with its subject.
pub(crate) fn by_subject() -> impl Iterator<Item = (&'static str, &'static Route)> {
    SUBJECTS.iter().flat_map(|(subject, routes)| routes.iter().map(move |route| (*subject, route)))
}
