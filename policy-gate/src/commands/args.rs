//! The command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use tollgate_policy_gate::output::Format;

const EXIT_CODES: &str = "Exit codes: 0 passed, 1 blocked, 2 misuse or input that cannot be read.";

const CHECK: &str = "\
Example:
  terraform plan -out tf.plan && terraform show -json tf.plan > plan.json
  policy-gate check plan.json

Exit codes: 0 passed, 1 blocked, 2 misuse or input that cannot be read.";

const FIX: &str = "\
Example:
  policy-gate fix plan.json --set team=platform --write";

const COST: &str = "\
Example:
  policy-gate cost plan.json";

const GITHUB: &str = "\
Example, in a job with the plan:
  policy-gate github plan.json --budgets https://finops.example.com/v1/budgets --budgets-auth oidc

A soft block is let pass by an approving review of a named team, or by a comment:
  /policy-gate override POLICY COMMIT WHY
Who is in a team is asked with TOLLGATE_TEAM_TOKEN, or with GITHUB_TOKEN where it may.";

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

/// Judges Terraform and OpenTofu plans by tollgate.hcl, before they are applied.
///
/// It never blocks on what it doesn't know, and never passes what it can prove wrong.
#[derive(Parser)]
#[command(name = "policy-gate", version, after_help = EXIT_CODES, arg_required_else_help = true)]
pub(crate) struct Args {
    /// Colour in the output
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
    /// Judge plans: the verdict, and each finding with its line
    ///
    /// Many plans at once are one verdict. Sources are looked for beside each plan, then here; without any, findings have no
    /// lines and no fixes, and the verdict is the same or less certain.
    #[command(after_help = CHECK)]
    Check {
        #[command(flatten)]
        inputs: Inputs,
        #[command(flatten)]
        terms: Terms,
        /// How to say it
        #[arg(long, default_value = "text")]
        format: FormatArg,
        /// Write it to a file; the verdict is still told
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Write the findings that block to a baseline, so that they no longer do, and pass
        #[arg(long)]
        write_baseline: bool,
    },
    /// Show, or write, what mends findings: tags where they belong, everything else as it is
    ///
    /// A fix is offered when the changed file parses and satisfies the policy. A value is taken from --set, from the only one
    /// that the policy allows, or from the only one that the plan has.
    #[command(after_help = FIX)]
    Fix {
        #[command(flatten)]
        inputs: Inputs,
        /// The value of a tag that is missing
        #[arg(long, value_name = "KEY=VALUE")]
        set: Vec<String>,
        /// Write the changes into the sources
        #[arg(long)]
        write: bool,
    },
    /// Show what plans cost: each resource and its parts, before and after
    ///
    /// Nothing is judged. What cannot be told is said so, and counts as nothing nowhere.
    #[command(after_help = COST)]
    Cost {
        #[command(flatten)]
        inputs: Inputs,
        /// Resources that do not change too
        #[arg(long)]
        all: bool,
        /// How to say it
        #[arg(long, default_value = "text")]
        format: PlainFormat,
    },
    /// Judge plans for a pull request of GitHub: a check run that blocks, a comment, annotations, suggestions
    ///
    /// Reads what a job of GitHub Actions is told: GITHUB_TOKEN, GITHUB_REPOSITORY, GITHUB_EVENT_NAME, GITHUB_EVENT_PATH,
    /// GITHUB_SHA, GITHUB_API_URL. A check run and a comment need `permissions: checks: write, pull-requests: write`. What cannot
    /// be said on GitHub never changes the verdict.
    #[command(after_help = GITHUB)]
    Github {
        #[command(flatten)]
        inputs: Inputs,
        #[command(flatten)]
        terms: Terms,
        #[command(flatten)]
        github: GithubArgs,
    },
    /// The price book: what it knows, and how to make a newer one
    Prices {
        #[command(subcommand)]
        what: PricesCommand,
    },
    /// Show how each tag of a resource comes to be, and what each policy says of it
    Explain {
        /// The resource: `module.web.aws_instance.this[0]`
        address: String,
        #[command(flatten)]
        inputs: Inputs,
        /// How to say it
        #[arg(long, default_value = "text")]
        format: PlainFormat,
    },
    /// Run the tests of policies: `*.test.hcl` beside the policy file
    ///
    /// Each names a plan, or writes resources, and what has to be found: everything that is named, and nothing else.
    #[command(after_help = TEST)]
    Test {
        /// Test files; those below the folder of the policy file when none is named
        files: Vec<PathBuf>,
        /// The policy file
        #[arg(long, default_value = "tollgate.hcl", env = "TOLLGATE_CONFIG")]
        config: PathBuf,
    },
    /// Run a changed policy over stored plans, and show what would change
    #[command(after_help = SIMULATE)]
    Simulate {
        #[command(flatten)]
        inputs: Inputs,
        /// What to compare with: another policy file, or a commit that has one
        #[arg(long, value_name = "FILE or REF")]
        from: String,
        /// How to say it
        #[arg(long, default_value = "text")]
        format: PlainFormat,
    },
    /// Judge again whenever the plan, the sources or the policy of a folder change
    #[command(after_help = WATCH)]
    Watch {
        /// The folder
        #[arg(default_value = ".")]
        dir: PathBuf,
        /// The plan, in the folder
        #[arg(long, default_value = "plan.json")]
        plan: PathBuf,
        /// The policy file
        #[arg(long, default_value = "tollgate.hcl", env = "TOLLGATE_CONFIG")]
        config: PathBuf,
        /// A command that creates the plan anew when sources change
        #[arg(long, value_name = "COMMAND")]
        run: Option<String>,
    },
    /// Take over policies of others
    Import {
        #[command(subcommand)]
        what: Import,
    },
    /// Print a policy to start from; without a name, list them
    #[command(after_help = TEMPLATES)]
    Templates {
        /// The template
        name: Option<String>,
    },
    /// List what can be found: ids, severities and what each means
    Findings {
        /// How to say it
        #[arg(long, default_value = "text")]
        format: PlainFormat,
    },
}

