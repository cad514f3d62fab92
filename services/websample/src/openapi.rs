//! The sample's own `OpenAPI` document.

use utoipa::openapi::{
    HttpMethod, InfoBuilder, ObjectBuilder, OpenApi, OpenApiBuilder, PathItem, PathsBuilder,
    Required, Response,
    path::{Operation, OperationBuilder, ParameterBuilder, ParameterIn},
    schema::{KnownFormat, SchemaFormat, Type},
};

use crate::http::LONGEST;

const DESCRIPTION: &str = "The sample of the nonstop lab. Every path and every method has the same \
    answer, without a body: 201 when the variable `version` is `v1`, 202 when it is `v2`, and a \
    problem (RFC 9457) when it is anything else. The paths below are those that the lab asks for.";

/// A short document: the paths of the lab.
pub fn openapi() -> OpenApi {
    let mut paths = PathsBuilder::new().path("/", path(operation("Answers at once")));
    for (asked, by) in [
        ("/liveness", "the liveness probe"),
        ("/readiness", "the readiness probe"),
        ("/prestop", "the preStop hook"),
    ] {
        paths = paths.path(asked, path(operation(&format!("Answers at once; for {by}"))));
    }
    let sleep = operation("Answers after so many seconds")
        .parameter(seconds())
        .response("400", Response::new("A problem: that is no such number of seconds"));
    let info = InfoBuilder::new()
        .title("websample")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION));
    OpenApiBuilder::new().info(info).paths(paths.path("/sleep/{seconds}", path(sleep))).build()
}

fn path(operation: impl Into<Operation>) -> PathItem {
    PathItem::new(HttpMethod::Get, operation)
}

fn operation(summary: &str) -> OperationBuilder {
    OperationBuilder::new()
        .summary(Some(summary))
        .response("201", Response::new("It is version v1; there is no body"))
        .response("202", Response::new("It is version v2; there is no body"))
        .response("500", Response::new("A problem: there is no such version"))
}

fn seconds() -> ParameterBuilder {
    let seconds = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
        .minimum(Some(0))
        .maximum(Some(LONGEST));
    ParameterBuilder::new()
        .name("seconds")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(seconds))
}
