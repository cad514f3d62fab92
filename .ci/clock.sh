# The steps of the gate: how long each took, in seconds and in seconds of processor time.
# shellcheck shell=bash

steps=$scratch/steps.tsv

# Seconds of processor time so far: of the whole machine where it says so, because servers and containers are no
# children of ours; so what runs beside a step is in its figure.
processor() {
    if [[ -r /proc/stat ]]; then
        awk -v ticks="$(getconf CLK_TCK)" 'NR == 1 { printf "%.0f", ($2 + $3 + $4 + $7 + $8) / ticks }' /proc/stat
    else
        times | awk -F '[ms ]' 'NR == 2 { printf "%.0f", $1 * 60 + $2 + $4 * 60 + $5 }'
    fi
}

# step HEADING COMMAND…
step() {
    local heading=$1 began=$SECONDS spent
    spent=$(processor)
    shift
    printf '\n=== %s\n' "$heading"
    "$@"
    spent=$(($(processor) - spent))
    printf -- '--- %s: %s s, %s s of processor time\n' "$heading" $((SECONDS - began)) "$spent"
    printf '%s\t%s\t%s\n' "$heading" $((SECONDS - began)) "$spent" >>"$steps"
}
