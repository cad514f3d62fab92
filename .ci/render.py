"""Writes k8s/ from the chart: render.py FOLDER. k8s/render calls it."""

import sys
from pathlib import Path

import chart

# What each overlay is, in the chart's values; the first is what all have in common.
OVERLAYS = {
    "minimal": {},
    "kafka": {"backend": "kafka"},
    "jvm": {"profile": "jvm"},
    # What the plain profile takes when few people ask. By the requests of `minimal` a node of two
    # cores is full after five students, and takes 2 % of a core for each of them.
    "room": {
        "resources": {"requests": {"cpu": "5m"}},
        "postgres": {"resources": {"requests": {"cpu": "10m", "memory": "64Mi"}}},
    },
}
SAID = "# Written by k8s/render from helm/bulsajo: change it there.\n"
# Where an object is; all others are in the file of their `app`.
ORDER = ["bulsajo", "postgres", "my-kafka", "gateway", "order", "payment", "delivery", "ordertrace"]


def difference(old, new):
    """The strategic merge patch that makes `new` of `old`; None if they are the same."""
    if old == new:
        return None
    if isinstance(old, dict) and isinstance(new, dict):
        patch = {key: None for key in old if key not in new}
        for key, value in new.items():
            changed = difference(old[key], value) if key in old else value
            if changed is not None:
                patch[key] = changed
        return patch
    if named(old) and named(new):
        before = {it["name"]: it for it in old}
        patch = []
        for it in new:
            changed = difference(before.get(it["name"], {}), it)
            if changed is not None:
                patch.append({"name": it["name"], **changed})
        gone = before.keys() - {it["name"] for it in new}
        return patch + [{"name": name, "$patch": "delete"} for name in sorted(gone)]
    return new


def named(value):
    return isinstance(value, list) and value and all(
        isinstance(it, dict) and "name" in it for it in value
    )


def by_file(things):
    files = {}
    for thing in things:
        labels = thing["metadata"]["labels"]
        files.setdefault(labels["app"], []).append(thing)
    return {name: files[name] for name in ORDER if name in files}


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SAID + text, encoding="utf-8")


def write_kustomization(folder, **fields):
    kind = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    write(folder / "kustomization.yaml", chart.dump([{**kind, **fields}]))


def write_base(folder, things):
    files = by_file(things)
    for name, of_it in files.items():
        write(folder / f"{name}.yaml", chart.dump(of_it))
    write_kustomization(folder, resources=[f"{name}.yaml" for name in files])


def write_overlay(folder, base, things):
    known = {chart.name_of(it): it for it in base}
    missing = known.keys() - {chart.name_of(it) for it in things}
    assert not missing, f"an overlay cannot leave out {missing}"
    added, patches = [], {}
    for thing in things:
        old = known.get(chart.name_of(thing))
        if old is None:
            added.append(thing)
            continue
        patch = difference(old, thing)
        if patch:
            kind, name = chart.name_of(thing)
            head = {"apiVersion": thing["apiVersion"], "kind": kind, "metadata": {"name": name}}
            patches.setdefault(thing["metadata"]["labels"]["app"], []).append({**head, **patch})
    fields = {"resources": ["../../base"]}
    for name, of_it in by_file(added).items():
        write(folder / f"{name}.yaml", chart.dump(of_it))
        fields["resources"].append(f"{name}.yaml")
    for name in [it for it in ORDER if it in patches]:
        write(folder / f"patch-{name}.yaml", chart.dump(patches[name]))
        fields.setdefault("patches", []).append({"path": f"patch-{name}.yaml"})
    write_kustomization(folder, **fields)


def write_toolbox(folder, base):
    """A pod that is applied by itself, to any namespace."""
    known = {chart.name_of(it) for it in base}
    things = chart.template({"toolbox": {"enabled": True}})
    write(folder / "toolbox.yaml", chart.dump([it for it in things if chart.name_of(it) not in known]))


def main(folder):
    for part in ("base", "overlays"):
        for old in (folder / part).rglob("*.yaml"):
            old.unlink()
    base = chart.template(OVERLAYS["minimal"])
    write_base(folder / "base", base)
    for name, values in OVERLAYS.items():
        write_overlay(folder / "overlays" / name, base, chart.template(values))
    write_toolbox(folder, base)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
