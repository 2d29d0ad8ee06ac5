//! `tollgate config`: the policy in effect with the origin of each setting, and its replacement.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use tollgate_ledger::PolicyFile;
use tollgate_model::text::counted;
use tollgate_pipeline::{announce_revisions, apply_dimensions};
use tollgate_policy::{Policy, SettingOrigin};

use crate::args::{Args, Config, Format};
use crate::exit::Exit;
use crate::output::{csv, dim, json, print_note, table};
use crate::print_line;
use crate::setup::{note_unmatched, open, place, policy};
use crate::who::actor;

pub(crate) async fn run(args: &Args, what: &Config) -> anyhow::Result<Exit> {
    match what {
        Config::Show { origin } => show(args, *origin).await,
        Config::Push { file, actor: by } => push(args, file, &actor(args, by).await?.name).await,
    }
}

async fn push(args: &Args, file: &Path, by: &str) -> anyhow::Result<Exit> {
    anyhow::ensure!(
        place(args)?.is_some(),
        "a store in a folder reads its policy from a file\nhint: --store aws://TABLE/BUCKET names a deployment"
    );
    let text = std::fs::read_to_string(file).with_context(|| {
        format!("{}: the policy file cannot be read\nhint: `tollgate init` writes one", file.display())
    })?;
    let policy = Policy::parse(&file.display().to_string(), &text)?;
    // A deployment has the policy file only.
    for table in &policy.entities {
        let setting = format!("entity.{}.file", table.dimension);
        if let Some(place) = policy.place_of(&setting) {
            anyhow::bail!(
                "{place}: a deployment cannot read a table beside the policy file\nhint: write the table into the file: csv = <<CSV"
            );
        }
    }
    let mut context = open(args).await?;
    let pushed = PolicyFile { text, by: by.to_owned(), at: context.state.clock.now() };
    context.state.ledger.put_policy_file(&pushed).await?;
    print_line!(
        "{} is in effect: {}, {}",
        file.display(),
        counted(policy.budgets.len(), "budget", "budgets"),
        counted(policy.dimensions.len(), "dimension", "dimensions")
    );
    context.state.policy = Arc::new(policy);
    let changed = apply_dimensions(&context).await?;
    if changed > 0 {
        announce_revisions(&context.state).await?;
        print_line!("billing periods that were sorted by the new dimensions: {changed}");
    }
    note_unmatched(&context).await?;
    Ok(Exit::Success)
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
