"""The figures of one queue and the line of facts under its name. Pure: a row in, words out; unknown is a dash."""

from __future__ import annotations

from broker_client.insight.queue_rows import QueueRow
from broker_client.rabbit.entities import Queue, QueueKey
from dashboard.look import wording
from dashboard.models import queue_wording
from dashboard.pages.figure_grid import Figure


def queue_figures(row: QueueRow) -> tuple[Figure, ...]:
    """What the panel of a queue shows above its charts, the most asked first."""
    queue, rates = row.queue, row.queue.rates
    return (
        _count("Ready", queue.ready, "Messages that wait for a consumer.", queue_wording.ready_tone(row)),
        _count("Unacked", queue.unacked, "Delivered and not yet acknowledged."),
        _count("Consumers", queue.consumers, "Who consumes.", queue_wording.consumers_tone(row)),
        Figure("Drains in", queue_wording.drain_text(row), queue_wording.drain_tone(row), "If rates stay as they are."),
        _rate("In /s", rates.publish, "Messages a second that come in."),
        _rate("Out /s", rates.deliver_get, "Deliveries and gets a second."),
        _rate("Ack /s", rates.ack, "Acknowledgements a second."),
        _rate("Redelivered /s", rates.redeliver, "Messages a second delivered once more."),
        Figure("Capacity", queue_wording.capacity_text(row), help_text="Share of the time in which it could deliver."),
        _size("Bodies", queue.total_bytes, "Size of all message bodies."),
        _size("Memory", queue.memory_bytes, "Memory of the queue's process."),
        _count("Persistent", queue.persistent, "Messages that survive a restart of the broker."),
    )


def identity_words(key: QueueKey, queue: Queue | None) -> str:
    """``classic · durable · virtual host / · rabbit@host · idle since 09:12:00``: what is known, nothing else."""
    place = f"virtual host {wording.visible(key.vhost)}"
    if queue is None:
        return place
    parts = [queue.type, *_life_words(queue), place, queue.leader or queue.node or ""]
    if len(queue.members) > 1:
        parts.append(f"{len(queue.online)} of {len(queue.members)} members online")
    if queue.idle_since is not None:
        parts.append(f"idle since {wording.clock(queue.idle_since)}")
    return " · ".join(wording.visible(part) for part in parts if part)


def _life_words(queue: Queue) -> tuple[str, ...]:
    flags = ((queue.durable, "durable"), (queue.auto_delete, "auto-delete"), (queue.exclusive, "exclusive"))
    return tuple(word for is_set, word in flags if is_set)


def _count(name: str, value: int | None, help_text: str, tone: str | None = None) -> Figure:
    return Figure(name, wording.count(value), tone or queue_wording.zero_tone(value), help_text)


def _rate(name: str, value: float | None, help_text: str) -> Figure:
    return Figure(name, wording.rate(value), queue_wording.zero_tone(value), help_text)


def _size(name: str, value: int | None, help_text: str) -> Figure:
    return Figure(name, wording.size(value), queue_wording.zero_tone(value), help_text)
