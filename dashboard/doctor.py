"""``--doctor``: is this machine fit, and does each leg of the profile answer? One line each, with the remedy."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import NamedTuple

from broker_client.errors import BrokerError, NotFound
from broker_client.profile import Profile, Secrets, from_urls
from dashboard.display import Display
from dashboard.options import Options

_MARKS = {"ok": "ok  ", "warn": "warn", "crit": "BAD ", "off": "off "}


class Check(NamedTuple):
    """``state``: ``ok``, ``warn`` (works, but something is missing), ``crit`` (broken) or ``off`` (not asked for)."""

    name: str
    state: str
    words: str
    remedy: str = ""


def examine(options: Options, display: Display) -> int:
    """Print every check as it is made; 0 when nothing is critical, else 1."""
    worst = 0
    for check in (*_machine(display), *_profile(options)):
        remedy = f"  → {check.remedy}" if check.remedy else ""
        print(f"{_MARKS[check.state]}  {check.name:<12} {check.words}{remedy}", flush=True)
        worst |= check.state == "crit"
    return worst


def python_and_qt(python: tuple[int, ...], qt: tuple[int, ...]) -> tuple[Check, Check]:
    """Whether this pair works: PySide6 6.12.0 loses references to True and None on Python below 3.12 and aborts."""
    words = ".".join(map(str, python[:3]))
    interpreter = (
        Check("Python", "ok", words)
        if python >= (3, 11)
        else Check("Python", "crit", words, "Python 3.11 or newer is needed.")
    )
    words = ".".join(map(str, qt[:3]))
    if qt[:3] == (6, 12, 0) and python < (3, 12):
        return interpreter, Check(
            "PySide6", "crit", f"{words} aborts on this Python", "Install PySide6-Essentials<6.12."
        )
    if qt < (6, 8):
        return interpreter, Check("PySide6", "crit", words, "Install PySide6-Essentials 6.8 or newer.")
    return interpreter, Check("PySide6", "ok", words)


def _machine(display: Display) -> Iterator[Check]:
    from PySide6 import __version_info__ as qt

    yield from python_and_qt(sys.version_info[:3], tuple(int(part) for part in qt[:3]))
    yield _fonts()
    yield Check("display", "ok" if display.usable else "warn", display.words, display.remedy)
    yield from _programs()
    yield _keyring()


def _fonts() -> Check:
    from dashboard.look.bundle import resource

    files = [file for file in resource("fonts").iterdir() if file.suffix in (".otf", ".ttf")]
    if len(files) >= 3:
        return Check("fonts", "ok", f"{len(files)} bundled")
    return Check("fonts", "crit", "the bundled fonts are missing", "Install the package again.")


def _programs() -> Iterator[Check]:
    programs = import_module("broker_client.lab.programs")
    for name, find in (("RabbitMQ", programs.find_rabbitmq), ("Redis", programs.find_redis)):
        try:
            yield Check(name, "ok", str(find()))
        except BrokerError as error:
            yield Check(name, "warn", f"{error.why or error.what} (needed for a sandbox only)", error.remedy)


def _keyring() -> Check:
    from broker_client.profile_store import PasswordStore

    if PasswordStore().available():
        return Check("keyring", "ok", "passwords can be kept")
    return Check("keyring", "warn", "none: passwords are asked for and kept in memory", 'Install "warren[keyring]".')


def _profile(options: Options) -> Iterator[Check]:
    try:
        found = _asked_profile(options)
    except BrokerError as error:
        yield Check("profile", "crit", str(error), error.remedy)
        return
    if found is None:
        yield Check("profile", "off", "none given", "Add --profile NAME or --amqp URL to check the services.")
        return
    from broker_client.legs import check_legs

    profile, secrets = found
    for leg in check_legs(profile, secrets):
        yield Check(leg.name, leg.state, leg.words, leg.remedy)


def _asked_profile(options: Options) -> tuple[Profile, Secrets] | None:
    from broker_client.profile_store import PasswordStore, ProfileStore
    from dashboard.places import Places

    if options.names_brokers:
        return from_urls(options.amqp, options.management, options.redis)
    if not options.profile:
        return None
    for profile in ProfileStore(Places.of_user().profiles_file).load():
        if profile.name == options.profile:
            passwords = PasswordStore()
            return profile, (passwords.get(profile) if passwords.available() else None) or Secrets()
    raise NotFound(f"open the profile “{options.profile}”", "there is no profile of that name")
