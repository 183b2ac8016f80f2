"""Between pika's properties and ours. Importing it teaches pika to read and write header values faithfully.

pika 1.4.4 cuts the fraction off floating-point header values when it reads them and cannot write them at all; it also
forgets the width of whole numbers. Its table functions are replaced by those of ``amqp_table`` once, for all of pika.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pika
import pika.data

from broker_client.rabbit import amqp_table
from broker_client.rabbit.amqp_message import Properties
from broker_client.rabbit.property_wire import NAMES


def to_pika(properties: Properties) -> pika.BasicProperties:
    """Raises :class:`BadInput` when a header cannot be sent."""
    amqp_table.check_headers(properties.headers or {})
    return pika.BasicProperties(**msgspec.structs.asdict(properties))


def from_pika(properties: pika.BasicProperties) -> Properties:
    """What pika read, with texts that are not UTF-8 as lone surrogates."""
    return Properties(**{name: _plain(getattr(properties, name)) for name in NAMES})


def _plain(value: Any) -> Any:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value


def _encode_table(pieces: list[bytes], table: dict[str, Any] | None) -> int:
    encoded = amqp_table.encode_table(table or {})
    pieces.append(encoded)
    return len(encoded)


def _encode_value(pieces: list[bytes], value: Any) -> int:
    encoded = amqp_table.encode_value(value)
    pieces.append(encoded)
    return len(encoded)


def _decode_table(encoded: bytes, offset: int) -> tuple[dict[str, Any], int]:
    size = int.from_bytes(encoded[offset : offset + 4], "big")
    return amqp_table.decode_table(encoded, offset), offset + 4 + size


def _decode_value(encoded: bytes, offset: int) -> tuple[Any, int]:
    return amqp_table.decode_value(encoded, offset), amqp_table.value_end(encoded, offset)


pika.data.encode_table = _encode_table
pika.data.encode_value = _encode_value
pika.data.decode_table = _decode_table
pika.data.decode_value = _decode_value
