"""The connections page: profiles come from a file and go there, nothing typed is lost, a broken file stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from broker_client.errors import MissingProgram
from broker_client.profile import Profile, Secrets
from broker_client.profile_store import ProfileStore
from dashboard.pages.connect import ConnectPage
from dashboard.pages.profile_shelf import Shelf
from tests.page_stage import Stage

SOON_MS = 30_000
PROD = Profile("shop-prod", "amqp://rabbit:5672/%2F", "ops", "http://rabbit:15672", environment="production")
TEST = Profile("shop-test", "amqp://test:5672/%2F", "dev", "http://test:15672", "redis://test:6379/0", "", "test")


def file_of(stage: Stage) -> Path:
    return stage.places.profiles_file


def opened(stage: Stage, qtbot: QtBot, *profiles: Profile) -> ConnectPage:
    """The page, after it has read ``profiles`` from the file."""
    store = ProfileStore(file_of(stage))
    for profile in profiles:
        store.save(profile)
    page = stage.show(ConnectPage)
    with qtbot.waitSignal(page.shelf.shelf_changed, timeout=SOON_MS):
        pass
    return page


def names(page: ConnectPage) -> list[str]:
    return [line.key for line in page.profiles.model.rows()]


def test_a_first_start_offers_two_ways_in(stage: Stage, qtbot: QtBot) -> None:
    page = opened(stage, qtbot)
    assert page.welcome.isVisible()
    with qtbot.waitSignal(page.sandbox_requested):
        page.welcome.sandbox.button.click()
    page.welcome.connect_way.button.click()
    assert page.editor.isVisible()


def test_a_missing_program_is_named_with_its_remedy(stage: Stage, qtbot: QtBot) -> None:
    page = opened(stage, qtbot)
    lacking = MissingProgram("start a sandbox", "redis-server is not installed", "Run: apt-get install redis-server")
    page.shelf.shelf_changed.emit(Shelf(lacking=(lacking,)))
    assert "apt-get install" in page.welcome.sandbox.needs
    assert not page.welcome.sandbox.button.isEnabled()


def test_saved_profiles_are_listed_and_one_stands_in_the_form(stage: Stage, qtbot: QtBot) -> None:
    page = opened(stage, qtbot, PROD, TEST)
    assert names(page) == ["shop-prod", "shop-test"]
    assert page.editor.name.text == "shop-prod"
    assert page.editor.environment.current == "production"
    page.reveal("shop-test")
    assert page.focusWidget() is page.editor.password.input
    assert page.editor.redis_url.text == "redis://test:6379/0"
    assert page.editor.environment.current == "test"


def test_a_pasted_url_is_split_and_the_management_url_derived(stage: Stage, qtbot: QtBot) -> None:
    page = opened(stage, qtbot)
    page.start_new()
    QGuiApplication.clipboard().setText("amqp://me:s3cret@rabbit:5672/shop")
    page.editor.amqp_url.input.paste()
    assert page.editor.amqp_url.text == "amqp://rabbit:5672/shop"
    assert page.editor.username.text == "me"
    assert page.editor.password.text == "s3cret"
    assert page.editor.management_url.input.placeholderText() == "http://rabbit:15672"
    assert "Derived" in page.editor.management_url.words.text()


def test_production_is_read_only_unless_a_person_says_otherwise(stage: Stage, qtbot: QtBot) -> None:
    page = opened(stage, qtbot)
    page.start_new()
    page.editor.environment.chosen.emit("production")
    assert page.editor.read_only.isChecked()
    page.editor.environment.chosen.emit("staging")
    assert not page.editor.read_only.isChecked()


def test_a_profile_is_saved_without_its_password(stage: Stage, qtbot: QtBot) -> None:
    page = opened(stage, qtbot)
    page.start_new()
    page.editor.name.set_text("mine")
    page.editor.amqp_url.set_text("amqp://me:s3cret@rabbit:5672/")
    with qtbot.waitSignal(page.shelf.profile_saved, timeout=SOON_MS):
        page.save_button.click()
    assert "s3cret" not in file_of(stage).read_text()
    (saved,) = ProfileStore(file_of(stage)).load()
    assert (saved.name, saved.username) == ("mine", "me")
    assert page.editor.password.text == "s3cret"
    assert page.editor.no_keyring.isVisible()
    with qtbot.waitSignal(page.open_requested) as asked:
        page.connect_button.click()
    assert asked.args is not None and asked.args[1] == Secrets("s3cret", "")


def test_renaming_replaces_the_profile(stage: Stage, qtbot: QtBot) -> None:
    page = opened(stage, qtbot, TEST)
    page.editor.name.set_text("renamed")
    with qtbot.waitSignal(page.shelf.profile_saved, timeout=SOON_MS):
        page.save_button.click()
    assert names(page) == ["renamed"]


@pytest.mark.parametrize("button", ["test_button", "save_button", "connect_button"])
def test_invalid_input_is_refused_in_words_at_its_field(stage: Stage, qtbot: QtBot, button: str) -> None:
    page = opened(stage, qtbot)
    page.start_new()
    page.editor.name.set_text("mine")
    page.editor.amqp_url.set_text("amqp://rabbit:99999/")
    with qtbot.assertNotEmitted(page.open_requested):
        getattr(page, button).click()
    assert "99999" in page.editor.trouble_at("amqp_url")
    assert page.editor.amqp_url.input.text() == "amqp://rabbit:99999/"
    assert not page.lights.legs
    assert not file_of(stage).exists()


def test_nothing_typed_is_lost_when_another_profile_is_looked_at(stage: Stage, qtbot: QtBot) -> None:
    page = opened(stage, qtbot, PROD, TEST)
    page.reveal("shop-test")
    page.editor.username.input.clear()
    QTest.keyClicks(page.editor.username.input, "somebody")
    qtbot.waitUntil(lambda: any(line.edited for line in page.profiles.model.rows()), timeout=SOON_MS)
    page.reveal("shop-prod")
    assert page.editor.username.text == "ops"
    page.reveal("shop-test")
    assert page.editor.username.text == "somebody"


def test_a_broken_file_is_explained_and_never_overwritten(stage: Stage, qtbot: QtBot) -> None:
    broken = '[profile.shop]\namqp_url = "amqp://rabbit:5672/\n'
    file_of(stage).write_text(broken)
    page = opened(stage, qtbot)
    assert "line 2" in page.profiles.trouble.text().lower()
    assert not page.save_button.isEnabled()
    page.editor.name.set_text("mine")
    page.editor.amqp_url.set_text("amqp://rabbit:5672/")
    page.save_profile()
    assert file_of(stage).read_text() == broken
    with qtbot.waitSignal(page.open_requested):
        page.connect_button.click()
    file_of(stage).write_text('[profile.shop]\namqp_url = "amqp://rabbit:5672/"\n')
    with qtbot.waitSignal(page.shelf.shelf_changed, timeout=SOON_MS):
        page.profiles.reload_button.click()
    assert page.profiles.trouble.isHidden()
    assert names(page)[:1] == ["shop"]
    assert page.save_button.isEnabled()


def test_deleting_asks_first_and_keeping_is_the_default(stage: Stage, qtbot: QtBot) -> None:
    page = opened(stage, qtbot, PROD, TEST)
    page.delete_button.click()
    assert "shop-prod" in page.confirm.words.text()
    assert page.step_back()
    assert names(page) == ["shop-prod", "shop-test"]
    page.delete_button.click()
    with qtbot.waitSignal(page.shelf.shelf_changed, timeout=SOON_MS):
        page.confirm.lose.click()
    assert names(page) == ["shop-test"]
    assert page.editor.name.text == "shop-test"


def test_a_duplicate_is_a_new_profile(stage: Stage, qtbot: QtBot) -> None:
    page = opened(stage, qtbot, PROD)
    page.duplicate_button.click()
    assert page.editor.name.text == "shop-prod copy"
    assert page.editor.amqp_url.text == PROD.amqp_url
    page.delete_button.click()
    assert page.editor.name.text == "shop-prod"


def test_the_environment_is_imported_and_no_password_is_shown(
    stage: Stage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "amqp://me:s3cret@rabbit:5672/shop")
    monkeypatch.setenv("CELERY_RESULT_BACKEND", "redis://:r3dis@cache:6379/1")
    page = opened(stage, qtbot)
    page.welcome.import_button.click()
    assert page.said.text() == "Found amqp://rabbit:5672/shop and redis://cache:6379/1 with passwords. Not saved yet."
    assert page.editor.password.text == "s3cret"
    assert page.editor.password.input.echoMode() == QLineEdit.EchoMode.Password
    assert page.editor.redis_password.text == "r3dis"


def test_nothing_in_the_environment_is_said(stage: Stage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CELERY_BROKER_URL", "BROKER_URL", "RABBITMQ_URL", "AMQP_URL", "CLOUDAMQP_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    page = opened(stage, qtbot)
    page.import_environment()
    assert "no service was found" in stage.notices.recent[-1].title


def test_a_password_can_be_revealed_and_hidden(stage: Stage, qtbot: QtBot) -> None:
    page = opened(stage, qtbot)
    page.start_new()
    page.editor.password.reveal.trigger()
    assert page.editor.password.input.echoMode() == QLineEdit.EchoMode.Normal
    page.editor.password.reveal.trigger()
    assert page.editor.password.input.echoMode() == QLineEdit.EchoMode.Password


def test_enter_in_a_field_connects(stage: Stage, qtbot: QtBot) -> None:
    page = opened(stage, qtbot, TEST)
    with qtbot.waitSignal(page.open_requested):
        QTest.keyClick(page.editor.amqp_url.input, Qt.Key.Key_Return)
