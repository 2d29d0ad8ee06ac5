//! The gate as its users run it: the program, real plans, sources, git.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, clippy::disallowed_methods)]

mod action;
mod base;
mod branches;
mod budgets;
mod bypass;
mod cli;
mod corpus;
mod costs;
mod docs;
mod fake_github;
mod fixes;
mod folders;
mod fuzz;
mod github;
mod gitlab;
mod hints;
mod imports;
mod inputs;
mod launch_templates;
mod limits;
mod openapi;
mod outputs;
mod plan_forms;
mod policies;
mod prices;
#[path = "../../../tests/acceptance/pull_request.rs"]
mod pull_request;
mod rego;
mod secrets;
mod support;
mod waivers;
mod watch;