#[derive(Subcommand)]
pub(crate) enum PricesCommand {
    /// Make a newer book from the providers' own lists: AWS's Price List, Azure's Retail Prices, Google's catalogue with a key
    ///
    /// A list that was read today is not read again, so whoever is interrupted goes on. Google's key comes from
    /// TOLLGATE_GOOGLE_KEY. The book goes to the policy file: `prices { book = "prices.tsv.gz" }`.
    Refresh {
        /// Where to write it
        #[arg(long, default_value = "prices.tsv.gz", value_name = "FILE")]
        output: PathBuf,
        /// Regions of AWS, and of Azure
        #[arg(long, required = true, value_name = "NAME", value_delimiter = ',')]
        region: Vec<String>,
        /// Services; all that are understood when none is named
        #[arg(long, value_name = "NAME", value_delimiter = ',')]
        service: Vec<String>,
        /// Google's too
        #[arg(long)]
        google: bool,
        /// Where lists that were read are kept
        #[arg(long, default_value = ".tollgate-prices", value_name = "DIR")]
        folder: PathBuf,
    },
    /// What the book knows: its sources, or the prices of things whose key starts with something
    Show {
        /// The start of a key: `aws/vm/linux/m5`
        pattern: Option<String>,
        /// Where
        #[arg(long, value_name = "NAME")]
        region: Option<String>,
        /// The policy file, for discounts and a newer book
        #[arg(long, default_value = "tollgate.hcl", env = "TOLLGATE_CONFIG")]
        config: PathBuf,
        /// How to say it
        #[arg(long, default_value = "text")]
        format: PlainFormat,
    },
}

