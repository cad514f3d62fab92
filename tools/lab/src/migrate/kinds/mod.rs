//! How a kind of object is written in the version of today: fields that moved, and those that it wants.

mod admission;
mod autoscaler;
mod devices;
mod endpoints;
mod ingress;
mod misc;
mod volumes;
mod workload;

use crate::migrate::{
    change::Found,
    object::{Object, Refusal},
};

/// What is to become of an object, or why it is left to a person.
pub(crate) fn mend(object: &Object<'_>) -> Result<Found, Refusal> {
    match object.kind {
        "CertificateSigningRequest" => misc::signing(object),
        "CustomResourceDefinition" => admission::definition(object),
        "EndpointSlice" => endpoints::mend(object),
        "Event" => misc::event(object),
        "HorizontalPodAutoscaler" => autoscaler::mend(object),
        "Ingress" => ingress::mend(object),
        "LocalSubjectAccessReview" | "SubjectAccessReview" => Ok(misc::review(object)),
        "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration" => {
            admission::webhooks(object)
        }
        "PriorityLevelConfiguration" => Ok(misc::priority(object)),
        "ResourceClaim" | "ResourceClaimTemplate" => devices::mend(object),
        "ClusterRoleBinding" | "RoleBinding" => misc::binding(object),
        "RuntimeClass" => misc::runtime(object),
        "Service" => Ok(misc::service(object)),
        _ => workload::mend(object),
    }
}
