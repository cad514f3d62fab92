//! What a PUT or a PATCH asks for, to be applied to what is there.

use json_patch::{Patch, PatchErrorKind, PatchOperation, ReplaceOperation, jsonptr::Pointer};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use web::Upload;

use crate::{Problem, body};

/// More operations than any form has fields.
pub(crate) const MOST_OPERATIONS: usize = 100;

/// A change that was read and waits for the item it changes.
#[derive(Debug, Clone)]
pub struct Change(Kind);

/// Bodies stay as they were sent until they are applied: what they say could take 30 times as much
/// memory, and changes wait for the database.
#[derive(Debug, Clone)]
enum Kind {
    /// PUT: the new draft, whole.
    Replace(Upload),
    /// RFC 7396: fields to set, `null` to clear.
    Merge(Upload),
    /// RFC 6902: operations on fields.
    Patch(Upload),
}

impl Change {
    /// A PUT's; the body was found to be a draft.
    pub(crate) fn replace(body: Upload) -> Self {
        Self(Kind::Replace(body))
    }

    /// A merge patch, from a body.
    pub fn merge(bytes: &[u8]) -> Result<Self, Problem> {
        Self::merged(bytes.into())
    }

    /// A merge patch, from a body that was sent.
    pub(crate) fn merged(body: Upload) -> Result<Self, Problem> {
        body::object::<Map<String, Value>>(&body)?;
        Ok(Self(Kind::Merge(body)))
    }

    /// A JSON Patch, from a body that was sent.
    pub(crate) fn patched(body: Upload) -> Result<Self, Problem> {
        operations(&body)?;
        Ok(Self(Kind::Patch(body)))
    }

    /// What the draft becomes; patched values are read as leniently as posted ones.
    pub fn apply<D: Serialize + DeserializeOwned>(&self, current: &D) -> Result<D, Problem> {
        let mut fields = match &self.0 {
            Kind::Replace(body) => return body::object(body),
            _ => serde_json::to_value(current).map_err(Problem::broken)?,
        };
        match &self.0 {
            Kind::Merge(patch) => {
                if let Some(fields) = fields.as_object_mut() {
                    fields.extend(body::object::<Map<String, Value>>(patch)?);
                }
            }
            Kind::Patch(body) => patch(&mut fields, &operations(body)?)?,
            Kind::Replace(_) => {}
        }
        serde_path_to_error::deserialize(fields)
            .map_err(|error| body::unreadable(error.path(), error.inner()))
    }
}

fn operations(body: &[u8]) -> Result<Vec<PatchOperation>, Problem> {
    let Patch(mut operations) = body::read(body)
        .map_err(|problem| problem.hint("a JSON Patch is a list of operations, RFC 6902"))?;
    if operations.len() > MOST_OPERATIONS {
        let detail = format!("a patch may have {MOST_OPERATIONS} operations");
        return Err(Problem::bad_request(detail).cause("too many operations"));
    }
    operations.iter_mut().for_each(clear);
    Ok(operations)
}

/// A field cannot go, so removing it sets it to null, and later operations still find it.
fn clear(operation: &mut PatchOperation) {
    if let PatchOperation::Remove(removed) = operation {
        let path = std::mem::take(&mut removed.path);
        *operation = PatchOperation::Replace(ReplaceOperation { path, value: Value::Null });
    }
}

fn patch(fields: &mut Value, operations: &[PatchOperation]) -> Result<(), Problem> {
    for operation in operations {
        known(fields, operation.path())?;
        if let PatchOperation::Copy(copy) = operation {
            known(fields, &copy.from)?;
        }
        if let PatchOperation::Move(moved) = operation {
            known(fields, &moved.from)?;
        }
    }
    operations.iter().try_for_each(|operation| apply(fields, operation))
}

fn apply(fields: &mut Value, operation: &PatchOperation) -> Result<(), Problem> {
    let mut operation = operation.clone();
    if let PatchOperation::Test(test) = &mut operation {
        let current = fields.pointer(test.path.as_str());
        if let Some(current) = current.filter(|current| same_number(current, &test.value)) {
            test.value = current.clone();
        }
    }
    json_patch::patch_unsafe(fields, &[operation]).map_err(|error| {
        let cause = error.to_string();
        match error.kind {
            PatchErrorKind::TestFailed => {
                Problem::conflict(format!("{}: the test of the patch failed", error.path))
            }
            _ => Problem::bad_request(format!("{}: {}", error.path, error.kind)),
        }
        .cause(cause)
    })
}

/// RFC 6902 4.6: numbers are equal if their values are, however they are written.
fn same_number(one: &Value, other: &Value) -> bool {
    match (one.as_i64(), other.as_i64()) {
        (Some(one), Some(other)) => one == other,
        _ => one.as_f64().is_some_and(|one| other.as_f64() == Some(one)),
    }
}

/// A patch names fields that exist, not places within them: copies of copies would grow for ever.
fn known(fields: &Value, path: &Pointer) -> Result<(), Problem> {
    let mut tokens = path.tokens();
    let (first, more) = (tokens.next(), tokens.next());
    let exists = first.is_some_and(|name| fields.get(name.decoded().as_ref()).is_some());
    if exists && more.is_none() {
        return Ok(());
    }
    let names = fields.as_object().into_iter().flat_map(Map::keys);
    let names: Vec<String> = names.map(|name| format!("/{name}")).collect();
    let shown: String = path.as_str().chars().take(80).collect();
    Err(Problem::bad_request(format!("the patch names {shown:?}, which is no field"))
        .cause("unknown path")
        .hint(format!("the fields are {}", names.join(", "))))
}
