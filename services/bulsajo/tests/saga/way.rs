//! The way to payment, and what is wrong with it.

use axum::{
    http::StatusCode,
    middleware::{self, Next},
    response::IntoResponse as _,
};
use payment::Payments;
use tokio::sync::watch;

/// What is wrong with the way to payment while an order is placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Payment fails before it does anything.
    Before,
    /// Payment does it, and its answer is lost.
    After,
}

/// Serves payment's routes on a free port until the test's runtime ends.
#[expect(clippy::disallowed_methods, reason = "nothing is drained: the test ends it")]
pub(crate) async fn listen(payments: Payments, way: watch::Receiver<Fault>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let door = format!("http://{}", listener.local_addr().unwrap());
    let faulty = middleware::from_fn(move |request, next: Next| {
        let fault = *way.borrow();
        async move {
            match fault {
                Fault::None => next.run(request).await,
                Fault::Before => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
                Fault::After => {
                    next.run(request).await;
                    StatusCode::GATEWAY_TIMEOUT.into_response()
                }
            }
        }
    });
    let routes = hal::router(payments).layer(faulty);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    door
}
