//! The least a server can do: bare axum, one thread, JSON from memory. What the fleet takes beyond
//! this is its own.
#![expect(clippy::disallowed_types, reason = "bare axum is the point: axum's Json, no `hal`")]

use std::{env, net::Ipv4Addr, process::ExitCode, sync::Arc};

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

/// An order as the fleet shows it, without HAL.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    #[serde(default)]
    id: i64,
    product_id: i64,
    qty: i32,
    payment_type: String,
    cost: i64,
    product_name: String,
}

/// As long as the fleet's answer to `GET /orders` with 20 rows.
const READY_MADE: &[u8] = &[b' '; 6_800];

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Some(port) = env::args().nth(1).and_then(|port| port.parse::<u16>().ok()) else {
        eprintln!("baseline: say which port to listen on");
        return ExitCode::from(2);
    };
    let served = async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        axum::serve(listener, router()).await
    };
    match served.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("baseline: cannot serve on port {port}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn router() -> Router {
    let orders = (1..=20).map(|id| Order {
        id,
        product_id: 1,
        qty: 1,
        payment_type: "cash".to_owned(),
        cost: 1000,
        product_name: "Coffee".to_owned(),
    });
    Router::new()
        .route("/orders", get(list).post(place))
        // Below /orders, because a gateway forwards nothing else.
        .route("/orders/ready-made", get(ready_made))
        .with_state(orders.collect())
}

async fn list(State(orders): State<Arc<[Order]>>) -> impl IntoResponse {
    Json(&orders[..]).into_response()
}

async fn place(Json(order): Json<Order>) -> impl IntoResponse {
    (StatusCode::CREATED, [(header::LOCATION, "/orders/1")], Json(order))
}

async fn ready_made() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/hal+json")], READY_MADE)
}
