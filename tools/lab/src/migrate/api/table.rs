//! Which versions Kubernetes has taken away up to 1.34, and what there is in their place.

const WORKLOADS: &[&str] = &["Deployment", "DaemonSet", "ReplicaSet", "StatefulSet"];
const RBAC: &[&str] = &["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"];
const WEBHOOKS: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];
const POLICIES: &[&str] = &["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"];
const REVIEWS: &[&str] = &[
    "LocalSubjectAccessReview",
    "SelfSubjectAccessReview",
    "SelfSubjectRulesReview",
    "SubjectAccessReview",
];
const FLOWS: &[&str] = &["FlowSchema", "PriorityLevelConfiguration"];
const DEVICES: &[&str] =
    &["DeviceClass", "ResourceClaim", "ResourceClaimTemplate", "ResourceSlice"];
const HPA: &[&str] = &["HorizontalPodAutoscaler"];

/// An alpha that was never served unless it was switched on.
pub(super) const ALPHA: &str = "alpha";
/// It is there in 1.34, and not served unless it is switched on.
pub(super) const OFF: &str = "off";

/// Group and version of old, kinds, group and version of today, and the release without the old. From
/// the deprecation guide of Kubernetes, and for alphas from its source.
pub(super) const MOVED: [(&str, &[&str], &str, &str); 60] = [
    ("admissionregistration.k8s.io/v1beta1", WEBHOOKS, "admissionregistration.k8s.io/v1", "1.22"),
    ("admissionregistration.k8s.io/v1beta1", POLICIES, "admissionregistration.k8s.io/v1", "1.34"),
    ("admissionregistration.k8s.io/v1alpha1", POLICIES, "admissionregistration.k8s.io/v1", "1.32"),
    (
        "apiextensions.k8s.io/v1beta1",
        &["CustomResourceDefinition"],
        "apiextensions.k8s.io/v1",
        "1.22",
    ),
    ("apiregistration.k8s.io/v1beta1", &["APIService"], "apiregistration.k8s.io/v1", "1.22"),
    ("apps/v1beta1", &["ControllerRevision"], "apps/v1", "1.16"),
    ("apps/v1beta1", &["Scale"], "autoscaling/v1", "1.16"),
    ("apps/v1beta1", WORKLOADS, "apps/v1", "1.16"),
    ("apps/v1beta2", &["ControllerRevision"], "apps/v1", "1.16"),
    ("apps/v1beta2", &["Scale"], "autoscaling/v1", "1.16"),
    ("apps/v1beta2", WORKLOADS, "apps/v1", "1.16"),
    ("audit.k8s.io/v1alpha1", &["Policy"], "audit.k8s.io/v1", "1.24"),
    ("audit.k8s.io/v1beta1", &["Policy"], "audit.k8s.io/v1", "1.24"),
    ("authentication.k8s.io/v1alpha1", &["SelfSubjectReview"], "authentication.k8s.io/v1", "1.32"),
    ("authentication.k8s.io/v1beta1", &["SelfSubjectReview"], "authentication.k8s.io/v1", "1.33"),
    ("authentication.k8s.io/v1beta1", &["TokenReview"], "authentication.k8s.io/v1", "1.22"),
    ("authorization.k8s.io/v1beta1", REVIEWS, "authorization.k8s.io/v1", "1.22"),
    ("autoscaling/v2alpha1", HPA, "autoscaling/v2", ALPHA),
    ("autoscaling/v2beta1", HPA, "autoscaling/v2", "1.25"),
    ("autoscaling/v2beta2", HPA, "autoscaling/v2", "1.26"),
    ("batch/v1beta1", &["CronJob"], "batch/v1", "1.25"),
    ("batch/v2alpha1", &["CronJob"], "batch/v1", "1.21"),
    (
        "certificates.k8s.io/v1alpha1",
        &["CertificateSigningRequest"],
        "certificates.k8s.io/v1",
        ALPHA,
    ),
    (
        "certificates.k8s.io/v1beta1",
        &["CertificateSigningRequest"],
        "certificates.k8s.io/v1",
        "1.22",
    ),
    ("coordination.k8s.io/v1beta1", &["Lease"], "coordination.k8s.io/v1", "1.22"),
    ("discovery.k8s.io/v1alpha1", &["EndpointSlice"], "discovery.k8s.io/v1", ALPHA),
    ("discovery.k8s.io/v1beta1", &["EndpointSlice"], "discovery.k8s.io/v1", "1.25"),
    ("events.k8s.io/v1beta1", &["Event"], "events.k8s.io/v1", "1.25"),
    ("extensions/v1beta1", &["Ingress"], "networking.k8s.io/v1", "1.22"),
    ("extensions/v1beta1", &["Job"], "batch/v1", "1.6"),
    ("extensions/v1beta1", &["NetworkPolicy"], "networking.k8s.io/v1", "1.16"),
    ("extensions/v1beta1", &["Scale"], "autoscaling/v1", "1.16"),
    ("extensions/v1beta1", HPA, "autoscaling/v1", "1.6"),
    ("extensions/v1beta1", WORKLOADS, "apps/v1", "1.16"),
    ("flowcontrol.apiserver.k8s.io/v1alpha1", FLOWS, "flowcontrol.apiserver.k8s.io/v1", ALPHA),
    ("flowcontrol.apiserver.k8s.io/v1beta1", FLOWS, "flowcontrol.apiserver.k8s.io/v1", "1.26"),
    ("flowcontrol.apiserver.k8s.io/v1beta2", FLOWS, "flowcontrol.apiserver.k8s.io/v1", "1.29"),
    ("flowcontrol.apiserver.k8s.io/v1beta3", FLOWS, "flowcontrol.apiserver.k8s.io/v1", "1.32"),
    ("networking.k8s.io/v1alpha1", &["IPAddress", "ServiceCIDR"], "networking.k8s.io/v1", ALPHA),
    ("networking.k8s.io/v1beta1", &["IPAddress", "ServiceCIDR"], "networking.k8s.io/v1", OFF),
    ("networking.k8s.io/v1beta1", &["Ingress", "IngressClass"], "networking.k8s.io/v1", "1.22"),
    ("node.k8s.io/v1alpha1", &["RuntimeClass"], "node.k8s.io/v1", ALPHA),
    ("node.k8s.io/v1beta1", &["RuntimeClass"], "node.k8s.io/v1", "1.25"),
    ("policy/v1alpha1", &["PodDisruptionBudget"], "policy/v1", ALPHA),
    ("policy/v1beta1", &["Eviction", "PodDisruptionBudget"], "policy/v1", "1.25"),
    ("rbac.authorization.k8s.io/v1alpha1", RBAC, "rbac.authorization.k8s.io/v1", ALPHA),
    ("rbac.authorization.k8s.io/v1beta1", RBAC, "rbac.authorization.k8s.io/v1", "1.22"),
    (
        "resource.k8s.io/v1alpha2",
        &["ResourceClaim", "ResourceClaimTemplate"],
        "resource.k8s.io/v1",
        ALPHA,
    ),
    ("resource.k8s.io/v1alpha3", DEVICES, "resource.k8s.io/v1", ALPHA),
    ("resource.k8s.io/v1beta1", DEVICES, "resource.k8s.io/v1", OFF),
    ("resource.k8s.io/v1beta2", DEVICES, "resource.k8s.io/v1", OFF),
    ("scheduling.k8s.io/v1alpha1", &["PriorityClass"], "scheduling.k8s.io/v1", ALPHA),
    ("scheduling.k8s.io/v1beta1", &["PriorityClass"], "scheduling.k8s.io/v1", "1.22"),
    (
        "storage.k8s.io/v1alpha1",
        &["CSIStorageCapacity", "VolumeAttachment"],
        "storage.k8s.io/v1",
        "1.24",
    ),
    ("storage.k8s.io/v1alpha1", &["VolumeAttributesClass"], "storage.k8s.io/v1", ALPHA),
    (
        "storage.k8s.io/v1beta1",
        &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"],
        "storage.k8s.io/v1",
        "1.22",
    ),
    ("storage.k8s.io/v1beta1", &["CSIStorageCapacity"], "storage.k8s.io/v1", "1.27"),
    ("storage.k8s.io/v1beta1", &["VolumeAttributesClass"], "storage.k8s.io/v1", OFF),
    ("apiregistration.k8s.io/v1alpha1", &["APIService"], "apiregistration.k8s.io/v1", ALPHA),
    ("authorization.k8s.io/v1alpha1", REVIEWS, "authorization.k8s.io/v1", ALPHA),
];

