//! Search methods: what was found, or an empty list and a word in the log.

use axum::{
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};

use crate::{
    Base, Problem, Resource, Search,
    index::READ_VERBS,
    links::{self, Links},
    negotiate, query, representation,
    router::{head, listed, otherwise},
};

pub(crate) async fn run<R: Resource>(
    State(resource): State<R>,
    path: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let search = named::<R>(&path.map(|Path(name)| name).unwrap_or_default())?;
    if search.unsafe_method && parts.method != Method::OPTIONS {
        return Ok(unsafe_method::<R>(search));
    }
    let base = Base::of(&parts.uri, &parts.headers, &parts.extensions);
    match parts.method {
        Method::GET => found(&resource, search, &base, &parts).await,
        Method::HEAD => Ok(head(&Links::default().with("self", links::current(&base, &parts.uri)))),
        _ => Ok(otherwise(&parts, if search.unsafe_method { "OPTIONS" } else { READ_VERBS })),
    }
}

async fn found<R: Resource>(
    resource: &R,
    search: &'static Search,
    base: &Base,
    parts: &Parts,
) -> Result<Response, Problem> {
    let answer = negotiate::representation(&parts.headers)?;
    let items = match value(search, parts.uri.query()) {
        Some(value) => resource.search(search, &value).await?,
        None => Vec::new(),
    };
    let bytes = representation::found::<R>(base, &parts.uri, &items)?;
    Ok(listed(items.len(), answer, bytes))
}

fn named<R: Resource>(name: &str) -> Result<&'static Search, Problem> {
    R::SEARCHES.iter().find(|search| search.name == name).ok_or_else(|| {
        let names: Vec<&str> = R::SEARCHES.iter().map(|search| search.name).collect();
        Problem::not_found(format!("/{} has no such search", R::COLLECTION))
            .hint(format!("the searches are {}", names.join(", ")))
    })
}

fn unsafe_method<R: Resource>(search: &Search) -> Response {
    let detail = format!("{} deletes, and a search must not", search.name);
    let refused = Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)
        .hint(format!("find the item, then send DELETE /{}/{{id}}", R::COLLECTION));
    ([(header::ALLOW, HeaderValue::from_static("OPTIONS"))], refused).into_response()
}

/// The value to look for, which is an id in all of the fleet's searches.
fn value(search: &Search, query: Option<&str>) -> Option<String> {
    let wanted = search.parameter;
    let Some(value) = query::values(query, wanted).next() else {
        let given: Vec<_> =
            query::names(query).map(|name| name.chars().take(40).collect()).collect();
        let given: &[String] = &given;
        tracing::info!(search = search.name, wanted, ?given, "a search without its parameter");
        return None;
    };
    let value = value.trim();
    if value.parse::<i64>().is_err() {
        tracing::info!(search = search.name, wanted, "a search for what is no whole number");
        return None;
    }
    Some(value.to_owned())
}
