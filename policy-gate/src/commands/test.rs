//! `policy-gate test`: the tests of policies.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use tollgate_policy::PolicyTest;
use tollgate_policy_gate::finding::FindingId;
use tollgate_policy_gate::rego::Rego;
use tollgate_policy_gate::testing;

use super::inputs::{folder_of, policy, price_inputs, today};
use super::{exit, print_text};

pub(super) fn run(files: &[PathBuf], config: &Path) -> anyhow::Result<ExitCode> {
    let (policy, _) = policy(config)?;
    let folder = folder_of(config);
    let rego = Rego::read(&folder.join(&policy.gate.rego), &policy.gate)?;
    let price_inputs = price_inputs(&policy, &folder)?;
    let files = if files.is_empty() { found(&folder)? } else { files.to_vec() };
    let ids: Vec<&str> = FindingId::ALL.iter().map(|id| id.as_str()).collect();
    let (mut passed, mut failed) = (0, 0);
    for file in files {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(&file).with_context(|| name.clone())?;
        for test in PolicyTest::parse(&name, &text, &ids)? {
            let tested = testing::run_test(&test, &policy, rego.as_ref(), &price_inputs, &folder_of(&file), today()?);
            let line = test.place.0;
            match tested {
                Ok(tested) if tested.passed() => {
                    passed += 1;
                    print_text(&format!("ok      {}\n", test.name));
                    continue;
                }
                Ok(tested) => {
                    print_text(&format!("FAILED  {} ({name}:{line})\n", test.name));
                    for (line, unmet) in tested.unmet {
                        print_text(&format!("        {name}:{line}: {unmet}\n"));
                    }
                    for unexpected in tested.unexpected {
                        print_text(&format!("        {unexpected}\n"));
                    }
                }
                Err(error) => print_text(&format!("FAILED  {} ({name}:{line})\n        {error}\n", test.name)),
            }
            failed += 1;
        }
    }
    print_text(&format!("{passed} passed, {failed} failed\n"));
    Ok(exit(failed > 0))
}

/// Test files below a folder.
fn found(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let pattern = format!("{}/**/*.test.hcl", glob::Pattern::escape(&folder.to_string_lossy()));
    let files: Vec<PathBuf> = glob::glob(&pattern)?.filter_map(Result::ok).collect();
    if files.is_empty() {
        bail!(
            "there are no tests below {}\nhint: write tollgate.test.hcl; `policy-gate test --help` has an example",
            folder.display()
        );
    }
    Ok(files)
}
