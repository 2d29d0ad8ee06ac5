//! `tollgate config`: the policy in effect with the origin of each setting, and its replacement.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use tollgate_ledger::PolicyFile;
use tollgate_policy::{Policy, SettingOrigin};

use crate::args::{Args, Config, Format};
use crate::exit::Exit;
use crate::output::{dim, json, print_note, table};
use crate::print_line;
use crate::setup::{open, place, policy};

pub(crate) async fn run(args: &Args, what: &Config) -> anyhow::Result<Exit> {
    match what {
        Config::Show { origin } => show(args, *origin).await,
        Config::Push { file, actor } => push(args, file, &actor.by).await,
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
    let context = open(args).await?;
    let pushed = PolicyFile { text, by: by.to_owned(), at: context.state.clock.now() };
    context.state.ledger.put_policy_file(&pushed).await?;
    print_line!(
        "{} is in effect: {} budgets, {} dimensions",
        file.display(),
        policy.budgets.len(),
        policy.dimensions.len()
    );
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
        Format::Text | Format::Csv => {
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
