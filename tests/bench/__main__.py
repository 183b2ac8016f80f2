"""``python -m tests.bench [NAME ...] [--json FILE] [--markdown FILE] [--quick]``: measure and compare.

Exit status 1 when a target is missed or a benchmark breaks off; the others are still run.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from tests.bench import figure_table
from tests.bench.figures import Figure, Findings, Result, Spread, Target
from tests.bench.machine_words import machine_line

BENCHES = {
    "cold-start": "cold_start",
    "first-data": "first_data",
    "freshness": "cell_freshness",
    "probe-pass": "probe_pass",
    "queue-arrivals": "queue_arrivals",
    "event-cost": "event_cost",
    "event-flood": "event_flood",
    "event-stream": "event_stream_window",
    "task-memory": "task_memory",
    "million-tasks": "million_tasks",
    "task-scroll": "task_scroll",
    "broker-cost": "broker_cost",
    "window-memory": "window_memory",
    "topology-frames": "topology_frames",
    "route-speed": "route_speed",
    "route-oracle": "route_oracle",
    "move-speed": "move_speed",
    "move-kills": "move_kills",
    "tap-flood": "tap_flood",
    "tap-window": "tap_window",
    "whereis": "whereis_speed",
    "redis-census": "redis_census",
}
"""Name on the command line -> module with ``run(quick: bool) -> Result``; the order is the order of the page."""


def main(argv: Sequence[str] | None = None) -> int:
    options = parse(argv)
    machine = machine_line()
    print(machine)
    found = []
    for name in options.names or BENCHES:
        findings = measure(name, options.quick)
        print(f"\n{figure_table.terminal(findings)}", flush=True)
        found.append(findings)
    print(f"\n{figure_table.summary(found)}")
    if options.json:
        options.json.write_text(figure_table.as_json(found, machine), encoding="utf-8")
    if options.markdown:
        command = " ".join(["python -m tests.bench", *options.names, *(["--quick"] if options.quick else [])])
        options.markdown.write_text(figure_table.markdown(found, machine, command), encoding="utf-8")
    return int(any(figure.met is False for findings in found for figure in findings.figures))


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure Warren beside its peers.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(BENCHES)} (default: all)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every value of every run")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the page for the documentation")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs: a check, not a claim")
    options = parser.parse_args(argv)
    if unknown := [name for name in options.names if name not in BENCHES]:
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    return options


def measure(name: str, quick: bool) -> Findings:
    module = importlib.import_module(f"tests.bench.{BENCHES[name]}")
    began = time.monotonic()
    try:
        result: Result = module.run(quick)
    except Exception as problem:
        traceback.print_exc()
        result = _broken_off(problem)
    took_s = time.monotonic() - began
    return Findings(name, inspect.cleandoc(module.__doc__ or ""), result.figures, took_s, result.remarks)


def _broken_off(problem: Exception) -> Result:
    """What stands for a benchmark that did not come to its end: a target missed, and why."""
    figure = Figure("breaks off", Spread.of((1.0,)), "times", Target("value", 0.0))
    return Result((figure,), (f"{type(problem).__name__}: {problem}",))


if __name__ == "__main__":
    sys.exit(main())
