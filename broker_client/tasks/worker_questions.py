"""Questions to workers about their application: which tasks they know, and what beat is to send. Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable

from broker_client.profile import Profile, Secrets
from broker_client.tasks import beat_entries, registered_tasks
from broker_client.tasks.beat_entries import BeatBook, read_beat
from broker_client.tasks.registered_tasks import RegisteredTasks, read_registered
from broker_client.tasks.remote_control import RemoteControl

DEADLINE_S = 2.0


def ask_registered(profile: Profile, secrets: Secrets, expected: Iterable[str] = ()) -> RegisteredTasks:
    """The task names of every worker that answers in time; at once when all ``expected`` have. Raises BrokerError."""
    answers = RemoteControl(profile, secrets).ask(registered_tasks.QUESTION, deadline_s=DEADLINE_S, expected=expected)
    return read_registered(answers["registered"])


def ask_beat(profile: Profile, secrets: Secrets, expected: Iterable[str] = ()) -> BeatBook:
    """The beat entries of every worker that answers in time; at once when all ``expected`` have. Raises BrokerError."""
    answers = RemoteControl(profile, secrets).ask(beat_entries.QUESTION, deadline_s=DEADLINE_S, expected=expected)
    return read_beat(answers["conf"])
