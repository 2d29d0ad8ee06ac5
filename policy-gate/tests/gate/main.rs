//! The gate as its users run it: the program, real plans, sources, git.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, clippy::disallowed_methods)]

mod base;
mod branches;
mod cli;
mod corpus;
mod docs;
mod fixes;
mod fuzz;
mod imports;
mod inputs;
mod outputs;
mod policies;
mod rego;
mod secrets;
mod support;
mod waivers;
mod watch;
