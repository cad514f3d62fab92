# The steps of the gate: how long each took, in seconds and in seconds of processor time.
# shellcheck shell=bash

steps=$scratch/steps.tsv

# step HEADING COMMAND…
step() {
    local heading=$1 began=$SECONDS spent
    spent=$(.ci/campaign processor)
    shift
    printf '\n=== %s\n' "$heading"
    "$@"
    spent=$(($(.ci/campaign processor) - spent))
    printf -- '--- %s: %s s, %s s of processor time\n' "$heading" $((SECONDS - began)) "$spent"
    printf '%s\t%s\t%s\n' "$heading" $((SECONDS - began)) "$spent" >>"$steps"
}