/// Kinds without a successor of the same shape; the first fits whose version is a beginning of theirs.
pub(super) const GONE: [(&str, &str, &str); 19] = [
    ("", "AuditSink", "AuditSink is gone since 1.19: the API server has flags for it"),
    ("", "ClusterCIDR", "ClusterCIDR is gone since 1.29"),
    ("", "DeploymentRollback", "it is gone since 1.16: `kubectl rollout undo deployment NAME`"),
    ("", "PetSet", "it is called StatefulSet since 1.5, in apps/v1"),
    ("", "PodPreset", "PodPreset is gone since 1.20: put its variables into the pods themselves"),
    (
        "",
        "PodSecurityPolicy",
        "PodSecurityPolicy is gone since 1.25: label the namespace \
         pod-security.kubernetes.io/enforce=baseline",
    ),
    ("", "ScheduledJob", "it is called CronJob since 1.5, in batch/v1"),
    ("", "ThirdPartyResource", "it is gone since 1.8: CustomResourceDefinition, with a schema"),
    ("", "PodScheduling", "it is gone since 1.27, and nothing took its place"),
    ("", "PodSchedulingContext", "it is gone since 1.32, and nothing took its place"),
    ("", "ResourceClass", "it is gone since 1.31: DeviceClass of resource.k8s.io/v1"),
    ("", "ResourceClaimParameters", "it is gone since 1.31: the claim itself says what it wants"),
    ("", "ResourceClassParameters", "it is gone since 1.31: DeviceClass of resource.k8s.io/v1"),
    (
        "resource.k8s.io/v1alpha1",
        "",
        "it is gone since 1.27: DeviceClass and ResourceClaim of resource.k8s.io/v1",
    ),
    (
        "client.authentication.k8s.io/v1alpha1",
        "",
        "it is gone since 1.24: client.authentication.k8s.io/v1",
    ),
    (
        "componentconfig/",
        "",
        "it is gone: a program has a configuration of its own, as kubelet.config.k8s.io/v1beta1",
    ),
    (
        "kubeadm.k8s.io/",
        "",
        "`kubeadm config migrate --old-config OLD --new-config NEW` knows which versions it takes",
    ),
    (
        "kubescheduler.config.k8s.io/",
        "",
        "it is in kubescheduler.config.k8s.io/v1 since 1.25, with other fields",
    ),
    ("federation/", "", "federation is gone since 2018"),
];

/// Groups of files and of others' kinds that look as if they were Kubernetes's own.
pub(super) const OTHERS: &[&str] = &[
    "apiserver.config.k8s.io",
    "app.k8s.io",
    "autoscaling.k8s.io",
    "client.authentication.k8s.io",
    "custom.metrics.k8s.io",
    "external.metrics.k8s.io",
    "externaldns.k8s.io",
    "gateway.networking.k8s.io",
    "kops.k8s.io",
    "kubelet.config.k8s.io",
    "kubeproxy.config.k8s.io",
    "metrics.k8s.io",
    "policy.networking.k8s.io",
    "snapshot.storage.k8s.io",
];
