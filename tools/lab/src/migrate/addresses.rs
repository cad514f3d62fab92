//! Files and packages in the net that old worksheets ask for, and that are gone or that no cluster of
//! today takes.

use crate::migrate::{change::Found, shell::Word};

/// A part of an address, and what became of it.
const ADDRESSES: [(&str, &str); 16] = [
    (
        "kubernetes/helm/master/scripts/get",
        "this installs Helm 2, which is out of use since November 2020: https://raw.githubusercontent.com/helm/helm/main/scripts/get-helm-3",
    ),
    (
        "helm/helm/master/scripts/get",
        "the branch `master` of Helm is `main` by now: …/helm/helm/main/scripts/get-helm-3",
    ),
    (
        "storage.googleapis.com/kubernetes-helm",
        "these are versions of Helm 2, which is out of use since November 2020",
    ),
    ("git.io/get_helm", "this installs Helm 2, which is out of use since November 2020"),
    (
        "metrics-server/releases/download/v0.3",
        "it is in API versions that Kubernetes 1.22 took away: …/metrics-server/releases/latest/download/components.yaml",
    ),
    (
        "metrics-server/master/deploy",
        "it is gone: …/metrics-server/releases/latest/download/components.yaml",
    ),
    ("kubernetes/heapster", "Heapster is gone since 2018: metrics-server"),
    (
        "kubernetes/dashboard/v1.",
        "it is in API versions that Kubernetes 1.16 took away: the chart of kubernetes-dashboard",
    ),
    ("kubernetes/dashboard/master", "it is gone: the chart of kubernetes-dashboard"),
    (
        "ingress-nginx/nginx-0.",
        "it is in API versions that Kubernetes 1.22 took away: …/ingress-nginx/controller-v1.…",
    ),
    (
        "ingress-nginx/master",
        "the branch is gone: …/ingress-nginx/main/deploy/static/provider/cloud/deploy.yaml",
    ),
    (
        "jetstack/cert-manager/releases/download/v0.",
        "it is in API versions that Kubernetes 1.22 took away: …/cert-manager/cert-manager/releases/latest",
    ),
    (
        "getLatestIstio",
        "an Istio before 1.10 is in API versions that Kubernetes 1.22 took away: https://istio.io/downloadIstio",
    ),
    ("cloud.weave.works", "it is gone with the company since 2024"),
    ("apt.kubernetes.io", "it is gone since March 2024: https://pkgs.k8s.io"),
    ("dl.bintray.com", "Bintray is gone since May 2021"),
];

pub(crate) fn tell(words: &[Word], found: &mut Found) {
    for word in words {
        if let Some((_, why)) = ADDRESSES.iter().find(|(part, _)| word.text.contains(part)) {
            found.tell(word.place.start, *why);
        }
    }
}
