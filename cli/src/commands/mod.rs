//! One file a command.

mod advise;
mod audit;
mod budgets;
mod change;
mod chart;
mod config;
mod deliveries;
mod demo;
mod export;
mod forecast;
mod incidents;
mod ingest;
mod init;
mod notify;
pub(crate) mod plans;
pub(crate) mod reconcile;
pub(crate) mod routes;
mod run;
mod series;
mod serve;
mod shell;
mod sql;
mod status;
mod store;
mod usage;

use std::process::ExitCode;

pub(crate) use budgets::print as print_budgets;
pub(crate) use forecast::print as print_forecasts;
pub(crate) use incidents::list as print_incidents;

use crate::args::{Args, Command, SeriesCommand, StoreCommand};

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Demo(demo) => Box::pin(demo::run(&args, demo)).await,
        Command::Init { path } => init::run(path),
        Command::Ingest(ingest) => Box::pin(ingest::run(&args, ingest)).await,
        Command::Run { ingest } => Box::pin(run::run(&args, ingest)).await,
        Command::Incidents { state, command } => incidents::run(&args, *state, command.as_ref()).await,
        Command::Budgets { command } => budgets::run(&args, command.as_ref()).await,
        Command::Forecast { by } => forecast::run(&args, *by).await,
        Command::Reconcile(what) => Box::pin(reconcile::run(&args, what)).await,
        Command::Status => status::run(&args).await,
        Command::Notify => notify::run(&args).await,
        Command::Serve(serve) => Box::pin(serve::run(&args, serve)).await,
        Command::Routes { command } => routes::run(&args, command).await,
        Command::Deliveries(which) => deliveries::run(&args, which).await,
        Command::Advise(command) => Box::pin(advise::run(&args, command)).await,
        Command::Plan(wanted) => Box::pin(change::plan(&args, wanted)).await,
        Command::Remediate(how) => Box::pin(change::run(&args, how)).await,
        Command::StopAll(how) => change::stop(&args, how).await,
        Command::GoOn(how) => change::resume(&args, how).await,
        Command::Savings => Box::pin(change::savings(&args)).await,
        Command::Plans { command } => plans::run(&args, command.as_ref()).await,
        Command::Audit { command } => audit::run(&args, command).await,
        Command::Sql { query, raw } => sql::run(&args, query, *raw).await,
        Command::Usage { days } => usage::run(&args, *days).await,
        Command::Export { command } => export::run(&args, command).await,
        Command::Chart(chart) => chart::run(&args, chart).await,
        Command::Config { command } => config::run(&args, command).await,
        Command::Store { command: StoreCommand::Info } => store::info(&args).await,
        Command::Store { command: StoreCommand::Check { remove_orphans } } => {
            store::check(&args, *remove_orphans).await
        }
        Command::Series { command: SeriesCommand::Detect(what) } => series::detect(&args, what),
        Command::Series { command: SeriesCommand::Forecast(what) } => series::forecast(&args, what),
        Command::Completions { shell } => shell::completions(*shell),
        Command::Man { dir } => shell::man(dir),
    }
}
