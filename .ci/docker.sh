# What the scripts that use Docker share: an engine, the public images, and our own.
# shellcheck shell=bash

images=(gateway order payment delivery ordertrace)
# Those of labs, which are no part of the fleet.
# shellcheck disable=SC2034 # read by those who source this
lab_images=(order:stable order:canary order:bad order:slow order:crash order-liveness payment:manual
    delivery:v1 delivery:v2 delivery:v3 websample websample:v1 websample:v2)
export REGISTRY=bulsajo TAG=latest
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -n 1)
export VERSION=$version
# The last commit that changed what images are made of (.dockerignore): after any other, nothing is compiled.
GIT_REVISION=${GIT_REVISION:-$(git -C "$root" log -1 --format=%h --abbrev=12 -- Cargo.toml Cargo.lock Dockerfile \
    .dockerignore LICENSE crates services tools toolbox k8s/toolbox.yaml bench/baseline \
    ':(exclude,glob)**/tests/**' ':(exclude,glob)**/*.md' ':(exclude,glob)**/*.http')}
export GIT_REVISION

# shellcheck source=.ci/kit.sh
source "$(dirname "${BASH_SOURCE[0]}")/kit.sh"

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# An engine that answers, or that the kit starts.
engine() {
    docker compose version >/dev/null 2>&1 && docker version >/dev/null 2>&1 && return 0
    [[ -n $kit ]] || fail "there is no Docker engine with compose and buildx"
    "$kit/docker-up"
}

public_images() {
    [[ -n $kit ]] || return 0
    "$kit/base-images" rust debian static postgres busybox
    starts_again || kafka_image || kafka_image || kafka_image
}

# Whether there is a Kafka image made with the script as it was mended in kit.sh.
starts_again() {
    docker image inspect apache/kafka:4.3.1 >/dev/null 2>&1 &&
        ! docker run --rm apache/kafka:4.3.1 grep --quiet '^set -e$' /etc/kafka/docker/run
}

# A broker starts inside its build, and can come too late on a busy machine.
kafka_image() {
    "$kit/base-images" -f kafka
}

# Our images, for this machine's platform. They are tested and thrown away: what LTO gains is not worth the
# time that it takes to link with it.
build_images() {
    PLATFORMS='' LTO=${LTO:-off} timeout 45m nice -n 5 docker buildx bake --file docker-bake.hcl --load \
        --progress=plain >"$scratch/build.log" 2>&1 || {
        tail -n 40 "$scratch/build.log" >&2
        fail "the images cannot be built"
    }
}

# within SECONDS COMMAND…: until it succeeds.
within() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.2
    done
}
