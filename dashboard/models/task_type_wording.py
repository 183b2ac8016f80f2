"""How the tasks of one name fare, in words and tones. PURE."""

from __future__ import annotations

from broker_client.tasks.task_types import TaskTypeRow
from dashboard.look.wording import DASH, count, sentences, span

WINDOW_WORDS = {60: "1 min", 300: "5 min", 3600: "1 h"}
_FAILING_SHARE = 0.2
_FEW_FAILURES = 3
_LONG_WAIT_S = 10.0
NO_WAIT = (
    "Nobody told when these were sent: that was before Warren listened, "
    "or task_send_sent_event is off in the application that sends them."
)


def share_text(share: float | None) -> str:
    """``12 %``, ``0.4 %``; never ``0 %`` for a share that is not nothing."""
    if share is None:
        return DASH
    percent = share * 100
    return f"{percent:.0f} %" if percent >= 9.95 or percent == 0 else f"{max(percent, 0.1):.1f} %"


def fate(row: TaskTypeRow) -> tuple[str, str]:
    """The worst that can be said of a name, and its tone."""
    if row.failed >= _FEW_FAILURES and (row.failure_share or 0.0) >= _FAILING_SHARE:
        return "Failing", "crit"
    if waits_long(row):
        return "Waits long", "warn"
    if row.failed:
        return "Some fail", "warn"
    if row.retried:
        return "Retries", "warn"
    return ("Steady", "ok") if row.finished else ("Quiet", "idle")


def waits_long(row: TaskTypeRow) -> bool:
    return (row.wait[1] or 0.0) >= _LONG_WAIT_S


def fate_words(row: TaskTypeRow, window_s: int) -> str:
    """Why it is called that, with the numbers it rests on."""
    if not (row.finished or row.retried or row.revoked):
        return f"None has ended in the last {WINDOW_WORDS[window_s]}."
    ended = f"{count(row.finished)} ended in the last {WINDOW_WORDS[window_s]}"
    failed = f"{count(row.failed)} of them failed ({share_text(row.failure_share)})" if row.failed else ""
    if row.failed and row.exception:
        failed += f", the last one with {row.exception}"
    waited = f"one in twenty waited {span(row.wait[1])} or longer before it ran" if waits_long(row) else ""
    retried = f"{count(row.retried)} runs are to be tried again" if row.retried else ""
    revoked = f"{count(row.revoked)} were revoked" if row.revoked else ""
    return sentences(ended, failed, waited, retried, revoked)
