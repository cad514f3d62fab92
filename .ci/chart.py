"""What the chart says for some values, as objects."""

import json
import subprocess
import tempfile
from pathlib import Path

import yaml

CHART = "helm/bulsajo"
# A helm that was built from its module does not know which Kubernetes is current.
KUBERNETES = "1.34.0"


class Refused(Exception):
    """The chart does not take these values."""


def template(values=None, tests=False):
    """The rendered objects, in Helm's order."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(values or {}, file)
        file.flush()
        command = ["helm", "template", "bulsajo", CHART, "--namespace", "default"]
        command += ["--kube-version", KUBERNETES, "--values", file.name]
        if not tests:
            command.append("--skip-tests")
        told = subprocess.run(command, capture_output=True, text=True, check=False)
    if told.returncode:
        raise Refused(told.stderr.strip())
    return [it for it in yaml.load_all(told.stdout, Loader=LOADER) if it]


def name_of(thing):
    return thing["kind"], thing["metadata"]["name"]


def read(path):
    return yaml.load(Path(path).read_text(encoding="utf-8"), Loader=LOADER)


LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Tidy(yaml.SafeDumper):
    """Lists are indented below their key, and nothing is an alias."""

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data):
        return True


def dump(things):
    return yaml.dump_all(things, Dumper=Tidy, sort_keys=False, width=110, explicit_start=False)
