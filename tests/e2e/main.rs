//! End-to-end tests: real files, a real SQLite ledger, a real Parquet lake, the real binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

#[path = "../acceptance/reconcile.rs"]
mod acceptance_reconcile;
mod bad_input;
mod cli;
mod corpus;
mod crash;
mod demo;
mod export;
mod fuzz;
mod layering;
mod revisions;
mod support;
