//! The router: one row of the table of routes after another, each behind the same checks.

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::http::{StatusCode, Uri};
use axum::middleware::from_fn;
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use tokio::sync::Semaphore;
use tollgate_model::limits::API_REQUESTS;
use tower::ServiceExt;

use crate::api::Api;
use crate::dress::{RequestId, dress};
use crate::problem::Problem;
use crate::route::{Route, RouteMethod};
use crate::routes;
use crate::serve::answer;

/// The router of the API. It is mounted as it is, or merged with routes that have no fallback of their own.
pub fn router(api: Api) -> Router {
    let api = Arc::new(api);
    let slots = Arc::new(Semaphore::new(API_REQUESTS.size()));
    let mut router = Router::new();
    for route in routes::all() {
        router = router.route(route.path, serving(route, &api, &slots));
    }
    let outer = Arc::clone(&api);
    let router = router.fallback(no_such_route).method_not_allowed_fallback(no_such_method);
    router.layer(from_fn(move |request, next| dress(Arc::clone(&outer), request, next)))
}

fn serving(route: &'static Route, api: &Arc<Api>, slots: &Arc<Semaphore>) -> axum::routing::MethodRouter {
    let method = match route.method {
        RouteMethod::Get => MethodFilter::GET,
        RouteMethod::Post => MethodFilter::POST,
        RouteMethod::Put => MethodFilter::PUT,
        RouteMethod::Delete => MethodFilter::DELETE,
    };
    let (api, slots) = (Arc::clone(api), Arc::clone(slots));
    on(method, move |path: Result<RawPathParams, RawPathParamsRejection>, request: Request| {
        let (api, slots) = (Arc::clone(&api), Arc::clone(&slots));
        Box::pin(async move {
            let Ok(path) = path else {
                let text = "a part of the path is no UTF-8\nhint: encode names as %XX of their UTF-8 bytes";
                return Problem::bad_request(text).response(&RequestId::of(&request));
            };
            let path = path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            answer(api, &slots, route, path, request).await
        })
    })
}

/// The answer to a path that is no route.
async fn no_such_route(uri: Uri, request: Request) -> Response {
    let id = RequestId::of(&request);
    let shown: String = uri.path().chars().take(100).collect();
    let hint = "GET /v1/openapi.json lists the routes";
    Problem::not_found(format!("there is no route `{shown}`\nhint: {hint}")).response(&id)
}

/// The answer to a method that a route does not have.
async fn no_such_method(request: Request) -> Response {
    let id = RequestId::of(&request);
    let text = "the route does not have this method\nhint: the header Allow names those that it has";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", text).response(&id)
}

/// The answer of a router to one request: for a function, and for tests.
pub async fn respond(router: Router, request: Request) -> Response {
    match router.oneshot(request).await {
        Ok(response) => response,
        // A router does not fail.
        Err(never) => match never {},
    }
}
