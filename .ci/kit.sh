# Real servers and public images for machines that reach no registry: ../shared/real, beside the
# clone, and a Kubernetes. Nothing else in this repository knows of it; where it is not, Docker pulls
# what the files name, and tests that need servers say that they are skipped, or use those that TEST_* name.
# shellcheck shell=bash

kit=
# Another part of it, for k8s/cluster alone.
cluster_kit=
if [[ -x $root/../shared/cluster/up ]]; then
    # shellcheck disable=SC2034 # read by those who source this
    cluster_kit=$root/../shared/cluster
fi

# A copy that can be written to: what is copied from it into images must be, too. Only what is newer
# is copied: another script may be running it.
if [[ -x $root/../shared/real/kafka-up ]]; then
    kit=$cache/kit
    mkdir -p "$kit"
    cp -r --update "$root/../shared/real/." "$kit"
    chmod -R u+w "$kit"
    # The public image starts again on data that is there; the kit's takes it for an error.
    sed -i 's/^set -e$//' "$kit/images/kafka/run"
    chmod --quiet -R u+w "${BULSAJO_CACHE:-/var/cache/bulsajo}"/kafka-*/config 2>/dev/null || true
fi

# Servers for tests, unless their variables name others.
servers() {
    if [[ -n $kit ]]; then
        if [[ -z ${TEST_KAFKA_BROKERS:-} ]]; then
            TEST_KAFKA_BROKERS=$("$kit/kafka-up" | sed 's/^KAFKA_BROKERS=//')
        fi
        if [[ -z ${TEST_DATABASE_URL:-} ]]; then
            TEST_DATABASE_URL=$("$kit/postgres-up" | sed 's/^DATABASE_URL=//')
        fi
    fi
    export TEST_KAFKA_BROKERS=${TEST_KAFKA_BROKERS:-} TEST_DATABASE_URL=${TEST_DATABASE_URL:-}
}
