//! Opens a store with its policy: adapters of one machine or of AWS, behind the ports of the pipeline.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use tollgate_lake::Lake;
use tollgate_ledger::{Ledger, MemoryTable, SqliteTable};
use tollgate_model::Clock;
use tollgate_model::limits::GATE_FILE;
use tollgate_pipeline::chat::Workspaces;
use tollgate_pipeline::{
    Cloud, Context, IngestOptions, Progress, Sender, State, apply_dimensions, find_unmatched_scopes,
};
use tollgate_policy::Policy;
use tollgate_sources::ReadOptions;
use tollgate_wiring::{ChannelParts, Endpoints};

use crate::args::{Args, ReadArgs};
use crate::aws;
use crate::output::{is_terminal, print_note};

/// The tenant of a store on one machine.
const TENANT: &str = "local";
/// The default name of the policy file.
pub(crate) const POLICY: &str = "tollgate.hcl";

/// The clock of the machine; `TOLLGATE_NOW` sets it for tests and for reproducible output.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
    fn now(&self) -> Timestamp {
        variable("TOLLGATE_NOW").and_then(|t| t.parse().ok()).unwrap_or_else(Timestamp::now)
    }
}

/// The two parts of a store.
pub(crate) struct Store {
    pub(crate) ledger: PathBuf,
    pub(crate) lake: PathBuf,
}

impl Store {
    pub(crate) fn at(root: &Path) -> Self {
        Self { ledger: root.join("ledger.db"), lake: root.join("lake") }
    }
}

