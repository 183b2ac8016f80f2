"""The life of one task as steps with the waits between them. PURE: moments in, steps out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from broker_client.tasks.records import Moment

CLOCKS_DIFFER_S = 5.0
"""So far may the sender's clock be ahead of ours."""
SAME_S = 1.0
"""The same step told by two sources lies at most this far apart."""

_TONES = {
    "sent": "idle",
    "received": "info",
    "started": "info",
    "retried": "warn",
    "retry": "warn",
    "succeeded": "ok",
    "success": "ok",
    "failed": "crit",
    "failure": "crit",
    "rejected": "crit",
    "revoked": "idle",
}
_WAITS = {
    ("sent", "received"): "on its way through the queue",
    ("received", "started"): "waiting for a free slot",
    ("retried", "sent"): "until it was sent again",
    ("retried", "received"): "waiting to be tried again",
    ("retried", "started"): "waiting to be tried again",
}
_NEXT = ("sent", "received")
_GIVEN_UP = frozenset({"retried", "requeued", "cancelled"})


class Step(msgspec.Struct, frozen=True):
    """One step. ``wait_s`` passed since the step before (``None`` = it is the first, or their clocks disagree)."""

    at: float
    what: str
    tone: str
    sources: tuple[str, ...]
    worker: str | None = None
    note: str = ""
    wait_s: float | None = None
    wait_words: str = ""
    attempt: int = 1
    """The number of the attempt that begins with this step; 1 = it begins none, or the first."""


def lifeline(moments: Sequence[Moment]) -> tuple[Step, ...]:
    """The steps in the order of time; the same step from two sources is one step that names both."""
    steps: list[Step] = []
    attempt = 1
    for moment in _tried_again(list(_merged(_in_order(moments)))):
        before = steps[-1] if steps else None
        if before is not None and before.what in _GIVEN_UP and moment.what in (*_NEXT, "started"):
            attempt += 1
            moment = msgspec.structs.replace(moment, attempt=attempt)
        if before is not None and (moment.at >= before.at or before.what in _GIVEN_UP):
            tried_again = attempt > 1 and (before.what, moment.what) == ("received", "started")
            words = _wait_words("retried" if tried_again else before.what, moment.what)
            moment = msgspec.structs.replace(moment, wait_s=max(0.0, moment.at - before.at), wait_words=words)
        steps.append(moment)
    return tuple(steps)


def _tried_again(steps: list[Step]) -> list[Step]:
    """A worker sends the next attempt a moment before it says that it gave the last one up: that comes first here."""
    for place, step in enumerate(steps):
        if step.what in _GIVEN_UP:
            first = place
            while first and steps[first - 1].what in _NEXT and step.at - steps[first - 1].at <= SAME_S:
                first -= 1
            if any(earlier.what == "started" for earlier in steps[:first]):
                steps.insert(first, steps.pop(place))
                steps[first + 1 : place + 1] = sorted(steps[first + 1 : place + 1], key=lambda one: one.what != "sent")
    return steps


def _in_order(moments: Sequence[Moment]) -> list[Moment]:
    """By time; but a task is sent before it is received, even when the sender's clock is a little ahead."""
    first = min((moment.at for moment in moments), default=0.0)
    sent = min((moment.at for moment in moments if moment.what == "sent"), default=0.0)

    def place(moment: Moment) -> tuple[float, bool]:
        ahead = moment.what == "sent" and moment.at == sent and moment.at - first <= CLOCKS_DIFFER_S
        return (first if ahead else moment.at), not ahead

    return sorted(moments, key=place)


def _merged(moments: Iterable[Moment]) -> Iterable[Step]:
    waiting: list[Step] = []
    for moment in moments:
        for index, step in enumerate(waiting):
            twin = step.what == moment.what and moment.at - step.at <= SAME_S and moment.source not in step.sources
            if twin and (not step.worker or not moment.worker or step.worker == moment.worker):
                waiting[index] = _joined(step, moment)
                break
        else:
            tone = _TONES.get(moment.what.lower(), "plain")
            waiting.append(Step(moment.at, moment.what, tone, (moment.source,), moment.worker, moment.note))
    return waiting


def _joined(step: Step, moment: Moment) -> Step:
    return msgspec.structs.replace(
        step,
        sources=(*step.sources, moment.source),
        worker=step.worker or moment.worker,
        note=step.note or moment.note,
    )


def _wait_words(before: str, after: str) -> str:
    known = _WAITS.get((before, after))
    if known:
        return known
    return "running" if before in ("started", "reported") else ""
