"""Fails unless kustomize's output for an overlay is what the chart says: same.py OVERLAY FILE."""

import sys
from pathlib import Path

import chart
import render


def sorted_lists(value):
    """Lists of named things are sets: a patch adds to their end."""
    if isinstance(value, dict):
        return {key: sorted_lists(it) for key, it in value.items()}
    if isinstance(value, list):
        made = [sorted_lists(it) for it in value]
        return sorted(made, key=lambda it: it["name"]) if render.named(made) else made
    return value


def main(overlay, file):
    built = chart.yaml.load_all(Path(file).read_text(encoding="utf-8"), Loader=chart.LOADER)
    ours = {chart.name_of(it): sorted_lists(it) for it in built}
    said = {chart.name_of(it): sorted_lists(it) for it in chart.template(render.OVERLAYS[overlay])}
    differ = sorted(name for name in ours.keys() | said.keys() if ours.get(name) != said.get(name))
    if differ:
        sys.exit(f"FAILED: overlays/{overlay} and the chart do not agree on {differ}")


if __name__ == "__main__":
    main(*sys.argv[1:])
