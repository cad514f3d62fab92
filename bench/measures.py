"""What is measured. Every function answers rows of the table."""

import contextlib
import gzip
import http.client
import signal
import statistics
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from machinery import (
    CLIENT, HOST, SERVER, Server, cpu_per_request, fill, folder, get, get_json, post, wrk,
)

HERE = Path(__file__).parent
LIST = "/orders"
SERVICES = {"order": 1, "payment": 2, "delivery": 3, "ordertrace": 4, "gateway": 8}


@dataclass
class Row:
    what: str
    measured: str
    baseline: str = ""
    ratio: float | None = None
    bar: str = ""
    ok: bool | None = None
    #: Whether a miss fails the run: only what compares CPU with CPU of the same run does.
    binding: bool = False
    #: Under which heading, if not in the first table.
    section: str = ""


@dataclass
class Bench:
    bulsajo: Path
    baseline: Path
    nginx: str
    podinfo: str | None
    base: int
    rounds: int
    seconds: int
    idle: int
    posts: int

    def port(self, service):
        return self.base + SERVICES[service]

    @property
    def spare(self):
        return self.base + 20

    def service(self, name, data, *, port=None, **env):
        env = {"DATABASE_URL": f"sqlite:{data}", "PORT": str(port or self.port(name)), **env}
        return Server([self.bulsajo, name], env=env)

    def fleet(self, data, *, cores=SERVER, **env):
        env = {"DATABASE_URL": f"sqlite:{data}", "BASE_PORT": str(self.base), **env}
        return Server([self.bulsajo], env=env, cores=cores)

    def five(self, data, *, cores=SERVER, **env):
        """The same fleet as five processes."""
        urls = {
            f"{name.upper()}_URL": f"http://{HOST}:{self.port(name)}" for name in SERVICES
        }
        env = {"DATABASE_URL": f"sqlite:{data}", **urls, **env}
        commands = [[f"PORT={self.port(name)}", self.bulsajo, name] for name in SERVICES]
        return Server(*commands, env=env, cores=cores)

    def bare(self, cores=SERVER):
        return Server([self.baseline, self.spare], cores=cores)

    def ports(self):
        return [self.port(name) for name in SERVICES]

    def times(self, measure):
        return statistics.median(measure() for _ in range(self.rounds))


def compared(what, ours, theirs, limit, unit="us", binding=True, name="bare axum"):
    ratio = ours / theirs
    bar = f"<= {limit} x" if limit else ""
    return Row(
        what, f"{ours:.1f} {unit}", f"{name} {theirs:.1f} {unit}", ratio, bar,
        ratio <= limit if limit else None, binding and bool(limit),
    )


def against(what, value, limit, unit, digits=0):
    return Row(what, f"{value:.{digits}f} {unit}", bar=f"<= {limit} {unit}", ok=value <= limit)


def start(bench):
    """Time and CPU until every port is ready, on an empty folder."""

    def once(run, ports, path="/actuator/health/readiness"):
        with folder() as data, run(data) as server:
            return server.wait_ready(ports, path) * 1e3, server.cpu() * 1e3

    def median(*how):
        return [statistics.median(column) for column in zip(*(once(*how) for _ in range(5)))]

    order = median(lambda data: bench.service("order", data), [bench.port("order")])
    fleet = median(bench.fleet, bench.ports())
    rows = [against("order: time to ready", order[0], 300, "ms")]
    cpu = Row("order: CPU to ready", f"{order[1]:.1f} ms")
    if bench.podinfo:
        command = podinfo(bench)
        theirs = median(lambda _: Server(command), [bench.spare], "/readyz")
        cpu = compared("order: CPU to ready", order[1], theirs[1], 3, "ms", name="podinfo")
    return [
        *rows, cpu,
        against("fleet in one process: time to ready", fleet[0], 300, "ms"),
        Row("fleet in one process: CPU to ready", f"{fleet[1]:.1f} ms"),
    ]


def podinfo(bench):
    return [bench.podinfo, f"--port={bench.spare}", f"--host={HOST}", "--level=error"]


