//! Options that several commands share.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};
use tollgate_policy_gate::output::{Detail, Format};

/// The plans to judge, and what describes them.
#[derive(ClapArgs, Clone)]
pub(crate) struct Inputs {
    /// Plans as JSON: files, patterns such as `envs/*/plan.json`, or `-` for standard input. A folder of Terraform sources is evaluated
    /// without a plan
    #[arg(required = true, value_name = "PLAN")]
    pub(crate) plans: Vec<String>,
    /// The policy file
    #[arg(long, default_value = "tollgate.hcl", env = "TOLLGATE_CONFIG")]
    pub(crate) config: PathBuf,
    /// The folder of the sources, if it is neither the folder of the plan nor the current one
    #[arg(long, value_name = "DIR")]
    pub(crate) source: Option<PathBuf>,
    /// The root folder that paths are relative to; the folder of the policy file by default
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// The environment of the plans, if the policy file does not define it
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,
    /// The cloud account, subscription or project of the plans, if they do not contain it
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,
    /// The region of resources, if the plan does not contain it
    #[arg(long, value_name = "NAME")]
    pub(crate) region: Option<String>,
    /// The measured use of existing resources: a file written by `tollgate usage`
    #[arg(long, value_name = "FILE")]
    pub(crate) measured: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) sources: SourceOptions,
}

/// The heading of the options of folders.
const WITHOUT_A_PLAN: &str = "Without a plan";

/// How sources are evaluated without a plan.
#[derive(ClapArgs, Clone, Default)]
pub(crate) struct SourceOptions {
    /// The value of a variable, for a folder of sources
    #[arg(long = "var", value_name = "NAME=VALUE", help_heading = WITHOUT_A_PLAN)]
    pub(crate) vars: Vec<String>,
    /// A file of variables, besides terraform.tfvars and *.auto.tfvars
    #[arg(long = "var-file", value_name = "FILE", help_heading = WITHOUT_A_PLAN)]
    pub(crate) var_files: Vec<PathBuf>,
    /// The workspace; the selected one by default
    #[arg(long, value_name = "NAME", help_heading = WITHOUT_A_PLAN)]
    pub(crate) workspace: Option<String>,
}

/// What decides about findings besides the policy.
#[derive(ClapArgs, Clone, Default)]
pub(crate) struct JudgeOptions {
    /// The commit that provides the waivers, the baseline and the policy to compare with. In a GitHub Actions job for a pull
    /// request, the default is the base branch
    #[arg(long, value_name = "REF")]
    pub(crate) base: Option<String>,
    /// A group that overrides soft policies in this run; the caller vouches for its consent
    #[arg(long = "override", value_name = "GROUP")]
    pub(crate) overrides: Vec<String>,
    /// The status of budgets: a file written by `tollgate budgets export`, or its s3:// or https:// address
    #[arg(long, value_name = "FILE or URL", env = "TOLLGATE_BUDGETS")]
    pub(crate) budgets: Option<String>,
    /// How to authenticate when --budgets is an https:// address; s3:// uses the AWS keys of the environment
    #[arg(long, value_name = "HOW", default_value = "none", env = "TOLLGATE_BUDGETS_AUTH")]
    pub(crate) budgets_auth: BudgetsAuth,
    /// The cost that other open changes add to budgets, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) open_changes: Option<PathBuf>,
}

/// How much a text shows.
#[derive(ClapArgs, Clone, Default)]
pub(crate) struct DetailArgs {
    /// Show every finding at its line instead of folding what repeats
    #[arg(long, short, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// Show the verdict and the cost only
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

impl DetailArgs {
    pub(crate) fn detail(&self) -> Detail {
        match (self.quiet, self.verbose) {
            (true, _) => Detail::Quiet,
            (false, true) => Detail::Full,
            (false, false) => Detail::Summary,
        }
    }
}

/// What is written to GitHub and to files.
#[derive(ClapArgs, Clone)]
pub(crate) struct GithubArgs {
    /// The name of the check run, as branch protection requires it
    #[arg(long, default_value = "policy-gate", value_name = "NAME")]
    pub(crate) check_name: String,
    /// Write no comment on the pull request
    #[arg(long)]
    pub(crate) no_comment: bool,
    /// Write no suggestions of fixes
    #[arg(long)]
    pub(crate) no_suggestions: bool,
    /// Write the report as SARIF to a file, for code scanning
    #[arg(long, value_name = "FILE")]
    pub(crate) sarif: Option<PathBuf>,
    /// Write the report as JSON to a file
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Append a line to a file for each override that was used: approver, policy, reason
    #[arg(long, value_name = "FILE")]
    pub(crate) audit: Option<PathBuf>,
}

/// What is written to GitLab and to files.
#[derive(ClapArgs, Clone)]
pub(crate) struct GitlabArgs {
    /// The name of the note, for several gates of one project
    #[arg(long, default_value = "policy-gate", value_name = "NAME")]
    pub(crate) note_name: String,
    /// Write no note on the merge request
    #[arg(long)]
    pub(crate) no_note: bool,
    /// Write the report of GitLab's code quality to a file
    #[arg(long, value_name = "FILE")]
    pub(crate) code_quality: Option<PathBuf>,
    /// Write the report as JSON to a file
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum BudgetsAuth {
    /// No authentication
    #[default]
    None,
    /// The OIDC token of the GitHub job, with the address as its audience
    Oidc,
    /// The token in TOLLGATE_BUDGETS_TOKEN, for `tollgate serve`
    Token,
    /// A request signed with the AWS keys of the environment
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
    Codequality,
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
            FormatArg::Codequality => Self::CodeQuality,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlainFormat {
    Text,
    Json,
}
