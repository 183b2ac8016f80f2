"""A closer look at workers that took a command whose effect was not seen: can it be seen, do they still answer at all?

Qt-free. Runs on a job's thread after the command was sent, so it raises nothing: what is known already is not lost.
"""

from __future__ import annotations

import msgspec

from broker_client.errors import BrokerError
from broker_client.tasks.control_effect import ANSWERED, Outcome, Report
from dashboard.actions.controlling import Controlling, ask_workers
from dashboard.actions.orders import Clients

STOPPED = "it has stopped answering since: see its log"
_DEADLINE_S = 3.0


def look_closer(report: Report, wish: Controlling, clients: Clients) -> Report:
    """``report`` with what is known now of the workers where the effect was not seen."""
    unseen = {outcome.worker for outcome in report.outcomes if outcome.verdict == ANSWERED}
    asked = tuple(worker for worker in wish.workers if worker in unseen)
    if not asked or wish.command.gives_up_mailbox:
        return report
    try:
        answers = ask_workers({"stats": {}}, asked, clients, _DEADLINE_S)["stats"]
    except BrokerError:
        return report
    why = {worker: wish.command.why_unseen(answers[worker]) if worker in answers else STOPPED for worker in asked}
    outcomes = tuple(_explained(one, why.get(one.worker, "")) for one in report.outcomes)
    return msgspec.structs.replace(report, outcomes=outcomes)


def stopped_answering(report: Report) -> int:
    """How many took the command and answer no more."""
    return sum(outcome.words == STOPPED for outcome in report.outcomes)


def _explained(outcome: Outcome, why: str) -> Outcome:
    return msgspec.structs.replace(outcome, words=why) if why else outcome
