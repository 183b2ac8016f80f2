"""What a task's panel lists beside its texts: facts as fields, related tasks as links, all of it as JSON."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from broker_client.tasks.records import TaskDetail, TaskRow
from dashboard.actions.task_log import TaskNote
from dashboard.look.wording import DASH, count, moment, span
from dashboard.pages.link_list import Link
from dashboard.widgets.field_list import Field

_STORED_HELP = "Read without running anything of it; objects are shown as words"


def task_fields(row: TaskRow, detail: TaskDetail | None = None) -> tuple[Field, ...]:
    """Known facts in the order in which a person asks for them; unknown ones as a dash."""
    time_to_live_s = detail.time_to_live_s if detail else None
    return (
        Field("Worker", row.worker or ""),
        Field("Queue", row.queue or "", help="The routing key: with a topic exchange it need not be a queue's name"),
        Field("Retries", _known(count(row.retries)), "warn" if row.retries else "plain"),
        Field("Runtime", _known(span(row.runtime_s)), help="As its worker measured it"),
        Field("Received", _time(row.received)),
        Field("Started", _time(row.started)),
        Field("Finished", _time(row.finished)),
        *((Field("Not before", _time(row.eta)),) if row.eta else ()),
        Field("Result kept for", _known(span(time_to_live_s)), help="Then the result backend forgets it"),
        *((Field("Stored as", detail.stored_as, help=_STORED_HELP),) if detail and detail.stored_as else ()),
        *((Field("Group", detail.group_id, mono=True),) if detail and detail.group_id else ()),
    )


def log_fields(notes: Sequence[TaskNote]) -> tuple[Field, ...]:
    """What was done to the task, newest first."""
    return tuple(Field(moment(note.when), note.words) for note in reversed(notes))


def task_links(detail: TaskDetail) -> tuple[Link, ...]:
    """Related tasks by id; what is the task itself is left out."""
    own = detail.row.id
    links: list[Link] = []
    if detail.parent_id and detail.parent_id != own:
        links.append(("Parent", detail.parent_id, detail.parent_id))
    if detail.root_id and detail.root_id not in (own, detail.parent_id):
        links.append(("Root", detail.root_id, detail.root_id))
    links += [("Child", child, child) for child in detail.children]
    return tuple(links)


def detail_json(detail: TaskDetail) -> str:
    """Everything that is known, for the clipboard."""
    return msgspec.json.format(msgspec.json.encode(_plain(detail)), indent=2).decode()


def _plain(detail: TaskDetail) -> dict[str, object]:
    texts = ("args", "kwargs", "result", "exception", "traceback")
    plain: dict[str, object] = {
        name: getattr(detail.row, name) for name in TaskRow.__struct_fields__ if name != "revision"
    }
    plain |= {name: _sourced(detail, name) for name in texts}
    plain["timeline"] = [{name: getattr(m, name) for name in m.__struct_fields__} for m in detail.timeline]
    for name in ("root_id", "parent_id", "group_id", "children", "time_to_live_s", "notes", "stored_as"):
        plain[name] = getattr(detail, name)
    return plain


def _sourced(detail: TaskDetail, name: str) -> object:
    told = getattr(detail, name)
    return None if told is None else {field: getattr(told, field) for field in told.__struct_fields__}


def _known(words: str) -> str:
    return "" if words == DASH else words


def _time(epoch: float | None) -> str:
    return "" if epoch is None else moment(epoch)
