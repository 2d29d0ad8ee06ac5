//! End-to-end tests: real files, a real SQLite ledger, a real Parquet lake, the real binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, clippy::disallowed_methods)]

#[path = "../acceptance/reconcile.rs"]
mod acceptance_reconcile;
#[path = "../acceptance/remediation.rs"]
mod acceptance_remediation;
mod account;
mod alarms;
mod allocation;
mod api;
mod approvals;
mod athena;
mod aws;
mod bad_input;
mod bill;
mod budgets;
mod change;
mod change_crash;
mod change_functions;
mod commitments;
mod corpus;
mod cost_explorer;
mod crash;
mod deliveries;
mod demo;
mod dynamodb;
mod export;
mod fake_cost_explorer;
mod fake_receivers;
mod fake_slack;
mod faults;
mod feedback;
mod first_use;
mod formats;
mod functions;
mod fuzz;
mod gate_budgets;
mod gateway;
mod guides;
mod json;
mod lambda;
mod layering;
mod limits;
mod messages;
mod on_aws;
mod outages;
mod preview;
mod receivers;
mod recorder;
mod requests;
mod revisions;
mod routes;
mod series;
mod serve;
mod servers;
mod slack;
mod slack_sdk;
mod store_check;
mod support;
mod template;
mod use_cases;
