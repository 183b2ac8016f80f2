"""A closer look at workers that took a command whose effect was not seen: do they still answer at all?

Qt-free. Runs on a job's thread after the command was sent, so it raises nothing: what is known already is not lost.
"""

from __future__ import annotations

import msgspec

from broker_client.errors import BrokerError
from broker_client.tasks.control_effect import ANSWERED, Outcome, Report
from dashboard.actions.controlling import Controlling, ask_workers
from dashboard.actions.orders import Clients

STOPPED = "it took the command and has stopped answering since: look into its log whether it has ended"
_DEADLINE_S = 3.0


def look_closer(report: Report, wish: Controlling, clients: Clients) -> Report:
    """``report`` with what is known now of the workers where the effect was not seen."""
    unseen = {outcome.worker for outcome in report.outcomes if outcome.verdict == ANSWERED}
    asked = tuple(worker for worker in wish.workers if worker in unseen)
    if not asked or wish.command.gives_up_mailbox:
        return report
    try:
        answers = ask_workers({"ping": {}}, asked, clients, _DEADLINE_S)["ping"]
    except BrokerError:
        return report
    mute = frozenset(asked) - answers.keys()
    outcomes = tuple(_stopped(one) if one.worker in mute else one for one in report.outcomes)
    return msgspec.structs.replace(report, outcomes=outcomes)


def stopped_answering(report: Report) -> int:
    """How many took the command and answer no more."""
    return sum(outcome.words == STOPPED for outcome in report.outcomes)


def _stopped(outcome: Outcome) -> Outcome:
    return msgspec.structs.replace(outcome, words=STOPPED)
