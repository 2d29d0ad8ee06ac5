//! `tollgate config`: the policy in effect with the origin of each setting, and its replacement.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use tollgate_model::EntityTable;
use tollgate_model::text::counted;
use tollgate_pipeline::{Actor, push_policy};
use tollgate_policy::{Policy, SettingOrigin, inline_tables};

use crate::args::{Args, Config, Format};
use crate::exit::Exit;
use crate::output::{csv, dim, json, print_note, table};
use crate::print_line;
use crate::setup::{note_unmatched, open, parse_policy, place, policy, table_beside};
use crate::who::actor;

pub(crate) async fn run(args: &Args, what: &Config) -> anyhow::Result<Exit> {
    match what {
        Config::Show { origin } => show(args, *origin).await,
        Config::Push { file, actor: by } => push(args, file, &actor(args, by).await?).await,
    }
}

async fn push(args: &Args, file: &Path, by: &Actor) -> anyhow::Result<Exit> {
    anyhow::ensure!(
        place(args)?.is_some(),
        "a store in a folder reads its policy from a file\nhint: --store aws://TABLE/BUCKET names a deployment"
    );
    let text = std::fs::read_to_string(file).with_context(|| {
        format!("{}: the policy file cannot be read\nhint: `tollgate init` writes one", file.display())
    })?;
    let text = with_tables(file, text)?;
    let context = open(args).await?;
    let (pushed, context) = push_policy(&context, by, &file.display().to_string(), &text).await?;
    print_line!(
        "{} is in effect: {}, {}",
        file.display(),
        counted(pushed.budgets, "budget", "budgets"),
        counted(pushed.dimensions, "dimension", "dimensions")
    );
    if pushed.sorted_periods > 0 {
        print_line!("billing periods that were sorted by the new dimensions: {}", pushed.sorted_periods);
    }
    note_unmatched(&context).await?;
    Ok(Exit::Success)
}

/// The text of the policy as a deployment gets it: with the tables beside the file written into it, as it has the policy file only.
fn with_tables(file: &Path, text: String) -> anyhow::Result<String> {
    let beside = parse_policy(file, &text)?;
    let place = |table: &EntityTable| beside.place_of(&format!("entity.{}.file", table.dimension));
    let Some(place) = beside.entities.iter().find_map(place) else { return Ok(text) };
    let hint = "hint: write the table into the file yourself: csv = <<CSV";
    let text = inline_tables(&text, &|name| table_beside(file, name))
        .map_err(|why| anyhow::anyhow!("{place}: a deployment has the policy file only, and {why}\n{hint}"))?;
    let policy = Policy::parse(&file.display().to_string(), &text)?;
    // Tables come before values of blocks when they are in the file, and behind them when they are beside it.
    let values = |policy: &Policy| {
        let all = policy.entities.iter().flat_map(|table| table.entities.iter().map(|e| (&table.dimension, e)));
        let mut all: Vec<String> = all.map(|(dimension, entity)| format!("{dimension} {entity:?}")).collect();
        all.sort();
        all
    };
    anyhow::ensure!(
        values(&policy) == values(&beside),
        "{place}: the table has other values once it is written into the policy file, which a deployment needs\n{hint}"
    );
    Ok(text)
}

async fn show(args: &Args, origin: bool) -> anyhow::Result<Exit> {
    let (policy, file) = match place(args)?.is_some() && args.config.is_none() {
        true => {
            let policy = Arc::unwrap_or_clone(open(args).await?.state.policy);
            (policy, Some(args.store.clone()))
        }
        false => policy(args)?,
    };
    match args.format {
        Format::Json => json(&policy.settings)?,
        Format::Csv => csv(&policy.settings)?,
        Format::Text => {
            if file.is_none() {
                print_note("no policy file; these are the defaults. `tollgate init` writes one");
            }
            let rows = policy
                .settings
                .iter()
                .map(|s| {
                    let from = match &s.origin {
                        SettingOrigin::Default => dim("default"),
                        SettingOrigin::File(place) => place.clone(),
                    };
                    if origin {
                        vec![s.name.clone(), s.value.clone(), from]
                    } else {
                        vec![s.name.clone(), s.value.clone()]
                    }
                })
                .collect();
            let headers: &[&str] = if origin { &["setting", "value", "from"] } else { &["setting", "value"] };
            table(headers, rows);
        }
    }
    Ok(Exit::Success)
}
