//! The routes of one resource: what every verb does and how it answers.

use std::fmt::Display;

use axum::{
    Router,
    body::Body,
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::any,
};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use serde_json::json;

use web::Base;

use crate::{
    Change, Created, Identified, Page, PageRequest, Problem, Resource, body, index,
    links::{self, Links},
    list::List,
    negotiate::{self, Answer, Sent},
    representation,
};

type Answered = Result<Response, Problem>;

/// Everything Spring Data REST serves for one repository, the link index included.
pub fn router<R: Resource>(resource: R) -> Router {
    let many = format!("/{}", R::COLLECTION);
    let one = format!("{many}/{{id}}");
    let router = Router::new()
        .route("/", any(index::root::<R>))
        .route("/profile", any(index::profiles::<R>))
        .route(&format!("/profile{many}"), any(index::profile::<R>))
        .route(&many, any(collection::<R>))
        .route(&format!("{many}/"), any(collection::<R>))
        .route(&one, any(item::<R>))
        .route(&format!("{one}/"), any(item::<R>))
        .route(&format!("{one}/{{property}}"), any(|| async { StatusCode::NOT_FOUND }));
    let router = if R::SEARCHES.is_empty() {
        router
    } else {
        router
            .route(&format!("{many}/search"), any(index::searches::<R>))
            .route(&format!("{many}/search/{{name}}"), any(crate::search::run::<R>))
    };
    router.with_state(resource)
}

const COLLECTION_VERBS: &str = "OPTIONS,HEAD,GET,POST";
const ITEM_VERBS: &str = "OPTIONS,HEAD,GET,PUT,PATCH,DELETE";
const PATCHES: HeaderValue = HeaderValue::from_static(
    "application/json,application/merge-patch+json,application/json-patch+json",
);

async fn collection<R: Resource>(State(resource): State<R>, request: Request) -> Answered {
    let (parts, body) = request.into_parts();
    let base = Base::of(&parts.uri, &parts.headers, &parts.extensions);
    match parts.method {
        Method::GET => list(&resource, &base, &parts).await,
        Method::HEAD => {
            let own = Links::default().with("self", links::current(&base, &parts.uri));
            Ok(head(&representation::collection_links::<R>(own, &base)))
        }
        Method::POST => create(&resource, &base, &parts, body).await,
        _ => Ok(otherwise(&parts, COLLECTION_VERBS)),
    }
}

async fn list<R: Resource>(resource: &R, base: &Base, parts: &Parts) -> Answered {
    let answer = negotiate::representation(&parts.headers)?;
    let request = if R::PAGED {
        PageRequest::parse(parts.uri.query(), R::SORTABLE)
    } else {
        PageRequest::everything()
    };
    let Page { items, total } = resource.page(&request).await?;
    List::page::<R>(base, &parts.uri, &request, total)?.answer(items, answer).await
}

async fn create<R: Resource>(resource: &R, base: &Base, parts: &Parts, body: Body) -> Answered {
    let answer = negotiate::representation(&parts.headers)?;
    if let Err(problem) = negotiate::sent(&parts.headers) {
        let accepted = [("accept-post", HeaderValue::from_static(negotiate::JSON))];
        return Ok((accepted, problem).into_response());
    }
    let draft = body::object(&web::bytes(body).await?)?;
    created(resource, base, answer, draft).await
}

async fn created<R: Resource>(
    resource: &R,
    base: &Base,
    answer: Answer,
    draft: R::Draft,
) -> Answered {
    let entity = match resource.create(draft).await? {
        Created::Now(entity) => entity,
        Created::Later { id, detail } => return Ok(postponed::<R>(base, id, &detail)),
    };
    let body = answer.asked.then(|| representation::item::<R>(base, &entity)).transpose()?;
    Ok(written::<R>(StatusCode::CREATED, base, &entity, answer, body))
}

/// Taken, and not there yet: where it will be found, and what it waits for.
fn postponed<R: Resource>(base: &Base, id: i64, detail: &str) -> Response {
    let location = representation::location::<R>(base, id);
    let body = json!({ "status": "queued", "detail": detail, "location": location }).to_string();
    let json = [(header::CONTENT_TYPE, HeaderValue::from_static(negotiate::JSON))];
    let mut response = (StatusCode::ACCEPTED, json, body).into_response();
    located(&mut response, &location);
    response
}

async fn item<R: Resource>(
    State(resource): State<R>,
    path: Result<Path<String>, PathRejection>,
    request: Request,
) -> Answered {
    let (parts, body) = request.into_parts();
    if !ITEM_VERBS.split(',').any(|verb| verb == parts.method) || parts.method == Method::OPTIONS {
        return Ok(([("accept-patch", PATCHES)], otherwise(&parts, ITEM_VERBS)).into_response());
    }
    let id = number::<R>(path)?;
    let base = Base::of(&parts.uri, &parts.headers, &parts.extensions);
    match parts.method {
        Method::HEAD => Ok(match resource.find(id).await? {
            Some(_) => head(&representation::item_links::<R>(&base, id)),
            None => StatusCode::NOT_FOUND.into_response(),
        }),
        Method::PUT => put(&resource, &base, id, &parts, body).await,
        Method::PATCH => patch(&resource, &base, id, &parts, body).await,
        Method::DELETE if resource.delete(id).await? => Ok(no_content()),
        Method::DELETE => Ok(StatusCode::NOT_FOUND.into_response()),
        _ => show(&resource, &base, id, &parts.headers).await,
    }
}

