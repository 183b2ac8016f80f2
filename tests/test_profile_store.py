"""Profiles in a file that a person may edit too, and passwords that never go into it."""

from __future__ import annotations

import stat
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError, PasswordDeleteError

from broker_client.errors import BadInput
from broker_client.profile import Profile, Secrets
from broker_client.profile_store import PasswordStore, ProfileStore

SHOP = Profile(
    "shop prod",
    "amqps://mq.example:5671/%2F",
    username="ops",
    redis_url="redis://r.example:6379/0",
    environment="production",
    read_only=True,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "profiles.toml"


def test_what_is_saved_is_loaded_again(path: Path) -> None:
    store = ProfileStore(path)
    assert store.load() == ()
    store.save(SHOP)
    store.save(Profile("local", "amqp://localhost:5672/"))
    assert [profile.name for profile in store.load()] == ["shop prod", "local"]
    assert store.load()[0] == SHOP
    store.remove("shop prod")
    store.remove("never there")
    assert [profile.name for profile in store.load()] == ["local"]


def test_the_file_belongs_to_its_owner_alone_and_nothing_is_left_beside_it(path: Path) -> None:
    ProfileStore(path).save(SHOP)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["profiles.toml"]


def test_comments_and_unknown_keys_survive(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('# mine\n[profile.local]\namqp_url = "amqp://h:5672/" # here\ncolour = "red"\n[other]\nx = 1\n')
    ProfileStore(path).save(Profile("local", "amqp://h2:5672/", read_only=True))
    text = path.read_text()
    assert "# mine" in text and "# here" in text and 'colour = "red"' in text and "[other]" in text
    assert ProfileStore(path).load() == (Profile("local", "amqp://h2:5672/", read_only=True),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[profile.a]\namqp_url = "amqp://h\n', "line 2"),
        ("[profile.a\n", "line 1"),
        ('profile = "x"\n', "not a table"),
        ('[profile]\na = "x"\n', "'a'"),
        ("[profile.a]\nread_only = 1\n", "read_only must be true or false"),
        ("[profile.a]\namqp_url = 5\n", "amqp_url must be a text"),
        ('[profile.a]\nenvironment = "moon"\n', "'moon' is not one of"),
        ('[profile.a]\namqp_url = "http://h"\n', "starts with 'http'"),
    ],
)
def test_a_mistake_in_the_file_is_named(path: Path, text: str, words: str) -> None:
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(BadInput) as caught:
        ProfileStore(path).load()
    assert words in str(caught.value)


def test_bytes_that_are_no_text_are_named(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="cannot be read"):
        ProfileStore(path).load()


def test_a_login_in_the_file_is_not_carried_around(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('[profile.a]\namqp_url = "amqp://u:hunter2@h:5672/v"\n')
    (profile,) = ProfileStore(path).load()
    assert profile.amqp_url == "amqp://h:5672/v"


def test_a_folder_that_cannot_be_made_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be"):
        ProfileStore(tmp_path / "file" / "profiles.toml").save(SHOP)


class MemoryKeyring(KeyringBackend):
    priority = 1.0

    def __init__(self, broken: bool = False) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.broken = broken

    def get_password(self, service: str, username: str) -> str | None:
        if self.broken:
            raise KeyringError("locked")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.broken:
            raise KeyringError("locked")
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError("not there")
        del self.kept[service, username]


def use_keyring(monkeypatch: pytest.MonkeyPatch, backend: KeyringBackend) -> PasswordStore:
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    return PasswordStore()


def test_passwords_are_kept_in_the_keyring_and_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    store = use_keyring(monkeypatch, MemoryKeyring())
    assert store.available()
    assert store.get(SHOP) is None
    assert store.put(SHOP, Secrets("a", "b"))
    assert store.get(SHOP) == Secrets("a", "b")
    store.forget(SHOP)
    store.forget(SHOP)
    assert store.get(SHOP) is None


def test_a_locked_keyring_keeps_nothing_and_raises_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    store = use_keyring(monkeypatch, MemoryKeyring(broken=True))
    assert not store.put(SHOP, Secrets("a", "b"))
    assert store.get(SHOP) is None


def test_without_a_real_keyring_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    from keyring.backends.fail import Keyring

    store = use_keyring(monkeypatch, Keyring())  # type: ignore[no-untyped-call]
    assert not store.available()
    assert not store.put(SHOP, Secrets("a", "b"))
    assert store.get(SHOP) is None
