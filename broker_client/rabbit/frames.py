"""AMQP frames of messages as bytes: taken apart as they arrive, put together to publish and acknowledge. PURE.

Properties and bodies pass through unread, so nothing in them can change, and no time is spent on them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

from broker_client.rabbit.property_wire import encode_short_text

FRAME_OVERHEAD = 8
_METHOD, _HEADER, _BODY = 1, 2, 3
_END = b"\xce"
_DELIVER, _RETURN, _ACK, _NACK = 0x3C003C, 0x3C0032, 0x3C0050, 0x3C0078
_START = struct.Struct(">BHI")
_METHOD_ID = struct.Struct(">I")
_TAG_AND_BITS = struct.Struct(">QB")
_CONTENT = struct.Struct(">HHQ")
_ACK_FRAME = struct.Struct(">BHIIQBB")
_MULTIPLE, _REQUEUE = 1, 2


class Delivery(NamedTuple):
    """A message as the broker delivered it. ``properties`` are as on the wire."""

    tag: int
    redelivered: bool
    exchange: bytes
    routing_key: bytes
    properties: bytes
    body: bytes


class Returned(NamedTuple):
    """A mandatory message that came back because no queue takes it."""

    code: int
    words: str
    properties: bytes
    body: bytes


class Confirm(NamedTuple):
    """The broker's word on message ``number`` of a channel (the first is 1), and with ``multiple`` on all before it."""

    number: int
    multiple: bool
    taken: bool


class FrameReader:
    """Takes the messages and confirms of one channel out of a connection's bytes; other frames go on to ``others``."""

    def __init__(
        self,
        channel: int,
        on_delivery: Callable[[Delivery], None],
        on_returned: Callable[[Returned], None],
        on_confirm: Callable[[Confirm], None],
        others: Callable[[bytes], None],
    ) -> None:
        self._channel = channel
        self._on_delivery = on_delivery
        self._on_returned = on_returned
        self._on_confirm = on_confirm
        self._others = others
        self._rest = b""
        self._method: bytes = b""
        self._properties = b""
        self._missing = 0
        self._pieces: list[bytes] = []

    def feed(self, data: bytes) -> None:
        """Take in what has arrived; frames may be cut anywhere."""
        data = self._rest + data if self._rest else data
        position, size = 0, len(data)
        while size - position >= 7:
            kind, channel, length = _START.unpack_from(data, position)
            end = position + FRAME_OVERHEAD + length
            if end > size:
                break
            if channel != self._channel or not self._took(kind, data, position + 7, end - 1):
                self._others(data[position:end])
            position = end
        self._rest = data[position:] if position else data

    def _took(self, kind: int, data: bytes, start: int, end: int) -> bool:
        if kind == _METHOD:
            return self._took_method(data, start, end)
        if not self._method:
            return False
        if kind == _BODY:
            self._pieces.append(data[start:end])
            self._missing -= end - start
        elif kind == _HEADER:
            self._missing = _CONTENT.unpack_from(data, start)[2]
            self._properties = data[start + 12 : end]
        if self._missing == 0:
            self._finish()
        return True

    def _took_method(self, data: bytes, start: int, end: int) -> bool:
        method = _METHOD_ID.unpack_from(data, start)[0]
        if method in (_DELIVER, _RETURN):
            self._method = data[start:end]
            return True
        if method in (_ACK, _NACK):
            number, bits = _TAG_AND_BITS.unpack_from(data, start + 4)
            self._on_confirm(Confirm(number, bool(bits & _MULTIPLE), method == _ACK))
            return True
        return False

    def _finish(self) -> None:
        method, pieces = self._method, self._pieces
        body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self._method, self._pieces = b"", []
        if _METHOD_ID.unpack_from(method)[0] == _RETURN:
            code, length = struct.unpack_from(">HB", method, 4)
            words = method[7 : 7 + length].decode("utf-8", "replace")
            self._on_returned(Returned(code, words, self._properties, body))
            return
        place = 5 + method[4]
        tag, redelivered = _TAG_AND_BITS.unpack_from(method, place)
        key = place + 10 + method[place + 9]
        exchange, routing_key = method[place + 10 : key], method[key + 1 : key + 1 + method[key]]
        self._on_delivery(Delivery(tag, bool(redelivered), exchange, routing_key, self._properties, body))


class Publishing:
    """Makes the frames that publish messages, all of them mandatory, on one channel."""

    def __init__(self, channel: int, frame_max: int) -> None:
        self._channel = channel
        self._room = (frame_max or 131_072) - FRAME_OVERHEAD

    def method(self, exchange: bytes, routing_key: bytes) -> bytes:
        """The frame that comes before the content; the same for all messages that go the same way."""
        names = bytes((len(exchange),)) + exchange + bytes((len(routing_key),)) + routing_key
        return self._frame(_METHOD, struct.pack(">IH", 0x3C0028, 0) + names + b"\1")

    def content(self, properties: bytes, body: bytes) -> bytes:
        header = self._frame(_HEADER, _CONTENT.pack(60, 0, len(body)) + properties)
        if len(body) <= self._room:
            return header + self._frame(_BODY, body) if body else header
        parts = (body[start : start + self._room] for start in range(0, len(body), self._room))
        return header + b"".join(self._frame(_BODY, part) for part in parts)

    def _frame(self, kind: int, payload: bytes) -> bytes:
        return _START.pack(kind, self._channel, len(payload)) + payload + _END


def name_bytes(text: str, what: str) -> bytes:
    """An exchange's, a queue's name or a routing key as it goes over the wire. Raises :class:`BadInput`."""
    return encode_short_text(text, what)[1:]


def ack_frame(channel: int, tag: int, *, multiple: bool = False) -> bytes:
    return _ACK_FRAME.pack(_METHOD, channel, 13, _ACK, tag, _MULTIPLE if multiple else 0, 0xCE)


def requeue_frame(channel: int, tag: int) -> bytes:
    """Give back the message ``tag`` and all before it that are not acknowledged."""
    return _ACK_FRAME.pack(_METHOD, channel, 13, _NACK, tag, _MULTIPLE | _REQUEUE, 0xCE)
