//! Search methods: what was found, and an empty list when nothing was looked for.

use std::{borrow::Cow, fmt::Display};

use axum::{
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};

use serde::de::{self, IntoDeserializer as _};

use web::{Base, query};

use crate::{
    Problem, Resource, Search,
    index::READ_VERBS,
    lenient,
    links::{self, Links},
    list::List,
    negotiate,
    router::{head, otherwise},
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
    let items = match value(search, parts.uri.query())? {
        Some(value) => resource.search(search, value).await?,
        None => Vec::new().into(),
    };
    List::found::<R>(base, &parts.uri)?.answer(items, answer).await
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

/// The id to look for; without one nothing is found. Of several the first counts, and all have to be ids.
fn value(search: &Search, query: Option<&str>) -> Result<Option<i64>, Problem> {
    let wanted = search.parameter;
    let ids: Vec<_> =
        given(wanted, query).iter().map(|value| id(search, value)).collect::<Result<_, _>>()?;
    let Some(first) = ids.first() else {
        let given: Vec<_> =
            query::names(query).map(|name| name.chars().take(40).collect()).collect();
        let given: &[String] = &given;
        tracing::info!(search = search.name, wanted, ?given, "a search without its parameter");
        return Ok(None);
    };
    Ok(*first)
}

fn id(search: &Search, value: &str) -> Result<Option<i64>, Problem> {
    let wanted = search.parameter;
    let refused = |why: &dyn Display| {
        Problem::bad_request(format!("{wanted}: {why}"))
            .hint(format!("write {}?{wanted}=1", search.name))
    };
    // In a body this text is as good as nothing; a link with it was built from a missing number.
    if value.trim() == "null" {
        return Err(refused(&"null is no number"));
    }
    lenient::long(value.into_deserializer()).map_err(|error: de::value::Error| refused(&error))
}

/// The values of a parameter: the originals began its name with a capital in some searches and not in
/// others, and clients take the one for the other.
fn given<'q>(wanted: &str, query: Option<&'q str>) -> Vec<Cow<'q, str>> {
    let (first, rest) = wanted.split_at(1);
    let named = |name: &str| {
        let begins = name.get(..1).is_some_and(|letter| letter.eq_ignore_ascii_case(first));
        begins && name[1..] == *rest
    };
    let mut values: Vec<_> = query::pairs(query).filter(|(name, _)| named(name)).collect();
    // As it is spelt in the template, if it was given both ways.
    values.sort_by_key(|(name, _)| name != wanted);
    values.into_iter().map(|(_, value)| value).collect()
}
