"""Processes, their CPU and memory, HTTP and wrk: what the measurements are made with."""

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

SERVER, CLIENT = {0}, {max(os.sched_getaffinity(0))}
#: Both cores, for what shares them with everything else.
ALL_CORES = os.sched_getaffinity(0)
HOST = "127.0.0.1"
ORDER = {"productId": 1, "qty": 1, "paymentType": "cash", "cost": 1000, "productName": "Coffee"}
_running = []


def built(root, *packages):
    """The folder with these executables of the workspace, in release mode."""
    command = ["cargo", "build", "--quiet", "--release", "--locked"]
    for package in packages:
        command += ["-p", package]
    subprocess.run(command, cwd=root, check=True)
    asked = ["cargo", "metadata", "--no-deps", "--format-version=1"]
    answer = subprocess.run(asked, cwd=root, check=True, capture_output=True)
    return Path(json.loads(answer.stdout)["target_directory"]) / "release"


class Server:
    """A server, on a core of its own unless told otherwise; several processes count as one.

    `group` is the folder of a control group that it is to be in.
    """

    def __init__(self, *commands, env=None, cores=SERVER, group=None):
        self.began = time.monotonic()
        environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
        self.processes = []
        for command in commands:
            command = [str(word) for word in command]
            own = {}
            while "=" in command[0]:  # as a shell has it: PORT=8081 bulsajo order
                name, value = command.pop(0).split("=", 1)
                own[name] = value
            process = subprocess.Popen(
                command,
                env={**environment, **(env or {}), **own},
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                preexec_fn=lambda: placed(cores, group),
            )
            self.processes.append(process)
            _running.append(process)

    def pids(self):
        pids = [process.pid for process in self.processes]
        for pid in pids:  # nginx's worker
            children = Path(f"/proc/{pid}/task/{pid}/children")
            if children.exists():
                pids.extend(int(child) for child in children.read_text().split())
        return pids

    def cpu(self):
        """Seconds of CPU so far, all threads, user and system: utime + stime, only finer."""
        return sum(time.clock_gettime((~pid << 3) | 2) for pid in self.pids())

    def memory(self):
        """MiB that are resident."""
        status = [Path(f"/proc/{pid}/status").read_text() for pid in self.pids()]
        return sum(int(re.search(r"VmRSS:\s+(\d+)", text)[1]) for text in status) / 1024

    def wait_ready(self, ports, path="/actuator/health/readiness", limit=20):
        """Seconds from the start until every port answers 200."""
        waiting = list(ports)
        while waiting:
            if time.monotonic() - self.began > limit:
                raise SystemExit(f"bench: not ready after {limit} s: ports {waiting}")
            for process in self.processes:
                if process.poll() is not None:
                    raise SystemExit(f"bench: {process.args[0]} ended with {process.returncode}")
            waiting = [port for port in waiting if not answers(port, path)]
            if waiting:
                time.sleep(0.002)
        return time.monotonic() - self.began

    def stop(self):
        for process in self.processes:
            process.send_signal(signal.SIGINT)
        for process in self.processes:
            end(process)
        self.processes = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def placed(cores, group):
    """Puts the process that calls it on these cores, and into this control group."""
    os.sched_setaffinity(0, cores)
    if group:
        (group / "cgroup.procs").write_text(str(os.getpid()))


def end(process):
    try:
        process.wait(8)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(8)
    if process in _running:
        _running.remove(process)


def end_all():
    for process in list(_running):
        if process.poll() is None:
            process.terminate()
    for process in list(_running):
        end(process)


def answers(port, path):
    try:
        return get(port, path)[0] == 200
    except OSError:
        return False
    except http.client.HTTPException:
        return False


def get(port, path, timeout=10):
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout)
    with contextlib.closing(connection):
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()


def get_json(port, path):
    status, body = get(port, path)
    if status != 200:
        raise SystemExit(f"bench: {path} answered {status}")
    return json.loads(body)


def post(connection, path="/orders"):
    connection.request("POST", path, json.dumps(ORDER), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 201:
        raise SystemExit(f"bench: POST {path} answered {answer.status}")
    return answer.headers["Location"]


def fill(port, count):
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    with contextlib.closing(connection):
        for _ in range(count):
            post(connection)


def free_ports(count):
    """The first of `count` neighbouring ports that nobody has."""
    for base in range(21000, 30000, 50):
        with contextlib.ExitStack() as stack:
            try:
                for port in range(base, base + count):
                    taken = stack.enter_context(socket.socket())
                    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    taken.bind((HOST, port))
                return base
            except OSError:
                continue
    raise SystemExit("bench: no free ports between 21000 and 30000")


@contextlib.contextmanager
def folder():
    path = tempfile.mkdtemp(prefix="bulsajo-bench-")
    try:
        yield Path(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def wrk(port, path, seconds, script=None):
    """How many requests were answered."""
    return int(re.search(r"(\d+) requests in", wrk_says(port, path, seconds, script))[1])


def wrk_says(port, path, seconds, script=None, *, cores=CLIENT, **env):
    """What wrk prints; a refusal ends the bench."""
    command = ["wrk", "-t1", "-c32", f"-d{seconds}s", "--latency"]
    command += ["-s", str(script)] if script else []
    out = subprocess.run(
        [*command, f"http://{HOST}:{port}{path}"], env={**os.environ, **env},
        capture_output=True, text=True, timeout=seconds + 30, check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    ).stdout
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    if refused:
        raise SystemExit(f"bench: {refused[1]} requests to {path} were refused")
    return out


def cpu_per_request(server, port, path, seconds, script=None):
    """Microseconds of the server's CPU for one request."""
    wrk(port, path, 1, script)
    before = server.cpu()
    count = wrk(port, path, seconds, script)
    return (server.cpu() - before) * 1e6 / count
