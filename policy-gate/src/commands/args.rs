//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use tollgate_policy_gate::exit_status::EXIT_CODES;

use super::cost::CostOptions;
use super::options::{DetailArgs, FormatArg, GithubArgs, GitlabArgs, Inputs, JudgeOptions, PlainFormat};

const CHECK: &str = "\
With a plan:
  terraform plan -out tf.plan && terraform show -json tf.plan > plan.json
  policy-gate check plan.json

Without a plan, from the sources of a folder:
  policy-gate check envs/prod --var-file prod.tfvars";

const FIX: &str = "\
Example:
  policy-gate fix plan.json --set team=platform --write";

const COST: &str = "\
Examples:
  policy-gate cost plan.json
  policy-gate cost 'envs/*/plan.json' --group-by tag:team --format markdown
  policy-gate cost plan.json --format json --all > main.json
  policy-gate cost plan.json --compare-to main.json";

const DIFF: &str = "\
Examples:
  policy-gate diff origin/main envs/prod
  policy-gate diff ../base/envs envs --format json";

const USAGE: &str = "\
Example:
  policy-gate usage init plan.json --output usage.yml";

const GITHUB: &str = "\
Example, in a job with the plan:
  policy-gate github plan.json --budgets https://finops.example.com/v1/budgets --budgets-auth oidc

A member of a named team overrides a soft policy with an approving review, or with a comment:
  /policy-gate override POLICY COMMIT WHY
The gate reads team members with TOLLGATE_TEAM_TOKEN, or with GITHUB_TOKEN if it may read them.";

const GITLAB: &str = "\
Example, in a job with `rules: [{ if: $CI_PIPELINE_SOURCE == 'merge_request_event' }]`:
  policy-gate gitlab plan.json --code-quality gl-code-quality-report.json";

const TEST: &str = "\
Example, tollgate.test.hcl:
  test \"a bucket without a team is blocked\" {
    resource \"aws_s3_bucket\" \"logs\" {
      tags = { environment = \"production\" }
    }
    expect \"tag-missing\" {
      tag = \"team\"
    }
  }";

const SIMULATE: &str = "\
Example:
  policy-gate simulate 'plans/*.json' --config tollgate.hcl --from HEAD";

const WATCH: &str = "\
Example:
  policy-gate watch envs/prod --run 'terraform plan -out t && terraform show -json t > plan.json'";

const TEMPLATES: &str = "\
Example:
  policy-gate templates cost-allocation-tags >> tollgate.hcl";

const COMPLETIONS: &str = "\
Example:
  policy-gate completions bash > ~/.local/share/bash-completion/completions/policy-gate";

