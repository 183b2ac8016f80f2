"""Publish the messages of a file again: with their times as they were, faster, or without waiting."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QDoubleSpinBox, QFileDialog, QHBoxLayout, QWidget

from dashboard.actions.change_desk import ChangeDesk
from dashboard.actions.jobs import Err, Jobs, Outcome, Pulse
from dashboard.actions.orders import Clients
from dashboard.actions.tapping import Recording, Replaying, read_recording, replay_recording
from dashboard.dialogs.form_field import FormField
from dashboard.dialogs.known_broker import KnownBroker
from dashboard.dialogs.long_work import Latest, LongWorkDialog
from dashboard.dialogs.name_completer import NameCompleter
from dashboard.dialogs.vhost_choice import VhostChoice
from dashboard.look.theme import font
from dashboard.look.wording import full_count, sentences, span, visible
from dashboard.widgets.button import Button
from dashboard.widgets.plain_label import PlainLabel
from dashboard.widgets.segmented import Segmented

if TYPE_CHECKING:
    from broker_client.rabbit.publisher import StreamCounts

SIZE = (560, 440)
_WHERE = (("own", "Where each went"), ("exchange", "One exchange"), ("queue", "One queue"))
_WHEN = (("once", "Without waiting"), ("own", "As it was"), ("speed", "Faster or slower"))


class ReplayMessages(LongWorkDialog):
    """Nothing is sent before a file was read and the button pressed."""

    def __init__(self, desk: ChangeDesk, jobs: Jobs, known: KnownBroker, parent: QWidget | None) -> None:
        super().__init__(desk, jobs, "Publish recorded messages again", "Publish", parent)
        self._known = known
        self._asked = 0
        self._latest: Latest[StreamCounts] = Latest()
        self._stop = threading.Event()
        self.recording: Recording | None = None
        self.chooser: QFileDialog | None = None
        self.file = FormField("File", "messages.jsonl", "A JSON object a line, as Export writes them.")
        self.browse = Button("Browse…")
        self.told = PlainLabel("", "small", "quiet", wrap=True)
        self.vhost = VhostChoice(known.vhosts, known.first_vhost(desk.home_vhost))
        self.where = Segmented(_WHERE, "own", name="Publish to")
        self.name = FormField("Exchange", "", "Each message keeps its routing key.")
        self.when = Segmented(_WHEN, "once", name="Timing")
        self.speed = QDoubleSpinBox()
        self.speed.setRange(0.01, 1_000.0)
        self.speed.setValue(2.0)
        self.speed.setSuffix(" ×")
        self.speed.setFont(font("body"))
        self.speed.setAccessibleName("Times as fast")
        self.speed.setFixedWidth(120)
        self.typed = FormField("Type the number of messages to confirm", "", "This is a production broker.")
        self._completer = NameCompleter(self.name.input)
        self._arrange()
        self.resize(*SIZE)

    def _arrange(self) -> None:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.file, 1)
        row.addWidget(self.browse)
        self.add_to_form((line, self.told, self.vhost, PlainLabel("Publish to", "label"), self.where, self.name))
        self.add_to_form((PlainLabel("Timing", "label"), self.when, self.speed, self.typed))
        self.form.addStretch(1)
        self.browse.clicked.connect(self.ask_file)
        self.file.settled.connect(self._read)
        self.file.input.returnPressed.connect(self._read)
        self.where.chosen.connect(lambda _value: self._edited())
        self.when.chosen.connect(lambda _value: self._edited())
        for field in (self.name, self.typed):
            field.input.textChanged.connect(self._edited)
        self._edited()

    def first_field(self) -> QWidget:
        return self.file.input

    # ---- the file ------------------------------------------------------------------------------------------------

    def ask_file(self) -> None:
        """Let a person choose it."""
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation) or str(Path.home())
        chooser = QFileDialog(self, "Messages to publish again", folder, "Messages (*.jsonl);;All files (*)")
        chooser.setFileMode(QFileDialog.FileMode.ExistingFile)
        chooser.setOption(QFileDialog.Option.DontUseNativeDialog)
        chooser.fileSelected.connect(self.open_file)
        chooser.finished.connect(chooser.deleteLater)
        self.chooser = chooser
        chooser.open()

    def open_file(self, name: str) -> None:
        """Read a file of messages."""
        self.file.set_text(name)
        self._read()

    def _read(self) -> None:
        path = Path(self.file.text).expanduser()
        if not self.file.text or (self.recording is not None and self.recording.path == path):
            return
        self._asked += 1
        asked = self._asked
        self.recording = None
        self.told.setText("Reading …")
        self._jobs.run(
            "Read messages", lambda _pulse: read_recording(path), lambda outcome: self._taken(asked, outcome)
        )
        self.refresh()

    def _taken(self, asked: int, outcome: Outcome) -> None:
        if asked != self._asked:
            return
        if isinstance(outcome, Err):
            error = outcome.error
            self.told.setText(sentences(error.what, error.why, error.remedy))
            self.told.set_tone("crit")
        else:
            self.recording = outcome.value
            self.told.setText(recording_words(outcome.value))
            self.told.set_tone("warn" if outcome.value.bad_count or outcome.value.cut else "quiet")
        self._edited()

    # ---- the form ------------------------------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """How many would be published."""
        return len(self.recording.messages) - self.recording.cut if self.recording is not None else 0

    def ready(self) -> bool:
        if not self.count or (self.where.current == "queue" and not self.name.text):
            return False
        return self.typed.isHidden() or self.typed.text == str(self.count)

    def wish(self) -> Replaying:
        """What is to be published; only when :meth:`ready`."""
        assert self.recording is not None
        speed = {"once": None, "own": 1.0, "speed": self.speed.value()}[self.when.current]
        exchange, key = {
            "own": (None, None),
            "exchange": (self.name.text, None),
            "queue": ("", self.name.text),
        }[self.where.current]
        return Replaying(self.recording, self.vhost.current, speed, exchange, key)

    def _edited(self, _value: object = None) -> None:
        where = self.where.current
        self.name.setHidden(where == "own")
        here = self.vhost.current
        if where == "queue":
            self._completer.offer([key.name for key in self._known.queues if key.vhost == here])
        else:
            self._completer.offer([key.name for key in self._known.exchanges if key.vhost == here and key.name])
        self.name.set_hint("" if where == "queue" else "Each message keeps its routing key.")
        self.speed.setHidden(self.when.current != "speed")
        self.typed.setHidden(not self.desk.production)
        self.go.set_text(f"Publish {full_count(self.count)} messages" if self.count else "Publish")
        self.refresh()

    # ---- doing ---------------------------------------------------------------------------------------------------

    def press(self) -> None:
        if not self.go.isEnabled():
            return
        wish = self.wish()
        self._stop = stop = threading.Event()
        latest: Latest[StreamCounts] = Latest()
        self._latest = latest

        def work(clients: Clients, pulse: Pulse) -> object:
            def progress(counts: StreamCounts) -> None:
                latest.note(counts)
                if pulse.cancelled:
                    stop.set()

            return replay_recording(wish, clients, stop, progress)

        self.begin("Publish again", work)

    def stop(self) -> None:
        self._stop.set()
        super().stop()

    def say_progress(self) -> None:
        counts = self._latest.value
        if counts is not None:
            words = f"{full_count(counts.sent)} of {full_count(counts.asked)} sent, {counts_words(counts)}"
            self.progress.show_far(counts.confirmed, counts.asked, words)

    def take(self, outcome: Outcome) -> None:
        assert not isinstance(outcome, Err)
        counts: StreamCounts = outcome.value
        bad = counts.returned + counts.nacked + counts.refused + counts.unknown
        ended = "" if counts.finished and counts.sent == counts.asked else "It was stopped before its end"
        told = f"{full_count(counts.sent)} of {full_count(counts.asked)} sent in {span(counts.elapsed_s)}"
        self.say_result(
            sentences(told, counts_words(counts), ended, counts.words), "warn" if bad or ended or counts.words else "ok"
        )


def recording_words(recording: Recording) -> str:
    """``1,204 messages over 52 s. Line 17 cannot be read: it is not JSON.``"""
    times = [one.at for one in recording.messages if one.at is not None]
    over = f" over {span(max(times) - min(times))}" if len(times) > 1 else ""
    told = [f"{full_count(len(recording.messages))} messages{over}"]
    if recording.cut:
        told.append(f"{full_count(recording.cut)} of them are cut and left out: only their beginning was kept")
    told += [f"line {bad.line} cannot be read: {visible(bad.words)}" for bad in recording.bad]
    if recording.bad_count > len(recording.bad):
        told.append(f"{full_count(recording.bad_count - len(recording.bad))} more lines cannot be read")
    return sentences(*told)


def counts_words(counts: StreamCounts) -> str:
    """What became of them; ``unknown`` is never called failed."""
    parts = (
        f"{full_count(counts.confirmed)} confirmed",
        f"{full_count(counts.returned)} returned: no queue takes them" if counts.returned else "",
        f"{full_count(counts.nacked)} nacked" if counts.nacked else "",
        f"{full_count(counts.refused)} refused" if counts.refused else "",
        f"{full_count(counts.unknown)} unknown: no confirm came" if counts.unknown else "",
    )
    return ", ".join(part for part in parts if part)