/// The policy in effect and the file that it comes from.
pub(crate) fn policy(args: &Args) -> anyhow::Result<(Policy, Option<PathBuf>)> {
    let candidates = match &args.config {
        Some(named) => vec![named.clone()],
        None => vec![args.store.join(POLICY), PathBuf::from(POLICY)],
    };
    for path in &candidates {
        match std::fs::read_to_string(path) {
            Ok(text) => return Ok((parse_policy(path, &text)?, Some(path.clone()))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && args.config.is_none() => {}
            Err(error) => {
                return Err(error).with_context(|| {
                    format!("{}: the policy file cannot be read\nhint: `tollgate init` writes one", path.display())
                });
            }
        }
    }
    Ok((Policy::without_file(), None))
}

/// Reads a policy file with the tables beside it.
pub(crate) fn parse_policy(path: &Path, text: &str) -> anyhow::Result<Policy> {
    Ok(Policy::parse_with(&path.display().to_string(), text, &|name| table_beside(path, name))?)
}

/// Reads a table by its path below the folder of the policy file.
pub(crate) fn table_beside(policy: &Path, name: &str) -> Result<String, String> {
    let path = policy.parent().unwrap_or(Path::new("")).join(name);
    let size = std::fs::metadata(&path).map_err(|e| e.to_string())?.len();
    if size > GATE_FILE.value {
        return Err(format!("the table is larger than {GATE_FILE}"));
    }
    std::fs::read_to_string(&path).map_err(|e| e.to_string())
}

/// Opens a store; creates it if it does not exist.
pub(crate) async fn create(args: &Args) -> anyhow::Result<Context> {
    if let Some(place) = place(args)? {
        return aws::context(args, &place).await;
    }
    std::fs::create_dir_all(&args.store).with_context(|| format!("{}: cannot be created", args.store.display()))?;
    folder_context(args).await
}

/// Opens a store to compare an import with it. A store that does not exist is not created.
pub(crate) async fn open_for_check(args: &Args) -> anyhow::Result<Context> {
    if place(args)?.is_some() || Store::at(&args.store).ledger.exists() {
        return open(args).await;
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let table = MemoryTable::new(Arc::clone(&clock));
    let state = State {
        ledger: Ledger::new(Arc::new(table), TENANT),
        policy: Arc::new(policy(args)?.0),
        run: format!("local-{}", clock.now().as_millisecond()).into(),
        clock,
    };
    Ok(Context { state, lake: Lake::in_memory() })
}

/// Opens an existing store.
pub(crate) async fn open(args: &Args) -> anyhow::Result<Context> {
    if let Some(place) = place(args)? {
        return aws::context(args, &place).await;
    }
    let ledger = Store::at(&args.store).ledger;
    if !ledger.exists() {
        let hint = match nearby_stores().as_slice() {
            [] => "`tollgate ingest FILE…` creates one, `tollgate demo` creates one with sample data; --store names another folder"
                .to_owned(),
            [near, ..] => format!(
                "there is one in {0}: add `--store {0}`, or `export TOLLGATE_STORE={0}` for all commands",
                near.display()
            ),
        };
        anyhow::bail!("{}: there is no store here\nhint: {hint}", args.store.display());
    }
    folder_context(args).await
}

/// The stores in folders of the current folder, such as that of a demo.
fn nearby_stores() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(".").into_iter().flatten().flatten().map(|entry| PathBuf::from(entry.file_name()));
    let mut found: Vec<PathBuf> = entries.filter(|folder| Store::at(folder).ledger.is_file()).collect();
    found.sort();
    found
}

/// Opens a store in a folder, divided by the dimensions of the policy file as it is now.
async fn folder_context(args: &Args) -> anyhow::Result<Context> {
    let store = Store::at(&args.store);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let table = SqliteTable::open(&store.ledger, Arc::clone(&clock))?;
    let (policy, file) = policy(args)?;
    let state = State {
        ledger: Ledger::new(Arc::new(table), TENANT),
        policy: Arc::new(policy),
        run: format!("local-{}", clock.now().as_millisecond()).into(),
        clock,
    };
    let context = Context { state, lake: Lake::folder(&store.lake)? };
    // Without a file the command may only run in the wrong folder.
    if let Some(file) = file {
        let changed = apply_dimensions(&context).await?;
        if changed > 0 {
            let months = if changed == 1 { "month" } else { "months" };
            print_note(&format!(
                "the dimensions of {} changed: {changed} {months} sorted by them again",
                file.display()
            ));
        }
    }
    Ok(context)
}

/// Notes on standard error what of the policy matches no charge.
pub(crate) async fn note_unmatched(context: &Context) -> anyhow::Result<()> {
    for unmatched in find_unmatched_scopes(context).await? {
        print_note(&format!("warning: {unmatched}"));
    }
    Ok(())
}

/// The ledger of a folder, whatever its policy file holds.
pub(crate) fn ledger_at(folder: &Path) -> anyhow::Result<Ledger> {
    let table = SqliteTable::open(&Store::at(folder).ledger, Arc::new(SystemClock))?;
    Ok(Ledger::new(Arc::new(table), TENANT))
}

/// A table and a bucket on AWS: `aws://TABLE/BUCKET`.
pub(crate) struct Place {
    #[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "this program was built without AWS"))]
    pub(crate) table: String,
    #[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "this program was built without AWS"))]
    pub(crate) lake: String,
}

/// Where on AWS the store is; `None` for a folder.
pub(crate) fn place(args: &Args) -> anyhow::Result<Option<Place>> {
    let Some(rest) = args.store.to_str().and_then(|s| s.strip_prefix("aws://")) else { return Ok(None) };
    match rest.split_once('/') {
        Some((table, lake)) if !table.is_empty() && !lake.is_empty() && !lake.contains('/') => {
            Ok(Some(Place { table: table.to_owned(), lake: lake.to_owned() }))
        }
        _ => anyhow::bail!(
            "--store aws://{rest} names no table and bucket\nhint: use the output `Store` of the CloudFormation stack"
        ),
    }
}

/// The inventory of a store on one machine: with it, advice and plans need no cloud account.
pub(crate) const INVENTORY: &str = "inventory.json";

/// The cloud of advice and change: the inventory in the store's folder, or AWS.
pub(crate) async fn cloud(args: &Args, state: &State) -> anyhow::Result<Cloud> {
    let path = args.store.join(INVENTORY);
    if place(args)?.is_some() || !path.exists() {
        return aws::cloud(state).await;
    }
    tollgate_wiring::snapshot::connect_snapshot(&path)
        .with_context(|| format!("{}: the inventory cannot be read", path.display()))
}

/// The channels of a policy, with tokens from the environment.
pub(crate) async fn senders(args: &Args, policy: &Policy) -> anyhow::Result<Vec<Sender>> {
    parts(args, policy, |parts| tollgate_wiring::senders(policy, parts)).await
}

/// The channels of a policy, of which each can send or has a fallback that can.
///
/// Errors with every setting that a channel lacks, before anything is sent, so that all messages wait for it.
pub(crate) async fn configured_senders(args: &Args, policy: &Policy) -> anyhow::Result<Vec<Sender>> {
    let senders = senders(args, policy).await?;
    let mut missing: Vec<&str> = Vec::new();
    for sender in &senders {
        let Some(why) = sender.unconfigured.as_deref() else { continue };
        match Sender::fallbacks(&senders, &sender.name).find(|s| s.unconfigured.is_none()) {
            Some(fallback) => {
                print_note(&format!("note: \"{}\" gets the messages of \"{}\": {why}", fallback.name, sender.name))
            }
            None => missing.push(why),
        }
    }
    anyhow::ensure!(missing.is_empty(), "nothing was sent; messages wait\n{}", missing.join("\n"));
    Ok(senders)
}

/// The chat workspaces whose requests are accepted, with secrets from the environment.
pub(crate) async fn workspaces(args: &Args, policy: &Policy) -> anyhow::Result<Workspaces> {
    parts(args, policy, |parts| tollgate_wiring::workspaces(policy, parts)).await
}

async fn parts<T>(args: &Args, policy: &Policy, make: impl FnOnce(&ChannelParts<'_>) -> T) -> anyhow::Result<T> {
    // Only channels of AWS and stores there need its configuration.
    #[cfg(feature = "aws")]
    let config = match place(args)?.is_some() || policy.channels.iter().any(|c| is_on_aws(c.kind.name)) {
        true => aws::config().await,
        false => Err(anyhow::anyhow!("no channel of AWS")),
    };
    #[cfg(not(feature = "aws"))]
    let _ = policy;
    let http = tollgate_wiring::http_client::http_client().context("the HTTP client cannot be created")?;
    let endpoints = Endpoints::read(variable("TOLLGATE_ENDPOINTS").as_deref());
    // The topic and bus of a deployment come from the environment, if set.
    let (topic, bus) = match place(args)? {
        Some(_) => (variable("TOLLGATE_TOPIC"), variable("TOLLGATE_EVENT_BUS")),
        None => (None, None),
    };
    Ok(make(&ChannelParts {
        secrets: &variable,
        #[cfg(feature = "aws")]
        aws: config.as_ref().map_err(ToString::to_string),
        topic: topic.as_deref(),
        bus: bus.as_deref(),
        http: &http,
        endpoints: &endpoints,
    }))
}

/// Whether a type of channel calls AWS.
#[cfg(feature = "aws")]
fn is_on_aws(kind: &str) -> bool {
    matches!(kind, "email" | "sns")
}

#[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

pub(crate) fn ingest_options(args: &ReadArgs) -> IngestOptions {
    IngestOptions {
        source: args.source.clone(),
        read: ReadOptions { currency: args.currency, ..ReadOptions::default() },
        strict: args.strict,
        replace: args.replace,
        feed: None,
        check: false,
        workers: std::thread::available_parallelism().map_or(2, usize::from),
    }
}

/// The error of a command that needs a feature which this program was built without.
#[cfg(not(feature = "full"))]
pub(crate) fn not_built(feature: &str, what: &str) -> anyhow::Error {
    anyhow::anyhow!(
        "this program was built without {what} (feature `{feature}`)\nhint: build it with `cargo build --release --features full`, or install a release, which has every feature"
    )
}

/// A progress bar on a terminal, nothing elsewhere.
pub(crate) fn progress() -> Progress {
    if !is_terminal() {
        return Arc::new(|_, _, _| {});
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{spinner} reading {msg} {wide_bar} {percent:>3} %") {
        bar.set_style(style);
    }
    Arc::new(move |name, read, size| {
        bar.set_message(name.rsplit('/').next().unwrap_or(name).to_owned());
        bar.set_length(size.unwrap_or(read));
        bar.set_position(read);
        if size == Some(read) {
            bar.finish_and_clear();
        }
    })
}
