//! A collection as HAL: its rows, and what stands around them.

use std::io::Write;

use axum::{
    Extension,
    body::Body,
    http::{StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use futures::{StreamExt as _, stream};
use serde::Serialize;

use web::{Base, RowCount, large};

use crate::{
    Identified, PageRequest, Parts, Problem, Resource, Rows,
    negotiate::Answer,
    representation::{Items, ROW, after_found, after_page},
    router::shown,
};

/// How many bytes of a large list make a piece: a client that pays for each piece has few of them, and
/// two pieces, each with the room that a vector keeps ahead, are the 1 MiB that `ANSWERS` allows for.
const PIECE: usize = 256 << 10;

/// A list that is being written.
pub(crate) struct List {
    name: &'static str,
    items: Items,
    /// What follows the rows.
    end: Vec<u8>,
    /// Whether there is a row already.
    begun: bool,
}

impl List {
    /// One page, or everything where there are no pages.
    pub(crate) fn page<R: Resource>(
        base: &Base,
        uri: &Uri,
        request: &PageRequest,
        total: u64,
    ) -> Result<Self, Problem> {
        Ok(Self::ending::<R>(base, after_page::<R>(base, uri, request, total)?))
    }

    /// What a search found.
    pub(crate) fn found<R: Resource>(base: &Base, uri: &Uri) -> Result<Self, Problem> {
        Ok(Self::ending::<R>(base, after_found(base, uri)?))
    }

    fn ending<R: Resource>(base: &Base, end: Vec<u8>) -> Self {
        Self { name: R::COLLECTION, items: Items::new::<R>(base, 2), end, begun: false }
    }

    /// The answer with these rows.
    pub(crate) async fn answer<E>(self, rows: Rows<E>, answer: Answer) -> Result<Response, Problem>
    where
        E: Serialize + Identified + Send + 'static,
    {
        let count = RowCount(rows.count());
        let body = match rows {
            Rows::Whole(rows) => Body::from(self.whole(&rows)?),
            Rows::Parts { parts, .. } => self.in_parts(parts).await?,
        };
        Ok((Extension(count), shown(StatusCode::OK, answer, body)).into_response())
    }

    fn whole<E: Serialize + Identified>(mut self, rows: &[E]) -> Result<Vec<u8>, Problem> {
        let mut out = self.begin(ROW * (rows.len() + 2));
        self.append(&mut out, rows)?;
        self.finish(&mut out);
        Ok(out)
    }

    async fn in_parts<E>(self, parts: Parts<E>) -> Result<Body, Problem>
    where
        E: Serialize + Identified + Send + 'static,
    {
        let begin = self.begin(ROW);
        // The first rows are in the first piece: when they cannot be read, that is no list.
        let pieces = stream::try_unfold(Some((self, parts, begin)), |state| async move {
            let Some((mut list, mut parts, mut out)) = state else { return Ok(None) };
            while let Some(rows) = parts.next().await.transpose()? {
                list.append(&mut out, &rows)?;
                if out.len() >= PIECE {
                    return Ok(Some((out, Some((list, parts, Vec::new())))));
                }
            }
            list.finish(&mut out);
            Ok(Some((out, None)))
        });
        large(pieces.boxed()).await
    }

    fn begin(&self, capacity: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(capacity);
        let _ = write!(out, "{{\n  \"_embedded\" : {{\n    \"{}\" : [ ", self.name);
        out
    }

    fn append<E: Serialize + Identified>(
        &mut self,
        out: &mut Vec<u8>,
        rows: &[E],
    ) -> Result<(), Problem> {
        for row in rows {
            if self.begun {
                out.extend_from_slice(b", ");
            }
            self.items.append(out, row)?;
            self.begun = true;
        }
        Ok(())
    }

    fn finish(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.begun { b" ]" } else { b"]" });
        out.extend_from_slice(&self.end);
    }
}
