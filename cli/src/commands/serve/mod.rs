//! `tollgate serve`: the functions `notify`, `slack`, `remediate` and `api` on one machine: messages go out, Slack's buttons and
//! commands come in, and the API answers.

mod api;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State as Shared;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jiff::SignedDuration;
use tollgate_model::limits::SERVE_BODY;
use tollgate_pipeline::chat::{ChatRequest, Workspaces, perform_request, receive_request};
use tollgate_pipeline::{Cloud, DeliveryReport, Polling, Sender, State, deliver_due, fulfil_plan_requests, remediate};

use crate::args::{Args, Serve};
use crate::exit::Exit;
use crate::listen::{CLIENT_TIMEOUT, listen};
use crate::output::print_note;
use crate::setup::{cloud, configured_senders, open, workspaces};

/// What requests and periodic rounds share.
struct Service {
    state: State,
    cloud: Option<Cloud>,
    senders: Vec<Sender>,
    workspaces: Workspaces,
}

pub(crate) async fn run(args: &Args, serve: &Serve) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let api = api::connect(args, serve, &context)?;
    let state = context.state;
    let cloud = if serve.remediate { Some(cloud(args, &state).await?) } else { None };
    let service = Arc::new(Service {
        cloud,
        senders: configured_senders(args, &state.policy).await?,
        workspaces: workspaces(args, &state.policy).await?,
        state,
    });
    let listener = tokio::net::TcpListener::bind(&serve.listen)
        .await
        .with_context(|| format!("{}: cannot be listened on\nhint: --listen names another address", serve.listen))?;
    let address = listener.local_addr()?;
    print_note(&format!("listening on http://{address}; point Slack's interactivity and slash command to /slack"));
    api.print_addresses(address).await;
    if service.workspaces.0.is_empty() {
        print_note("Slack commands are off: tollgate.hcl has no channel of type slack with its secrets set");
    }
    let every = Duration::from_secs(serve.every.into());
    let rounds = tokio::spawn(run_rounds(Arc::clone(&service), every));
    let changes = tokio::spawn(run_changes(Arc::clone(&service), every));
    let app = Router::new()
        .route("/health", get(|| async { "ok" }))
        .route("/slack", post(answer_slack))
        .with_state(service)
        .merge(api.router);
    tokio::select! {
        () = listen(listener, app) => {}
        ended = rounds => ended?,
        ended = changes => ended?,
    }
    Ok(Exit::Success)
}

/// The age at which a request that still waits is abandoned: the process that took it has died.
const ABANDONED_AFTER: SignedDuration = SignedDuration::from_secs(30);

/// Sends due messages and performs abandoned requests, in rounds.
async fn run_rounds(service: Arc<Service>, every: Duration) {
    loop {
        match deliver_due(&service.state, &service.senders).await {
            Ok(sent) => log_sent(&sent),
            Err(error) => print_note(&format!("error: {error}")),
        }
        match service.state.ledger.open_requests().await {
            Ok(asked) => {
                let left = format!("{:.3}", service.state.clock.now() - ABANDONED_AFTER);
                for (key, _) in asked.into_iter().filter(|(key, _)| key.sk < left) {
                    if let Err(error) = perform_request(&service.state, &service.workspaces, &key).await {
                        print_note(&format!("error: {error}"));
                    }
                }
            }
            Err(error) => print_note(&format!("error: {error}")),
        }
        tokio::time::sleep(every).await;
    }
}

/// Advances plans, separately from the rounds: a step can take minutes, and alerts do not wait for it.
async fn run_changes(service: Arc<Service>, every: Duration) {
    loop {
        if let Some(cloud) = &service.cloud {
            advance_changes(&service.state, cloud).await;
        }
        tokio::time::sleep(every).await;
    }
}

/// Builds requested plans and advances approved ones.
async fn advance_changes(state: &State, cloud: &Cloud) {
    match fulfil_plan_requests(state, cloud).await {
        Ok(lines) => lines.iter().for_each(|line| print_note(line)),
        Err(error) => print_note(&format!("error: {error}")),
    }
    match Box::pin(remediate(state, cloud, None, Polling::DEFAULT)).await {
        Ok(all) => all.iter().for_each(|a| print_note(&format!("{} {}: {}", a.plan, a.state, a.what.join("; ")))),
        Err(error) => print_note(&format!("error: {error}")),
    }
}

/// Logs on standard error what was sent and what was not.
pub(crate) fn log_sent(sent: &DeliveryReport) {
    for (message, channel, receipt) in &sent.sent {
        // A channel without receipts repeats the id of the message.
        let receipt = if receipt == message { String::new() } else { format!(" ({receipt})") };
        print_note(&format!("sent {message} to {channel}{receipt}"));
    }
    for (message, channel, why) in &sent.waiting {
        print_note(&format!("not sent yet: {message} to {channel}: {why}"));
    }
    for (message, channel, why) in &sent.failed {
        print_note(&format!("not sent: {message} to {channel}: {why}"));
    }
}

async fn answer_slack(Shared(service): Shared<Arc<Service>>, headers: HeaderMap, body: Body) -> Response {
    let body = match tokio::time::timeout(CLIENT_TIMEOUT, to_bytes(body, SERVE_BODY.size())).await {
        Ok(Ok(body)) => body,
        Ok(Err(error)) => {
            print_note(&format!("refused a request: its body did not arrive, or is larger than {SERVE_BODY}: {error}"));
            return StatusCode::PAYLOAD_TOO_LARGE.into_response();
        }
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    let headers =
        headers.iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    let headers = headers.collect();
    let request = ChatRequest { headers: &headers, body: &body };
    let reply = match receive_request(&service.state, &service.workspaces, &request).await {
        Ok(reply) => reply,
        Err(error) => {
            print_note(&format!("error: {error}"));
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    if let Some(why) = &reply.refused {
        print_note(&format!("refused a request: {why}"));
    }
    if let Some(key) = reply.task {
        let service = Arc::clone(&service);
        // Slack waits three seconds for the answer; longer work follows it.
        tokio::spawn(async move {
            if let Err(error) = perform_request(&service.state, &service.workspaces, &key).await {
                print_note(&format!("error: {error}"));
            }
            match deliver_due(&service.state, &service.senders).await {
                Ok(sent) => log_sent(&sent),
                Err(error) => print_note(&format!("error: {error}")),
            }
        });
    }
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = if reply.body == "" { String::new() } else { reply.body.to_string() };
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