def idle(bench):
    """Memory and CPU of who has nothing to do."""
    rows = []
    for what, run, ports, limit in (
        ("order", lambda data: bench.service("order", data), [bench.port("order")], 15),
        ("fleet in one process", bench.fleet, bench.ports(), 40),
    ):
        with folder() as data, run(data) as server:
            server.wait_ready(ports)
            before = server.cpu()
            time.sleep(bench.idle)
            spent = (server.cpu() - before) * 1e3 / bench.idle
            rows.append(against(f"{what}: memory, idle", server.memory(), limit, "MiB", 1))
            rows.append(Row(f"{what}: CPU, idle", f"{spent:.1f} ms a second"))
    with bench.bare() as server:
        server.wait_ready([bench.spare], "/orders/ready-made")
        rows[0].baseline = f"bare axum {server.memory():.1f} MiB"
    return rows


def size(bench):
    program = bench.bulsajo.read_bytes()
    packed = len(gzip.compress(program, 9))
    return [
        Row("release binary", f"{len(program) / 2**20:.1f} MiB"),
        against("release binary, gzip -9", packed / 2**20, 15, "MiB", 1),
    ]


def reads(bench):
    """CPU per GET of order alone: 20 rows, one, none."""
    port, rows = bench.port("order"), []
    with contextlib.ExitStack() as stack:
        data, empty = stack.enter_context(folder()), stack.enter_context(folder())
        with bench.fleet(data) as fleet:
            fleet.wait_ready(bench.ports())
            fill(port, 20)
        order = stack.enter_context(bench.service("order", data))
        quiet = stack.enter_context(bench.service("order", data, port=port + 10, LOG_LEVEL="warn"))
        none = stack.enter_context(bench.service("order", empty, port=port + 11))
        bare = stack.enter_context(bench.bare())
        order.wait_ready([port])
        quiet.wait_ready([port + 10])
        none.wait_ready([port + 11])
        bare.wait_ready([bench.spare], "/orders/ready-made")
        page = get_json(port, LIST)["page"]
        assert page["totalElements"] == 20, page

        def median(server, at, path):
            return bench.times(lambda: cpu_per_request(server, at, path, bench.seconds))

        pairs = [
            (cpu_per_request(order, port, LIST, bench.seconds),
             cpu_per_request(bare, bench.spare, LIST, bench.seconds))
            for _ in range(bench.rounds)
        ]
        ours, theirs = (statistics.median(side) for side in zip(*pairs))
        rows.append(compared("GET /orders, 20 rows", ours, theirs, 4))
        warn = median(quiet, port + 10, LIST)
        rows.append(compared("GET /orders, 20 rows, LOG_LEVEL=warn", warn, theirs, None))
        rows.append(Row("GET /orders, none", f"{median(none, port + 11, LIST):.1f} us"))
        rows.append(Row("GET /orders/1", f"{median(order, port, LIST + '/1'):.1f} us"))
        memory = order.memory()
        rows.append(against("order: memory after these reads", memory, 15, "MiB", 1))
    return rows


def writes(bench):
    """CPU per POST, the saga behind it included."""
    with bench.bare() as bare:
        bare.wait_ready([bench.spare], "/orders/ready-made")
        theirs = bench.times(
            lambda: cpu_per_request(bare, bench.spare, LIST, bench.seconds, HERE / "post.lua")
        )
    rows = []
    for what, run in (("one process", bench.fleet), ("five processes", bench.five)):
        with folder() as data, run(data) as server:
            server.wait_ready(bench.ports())
            fill(bench.port("order"), 20)
            settled(bench)
            cpu, rate = zip(*(saga(bench, server) for _ in range(bench.rounds)))
            cpu, memory = statistics.median(cpu), server.memory()
            delivered(bench)
            row = against(f"POST /orders and its saga, {what}", cpu, 400, "us")
            row.baseline, row.ratio = f"bare axum {theirs:.1f} us", cpu / theirs
            rows.append(row)
            rate = statistics.median(rate)
            rows.append(Row(f"orders settled, {what}, one core", f"{rate:.0f} a second"))
            if run == bench.fleet:
                rows.append(against("fleet: memory after these writes", memory, 40, "MiB", 1))
                count = orders(bench)
                many = cpu_per_request(server, bench.port("order"), LIST, bench.seconds)
                rows.append(Row(f"GET /orders, 20 rows of {count}", f"{many:.1f} us"))
    return rows


