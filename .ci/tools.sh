# What the scripts that look at manifests share: helm, kubeconform, kustomize, and Python with YAML.
# shellcheck shell=bash

PATH=$PATH:$cache/tools/bin

# go_tool NAME PACKAGE@VERSION: builds it into the cache, unless it is in the PATH.
go_tool() {
    command -v "$1" >/dev/null && return 0
    command -v go >/dev/null || { echo "FAILED: there is no $1, and no Go to build it" >&2; return 1; }
    echo "building $1" >&2
    mkdir -p "$cache/tools/bin"
    GOBIN=$cache/tools/bin CGO_ENABLED=0 GOFLAGS=-trimpath \
        nice -n 10 go install -ldflags='-s -w' "$2" >&2
}

# kubectl has kustomize inside; without it, kustomize itself.
kustomize_build() {
    if command -v kustomize >/dev/null; then
        kustomize build "$1"
    else
        kubectl kustomize "$1"
    fi
}

manifest_tools() {
    python_tools
    python=$venv/bin/python
    export python
    go_tool helm helm.sh/helm/v3/cmd/helm@v3.19.5
    command -v kubectl >/dev/null || go_tool kustomize sigs.k8s.io/kustomize/kustomize/v5@v5.8.1
}
