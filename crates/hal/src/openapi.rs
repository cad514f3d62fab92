//! The `OpenAPI` document of one resource: every route, what it takes and how it answers.

use utoipa::{
    Number,
    openapi::{
        ComponentsBuilder, Content, ContentBuilder, Header, HttpMethod, InfoBuilder, Object,
        OpenApi, OpenApiBuilder, PathItem, PathsBuilder, Required, ResponseBuilder,
        path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItemBuilder},
        request_body::{RequestBody, RequestBodyBuilder},
        schema::{KnownFormat, ObjectBuilder, SchemaFormat, SchemaType, Type},
        tag::TagBuilder,
    },
};

use crate::{
    Resource, Search,
    negotiate::{ALPS_JSON, HAL_JSON, JSON},
    schema,
};

const MERGE_PATCH: &str = "application/merge-patch+json";
const JSON_PATCH: &str = "application/json-patch+json";

/// What [`crate::router`] serves, described; a service merges its other paths into it.
pub fn openapi<R: Resource>(title: &str, description: &str, version: &str) -> OpenApi {
    let info = InfoBuilder::new().title(title).version(version).description(Some(description));
    let components = schema::all::<R>()
        .into_iter()
        .fold(ComponentsBuilder::new(), |components, (name, is)| components.schema(name, is));
    OpenApiBuilder::new()
        .info(info.build())
        .paths(paths::<R>())
        .components(Some(components.build()))
        .tags(Some([TagBuilder::new().name(R::COLLECTION).build()]))
        .build()
}

fn paths<R: Resource>() -> PathsBuilder {
    let many = format!("/{}", R::COLLECTION);
    let paths = PathsBuilder::new()
        .path("/", links::<R>("index", "What is served here"))
        .path("/profile", links::<R>("profiles", "The profiles"))
        .path(format!("/profile{many}"), profile::<R>())
        .path(&many, collection::<R>())
        .path(format!("{many}/{{id}}"), item::<R>());
    if R::SEARCHES.is_empty() {
        return paths;
    }
    let paths = paths.path(format!("{many}/search"), links::<R>("searches", "The searches"));
    R::SEARCHES.iter().filter(|search| !search.unsafe_method).fold(paths, |paths, search| {
        paths.path(format!("{many}/search/{}", search.name), found::<R>(search))
    })
}

fn links<R: Resource>(id: &str, summary: &str) -> PathItem {
    let get = operation::<R>(id, summary)
        .response("200", shows("Index", "links"))
        .response("406", problem("no acceptable media type"));
    reads::<R>(get, id)
}

fn profile<R: Resource>() -> PathItem {
    let document = || Content::new(Some(Object::with_type(Type::Object)));
    let shown = ResponseBuilder::new()
        .description("an ALPS document")
        .content(ALPS_JSON, document())
        .content(JSON, document());
    let get = operation::<R>("profile", "What the fields are called")
        .response("200", shown)
        .response("406", problem("no acceptable media type"));
    reads::<R>(get, "profile")
}

fn collection<R: Resource>() -> PathItem {
    let (name, many) = (schema::name::<R>(), R::COLLECTION);
    let paged = if R::PAGED { paging() } else { Vec::new() };
    let kind = if R::PAGED { "Page" } else { "List" };
    let list = operation::<R>("list", &format!("List {many}"))
        .parameters(Some(paged))
        .response("200", shows(&format!("{name}{kind}"), "the list"))
        .response("406", problem("no acceptable media type"));
    let create = writes::<R>("create", &format!("Create one of {many}"))
        .request_body(Some(body::<R>(&[JSON])))
        .response("201", located(shows(&name, "created; shown if Accept was sent")));
    let create = postpones::<R>(create);
    with(reads::<R>(list, "list"), HttpMethod::Post, create)
}

fn item<R: Resource>() -> PathItem {
    let (name, one) = (schema::name::<R>(), R::ITEM);
    let get = identified(operation::<R>("get", &format!("Show one {one}")))
        .response("200", shows(&name, "shown"))
        .response("406", problem("no acceptable media type"));
    let put = identified(writes::<R>("replace", &format!("Replace one {one}, or create it")))
        .request_body(Some(body::<R>(&[JSON])))
        .response("200", located(shows(&name, "replaced")))
        .response("201", located(shows(&name, "there was none: created under an id of its own")))
        .response("204", located(says("replaced; no Accept was sent")));
    let put = postpones::<R>(put);
    let patch = identified(writes::<R>("patch", &format!("Change some fields of one {one}")))
        .request_body(Some(body::<R>(&[JSON, MERGE_PATCH])))
        .response("200", shows(&name, "changed"))
        .response("204", says("changed; no Accept was sent"))
        .response("409", problem("a test of the JSON Patch failed"));
    let delete = identified(operation::<R>("delete", &format!("Delete one {one}")))
        .response("204", says("deleted"));
    // OPTIONS is served, but whether there is an item is not what it answers: left out.
    PathItemBuilder::new()
        .operation(HttpMethod::Get, get)
        .operation(HttpMethod::Head, identified(head::<R>("get")))
        .operation(HttpMethod::Put, put)
        .operation(HttpMethod::Patch, patch)
        .operation(HttpMethod::Delete, delete)
        .build()
}

