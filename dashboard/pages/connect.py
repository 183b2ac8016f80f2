"""The connections: saved profiles, the form of one, and a test of every leg. At a first start, two ways in.

Nothing typed is lost: each profile keeps its unsaved draft while another one is looked at.
"""

from __future__ import annotations

import os

import msgspec
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from broker_client.errors import BadInput, BrokerError
from broker_client.profile import Profile, Secrets, from_environment
from dashboard.dialogs.profile_draft import Draft, draft_of, profile_of
from dashboard.dialogs.profile_editor import ProfileEditor, without_passwords
from dashboard.look.wording import sentences
from dashboard.models.profile_table import ProfileLine, profile_line
from dashboard.pages.confirm_bar import ConfirmBar
from dashboard.pages.connect_desk import ConnectDesk
from dashboard.pages.context import PageContext
from dashboard.pages.first_choice import FirstChoice
from dashboard.pages.leg_lights import LegLights
from dashboard.pages.page import Page
from dashboard.pages.profile_list import ProfileList
from dashboard.pages.profile_shelf import ProfileShelf, Shelf
from dashboard.widgets.button import Button
from dashboard.widgets.card import Card
from dashboard.widgets.empty_state import EmptyState
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.scrolled import Scrolled

_NOTHING_YET, _WELCOME, _DESK = range(3)
_NEW = ""
"""The key of a profile that was never saved."""
_EMPTY = Draft(password="guest")
"""RabbitMQ's own account on a fresh installation."""


