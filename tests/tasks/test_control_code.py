"""Commands as code, as words, and as forms: what is shown is what would be sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from broker_client.errors import BadInput
from broker_client.tasks.control_code import control_code
from broker_client.tasks.control_effect import Control, Outcome, Report, plain_error
from broker_client.tasks.task_controls import RateLimit, Revoke, Terminate, TimeLimit
from broker_client.tasks.worker_controls import AddConsumer, Autoscale, EnableEvents, Ping, PoolGrow
from dashboard.dialogs.control_choices import choices
from dashboard.models.control_wording import report_words

CELERY = "celery -A YOUR_APP control"


@pytest.mark.parametrize(
    ("command", "workers", "code"),
    [
        (PoolGrow(2), ["w1@h", "w2@h"], f"{CELERY} --destination w1@h,w2@h pool_grow 2"),
        (Terminate(("a", "b"), "SIGKILL"), [], f"{CELERY} terminate SIGKILL a b"),
        (RateLimit("shop.pay", "5/m"), [], f"{CELERY} rate_limit shop.pay 5/m"),
        (TimeLimit("shop.pay", 5.0, 9.5), [], f"{CELERY} time_limit shop.pay 5 9.5"),
        (Autoscale(8, 2), [], f"{CELERY} autoscale 8 2"),
        (AddConsumer("a queue"), [], f"{CELERY} add_consumer 'a queue'"),
        (EnableEvents(), ["w 1@h"], f"{CELERY} --destination 'w 1@h' enable_events"),
        (RateLimit("", "5/m"), [], ""),
    ],
)
def test_a_command_is_told_as_celerys_own_command_line(command: Control, workers: list[str], code: str) -> None:
    assert control_code(command, workers, "celery") == code


def test_a_ping_is_a_question_on_celerys_command_line() -> None:
    assert control_code(Ping(), ["w1@h"], "celery") == "celery -A YOUR_APP inspect --destination w1@h ping"


def test_a_hard_limit_alone_is_told_as_python_because_the_command_line_would_make_it_the_soft_one() -> None:
    told = control_code(TimeLimit("shop.pay", None, 9.0), ["w1@h"], "celery")
    note, _, code = told.partition("\n")
    assert note.startswith("# Python") and code == control_code(TimeLimit("shop.pay", None, 9.0), ["w1@h"], "Python")
    assert '"soft": None' in code and '"hard": 9.0' in code


@pytest.mark.parametrize("make", [Revoke, Terminate])
def test_a_command_line_that_cannot_hold_all_tasks_says_so(make: Callable[[tuple[str, ...]], Control]) -> None:
    ids = tuple(f"task-{number}" for number in range(1_234))
    note, _, line = control_code(make(ids), [], "celery").partition("\n")
    assert note == "# The first 50 of 1,234 tasks; the Python form holds all of them"
    assert line.startswith(CELERY) and line.endswith(" task-49")
    assert "'task-1233'" in control_code(make(ids), [], "Python")
    assert "#" not in control_code(make(ids[:50]), [], "celery")


def test_a_command_is_told_as_python() -> None:
    told = control_code(Revoke(("a",)), ["w1@h"], "Python")
    assert told.startswith('app.control.broadcast(\n    "revoke",') and 'destination=["w1@h"]' in told
    compile(told, "told", "exec")


def test_an_error_loses_its_python_clothes() -> None:
    assert plain_error("ValueError('Autoscale not enabled')") == "Autoscale not enabled"
    assert plain_error("KeyError('no_such')") == "it does not know “no_such”"
    assert plain_error("unknown task") == "unknown task"


def test_outcomes_are_summed_up_without_calling_silence_dead() -> None:
    def report(*verdicts: str) -> Report:
        return Report("x", tuple(Outcome(f"w{place}", verdict, "") for place, verdict in enumerate(verdicts)))

    assert report_words(report("done", "done")) == ("Done at 2 workers.", "ok")
    assert report_words(report("done", "silent")) == (
        "Done at 1 of 2 workers. 1 gave no answer, which does not mean dead.",
        "warn",
    )
    assert report_words(report("refused")) == ("1 refused.", "crit")
    assert report_words(report())[1] == "warn"


def test_every_form_makes_a_command_that_may_be_sent_or_says_why_not() -> None:
    full = {"by": "1", "most": "3", "least": "1", "queue": "q", "task": "t", "rate": "5/m", "soft": "", "hard": "9"}
    for choice in choices():
        assert choice.make(full).arguments() is not None
        assert choice.title and choice.verb and choice.meaning.endswith(".")
        if choice.fields:
            with pytest.raises(BadInput):
                choice.make({field.name: "\n" for field in choice.fields}).arguments()
