"""A limit of CPU time, as a container has it: a control group of version 1 or 2."""

import contextlib
import os
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
#: Microseconds, as Kubernetes has it.
PERIOD = 100_000


def absent():
    """Why there can be no limit here, if so."""
    try:
        with limited(100):
            return None
    except OSError as error:
        return f"needs control groups that this user may make: {error.strerror}"


@contextlib.contextmanager
def limited(millicores):
    """The folder of a group whose processes get so much of a core, in all."""
    version1 = (ROOT / "cpu").is_dir()
    name = f"bulsajo-bench-{os.getpid()}-{time.time_ns()}"
    group = (ROOT / "cpu" if version1 else ROOT) / name
    group.mkdir()
    try:
        quota = millicores * PERIOD // 1000
        if version1:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        else:
            (group / "cpu.max").write_text(f"{quota} {PERIOD}")
        yield group
    finally:
        removed(group)


def removed(group):
    """A group can go when the kernel has let go of the last of its processes."""
    for _ in range(100):
        try:
            return group.rmdir()
        except OSError:
            time.sleep(0.02)
