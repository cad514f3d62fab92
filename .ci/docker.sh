# What the scripts that use Docker share: an engine, the public images, and our own.
# shellcheck shell=bash

images=(gateway order payment delivery ordertrace)
export REGISTRY=bulsajo TAG=latest
GIT_REVISION=${GIT_REVISION:-$(git -C "$root" rev-parse --short=12 HEAD)}
export GIT_REVISION

# Stand-ins for the public images, where a machine reaches no registry. It is no part of the
# product: where it is not, Docker pulls what the Dockerfile and docker-compose.yml name.
kit=$root/../shared/real

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# An engine that answers, or that the kit starts.
engine() {
    docker compose version >/dev/null 2>&1 && docker version >/dev/null 2>&1 && return 0
    [[ -x $kit/docker-up ]] || fail "there is no Docker engine with compose and buildx"
    "$kit/docker-up"
}

public_images() {
    [[ -x $kit/base-images ]] || return 0
    "$kit/base-images" rust static postgres
    # Again if need be: a broker starts inside its build, and can come too late on a busy machine.
    "$kit/base-images" kafka || "$kit/base-images" kafka || "$kit/base-images" kafka
    docker image inspect alpine/socat:1.8.0.3 >/dev/null 2>&1 || stand_in_socat
}

stand_in_socat() {
    docker build --quiet --tag alpine/socat:1.8.0.3 - >/dev/null <<'DOCKERFILE'
FROM debian:bookworm-slim
RUN apt-get update && apt-get install --yes --no-install-recommends socat && rm -rf /var/lib/apt/lists/*
ENTRYPOINT ["socat"]
DOCKERFILE
}

# Our images, for this machine's platform.
build_images() {
    PLATFORMS='' timeout 45m nice -n 5 docker buildx bake --file docker-bake.hcl --load \
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
