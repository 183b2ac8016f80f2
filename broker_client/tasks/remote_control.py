"""Sends one remote control command to workers, tells of each reply as it comes, and looks again whether it took effect.

"No answer" is not "dead": a worker may be busy. "ok" is not "done": done is what a second look has seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any

from broker_client.profile import Profile, Secrets
from broker_client.tasks.asking import Mailbox
from broker_client.tasks.control_effect import (
    ANSWERED,
    DONE,
    REFUSED,
    SILENT,
    Control,
    Looks,
    Outcome,
    Report,
    refusal_of,
    reply_words,
)
from broker_client.tasks.mailbox import open_mailbox
from broker_client.tasks.pidbox import Answers, OnReply, Questions
from broker_client.tasks.plain_text import cut, printable

DEADLINE_S = 2.0
_LOOK_AGAIN_S, _LOOK_AGAIN_MOST_S = 0.1, 0.8
_NO_ANSWER = "no answer within {:g} s, which does not mean that it is dead: a busy worker answers later"
_NOT_SEEN = "it said “{}”, but a second look within {:g} s did not show it"
_STILL_THERE = "it still listens after {:g} s"
_ENDED = "it listens no more; what it still runs ends first"

OnOutcome = Callable[[Outcome], None]


class RemoteControl:
    """Opens a connection for each call, on the thread that calls; every call raises BrokerError."""

    def __init__(self, profile: Profile, secrets: Secrets) -> None:
        self._profile = profile
        self._secrets = secrets

    def send(
        self,
        command: Control,
        workers: Sequence[str] = (),
        deadline_s: float = DEADLINE_S,
        on_reply: OnOutcome | None = None,
        *,
        expected: Iterable[str] = (),
        look_s: float | None = None,
    ) -> Report:
        """Send ``command`` to ``workers`` (none = all there are, of which ``expected`` should answer).

        ``on_reply`` hears of each worker at its reply and once more when the second look has seen the effect (or has
        not within ``look_s``; ``None`` = as long as this command may take). Workers that said nothing are ``silent``.
        """
        look_s = command.takes_s if look_s is None else look_s
        arguments = command.arguments()
        names = frozenset(workers) or frozenset(expected)
        with closing(open_mailbox(self._profile, self._secrets, "warren control")) as mailbox:
            errand = _Errand(command, mailbox, tuple(workers), on_reply)
            if command.gives_up_mailbox:
                return errand.shut_down(arguments, names, look_s)
            if command.compares:
                errand.look_before(names, deadline_s)
            errand.send(arguments, names, deadline_s)
            errand.look_until_seen(look_s)
            return errand.report(names, deadline_s)

    def ask(
        self,
        questions: Questions,
        workers: Sequence[str] = (),
        deadline_s: float = DEADLINE_S,
        on_reply: OnReply | None = None,
        *,
        expected: Iterable[str] = (),
    ) -> Answers:
        """Ask without changing anything: ``{"conf": {}, "registered": {}}`` gives method to worker to its raw answer.

        Returns as soon as all of ``workers`` (or of ``expected``) have answered everything.
        """
        names = frozenset(workers) or frozenset(expected)
        with closing(open_mailbox(self._profile, self._secrets, "warren question")) as mailbox:
            return mailbox.ask(questions, names, deadline_s, workers, on_reply)


class _Errand:
    """One command under way."""

    def __init__(self, command: Control, mailbox: Mailbox, workers: Sequence[str], on_reply: OnOutcome | None) -> None:
        self._command = command
        self._mailbox = mailbox
        self._workers = workers
        self._tell = on_reply or (lambda _outcome: None)
        self._before: Mapping[str, Looks] = {}
        self._replies: dict[str, Any] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._began = time.monotonic()

    def look_before(self, names: frozenset[str], deadline_s: float) -> None:
        self._before = _by_worker(self._mailbox.ask(self._command.look(), names, deadline_s, self._workers))

    def send(self, arguments: Mapping[str, Any], names: frozenset[str], deadline_s: float) -> None:
        self._began = time.monotonic()
        method = self._command.method
        self._mailbox.ask({method: arguments}, names, deadline_s, self._workers, self._on_reply)

    def look_until_seen(self, look_s: float) -> None:
        """Ask those that said yes, again and again, until the effect is seen at each."""
        end = time.monotonic() + look_s
        questions, pause_s = self._command.look(), _LOOK_AGAIN_S
        while questions and (unseen := self._unseen()) and (left_s := end - time.monotonic()) > 0:
            answers = self._mailbox.ask(questions, frozenset(unseen), left_s, unseen)
            after = _by_worker(answers)
            for worker in unseen:
                self._judge(worker, after.get(worker, {}))
            if self._unseen():
                self._mailbox.keep_alive(min(pause_s, max(0.0, end - time.monotonic())))
                pause_s = min(2 * pause_s, _LOOK_AGAIN_MOST_S)
        for worker in self._unseen():
            words = _NOT_SEEN.format(reply_words(self._replies[worker]), look_s)
            self._set(worker, ANSWERED, words)

    def shut_down(self, arguments: Mapping[str, Any], names: frozenset[str], look_s: float) -> Report:
        """There is no reply to wait for: it is done when the worker has given up its mailbox."""
        there = {name for name in names if self._mailbox.listens(name)}
        for name in sorted(names - there):
            self._set(name, SILENT, "it did not listen before this was sent")
        if there:
            self._mailbox.ask({self._command.method: arguments}, frozenset(), 0.0, sorted(there))
        end = time.monotonic() + look_s
        while there and time.monotonic() < end:
            self._mailbox.keep_alive(_LOOK_AGAIN_S)
            for name in sorted(there):
                if not self._mailbox.listens(name):
                    there.discard(name)
                    self._set(name, DONE, _ENDED)
        for name in sorted(there):
            self._set(name, ANSWERED, _STILL_THERE.format(look_s))
        return self._told()

    def report(self, names: frozenset[str], deadline_s: float) -> Report:
        for worker in sorted(names - self._outcomes.keys()):
            self._set(worker, SILENT, _NO_ANSWER.format(deadline_s))
        return self._told()

    def _told(self) -> Report:
        return Report(self._command.method, tuple(outcome for _name, outcome in sorted(self._outcomes.items())))

    def _unseen(self) -> tuple[str, ...]:
        return tuple(name for name, outcome in self._outcomes.items() if outcome.verdict == ANSWERED)

    def _on_reply(self, _method: str, worker: str, reply: Any) -> None:
        self._replies[worker] = reply
        refusal = refusal_of(reply)
        if refusal is not None:
            self._set(worker, REFUSED, refusal)
        elif not self._command.look():
            self._set(worker, DONE, reply_words(reply))
        else:
            self._set(worker, ANSWERED, reply_words(reply))

    def _judge(self, worker: str, after: Looks) -> None:
        seen = self._command.seen(self._replies[worker], self._before.get(worker, {}), after)
        if seen:
            self._set(worker, DONE, seen)

    def _set(self, worker: str, verdict: str, words: str) -> None:
        took_s = None if verdict == SILENT else time.monotonic() - self._began
        self._outcomes[worker] = Outcome(cut(printable(worker), 255), verdict, words, took_s)
        self._tell(self._outcomes[worker])


def _by_worker(answers: Answers) -> dict[str, dict[str, Any]]:
    """Worker to method to answer."""
    turned: dict[str, dict[str, Any]] = {}
    for method, by_worker in answers.items():
        for worker, answer in by_worker.items():
            turned.setdefault(worker, {})[method] = answer
    return turned
