//! The gate for pull requests: reads Terraform and OpenTofu plans and judges them by `tollgate.hcl`.
//!
//! The gate does not block on what it does not know, and it does not pass what it can prove wrong. [`judge`] decides from a
//! plan and its sources, [`output`] formats the report.

pub mod baseline;
mod conclude;
pub mod context;
pub mod cost;
mod existing;
pub mod exit_status;
pub mod explain;
pub mod finding;
pub mod fix;
pub mod github;
pub mod gitlab;
mod hcl_text;
pub mod import;
mod instances;
pub mod judge;
mod masked;
pub mod outcome;
pub mod output;
mod places;
mod provider;
pub mod reference;
mod references;
mod region;
pub mod rego;
mod rego_calls;
mod rego_input;
pub mod report;
pub mod resource;
pub mod rules;
mod spending;
pub mod tags;
pub mod templates;
pub mod testing;
