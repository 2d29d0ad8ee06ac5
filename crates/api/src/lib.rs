//! The JSON API: one router over the use cases of the pipeline, mounted by `tollgate serve` and by the Lambda `api`.
//!
//! A route is one row of a table: its path, the permission that it needs, its parameters and the shape of its answer. The router, the
//! check of permissions and the OpenAPI document are made of the same rows, so a route cannot be without one of them. Answers are the
//! documents that the command line prints with `--format json`.
//!
//! The tenant, the role and the charges that a caller may see come from the identity, and never from a parameter. They enter a query
//! before it reaches a port: the store is opened for the tenant of the caller, and the row filter of the caller is an argument of every
//! use case that can narrow its answer. Routes whose answers cannot be narrowed are refused to callers who see only some charges.

mod answer;
mod api;
mod call;
mod cursor;
mod dress;
mod mcp;
mod openapi;
mod parameter;
mod plain;
mod problem;
#[cfg(test)]
mod reference;
mod revisions;
mod route;
mod router;
mod routes;
mod schemas;
mod secret;
mod serve;
mod tenants;
#[cfg(test)]
mod tests;

pub use axum::Router;

pub use api::{AccessEntry, AccessLog, Api, GateToken, Identify};
pub use openapi::openapi;
pub use plain::{PlainRequest, PlainResponse, respond_plain};
pub use problem::Problem;
pub use router::{respond, router};
pub use tenants::{OneTenant, StoreRefusals, TenantStore, Tenants};
