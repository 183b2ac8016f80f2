"""PURE: what became of published messages, in words, tones and figures. Unknown is never called a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dashboard.actions.publish_draft import Draft
from dashboard.look.wording import full_count, rate, sentences, span, visible
from dashboard.pages.figure_grid import Figure

if TYPE_CHECKING:
    from broker_client.rabbit.proof import Proof
    from broker_client.rabbit.publisher import StreamCounts

_TONES = {"confirmed": "ok", "returned": "crit", "nacked": "crit", "refused": "crit", "unknown": "warn"}
_TITLES = {
    "confirmed": "Confirmed",
    "returned": "Returned",
    "nacked": "Nacked",
    "refused": "Refused",
    "unknown": "Unknown",
}
_BY = {
    "tracing": "Proved by the broker's tracing of this one message.",
    "taps": "Proved by twins of the queues, which existed for a moment.",
    "outcome": "Proved by the broker's answer.",
    "nothing": "",
}
_COUNT_HELP = {
    "Confirmed": "The broker has taken it, and at least one queue has it.",
    "Returned": "No queue takes it: the broker has not kept it.",
    "Nacked": "A queue refused it: it is full, or could not store it.",
    "Refused": "The broker closed the channel over it.",
    "Unknown": "No word came. It may have been taken: look before you send it again.",
    "Waiting": "Sent, and not confirmed yet.",
}


class QueueLine(NamedTuple):
    """One queue of the comparison. ``proved`` is ``None`` when nothing proves it, ``predicted`` when nobody could."""

    queue: str
    predicted: bool | None
    proved: bool | None


class Told(NamedTuple):
    """What is shown: a mark's tone, a title, sentences, the queues, and figures of many messages."""

    tone: str
    title: str
    words: str
    queues: tuple[QueueLine, ...] = ()
    figures: tuple[Figure, ...] = ()
    share: float | None = None
    """How much of many is done, 0 to 1."""


def aim_words(draft: Draft) -> str:
    """``To exchange shop, key order.created``."""
    if draft.to_queue:
        return f"To queue {visible(draft.routing_key)}"
    exchange = f"exchange {visible(draft.exchange)}" if draft.exchange else "the default exchange"
    return f"To {exchange}, key {visible(draft.routing_key) or '(empty)'}"


def told_of_proof(proof: Proof) -> Told:
    """What became of one message."""
    outcome = proof.outcome
    code = f" ({outcome.reply_code})" if outcome.reply_code else ""
    reasons = [outcome.words if outcome.kind != "confirmed" else "", _BY[proof.by], _difference(proof)]
    return Told(_TONES[outcome.kind], f"{_TITLES[outcome.kind]}{code}", sentences(*reasons), queue_lines(proof))


def queue_lines(proof: Proof) -> tuple[QueueLine, ...]:
    """Every queue that was predicted or proved; what does not agree comes first."""
    predicted, actual = proof.predicted, proof.actual
    names = dict.fromkeys((*(predicted or ()), *(actual or ())))
    lines = [
        QueueLine(name, None if predicted is None else name in predicted, None if actual is None else name in actual)
        for name in names
    ]
    return tuple(sorted(lines, key=lambda line: (line.predicted == line.proved, line.queue)))


def told_of_counts(counts: StreamCounts) -> Told:
    """How far many messages have come."""
    bad = counts.returned + counts.nacked + counts.refused
    tone = "warn" if counts.unknown else "crit" if bad else "ok" if counts.finished else "accent"
    title = f"{full_count(counts.sent)} of {full_count(counts.asked)} sent"
    if counts.finished:
        title = f"{full_count(counts.confirmed)} of {full_count(counts.asked)} confirmed"
        if counts.sent < counts.asked and not bad and not counts.unknown:
            tone = "idle"
    speed = counts.sent / counts.elapsed_s if counts.elapsed_s > 0.05 else None
    words = f"in {span(counts.elapsed_s)}, {rate(speed)} a second" if speed else ""
    return Told(
        tone,
        title,
        sentences(words, visible(counts.words)),
        figures=_figures(counts),
        share=counts.sent / counts.asked if counts.asked else None,
    )


def history_of_proof(proof: Proof) -> tuple[str, str]:
    """Words and tone for a line of the history."""
    queues = proof.actual if proof.actual is not None else ()
    went = f": {', '.join(queues[:3])}{' …' if len(queues) > 3 else ''}" if queues else ""
    return f"{proof.outcome.kind}{went}", _TONES[proof.outcome.kind]


def history_of_counts(counts: StreamCounts) -> tuple[str, str]:
    """Words and tone for a line of the history."""
    others = {"returned": counts.returned, "nacked": counts.nacked, "unknown": counts.unknown}
    told = [f"{full_count(number)} {name}" for name, number in others.items() if number]
    confirmed = f"{full_count(counts.confirmed)} of {full_count(counts.asked)} confirmed"
    return ", ".join([confirmed, *told]), told_of_counts(counts).tone


def _difference(proof: Proof) -> str:
    """Why prediction and proof differ, or that there is no proof."""
    if proof.outcome.kind in ("unknown", "nacked") and proof.actual is None:
        return ""
    if proof.actual is None:
        return proof.words
    if proof.agrees is not False:
        return ""
    parts = []
    if proof.missing:
        parts.append(f"not reached: {', '.join(proof.missing)} (was a binding or a queue removed meanwhile?)")
    if proof.unexpected:
        parts.append(f"not foreseen: {', '.join(proof.unexpected)} (was a binding added meanwhile?)")
    return "; ".join(parts)


def _figures(counts: StreamCounts) -> tuple[Figure, ...]:
    numbers = {
        "Sent": (counts.sent, "plain"),
        "Confirmed": (counts.confirmed, "ok"),
        "Waiting": (counts.waiting, "plain"),
        "Returned": (counts.returned, "crit"),
        "Nacked": (counts.nacked + counts.refused, "crit"),
        "Unknown": (counts.unknown, "warn"),
    }
    return tuple(
        Figure(name, full_count(number), tone if number else "plain", _COUNT_HELP.get(name, ""))
        for name, (number, tone) in numbers.items()
    )
