"""What pika raises, in the words of our error tree. pika nests its errors; the innermost one knows the reason."""

from __future__ import annotations

import re
import struct

from pika.adapters.utils import connection_workflow as workflow
from pika.exceptions import (
    AMQPConnectionError,
    AMQPError,
    AMQPHeartbeatTimeout,
    AuthenticationError,
    ChannelClosed,
    ConnectionBlockedTimeout,
    ConnectionClosed,
    ConnectionClosedByBroker,
    IncompatibleProtocolError,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
    StreamLostError,
)

from broker_client.errors import (
    AccessRefused,
    BadAnswer,
    BrokerError,
    Conflict,
    ConnectionLost,
    LoginRefused,
    NoAnswer,
    NotFound,
    NotReady,
    Unreachable,
    WrongService,
)
from broker_client.rabbit.tcp_door import dial_error

AMQP_FAILURES = (AMQPError, workflow.AMQPConnectorException, OSError, struct.error, ValueError)
"""Everything pika 1.4 lets out of a call; several of them do not derive from its own AMQPError."""

_BROKER_TEXT = re.compile(r"""ClosedByBroker: \(\d+\) ['"](.+)['"]$""")

PORT_REMEDY = "is this the AMQP port (5672, with TLS 5671)?"


def amqp_error(problem: BaseException, what: str) -> BrokerError:
    """The BrokerError for an error of pika; ``what`` names the broker and its address."""
    if isinstance(problem, BrokerError):
        return problem
    cause = innermost(problem)
    if isinstance(cause, (ProbableAuthenticationError, AuthenticationError)):
        return LoginRefused(f"the login at {what} was refused", _text(cause), "check user name and password")
    if isinstance(cause, ProbableAccessDeniedError):
        return vhost_refusal(_text(cause), what)
    if isinstance(cause, ChannelClosed):
        return channel_refusal(cause.reply_code, cause.reply_text, what)
    if isinstance(cause, ConnectionClosed):
        return _closed(cause, what)
    if isinstance(cause, IncompatibleProtocolError):
        return WrongService(f"{what} does not speak AMQP 0-9-1", "it answers with another protocol", PORT_REMEDY)
    if isinstance(cause, workflow.AMQPConnectorStackTimeout):
        return NoAnswer(f"no answer from {what}", "the AMQP greeting did not come in time", PORT_REMEDY)
    if isinstance(cause, ConnectionBlockedTimeout):
        return NotReady(f"{what} accepts no messages now", "a memory or disk alarm blocks publishers")
    if isinstance(cause, (AMQPHeartbeatTimeout, StreamLostError)):
        return ConnectionLost(f"the connection to {what} was lost", _text(cause))
    if isinstance(cause, OSError):
        return dial_error(cause, what)
    if isinstance(cause, AMQPConnectionError):
        return Unreachable(f"cannot connect to {what}", _text(cause))
    return BadAnswer(f"{what} gave an answer that cannot be read", _text(cause))


def innermost(problem: BaseException) -> BaseException:
    """The error that the wrappers of pika's connection workflow are about."""
    for _ in range(8):
        inner: object = None
        if isinstance(problem, workflow.AMQPConnectionWorkflowFailed):
            inner = problem.exceptions[-1] if problem.exceptions else None
        elif isinstance(problem, workflow.AMQPConnectorPhaseErrorBase):
            inner = problem.exception
        elif type(problem) is AMQPConnectionError and problem.args:
            inner = problem.args[0]
        if not isinstance(inner, BaseException):
            break
        problem = inner
    return problem


def vhost_refusal(text: str, what: str) -> BrokerError:
    if "not found" in text:
        return NotFound(f"the vhost does not exist at {what}", text, "choose another vhost, or create it")
    remedy = "rabbitmqctl set_permissions -p VHOST USER '^$' '^$' '.*'"
    return AccessRefused(f"no access to the vhost at {what}", text, remedy, missing="permission in the vhost")


def channel_refusal(code: int, text: str, what: str) -> BrokerError:
    """A channel that the broker closed: only the operation failed, the connection lives."""
    if code == 404:
        return NotFound(f"{what}: it does not exist", text)
    if code in (405, 406):
        return Conflict(f"{what}: it is locked or differs", text)
    if code == 403:
        return AccessRefused(f"{what}: not allowed", text, missing="permission in the vhost")
    return BadAnswer(f"{what}: the broker closed the channel", f"{code} {text}")


def _closed(cause: ConnectionClosed, what: str) -> BrokerError:
    code, text = cause.reply_code, cause.reply_text
    if isinstance(cause, ConnectionClosedByBroker) and code == 403:
        return LoginRefused(f"the login at {what} was refused", text, "check user name and password")
    if isinstance(cause, ConnectionClosedByBroker) and code == 530:
        return vhost_refusal(text, what)
    return ConnectionLost(f"the connection to {what} was closed by the broker", f"{code} {text}")


def _text(problem: BaseException) -> str:
    """The broker's own text where there is one. A refused connection has an empty ``str()`` (pika 1.4)."""
    words = str(problem) or repr(problem)
    quoted = _BROKER_TEXT.search(words)
    return quoted[1] if quoted else words
