"""Where task facts come from and what is missing, in words; and how to make a silent Celery talk. PURE."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from broker_client.tasks.records import StreamHealth
from dashboard.look.wording import sentences, span, visible

_NAMES = {"events": "Events", "results": "Results", "inspection": "Inspection"}
_OFF = {
    "events": "off: this profile has no broker",
    "results": "off: this profile has no Redis, so full arguments and results are not known",
    "inspection": "off: this profile has no broker to ask the workers through",
}
_TONES = {"live": "ok", "connecting": "info", "down": "crit", "refused": "crit", "off": "idle"}


class SourceLine(msgspec.Struct, frozen=True):
    """One source as a mark, a short word and the whole sentence."""

    tone: str
    short: str
    words: str


class Lesson(msgspec.Struct, frozen=True):
    """A step of "how to": why, and the exact line to write."""

    why: str
    line: str


TASK_LESSONS = (
    Lesson("Start workers with events on:", "celery -A yourapp worker -E"),
    Lesson("or switch them on in the application:", "app.conf.worker_send_task_events = True"),
    Lesson("To see tasks from the moment they are sent:", "app.conf.task_send_sent_event = True"),
    Lesson("To keep name and arguments with each result:", "app.conf.result_extended = True"),
    Lesson("To see that a task has begun, also without events:", "app.conf.task_track_started = True"),
)

WORKER_LESSONS = (
    Lesson("Start a worker on this broker:", "celery -A yourapp worker -E --hostname w1@%h"),
    Lesson("Its application must use the same broker URL:", 'app = Celery(broker="amqp://…", backend="redis://…")'),
)


def source_lines(streams: Iterable[StreamHealth], now: float) -> tuple[SourceLine, ...]:
    """Each source; ``now`` is epoch seconds."""
    return tuple(_line(stream, now) for stream in streams)


def _line(stream: StreamHealth, now: float) -> SourceLine:
    name = _NAMES.get(stream.source, visible(stream.source))
    tone = _TONES.get(stream.state, "idle")
    if stream.state == "off":
        return SourceLine(tone, f"{name} off", f"{name} {_OFF.get(stream.source, 'off')}.")
    if stream.state == "live":
        gaps = f"; {stream.gaps} times some may have been missed" if stream.gaps else ""
        lost = f"; {stream.unreadable:,} could not be read and were left out" if stream.unreadable else ""
        troubled = "warn" if stream.gaps or stream.unreadable else tone
        return SourceLine(troubled, f"{name} live", f"{name} arrive live{gaps}{lost}.")
    waits = stream.next_try is not None and stream.next_try > now
    again = f"Next try in {span((stream.next_try or now) - now)}" if waits else ""
    words = sentences(
        f"{name} {stream.state}", visible(stream.what), visible(stream.why), visible(stream.remedy), again
    )
    return SourceLine(tone, f"{name} {stream.state}", words)
