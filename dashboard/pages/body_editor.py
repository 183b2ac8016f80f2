"""The body of a message that is to be published: typed as text, JSON, base64 or hexadecimal, or read from a file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPlainTextEdit, QStackedWidget, QVBoxLayout, QWidget

from broker_client.errors import BadInput
from dashboard.actions.jobs import Err, Jobs, Outcome
from dashboard.actions.publish_draft import BODY_KINDS, BodyKind, body_bytes, json_trouble, tidy_json
from dashboard.actions.publishing import read_body
from dashboard.look.theme import font
from dashboard.look.wording import sentences, size, visible
from dashboard.widgets.button import Button
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.segmented import Segmented

MOST_TYPED_CHARS = 1_000_000
_LONG_LINE_CHARS = 20_000
_LEAST_HEIGHT = 104
_TITLES = {"text": "Text", "JSON": "JSON", "base64": "Base64", "hex": "Hex", "file": "File"}
_EXAMPLES = {
    "text": "Any text; {{counter}}, {{uuid}}, {{now}}, {{random:1:6}}, {{choice:a|b}} are filled in.",
    "JSON": '{"id": {{counter}}, "at": "{{now}}"}',
    "base64": "aGVsbG8=",
    "hex": "68 65 6c 6c 6f",
}


class BodyEditor(QWidget):
    """``changed`` while one types and when a file was read."""

    changed = Signal()

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._path: Path | None = None
        self._file: bytes | None = None
        self._asked = 0
        self.dialog: QFileDialog | None = None
        self.kind = Segmented([(kind, _TITLES[kind]) for kind in BODY_KINDS], "text", name="Body as")
        self.pretty = Button("Tidy", kind="link", help="Write the JSON anew, indented.")
        self.input = _Input()
        self.choose_button = Button("Choose a file …", "external")
        self.again_button = Button("Read it again", "refresh")
        self.path = PlainLabel("No file is chosen.", "body", "quiet", elide="middle")
        self.words = PlainLabel("", "small", "muted", wrap=True)
        file = QWidget()
        row = QHBoxLayout(file)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.choose_button, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.again_button, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.path, 1, Qt.AlignmentFlag.AlignTop)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.input)
        self.stack.addWidget(file)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(PlainLabel("Body", "strong"))
        head.addWidget(self.kind)
        head.addStretch(1)
        head.addWidget(self.pretty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.stack, 1)
        column.addWidget(self.words)
        self.kind.chosen.connect(self._show_kind)
        self.input.textChanged.connect(self.changed)
        self.input.refused.connect(self._say_too_long)
        self.choose_button.clicked.connect(self._choose)
        self.again_button.clicked.connect(self._read)
        self.pretty.clicked.connect(self._tidy)
        self._show_kind()

    # ---- what is there -------------------------------------------------------------------------------------------

    @property
    def current_kind(self) -> BodyKind:
        return next(kind for kind in BODY_KINDS if kind == self.kind.current)

    @property
    def text(self) -> str:
        """What is typed; of a file its path."""
        if self.current_kind == "file":
            return str(self._path or "")
        return self.input.toPlainText()

    @property
    def file(self) -> bytes:
        """The file's bytes as they were read."""
        return self._file or b""

    def show_body(self, kind: BodyKind, text: str) -> None:
        self.kind.set_current(kind)
        if kind == "file":
            self._path, self._file = (Path(text) if text else None), None
            self._read()
        else:
            self.input.setPlainText(text)
        self._show_kind()

    def check(self, fill: bool, columns: tuple[str, ...]) -> str:
        """Say what is wrong with what is typed, and how many bytes it is; returns the trouble, empty = none."""
        kind, trouble, words = self.current_kind, "", ""
        if kind == "file":
            trouble = "" if self._file is not None else "choose a file, and wait until it is read"
            words = f"{size(len(self.file))} ({len(self.file):,} bytes) as they were read" if not trouble else ""
            self._say(words, "muted")
            return trouble
        try:
            data = body_bytes(kind, self.text)
            words = f"{len(data):,} bytes" if data else "Empty."
            if kind == "JSON":
                wrong = json_trouble(self.text, fill, columns)
                trouble = f"the body is not JSON: {wrong}" if wrong else ""
                words = f"JSON, {words}"
        except BadInput as problem:
            trouble = str(problem)
        self._say(sentences(trouble) if trouble else words, "crit" if trouble else "muted")
        return trouble

    def _say(self, words: str, tone: str) -> None:
        self.words.setText(words)
        self.words.set_tone(tone)
        self.words.setVisible(bool(words))

    def _say_too_long(self, chars: int) -> None:
        self._say(
            f"{chars:,} characters are too many to be typed here, {MOST_TYPED_CHARS:,} are the most: use a file.",
            "warn",
        )

    def _show_kind(self, _kind: str = "") -> None:
        kind = self.current_kind
        self.stack.setCurrentIndex(1 if kind == "file" else 0)
        self.input.setPlaceholderText(_EXAMPLES.get(kind, ""))
        self.input.setAccessibleName(f"Body as {_TITLES[kind]}")
        self.pretty.setVisible(kind == "JSON")
        self.again_button.setVisible(self._path is not None)
        self.changed.emit()

    def _tidy(self) -> None:
        tidy = tidy_json(self.text)
        if tidy is not None and tidy != self.text:
            cursor = self.input.textCursor()
            cursor.select(cursor.SelectionType.Document)
            cursor.insertText(tidy)

    # ---- files ---------------------------------------------------------------------------------------------------

    def _choose(self) -> None:
        dialog = QFileDialog(self, "The body of the message", str(self._path.parent if self._path else Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.fileSelected.connect(self.read_path)
        dialog.finished.connect(dialog.deleteLater)
        self.dialog = dialog
        dialog.open()

    def read_path(self, path: str) -> None:
        """Read a file as the body."""
        self._path = Path(path)
        self._read()

    def _read(self) -> None:
        path = self._path
        if path is None:
            return
        self._asked += 1
        asked = self._asked
        self._file = None
        self.path.setText(f"{visible(path.name)}: reading …")
        self._jobs.run("Read a file", lambda _pulse: read_body(path), lambda outcome: self._hear(asked, path, outcome))
        self._show_kind()

    def _hear(self, asked: int, path: Path, outcome: Outcome) -> None:
        if asked != self._asked:
            return
        if isinstance(outcome, Err):
            self.path.setText(sentences(outcome.error.what, outcome.error.why))
        else:
            self._file = outcome.value
            self.path.setText(str(path))
        self.changed.emit()


class _Input(QPlainTextEdit):
    """Takes only as much as it can show without holding the window up."""

    refused = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "input")
        self.setFont(font("mono"))
        self.setTabChangesFocus(True)
        self.setMinimumHeight(_LEAST_HEIGHT)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), _LEAST_HEIGHT)

    def insertFromMimeData(self, source: QMimeData) -> None:
        text = source.text() if source.hasText() else ""
        if len(text) + self.document().characterCount() > MOST_TYPED_CHARS:
            self.refused.emit(len(text))
            return
        if any(len(line) > _LONG_LINE_CHARS for line in text.split("\n")):
            self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        super().insertFromMimeData(source)