fn found<R: Resource>(search: &Search) -> PathItem {
    let about = "an id; without one nothing is found; its name may begin with the other case";
    let get = operation::<R>(search.name, "Search; nothing found is an empty list")
        .parameter(parameter(search.parameter, about, whole_number()))
        .response("400", problem("what to look for is no whole number"))
        .response("200", shows(&format!("{}List", schema::name::<R>()), "what was found"))
        .response("406", problem("no acceptable media type"));
    reads::<R>(get, search.name)
}

fn operation<R: Resource>(id: &str, summary: &str) -> OperationBuilder {
    OperationBuilder::new()
        .tag(R::COLLECTION)
        .operation_id(Some(format!("{}.{id}", R::COLLECTION)))
        .summary(Some(summary))
        .response("default", problem("what went wrong, and what to do"))
}

fn writes<R: Resource>(id: &str, summary: &str) -> OperationBuilder {
    operation::<R>(id, summary)
        .response("400", problem("the body cannot be read; the detail names the field"))
        .response("406", problem("no acceptable media type; nothing was written"))
        .response("413", problem("the body is longer than 256 KiB"))
        .response("415", problem("the body is not JSON"))
        .response("503", problem("a service that is asked first is away"))
}

/// The answer to what was taken and is not there yet, where that can be.
fn postpones<R: Resource>(operation: OperationBuilder) -> OperationBuilder {
    if !R::POSTPONES {
        return operation;
    }
    let taken = says("taken, and created later unless something speaks against it");
    let body = Content::new(Some(schema::postponed()));
    operation.response("202", located(taken.content(JSON, body)))
}

/// GET, and the HEAD and OPTIONS that go with it.
fn reads<R: Resource>(get: OperationBuilder, id: &str) -> PathItem {
    let item = PathItem::new(HttpMethod::Get, get);
    let item = with(item, HttpMethod::Head, head::<R>(id));
    with(item, HttpMethod::Options, options::<R>(id))
}

fn with(mut item: PathItem, method: HttpMethod, operation: OperationBuilder) -> PathItem {
    item.merge_operations(PathItem::new(method, operation));
    item
}

fn head<R: Resource>(id: &str) -> OperationBuilder {
    let answer = says("the links").header("Link", text("the same links as in the body"));
    operation::<R>(&format!("{id}.head"), "The links alone").response("204", answer)
}

fn options<R: Resource>(id: &str) -> OperationBuilder {
    let answer = says("the methods").header("Allow", text("the methods that are served"));
    operation::<R>(&format!("{id}.options"), "The methods")
        .response("200", answer)
        .response("403", says("a CORS preflight: only the gateway speaks CORS"))
}

fn identified(operation: OperationBuilder) -> OperationBuilder {
    // No content: an unknown item has no body, and only an id that is no number has a problem.
    let missing = says("no such item, without a body; a problem if the id is no number");
    operation.parameter(id()).response("404", missing)
}

fn id() -> Parameter {
    ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(number()))
        .example(Some(1.into()))
        .build()
}

fn number() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
}

/// A number that is refused if it does not fit.
fn whole_number() -> ObjectBuilder {
    let (min, max) = (Number::Int(isize::MIN), Number::Int(isize::MAX));
    number().minimum(Some(min)).maximum(Some(max))
}

fn paging() -> Vec<Parameter> {
    vec![
        query("page", "which page, from 0; anything else is 0"),
        query("size", "how many to a page, 1 to 1000; anything else is 20"),
        query(
            "sort",
            "fields, then asc or desc, then ignorecase if capital letters are to count as small ones: \
             `qty,desc`; may be repeated; unknown fields are ignored",
        ),
    ]
}

/// A query parameter, of which anything is taken and only sense is used.
fn query(name: &str, description: &str) -> Parameter {
    let either = SchemaType::Array(vec![Type::Integer, Type::String]);
    let schema = if name == "sort" { Type::String.into() } else { either };
    parameter(name, description, ObjectBuilder::new().schema_type(schema))
}

fn parameter(name: &str, description: &str, schema: ObjectBuilder) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema))
        .build()
}

fn body<R: Resource>(media_types: &[&str]) -> RequestBody {
    let draft = format!("{}Draft", schema::name::<R>());
    let content = ContentBuilder::new()
        .schema(Some(schema::to(&draft)))
        .example(Some(schema::example::<R>()))
        .build();
    let body = media_types.iter().fold(RequestBodyBuilder::new(), |body, media_type| {
        body.content(*media_type, content.clone())
    });
    let body = body.required(Some(Required::True));
    if media_types.contains(&MERGE_PATCH) {
        return body.content(JSON_PATCH, Content::new(Some(schema::operations::<R>()))).build();
    }
    body.build()
}

fn says(description: &str) -> ResponseBuilder {
    ResponseBuilder::new().description(description)
}

fn shows(schema: &str, description: &str) -> ResponseBuilder {
    let content = || Content::new(Some(schema::to(schema)));
    says(description).content(HAL_JSON, content()).content(JSON, content())
}

fn problem(description: &str) -> ResponseBuilder {
    says(description).content("application/problem+json", Content::new(Some(schema::to("Problem"))))
}

fn located(response: ResponseBuilder) -> ResponseBuilder {
    response.header("Location", text("where it is"))
}

fn text(description: &str) -> Header {
    let mut header = Header::new(Object::with_type(Type::String));
    header.description = Some(description.to_owned());
    header
}
