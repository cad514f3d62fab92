# What .ci/images checks of the images for labs: each has the settings that it claims, and does what
# docs/images.md says of it; and the toolbox prints what worksheets show.
# shellcheck shell=bash

# image, service, and what is baked in.
claims=(
    "order:stable order PROFILE=jvm DRAIN_DELAY=1s APP_VERSION=stable"
    "order:canary order PROFILE=jvm DRAIN_DELAY=1s APP_VERSION=canary"
    "order-liveness order PROFILE=jvm DRAIN_DELAY=1s APP_VERSION=liveness"
    "order:bad order PROFILE=plain APP_VERSION=bad FAULTS_AT_START=readiness;.error.value=500"
    "order:slow order PROFILE=plain APP_VERSION=slow LATENCY=1s"
    "order:crash order PROFILE=plain APP_VERSION=crash FAULTS_AT_START=crash"
    "payment:manual payment PAYMENT_APPROVAL=manual"
    "delivery:v1 delivery PROFILE=jvm DRAIN_DELAY=1s APP_VERSION=v1"
    "delivery:v2 delivery PROFILE=jvm DRAIN_DELAY=1s APP_VERSION=v2"
    "delivery:v3 delivery PROFILE=jvm DRAIN_DELAY=1s APP_VERSION=v3"
    "websample:v1 websample version=v1"
    "websample:v2 websample version=v2"
)

