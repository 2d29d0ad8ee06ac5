//! `policy-gate usage init`: a usage file for the resources of plans, to be filled in.

use std::process::ExitCode;

use anyhow::bail;
use tollgate_policy_gate::context::PlanContext;
use tollgate_policy_gate::cost::skeleton::skeleton;

use super::args::UsageCommand;
use super::inputs::Loaded;
use super::{print_note, print_text, write_whole};

pub(super) fn run(what: &UsageCommand) -> anyhow::Result<ExitCode> {
    let UsageCommand::Init { inputs, output } = what;
    let loaded = Loaded::for_costs(inputs)?;
    let plans = loaded.parsed()?;
    let contexts = loaded.contexts(&plans);
    let contexts: Vec<&PlanContext<'_>> = contexts.iter().map(|(context, _)| context).collect();
    let text = skeleton(&contexts, &loaded.price_inputs);
    match output {
        None => print_text(&text),
        Some(path) if path.exists() => {
            bail!("{} exists\nhint: name a new file, and copy from it what is missing", path.display());
        }
        Some(path) => {
            write_whole(path, &text)?;
            print_note(&format!(
                "{}: name it in the policy file: prices {{ usage = \"{}\" }}",
                path.display(),
                path.display()
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}
