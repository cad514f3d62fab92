"""JSON schemas of Kubernetes' own objects and of add-ons, as kubeconform reads them.

schemas.py kubernetes FOLDER VERSION…: out of the wheel of kubernetes-validate that is in FOLDER.
schemas.py resources FOLDER FILE…: out of CustomResourceDefinitions.
"""

import json
import re
import sys
import zipfile
from pathlib import Path

import chart
import yaml


BESIDE = "_definitions.json"


def kubernetes(folder, versions):
    (wheel,) = folder.glob("kubernetes_validate-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        for version in versions:
            place = f"kubernetes_validate/kubernetes-json-schema/v{version}-local-strict/"
            known = json.loads(packed.read(place + BESIDE))["$defs"]
            to = folder / f"v{version}"
            to.mkdir()
            for name in packed.namelist():
                if name.startswith(place) and not name.endswith(BESIDE):
                    text = packed.read(name).decode()
                    if '"x-kubernetes-group-version-kind"' in text:
                        (to / name.removeprefix(place)).write_text(alone(text, known), encoding="utf-8")


def alone(text, known):
    """The schema with all that it refers to inside: kubeconform does not look into files beside it."""
    text = text.replace(f"/api/{BESIDE}#", "#")
    waiting, inside = [text], {}
    while waiting:
        for name in re.findall(r'"#/\$defs/([^"]+)"', waiting.pop()):
            if name not in inside:
                inside[name] = known[name]
                waiting.append(json.dumps(known[name]))
    schema = json.loads(text)
    schema.pop("$id", None)
    return json.dumps({**schema, "$defs": inside})


def strict(schema):
    """A field that is not known is a slip, as it is for the API server's own objects."""
    if isinstance(schema, list):
        return [strict(it) for it in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    made = {key: strict(value) for key, value in schema.items()}
    if "properties" in made and not made.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
    return made


def branches(schema):
    """Within oneOf and its like a schema names some fields only; the others are known above."""
    for key in ("oneOf", "anyOf", "allOf", "not"):
        inner = schema.get(key, []) if isinstance(schema, dict) else []
        for it in inner if isinstance(inner, list) else [inner]:
            loosen(it)
    for it in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(it, (dict, list)):
            branches(it)


def loosen(schema):
    if isinstance(schema, dict):
        if schema.get("additionalProperties") is False:
            del schema["additionalProperties"]
        schema = schema.values()
    for it in schema:
        if isinstance(it, (dict, list)):
            loosen(it)


def resources(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        for thing in yaml.load_all(Path(file).read_text(encoding="utf-8"), Loader=chart.LOADER):
            if not thing or thing["kind"] != "CustomResourceDefinition":
                continue
            spec = thing["spec"]
            for version in spec["versions"]:
                schema = strict(version["schema"]["openAPIV3Schema"])
                branches(schema)
                schema["properties"]["metadata"] = {"type": "object"}
                schema["properties"].setdefault("apiVersion", {"type": "string"})
                schema["properties"].setdefault("kind", {"type": "string"})
                group = spec["group"].split(".")[0]
                name = f"{spec['names']['kind']}-{group}-{version['name']}.json".lower()
                (folder / name).write_text(json.dumps(schema), encoding="utf-8")


if __name__ == "__main__":
    what, where, *rest = sys.argv[1:]
    {"kubernetes": kubernetes, "resources": resources}[what](Path(where), rest)
