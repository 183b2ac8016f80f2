"""PURE: why a broker refused an operation, in words with a remedy, from its AMQP reply code and text."""

from __future__ import annotations

from broker_client.errors import AccessRefused, BadAnswer, BadInput, BrokerError, Conflict, NotFound, NotReady


def refusal_in_words(doing: str, code: int, text: str) -> BrokerError:
    """The BrokerError for a refusal; ``doing`` is the clause of what was tried (``declare queue 'orders'``)."""
    failed = f"could not {doing}"
    if code == 404:
        return NotFound(failed, text, "check the spelling and the vhost; what it refers to must be declared first")
    if code == 405:
        why = f"another connection holds it exclusively, or it belongs to the broker ({text})"
        return Conflict(failed, why, "wait until that connection ends")
    if "unknown exchange type" in text:  # 503 before RabbitMQ 4, 406 since
        why = f"the broker knows no such exchange type ({code} {text})"
        return BadInput(failed, why, "choose one of the types that the broker offers")
    if code == 406:
        return Conflict(failed, text, _remedy_for_precondition(text))
    if code == 403:
        return _not_allowed(failed, text)
    if code == 540 and ("if-unused" in text or "if-empty" in text):
        remedy = "look yourself whether it is empty and unused, then delete it without that condition"
        return BadInput(failed, f"quorum queues and streams know no such condition ({text})", remedy)
    if code in (503, 540):
        return BadInput(failed, f"the broker cannot do that ({code} {text})")
    if code == 541:
        why = f"the broker failed inside, or refuses a feature that is gone ({text})"
        return NotReady(failed, why, "RabbitMQ 4.3 refuses queues that are neither durable nor exclusive")
    if code in (320, 530):
        return NotReady(failed, f"the broker closed the connection ({code} {text})")
    return BadAnswer(failed, f"{code} {text}")


def _not_allowed(failed: str, text: str) -> AccessRefused:
    if "amq." in text or "default exchange" in text or "reserved" in text:
        remedy = "names that begin with amq. and the default exchange belong to the broker"
        return AccessRefused(failed, text, remedy)
    remedy = "declaring needs the right to configure; binding also to write to the destination and read the source"
    return AccessRefused(failed, text, remedy, missing="permission in the vhost")


def _remedy_for_precondition(text: str) -> str:
    if "not empty" in text:
        return "it holds messages: move or purge them first, or delete without if-empty"
    if "in use" in text:
        return "something still uses it: stop that first, or delete without if-unused"
    if "invalid arg" in text:
        return "correct or leave out that argument"
    return ""