/// Check Terraform and OpenTofu plans by tollgate.hcl before they are applied.
///
/// The gate does not block on what it does not know, and it does not pass what it can prove wrong.
#[derive(Parser)]
#[command(name = "policy-gate", version, after_help = EXIT_CODES, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Args {
    /// When to color the output
    #[arg(long, global = true, default_value = "auto", value_name = "WHEN")]
    pub(crate) color: Color,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    pub(crate) fn choose(self) {
        match self {
            Self::Auto => {}
            Self::Always => anstream::ColorChoice::Always.write_global(),
            Self::Never => anstream::ColorChoice::Never.write_global(),
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Check plans and print the verdict, with each finding at its line
    ///
    /// Several plans get one verdict. The gate looks for sources beside each plan, then in the current folder. Without sources,
    /// findings have no lines and no fixes, and the verdict is the same or less certain.
    #[command(after_help = format!("{CHECK}\n\n{EXIT_CODES}"))]
    Check {
        #[command(flatten)]
        inputs: Inputs,
        #[command(flatten)]
        options: JudgeOptions,
        /// The output format
        #[arg(long, default_value = "text")]
        format: FormatArg,
        #[command(flatten)]
        detail: DetailArgs,
        /// Write the output to a file; the verdict is still printed to standard error
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Write the findings that block to the baseline, so that they do not block again
        #[arg(long)]
        write_baseline: bool,
    },
    /// Show the changes of the sources that fix tag findings, or write them
    ///
    /// A fix is offered when the changed file parses and satisfies the policy; nothing else in the file changes. The value of a
    /// tag is the one of --set, the only one that the policy allows, or the plan's environment. No other value is guessed: the
    /// command lists the tags whose value you must choose.
    #[command(after_help = FIX)]
    Fix {
        #[command(flatten)]
        inputs: Inputs,
        /// The value of a missing tag
        #[arg(long, value_name = "KEY=VALUE")]
        set: Vec<String>,
        /// Write the changes to the sources
        #[arg(long)]
        write: bool,
    },
    /// Show the monthly cost of plans, by resource and component, before and after
    ///
    /// The command checks nothing. An unknown price is shown as unpriced and is never counted as zero.
    #[command(after_help = COST)]
    Cost {
        #[command(flatten)]
        inputs: Inputs,
        #[command(flatten)]
        options: CostOptions,
    },
    /// Compare two sides of a change: the cost of what differs, and the findings that are new
    ///
    /// The command fails when a new finding blocks. Findings that both sides have are counted only.
    #[command(after_help = DIFF)]
    Diff {
        /// The old side: a commit, a folder or a plan
        base: String,
        #[command(flatten)]
        inputs: Inputs,
        /// The output format
        #[arg(long, default_value = "text")]
        format: PlainFormat,
    },
    /// Work with the usage file, which states how much resources are used
    Usage {
        #[command(subcommand)]
        what: UsageCommand,
    },
    /// Check plans for a GitHub pull request, with a check run, a comment and suggestions
    ///
    /// The command reads the environment of a GitHub Actions job: GITHUB_TOKEN, GITHUB_REPOSITORY, GITHUB_EVENT_NAME,
    /// GITHUB_EVENT_PATH, GITHUB_SHA, GITHUB_API_URL. The check run and the comment need `permissions: checks: write,
    /// pull-requests: write`. A failure to write to GitHub does not change the verdict.
    #[command(after_help = GITHUB)]
    Github {
        #[command(flatten)]
        inputs: Inputs,
        #[command(flatten)]
        options: JudgeOptions,
        #[command(flatten)]
        github: GithubArgs,
    },
    /// Check plans for a GitLab merge request, with a note and a code quality report
    ///
    /// The command reads the environment of a job of a merge request pipeline, and writes the note with TOLLGATE_GITLAB_TOKEN, which
    /// needs the scope `api`. The result of the job blocks the merge where "Pipelines must succeed" is set. A failure to write to
    /// GitLab does not change the verdict.
    #[command(after_help = GITLAB)]
    Gitlab {
        #[command(flatten)]
        inputs: Inputs,
        #[command(flatten)]
        options: JudgeOptions,
        #[command(flatten)]
        gitlab: GitlabArgs,
    },
    /// Show the price book, or build a newer one
    Prices {
        #[command(subcommand)]
        what: PricesCommand,
    },
    /// Explain where each tag of a resource comes from, and the findings about the resource
    Explain {
        /// The address of the resource: `module.web.aws_instance.this[0]`
        address: String,
        #[command(flatten)]
        inputs: Inputs,
        /// The output format
        #[arg(long, default_value = "text")]
        format: PlainFormat,
    },
    /// Run the tests of the policy: `*.test.hcl` files below the folder of the policy file
    ///
    /// A test names a plan or lists resources, and lists the findings to expect. It fails when an expected finding is missing
    /// or another finding is open.
    #[command(after_help = TEST)]
    Test {
        /// Test files; all below the folder of the policy file when none is given
        files: Vec<PathBuf>,
        /// The policy file
        #[arg(long, default_value = "tollgate.hcl", env = "TOLLGATE_CONFIG")]
        config: PathBuf,
    },
    /// Compare two versions of a policy over stored plans
    #[command(after_help = SIMULATE)]
    Simulate {
        #[command(flatten)]
        inputs: Inputs,
        /// The policy to compare with: a file, or a commit that contains the policy file
        #[arg(long, value_name = "FILE or REF")]
        from: String,
        /// The output format
        #[arg(long, default_value = "text")]
        format: PlainFormat,
    },
    /// Check a folder again whenever its plan, its sources or the policy change
    #[command(after_help = WATCH)]
    Watch {
        /// The folder to watch
        #[arg(default_value = ".")]
        dir: PathBuf,
        /// The plan, relative to the folder; without one and without --run, the sources are checked
        #[arg(long, default_value = "plan.json")]
        plan: PathBuf,
        /// The policy file
        #[arg(long, default_value = "tollgate.hcl", env = "TOLLGATE_CONFIG")]
        config: PathBuf,
        /// A shell command that writes the plan again when sources change
        #[arg(long, value_name = "COMMAND")]
        run: Option<String>,
        #[command(flatten)]
        options: JudgeOptions,
    },
    /// Import policies from other tools
    Import {
        #[command(subcommand)]
        what: Import,
    },
    /// Print a policy template, or list the templates
    #[command(after_help = TEMPLATES)]
    Templates {
        /// The name of the template
        name: Option<String>,
    },
    /// List the ids of findings, with severity and meaning
    Findings {
        /// The output format
        #[arg(long, default_value = "text")]
        format: PlainFormat,
    },
    /// Print a shell completion script
    #[command(after_help = COMPLETIONS)]
    Completions {
        /// Shell
        shell: clap_complete::Shell,
    },
    /// Write man pages to a folder
    Man {
        /// Folder, which is created if it does not exist
        folder: PathBuf,
    },
}

impl Command {
    /// Whether the command prints JSON; then its errors are JSON too.
    pub(crate) fn is_in_json(&self) -> bool {
        match self {
            Self::Check { format, .. } => matches!(format, FormatArg::Json),
            Self::Cost { options, .. } => options.is_in_json(),
            Self::Diff { format, .. }
            | Self::Explain { format, .. }
            | Self::Simulate { format, .. }
            | Self::Findings { format }
            | Self::Prices { what: PricesCommand::Show { format, .. } } => *format == PlainFormat::Json,
            Self::Fix { .. }
            | Self::Github { .. }
            | Self::Gitlab { .. }
            | Self::Prices { .. }
            | Self::Test { .. }
            | Self::Usage { .. }
            | Self::Watch { .. }
            | Self::Import { .. }
            | Self::Templates { .. }
            | Self::Completions { .. }
            | Self::Man { .. } => false,
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum UsageCommand {
    /// Write a usage file with the figures of every resource of the plans, to be filled in
    ///
    /// Each figure stands in a comment with the quantity that the estimate assumes without it. With --measured, the measured
    /// figures are filled in.
    #[command(after_help = USAGE)]
    Init {
        #[command(flatten)]
        inputs: Inputs,
        /// The file to write; standard output when none is given. An existing file is not overwritten
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
pub(crate) enum PricesCommand {
    /// Build a newer price book from the price lists of AWS, Azure and Google
    ///
    /// A list that was downloaded today is not downloaded again, so an interrupted run can be repeated. Google needs an API key
    /// in TOLLGATE_GOOGLE_KEY. Name the book in the policy file: `prices { book = "prices.tsv.gz" }`.
    Refresh {
        /// The file to write
        #[arg(long, default_value = "prices.tsv.gz", value_name = "FILE")]
        output: PathBuf,
        /// Regions of AWS and Azure, separated by commas
        #[arg(long, required = true, value_name = "NAME", value_delimiter = ',')]
        region: Vec<String>,
        /// Services, separated by commas; all known services when none is given
        #[arg(long, value_name = "NAME", value_delimiter = ',')]
        service: Vec<String>,
        /// Include Google's price list
        #[arg(long)]
        google: bool,
        /// The folder that keeps downloaded lists
        #[arg(long, default_value = ".tollgate-prices", value_name = "DIR")]
        folder: PathBuf,
    },
    /// Show the sources of the price book, or the prices whose key starts with a pattern
    Show {
        /// The start of a price key: `aws/vm/linux/m5`
        pattern: Option<String>,
        /// The region
        #[arg(long, value_name = "NAME")]
        region: Option<String>,
        /// The policy file, for its discounts and its price book
        #[arg(long, default_value = "tollgate.hcl", env = "TOLLGATE_CONFIG")]
        config: PathBuf,
        /// The output format
        #[arg(long, default_value = "text")]
        format: PlainFormat,
    },
}

#[derive(Subcommand)]
pub(crate) enum Import {
    /// Convert AWS Organizations tag policies into tag policies of tollgate.hcl
    Organizations {
        /// Policy documents as JSON, the root of the organization first
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The name of the tag policy
        #[arg(long, default_value = "organization")]
        name: String,
    },
    /// Copy the Rego and data of a conftest folder into the folder that the gate reads
    Conftest {
        /// The folder with conftest.toml or a folder `policy`
        folder: PathBuf,
        /// The folder to copy to
        #[arg(long, default_value = "policies")]
        into: PathBuf,
    },
}
