//! Lists of a table of shoes, some of which are hidden.

use clap::Parser;
use futures::TryStreamExt as _;
use hal::{Identified, PageRequest, Property, Rows};
use serde::Deserialize;
use sqlx::AssertSqlSafe;
use storage::{Database, DatabaseArgs, Migration};
use tempfile::TempDir;

use super::{SMALL, Table};

const SHOES: Table = Table {
    name: "shoes",
    columns: "id, size, brand, hidden",
    texts: &["brand"],
    visible: "hidden = 0",
};

const SORTABLE: &[Property] =
    &[Property::new("id", "id"), Property::new("size", "size"), Property::new("brand", "brand")];

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Shoe {
    id: i64,
    size: Option<i64>,
    brand: Option<String>,
    #[serde(deserialize_with = "storage::truth")]
    hidden: bool,
}

impl Identified for Shoe {
    fn id(&self) -> i64 {
        self.id
    }
}

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    database: DatabaseArgs,
}

struct Shop {
    db: Database,
    _folder: TempDir,
}

impl Shop {
    async fn with(shoes: &[(i64, Option<i64>, Option<&str>, bool)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().display());
        let args = Settings::parse_from(["test", "--database-url", &url]).database;
        let sql = "CREATE TABLE shoes (id BIGINT, size BIGINT, brand TEXT, hidden BIGINT)";
        let shoe_table = Migration { version: 100, name: "shoes", sql };
        let db = args.open("shop", &[shoe_table]).await.expect("a database");
        let shop = Self { db, _folder: folder };
        for (id, size, brand, hidden) in shoes {
            let insert = sqlx::query("INSERT INTO shoes VALUES ($1, $2, $3, $4)");
            let insert = insert.bind(id).bind(size).bind(*brand).bind(i64::from(*hidden));
            shop.change(insert).await;
        }
        shop
    }

    async fn change(&self, sql: sqlx::query::Query<'_, sqlx::Any, sqlx::any::AnyArguments>) {
        let mut tx = self.db.begin().await.expect("a change");
        sql.execute(&mut *tx).await.expect("changed");
        tx.commit().await.expect("committed");
    }

    async fn page(&self, query: &str) -> (Vec<i64>, u64) {
        let request = PageRequest::parse(Some(query), SORTABLE);
        let page = SHOES.page::<Shoe>(&self.db, &request).await.expect("a page");
        (ids(&rows(page.items).await), page.total)
    }
}

async fn rows(rows: Rows<Shoe>) -> Vec<Shoe> {
    rows.all().await.unwrap_or_else(|_| panic!("rows cannot be read"))
}

fn ids(shoes: &[Shoe]) -> Vec<i64> {
    shoes.iter().map(|it| it.id).collect()
}

fn four() -> Vec<(i64, Option<i64>, Option<&'static str>, bool)> {
    vec![
        (1, Some(42), Some("b"), false),
        (2, None, Some("B"), false),
        (3, Some(38), None, true),
        (4, Some(38), Some("a"), false),
        (5, Some(38), Some("C"), false),
    ]
}

#[tokio::test]
async fn what_is_hidden_is_neither_shown_nor_counted() {
    let shop = Shop::with(&four()).await;
    assert_eq!(shop.page("").await, (vec![1, 2, 4, 5], 4));
    assert_eq!(shop.page("size=2").await, (vec![1, 2], 4));
    assert_eq!(shop.page("size=2&page=1").await, (vec![4, 5], 4));
    assert_eq!(shop.page("size=2&page=7").await, (vec![], 4));
    assert_eq!(SHOES.find::<Shoe>(&shop.db, 3).await.expect("read"), None);
    let shown = SHOES.find::<Shoe>(&shop.db, 2).await.expect("read").expect("a shoe");
    assert_eq!(shown, Shoe { id: 2, size: None, brand: Some("B".to_owned()), hidden: false });
}

#[tokio::test]
async fn nothing_sorts_lowest_and_equal_rows_keep_their_order() {
    let shop = Shop::with(&four()).await;
    assert_eq!(shop.page("sort=size").await.0, [2, 4, 5, 1]);
    assert_eq!(shop.page("sort=size,desc").await.0, [1, 4, 5, 2]);
    assert_eq!(shop.page("sort=brand").await.0, [2, 5, 4, 1]);
    assert_eq!(shop.page("sort=brand,ignorecase").await.0, [4, 1, 2, 5]);
    assert_eq!(shop.page("sort=size&sort=brand,desc").await.0, [2, 4, 5, 1]);
}

#[tokio::test]
async fn a_list_has_what_the_filter_lets_through() {
    let shop = Shop::with(&four()).await;
    let found = SHOES.list::<Shoe>(&shop.db, Some(("size", 38))).await.expect("a list");
    assert_eq!(ids(&rows(found).await), [4, 5]);
    let all = SHOES.list::<Shoe>(&shop.db, None).await.expect("a list");
    assert_eq!(ids(&rows(all).await), [1, 2, 4, 5]);
}

#[tokio::test]
async fn rows_that_are_large_together_come_in_parts_without_those_that_went_meanwhile() {
    let brand = "x".repeat(SMALL / 4);
    let shoes: Vec<_> = (1..=20).map(|id| (id, Some(id), Some(brand.as_str()), false)).collect();
    let shop = Shop::with(&shoes).await;
    let Rows::Parts { count, mut parts } =
        SHOES.list::<Shoe>(&shop.db, None).await.expect("a list")
    else {
        panic!("{} bytes were read at once", 20 * brand.len());
    };
    let first = parts.try_next().await.unwrap_or_else(|_| panic!("a part")).expect("a part");
    assert!(first.len() * brand.len() <= SMALL, "{} rows at once", first.len());
    shop.change(sqlx::query(AssertSqlSafe("DELETE FROM shoes WHERE id IN (10, 20)".to_owned())))
        .await;
    let rest: Vec<Shoe> = parts.try_concat().await.unwrap_or_else(|_| panic!("the rest"));
    let expected: Vec<i64> = (1..20).filter(|id| *id != 10).collect();
    assert_eq!((count, ids(&[first, rest].concat())), (20, expected));
}
