//! Objects in versions and with fields that Kubernetes has taken away.

use std::fs;

use testkit::{Namespace, namespace::PodSecurity, workspace};

use super::typed;
use crate::person::Run;

/// An object of each kind in each version that is gone, by the release that took it; `off` is served no
/// more unless it is switched on, and nothing of `no-objects` can be applied to a cluster.
fn removed() -> Vec<(String, String)> {
    let folder = workspace().join("tools/lab/tests/lab/migrate/removed");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("text");
        found.extend(text.split("---\n").map(|it| (name.clone(), it.to_owned())));
    }
    assert!(found.len() > 100, "{}", found.len());
    found
}

fn version(object: &str) -> &str {
    object.lines().next().and_then(|it| it.strip_prefix("apiVersion: ")).expect("a version")
}

#[test]
fn every_removed_version_becomes_one_of_today() {
    for (file, old) in removed() {
        let (new, report) = typed(&old);
        assert_ne!(version(&new), version(&old), "{file}: {report}");
        assert!(!version(&new).contains("alpha") && !version(&new).contains("beta"), "{new}");
        assert!(!report.contains("for you to mend"), "{report}");
        assert_eq!(typed(&new).0, new);
    }
}

/// What Kubernetes publishes as removed is what its API server says.
#[test]
fn a_cluster_takes_every_object_that_was_moved_and_not_as_it_was() {
    if !Namespace::is_available("a_cluster_takes_every_object_that_was_moved_and_not_as_it_was") {
        return;
    }
    let namespace = Namespace::create(PodSecurity::Baseline);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("objects.yaml");
    let objects = removed().into_iter().filter(|(file, _)| file != "no-objects");
    let old: Vec<String> = objects.map(|(_, it)| it.replace("NS", namespace.name())).collect();
    let new: Vec<String> = old.iter().map(|it| typed(it).0).collect();
    // One call for all of them: kubectl goes on behind what is refused.
    let create = |objects: &[String]| {
        fs::write(&file, objects.join("---\n")).expect("written");
        let words = format!("create --dry-run=server --filename {}", file.display());
        let words: Vec<&str> = words.split(' ').collect();
        let run = Run::of(&mut namespace.kubectl_command(&words));
        (run.told.matches(" created (server dry run)").count(), run.told, run.complained)
    };

    let (taken, told, refused) = create(&new);
    assert_eq!(taken, new.len(), "{told}{refused}");
    let (taken, told, _) = create(&old);
    assert_eq!(taken, 0, "these are served as they were:\n{told}");
}

/// The fields that are known here are those of the API server.
#[test]
fn the_schema_is_that_of_the_cluster() {
    if !Namespace::is_available("the_schema_is_that_of_the_cluster") {
        return;
    }
    let namespace = Namespace::create(PodSecurity::Baseline);
    let version: serde_json::Value =
        serde_json::from_str(&namespace.kubectl("get --raw /version")).expect("JSON");
    if version["minor"] != "34" {
        return;
    }
    let shown = namespace.kubectl("get --raw /openapi/v2");
    let shown: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
    let table = include_str!("../../../src/migrate/api/schema.txt");
    let types = table.lines().filter(|it| !it.starts_with("= "));
    for line in types {
        let (name, fields) = line.split_once(' ').expect("a type and its fields");
        let defined = shown["definitions"].as_object().expect("definitions").iter();
        let mut defined = defined.filter(|(full, _)| full.ends_with(&format!(".{name}")));
        // What is not served is not described.
        let Some((_, of)) = defined.next() else { continue };
        let mut theirs: Vec<&str> =
            of["properties"].as_object().expect("fields").keys().map(String::as_str).collect();
        theirs.sort_unstable();
        let mut ours: Vec<&str> = fields.split(' ').filter_map(|it| it.split(':').next()).collect();
        ours.sort_unstable();
        assert_eq!(ours, theirs, "{name}");
    }
}

#[test]
fn fields_that_are_gone_are_taken_away_or_changed() {
    for (old, new) in [
        (
            "apiVersion: apps/v1beta1\nkind: Deployment\nspec:\n  # back\n  rollbackTo:\n    revision: 3\n  \
             replicas: 1\n  template: {metadata: {labels: {a: b}}}\n",
            "apiVersion: apps/v1\nkind: Deployment\nspec:\n  # back\n  replicas: 1\n  template: {metadata: \
             {labels: {a: b}}}\n  selector: {matchLabels: {a: b}}\n",
        ),
        (
            "apiVersion: extensions/v1beta1\nkind: DaemonSet\nspec: {templateGeneration: 1, selector: \
             {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}}}\n",
            "apiVersion: apps/v1\nkind: DaemonSet\nspec: {selector: {matchLabels: {a: b}}, template: \
             {metadata: {labels: {a: b}}}}\n",
        ),
        (
            "apiVersion: apiextensions.k8s.io/v1beta1\nkind: CustomResourceDefinition\nspec: {version: v1, \
             scope: Cluster, versions: [{name: v1, schema: {openAPIV3Schema: {type: object}}}]}\n",
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: {scope: Cluster, \
             versions: [{name: v1, schema: {openAPIV3Schema: {type: object}}}]}\n",
        ),
        (
            "apiVersion: v1\nkind: Service\nspec:\n  ipFamily: IPv6\n",
            "apiVersion: v1\nkind: Service\nspec:\n  ipFamilies: [IPv6]\n",
        ),
        (
            "apiVersion: v1\nkind: IngressList\nitems:\n- apiVersion: networking.k8s.io/v1beta1\n  kind: \
             IngressClass\n",
            "apiVersion: v1\nkind: IngressList\nitems:\n- apiVersion: networking.k8s.io/v1\n  kind: \
             IngressClass\n",
        ),
    ] {
        let (text, report) = typed(old);
        assert_eq!(text, new, "{report}");
    }
}

