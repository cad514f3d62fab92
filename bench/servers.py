"""PostgreSQL and Apache Kafka as they are on this machine: their limits, and what they spend."""

import contextlib
import os
import re
import shutil
import subprocess
import time
import urllib.parse
from pathlib import Path

from machinery import ALL_CORES

POSTGRES, KAFKA = os.environ.get("TEST_DATABASE_URL"), os.environ.get("TEST_KAFKA_BROKERS")
#: Where Kafka's own scripts are, if not in PATH.
KAFKA_BIN = os.environ.get("BENCH_KAFKA_BIN")
TICK = os.sysconf("SC_CLK_TCK")
INSERT = "INSERT INTO single_row (body) VALUES (repeat('x', 100));\n"


def kafka_tool(name):
    return shutil.which(name, path=KAFKA_BIN) if KAFKA_BIN else shutil.which(name)


def absent(postgres, kafka):
    """Why these servers cannot be measured, if so."""
    if postgres and not POSTGRES:
        return "TEST_DATABASE_URL is not set"
    if postgres and not all(map(shutil.which, ("psql", "pgbench"))):
        return "needs psql and pgbench: apt-get install postgresql-contrib"
    if kafka and not KAFKA:
        return "TEST_KAFKA_BROKERS is not set"
    return None


def unique():
    return f"bench-{os.getpid()}-{time.time_ns() // 1000}"


def run(*command):
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=120,
        preexec_fn=lambda: os.sched_setaffinity(0, ALL_CORES),
    )
    if done.returncode:
        raise SystemExit(f"bench: {command[0]}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def sql(url, query):
    return run("psql", url, "-XAtqc", query).strip()


@contextlib.contextmanager
def database(name):
    """The URL of a new database, which is dropped at the end."""
    sql(POSTGRES, f'CREATE DATABASE "{name}"')
    try:
        yield urllib.parse.urlsplit(POSTGRES)._replace(path=f"/{name}").geturl()
    finally:
        sql(POSTGRES, f'DROP DATABASE "{name}" WITH (FORCE)')


def commits(name):
    """Transactions of this database so far; its connections tell about theirs when they end."""
    query = f"SELECT xact_commit FROM pg_stat_database WHERE datname = '{name}'"
    return int(sql(POSTGRES, query))


def insert_rate(url, folder, seconds):
    """How many single rows 32 clients insert and commit in a second."""
    script = folder / "insert.sql"
    script.write_text(INSERT)
    sql(url, "CREATE TABLE IF NOT EXISTS single_row (id bigserial PRIMARY KEY, body text)")
    options = ["-n", "-M", "prepared", "-c", 32, "-T", seconds, "-f", script]
    return float(re.search(r"tps = ([\d.]+)", run("pgbench", *options, url))[1])


def produce_rate(count, **properties):
    """How many records of 300 bytes Kafka's own client gets acknowledged by all in a second."""
    topic = unique()
    tool = kafka_tool("kafka-topics.sh")
    run(tool, "--bootstrap-server", KAFKA, "--create", "--topic", topic, "--partitions", 3)
    said = run(
        kafka_tool("kafka-producer-perf-test.sh"), "--topic", topic, "--num-records", count,
        "--record-size", 300, "--throughput", -1, "--producer-props",
        f"bootstrap.servers={KAFKA}", "acks=all",
        *(f"{name.replace('_', '.')}={value}" for name, value in properties.items()),
    )
    return float(re.findall(r"([\d.]+) records/sec", said)[-1])


def forget_topics():
    """Deletes the topics of this run, if Kafka's scripts are there."""
    tool = kafka_tool("kafka-topics.sh")
    if KAFKA and tool:
        mine = f"bench-{os.getpid()}-.*"
        run(tool, "--bootstrap-server", KAFKA, "--delete", "--if-exists", "--topic", mine)


def cpu(address):
    """Seconds of CPU so far of who listens there and all its children, if that is a process here."""
    port = urllib.parse.urlsplit(address if "//" in address else f"//{address}").port
    who = subprocess.run(["ss", "-ltnpH", f"sport = :{port}"], capture_output=True, text=True)
    found = re.search(r'"(?:postgres|java)",pid=(\d+)', who.stdout)
    if not found:
        return None
    children = Path(f"/proc/{found[1]}/task/{found[1]}/children").read_text().split()
    ended = 2  # cutime and cstime, of connections that have ended
    return ticks(found[1], 2 + ended) / TICK + sum(ticks(pid, 2) for pid in children) / TICK


def ticks(pid, columns):
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0  # it has ended, and its parent counts it now
    return sum(int(value) for value in after_name[11:11 + columns])
