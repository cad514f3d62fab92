"""Orders from many clients at once: how many are taken, how fast, and when their sagas end."""

import json
import re
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from machinery import ALL_CORES, get, get_json, wrk_says

POST = Path(__file__).parent / "post.lua"
CLIENTS = 32
MILLISECONDS = {"us": 1e-3, "ms": 1, "s": 1e3}
SAMPLES = 300
#: Milliseconds before the end in which an order may have lost its client, who leaves without
#: waiting for the answer. Such orders stay pending until somebody looks after them.
LEAVING = 500


@dataclass
class Load:
    """One load, until every order that it placed was delivered."""

    placed: int
    rate: float
    #: Of the POST's answer and of the whole saga: p50 and p99 in milliseconds.
    answer: tuple
    saga: tuple
    #: Facts that consumers had to handle when the load ended, and the seconds that took.
    lag: int
    behind: float
    #: Microseconds of CPU for an order, by who spent them.
    spent: dict


def load(bench, spenders, seconds, pause=0):
    """32 clients on both cores, which think for `pause` milliseconds on average between orders."""
    known = told(bench)
    before = {who: cpu() for who, cpu in spenders.items()}
    began = time.time() * 1e3
    said = wrk_says(
        bench.port("order"), "/orders", seconds, POST, cores=ALL_CORES, PAUSE_MS=str(pause)
    )
    ended, answered = time.monotonic(), (began, time.time() * 1e3 - LEAVING)
    behind = lag(bench)
    settle(bench)
    took = time.monotonic() - ended
    after = {who: cpu() for who, cpu in spenders.items()}
    placed = told(bench)
    spent = {
        who: (after[who] - before[who]) * 1e6 / (placed - known)
        for who in spenders if before[who] is not None
    }
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])
    saga = sagas(bench, known, placed, answered)
    return Load(placed - known, rate, quantiles(said), saga, behind, took, spent)


def at_rate(bench, spenders, seconds, rate):
    """The same clients, thinking so long that about this many orders come in a second."""
    return load(bench, spenders, seconds, pause=max(1, round(CLIENTS * 1e3 / rate)))


def quantiles(said):
    def at(percent):
        value, unit = re.search(rf"\s{percent}%\s+([\d.]+)(us|ms|s)\b", said).groups()
        return float(value) * MILLISECONDS[unit]

    return at(50), at(99)


def told(bench):
    return invariants(bench)["told"]


def invariants(bench):
    return get_json(bench.port("ordertrace"), "/invariants")["orders"]


def lag(bench):
    count = 0
    for name in ("payment", "delivery", "ordertrace"):
        figures = get(bench.port(name), "/actuator/prometheus")[1].decode()
        found = re.search(r"^consumer_lag\{.*\} ([\d.]+)$", figures, re.MULTILINE)
        count += int(float(found[1])) if found else 0
    return count


def settle(bench, limit=60):
    """Waits until the newest order is delivered, and then all others that were placed."""
    until = time.monotonic() + limit
    newest = get_json(bench.port("order"), "/orders?size=1&sort=id,desc")
    order = newest["_embedded"]["orders"][0]["_links"]["self"]["href"].rsplit("/", 1)[1]
    path = f"/orderTraces/search/findByOrderId?OrderId={order}"
    while b'"DELIVERY START"' not in get(bench.port("ordertrace"), path)[1]:
        patience(until)
        time.sleep(0.02)
    while True:
        placed = get_json(bench.port("order"), "/orders?size=1")["page"]["totalElements"]
        if invariants(bench)["finished"] == placed:
            return
        patience(until)
        time.sleep(0.1)


def patience(until):
    if time.monotonic() > until:
        raise SystemExit("bench: orders were not delivered in time")


def sagas(bench, first, last, answered):
    """From the arrival of a POST until the trace has heard of the delivery, for some of these
    orders: those that came in the time `answered`."""
    times = []
    for trace in range(first + 1, last + 1, max(1, (last - first) // SAMPLES)):
        status, body = get(bench.port("ordertrace"), f"/orderTraces/{trace}/timeline")
        if status == 200:
            times.append(duration(body, *answered))
    cuts = statistics.quantiles([time for time in times if time is not None], n=100)
    return cuts[49], cuts[98]


def duration(timeline, since, until):
    """A fact's row as ordertrace shows it, with the clocks of one machine."""
    facts = {fact["eventType"]: fact for fact in json.loads(timeline)["facts"]}
    ordered, sent = facts.get("Ordered"), facts.get("Delivered")
    if not ordered or not sent or not since <= ordered["occurredAt"] <= until:
        return None
    return sent["heardAt"] - ordered["occurredAt"]
