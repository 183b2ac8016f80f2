"""Findings as text: a table for the terminal, a page for the documentation, JSON for machines."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from dataclasses import asdict

from tests.bench.figures import Figure, Findings, Spread, Target

HEADINGS = ("figure", "Warren", "compared with", "ratio", "target", "verdict")


def number(value: float) -> str:
    """Three significant digits, thousands separated, no exponent."""
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    text = f"{value:.3g}"
    return f"{value:.5f}".rstrip("0") if "e" in text else text


def spread(found: Spread, unit: str) -> str:
    """Median, unit and, when there was more than one run, smallest to largest and how many."""
    text = f"{number(found.median)} {unit}".strip()
    if len(found.values) > 1:
        text += f" ({number(found.low)} to {number(found.high)}, n={len(found.values)})"
    return text


def target(bound: Target | None, unit: str) -> str:
    if bound is None:
        return ""
    if bound.kind == "value":
        return f"≤ {number(bound.bound)} {unit}".strip()
    if bound.kind == "at_least_share":
        return f"≥ {number(bound.bound)} ×"
    return f"≤ {number(bound.bound)} ×" if bound.kind == "share" else f"≥ {number(bound.bound)} × less"


def verdict(figure: Figure) -> str:
    return {None: "", True: "met", False: "MISSED"}[figure.met]


def cells(figure: Figure) -> tuple[str, ...]:
    peer = "" if figure.peer is None else f"{spread(figure.peer, figure.unit)}, {figure.peer_name}"
    ratio = "" if figure.ratio is None else f"{number(figure.ratio)} ×"
    bound = target(figure.target, figure.unit)
    return (figure.name, spread(figure.ours, figure.unit), peer, ratio, bound, verdict(figure))


def terminal(findings: Findings) -> str:
    """One benchmark as an aligned table with its notes below."""
    rows = [HEADINGS, *(cells(figure) for figure in findings.figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    title = f"{findings.name} ({findings.took_s:.0f} s)"
    return "\n".join([title, *lines, *(f"  {note}" for note in notes(findings))])


def notes(findings: Findings) -> list[str]:
    own = [f"{figure.name}: {figure.note}" for figure in findings.figures if figure.note]
    return [*own, *findings.remarks]


def markdown(all_findings: Sequence[Findings], machine: str, command: str) -> str:
    """The whole page: the command, the machine, a table, what is missed, then each benchmark with its method."""
    parts = ["# Benchmarks", INTRODUCTION.format(command=command), machine, summary(all_findings)]
    parts += [section(findings) for findings in all_findings]
    return "\n\n".join(parts) + "\n"


INTRODUCTION = """\
Made by `{command}`. Every comparison is measured side by side in one run on one machine, all traffic on
loopback: read the ratios first, then bytes and CPU seconds, wall times last. A figure is the median; the brackets hold
the smallest and the largest value and the number of runs. A verdict stands where a target was set before measuring."""


def summary(all_findings: Sequence[Findings]) -> str:
    judged = [figure for findings in all_findings for figure in findings.figures if figure.met is not None]
    missed = [figure.name for figure in judged if not figure.met]
    text = f"{len(judged) - len(missed)} of {len(judged)} targets met."
    return text if not missed else f"{text} Missed: {'; '.join(missed)}."


def section(findings: Findings) -> str:
    rows = [HEADINGS, tuple("---" for _ in HEADINGS), *(cells(figure) for figure in findings.figures)]
    table = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
    parts = [f"## {findings.name}", textwrap.dedent(findings.method).strip(), table]
    if remarks := notes(findings):
        parts.append("\n".join(f"- {remark}" for remark in remarks))
    return "\n\n".join(parts)


def as_json(all_findings: Sequence[Findings], machine: str) -> str:
    """Every value of every run, with its verdict."""
    benches = []
    for findings in all_findings:
        entry = asdict(findings)
        for figure, plain in zip(findings.figures, entry["figures"], strict=True):
            plain |= {"median": figure.ours.median, "ratio": figure.ratio, "met": figure.met}
        benches.append(entry)
    return json.dumps({"machine": machine, "benchmarks": benches}, indent=1, ensure_ascii=False)
