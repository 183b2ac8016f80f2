"""Words and tones for tasks and workers. Pure: a record in, words out."""

from __future__ import annotations

from broker_client.tasks.records import TaskRow, WorkerRow
from dashboard.look.wording import DASH, age, clock, visible

_STATE_TONES = {
    "PENDING": "idle",
    "RECEIVED": "info",
    "STARTED": "info",
    "RETRY": "warn",
    "SUCCESS": "ok",
    "FAILURE": "crit",
    "REVOKED": "idle",
    "REJECTED": "crit",
}
_WORKER_WORDS = {
    "online": ("Online", "ok", "Heartbeats arrive in time"),
    "silent": ("Silent", "warn", "Heartbeats are late: busy, paused or cut off. It may still be at work"),
    "offline": ("Offline", "idle", "It said good-bye or sent nothing for a long time"),
    "unknown": ("No answer", "idle", "Nothing was heard from it yet, which does not mean that it is gone"),
}
_STATE_CHARS = 24


def state_tone(state: str) -> str:
    """The tone of a task's state; a state of the application's own is ``accent``."""
    return _STATE_TONES.get(state, "accent")


def state_word(state: str) -> str:
    """``SUCCESS`` as ``Success``; an application's own state keeps its spelling, cut to what a pill can hold."""
    if state in _STATE_TONES:
        return state.capitalize()
    word = visible(state)
    return word if len(word) <= _STATE_CHARS else word[: _STATE_CHARS - 1] + "…"


def exception_tone(row: TaskRow) -> str:
    return "warn" if row.state == "RETRY" else "crit" if row.state in ("FAILURE", "REJECTED") else "plain"


def task_sentence(row: TaskRow) -> str:
    """The row for a screen reader: ``shop.mail, Failure, ValueError``."""
    parts = (words(row.name or row.id), state_word(row.state), visible(row.exception or ""))
    return ", ".join(part for part in parts if part)


def worker_word(worker: WorkerRow) -> str:
    return _WORKER_WORDS.get(worker.status, (worker.status.capitalize(), "", ""))[0]


def worker_tone(worker: WorkerRow) -> str:
    return _WORKER_WORDS.get(worker.status, ("", "idle", ""))[1]


def worker_meaning(worker: WorkerRow) -> str:
    """What the status says, and what it does not say."""
    return _WORKER_WORDS.get(worker.status, ("", "", ""))[2]


def words(text: str | None) -> str:
    """A broker's text made visible, or a dash."""
    return visible(text) if text else DASH


def moment(epoch: float | None) -> str:
    return DASH if epoch is None else clock(epoch)


def ago(epoch: float | None, now: float) -> str:
    """How long ago; a clock that runs a little ahead of ours is not shown as the future."""
    return DASH if epoch is None else age(max(0.0, now - epoch))


def load_text(load: tuple[float, ...] | None) -> str:
    return " ".join(f"{value:.2f}" for value in load[:3]) if load else DASH


def yes_no(value: bool | None) -> str:
    return DASH if value is None else "on" if value else "off"
