//! What a service says about the things it serves.

use std::future::{Future, ready};

use serde::{Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

use crate::{Change, Page, PageRequest, Problem, Rows};

/// One kind of thing served under one path, as Spring Data REST serves a repository.
pub trait Resource: Clone + Send + Sync + 'static {
    /// The relation of many and the path's segment: `orders`, `orderTraces`.
    const COLLECTION: &'static str;
    /// The relation of one: `order`, `orderTrace`.
    const ITEM: &'static str;
    /// Whether the collection comes in pages; `false` is Spring's `CrudRepository`.
    const PAGED: bool = true;
    /// What `sort` may name; anything else is ignored.
    const SORTABLE: &'static [Property];
    /// Whether [`Self::create`] may answer [`Created::Later`].
    const POSTPONES: bool = false;
    /// What is found under `/search`.
    const SEARCHES: &'static [Search] = &[];

    /// One thing as it is shown, without its id, which appears in the links only.
    type Entity: Serialize + Identified + ToSchema + Send + Sync + 'static;
    /// What a client may write: every field, `None` for a missing one.
    type Draft: Serialize + DeserializeOwned + ToSchema + Clone + Send + Sync;

    /// Without pages ([`PageRequest::everything`]) the same query finds all.
    fn page(
        &self,
        request: &PageRequest,
    ) -> impl Future<Output = Result<Page<Self::Entity>, Problem>> + Send;

    fn find(&self, id: i64) -> impl Future<Output = Result<Option<Self::Entity>, Problem>> + Send;

    fn create(
        &self,
        draft: Self::Draft,
    ) -> impl Future<Output = Result<Created<Self::Entity>, Problem>> + Send;

    /// `None`: there is no such item.
    fn update(
        &self,
        id: i64,
        change: Change,
    ) -> impl Future<Output = Result<Option<Self::Entity>, Problem>> + Send;

    /// `false`: there is no such item.
    fn delete(&self, id: i64) -> impl Future<Output = Result<bool, Problem>> + Send;

    /// What has this id where the search looks for it.
    fn search(
        &self,
        search: &'static Search,
        value: i64,
    ) -> impl Future<Output = Result<Rows<Self::Entity>, Problem>> + Send {
        let _ = (search, value);
        ready(Ok(Vec::new().into()))
    }
}

/// What became of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created<E> {
    /// It is there: 201.
    Now(E),
    /// It was taken, and will be there later unless something speaks against it: 202.
    Later {
        id: i64,
        /// What it waits for, for people.
        detail: String,
    },
}

/// A thing with a number of its own.
pub trait Identified {
    fn id(&self) -> i64;
}

/// A name on the wire and the column behind it.
#[derive(Debug, PartialEq, Eq)]
pub struct Property {
    pub json: &'static str,
    pub column: &'static str,
}

impl Property {
    pub const fn new(json: &'static str, column: &'static str) -> Self {
        Self { json, column }
    }
}

/// A query method of a repository: `findByOrderId?OrderId=1`.
#[derive(Debug, PartialEq, Eq)]
pub struct Search {
    pub name: &'static str,
    /// Spelt as the original spelt it; a client may also begin it with the other case.
    pub parameter: &'static str,
    /// Listed, but never run by a GET: a read must not delete.
    pub unsafe_method: bool,
}

impl Search {
    /// A search that only reads.
    pub const fn reads(name: &'static str, parameter: &'static str) -> Self {
        Self { name, parameter, unsafe_method: false }
    }

    /// A method that changes something, and so is listed without being served.
    pub const fn deletes(name: &'static str, parameter: &'static str) -> Self {
        Self { name, parameter, unsafe_method: true }
    }
}