fn number<R: Resource>(path: Result<Path<String>, PathRejection>) -> Result<i64, Problem> {
    let text = path.map(|Path(text)| text).unwrap_or_default();
    text.trim().parse().map_err(|_| {
        let shown: String = text.chars().take(40).collect();
        Problem::not_found(format!("{shown:?} is no id: ids are whole numbers of 64 bits"))
            .hint(format!("see /{} for what there is", R::COLLECTION))
    })
}

async fn show<R: Resource>(resource: &R, base: &Base, id: i64, headers: &HeaderMap) -> Answered {
    let answer = negotiate::representation(headers)?;
    Ok(match resource.find(id).await? {
        Some(entity) => shown(StatusCode::OK, answer, representation::item::<R>(base, &entity)?),
        None => StatusCode::NOT_FOUND.into_response(),
    })
}

async fn put<R: Resource>(
    resource: &R,
    base: &Base,
    id: i64,
    parts: &Parts,
    body: Body,
) -> Answered {
    let answer = negotiate::representation(&parts.headers)?;
    negotiate::sent(&parts.headers)?;
    let bytes = web::bytes(body).await?;
    let draft: R::Draft = body::object(&bytes)?;
    let Some(entity) = resource.update(id, Change::replace(bytes)).await? else {
        return created(resource, base, answer, draft).await;
    };
    if !answer.asked {
        return Ok(written::<R>(StatusCode::NO_CONTENT, base, &entity, answer, None));
    }
    let body = representation::item::<R>(base, &entity)?;
    Ok(written::<R>(StatusCode::OK, base, &entity, answer, Some(body)))
}

async fn patch<R: Resource>(
    resource: &R,
    base: &Base,
    id: i64,
    parts: &Parts,
    body: Body,
) -> Answered {
    let answer = negotiate::representation(&parts.headers)?;
    let sent = match negotiate::sent(&parts.headers) {
        Ok(sent) => sent,
        Err(problem) => return Ok(([("accept-patch", PATCHES)], problem).into_response()),
    };
    let bytes = web::bytes(body).await?;
    let change = match sent {
        Sent::JsonPatch => Change::patched(bytes)?,
        Sent::Json => Change::merged(bytes)?,
    };
    Ok(match resource.update(id, change).await? {
        None => StatusCode::NOT_FOUND.into_response(),
        Some(_) if !answer.asked => no_content(),
        Some(entity) => shown(StatusCode::OK, answer, representation::item::<R>(base, &entity)?),
    })
}

/// An answer with a body.
pub(crate) fn shown(status: StatusCode, answer: Answer, body: impl Into<Body>) -> Response {
    let media_type = HeaderValue::from_static(answer.media_type);
    (status, [(header::CONTENT_TYPE, media_type)], body.into()).into_response()
}

fn written<R: Resource>(
    status: StatusCode,
    base: &Base,
    entity: &R::Entity,
    answer: Answer,
    body: Option<Vec<u8>>,
) -> Response {
    let mut response = match body {
        Some(body) => shown(status, answer, body),
        None if status == StatusCode::NO_CONTENT => no_content(),
        None => status.into_response(),
    };
    located(&mut response, &representation::location::<R>(base, entity.id()));
    response
}

fn located(response: &mut Response, location: &str) {
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
}

/// A 204, which must not say how long nothing is.
fn no_content() -> Response {
    // axum writes the length of every body that knows its own; one that was mapped does not.
    let unmeasured = Empty::<Bytes>::new().map_frame(|frame| frame);
    (StatusCode::NO_CONTENT, Body::new(unmeasured)).into_response()
}

/// HEAD's answer: the links and nothing else.
pub(crate) fn head(links: &Links) -> Response {
    let mut response = no_content();
    if let Some(links) = links.header() {
        response.headers_mut().insert(header::LINK, links);
    }
    response
}

/// OPTIONS, or a verb that is not served.
pub(crate) fn otherwise(parts: &Parts, verbs: &'static str) -> Response {
    let allow = |verbs| [(header::ALLOW, HeaderValue::from_static(verbs))];
    if parts.method != Method::OPTIONS {
        let refused = not_allowed(&parts.method, verbs);
        return (allow(verbs), refused).into_response();
    }
    let asks = |name| parts.headers.contains_key(name);
    if asks(header::ORIGIN) && asks(header::ACCESS_CONTROL_REQUEST_METHOD) {
        // Only the gateway speaks CORS, and this is how Spring says no.
        let verbs = "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH";
        return (StatusCode::FORBIDDEN, allow(verbs), Body::from("Invalid CORS request"))
            .into_response();
    }
    (StatusCode::OK, allow(verbs)).into_response()
}

fn not_allowed(method: impl Display, verbs: &str) -> Problem {
    let detail = format!("{method} is not served here");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail).hint(format!("try one of {verbs}"))
}
