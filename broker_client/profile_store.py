"""Profiles in a TOML file, and their passwords in the keyring of the system, where there is one.

The file never holds a password. What a person wrote into it, comments and unknown keys too, survives a save.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from broker_client.errors import BadInput
from broker_client.profile import ENVIRONMENTS, Profile, Secrets, from_urls, redis_place

_TABLE = "profile"
_KEYRING_SERVICE = "warren"
_FIELDS: dict[str, tuple[type, str]] = {
    field.name: (field.type, "true or false" if field.type is bool else "a text in quotes")
    for field in msgspec.structs.fields(Profile)
    if field.name != "name"
}


class ProfileStore:
    """``[profile.NAME]`` tables in one file. Writing replaces the file in one step, with mode 0600."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> tuple[Profile, ...]:
        """All profiles in the order of the file; raises :class:`BadInput` naming the line or the key at fault."""
        document = self._read()
        table = document.get(_TABLE, {})
        if not isinstance(table, dict):
            raise BadInput(f"{self._path.name} is not a profile file", f"[{_TABLE}] is not a table")
        return tuple(self._profile(name, entry) for name, entry in table.items())

    def save(self, profile: Profile) -> None:
        """Write one profile, new or changed; raises :class:`BadInput` when the file cannot be read or written."""
        import tomlkit

        document = self._read()
        profiles = document.setdefault(_TABLE, tomlkit.table(is_super_table=True))
        entry = profiles.setdefault(profile.name, tomlkit.table())
        usual = Profile("")
        for key in _FIELDS:
            value = getattr(profile, key)
            if value != getattr(usual, key) or key in entry:
                entry[key] = value
        self._write(tomlkit.dumps(document))

    def remove(self, name: str) -> None:
        """Forget one profile; nothing happens when it is not there."""
        import tomlkit

        document = self._read()
        profiles = document.get(_TABLE, {})
        if name in profiles:
            del profiles[name]
            self._write(tomlkit.dumps(document))

    def _read(self) -> Any:
        """The TOML document, empty when there is no file yet."""
        import tomlkit
        from tomlkit.exceptions import ParseError, TOMLKitError

        try:
            return tomlkit.parse(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return tomlkit.document()
        except ParseError as problem:
            why = f"line {problem.line}, column {problem.col}: {_sentence(problem)}"
            raise BadInput(f"{self._path.name} has a mistake", why, f"correct {self._path}, or move it away") from None
        except (OSError, UnicodeDecodeError, TOMLKitError) as problem:
            raise BadInput(f"{self._path.name} cannot be read", str(problem), f"look at {self._path}") from None

    def _profile(self, name: str, entry: Any) -> Profile:
        title = f"the profile {name!r} in {self._path.name} cannot be used"
        if not isinstance(entry, dict):
            raise BadInput(title, "it is not a table", f"write [{_TABLE}.{name}]")
        values: dict[str, Any] = {}
        for key, (kind, words) in _FIELDS.items():
            value = entry.get(key)
            if value is None:
                continue
            plain = value.unwrap() if hasattr(value, "unwrap") else value
            if type(plain) is not kind:
                raise BadInput(title, f"{key} must be {words}, not {plain!r}", f"correct {self._path}")
            values[key] = plain
        return self._checked(Profile(name=str(name), **values), title)

    def _checked(self, profile: Profile, title: str) -> Profile:
        if profile.environment not in ENVIRONMENTS:
            raise BadInput(title, f"environment {profile.environment!r} is not one of {', '.join(ENVIRONMENTS)}")
        try:
            clean, secrets = from_urls(profile.amqp_url, profile.management_url, profile.redis_url)
            if profile.broker_redis_url:
                profile = msgspec.structs.replace(profile, broker_redis_url=redis_place(profile.broker_redis_url))
        except BadInput as problem:
            raise BadInput(title, str(problem), problem.remedy) from None
        if any("@" in url for url in (profile.amqp_url, profile.management_url, profile.redis_url)):
            # Somebody wrote a login into the file: use the address, do not carry the password around.
            del secrets
            profile = msgspec.structs.replace(
                profile, amqp_url=clean.amqp_url, management_url=clean.management_url, redis_url=clean.redis_url
            )
        return profile

    def _write(self, text: str) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # mkstemp makes the file with mode 0600.
            handle, temporary = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(text)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(temporary, self._path)
            except OSError:
                Path(temporary).unlink(missing_ok=True)
                raise
        except OSError as problem:
            raise BadInput(f"{self._path.name} cannot be written", str(problem), f"look at {self._path}") from None


class PasswordStore:
    """Passwords in the system's keyring. Without a keyring nothing is kept: ask, and hold it in memory."""

    def available(self) -> bool:
        """Whether a keyring that really keeps something is there."""
        return self._keyring() is not None

    def get(self, profile: Profile) -> Secrets | None:
        """The passwords of a profile; ``None`` when the keyring has none or cannot be asked."""
        keyring = self._keyring()
        if keyring is None:
            return None
        try:
            text = keyring.get_password(_KEYRING_SERVICE, profile.name)
        except self._errors():
            return None
        try:
            return None if text is None else msgspec.json.decode(text, type=Secrets)
        except msgspec.MsgspecError:
            return None

    def put(self, profile: Profile, secrets: Secrets) -> bool:
        """Keep the passwords; False when the keyring refused or there is none."""
        keyring = self._keyring()
        if keyring is None:
            return False
        try:
            keyring.set_password(_KEYRING_SERVICE, profile.name, msgspec.json.encode(secrets).decode())
        except self._errors():
            return False
        return True

    def forget(self, profile: Profile) -> None:
        keyring = self._keyring()
        if keyring is None:
            return
        try:
            keyring.delete_password(_KEYRING_SERVICE, profile.name)
        except self._errors():
            return

    def _keyring(self) -> Any:
        """The backend, or ``None``: not installed, or one of keyring's stand-ins that fail or forget."""
        try:
            import keyring
            from keyring.backends import fail, null
        except ImportError:
            return None
        try:
            backend = keyring.get_keyring()
        except self._errors():
            return None
        if isinstance(backend, (fail.Keyring, null.Keyring)) or backend.priority <= 0:
            return None
        return backend

    def _errors(self) -> tuple[type[Exception], ...]:
        from keyring.errors import KeyringError

        return (KeyringError, RuntimeError, OSError)


def _sentence(problem: Exception) -> str:
    return str(problem).partition(" at line")[0]
