"""The form of one profile. It refuses nothing while one types: what is wrong is said when something is to be done."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from broker_client.profile import ENVIRONMENTS
from dashboard.dialogs.form_field import FormField
from dashboard.dialogs.profile_draft import Draft, derived_url, split_url, troubles
from dashboard.look.theme import font
from dashboard.widgets.button import Button
from dashboard.widgets.card import Rule
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.segmented import Segmented

_WITH_KEYRING = "Remember the passwords in the keyring of this system"
_WITHOUT_KEYRING = "No keyring here: passwords are asked at each start and kept in memory only."
_FIELDS = ("name", "amqp_url", "username", "password", "management_url")
_REDIS_FIELDS = ("redis_url", "redis_username", "redis_password", "broker_redis_url", "ca_file")


class ProfileEditor(QWidget):
    """``draft`` is what stands in the form. :meth:`check` says what is wrong at each field."""

    changed = Signal()
    submitted = Signal()
    """Enter was pressed in a field."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._checked = False
        self._taken: Collection[str] = ()
        self._read_only_by_itself = False
        self._make_fields()
        self._arrange()
        self._connect()

    # ---- building ------------------------------------------------------------------------------------------------

    def _make_fields(self) -> None:
        self.name = FormField("Name", "shop-prod")
        self.environment = Segmented(tuple((name, name.capitalize()) for name in ENVIRONMENTS), name="Environment")
        self.read_only = QCheckBox("Read only: nothing on these brokers can be changed from here")
        self.amqp_url = FormField(
            "AMQP URL", "amqp://host:5672/vhost", "Paste a whole URL: user and password move to their own fields."
        )
        self.username = FormField("User name", "guest")
        self.password = FormField("Password", secret=True)
        self.management_url = FormField("Management URL")
        self.redis_url = FormField("Redis URL", "redis://host:6379/0", "Where Celery keeps its results. May be empty.")
        self.redis_username = FormField("Redis user name", "default")
        self.redis_password = FormField("Redis password", secret=True)
        hint = "Only when Celery's broker is another Redis, or another database of it."
        self.broker_redis_url = FormField("Celery's broker", "redis://host:6379/1", hint)
        self.ca_file = FormField("CA file", "", "For amqps://, https:// and rediss:// with a certificate of your own.")
        self.browse = Button("Choose …", help="Choose the CA file")
        self.verify_tls = QCheckBox("Verify certificates and host names")
        self.remember = QCheckBox(_WITH_KEYRING)
        self.no_keyring = PlainLabel(_WITHOUT_KEYRING, "small", wrap=True)
        for box in (self.read_only, self.verify_tls, self.remember):
            box.setFont(font("body"))
        self._fields = {name: getattr(self, name) for name in (*_FIELDS, *_REDIS_FIELDS)}

    def _arrange(self) -> None:
        content = QWidget()
        content.setProperty("kind", "scrolled")
        column = QVBoxLayout(content)
        column.setContentsMargins(2, 2, 10, 2)
        column.setSpacing(10)
        column.addWidget(self.name)
        column.addWidget(PlainLabel("Environment", "label"))
        environment = QHBoxLayout()
        environment.addWidget(self.environment)
        environment.addStretch(1)
        column.addLayout(environment)
        column.addWidget(self.read_only)
        column.addWidget(Rule())
        column.addWidget(PlainLabel("RabbitMQ", "strong"))
        column.addWidget(self.amqp_url)
        column.addLayout(_side_by_side(self.username, self.password))
        column.addWidget(self.management_url)
        column.addWidget(Rule())
        column.addWidget(PlainLabel("Redis", "strong"))
        column.addWidget(self.redis_url)
        column.addLayout(_side_by_side(self.redis_username, self.redis_password))
        column.addWidget(self.broker_redis_url)
        column.addWidget(Rule())
        column.addWidget(PlainLabel("Encryption and passwords", "strong"))
        column.addWidget(self.ca_file)
        browse = QHBoxLayout()
        browse.addWidget(self.browse)
        browse.addWidget(self.verify_tls)
        browse.addStretch(1)
        column.addLayout(browse)
        column.addWidget(self.remember)
        column.addWidget(self.no_keyring)
        column.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidget(content)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setAccessibleName("Profile")
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.area)

    def _connect(self) -> None:
        for field in self._fields.values():
            field.edited.connect(self._edited)
            field.input.returnPressed.connect(self.submitted)
        self.amqp_url.settled.connect(self._split_amqp)
        self.management_url.settled.connect(self._split_management)
        self.redis_url.settled.connect(self._split_redis)
        self.environment.chosen.connect(self._environment_chosen)
        self.read_only.clicked.connect(self._read_only_clicked)
        for box in (self.verify_tls, self.remember):
            box.clicked.connect(self._edited)
        self.browse.clicked.connect(self._choose_ca_file)

    # ---- in and out ----------------------------------------------------------------------------------------------

    @property
    def draft(self) -> Draft:
        """What stands in the form; a password inside a URL counts as typed into its own field."""
        self._split_amqp()
        self._split_management()
        self._split_redis()
        texts = {name: field.text for name, field in self._fields.items()}
        return Draft(
            **texts,
            environment=self.environment.current,
            read_only=self.read_only.isChecked(),
            verify_tls=self.verify_tls.isChecked(),
        )

    def show_draft(self, draft: Draft, taken: Collection[str] = ()) -> None:
        """Show another draft; ``taken`` are names that it may not have."""
        self._taken, self._checked, self._read_only_by_itself = taken, False, False
        for name, field in self._fields.items():
            field.set_text(getattr(draft, name))
            field.set_trouble("")
        self.environment.set_current(draft.environment)
        self.read_only.setChecked(draft.read_only)
        self.verify_tls.setChecked(draft.verify_tls)
        self._show_derived()
        self.area.verticalScrollBar().setValue(0)

    def show_secrets(self, rabbitmq: str, redis: str) -> None:
        """Fill in remembered passwords where nothing was typed."""
        for field, text in ((self.password, rabbitmq), (self.redis_password, redis)):
            if not field.text:
                field.set_text(text)

    def set_keyring(self, available: bool) -> None:
        """Offer to remember the passwords, or say that it cannot be done."""
        self.remember.setVisible(available)
        self.no_keyring.setVisible(not available)

    def check(self) -> bool:
        """Whether the draft can be used; if not, say why at the fields and put the keyboard into the first."""
        self._checked = True
        found = self._show_troubles()
        for name, field in self._fields.items():
            if name in found:
                field.input.setFocus(Qt.FocusReason.OtherFocusReason)
                self.area.ensureWidgetVisible(field)
                return False
        return not found

    def trouble_at(self, field: str) -> str:
        """What is said to be wrong at a field."""
        at: FormField = self._fields[field]
        return at.trouble

    # ---- while one types -----------------------------------------------------------------------------------------

    def _edited(self) -> None:
        self._show_derived()
        if self._checked:
            self._show_troubles()
        self.changed.emit()

    def _show_troubles(self) -> dict[str, str]:
        found = troubles(self.draft, self._taken)
        self._show_derived()
        for name, field in self._fields.items():
            field.set_trouble(found.get(name, ""))
        return found

    def _show_derived(self) -> None:
        derived = derived_url(split_url(self.amqp_url.text).url)
        self.management_url.input.setPlaceholderText(derived or "http://host:15672")
        own = bool(self.management_url.text.strip())
        self.management_url.set_hint(
            "" if own or not derived else "Derived from the AMQP URL; write another to change it."
        )

    def _split_amqp(self) -> None:
        split = split_url(self.amqp_url.text)
        if split.username is not None:
            self.amqp_url.set_text(split.url)
            self.username.set_text(split.username)
            if split.password is not None:
                self.password.set_text(split.password)
            self._edited()

    def _split_management(self) -> None:
        split = split_url(self.management_url.text)
        if split.username is not None:
            self.management_url.set_text(split.url)
            if not self.password.text:
                self.username.set_text(split.username)
                self.password.set_text(split.password or "")
            self._edited()

    def _split_redis(self) -> None:
        split = split_url(self.redis_url.text)
        if split.username is not None:
            self.redis_url.set_text(split.url)
            self.redis_username.set_text(split.username)
            if split.password is not None:
                self.redis_password.set_text(split.password)
            self._edited()

    def _environment_chosen(self, environment: str) -> None:
        """Production is read only unless a person says otherwise."""
        if environment == "production" and not self.read_only.isChecked():
            self.read_only.setChecked(True)
            self._read_only_by_itself = True
        elif environment != "production" and self._read_only_by_itself:
            self.read_only.setChecked(False)
            self._read_only_by_itself = False
        self._edited()

    def _read_only_clicked(self) -> None:
        self._read_only_by_itself = False
        self._edited()

    def _choose_ca_file(self) -> None:
        dialog = QFileDialog(self, "Choose the CA file")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(["Certificates (*.pem *.crt *.cer)", "All files (*)"])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._take_ca_file)
        dialog.open()

    def _take_ca_file(self, path: str) -> None:
        self.ca_file.set_text(path)
        self._edited()


def without_passwords(draft: Draft) -> Draft:
    """The draft as it may be compared with what is saved."""
    return msgspec.structs.replace(draft, password="", redis_password="")


def _side_by_side(*fields: FormField) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(10)
    for field in fields:
        row.addWidget(field, 1, Qt.AlignmentFlag.AlignTop)
    return row
