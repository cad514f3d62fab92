"""Exercises every value of the chart's schema: values.py FOLDER.

Each value is given the first of its schema's examples, for all services and for one of them. The
chart has to take it, and to say something else than without it: a value that nothing reads is a
promise that is not kept. What it says goes to FOLDER, for kubeconform. Values that nobody knows, or
that contradict each other, have to be refused.
"""

import copy
import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import chart

SERVICES = ["gateway", "order", "payment", "delivery", "ordertrace"]
CONSUMERS = SERVICES[2:]
SCHEMA = json.loads(Path(chart.CHART, "values.schema.json").read_text(encoding="utf-8"))
DEFAULTS = chart.read(Path(chart.CHART, "values.yaml"))
TABLE = re.search(
    r'define "bulsajo.settings" -}}\n(.*?)\n{{- end',
    Path(chart.CHART, "templates/_settings.tpl").read_text(encoding="utf-8"),
    re.DOTALL,
)
# What has to be so before a value says anything; `enabled` beside it is found without this table.
NEEDS = {
    "kafka": {"backend": "kafka"},
    "keda": {"backend": "kafka"},
    "kafka.enabled": {"kafka.brokers": "elsewhere:9092"},
    "postgres.enabled": {"postgres.existingSecret": "database"},
    "resourcesByProfile.jvm": {"profile": "jvm"},
    "service.grpcPort": {"probes.liveness.type": "grpc"},
    "service.nodePort": {"service.type": "NodePort"},
}
# Nothing can be seen of them.
SILENT = {
    "global": "Helm's own",
    "probes.startup.successThreshold": "Kubernetes takes no other than the default",
    "probes.liveness.successThreshold": "Kubernetes takes no other than the default",
}
REFUSED = [
    {"image.tag": "latest"},
    {"kafka.image.tag": "latest"},
    {"order.knobs.latency": 5},
    {"replicaCount": -1},
    {"profile": "fast"},
    {"faults.managementPort": 8090},
    {"service.grpcPort": 8090},
    {"faults.allow": "token"},
    {"keda.enabled": True},
    {"postgres.enabled": False},
    {"backend": "kafka", "keda.enabled": True, "payment.autoscaling.enabled": True},
]
# These, too, and the sentence has these words.
CONTRADICTIONS = [
    ({"autoscaling.enabled": True, "autoscaling.cpu": None}, "or autoscaling.memory"),
    ({"order.autoscaling.enabled": True, "order.autoscaling.cpu": None}, "order: autoscaling"),
    ({"autoscaling.enabled": True, "autoscaling.minReplicas": 4}, "autoscaling.maxReplicas (3)"),
    ({"backend": "kafka", "keda.enabled": True, "keda.minReplicas": 4}, "keda.maxReplicas (3)"),
    ({"drain.timeout": "40s"}, "take 45 s"),
    ({"order.drain.delay": "24.5s", "drain.timeout": "20500ms", "shutdown": "graceful"}, "order: drain"),
    ({"drain.delay": "", "drain.timeout": "", "terminationGracePeriodSeconds": 25}, "take 25 s"),
    ({"drain.delay": 0, "drain.timeout": "1h 1m1s1500ms"}, "take 3662.5 s"),
    ({"faults.managementPort": 8080}, "faults.managementPort cannot be 8080"),
    ({"service.grpcPort": 8080}, "service.grpcPort cannot be 8080"),
    ({"faults.managementPort": 9999, "probes.liveness.type": "grpc"}, "both 9999"),
]
# What stands next to them and contradicts nothing.
TAKEN = [
    {"autoscaling.enabled": True, "autoscaling.cpu": None, "autoscaling.memory": "400Mi"},
    {"autoscaling.enabled": True, "autoscaling.minReplicas": 3},
    {"drain.timeout": "39s 900ms 90us"},
    {"drain.timeout": "40s", "shutdown": "slow"},
    {"drain.timeout": "40s", "shutdown": "ignore-sigterm"},
    {"faults.managementPort": 9999},
]
failures = []


def expect(good, message):
    if not good:
        failures.append(message)


def resolved(schema):
    while "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def walk(schema, path=()):
    """Every value and every group of values: (path, schema)."""
    for name, of_it in resolved(schema).get("properties", {}).items():
        of_it = resolved(of_it)
        yield (*path, name), of_it
        yield from walk(of_it, (*path, name))


def is_group(schema):
    return "properties" in schema


def put(values, path, value):
    *folders, last = path
    for name in folders:
        values = values.setdefault(name, {})
    values[last] = value


def values_of(settings):
    values = {}
    for path, value in settings.items():
        put(values, path.split("."), value)
    return values


def default(path):
    value = DEFAULTS
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    return value


def prepared(path):
    """The values without which this one says nothing."""
    values = {}
    service = path[0] if path[0] in SERVICES else None
    inner = path[1:] if service else path
    for end in range(1, len(inner) + 1):
        for needed, value in NEEDS.get(".".join(inner[:end]), {}).items():
            put(values, needed.split("."), value)
        switch = (*inner[:end], "enabled")
        if end < len(inner) and inner[end] != "enabled" and default(switch) is False:
            put(values, switch, True)
    return values


def apps_that_differ(before, after):
    old = {chart.name_of(it): it for it in before}
    new = {chart.name_of(it): it for it in after}
    differ = [name for name in old.keys() | new.keys() if old.get(name) != new.get(name)]
    return {(new.get(name) or old[name])["metadata"]["labels"].get("app") for name in differ}


@cache
def without(values):
    """Many values have the same before."""
    return chart.template(json.loads(values), tests=True)


