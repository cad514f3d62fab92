"""Settings that have several notations: notations.py [EXECUTABLE].

The chart takes what the executable takes and refuses what it refuses, and hands numbers on as digits.
"""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import chart
import values

UNITS = (
    "nanos nsec ns usec us µs millis msec ms seconds second secs sec s minutes minute min mins m "
    "hours hour hr hrs h days day d weeks week wk wks w months month M years year yr yrs y"
)
# Of each kind one: what both take, and what neither takes.
NOTATIONS = {
    "requestTimeout": (
        [0, "0", "1.5s", "1m30s", "2d", "1m 30s", "250us", "".join(f"1{it}" for it in UNITS.split())],
        [5, "5", "1.5", ".5s", "-1s", "1s,2s", "3 parsecs", "s"],
    ),
    "faults.randomError": (["20%", "2.5%", "0.2", 0.2, 1, 0.00001], ["20 %", "120%", 20, "some"]),
    "faults.memoryCap": ([1000000, 67108864, "64MiB", "64 Mi", "9MB"], ["1.5MiB", "1K", "64mib"]),
    "call.breakerRate": ([50, "50", "50%", "50 %"], ["50.5%", 0, 101, "half"]),
    "call.retryBudget": ([0, 20, "20", "20%", "off"], ["20.5%", 101, "half"]),
}
VARIABLES = {
    path: variable
    for section in chart.yaml.safe_load(values.TABLE[1]).values()
    for variable, path in section.items()
}


def chart_gives(name, value):
    """What order gets in its environment; None if the chart refuses it."""
    try:
        things = chart.template(values.values_of({f"order.{name}": value}))
    except chart.Refused:
        return None
    order = next(it for it in things if chart.name_of(it) == ("Deployment", "order"))
    environment = order["spec"]["template"]["spec"]["containers"][0]["env"]
    return next(it["value"] for it in environment if it["name"] == VARIABLES[name])


def check(name, value, good):
    """What is wrong with this notation."""
    given = chart_gives(name, value)
    if (given is not None) != good:
        yield f"{name}={value!r}: the chart {'refuses' if good else 'takes'} it"
    if good and given not in (None, str(value)):
        yield f"{name}={value!r}: the chart makes {given} of it"
    for executable in sys.argv[1:]:
        environment = {VARIABLES[name]: str(value)}
        command = [executable, "config", "order"]
        told = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if (told.returncode == 0) != good:
            yield f"{environment}: the executable {'refuses' if good else 'takes'} it: {told.stderr}"


def main():
    cases = [
        (name, value, good)
        for name, both in NOTATIONS.items()
        for good, those in zip((True, False), both)
        for value in those
    ]
    with ThreadPoolExecutor(2) as pool:
        wrong = [it for found in pool.map(lambda case: list(check(*case)), cases) for it in found]
    for it in wrong:
        print(f"FAILED: {it}", file=sys.stderr)
    print(f"{len(cases)} notations given")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
