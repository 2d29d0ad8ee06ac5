//! `tollgate config show`: the policy in effect, and where each setting comes from.

use std::process::ExitCode;

use tollgate_policy::Origin;

use crate::args::{Args, Config, Format};
use crate::output::{dim, json, note, table};
use crate::setup::policy;

pub(crate) fn run(args: &Args, what: &Config) -> anyhow::Result<ExitCode> {
    let Config::Show { origin } = what;
    let (policy, file) = policy(args)?;
    match args.format {
        Format::Json => json(&policy.settings)?,
        Format::Text | Format::Csv => {
            if file.is_none() {
                note("no policy file; these are the defaults. `tollgate init` writes one");
            }
            let rows = policy
                .settings
                .iter()
                .map(|s| {
                    let from = match &s.origin {
                        Origin::Default => dim("default"),
                        Origin::File(place) => place.clone(),
                    };
                    if *origin {
                        vec![s.name.clone(), s.value.clone(), from]
                    } else {
                        vec![s.name.clone(), s.value.clone()]
                    }
                })
                .collect();
            let headers: &[&str] = if *origin { &["setting", "value", "from"] } else { &["setting", "value"] };
            table(headers, rows);
        }
    }
    Ok(ExitCode::SUCCESS)
}
