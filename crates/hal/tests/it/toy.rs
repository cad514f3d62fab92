//! Orders and traces in memory, and a client that sees raw answers.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
    middleware,
};
use hal::{
    Change, Created, Identified, Page, PageRequest, Problem, Property, Resource, Rows, Search,
};
use serde::{Deserialize, Serialize};
use tower::ServiceExt;
use utoipa::ToSchema;
use web::problem::{Dialect, render};

/// What the client writes; the original's fields, and a double to have one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Draft {
    #[serde(deserialize_with = "hal::lenient::long")]
    pub(crate) product_id: Option<i64>,
    #[serde(deserialize_with = "hal::lenient::int")]
    pub(crate) qty: Option<i32>,
    #[serde(deserialize_with = "hal::lenient::text")]
    #[schema(example = "cash")]
    pub(crate) payment_type: Option<String>,
    // The recordings have no double; a real service shows its nulls.
    #[serde(deserialize_with = "hal::lenient::double", skip_serializing_if = "Option::is_none")]
    pub(crate) weight: Option<f64>,
    #[serde(deserialize_with = "hal::lenient::long")]
    pub(crate) cost: Option<i64>,
    #[serde(deserialize_with = "hal::lenient::text")]
    pub(crate) product_name: Option<String>,
}

/// What is shown.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Shown {
    #[serde(skip)]
    pub(crate) id: i64,
    #[serde(flatten)]
    pub(crate) draft: Draft,
}

impl Identified for Shown {
    fn id(&self) -> i64 {
        self.id
    }
}

/// The rows.
#[derive(Clone, Default)]
pub(crate) struct Store(Arc<Mutex<BTreeMap<i64, Draft>>>);

impl Store {
    pub(crate) fn with(rows: i64) -> Self {
        let coffee = Draft {
            product_id: Some(1),
            qty: Some(1),
            payment_type: Some("cash".into()),
            cost: Some(1000),
            product_name: Some("Coffee".into()),
            ..Draft::default()
        };
        Self(Arc::new(Mutex::new((1..=rows).map(|id| (id, coffee.clone())).collect())))
    }

    pub(crate) fn len(&self) -> usize {
        self.rows().len()
    }

    fn rows(&self) -> std::sync::MutexGuard<'_, BTreeMap<i64, Draft>> {
        self.0.lock().expect("no test panics while it holds the rows")
    }

    fn page(&self, request: &PageRequest) -> Page<Shown> {
        let rows = self.rows();
        let mut items: Vec<Shown> =
            rows.iter().map(|(&id, draft)| Shown { id, draft: draft.clone() }).collect();
        for order in request.sort.iter().rev().filter(|order| order.property.json == "qty") {
            items.sort_by_key(|item| item.draft.qty);
            if order.descending {
                items.reverse();
            }
        }
        let (from, many) = (to_usize(request.offset()), to_usize(request.size));
        let page: Vec<Shown> = items.into_iter().skip(from).take(many).collect();
        Page { items: page.into(), total: rows.len() as u64 }
    }

    fn create(&self, draft: Draft) -> Shown {
        let mut rows = self.rows();
        let id = rows.keys().next_back().map_or(1, |last| last + 1);
        rows.insert(id, draft.clone());
        Shown { id, draft }
    }

    fn update(&self, id: i64, change: &Change) -> Result<Option<Shown>, Problem> {
        let mut rows = self.rows();
        let Some(row) = rows.get_mut(&id) else { return Ok(None) };
        *row = change.apply(row)?;
        Ok(Some(Shown { id, draft: row.clone() }))
    }
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

macro_rules! resource {
    ($name:ident, $many:literal, $one:literal, $paged:literal, $searches:expr) => {
        #[derive(Clone, Default)]
        pub(crate) struct $name(pub(crate) Store);

        impl Resource for $name {
            const COLLECTION: &'static str = $many;
            const ITEM: &'static str = $one;
            const PAGED: bool = $paged;
            const SORTABLE: &'static [Property] = &[
                Property { json: "id", column: "id" },
                Property { json: "qty", column: "qty" },
                Property { json: "cost", column: "cost" },
            ];
            const SEARCHES: &'static [Search] = $searches;
            type Entity = Shown;
            type Draft = Draft;

            async fn page(&self, request: &PageRequest) -> Result<Page<Shown>, Problem> {
                Ok(self.0.page(request))
            }

            async fn find(&self, id: i64) -> Result<Option<Shown>, Problem> {
                Ok(self.0.rows().get(&id).map(|draft| Shown { id, draft: draft.clone() }))
            }

            async fn create(&self, draft: Draft) -> Result<Created<Shown>, Problem> {
                Ok(Created::Now(self.0.create(draft)))
            }

            async fn update(&self, id: i64, change: Change) -> Result<Option<Shown>, Problem> {
                self.0.update(id, &change)
            }

            async fn delete(&self, id: i64) -> Result<bool, Problem> {
                Ok(self.0.rows().remove(&id).is_some())
            }

            async fn search(&self, _: &'static Search, id: i64) -> Result<Rows<Shown>, Problem> {
                Ok(self.find(id).await?.into_iter().collect::<Vec<_>>().into())
            }
        }
    };
}

resource!(Orders, "orders", "order", true, &[]);
resource!(
    Payments,
    "payments",
    "payment",
    true,
    &[Search::reads("findByOrderId", "OrderId"), Search::deletes("deleteByOrderId", "OrderId")]
);
resource!(Traces, "orderTraces", "orderTrace", false, &[]);

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }
}

/// A resource as a service mounts it.
pub(crate) fn app(resource: impl Resource) -> Router {
    hal::router(resource)
        .layer(middleware::from_fn(|request, next| render(Dialect::Mvc, request, next)))
}

/// Sends `METHOD /path` with headers (`Name: value`) and a body.
pub(crate) async fn send(
    app: &Router,
    line: &str,
    headers: &[&str],
    body: impl Into<Body>,
) -> Answer {
    let (method, path) = line.split_once(' ').expect("a method and a path");
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|header| header.starts_with("Host:")) {
        request = request.header("Host", "localhost:8081");
    }
    for header in headers {
        let (name, value) = header.split_once(':').expect("a name and a value");
        request = request.header(name, value.trim());
    }
    let request = request.body(body.into()).expect("a request");
    let answer = app.clone().oneshot(request).await.expect("an answer");
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a body");
    let body = String::from_utf8(body.into()).expect("text");
    Answer { status: parts.status, headers: parts.headers, body }
}

/// Sends what curl sends.
pub(crate) async fn curl(app: &Router, line: &str) -> Answer {
    send(app, line, &["Accept: */*"], "").await
}

/// Sends JSON as curl does.
pub(crate) async fn json(app: &Router, line: &str, body: &str) -> Answer {
    let headers = ["Accept: */*", "Content-Type: application/json"];
    send(app, line, &headers, body.to_owned()).await
}
