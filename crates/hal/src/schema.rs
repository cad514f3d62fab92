//! The schemas of what is sent and shown, made from the service's own two.

use serde_json::{Map, Value, json};
use utoipa::{
    Number, ToSchema,
    openapi::{
        KnownFormat, Object, ObjectBuilder, Ref, RefOr, Schema, SchemaFormat,
        schema::{AnyOfBuilder, ArrayBuilder, SchemaType, Type},
    },
};

use crate::{Resource, change, lenient};

/// A reference to a component.
pub(crate) fn to(name: &str) -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(name))
}

/// The component that shows one item: `Order`.
pub(crate) fn name<R: Resource>() -> String {
    let mut letters = R::ITEM.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Every component of a resource, by name.
pub(crate) fn all<R: Resource>() -> Vec<(String, Schema)> {
    let name = name::<R>();
    vec![
        (name.clone(), shown::<R>()),
        (format!("{name}Draft"), draft::<R>()),
        (format!("{name}Page"), collection::<R>(&name, R::PAGED)),
        (format!("{name}List"), collection::<R>(&name, false)),
        (
            "Index".to_owned(),
            ObjectBuilder::new().property("_links", links()).required("_links").into(),
        ),
        ("Link".to_owned(), link()),
        ("Problem".to_owned(), problem_schema()),
    ]
}

/// The names of the fields, in order.
pub(crate) fn fields<T: ToSchema>() -> Vec<String> {
    object::<T>().properties.into_keys().collect()
}

fn object<T: ToSchema>() -> Object {
    let mut known = Vec::new();
    T::schemas(&mut known);
    flat(T::schema(), &known)
}

/// One object, where a flattened struct was described by several.
fn flat(schema: RefOr<Schema>, known: &[(String, RefOr<Schema>)]) -> Object {
    match schema {
        RefOr::T(Schema::Object(object)) => object,
        RefOr::T(Schema::AllOf(all)) => {
            let parts = all.items.into_iter().map(|part| flat(part, known));
            parts.fold(Object::with_type(Type::Object), |mut whole, part| {
                whole.properties.extend(part.properties);
                whole
            })
        }
        RefOr::Ref(to) => {
            let named =
                known.iter().find(|(name, _)| to.ref_location.ends_with(&format!("/{name}")));
            named.map(|(_, schema)| flat(schema.clone(), known)).unwrap_or_default()
        }
        RefOr::T(_) => Object::default(),
    }
}

fn shown<R: Resource>() -> Schema {
    let mut object = object::<R::Entity>();
    // Nulls are shown, so every field is there.
    object.required = object.properties.keys().cloned().collect();
    object.required.push("_links".to_owned());
    let links = ["self", R::ITEM]
        .into_iter()
        .fold(ObjectBuilder::new(), |links, rel| links.property(rel, to("Link")).required(rel));
    object.properties.insert("_links".to_owned(), Schema::from(links).into());
    object.into()
}

fn collection<R: Resource>(item: &str, paged: bool) -> Schema {
    let list = ArrayBuilder::new().items(to(item));
    let embedded = ObjectBuilder::new().property(R::COLLECTION, list).required(R::COLLECTION);
    let whole = ObjectBuilder::new()
        .property("_embedded", embedded)
        .required("_embedded")
        .property("_links", links())
        .required("_links");
    if !paged {
        return whole.into();
    }
    let block = ["size", "totalElements", "totalPages", "number"].into_iter();
    let block = block.fold(ObjectBuilder::new(), |block, name| {
        block.property(name, Object::with_type(Type::Integer)).required(name)
    });
    whole.property("page", block).required("page").into()
}

fn links() -> Object {
    ObjectBuilder::new()
        .additional_properties(Some(to("Link")))
        .description(Some("relations and where they lead"))
        .build()
}

fn link() -> Schema {
    ObjectBuilder::new()
        .property("href", Object::with_type(Type::String))
        .required("href")
        .property("templated", Object::with_type(Type::Boolean))
        .into()
}

fn problem_schema() -> Schema {
    let text = || Object::with_type(Type::String);
    let texts = ["timestamp", "error", "message", "path", "type", "title", "detail"];
    let problem = texts
        .into_iter()
        .fold(ObjectBuilder::new(), |problem, name| problem.property(name, text()).required(name));
    let cause = ObjectBuilder::new()
        .property("cause", Object::with_type(Type::Null))
        .property("message", text());
    problem
        .property("status", Object::with_type(Type::Integer))
        .required("status")
        .property("hint", text())
        .property("cause", cause)
        .description(Some("RFC 9457's members beside those of Spring Boot's error body"))
        .into()
}

fn draft<R: Resource>() -> Schema {
    let mut object = object::<R::Draft>();
    object.required.clear();
    for schema in object.properties.values_mut() {
        if let RefOr::T(Schema::Object(field)) = schema {
            loosen(field);
        }
    }
    object.into()
}

/// Says what the lenient reader takes: numbers as text, text as numbers, null for nothing.
fn loosen(field: &mut Object) {
    let (types, pattern) = if is(field, &Type::Integer) {
        let small = field.format == Some(SchemaFormat::KnownFormat(KnownFormat::Int32));
        let (min, max) =
            if small { (i32::MIN as isize, i32::MAX as isize) } else { (isize::MIN, isize::MAX) };
        field.minimum.get_or_insert(Number::Int(min));
        field.maximum.get_or_insert(Number::Int(max));
        let digits = if small { 9 } else { 18 };
        let number = match field.minimum {
            Some(Number::Int(0)) => format!("[0-9]{{1,{digits}}}"),
            Some(Number::Int(1)) => format!("[1-9][0-9]{{0,{}}}", digits - 1),
            _ => format!("-?[0-9]{{1,{digits}}}"),
        };
        (vec![Type::Integer, Type::String, Type::Null], format!("^({number})?$"))
    } else if is(field, &Type::Number) {
        let pattern = "^(-?[0-9]{1,15}(\\.[0-9]{1,15})?)?$";
        (vec![Type::Number, Type::String, Type::Null], pattern.to_owned())
    } else if is(field, &Type::String) {
        let types = vec![Type::String, Type::Number, Type::Boolean, Type::Null];
        field.max_length.get_or_insert(lenient::TEXT);
        (types, "^[^\\u0000]*$".to_owned())
    } else {
        return;
    };
    field.schema_type = SchemaType::Array(types);
    field.pattern.get_or_insert(pattern);
}

fn is(field: &Object, wanted: &Type) -> bool {
    match &field.schema_type {
        SchemaType::Type(found) => found == wanted,
        SchemaType::Array(found) => found.contains(wanted),
        SchemaType::AnyValue => false,
    }
}

/// The body of a 202.
pub(crate) fn postponed() -> ObjectBuilder {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    ["status", "detail", "location"]
        .into_iter()
        .fold(ObjectBuilder::new(), |body, name| body.property(name, text()).required(name))
}

/// A JSON Patch that is sure to be read; `copy` and `move` work too, if the fields agree.
pub(crate) fn operations<R: Resource>() -> ArrayBuilder {
    let RefOr::T(Schema::Object(draft)) = draft::<R>().into() else { return ArrayBuilder::new() };
    let any = || ObjectBuilder::new().schema_type(SchemaType::AnyValue).into();
    let paths: Vec<String> = draft.properties.keys().map(|name| format!("/{name}")).collect();
    let operation = |names: &[&str], paths: &[String], value: RefOr<Schema>| {
        let among = |values: Vec<String>| {
            ObjectBuilder::new().schema_type(Type::String).enum_values(Some(values))
        };
        ObjectBuilder::new()
            .property("op", among(names.iter().copied().map(str::to_owned).collect()))
            .property("path", among(paths.to_vec()))
            .property("value", value)
            .required("op")
            .required("path")
    };
    let fixed = AnyOfBuilder::new()
        .item(operation(&["remove"], &paths, any()))
        .item(operation(&["test"], &paths, any()).required("value"));
    let all = draft.properties.into_iter().fold(fixed, |all, (name, schema)| {
        let path = [format!("/{name}")];
        all.item(operation(&["add", "replace"], &path, schema).required("value"))
    });
    ArrayBuilder::new().items(RefOr::T(Schema::from(all))).max_items(Some(change::MOST_OPERATIONS))
}

/// What a client might send: the draft's own example, or one made of its fields' examples.
pub(crate) fn example<R: Resource>() -> Value {
    let object = object::<R::Draft>();
    if let Some(example) = object.example.or(object.examples.into_iter().next()) {
        return example;
    }
    let fields = object.properties.into_iter().map(|(name, schema)| (name, value(schema)));
    Value::Object(fields.collect::<Map<_, _>>())
}

fn value(schema: RefOr<Schema>) -> Value {
    let RefOr::T(Schema::Object(field)) = schema else { return Value::Null };
    let typical = if is(&field, &Type::Integer) {
        json!(1)
    } else if is(&field, &Type::Number) {
        json!(1.0)
    } else {
        json!("text")
    };
    field.example.or(field.examples.into_iter().next()).unwrap_or(typical)
}
