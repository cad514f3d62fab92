"""The same fleet on each of its backends, sharing both cores with its servers and its clients."""

import contextlib
import functools
import statistics

import servers
from load import at_rate, load
from machinery import ALL_CORES, cpu_per_request, fill, folder, get_json
from measures import LIST, Row, compared, one_by_one, settled

#: A fraction of pgbench's commits, microseconds of CPU, milliseconds: docs and design name them.
OF_COMMITS, CPU_SQLITE, CPU_SERVERS, IDLE_ON_KAFKA, HALF_P99 = 1 / 6, 400, 700, 15, 50


def limits(bench):
    """What Kafka's own client reaches on this machine."""
    needed = servers.KAFKA and servers.kafka_tool("kafka-producer-perf-test.sh")
    if not needed:
        why = "needs TEST_KAFKA_BROKERS, and Kafka's scripts in PATH or BENCH_KAFKA_BIN"
        return titled("Kafka's own limit", [Row("kafka-producer-perf-test", why)])
    count, what = 200_000 if bench.rounds > 1 else 50_000, "kafka-producer-perf-test, acks=all"
    rows = [(f"{what}, linger.ms=0", {"linger_ms": 0}), (f"{what}, its defaults", {})]
    rows = rows if bench.rounds > 1 else rows[:1]
    rates = [(name, servers.produce_rate(count, **how)) for name, how in rows]
    return titled("Kafka's own limit", [Row(n, f"{rate:.0f} records a second") for n, rate in rates])


def embedded(bench):
    return cell(bench, "SQLite, SQL log")


def minimal(bench):
    return cell(bench, "PostgreSQL, SQL log", postgres=True)


def kafka_sqlite(bench):
    return cell(bench, "SQLite, Kafka", kafka=True)


def full(bench):
    return cell(bench, "PostgreSQL, Kafka", postgres=True, kafka=True)


def full_as_five(bench):
    return cell(bench, "PostgreSQL, Kafka", postgres=True, kafka=True, start=bench.five,
                how="five processes")


def cell(bench, on, *, postgres=False, kafka=False, start=None, how="one process"):
    """All that is measured on one backend."""
    section = f"{on}, {how}"
    absent = servers.absent(postgres, kafka)
    if absent:
        return titled(section, [Row("left out", absent)])
    name = servers.unique()
    env = {}
    if kafka:
        env = {"KAFKA_BROKERS": servers.KAFKA, "KAFKA_TOPIC": name,
               "KAFKA_GROUP": name + "-{service}"}
    with contextlib.ExitStack() as stack:
        data = stack.enter_context(folder())
        if postgres:
            env["DATABASE_URL"] = stack.enter_context(servers.database(name))
            limit = servers.insert_rate(env["DATABASE_URL"], data, bench.seconds)
            before = servers.commits(name)
        with (start or bench.fleet)(data, cores=ALL_CORES, **env) as fleet:
            found = watched(bench, fleet, postgres, kafka)
        if postgres:
            found.commits = (servers.commits(name) - before) / found.orders
            found.limit = limit
    return titled(section, found.rows(kafka))


