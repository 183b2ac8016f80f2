"""What a trial run saw and measured, as JSON and as a few lines of text."""

from __future__ import annotations

from pathlib import Path

import msgspec

from dashboard.store.app_state import AppState


class Report(msgspec.Struct, frozen=True):
    """Rates are per second; ``tasks`` counts by state; ``errors`` are sentences. ``None`` = never heard of.

    ``max_gui_stall_ms`` is the longest gap between two turns of the event loop, ``max_gui_busy_ms`` the GUI thread's
    own CPU time in the worst one; :mod:`dashboard.stall_meter` says what they leave out.
    """

    first_paint_ms: float | None = None
    first_data_ms: float | None = None
    queues: int | None = None
    messages_ready: int | None = None
    publish_rate: float | None = None
    ack_rate: float | None = None
    consumers: int | None = None
    tasks: dict[str, int] = msgspec.field(default_factory=dict)
    workers: int | None = None
    findings: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    max_gui_stall_ms: float = 0.0
    max_gui_busy_ms: float = 0.0


class Measures(msgspec.Struct, frozen=True):
    """What the state does not hold."""

    first_paint_ms: float | None
    first_data_ms: float | None
    errors: tuple[str, ...]
    max_gui_stall_ms: float
    max_gui_busy_ms: float


def report_of(state: AppState, measures: Measures) -> Report:
    """What the window knows at this moment."""
    overview = state.overview.overview if state.overview else None
    snapshot = state.tasks.snapshot if state.tasks else None
    return Report(
        first_paint_ms=_rounded(measures.first_paint_ms),
        first_data_ms=_rounded(measures.first_data_ms),
        queues=len(state.queues.rows) if state.queues else None,
        messages_ready=overview.ready if overview else None,
        publish_rate=overview.rates.publish if overview else None,
        ack_rate=overview.rates.ack if overview else None,
        consumers=overview.consumers if overview else None,
        tasks=dict(snapshot.summary.by_state) if snapshot else {},
        workers=sum(worker.status == "online" for worker in snapshot.workers) if snapshot else None,
        findings=tuple(f"{finding.severity}: {finding.title}" for finding in state.findings),
        errors=measures.errors,
        max_gui_stall_ms=round(measures.max_gui_stall_ms, 1),
        max_gui_busy_ms=round(measures.max_gui_busy_ms, 1),
    )


def write_report(report: Report, file: Path) -> None:
    """Write ``report`` to ``file``, making its folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")


def summary_lines(report: Report) -> list[str]:
    """The report for a person at a terminal."""
    tasks = ", ".join(f"{count:,} {state.lower()}" for state, count in sorted(report.tasks.items())) or "none seen"
    return [
        f"queues     {_figure(report.queues)} with {_figure(report.messages_ready)} messages ready",
        f"rates      {_figure(report.publish_rate)} published/s, {_figure(report.ack_rate)} acknowledged/s",
        f"consumers  {_figure(report.consumers)}",
        f"tasks      {tasks}",
        f"workers    {_figure(report.workers)} online",
        *(f"finding    {finding}" for finding in report.findings),
        *(f"error      {error}" for error in report.errors),
        f"window     first paint {_figure(report.first_paint_ms)} ms, first data {_figure(report.first_data_ms)} ms",
        f"busy       at most {report.max_gui_busy_ms:.0f} ms, standing still at most {report.max_gui_stall_ms:.0f} ms",
    ]


def _figure(number: float | None) -> str:
    if number is None:
        return "unknown"
    return f"{number:,.0f}" if number == int(number) else f"{number:,.1f}"


def _rounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 1)
