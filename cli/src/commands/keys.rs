//! `tollgate keys`: create, list, rotate and revoke API keys. A key is on standard output once, and nowhere after that.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tollgate_identity::{ApiKeys, CreatedKey, KeyState, SystemRandomness};
use tollgate_ledger::ApiKeyRecord;
use tollgate_pipeline::Context;

use crate::args::{Args, Format, KeysCommand};
use crate::exit::Exit;
use crate::output::{csv, json, print_note, table, to_minute};
use crate::print_line;
use crate::setup::open;
use crate::who;

/// A key in a list.
#[derive(Serialize)]
struct ListedKey {
    id: String,
    account: String,
    state: &'static str,
    scopes: Vec<String>,
    created_by: String,
    created_at: Timestamp,
    expires_at: Timestamp,
    last_used: Option<tollgate_model::Day>,
    replaced_by: Option<String>,
}

/// A key that was just created.
#[derive(Serialize)]
struct ShownKey {
    key: String,
    id: String,
    account: String,
    expires_at: Timestamp,
}

pub(crate) async fn run(args: &Args, command: Option<&KeysCommand>) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let keys = keys_of(&context);
    match command {
        None | Some(KeysCommand::List) => list(args, &context, &keys).await?,
        Some(KeysCommand::Create { account, scopes, days, actor }) => {
            let created = keys.create(&who::actor(args, actor).await?, account, scopes, *days).await?;
            show(args, &created)?;
        }
        Some(KeysCommand::Rotate { key, overlap, actor }) => {
            let overlap = SignedDuration::from_secs(i64::try_from(*overlap).unwrap_or(0));
            let created = keys.rotate(&who::actor(args, actor).await?, key, overlap).await?;
            show(args, &created)?;
        }
        Some(KeysCommand::Revoke { key, actor }) => {
            let revoked = keys.revoke(&who::actor(args, actor).await?, key).await?;
            match args.format {
                Format::Json => json(&listed(&revoked, context.state.clock.now()))?,
                Format::Text | Format::Csv => print_line!("the key {} of {} is revoked", revoked.id, revoked.account),
            }
        }
    }
    Ok(Exit::Success)
}

fn keys_of(context: &Context) -> ApiKeys {
    let state = &context.state;
    ApiKeys {
        ledger: state.ledger.clone(),
        tenant: state.ledger.tenant().to_owned(),
        policy: Arc::clone(&state.policy),
        clock: Arc::clone(&state.clock),
        randomness: Arc::new(SystemRandomness::new()),
    }
}

fn listed(key: &ApiKeyRecord, now: Timestamp) -> ListedKey {
    ListedKey {
        id: key.id.clone(),
        account: key.account.clone(),
        state: KeyState::of(key, now).as_str(),
        scopes: key.scopes.clone(),
        created_by: key.created_by.clone(),
        created_at: key.created_at,
        expires_at: key.expires_at,
        last_used: key.last_used,
        replaced_by: key.replaced_by.clone(),
    }
}

async fn list(args: &Args, context: &Context, keys: &ApiKeys) -> anyhow::Result<()> {
    let now = context.state.clock.now();
    let keys: Vec<ListedKey> = keys.list().await?.iter().map(|key| listed(key, now)).collect();
    match args.format {
        Format::Json => json(&keys)?,
        Format::Csv => csv(&keys)?,
        Format::Text if keys.is_empty() => print_line!("no keys; `tollgate keys create ACCOUNT` creates one"),
        Format::Text => {
            let row = |key: &ListedKey| {
                vec![
                    key.id.clone(),
                    key.account.clone(),
                    key.state.to_owned(),
                    to_minute(key.expires_at),
                    key.last_used.map_or_else(|| "never".to_owned(), |day| day.to_string()),
                    if key.scopes.is_empty() { "all of its role".to_owned() } else { key.scopes.join(", ") },
                    key.created_by.clone(),
                ]
            };
            let header = ["key", "account", "state", "expires", "last used", "?scopes", "?created by"];
            table(&header, keys.iter().map(row).collect());
        }
    }
    Ok(())
}

/// Shows a key once: the key alone on standard output, for a file or a secret store.
fn show(args: &Args, created: &CreatedKey) -> anyhow::Result<()> {
    let record = &created.record;
    match args.format {
        Format::Json => json(&ShownKey {
            key: created.key.reveal().to_owned(),
            id: record.id.clone(),
            account: record.account.clone(),
            expires_at: record.expires_at,
        })?,
        Format::Text | Format::Csv => {
            print_line!("{}", created.key.reveal());
            print_note(&format!(
                "the key {} of {} is valid until {}; it is not shown again",
                record.id,
                record.account,
                to_minute(record.expires_at)
            ));
        }
    }
    Ok(())
}