claims_hold() {
    local claim image service settings setting told
    ((${#claims[@]} == ${#lab_images[@]} - 1)) || fail "an image for labs claims nothing"
    for claim in "${claims[@]}"; do
        read -r image service settings <<<"$claim"
        told=$(docker run --rm "bulsajo/$image" config "$service")
        for setting in $settings; do
            grep --quiet --extended-regexp \
                "^${setting%%=*} +${setting#*=} +(environment|default)$" <<<"$told" ||
                fail "$image: not $setting, but $(grep "^${setting%%=*} " <<<"$told")"
        done
    done
}

# status NAME PATH: what this container's port 8080 answers with; 000 if it does not.
status() {
    curl --silent --max-time 5 --output /dev/null --write-out '%{http_code}' "$(published "$1")$2" || true
}

answers() {
    [[ $(status "$1" "$2") == "$3" ]]
}

# says_version NAME PATH VERSION
says_version() {
    [[ $(curl --silent --max-time 5 --head "$(published "$1")$2") == *"x-app-version: $3"$'\r'* ]]
}

# As the samples of old: all at once, because each takes 16 s to start. What goes wrong on purpose
# is looked at meanwhile.
variants() {
    local version image path
    claims_hold
    for image in order:{stable,canary} order-liveness delivery:{v1,v2,v3} order:{bad,slow}; do
        run "${image/:/-}" --publish 127.0.0.1::8080 "bulsajo/$image"
    done
    goes_wrong
    for version in v1 v2; do
        run "sample-$version" "${hardened[@]}" "bulsajo/websample:$version"
        becomes_healthy "sample-$version"
        within 20 says_its_version "$version" || fail "websample:$version is another version"
    done
    for image in order:{stable,canary} order-liveness delivery:{v1,v2,v3}; do
        path=/orders
        [[ $image != delivery* ]] || path=/deliveries
        within 60 answers "${image/:/-}" "$path" 200 || fail "$image does not answer"
        says_version "${image/:/-}" "$path" "${image#*[:-]}" || fail "$image does not say its version"
    done
    is_bad
}

goes_wrong() {
    local told code=0 took
    told=$(timeout 30 docker run --rm bulsajo/order:crash 2>&1 >/dev/null) || code=$?
    [[ $code == 1 ]] || fail "order:crash ends with $code"
    [[ $(tail -n 1 <<<"$told") == *"the fault \`crash\` ends this process"* ]] ||
        fail "the last line of order:crash is: $told"
    within 20 answers order-slow /actuator/health/readiness 200 || fail "order:slow does not get ready"
    took=$(curl --silent --output /dev/null --write-out '%{time_total}' "$(published order-slow)/orders")
    awk -v took="$took" 'BEGIN { exit !(took >= 1 && took < 2) }' || fail "order:slow answers in $took s"
    within 20 answers order-bad /actuator/health/liveness 200 || fail "order:bad does not live"
    is_bad
}

# Twice, so that it does not get well by itself.
is_bad() {
    local wanted
    for wanted in liveness=200 readiness=503; do
        answers order-bad "/actuator/health/${wanted%=*}" "${wanted#*=}" || fail "order:bad: not $wanted"
    done
    answers order-bad /orders 500 || fail "order:bad answers"
    is_healthy order-bad && fail "order:bad is healthy"
    says_version order-bad /orders bad || fail "order:bad does not say which version fails"
}

says_its_version() {
    docker logs "$network-sample-$1" 2>/dev/null |
        grep --quiet "^[0-9/]* [0-9:]* $1 / starting process on 1\$"
}

# in_toolbox COMMAND…: beside the other containers, as the pod of k8s/toolbox.yaml is.
in_toolbox() {
    docker run --rm --network "$network" "${hardened[@]}" --memory=256m --tmpfs /tmp bulsajo/toolbox "$@" 2>&1
}

# says WORD COMMAND…
says() {
    local word=$1 told
    shift
    told=$("$@" 2>&1) || fail "$* ends with $?: $told"
    [[ $told == *"$word"* ]] || fail "$* does not say $word, but: $told"
}

toolbox() {
    local told word size code
    [[ $(docker image inspect --format '{{.Config.User}}' bulsajo/toolbox) == 65532:65532 ]] ||
        fail "toolbox: its user is no number"
    [[ $(in_toolbox id -un) == student ]] || fail "toolbox: its user has no name"
    # The worksheets' command, and every line of the summary that they show.
    told=$(in_toolbox siege -c1 -t2S -v http://alone:8080/orders --delay=1S)
    for word in 'HTTP/1.1 200 .* bytes ==> GET  /orders' 'Transactions:.* hits' \
        'Availability:.*100.00 %' 'Elapsed time:.* secs' 'Data transferred:' 'Response time:' \
        'Transaction rate:' 'Throughput:' 'Concurrency:' 'Successful transactions:' \
        'Failed transactions:.* 0$' 'Longest transaction:' 'Shortest transaction:'; do
        grep --quiet "$word" <<<"$told" || fail "siege does not say $word, but: $told"
    done
    ! grep --quiet --perl-regexp '\{|\x1b|configuration template|ERROR' <<<"$told" ||
        fail "siege says more than it should: $told"
    # Each line as soon as its request has ended: the run itself takes longer than the patience here.
    timeout 20 grep --quiet --max-count 1 'HTTP/1.1 200' \
        < <(in_toolbox siege -c1 -t30S -v http://alone:8080/orders --delay=1S) ||
        fail "siege's lines come late"
    # Also without a place to write; and without -i, httpie still sends a GET.
    says 'Availability:' docker run --rm --network "$network" --read-only bulsajo/toolbox \
        siege -c1 -r1 http://alone:8080/orders
    says _embedded in_toolbox http --check-status alone:8080/orders
    says _embedded in_toolbox curl --silent alone:8080/orders
    says Requests/sec in_toolbox wrk -t1 -c1 -d1s http://alone:8080/orders
    says librdkafka in_toolbox kcat -V
    says 'Success       [ratio]                           100.00%' \
        in_toolbox lab load http://alone:8080/orders --rate 20 --time 1s
    # SIGTERM ends it, and not SIGKILL, which would be 137.
    run toolbox "${hardened[@]}" bulsajo/toolbox
    docker stop --time 20 "$network-toolbox" >/dev/null
    code=$(docker inspect --format '{{.State.ExitCode}}' "$network-toolbox")
    [[ $code == 0 ]] || fail "the toolbox ends with $code"
    size=$(docker save bulsajo/toolbox:latest | gzip | wc --bytes)
    printf 'toolbox: %s bytes compressed\n' "$size"
    ((size <= 70 * 1024 * 1024)) || fail "the toolbox has more than 70 MiB"
}
