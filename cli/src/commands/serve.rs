//! `tollgate serve`: the functions `notify`, `slack` and `remediate` on one machine: messages go out, Slack's buttons and
//! commands come in.

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
use tollgate_pipeline::chat::{ChatRequest, Workspaces, perform_request, receive_request};
use tollgate_pipeline::{
    Cloud, DeliveryReport, Polling, Sender, State, deliver_due, export_budgets, fulfil_plan_requests, remediate,
};

use crate::args::{Args, Serve};
use crate::exit::Exit;
use crate::listen::{CLIENT_TIMEOUT, listen};
use crate::output::print_note;
use crate::setup::{cloud, configured_senders, open, variable, workspaces};

/// What requests and periodic rounds share.
struct Service {
    state: State,
    cloud: Option<Cloud>,
    senders: Vec<Sender>,
    workspaces: Workspaces,
    /// The secret of callers of `/v1/budgets`; without it, nobody may read the budgets.
    budgets_token: Option<String>,
}

pub(crate) async fn run(args: &Args, serve: &Serve) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let state = context.state;
    let cloud = if serve.remediate { Some(cloud(args, &state).await?) } else { None };
    let service = Arc::new(Service {
        cloud,
        senders: configured_senders(args, &state.policy).await?,
        workspaces: workspaces(args, &state.policy).await?,
        budgets_token: variable("TOLLGATE_BUDGETS_TOKEN").filter(|token| !token.is_empty()),
        state,
    });
    ensure!(
        !service.senders.is_empty() || service.budgets_token.is_some(),
        "tollgate.hcl has no channel, so there is nothing to send\nhint: `tollgate init` writes a file with examples; with \
         TOLLGATE_BUDGETS_TOKEN, the command serves the status of budgets"
    );
    let listener = tokio::net::TcpListener::bind(&serve.listen)
        .await
        .with_context(|| format!("{}: cannot be listened on\nhint: --listen names another address", serve.listen))?;
    let address = listener.local_addr()?;
    print_note(&format!("listening on http://{address}; point Slack's interactivity and slash command to /slack"));
    if service.workspaces.0.is_empty() {
        print_note("Slack commands are off: tollgate.hcl has no channel of type slack with its secrets set");
    }
    let every = Duration::from_secs(serve.every.into());
    let rounds = tokio::spawn(run_rounds(Arc::clone(&service), every));
    let changes = tokio::spawn(run_changes(Arc::clone(&service), every));
    let app = Router::new()
        .route("/health", get(|| async { "ok" }))
        .route("/slack", post(answer_slack))
        .route("/v1/budgets", get(answer_budgets))
        .with_state(service);
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

/// The status of budgets for `policy-gate`, for callers with the token.
async fn answer_budgets(Shared(service): Shared<Arc<Service>>, headers: HeaderMap) -> Response {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer "));
    let allowed = service.budgets_token.as_deref().zip(given).is_some_and(|(token, given)| same_secret(token, given));
    if !allowed {
        let why = match service.budgets_token {
            Some(_) => {
                "the request has no valid token: `policy-gate --budgets-auth token` sends TOLLGATE_BUDGETS_TOKEN\n"
            }
            None => "TOLLGATE_BUDGETS_TOKEN is not set where `tollgate serve` runs\n",
        };
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], why).into_response();
    }
    match signed_budgets(&service.state).await {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => {
            print_note(&format!("error: {error}"));
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

async fn signed_budgets(state: &State) -> anyhow::Result<String> {
    Ok(serde_json::to_string(&super::budgets::signed(export_budgets(state).await?)?)?)
}

/// Compares two secrets in a time that does not depend on where they differ.
fn same_secret(one: &str, other: &str) -> bool {
    let differs = one.bytes().zip(other.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && differs == 0
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
