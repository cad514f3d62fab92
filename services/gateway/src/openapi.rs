//! The gateway's own `OpenAPI` document: which prefix leads where.

use utoipa::openapi::{
    HttpMethod, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, PathsBuilder, Response,
    path::OperationBuilder,
};

use crate::routes::ROUTES;

const DESCRIPTION: &str = "One door to the fleet. `/orders/**` goes to order, `/payments/**` to \
    payment, `/deliveries/**` to delivery and `/orderTraces/**` to ordertrace, with every method \
    and unchanged; each of them describes its paths itself. `/profile/orders` and so on go to the \
    same services. Anything else is 404. A service that cannot be reached is 502, one that does \
    not answer in time 504, both as problems (RFC 9457).";

/// A short document: the four collections, and where to read on.
pub fn openapi() -> OpenApi {
    let mut paths = PathsBuilder::new();
    for route in &ROUTES {
        let operation = OperationBuilder::new()
            .tag(route.service)
            .summary(Some(format!("The collection that {} keeps", route.service)))
            .response("200", Response::new("A page of the collection, in HAL"))
            .response(
                "default",
                Response::new("A problem (RFC 9457), as application/problem+json"),
            );
        paths = paths.path(route.prefix, PathItem::new(HttpMethod::Get, operation));
    }
    let info = InfoBuilder::new()
        .title("gateway")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION));
    OpenApiBuilder::new().info(info).paths(paths).build()
}
