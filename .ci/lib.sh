# What the scripts of this folder share: where they keep things, and a fleet to try things on.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/bulsajo
venv=$cache/venv
scratch=$(mktemp -d)
fleet_pid=

# Ends the fleet that start_fleet started, and waits for it.
stop_fleet() {
    [[ -n $fleet_pid ]] || return 0
    kill "$fleet_pid" 2>/dev/null || true
    wait "$fleet_pid" 2>/dev/null || true
    fleet_pid=
}

# What tests said when they failed is far up, above what they found in the cluster: here once more.
last_words() {
    ((${1:-0} != 0)) || return 0
    cat "$scratch"/*.log 2>/dev/null | grep --after-context=8 "panicked at" | awk '!said[$0]++' >&2 ||
        true
}

# clean_up STATUS: of the script that ends.
clean_up() {
    last_words "$@"
    stop_fleet
    rm -rf "$scratch"
}
trap 'clean_up "$?"' EXIT
trap 'exit 130' INT TERM

# A base port whose five ports nobody listens on. It ends in 80, as the default does.
free_base_port() {
    local base offset taken
    for base in $(seq 19080 100 28980); do
        taken=
        for offset in 1 2 3 4 8; do
            (exec 3<>"/dev/tcp/127.0.0.1/$((base + offset))") 2>/dev/null && taken=yes
        done
        [[ -n $taken ]] || { echo "$base"; return; }
    done
    echo "no free ports" >&2
    return 1
}

# start_fleet COMMAND…: runs it as a fleet on `base_port`, without a drain delay, its log in
# $scratch/fleet.log, and waits until the gateway, which starts last, is ready: a minute, so
# nothing may be left to compile.
start_fleet() {
    base_port=$(free_base_port)
    BASE_PORT=$base_port DATABASE_URL=sqlite:$scratch/data DRAIN_DELAY=0s \
        "$@" >"$scratch/fleet.log" 2>&1 </dev/null &
    fleet_pid=$!
    local url=http://127.0.0.1:$((base_port + 8))/actuator/health/readiness
    for _ in $(seq 600); do
        curl --silent --fail --output /dev/null "$url" && return 0
        kill -0 "$fleet_pid" 2>/dev/null || break
        sleep 0.1
    done
    if kill -0 "$fleet_pid" 2>/dev/null; then
        echo "the fleet is not ready after a minute; its log:" >&2
    else
        echo "the fleet ended instead of getting ready; its log:" >&2
    fi
    cat "$scratch/fleet.log" >&2
    return 1
}

# Tools written in Python, in an environment of their own that outlives the clone.
python_tools() {
    local wanted=$root/.ci/requirements.txt
    if ! cmp --silent "$wanted" "$venv/requirements.txt"; then
        rm -rf "$venv"
        mkdir -p "$cache"
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted"
        cp "$wanted" "$venv/requirements.txt"
    fi
}