class Found:
    """What was measured on one backend."""

    limit = commits = None

    def __init__(self, idle, loads, half, orders):
        self.idle, self.loads, self.half, self.orders = idle, loads, half, orders

    def rows(self, kafka):
        yield self.accepted()
        yield Row("POST /orders under that load", shown(self.median("answer")))
        yield Row("POST to DELIVERY START in the trace under that load", shown(self.median("saga")))
        lag, behind = (max(getattr(it, what) for it in self.loads) for what in ("lag", "behind"))
        yield Row("consumer lag when the load ends", f"{lag} facts",
                  f"all delivered {behind:.1f} s later")
        limit = CPU_SERVERS if kafka and self.limit else None if self.limit or kafka else CPU_SQLITE
        for who in self.loads[0].spent:
            cpu = statistics.median(it.spent[who] for it in self.loads)
            bar = limit if who == "our processes" else None
            yield Row(f"CPU per order in {who}", f"{cpu:.0f} us",
                      bar=f"<= {bar} us" if bar else "", ok=cpu <= bar if bar else None)
        if self.commits:
            yield Row("transactions per order in PostgreSQL", f"{self.commits:.1f}")
        yield from self.halved()
        yield Row("POST /orders, idle", f"p50 {statistics.median(self.idle[0]):.1f} ms")
        traced = statistics.median(self.idle[1])
        bar = f"<= {IDLE_ON_KAFKA} ms" if kafka else ""
        yield Row("POST to DELIVERY START in the trace, idle", f"p50 {traced:.1f} ms", bar=bar,
                  ok=traced <= IDLE_ON_KAFKA if kafka else None)

    def accepted(self):
        rate = statistics.median(it.rate for it in self.loads)
        row = Row("orders accepted, 32 clients that never pause", f"{rate:.0f} a second")
        if self.limit:
            row.baseline = f"pgbench {self.limit:.0f} inserts a second"
            row.ratio = rate / self.limit
            row.bar, row.ok = f">= {OF_COMMITS:.2f} x", row.ratio >= OF_COMMITS
        return row

    def halved(self):
        what, p99 = f"at {self.half.rate:.0f} a second", self.half.answer[1]
        yield Row(f"POST /orders {what}", shown(self.half.answer), bar=f"p99 <= {HALF_P99} ms",
                  ok=p99 <= HALF_P99)
        yield Row(f"POST to DELIVERY START in the trace {what}", shown(self.half.saga))

    def median(self, what):
        return [statistics.median(column) for column in zip(*(getattr(it, what) for it in self.loads))]


def watched(bench, fleet, postgres, kafka):
    """First one order at a time, then many clients, then the same at half the rate."""
    fleet.wait_ready(bench.ports(), limit=60)
    fill(bench.port("order"), 20)
    settled(bench)
    idle = one_by_one(bench)
    spenders = {"our processes": fleet.cpu}
    if kafka:
        spenders["Kafka"] = functools.partial(servers.cpu, servers.KAFKA)
    if postgres:
        spenders["PostgreSQL"] = functools.partial(servers.cpu, servers.POSTGRES)
    warm = load(bench, spenders, 1)
    loads = [load(bench, spenders, bench.seconds) for _ in range(bench.rounds)]
    rate = statistics.median(it.rate for it in loads)
    half = at_rate(bench, spenders, bench.seconds, rate / 2)
    orders = 20 + len(idle[0]) + 5 + sum(it.placed for it in (warm, *loads, half))
    return Found(idle, loads, half, orders)


def postgres_reads(bench):
    """CPU per GET of order alone, its rows in PostgreSQL."""
    if servers.absent(postgres=True, kafka=False):
        return []
    port = bench.port("order")
    with contextlib.ExitStack() as stack:
        data = stack.enter_context(folder())
        url = stack.enter_context(servers.database(servers.unique()))
        with bench.fleet(data, DATABASE_URL=url) as fleet:
            fleet.wait_ready(bench.ports())
            fill(port, 20)
        order = stack.enter_context(bench.service("order", data, DATABASE_URL=url))
        bare = stack.enter_context(bench.bare())
        order.wait_ready([port])
        bare.wait_ready([bench.spare], "/orders/ready-made")
        assert get_json(port, LIST)["page"]["totalElements"] == 20
        pairs = [
            (cpu_per_request(order, port, LIST, bench.seconds),
             cpu_per_request(bare, bench.spare, LIST, bench.seconds))
            for _ in range(bench.rounds)
        ]
    ours, theirs = (statistics.median(side) for side in zip(*pairs))
    row = compared("GET /orders, 20 rows from PostgreSQL", ours, theirs, 5, binding=False)
    return titled("Reading from PostgreSQL, order alone on a core", [row])


def shown(times):
    return f"p50 {times[0]:.1f} ms, p99 {times[1]:.1f} ms"


def titled(section, rows):
    rows = list(rows)
    for row in rows:
        row.section = section
    return rows


ALL = (limits, embedded, minimal, kafka_sqlite, full, full_as_five, postgres_reads)