class ConnectPage(Page):
    """``open_requested`` carries a :class:`Profile` and its :class:`Secrets`."""

    open_requested = Signal(object, object)
    sandbox_requested = Signal()

    page_id = "connect"
    title = "Connections"
    icon_name = "plug"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._key = _NEW
        self._drafts: dict[str, Draft] = {}
        self._known: dict[str, Secrets] = {}
        self._wanted: str | None = None
        self.shelf = ProfileShelf(context.places.profiles_file, context.jobs, self)
        self._build()
        self._listen()

    # ---- building ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.welcome = FirstChoice()
        self.stack = QStackedWidget()
        self.stack.addWidget(EmptyState("Reading the profiles …"))
        self.stack.addWidget(self.welcome)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.addWidget(self.stack)

    def _show_desk(self) -> None:
        """Bring list, form and test on screen; they are made when they are first wanted, to keep each step short."""
        if self.stack.count() == _DESK:
            self._make_desk()
        self.stack.setCurrentIndex(_DESK)

    def _make_desk(self) -> None:
        self.profiles = ProfileList()
        self.editor = ProfileEditor()
        self.lights = LegLights()
        self.confirm = ConfirmBar()
        self.said = PlainLabel("", "small", "quiet", wrap=True, selectable=True)
        self.stack.addWidget(ConnectDesk(self.profiles, self._editor_card(), self._test_card()))
        self._connect_desk()

    def _editor_card(self) -> Card:
        self.editor_card = Card("New profile")
        self.duplicate_button = Button("Duplicate", "copy")
        self.delete_button = Button("Delete", "trash")
        self.test_button = Button("Test", "check", help="Try every step of the way; nothing is changed anywhere")
        self.save_button = Button("Save")
        self.connect_button = Button("Connect", kind="primary")
        self.editor_card.header.addWidget(self.duplicate_button)
        self.editor_card.header.addWidget(self.delete_button)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.test_button)
        foot.addStretch(1)
        foot.addWidget(self.save_button)
        foot.addWidget(self.connect_button)
        self.editor_card.body.addWidget(self.confirm)
        self.editor_card.body.addWidget(self.said)
        self.editor_card.body.addWidget(self.editor, 1)
        self.editor_card.body.addLayout(foot)
        self.said.hide()
        return self.editor_card

    def _test_card(self) -> Card:
        card = Card("Test")
        area = Scrolled("Steps of the test")
        card.body.addWidget(area, 1)
        area.column.addWidget(self.lights)
        return card

    def _listen(self) -> None:
        self.shelf.shelf_changed.connect(self._show_shelf)
        self.shelf.profile_saved.connect(self._hear_saved)
        self.shelf.failed.connect(self._hear_failure)
        self.shelf.secrets_arrived.connect(self._hear_secrets)
        self.shelf.test_ended.connect(self._hear_test_end)
        self._context.store.session_changed.connect(self._show_session)
        self.welcome.sandbox_requested.connect(self.sandbox_requested)
        self.welcome.connect_requested.connect(self.start_new)
        self.welcome.import_requested.connect(self.import_environment)

    def _connect_desk(self) -> None:
        self.shelf.leg_arrived.connect(self.lights.show_leg)
        self.profiles.profile_chosen.connect(self._choose)
        self.profiles.profile_activated.connect(lambda _key: self.open_profile())
        self.profiles.new_requested.connect(self.start_new)
        self.profiles.import_requested.connect(self.import_environment)
        self.profiles.sandbox_requested.connect(self.sandbox_requested)
        self.profiles.reload_requested.connect(self.shelf.load)
        self.editor.changed.connect(self._edited)
        self.editor.submitted.connect(self.open_profile)
        self.test_button.clicked.connect(self.test_profile)
        self.save_button.clicked.connect(self.save_profile)
        self.connect_button.clicked.connect(self.open_profile)
        self.duplicate_button.clicked.connect(self.duplicate_profile)
        self.delete_button.clicked.connect(self._ask_before_deleting)
        self.confirm.confirmed.connect(self._delete_profile)

    # ---- the page's life -----------------------------------------------------------------------------------------

    def activate(self) -> None:
        self._show_session()
        self.shelf.load()

    def deactivate(self) -> None:
        self.shelf.stop_test()

    def reveal(self, subject: object) -> None:
        """Choose a profile by its name; where its password is not known, the keyboard waits for it."""
        if isinstance(subject, str):
            self._wanted = subject
            if self.stack.currentIndex() != _NOTHING_YET:
                self._show_shelf(self.shelf.shelf)

    def focus_filter(self) -> None:
        if self.stack.currentIndex() == _DESK:
            self.editor.name.input.setFocus()

    def step_back(self) -> bool:
        if self.stack.currentIndex() == _DESK and self.confirm.isVisible():
            self.confirm.hide()
            return True
        return False

    def _show_session(self) -> None:
        session = self._context.store.state.session
        self.welcome.show_open(session.profile, session.sandbox)

    # ---- what can be done ----------------------------------------------------------------------------------------

    def start_new(self, draft: Draft = _EMPTY) -> None:
        """A profile to fill in; one that was begun before is continued."""
        if draft != _EMPTY or _NEW not in self._drafts:
            self._drafts[_NEW] = draft
        self._show_desk()
        self.editor.set_keyring(self.shelf.shelf.keyring)
        self._list_profiles()
        self._open(_NEW)
        self.profiles.choose(_NEW)
        self.editor.name.input.setFocus()

    def import_environment(self) -> None:
        """Fill the form from variables such as ``CELERY_BROKER_URL``."""
        try:
            profile, secrets = from_environment(os.environ)
        except BadInput as error:
            self._context.notices.say_error(error)
            return
        self.start_new(draft_of(profile, secrets))
        found = " and ".join(url for url in (profile.amqp_url, profile.redis_url) if url)
        passwords = " with passwords" if secrets.rabbitmq or secrets.redis else ""
        self._say(f"Found {found}{passwords}. Not saved yet.", "ok")

    def duplicate_profile(self) -> None:
        """A new profile with the same fields."""
        draft = self.editor.draft
        self.start_new(msgspec.structs.replace(draft, name=f"{draft.name} copy" if draft.name else ""))

    def test_profile(self) -> None:
        """Light one leg after the other."""
        checked = self._checked()
        if checked is not None:
            self.lights.start_over("Testing …")
            self.test_button.setEnabled(False)
            self.shelf.test(*checked)

    def save_profile(self) -> None:
        """Write the profile; never over a file that cannot be read."""
        checked = self._checked()
        if checked is not None and self.shelf.shelf.broken is None:
            profile, secrets = checked
            self._known[profile.name] = secrets
            self.shelf.save(profile, secrets, remember=self.editor.remember.isChecked(), instead_of=self._key)

    def open_profile(self) -> None:
        """Watch these brokers; a changed profile need not be saved for that."""
        checked = self._checked()
        if checked is not None:
            self._known[checked[0].name] = checked[1]
            self.open_requested.emit(*checked)

    def _checked(self) -> tuple[Profile, Secrets] | None:
        if not self.editor.check():
            return None
        try:
            return profile_of(self.editor.draft)
        except BadInput as error:
            self._hear_failure(error)
            return None

    def _ask_before_deleting(self) -> None:
        if self._key == _NEW:
            self._drafts.pop(_NEW, None)
            self._list_profiles()
            self._key = next(iter(self._saved()), _NEW)
            self._open(self._key)
            self._show_shelf(self.shelf.shelf)
        else:
            words = f"Delete the profile “{self._key}” and its remembered passwords? The brokers are not touched."
            self.confirm.ask(words, "Delete profile")

    def _delete_profile(self) -> None:
        profile = self._saved().get(self._key)
        if profile is not None:
            self._drafts.pop(self._key, None)
            self._known.pop(self._key, None)
            self.shelf.remove(profile)

    # ---- what is heard -------------------------------------------------------------------------------------------

    def _show_shelf(self, shelf: Shelf) -> None:
        self.welcome.show_lacking(shelf.lacking)
        if not shelf.profiles and shelf.broken is None and _NEW not in self._drafts:
            self.stack.setCurrentIndex(_WELCOME)
            return
        self._show_desk()
        self.editor.set_keyring(shelf.keyring)
        self.profiles.sandbox_button.setEnabled(not shelf.lacking)
        self.profiles.show_trouble(shelf.broken)
        self.save_button.setEnabled(shelf.broken is None)
        self._list_profiles()
        self._choose_one()

    def _choose_one(self) -> None:
        """Stay with the profile in the form, unless another is wanted or it is gone."""
        saved, asked_for = self._saved(), self._wanted
        gone = self._key not in saved and not (self._key == _NEW and _NEW in self._drafts)
        if self._wanted in saved or gone:
            wanted = self._wanted or self._context.store.state.session.profile
            self._key = wanted if wanted in saved else next(iter(saved), _NEW)
            self._wanted = None
        if self.profiles.table.current_key() != self._key:
            self._open(self._key)
            self.profiles.choose(self._key)
        if asked_for == self._key and not self.editor.password.text:
            self.editor.password.input.setFocus()

    def _hear_saved(self, profile: Profile) -> None:
        self._drafts.pop(self._key, None)
        self._key = profile.name
        self._list_profiles()
        self._open(profile.name)
        self.profiles.choose(profile.name)
        self._say(f"“{profile.name}” is saved.", "ok")

    def _hear_failure(self, error: BrokerError) -> None:
        self._say(sentences(error.what, error.why, error.remedy), "crit")

    def _hear_secrets(self, name: str, secrets: Secrets) -> None:
        self._known.setdefault(name, secrets)
        if name == self._key:
            self.editor.show_secrets(secrets.rabbitmq, secrets.redis)
            self.editor.remember.setChecked(True)

    def _hear_test_end(self, error: BrokerError | None) -> None:
        self.test_button.setEnabled(True)
        self.lights.show_end(str(error) if error else "")

    # ---- which profile is in the form ----------------------------------------------------------------------------

    def _choose(self, key: str) -> None:
        if key != self._key:
            self._open(key)

    def _open(self, key: str) -> None:
        """Put the profile ``key`` into the form, with what was typed there before."""
        self._key = key
        profile = self._saved().get(key)
        secrets = self._known.get(key, Secrets())
        draft = self._drafts.get(key) or (draft_of(profile, secrets) if profile else _EMPTY)
        self.confirm.hide()
        self.said.hide()
        self.shelf.stop_test()
        self.test_button.setEnabled(True)
        self.lights.start_over()
        self.editor.remember.setChecked(False)
        self.editor.show_draft(draft, tuple(name for name in self._saved() if name != key))
        self.editor_card.set_title(key or "New profile")
        self.duplicate_button.setEnabled(key != _NEW)
        self.delete_button.set_text("Delete" if key else "Discard")
        if profile is not None and key not in self._known:
            self.shelf.recall(profile)

    def _edited(self) -> None:
        """Keep what was typed, after the form has settled."""
        QTimer.singleShot(0, self, self._keep_draft)

    def _keep_draft(self) -> None:
        draft, saved = self.editor.draft, self._saved().get(self._key)
        if saved is not None and without_passwords(draft) == draft_of(saved, Secrets()):
            self._drafts.pop(self._key, None)
            self._known[self._key] = Secrets(draft.password, draft.redis_password)
        else:
            self._drafts[self._key] = draft
        self._list_profiles()

    def _list_profiles(self) -> None:
        lines = [profile_line(profile, name in self._drafts) for name, profile in self._saved().items()]
        if _NEW in self._drafts:
            new = self._drafts[_NEW]
            lines.append(ProfileLine(_NEW, new.name, new.environment, new.amqp_url, True))
        self.profiles.show_lines(lines)

    def _saved(self) -> dict[str, Profile]:
        return {profile.name: profile for profile in self.shelf.shelf.profiles}

    def _say(self, words: str, tone: str) -> None:
        self.said.setText(words)
        self.said.set_tone(tone)
        self.said.show()
