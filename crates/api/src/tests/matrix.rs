//! Every route by every role and both tenants: what is allowed is what the table of permissions says, and nothing of one tenant appears
//! for the other.

use std::collections::BTreeSet;

use tollgate_identity::Role;

use super::support::{Served, TENANTS};
use crate::openapi::openapi;
use crate::route::{Body, Route};
use crate::routes;

/// Routes of everybody. Another one is a decision, not an accident.
const OPEN: [&str; 5] = ["getHealth", "startSignIn", "finishSignIn", "openLink", "signOut"];

/// The path of a route for a test, with parameters that are required.
fn path_of(route: &Route) -> String {
    let mut path = route.path.to_owned();
    for name in route.path_parameters() {
        path = path.replace(&format!("{{{name}}}"), "no-such-thing");
    }
    let required: Vec<String> =
        route.parameters.iter().filter(|p| p.required).map(|p| format!("{}=no-such-thing", p.name)).collect();
    if required.is_empty() { path } else { format!("{path}?{}", required.join("&")) }
}

async fn send(served: &Served, route: &Route, caller: Option<&str>) -> super::support::Got {
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(caller.map(|caller| ("x-caller", caller)));
    let body = match route.body {
        Body::Json(_, example) | Body::Message(example) => example,
        Body::Empty | Body::File => "",
    };
    served.send(route.method.as_str(), &path_of(route), &headers, body).await
}

#[test]
fn routes_of_everybody_are_health_and_sign_in_only() {
    let open: Vec<&str> = routes::all().filter(|route| route.is_open()).map(|route| route.operation).collect();
    assert_eq!(open, OPEN);
}

#[test]
fn every_route_is_in_the_document_once() {
    let document = openapi();
    let mut operations = BTreeSet::new();
    for route in routes::all() {
        let operation = &document["paths"][route.path][route.method.as_str().to_lowercase()];
        assert_eq!(operation["operationId"], route.operation, "{}", route.path);
        assert_eq!(operation.get("security").is_some(), route.is_open(), "{}", route.path);
        assert!(operations.insert(route.operation), "{} names two routes", route.operation);
    }
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.values().map(|path| path.as_object().unwrap().len()).sum::<usize>(), operations.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_route_is_allowed_by_its_permission_and_by_nothing_else() {
    let served = Served::start().await;
    for route in routes::all().filter(|route| !route.is_open()) {
        let nobody = send(&served, route, None).await;
        assert_eq!(nobody.status, 401, "{} without a caller: {nobody:?}", route.operation);
        assert!(nobody.header("www-authenticate").starts_with("Bearer"), "{nobody:?}");
        for (tenant, other) in [(TENANTS[0], TENANTS[1]), (TENANTS[1], TENANTS[0])] {
            for role in Role::ALL {
                let caller = format!("{tenant}/{}", role.as_str());
                let got = send(&served, route, Some(&caller)).await;
                let needs = route.permission().map_or(Role::Viewer, |permission| permission.row().role);
                let refused = got.status == 403 && got.json()["code"] == "role_too_low";
                assert_eq!(refused, role < needs, "{} by {caller}: {got:?}", route.operation);
                assert!(got.status < 500 && got.status != 401, "{} by {caller}: {got:?}", route.operation);
                assert!(!got.text.contains(other), "{} by {caller} shows {other}: {}", route.operation, got.text);
            }
        }
    }
}

/// A caller who sees only some charges gets an answer about these, or none.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_sees_some_charges_sees_no_others() {
    let served = Served::start().await;
    for route in routes::all() {
        let Some(permission) = route.permission() else { continue };
        let caller = "alpha/admin/cat/team=search";
        let got = send(&served, route, Some(caller)).await;
        match permission.row().narrows {
            false => {
                assert_eq!((got.status, &got.json()["code"]), (403, &"sees_too_little".into()), "{}", route.operation)
            }
            true => {
                assert!(got.status < 500 && got.status != 403, "{}: {got:?}", route.operation);
                let hidden = ["alpha-compute", "alpha-network", "checkout"];
                assert!(hidden.iter().all(|name| !got.text.contains(name)), "{}: {}", route.operation, got.text);
            }
        }
    }
}

/// A service account cannot do what is for people.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_account_does_not_decide() {
    let served = Served::start().await;
    for route in routes::all() {
        let Some(permission) = route.permission().filter(|permission| permission.row().people_only) else { continue };
        let got = send(&served, route, Some("alpha/admin/svc-ci")).await;
        assert_eq!(
            (got.status, &got.json()["code"]),
            (403, &"people_only".into()),
            "{}: {}",
            route.operation,
            permission.scope()
        );
    }
}
