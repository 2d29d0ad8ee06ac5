//! Calls: a request whose caller is known, whose permission and parameters are verified, and the store of its tenant.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tollgate_identity::Caller;
use tollgate_model::Day;
use tollgate_model::document::document;
use tollgate_model::limits::API_PAGE;
use tollgate_pipeline::{Actor, Context, State};

use crate::answer::Answer;
use crate::api::Api;
use crate::cursor::{cursor_after, item_of_cursor};
use crate::parameter::{Kind, Parameter, Query};
use crate::problem::Problem;
use crate::route::Route;
use crate::tenants::TenantStore;

/// Items of a page without `limit`.
const ITEMS: usize = 100;

/// The parameters of every list.
pub(crate) const PAGE_PARAMETERS: [Parameter; 2] = [
    Parameter::new("limit", Kind::Number(1, API_PAGE.value), "items of a page; 100 without it"),
    Parameter::new("cursor", Kind::Text, "`next_cursor` of the page before"),
];

/// A request, ready to be answered.
pub(crate) struct Call {
    pub(crate) api: Arc<Api>,
    pub(crate) route: &'static Route,
    /// Who calls.
    pub(crate) caller: Caller,
    /// The store of the caller's tenant.
    pub(crate) store: TenantStore,
    /// The parameters of the path.
    pub(crate) path: Vec<(String, String)>,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The id of the request.
    pub(crate) request: String,
}

/// A request of anybody.
pub(crate) struct OpenCall {
    pub(crate) api: Arc<Api>,
    pub(crate) query: Query,
    /// The text of the query, as it was sent.
    pub(crate) raw_query: String,
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListOrder {
    /// The smallest key first.
    Ascending,
    /// The largest key first.
    Descending,
}

impl Call {
    /// The store with the charges.
    pub(crate) fn context(&self) -> &Context {
        &self.store.context
    }

    /// The ledger, the policy and the time.
    pub(crate) fn state(&self) -> &State {
        &self.store.context.state
    }

    /// The current instant.
    pub(crate) fn now(&self) -> Timestamp {
        self.state().clock.now()
    }

    /// The current day.
    pub(crate) fn today(&self) -> Day {
        Day::of(self.now())
    }

    /// The caller as the actor of a change.
    pub(crate) fn actor(&self) -> Actor {
        self.caller.actor()
    }

    /// A part of the path.
    pub(crate) fn part(&self, name: &str) -> &str {
        self.path.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// The same caller with another question: for a tool that a route answers.
    pub(crate) fn for_route(&self, route: &'static Route, path: Vec<(String, String)>, query: Query) -> Self {
        Self {
            api: Arc::clone(&self.api),
            route,
            caller: self.caller.clone(),
            store: self.store.clone(),
            path,
            query,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            request: self.request.clone(),
        }
    }

    /// The body as JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let body: &[u8] = if self.body.is_empty() { b"{}" } else { &self.body };
        serde_json::from_slice(body).map_err(|error| {
            let hint = "docs/reference/openapi.json has the fields of each body";
            let text = error.to_string();
            match text.contains("hint: ") {
                true => Problem::bad_request(format!("the body: {text}")),
                false => Problem::bad_request(format!("the body: {text}\nhint: {hint}")),
            }
        })
    }

    /// The name of the request that the client gave it: the same request twice makes one thing. Without one, each request is its own.
    pub(crate) fn request_name(&self) -> String {
        let given = self.headers.get("idempotency-key").and_then(|value| value.to_str().ok());
        given.map_or_else(|| self.request.clone(), |key| format!("api|{}|{key}", self.caller.name))
    }

    /// A page of a list. The key of an item is unique and orders the list.
    pub(crate) fn page<T: Serialize>(
        &self,
        items: Vec<T>,
        order: ListOrder,
        key: impl Fn(&T) -> String,
    ) -> Result<Answer, Problem> {
        let mut keyed: Vec<(String, T)> = items.into_iter().map(|item| (key(&item), item)).collect();
        keyed.sort_by(|(a, _), (b, _)| match order {
            ListOrder::Ascending => a.cmp(b),
            ListOrder::Descending => b.cmp(a),
        });
        let list = self.list_name();
        if let Some(cursor) = self.query.text("cursor") {
            let after = item_of_cursor(&self.api.cursor_key, &list, cursor).ok_or_else(|| {
                Problem::bad_request(
                    "the cursor is not of this list\nhint: send the same parameters as for the page before, with its `next_cursor`",
                )
            })?;
            keyed.retain(|(key, _)| match order {
                ListOrder::Ascending => *key > after,
                ListOrder::Descending => *key < after,
            });
        }
        let most = self.query.value::<usize>("limit")?.unwrap_or(ITEMS);
        let more = keyed.len() > most;
        keyed.truncate(most);
        let next = keyed.last().filter(|_| more).map(|(key, _)| cursor_after(&self.api.cursor_key, &list, key));
        let items: Vec<&T> = keyed.iter().map(|(_, item)| item).collect();
        let mut out = document(&items).map_err(|error| Problem::internal(error.to_string()))?;
        out.insert("next_cursor".to_owned(), next.map_or(Value::Null, Value::from));
        Ok(Answer::Document(out))
    }

    /// A list without pages, of which `truncated` says whether it has all.
    pub(crate) fn list(items: &[impl Serialize], truncated: bool) -> Result<Answer, Problem> {
        let mut out = document(&items).map_err(|error| Problem::internal(error.to_string()))?;
        out.insert("truncated".to_owned(), truncated.into());
        Ok(Answer::Document(out))
    }

    /// The name of the list that the request asks for.
    fn list_name(&self) -> String {
        let path: Vec<&str> = self.path.iter().map(|(_, value)| value.as_str()).collect();
        let (caller, route) = (&self.caller, self.route);
        format!("{}|{}|{}|{}|{}", caller.tenant, caller.name, route.operation, path.join("/"), self.query.canonical())
    }
}
