//! `policy-gate cost`: the cost of plans, without a verdict.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args as ClapArgs, ValueEnum};
use tollgate_model::Day;
use tollgate_policy_gate::context::PlanContext;
use tollgate_policy_gate::cost::PlanCost;
use tollgate_policy_gate::cost::compare::{StoredPlan, compare, read};
use tollgate_policy_gate::cost::group::{GroupBy, groups};
use tollgate_policy_gate::output::cost::{CostFormat, ProjectCost, render};

use super::inputs::Loaded;
use super::options::Inputs;
use super::{JSON_VERSION, files, print_json, print_note, print_text};

/// The age in days from which a note states how old the prices are.
const NOTED_DAYS: i32 = 400;

/// What `cost` shows, and how.
#[derive(ClapArgs)]
pub(crate) struct CostOptions {
    /// Include resources that do not change
    #[arg(long)]
    all: bool,
    /// Sum up by `module`, `service`, or `tag:KEY`
    #[arg(long, value_name = "WHAT")]
    group_by: Option<GroupBy>,
    /// Compare with an earlier run: its output with --format json --all
    #[arg(long, value_name = "FILE")]
    compare_to: Option<PathBuf>,
    /// The output format
    #[arg(long, default_value = "text")]
    format: CostFormatArg,
    /// Write the output to a file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl CostOptions {
    /// Whether the output is JSON; then errors are JSON too.
    pub(super) fn is_in_json(&self) -> bool {
        matches!(self.format, CostFormatArg::Json)
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum CostFormatArg {
    Text,
    Json,
    Csv,
    Markdown,
    Html,
}

impl From<CostFormatArg> for CostFormat {
    fn from(format: CostFormatArg) -> Self {
        match format {
            CostFormatArg::Text => Self::Text,
            CostFormatArg::Json => Self::Json,
            CostFormatArg::Csv => Self::Csv,
            CostFormatArg::Markdown => Self::Markdown,
            CostFormatArg::Html => Self::Html,
        }
    }
}

pub(super) fn run(inputs: &Inputs, options: &CostOptions) -> anyhow::Result<ExitCode> {
    let loaded = Loaded::for_costs(inputs)?;
    let plans = loaded.parsed()?;
    let contexts = loaded.contexts(&plans);
    let costs: Vec<(String, PlanCost)> = contexts
        .iter()
        .map(|(context, _)| (context.name.to_owned(), PlanCost::of(context, &loaded.price_inputs)))
        .collect();
    let costs = match &options.compare_to {
        None => costs,
        Some(path) => {
            let stored: Vec<StoredPlan> = read(&files::plan(path)?).with_context(|| path.display().to_string())?;
            compare(costs, &stored).with_context(|| path.display().to_string())?
        }
    };
    let projects: Vec<ProjectCost> = costs
        .into_iter()
        .map(|(plan, cost)| {
            let context: Option<&PlanContext<'_>> = contexts.iter().map(|(c, _)| c).find(|c| c.name == plan);
            let groups = options.group_by.as_ref().zip(context).map(|(by, context)| groups(by, context, &cost));
            ProjectCost { version: JSON_VERSION, plan, cost, groups }
        })
        .collect();
    let oldest = projects.iter().filter_map(|p| p.cost.oldest_price).min();
    if let Some(note) = oldest.and_then(|oldest| age(oldest, loaded.today)) {
        print_note(&note);
    }
    let format = CostFormat::from(options.format);
    write(&render(&projects, format, options.all), format, options.output.as_deref())?;
    Ok(ExitCode::SUCCESS)
}

fn write(text: &str, format: CostFormat, output: Option<&Path>) -> anyhow::Result<()> {
    match (output, format) {
        (Some(path), _) => {
            super::write_whole(path, text)?;
            print_note(&format!("{}: written", path.display()));
        }
        (None, CostFormat::Json) => print_json(text),
        (None, _) => print_text(text),
    }
    Ok(())
}

/// A note on the oldest price of an estimate; `None` when it is recent.
fn age(oldest: Day, today: Day) -> Option<String> {
    let days = today - oldest;
    (days > NOTED_DAYS).then(|| {
        format!(
            "note: the oldest price of this estimate is from {oldest}, {days} days old; `policy-gate prices refresh` builds a \
             newer price book"
        )
    })
}
