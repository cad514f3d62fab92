# The README's httpie commands, as they stand there, tried on a fleet whose ports start at
# `base_port`; what they promise is looked at.
# shellcheck shell=bash

readme_commands() {
    grep '^http ' "$1" | sed 's/ *#.*//'
}

# await_trace STATUS: waits until an order's trace says so.
await_trace() {
    local gateway=127.0.0.1:$((base_port + 8))
    for _ in $(seq 100); do
        curl --silent "$gateway/orderTraces" | grep --quiet "\"$1\"" && return 0
        sleep 0.05
    done
    echo "the trace never says $1:" >&2
    curl --silent "$gateway/orderTraces" >&2
    return 1
}

# Only order is down, and says so.
only_order_is_down() {
    local offset told expected
    for offset in 1 2 3 4 8; do
        told=$(curl --silent --output /dev/null --write-out '%{http_code}' \
            "127.0.0.1:$((base_port + offset))/actuator/health")
        expected=200
        [[ $offset == 1 ]] && expected=503
        [[ $told == "$expected" ]] || { echo "port +$offset: health is $told" >&2; return 1; }
    done
}

# Needs `http` in the PATH.
try_readme() {
    local command here answer count=0
    while read -r command; do
        # 8088 becomes 19088 when the base port is 19080.
        here=${command// :80/ :${base_port%80}}
        echo "\$ $here"
        # Not a terminal: say that nothing comes from there, and print what a person would see.
        answer=$(bash -c "${here/http /http --ignore-stdin --check-status --print=hb }")
        echo "$answer"
        count=$((count + 1))
        case $command in
            *"productId="*)
                grep --quiet '^HTTP/1.1 201' <<<"$answer"
                grep --quiet --ignore-case '^location: .*/orders/1' <<<"$answer"
                await_trace "DELIVERY START"
                ;;
            *DELETE*) await_trace "ORDER CANCEL" ;;
            *"PUT"*down*)
                grep --quiet '"status": *"DOWN"' <<<"$answer"
                only_order_is_down
                ;;
        esac
    done < <(readme_commands README.md)
    [[ $count -ge 4 ]] || { echo "README.md shows too few commands" >&2; return 1; }
}