#[derive(Subcommand)]
pub(crate) enum Import {
    /// AWS Organizations tag policies, from the root of the organization down, as one tag policy
    Organizations {
        /// Policy documents as JSON, the root's first
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The name of the tag policy
        #[arg(long, default_value = "organization")]
        name: String,
    },
    /// A folder of conftest: its Rego and data, into the folder that the gate reads
    Conftest {
        /// The folder with conftest.toml or `policy`
        folder: PathBuf,
        /// Where to put them
        #[arg(long, default_value = "policies")]
        into: PathBuf,
    },
}

/// What is judged, and by what.
#[derive(ClapArgs, Clone)]
pub(crate) struct Inputs {
    /// Plans as JSON: files, patterns such as `envs/*/plan.json`, or `-` for standard input
    #[arg(required = true, value_name = "PLAN")]
    pub(crate) plans: Vec<String>,
    /// The policy file
    #[arg(long, default_value = "tollgate.hcl", env = "TOLLGATE_CONFIG")]
    pub(crate) config: PathBuf,
    /// The folder of the sources, when it is not the plan's own or this one
    #[arg(long, value_name = "DIR")]
    pub(crate) source: Option<PathBuf>,
    /// The folder that stands for the repository, when that is not where the policy file lies: places are told from it
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// The environment of the plans, when the policy file cannot tell
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,
    /// The cloud account, subscription or project of the plans, when they do not tell
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,
    /// The region of resources, when the plan does not tell
    #[arg(long, value_name = "NAME")]
    pub(crate) region: Option<String>,
    /// How much resources that are there were used: what `tollgate usage` writes
    #[arg(long, value_name = "FILE")]
    pub(crate) measured: Option<PathBuf>,
}

/// What findings lead to.
#[derive(ClapArgs, Clone, Default)]
pub(crate) struct Terms {
    /// The commit that waivers, baseline and the policy to compare with are read from. A pull request of GitHub Actions takes
    /// its base branch
    #[arg(long, value_name = "REF")]
    pub(crate) base: Option<String>,
    /// A group that lets soft policies pass this time; whoever runs the gate answers that it did
    #[arg(long = "override", value_name = "GROUP")]
    pub(crate) overrides: Vec<String>,
    /// How budgets stand: the file that `tollgate budgets export` writes, or the https:// address of it
    #[arg(long, value_name = "FILE or URL", env = "TOLLGATE_BUDGETS")]
    pub(crate) budgets: Option<String>,
    /// How to prove who asks, where --budgets is an address
    #[arg(long, value_name = "HOW", default_value = "none", env = "TOLLGATE_BUDGETS_AUTH")]
    pub(crate) budgets_auth: BudgetsAuth,
    /// What the other open changes add to budgets, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) open_changes: Option<PathBuf>,
}

/// How it is said on GitHub.
#[derive(ClapArgs, Clone)]
pub(crate) struct GithubArgs {
    /// The name of the check run, which branch protection asks for
    #[arg(long, default_value = "policy-gate", value_name = "NAME")]
    pub(crate) check_name: String,
    /// No comment on the pull request
    #[arg(long)]
    pub(crate) no_comment: bool,
    /// No suggestions beside the lines of fixes
    #[arg(long)]
    pub(crate) no_suggestions: bool,
    /// Write the report as SARIF, for code scanning
    #[arg(long, value_name = "FILE")]
    pub(crate) sarif: Option<PathBuf>,
    /// Write the report as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Add a line to a file for each override that was used: who, what, why
    #[arg(long, value_name = "FILE")]
    pub(crate) audit: Option<PathBuf>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum BudgetsAuth {
    /// Nobody asks
    #[default]
    None,
    /// GitHub's token of the job (OIDC), for the address as its audience
    Oidc,
    /// A signature with the AWS keys of the environment
    Iam,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum FormatArg {
    Text,
    Json,
    Sarif,
    Github,
    Markdown,
    Junit,
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Text => Self::Text,
            FormatArg::Json => Self::Json,
            FormatArg::Sarif => Self::Sarif,
            FormatArg::Github => Self::Github,
            FormatArg::Markdown => Self::Markdown,
            FormatArg::Junit => Self::Junit,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlainFormat {
    Text,
    Json,
}
