//! One file a command.

mod advise;
mod allocation;
mod audit;
mod budget_coverage;
mod budgets;
mod change;
mod chart;
mod commitments;
mod config;
mod costs;
mod deliveries;
mod demo;
mod detect;
mod efficiency;
mod export;
mod forecast;
mod imports;
mod incidents;
mod ingest;
mod init;
mod keys;
mod mcp;
mod metrics;
mod notify;
mod plans;
mod reconcile;
mod resources;
mod routes;
mod run;
mod series;
mod serve;
mod shell;
#[cfg(feature = "sql")]
mod sql;
mod statement;
mod status;
mod store;
mod units;
mod usage;
mod whatif;

use crate::args::{
    AdviseCommand, AllocationCommand, Args, Audit, BudgetCommand, Command, Config, DetectCommand, FileFormat, Format,
    KeysCommand, MetricsCommand, SeriesCommand, StoreCommand,
};
use crate::exit::Exit;
use crate::output::print_note;

/// Whether a command prints a list, which `--format csv` can write.
fn is_list(command: &Command) -> bool {
    match command {
        Command::Costs(_)
        | Command::Forecast(_)
        | Command::Chart(_)
        | Command::Sql(_)
        | Command::Reconcile(_)
        | Command::Savings
        | Command::Units(_)
        | Command::WhatIf(_)
        | Command::Efficiency(_)
        | Command::Commitments(_)
        | Command::Resources { .. } => true,
        Command::Metrics { command } => !matches!(command, Some(MetricsCommand::Import(_))),
        Command::Imports { command } => command.is_none(),
        Command::Keys { command } => matches!(command, None | Some(KeysCommand::List)),
        Command::Incidents(which) => which.command.is_none(),
        Command::Budgets { command } => matches!(command, None | Some(BudgetCommand::Coverage { .. })),
        Command::Allocation { command } => {
            !matches!(command, AllocationCommand::Close { .. } | AllocationCommand::Approve { .. })
        }
        Command::Statement(what) => !what.markdown,
        Command::Plans { command } => command.is_none(),
        Command::Advise(what) => {
            what.command.is_none() || matches!(what.command, Some(AdviseCommand::List { .. } | AdviseCommand::Export))
        }
        Command::Deliveries(which) => which.command.is_none(),
        Command::Audit { command } => !matches!(command, Some(Audit::Verify { .. })),
        Command::Store { command } => matches!(command, StoreCommand::Info),
        Command::Config { command } => matches!(command, Config::Show { .. }),
        _ => false,
    }
}

pub(crate) async fn run(args: Args) -> anyhow::Result<Exit> {
    let is_export = matches!(args.command, Command::Export { .. });
    if args.file_format == FileFormat::Parquet && !is_export {
        print_note("error: only `export focus` writes Parquet\nhint: use --format json");
        return Ok(Exit::Usage);
    }
    if args.format == Format::Csv && !is_export && !is_list(&args.command) {
        print_note("error: this command prints no list, so it has no CSV\nhint: use --format json");
        return Ok(Exit::Usage);
    }
    match &args.command {
        Command::Run(files) => Box::pin(run::run(&args, files)).await,
        Command::Costs(what) => Box::pin(costs::run(&args, what)).await,
        Command::Incidents(which) => incidents::run(&args, which).await,
        Command::Detect { command: DetectCommand::Compare(what) } => detect::compare(&args, what).await,
        Command::Forecast(what) => forecast::run(&args, what).await,
        Command::Chart(what) => chart::run(&args, what).await,
        #[cfg(feature = "sql")]
        Command::Sql(what) => sql::run(&args, what).await,
        #[cfg(not(feature = "sql"))]
        Command::Sql(_) => Err(crate::setup::not_built("sql", "SQL")),
        Command::Reconcile(what) => Box::pin(reconcile::run(&args, what)).await,
        Command::Usage(what) => usage::run(&args, what.days).await,
        Command::Resources { command } => resources::run(&args, command).await,
        Command::Commitments(what) => commitments::run(&args, what).await,
        Command::Budgets { command } => budgets::run(&args, command.as_ref()).await,
        Command::Units(what) => units::run(&args, what).await,
        Command::WhatIf(what) => Box::pin(whatif::run(&args, what)).await,
        Command::Efficiency(what) => efficiency::run(&args, what).await,
        Command::Metrics { command } => Box::pin(metrics::run(&args, command.as_ref())).await,
        Command::Allocation { command } => Box::pin(allocation::run(&args, command)).await,
        Command::Statement(what) => Box::pin(statement::run(&args, what)).await,
        Command::Advise(what) => Box::pin(advise::run(&args, what)).await,
        Command::Plan(what) => Box::pin(change::plan(&args, what)).await,
        Command::Plans { command } => plans::run(&args, command.as_ref()).await,
        Command::Remediate(what) => Box::pin(change::execute(&args, what)).await,
        Command::StopAll(what) => change::stop(&args, what).await,
        Command::Resume(what) => change::resume(&args, what).await,
        Command::Savings => Box::pin(change::savings(&args)).await,
        Command::Audit { command } => audit::run(&args, command.as_ref()).await,
        Command::Notify => notify::run(&args).await,
        Command::Serve(what) => Box::pin(serve::run(&args, what)).await,
        Command::Mcp => Box::pin(mcp::run(&args)).await,
        Command::Routes { command } => routes::run(&args, command).await,
        Command::Deliveries(which) => deliveries::run(&args, which).await,
        Command::Ingest(what) => Box::pin(ingest::run(&args, what)).await,
        Command::Imports { command } => imports::run(&args, command.as_ref()).await,
        Command::Keys { command } => keys::run(&args, command.as_ref()).await,
        Command::Export { command } => export::run(&args, command).await,
        Command::Store { command: StoreCommand::Info } => store::info(&args).await,
        Command::Store { command: StoreCommand::Check { remove_orphans } } => {
            store::check(&args, *remove_orphans).await
        }
        Command::Status => status::run(&args).await,
        Command::Demo(what) => Box::pin(demo::run(&args, what)).await,
        Command::Init(what) => init::run(&what.path, what.full),
        Command::Config { command } => config::run(&args, command).await,
        Command::Series { command: SeriesCommand::Detect(what) } => series::detect(&args, what),
        Command::Series { command: SeriesCommand::Forecast(what) } => series::forecast(&args, what),
        Command::Completions(what) => shell::completions(what.shell),
        Command::Man(what) => shell::man(&what.dir),
    }
}
