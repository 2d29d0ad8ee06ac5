//! Routes: each is one row with its path, its permission, its parameters and its answer. The router, the check of permissions and the
//! OpenAPI document are made of the same rows.

use futures::future::BoxFuture;
use tollgate_identity::Permission;

use crate::answer::Answer;
use crate::call::{Call, OpenCall};
use crate::parameter::Parameter;
use crate::problem::Problem;

/// The method of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RouteMethod {
    /// Reads.
    Get,
    /// Asks with a body, or changes something.
    Post,
    /// Replaces something.
    Put,
    /// Removes something, or rolls it back.
    Delete,
}

impl RouteMethod {
    /// The word of HTTP.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// The body that a route reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    /// None.
    Empty,
    /// A JSON object with some fields, and an example of it.
    Json(&'static [Parameter], &'static str),
    /// A JSON object whose fields depend on one of them, and an example of it.
    Message(&'static str),
    /// A billing file.
    File,
}

/// From what the tag of an answer is made, by which a client asks whether it has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Validator {
    /// The answer has none.
    None,
    /// Its own content.
    Content,
    /// The revisions of the charges, the policy and the day: the question is not asked again.
    Revisions,
}

/// What answers a request of an identified caller.
pub(crate) type Handle = fn(Call) -> BoxFuture<'static, Result<Answer, Problem>>;

/// What answers a request of anybody.
pub(crate) type OpenHandle = fn(OpenCall) -> BoxFuture<'static, Result<Answer, Problem>>;

/// What answers a route, and for whom.
#[derive(Clone, Copy)]
pub(crate) enum Answering {
    /// Everybody: health and sign-in. It has no store.
    Everybody(OpenHandle),
    /// Callers who are identified, with a permission where one is named.
    Callers(Option<Permission>, Handle),
}

/// A route.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    pub(crate) method: RouteMethod,
    /// Its path, with `{name}` for a part that is a parameter.
    pub(crate) path: &'static str,
    /// The name of the operation: `listIncidents`.
    pub(crate) operation: &'static str,
    /// What it does, in one line.
    pub(crate) summary: &'static str,
    /// The parameters of its query.
    pub(crate) parameters: &'static [Parameter],
    /// Whether its query may have more parameters, as identity providers send them.
    pub(crate) lenient: bool,
    pub(crate) body: Body,
    /// The status of a success.
    pub(crate) status: u16,
    /// The schema of docs/reference/json that its answer has.
    pub(crate) schema: Option<&'static str>,
    /// Whether the answer is a list with pages.
    pub(crate) pages: bool,
    pub(crate) validator: Validator,
    pub(crate) answering: Answering,
}

impl Route {
    /// A route of everybody.
    pub(crate) const fn open(
        path: &'static str,
        operation: &'static str,
        summary: &'static str,
        handle: OpenHandle,
    ) -> Self {
        Self {
            method: RouteMethod::Get,
            path,
            operation,
            summary,
            parameters: &[],
            lenient: false,
            body: Body::Empty,
            status: 200,
            schema: None,
            pages: false,
            validator: Validator::None,
            answering: Answering::Everybody(handle),
        }
    }

    /// A route that reads.
    pub(crate) const fn get(
        path: &'static str,
        operation: &'static str,
        summary: &'static str,
        permission: Permission,
        handle: Handle,
    ) -> Self {
        let read = Self::of_callers(path, operation, summary, handle);
        Self { answering: Answering::Callers(Some(permission), handle), ..read }
    }

    /// A route that takes a body or changes something.
    pub(crate) const fn post(
        path: &'static str,
        operation: &'static str,
        summary: &'static str,
        permission: Permission,
        handle: Handle,
    ) -> Self {
        let get = Self::get(path, operation, summary, permission, handle);
        Self { method: RouteMethod::Post, validator: Validator::None, ..get }
    }

    /// A route that reads, of every caller who is identified.
    pub(crate) const fn of_callers(
        path: &'static str,
        operation: &'static str,
        summary: &'static str,
        handle: Handle,
    ) -> Self {
        Self {
            method: RouteMethod::Get,
            path,
            operation,
            summary,
            parameters: &[],
            lenient: false,
            body: Body::Empty,
            status: 200,
            schema: None,
            pages: false,
            validator: Validator::Content,
            answering: Answering::Callers(None, handle),
        }
    }

    /// The same with another method.
    pub(crate) const fn by(self, method: RouteMethod) -> Self {
        Self { method, ..self }
    }

    /// The same with parameters of the query.
    pub(crate) const fn taking(self, parameters: &'static [Parameter]) -> Self {
        Self { parameters, ..self }
    }

    /// The same with a JSON body.
    pub(crate) const fn reading(self, fields: &'static [Parameter], example: &'static str) -> Self {
        Self { body: Body::Json(fields, example), ..self }
    }

    /// The same with a billing file as its body.
    pub(crate) const fn reading_file(self) -> Self {
        Self { body: Body::File, ..self }
    }

    /// The same with a schema of its answer.
    pub(crate) const fn answering(self, schema: &'static str) -> Self {
        Self { schema: Some(schema), ..self }
    }

    /// The same with another status of a success.
    pub(crate) const fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// The same, whose answer is a list with pages.
    pub(crate) const fn in_pages(self) -> Self {
        Self { pages: true, ..self }
    }

    /// The same, whose answer depends on the charges, the policy and the day alone.
    pub(crate) const fn by_revisions(self) -> Self {
        Self { validator: Validator::Revisions, ..self }
    }

    /// The permission that it needs.
    pub(crate) const fn permission(&self) -> Option<Permission> {
        match self.answering {
            Answering::Everybody(_) => None,
            Answering::Callers(permission, _) => permission,
        }
    }

    /// What answers it for callers; none for a route of everybody.
    pub(crate) const fn handle(&self) -> Option<Handle> {
        match self.answering {
            Answering::Everybody(_) => None,
            Answering::Callers(_, handle) => Some(handle),
        }
    }

    /// Whether everybody may use it.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.answering, Answering::Everybody(_))
    }

    /// The names of the parameters of its path.
    pub(crate) fn path_parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}
