"""The saved profiles and their passwords, asked for and kept off the GUI thread; and the test of one profile."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal, Slot

from broker_client.errors import BrokerError
from broker_client.lab.programs import find_rabbitmq, find_redis
from broker_client.profile import Profile, Secrets
from dashboard.actions.jobs import Err, Job, Jobs, Ok, Outcome, Pulse

if TYPE_CHECKING:
    from broker_client.legs import Leg

TEST_DEADLINE_S = 4.0


class Shelf(msgspec.Struct, frozen=True):
    """What is kept. ``broken`` says in words why the file cannot be read: then it is not written either."""

    profiles: tuple[Profile, ...] = ()
    broken: BrokerError | None = None
    keyring: bool = False
    lacking: tuple[BrokerError, ...] = ()
    """Programs of this machine without which there is no sandbox."""


class ProfileShelf(QObject):
    """Wishes in, signals out. All of them are heard on the GUI thread."""

    shelf_changed = Signal(object)
    profile_saved = Signal(object)
    failed = Signal(object)
    secrets_arrived = Signal(str, object)
    leg_arrived = Signal(object)
    test_ended = Signal(object)

    def __init__(self, file: Path, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file = file
        self._jobs = jobs
        self._test: Job | None = None
        self._legs: deque[Leg] = deque()
        self.shelf = Shelf()

    def load(self) -> None:
        """Read the profiles; :attr:`shelf_changed` tells what is there."""
        file = self._file
        self._jobs.run("Read the profiles", lambda _pulse: _read(file), self._hear_shelf)

    def save(self, profile: Profile, secrets: Secrets, *, remember: bool, instead_of: str = "") -> None:
        """Keep ``profile`` (in place of the one named ``instead_of``), its passwords in the keyring when wanted."""
        file = self._file

        def work(_pulse: Pulse) -> Shelf:
            _keep(file, profile, secrets, remember=remember, instead_of=instead_of)
            return _read(file)

        self._jobs.run("Save the profile", work, lambda outcome: self._hear_saved(profile, outcome))

    def remove(self, profile: Profile) -> None:
        file = self._file

        def work(_pulse: Pulse) -> Shelf:
            _forget(file, profile)
            return _read(file)

        self._jobs.run("Delete the profile", work, self._hear_shelf)

    def recall(self, profile: Profile) -> None:
        """Ask the keyring for the passwords; nothing is said when it has none."""
        self._jobs.run(
            "Ask the keyring",
            lambda _pulse: _remembered(profile),
            lambda outcome: self._hear_secrets(profile.name, outcome),
        )

    def test(self, profile: Profile, secrets: Secrets) -> None:
        """Try each leg; :attr:`leg_arrived` tells each as it comes. A test that still runs is given up."""
        self.stop_test()
        legs = self._legs = deque()

        def work(pulse: Pulse) -> None:
            for leg in _check(profile, secrets):
                if pulse.cancelled:
                    return
                legs.append(leg)
                pulse.say(leg.name)

        self._test = self._jobs.run(
            "Test the connection",
            work,
            lambda outcome: self._hear_end(legs, outcome),
            lambda _name: self._hear_legs(legs),
        )

    def stop_test(self) -> None:
        if self._test is not None:
            self._test.cancel()
            self._test = None
            self._legs = deque()

    @Slot(object)
    def _hear_shelf(self, outcome: Outcome) -> None:
        if isinstance(outcome, Ok):
            self.shelf = outcome.value
            self.shelf_changed.emit(self.shelf)
        else:
            self.failed.emit(outcome.error)

    def _hear_saved(self, profile: Profile, outcome: Outcome) -> None:
        self._hear_shelf(outcome)
        if isinstance(outcome, Ok):
            self.profile_saved.emit(profile)

    def _hear_secrets(self, name: str, outcome: Outcome) -> None:
        if isinstance(outcome, Err):
            self.failed.emit(outcome.error)
        elif outcome.value is not None:
            self.secrets_arrived.emit(name, outcome.value)

    def _hear_legs(self, legs: deque[Leg]) -> None:
        while legs and legs is self._legs:
            self.leg_arrived.emit(legs.popleft())

    def _hear_end(self, legs: deque[Leg], outcome: Outcome) -> None:
        if legs is self._legs:
            self._hear_legs(legs)
            self._test = None
            self.test_ended.emit(outcome.error if isinstance(outcome, Err) else None)


# ---- on the job's thread; libraries that are slow to import are imported here ---------------------------------------


def _read(file: Path) -> Shelf:
    from broker_client.profile_store import PasswordStore, ProfileStore

    keyring, lacking = PasswordStore().available(), _lacking_programs()
    try:
        return Shelf(tuple(ProfileStore(file).load()), None, keyring, lacking)
    except BrokerError as error:
        return Shelf((), error, keyring, lacking)


def _keep(file: Path, profile: Profile, secrets: Secrets, *, remember: bool, instead_of: str) -> None:
    from broker_client.profile_store import PasswordStore, ProfileStore

    store, passwords = ProfileStore(file), PasswordStore()
    store.save(profile)
    if instead_of and instead_of != profile.name:
        store.remove(instead_of)
    if not passwords.available():
        return
    if remember:
        passwords.put(profile, secrets)
    else:
        passwords.forget(profile)


def _forget(file: Path, profile: Profile) -> None:
    from broker_client.profile_store import PasswordStore, ProfileStore

    ProfileStore(file).remove(profile.name)
    passwords = PasswordStore()
    if passwords.available():
        passwords.forget(profile)


def _remembered(profile: Profile) -> Secrets | None:
    from broker_client.profile_store import PasswordStore

    passwords = PasswordStore()
    return passwords.get(profile) if passwords.available() else None


def _check(profile: Profile, secrets: Secrets) -> Iterator[Leg]:
    from broker_client.legs import check_legs

    return check_legs(profile, secrets, TEST_DEADLINE_S)


def _lacking_programs() -> tuple[BrokerError, ...]:
    lacking = []
    for find in (find_rabbitmq, find_redis):
        try:
            find()
        except BrokerError as error:
            lacking.append(error)
    return tuple(lacking)
