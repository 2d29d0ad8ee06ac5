//! Reads the status of budgets from a file, an object of S3, an address with authentication, or the table.

use std::path::Path;

use anyhow::{Context, bail};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use serde_json::{Map, Value};
use tollgate_model::budget::BudgetExport;
use tollgate_model::hash::{has_keyed_hash, sha256};
use tollgate_policy::Policy;
use tollgate_policy_gate::cost::{Budgets, OpenChanges, budget_export};
use tollgate_prices::remote::Remote;

use super::aws_request;
use super::base::ReadFrom;
use super::options::{BudgetsAuth, JudgeOptions};
use super::runtime;

/// The longest status that is read.
const LIMIT: usize = 8 << 20;

/// Reads the status that the caller names. A failure is an error: a gate that does not know the budgets must not pass as if it
/// did.
pub(super) fn read(options: &JudgeOptions, policy: &Policy, files: &ReadFrom) -> anyhow::Result<Budgets> {
    let export = match &options.budgets {
        None => None,
        Some(from) if from.starts_with("https://") || from.starts_with("http://") => {
            let bytes = runtime()?.block_on(fetch(from, options.budgets_auth));
            Some(parse(from, &bytes.with_context(|| format!("the status of budgets cannot be read from {from}"))?)?)
        }
        Some(from) if from.starts_with("s3://") => {
            let bytes = runtime()?.block_on(aws_request::read_object(from, LIMIT));
            Some(parse(from, &bytes.with_context(|| format!("the status of budgets cannot be read from {from}"))?)?)
        }
        Some(from) if from.starts_with("dynamodb:") => Some(table(from, policy)?),
        Some(from) => Some(parse(from, &files.named_file(Path::new(from))?)?),
    };
    let open = match &options.open_changes {
        None => OpenChanges::default(),
        Some(path) => open_changes(path, &files.named_file(path)?)?,
    };
    Ok(Budgets { export, open })
}

fn open_changes(path: &Path, bytes: &[u8]) -> anyhow::Result<OpenChanges> {
    serde_json::from_slice(bytes).with_context(|| path.display().to_string())
}

fn parse(from: &str, bytes: &[u8]) -> anyhow::Result<BudgetExport> {
    let export = budget_export(from, bytes).map_err(anyhow::Error::msg)?;
    // With a key, a status that anybody else wrote or changed is no status.
    if let Ok(key) = variable("TOLLGATE_BUDGETS_KEY", "")
        && !is_signed(bytes, key.as_bytes())?
    {
        bail!(
            "{from}: has no valid signature\nhint: write it with the same TOLLGATE_BUDGETS_KEY in the environment of \
             `tollgate budgets export` or `tollgate serve`"
        );
    }
    Ok(export)
}

/// Whether a status is as somebody with the key wrote it. The document is taken as it is: a newer program may have written fields that
/// this one does not know.
fn is_signed(bytes: &[u8], key: &[u8]) -> anyhow::Result<bool> {
    let mut fields: Map<String, Value> = serde_json::from_slice(bytes)?;
    match fields.remove("signature") {
        Some(Value::String(signature)) => Ok(has_keyed_hash(key, &sha256(&fields)?, &signature)),
        _ => Ok(false),
    }
}

async fn fetch(url: &str, auth: BudgetsAuth) -> anyhow::Result<Vec<u8>> {
    let remote = Remote::new()?;
    let headers = match auth {
        BudgetsAuth::None => HeaderMap::new(),
        BudgetsAuth::Oidc => oidc(&remote, url).await?,
        BudgetsAuth::Token => {
            let hint = "set the secret that `tollgate serve` has under the same name";
            bearer(&variable("TOLLGATE_BUDGETS_TOKEN", hint)?)?
        }
        BudgetsAuth::Iam => {
            let service =
                if tollgate_prices::remote::host(url).contains(".lambda-url.") { "lambda" } else { "execute-api" };
            aws_request::sign(url, service)?
        }
    };
    Ok(remote.get(url, &headers, LIMIT).await?)
}

#[expect(clippy::disallowed_methods, reason = "the edge of the program reads the clock and the environment")]
pub(super) fn variable(name: &str, hint: &str) -> anyhow::Result<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty()).with_context(|| format!("{name} is not set\nhint: {hint}"))
}

/// Requests an OIDC token of the GitHub job, with the address as its only audience.
async fn oidc(remote: &Remote, url: &str) -> anyhow::Result<HeaderMap> {
    let hint = "give the job `permissions: id-token: write`";
    let request = variable("ACTIONS_ID_TOKEN_REQUEST_URL", hint)?;
    let token = variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN", hint)?;
    let audience = url.split('/').take(3).collect::<Vec<_>>().join("/");
    let separator = if request.contains('?') { '&' } else { '?' };
    let address = format!("{request}{separator}audience={audience}");
    let answer = remote.get(&address, &bearer(&token)?, LIMIT).await?;
    let answer: Value = serde_json::from_slice(&answer).context("GitHub's response is not JSON")?;
    let value = answer["value"].as_str().context("GitHub's response has no token")?;
    bearer(value)
}

fn bearer(token: &str) -> anyhow::Result<HeaderMap> {
    // An error of the header would repeat the token.
    let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
        .map_err(|_| anyhow::anyhow!("the token is not one line of text"))?;
    value.set_sensitive(true);
    Ok(HeaderMap::from_iter([(AUTHORIZATION, value)]))
}

/// The table, where this program was built to read it.
#[cfg(not(feature = "dynamodb"))]
fn table(from: &str, _: &Policy) -> anyhow::Result<BudgetExport> {
    let hint = "use the file of `tollgate budgets export`, or build with --features dynamodb";
    bail!("{from}: this program was built without the feature `dynamodb`\nhint: {hint}")
}

/// The table itself: the last status of every budget.
#[cfg(feature = "dynamodb")]
fn table(from: &str, policy: &Policy) -> anyhow::Result<BudgetExport> {
    let names: Vec<String> = policy.budgets.iter().map(|b| b.name.clone()).collect();
    runtime()?.block_on(super::table::read(from.trim_start_matches("dynamodb:"), &names))
}
