//! The caller: who they are, what they may do, and the sign-in of people.

use serde_json::{Value, json};
use tollgate_identity::PERMISSIONS;

use crate::answer::Answer;
use crate::call::{Call, OpenCall};
use crate::openapi::openapi;
use crate::parameter::{Kind, Parameter};
use crate::problem::Problem;
use crate::route::{Route, RouteMethod, Validator};

pub(super) const ROUTES: &[Route] = &[
    Route::of_callers("/v1/me", "getCaller", "Who calls, with which role and permissions", |call| Box::pin(me(call))),
    Route::of_callers("/v1/openapi.json", "getDocument", "This document", |call| Box::pin(document(call))),
    Route {
        parameters: &[
            Parameter::new("provider", Kind::Text, "the identity provider of tollgate.hcl; the only one without it"),
            Parameter::new("return_to", Kind::Text, "the path of this site that opens afterwards"),
        ],
        status: 303,
        ..Route::open("/v1/sign-in", "startSignIn", "Sign in: sends the browser to the identity provider", |call| {
            Box::pin(start(call))
        })
    },
    Route {
        parameters: &[
            Parameter::new("state", Kind::Text, "as the provider sends it"),
            Parameter::new("code", Kind::Text, "as the provider sends it"),
            Parameter::new("error", Kind::Text, "as the provider sends it"),
        ],
        lenient: true,
        status: 303,
        ..Route::open("/v1/sign-in/callback", "finishSignIn", "The way back from the identity provider", |call| {
            Box::pin(finish(call))
        })
    },
    Route {
        parameters: &[Parameter::new("secret", Kind::Text, "the secret of the link").required()],
        status: 303,
        ..Route::open("/v1/sign-in/link", "openLink", "The one-time link that `tollgate serve` prints", |call| {
            Box::pin(link(call))
        })
    },
    Route {
        method: RouteMethod::Post,
        status: 204,
        validator: Validator::None,
        ..Route::open("/v1/sign-out", "signOut", "Ends the session of the browser", |call| Box::pin(sign_out(call)))
    },
];

async fn me(call: Call) -> Result<Answer, Problem> {
    let caller = &call.caller;
    let may: Vec<&str> =
        PERMISSIONS.iter().filter(|row| caller.require(row.permission).is_ok()).map(|row| row.scope).collect();
    Answer::of(&json!({
        "tenant": caller.tenant,
        "name": caller.name,
        "kind": caller.kind.as_str(),
        "role": caller.role.as_str(),
        "permissions": may,
        "sees_everything": caller.sees_everything(),
        "identified_by": caller.way.to_string(),
    }))
}

async fn document(_: Call) -> Result<Answer, Problem> {
    match openapi() {
        Value::Object(document) => Ok(Answer::Document(document)),
        _ => Err(Problem::internal("the OpenAPI document is no object")),
    }
}

async fn start(call: OpenCall) -> Result<Answer, Problem> {
    let return_to = call.query.text("return_to").unwrap_or("/");
    let started = call.api.identity.start_sign_in(call.query.text("provider"), return_to).await?;
    Ok(Answer::Redirect(started.location, vec![started.cookie]))
}

async fn finish(call: OpenCall) -> Result<Answer, Problem> {
    let done = call.api.identity.finish_sign_in(&call.headers, &call.raw_query).await?;
    Ok(Answer::Redirect(done.return_to, done.cookies))
}

async fn link(call: OpenCall) -> Result<Answer, Problem> {
    let done = call.api.identity.open_local_link(call.query.text("secret").unwrap_or_default()).await?;
    Ok(Answer::Redirect(done.return_to, done.cookies))
}

async fn sign_out(call: OpenCall) -> Result<Answer, Problem> {
    let cookie = call.api.identity.sign_out(&call.method, &call.headers).await?;
    Ok(Answer::Done(vec![cookie]))
}