def saga(bench, server):
    """CPU for one order until all have settled, and how many settle in a second."""
    known, before, began = orders(bench), server.cpu(), time.monotonic()
    wrk(bench.port("order"), LIST, bench.seconds, HERE / "post.lua")
    settled(bench)
    spent, took = server.cpu() - before, time.monotonic() - began
    placed = orders(bench) - known
    return spent * 1e6 / placed, placed / took


def orders(bench):
    return get_json(bench.port("order"), LIST + "?size=1")["page"]["totalElements"]


def settled(bench, limit=60):
    """Waits until no fact is under way, twice in a row."""
    calm, until = 0, time.monotonic() + limit
    while calm < 2:
        if time.monotonic() > until:
            raise SystemExit(f"bench: facts were still under way after {limit} s")
        calm = calm + 1 if waiting(bench) == 0 else 0
        time.sleep(0.02)


def waiting(bench):
    count = 0
    for name in ("order", "payment", "delivery", "ordertrace"):
        figures = get(bench.port(name), "/actuator/prometheus")[1].decode()
        for line in figures.splitlines():
            if line.startswith(("consumer_lag{", "outbox_depth{")):
                count += abs(float(line.split()[-1]))
    return count


def delivered(bench, limit=30):
    """Waits until every order has come to its end, so that nothing measured was left undone.

    wrk hangs up on its last requests; what they had begun is finished by order's sweep.
    """
    until = time.monotonic() + limit
    while True:
        answer = get_json(bench.port("ordertrace"), "/orderTraces")
        traces, count = answer["_embedded"]["orderTraces"], orders(bench)
        open_traces = sum(trace["status"] != "DELIVERY START" for trace in traces)
        if len(traces) == count and not open_traces:
            return
        if time.monotonic() > until:
            raise SystemExit(
                f"bench: {count} orders, but {len(traces)} traces, {open_traces} of them open"
            )
        time.sleep(1)


def gateway(bench):
    """CPU of who only passes on, beside nginx."""
    path, port = "/orders/ready-made", bench.port("gateway")
    with folder() as data, contextlib.ExitStack() as stack:
        backend = stack.enter_context(bench.bare(cores=CLIENT))
        backend.wait_ready([bench.spare], path)
        (data / "nginx.conf").write_text(NGINX.format(port=port + 10, backend=bench.spare))
        command = [bench.nginx, "-p", data, "-c", data / "nginx.conf"]
        url = {"ORDER_URL": f"http://{HOST}:{bench.spare}"}
        ours = stack.enter_context(bench.service("gateway", data, **url))
        nginx = stack.enter_context(Server([*command, "-e", "/dev/null"]))
        ours.wait_ready([port])
        nginx.wait_ready([port + 10], path)
        pairs = [
            (cpu_per_request(ours, port, path, bench.seconds),
             cpu_per_request(nginx, port + 10, path, bench.seconds))
            for _ in range(bench.rounds)
        ]
        ours, theirs = (statistics.median(side) for side in zip(*pairs))
        return [compared("gateway, 6.8 KB passed on", ours, theirs, 2, name="nginx")]


NGINX = """
daemon off; worker_processes 1; pid nginx.pid; error_log /dev/null;
events {{ worker_connections 1024; }}
http {{
    access_log /dev/null combined;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    upstream order {{ server 127.0.0.1:{backend}; keepalive 64; }}
    server {{
        listen 127.0.0.1:{port};
        keepalive_requests 100000000;
        location / {{
            proxy_pass http://order;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Host $http_host;
            proxy_set_header X-Forwarded-Proto $scheme;
        }}
    }}
}}
"""


