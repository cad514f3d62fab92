//! What `openapi.json` says beside the resource: the timeline and the live feed.

use utoipa::openapi::{
    ContentBuilder, HttpMethod, ObjectBuilder, OpenApi, PathItem, Ref, Required, ResponseBuilder,
    Type,
    path::{Operation, OperationBuilder, ParameterBuilder, ParameterIn},
};

use crate::Traces;

/// The API, as it is committed in `openapi.json`.
pub fn openapi() -> OpenApi {
    let about = "Where each order stands, and how it came there.";
    let mut api = hal::openapi::<Traces>("ordertrace", about, env!("CARGO_PKG_VERSION"));
    let paths = &mut api.paths.paths;
    paths.insert("/orderTraces/{id}/timeline".into(), PathItem::new(HttpMethod::Get, timeline()));
    paths.insert("/orderTraces/live".into(), PathItem::new(HttpMethod::Get, live()));
    api
}

fn timeline() -> Operation {
    let facts = ObjectBuilder::new().schema_type(Type::Object);
    let shown = ContentBuilder::new().schema(Some(facts.build())).build();
    OperationBuilder::new()
        .operation_id(Some("timeline"))
        .summary(Some("Every fact about an order, causes before effects"))
        .parameter(number("id", ParameterIn::Path, "the number of the trace", Required::True))
        .response(
            "200",
            ResponseBuilder::new().description("the facts").content("application/json", shown),
        )
        .response("404", problem("there is no such trace"))
        .response("default", problem("what went wrong, and what to do"))
        .build()
}

fn live() -> Operation {
    let text = ObjectBuilder::new().schema_type(Type::String);
    let events = ContentBuilder::new().schema(Some(text.build())).build();
    OperationBuilder::new()
        .operation_id(Some("live"))
        .summary(Some("Every fact as it is heard, with where its order stands now (SSE)"))
        .parameter(number("orderId", ParameterIn::Query, "only this order", Required::False))
        .response(
            "200",
            ResponseBuilder::new().description("a stream").content("text/event-stream", events),
        )
        .response("503", problem("as many clients follow the feed as LIVE_FEEDS allows"))
        .response("default", problem("what went wrong, and what to do"))
        .build()
}

fn number(name: &str, place: ParameterIn, about: &str, required: Required) -> ParameterBuilder {
    let number = ObjectBuilder::new().schema_type(Type::Integer);
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .description(Some(about))
        .required(required)
        .schema(Some(number.build()))
}

fn problem(about: &str) -> ResponseBuilder {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(about).content("application/problem+json", content)
}
