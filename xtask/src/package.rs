//! `cargo xtask package`: what `sam deploy` needs without a compiler: built functions, a template that names them, and samconfig.toml.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

use crate::run::{root, run, target};
use crate::tools;

/// What is packaged.
#[derive(clap::Args)]
pub(crate) struct Package {
    /// The processor: arm64 or x86_64
    #[arg(long, default_value = "arm64", value_parser = ["arm64", "x86_64"])]
    architecture: String,
    /// The folder to write
    #[arg(long)]
    output: PathBuf,
    /// Use the functions as they were built last, by `cargo lambda build --output-format zip`
    #[arg(long)]
    built: bool,
}

/// Templates that are deployed in other accounts or regions, as they are.
const FURTHER: [&str; 3] = ["member-account.yaml", "member-actions.yaml", "data-export.yaml"];

pub(crate) fn write(package: &Package) -> anyhow::Result<()> {
    let template = read("infra/template.yaml")?;
    let functions = functions(&template);
    if !package.built {
        build(&functions, &package.architecture)?;
    }
    assemble(&package.output, &package.architecture, &target().join("lambda"))?;
    println!("{} functions in {}; deploy it there with `sam deploy`", functions.len(), package.output.display());
    Ok(())
}

/// Writes the package from functions that are built.
pub(crate) fn assemble(output: &Path, architecture: &str, built: &Path) -> anyhow::Result<()> {
    let template = read("infra/template.yaml")?;
    let to = output.join("functions");
    std::fs::create_dir_all(&to).with_context(|| to.display().to_string())?;
    for name in functions(&template) {
        let zip = built.join(&name).join("bootstrap.zip");
        std::fs::copy(&zip, to.join(format!("{name}.zip"))).with_context(|| zip.display().to_string())?;
    }
    std::fs::write(output.join("template.yaml"), packaged_template(&template, architecture)?)?;
    std::fs::write(output.join("samconfig.toml"), packaged_settings(&read("samconfig.toml")?))?;
    for name in FURTHER {
        std::fs::write(output.join(name), read(&format!("infra/{name}"))?)?;
    }
    Ok(())
}

fn read(path: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(root().join(path)).with_context(|| path.to_owned())
}

/// Builds each function as a zip.
fn build(functions: &[String], architecture: &str) -> anyhow::Result<()> {
    let (cargo_lambda, path) = tools::cargo_lambda_with_path()?;
    let processor = if architecture == "arm64" { "--arm64" } else { "--x86-64" };
    // One call each: together they would share features, and each would link what one of them needs.
    for name in functions {
        let mut command = Command::new(&cargo_lambda);
        command.args(["lambda", "build", "--profile", "dist", "--output-format", "zip", "--locked", processor]);
        run(command.args(["--package", &package_of(name)]).env("PATH", &path))?;
    }
    Ok(())
}

/// The package of a function. The router of the API has the name that its function would have.
fn package_of(name: &str) -> String {
    if name == "api" { "tollgate-api-function".to_owned() } else { format!("tollgate-{name}") }
}

const SOURCES: &str = "CodeUri: ../functions/";

/// The functions of the template, by their folders.
fn functions(template: &str) -> Vec<String> {
    template.lines().filter_map(|line| line.trim().strip_prefix(SOURCES)).map(str::to_owned).collect()
}

/// The template with built functions in place of their sources, for one processor.
fn packaged_template(template: &str, architecture: &str) -> anyhow::Result<String> {
    let mut out = String::new();
    // `Metadata` of a function says how to build it; that of the template, at the margin, stays.
    let mut metadata = false;
    let mut choice = false;
    for line in template.lines() {
        metadata = line == "    Metadata:" || metadata && line.starts_with("      ");
        if metadata {
            continue;
        }
        if !line.starts_with("    ") {
            choice = line == "  Architecture:";
        }
        let line = if let Some(name) = line.trim().strip_prefix(SOURCES) {
            format!("      CodeUri: functions/{name}.zip")
        } else if choice && line.starts_with("    Default:") {
            format!("    Default: {architecture}")
        } else if choice && line.starts_with("    AllowedValues:") {
            format!("    AllowedValues: [{architecture}]")
        } else if choice && line.starts_with("    Description:") {
            format!("    Description: The processor that the functions are built for. Default {architecture}.")
        } else {
            line.to_owned()
        };
        out.push_str(&line);
        out.push('\n');
    }
    ensure!(!out.contains("../") && !out.contains("BuildMethod"), "a function of the template is still to be built");
    Ok(out)
}

/// samconfig.toml for the package: the template lies beside it, and nothing is built.
fn packaged_settings(settings: &str) -> String {
    let mut out = String::new();
    let mut builds = false;
    for line in settings.lines() {
        if line.starts_with('[') {
            builds = line.contains(".build.");
        }
        if line.starts_with("template_file = ") {
            out.push_str("template_file = \"template.yaml\"\n");
        } else if !builds {
            out.push_str(&line.replace("`sam build && sam deploy`", "`sam deploy`"));
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_has_every_function_and_nothing_to_build() {
        let folder = tempfile::tempdir().unwrap();
        let (built, output) = (folder.path().join("lambda"), folder.path().join("package"));
        let functions = functions(&read("infra/template.yaml").unwrap());
        let folders = std::fs::read_dir(root().join("functions")).unwrap().count();
        assert_eq!(functions.len(), folders, "{functions:?}");
        for name in &functions {
            std::fs::create_dir_all(built.join(name)).unwrap();
            std::fs::write(built.join(name).join("bootstrap.zip"), name).unwrap();
        }
        assemble(&output, "x86_64", &built).unwrap();
        let template = std::fs::read_to_string(output.join("template.yaml")).unwrap();
        for name in &functions {
            assert!(template.contains(&format!("\n      CodeUri: functions/{name}.zip\n")), "{name}");
            assert_eq!(std::fs::read_to_string(output.join(format!("functions/{name}.zip"))).unwrap(), *name);
        }
        assert!(template.contains("    Default: x86_64\n    AllowedValues: [x86_64]\n"));
        assert!(template.contains("\nMetadata:\n  AWS::CloudFormation::Interface:\n"), "the template's own metadata");
        let settings = std::fs::read_to_string(output.join("samconfig.toml")).unwrap();
        assert!(!settings.contains("build") && !settings.contains("infra/"), "{settings}");
        assert_eq!(settings.matches("template_file = \"template.yaml\"").count(), 6, "{settings}");
        for name in FURTHER {
            assert!(output.join(name).exists(), "{name}");
        }
    }

    #[test]
    fn a_function_that_is_not_built_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let error = assemble(&folder.path().join("package"), "arm64", folder.path()).unwrap_err();
        assert!(format!("{error:#}").contains("bootstrap.zip"), "{error:#}");
    }
}
