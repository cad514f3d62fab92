"""What knobs cost: nothing while they are not turned, and what they should under a limit."""

import contextlib
import http.client
import statistics
import time

import groups
from machinery import ALL_CORES, HOST, Server, cpu_per_request, fill, folder, get_json, post
from measures import LIST, Row, settled

#: Of the CPU of a GET of 20 rows.
UNUSED = 0.02
#: Of the original, from its start until it is ready: docs/adr/0010.
ORIGINAL = {200: "179 s", 500: "65 s", None: ""}
SECTION = "PROFILE=jvm and plain under a CPU limit, order alone"


def unused_layer(bench):
    """CPU per GET with the layer of faults and knobs, and without it: FAULTS=off has none."""
    port, rounds = bench.port("order"), bench.rounds * 3
    with contextlib.ExitStack() as stack:
        data = stack.enter_context(orders(bench))
        layered = stack.enter_context(bench.service("order", data))
        bare = stack.enter_context(bench.service("order", data, port=port + 10, FAULTS="off"))
        layered.wait_ready([port])
        bare.wait_ready([port + 10])
        both = [(layered, port), (bare, port + 10)]
        found = {port: [], port + 10: []}
        for number in range(rounds):
            for server, at in both[:: 1 if number % 2 else -1]:
                found[at].append(cpu_per_request(server, at, LIST, bench.seconds))
    with_it, without = (statistics.median(found[at]) for _, at in both)
    ratio = with_it / without
    return [Row(
        "GET /orders, 20 rows, layer of faults and knobs unused", f"{with_it:.2f} us",
        f"without it {without:.2f} us", ratio, f"<= {1 + UNUSED:.2f} x", ratio <= 1 + UNUSED,
    )]


def profiles_under_limits(bench):
    """Start and requests of both profiles, as a container with a CPU limit has them."""
    why = groups.absent()
    if why:
        return [Row("left out", why, section=SECTION)]
    rows = []
    with orders(bench) as data, neighbours(bench, data):
        for limit in (500, 200, None):
            plain, jvm = (profiled(bench, data, limit, it) for it in ("plain", "jvm"))
            rows += list(beside(limit, plain, jvm))
    for row in rows:
        row.section = SECTION
    return rows


def beside(limit, plain, jvm):
    under = f"{limit}m" if limit else "no limit"
    original = f"; the original {ORIGINAL[limit]}" if ORIGINAL[limit] else ""
    yield Row(f"{under}: start to ready", f"{jvm['ready']:.1f} s",
              f"plain {plain['ready'] * 1e3:.0f} ms{original}")
    yield Row(f"{under}: CPU to ready", f"{jvm['start']:.2f} s", f"plain {plain['start'] * 1e3:.0f} ms")
    for what in ("GET /orders, 20 rows", "GET /orders/1", "POST /orders"):
        yield Row(f"{under}: {what}, one client", shown(jvm[what]), f"plain {shown(plain[what])}")
    if not limit:
        for what in ("GET /orders, 20 rows", "GET /orders/1", "POST /orders"):
            yield Row(f"CPU of {what}", f"{jvm['cpu'][what]:.2f} ms", f"plain {plain['cpu'][what]:.2f} ms")
        yield Row("memory after these", f"{jvm['memory']:.0f} MiB", f"plain {plain['memory']:.0f} MiB")


def profiled(bench, data, limit, profile):
    """Order with this profile, in a group of its own."""
    port, found = bench.port("order"), {"cpu": {}}
    with contextlib.ExitStack() as stack:
        group = stack.enter_context(groups.limited(limit)) if limit else None
        env = {"DATABASE_URL": f"sqlite:{data}", "PORT": str(port), "PROFILE": profile,
               "PAYMENT_URL": f"http://{HOST}:{bench.port('payment')}"}
        order = stack.enter_context(Server([bench.bulsajo, "order"], env=env, group=group))
        found["ready"] = order.wait_ready([port], limit=120)
        found["start"] = order.cpu()
        connection = http.client.HTTPConnection(HOST, port, timeout=30)
        stack.enter_context(contextlib.closing(connection))
        for what, ask in (
            ("GET /orders, 20 rows", lambda: read(connection, LIST)),
            ("GET /orders/1", lambda: read(connection, LIST + "/1")),
            ("POST /orders", lambda: post(connection)),
        ):
            for _ in range(5):
                ask()
            before = order.cpu()
            found[what] = [timed(ask) for _ in range(bench.posts)]
            found["cpu"][what] = (order.cpu() - before) * 1e3 / bench.posts
        found["memory"] = order.memory()
    return found


def shown(times):
    cuts = statistics.quantiles(times, n=20)
    return f"p50 {cuts[9]:.1f} ms, p95 {cuts[18]:.1f} ms"


def timed(ask):
    began = time.monotonic()
    ask()
    return (time.monotonic() - began) * 1e3


def read(connection, path):
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise SystemExit(f"bench: {path} answered {answer.status}")


@contextlib.contextmanager
def orders(bench):
    """A folder in which order finds 20 orders."""
    with folder() as data:
        with bench.fleet(data) as fleet:
            fleet.wait_ready(bench.ports())
            fill(bench.port("order"), 20)
            settled(bench)
            page = get_json(bench.port("order"), LIST)["page"]
            assert page["totalElements"] == 20, page
        yield data


@contextlib.contextmanager
def neighbours(bench, data):
    """Payment, which order asks, without a limit."""
    env = {"DATABASE_URL": f"sqlite:{data}", "PORT": str(bench.port("payment"))}
    with Server([bench.bulsajo, "payment"], env=env, cores=ALL_CORES) as payment:
        payment.wait_ready([bench.port("payment")])
        yield


ALL = (unused_layer, profiles_under_limits)