def latency(bench):
    """From the POST to the end of the saga in the trace, one order at a time."""
    with folder() as data, bench.fleet(data) as fleet:
        fleet.wait_ready(bench.ports())
        answered, traced = one_by_one(bench)

    def shown(times):
        cuts = statistics.quantiles(times, n=20)
        return f"p50 {cuts[9]:.1f} ms, p95 {cuts[18]:.1f} ms"

    return [
        Row("POST /orders to its answer, idle", shown(answered)),
        Row("POST /orders to DELIVERY START in the trace, idle", shown(traced)),
    ]


def one_by_one(bench):
    """Milliseconds to the answer and to the end of the saga, for orders that have all to themselves."""
    answered, traced = [], []
    place = http.client.HTTPConnection(HOST, bench.port("order"), timeout=10)
    look = http.client.HTTPConnection(HOST, bench.port("ordertrace"), timeout=10)
    with contextlib.closing(place), contextlib.closing(look):
        for number in range(bench.posts + 5):
            began = time.monotonic()
            order = post(place).rsplit("/", 1)[1]
            took = time.monotonic() - began
            while b'"DELIVERY START"' not in trace_of(look, order):
                if time.monotonic() - began > 10:
                    raise SystemExit(f"bench: order {order} is not delivered after 10 s")
            if number >= 5:
                answered.append(took * 1e3)
                traced.append((time.monotonic() - began) * 1e3)
            time.sleep(0.02)
    return answered, traced


def trace_of(connection, order):
    connection.request("GET", f"/orderTraces/search/findByOrderId?OrderId={order}")
    return connection.getresponse().read()


def stop(bench):
    """Requests that SIGTERM cuts, with 16 clients that never pause.

    The drain delay is how long others may take to notice. Who connects after it may find the queue
    of a socket that closes under it, which no server can prevent: those are counted apart.
    """
    counts = {"answered": 0, "cut": 0, "5xx": 0, "late": 0}
    leaves = [float("inf")]
    lock, over = threading.Lock(), threading.Event()

    def count(what):
        with lock:
            counts[what] += 1

    def client():
        while not over.is_set():
            connection = http.client.HTTPConnection(HOST, bench.port("order"), timeout=10)
            with contextlib.closing(connection):
                late = time.monotonic() > leaves[0] + 1
                try:
                    connection.connect()
                except OSError:
                    return  # nobody listens any more: nothing was asked, so nothing is lost
                while not over.is_set():
                    try:
                        connection.request("GET", LIST)
                        answer = connection.getresponse()
                        answer.read()
                    except (OSError, http.client.HTTPException):
                        count("late" if late else "cut")
                        break
                    count("5xx" if answer.status >= 500 else "answered")
                    if answer.will_close:
                        break

    with folder() as data, bench.service("order", data, DRAIN_DELAY="1s") as order:
        order.wait_ready([bench.port("order")])
        clients = [threading.Thread(target=client, daemon=True) for _ in range(16)]
        for it in clients:
            it.start()
        time.sleep(1)
        leaves[0] = time.monotonic()
        order.processes[0].send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            order.processes[0].wait(15)
        took = time.monotonic() - leaves[0]
        over.set()
        for it in clients:
            it.join(12)
    lost = counts["cut"] + counts["5xx"]
    what = f"SIGTERM, 16 keep-alive clients, {counts['answered']} answered: cut and 5xx"
    late = f" ({counts['late']} after the drain delay)" if counts["late"] else ""
    return [
        Row(what, f"{counts['cut']} cut, {counts['5xx']} 5xx{late}", bar="0", ok=lost == 0),
        Row("exit after SIGTERM, of it 1 s drain delay", f"{took:.1f} s"),
    ]


def other(bench):
    """podinfo's CPU per request, for scale."""
    if not bench.podinfo:
        return [Row("podinfo", "not here: see bench/run --help")]
    with Server(podinfo(bench)) as server:
        server.wait_ready([bench.spare], "/readyz")
        cpu = bench.times(lambda: cpu_per_request(server, bench.spare, "/", bench.seconds))
        return [Row("for scale: podinfo GET /", f"{cpu:.1f} us")]


ALL = (start, idle, size, reads, other, writes, gateway, latency, stop)
