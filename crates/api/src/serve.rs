//! The way of every request: its limits, its caller, the permission, the parameters, the store of the tenant, and the answer in time.
//!
//! The order is that of cost: a caller who is not identified cannot make the server read a body or open a store.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;
use tollgate_identity::{Caller, CallerKind, RateLimit, Role, Way};
use tollgate_model::Limit;
use tollgate_model::limits::{API_BODY, API_REQUESTS, API_SECONDS, API_TARGET, API_UPLOAD, SERVE_SECONDS};
use tollgate_pipeline::RowFilter;

use crate::api::Api;
use crate::call::{Call, OpenCall, PAGE_PARAMETERS};
use crate::dress::RequestId;
use crate::parameter::Query;
use crate::problem::Problem;
use crate::revisions::revisions_tag;
use crate::route::{Answering, Body, Handle, OpenHandle, Route, Validator};
use crate::routes::EXPORT_BUDGETS;
use crate::secret::same_secret;

/// What a request shows to the log.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) route: Option<&'static str>,
    pub(crate) caller: Option<String>,
    pub(crate) tenant: Option<String>,
    pub(crate) way: Option<String>,
    pub(crate) problem: Option<String>,
    limit: Option<RateLimit>,
}

/// Answers a request of a route.
pub(crate) async fn answer(
    api: Arc<Api>,
    slots: &Semaphore,
    route: &'static Route,
    path: Vec<(String, String)>,
    request: Request,
) -> Response {
    let id = RequestId::of(&request);
    let mut seen = Seen { route: Some(route.path), ..Seen::default() };
    let answered = match slots.try_acquire() {
        Ok(_slot) => within_limits(&api, route, path, request, &id, &mut seen).await,
        Err(_) => Err(Problem::busy(format!(
            "the server answers as many requests as it can: {API_REQUESTS}\nhint: repeat the request in a second"
        ))),
    };
    let mut response = answered.unwrap_or_else(|problem| {
        let first = problem.errors.first().map(|error| error.message.clone());
        seen.problem = problem.log.clone().or(first);
        problem.response(&id)
    });
    for (name, value) in seen.limit.iter().flat_map(RateLimit::headers) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response.extensions_mut().insert(seen);
    response
}

async fn within_limits(
    api: &Arc<Api>,
    route: &'static Route,
    path: Vec<(String, String)>,
    request: Request,
    id: &str,
    seen: &mut Seen,
) -> Result<Response, Problem> {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target > API_TARGET.size() {
        let text = format!("the address is longer than {API_TARGET}\nhint: send the question as a body, by POST");
        return Err(Problem::new(StatusCode::URI_TOO_LONG, "address_too_long", text));
    }
    let deadline = Duration::from_secs(API_SECONDS.value);
    let answering = async {
        match route.answering {
            Answering::Everybody(handle) => answer_anybody(api, route, handle, request).await,
            Answering::Callers(_, handle) => answer_caller(api, route, handle, path, request, id, seen).await,
        }
    };
    match tokio::time::timeout(deadline, Box::pin(answering)).await {
        Ok(answered) => answered,
        Err(_) => Err(Problem::new(
            StatusCode::GATEWAY_TIMEOUT,
            "too_slow",
            format!("the answer took longer than {API_SECONDS}\nhint: ask for a shorter period, or for fewer groups"),
        )),
    }
}

async fn answer_anybody(
    api: &Arc<Api>,
    route: &'static Route,
    handle: OpenHandle,
    request: Request,
) -> Result<Response, Problem> {
    let raw_query = request.uri().query().unwrap_or_default().to_owned();
    let call = OpenCall {
        api: Arc::clone(api),
        query: if route.lenient { Query::default() } else { Query::read(&raw_query, route.parameters)? },
        raw_query,
        method: request.method().clone(),
        headers: request.headers().clone(),
    };
    Ok(handle(call).await?.response(status_of(route), false))
}

async fn answer_caller(
    api: &Arc<Api>,
    route: &'static Route,
    handle: Handle,
    path: Vec<(String, String)>,
    request: Request,
    id: &str,
    seen: &mut Seen,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let caller = identify(api, route, &head, seen).await?;
    if let Some(permission) = route.permission() {
        caller.require(permission)?;
    }
    let query = read_query(route, head.uri.query().unwrap_or_default())?;
    let body = read_body(route, &head.headers, body).await?;
    let store = api.tenants.store(&caller.tenant, id).await?;
    let headers = head.headers;
    let known = known_tags(&headers);
    let call = Call { api: Arc::clone(api), route, caller, store, path, query, headers, body, request: id.to_owned() };
    let revisions = match route.validator {
        Validator::Revisions => Some(revisions_tag(&call).await?),
        Validator::None | Validator::Content => None,
    };
    if let Some(tag) = revisions.as_deref().filter(|tag| is_known(&known, tag)) {
        return Ok(not_modified(HeaderValue::from_str(tag).ok()));
    }
    let answer = handle(call).await?;
    let mut response = answer.response(status_of(route), route.validator == Validator::Content);
    if let Some(tag) = revisions.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    let tag = response.headers().get(header::ETAG).cloned();
    match tag.as_ref().and_then(|tag| tag.to_str().ok()) {
        Some(text) if is_known(&known, text) => Ok(not_modified(tag)),
        _ => Ok(response),
    }
}

