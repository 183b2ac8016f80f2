"""What became of a remote control command, in words, and the small table that says it worker by worker."""

from __future__ import annotations

from broker_client.tasks.control_effect import ANSWERED, DONE, REFUSED, SILENT, Outcome, Report
from dashboard.look.wording import full_count, sentences, span, visible
from dashboard.models.keyed_table import Column, KeyedTable

_VERDICTS = {
    DONE: ("Done", "ok", "It answered, and a second look has seen the effect"),
    ANSWERED: ("Not seen", "warn", "It answered, but the effect was not seen (yet)"),
    REFUSED: ("Refused", "crit", "It said no, and why"),
    SILENT: ("No answer", "idle", "It may be busy: this does not mean that it is dead"),
}
_WORST_FIRST = (REFUSED, ANSWERED, SILENT, DONE)
NOBODY = "No worker answered, and none was known: nothing says that it was received"


def verdict_word(outcome: Outcome) -> str:
    return _VERDICTS[outcome.verdict][0]


def verdict_tone(outcome: Outcome) -> str:
    return _VERDICTS[outcome.verdict][1]


def outcome_table(title: str = "Worker") -> KeyedTable:
    """An empty model of :class:`Outcome` rows by worker (or, of an abort, by task)."""
    return KeyedTable(_columns(title), lambda outcome: outcome.worker)


def report_words(report: Report, noun: str = "worker") -> tuple[str, str]:
    """``Done at 3 of 4 workers. 1 gave no answer.`` and its tone."""
    if report.nobody:
        return sentences(NOBODY), "warn"
    total, done = len(report.outcomes), report.count(DONE)
    refused, unseen, silent = report.count(REFUSED), report.count(ANSWERED), report.count(SILENT)
    places = f"{full_count(total)} {noun}s" if total > 1 else f"the {noun}"
    words = sentences(
        f"Done at {places if done == total else f'{full_count(done)} of {places}'}" if done else "",
        f"{full_count(refused)} refused" if refused else "",
        f"{full_count(unseen)} answered, but the effect was not seen" if unseen else "",
        f"{full_count(silent)} gave no answer, which does not mean dead" if silent else "",
    )
    return words, "crit" if refused and not done else "ok" if done == total else "warn"


def _columns(title: str) -> tuple[Column, ...]:
    return (
        Column(
            "verdict",
            "Outcome",
            "pill",
            text=verdict_word,
            value=lambda outcome: _WORST_FIRST.index(outcome.verdict),
            tone=verdict_tone,
            tip=lambda outcome: _VERDICTS[outcome.verdict][2],
            width_hint=104,
        ),
        Column(
            "worker",
            title,
            "strong",
            text=lambda outcome: visible(outcome.worker),
            value=lambda outcome: outcome.worker,
            width_hint=170,
        ),
        Column(
            "words",
            "What it said, and what was seen",
            "text",
            text=lambda outcome: visible(outcome.words),
            value=lambda outcome: outcome.words,
            tip=lambda outcome: outcome.words,
            width_hint=240,
            stretch=True,
        ),
        Column(
            "took",
            "After",
            "number",
            text=lambda outcome: span(outcome.took_s),
            value=lambda outcome: outcome.took_s,
            width_hint=76,
            help="From sending until this was known",
        ),
    )
