//! `policy-gate templates`: policy templates.

use std::process::ExitCode;

use anyhow::bail;
use tollgate_policy_gate::templates::TEMPLATES;

use super::print_text;

pub(super) fn run(name: Option<&str>) -> anyhow::Result<ExitCode> {
    let Some(name) = name else {
        let width = TEMPLATES.iter().map(|t| t.name.len()).max().unwrap_or_default();
        for template in TEMPLATES {
            print_text(&format!("{:<width$}  {}\n", template.name, template.about()));
        }
        print_text("\npolicy-gate templates NAME >> tollgate.hcl\n");
        return Ok(ExitCode::SUCCESS);
    };
    let Some(template) = TEMPLATES.iter().find(|t| t.name == name) else {
        let names: Vec<&str> = TEMPLATES.iter().map(|t| t.name).collect();
        bail!("there is no template `{name}`\nhint: there are {}", names.join(", "));
    };
    print_text(template.text);
    Ok(ExitCode::SUCCESS)
}