def exercise(path, schema):
    """Gives one value, and returns what the chart then says."""
    name = ".".join(path)
    before = prepared(path)
    after = copy.deepcopy(before)
    put(after, path, schema["examples"][0])
    try:
        said = without(json.dumps(before)), chart.template(after, tests=True)
    except chart.Refused as refused:
        expect(False, f"{name}: refused: {refused}")
        return []
    apps = apps_that_differ(*said)
    inner = ".".join(path[1:] if path[0] in SERVICES else path)
    if inner in SILENT:
        return said[1]
    expect(apps, f"{name}: nothing reads it")
    if path[0] in SERVICES:
        # A Service's port is known to those who call it.
        others = set() if inner.startswith("service.externalPort") else apps - {path[0]}
        if inner == "keda.enabled":
            # KEDA asks Kafka as soon as it scales one of them.
            expect("my-kafka" in others, f"{name}: KEDA cannot reach Kafka")
            others -= {"my-kafka"}
        expect(not others, f"{name}: changes {others}")
    return said[1]


def refused(settings, words=""):
    try:
        chart.template(values_of(settings))
    except chart.Refused as why:
        expect(words in str(why), f"{settings}: refused, but not because of {words}: {why}")
        return
    expect(False, f"not refused: {settings}")


def taken(settings):
    try:
        chart.template(values_of(settings))
    except chart.Refused as why:
        expect(False, f"{settings}: {why}")


def described():
    for path, schema in walk(SCHEMA):
        name = ".".join(path)
        expect(schema.get("description"), f"{name}: no description")
        if is_group(schema):
            expect(schema.get("additionalProperties") is False, f"{name}: takes unknown keys")
        elif path[0] not in SERVICES or path[1] not in SCHEMA["$defs"]:
            expect("examples" in schema or name in SILENT, f"{name}: no example")
            known = default(path[:-1]) or {}
            free = "resources" in name or name == "global"
            expect(free or path[-1] in known, f"{name}: not in values.yaml")


def exercised():
    """Values for all services, those of one service, and each shared value for one service in turn."""
    chosen, turn = [], 0
    for path, schema in walk(SCHEMA):
        if is_group(schema) or "examples" not in schema:
            continue
        if path[0] in SERVICES and path[1] in SCHEMA["$defs"]:
            turn += 1
            group = CONSUMERS if path[1] == "keda" else SERVICES
            if path[0] != group[turn % len(group)] and not first_of(path, group):
                continue
        chosen.append((path, schema))
    return chosen


def first_of(path, group):
    """So that each shared value is given to one service at least, spread over them by its name."""
    return path[0] == group[sum(map(ord, "".join(path[1:]))) % len(group)]


def settings():
    """The executable and its documents know the same settings as the chart."""
    table = chart.yaml.safe_load(TABLE[1])
    known = {variable for section in table.values() for variable in section}
    known |= {"FAULTS_TOKEN", "GRPC_HEALTH_PORT", "KAFKA_PROPERTIES", "DATABASE_URL", "PORT", "LISTEN_HOST"}
    known |= {f"{service.upper()}_URL" for service in SERVICES[1:]}
    for page in ("knobs", "faults", "guards"):
        text = Path("docs", f"{page}.md").read_text(encoding="utf-8")
        for variable in re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE):
            expect(variable in known, f"docs/{page}.md: the chart does not know {variable}")
    for executable in sys.argv[2:]:
        for service in SERVICES:
            command = [executable, "config", service, "--json"]
            told = subprocess.run(command, capture_output=True, text=True, check=True, env={})
            takes = {it["name"] for it in json.loads(told.stdout)}
            sections = ["all", service] + ["participants", "kafka"] * (service != "gateway")
            gives = {name for it in sections for name in table.get(it, {})}
            expect(takes <= known, f"the chart does not know {takes - known}")
            expect(gives <= takes, f"{service} does not know {gives - takes}")


def long_enough():
    """SIGKILL comes after the drain, in every overlay."""
    drain = DEFAULTS["drain"]
    needed = sum(int(drain[it].removesuffix("s")) for it in ("delay", "timeout"))
    expect(DEFAULTS["terminationGracePeriodSeconds"] > needed, "SIGKILL comes before the drain's end")


def appears_at_least_once(things):
    """Each kind that the chart can make was made."""
    kinds = {it["kind"] for it in things}
    wanted = {"HorizontalPodAutoscaler", "Ingress", "HTTPRoute", "ServiceMonitor", "ScaledObject"}
    wanted |= {"DestinationRule", "PodDisruptionBudget", "NetworkPolicy", "StatefulSet", "Secret"}
    expect(wanted <= kinds, f"never made: {wanted - kinds}")


def main(folder):
    described()
    settings()
    long_enough()
    chosen = exercised()
    unknown = [(*path, "unknown") for path, schema in walk(SCHEMA) if is_group(schema)]
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(lambda it: exercise(*it), chosen))
        list(pool.map(refused, REFUSED + [{".".join(path): 1} for path in [("unknown",), *unknown]]))
        list(pool.map(lambda it: refused(*it), CONTRADICTIONS))
        list(pool.map(taken, TAKEN))
    things = {json.dumps(it, sort_keys=True): it for variant in said for it in variant}
    appears_at_least_once(things.values())
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n---\n".join(things)
    (folder / "values.yaml").write_text(text, encoding="utf-8")
    for failure in failures:
        print(f"FAILED: {failure}", file=sys.stderr)
    no = len(REFUSED) + len(unknown) + 1 + len(CONTRADICTIONS)
    print(f"{len(chosen)} values given, {no} refused,", end=" ")
    print(f"{len(things)} different objects")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
