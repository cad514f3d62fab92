//! Items as HAL, and what stands around them in a collection.

use axum::http::Uri;
use serde::Serialize;

use web::Base;

use crate::{
    Identified, PageRequest, Problem, Resource, json,
    links::{self, Links},
};

/// How many bytes a row of our fleet takes, with room to spare.
pub(crate) const ROW: usize = 512;

/// Where an item is.
pub(crate) fn location<R: Resource>(base: &Base, id: i64) -> String {
    format!("{}/{}/{id}", base.as_str(), R::COLLECTION)
}

/// The links of an item.
pub(crate) fn item_links<R: Resource>(base: &Base, id: i64) -> Links {
    let href = location::<R>(base, id);
    Links::default().with("self", href.clone()).with(R::ITEM, href)
}

/// The links of a collection that lead out of the list.
pub(crate) fn collection_links<R: Resource>(links: Links, base: &Base) -> Links {
    let base = base.as_str();
    let links = links.with("profile", format!("{base}/profile/{}", R::COLLECTION));
    if R::SEARCHES.is_empty() {
        return links;
    }
    links.with("search", format!("{base}/{}/search", R::COLLECTION))
}

/// One thing.
pub(crate) fn item<R: Resource>(base: &Base, entity: &R::Entity) -> Result<Vec<u8>, Problem> {
    let mut out = Vec::with_capacity(ROW);
    Items::new::<R>(base, 0).append(&mut out, entity)?;
    Ok(out)
}

/// What follows the rows of one page, or of everything where there are no pages.
pub(crate) fn after_page<R: Resource>(
    base: &Base,
    uri: &Uri,
    request: &PageRequest,
    total: u64,
) -> Result<Vec<u8>, Problem> {
    let links = navigation::<R>(base, uri, request, total);
    let mut out = after_rows(&collection_links::<R>(links, base))?;
    if R::PAGED {
        out.extend_from_slice(b",\n  \"page\" : ");
        json::append(&mut out, 1, &Block::of(request, total)).map_err(Problem::broken)?;
    }
    out.extend_from_slice(b"\n}");
    Ok(out)
}

/// What follows the rows that a search found.
pub(crate) fn after_found(base: &Base, uri: &Uri) -> Result<Vec<u8>, Problem> {
    let links = Links::default().with("self", links::current(base, uri));
    let mut out = after_rows(&links)?;
    out.extend_from_slice(b"\n}");
    Ok(out)
}

fn after_rows(links: &Links) -> Result<Vec<u8>, Problem> {
    let mut out = b"\n  },\n  \"_links\" : ".to_vec();
    json::append(&mut out, 1, links).map_err(Problem::broken)?;
    Ok(out)
}

fn navigation<R: Resource>(base: &Base, uri: &Uri, request: &PageRequest, total: u64) -> Links {
    let own = links::current(base, uri);
    let pages = request.pages(total);
    let (back, on) = (request.page > 0, request.page + 1 < pages);
    if !R::PAGED || !(back || on) {
        return Links::default().with("self", own);
    }
    let to = |page| format!("{}/{}?{}", base.as_str(), R::COLLECTION, request.query(page));
    let mut links = Links::default().with("first", to(0));
    if back {
        links = links.with("prev", to(request.page - 1));
    }
    links = links.with("self", own);
    if on {
        links = links.with("next", to(request.page + 1));
    }
    links.with("last", to(pages.saturating_sub(1)))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Block {
    size: u64,
    total_elements: u64,
    total_pages: u64,
    number: u64,
}

impl Block {
    fn of(request: &PageRequest, total: u64) -> Self {
        Self {
            size: request.size,
            total_elements: total,
            total_pages: request.pages(total),
            number: request.page,
        }
    }
}

/// Writes items that lie `depth` objects deep; all of a list's links differ only in the id.
pub(crate) struct Items {
    depth: usize,
    to_self: String,
    to_item: String,
    end: String,
}

impl Items {
    pub(crate) fn new<R: Resource>(base: &Base, depth: usize) -> Self {
        let indent = |more: usize| "  ".repeat(depth + more);
        let (one, two, three) = (indent(1), indent(2), indent(3));
        let href = format!("{three}\"href\" : \"{}/{}/", base.as_str(), R::COLLECTION);
        let to_self = format!("\n{one}\"_links\" : {{\n{two}\"self\" : {{\n{href}");
        let to_item = format!("\"\n{two}}},\n{two}\"{}\" : {{\n{href}", R::ITEM);
        let end = format!("\"\n{two}}}\n{one}}}\n{}}}", indent(0));
        Self { depth, to_self, to_item, end }
    }

    pub(crate) fn append<E: Serialize + Identified>(
        &self,
        out: &mut Vec<u8>,
        entity: &E,
    ) -> Result<(), Problem> {
        json::append(out, self.depth, entity).map_err(Problem::broken)?;
        // The links go into the entity's own object: take its end off and write on.
        out.truncate(out.len() - 1);
        out.truncate(out.trim_ascii_end().len());
        if !out.ends_with(b"{") {
            out.push(b',');
        }
        let id = entity.id().to_string();
        for part in [&self.to_self, &id, &self.to_item, &id, &self.end] {
            out.extend_from_slice(part.as_bytes());
        }
        Ok(())
    }
}
