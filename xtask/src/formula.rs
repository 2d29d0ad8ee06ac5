//! `cargo xtask formula`: the Homebrew formula of a program, from the checksums of a release.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context, bail, ensure};

use crate::archive::checksums;

const RELEASES: &str = "https://github.com/tollgate-finops/tollgate/releases/download";

/// A formula to write.
#[derive(clap::Args)]
pub(crate) struct Formula {
    /// The program: tollgate or policy-gate
    program: String,
    /// The release, such as v0.1.0
    #[arg(long)]
    version: String,
    /// The SHA256SUMS of the release
    #[arg(long)]
    checksums: PathBuf,
    /// The file to write
    #[arg(long)]
    output: PathBuf,
}

pub(crate) fn write(formula: &Formula) -> anyhow::Result<()> {
    let sums = std::fs::read_to_string(&formula.checksums).with_context(|| formula.checksums.display().to_string())?;
    let text = text(&formula.program, &formula.version, &sums)?;
    std::fs::write(&formula.output, text).with_context(|| formula.output.display().to_string())
}

fn text(program: &str, version: &str, sums: &str) -> anyhow::Result<String> {
    let (class, about, check) = match program {
        "tollgate" => ("Tollgate", "FinOps: cost, anomalies, budgets and recommendations", "--version"),
        "policy-gate" => ("PolicyGate", "Check Terraform plans by tag and budget policies", "--version"),
        other => bail!("`{other}` is not released: tollgate, policy-gate"),
    };
    let number = version.strip_prefix('v').context("a version starts with v, such as v0.1.0")?;
    ensure!(number.split('.').count() >= 3, "`{version}` is no release such as v0.1.0");
    let sums = checksums(sums)?;
    let mut out = format!(
        "class {class} < Formula\n  desc \"{about}\"\n  homepage \"https://github.com/tollgate-finops/tollgate\"\n  \
         version \"{number}\"\n  license \"Apache-2.0\"\n"
    );
    for (system, target) in [("macos", "apple-darwin"), ("linux", "unknown-linux-musl")] {
        write!(out, "\n  on_{system} do\n")?;
        for (cpu, machine) in [("arm", "aarch64"), ("intel", "x86_64")] {
            let name = format!("{program}-{version}-{machine}-{target}.tar.gz");
            let (digest, _) =
                sums.iter().find(|(_, n)| *n == name).with_context(|| format!("no checksum of {name}"))?;
            write!(
                out,
                "    on_{cpu} do\n      url \"{RELEASES}/{version}/{name}\"\n      sha256 \"{digest}\"\n    end\n"
            )?;
        }
        out.push_str("  end\n");
    }
    write!(
        out,
        "\n  def install\n    bin.install \"{program}\"\n  end\n\n  test do\n    \
         assert_match version.to_s, shell_output(\"#{{bin}}/{program} {check}\")\n  end\nend\n"
    )?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_has_the_checksum_of_each_platform() {
        let name = |machine: &str, system: &str| format!("tollgate-v0.1.0-{machine}-{system}.tar.gz");
        let all: Vec<String> = ["apple-darwin", "unknown-linux-musl"]
            .iter()
            .flat_map(|system| ["aarch64", "x86_64"].map(|machine| name(machine, system)))
            .collect();
        let sums: String =
            all.iter().enumerate().map(|(n, name)| format!("{}  {name}\n", n.to_string().repeat(64))).collect();
        let text = text("tollgate", "v0.1.0", &sums).unwrap();
        for (number, name) in all.iter().enumerate() {
            let pair = format!("v0.1.0/{name}\"\n      sha256 \"{}\"", number.to_string().repeat(64));
            assert!(text.contains(&pair), "{text}");
        }
        assert_eq!(text.matches(" do\n").count() + 2, text.matches("end\n").count(), "{text}");
        assert!(super::text("tollgate", "v0.1.0", "").unwrap_err().to_string().contains("no checksum of"));
        assert!(super::text("tollgate", "0.1.0", &sums).is_err());
    }
    /// An archive has one name in the release workflow, in formulas and in the metadata of `cargo binstall`.
    #[test]
    fn binstall_takes_the_archives_of_a_release() {
        let read = |path: &str| std::fs::read_to_string(crate::run::root().join(path)).unwrap();
        let workflow = read(".github/workflows/release.yml");
        assert!(workflow.contains("name=\"$program-$VERSION-$TARGET\""));
        for (program, manifest) in [("tollgate", "cli/Cargo.toml"), ("policy-gate", "policy-gate/Cargo.toml")] {
            let manifest = read(manifest);
            for (target, ending) in [("x86_64-apple-darwin", "tar.gz"), ("x86_64-pc-windows-msvc", "zip")] {
                let urls = manifest.lines().filter_map(|line| line.strip_prefix("pkg-url = "));
                let url = urls.map(|url| url.trim_matches('"')).find(|url| url.ends_with(ending)).unwrap();
                let url = url.replace("{ repo }/releases/download", RELEASES).replace("{ version }", "0.1.0");
                let expected = format!("{RELEASES}/v0.1.0/{program}-v0.1.0-{target}.{ending}");
                assert_eq!(url.replace("{ target }", target), expected);
                assert!(workflow.contains(target));
            }
        }
    }
}