/// The caller of a request. Their requests are counted before anything else is done for them.
async fn identify(api: &Api, route: &Route, head: &Parts, seen: &mut Seen) -> Result<Caller, Problem> {
    let caller = match gate_caller(api, route, &head.headers) {
        Some(caller) => caller,
        None => api.identity.authenticate(&head.method, &head.headers).await.map_err(|refused| {
            let mut problem = Problem::from(refused);
            if route.operation == EXPORT_BUDGETS
                && let Some(error) = problem.errors.first_mut()
            {
                error.hint.get_or_insert_with(|| {
                    "`policy-gate --budgets-auth token` sends TOLLGATE_BUDGETS_TOKEN, which is also set where `tollgate serve` runs"
                        .to_owned()
                });
            }
            problem
        })?,
    };
    seen.caller = Some(caller.name.clone());
    seen.tenant = Some(caller.tenant.clone());
    seen.way = Some(caller.way.to_string());
    seen.limit = Some(api.identity.count_request(&caller).await?);
    Ok(caller)
}

/// `policy-gate` with its token, which reads the status of budgets and nothing else.
fn gate_caller(api: &Api, route: &Route, headers: &HeaderMap) -> Option<Caller> {
    let token = api.budgets_token.as_ref().filter(|_| route.operation == EXPORT_BUDGETS)?;
    let given = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
    same_secret(&token.secret, given).then(|| Caller {
        tenant: token.tenant.clone(),
        name: "policy-gate".to_owned(),
        kind: CallerKind::ServiceAccount,
        role: Role::Viewer,
        scopes: None,
        filter: RowFilter::everything(),
        way: Way::Key("TOLLGATE_BUDGETS_TOKEN".to_owned()),
    })
}

fn read_query(route: &Route, text: &str) -> Result<Query, Problem> {
    match route.pages {
        false => Query::read(text, route.parameters),
        true => Query::read(text, &[route.parameters, &PAGE_PARAMETERS].concat()),
    }
}

/// The body of a request, within its limit and its time.
async fn read_body(route: &Route, headers: &HeaderMap, body: axum::body::Body) -> Result<Bytes, Problem> {
    let limit: Limit = match route.body {
        Body::Empty | Body::Json(..) | Body::Message(_) => API_BODY,
        Body::File => API_UPLOAD,
    };
    let too_large = || {
        let text = format!("the body is larger than {limit}\nhint: import larger files with `tollgate ingest`");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", text)
    };
    let stated = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if stated.is_some_and(|length| length > limit.value) {
        return Err(too_large());
    }
    let reading = to_bytes(body, limit.size());
    let bytes = match tokio::time::timeout(Duration::from_secs(SERVE_SECONDS.value), reading).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => return Err(too_large()),
        Err(_) => {
            let text = format!("the body did not arrive within {SERVE_SECONDS}\nhint: send it at once");
            return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", text));
        }
    };
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_json = kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    match route.body {
        Body::Json(..) | Body::Message(_) if !bytes.is_empty() && !is_json => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not_json",
            "the body is not declared as JSON\nhint: send the header `Content-Type: application/json`",
        )),
        Body::Empty if !bytes.is_empty() => {
            Err(Problem::bad_request("this route reads no body\nhint: send its parameters in the address"))
        }
        Body::Empty | Body::Json(..) | Body::Message(_) | Body::File => Ok(bytes),
    }
}

/// The tags of the answers that a client has.
fn known_tags(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let tags = values.flat_map(|value| value.split(','));
    tags.map(|tag| tag.trim().trim_start_matches("W/").to_owned()).collect()
}

fn is_known(known: &[String], tag: &str) -> bool {
    known.iter().any(|one| one == tag)
}

fn not_modified(tag: Option<HeaderValue>) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    if let Some(tag) = tag {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn status_of(route: &Route) -> StatusCode {
    StatusCode::from_u16(route.status).unwrap_or(StatusCode::OK)
}
