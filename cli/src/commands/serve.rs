//! `tollgate serve`: on one machine what functions do on AWS: messages go out, and Slack's presses and commands come in.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jiff::SignedDuration;
use tollgate_model::limits::SERVE_BODY;
use tollgate_pipeline::chat::{ChatRequest, Door, perform, receive};
use tollgate_pipeline::{Cloud, Patience, Sender, Sent, State, fulfil_requests, remediate, tick};

use crate::args::{Args, Serve};
use crate::listen::{PATIENCE, listen};
use crate::output::note;
use crate::setup::{cloud, door, open, senders};

/// What is shared by requests and the clock's rounds.
struct Service {
    state: State,
    cloud: Option<Cloud>,
    senders: Vec<Sender>,
    door: Door,
}

pub(crate) async fn run(args: &Args, serve: &Serve) -> anyhow::Result<ExitCode> {
    let context = open(args).await?;
    let state = context.state;
    let cloud = if serve.remediate { Some(cloud(&state).await?) } else { None };
    let service =
        Arc::new(Service { cloud, senders: senders(args, &state.policy)?, door: door(args, &state.policy)?, state });
    ensure!(
        !service.senders.is_empty(),
        "tollgate.hcl names no channel, so there is nothing to serve\nhint: `tollgate init` writes a file with examples"
    );
    let listener = tokio::net::TcpListener::bind(&serve.listen)
        .await
        .with_context(|| format!("{}: cannot be listened on\nhint: --listen names another address", serve.listen))?;
    let address = listener.local_addr()?;
    note(&format!("listening on http://{address}; point Slack's interactivity and slash command to /slack"));
    if service.door.0.is_empty() {
        note("no workspace may ask: tollgate.hcl has no channel of type slack whose secrets are set");
    }
    let every = Duration::from_secs(serve.every.into());
    let rounds = tokio::spawn(rounds(Arc::clone(&service), every));
    let changes = tokio::spawn(changes(Arc::clone(&service), every));
    let app = Router::new().route("/health", get(|| async { "ok" })).route("/slack", post(slack)).with_state(service);
    tokio::select! {
        () = listen(listener, app) => {}
        ended = rounds => ended?,
        ended = changes => ended?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What was asked for is left undone when it still waits after this: whoever took it has died.
const LEFT: SignedDuration = SignedDuration::from_secs(30);

/// Sends what is due, and does what was asked for and left undone, again and again.
async fn rounds(service: Arc<Service>, every: Duration) {
    loop {
        match tick(&service.state, &service.senders).await {
            Ok(sent) => tell(&sent),
            Err(error) => note(&format!("error: {error}")),
        }
        match service.state.ledger.open_requests().await {
            Ok(asked) => {
                let left = format!("{:.3}", service.state.clock.now() - LEFT);
                for (key, _) in asked.into_iter().filter(|(key, _)| key.sk < left) {
                    if let Err(error) = perform(&service.state, &service.door, &key).await {
                        note(&format!("error: {error}"));
                    }
                }
            }
            Err(error) => note(&format!("error: {error}")),
        }
        tokio::time::sleep(every).await;
    }
}

/// Goes on with plans, beside the rounds: a step can take minutes, and alerts do not wait for it.
async fn changes(service: Arc<Service>, every: Duration) {
    loop {
        if let Some(cloud) = &service.cloud {
            change(&service.state, cloud).await;
        }
        tokio::time::sleep(every).await;
    }
}

/// Makes plans that were asked for, and goes on with approved ones.
async fn change(state: &State, cloud: &Cloud) {
    match fulfil_requests(state, cloud).await {
        Ok(lines) => lines.iter().for_each(|line| note(line)),
        Err(error) => note(&format!("error: {error}")),
    }
    match Box::pin(remediate(state, cloud, None, Patience::USUAL)).await {
        Ok(all) => all.iter().for_each(|a| note(&format!("{} {}: {}", a.plan, a.state, a.what.join("; ")))),
        Err(error) => note(&format!("error: {error}")),
    }
}

/// Says on standard error what was sent and what was not.
pub(crate) fn tell(sent: &Sent) {
    for (message, channel, receipt) in &sent.sent {
        note(&format!("sent {message} to {channel} ({receipt})"));
    }
    for (message, channel, why) in &sent.waiting {
        note(&format!("not sent yet: {message} to {channel}: {why}"));
    }
    for (message, channel, why) in &sent.failed {
        note(&format!("not sent: {message} to {channel}: {why}"));
    }
}

async fn slack(Shared(service): Shared<Arc<Service>>, headers: HeaderMap, body: Body) -> Response {
    let body = match tokio::time::timeout(PATIENCE, to_bytes(body, SERVE_BODY.size())).await {
        Ok(Ok(body)) => body,
        Ok(Err(error)) => {
            note(&format!("refused a request: its body does not arrive, or is larger than {SERVE_BODY}: {error}"));
            return StatusCode::PAYLOAD_TOO_LARGE.into_response();
        }
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let request =
        ChatRequest { timestamp: text("x-slack-request-timestamp"), signature: text("x-slack-signature"), body: &body };
    let reply = match receive(&service.state, &service.door, &request).await {
        Ok(reply) => reply,
        Err(error) => {
            note(&format!("error: {error}"));
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    if let Some(why) = &reply.refused {
        note(&format!("refused a request: {why}"));
    }
    if let Some(key) = reply.task {
        let service = Arc::clone(&service);
        // Slack waits for three seconds; what takes longer is done afterwards.
        tokio::spawn(async move {
            if let Err(error) = perform(&service.state, &service.door, &key).await {
                note(&format!("error: {error}"));
            }
            match tick(&service.state, &service.senders).await {
                Ok(sent) => tell(&sent),
                Err(error) => note(&format!("error: {error}")),
            }
        });
    }
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = if reply.body == "" { String::new() } else { reply.body.to_string() };
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
