"""The filter language of messages in a filter box: what was typed, with what is wrong in it. PURE."""

from __future__ import annotations

from broker_client.errors import BadInput
from broker_client.rabbit.message_filter import MessageFilter
from dashboard.look.wording import sentences
from dashboard.widgets.filters import Filter

FILTER_HELP = "key:order  exchange=shop  header.x-kind=refund*  type:mail  body.items.0.sku=A-17  !urgent"


def as_line(text: str) -> Filter:
    """The terms themselves are read by whoever searches; they can be read when there is no error."""
    try:
        MessageFilter(text)
    except BadInput as problem:
        return Filter(text, (), sentences(problem.what, problem.why, problem.remedy))
    return Filter(text.strip())
