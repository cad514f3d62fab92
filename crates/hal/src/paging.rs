//! Paging and sorting: what a query string asks for, and how the links say it again.

use std::fmt::Write;

use web::query;

use crate::{Property, Rows};

const DEFAULT_SIZE: u64 = 20;
const MAX_SIZE: u64 = 1000;

/// One page's worth of things, and how many there are in all.
pub struct Page<T> {
    pub items: Rows<T>,
    pub total: u64,
}

/// Which page is wanted, in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    pub page: u64,
    pub size: u64,
    pub sort: Vec<Order>,
}

/// One property to sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    pub property: &'static Property,
    pub descending: bool,
    /// Capital and small letters are the same; numbers have none.
    pub ignore_case: bool,
}

impl Order {
    /// What follows the properties of this order in a query.
    fn words(&self) -> &'static str {
        match (self.descending, self.ignore_case) {
            (false, false) => "asc",
            (true, false) => "desc",
            (false, true) => "asc,ignorecase",
            (true, true) => "desc,ignorecase",
        }
    }
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { page: 0, size: DEFAULT_SIZE, sort: Vec::new() }
    }
}

impl PageRequest {
    /// Reads what makes sense and takes the default for the rest, as Spring does.
    pub fn parse(query: Option<&str>, sortable: &'static [Property]) -> Self {
        let number = |name| {
            let text = query::values(query, name).next()?;
            // Java's int: a longer number is as unreadable to Spring as a word.
            u64::try_from(text.parse::<i32>().ok()?).ok()
        };
        let size = number("size").filter(|&size| size > 0).unwrap_or(DEFAULT_SIZE);
        Self {
            page: number("page").unwrap_or(0),
            size: size.min(MAX_SIZE),
            sort: orders(query, sortable),
        }
    }

    /// One page that holds all there is, for what does not come in pages.
    pub fn everything() -> Self {
        Self { size: i64::MAX.unsigned_abs(), ..Self::default() }
    }

    /// How many things come before this page.
    pub fn offset(&self) -> u64 {
        self.page.saturating_mul(self.size)
    }

    /// How many pages hold `total` things.
    pub(crate) fn pages(&self, total: u64) -> u64 {
        total.div_ceil(self.size)
    }

    /// The query string that asks for another page of the same list.
    pub(crate) fn query(&self, page: u64) -> String {
        let mut query = format!("page={page}&size={}", self.size);
        let mut words = None;
        for order in &self.sort {
            // Spring folds neighbours of one direction: `sort=qty,cost,desc`.
            if words != Some(order.words()) {
                query.push_str(words.unwrap_or_default());
                query.push_str("&sort=");
                words = Some(order.words());
            }
            let _ = write!(query, "{},", order.property.json);
        }
        query.push_str(words.unwrap_or_default());
        query
    }
}

fn orders(query: Option<&str>, sortable: &'static [Property]) -> Vec<Order> {
    let mut orders: Vec<Order> = Vec::new();
    for sort in query::values(query, "sort") {
        let mut names: Vec<&str> = sort.split(',').collect();
        let ignore_case = names.last().is_some_and(|word| word.eq_ignore_ascii_case("ignorecase"));
        if ignore_case {
            names.pop();
        }
        let descending = direction(names.last().copied());
        if descending.is_some() {
            names.pop();
        }
        for name in names {
            // Named again it would change nothing, and make the statement as long as the client likes.
            let known = sortable.iter().find(|property| property.json == name);
            let fresh = known.filter(|found| orders.iter().all(|order| order.property != *found));
            let descending = descending.unwrap_or_default();
            orders.extend(fresh.map(|property| Order { property, descending, ignore_case }));
        }
    }
    orders
}

fn direction(word: Option<&str>) -> Option<bool> {
    match word?.to_ascii_lowercase().as_str() {
        "asc" => Some(false),
        "desc" => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    static SORTABLE: [Property; 3] = [
        Property { json: "id", column: "id" },
        Property { json: "qty", column: "qty" },
        Property { json: "cost", column: "cost" },
    ];

    fn again(query: &str) -> String {
        let request = PageRequest::parse(Some(query), &SORTABLE);
        request.query(request.page)
    }

    #[test]
    fn a_query_is_read_leniently_and_said_again_in_full() {
        for (asked, said) in [
            ("", "page=0&size=20"),
            ("page=2", "page=2&size=20"),
            ("size=0", "page=0&size=20"),
            ("size=-1&page=-1", "page=0&size=20"),
            ("size=abc&page=abc", "page=0&size=20"),
            ("size=1001", "page=0&size=1000"),
            ("size=99999999999&page=99999999999", "page=0&size=20"),
            ("size=5&size=6", "page=0&size=5"),
            ("sort=qty", "page=0&size=20&sort=qty,asc"),
            ("sort=qty,DESC", "page=0&size=20&sort=qty,desc"),
            ("sort=qty,cost,desc", "page=0&size=20&sort=qty,cost,desc"),
            ("sort=qty,desc&sort=cost,desc", "page=0&size=20&sort=qty,cost,desc"),
            ("sort=qty,desc&sort=cost", "page=0&size=20&sort=qty,desc&sort=cost,asc"),
            ("sort=price,desc", "page=0&size=20"),
            ("sort=desc", "page=0&size=20"),
            ("sort=price,qty", "page=0&size=20&sort=qty,asc"),
            ("sort=qty%2Cdesc", "page=0&size=20&sort=qty,desc"),
            ("sort=qty&sort=qty,desc", "page=0&size=20&sort=qty,asc"),
            ("sort=qty,desc,ignorecase", "page=0&size=20&sort=qty,desc,ignorecase"),
            ("sort=qty,cost,IgnoreCase", "page=0&size=20&sort=qty,cost,asc,ignorecase"),
            (
                "sort=qty,desc,ignorecase&sort=cost,desc",
                "page=0&size=20&sort=qty,desc,ignorecase&sort=cost,desc",
            ),
            ("sort=ignorecase", "page=0&size=20"),
            ("sort=qty,ignorecase,desc", "page=0&size=20&sort=qty,desc"),
        ] {
            assert_eq!(again(asked), said, "{asked}");
        }
    }

    #[test]
    fn the_furthest_page_has_an_offset() {
        let request = PageRequest::parse(Some("page=2147483647&size=1000"), &SORTABLE);

        assert_eq!(request.offset(), 2_147_483_647_000);
    }

    proptest! {
        #[test]
        fn any_query_is_normalised_at_once(query in "((page|size|sort|[a-z%&=+]{0,5})=?(-?[0-9]{0,12}|qty|cost|id|,|desc|ASC|ignorecase|\\PC){0,5}&?){0,6}") {
            let request = PageRequest::parse(Some(&query), &SORTABLE);
            let said = request.query(request.page);

            prop_assert_eq!(PageRequest::parse(Some(&said), &SORTABLE), request.clone());
            prop_assert!((1..=MAX_SIZE).contains(&request.size));
            prop_assert!(request.sort.len() <= SORTABLE.len());
        }
    }
}