#[test]
fn what_a_version_lacks_is_told() {
    for (old, said) in [
        (
            "apiVersion: v1\nkind: Service\nspec:\n  topologyKeys: ['*']\n",
            "v1 Service has no `topologyKeys` in spec: it is gone since 1.22",
        ),
        (
            "apiVersion: v1\nkind: Pod\nspec: {containers: [{nam: a}]}\n",
            "v1 Pod has no `nam` in spec.containers",
        ),
        (
            "apiVersion: autoscaling/v2beta2\nkind: HorizontalPodAutoscaler\nspec: {targetCPUUtilizationPercentage: 50}\n",
            "it is a field of autoscaling/v1",
        ),
        (
            "apiVersion: extensions/v1beta1\nkind: Job\nspec: {autoSelector: true}\n",
            "`manualSelector` is its opposite",
        ),
        (
            "apiVersion: certificates.k8s.io/v1beta1\nkind: CertificateSigningRequest\nspec: {request: a}\n",
            "wants to know who signs",
        ),
        (
            "apiVersion: admissionregistration.k8s.io/v1beta1\nkind: ValidatingWebhookConfiguration\nwebhooks: [{name: a}]\n",
            "wants to know its `sideEffects`",
        ),
        (
            "apiVersion: apiextensions.k8s.io/v1beta1\nkind: CustomResourceDefinition\nspec: {version: v1}\n",
            "take the definition from who wrote it",
        ),
        ("apiVersion: events.k8s.io/v1beta1\nkind: Event\nnote: a\n", "wants its `eventTime`"),
        (
            "apiVersion: discovery.k8s.io/v1beta1\nkind: EndpointSlice\nendpoints: [{topology: {rack: a}}]\n",
            "knows only a node and a zone",
        ),
        (
            "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\n",
            "PodSecurityPolicy is gone since 1.25",
        ),
        ("apiVersion: batch/v2alpha1\nkind: ScheduledJob\n", "it is called CronJob"),
        ("apiVersion: resource.k8s.io/v1alpha2\nkind: ResourceClass\n", "it is gone since 1.31"),
        ("apiVersion: v1\nkind: Deployment\n", "Deployment is in apps/v1, not in v1"),
        (
            "apiVersion: certificates.k8s.io/v1alpha1\nkind: ClusterTrustBundle\n",
            "only where it is switched on",
        ),
        (
            "apiVersion: kubeadm.k8s.io/v1beta1\nkind: ClusterConfiguration\n",
            "kubeadm config migrate",
        ),
        (
            "apiVersion: v1\nkind: Pod\nmetadata: {annotations: {scheduler.alpha.kubernetes.io/critical-pod: ''}}\n",
            "nothing reads this annotation",
        ),
        (
            "apiVersion: v1\nkind: Pod\nspec: {volumes: [{name: a, glusterfs: {path: b}}]}\n",
            "1.26 took the driver for glusterfs",
        ),
        (
            "apiVersion: v1\nkind: Pod\nspec: {nodeSelector: {node-role.kubernetes.io/master: ''}}\n",
            "control-plane since 1.24",
        ),
        (
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nrules: [{apiGroups: [extensions], resources: [deployments]}]\n",
            "nothing is in the group `extensions`",
        ),
    ] {
        let (text, report) = typed(old);
        assert_eq!(text, old, "{report}");
        assert!(report.contains(said), "{said} is not in:\n{report}");
    }
}

/// `*name` is what `&name` stands before.
#[test]
fn what_is_written_elsewhere_is_read_there() {
    let old = |labels: &str| {
        format!(
            "apiVersion: apps/v1beta2\nkind: Deployment\nmetadata:\n  labels: &all\n    app: order\nspec:\n  \
             template:\n    metadata:\n      labels: {labels}\n"
        )
    };
    let new = |labels: &str| old(labels).replace("v1beta2", "v1");
    for (labels, selector) in [
        ("*all", "  selector: {matchLabels: *all}\n"),
        ("{<<: *all, tier: web}", "  selector: {matchLabels: {<<: *all, tier: web}}\n"),
    ] {
        let (text, report) = typed(&old(labels));
        assert_eq!(text, new(labels) + selector, "{report}");
        assert_eq!(typed(&text).0, text);
    }
    for selector in ["*all", "{app: order}"] {
        let end = format!("  selector:\n    matchLabels: {selector}\n");
        let (text, report) = typed(&(old("*all") + &end));
        assert_eq!(text, new("*all") + &end, "{report}");
    }
    let (text, report) = typed(
        "metadata: {name: &image jinyoung/order:stable}\nspec: {containers: [{image: *image}]}\n---\na: \
         *nothing\n",
    );
    assert!(text.contains("{image: bulsajo/order:stable}"), "{text}{report}");
}
